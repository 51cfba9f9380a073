//! What the machine gives: folders, room on the disk, ffmpeg, the time.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, UNIX_EPOCH};

use hallway_model::time::{Timestamp, Zone};
use tokio::process::Command;

use super::Check;
use crate::config::Config;

/// Percent of a disk that should be free.
const ROOM: u64 = 15;
/// Bytes under which the next hour may fail.
const LITTLE: u64 = 100_000_000;
/// Milliseconds two clocks may differ; sign-in links live for minutes.
const DRIFT: i64 = 5_000;

/// The data folder, and the blob folder where it lies elsewhere.
pub(super) fn storage(config: &Config) -> Vec<Check> {
    let mut folders = vec![config.data.as_path()];
    if !config.blob_folder().starts_with(&config.data) {
        folders.push(config.blob_folder());
    }
    folders.into_iter().map(look_at_folder).collect()
}

fn look_at_folder(folder: &Path) -> Check {
    let name = "storage";
    // A folder that is not there yet is made at the first start, if that can be.
    let (present, missing) = match folder.ancestors().find(|path| path.exists()) {
        Some(present) => (present, present != folder),
        None => (Path::new("."), true),
    };
    if let Err(error) = try_folder(present, missing) {
        let seen = format!("{} cannot be written: {error}", present.display());
        return Check::fail(name, seen, "give it to the user who runs hallway");
    }
    let space = match rustix::fs::statvfs(present) {
        Ok(space) => space,
        Err(error) => {
            let seen = format!("{}: {error}", present.display());
            return Check::warn(name, seen, "look how much room there is");
        }
    };
    let free = space.f_bavail * space.f_frsize;
    let percent = (space.f_bavail * 100).checked_div(space.f_blocks);
    let mut seen = format!(
        "{} is writable, {:.1} GB free ({}%)",
        folder.display(),
        free as f64 / 1e9,
        percent.unwrap_or(0)
    );
    if missing {
        seen.push_str("; it does not exist yet, the first start makes it");
    }
    if free < LITTLE {
        Check::fail(name, seen, "make room now: writing is about to fail")
    } else if percent.is_some_and(|percent| percent < ROOM) {
        let advice = "make room or move recordings: an hour of a stage takes about 2 GB";
        Check::warn(name, seen, advice)
    } else {
        Check::ok(name, seen)
    }
}

/// Writes and removes a file, or in a folder above ours only asks.
fn try_folder(folder: &Path, missing: bool) -> std::io::Result<()> {
    let folder = match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    };
    if missing {
        rustix::fs::access(folder, rustix::fs::Access::WRITE_OK)?;
        return Ok(());
    }
    let path = trial(folder);
    let mut file = std::fs::File::create(&path)?;
    let written = file.write_all(b"doctor").and_then(|()| file.sync_all());
    std::fs::remove_file(&path)?;
    written
}

fn trial(folder: &Path) -> PathBuf {
    folder.join(format!(".hallway-doctor-{}", std::process::id()))
}

pub(super) async fn ffmpeg() -> Check {
    ffmpeg_named("ffmpeg").await
}

pub(super) async fn ffmpeg_named(program: &str) -> Check {
    let name = "ffmpeg";
    let advice = "install it (apt-get install ffmpeg); without it browsers send no sound to a stage, and the demo has no moving picture";
    let running = Command::new(program)
        .args(["-hide_banner", "-version"])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    match tokio::time::timeout(Duration::from_secs(5), running).await {
        Ok(Ok(output)) if output.status.success() => {
            let text = String::from_utf8_lossy(&output.stdout);
            let line = text.lines().next().unwrap_or_default();
            let version = line.split(" Copyright").next().unwrap_or(line);
            Check::ok(name, version)
        }
        Ok(Ok(output)) => {
            let seen = format!("{program} -version ended with {}", output.status);
            Check::warn(name, seen, advice)
        }
        Ok(Err(error)) => Check::warn(name, format!("{program}: {error}"), advice),
        Err(_) => Check::warn(name, format!("{program} does not answer"), advice),
    }
}

/// Our clock beside the one that stamps files.
pub(super) fn clock(config: &Config, now: Timestamp) -> Check {
    let folder = config.data.ancestors().find(|path| path.is_dir());
    let stamped = folder.and_then(|folder| {
        let path = trial(folder).with_extension("clock");
        std::fs::write(&path, b"doctor").ok()?;
        let stamp = std::fs::metadata(&path).and_then(|it| it.modified()).ok();
        let _ = std::fs::remove_file(&path);
        let since = stamp?.duration_since(UNIX_EPOCH).ok()?;
        Some(Timestamp(i64::try_from(since.as_millis()).ok()?))
    });
    match stamped {
        Some(stamped) => compare_clocks(now, stamped, "the time of a new file"),
        None => sane_year(
            now,
            "compared with nothing: no file could be written".into(),
        ),
    }
}

/// `now` was read a little before `other`, so a small distance says nothing.
pub(super) fn compare_clocks(now: Timestamp, other: Timestamp, whose: &str) -> Check {
    let apart = (now - other).0.abs();
    if apart > DRIFT {
        let seen = format!(
            "{} here, {whose} says {}",
            now.rfc3339(&Zone::utc()),
            other.rfc3339(&Zone::utc())
        );
        return Check::warn(
            "clock",
            seen,
            "set both by NTP (timedatectl set-ntp true): links and schedules go by them",
        );
    }
    sane_year(now, format!("{apart} ms from {whose}"))
}

fn sane_year(now: Timestamp, compared: String) -> Check {
    let year = now.in_zone(&Zone::utc()).year();
    let seen = format!("{}, {compared}", now.rfc3339(&Zone::utc()));
    // Older than this program, or the battery of the board is empty.
    if (2026..2100).contains(&year) {
        Check::ok("clock", seen)
    } else {
        Check::fail("clock", seen, "set the machine's clock (timedatectl)")
    }
}
