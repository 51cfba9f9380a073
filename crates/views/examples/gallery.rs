//! Writes every sample page as a file, with the styles beside it, to be looked
//! at in a browser: `cargo run -p hallway-views --example gallery -- OUTDIR`.

use std::path::Path;
use std::{env, fs, io};

use hallway_views::samples;
use hallway_views::shell::Theme;
use hallway_views::texts::Lang;

fn main() -> io::Result<()> {
    let out = env::args().nth(1).unwrap_or_else(|| "gallery".into());
    let out = Path::new(&out);
    let styles = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../frontend/src/styles");
    fs::create_dir_all(out)?;
    let mut css = String::new();
    for line in fs::read_to_string(styles.join("index.css"))?.lines() {
        if let Some(name) = line.split(['"', '\'']).nth(1) {
            css.push_str(&fs::read_to_string(styles.join(name))?);
        }
    }
    fs::write(out.join("index.css"), css)?;
    for (lang, theme) in [
        (Lang::En, Theme::Light),
        (Lang::En, Theme::Dark),
        (Lang::De, Theme::Light),
    ] {
        let folder = out.join(format!("{}-{}", lang.code(), theme.word()));
        fs::create_dir_all(&folder)?;
        for (name, html) in samples::pages(lang, theme) {
            let html = html.replace("/assets/index.css", "../index.css").replace(
                "<script type=\"module\" src=\"/assets/main.js\"></script>",
                "",
            );
            fs::write(folder.join(format!("{name}.html")), html)?;
        }
    }
    Ok(())
}
