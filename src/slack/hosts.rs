//! Which hosts a URL from Slack may name: of an incoming webhook, of a `response_url`, of a Socket Mode connection.

use std::fmt;

use url::Url;

use crate::domain::channel::HookUrl;

/// Slack's hosts for webhooks and `response_url`s.
const SLACK_HOSTS: [&str; 2] = ["hooks.slack.com", "hooks.slack-gov.com"];

/// The domains under which Slack takes Socket Mode connections.
const SOCKET_DOMAINS: [&str; 3] = [".slack.com", ".slack-gov.com", ".slack-msgs.com"];

/// Which hosts a URL from Slack may name: Slack's own over https, and the host of the configured API, any port.
#[derive(Debug, Clone)]
pub struct HostRule {
    api_host: Option<String>,
    api_in_the_clear: bool,
}

impl HostRule {
    /// The rule for a bot whose API lies at `api_base`.
    #[must_use]
    pub fn new(api_base: &Url) -> Self {
        Self {
            api_host: api_base.host_str().map(str::to_owned),
            api_in_the_clear: api_base.scheme() == "http",
        }
    }

    fn allows(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        let slacks = url.scheme() == "https" && url.port().is_none() && SLACK_HOSTS.contains(&host);
        let ours = matches!(url.scheme(), "http" | "https")
            && self.api_host.as_deref().is_some_and(|api| api == host);
        (slacks || ours) && url.username().is_empty() && url.password().is_none()
    }

    /// Takes a `response_url` that names an allowed host.
    #[must_use]
    pub fn response_url(&self, text: &str) -> Option<ResponseUrl> {
        Url::parse(text)
            .ok()
            .filter(|url| self.allows(url))
            .map(ResponseUrl)
    }

    /// Takes the address of a Socket Mode connection: at Slack's own hosts and always encrypted, or at the API's own host,
    /// and in the clear only where the API itself is.
    #[must_use]
    pub fn socket_url(&self, text: &str) -> Option<SocketUrl> {
        let url = Url::parse(text).ok()?;
        let host = url.host_str().unwrap_or_default();
        let encrypted = url.scheme() == "wss";
        let slacks = encrypted
            && url.port().is_none()
            && SOCKET_DOMAINS.iter().any(|domain| host.ends_with(domain));
        let ours = (encrypted || url.scheme() == "ws" && self.api_in_the_clear)
            && self.api_host.as_deref().is_some_and(|api| api == host);
        let allowed = (slacks || ours) && url.username().is_empty() && url.password().is_none();
        allowed.then_some(SocketUrl(url))
    }

    /// Takes an incoming webhook's URL that names an allowed host; a masked one is none.
    #[must_use]
    pub fn hook_url(&self, text: &str) -> Option<HookUrl> {
        let url = Url::parse(text.trim())
            .ok()
            .filter(|url| self.allows(url))?;
        let sound = url.path().starts_with("/services/") && !HookUrl::is_masked(url.path());
        sound.then(|| HookUrl::trusted(url))
    }
}

/// Where an answer may be sent late: five times within thirty minutes. Whoever knows it can answer, so it is not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct ResponseUrl(Url);

impl ResponseUrl {
    /// The address, for the one place that needs it.
    pub(super) fn expose(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Debug for ResponseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResponseUrl(…)")
    }
}

/// Where one Socket Mode connection is opened. The ticket in it is all that it takes, so it is not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct SocketUrl(Url);

impl fmt::Debug for SocketUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SocketUrl(…)")
    }
}

impl SocketUrl {
    /// The address, for the one place that needs it.
    pub(super) fn expose(&self) -> &str {
        self.0.as_str()
    }

    /// The host and port in HTTP's terms, by which a connector tells TLS and proxies.
    pub(super) fn for_connector(&self) -> Option<http::Uri> {
        let scheme = if self.0.scheme() == "wss" {
            "https"
        } else {
            "http"
        };
        let authority = &self.0[url::Position::BeforeHost..url::Position::AfterPort];
        format!("{scheme}://{authority}/").parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_slacks_hosts_and_the_apis_own_may_be_answered() {
        let slack = HostRule::new(&Url::parse("https://slack.com/api").expect("a URL"));
        let local = HostRule::new(&Url::parse("http://127.0.0.1:9/api").expect("a URL"));
        for (url, by_slack, by_local) in [
            ("https://hooks.slack.com/commands/T/1/x", true, true),
            ("https://hooks.slack-gov.com/commands/T/1/x", true, true),
            ("https://slack.com/x", true, false),
            ("http://hooks.slack.com/commands/T/1/x", false, false),
            ("https://hooks.slack.com:8443/x", false, false),
            ("https://hooks.slack.com.evil.example/x", false, false),
            ("https://hooks.slack.com@evil.example/x", false, false),
            ("http://127.0.0.1:1234/response/1", false, true),
            ("file:///etc/passwd", false, false),
            ("nonsense", false, false),
        ] {
            assert_eq!(slack.response_url(url).is_some(), by_slack, "{url}");
            assert_eq!(local.response_url(url).is_some(), by_local, "{url}");
        }
        assert!(
            slack
                .hook_url("https://hooks.slack.com/services/T/B/x")
                .is_some()
        );
        assert!(
            slack
                .hook_url("https://hooks.slack.com/commands/T/B/x")
                .is_none()
        );
        assert!(
            slack
                .hook_url("https://hooks.slack.com/services/T…/…")
                .is_none()
        );
    }

    #[test]
    fn a_connection_goes_to_slacks_hosts_encrypted_or_to_the_apis_own() {
        let slack = HostRule::new(&Url::parse("https://slack.com/api").expect("a URL"));
        let local = HostRule::new(&Url::parse("http://127.0.0.1:9/api").expect("a URL"));
        let inner = HostRule::new(&Url::parse("https://slack.test/api").expect("a URL"));
        for (url, by_slack, by_local, by_inner) in [
            (
                "wss://wss-primary.slack.com/link/?ticket=1",
                true,
                true,
                true,
            ),
            (
                "wss://wss-primary.slack-gov.com/link/?ticket=1",
                true,
                true,
                true,
            ),
            (
                "ws://wss-primary.slack.com/link/?ticket=1",
                false,
                false,
                false,
            ),
            (
                "https://wss-primary.slack.com/link/?ticket=1",
                false,
                false,
                false,
            ),
            ("wss://wss-primary.slack.com:8443/", false, false, false),
            ("wss://x@wss-primary.slack.com/", false, false, false),
            ("wss://wss.slack.com.evil.example/", false, false, false),
            ("wss://evilslack.com/", false, false, false),
            ("ws://127.0.0.1:77/socket/1", false, true, false),
            ("wss://127.0.0.1:77/socket/1", false, true, false),
            ("ws://slack.test/socket", false, false, false),
            ("wss://slack.test:8443/socket", false, false, true),
            ("nonsense", false, false, false),
        ] {
            for (rule, allowed) in [(&slack, by_slack), (&local, by_local), (&inner, by_inner)] {
                assert_eq!(rule.socket_url(url).is_some(), allowed, "{url}");
            }
        }
        let url = local
            .socket_url("ws://127.0.0.1:77/socket/1?ticket=hush")
            .expect("allowed");
        assert!(!format!("{url:?}").contains("hush"));
        assert_eq!(
            url.for_connector().map(|uri| uri.to_string()).as_deref(),
            Some("http://127.0.0.1:77/")
        );
        let url = slack
            .socket_url("wss://wss.slack.com/link/?ticket=hush")
            .expect("allowed");
        assert_eq!(
            url.for_connector().map(|uri| uri.to_string()).as_deref(),
            Some("https://wss.slack.com/")
        );
    }
}
