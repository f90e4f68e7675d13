//! Where API Secrets are kept: a file of the user's own for each profile.

mod file;

pub(crate) use file::read_private;
pub use file::{FileVault, VaultError, write_private};
