//! What a peer may ask of us. The defaults are the project's promises.

use std::time::Duration;

use hallway_media::QueueLimits;

/// Bounds of one session.
#[derive(Clone, Copy, Debug)]
pub struct SessionLimits {
    /// Largest chunk a peer may announce, in bytes.
    pub chunk: usize,
    /// Largest message, in bytes.
    pub message: usize,
    /// All a peer may send before it is let in, in bytes.
    pub before_admission: u64,
    /// Chunk streams a peer may use.
    pub chunk_streams: usize,
}

impl Default for SessionLimits {
    fn default() -> Self {
        Self {
            chunk: 64 << 10,
            message: 4 << 20,
            before_admission: 1 << 20,
            chunk_streams: 32,
        }
    }
}

/// Bounds of a server.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub session: SessionLimits,
    /// Connections at a time.
    pub connections: usize,
    /// Connections at a time that were not let in yet; all, and from one address.
    pub waiting: usize,
    pub waiting_per_address: usize,
    /// From connecting to being let in.
    pub admission: Duration,
    /// Without a byte from the peer.
    pub silence: Duration,
    /// For the peer to take what we send.
    pub write: Duration,
    /// How long a reader may hold the publisher back before frames are dropped.
    pub patience: Duration,
    pub queue: QueueLimits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            session: SessionLimits::default(),
            connections: 128,
            waiting: 64,
            waiting_per_address: 16,
            admission: Duration::from_secs(10),
            silence: Duration::from_secs(30),
            write: Duration::from_secs(10),
            patience: Duration::from_secs(2),
            queue: QueueLimits::default(),
        }
    }
}
