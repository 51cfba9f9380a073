//! How secrets are kept: as the hex of their SHA-256. They are 160 random bits,
//! so that a plain hash is enough and the look-up by hash is constant in time.

use hallway_model::secrets::Secret;
use sha2::{Digest, Sha256};

pub fn hash(secret: &Secret) -> String {
    hash_of(secret.reveal())
}

/// The same of any text: what is looked up and need not be read.
pub(crate) fn hash_of(text: &str) -> String {
    Sha256::digest(text.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
