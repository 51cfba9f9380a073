//! What an H.264 stream says of itself: the decoder configuration record
//! (ISO/IEC 14496-15 5.3.3.1) and the sequence parameter set inside it
//! (H.264 7.3.2.1.1). Pictures are not looked into.

use bytes::Bytes;

use crate::{bits::Bits, tracks::ConfigError};

/// A decoder configuration record (`avcC`) and what its first SPS tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AvcConfig {
    /// The record as it came, to be written into `avcC` unchanged.
    pub record: Bytes,
    pub profile: u8,
    pub compatibility: u8,
    pub level: u8,
    /// Bytes of each NAL unit's length prefix: 1, 2 or 4.
    pub length_size: u8,
    /// Width after cropping, in pixels.
    pub width: u32,
    /// Height after cropping, in pixels.
    pub height: u32,
}

impl AvcConfig {
    pub fn parse(record: Bytes) -> Result<Self, ConfigError> {
        let cut_short = ConfigError("the H.264 configuration record is cut short");
        let [
            version,
            profile,
            compatibility,
            level,
            sizes,
            sets,
            rest @ ..,
        ] = &record[..]
        else {
            return Err(cut_short);
        };
        if *version != 1 {
            return Err(ConfigError(
                "the H.264 configuration record is of an unknown version",
            ));
        }
        let length_size = (sizes & 3) + 1;
        if length_size == 3 {
            return Err(ConfigError("H.264 with three-byte lengths is not allowed"));
        }
        if sets & 0x1f == 0 {
            return Err(ConfigError(
                "the H.264 configuration record has no sequence parameter set",
            ));
        }
        let [high, low, rest @ ..] = rest else {
            return Err(cut_short);
        };
        let sps = rest
            .get(..usize::from(u16::from_be_bytes([*high, *low])))
            .ok_or(cut_short)?;
        let (width, height) =
            picture_size(sps).ok_or(ConfigError("the H.264 sequence parameter set is damaged"))?;
        if width == 0 || height == 0 || width > 16_384 || height > 16_384 {
            return Err(ConfigError(
                "the H.264 picture size is not between 1 and 16384",
            ));
        }
        let (profile, compatibility, level) = (*profile, *compatibility, *level);
        Ok(Self {
            profile,
            compatibility,
            level,
            length_size,
            width,
            height,
            record,
        })
    }

    /// From one sequence and one picture parameter set, as they come in a stream
    /// that carries them among its pictures (RTP, Annex B); lengths of 4 bytes.
    pub fn from_sets(sps: &[u8], pps: &[u8]) -> Result<Self, ConfigError> {
        let lengths = (u16::try_from(sps.len()), u16::try_from(pps.len()));
        let (&[_, profile, compatibility, level, ..], (Ok(sps_len), Ok(pps_len))) = (sps, lengths)
        else {
            return Err(ConfigError("the H.264 sequence parameter set is damaged"));
        };
        let mut record = vec![1, profile, compatibility, level, 0xff, 0xe1];
        record.extend(sps_len.to_be_bytes());
        record.extend(sps);
        record.push(1);
        record.extend(pps_len.to_be_bytes());
        record.extend(pps);
        if profile == 100 {
            // 4:2:0 in 8 bits, and no extensions of the set.
            record.extend([0xfd, 0xf8, 0xf8, 0]);
        }
        Self::parse(record.into())
    }

    /// The name in CODECS (RFC 6381): `avc1.PPCCLL`.
    pub fn codec_string(&self) -> String {
        format!(
            "avc1.{:02x}{:02x}{:02x}",
            self.profile, self.compatibility, self.level
        )
    }

    /// The profile in words, as an encoder's settings call it.
    pub fn profile_name(&self) -> &'static str {
        match self.profile {
            66 => "Baseline",
            77 => "Main",
            88 => "Extended",
            100 => "High",
            110 => "High 10",
            122 => "High 4:2:2",
            244 => "High 4:4:4",
            _ => "other",
        }
    }

    /// Browsers decode 8-bit 4:2:0; these profiles promise nothing else.
    pub fn plays_in_browsers(&self) -> bool {
        matches!(self.profile, 66 | 77 | 88 | 100)
    }
}

/// Width and height after cropping.
fn picture_size(sps: &[u8]) -> Option<(u32, u32)> {
    if sps.first()? & 0x1f != 7 {
        return None;
    }
    let payload = without_emulation_prevention(sps.get(1..)?);
    let profile = *payload.first()?;
    let mut bits = Bits::new(payload.get(3..)?);
    bits.exp_golomb()?; // seq_parameter_set_id
    let mut chroma = 1;
    let mut separate_planes = false;
    if matches!(
        profile,
        100 | 110 | 122 | 244 | 44 | 83 | 86 | 118 | 128 | 138 | 139 | 134 | 135
    ) {
        chroma = bits.exp_golomb()?;
        if chroma == 3 {
            separate_planes = bits.bit()?;
        }
        bits.exp_golomb()?; // bit_depth_luma_minus8
        bits.exp_golomb()?; // bit_depth_chroma_minus8
        bits.bit()?; // qpprime_y_zero_transform_bypass_flag
        if bits.bit()? {
            let lists = if chroma == 3 { 12 } else { 8 };
            for list in 0..lists {
                if bits.bit()? {
                    skip_scaling_list(&mut bits, if list < 6 { 16 } else { 64 })?;
                }
            }
        }
    }
    bits.exp_golomb()?; // log2_max_frame_num_minus4
    match bits.exp_golomb()? {
        0 => {
            bits.exp_golomb()?;
        }
        1 => {
            bits.bit()?;
            bits.signed_exp_golomb()?;
            bits.signed_exp_golomb()?;
            let cycle = bits.exp_golomb()?;
            if cycle > 255 {
                return None;
            }
            for _ in 0..cycle {
                bits.signed_exp_golomb()?;
            }
        }
        2 => {}
        _ => return None,
    }
    bits.exp_golomb()?; // max_num_ref_frames
    bits.bit()?; // gaps_in_frame_num_value_allowed_flag
    let width_in_macroblocks = u64::from(bits.exp_golomb()?) + 1;
    let height_in_map_units = u64::from(bits.exp_golomb()?) + 1;
    let frames_only = bits.bit()?;
    if !frames_only {
        bits.bit()?;
    }
    bits.bit()?; // direct_8x8_inference_flag
    let fields = if frames_only { 1 } else { 2 };
    let mut width = width_in_macroblocks * 16;
    let mut height = height_in_map_units * 16 * fields;
    if bits.bit()? {
        let chroma = if separate_planes { 0 } else { chroma };
        let unit_x = if matches!(chroma, 1 | 2) { 2 } else { 1 };
        let unit_y = if chroma == 1 { 2 } else { 1 } * fields;
        let left = u64::from(bits.exp_golomb()?);
        let right = u64::from(bits.exp_golomb()?);
        let top = u64::from(bits.exp_golomb()?);
        let bottom = u64::from(bits.exp_golomb()?);
        width = width.checked_sub((left + right) * unit_x)?;
        height = height.checked_sub((top + bottom) * unit_y)?;
    }
    Some((width.try_into().ok()?, height.try_into().ok()?))
}

/// H.264 7.3.2.1.1.1: a list ends early when its next scale is zero.
fn skip_scaling_list(bits: &mut Bits<'_>, size: u32) -> Option<()> {
    let (mut last, mut next) = (8i64, 8i64);
    for _ in 0..size {
        if next != 0 {
            next = (last + bits.signed_exp_golomb()? + 256).rem_euclid(256);
        }
        if next != 0 {
            last = next;
        }
    }
    Some(())
}

/// `00 00 03` stands for `00 00` (H.264 7.4.1).
fn without_emulation_prevention(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut zeros = 0;
    for &byte in bytes {
        if zeros >= 2 && byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        plain.push(byte);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    // 1280x720, High 3.1, written by x264.
    const SPS: &[u8] = &[
        103, 100, 0, 31, 172, 217, 128, 80, 5, 187, 1, 106, 2, 2, 2, 128, 0, 0, 3, 0, 128, 0, 0,
        30, 7, 140, 24, 205,
    ];

    fn record(sps: &[u8]) -> Bytes {
        let mut record = vec![1, sps[1], sps[2], sps[3], 0xff, 0xe1];
        record.extend((sps.len() as u16).to_be_bytes());
        record.extend(sps);
        record.extend([1, 0, 1, 104]);
        record.into()
    }

    #[test]
    fn a_record_tells_profile_and_size() {
        let config = AvcConfig::parse(record(SPS)).unwrap();
        assert_eq!(config.codec_string(), "avc1.64001f");
        assert_eq!(
            (config.width, config.height, config.length_size),
            (1280, 720, 4)
        );
        assert_eq!(config.profile_name(), "High");
    }

    #[test]
    fn cropping_is_taken_off() {
        // Baseline 1920x1088 less 8 lines: 120 macroblocks by 68, crop bottom 4.
        let sps = [0x67, 66, 0xc0, 40, 0xda, 0x01, 0xe0, 0x08, 0x9f, 0x96];
        assert_eq!(picture_size(&sps), Some((1920, 1080)));
    }

    #[test]
    fn every_cut_is_refused_or_sound() {
        let whole = record(SPS);
        for end in 0..whole.len() - 4 {
            if let Ok(config) = AvcConfig::parse(whole.slice(..end)) {
                assert_eq!((config.width, config.height), (1280, 720));
            }
        }
        assert!(AvcConfig::parse(whole.slice(..8)).is_err());
        assert!(AvcConfig::parse(Bytes::from_static(&[2, 66, 0, 30, 255, 0xe1, 0, 0])).is_err());
        assert!(AvcConfig::parse(Bytes::from_static(&[1, 66, 0, 30, 255, 0xe0, 0, 0])).is_err());
    }
}
