//! The company's inventory API, fetched over HTTP.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{ACCEPT, ETAG, HeaderValue, IF_NONE_MATCH};
use url::Url;

use crate::config::Secret;

/// A list is fetched within this.
const WITHIN: Duration = Duration::from_secs(30);

/// The largest list that is read, in bytes: room for some 100,000 servers.
pub const BODY_BYTES: usize = 32 * 1024 * 1024;

/// Why a list could not be fetched. None of it holds the URL, which may carry a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// Nothing answered, or not in time.
    #[error("the inventory did not answer: {0}")]
    NoAnswer(&'static str),
    /// It cannot be spoken to in secret.
    #[error("there is no TLS connection to the inventory: {0}")]
    Tls(String),
    /// It answered with something else than a list.
    #[error("the inventory answered with HTTP {0}{hint}", hint = hint(*.0))]
    Status(u16),
    /// The list is larger than is read.
    #[error("the inventory's list is larger than {} MiB", BODY_BYTES / 1024 / 1024)]
    TooLarge,
}

const fn hint(status: u16) -> &'static str {
    match status {
        300..=399 => "; redirects are not followed, so give the final URL",
        401 | 403 => "; is HEALTHBOT_INVENTORY_TOKEN right?",
        404 => "; is HEALTHBOT_INVENTORY_URL right?",
        _ => "",
    }
}

/// What a fetch brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// A list, with the tag by which it can be asked for again.
    List {
        /// The list as it came.
        body: Vec<u8>,
        /// Its `ETag`.
        tag: Option<HeaderValue>,
    },
    /// The same list as before.
    Unchanged,
}

/// Fetches the list.
#[derive(Debug, Clone)]
pub struct InventoryClient {
    client: reqwest::Client,
    url: Url,
    token: Option<Secret>,
    tls_fault: TlsFault,
}

/// What a TLS error in an error of the client's means, if there is one in it. Whoever probes servers has the words.
type TlsFault = fn(&(dyn std::error::Error + 'static)) -> Option<String>;

impl InventoryClient {
    /// A client for the list at `url`. It follows no redirect and asks no proxy: the token goes to that host only.
    ///
    /// # Errors
    /// reqwest's, where the TLS configuration does not fit.
    pub fn new(
        url: Url,
        token: Option<Secret>,
        tls: rustls::ClientConfig,
        tls_fault: TlsFault,
    ) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .use_preconfigured_tls(tls)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(WITHIN)
            .build()?;
        Ok(Self {
            client,
            url,
            token,
            tls_fault,
        })
    }

    /// Fetches the list, or learns that it still is the one with this tag.
    ///
    /// # Errors
    /// A [`FetchError`]; then nothing is known about the list.
    pub async fn fetch(&self, tag: Option<&HeaderValue>) -> Result<Fetched, FetchError> {
        let mut request = self
            .client
            .get(self.url.clone())
            .header(ACCEPT, "application/json");
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.expose());
        }
        if let Some(tag) = tag {
            request = request.header(IF_NONE_MATCH, tag);
        }
        let mut answer = request
            .send()
            .await
            .map_err(|error| self.no_answer(&error))?;
        match answer.status() {
            StatusCode::NOT_MODIFIED if tag.is_some() => return Ok(Fetched::Unchanged),
            StatusCode::OK => {}
            other => return Err(FetchError::Status(other.as_u16())),
        }
        let tag = answer.headers().get(ETAG).cloned();
        let mut body = Vec::new();
        while let Some(chunk) = answer
            .chunk()
            .await
            .map_err(|error| self.no_answer(&error))?
        {
            if body.len() + chunk.len() > BODY_BYTES {
                return Err(FetchError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Fetched::List { body, tag })
    }

    fn no_answer(&self, error: &reqwest::Error) -> FetchError {
        if let Some(fault) = (self.tls_fault)(error) {
            return FetchError::Tls(fault);
        }
        FetchError::NoAnswer(if error.is_timeout() {
            "it took too long"
        } else if error.is_connect() {
            "no connection"
        } else {
            "the connection broke"
        })
    }
}
