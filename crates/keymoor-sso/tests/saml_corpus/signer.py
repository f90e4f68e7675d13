"""An XML signer of its own: lxml canonicalises, cryptography signs."""

import base64
import datetime
import hashlib
import hmac

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.x509.oid import NameOID
from lxml import etree

DS = "http://www.w3.org/2000/09/xmldsig#"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
EXC = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = DS + "enveloped-signature"

DIGESTS = {
    "http://www.w3.org/2001/04/xmlenc#sha256": "sha256",
    MORE + "sha384": "sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
    DS + "sha1": "sha1",
    MORE + "md5": "md5",
    MORE + "sha224": "sha224",
}
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
HASHES = {"sha1": hashes.SHA1, "sha224": hashes.SHA224, "sha256": hashes.SHA256, "sha384": hashes.SHA384,
          "sha512": hashes.SHA512, "md5": hashes.MD5}


class Key:
    """A private key and its certificate, self-signed as identity providers have it."""

    def __init__(self, kind, start=-30, days=3650, name="idp"):
        curves = {"p256": ec.SECP256R1, "p384": ec.SECP384R1, "p521": ec.SECP521R1}
        if kind in curves:
            self.private = ec.generate_private_key(curves[kind]())
        else:
            self.private = rsa.generate_private_key(65537, int(kind))
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        begin = NOW + datetime.timedelta(days=start)
        self.certificate = (
            x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
            .public_key(self.private.public_key()).serial_number(1)
            .not_valid_before(begin).not_valid_after(begin + datetime.timedelta(days=days))
            .sign(self.private, hashes.SHA256())
        )

    def pem(self):
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def bare(self):
        return base64.b64encode(self.certificate.public_bytes(serialization.Encoding.DER)).decode()

    def sign(self, method, message):
        name = method.split("#")[1]
        if name.startswith("hmac"):
            return hmac.new(self.pem(), message, name.split("-")[1]).digest()
        chosen = HASHES[next(h for h in HASHES if h in name)]()
        if isinstance(self.private, rsa.RSAPrivateKey):
            pad = padding.PKCS1v15()
            if "MGF1" in name:
                pad = padding.PSS(padding.MGF1(chosen), chosen.digest_size)
            return self.private.sign(message, pad, chosen)
        r, s = utils.decode_dss_signature(self.private.sign(message, ec.ECDSA(chosen)))
        size = (self.private.curve.key_size + 7) // 8
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")

    def usual(self):
        if isinstance(self.private, rsa.RSAPrivateKey):
            return MORE + "rsa-sha256"
        return MORE + ("ecdsa-sha384" if self.private.curve.key_size == 384 else "ecdsa-sha256")


NOW = datetime.datetime(2027, 1, 15, 8, 0, 0, tzinfo=datetime.timezone.utc)


def c14n(element, mode=EXC, prefixes=None):
    """Canonical bytes of an element as it stands in its document."""
    exclusive = "exc-c14n" in mode
    return etree.tostring(element, method="c14n", exclusive=exclusive, with_comments="omments" in mode,
                          inclusive_ns_prefixes=prefixes)


def add(parent, name, text=None, **attributes):
    node = etree.SubElement(parent, f"{{{DS}}}{name}")
    node.text = text
    for key, value in attributes.items():
        node.set(key, value)
    return node


def sign(element, key, *, method=None, digest=SHA256, mode=EXC, transforms=(ENVELOPED, EXC), prefixes=None,
         uri=None, key_info=None, position=1, references=1, signer=None):
    """Puts an enveloped signature into element, after its issuer."""
    method = method or key.usual()
    signature = etree.Element(f"{{{DS}}}Signature", nsmap={"ds": DS})
    info = add(signature, "SignedInfo")
    add(info, "CanonicalizationMethod", Algorithm=mode)
    add(info, "SignatureMethod", Algorithm=method)
    content = EXC
    for each in transforms:
        if "c14n" in each:
            content = each
    octets = c14n(element, content, prefixes)
    value = base64.b64encode(hashlib.new(DIGESTS[digest], octets).digest()).decode()
    for _ in range(references):
        reference = add(info, "Reference", URI="#" + element.get("ID", "") if uri is None else uri)
        steps = add(reference, "Transforms")
        for each in transforms:
            step = add(steps, "Transform", Algorithm=each)
            if prefixes and each == EXC:
                etree.SubElement(step, f"{{{EXC}}}InclusiveNamespaces", nsmap={"ec": EXC}).set(
                    "PrefixList", " ".join(prefixes))
            if "xpath" in each:
                add(step, "XPath", "not(ancestor-or-self::ds:Signature)")
        add(reference, "DigestMethod", Algorithm=digest)
        add(reference, "DigestValue", value)
    element.insert(position, signature)
    made = (signer or key).sign(method, c14n(info, mode))
    add(signature, "SignatureValue", base64.b64encode(made).decode())
    if key_info is not None:
        data = add(add(signature, "KeyInfo"), "X509Data")
        add(data, "X509Certificate", key_info.bare())
    return signature
