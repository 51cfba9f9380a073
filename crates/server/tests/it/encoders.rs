//! An ffmpeg that publishes as OBS would, and what ffprobe says of what comes
//! out at the other end.

use std::net::SocketAddr;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use serde_json::Value;
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// Two cores may be busy with builds.
const PATIENCE: Duration = Duration::from_secs(40);

/// A moving picture of 320 by 180 at 30 per second, and a tone.
pub struct Encoder(Child);

impl Encoder {
    /// A keyframe each second.
    pub fn start(server: SocketAddr, key: &str) -> Self {
        Self::with(
            server,
            key,
            &[
                "-c:v",
                "libx264",
                "-preset",
                "ultrafast",
                "-pix_fmt",
                "yuv420p",
                "-g",
                "30",
            ],
        )
    }

    pub fn with(server: SocketAddr, key: &str, picture: &[&str]) -> Self {
        let mut ffmpeg = Command::new("ffmpeg");
        ffmpeg.args(["-nostdin", "-v", "error", "-re"]);
        ffmpeg.args(["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30"]);
        ffmpeg.args(["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100"]);
        ffmpeg
            .args(["-c:a", "aac"])
            .args(picture)
            .args(["-f", "flv"]);
        ffmpeg.arg(format!("rtmp://{server}/live/{key}"));
        ffmpeg
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Self(
            ffmpeg
                .kill_on_drop(true)
                .spawn()
                .expect("ffmpeg is installed"),
        )
    }

    /// How it ends when the server ends it.
    pub async fn ended(&mut self) -> ExitStatus {
        timeout(PATIENCE, self.0.wait())
            .await
            .expect("the encoder gives up")
            .unwrap()
    }

    pub async fn stop(mut self) {
        self.0.kill().await.unwrap();
    }
}

/// Streams and length in seconds of a file or a URL.
pub async fn probe(source: &str) -> (Vec<Value>, Option<f64>) {
    let show = "stream=codec_name,width,height:format=duration";
    let mut ffprobe = Command::new("ffprobe");
    ffprobe.args(["-v", "error", "-of", "json", "-show_entries", show, source]);
    let said = timeout(PATIENCE, ffprobe.kill_on_drop(true).output())
        .await
        .expect("ffprobe ends")
        .unwrap();
    assert!(
        said.status.success(),
        "{source}: {}",
        String::from_utf8_lossy(&said.stderr)
    );
    let said: Value = serde_json::from_slice(&said.stdout).unwrap();
    let streams = said["streams"].as_array().unwrap().clone();
    let seconds = said["format"]["duration"]
        .as_str()
        .and_then(|text| text.parse().ok());
    (streams, seconds)
}

/// Decodes the pictures of a file or a URL and counts them.
pub async fn pictures(source: &str) -> u64 {
    let mut ffprobe = Command::new("ffprobe");
    ffprobe.args(["-v", "error", "-count_frames", "-select_streams", "v:0"]);
    ffprobe.args([
        "-show_entries",
        "stream=nb_read_frames",
        "-of",
        "default=nw=1:nk=1",
        source,
    ]);
    let said = timeout(PATIENCE, ffprobe.kill_on_drop(true).output())
        .await
        .expect("ffprobe ends")
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&said.stderr),
        "",
        "a decoder's complaint"
    );
    let text = String::from_utf8(said.stdout).unwrap();
    text.lines().next().unwrap().parse().unwrap()
}
