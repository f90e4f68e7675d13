use std::{net::IpAddr, sync::Arc};

use axum::extract::FromRequestParts;
use http::{Method, request::Parts};
use keymoor_core::{OrganizationId, UnixTime, ticket::Ticket};
use keymoor_store::{Account, Actor, Session, SessionAge, StoreError};

use super::{frame::Frame, gate::Browser};
use crate::{App, client_address::ClientAddress, failure::Failure, operations::Author};

/// Seconds without a request after which a session ends.
const IDLE: i64 = 12 * 3600;
/// Seconds after which a session ends however it is used.
const LONGEST: i64 = 7 * 86_400;
/// Seconds for which a sign-in counts as recent.
pub(super) const RECENT: i64 = 15 * 60;
/// Seconds between two notes of when a session was used.
const TOUCH: i64 = 60;

/// What the limits of sessions come to at `now`.
pub(super) fn age(now: UnixTime) -> SessionAge {
    SessionAge { seen_after: now.plus(-IDLE), started_after: now.plus(-LONGEST) }
}

/// Proof that somebody is signed in; a handler that takes it cannot be reached without.
pub(super) struct SignedIn {
    pub(super) account: Account,
    pub(super) session: Session,
    pub(super) ticket: Ticket,
    pub(super) browser: Browser,
    pub(super) address: IpAddr,
}

impl FromRequestParts<Arc<App>> for SignedIn {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let Entered(found) = Entered::from_request_parts(parts, app).await?;
        match found.session.organization {
            None => Ok(found),
            // An organization's provider never has a whole account.
            Some(_) => Err(Failure::SignInNeeded(come_back(parts))),
        }
    }
}

/// Proof that somebody is signed in, perhaps through an organization's provider alone: then only
/// what belongs to that organization may be shown and done.
pub(super) struct Entered(pub(super) SignedIn);

impl FromRequestParts<Arc<App>> for Entered {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let browser = Browser::from_request_parts(parts, app).await?;
        let ClientAddress(address) = ClientAddress::from_request_parts(parts, app).await?;
        let needed = || Failure::SignInNeeded(come_back(parts));
        let ticket = browser.session.clone().ok_or_else(needed)?;
        let (digest, now) = (ticket.digest(), app.now());
        let found = app.store.session(&digest, age(now)).await?;
        let (session, account) = found.ok_or_else(needed)?;
        if now.since(session.seen_at) >= TOUCH || session.address != address {
            app.store.touch_session(&digest, address, now).await?;
        }
        Ok(Self(SignedIn { account, session, ticket, browser, address }))
    }
}

/// Where to go once somebody is signed in: a form that was sent is not sent again by itself.
fn come_back(parts: &Parts) -> Option<String> {
    let get = parts.method == Method::GET;
    get.then(|| parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned())
}

impl SignedIn {
    /// What the page around the content shows.
    pub(super) fn frame(&self, app: &App, section: &'static str) -> Frame {
        Frame::of(app, &self.browser, Some(&self.account), section)
    }

    /// Whether the session has proved to be of a member who signed in through the organization's
    /// provider, lately enough for the organization.
    pub(super) async fn has_come_through(
        &self,
        app: &App,
        organization: OrganizationId,
    ) -> Result<bool, StoreError> {
        let proved = app.store.session_sign_ins(self.session.id).await?;
        let proved = proved.into_iter().find(|proved| proved.organization == organization);
        let policy = app.store.federation_policy(organization).await?;
        Ok(proved.zip(policy).is_some_and(|(proved, policy)| {
            app.now().since(proved.signed_in_at) < i64::from(policy.max_sign_in_age)
        }))
    }

    /// The session goes on under another ticket.
    pub(super) fn renew(&mut self, ticket: Ticket) {
        self.browser.renew(&ticket);
        self.ticket = ticket;
    }

    /// The name under which wrong passwords of whoever uses this session are counted: not that of
    /// the sign-in, which strangers can use up.
    pub(super) fn attempt(&self) -> String {
        format!("confirm {}", self.account.id)
    }

    /// In whose name changes are made.
    pub(super) fn author(&self) -> Author {
        Author { by: Actor::Account(self.account.id), from: Some(self.address) }
    }

    /// Sends to the page that asks for the password unless that was done lately; then to `next`.
    pub(super) fn check_recent(&self, app: &App, next: &str) -> Result<(), Failure> {
        if app.now().since(self.session.confirmed_at) < RECENT {
            Ok(())
        } else {
            Err(Failure::ConfirmationNeeded(next.to_owned()))
        }
    }
}

impl SignedIn {
    /// The same for what belongs to an organization: a session that its provider alone started
    /// proves itself there again. A sign-in that the provider asked nobody anything for is no proof.
    pub(super) async fn check_recent_inside(
        &self,
        app: &App,
        organization: OrganizationId,
        next: &str,
    ) -> Result<(), Failure> {
        if self.session.organization.is_none() {
            return self.check_recent(app, next);
        }
        let proved = app.store.session_sign_ins(self.session.id).await?;
        let proved = proved.iter().find(|proved| proved.organization == organization);
        let at = proved.and_then(|proved| proved.proved_at);
        if at.is_some_and(|at| app.now().since(at) < RECENT) {
            return Ok(());
        }
        Err(Failure::ConfirmThroughProvider(organization, next.to_owned()))
    }
}

/// Proof that an operator is signed in. Nobody else learns that the page exists.
pub(super) struct OperatorIn(pub(super) SignedIn);

impl FromRequestParts<Arc<App>> for OperatorIn {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let signed_in = SignedIn::from_request_parts(parts, app).await?;
        if signed_in.account.operator { Ok(Self(signed_in)) } else { Err(Failure::NotFound) }
    }
}
