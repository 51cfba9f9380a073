//! The secret a publisher shows.

use std::fmt;

/// A stream key as it came. It prints as `***`, so that it cannot reach a log
/// by way of `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct StreamKey(String);

impl StreamKey {
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The secret itself, to be hashed and compared.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for StreamKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StreamKey(***)")
    }
}

/// Why a publisher is not let in; it is told in these words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("this stream key is not valid")]
    WrongKey,
    /// The key is good, but somebody publishes with it already.
    #[error("the stage already has a publisher")]
    Taken,
    #[error("the stage cannot be reached just now, please try again")]
    Unavailable,
}
