/// Why the store did not do what was asked. Nothing has changed then, with one exception: after
/// [`StoreError::Unavailable`] from a commit the change may or may not have happened.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The named thing does not exist, or not for this account.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// What is there already stands against it.
    #[error("{0}")]
    Conflict(&'static str),
    /// The database cannot be used now: locked, full, broken or gone.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// A row does not hold what Keymoor wrote.
    #[error("the database holds an invalid {0}")]
    Corrupt(&'static str),
}
