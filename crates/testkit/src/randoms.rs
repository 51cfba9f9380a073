//! Chance that repeats: the same seed gives the same bytes on every machine.
//! Good for tests only; nothing here is hard to guess.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hallway_model::random::{Fill, Random};

/// SplitMix64 over a shared counter: each word depends on the seed and on its
/// position alone.
#[derive(Clone, Debug)]
pub struct SeededRandom(Arc<AtomicU64>);

const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

impl SeededRandom {
    pub fn seed(seed: u64) -> Self {
        Self(Arc::new(AtomicU64::new(seed)))
    }

    pub fn word(&self) -> u64 {
        let mut z = self.0.fetch_add(STEP, Ordering::SeqCst).wrapping_add(STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// The handle that services take.
    pub fn random(&self) -> Random {
        Random::new(self.clone())
    }
}

impl Fill for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.word().to_le_bytes()[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_published_words_of_splitmix64() {
        let random = SeededRandom::seed(1_234_567);
        let words: Vec<u64> = (0..3).map(|_| random.word()).collect();
        assert_eq!(
            words,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn two_seeds_differ_and_one_seed_repeats() {
        let bytes = |seed| SeededRandom::seed(seed).random().bytes::<20>();
        assert_eq!(bytes(1), bytes(1));
        assert_ne!(bytes(1), bytes(2));
    }
}
