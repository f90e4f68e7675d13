//! The person in an assertion that holds.

use keymoor_core::UnixTime;

use super::{
    Quoted, SamlRefusal as Refusal, SubjectSource,
    assertion::Held,
    tree::{ASSERTION as A, Node},
};
use crate::{Claim, Identity};

const FORMAT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:";
const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
const EMAIL_FORMAT: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";

/// What the usual providers call an address.
const EMAIL: [&str; 5] = [
    "email",
    "mail",
    "emailAddress",
    "urn:oid:0.9.2342.19200300.100.1.3",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
];

/// What the usual providers call a person's whole name.
const NAME: [&str; 6] = [
    "displayName",
    "name",
    "cn",
    "urn:oid:2.16.840.1.113730.3.1.241",
    "http://schemas.microsoft.com/identity/claims/displayname",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
];

/// Reads who signed in.
pub(crate) fn identity(
    assertion: Node<'_>,
    statement: Node<'_>,
    held: &Held<'_>,
    authenticated_at: UnixTime,
) -> Result<Identity, Refusal> {
    let name_id = assertion.child((A, "Subject")).and_then(|one| one.child((A, "NameID")));
    let attributes = attributes(assertion);
    let subject = match held.idp.subject() {
        SubjectSource::NameId => persistent(name_id, held)?,
        SubjectSource::Attribute(name) => single(&attributes, name)?,
    };
    check_subject(&subject)?;
    let email = first(&attributes, &EMAIL).or_else(|| email_of(name_id));
    let name = first(&attributes, &NAME);
    let session = statement.attribute("SessionIndex").filter(|one| !one.is_empty());
    let claims = name_id.into_iter().flat_map(named).chain(attributes).collect();
    let session = session.map(str::to_owned);
    let proved_at = Some(authenticated_at);
    Ok(Identity { subject, email, name, authenticated_at, proved_at, session, claims })
}

/// The text of a persistent `NameID` whose qualifiers, if any, are the two providers.
fn persistent(name_id: Option<Node<'_>>, held: &Held<'_>) -> Result<String, Refusal> {
    let name_id = name_id.ok_or(Refusal::Missing("The NameID"))?;
    let format = name_id.attribute("Format").unwrap_or(UNSPECIFIED);
    if format.strip_prefix(FORMAT) != Some("persistent") {
        return Err(Refusal::NameIdFormat(Quoted::new(format)));
    }
    let qualifiers =
        [("NameQualifier", held.idp.entity_id()), ("SPNameQualifier", &held.sp.entity_id)];
    for (name, expected) in qualifiers {
        if let Some(found) = name_id.attribute(name).filter(|found| *found != expected) {
            return Err(Refusal::Qualifier(Quoted::new(found)));
        }
    }
    Ok(name_id.text().unwrap_or_default().to_owned())
}

/// The one value of the one attribute of that name.
fn single(attributes: &[Claim], name: &str) -> Result<String, Refusal> {
    let mut found = attributes.iter().filter(|claim| claim.name == name);
    match (found.next().map(|claim| claim.values.as_slice()), found.next()) {
        (Some([value]), None) => Ok(value.clone()),
        _ => Err(Refusal::SubjectAttribute(Quoted::new(name))),
    }
}

fn check_subject(subject: &str) -> Result<(), Refusal> {
    let long = !(1..=255).contains(&subject.len());
    let odd = subject.trim() != subject || subject.chars().any(char::is_control);
    if long || odd { Err(Refusal::Subject(Quoted::new(subject))) } else { Ok(()) }
}

/// All attributes, in their order.
fn attributes(assertion: Node<'_>) -> Vec<Claim> {
    let statements = assertion.all((A, "AttributeStatement"));
    statements.flat_map(|statement| statement.all((A, "Attribute"))).map(claim).collect()
}

fn claim(attribute: Node<'_>) -> Claim {
    let values = attribute.all((A, "AttributeValue")).map(value).collect();
    Claim { name: attribute.attribute("Name").unwrap_or_default().to_owned(), values }
}

/// The text of a value, or of the name identifier that it is.
fn value(value: Node<'_>) -> String {
    let text = value.text().or_else(|| value.child((A, "NameID")).and_then(Node::text));
    text.unwrap_or_default().to_owned()
}

/// The `NameID` as claims, to be shown by a test sign-in.
fn named(name_id: Node<'_>) -> [Claim; 2] {
    let format = name_id.attribute("Format").unwrap_or(UNSPECIFIED);
    let claim = |name: &str, value: &str| Claim { name: name.into(), values: vec![value.into()] };
    [claim("NameID", name_id.text().unwrap_or_default()), claim("NameID Format", format)]
}

/// The first value of the first of `names` that is there and fit to be shown.
fn first(attributes: &[Claim], names: &[&str]) -> Option<String> {
    let claims = names.iter().filter_map(|name| attributes.iter().find(|one| one.name == *name));
    let mut values = claims.filter_map(|claim| claim.values.first());
    values.find(|value| is_showable(value)).cloned()
}

fn email_of(name_id: Option<Node<'_>>) -> Option<String> {
    let name_id = name_id.filter(|one| one.attribute("Format") == Some(EMAIL_FORMAT))?;
    name_id.text().filter(|text| is_showable(text)).map(str::to_owned)
}

fn is_showable(text: &str) -> bool {
    (1..=320).contains(&text.len()) && !text.chars().any(char::is_control)
}
