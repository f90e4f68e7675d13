"""Writes the attack corpus of SAML responses: make.py FOLDER.

Each document is as an identity provider, or somebody in its place, would send it. manifest.json says
of each whether it must be accepted, and why.
"""

import copy
import json
import pathlib
import sys

from lxml import etree

from documents import (A, ACS, BEARER, FORMAT, IDP, P, REQUEST, SP, SUCCESS, UID, XS, XSI, assertion, at, el, find,
                       response)
from signer import DS, ENVELOPED, EXC, MORE, Key, sign

OUT = pathlib.Path(sys.argv[1])
OUT.mkdir(parents=True, exist_ok=True)
ENTRIES = []
SEEN = set()

RSA, EC256, EC384 = Key("2048"), Key("p256"), Key("p384")
STRANGER, EXPIRED, SMALL, P521 = Key("2048", name="stranger"), Key("2048", -400, 365), Key("1024"), Key("p521")
MODES = ("assertion", "response", "both")


def text_of(root):
    return etree.tostring(root, encoding="unicode")


def write(name, document, reason, verdict="refuse", source=None, subject="ada-0001"):
    if not isinstance(document, (str, bytes)):
        document = text_of(document)
    if isinstance(document, str):
        document = document.encode()
    assert name not in SEEN, name
    SEEN.add(name)
    (OUT / f"{name}.xml").write_bytes(document)
    ENTRIES.append({"file": f"{name}.xml", "verdict": verdict, "reason": reason, "source": source,
                    "subject": subject})


def signed(mode="assertion", key=RSA, root=None, **options):
    root = response() if root is None else root
    inner = find(root, "a:Assertion")
    if mode in ("assertion", "both"):
        sign(inner, key, position=1, **options)
    if mode in ("response", "both"):
        sign(root, key, position=1, **options)
    return root


# Good: a test that refuses everything fails here.
def good():
    keys = {"rsa": RSA, "p256": EC256, "p384": EC384}
    for mode in MODES:
        for name, key in keys.items():
            write(f"good-{mode}-{name}", signed(mode, key), f"{mode} signed", "accept")
    for method in ("rsa-sha384", "rsa-sha512"):
        write(f"good-{method}", signed(method=MORE + method), method, "accept")
    for digest in (MORE + "sha384", "http://www.w3.org/2001/04/xmlenc#sha512"):
        write(f"good-digest-{digest[-6:]}", signed(digest=digest), digest, "accept")
    for mode in MODES:
        write(f"good-attribute-{mode}", signed(mode), "the subject is an attribute", "accept", UID, "u-1815")
    # lxml finds only prefixes that the document was read with, on the element itself.
    declared = f' xmlns:xs="{XS}" xmlns:xsi="{XSI}"'
    root = text_of(response())
    assert declared in root
    inner = etree.fromstring(root.replace(declared, "").replace("<saml:Assertion", "<saml:Assertion" + declared))
    write("good-prefixes", signed(root=inner, prefixes=["xs", "xsi"]), "inclusive prefixes", "accept")
    root = signed("response", root=etree.fromstring(root), prefixes=["xs", "samlp"])
    write("good-prefixes-response", root, "inclusive prefixes", "accept")
    write("good-keyinfo", signed(key_info=RSA), "with KeyInfo", "accept")
    write("good-keyinfo-stranger", signed(key_info=STRANGER), "KeyInfo is not looked at", "accept")
    root = response()
    find(root, ".//a:NameID").text = "a&b<c>\u00e9\u4e2d\U0001F511"
    write("good-escapes", signed(root=root), "characters that are escaped", "accept",
          subject="a&b<c>\u00e9\u4e2d\U0001F511")
    root = response()
    find(root, ".//a:NameID").set("NameQualifier", IDP)
    find(root, ".//a:NameID").set("SPNameQualifier", SP)
    write("good-qualified", signed(root=root), "qualified by both", "accept")
    root = response()
    find(root, "a:Assertion").remove(find(root, ".//a:AttributeStatement"))
    write("good-plain", signed(root=root), "no attributes", "accept")
    root = response()
    el(find(root, ".//a:AudienceRestriction"), A, "Audience", "https://other.example")
    write("good-audiences", signed(root=root), "two audiences", "accept")
    root = signed()
    write("good-declaration", '<?xml version="1.0" encoding="UTF-8"?>\n' + text_of(root), "declared", "accept")
    root = response()
    etree.indent(root)
    write("good-indented", signed("both", root=root), "indented", "accept")
    root = response()
    find(root, ".//a:Conditions").set("NotOnOrAfter", at(-59))
    find(root, ".//a:AuthnStatement").set("AuthnInstant", at(59))
    write("good-skew", signed(root=root), "within the skew", "accept")


# Wrapping: the signed element is moved to where it still verifies, another is in its place.
def evil(ident, signature=None):
    holder = response()
    node = find(holder, "a:Assertion")
    find(node, ".//a:NameID").text = "mallory"
    for value in node.iter(f"{{{A}}}AttributeValue"):
        value.text = "mallory"
    if ident is None:
        del node.attrib["ID"]
    else:
        node.set("ID", ident)
    if signature is not None:
        node.insert(1, copy.deepcopy(signature))
    return node


def hiding_places(root, wrapped):
    """Each place of the document in which an element can be hidden."""
    def extensions():
        node = etree.Element(f"{{{P}}}Extensions")
        node.append(wrapped())
        root.insert(1, node)

    def status_detail():
        el(find(root, "p:Status"), P, "StatusDetail").append(wrapped())

    def advice():
        el(root.findall(f"{{{A}}}Assertion")[0], A, "Advice").append(wrapped())

    def obj():
        for signature in root.iter(f"{{{DS}}}Signature"):
            el(signature, DS, "Object").append(wrapped())
            return
        el(root, DS, "Object").append(wrapped())

    def key_info():
        for signature in root.iter(f"{{{DS}}}Signature"):
            el(signature, DS, "KeyInfo").append(wrapped())
            return
        el(root, DS, "KeyInfo").append(wrapped())

    def value():
        list(root.iter(f"{{{A}}}AttributeValue"))[-1].append(wrapped())

    def confirmation():
        find(root, ".//a:SubjectConfirmationData").append(wrapped())

    def authn():
        el(find(root, ".//a:AuthnContext"), A, "AuthnContextDecl").append(wrapped())

    def first():
        root.insert(0, wrapped())

    def last():
        root.append(wrapped())

    def foreign():
        el(root, "urn:x", "Hidden").append(wrapped())

    def deep():
        node = root
        for _ in range(8):
            node = el(node, "urn:x", "Hidden")
        node.append(wrapped())

    return {f.__name__: f for f in (extensions, status_detail, advice, obj, key_info, value, confirmation, authn,
                                    first, last, foreign, deep)}


def wrapping():
    names = list(hiding_places(response(), lambda: None))
    # The signed assertion is hidden; an evil one, with or without the signature, is in its place.
    for mode in ("assertion", "both"):
        for place in names:
            for ident in ("_a1", "_evil", None):
                for with_signature in (False, True):
                    root = signed(mode)
                    honest = find(root, "a:Assertion")
                    signature = find(honest, "ds:Signature")
                    root.replace(honest, evil(ident, signature if with_signature else None))
                    bare = copy.deepcopy(honest)
                    if with_signature:
                        bare.remove(find(bare, "ds:Signature"))
                    hiding_places(root, lambda: bare)[place]()
                    label = f"xsw-{mode}-{place}-{ident or 'noid'}-{'moved' if with_signature else 'kept'}"
                    write(label, root, f"XSW: the signed assertion is hidden in {place}", subject=None)
    # The evil assertion is hidden or beside; the signed one stays.
    for mode in MODES:
        for place in names:
            root = signed(mode)
            hiding_places(root, lambda: evil("_evil"))[place]()
            write(f"xsw-beside-{mode}-{place}", root, f"XSW: an evil assertion in {place}", subject=None)
    # The signed response is hidden in an evil one (XSW 1 and 2, and variants).
    for mode in ("response", "both"):
        for place in names:
            for ident in ("_r1", "_evil"):
                honest = signed(mode)
                signature = find(honest, "ds:Signature")
                root = response()
                root.set("ID", ident)
                root.replace(find(root, "a:Assertion"), evil("_evil"))
                bare = copy.deepcopy(honest)
                bare.remove(find(bare, "ds:Signature"))
                outer = copy.deepcopy(signature)
                root.insert(1, outer)
                hiding_places(root, lambda: bare)[place]()
                write(f"xsw-response-{mode}-{place}-{ident}", root, f"XSW: the response is hidden in {place}",
                      subject=None)
    # The signature is moved elsewhere, and the content replaced.
    for mode in MODES:
        root = signed(mode)
        find(root, ".//a:NameID").text = "mallory"
        write(f"changed-{mode}", root, "changed after it was signed", subject=None)
        root = signed(mode)
        signature = next(root.iter(f"{{{DS}}}Signature"))
        for parent in ("a:Assertion/a:Subject", "p:Status", "a:Assertion/a:Conditions"):
            moved = copy.deepcopy(root)
            node = next(moved.iter(f"{{{DS}}}Signature"))
            node.getparent().remove(node)
            find(moved, parent).append(node)
            write(f"moved-signature-{mode}-{parent[-6:]}", moved, "the signature is elsewhere")
        doubled = copy.deepcopy(root)
        node = next(doubled.iter(f"{{{DS}}}Signature"))
        node.getparent().insert(1, copy.deepcopy(node))
        write(f"two-signatures-{mode}", doubled, "two signatures in one element")
    # The assertion's signature lent to the response, and the other way round.
    root = signed("assertion")
    signature = find(root, "a:Assertion/ds:Signature")
    root.insert(1, signature)
    write("lent-to-response", root, "the response has the assertion's signature")
    root = signed("response")
    find(root, "a:Assertion").insert(1, find(root, "ds:Signature"))
    write("lent-to-assertion", root, "the assertion has the response's signature")
    for outer in ("bad", "good"):
        root = signed("assertion", STRANGER if outer == "good" else RSA)
        sign(root, RSA if outer == "good" else STRANGER)
        write(f"one-of-two-{outer}", root, "one of two signatures is a stranger's")


def splicing():
    spots = {"nameid": ".//a:NameID", "attribute": ".//a:AttributeValue", "audience": ".//a:Audience",
             "issuer": "a:Assertion/a:Issuer", "response-issuer": "a:Issuer"}
    nodes = {"comment": "<!---->", "comment-text": "<!-- x -->", "pi": "<?x?>", "pi-text": "<?x y?>",
             "cdata": "<![CDATA[]]>", "cdata-text": "<![CDATA[.evil]]>", "element": "<x/>",
             "entity": "&evil;"}
    for mode in MODES:
        for spot, path in spots.items():
            for kind, node in nodes.items():
                root = signed(mode)
                text = find(root, path).text
                half = len(text) // 2
                find(root, path).text = text[:half] + "@@SPLICE@@" + text[half:]
                spliced = text_of(root).replace("@@SPLICE@@", node)
                write(f"splice-{mode}-{spot}-{kind}", spliced, f"a {kind} in the {spot}")
    # As CVE-2017-11427: the comment was there when the provider signed; canonical form has none.
    for kind in ("comment", "pi"):
        root = response()
        name = find(root, ".//a:NameID")
        name.text = "admin"
        inner = etree.Comment("x") if kind == "comment" else etree.ProcessingInstruction("x")
        inner.tail = ".mallory"
        name.append(inner)
        write(f"splice-signed-{kind}", signed(root=root), f"signed with a {kind} in the NameID", subject=None)
    plain = text_of(signed())
    for kind in ("<!-- x -->", "<?x y?>"):
        write(f"around-before-{len(kind)}", kind + plain, "something before the document")
        write(f"around-after-{len(kind)}", plain + kind, "something after the document")


def bombs():
    plain = text_of(signed())
    laughs = "".join(f"<!ENTITY a{i} '{f'&a{i - 1};' * 10}'>" for i in range(1, 10))
    subsets = {
        "empty": "<!DOCTYPE x>", "internal": "<!DOCTYPE x []>", "entity": "<!DOCTYPE x [<!ENTITY e 'mallory'>]>",
        "laughs": f"<!DOCTYPE x [<!ENTITY a0 'ha'>{laughs}]>",
        "quadratic": f"<!DOCTYPE x [<!ENTITY e '{'A' * 50000}'>]>",
        "external": "<!DOCTYPE x SYSTEM 'file:///etc/passwd'>",
        "external-entity": "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>",
        "parameter": "<!DOCTYPE x [<!ENTITY % p SYSTEM 'http://127.0.0.1/x'> %p;]>",
        "attlist": "<!DOCTYPE x [<!ATTLIST saml:Assertion ID ID #IMPLIED>]>",
        "default": "<!DOCTYPE x [<!ATTLIST saml:NameID Format CDATA 'x'>]>",
        "loop": "<!DOCTYPE x [<!ENTITY a '&b;'><!ENTITY b '&a;'>]>",
    }
    for name, subset in subsets.items():
        write(f"doctype-{name}", subset + plain, "a DOCTYPE")
        for use in ("&e;", "&a9;", "&a;"):
            used = plain.replace("ada-0001", use)
            write(f"doctype-{name}-used-{use[1:-1]}", subset + used, "a DOCTYPE, and its entity in the NameID")
    write("deep", plain.replace("ada-0001", "<x>" * 5000 + "</x>" * 5000), "5000 levels")
    write("deep-root", "<x>" * 100000, "100000 levels, never closed")
    write("deep-wrapped", "<x>" * 200 + plain + "</x>" * 200, "200 levels around")
    write("huge", plain.replace("ada-0001", "A" * 300000), "longer than is taken")
    write("huge-blank", plain.replace("<saml:Subject>", "<saml:Subject>" + " " * 300000), "longer than is taken")
    root = response()
    find(root, ".//a:NameID").text = "A" * 256
    write("long-subject", signed(root=root), "a subject of 256 bytes")
    root = response()
    find(root, ".//a:NameID").text = "A" * 100000
    write("long-subject-signed", signed(root=root), "a subject of 100000 bytes")
    many = "".join(f" a{i}='x'" for i in range(5000))
    write("many-attributes", plain.replace("<saml:Subject>", f"<saml:Subject{many}>"), "5000 XML attributes")
    spaces = "".join(f" xmlns:n{i}='urn:{i}'" for i in range(2000))
    write("many-namespaces", plain.replace("<saml:Conditions", f"<saml:Conditions{spaces} x='y'"), "namespaces")


def variants():
    """What a provider signs, but wrongly: one thing each."""
    def put(path, name, *values):
        return [(f"{path.split(':')[-1]}-{name}-{i}", lambda root, value=value: find(root, path).set(name, value))
                for i, value in enumerate(values)]

    def say(path, *texts):
        def change(root, text):
            find(root, path).text = text
        return [(f"{path.replace('/', '').replace(':', '').strip('.')}-says-{i}",
                 lambda root, text=text: change(root, text)) for i, text in enumerate(texts)]

    def drop(path, name):
        def change(root):
            node = root if path == "." else find(root, path)
            del node.attrib[name]
        return (f"no-{path.split(':')[-1].strip('.')}-{name}", change)

    def cut(path):
        def change(root):
            node = find(root, path)
            node.getparent().remove(node)
        return (f"cut-{path.replace('/', '').replace(':', '').strip('.')}", change)

    def twice(path):
        def change(root):
            node = find(root, path)
            again = copy.deepcopy(node)
            for one in again.iter():
                if "ID" in one.attrib:
                    one.set("ID", "_again")
            node.addnext(again)
        return (f"twice-{path.replace('/', '').replace(':', '').strip('.')}", change)

    def root_put(name, *values):
        return [(f"root-{name}-{i}", lambda root, value=value: root.set(name, value))
                for i, value in enumerate(values)]

    def root_drop(name):
        return (f"no-root-{name}", lambda root: root.attrib.pop(name))

    data, conditions, statement = ".//a:SubjectConfirmationData", ".//a:Conditions", ".//a:AuthnStatement"
    name_id, code = ".//a:NameID", "p:Status/p:StatusCode"
    urls = ("https://evil.example/acs", ACS + "/", ACS.upper(), ACS + "?x", " " + ACS, ACS[:-1], "")
    odd_times = ("", "now", "2027-01-15T08:05:00", "2027-01-15T08:05:00+00:00", "2027-01-15 08:05:00Z",
                 "99999-01-01T00:00:00Z", "2027-13-01T00:00:00Z", "-2027-01-15T08:05:00Z", "1800000300")
    status = "urn:oasis:names:tc:SAML:2.0:status:"
    yield from put(data, "Recipient", *urls)
    yield from root_put("Destination", *urls)
    yield from put(data, "InResponseTo", "_" + "08" * 20, REQUEST + " ", REQUEST[1:], REQUEST + "0", "")
    yield from root_put("InResponseTo", "_" + "08" * 20, REQUEST + " ", REQUEST[1:], REQUEST + "0", "")
    yield from put(data, "NotOnOrAfter", at(-60), at(-3600), *odd_times)
    yield from put(data, "NotBefore", at(-10))
    yield from put(conditions, "NotOnOrAfter", at(-60), at(-3600), *odd_times)
    yield from put(conditions, "NotBefore", at(61), at(3600), *odd_times)
    yield from put(statement, "AuthnInstant", at(61), at(86400), *odd_times)
    yield from put(statement, "SessionNotOnOrAfter", at(-60), at(-86400), *odd_times)
    yield from put("a:Assertion", "IssueInstant", at(61), at(86400), *odd_times)
    yield from root_put("IssueInstant", at(61), *odd_times)
    yield from put("a:Assertion", "Version", "1.1", "2.1", "")
    yield from root_put("Version", "1.1", "2.1", "")
    yield from put(name_id, "Format", FORMAT + "transient", FORMAT + "encrypted", FORMAT + "persistent ", "",
                   "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
                   "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress")
    yield from put(name_id, "SPNameQualifier", "https://other.example", "")
    yield from put(name_id, "NameQualifier", "https://other.example", "")
    yield from put(".//a:SubjectConfirmation", "Method", "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key",
                   "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches", BEARER + " ", "")
    yield from put(code, "Value", status + "Requester", status + "Responder", SUCCESS + " ", "")
    yield from say(name_id, "", " ", " ada-0001", "ada-0001 ", "ada\n0001", "ada\t0001", "ada\u00850001",
                   "\u00a0ada-0001", "ada-0001\u2003")
    audiences = ("https://other.example", SP + "/", SP.upper(), " " + SP, SP + "\n", "", SP[:-1])
    yield from say(".//a:Audience", *audiences)
    issuers = ("https://evil.example", IDP + "/", IDP.upper(), IDP + " ", "\u200b" + IDP, "")
    yield from say("a:Assertion/a:Issuer", *issuers)
    yield from say("a:Issuer", *issuers)
    yield from put("a:Issuer", "Format", FORMAT + "persistent")
    yield drop(data, "Recipient")
    yield drop(data, "InResponseTo")
    yield drop(data, "NotOnOrAfter")
    yield drop(conditions, "NotOnOrAfter")
    yield drop(statement, "AuthnInstant")
    yield drop("a:Assertion", "IssueInstant")
    yield drop("a:Assertion", "Version")
    yield drop(name_id, "Format")
    yield drop(".//a:SubjectConfirmation", "Method")
    yield drop(code, "Value")
    for name in ("Destination", "InResponseTo", "Version", "IssueInstant"):
        yield root_drop(name)
    parts = ("a:Issuer", "p:Status", code, "a:Assertion/a:Issuer", ".//a:Subject", name_id,
             ".//a:SubjectConfirmation", data, conditions, ".//a:AudienceRestriction", ".//a:Audience", statement,
             ".//a:AuthnContext")
    for path in parts:
        yield cut(path)
        if path not in (".//a:AudienceRestriction", ".//a:Audience"):
            yield twice(path)
    yield twice("a:Assertion")
    yield twice(".//a:AttributeStatement")

    def inner_status(root):
        el(find(root, code), P, "StatusCode", Value=status + "AuthnFailed")
    yield ("inner-status", inner_status)

    def second_audience(root):
        el(el(find(root, conditions), A, "AudienceRestriction"), A, "Audience", "https://other.example")
    yield ("two-restrictions", second_audience)

    def advice(root):
        assertion(el(find(root, "a:Assertion"), A, "Advice"), ident="_advice")
    yield ("advice", advice)

    def xml_base(root):
        find(root, name_id).set("{http://www.w3.org/XML/1998/namespace}base", "https://evil.example/")
    yield ("xml-base", xml_base)

    def xml_space(root):
        find(root, name_id).set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    yield ("xml-space", xml_space)

    def nil(root):
        find(root, ".//a:AttributeValue").set(f"{{{XSI}}}nil", "true")
    yield ("xsi-nil", nil)

    def typed(root):
        find(root, "a:Assertion").set(f"{{{XSI}}}type", "saml:AssertionType")
    yield ("xsi-type", typed)

    def namespaced(root):
        node = find(root, name_id)
        node.set(f"{{{A}}}Format", node.attrib.pop("Format"))
    yield ("namespaced-format", namespaced)

    def same_id(root):
        root.set("ID", "_a1")
    yield ("same-id", same_id)

    def foreign_id(root):
        find(root, "a:Assertion/a:Subject").set("ID", "_a1")
    yield ("id-elsewhere", foreign_id)

    def authz(root):
        el(find(root, "a:Assertion"), A, "AuthzDecisionStatement", Resource="x", Decision="Permit")
    yield ("authz", authz)

    def condition(root):
        el(find(root, conditions), A, "Condition")
    yield ("unknown-condition", condition)

    def stray(root):
        find(root, "a:Assertion/a:Subject").tail = "stray text"
    yield ("stray-text", stray)

    def saml1(root):
        for node in root.iter():
            if node.tag == f"{{{A}}}NameID":
                node.tag = "{urn:oasis:names:tc:SAML:1.0:assertion}NameID"
    yield ("saml1-nameid", saml1)


def wrong():
    for mode in MODES:
        for name, change in variants():
            root = response()
            change(root)
            write(f"wrong-{mode}-{name}", signed(mode, root=root), f"signed, but {name}")
    for name, texts in {"empty": [""], "blank": [" "], "control": ["u\n1"], "two": ["u-1", "u-2"], "none": []}.items():
        root = response()
        attribute = root.findall(f".//{{{A}}}Attribute")[-1]
        for value in list(attribute):
            attribute.remove(value)
        for text in texts:
            el(attribute, A, "AttributeValue", text)
        write(f"subject-attribute-{name}", signed(root=root), f"the subject's attribute is {name}", source=UID)
    root = response()
    statement = find(root, ".//a:AttributeStatement")
    again = copy.deepcopy(statement[-1])
    again[0].text = "mallory"
    statement.append(again)
    write("subject-attribute-twice", signed(root=root), "the subject's attribute is there twice", source=UID)
    write("subject-attribute-absent", signed(), "another attribute is the subject", source="employeeNumber")


def weak():
    exc_comments = EXC + "WithComments"
    inclusive = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
    for mode in MODES:
        tag = f"weak-{mode}"
        for method in (DS + "rsa-sha1", MORE + "rsa-sha224", MORE + "rsa-md5", MORE + "hmac-sha256",
                       DS + "hmac-sha1", MORE + "hmac-sha512",
                       "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"):
            write(f"{tag}-{method.split('#')[1]}", signed(mode, method=method), f"signed by {method}")
        for digest in (DS + "sha1", MORE + "md5", MORE + "sha224"):
            write(f"{tag}-digest-{digest.split('#')[1]}", signed(mode, digest=digest), f"digest by {digest}")
        for uri in ("", "none", "http://www.w3.org/2000/09/xmldsig#none", MORE + "RSA-SHA256", " " + MORE + "rsa-sha256"):
            root = signed(mode)
            for node in root.iter(f"{{{DS}}}SignatureMethod"):
                node.set("Algorithm", uri)
            write(f"{tag}-method-{uri.split('#')[-1].strip() or 'empty'}-{len(uri)}", root, "no known method")
        for name, key in {"stranger": STRANGER, "expired": EXPIRED, "small": SMALL, "p521": P521}.items():
            method = MORE + "ecdsa-sha512" if key is P521 else None
            write(f"{tag}-key-{name}", signed(mode, key, method=method), f"signed with a {name} key")
            write(f"{tag}-keyinfo-{name}", signed(mode, key, method=method, key_info=key),
                  f"signed with a {name} key that KeyInfo brings")
        write(f"{tag}-lent-keyinfo", signed(mode, STRANGER, key_info=RSA), "a stranger's, KeyInfo names ours")
        for name, steps in {
            "none": (), "enveloped": (ENVELOPED,), "exclusive": (EXC,), "swapped": (EXC, ENVELOPED),
            "twice": (ENVELOPED, ENVELOPED, EXC), "inclusive": (ENVELOPED, inclusive),
            "comments": (ENVELOPED, exc_comments), "xpath": (ENVELOPED, "http://www.w3.org/TR/1999/REC-xpath-19991116"),
            "xpath-first": ("http://www.w3.org/TR/1999/REC-xpath-19991116", EXC),
            "first-exclusive": (EXC, EXC), "first-base64": (DS + "base64", EXC),
            "first-comments": (exc_comments, EXC), "first-unknown": ("urn:x", EXC),
            "xslt": (ENVELOPED, "http://www.w3.org/TR/1999/REC-xslt-19991116"),
            "xpath2": (ENVELOPED, "http://www.w3.org/2002/06/xmldsig-filter2"),
            "base64": (ENVELOPED, DS + "base64"),
        }.items():
            write(f"{tag}-transforms-{name}", signed(mode, transforms=steps), f"transforms: {name}")
        for name, how in {"inclusive": inclusive, "comments": exc_comments}.items():
            write(f"{tag}-info-{name}", resigned(mode, how), f"SignedInfo by {name}")
        for name, uri in {"empty": "", "other": "#_x", "hashless": "_a1", "xpointer": "#xpointer(/)",
                          "id": "#xpointer(id('_a1'))", "outside": "https://evil.example/x", "file": "file:///etc/passwd",
                          "blank": "# _a1"}.items():
            write(f"{tag}-uri-{name}", signed(mode, uri=uri), f"the reference is {name}")
        write(f"{tag}-references", signed(mode, references=2), "two references")
        write(f"{tag}-many-prefixes", signed(mode, prefixes=[f"p{i}" for i in range(40)]), "40 prefixes")
        damage(mode)


def resigned(mode, how):
    root = response()
    if mode in ("assertion", "both"):
        sign(find(root, "a:Assertion"), RSA, mode=how)
    if mode in ("response", "both"):
        sign(root, RSA, mode=how)
    return root


def damage(mode):
    def each(tag):
        root = signed(mode, key_info=RSA)
        return root, list(root.iter(f"{{{DS}}}{tag}"))

    for name, change in {
        "empty": lambda text: "", "short": lambda text: text[:-8], "half": lambda text: text[:len(text) // 8 * 4],
        "flipped": lambda text: ("B" if text[0] != "B" else "C") + text[1:], "zero": lambda text: "A" * 340 + "AA==",
        "longer": lambda text: text[:-2] + "AAAA", "junk": lambda text: "!" + text, "other": lambda text: "AAAA",
    }.items():
        for tag in ("SignatureValue", "DigestValue"):
            root, nodes = each(tag)
            for node in nodes:
                node.text = change(node.text)
            write(f"damaged-{mode}-{tag}-{name}", root, f"the {tag} is {name}")
    for tag in ("SignatureValue", "DigestValue", "SignedInfo", "Reference", "Transforms", "DigestMethod",
                "SignatureMethod", "CanonicalizationMethod", "Signature"):
        root, nodes = each(tag)
        for node in nodes:
            node.getparent().remove(node)
        write(f"cut-{mode}-{tag}", root, f"there is no {tag}")
    root, nodes = each("Signature")
    for node in nodes:
        node.tag = "{urn:x}Signature"
    write(f"renamed-{mode}", root, "the signature is in another namespace")
    root = signed(mode)
    signed_node = find(root, "a:Assertion") if mode != "response" else root
    del signed_node.attrib["ID"]
    write(f"no-id-{mode}", root, "the signed element has no ID")
    write(f"no-id-empty-uri-{mode}", id_less(mode), "no ID, and a reference to nothing")


def id_less(mode):
    root = response()
    for node in (root, find(root, "a:Assertion")):
        del node.attrib["ID"]
    return signed(mode, root=root, uri="")


def others():
    write("unsigned", response(), "nothing is signed")
    write("bare-assertion", find(signed(), "a:Assertion"), "an assertion without a response")
    root = response()
    node = find(root, "a:Assertion")
    encrypted = etree.Element(f"{{{A}}}EncryptedAssertion")
    el(encrypted, "http://www.w3.org/2001/04/xmlenc#", "EncryptedData")
    root.replace(node, encrypted)
    write("encrypted", root, "encrypted and unsigned")
    empty = copy.deepcopy(root)
    empty[-1].remove(empty[-1][0])
    write("encrypted-empty", empty, "encrypted, with nothing inside")
    sign(empty, RSA)
    write("encrypted-signed-response", empty, "encrypted in a signed response")
    root = signed()
    root.append(etree.Element(f"{{{A}}}EncryptedAssertion"))
    write("encrypted-beside", root, "an encrypted assertion beside the signed one")
    root = signed("response")
    root.remove(find(root, "a:Assertion"))
    write("no-assertion", root, "the assertion was taken out")
    root = response()
    root.remove(find(root, "a:Assertion"))
    sign(root, RSA)
    write("no-assertion-signed", root, "signed without an assertion")
    plain = text_of(signed())
    write("utf16", plain.encode("utf-16"), "UTF-16")
    write("utf16-declared", ('<?xml version="1.0" encoding="UTF-16"?>' + plain), "declared as UTF-16")
    write("utf7", '<?xml version="1.0" encoding="UTF-7"?>' + plain, "declared as UTF-7")
    write("latin1", plain.replace("Ada", "\u00e9").encode("latin-1"), "Latin-1")
    write("bom-inside", plain.replace("ada-0001", "\ufeffada-0001"), "a byte order mark in the NameID")
    write("nul", plain.replace("ada-0001", "ada-0001\0"), "a NUL")
    write("nul-reference", plain.replace("ada-0001", "ada-0001&#0;"), "a reference to NUL")
    write("surrogate", plain.replace("ada-0001", "ada-0001&#xD800;"), "a reference to a surrogate")
    write("cr-reference", plain.replace("ada-0001", "ada-0001&#13;"), "a carriage return")
    write("homoglyph", plain.replace("ada-0001", "\u0430da-0001"), "a Cyrillic letter")
    write("decomposed", plain.replace("Ada Lovelace", "A\u0301da Lovelace"), "another letter in a name")
    write("truncated", plain[:-20], "cut off")
    write("half", plain[: len(plain) // 2], "cut in half")
    write("empty", "", "nothing")
    write("blank", "   ", "blanks")
    write("two-roots", plain + plain, "two documents")
    write("html", "<html><body>Sign in</body></html>", "a page")
    write("json", '{"assertion":"x"}', "JSON")
    write("trailing", plain + "x", "text after the document")
    write("default-namespace", plain.replace("saml:NameID", "NameID"), "a name without its namespace")
    write("rebound-prefix", plain.replace("<saml:Subject>", '<saml:Subject xmlns:saml="urn:x">'), "a prefix is rebound")
    write("case", plain.replace("saml:NameID", "saml:nameid"), "another name's case")
    write("duplicate-attribute", plain.replace("<saml:NameID ", '<saml:NameID Format="x" '), "an attribute twice")
    write("logout", plain.replace("samlp:Response", "samlp:LogoutResponse"), "another kind of response")
    root = response()
    find(root, ".//a:Audience").text = "https://other-sp.example"
    find(root, ".//a:SubjectConfirmationData").set("Recipient", "https://other-sp.example/acs")
    root.set("Destination", "https://other-sp.example/acs")
    write("replayed-elsewhere", signed("both", root=root), "meant for another service provider")
    root = signed(root=root)
    root.set("Destination", ACS)
    write("replayed-elsewhere-redirected", root, "another's assertion in a response for us")


def main():
    good()
    wrapping()
    splicing()
    bombs()
    wrong()
    weak()
    others()
    for name, key in {"rsa": RSA, "p256": EC256, "p384": EC384, "expired": EXPIRED, "stranger": STRANGER,
                      "small": SMALL, "p521": P521}.items():
        (OUT / f"{name}.pem").write_bytes(key.pem())
    manifest = {"now": 1800000000, "request_id": REQUEST, "sp": SP, "acs": ACS, "idp": IDP,
                "pinned": ["rsa.pem", "p256.pem", "p384.pem", "expired.pem"], "documents": ENTRIES}
    (OUT / "manifest.json").write_text(json.dumps(manifest, indent=1))


main()
