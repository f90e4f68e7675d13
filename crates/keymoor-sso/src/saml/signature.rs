//! An enveloped signature over the element that it stands in (saml-core §5.4; xmldsig-core §3.2).

use aws_lc_rs::{constant_time::verify_slices_are_equal, digest::digest};
use base64::{Engine, prelude::BASE64_STANDARD};
use bergshamra_c14n::{C14nMode, canonicalize_doc};
use bergshamra_xml::NodeSet;
use keymoor_core::UnixTime;

use super::{
    Certificate, Quoted, SignatureFault as Fault,
    algorithm::{ENVELOPED, EXCLUSIVE, digest_algorithm, signature_method},
    tree::{Name, Node, SIGNATURE as D},
};

const MAX_PREFIXES: usize = 16;

/// The signature that stands in `element`, if there is one.
pub(crate) fn of(element: Node<'_>) -> Option<Node<'_>> {
    element.child((D, "Signature"))
}

/// Verifies `signature`, which stands in `element`, and gives the bytes that it is over: the
/// canonical form of `element` without the signature.
pub(crate) fn verify(
    element: Node<'_>,
    signature: Node<'_>,
    certificates: &[Certificate],
    now: UnixTime,
) -> Result<Vec<u8>, Fault> {
    let info = part(signature, "SignedInfo")?;
    let signed = referenced(element, signature, part(info, "Reference")?)?;
    check_signer(signature, info, certificates, now)?;
    Ok(signed)
}

fn part<'d>(node: Node<'d>, local: &'static str) -> Result<Node<'d>, Fault> {
    node.child((D, local)).ok_or(Fault::Transforms)
}

fn algorithm(node: Node<'_>) -> &str {
    node.attribute("Algorithm").unwrap_or_default()
}

fn value(node: Node<'_>) -> Result<Vec<u8>, Fault> {
    let text = node.text().ok_or(Fault::Encoding)?;
    let compact: String = text.split_ascii_whitespace().collect();
    BASE64_STANDARD.decode(compact).map_err(|_| Fault::Encoding)
}

/// The canonical bytes of `element`, if `reference` is to it and has their digest.
fn referenced(
    element: Node<'_>,
    signature: Node<'_>,
    reference: Node<'_>,
) -> Result<Vec<u8>, Fault> {
    let uri = reference.attribute("URI").unwrap_or_default();
    let id = element.attribute("ID").filter(|id| !id.is_empty());
    if id.is_none() || uri.strip_prefix('#') != id {
        return Err(Fault::Reference(Quoted::new(uri)));
    }
    let prefixes = transforms(part(reference, "Transforms")?)?;
    let mut nodes = NodeSet::tree_without_comments(element.id, element.document);
    nodes = nodes.subtract(&NodeSet::tree_with_comments(signature.id, element.document));
    let bytes = canonical(element, &nodes, &prefixes)?;
    check_digest(reference, &bytes)?;
    Ok(bytes)
}

/// The two transforms, and the prefixes that the second one keeps.
fn transforms(transforms: Node<'_>) -> Result<Vec<String>, Fault> {
    let mut steps = transforms.children();
    let (first, second) = (steps.next(), steps.next());
    let bare = |step: &Node<'_>| algorithm(*step) == ENVELOPED && step.children().next().is_none();
    let exclusive = second.filter(|step| algorithm(*step) == EXCLUSIVE);
    match (first.filter(bare), exclusive, steps.next()) {
        (Some(_), Some(step), None) => prefixes(step),
        _ => Err(Fault::Transforms),
    }
}

/// The prefixes of `InclusiveNamespaces` (xml-exc-c14n §4).
fn prefixes(step: Node<'_>) -> Result<Vec<String>, Fault> {
    const LIST: Name = (EXCLUSIVE, "InclusiveNamespaces");
    let list = step.child(LIST).and_then(|list| list.attribute("PrefixList")).unwrap_or_default();
    let prefixes: Vec<String> = list.split_ascii_whitespace().map(str::to_owned).collect();
    if prefixes.len() > MAX_PREFIXES { Err(Fault::Transforms) } else { Ok(prefixes) }
}

fn canonical(node: Node<'_>, nodes: &NodeSet, prefixes: &[String]) -> Result<Vec<u8>, Fault> {
    canonicalize_doc(node.document, C14nMode::Exclusive, Some(nodes), prefixes)
        .map_err(|_| Fault::Ambiguous)
}

fn check_digest(reference: Node<'_>, bytes: &[u8]) -> Result<(), Fault> {
    let method = algorithm(part(reference, "DigestMethod")?);
    let known = digest_algorithm(method).ok_or_else(|| Fault::Digest(Quoted::new(method)))?;
    let expected = value(part(reference, "DigestValue")?)?;
    let equal = verify_slices_are_equal(digest(known, bytes).as_ref(), &expected);
    equal.map_err(|_| Fault::Changed)
}

fn check_signer(
    signature: Node<'_>,
    info: Node<'_>,
    certificates: &[Certificate],
    now: UnixTime,
) -> Result<(), Fault> {
    let method = part(info, "CanonicalizationMethod")?;
    if algorithm(method) != EXCLUSIVE {
        return Err(Fault::Canonicalisation(Quoted::new(algorithm(method))));
    }
    let prefixes = prefixes(method)?;
    let nodes = NodeSet::tree_without_comments(info.id, info.document);
    let message = canonical(info, &nodes, &prefixes)?;
    let uri = algorithm(part(info, "SignatureMethod")?);
    let method = signature_method(uri).ok_or_else(|| Fault::Algorithm(Quoted::new(uri)))?;
    let value = value(part(signature, "SignatureValue")?)?;
    let mut makers =
        certificates.iter().filter(|one| one.made(method, &message, &value)).peekable();
    makers.peek().ok_or(Fault::Stranger)?;
    if makers.any(|one| one.check(now, false).is_ok()) { Ok(()) } else { Err(Fault::Dated) }
}
