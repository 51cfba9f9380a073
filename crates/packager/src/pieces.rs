//! The names of what a player asks for, in one place: the playlists write them
//! and the HTTP origin reads them.

use std::fmt;

/// A file of a broadcast. Init, segments and parts never change and may be
/// cached for good; the playlists may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// `index.m3u8`: the renditions. What a player is given.
    Multivariant,
    /// `live.m3u8`: the parts and segments of one variant.
    Media,
    /// `init-N.mp4`
    Init(u32),
    /// `segment-MSN.m4s`
    Segment(u64),
    /// `part-MSN-INDEX.m4s`
    Part(u64, u32),
}

impl Piece {
    /// Reads a file name. Only the exact form that is written is known.
    pub fn parse(name: &str) -> Option<Self> {
        let piece = match name {
            "index.m3u8" => Self::Multivariant,
            "live.m3u8" => Self::Media,
            _ => {
                if let Some(id) = between(name, "init-", ".mp4") {
                    Self::Init(id.parse().ok()?)
                } else if let Some(msn) = between(name, "segment-", ".m4s") {
                    Self::Segment(msn.parse().ok()?)
                } else {
                    let (msn, index) = between(name, "part-", ".m4s")?.split_once('-')?;
                    Self::Part(msn.parse().ok()?, index.parse().ok()?)
                }
            }
        };
        // `+7` and `007` parse as numbers, but name nothing: one name per thing.
        (piece.to_string() == name).then_some(piece)
    }

    pub fn media_type(self) -> &'static str {
        match self {
            Self::Multivariant | Self::Media => "application/vnd.apple.mpegurl",
            Self::Init(_) | Self::Segment(_) | Self::Part(..) => "video/mp4",
        }
    }

    /// May be cached for good under its URL.
    pub fn immutable(self) -> bool {
        !matches!(self, Self::Multivariant | Self::Media)
    }
}

/// One way to play a broadcast. All are cut at the same moments and numbered
/// alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Variant {
    /// As it is published.
    #[default]
    Source,
    /// Its sound alone: a few dozen megabytes an hour.
    AudioOnly,
}

impl Variant {
    pub const ALL: [Self; 2] = [Self::Source, Self::AudioOnly];

    /// What the names of its files begin with.
    const fn prefix(self) -> &'static str {
        match self {
            Self::Source => "",
            Self::AudioOnly => "audio-",
        }
    }
}

/// A file of a broadcast's window: a piece of a variant. `audio-live.m3u8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveFile {
    pub variant: Variant,
    pub piece: Piece,
}

impl LiveFile {
    /// Reads a file name. Only the exact form that is written is known.
    pub fn parse(name: &str) -> Option<Self> {
        let audio_only = Variant::AudioOnly;
        let (variant, name) = match name.strip_prefix(audio_only.prefix()) {
            Some(name) => (audio_only, name),
            None => (Variant::Source, name),
        };
        let piece = Piece::parse(name)?;
        // The list of variants belongs to none.
        let fits = piece != Piece::Multivariant || variant == Variant::Source;
        fits.then_some(Self { variant, piece })
    }

    pub fn media_type(self) -> &'static str {
        match (self.variant, self.piece.media_type()) {
            (Variant::AudioOnly, "video/mp4") => "audio/mp4",
            (_, media_type) => media_type,
        }
    }
}

impl fmt::Display for LiveFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.variant.prefix(), self.piece)
    }
}

fn between<'a>(name: &'a str, before: &str, after: &str) -> Option<&'a str> {
    name.strip_prefix(before)?.strip_suffix(after)
}

impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Multivariant => f.write_str("index.m3u8"),
            Self::Media => f.write_str("live.m3u8"),
            Self::Init(id) => write!(f, "init-{id}.mp4"),
            Self::Segment(msn) => write!(f, "segment-{msn}.m4s"),
            Self::Part(msn, index) => write!(f, "part-{msn}-{index}.m4s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_as_they_are_written() {
        for piece in [
            Piece::Multivariant,
            Piece::Media,
            Piece::Init(0),
            Piece::Segment(u64::MAX),
            Piece::Part(12, 3),
        ] {
            assert_eq!(Piece::parse(&piece.to_string()), Some(piece));
        }
    }

    #[test]
    fn each_variant_has_files_of_its_own() {
        for (name, variant, piece) in [
            ("index.m3u8", Variant::Source, Piece::Multivariant),
            ("live.m3u8", Variant::Source, Piece::Media),
            ("audio-live.m3u8", Variant::AudioOnly, Piece::Media),
            ("audio-init-2.mp4", Variant::AudioOnly, Piece::Init(2)),
            ("audio-part-7-1.m4s", Variant::AudioOnly, Piece::Part(7, 1)),
        ] {
            let file = LiveFile { variant, piece };
            assert_eq!(LiveFile::parse(name), Some(file));
            assert_eq!(file.to_string(), name);
        }
        for name in ["audio-index.m3u8", "audio-", "audio-audio-live.m3u8"] {
            assert_eq!(LiveFile::parse(name), None, "{name}");
        }
        assert_eq!(
            LiveFile::parse("audio-init-2.mp4").unwrap().media_type(),
            "audio/mp4"
        );
    }

    #[test]
    fn other_names_name_nothing() {
        for name in [
            "",
            "part-1.m4s",
            "part-01-0.m4s",
            "segment-+1.m4s",
            "segment--1.m4s",
            "init-4294967296.mp4",
            "../live.m3u8",
        ] {
            assert_eq!(Piece::parse(name), None, "{name}");
        }
    }
}
