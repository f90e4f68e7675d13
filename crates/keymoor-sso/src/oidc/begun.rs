use std::fmt;

use aws_lc_rs::{
    constant_time::verify_slices_are_equal,
    digest::{SHA256, digest},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use keymoor_core::UnixTime;
use serde::{Deserialize, Serialize};
use url::Url;
use zeroize::Zeroizing;

use super::{Metadata, OidcError, Provider};

/// Seconds that somebody has to sign in at the provider.
pub const BEGUN_LIFE: i64 = 15 * 60;

/// A sign-in that was begun: what the callback has to fit, all of it in one piece, so that no part
/// can be of another sign-in. Bind it to the browser, let it be used once, and keep it sealed:
/// whoever has it and the code can finish. It shows nothing in `Debug`.
#[derive(Clone, Serialize, Deserialize)]
pub struct Begun {
    pub(super) issuer: String,
    pub(super) redirect_uri: String,
    pub(super) state: Zeroizing<String>,
    pub(super) nonce: Zeroizing<String>,
    pub(super) code_verifier: Zeroizing<String>,
    /// Whether the person has to prove anew who they are.
    pub(super) force: bool,
    pub(super) at: UnixTime,
}

impl Begun {
    /// Begins a sign-in at `provider`, whose answer comes to `redirect_uri`, a URL of ours that is
    /// registered there. `random` are bytes of a CSPRNG: 32 each for `state`, `nonce` and the PKCE
    /// verifier (RFC 7636 §4.1). With `force` the person must prove anew who they are.
    pub fn new(
        provider: &Provider,
        redirect_uri: &str,
        force: bool,
        random: &Zeroizing<[u8; 96]>,
        now: UnixTime,
    ) -> Self {
        let text = |part: usize| {
            Zeroizing::new(URL_SAFE_NO_PAD.encode(&random[part * 32..(part + 1) * 32]))
        };
        Self {
            issuer: provider.issuer.clone(),
            redirect_uri: redirect_uri.to_owned(),
            state: text(0),
            nonce: text(1),
            code_verifier: text(2),
            force,
            at: now,
        }
    }

    /// Where to send the browser: the authorization request (`OpenID` Connect Core §3.1.2.1, RFC
    /// 7636 §4.3).
    pub fn authorization_url(
        &self,
        provider: &Provider,
        metadata: &Metadata,
    ) -> Result<String, OidcError> {
        let endpoint = "authorization_endpoint";
        let url = Url::parse(&metadata.authorization_endpoint);
        let mut url = url.map_err(|_| OidcError::Endpoint(endpoint))?;
        let challenge =
            URL_SAFE_NO_PAD.encode(digest(&SHA256, self.code_verifier.as_bytes()).as_ref());
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &provider.client_id)
            .append_pair("redirect_uri", &self.redirect_uri)
            .append_pair("scope", "openid email profile")
            .append_pair("state", &self.state)
            .append_pair("nonce", &self.nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        if self.force {
            url.query_pairs_mut().append_pair("prompt", "login").append_pair("max_age", "0");
        }
        Ok(url.into())
    }

    /// Whether `state` is this sign-in's; takes the same time wherever it differs.
    pub fn is_state(&self, state: &str) -> bool {
        verify_slices_are_equal(state.as_bytes(), self.state.as_bytes()).is_ok()
    }

    /// The `state`, under which the server may keep it.
    pub fn state(&self) -> &str {
        &self.state
    }
}

impl fmt::Debug for Begun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Begun").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}
