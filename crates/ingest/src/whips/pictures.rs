//! H.264 as RTP brings it (Annex B: start codes, parameter sets among the
//! pictures) into samples as MP4 holds them.

use bytes::{BufMut, Bytes, BytesMut};
use hallway_media::{AvcConfig, ConfigError};

/// NAL unit types (H.264 table 7-1).
const IDR: u8 = 5;
const SPS: u8 = 7;
const PPS: u8 = 8;
const DELIMITER: u8 = 9;
const FILLER: u8 = 12;

/// Follows one stream of pictures.
#[derive(Debug, Default)]
pub(super) struct Pictures {
    sps: Bytes,
    pps: Bytes,
    config: Option<AvcConfig>,
}

/// What one access unit held.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Picture {
    pub key: bool,
    /// The units with their lengths before them, 4 bytes each; empty where
    /// there were only parameter sets.
    pub sample: Bytes,
    /// The configuration from here on, where it is another.
    pub config: Option<AvcConfig>,
}

impl Pictures {
    pub(super) fn take(&mut self, unit: &[u8]) -> Result<Picture, ConfigError> {
        let mut sample = BytesMut::with_capacity(unit.len() + 16);
        let (mut key, mut sets) = (false, false);
        for nal in nals(unit) {
            match nal[0] & 0x1f {
                SPS => sets |= replace(&mut self.sps, nal),
                PPS => sets |= replace(&mut self.pps, nal),
                DELIMITER | FILLER => {}
                kind => {
                    key |= kind == IDR;
                    // Bounded by what a picture in RTP may have.
                    sample.put_u32(u32::try_from(nal.len()).unwrap_or(u32::MAX));
                    sample.put_slice(nal);
                }
            }
        }
        let config = if sets && !self.sps.is_empty() && !self.pps.is_empty() {
            let config = AvcConfig::from_sets(&self.sps, &self.pps)?;
            let news = self.config.as_ref() != Some(&config);
            self.config = Some(config.clone());
            news.then_some(config)
        } else {
            None
        };
        Ok(Picture {
            key,
            sample: sample.freeze(),
            config,
        })
    }
}

fn replace(known: &mut Bytes, set: &[u8]) -> bool {
    let news = known[..] != *set;
    if news {
        *known = Bytes::copy_from_slice(set);
    }
    news
}

/// The NAL units of a byte stream (H.264 B.1), without the zeros after each;
/// none is empty.
fn nals(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes = after_start(bytes).unwrap_or_default();
    std::iter::from_fn(move || {
        while !bytes.is_empty() {
            let (nal, rest) = match start(bytes) {
                Some(at) => (&bytes[..at], &bytes[at + 3..]),
                None => (bytes, &bytes[bytes.len()..]),
            };
            bytes = rest;
            let end = nal
                .iter()
                .rposition(|byte| *byte != 0)
                .map_or(0, |at| at + 1);
            if end > 0 {
                return Some(&nal[..end]);
            }
        }
        None
    })
}

fn start(bytes: &[u8]) -> Option<usize> {
    bytes.windows(3).position(|three| three == [0, 0, 1])
}

fn after_start(bytes: &[u8]) -> Option<&[u8]> {
    start(bytes).map(|at| &bytes[at + 3..])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Baseline 640x360.
    const SETS: &[u8] = &[
        0, 0, 0, 1, 0x67, 66, 0xc0, 30, 0xda, 0x02, 0x80, 0xbf, 0xe5, 0xc0, 0x5a, 0x80, 0, 0, 0, 1,
        0x68, 0xce, 0x3c, 0x80,
    ];

    #[test]
    fn a_keyframe_brings_its_sets_and_is_framed_by_lengths() {
        let mut pictures = Pictures::default();
        let unit = [SETS, &[0, 0, 0, 1, 0x65, 1, 2, 3, 0, 0, 1, 0x65, 4, 5]].concat();
        let picture = pictures.take(&unit).unwrap();
        assert!(picture.key);
        assert_eq!(
            &picture.sample[..],
            [0, 0, 0, 4, 0x65, 1, 2, 3, 0, 0, 0, 3, 0x65, 4, 5]
        );
        let config = picture.config.unwrap();
        assert_eq!((config.width, config.height), (640, 360));
        assert_eq!(config.codec_string(), "avc1.42c01e");

        let again = pictures.take(&unit).unwrap();
        assert_eq!(
            (again.key, again.config),
            (true, None),
            "the same sets are no news"
        );
        let next = pictures
            .take(&[0, 0, 1, 0x09, 0x10, 0, 0, 1, 0x41, 7])
            .unwrap();
        assert_eq!(
            (next.key, &next.sample[..]),
            (false, &[0, 0, 0, 2, 0x41, 7][..])
        );
    }

    #[test]
    fn another_size_is_another_configuration() {
        let mut pictures = Pictures::default();
        pictures.take(SETS).unwrap();
        let smaller = [
            0, 0, 1, 0x67, 66, 0xc0, 30, 0xda, 0x05, 0x07, 0xe4, 0, 0, 1, 0x68, 0xce, 0x3c, 0x80,
        ];
        let sets = pictures.take(&smaller);
        // Whatever it says, it is heard.
        assert!(sets.is_err() || sets.unwrap().config.is_some());
        assert!(pictures.take(&[0, 0, 1, 0x67, 66]).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_break_it_and_no_sample_is_framed_wrongly(unit: Vec<u8>) {
            if let Ok(picture) = Pictures::default().take(&unit) {
                let mut rest = &picture.sample[..];
                while let [a, b, c, d, tail @ ..] = rest {
                    let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
                    prop_assert!(length > 0 && length <= tail.len());
                    rest = &tail[length..];
                }
                prop_assert!(rest.is_empty());
            }
        }
    }
}
