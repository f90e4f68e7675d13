//! Proxies that stand in front of the gateway.

use super::{Addresses, fill};

pub(super) fn haproxy(addresses: &Addresses) -> String {
    fill(include_str!("haproxy.cfg"), addresses)
}

pub(super) fn apache(addresses: &Addresses) -> String {
    fill(include_str!("apache.conf"), addresses)
}
