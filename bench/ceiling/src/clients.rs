//! The known clients and what is stored of their secrets: HMAC-SHA-256(pepper, secret).

use std::collections::HashMap;

use aws_lc_rs::{constant_time, hmac, rand};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Builder;

/// `N` bytes of the crypto library's CSPRNG.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).expect("the system's random number generator works");
    bytes
}

/// A random UUID (version 4, RFC 9562 §5.4) in its usual form.
pub(crate) fn random_uuid() -> String {
    Builder::from_random_bytes(random()).into_uuid().hyphenated().to_string()
}

/// Key and secret of a client just made.
pub(crate) struct NewClient {
    /// A UUID.
    pub(crate) api_key: String,
    /// 52 characters of `A-Z a-z 0-9 _ -`, as many as Keymoor's have.
    pub(crate) api_secret: String,
}

/// What is known of a client.
pub(crate) struct Client {
    /// The `sub` of its tokens.
    pub(crate) account: String,
    /// HMAC-SHA-256(pepper, secret).
    digest: hmac::Tag,
}

/// All clients, by API Key.
pub(crate) struct Clients {
    pepper: hmac::Key,
    known: HashMap<String, Client>,
}

impl Clients {
    /// One client, and the only copy of its secret.
    pub(crate) fn with_one() -> (Self, NewClient) {
        let pepper = hmac::Key::new(hmac::HMAC_SHA256, &random::<32>());
        let api_secret = URL_SAFE_NO_PAD.encode(random::<39>());
        let digest = hmac::sign(&pepper, api_secret.as_bytes());
        let new = NewClient { api_key: random_uuid(), api_secret };
        let client = Client { account: random_uuid(), digest };
        (Self { pepper, known: HashMap::from([(new.api_key.clone(), client)]) }, new)
    }

    /// The client, if it is known and the secret is its own; compared in constant time.
    pub(crate) fn authenticate(&self, api_key: &str, secret: &str) -> Option<&Client> {
        let client = self.known.get(api_key)?;
        let presented = hmac::sign(&self.pepper, secret.as_bytes());
        constant_time::verify_slices_are_equal(presented.as_ref(), client.digest.as_ref()).ok()?;
        Some(client)
    }
}
