//! How the server asks the DNS.

use std::{future::Future, pin::Pin};

/// Why the DNS did not answer.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the DNS did not answer: {0}")]
pub struct DnsError(pub String);

/// What a look-up comes to.
pub type TxtAnswer<'l> = Pin<Box<dyn Future<Output = Result<Vec<String>, DnsError>> + Send + 'l>>;

/// Asks for TXT records. The server waits 10 seconds at most.
pub trait TxtLookup: Send + Sync {
    /// The texts of the TXT records at `name`, an absolute name without a dot at its end, each with its
    /// strings put together; none if there is no such name.
    fn txt<'l>(&'l self, name: &'l str) -> TxtAnswer<'l>;
}

/// Asks nobody: for a server that was given no means to.
#[derive(Clone, Copy, Debug)]
pub struct NoDns;

impl TxtLookup for NoDns {
    fn txt<'l>(&'l self, _: &'l str) -> TxtAnswer<'l> {
        let why = "this server was not given the means to ask".to_owned();
        Box::pin(async move { Err(DnsError(why)) })
    }
}
