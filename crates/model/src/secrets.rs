//! Secrets that are shown once and kept only as a hash: sign-in links, sign-in
//! tokens, stream keys. Debug output never holds them.

use crate::random::Random;

/// A secret of 128 or more random bits, as text of `[0-9a-z]`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl Secret {
    /// 32 characters of a 32-letter alphabet: 160 bits.
    pub fn generate(random: &Random) -> Self {
        let bytes: [u8; 32] = random.bytes();
        Self(
            bytes
                .iter()
                .map(|b| char::from(ALPHABET[usize::from(b % 32)]))
                .collect(),
        )
    }

    /// A secret as a client presented it; anything that cannot be one is none.
    pub fn presented(text: &str) -> Option<Self> {
        let fits = (16..=128).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        fits.then(|| Self(text.to_owned()))
    }

    /// The text itself, for the one moment it is shown or mailed.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}
