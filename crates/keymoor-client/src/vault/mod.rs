//! Where API Secrets are kept: a file of the user's own for each profile.

mod file;

pub use file::{FileVault, VaultError};
pub(crate) use file::{read_private, write_private};
