//! What the server remembers of a sign-in that goes through a provider: sealed, under the digest of
//! a ticket, for a quarter of an hour, and taken out once.

use keymoor_core::{
    AccountId, IdentityProviderId, UnixTime,
    seal::Purpose,
    ticket::{Ticket, TicketDigest},
};
use keymoor_sso::{Identity, oidc::Begun};
use keymoor_store::{SignOnRequest, StoreError};
use serde::{Deserialize, Serialize};

use crate::{App, random};

/// Seconds that somebody has to sign in at the provider, and then to go on here.
const LIFE: i64 = 15 * 60;

/// A sign-in on its way.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Journey {
    /// The digest of the ticket in the cookie of the browser that set out.
    pub(crate) browser: String,
    pub(crate) errand: Errand,
    pub(crate) stage: Stage,
}

/// What it is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Errand {
    /// To sign in, and then go to this path; with `renew` by proving anew who one is.
    SignIn {
        next: String,
        #[serde(default)]
        renew: bool,
    },
    /// An administrator looks what comes back.
    Test { account: AccountId },
}

impl Errand {
    /// Whether the provider is asked for a new proof of who the person is.
    pub(crate) fn asks_anew(&self) -> bool {
        matches!(self, Self::Test { .. } | Self::SignIn { renew: true, .. })
    }
}

/// How far it is.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum Stage {
    /// At a SAML provider, with a request of this id.
    Saml(String),
    /// At an OpenID Connect provider.
    OpenId(Begun),
    /// Back, with somebody whom the provider vouches for, or with a refusal in words.
    Back(Result<Box<Identity>, String>),
}

impl Journey {
    /// Whether `cookie` is that of the browser that set out.
    pub(crate) fn is_of(&self, cookie: Option<&Ticket>) -> bool {
        cookie.is_some_and(|ticket| ticket.digest().as_str() == self.browser)
    }
}

impl App {
    /// Remembers a journey under the digest of its ticket.
    pub(crate) async fn keep_journey(
        &self,
        digest: &TicketDigest,
        provider: IdentityProviderId,
        journey: &Journey,
    ) -> Result<(), StoreError> {
        let text = serde_json::to_vec(journey).expect("a journey has only text keys");
        let now = self.now();
        let sealed = self.master.seal(Purpose::SignOn, digest.as_str(), random(), &text);
        let request = SignOnRequest { provider, sealed, expires_at: now.plus(LIFE) };
        self.store.begin_sign_on(digest, &request, now).await
    }

    /// Takes a journey out, if its time is not over: it is found once.
    pub(crate) async fn take_journey(
        &self,
        ticket: Option<&Ticket>,
    ) -> Result<Option<(IdentityProviderId, Journey)>, StoreError> {
        let Some(digest) = ticket.map(Ticket::digest) else {
            return Ok(None);
        };
        let taken = self.store.take_sign_on(&digest, self.now()).await?;
        Ok(taken.and_then(|request| {
            let plain = self.master.open(Purpose::SignOn, digest.as_str(), &request.sealed).ok()?;
            Some((request.provider, serde_json::from_slice(&plain).ok()?))
        }))
    }

    /// The time until which what is told now may be brought back.
    pub(crate) fn journeys_end(&self) -> UnixTime {
        self.now().plus(LIFE)
    }
}
