//! Where chance comes from. The server owns the operating system's source;
//! tests own a seeded one.

use std::sync::Arc;

use uuid::Uuid;

use crate::time::Timestamp;

pub trait Fill: Send + Sync {
    fn fill(&self, bytes: &mut [u8]);
}

/// A shared source of randomness.
#[derive(Clone)]
pub struct Random(Arc<dyn Fill>);

impl Random {
    pub fn new(source: impl Fill + 'static) -> Self {
        Self(Arc::new(source))
    }

    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill(&mut bytes);
        bytes
    }

    /// A version 7 UUID: the instant, then chance.
    pub fn uuid(&self, now: Timestamp) -> Uuid {
        let millis = u64::try_from(now.0).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &self.bytes()).into_uuid()
    }

    pub fn id<T: From<Uuid>>(&self, now: Timestamp) -> T {
        T::from(self.uuid(now))
    }

    /// A whole number under `end`, near enough to even for back-off and codes.
    pub fn below(&self, end: u64) -> u64 {
        u64::from_le_bytes(self.bytes()) % end.max(1)
    }
}

impl std::fmt::Debug for Random {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Random")
    }
}
