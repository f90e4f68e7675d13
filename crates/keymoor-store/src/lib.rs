//! Where Keymoor keeps accounts, organizations, API tokens and keys.
//!
//! [`Store`] is shaped by what the server does, not by tables. A change and the audit row that
//! tells of it commit together or not at all, and when a method that changes something returns,
//! the change survives a power cut. [`sqlite`] is the embedded back end; [`conformance`] is the
//! suite that every back end passes.

mod error;
mod model;
mod sql;
mod store;
mod text;

pub mod conformance;
pub mod sqlite;

pub use error::StoreError;
pub use model::{
    Account, AccountKind, Actor, ApiToken, Attestation, Change, ChangeKind, LastUse, NewAccount,
    NewApiToken, NewOrganization, Organization, Removal, Stamp, StoredPepper, StoredSigningKey,
    Use,
};
pub use store::Store;
