use std::{net::SocketAddr, sync::Arc};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::{Hosts, is_public};

/// Looks names up, and gives no private address unless the operator lists the name. What it gives
/// is what is connected to, so that a name cannot mean one address when it is checked and another
/// when it is used.
#[derive(Debug)]
pub(super) struct Resolver(pub(super) Arc<Hosts>);

/// A name that is not listed leads to a private address.
#[derive(Debug, thiserror::Error)]
#[error("at a private address")]
pub(super) struct AtPrivateAddress;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let listed = self.0.list_name(name.as_str());
        Box::pin(async move {
            let found: Vec<_> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            Ok(Box::new(allowed(found, listed)?.into_iter()) as Addrs)
        })
    }
}

/// All of them or none: a name with a public and a private address is up to no good.
fn allowed(found: Vec<SocketAddr>, listed: bool) -> Result<Vec<SocketAddr>, AtPrivateAddress> {
    let public = found.iter().all(|address| is_public(address.ip()));
    if listed || public { Ok(found) } else { Err(AtPrivateAddress) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
        texts.iter().map(|text| SocketAddr::new(text.parse().unwrap(), 0)).collect()
    }

    #[test]
    fn s60_a_private_address_beside_a_public_one_is_refused() {
        for mixed in [["8.8.8.8", "10.0.0.1"], ["::1", "2606:4700::1111"]] {
            assert!(allowed(addresses(&mixed), false).is_err());
            assert!(allowed(addresses(&mixed), true).is_ok());
        }
        assert_eq!(allowed(addresses(&["8.8.8.8", "1.1.1.1"]), false).unwrap().len(), 2);
    }
}
