//! A small summit with one stage, and encoders that push to it.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hallway_blob::{Blobs, Key};
use hallway_bus::{Bus, Received, Receiver};
use hallway_media::WallTime;
use hallway_model::access::Actor;
use hallway_model::events;
use hallway_model::ids::{BroadcastId, RoomId};
use hallway_model::stages::Recording;
use hallway_model::time::{Clock, Now, Timestamp};
use hallway_packager::{Index, Live};
use hallway_protocol::Event;
use hallway_protocol::stages::StageHealth;
use hallway_service::events::ChangeSettings;
use hallway_service::imports::Source;
use hallway_service::programmes::Snapshot;
use hallway_service::stages::{EndSession, StartSession};
use hallway_service::{Command, Parts, Service, Settings};
use hallway_stage::{StageSettings, Stages};
use hallway_store::Database;
use hallway_testkit::{SeededRandom, TestDatabase};
use serde_json::Value;
use tokio::process::{Child, Command as Process};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

pub const EVENT: &str = "hall26";
pub const TALK: &str = "A talk";
pub const UNRECORDED: &str = "A talk that is not recorded";

/// Two cores may be busy with builds.
const PATIENCE: Duration = Duration::from_secs(40);

const SCHEDULE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<schedule><version>1</version>
  <conference><title>Open Hall</title><acronym>hall26</acronym><start>2026-02-06</start><end>2026-02-06</end>
    <time_zone_name>UTC</time_zone_name></conference>
  <day index="1" date="2026-02-06" start="2026-02-06T09:00:00+00:00" end="2026-02-07T04:00:00+00:00">
    <room name="Main">
      <event id="1"><date>2026-02-06T09:00:00+00:00</date><start>09:00</start><duration>00:30</duration><room>Main</room>
        <title>A talk</title></event>
      <event id="2"><date>2026-02-06T10:00:00+00:00</date><start>10:00</start><duration>00:30</duration><room>Main</room>
        <title>A talk that is not recorded</title><recording><license/><optout>true</optout></recording></event>
    </room>
  </day>
</schedule>"#;

/// Goes on from a fixed instant, as the packager's wall clock must.
struct RunningClock(Instant);

impl Now for RunningClock {
    fn now(&self) -> Timestamp {
        let gone = i64::try_from(self.0.elapsed().as_millis()).unwrap();
        Timestamp(1_770_368_400_000 + gone)
    }
}

pub struct Summit {
    pub service: Service,
    pub blobs: Blobs,
    pub room: RoomId,
    pub stages: Stages,
    pub stop: CancellationToken,
    pub folder: tempfile::TempDir,
    bus: Receiver,
    _database: TestDatabase,
}

pub async fn service(database: &TestDatabase, folder: &Path) -> Service {
    let settings = hallway_store::Settings {
        url: database.url().to_owned(),
        connections: 4,
    };
    let from = "Hallway <hallway@example.org>".parse().unwrap();
    Service::new(Parts {
        db: Database::open(&settings).await.unwrap(),
        bus: Bus::in_process(),
        blobs: Blobs::disk(folder.join("blobs")).await.unwrap(),
        mailer: hallway_mail::Mailer::from_url(None, folder.join("mail"), from).unwrap(),
        outbound: hallway_outbound::Client::disabled(),
        clock: Clock::new(RunningClock(Instant::now())),
        random: SeededRandom::seed(7).random(),
        settings: Settings {
            base_url: "http://localhost".into(),
            demo: false,
        },
    })
}

/// A publisher that is gone is not waited for.
pub async fn open_stages(service: Service, stop: CancellationToken) -> Stages {
    stages_that_wait(service, stop, Duration::ZERO).await
}

async fn stages_that_wait(
    service: Service,
    stop: CancellationToken,
    reconnect: Duration,
) -> Stages {
    let settings = StageSettings {
        reconnect,
        ..StageSettings::new(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
    };
    Stages::start(settings, service, stop).await.unwrap()
}

impl Summit {
    pub async fn open() -> Self {
        Self::that_waits(Duration::ZERO).await
    }

    /// Waits for a publisher to come back.
    pub async fn that_waits(reconnect: Duration) -> Self {
        let (database, folder) = (TestDatabase::sqlite(), tempfile::tempdir().unwrap());
        let service = service(&database, folder.path()).await;
        let schedule = Source::Bytes(Bytes::from_static(SCHEDULE.as_bytes()));
        service
            .import_schedule(&Actor::operator(), EVENT, None, schedule)
            .await
            .unwrap();
        let programme = service.programme(&Actor::operator(), EVENT).await.unwrap();
        let stop = CancellationToken::new();
        Self {
            blobs: service.blobs().clone(),
            room: programme.rooms[0].id,
            stages: stages_that_wait(service.clone(), stop.clone(), reconnect).await,
            bus: service.bus().subscribe(),
            service,
            stop,
            folder,
            _database: database,
        }
    }

    pub async fn command<C: Command>(&self, command: C) -> C::Answer {
        self.service
            .write(&Actor::operator(), None, command)
            .await
            .unwrap()
    }

    pub async fn key(&self) -> String {
        let operator = Actor::operator();
        let key = self.service.rotate_stream_key(&operator, EVENT, "main");
        key.await.unwrap().reveal().to_owned()
    }

    pub fn publish(&self, key: &str) -> Encoder {
        Encoder::start(self.stages.rtmp_address(), key, true)
    }

    /// Publishes and waits until the audience has a picture.
    pub async fn on_air(&mut self, key: &str) -> (Encoder, Live) {
        let encoder = self.publish(key);
        self.until(|event| matches!(event, Event::BroadcastStarted { .. }))
            .await;
        (encoder, self.stages.live(self.room).unwrap())
    }

    /// Waits until the desk is told so.
    pub async fn until_told(&self, wanted: impl Fn(&StageHealth) -> bool) -> StageHealth {
        let mut changes = self.stages.health_changes();
        let told = async {
            let mut health = self.stages.health(self.room);
            while !wanted(&health) {
                health = changes.recv().await.unwrap().1;
            }
            health
        };
        timeout(PATIENCE, told).await.expect("the desk is told")
    }

    pub async fn start_session(&self, title: &str) {
        let (event, code) = (EVENT.to_owned(), self.code(title).await);
        self.command(StartSession { event, code }).await;
    }

    pub async fn end_session(&self, title: &str) {
        let (event, code) = (EVENT.to_owned(), self.code(title).await);
        self.command(EndSession { event, code }).await;
    }

    async fn programme(&self) -> Arc<Snapshot> {
        let operator = Actor::operator();
        self.service.programme(&operator, EVENT).await.unwrap()
    }

    async fn code(&self, title: &str) -> String {
        let programme = self.programme().await;
        let mut sessions = programme.sessions.iter();
        let session = sessions.find(|session| session.title == title).unwrap();
        session.code.to_string()
    }

    pub async fn recording(&self, title: &str) -> Option<Recording> {
        let programme = self.programme().await;
        let mut sessions = programme.sessions.iter();
        let session = sessions.find(|session| session.title == title).unwrap();
        programme.recordings.get(&session.id).cloned()
    }

    pub async fn forbid_recording(&self) {
        let settings = events::Settings {
            record: false,
            ..events::Settings::default()
        };
        let event = EVENT.to_owned();
        let title = "Open Hall".to_owned();
        self.command(ChangeSettings {
            event,
            title,
            settings,
        })
        .await;
    }

    /// Waits for such an event; what came before it is behind us then.
    pub async fn until(&mut self, wanted: impl Fn(&Event) -> bool) -> Event {
        let found = async {
            loop {
                match self.bus.receive().await {
                    Received::Envelope(envelope) if wanted(&envelope.event) => {
                        return envelope.event;
                    }
                    Received::Envelope(_) => {}
                    other => panic!("the bus lost events: {other:?}"),
                }
            }
        };
        timeout(PATIENCE, found).await.expect("the event comes")
    }

    /// The raw segments kept of all broadcasts, as wall-clock spans.
    pub async fn kept(&self) -> Vec<(WallTime, WallTime)> {
        let mut kept = vec![];
        for broadcast in self.broadcasts().await {
            let prefix = Key::new(format!("broadcasts/{broadcast}")).unwrap();
            let index = Index::load(&self.blobs, &prefix).await.unwrap();
            kept.extend(index.entries().map(|entry| (entry.starts(), entry.ends())));
        }
        kept
    }

    pub async fn broadcasts(&self) -> Vec<BroadcastId> {
        let always = (Timestamp(0), Timestamp(i64::MAX));
        let all = self.service.broadcasts(self.room, always.0, always.1);
        all.await.unwrap().iter().map(|b| b.id).collect()
    }

    /// Writes the recording's files where ffmpeg can read them.
    pub async fn download(&self, recording: &Recording) -> (String, std::path::PathBuf) {
        let piece = async |name: &str| self.stages.recording_piece(recording.id, name).await;
        let (playlist, media_type) = piece("index.m3u8").await.unwrap();
        assert_eq!(media_type, "application/vnd.apple.mpegurl");
        let playlist = String::from_utf8(playlist.to_vec()).unwrap();
        let folder = self.folder.path().join(recording.id.to_string());
        std::fs::create_dir(&folder).unwrap();
        let maps = playlist
            .lines()
            .filter_map(|line| line.strip_prefix("#EXT-X-MAP:URI="))
            .map(|name| name.trim_matches('"'));
        let segments = playlist.lines().filter(|line| !line.starts_with('#'));
        for name in maps.chain(segments) {
            let (bytes, media_type) = piece(name).await.unwrap();
            assert_eq!(media_type, "video/mp4");
            std::fs::write(folder.join(name), bytes).unwrap();
        }
        let path = folder.join("index.m3u8");
        std::fs::write(&path, &playlist).unwrap();
        (playlist, path)
    }

    pub async fn close(self) {
        self.stop.cancel();
        timeout(PATIENCE, self.stages.stopped())
            .await
            .expect("all stops");
    }
}

/// Waits until the live edge is `millis` beyond where it is now.
pub async fn pass(live: &Live, millis: i64) {
    let from = live.status().edge.expect("the stream has begun");
    let mut changes = live.changes();
    let passed = async {
        while live.status().edge.unwrap().millis_since(from) < millis {
            assert!(!live.status().ended, "the stream ended");
            changes.changed().await.unwrap();
        }
    };
    timeout(PATIENCE, passed).await.expect("the stream goes on");
}

/// An ffmpeg that pushes a moving picture and a tone, as OBS would.
pub struct Encoder(Child);

impl Encoder {
    pub fn start(server: SocketAddr, key: &str, sound: bool) -> Self {
        Self::run(Self::ffmpeg(sound), server, key)
    }

    fn ffmpeg(sound: bool) -> Process {
        let mut ffmpeg = Process::new("ffmpeg");
        ffmpeg.args(["-nostdin", "-v", "error", "-re", "-f", "lavfi"]);
        ffmpeg.args(["-i", "testsrc2=size=320x180:rate=30"]);
        if sound {
            ffmpeg.args(["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"]);
            ffmpeg.args(["-c:a", "aac"]);
        }
        ffmpeg.args(["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt"]);
        ffmpeg.args(["yuv420p", "-g", "30", "-f", "flv"]);
        ffmpeg
    }

    fn run(mut ffmpeg: Process, server: SocketAddr, key: &str) -> Self {
        ffmpeg.arg(format!("rtmp://{server}/live/{key}"));
        ffmpeg.stdin(Stdio::null()).kill_on_drop(true);
        ffmpeg.stdout(Stdio::null()).stderr(Stdio::null());
        Self(ffmpeg.spawn().expect("ffmpeg is installed"))
    }

    /// The same for a few seconds, at whose end it says that it is done.
    pub fn start_for(seconds: u32, server: SocketAddr, key: &str) -> Self {
        let mut ffmpeg = Self::ffmpeg(true);
        ffmpeg.args(["-t", &seconds.to_string()]);
        Self::run(ffmpeg, server, key)
    }

    pub async fn ends(&mut self) -> ExitStatus {
        let ended = timeout(PATIENCE, self.0.wait()).await;
        ended.expect("the encoder gives up").unwrap()
    }

    pub async fn stop(mut self) {
        self.0.kill().await.unwrap();
    }
}

/// What ffprobe says of each stream, and the whole's length in seconds.
pub async fn probe(path: &Path) -> (Vec<Value>, f64) {
    let show = "stream=codec_name,width,height,channels:format=duration";
    let mut ffprobe = Process::new("ffprobe");
    ffprobe.args(["-v", "error", "-of", "json", "-show_entries", show]);
    let said = ffprobe.arg(path).output().await.unwrap();
    assert_eq!(String::from_utf8_lossy(&said.stderr), "");
    let said: Value = serde_json::from_slice(&said.stdout).unwrap();
    let seconds = said["format"]["duration"].as_str().unwrap();
    let streams = said["streams"].as_array().unwrap().clone();
    (streams, seconds.parse().unwrap())
}

/// Decodes everything and counts the pictures; a decoder's complaint fails.
pub async fn decoded_pictures(path: &Path) -> u64 {
    let mut ffmpeg = Process::new("ffprobe");
    ffmpeg.args(["-v", "error", "-count_frames", "-select_streams", "v:0"]);
    ffmpeg.args(["-show_entries", "stream=nb_read_frames", "-of", "csv=p=0"]);
    let said = ffmpeg.arg(path).output().await.unwrap();
    assert_eq!(String::from_utf8_lossy(&said.stderr), "");
    let text = String::from_utf8(said.stdout).unwrap();
    let count = text.lines().next().unwrap();
    count.trim_matches(',').parse().unwrap()
}
