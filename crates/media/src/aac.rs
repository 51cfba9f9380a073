//! What an AAC stream says of itself: the AudioSpecificConfig
//! (ISO/IEC 14496-3 1.6.2.1). Sound is not looked into.

use bytes::Bytes;

use crate::{MediaTime, bits::Bits, tracks::ConfigError};

/// An AudioSpecificConfig and what it tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AacConfig {
    /// The configuration as it came, to be written into `esds` unchanged.
    pub record: Bytes,
    /// 2 is AAC-LC, 5 HE-AAC, 29 HE-AAC v2.
    pub object_type: u8,
    /// Samples per second of the coded stream, before any spectral band replication.
    pub sample_rate: u32,
    pub channels: u8,
    /// Samples per channel in one frame: 1024 or 960.
    pub frame_samples: u32,
}

const RATES: [u32; 13] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
    7_350,
];

impl AacConfig {
    pub fn parse(record: Bytes) -> Result<Self, ConfigError> {
        let cut_short = ConfigError("the AAC configuration is cut short");
        let mut bits = Bits::new(&record);
        let object_type = object_type(&mut bits).ok_or(cut_short)?;
        let sample_rate = sample_rate(&mut bits).ok_or(cut_short)?;
        let channels = match bits.take(4).ok_or(cut_short)? {
            // Described inside the stream; stereo is what encoders send so.
            0 => 2,
            7 => 8,
            11 => 7,
            12 | 14 => 8,
            count @ 1..=6 => count as u8,
            _ => return Err(ConfigError("the AAC channel layout is not known")),
        };
        let mut core = object_type;
        if matches!(object_type, 5 | 29) {
            self::sample_rate(&mut bits).ok_or(cut_short)?;
            core = self::object_type(&mut bits).ok_or(cut_short)?;
        }
        if !matches!(core, 1..=4) {
            return Err(ConfigError("the sound is MPEG-4 audio, but not AAC"));
        }
        let frame_samples = if bits.bit().unwrap_or(false) {
            960
        } else {
            1_024
        };
        if !(7_350..=96_000).contains(&sample_rate) {
            return Err(ConfigError(
                "the AAC sample rate is not between 7350 and 96000",
            ));
        }
        Ok(Self {
            object_type,
            sample_rate,
            channels,
            frame_samples,
            record,
        })
    }

    /// The name in CODECS (RFC 6381): `mp4a.40.N`.
    pub fn codec_string(&self) -> String {
        format!("mp4a.40.{}", self.object_type)
    }

    /// How long one frame sounds, to the nearest tick.
    pub fn frame_duration(&self) -> MediaTime {
        MediaTime::from_units(i64::from(self.frame_samples), self.sample_rate)
    }
}

fn object_type(bits: &mut Bits<'_>) -> Option<u8> {
    match bits.take(5)? {
        31 => Some(32 + bits.take(6)? as u8),
        known => Some(known as u8),
    }
}

fn sample_rate(bits: &mut Bits<'_>) -> Option<u32> {
    match bits.take(4)? {
        15 => bits.take(24),
        index => RATES.get(index as usize).copied(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(bytes: &'static [u8]) -> Result<AacConfig, ConfigError> {
        AacConfig::parse(Bytes::from_static(bytes))
    }

    #[test]
    fn low_complexity_stereo() {
        let config = parse(&[0x12, 0x10]).unwrap();
        assert_eq!((config.sample_rate, config.channels), (44_100, 2));
        assert_eq!(config.codec_string(), "mp4a.40.2");
        assert_eq!(parse(&[0x11, 0x90]).unwrap().sample_rate, 48_000);
        assert_eq!(
            parse(&[0x11, 0x90]).unwrap().frame_duration(),
            MediaTime(1_920)
        );
    }

    #[test]
    fn high_efficiency_names_itself_and_counts_core_samples() {
        // Object type 5, 24 kHz core, stereo, extended to 48 kHz, core AAC-LC.
        let config = parse(&[0x2b, 0x11, 0x88, 0x00]).unwrap();
        assert_eq!(config.codec_string(), "mp4a.40.5");
        assert_eq!((config.sample_rate, config.channels), (24_000, 2));
    }

    #[test]
    fn a_rate_may_be_spelt_out() {
        // Object type 2, index 15, 24 bits of 48000, stereo.
        let config = parse(&[0x17, 0x80, 0x5d, 0xc0, 0x10]).unwrap();
        assert_eq!((config.sample_rate, config.channels), (48_000, 2));
    }

    #[test]
    fn damage_is_refused() {
        assert!(parse(&[]).is_err());
        assert!(parse(&[0x12]).is_err());
        assert!(parse(&[0x16, 0x90]).is_err(), "rate index 13 is reserved");
        assert!(parse(&[0x17, 0x80, 0, 0, 0x10]).is_err(), "a rate of 0");
        assert!(parse(&[0xf8, 0xff, 0xff]).is_err(), "object type 39");
    }
}
