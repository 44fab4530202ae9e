//! Addresses as people write them. One that is taken reads the same once it is shown, and is judged the same.
#![no_main]

use std::net::{IpAddr, SocketAddr};

use healthbot::domain::target::{Address, Check, Host, Path};
use healthbot::probe::AddressPolicy;
use healthbot_fuzz::text;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let typed = text(data);
    let _ = Host::parse(&typed).map(|host| assert_eq!(Host::parse(&host.to_string()), Ok(host)));
    let _ = Path::parse(&typed).map(|path| assert_eq!(Path::parse(path.as_str()), Ok(path)));
    let Ok(read) = Address::parse(&typed) else {
        return;
    };
    let check = read.check.unwrap_or(Check::Http);
    let shown = read.target.url(check);
    let again = Address::parse(&shown).expect("what is shown can be typed");
    assert_eq!(
        (again.target, again.check),
        (read.target.clone(), Some(check))
    );
    if let Host::Ip(IpAddr::V6(ip)) = read.target.host
        && let Some(within) = ip.to_ipv4_mapped()
    {
        let judged = |ip: IpAddr| {
            let address = SocketAddr::new(ip, read.target.port);
            AddressPolicy::default().check(address).is_ok()
        };
        assert_eq!(judged(ip.into()), judged(within.into()), "{shown}");
    }
});
