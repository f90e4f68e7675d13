//! What the server changes, once for all who ask: the HTTP resources, the operator's commands.
//! Each change reaches the caches of this process before it returns.

mod accounts;
mod api_tokens;
mod organizations;

pub use accounts::{AccountOrder, PASSWORD_BYTES, PasswordRefused};
pub use api_tokens::{ApiTokenOrder, CreatedApiToken};
pub use organizations::{AttestationOrder, OrganizationOrder};

use keymoor_store::{Actor, Stamp, StoreError};

use crate::App;

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
}

impl OperationError {
    pub(crate) fn invalid(field: &'static str, problem: &dyn std::fmt::Display) -> Self {
        Self::Invalid { field, problem: problem.to_string() }
    }
}

impl App {
    fn stamp(&self, by: Actor) -> Stamp {
        Stamp { at: self.now(), by }
    }
}
