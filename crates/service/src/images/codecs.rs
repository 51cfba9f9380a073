//! A file that somebody sent, read by what it holds, and its pixels written
//! anew: nothing else of it stays (abuse case A5). No async and no clock here.

use std::io::Cursor;

use hallway_model::images::{self as rules, Coding, ImageError, Size};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::imageops::FilterType as Smooth;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb, RgbImage};

/// Bytes that pixels may take as they are read: 40 million of four bytes each.
pub(crate) const MOST_READ: u64 = rules::MAX_PIXELS * 4;

/// A picture in both sizes.
pub(crate) struct Pictured {
    pub large: Written,
    pub small: Written,
}

pub(crate) struct Written {
    pub width: u32,
    pub height: u32,
    pub coding: Coding,
    pub bytes: Vec<u8>,
}

/// Bytes that reading a file will take, by its header alone.
pub(crate) fn measure(file: &[u8]) -> Result<u64, ImageError> {
    Ok(open(file)?.1.total_bytes())
}

/// Reads a file's first picture, upright, and writes it in both sizes.
pub(crate) fn picture(file: &[u8]) -> Result<Pictured, ImageError> {
    let (format, mut decoder) = open(file)?;
    let (width, height) = decoder.dimensions();
    // What a damaged note says about it is not worth losing the picture.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let read = DynamicImage::from_decoder(decoder).map_err(|error| match error {
        image::ImageError::Limits(_) => ImageError::TooLarge { width, height },
        _ => ImageError::Damaged,
    })?;
    // Few pixels are turned sooner than many.
    let mut large = eight_bits(shrink(read, Size::Large));
    large.apply_orientation(orientation);
    let small = shrink(large.clone(), Size::Small);
    let exact = format != ImageFormat::Jpeg;
    Ok(Pictured {
        large: write(large, Size::Large, exact)?,
        small: write(small, Size::Small, exact)?,
    })
}

/// The decoder for what a file is, whatever it is called, if its header
/// promises no more than can be read.
fn open(file: &[u8]) -> Result<(ImageFormat, impl ImageDecoder + '_), ImageError> {
    let format = image::guess_format(file)
        .ok()
        .filter(|format| {
            matches!(
                format,
                ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP | ImageFormat::Gif
            )
        })
        .ok_or(ImageError::NotAnImage)?;
    let mut limits = Limits::no_limits();
    // A decoder's own working space comes on top.
    limits.max_alloc = Some(2 * MOST_READ);
    let mut reader = ImageReader::with_format(Cursor::new(file), format);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(|_| ImageError::Damaged)?;
    let (width, height) = decoder.dimensions();
    rules::check(width, height)?;
    if decoder.total_bytes() > MOST_READ {
        return Err(ImageError::TooLarge { width, height });
    }
    Ok((format, decoder))
}

fn shrink(image: DynamicImage, size: Size) -> DynamicImage {
    let (width, height) = size.fit(image.width(), image.height());
    if (width, height) == (image.width(), image.height()) {
        return image;
    }
    // Averages first, which is quick, and smooths what is left.
    let (twice, high) = (2 * width, 2 * height);
    let near = if image.width() > twice && image.height() > high {
        image.thumbnail_exact(twice, high)
    } else {
        image
    };
    near.resize_exact(width, height, Smooth::CatmullRom)
}

/// Red, green and blue, and how opaque it is only where it is not.
fn eight_bits(image: DynamicImage) -> DynamicImage {
    if !image.color().has_alpha() {
        return DynamicImage::ImageRgb8(image.into_rgb8());
    }
    let image = image.into_rgba8();
    if image.pixels().all(|pixel| pixel.0[3] == u8::MAX) {
        return DynamicImage::ImageRgb8(DynamicImage::ImageRgba8(image).into_rgb8());
    }
    DynamicImage::ImageRgba8(image)
}

/// Bytes up to which a picture that came exact stays exact: drawings and
/// screenshots are below, photographs above.
fn exact_up_to(size: Size) -> usize {
    match size {
        Size::Large => 1_500_000,
        Size::Small => 200_000,
    }
}

fn write(image: DynamicImage, size: Size, exact: bool) -> Result<Written, ImageError> {
    let (width, height) = (image.width(), image.height());
    let written = |coding, bytes| Written {
        width,
        height,
        coding,
        bytes,
    };
    if exact {
        let mut bytes = vec![];
        let encoder = PngEncoder::new_with_quality(
            &mut bytes,
            CompressionType::Default,
            FilterType::Adaptive,
        );
        image
            .write_with_encoder(encoder)
            .map_err(|_| ImageError::Damaged)?;
        if bytes.len() <= exact_up_to(size) {
            return Ok(written(Coding::Png, bytes));
        }
    }
    let mut bytes = vec![];
    let quality = match size {
        Size::Large => 84,
        Size::Small => 80,
    };
    on_white(image)
        .write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, quality))
        .map_err(|_| ImageError::Damaged)?;
    Ok(written(Coding::Jpeg, bytes))
}

/// JPEG knows nothing that is seen through.
fn on_white(image: DynamicImage) -> DynamicImage {
    let DynamicImage::ImageRgba8(seen_through) = image else {
        return image;
    };
    let (width, height) = seen_through.dimensions();
    let flat = RgbImage::from_fn(width, height, |x, y| {
        let [red, green, blue, opaque] = seen_through.get_pixel(x, y).0;
        let mix = |colour: u8| {
            let opaque = u32::from(opaque);
            let mixed = (u32::from(colour) * opaque + 255 * (255 - opaque)) / 255;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        };
        Rgb([mix(red), mix(green), mix(blue)])
    });
    DynamicImage::ImageRgb8(flat)
}

#[cfg(test)]
mod tests {
    use image::{Rgba, RgbaImage};

    use super::*;

    fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(vec![]);
        image.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    /// The left half red, the right half blue.
    fn halves(width: u32, height: u32) -> DynamicImage {
        DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, |x, _| {
            if x < width / 2 {
                Rgb([220, 20, 20])
            } else {
                Rgb([20, 20, 220])
            }
        }))
    }

    fn read(written: &Written) -> RgbImage {
        image::load_from_memory(&written.bytes).unwrap().into_rgb8()
    }

    fn is_red(pixel: &Rgb<u8>) -> bool {
        pixel.0[0] > 150 && pixel.0[2] < 80
    }

    /// A JPEG with a note that it lies on its side, and one of where it was taken.
    fn noted_jpeg(image: &DynamicImage, orientation: u8) -> Vec<u8> {
        let mut tiff = b"II*\0\x08\0\0\0\x01\0".to_vec();
        tiff.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
        tiff.extend([0; 4]);
        tiff.extend(b"GPS 52.5163N 13.3777E");
        let mut note = b"Exif\0\0".to_vec();
        note.extend(tiff);
        let plain = encoded(image, ImageFormat::Jpeg);
        let mut file = plain[..2].to_vec();
        file.extend([0xFF, 0xE1]);
        file.extend(u16::try_from(note.len() + 2).unwrap().to_be_bytes());
        file.extend(note);
        file.extend(&plain[2..]);
        file
    }

    /// A PNG whose header says how large it is, and that has no pixels.
    fn bomb(width: u32, height: u32) -> Vec<u8> {
        let mut chunk = b"IHDR".to_vec();
        chunk.extend(width.to_be_bytes());
        chunk.extend(height.to_be_bytes());
        chunk.extend([8, 6, 0, 0, 0]);
        let mut crc = u32::MAX;
        for byte in &chunk {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = (crc >> 1) ^ (0xEDB8_8320 & (0_u32.wrapping_sub(crc & 1)));
            }
        }
        let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
        file.extend(&chunk);
        file.extend((!crc).to_be_bytes());
        file.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e");
        file
    }

    #[test]
    fn a_photograph_stands_upright_and_says_nothing_of_where_it_was_taken() {
        let file = noted_jpeg(&halves(600, 300), 6);
        assert!(file.windows(3).any(|some| some == b"GPS"));
        let made = picture(&file).unwrap();
        // Turned by a quarter: what was left is on top.
        assert_eq!((made.large.width, made.large.height), (300, 600));
        for written in [&made.large, &made.small] {
            let image = read(written);
            assert_eq!(written.coding, Coding::Jpeg);
            assert!(is_red(image.get_pixel(150, 20)) && !is_red(image.get_pixel(150, 580)));
            for noted in [&b"GPS"[..], b"Exif"] {
                assert!(!written.bytes.windows(noted.len()).any(|some| some == noted));
            }
        }
    }

    #[test]
    fn sizes_are_bounded_and_keep_the_shape() {
        let made = picture(&encoded(&halves(3_000, 1_500), ImageFormat::Jpeg)).unwrap();
        assert_eq!((made.large.width, made.large.height), (2_048, 1_024));
        assert_eq!((made.small.width, made.small.height), (640, 320));
        let small = read(&made.small);
        assert_eq!(small.dimensions(), (640, 320));
        assert!(is_red(small.get_pixel(10, 10)) && !is_red(small.get_pixel(630, 10)));
    }

    #[test]
    fn drawings_stay_exact_and_noise_does_not() {
        for format in [ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP] {
            let made = picture(&encoded(&halves(400, 200), format)).unwrap();
            assert_eq!(made.large.coding, Coding::Png, "{format:?}");
            assert!(is_red(read(&made.large).get_pixel(5, 5)));
        }
        let mut state = 1_u32;
        let noise = RgbImage::from_fn(1_000, 1_000, |_, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let [_, red, green, blue] = state.to_be_bytes();
            Rgb([red, green, blue])
        });
        let noise = encoded(&DynamicImage::ImageRgb8(noise), ImageFormat::Png);
        let made = picture(&noise).unwrap();
        assert_eq!(
            (made.large.coding, made.small.coding),
            (Coding::Jpeg, Coding::Jpeg)
        );
        assert!(made.large.bytes.len() < noise.len());
    }

    #[test]
    fn what_is_seen_through_stays_so_or_lies_on_white() {
        let glass = RgbaImage::from_pixel(20, 20, Rgba([0, 0, 0, 0]));
        let glass = DynamicImage::ImageRgba8(glass);
        let made = picture(&encoded(&glass, ImageFormat::Png)).unwrap();
        let kept = image::load_from_memory(&made.large.bytes).unwrap();
        assert_eq!(kept.into_rgba8().get_pixel(3, 3).0[3], 0);
        assert_eq!(on_white(glass).into_rgb8().get_pixel(3, 3).0, [255; 3]);
    }

    #[test]
    fn a_header_that_promises_too_much_is_refused_before_it_is_read() {
        for (width, height) in [(50_000, 50_000), (20_000, 10), (0xFFFF_FFFF, 0xFFFF_FFFF)] {
            let refused = measure(&bomb(width, height)).unwrap_err();
            assert!(
                matches!(refused, ImageError::TooLarge { .. } | ImageError::Damaged),
                "{refused:?}"
            );
        }
        assert_eq!(
            measure(&bomb(50_000, 50_000)),
            Err(ImageError::TooLarge {
                width: 50_000,
                height: 50_000
            })
        );
        // A header that holds, and nothing behind it.
        assert_eq!(picture(&bomb(10, 10)).err(), Some(ImageError::Damaged));
    }

    #[test]
    fn what_is_no_picture_of_ours_is_refused() {
        let svg = br#"<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>"#;
        for file in [
            &svg[..],
            b"",
            b"GIF",
            b"%PDF-1.7",
            b"BM\0\0\0\0",
            b"PK\x03\x04",
        ] {
            assert!(picture(file).is_err(), "{file:?}");
        }
        assert_eq!(measure(svg), Err(ImageError::NotAnImage));
    }

    #[test]
    fn what_hides_behind_the_pixels_is_left_behind() {
        let mut file = encoded(&halves(40, 40), ImageFormat::Png);
        file.extend(b"<script>alert(document.domain)</script>");
        let made = picture(&file).unwrap();
        for written in [&made.large, &made.small] {
            assert!(!written.bytes.windows(7).any(|some| some == b"<script"));
        }
    }

    #[test]
    fn damage_anywhere_is_refused_or_read_and_never_ends_the_server() {
        for format in [
            ImageFormat::Png,
            ImageFormat::Jpeg,
            ImageFormat::Gif,
            ImageFormat::WebP,
        ] {
            let file = encoded(&halves(48, 32), format);
            for at in 0..file.len() {
                let mut damaged = file.clone();
                damaged[at] ^= 0x5A;
                let _ = picture(&damaged);
                let _ = picture(&file[..at]);
            }
        }
    }
}
