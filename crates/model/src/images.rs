//! Pictures that go with a message: what is taken, and in what sizes it is kept.

use serde::{Deserialize, Serialize};

/// Pictures of one message.
pub const MAX_IMAGES: usize = 4;
/// Bytes of one as it is sent.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;
/// Pixels of one, and pixels of its longer side: what reading it takes of memory.
pub const MAX_PIXELS: u64 = 40_000_000;
pub const MAX_SIDE: u32 = 16_384;
/// Longest description, in characters.
pub const MAX_ALT: usize = 500;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    #[error(
        "a picture has at most {} MB: make it smaller, or save it as JPEG",
        MAX_BYTES / 1024 / 1024
    )]
    TooHeavy,
    #[error(
        "a picture has at most 40 million pixels and {MAX_SIDE} on a side, this one has {width} × {height}: make it smaller"
    )]
    TooLarge { width: u32, height: u32 },
    #[error("this is no picture that can be shown here: send a PNG, a JPEG, a WebP or a GIF")]
    NotAnImage,
    #[error("this picture is damaged: save it anew, or take a screenshot of it")]
    Damaged,
    #[error("a message has at most {MAX_IMAGES} pictures, each once")]
    TooMany,
    #[error("a description has at most {MAX_ALT} characters")]
    LongAlt,
    #[error("this picture is not there any more: add it again")]
    Gone,
}

/// Asked of what a file's header says, before anything is read of it.
pub fn check(width: u32, height: u32) -> Result<(), ImageError> {
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 {
        Err(ImageError::Damaged)
    } else if pixels > MAX_PIXELS || width.max(height) > MAX_SIDE {
        Err(ImageError::TooLarge { width, height })
    } else {
        Ok(())
    }
}

/// The two sizes in which a picture is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Size {
    Large,
    Small,
}

impl Size {
    pub const ALL: [Size; 2] = [Self::Large, Self::Small];

    pub fn word(self) -> &'static str {
        match self {
            Self::Large => "large",
            Self::Small => "small",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|size| size.word() == word)
    }

    /// Pixels of the longer side at the most.
    pub fn side(self) -> u32 {
        match self {
            Self::Large => 2_048,
            Self::Small => 640,
        }
    }

    /// Width and height of a picture in this size: never larger than it is,
    /// never less than a pixel.
    pub fn fit(self, width: u32, height: u32) -> (u32, u32) {
        let longer = width.max(height);
        if longer <= self.side() {
            return (width, height);
        }
        let scale = |side: u32| {
            let exact = u64::from(side) * u64::from(self.side());
            let rounded = (exact + u64::from(longer) / 2) / u64::from(longer);
            u32::try_from(rounded).unwrap_or(1).max(1)
        };
        (scale(width), scale(height))
    }
}

/// How the pixels are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Coding {
    Jpeg,
    Png,
}

impl Coding {
    pub fn word(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Jpeg, Self::Png]
            .into_iter()
            .find(|coding| coding.word() == word)
    }

    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }

    /// How a file's name ends.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
        }
    }
}

/// What somebody who does not see the picture is told; may be empty.
pub fn alt(text: &str) -> Result<String, ImageError> {
    let text: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() > MAX_ALT {
        return Err(ImageError::LongAlt);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_that_promises_too_much_is_refused() {
        assert_eq!(check(50_000, 50_000), Err(too_large(50_000, 50_000)));
        assert_eq!(check(16_385, 1), Err(too_large(16_385, 1)));
        assert_eq!(check(8_000, 5_001), Err(too_large(8_000, 5_001)));
        assert_eq!(check(0, 10), Err(ImageError::Damaged));
        assert_eq!(check(8_000, 5_000), Ok(()));
        assert_eq!(check(1, 1), Ok(()));
    }

    fn too_large(width: u32, height: u32) -> ImageError {
        ImageError::TooLarge { width, height }
    }

    #[test]
    fn sizes_keep_the_shape_and_never_grow() {
        assert_eq!(Size::Large.fit(4_000, 3_000), (2_048, 1_536));
        assert_eq!(Size::Small.fit(4_000, 3_000), (640, 480));
        assert_eq!(Size::Small.fit(640, 100), (640, 100));
        assert_eq!(Size::Large.fit(16_384, 1), (2_048, 1));
        assert_eq!(Size::Small.fit(3, 16_000), (1, 640));
    }

    #[test]
    fn words_come_back() {
        for size in Size::ALL {
            assert_eq!(Size::from_word(size.word()), Some(size));
        }
        for coding in [Coding::Jpeg, Coding::Png] {
            assert_eq!(Coding::from_word(coding.word()), Some(coding));
        }
        assert_eq!(Size::from_word("huge"), None);
        assert_eq!(Coding::from_word("svg"), None);
    }

    #[test]
    fn a_description_is_one_line() {
        assert_eq!(alt(" a\n  red\u{0} door ").unwrap(), "a red door");
        assert_eq!(alt(""), Ok(String::new()));
        assert_eq!(alt(&"x".repeat(501)), Err(ImageError::LongAlt));
    }
}
