use std::sync::Arc;

use http::{HeaderMap, Uri};
use keymoor_core::{
    Clock, UnixTime,
    access::{Access, Directory, Target, judge},
    claims::Claims,
    explain::{Cause, Circumstances, Refused, Who},
    jwt::{Expectation, RejectedToken, TokenFault, VerifiedToken, examine},
    refusal::{Pointers, Refusal},
    wire::bearer_token,
};

use crate::{
    confirmation::Confirmation, keys::KeySource, refusal_log::RefusalLog, verdicts::Verdicts,
};

/// What a guard is set to.
#[derive(Clone, Debug)]
pub struct GuardConfig {
    /// What a token has to say.
    pub expectation: Expectation,
    /// What refusals point to.
    pub pointers: Pointers,
}

/// Decides for each request whether it gets through. Anything that goes wrong denies.
pub struct Guard {
    config: GuardConfig,
    keys: Arc<dyn KeySource>,
    directory: Arc<dyn Directory>,
    clock: Arc<dyn Clock>,
    verdicts: Verdicts,
    confirmation: Option<Arc<dyn Confirmation>>,
    log: Option<Arc<dyn RefusalLog>>,
}

impl Guard {
    /// A guard that takes the present from `clock` and what changes from `directory`.
    pub fn new(
        config: GuardConfig,
        keys: Arc<dyn KeySource>,
        directory: Arc<dyn Directory>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let verdicts = Verdicts::new();
        Self { config, keys, directory, clock, verdicts, confirmation: None, log: None }
    }

    /// Wants a second opinion, when `confirmation` says so, on what it would let through.
    #[must_use]
    pub fn confirmed_by(mut self, confirmation: Arc<dyn Confirmation>) -> Self {
        self.confirmation = Some(confirmation);
        self
    }

    /// Tells `log` of refused calls.
    #[must_use]
    pub fn telling(mut self, log: Arc<dyn RefusalLog>) -> Self {
        self.log = Some(log);
        self
    }

    /// What refusals point to.
    pub fn pointers(&self) -> &Pointers {
        &self.config.pointers
    }

    pub(crate) fn log(&self) -> Option<&dyn RefusalLog> {
        self.log.as_deref()
    }

    pub(crate) fn now(&self) -> UnixTime {
        self.clock.now()
    }

    /// Decides about a request for `target`. Waits only if the token names a key that is not
    /// known yet, or if a second opinion is wanted.
    pub async fn check(
        &self,
        headers: &HeaderMap,
        uri: &Uri,
        target: Target,
    ) -> Result<Access, Refusal> {
        self.examine(headers, uri, target).await.map_err(|refused| refused.refusal)
    }

    /// The same, with why.
    pub async fn examine(
        &self,
        headers: &HeaderMap,
        uri: &Uri,
        target: Target,
    ) -> Result<Access, Box<Refused>> {
        let token = bearer_token(headers, uri).map_err(Refused::stranger)?;
        let verified = match self.verified(token) {
            Err(RejectedToken { fault: TokenFault::UnknownKey, .. }) => {
                let refreshed = self.keys.refresh().await;
                refreshed.map_err(|_| Refused::stranger(Refusal::Unavailable))?;
                self.verified(token)
            }
            known => known,
        };
        let verified = verified.map_err(|rejected| {
            let claims = rejected.claims.as_deref();
            self.refused(Refusal::InvalidToken(rejected.fault), claims, target)
        })?;
        let access = self.decide(&verified, target)?;
        if let Some(confirmation) = self.confirmation.as_ref().filter(|c| c.is_wanted()) {
            let confirmed = confirmation.confirm(token, access.token()).await;
            confirmed.map_err(|refusal| self.refused(refusal, Some(access.claims()), target))?;
        }
        Ok(access)
    }

    /// Decides about the same bearer for another target.
    pub fn judge(&self, access: &Access, target: Target) -> Result<Access, Refusal> {
        judge(access.token(), target, &*self.directory)
    }

    /// The same, with why.
    pub fn enter(&self, access: &Access, target: Target) -> Result<Access, Box<Refused>> {
        self.decide(access.token(), target)
    }

    fn decide(&self, token: &Arc<VerifiedToken>, target: Target) -> Result<Access, Box<Refused>> {
        judge(token, target, &*self.directory)
            .map_err(|refusal| self.refused(refusal, Some(token.claims()), target))
    }

    /// A refusal of whoever `claims` name, which somebody proved that the issuer signed.
    pub fn refused(
        &self,
        refusal: Refusal,
        claims: Option<&Claims>,
        target: Target,
    ) -> Box<Refused> {
        let circumstances = Circumstances {
            now: self.clock.now(),
            expectation: Some(&self.config.expectation),
            target,
            removed: claims.and_then(|claims| self.directory.what_removed(claims)),
        };
        let cause = Cause::of(&refusal, claims, &circumstances);
        Box::new(Refused { refusal, who: claims.map_or(Who::Stranger, Who::from), cause })
    }

    fn verified(&self, token: &str) -> Result<Arc<VerifiedToken>, RejectedToken> {
        let name = Verdicts::name(token);
        if let Some(known) = self.verdicts.get(&name) {
            return self.still_holds(&known).map(|()| known.clone()).map_err(|fault| {
                self.verdicts.forget(&name);
                RejectedToken { fault, claims: Some(Box::new(known.claims().clone())) }
            });
        }
        let now = self.clock.now();
        let fresh = examine(token, &self.keys.current(), &self.config.expectation, now)?;
        let fresh = Arc::new(fresh);
        self.verdicts.insert(name, fresh.clone());
        Ok(fresh)
    }

    /// A signature stays what it was; time and the key set do not.
    fn still_holds(&self, known: &VerifiedToken) -> Result<(), TokenFault> {
        if !self.keys.current().contains(known.kid()) {
            return Err(TokenFault::UnknownKey);
        }
        self.config.expectation.check_time(known.claims(), self.clock.now())
    }
}
