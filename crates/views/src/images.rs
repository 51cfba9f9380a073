//! Pictures of a message: small, with room kept for them before they are there,
//! and a plain link to the large form.

use askama::Template;
use hallway_protocol::images::Image;

use crate::component;
use crate::texts::Lang;

/// Pixels of the box in which a picture is shown.
const BOX: (u32, u32) = (480, 320);

#[derive(Clone, Template)]
#[template(path = "channels/images.html")]
pub struct Images<'a> {
    pub lang: Lang,
    pub images: &'a [Image],
    /// Who posted them.
    pub name: &'a str,
}
component!(Images<'_>);

impl Images<'_> {
    fn alt(&self, image: &Image) -> String {
        alt(self.lang, image, self.name)
    }
    fn width(&self, image: &Image) -> u32 {
        boxed(image.width, image.height).0
    }
    fn height(&self, image: &Image) -> u32 {
        boxed(image.width, image.height).1
    }
}

/// What a picture shows; of one that nobody described, whose it is.
pub(crate) fn alt(lang: Lang, image: &Image, name: &str) -> String {
    match (image.alt.as_str(), name) {
        ("", "") => lang.t("channels-image-without"),
        ("", name) => lang.t1("channels-image-undescribed", "name", name),
        (alt, _) => alt.to_owned(),
    }
}

/// Width and height in the box, the shape kept, never larger than it is.
fn boxed(width: u32, height: u32) -> (u32, u32) {
    let (width, height) = (u64::from(width.max(1)), u64::from(height.max(1)));
    let (most_wide, most_high) = (u64::from(BOX.0), u64::from(BOX.1));
    let (wide, high) = if width <= most_wide && height <= most_high {
        (width, height)
    } else if width * most_high > height * most_wide {
        (most_wide, (height * most_wide / width).max(1))
    } else {
        ((width * most_high / height).max(1), most_high)
    };
    (
        u32::try_from(wide).unwrap_or(BOX.0),
        u32::try_from(high).unwrap_or(BOX.1),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_keeps_its_shape_in_the_box() {
        assert_eq!(boxed(2_048, 1_024), (480, 240));
        assert_eq!(boxed(1_000, 2_000), (160, 320));
        assert_eq!(boxed(30, 20), (30, 20));
        assert_eq!(boxed(16_000, 1), (480, 1));
        assert_eq!(boxed(0, 0), (1, 1));
    }
}
