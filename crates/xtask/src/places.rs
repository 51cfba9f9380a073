//! Where things lie in the checkout and in the target folder.

use std::path::{Path, PathBuf};

/// The top of the checkout: two folders above this crate.
pub fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here)
}

pub fn frontend() -> PathBuf {
    root().join("frontend")
}

/// Cargo's target folder, as Cargo itself finds it.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root().join("target"), |dir| root().join(dir))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    Debug,
    Release,
}

impl Profile {
    pub fn folder(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Release => "release",
        }
    }

    /// The built binary `hallway`.
    pub fn binary(self) -> PathBuf {
        target().join(self.folder()).join("hallway")
    }

    /// What `cargo build` needs for it.
    pub fn flags(self) -> &'static [&'static str] {
        match self {
            Self::Debug => &[],
            Self::Release => &["--release"],
        }
    }
}
