//! A publisher, and the playlist that comes of it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::time::Instant;

use super::{EVENT, ROOM};
use crate::clients::Client;
use crate::processes::{Group, Shell};
use crate::servers::{Server, on_core};

/// For the first picture to arrive.
const PICTURE: Duration = Duration::from_secs(30);
/// Segments held beyond those a playlist shows.
const KEPT_AFTER: f64 = 4.0;

pub fn folder() -> String {
    format!("/hls/{EVENT}/{ROOM}/")
}

/// A minute that was encoded before, so that sending it costs next to nothing.
pub struct Clip(PathBuf);

impl Clip {
    pub async fn made(shell: &Shell, folder: &Path, kbps: u32) -> anyhow::Result<Self> {
        let file = folder.join(format!("clip-{kbps}.mp4"));
        if file.exists() {
            return Ok(Self(file));
        }
        let rate = format!("{}k", kbps - 96);
        let mut ffmpeg = shell.command("ffmpeg");
        ffmpeg.args(["-nostdin", "-v", "error", "-f", "lavfi"]);
        // Noise, so that the rate is really used.
        ffmpeg.args(["-i", "testsrc2=size=640x360:rate=30,noise=alls=30:allf=t"]);
        ffmpeg.args(["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"]);
        ffmpeg.args([
            "-t",
            "60",
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-g",
            "60",
        ]);
        ffmpeg.args(["-sc_threshold", "0", "-pix_fmt", "yuv420p", "-b:v", &rate]);
        ffmpeg.args(["-maxrate", &rate, "-bufsize", &rate]);
        ffmpeg.args(["-c:a", "aac", "-b:a", "96k"]).arg(&file);
        shell.run(&mut ffmpeg).await?;
        Ok(Self(file))
    }

    /// Sends it over and over; the picture is there when this returns.
    pub async fn send(
        &self,
        shell: &Shell,
        core: Option<usize>,
        url: &str,
        server: &Server,
    ) -> anyhow::Result<Group> {
        let mut ffmpeg = on_core(shell, core, "ffmpeg");
        ffmpeg.args(["-nostdin", "-v", "error", "-re", "-stream_loop", "-1", "-i"]);
        ffmpeg.arg(&self.0).args(["-c", "copy", "-f", "flv", url]);
        let group = Group::spawn(&mut ffmpeg)?;
        let until = Instant::now() + PICTURE;
        let mut client = server.client().await?;
        let list = format!("{}live.m3u8", folder());
        // Some whole segments too.
        loop {
            let answer = client.get(&list).await?;
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            if answer.status.is_success() && text.matches("#EXTINF").count() >= 3 {
                return Ok(group);
            }
            if Instant::now() > until {
                bail!("no picture came to the stage");
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

/// What a live playlist says, as far as a viewer needs it.
pub struct Playlist {
    pub part_target: f64,
    /// Segment and part that come next.
    pub next: (u64, u32),
    /// The newest part, from the stage's folder.
    pub newest: String,
    segments: Vec<String>,
}

impl Playlist {
    pub async fn fetch(server: &Server) -> anyhow::Result<Self> {
        let mut client = server.client().await?;
        let answer = client.get(&format!("{}live.m3u8", folder())).await?;
        Self::read(std::str::from_utf8(&answer.body)?)
    }

    pub fn read(text: &str) -> anyhow::Result<Self> {
        let after = |line: &str, tag: &str| line.strip_prefix(tag).map(str::to_owned);
        let find = |tag: &str| text.lines().rev().find_map(|line| after(line, tag));
        let target = find("#EXT-X-PART-INF:PART-TARGET=").context("a part target")?;
        let hint = find("#EXT-X-PRELOAD-HINT:TYPE=PART,URI=").context("a hint")?;
        let hint = hint.trim_matches('"');
        let (_, numbers) = hint.rsplit_once("part-").context("the hint is a part")?;
        let (msn, part) = numbers
            .trim_end_matches(".m4s")
            .split_once('-')
            .context("a part has two numbers")?;
        let newest = find("#EXT-X-PART:").context("a part")?;
        let (_, newest) = newest.split_once("URI=\"").context("its URI")?;
        let (newest, _) = newest.split_once('"').context("its URI's end")?;
        Ok(Self {
            part_target: target.parse()?,
            next: (msn.parse()?, part.parse()?),
            newest: newest.to_owned(),
            segments: text
                .lines()
                .filter(|line| !line.starts_with('#'))
                .map(str::to_owned)
                .collect(),
        })
    }

    /// Path and bytes of the newest part.
    pub async fn newest_part(&self, server: &Server) -> anyhow::Result<(String, Vec<u8>)> {
        let path = format!("{}{}", folder(), self.newest);
        let bytes = get(&mut server.client().await?, &path).await?;
        Ok((path, bytes))
    }

    /// Bytes of all segments that the stage holds.
    pub async fn ring(&self, server: &Server) -> anyhow::Result<f64> {
        let (mut client, mut bytes) = (server.client().await?, 0);
        for segment in &self.segments {
            let path = format!("{}{segment}", folder());
            bytes += get(&mut client, &path).await?.len();
        }
        let shown = self.segments.len() as f64;
        Ok(bytes as f64 * (shown + KEPT_AFTER) / shown)
    }
}

async fn get(client: &mut Client, path: &str) -> anyhow::Result<Vec<u8>> {
    let answer = client.get(path).await?;
    if !answer.status.is_success() {
        bail!("{path} was answered with {}", answer.status);
    }
    Ok(answer.body.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_playlist_tells_what_comes_next() {
        let text = "#EXTM3U\n#EXT-X-PART-INF:PART-TARGET=0.20900\n\
            #EXT-X-PART:DURATION=0.2,URI=\"b/part-6-0.m4s\",INDEPENDENT=YES\n#EXTINF:2.0,\nb/segment-6.m4s\n\
            #EXT-X-PART:DURATION=0.2,URI=\"b/part-7-0.m4s\",INDEPENDENT=YES\n\
            #EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"b/part-7-1.m4s\"\n\
            #EXT-X-RENDITION-REPORT:URI=\"audio-live.m3u8\",LAST-MSN=7,LAST-PART=0\n";
        let playlist = Playlist::read(text).unwrap();
        assert_eq!(playlist.next, (7, 1));
        assert_eq!(playlist.newest, "b/part-7-0.m4s");
        assert_eq!(playlist.segments, ["b/segment-6.m4s"]);
        assert!(Playlist::read("#EXTM3U\n").is_err());
    }
}
