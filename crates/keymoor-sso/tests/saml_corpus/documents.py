"""Responses as an identity provider writes them, before they are signed."""

import datetime

from lxml import etree

from signer import NOW

P = "urn:oasis:names:tc:SAML:2.0:protocol"
A = "urn:oasis:names:tc:SAML:2.0:assertion"
XS = "http://www.w3.org/2001/XMLSchema"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
SP = "https://keymoor.example/api/saml/sp"
ACS = "https://keymoor.example/api/auth/saml/acs/1"
IDP = "https://idp.example/saml"
REQUEST = "_" + "07" * 20
FORMAT = "urn:oasis:names:tc:SAML:2.0:nameid-format:"
PERSISTENT = FORMAT + "persistent"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
UID = "urn:oid:0.9.2342.19200300.100.1.1"


def at(seconds):
    return (NOW + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def el(parent, namespace, name, text=None, **attributes):
    node = etree.SubElement(parent, f"{{{namespace}}}{name}")
    node.text = text
    for key, value in attributes.items():
        if value is not None:
            node.set(key, value)
    return node


def assertion(parent, subject="ada-0001", ident="_a1", uid="u-1815"):
    node = el(parent, A, "Assertion", ID=ident, Version="2.0", IssueInstant=at(-5))
    el(node, A, "Issuer", IDP)
    who = el(node, A, "Subject")
    el(who, A, "NameID", subject, Format=PERSISTENT)
    confirmation = el(who, A, "SubjectConfirmation", Method=BEARER)
    el(confirmation, A, "SubjectConfirmationData", NotOnOrAfter=at(300), Recipient=ACS, InResponseTo=REQUEST)
    conditions = el(node, A, "Conditions", NotBefore=at(-30), NotOnOrAfter=at(300))
    el(el(conditions, A, "AudienceRestriction"), A, "Audience", SP)
    statement = el(node, A, "AuthnStatement", AuthnInstant=at(-10), SessionIndex="_s1",
                   SessionNotOnOrAfter=at(28800))
    el(el(statement, A, "AuthnContext"), A, "AuthnContextClassRef",
       "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport")
    attributes = el(node, A, "AttributeStatement")
    for name, value in (("email", "ada@example.com"), ("displayName", "Ada Lovelace"), (UID, uid)):
        attribute = el(attributes, A, "Attribute", Name=name)
        el(attribute, A, "AttributeValue", value).set(f"{{{XSI}}}type", "xs:string")
    return node


def response(**options):
    nsmap = {"samlp": P, "saml": A, "xs": XS, "xsi": XSI}
    node = etree.Element(f"{{{P}}}Response", nsmap=nsmap)
    for key, value in (("ID", "_r1"), ("Version", "2.0"), ("IssueInstant", at(-5)), ("Destination", ACS),
                       ("InResponseTo", REQUEST)):
        node.set(key, value)
    el(node, A, "Issuer", IDP)
    el(el(node, P, "Status"), P, "StatusCode", Value=SUCCESS)
    assertion(node, **options)
    return node


def find(root, path):
    return root.find(path, {"p": P, "a": A, "ds": "http://www.w3.org/2000/09/xmldsig#"})
