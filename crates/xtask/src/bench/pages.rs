//! How much slower a page is than a static file of the same bytes, served by
//! the same server. The static files are the pages themselves, put into the
//! data folder's `public/`.

use std::path::PathBuf;

use anyhow::{Context, bail};
use serde_json::json;

use super::load::{self, Figures, Plan};
use crate::processes::Shell;
use crate::programmes;
use crate::servers::{Installation, Server};

const EVENT: &str = "measured";
const SESSIONS: usize = 800;
/// Page and file take turns, so that a busy moment meets both.
const ROUNDS: usize = 3;

struct Page {
    name: &'static str,
    path: String,
    file: String,
}

pub async fn measure(shell: &Shell, binary: PathBuf, plan: Plan) -> anyhow::Result<()> {
    let folder = tempfile::Builder::new()
        .prefix("hallway-bench-")
        .tempdir()?;
    let installation = Installation::new(shell, binary, folder.path().join("data"));
    let programme = folder.path().join("programme.xml");
    std::fs::write(&programme, programmes::frab_xml(SESSIONS))?;
    let programme = programme
        .to_str()
        .context("the temporary folder's name is UTF-8")?;
    installation
        .hallway(&[
            "import", "schedule", "--event", EVENT, "--zone", "UTC", programme,
        ])
        .await?;
    let server = installation.serve().await?;
    let pages = prepare(&server, &installation).await?;
    // Files that lie there at the start are found by any server.
    server.stop().await?;
    let server = installation.serve().await?;

    println!(
        "{:<10} {:>9} {:>12} {:>9} {:>9} {:>12} {:>9} {:>9} {:>7}",
        "page",
        "bytes",
        "page req/s",
        "p50 ms",
        "p99 ms",
        "file req/s",
        "p50 ms",
        "p99 ms",
        "ratio"
    );
    let mut lines = Vec::new();
    for page in &pages {
        let mut rounds = Vec::new();
        load::apply(&server.base, &page.path, Plan { seconds: 1, ..plan }).await?;
        load::apply(&server.base, &page.file, Plan { seconds: 1, ..plan }).await?;
        for _ in 0..ROUNDS {
            let dynamic = load::apply(&server.base, &page.path, plan).await?;
            let fixed = load::apply(&server.base, &page.file, plan).await?;
            rounds.push((dynamic, fixed));
        }
        lines.push(told(page, median(rounds)));
    }
    server.stop().await?;
    println!(
        "{}",
        json!({ "bench": "pages", "connections": plan.connections, "pages": lines })
    );
    Ok(())
}

/// Fetches each page once, as it is, and puts it beside as a file.
async fn prepare(server: &Server, installation: &Installation<'_>) -> anyhow::Result<Vec<Page>> {
    let public = installation.data.join("public");
    std::fs::create_dir_all(&public)?;
    let mut client = server.client().await?;
    let schedule = format!("/{EVENT}/schedule/");
    let listed = client
        .get(&format!("/api/v1/events/{EVENT}/schedule"))
        .await?;
    let listed: serde_json::Value = serde_json::from_slice(&listed.body)?;
    let talk = listed["sessions"][0]["url"]
        .as_str()
        .context("the programme has no talk")?
        .to_owned();
    let paths = [
        ("schedule", schedule),
        ("talk", talk),
        ("event", format!("/{EVENT}/")),
    ];
    let mut pages = Vec::new();
    for (name, path) in paths {
        let answer = client.get(&path).await?;
        if !answer.status.is_success() {
            bail!("{path} was answered with {}", answer.status);
        }
        if answer.headers.contains_key("content-encoding") {
            bail!("{path} is encoded though nobody asked for it");
        }
        std::fs::write(public.join(format!("{name}.html")), &answer.body)?;
        pages.push(Page {
            name,
            path,
            file: format!("/public/{name}.html"),
        });
    }
    Ok(pages)
}

/// The round with the middle ratio.
fn median(mut rounds: Vec<(Figures, Figures)>) -> (Figures, Figures) {
    rounds.sort_by(|a, b| ratio(&a.0, &a.1).total_cmp(&ratio(&b.0, &b.1)));
    rounds.swap_remove(rounds.len() / 2)
}

fn ratio(page: &Figures, file: &Figures) -> f64 {
    page.per_second / file.per_second
}

fn told(page: &Page, (dynamic, fixed): (Figures, Figures)) -> serde_json::Value {
    let milliseconds = |time: std::time::Duration| time.as_secs_f64() * 1_000.0;
    let ratio = ratio(&dynamic, &fixed);
    println!(
        "{:<10} {:>9} {:>12.0} {:>9.2} {:>9.2} {:>12.0} {:>9.2} {:>9.2} {:>7.3}",
        page.name,
        dynamic.bytes,
        dynamic.per_second,
        milliseconds(dynamic.p50),
        milliseconds(dynamic.p99),
        fixed.per_second,
        milliseconds(fixed.p50),
        milliseconds(fixed.p99),
        ratio
    );
    let figures = |figures: &Figures| {
        json!({
            "bytes": figures.bytes,
            "per_second": figures.per_second.round(),
            "p50_ms": milliseconds(figures.p50),
            "p99_ms": milliseconds(figures.p99),
        })
    };
    json!({ "page": page.name, "dynamic": figures(&dynamic), "file": figures(&fixed), "ratio": ratio })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn one_odd_round_does_not_decide() {
        let figures = |per_second| Figures {
            per_second,
            p50: Duration::from_millis(1),
            p99: Duration::from_millis(2),
            bytes: 1,
        };
        let rounds = vec![
            (figures(100.0), figures(200.0)),
            (figures(1.0), figures(200.0)),
            (figures(80.0), figures(200.0)),
        ];
        let (page, file) = median(rounds);
        assert_eq!(ratio(&page, &file), 0.4);
    }
}
