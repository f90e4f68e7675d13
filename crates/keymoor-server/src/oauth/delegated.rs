//! What applications exchange for tokens: codes, device codes and refresh tokens.

use std::{
    net::IpAddr,
    sync::{Arc, OnceLock},
};

use axum::response::Response;
use keymoor_core::{
    AccountId, ApplicationId, GrantId, Scopes,
    access::Directory,
    delegation::{Consent, Delegated, DelegationFacts, Rights, check_refresh, issue_delegated},
    refresh::RefreshToken,
    ticket::Ticket,
    token::Moment,
    wire::{
        CodeChallenge, DelegatedGrant, DelegatedRequest, InvalidGrant, OAuthError, TokenResponse,
        Unauthorized,
    },
};
use keymoor_store::{
    ActivityKind, FirstTokens, GrantEnding, HeldCode, LastUse, Polled, Presented, Redemption,
    Rotation,
};

use super::{
    application::{authenticate, failed, unavailable},
    token::answer,
};
use crate::{App, operations::Held, random};

const UNKNOWN: OAuthError = OAuthError::InvalidGrant(InvalidGrant::Unknown);

/// A request by an application that is the one it says.
struct Exchange<'e> {
    app: &'e Arc<App>,
    application: ApplicationId,
    rights: Rights,
    /// Whether it has a secret, which it proved.
    proved: bool,
    resource: Option<&'e str>,
    address: IpAddr,
    /// Who allowed what the request is about, once that is known.
    by: OnceLock<AccountId>,
}

/// Decides a request by an application.
pub(super) async fn exchange(
    app: &Arc<App>,
    address: IpAddr,
    request: &DelegatedRequest,
) -> Result<Response, OAuthError> {
    app.check_in_step().map_err(|_| OAuthError::Unavailable)?;
    let application = authenticate(app, &request.client, address).await?;
    let exchange = Exchange {
        app,
        application: application.facts.id,
        rights: application.facts.rights,
        proved: application.facts.secret.is_some(),
        resource: request.resource.as_ref().map(|text| text.as_str()),
        address,
        by: OnceLock::new(),
    };
    let (kind, answer) = match &request.grant {
        DelegatedGrant::AuthorizationCode { code, redirect_uri, code_verifier } => {
            (ActivityKind::CodeRefused, exchange.code(code, redirect_uri, code_verifier).await)
        }
        DelegatedGrant::RefreshToken { token, scope } => {
            (ActivityKind::RefreshRefused, exchange.refresh(token, scope.as_ref()).await)
        }
        DelegatedGrant::DeviceCode { code } => {
            (ActivityKind::DeviceCodeRefused, exchange.device(code).await)
        }
    };
    answer.inspect_err(|error| exchange.note_refused(kind, error))
}

/// Whether something was brought that is not worth a token: not if it is too early or too much for
/// one, if nobody answered in time, or if the answer was a no, which is told of by itself.
fn is_in_vain(error: &OAuthError) -> bool {
    !matches!(
        error,
        OAuthError::AuthorizationPending
            | OAuthError::SlowDown
            | OAuthError::AccessDenied
            | OAuthError::ExpiredToken
            | OAuthError::TooManyDelegated(_)
            | OAuthError::Unavailable
    )
}

/// Whether the code was made for this request's destination and verifier. Who has read a code without
/// its verifier neither spends it nor ends what it brought.
fn check_binding(
    held: &HeldCode,
    redirect_uri: &str,
    code_verifier: &str,
) -> Result<(), OAuthError> {
    let challenge = CodeChallenge::parse(&held.code.challenge);
    let proved = challenge.is_some_and(|one| one.is_answered_by(code_verifier));
    if proved && held.code.redirect_uri == redirect_uri { Ok(()) } else { Err(UNKNOWN) }
}

/// Whether the application may use the grant type at all.
fn check_right(right: bool) -> Result<(), OAuthError> {
    let refused = OAuthError::UnauthorizedClient(Unauthorized::GrantType);
    if right { Ok(()) } else { Err(refused) }
}

impl Exchange<'_> {
    fn note_refused(&self, kind: ActivityKind, error: &OAuthError) {
        if is_in_vain(error) {
            let last = LastUse { at: self.app.now(), address: self.address };
            let what = (self.application, self.by.get().copied(), kind);
            self.app.uses.note_application_refused(what, last);
        }
    }

    /// It is this account's, whatever comes of it.
    fn is_of(&self, account: AccountId) {
        self.by.get_or_init(|| account);
    }

    async fn code(
        &self,
        code: &str,
        redirect_uri: &str,
        code_verifier: &str,
    ) -> Result<Response, OAuthError> {
        let digest = self.app.grant_keys.code(&Ticket::parse(code).ok_or(UNKNOWN)?);
        let held = self.app.store.held_code(self.application, &digest).await;
        let held = held.map_err(|error| unavailable(&error))?.ok_or(UNKNOWN)?;
        self.is_of(held.code.consent.account);
        let once = Held::Code(digest);
        check_binding(&held, redirect_uri, code_verifier)?;
        if held.spent {
            return self.end_what_it_brought(once).await;
        }
        if held.code.expires_at <= self.app.now() {
            return Err(UNKNOWN);
        }
        check_right(self.rights.authorization_code)?;
        self.first_tokens(once, &held.code.consent, &held.facts).await
    }

    async fn device(&self, code: &str) -> Result<Response, OAuthError> {
        let digest = self.app.grant_keys.device_code(&Ticket::parse(code).ok_or(UNKNOWN)?);
        let polled = self.app.store.poll_device(self.application, &digest, self.app.now()).await;
        let once = Held::DeviceCode(digest);
        match polled.map_err(|error| unavailable(&error))? {
            Polled::Unknown => Err(UNKNOWN),
            Polled::Expired => Err(OAuthError::ExpiredToken),
            Polled::SlowDown => Err(OAuthError::SlowDown),
            Polled::Pending => Err(OAuthError::AuthorizationPending),
            Polled::Denied => Err(OAuthError::AccessDenied),
            Polled::Spent => self.end_what_it_brought(once).await,
            Polled::Allowed(allowed) => {
                let (consent, facts) = *allowed;
                self.is_of(consent.account);
                check_right(self.rights.device)?;
                self.first_tokens(once, &consent, &facts).await
            }
        }
    }

    /// What comes a second time ends what it brought the first time (RFC 6749 §4.1.2).
    async fn end_what_it_brought(&self, once: Held) -> Result<Response, OAuthError> {
        let token = RefreshToken::generate(random());
        self.redeem(once, self.first(GrantId::from_random(random()), &token)).await?;
        Err(OAuthError::InvalidGrant(InvalidGrant::Reused))
    }

    fn first(&self, grant: GrantId, token: &RefreshToken) -> FirstTokens {
        let refresh = self.app.grant_keys.refresh_token(token);
        FirstTokens { grant, refresh, address: self.address }
    }

    async fn redeem(&self, once: Held, first: FirstTokens) -> Result<(), OAuthError> {
        match self
            .app
            .redeem(self.application, once, first)
            .await
            .map_err(|error| failed(&error))?
        {
            Redemption::Made => Ok(()),
            Redemption::Spent => Err(OAuthError::InvalidGrant(InvalidGrant::Reused)),
            Redemption::Unknown => Err(UNKNOWN),
        }
    }

    /// Makes the grant, and the tokens that come of it.
    async fn first_tokens(
        &self,
        once: Held,
        consent: &Consent,
        facts: &DelegationFacts,
    ) -> Result<Response, OAuthError> {
        let offline = consent.is_offline();
        if offline && !self.rights.refresh_tokens {
            return Err(OAuthError::InvalidGrant(InvalidGrant::RefreshOff));
        }
        let (grant, moment) = (GrantId::from_random(random()), self.app.moment(self.address));
        let issued = self.issue(&Scopes::default(), grant, consent, facts, moment)?;
        let token = RefreshToken::generate(random());
        self.redeem(once, self.first(grant, &token)).await?;
        Ok(self.signed(&issued, Some(&token).filter(|_| offline), moment))
    }

    fn issue(
        &self,
        asked: &Scopes,
        grant: GrantId,
        consent: &Consent,
        facts: &DelegationFacts,
        moment: Moment,
    ) -> Result<Delegated, OAuthError> {
        let issuer = self.app.issuer();
        let token = issue_delegated(asked, self.resource, grant, consent, facts, &issuer, moment)?;
        // What came back within seconds is dead for those seconds, for tokens of now too. Told before
        // anything is spent, so that asking again is no reuse.
        if self.app.directory.is_removed(&token.claims) {
            return Err(OAuthError::Unavailable);
        }
        let of = (token.application, consent.account);
        self.app.limits.issue_delegated(of, self.app.clock.monotonic())?;
        Ok(token)
    }

    /// The answer. If something was removed since the facts were read, every guard refuses the access
    /// token for it; the refresh token is not lost with it.
    fn signed(
        &self,
        issued: &Delegated,
        refresh: Option<&RefreshToken>,
        moment: Moment,
    ) -> Response {
        let signed = self.app.keyring.at(moment.now).signer().sign(&issued.claims);
        answer(&TokenResponse::delegated(&signed, issued, refresh))
    }

    /// What is told of a refresh token that is none, as far as is known. Who holds a secret guesses at no
    /// refresh tokens.
    const fn unknown(&self) -> OAuthError {
        let cause = if self.proved { InvalidGrant::Gone } else { InvalidGrant::Unknown };
        OAuthError::InvalidGrant(cause)
    }

    /// What is told of a refresh token that is not known. One that was used long ago ends what it
    /// belonged to, which takes many looks: not for an address that has guessed too often.
    async fn unknown_refresh_token(&self, token: &RefreshToken) -> Result<OAuthError, OAuthError> {
        let (application, address) = (self.application, self.address);
        if !self.proved {
            self.app.limits.may_guess(address, self.app.clock.monotonic())?;
        }
        let ending = GrantEnding::Reused(application);
        let ended = self.app.end_grant_of_old(application, token, ending, address).await;
        let Some(account) = ended.map_err(|error| failed(&error))? else {
            return Ok(self.unknown());
        };
        self.is_of(account);
        Ok(OAuthError::InvalidGrant(InvalidGrant::Reused))
    }

    async fn refresh(&self, token: &str, asked: Option<&Scopes>) -> Result<Response, OAuthError> {
        let token = RefreshToken::parse(token).ok_or(self.unknown())?;
        let keys = &self.app.grant_keys;
        let digest = keys.refresh_token(&token);
        let presented = self.app.present_refresh_token(self.application, &digest, self.address);
        let grant = match presented.await.map_err(|error| failed(&error))? {
            Presented::Held(grant) => grant,
            Presented::Unknown => return Err(self.unknown_refresh_token(&token).await?),
            Presented::Reused(account) => {
                self.is_of(account);
                return Err(OAuthError::InvalidGrant(InvalidGrant::Reused));
            }
        };
        self.is_of(grant.consent.account);
        let moment = self.app.moment(self.address);
        check_refresh(&grant, moment.now)?;
        let whole = Scopes::default();
        let asked = asked.unwrap_or(&whole);
        let issued = self.issue(asked, grant.id, &grant.consent, &grant.facts, moment)?;
        let successor = keys.successor(&token);
        let used = LastUse { at: moment.now, address: self.address };
        let (from, to) = (digest, keys.refresh_token(&successor));
        let rotated = self.app.rotate_refresh_token(self.application, from, to, used);
        match rotated.await.map_err(|error| failed(&error))? {
            Rotation::Rotated | Rotation::Again => {
                Ok(self.signed(&issued, Some(&successor), moment))
            }
            Rotation::Ended => Err(OAuthError::InvalidGrant(InvalidGrant::Ended)),
            Rotation::Unknown => Err(self.unknown_refresh_token(&token).await?),
            Rotation::Reused => Err(OAuthError::InvalidGrant(InvalidGrant::Reused)),
        }
    }
}
