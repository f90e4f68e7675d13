use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

/// Everything of IPv4 that is not the public Internet (IANA special-purpose registry, RFC 6890),
/// and a public address at which a cloud answers its own machines.
const PRIVATE_V4: [Ipv4Net; 16] = [
    v4([0, 0, 0, 0], 8),
    v4([10, 0, 0, 0], 8),
    // Carrier-grade NAT (RFC 6598).
    v4([100, 64, 0, 0], 10),
    v4([127, 0, 0, 0], 8),
    // Azure's wire server.
    v4([168, 63, 129, 16], 32),
    // Link-local, where clouds keep their metadata (RFC 3927).
    v4([169, 254, 0, 0], 16),
    v4([172, 16, 0, 0], 12),
    v4([192, 0, 0, 0], 24),
    v4([192, 0, 2, 0], 24),
    v4([192, 88, 99, 0], 24),
    v4([192, 168, 0, 0], 16),
    v4([198, 18, 0, 0], 15),
    v4([198, 51, 100, 0], 24),
    v4([203, 0, 113, 0], 24),
    // Multicast.
    v4([224, 0, 0, 0], 4),
    // Reserved, and broadcast.
    v4([240, 0, 0, 0], 4),
];

/// The part of IPv6 that is given out (RFC 4291 §2.4). Unique local, link-local, site-local,
/// multicast, loopback and the unspecified address lie outside.
const GIVEN_OUT_V6: Ipv6Net = v6(0x2000_0000, 3);
/// What in there is not public, or leads to an IPv4 address through a relay.
const PRIVATE_V6: [Ipv6Net; 4] = [
    // Teredo, ORCHID and other protocols' own (RFC 2928).
    v6(0x2001_0000, 23),
    v6(0x2001_0db8, 32),
    // 6to4 (RFC 3056).
    v6(0x2002_0000, 16),
    v6(0x3fff_0000, 20),
];
/// NAT64 (RFC 6052): stands for the IPv4 address in its last 32 bits.
const NAT64: Ipv6Net = v6(0x0064_ff9b, 96);

const fn v4([a, b, c, d]: [u8; 4], prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

/// The network of the addresses whose first 32 bits are `first`.
const fn v6(first: u32, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::from_bits((first as u128) << 96), prefix)
}

/// Whether `address` is on the public Internet. An IPv4 address inside an IPv6 one is judged by
/// itself.
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) if NAT64.contains(&v6) => is_public_v4(embedded(v6)),
        IpAddr::V6(v6) => {
            GIVEN_OUT_V6.contains(&v6) && !PRIVATE_V6.iter().any(|net| net.contains(&v6))
        }
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    !PRIVATE_V4.iter().any(|net| net.contains(&address))
}

fn embedded(address: Ipv6Addr) -> Ipv4Addr {
    let [.., a, b, c, d] = address.octets();
    Ipv4Addr::new(a, b, c, d)
}
