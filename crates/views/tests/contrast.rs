//! The colours in use keep WCAG 2.2's contrast in every theme: 4.5:1 for text
//! (1.4.3), 3:1 for the parts of controls and for focus (1.4.11).

use std::collections::HashMap;

type Tokens = HashMap<String, [u8; 3]>;

fn style(name: &str) -> String {
    let path = format!(
        "{}/../../frontend/src/styles/{name}",
        env!("CARGO_MANIFEST_DIR")
    );
    std::fs::read_to_string(path).unwrap()
}

/// Tokens with a plain colour in the block that follows `selector`.
fn tokens(css: &str, selector: &str) -> Tokens {
    let start = css
        .find(selector)
        .unwrap_or_else(|| panic!("no {selector}"));
    let block = &css[start..];
    let block = &block[block.find('{').unwrap()..block.find('}').unwrap()];
    block
        .split(';')
        .filter_map(|line| {
            let (name, value) = line.split_once("--")?.1.split_once(':')?;
            Some((name.trim().to_owned(), colour(value.trim())?))
        })
        .collect()
}

fn colour(text: &str) -> Option<[u8; 3]> {
    let hex = text.strip_prefix('#')?;
    let at = |n: usize| u8::from_str_radix(hex.get(n..n + 2)?, 16).ok();
    Some([at(0)?, at(2)?, at(4)?])
}

/// WCAG 2.2, "relative luminance".
fn luminance(rgb: [u8; 3]) -> f64 {
    let [r, g, b] = rgb.map(|c| {
        let c = f64::from(c) / 255.0;
        if c <= 0.04045 {
            c / 12.92
        } else {
            ((c + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn themes() -> [(&'static str, Tokens); 3] {
    let css = style("tokens.css");
    let light = tokens(&css, "\n:root {");
    let with = |selector: &str| {
        let mut all = light.clone();
        all.extend(tokens(&css, selector));
        all
    };
    [
        ("chosen dark", with(".dusk {")),
        (
            "the device's dark",
            with("@media (prefers-color-scheme: dark) {\n  :root:not("),
        ),
        ("light", light.clone()),
    ]
}

#[test]
fn texts_keep_four_and_a_half_to_one() {
    for (theme, t) in themes() {
        for (text, grounds) in [
            ("ink", &["paper", "wall", "raised", "halo"][..]),
            ("quiet", &["paper", "wall", "raised"]),
            ("door", &["paper", "wall", "raised"]),
            ("light", &["paper", "wall", "raised", "halo"]),
            ("good", &["paper", "wall", "raised"]),
            ("bad", &["paper", "wall", "raised"]),
            ("on-door", &["door"]),
            ("on-glow", &["glow", "glow-far"]),
            ("paper", &["ink", "bad"]),
        ] {
            for ground in grounds {
                let got = contrast(t[text], t[*ground]);
                assert!(got >= 4.5, "{theme}: {text} on {ground} has {got:.2}");
            }
        }
    }
}

#[test]
fn borders_of_fields_and_focus_keep_three_to_one() {
    for (theme, t) in themes() {
        for part in ["edge", "focus", "good", "bad", "door"] {
            for ground in ["paper", "wall", "raised"] {
                let got = contrast(t[part], t[ground]);
                assert!(got >= 3.0, "{theme}: {part} on {ground} has {got:.2}");
            }
        }
    }
}

#[test]
fn both_ways_to_the_evening_are_the_same() {
    let [(_, chosen), (_, device), _] = themes();
    assert_eq!(chosen, device);
}

#[test]
fn tracks_and_people_show_in_every_theme_and_carry_initials() {
    let css = style("palette.css");
    let colours: Vec<[u8; 3]> = (0..12)
        .map(|n| tokens(&css, &format!(".p{n} {{"))["track"])
        .collect();
    for (theme, t) in themes() {
        for (n, track) in colours.iter().enumerate() {
            for ground in ["paper", "wall", "raised"] {
                let got = contrast(*track, t[ground]);
                assert!(got >= 3.0, "{theme}: t{n} on {ground} has {got:.2}");
            }
        }
    }
    for (n, face) in colours.iter().enumerate() {
        let got = contrast([255, 255, 255], *face);
        assert!(got >= 4.5, "white on p{n} has {got:.2}");
    }
}
