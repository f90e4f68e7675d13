//! Whether a presented secret is one of an API token's, at a cost that tells nothing.

use crate::{
    digest::Pepper,
    facts::{CredentialFacts, StoredSecret},
    id::SecretId,
    secret::PresentedSecret,
};

/// The facts and the id of the secret that matched.
#[derive(Clone, Copy, Debug)]
pub struct Authenticated<'f> {
    /// The facts that were passed in.
    pub facts: &'f CredentialFacts,
    /// Which of the API token's secrets was presented.
    pub secret: SecretId,
}

/// Compares `presented` with the secrets of `facts`; `None` for facts stands for an unknown key.
///
/// Hashes once, compares in constant time, looks at every secret, and does the same work for an
/// unknown key: neither the key's existence nor a part of the secret can be timed. Says nothing
/// about removal or limits: those are told only to whoever proved the secret
/// ([`issue`](crate::token::issue)).
#[inline(never)]
pub fn authenticate<'f>(
    presented: &PresentedSecret,
    facts: Option<&'f CredentialFacts>,
    pepper: &Pepper,
) -> Option<Authenticated<'f>> {
    let secret = matching(presented, facts.map(|facts| &facts.secrets), pepper)?;
    facts.map(|facts| Authenticated { facts, secret })
}

/// Which of the `stored` secrets was presented; `None` for `stored` stands for an unknown client.
/// At the same cost whatever the outcome, as [`authenticate`].
pub fn matching(
    presented: &PresentedSecret,
    stored: Option<&Vec<StoredSecret>>,
    pepper: &Pepper,
) -> Option<SecretId> {
    let digest = pepper.digest_presented(presented);
    let mut matched = None;
    for stored in stored.unwrap_or(pepper.decoy()) {
        if stored.digest.equals(&digest) {
            matched = Some(stored.id);
        }
    }
    // A damaged secret was cut or padded to fit, so it may hash like another one.
    matched.filter(|_| presented.damage().is_none())
}
