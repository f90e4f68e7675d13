//! What the server changes, once for all who ask: the HTTP resources, the operator's commands.
//! Each change reaches the caches of this process before it returns.

mod accounts;
mod api_tokens;
mod applications;
mod domains;
mod factors;
mod grants;
mod identity_providers;
mod invitations;
mod organizations;
mod people;
mod provisioning;
mod resource_servers;
mod roles;
mod seats;
mod service_accounts;
mod signing_keys;
mod teams;

pub use accounts::AccountOrder;
pub use api_tokens::{ApiTokenOrder, CreatedApiToken, CreatedSecret};
pub use applications::ApplicationOrder;
pub(crate) use domains::record_text;
pub(crate) use grants::Held;
pub use identity_providers::ProviderOrder;
pub(crate) use invitations::WayIn;
pub use invitations::{INVITATION_DAYS, InvitationOrder};
pub use organizations::{AttestationOrder, OrganizationOrder};
pub use people::{INVITATION_LIFE, RESET_LIFE};
pub use resource_servers::{CreatedResourceServer, ResourceServerOrder};
pub use roles::RoleOrder;
pub use signing_keys::{RotationDue, SigningKeyState};

use std::{net::IpAddr, sync::Arc, time::Duration};

use keymoor_core::permission::Denied;
use keymoor_store::{Actor, Stamp, StoreError};
use tokio::{task::JoinHandle, time::timeout};

pub use crate::portal::passwords::{Busy, PASSWORD_BYTES, PasswordRefused};
use crate::{App, edge::change_begins};

/// How long a change is waited for, well below the longest time of a request: a commit may hang, on a
/// standby that does not answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Why an operation was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum OperationError {
    /// The store refused or could not.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A field does not hold.
    #[error("{field}: {problem}")]
    Invalid {
        /// The field's name as the caller knows it.
        field: &'static str,
        /// What is wrong and what to do.
        problem: String,
    },
    /// Who asks may not do this in the organization.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Too much is being done of what takes long.
    #[error(transparent)]
    Busy(#[from] Busy),
}

impl OperationError {
    pub(crate) fn invalid(field: &'static str, problem: &dyn std::fmt::Display) -> Self {
        Self::Invalid { field, problem: problem.to_string() }
    }
}

/// Who changes something, and from where, if over the network.
#[derive(Clone, Copy, Debug)]
pub struct Author {
    /// Who.
    pub by: Actor,
    /// From where.
    pub from: Option<IpAddr>,
}

impl From<Actor> for Author {
    fn from(by: Actor) -> Self {
        Self { by, from: None }
    }
}

impl App {
    /// Carries a change out, in the name of `by`, to its end even if whoever asked for it goes away meanwhile, and lets
    /// what was committed reach every cache before it is acknowledged.
    async fn carry_out<T, F>(
        self: &Arc<Self>,
        by: impl Into<Author>,
        change: impl FnOnce(Arc<Self>, Stamp) -> F,
    ) -> Result<T, OperationError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        let (app, change) = (self.clone(), change(self.clone(), self.stamp(by.into())));
        let carried_out = known_in_time(tokio::spawn(async move {
            let outcome = match change.await {
                Ok(done) => {
                    app.catch_up().await.map(|()| done).map_err(|error| not_taken_in(&error))
                }
                Err(error) => Err(error),
            };
            if matches!(outcome, Err(StoreError::InDoubt(_))) {
                app.fell_behind();
            }
            Ok(outcome?)
        }))
        .await;
        carried_out.unwrap_or_else(|in_doubt| {
            self.fell_behind();
            Err(in_doubt.into())
        })
    }

    pub(crate) fn stamp(&self, author: Author) -> Stamp {
        Stamp { at: self.now(), by: author.by, from: author.from }
    }
}

/// Waits for a change that goes on by itself, for as long as somebody waits to be told what came of it.
async fn known_in_time<T>(change: JoinHandle<T>) -> Result<T, StoreError> {
    change_begins();
    match timeout(PATIENCE, change).await {
        Ok(ended) => ended.map_err(|interrupted| StoreError::InDoubt(interrupted.to_string())),
        Err(_) => Err(StoreError::InDoubt("it has not ended in time, and goes on".to_owned())),
    }
}

/// The change is made, yet not known to be in effect here: never the same as one that was not made.
fn not_taken_in(error: &StoreError) -> StoreError {
    StoreError::InDoubt(format!("made, but not taken in here yet: {error}"))
}
