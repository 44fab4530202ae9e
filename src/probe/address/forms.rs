//! The forms of IPv6 address that carry an IPv4 address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The addresses that a packet to `address` may come to: itself, or the IPv4 addresses that it carries.
pub(super) fn meanings(address: IpAddr) -> impl Iterator<Item = IpAddr> {
    let carried = match address {
        IpAddr::V6(ip) => carried(ip),
        IpAddr::V4(_) => [None; 4],
    };
    let itself = carried.iter().all(Option::is_none).then_some(address);
    carried.into_iter().flatten().map(IpAddr::V4).chain(itself)
}

/// The IPv4 addresses that an IPv6 address carries.
fn carried(ip: Ipv6Addr) -> [Option<Ipv4Addr>; 4] {
    let octets = ip.octets();
    let at = |places: [usize; 4]| Some(Ipv4Addr::from(places.map(|place| octets[place])));
    let last = at([12, 13, 14, 15]);
    let one = |v4| [v4, None, None, None];
    match ip.segments() {
        // ::1 and :: are addresses of their own; the rest of ::/96 is IPv4-compatible (RFC 4291, 2.5.5.1).
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => one(None),
        [0, 0, 0, 0, 0, 0, _, _] => one(last),
        // IPv4-mapped (RFC 4291, 2.5.5.2) and IPv4-translated (RFC 2765, 2.1).
        [0, 0, 0, 0, 0, 0xffff, _, _] | [0, 0, 0, 0, 0xffff, 0, _, _] => one(last),
        // NAT64's well-known prefix (RFC 6052, 2.1).
        [0x64, 0xff9b, 0, 0, 0, 0, _, _] => one(last),
        // NAT64's local-use prefix (RFC 8215) leaves the length to the network: each place that RFC 6052, 2.2 allows
        // is judged. 0.0.0.0/8 cannot be translated to, so it only shows that the address is not in that place.
        [0x64, 0xff9b, 1, ..] => [
            last,
            at([6, 7, 9, 10]),
            at([7, 9, 10, 11]),
            at([9, 10, 11, 12]),
        ]
        .map(|v4| v4.filter(|v4| v4.octets()[0] != 0)),
        // 6to4 (RFC 3056).
        [0x2002, ..] => one(at([2, 3, 4, 5])),
        // Teredo (RFC 4380, 4): the server, and the client with its bits inverted.
        [0x2001, 0, ..] => [
            at([4, 5, 6, 7]),
            last.map(|v4| Ipv4Addr::from_bits(!v4.to_bits())),
            None,
            None,
        ],
        _ => one(None),
    }
}
