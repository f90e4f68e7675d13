use std::sync::Arc;

use ipnet::IpNet;
use keymoor_core::{
    jwt::{Algorithm, Expectation},
    refusal::Pointers,
    wire::{Authorities, discovery::paths},
};
use keymoor_sso::Fetch;

use crate::{ForwardAuthSettings, NoDns, NoFetch, SmtpSettings, TxtLookup, WhenCutOff};

/// What the operator chose. URLs have no slash at their end.
#[derive(Clone)]
pub struct Settings {
    /// Under which URL clients reach the server: the issuer of its tokens.
    pub public_url: String,
    /// The identifier of the API that tokens are for.
    pub audience: String,
    /// Proxies whose `X-Forwarded-For` is believed; empty means none.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether an access token may create API tokens.
    pub tokens_create_tokens: bool,
    /// Whether an organization may invite people who have no account: one is then made for them,
    /// and mail tells them so.
    pub organizations_invite_strangers: bool,
    /// What tokens are signed with.
    pub algorithm: Algorithm,
    /// Whether the youngest stored key says so instead, where there is one: for a command that does
    /// not know what the operator chose.
    pub keeps_algorithm: bool,
    /// Seconds for which a signing key signs before another one takes its turn.
    pub signing_key_life: u32,
    /// How mail is sent; `None` means not at all.
    pub smtp: Option<SmtpSettings>,
    /// How many access tokens an API token, or an application in one person's name, gets within a
    /// second; `None` means any number.
    pub tokens_per_second: Option<u32>,
    /// How many times within a minute an address is told that its credentials are wrong; then it is
    /// told to wait. `None` means any number.
    pub refusals_per_minute: Option<u32>,
    /// How many API Keys the server keeps in mind, each with what a decision on it takes.
    pub cached_keys: u32,
    /// On how many threads passwords are hashed at once.
    pub password_threads: usize,
    /// The hosts that are answered for; `None` means any.
    pub authorities: Option<Authorities>,
    /// What proxies are answered by that ask whether a request may pass.
    pub forward_auth: ForwardAuthSettings,
    /// What the server's own guard does while other servers' changes cannot be read: before its own
    /// resources, and when a proxy asks.
    pub when_cut_off: WhenCutOff,
    /// How identity providers are asked.
    pub fetch: Arc<dyn Fetch>,
    /// How the DNS is asked, where a domain is to be verified.
    pub dns: Arc<dyn TxtLookup>,
}

/// About 110 MiB.
const CACHED_KEYS: u32 = 100_000;
/// 90 days in seconds.
const SIGNING_KEY_LIFE: u32 = 90 * 86_400;

impl Settings {
    /// The defaults for a server at `public_url`.
    pub fn new(public_url: &str) -> Self {
        let public_url = public_url.trim_end_matches('/');
        Self {
            public_url: public_url.to_owned(),
            audience: format!("{public_url}/api"),
            trusted_proxies: Vec::new(),
            tokens_create_tokens: true,
            organizations_invite_strangers: true,
            algorithm: Algorithm::default(),
            keeps_algorithm: false,
            signing_key_life: SIGNING_KEY_LIFE,
            smtp: None,
            tokens_per_second: None,
            refusals_per_minute: None,
            cached_keys: CACHED_KEYS,
            password_threads: 1,
            authorities: None,
            forward_auth: ForwardAuthSettings::default(),
            when_cut_off: WhenCutOff::default(),
            fetch: Arc::new(NoFetch),
            dns: Arc::new(NoDns),
        }
    }

    /// What the server's own guard expects.
    pub(crate) fn expectation(&self) -> Expectation {
        self.expectation_of(self.audience.as_str().into())
    }

    /// What is expected of tokens for `audience`: no leeway, since the clock is the issuer's.
    pub(crate) fn expectation_of(&self, audience: Arc<str>) -> Expectation {
        Expectation { issuer: self.public_url.as_str().into(), audience, leeway: 0 }
    }

    pub(crate) fn pointers(&self) -> Pointers {
        let url = &self.public_url;
        Pointers {
            token: format!("{url}{}", paths::TOKEN),
            documentation: format!("{url}/api/openapi.json"),
            resource_metadata: format!("{url}{}", paths::PROTECTED_RESOURCE),
        }
    }
}
