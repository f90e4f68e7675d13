//! Claims that a provider tells only when it is asked with the access token (`OpenID` Connect Core
//! §5.3): an address and a name, often.

use super::{
    Metadata, OidcRefusal, TokenFault, answer::Answer, document, id_token, members::Members,
};
use crate::{Fetch, Identity, Method, Request};

/// The claim that the provider verified the address.
const VERIFIED: &str = "email_verified";

/// Adds to `identity` what the ID Token left out. What is told here is not signed, so it adds and
/// never changes; of somebody else it is refused (§5.3.2). A provider that says nothing usable
/// leaves the identity as it is: nothing of this is relied on.
pub(super) async fn complete(
    fetch: &dyn Fetch,
    metadata: &Metadata,
    answer: &Answer,
    mut identity: Identity,
) -> Result<Identity, OidcRefusal> {
    let missing = identity.email.is_none() || identity.name.is_none();
    let Some(url) = metadata.userinfo_endpoint.as_ref().filter(|_| missing) else {
        return Ok(identity);
    };
    let Some(told) = ask(fetch, url, answer).await else { return Ok(identity) };
    if told.text("sub").ok().flatten() != Some(&identity.subject) {
        return Err(TokenFault::Claim("sub at the userinfo endpoint").into());
    }
    add(&mut identity, &told);
    Ok(identity)
}

async fn ask(fetch: &dyn Fetch, url: &str, answer: &Answer) -> Option<Members> {
    let headers = vec![
        ("accept".to_owned(), "application/json".to_owned()),
        ("authorization".to_owned(), format!("Bearer {}", answer.access_token.as_str())),
    ];
    let request = Request { method: Method::Get, url: url.to_owned(), headers, body: Vec::new() };
    let fetched = fetch.fetch(request).await.ok().filter(|fetched| fetched.status == 200)?;
    document::object(&fetched)
}

fn add(identity: &mut Identity, told: &Members) {
    let known: Vec<_> = identity.claims.iter().map(|claim| claim.name.clone()).collect();
    let is_new = |name: &str| !known.iter().any(|known| known == name);
    let email = id_token::told(told, "email");
    if is_new("email") && email.is_some() {
        identity.email.clone_from(&email);
        // What the ID Token says of its address, which it does not name, is nothing about this one.
        identity.claims.retain(|claim| claim.name != VERIFIED);
    }
    if is_new("name") {
        identity.name = id_token::told(told, "name");
    }
    // An address and whether it is verified are one document's word.
    let is_signed = identity.claims.iter().any(|claim| claim.name == VERIFIED);
    let is_its_own = email.is_some() && email == identity.email && !is_signed;
    let new = told.iter().filter(|(name, _)| match *name {
        VERIFIED => is_its_own,
        name => is_new(name),
    });
    let new: Vec<_> = new.collect();
    let new = new.into_iter();
    identity.claims.extend(new.map(|(name, value)| id_token::claim(name, value)));
}
