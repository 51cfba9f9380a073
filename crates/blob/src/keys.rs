//! Names of blobs: relative paths that mean the same on disk, in memory and in
//! an object store, and can never lead out of it.

use std::{fmt, str::FromStr};

/// Path segments of letters, digits, `.`, `_` and `-`, joined by `/`. No
/// segment begins with a dot, so there is no `..` and no hidden file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(String);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a blob's key is path segments of letters, digits, `.`, `_` and `-`, none empty or beginning with a dot"
)]
pub struct BadKey;

/// What every file system and object store takes.
const LONGEST_KEY: usize = 512;
const LONGEST_SEGMENT: usize = 120;

impl Key {
    pub fn new(text: impl Into<String>) -> Result<Self, BadKey> {
        let text = text.into();
        if text.len() > LONGEST_KEY || !text.split('/').all(is_segment) {
            return Err(BadKey);
        }
        Ok(Self(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key `name` under this one; `name` may have several segments.
    pub fn join(&self, name: &str) -> Result<Self, BadKey> {
        Self::new(format!("{}/{name}", self.0))
    }

    /// The last path segment.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// Is this key `prefix` itself or under it?
    pub fn is_under(&self, prefix: &Key) -> bool {
        self.0
            .strip_prefix(&prefix.0)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

fn is_segment(segment: &str) -> bool {
    !segment.is_empty()
        && segment.len() <= LONGEST_SEGMENT
        && !segment.starts_with('.')
        && segment
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Key {
    type Err = BadKey;
    fn from_str(text: &str) -> Result<Self, BadKey> {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_cannot_lead_out() {
        for bad in [
            "", "/", "a/", "/a", "a//b", "..", "a/../b", "a/./b", ".tmp", "a\\b", "a b", "ä", "a\0",
        ] {
            assert_eq!(Key::new(bad), Err(BadKey), "{bad:?}");
        }
        assert_eq!(Key::new("x".repeat(121)), Err(BadKey));
        assert!(Key::new("recordings/01/00001.m4s").is_ok());
    }

    #[test]
    fn under_means_whole_segments() {
        let key = Key::new("recordings/12/a").unwrap();
        assert!(key.is_under(&Key::new("recordings/12").unwrap()));
        assert!(!key.is_under(&Key::new("recordings/1").unwrap()));
        assert_eq!(key.name(), "a");
    }
}
