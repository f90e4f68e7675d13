//! Which elements a response may have, where, and how often (saml-core §2, §3; xmldsig-core §4).
//!
//! It is narrower than the schema: one Assertion with one subject, one confirmation and one
//! sign-in, and no place for extensions, advice or objects, where wrapped signatures hide.

use std::collections::HashSet;

use super::{
    Quoted,
    refusal::DocumentFault,
    tree::{ASSERTION as A, Name, Node, PROTOCOL as P, SIGNATURE as D},
};

const EXC: &str = super::algorithm::EXCLUSIVE;
const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// What an element may hold.
enum Content {
    /// Elements, each with its least and greatest number.
    Elements(&'static [(Name, usize, usize)]),
    /// One text.
    Text,
    /// A text or a name identifier: an attribute's value.
    Value,
    /// Anything of the signature's namespace: the key that is not looked at.
    Key,
    /// Anything of the provider's own: details of a status.
    Detail,
}

struct Rule {
    element: Name,
    content: Content,
    attributes: &'static [&'static str],
}

const fn rule(element: Name, content: Content, attributes: &'static [&'static str]) -> Rule {
    Rule { element, content, attributes }
}

const MANY: usize = 512;
const PREFIXES: Content = Content::Elements(&[((EXC, "InclusiveNamespaces"), 0, 1)]);
const NAME: &[&str] = &["Format", "NameQualifier", "SPNameQualifier", "SPProvidedID"];
const NOTHING: Content = Content::Elements(&[]);

static RULES: &[Rule] = &[
    rule(
        (P, "Response"),
        Content::Elements(&[
            ((A, "Issuer"), 1, 1),
            ((D, "Signature"), 0, 1),
            ((P, "Status"), 1, 1),
            ((A, "Assertion"), 0, 1),
        ]),
        &["ID", "Version", "IssueInstant", "Destination", "InResponseTo", "Consent"],
    ),
    rule(
        (P, "Status"),
        Content::Elements(&[
            ((P, "StatusCode"), 1, 1),
            ((P, "StatusMessage"), 0, 1),
            ((P, "StatusDetail"), 0, 1),
        ]),
        &[],
    ),
    rule((P, "StatusCode"), Content::Elements(&[((P, "StatusCode"), 0, 1)]), &["Value"]),
    rule((P, "StatusMessage"), Content::Text, &[]),
    rule((P, "StatusDetail"), Content::Detail, &[]),
    rule(
        (A, "Assertion"),
        Content::Elements(&[
            ((A, "Issuer"), 1, 1),
            ((D, "Signature"), 0, 1),
            ((A, "Subject"), 1, 1),
            ((A, "Conditions"), 1, 1),
            ((A, "AuthnStatement"), 1, 1),
            ((A, "AttributeStatement"), 0, 1),
        ]),
        &["ID", "Version", "IssueInstant"],
    ),
    rule((A, "Issuer"), Content::Text, NAME),
    rule((A, "NameID"), Content::Text, NAME),
    rule(
        (A, "Subject"),
        Content::Elements(&[((A, "NameID"), 0, 1), ((A, "SubjectConfirmation"), 1, 1)]),
        &[],
    ),
    rule(
        (A, "SubjectConfirmation"),
        Content::Elements(&[((A, "SubjectConfirmationData"), 1, 1)]),
        &["Method"],
    ),
    rule(
        (A, "SubjectConfirmationData"),
        NOTHING,
        &["NotOnOrAfter", "Recipient", "InResponseTo", "Address"],
    ),
    rule(
        (A, "Conditions"),
        Content::Elements(&[
            ((A, "AudienceRestriction"), 1, 8),
            ((A, "OneTimeUse"), 0, 1),
            ((A, "ProxyRestriction"), 0, 1),
        ]),
        &["NotBefore", "NotOnOrAfter"],
    ),
    rule((A, "AudienceRestriction"), Content::Elements(&[((A, "Audience"), 1, 64)]), &[]),
    rule((A, "Audience"), Content::Text, &[]),
    rule((A, "OneTimeUse"), NOTHING, &[]),
    rule((A, "ProxyRestriction"), Content::Elements(&[((A, "Audience"), 0, 64)]), &["Count"]),
    rule(
        (A, "AuthnStatement"),
        Content::Elements(&[((A, "SubjectLocality"), 0, 1), ((A, "AuthnContext"), 1, 1)]),
        &["AuthnInstant", "SessionIndex", "SessionNotOnOrAfter"],
    ),
    rule((A, "SubjectLocality"), NOTHING, &["Address", "DNSName"]),
    rule(
        (A, "AuthnContext"),
        Content::Elements(&[
            ((A, "AuthnContextClassRef"), 0, 1),
            ((A, "AuthnContextDeclRef"), 0, 1),
            ((A, "AuthenticatingAuthority"), 0, 16),
        ]),
        &[],
    ),
    rule((A, "AuthnContextClassRef"), Content::Text, &[]),
    rule((A, "AuthnContextDeclRef"), Content::Text, &[]),
    rule((A, "AuthenticatingAuthority"), Content::Text, &[]),
    rule((A, "AttributeStatement"), Content::Elements(&[((A, "Attribute"), 0, MANY)]), &[]),
    rule(
        (A, "Attribute"),
        Content::Elements(&[((A, "AttributeValue"), 0, MANY)]),
        &["Name", "NameFormat", "FriendlyName", "OriginalIssuer"],
    ),
    rule((A, "AttributeValue"), Content::Value, &[]),
    rule(
        (D, "Signature"),
        Content::Elements(&[
            ((D, "SignedInfo"), 1, 1),
            ((D, "SignatureValue"), 1, 1),
            ((D, "KeyInfo"), 0, 1),
        ]),
        &["Id"],
    ),
    rule(
        (D, "SignedInfo"),
        Content::Elements(&[
            ((D, "CanonicalizationMethod"), 1, 1),
            ((D, "SignatureMethod"), 1, 1),
            ((D, "Reference"), 1, 1),
        ]),
        &["Id"],
    ),
    rule((D, "CanonicalizationMethod"), PREFIXES, &["Algorithm"]),
    rule((D, "SignatureMethod"), NOTHING, &["Algorithm"]),
    rule(
        (D, "Reference"),
        Content::Elements(&[
            ((D, "Transforms"), 1, 1),
            ((D, "DigestMethod"), 1, 1),
            ((D, "DigestValue"), 1, 1),
        ]),
        &["Id", "URI"],
    ),
    rule((D, "Transforms"), Content::Elements(&[((D, "Transform"), 1, 2)]), &[]),
    rule((D, "Transform"), PREFIXES, &["Algorithm"]),
    rule((EXC, "InclusiveNamespaces"), NOTHING, &["PrefixList"]),
    rule((D, "DigestMethod"), NOTHING, &["Algorithm"]),
    rule((D, "DigestValue"), Content::Text, &[]),
    rule((D, "SignatureValue"), Content::Text, &["Id"]),
    rule((D, "KeyInfo"), Content::Key, &["Id"]),
];

/// Holds `root` and everything in it against the rules.
pub(crate) fn check(root: Node<'_>) -> Result<(), DocumentFault> {
    check_ids(root)?;
    check_element(root)
}

/// No two elements may have one ID, however it is written: a reference means one element.
fn check_ids(root: Node<'_>) -> Result<(), DocumentFault> {
    let mut seen = HashSet::new();
    let attributes = root.descendants().flat_map(|node| &node.element.attributes);
    for id in attributes.filter(|one| one.name.local_name.eq_ignore_ascii_case("id")) {
        if !seen.insert(&*id.value) {
            return Err(DocumentFault::SameId(Quoted::new(&id.value)));
        }
    }
    Ok(())
}

fn check_element(node: Node<'_>) -> Result<(), DocumentFault> {
    let rule = RULES.iter().find(|rule| node.is(rule.element));
    let rule = rule.ok_or_else(|| DocumentFault::Root(Quoted::new(node.local())))?;
    check_attributes(node, rule.attributes)?;
    match &rule.content {
        Content::Elements(allowed) => check_elements(node, allowed),
        Content::Text => check_text(node),
        Content::Value => check_value(node),
        Content::Key => check_foreign(node, "http://www.w3.org/2009/xmldsig11#"),
        Content::Detail => check_detail(node),
    }
}

fn check_elements(node: Node<'_>, allowed: &[(Name, usize, usize)]) -> Result<(), DocumentFault> {
    if !node.holds_only_elements() {
        return Err(DocumentFault::Mixed(Quoted::new(node.local())));
    }
    for child in node.children() {
        if !allowed.iter().any(|(name, ..)| child.is(*name)) {
            return Err(misplaced(child, node));
        }
    }
    for &(name, least, most) in allowed {
        let times = node.all(name).count();
        if times < least || times > most {
            let parent = Quoted::new(node.local());
            return Err(DocumentFault::Count { element: name.1, parent, times });
        }
    }
    node.children().try_for_each(check_element)
}

fn misplaced(child: Node<'_>, parent: Node<'_>) -> DocumentFault {
    let (element, parent) = (Quoted::new(child.local()), Quoted::new(parent.local()));
    DocumentFault::Element { element, parent }
}

fn check_text(node: Node<'_>) -> Result<(), DocumentFault> {
    let mixed = || DocumentFault::Mixed(Quoted::new(node.local()));
    node.text().map(|_| ()).ok_or_else(mixed)
}

/// A text, or the name identifier that some attributes are (`eduPersonTargetedID`).
fn check_value(node: Node<'_>) -> Result<(), DocumentFault> {
    if node.text().is_some() {
        return Ok(());
    }
    check_elements(node, &[((A, "NameID"), 1, 1)])
}

/// Nothing in here is looked at, but nothing of SAML may hide in it either.
fn check_foreign(node: Node<'_>, other: &str) -> Result<(), DocumentFault> {
    let foreign = |one: &Node<'_>| one.namespace() != D && one.namespace() != other;
    let signed = ["Signature", "SignedInfo", "Object", "Reference", "RetrievalMethod"];
    let odd = |one: &Node<'_>| foreign(one) || signed.contains(&one.local());
    match node.descendants().skip(1).find(odd) {
        Some(found) => Err(misplaced(found, node)),
        None => Ok(()),
    }
}

/// What a provider tells of a failure is its own, and neither SAML nor a signature.
fn check_detail(node: Node<'_>) -> Result<(), DocumentFault> {
    let ours = |one: &Node<'_>| [A, P, D].contains(&one.namespace());
    match node.descendants().skip(1).find(ours) {
        Some(found) => Err(misplaced(found, node)),
        None => Ok(()),
    }
}

fn check_attributes(node: Node<'_>, allowed: &[&str]) -> Result<(), DocumentFault> {
    for attribute in &node.element.attributes {
        let namespace = attribute.name.namespace_uri.as_deref().unwrap_or_default();
        let local = &*attribute.name.local_name;
        let plain = namespace.is_empty() && attribute.name.prefix.is_none();
        let typed = namespace == XSI && local == "type" && node.is((A, "AttributeValue"));
        if !(plain && allowed.contains(&local) || typed || is_annotation(node, namespace)) {
            let (attribute, element) = (Quoted::new(local), Quoted::new(node.local()));
            return Err(DocumentFault::Attribute { attribute, element });
        }
    }
    Ok(())
}

/// An attribute of somebody else's on an `Attribute`, which the schema allows and some send.
fn is_annotation(node: Node<'_>, namespace: &str) -> bool {
    let known = ["", A, P, D, XSI, "http://www.w3.org/XML/1998/namespace"];
    node.is((A, "Attribute")) && !known.contains(&namespace)
}
