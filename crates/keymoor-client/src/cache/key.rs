//! What a cached token is for. Pure.

use std::fmt::Write;

use aws_lc_rs::digest::{Context, SHA256};
use keymoor_core::Scopes;
use url::Url;

use crate::{
    credentials::{ClientKey, Mark},
    exchange::Style,
};

/// The name of a cache entry: SHA-256 over the token URL, the API Key, the digest of the API Secret,
/// the scopes in order, and the style of the request. Another secret is another entry, so that
/// nothing of an old login is found after a new one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CacheKey {
    name: String,
    owner: String,
}

/// Whose a token is: the token URL and the API Key, whatever its secret and its scopes.
pub(super) fn owner(token_url: &Url, key: &ClientKey) -> String {
    digest([token_url.as_str().as_bytes(), key.as_str().as_bytes()])
}

pub(super) fn digest<const N: usize>(parts: [&[u8]; N]) -> String {
    let mut context = Context::new(&SHA256);
    for part in parts {
        // The length goes before it, so that no two lists of parts look alike.
        context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        context.update(part);
    }
    hexadecimal(context.finish().as_ref())
}

impl CacheKey {
    pub(crate) fn new(token_url: &Url, mark: &Mark, scopes: &Scopes, style: Style) -> Self {
        let scopes = in_order(scopes);
        let name = digest([
            token_url.as_str().as_bytes(),
            mark.key.as_str().as_bytes(),
            &mark.digest,
            scopes.as_bytes(),
            style.name().as_bytes(),
        ]);
        Self { name, owner: owner(token_url, &mark.key) }
    }

    /// 64 hexadecimal digits.
    pub(crate) fn as_str(&self) -> &str {
        &self.name
    }

    pub(super) fn owner(&self) -> &str {
        &self.owner
    }
}

fn in_order(scopes: &Scopes) -> String {
    let mut texts: Vec<_> = scopes.iter().map(ToString::to_string).collect();
    texts.sort();
    texts.join(" ")
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::Credentials;

    fn key(url: &str, key: &str, secret: &str, scopes: &str, style: Style) -> CacheKey {
        let credentials = Credentials::new(key, secret).unwrap();
        let scopes = Scopes::parse(scopes).unwrap_or_default();
        CacheKey::new(&url.parse().unwrap(), &Mark::of(&credentials), &scopes, style)
    }

    #[test]
    fn each_part_makes_another_entry() {
        let (url, own, secret) = ("https://a/t", "0123456789", "9876543210");
        let all = [
            key(url, own, secret, "a", Style::Form),
            key("https://b/t", own, secret, "a", Style::Form),
            key(url, "0123456780", secret, "a", Style::Form),
            key(url, own, "9876543211", "a", Style::Form),
            key(url, own, secret, "b", Style::Form),
            key(url, own, secret, "", Style::Form),
            key(url, own, secret, "a", Style::Json),
            // The same letters, parted elsewhere.
            key("https://a/t0", "123456789x", secret, "a", Style::Form),
        ];
        let distinct: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
    }

    #[test]
    fn the_order_of_scopes_makes_none() {
        let of = |scopes| key("https://a/t", "0123456789", "9876543210", scopes, Style::Form);
        assert_eq!(of("a b"), of("b a"));
        assert_eq!(of("a b").as_str().len(), 64);
    }
}
