//! The demo's publisher: a clip that ffmpeg makes once, pushed over RTMP round
//! and round, as any encoder would.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use hallway_model::access::Actor;
use hallway_protocol::Event;
use hallway_service::Service;
use hallway_service::stages::{EndSession, StartSession};
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;

use super::seed::SLUG;

/// The stage that really streams.
pub const STAGE: &str = "lantern";
const CLIP: &str = "demo-clip.mp4";
/// How long the opening is on air before the demo ends it, so that a replay is
/// there to watch.
const OPENING: Duration = Duration::from_secs(12);

/// Whether ffmpeg can be started here.
pub async fn has_ffmpeg() -> bool {
    let mut probe = Command::new("ffmpeg");
    probe
        .arg("-version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    probe.status().await.is_ok_and(|status| status.success())
}

/// Makes the clip where it is not there yet: twenty seconds of evening colours
/// moving slowly, under two soft tones, a keyframe each second.
pub async fn make_clip(data: &Path) -> anyhow::Result<PathBuf> {
    let clip = data.join(CLIP);
    if clip.exists() {
        return Ok(clip);
    }
    let unfinished = data.join("demo-clip.part.mp4");
    let picture = "gradients=s=960x540:r=25:d=20:n=4:c0=0x15141D:c1=0x3B3A8C:c2=0xA84D08:c3=0xFFC46B:speed=0.012";
    let tone = "aevalsrc='0.05*sin(2*PI*196*t)*(0.6+0.4*sin(2*PI*0.1*t))+0.04*sin(2*PI*293.66*t)*(0.6+0.4*cos(2*PI*0.15*t))':s=48000:d=20";
    let status = Command::new("ffmpeg")
        .args(["-hide_banner", "-loglevel", "error", "-nostdin", "-y"])
        .args(["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", tone])
        .args([
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-tune",
            "stillimage",
            "-pix_fmt",
            "yuv420p",
        ])
        .args([
            "-b:v",
            "900k",
            "-maxrate",
            "1200k",
            "-bufsize",
            "1800k",
            "-g",
            "25",
            "-keyint_min",
            "25",
            "-bf",
            "0",
        ])
        .args(["-c:a", "aac", "-b:a", "96k", "-ac", "2", "-shortest"])
        .arg(&unfinished)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .await
        .context("ffmpeg")?;
    if !status.success() {
        bail!("ffmpeg did not make the demo's clip ({status})");
    }
    std::fs::rename(&unfinished, &clip).context("the demo's clip")?;
    Ok(clip)
}

/// Pushes the clip to a stage until it is dropped.
pub fn publish(clip: &Path, url: &str) -> anyhow::Result<Child> {
    Command::new("ffmpeg")
        .args([
            "-hide_banner",
            "-loglevel",
            "error",
            "-nostdin",
            "-re",
            "-stream_loop",
            "-1",
            "-i",
        ])
        .arg(clip)
        .args(["-c", "copy", "-f", "flv", url])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("ffmpeg")
}

/// Publishes for as long as the demo runs, and gives the first cues: the
/// opening, ended so that its replay is there, then what the schedule has on.
pub async fn run(service: Service, data: PathBuf, rtmp_host: String, stop: CancellationToken) {
    let outcome = tokio::select! {
        () = stop.cancelled() => Ok(()),
        outcome = perform(&service, &data, &rtmp_host, &stop) => outcome,
    };
    if let Err(error) = outcome {
        tracing::warn!(error = %format!("{error:#}"), "the demo's stage is dark; everything else works");
    }
}

async fn perform(
    service: &Service,
    data: &Path,
    rtmp_host: &str,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let operator = Actor::operator();
    let clip = make_clip(data).await?;
    let key = service.rotate_stream_key(&operator, SLUG, STAGE).await?;
    let mut events = service.bus().subscribe();
    let url = format!("rtmp://{rtmp_host}/live/{}", key.reveal());
    let mut publisher = publish(&clip, &url)?;
    loop {
        match events.receive().await {
            hallway_bus::Received::Envelope(envelope) => {
                if matches!(envelope.event, Event::BroadcastStarted { .. }) {
                    break;
                }
            }
            hallway_bus::Received::Passing(_) | hallway_bus::Received::Lagged(_) => {}
            hallway_bus::Received::Closed => return Ok(()),
        }
    }
    cue_opening(service).await?;
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            ended = publisher.wait() => {
                tracing::info!(?ended, "the demo's publisher ended; starting it again");
                tokio::time::sleep(Duration::from_secs(2)).await;
                publisher = publish(&clip, &url)?;
            }
        }
    }
}

async fn cue_opening(service: &Service) -> anyhow::Result<()> {
    let operator = Actor::operator();
    let snapshot = service.programme(&operator, SLUG).await?;
    let room = snapshot.room_by_slug(STAGE).context("the demo's stage")?;
    let run = snapshot.run_of(room.id);
    let Some((opening, _)) = run.first() else {
        return Ok(());
    };
    let code = opening.code.to_string();
    service
        .write(
            &operator,
            None,
            StartSession {
                event: SLUG.into(),
                code: code.clone(),
            },
        )
        .await?;
    tokio::time::sleep(OPENING).await;
    service
        .write(
            &operator,
            None,
            EndSession {
                event: SLUG.into(),
                code,
            },
        )
        .await?;
    let now = service.now();
    let on = run
        .iter()
        .find(|(_, slot)| slot.start <= now && now < slot.end());
    if let Some((session, _)) = on {
        let code = session.code.to_string();
        service
            .write(
                &operator,
                None,
                StartSession {
                    event: SLUG.into(),
                    code,
                },
            )
            .await?;
    }
    Ok(())
}
