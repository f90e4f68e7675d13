//! The one way from the bytes of a response to an identity.

use base64::{Engine, prelude::BASE64_STANDARD};

use super::{
    Expected, IdentityProvider, MAX_RESPONSE, Quoted, SamlRefusal as Refusal, ServiceProvider,
    SignatureFault, Verified,
    assertion::{self, Held},
    grammar,
    refusal::DocumentFault,
    scan::Comments,
    signature,
    told::Told,
    tree::{self, ASSERTION as A, Name, Node, PROTOCOL as P},
};

const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";

/// Verifies the `SAMLResponse` of a form (saml-bindings §3.5.4), in base64.
///
/// All checks are mandatory; what is not signed is held against the same rules as what is. The
/// identity comes from the bytes whose digest was signed, and from nothing else.
pub fn verify(
    response: &str,
    sp: &ServiceProvider,
    idp: &IdentityProvider,
    expected: &Expected<'_>,
) -> Result<Verified, Refusal> {
    let text = decode(response)?;
    let document = tree::parse(&text, Comments::Refused)?;
    let response = tree::root(&document)?;
    if !response.is((P, "Response")) {
        return Err(DocumentFault::Root(Quoted::new(response.local())).into());
    }
    check_clear(response)?;
    grammar::check(response)?;
    let held = Held { sp, idp, expected };
    check_response(response, &held)?;
    let signed = signed(response, &held)?;
    let document = tree::parse(&signed, Comments::Refused)?;
    assertion::read(in_signed(tree::root(&document)?, &held)?, &held)
}

fn decode(response: &str) -> Result<String, Refusal> {
    // Base64 is 4/3 as long, and may have line breaks.
    if response.len() > MAX_RESPONSE * 3 / 2 {
        return Err(Refusal::TooLong);
    }
    let compact: String = response.split_ascii_whitespace().collect();
    let bytes = BASE64_STANDARD.decode(compact).map_err(|_| Refusal::Encoding)?;
    if bytes.len() > MAX_RESPONSE {
        return Err(Refusal::TooLong);
    }
    String::from_utf8(bytes).map_err(|_| Refusal::Encoding)
}

/// Nothing is encrypted: it would have to be decrypted before anybody knows who made it.
fn check_clear(response: Node<'_>) -> Result<(), Refusal> {
    let encrypted = ["EncryptedAssertion", "EncryptedID", "EncryptedAttribute", "EncryptedData"];
    let found = response.descendants().any(|node| encrypted.contains(&node.local()));
    if found { Err(Refusal::Encrypted) } else { Ok(()) }
}

/// What the response says of itself, signed or not.
fn check_response(response: Node<'_>, held: &Held<'_>) -> Result<(), Refusal> {
    check_version(response)?;
    held.check_issuer(response, "Response")?;
    let to = response.attribute("Destination").ok_or(Refusal::Missing("The Destination"))?;
    if to != held.sp.acs_url {
        let (found, expected) = (Quoted::new(to), Quoted::new(&held.sp.acs_url));
        return Err(Refusal::Destination { found, expected });
    }
    held.check_answers(response, "Response")?;
    let issued = Told::read(response, "IssueInstant", "The IssueInstant of the Response")?;
    issued.begun(held.expected.now)?;
    check_status(response)
}

pub(crate) fn check_version(node: Node<'_>) -> Result<(), Refusal> {
    match node.attribute("Version") {
        Some("2.0") => Ok(()),
        other => Err(DocumentFault::Version(Quoted::new(other.unwrap_or_default())).into()),
    }
}

fn check_status(response: Node<'_>) -> Result<(), Refusal> {
    const CODE: Name = (P, "StatusCode");
    let status = response.child((P, "Status")).ok_or(Refusal::Missing("The Status"))?;
    let code = status.child(CODE).ok_or(Refusal::Missing("The StatusCode"))?;
    let outer = code.attribute("Value").unwrap_or_default();
    if outer == SUCCESS && code.child(CODE).is_none() {
        return Ok(());
    }
    let inner = code.child(CODE).and_then(|inner| inner.attribute("Value")).unwrap_or(outer);
    let message = status.child((P, "StatusMessage")).and_then(Node::text).unwrap_or_default();
    Err(Refusal::Status { code: Quoted::new(inner), message: Quoted::new(message) })
}

/// The bytes that the person is read from: of the assertion if it is signed, else of the response.
/// If both are, both signatures must hold.
fn signed(response: Node<'_>, held: &Held<'_>) -> Result<String, Refusal> {
    let assertion = response.child((A, "Assertion")).ok_or(Refusal::Missing("The Assertion"))?;
    let outer = verified(response, "Response", held)?;
    let inner = verified(assertion, "Assertion", held)?;
    inner.or(outer).ok_or(Refusal::Unsigned)
}

/// What the signature in `node` is over, if there is one.
fn verified(
    node: Node<'_>,
    element: &'static str,
    held: &Held<'_>,
) -> Result<Option<String>, Refusal> {
    let Some(signature) = signature::of(node) else { return Ok(None) };
    let (certificates, now) = (held.idp.certificates(), held.expected.now);
    signature::verify(node, signature, certificates, now)
        .and_then(|bytes| String::from_utf8(bytes).map_err(|_| SignatureFault::Ambiguous))
        .map(Some)
        .map_err(|fault| Refusal::Signature { element, fault })
}

/// The assertion in what was signed. A signed response is held against everything once more.
fn in_signed<'d>(root: Node<'d>, held: &Held<'_>) -> Result<Node<'d>, Refusal> {
    grammar::check(root)?;
    if root.is((A, "Assertion")) {
        return Ok(root);
    }
    check_response(root, held)?;
    root.child((A, "Assertion")).ok_or(Refusal::Missing("The Assertion"))
}
