//! R2: the power is cut while people write. What was acknowledged is there,
//! once and in order, and the database is whole.
//!
//! A kill alone cannot show this, since the kernel's pages outlive the process.
//! So the server works over a disk of ours. A cut ends the disk's power in the
//! midst of the work, then the server is killed, and the disk forgets whatever
//! was not synced; every other cut leaves some of it by chance ([`contents`]).
//!
//! Control: a disk that says it has synced and has not, which is what SQLite's
//! `synchronous=OFF` comes to. Acknowledged messages must be found lost.

mod contents;
#[cfg(target_os = "linux")]
mod disks;
#[cfg(target_os = "linux")]
mod trials;

#[cfg(target_os = "linux")]
pub use trials::attempt;

use crate::prove::Promise;

pub const PROMISE: Promise = Promise {
    id: "R2",
    claim: "an acknowledged chat message survives a power cut: none lost, none doubled, order kept, and the database is whole",
};

#[cfg(not(target_os = "linux"))]
pub async fn attempt(
    _: &crate::processes::Shell,
    _: std::path::PathBuf,
    _: u32,
    _: u64,
) -> anyhow::Result<crate::prove::Finding> {
    anyhow::bail!("a disk that forgets is mounted by FUSE as Linux has it")
}
