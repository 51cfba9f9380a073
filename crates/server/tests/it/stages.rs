//! A stage from the encoder to the recording, over HTTP. What the packager and
//! the stage promise of themselves is tested in their crates.

use std::path::Path;

use hallway_model::access::{Actor, Role};
use hallway_model::events::Settings;
use hallway_service::events::ChangeSettings;
use hallway_testkit::Kind;
use reqwest::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE};
use rstest::rstest;
use serde_json::{Value, json};
use tokio::time::{Duration, Instant};

use crate::encoders::{Encoder, pictures, probe};
use crate::harness::{EVENT, Live, Person, ROOM, TestServer, key};

pub const TALK: &str = "The first door";

/// A stage's live playlists as a player follows them.
pub struct Player<'a> {
    person: &'a Person,
    folder: String,
    media: String,
}

impl<'a> Player<'a> {
    pub async fn open(person: &'a Person, room: &str) -> Self {
        let folder = format!("/hls/{EVENT}/{room}/");
        let text = person.page(&format!("{folder}index.m3u8")).await;
        assert!(
            text.starts_with("#EXTM3U\n") && text.contains("#EXT-X-STREAM-INF:"),
            "{text}"
        );
        assert!(
            text.contains("CODECS=\"avc1.") && text.contains("RESOLUTION=320x180"),
            "{text}"
        );
        let media = text
            .lines()
            .find(|line| !line.starts_with('#'))
            .expect("a rendition");
        Self {
            person,
            media: format!("{folder}{media}"),
            folder,
        }
    }

    pub async fn playlist(&self, query: &str) -> String {
        self.person.page(&format!("{}{query}", self.media)).await
    }

    /// The part that is announced next: its segment, its place in it, its path.
    pub async fn hint(&self) -> (u64, u32, String) {
        let playlist = self.playlist("").await;
        let (_, rest) = playlist
            .split_once("#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"")
            .expect("a hint");
        let uri = rest.split('"').next().unwrap();
        let (_, numbers) = uri.rsplit_once("part-").unwrap();
        let (msn, part) = numbers
            .strip_suffix(".m4s")
            .unwrap()
            .split_once('-')
            .unwrap();
        (
            msn.parse().unwrap(),
            part.parse().unwrap(),
            format!("{}{uri}", self.folder),
        )
    }

    /// Waits, as a player does, until this many more segments are whole.
    pub async fn pass(&self, segments: u64) -> String {
        let mut playlist = String::new();
        for _ in 0..segments {
            let (msn, _, _) = self.hint().await;
            playlist = self.playlist(&format!("?_HLS_msn={msn}")).await;
            assert!(
                playlist.contains(&format!("segment-{msn}.m4s")),
                "{playlist}"
            );
        }
        playlist
    }
}

pub async fn code_of(t: &TestServer, title: &str) -> String {
    let programme = t
        .service()
        .programme(&Actor::operator(), EVENT)
        .await
        .unwrap();
    let mut sessions = programme.sessions.iter();
    sessions
        .find(|session| session.title == title)
        .unwrap()
        .code
        .to_string()
}

/// A new key, by the desk's form.
async fn rotate(producer: &Person) -> String {
    let answer = producer
        .form(
            &format!("/{EVENT}/organise/stage/{ROOM}/key"),
            &[("key", &key().to_string()), ("sure", "yes")],
        )
        .await;
    assert_eq!(answer.status(), 200);
    let page = answer.text().await.unwrap();
    let (_, rest) = page
        .split_once("<code class=\"fresh\">")
        .expect("the key, once");
    rest.split('<').next().unwrap().to_owned()
}

pub async fn cue(producer: &Person, room: &str, code: &str, word: &str) {
    let path = format!("/{EVENT}/organise/stage/{room}/{code}/{word}");
    let answer = producer.form(&path, &[("key", &key().to_string())]).await;
    assert_eq!(answer.status(), 303, "{word}");
}

/// Waits for an event of a type; those before it are behind us then.
pub async fn event(live: &mut Live, kind: &str) -> Value {
    let deadline = Instant::now() + Duration::from_secs(40);
    loop {
        let frame = live.next_of("event").await;
        if frame["event"]["type"] == kind {
            return frame["event"].clone();
        }
        assert!(Instant::now() < deadline, "no {kind}");
    }
}

async fn watching(t: &TestServer) -> Live {
    let mut live = t.person("Watcher", Role::Attendee).await.live().await;
    live.subscribe(&format!("stage:{}", t.room(ROOM).await), None)
        .await;
    live
}

pub async fn settings(t: &TestServer, settings: Settings) {
    let command = ChangeSettings {
        event: EVENT.into(),
        title: "Testival".into(),
        settings,
    };
    t.service()
        .write(&Actor::operator(), None, command)
        .await
        .unwrap();
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_watched_live_and_right_after_its_end(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let (pia, visitor) = (t.person("Pia", Role::Producer).await, t.visitor());
    let secret = t
        .service()
        .rotate_stream_key(&Actor::operator(), EVENT, ROOM)
        .await
        .unwrap();
    let stage = format!("/api/v1/events/{EVENT}/stages/{ROOM}");
    let before: Value = visitor.get(&stage).await.json().await.unwrap();
    assert_eq!(before["live"], false);
    assert_eq!(
        visitor
            .get(before["playlist"].as_str().unwrap())
            .await
            .status(),
        404
    );
    let mut live = watching(&t).await;
    let mut desk = pia.live().await;
    desk.subscribe(&format!("desk:{}", t.room(ROOM).await), None)
        .await;

    let _encoder = Encoder::start(t.app.stages.rtmp_address(), secret.reveal());
    event(&mut live, "broadcast_started").await;
    let during: Value = visitor.get(&stage).await.json().await.unwrap();
    assert_eq!(during["live"], true);

    // A player: the playlist that blocks until the part it names is there.
    let player = Player::open(&visitor, ROOM).await;
    let (msn, part, path) = player.hint().await;
    let playlist = player
        .playlist(&format!("?_HLS_msn={msn}&_HLS_part={part}"))
        .await;
    assert!(
        playlist.contains(&format!("part-{msn}-{part}.m4s\"")),
        "{playlist}"
    );
    assert!(playlist.contains("CAN-BLOCK-RELOAD=YES"));
    let ahead = visitor
        .get(&format!(
            "/hls/{EVENT}/{ROOM}/live.m3u8?_HLS_msn={}",
            msn + 50
        ))
        .await;
    assert_eq!(ahead.status(), 400);
    let (_, rest) = playlist.split_once("#EXT-X-MAP:URI=\"").unwrap();
    let init = format!("/hls/{EVENT}/{ROOM}/{}", rest.split('"').next().unwrap());
    let mut bytes = vec![];
    // The segment up to the part that was announced, end to end.
    let (folder, _) = path.rsplit_once('/').unwrap();
    let parts = (0..=part).map(|part| format!("{folder}/part-{msn}-{part}.m4s"));
    for path in std::iter::once(init).chain(parts) {
        let answer = visitor.get(&path).await;
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()[CONTENT_TYPE]),
            (200, &"video/mp4".parse().unwrap())
        );
        assert!(
            answer.headers()[CACHE_CONTROL]
                .to_str()
                .unwrap()
                .contains("immutable")
        );
        assert_eq!(answer.headers()[ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        bytes.extend(answer.bytes().await.unwrap());
    }
    let file = t.data.path().join("part.mp4");
    std::fs::write(&file, bytes).unwrap();
    let (streams, _) = probe(file.to_str().unwrap()).await;
    let expected = [
        json!({ "codec_name": "h264", "width": 320, "height": 180 }),
        json!({ "codec_name": "aac" }),
    ];
    assert_eq!(streams, expected);
    let shown = pictures(file.to_str().unwrap()).await;
    assert!(
        (5..=70).contains(&shown),
        "{shown} pictures in {} parts",
        part + 1
    );

    // The desk has heard what comes, once it could be measured.
    let health = loop {
        let frame = desk.next_of("health").await;
        if frame["health"]["keyframe_interval_ms"].is_number()
            && frame["health"]["kbps"].is_number()
        {
            break frame["health"].clone();
        }
    };
    assert_eq!(
        (
            &health["publishing"],
            &health["recording"],
            &health["problems"]
        ),
        (&json!(true), &json!(true), &json!([]))
    );
    assert_eq!(
        (&health["keyframe_interval_ms"], &health["width"]),
        (&json!(1_000), &json!(320))
    );

    let code = code_of(&t, TALK).await;
    cue(&pia, ROOM, &code, "start").await;
    let started = event(&mut live, "session_started").await;
    player.pass(2).await;
    cue(&pia, ROOM, &code, "end").await;
    let over = Instant::now();
    let ended = event(&mut live, "session_ended").await;
    let published = event(&mut live, "recording_published").await;
    let took = over.elapsed();
    assert!(
        took < Duration::from_secs(10),
        "the recording took {took:?}"
    );
    println!("recording published after {took:?}");

    let url = published["url"].as_str().unwrap();
    let page = visitor.page(&format!("/{EVENT}/talk/{code}/")).await;
    assert!(page.contains(url), "the talk's page plays it");
    let playlist = visitor.page(url).await;
    assert!(
        playlist.contains("#EXT-X-PLAYLIST-TYPE:VOD") && playlist.ends_with("#EXT-X-ENDLIST\n"),
        "{playlist}"
    );
    let address = format!("{}{url}", t.url);
    let (streams, seconds) = probe(&address).await;
    assert_eq!(streams, expected);
    // From the keyframe at or before the cue (they are 1 s apart) to the part
    // that holds the other cue.
    let cues = (ended["at"].as_i64().unwrap() - started["at"].as_i64().unwrap()) as f64 / 1_000.0;
    let seconds = seconds.unwrap();
    assert!(
        (cues - 0.1..=cues + 1.6).contains(&seconds),
        "{seconds} s of {cues} s"
    );
    let shown = pictures(&address).await as f64;
    assert!(
        (shown - seconds * 30.0).abs() < 6.0,
        "{shown} pictures in {seconds} s"
    );
    t.stop().await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_stage_closed_to_guests_shows_them_no_byte(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    settings(
        &t,
        Settings {
            guests_watch: false,
            ..Settings::default()
        },
    )
    .await;
    let alice = t.person("Alice", Role::Attendee).await;
    let stranger = t.person("Stranger", Role::Visitor).await;
    let pia = t.person("Pia", Role::Producer).await;
    let secret = rotate(&pia).await;
    let mut live = watching(&t).await;
    let _encoder = Encoder::start(t.app.stages.rtmp_address(), &secret);
    event(&mut live, "broadcast_started").await;
    let player = Player::open(&alice, ROOM).await;
    let code = code_of(&t, TALK).await;
    cue(&pia, ROOM, &code, "start").await;
    let playlist = player.pass(2).await;
    let segment = playlist
        .lines()
        .find(|line| !line.starts_with('#'))
        .unwrap();
    cue(&pia, ROOM, &code, "end").await;
    let url = event(&mut live, "recording_published").await["url"]
        .as_str()
        .unwrap()
        .to_owned();

    for path in [
        format!("/hls/{EVENT}/{ROOM}/index.m3u8"),
        format!("/hls/{EVENT}/{ROOM}/live.m3u8"),
        format!("/hls/{EVENT}/{ROOM}/live.m3u8?_HLS_msn=1"),
        format!("/hls/{EVENT}/{ROOM}/{segment}"),
        url.clone(),
    ] {
        let mine = alice.get(&path).await;
        assert_eq!(mine.status(), 200, "{path}");
        assert!(
            mine.headers()[CACHE_CONTROL]
                .to_str()
                .unwrap()
                .starts_with("private"),
            "{path}"
        );
        assert!(
            !mine.headers().contains_key(ACCESS_CONTROL_ALLOW_ORIGIN),
            "{path}"
        );
        assert_eq!(t.visitor().get(&path).await.status(), 401, "{path}");
        assert_eq!(stranger.get(&path).await.status(), 403, "{path}");
    }
    let mut visitor = t.visitor().live().await;
    visitor
        .send(json!({ "type": "subscribe", "topic": format!("stage:{}", t.room(ROOM).await) }))
        .await;
    assert_eq!(
        visitor.next().await["problem"]["type"],
        "/problems/not-found"
    );
    t.stop().await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_key_ends_its_publisher(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let t = TestServer::start(kind).await;
    let pia = t.person("Pia", Role::Producer).await;
    let rtmp = t.app.stages.rtmp_address();
    let mut wrong = Encoder::start(rtmp, "0123456789abcdefghjkmnpqrstvwxyz");
    assert!(!wrong.ended().await.success(), "a key nobody made");
    let old = rotate(&pia).await;
    let mut live = watching(&t).await;
    let mut encoder = Encoder::start(rtmp, &old);
    event(&mut live, "broadcast_started").await;

    let new = rotate(&pia).await;
    let rotated = Instant::now();
    event(&mut live, "broadcast_ended").await;
    assert!(
        rotated.elapsed() < Duration::from_secs(5),
        "{:?}",
        rotated.elapsed()
    );
    encoder.ended().await;
    assert!(
        !Encoder::start(rtmp, &old).ended().await.success(),
        "the old key opens nothing"
    );
    let _encoder = Encoder::start(rtmp, &new);
    event(&mut live, "broadcast_started").await;
    let stage: Value = t
        .visitor()
        .get(&format!("/api/v1/events/{EVENT}/stages/{ROOM}"))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(stage["live"], true);
    t.stop().await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_desk_says_what_the_encoder_does_wrong(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let pia = t.person("Pia", Role::Producer).await;
    let path = format!("/{EVENT}/organise/stage/{ROOM}/");
    let secret = rotate(&pia).await;
    let mut desk = pia.live().await;
    desk.subscribe(&format!("desk:{}", t.room(ROOM).await), None)
        .await;
    let rare: &[&str] = &[
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-pix_fmt",
        "yuv420p",
        "-g",
        "150",
        "-keyint_min",
        "150",
        "-sc_threshold",
        "0",
    ];
    for (picture, expected, said) in [
        (&["-c:v", "flv"] as &[&str], "video_codec", "Sorenson"),
        (rare, "keyframe_interval", "2 s"),
    ] {
        let encoder = Encoder::with(t.app.stages.rtmp_address(), &secret, picture);
        let problem = loop {
            let frame = desk.next_of("health").await;
            let problems = frame["health"]["problems"].as_array().unwrap();
            if let Some(problem) = problems.iter().find(|problem| problem["type"] == expected) {
                break problem.clone();
            }
        };
        if expected == "keyframe_interval" {
            assert!(problem["ms"].as_i64().unwrap() >= 4_000, "{problem}");
        }
        let page = pia.page(&path).await;
        let (_, rest) = page
            .split_once("<ul class=\"problems\">")
            .expect("the page says it too");
        let (problems, _) = rest.split_once("</ul>").unwrap();
        assert!(problems.contains(said), "{problems}");
        encoder.stop().await;
        while desk.next_of("health").await["health"]["publishing"] == true {}
    }
    t.stop().await;
}

fn files(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return vec![];
    };
    let mut found = vec![];
    for entry in entries.map(Result::unwrap) {
        match entry.file_type().unwrap().is_dir() {
            true => found.extend(files(&entry.path())),
            false => found.push(entry.path().display().to_string()),
        }
    }
    found
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_does_not_record_keeps_nothing(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let pia = t.person("Pia", Role::Producer).await;
    let secret = rotate(&pia).await;
    let visitor = t.visitor();
    let blobs = t.data.path().join("blobs");
    let code = code_of(&t, TALK).await;
    // Then the same while it records, so that the folder is known to be the one.
    for record in [false, true] {
        settings(
            &t,
            Settings {
                record,
                ..Settings::default()
            },
        )
        .await;
        let mut live = watching(&t).await;
        let encoder = Encoder::start(t.app.stages.rtmp_address(), &secret);
        event(&mut live, "broadcast_started").await;
        let player = Player::open(&visitor, ROOM).await;
        if !record {
            cue(&pia, ROOM, &code, "start").await;
        }
        player.pass(3).await;
        if !record {
            cue(&pia, ROOM, &code, "end").await;
        }
        encoder.stop().await;
        event(&mut live, "broadcast_ended").await;
        let kept = files(&blobs);
        assert_eq!(kept.is_empty(), !record, "{kept:?}");
    }
    assert_eq!(
        visitor
            .get(&format!("/hls/{EVENT}/talk/{code}/index.m3u8"))
            .await
            .status(),
        404
    );
    assert!(
        !visitor
            .page(&format!("/{EVENT}/talk/{code}/"))
            .await
            .contains("index.m3u8")
    );
    t.stop().await;
}
