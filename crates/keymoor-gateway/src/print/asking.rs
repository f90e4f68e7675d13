//! Proxies that ask before they let a request through.

use super::{Addresses, fill};

pub(super) fn nginx(addresses: &Addresses) -> String {
    fill(include_str!("nginx.conf"), addresses)
}

pub(super) fn caddy(addresses: &Addresses) -> String {
    fill(include_str!("Caddyfile"), addresses)
}

pub(super) fn traefik(addresses: &Addresses) -> String {
    fill(include_str!("traefik.yaml"), addresses)
}

pub(super) fn envoy(addresses: &Addresses) -> String {
    fill(include_str!("envoy.yaml"), addresses)
}
