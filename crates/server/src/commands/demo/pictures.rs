//! A picture for the demo's chat, drawn here: nothing of somebody else's is in
//! the program, and the night it shows has a lantern in it.

use std::io::Cursor;

use anyhow::Context;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

const WIDTH: u32 = 1_200;
const HIGH: u32 = 800;
/// What it shows, for those who do not see it.
pub const SHOWN: &str =
    "A house at night: three of its windows are lit, and a lantern glows beside the open door.";

/// As a camera would save it.
pub fn night() -> anyhow::Result<Vec<u8>> {
    let image = DynamicImage::ImageRgb8(RgbImage::from_fn(WIDTH, HIGH, colour));
    let mut bytes = Cursor::new(vec![]);
    image
        .write_to(&mut bytes, ImageFormat::Jpeg)
        .context("the demo's picture")?;
    Ok(bytes.into_inner())
}

fn colour(x: u32, y: u32) -> Rgb<u8> {
    let within = |left: u32, top: u32, wide: u32, high: u32| {
        (left..left + wide).contains(&x) && (top..top + high).contains(&y)
    };
    let lit = [(430, 300), (610, 300), (610, 420)];
    let ground = if lit.iter().any(|(left, top)| within(*left, *top, 90, 70)) {
        [250, 205, 120]
    } else if within(450, 480, 80, 170) {
        [120, 80, 45]
    } else if within(380, 250, 400, 400) {
        [58, 50, 66]
    } else if y >= 650 {
        [34, 40, 40]
    } else {
        // The sky is lighter above the ground.
        let height = y * 40 / HIGH;
        [14 + height, 18 + height, 46 + height]
    };
    glow(ground, x, y)
}

/// The lantern's light on whatever it falls on, weaker with the square of the distance.
fn glow(ground: [u32; 3], x: u32, y: u32) -> Rgb<u8> {
    let (across, down) = (x.abs_diff(575), y.abs_diff(560));
    let distance = across * across + down * down;
    let light = 230 * 4_000 / (4_000 + distance);
    let lit = |colour: u32, share: u32| {
        u8::try_from((colour + light * share / 100).min(255)).unwrap_or(u8::MAX)
    };
    Rgb([lit(ground[0], 100), lit(ground[1], 78), lit(ground[2], 40)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lantern_is_the_brightest_place() {
        let bytes = night().unwrap();
        let image = image::load_from_memory(&bytes).unwrap().into_rgb8();
        let brightness = |x, y| -> u32 {
            let pixel = image.get_pixel(x, y).0;
            pixel.iter().map(|colour| u32::from(*colour)).sum()
        };
        assert!(brightness(575, 560) > 500 && brightness(575, 560) > brightness(60, 60) + 300);
    }
}
