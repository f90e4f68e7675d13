//! Which addresses count as one place.

use std::net::IpAddr;

use ipnet::IpNet;

/// The network of an address: what one household, office or data centre usually has (/24, or /48
/// of IPv6).
pub fn network_of(address: IpAddr) -> IpNet {
    let length = if address.is_ipv4() { 24 } else { 48 };
    IpNet::new(address, length).expect("the length is one that the family has").trunc()
}
