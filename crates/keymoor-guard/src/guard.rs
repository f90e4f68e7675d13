use std::sync::Arc;

use http::{HeaderMap, Uri};
use keymoor_core::{
    Clock,
    access::{Access, Directory, Target, judge},
    jwt::{Expectation, TokenFault, VerifiedToken, verify},
    refusal::{Pointers, Refusal},
    wire::bearer_token,
};

use crate::{confirmation::Confirmation, keys::KeySource, verdicts::Verdicts};

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
}

impl Guard {
    /// A guard that takes the present from `clock` and what changes from `directory`.
    pub fn new(
        config: GuardConfig,
        keys: Arc<dyn KeySource>,
        directory: Arc<dyn Directory>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { config, keys, directory, clock, verdicts: Verdicts::new(), confirmation: None }
    }

    /// Wants a second opinion, when `confirmation` says so, on what it would let through.
    #[must_use]
    pub fn confirmed_by(mut self, confirmation: Arc<dyn Confirmation>) -> Self {
        self.confirmation = Some(confirmation);
        self
    }

    /// What refusals point to.
    pub fn pointers(&self) -> &Pointers {
        &self.config.pointers
    }

    /// Decides about a request for `target`. Waits only if the token names a key that is not
    /// known yet, or if a second opinion is wanted.
    pub async fn check(
        &self,
        headers: &HeaderMap,
        uri: &Uri,
        target: Target,
    ) -> Result<Access, Refusal> {
        let token = bearer_token(headers, uri)?;
        let verified = match self.verified(token) {
            Err(TokenFault::UnknownKey) => {
                self.keys.refresh().await.map_err(|_| Refusal::Unavailable)?;
                self.verified(token)
            }
            known => known,
        };
        let access = judge(&verified.map_err(Refusal::InvalidToken)?, target, &*self.directory)?;
        if let Some(confirmation) = self.confirmation.as_ref().filter(|c| c.is_wanted()) {
            confirmation.confirm(token, access.token()).await?;
        }
        Ok(access)
    }

    /// Decides about the same bearer for another target.
    pub fn judge(&self, access: &Access, target: Target) -> Result<Access, Refusal> {
        judge(access.token(), target, &*self.directory)
    }

    fn verified(&self, token: &str) -> Result<Arc<VerifiedToken>, TokenFault> {
        let name = Verdicts::name(token);
        if let Some(known) = self.verdicts.get(&name) {
            return self.still_holds(&known).map(|()| known).inspect_err(|_| {
                self.verdicts.forget(&name);
            });
        }
        let now = self.clock.now();
        let fresh = verify(token, &self.keys.current(), &self.config.expectation, now)?;
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
