//! Paths.

use serde::{Deserialize, Serialize};
use url::Url;

use super::AddressError;

/// A path and query as they stand in a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Path(Box<str>);

impl Path {
    /// The longest path and query that is taken, in bytes after percent-encoding.
    pub const MAX_BYTES: usize = 2_000;

    /// Reads a path with its query, percent-encoding what must be.
    ///
    /// # Errors
    /// [`AddressError::Path`] where it does not begin with `/`, holds blanks or is too long.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        if !text.starts_with('/') || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(AddressError::Path);
        }
        let url = Url::parse("http://host/").and_then(|base| base.join(&format!(".{text}")));
        url.map_err(|_| AddressError::Path)
            .and_then(|url| Self::of_url(&url))
    }

    pub(super) fn of_url(url: &Url) -> Result<Self, AddressError> {
        let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
        if path.len() > Self::MAX_BYTES {
            return Err(AddressError::Path);
        }
        Ok(Self(if path.is_empty() { "/" } else { path }.into()))
    }

    /// As it stands in a request.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Path {
    fn default() -> Self {
        Self("/".into())
    }
}

impl From<Path> for String {
    fn from(path: Path) -> Self {
        path.0.into()
    }
}

impl TryFrom<String> for Path {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, AddressError> {
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_cannot_become_another_host() {
        assert_eq!(
            Path::parse("//evil.example/x").expect("a path").as_str(),
            "//evil.example/x"
        );
        assert_eq!(Path::parse("/a/../b").expect("a path").as_str(), "/b");
        for bad in ["", "a", "/a b", "/a\nb"] {
            assert!(Path::parse(bad).is_err(), "{bad:?}");
        }
    }
}
