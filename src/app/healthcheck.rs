//! `healthbot healthcheck`: whether the bot on this machine lives, asked by the binary itself, since a small container
//! holds no shell and no curl that could ask.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

/// Whoever lives answers within this.
const WITHIN: Duration = Duration::from_secs(3);

/// Why it is not known to live.
#[derive(Debug, thiserror::Error)]
pub enum NotAlive {
    /// The question could not be asked.
    #[error("the client for the question cannot be made")]
    Client,
    /// No answer.
    #[error(
        "nothing answers at {0}: does healthbot run, and is HEALTHBOT_LISTEN what it was started with?"
    )]
    Silent(SocketAddr),
    /// Another answer.
    #[error("{at} answers {status} at /healthz: something else listens there")]
    Wrong {
        /// Where.
        at: SocketAddr,
        /// What, in HTTP.
        status: u16,
    },
}

/// Asks `GET /healthz` of the bot that listens at this address of this machine.
///
/// # Errors
/// [`NotAlive`], with what to look at.
pub async fn ask(listen: SocketAddr) -> Result<(), NotAlive> {
    let at = reachable(listen);
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(WITHIN)
        .build()
        .map_err(|_| NotAlive::Client)?;
    let answer = client.get(format!("http://{at}/healthz")).send().await;
    match answer.map(|answer| answer.status()) {
        Ok(status) if status.is_success() => Ok(()),
        Ok(status) => Err(NotAlive::Wrong {
            at,
            status: status.as_u16(),
        }),
        Err(_) => Err(NotAlive::Silent(at)),
    }
}

/// Who listens on every address is asked on this machine's own.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
    };
    SocketAddr::new(ip, listen.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_listens_everywhere_is_asked_here() {
        for (listen, asked) in [
            ("0.0.0.0:3000", "127.0.0.1:3000"),
            ("[::]:3000", "[::1]:3000"),
            ("10.1.2.3:80", "10.1.2.3:80"),
        ] {
            let listen = listen.parse().expect("an address");
            assert_eq!(reachable(listen).to_string(), asked);
        }
    }
}
