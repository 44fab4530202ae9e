//! Which addresses may be connected to. Pure: nothing here looks at the network.
//!
//! The rule is applied to the address that a connection goes to, not to what was typed or resolved, so that neither a
//! name nor an odd spelling gets round it. IPv6 forms that carry an IPv4 address are judged as that address.

mod forms;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use ipnet::IpNet;

use crate::domain::forbidden::{Forbidden, Reason};
use forms::meanings;

/// What may be probed beside the addresses that never are.
#[derive(Debug, Clone, Default)]
pub struct AddressPolicy {
    /// Whether 127.0.0.0/8 and ::1 may be probed too.
    pub allow_loopback: bool,
    /// The networks that may be probed at all; none means every network.
    pub target_networks: Vec<IpNet>,
    /// Where this process listens itself. An unspecified address stands for every address of this machine.
    pub own_listeners: Vec<SocketAddr>,
}

impl AddressPolicy {
    /// Judges an address, knowing only loopback as an address of this machine.
    ///
    /// # Errors
    /// [`Forbidden`], which says why the address may not be connected to.
    pub fn check(&self, address: SocketAddr) -> Result<(), Forbidden> {
        self.check_knowing(address, |_| false)
    }

    /// Judges an address; `is_local` tells whether one belongs to this machine and is asked only where a listener on
    /// every address has the same port.
    ///
    /// # Errors
    /// [`Forbidden`], which says why the address may not be connected to.
    pub fn check_knowing(
        &self,
        address: SocketAddr,
        is_local: impl Fn(IpAddr) -> bool,
    ) -> Result<(), Forbidden> {
        for judged in meanings(address.ip()) {
            let reason = never(judged)
                .or_else(|| self.own_listener(judged, address.port(), &is_local))
                .or_else(|| self.not_configured(judged));
            if let Some(reason) = reason {
                return Err(Forbidden {
                    address: address.ip(),
                    judged,
                    reason,
                });
            }
        }
        Ok(())
    }

    fn own_listener(
        &self,
        address: IpAddr,
        port: u16,
        is_local: impl Fn(IpAddr) -> bool,
    ) -> Option<Reason> {
        self.own_listeners
            .iter()
            .any(|own| {
                let own_address = own.ip().to_canonical();
                own.port() == port
                    && (own_address == address
                        || own_address.is_unspecified()
                            && (address.is_loopback() || is_local(address)))
            })
            .then_some(Reason::OwnListener(port))
    }

    fn not_configured(&self, address: IpAddr) -> Option<Reason> {
        if address.is_loopback() && !self.allow_loopback {
            return Some(Reason::Loopback);
        }
        let inside = self.target_networks.is_empty()
            || self
                .target_networks
                .iter()
                .any(|net| net.contains(&address));
        (!inside).then_some(Reason::OutsideNetworks)
    }
}

/// AWS's, Azure's (168.63.129.16) and Alibaba's (100.100.100.200) metadata services; 169.254.169.254 is most others'.
const METADATA: [IpAddr; 4] = [
    IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
];

/// Why an address is never probed, whatever is configured.
fn never(address: IpAddr) -> Option<Reason> {
    if METADATA.contains(&address) {
        return Some(Reason::Metadata);
    }
    match address {
        IpAddr::V4(ip) => match ip.octets() {
            [0, ..] => Some(Reason::Unspecified),
            [169, 254, ..] => Some(Reason::LinkLocal),
            [224..=239, ..] => Some(Reason::Multicast),
            [240..=255, ..] => Some(Reason::Broadcast),
            _ => None,
        },
        IpAddr::V6(ip) if ip.is_unspecified() => Some(Reason::Unspecified),
        IpAddr::V6(ip) if ip.is_unicast_link_local() => Some(Reason::LinkLocal),
        IpAddr::V6(ip) if ip.is_multicast() => Some(Reason::Multicast),
        IpAddr::V6(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PORT: u16 = 8080;

    fn policy(allow_loopback: bool) -> AddressPolicy {
        AddressPolicy {
            allow_loopback,
            ..AddressPolicy::default()
        }
    }

    fn reason(policy: &AddressPolicy, address: IpAddr, port: u16) -> Option<Reason> {
        let verdict = policy.check(SocketAddr::new(address, port));
        verdict.err().map(|forbidden| forbidden.reason)
    }

    /// Every IPv6 form that a packet to `v4` can take.
    fn forms(v4: Ipv4Addr) -> Vec<Ipv6Addr> {
        let [a, b, c, d] = v4.octets();
        let [high, low] = [[a, b], [c, d]].map(u16::from_be_bytes);
        let local = |place: [usize; 4]| {
            let mut octets = Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, 0, 0).octets();
            place
                .iter()
                .zip([a, b, c, d])
                .for_each(|(i, o)| octets[*i] = o);
            Ipv6Addr::from(octets)
        };
        vec![
            v4.to_ipv6_mapped(),
            Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, high, low),
            Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
            Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
            Ipv6Addr::new(0x2001, 0, 0x0102, 0x0304, 0, 0, !high, !low),
            local([12, 13, 14, 15]),
            local([6, 7, 9, 10]),
            local([7, 9, 10, 11]),
            local([9, 10, 11, 12]),
        ]
    }

    #[test]
    fn what_is_never_probed_stays_so_whatever_is_configured() {
        let open = AddressPolicy {
            allow_loopback: true,
            target_networks: vec!["0.0.0.0/0", "::/0"]
                .into_iter()
                .map(|net| net.parse().expect("a network"))
                .collect(),
            own_listeners: Vec::new(),
        };
        for (text, expected) in [
            ("169.254.169.254", Reason::Metadata),
            ("169.254.0.1", Reason::LinkLocal),
            ("fe80::1", Reason::LinkLocal),
            ("febf::1", Reason::LinkLocal),
            ("fd00:ec2::254", Reason::Metadata),
            ("100.100.100.200", Reason::Metadata),
            ("168.63.129.16", Reason::Metadata),
            ("0.0.0.0", Reason::Unspecified),
            ("0.1.2.3", Reason::Unspecified),
            ("::", Reason::Unspecified),
            ("::2", Reason::Unspecified),
            ("224.0.0.1", Reason::Multicast),
            ("239.255.255.255", Reason::Multicast),
            ("ff02::1", Reason::Multicast),
            ("255.255.255.255", Reason::Broadcast),
            ("240.0.0.1", Reason::Broadcast),
        ] {
            let address = text.parse().expect("an address");
            assert_eq!(reason(&open, address, PORT), Some(expected), "{text}");
        }
        for text in [
            "10.0.0.5",
            "192.168.1.1",
            "172.16.0.1",
            "fd00::1",
            "fc00::1",
            "1.1.1.1",
        ] {
            let address = text.parse().expect("an address");
            assert_eq!(reason(&open, address, PORT), None, "{text}");
        }
    }

    #[test]
    fn loopback_is_probed_only_where_that_is_allowed() {
        for text in [
            "127.0.0.1",
            "127.255.0.9",
            "::1",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
        ] {
            let address = text.parse().expect("an address");
            assert_eq!(
                reason(&policy(false), address, PORT),
                Some(Reason::Loopback),
                "{text}"
            );
            assert_eq!(reason(&policy(true), address, PORT), None, "{text}");
        }
    }

    #[test]
    fn the_own_listener_is_known_at_each_address_it_has() {
        let listening = |own: &str| AddressPolicy {
            own_listeners: vec![own.parse().expect("an address")],
            ..policy(true)
        };
        let is_own = |own: &str, target: &str| {
            let here = |ip: IpAddr| ip == IpAddr::from([192, 0, 2, 2]);
            let target = target.parse().expect("an address");
            listening(own).check_knowing(target, here).is_err()
        };
        assert!(is_own("127.0.0.1:3000", "127.0.0.1:3000"));
        assert!(is_own("127.0.0.1:3000", "[::ffff:127.0.0.1]:3000"));
        assert!(!is_own("127.0.0.1:3000", "127.0.0.1:3001"));
        assert!(!is_own("127.0.0.1:3000", "192.0.2.2:3000"));
        for everywhere in ["0.0.0.0:3000", "[::]:3000", "[::ffff:0.0.0.0]:3000"] {
            assert!(is_own(everywhere, "127.0.0.7:3000"), "{everywhere}");
            assert!(is_own(everywhere, "[::1]:3000"), "{everywhere}");
            assert!(is_own(everywhere, "192.0.2.2:3000"), "{everywhere}");
            assert!(
                is_own(everywhere, "[2002:c000:0202::1]:3000"),
                "{everywhere}"
            );
            assert!(!is_own(everywhere, "192.0.2.3:3000"), "{everywhere}");
            assert!(!is_own(everywhere, "192.0.2.2:3001"), "{everywhere}");
        }
    }

    #[test]
    fn a_refusal_says_why_and_how_to_mend_it() {
        let said = |policy: &AddressPolicy, text: &str| {
            let refused = policy.check(text.parse().expect("an address"));
            refused.expect_err(text).to_string()
        };
        insta::assert_snapshot!([
            said(&policy(false), "169.254.169.254:80"),
            said(&policy(false), "[::ffff:169.254.7.7]:80"),
            said(&policy(false), "127.0.0.1:80"),
            said(&AddressPolicy { own_listeners: vec![([10, 0, 0, 1], 3000).into()], ..policy(false) }, "10.0.0.1:3000"),
            said(&AddressPolicy { target_networks: vec!["10.0.0.0/8".parse().expect("a network")], ..policy(false) }, "192.0.2.1:80"),
        ].join("\n"), @r"
        169.254.169.254 is a cloud metadata address and is never probed
        ::ffff:169.254.7.7 stands for 169.254.7.7, which is a link-local address and is never probed
        127.0.0.1 is loopback: allow it with HEALTHBOT_ALLOW_LOOPBACK=true
        10.0.0.1 with port 3000 is Healthbot's own listener and is never probed
        192.0.2.1 lies outside the networks of HEALTHBOT_TARGET_NETWORKS
        ");
    }

    fn special_v4() -> impl Strategy<Value = Ipv4Addr> {
        prop_oneof![
            any::<u32>().prop_map(Ipv4Addr::from_bits),
            any::<[u8; 2]>().prop_map(|[c, d]| Ipv4Addr::new(169, 254, c, d)),
            any::<[u8; 3]>().prop_map(|[b, c, d]| Ipv4Addr::new(127, b, c, d)),
            Just(Ipv4Addr::new(100, 100, 100, 200)),
            Just(Ipv4Addr::new(168, 63, 129, 16)),
        ]
    }

    proptest! {
        #[test]
        fn a_form_that_carries_a_forbidden_address_is_forbidden(v4 in special_v4(), allow in any::<bool>()) {
            // A local NAT64 form of 0.0.0.0/8 cannot be told from an empty place.
            prop_assume!(v4.octets()[0] != 0);
            let policy = policy(allow);
            if reason(&policy, v4.into(), PORT).is_some() {
                for form in forms(v4) {
                    prop_assert!(reason(&policy, form.into(), PORT).is_some(), "{form} of {v4}");
                }
            }
        }

        #[test]
        fn an_unambiguous_form_is_judged_as_what_it_carries(v4 in special_v4(), allow in any::<bool>(), port in any::<u16>()) {
            let policy = AddressPolicy {
                target_networks: vec!["128.0.0.0/1".parse().expect("a network"), "127.0.0.0/8".parse().expect("a network")],
                own_listeners: vec![SocketAddr::new(v4.into(), 1)],
                ..policy(allow)
            };
            for form in &forms(v4)[..4] {
                prop_assert_eq!(reason(&policy, (*form).into(), port), reason(&policy, v4.into(), port), "{}", form);
            }
        }

        #[test]
        fn outside_the_networks_nothing_is_probed(bits in any::<u128>()) {
            let inside = "10.0.0.0/8".parse::<IpNet>().expect("a network");
            let policy = AddressPolicy { target_networks: vec![inside], ..policy(true) };
            let address = IpAddr::V6(Ipv6Addr::from_bits(bits));
            if reason(&policy, address, PORT).is_none() {
                prop_assert!(meanings(address).all(|meaning| inside.contains(&meaning)), "{address}");
            }
        }
    }
}
