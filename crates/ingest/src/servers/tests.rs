//! Over real sockets: a publisher of our own for what goes wrong, and the real
//! ffmpeg for what goes right.

use std::{
    net::Ipv4Addr,
    process::Stdio,
    sync::atomic::{AtomicUsize, Ordering},
};

use hallway_media::{Item, MediaTime, QueueLimits, TrackId};
use tokio::process::Command;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto, pki_types::PrivatePkcs8KeyDer},
};

use super::*;
use crate::{Problem, dialogues::*};

/// Counts who is let in and not yet gone.
#[derive(Clone, Debug, Default)]
struct Present(Arc<AtomicUsize>);

impl Present {
    fn enter(&self) -> Admission {
        self.0.fetch_add(1, Ordering::SeqCst);
        Admission(self.clone())
    }

    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

#[derive(Debug)]
struct Admission(Present);

impl Drop for Admission {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

const ANY_PORT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

async fn server(limits: Limits) -> (Server<Admission>, Present) {
    server_with(limits, None).await
}

async fn server_with(limits: Limits, secure: Option<Secure>) -> (Server<Admission>, Present) {
    let present = Present::default();
    let seen = present.clone();
    let authorise = move |key: StreamKey| {
        let seen = seen.clone();
        async move {
            match key.expose() {
                "good" => Ok(seen.enter()),
                "taken" => Err(Refusal::Taken),
                _ => Err(Refusal::WrongKey),
            }
        }
    };
    (
        Server::bind(ANY_PORT, authorise, limits, secure)
            .await
            .unwrap(),
        present,
    )
}

async fn publisher<T>(server: &Server<T>, said: &[u8]) -> TcpStream {
    let mut socket = TcpStream::connect(server.address).await.unwrap();
    // Held back by the kernel, bytes would come after a paused clock has run on.
    socket.set_nodelay(true).unwrap();
    socket.write_all(said).await.unwrap();
    socket
}

/// Reads until the server closes; what it said.
async fn until_closed(mut socket: TcpStream) -> String {
    let mut said = Vec::new();
    // A reset is a close too: the server does not read what it does not want.
    let _ = socket.read_to_end(&mut said).await;
    said.escape_ascii().to_string()
}

fn streaming() -> Vec<u8> {
    [
        introduction("good"),
        metadata(&[("videocodecid", 7.0)]),
        avc_config(),
    ]
    .concat()
}

async fn frames(consumer: &mut Consumer, count: usize) -> Vec<Item> {
    let mut items = Vec::new();
    while items.len() < count {
        items.push(consumer.next().await.expect("the publisher is still there"));
    }
    items
}

#[tokio::test(start_paused = true)]
async fn half_a_handshake_is_given_ten_seconds() {
    let (server, _) = server(Limits::default()).await;
    for said in [
        vec![],
        handshake()[..700].to_vec(),
        [handshake(), connect("live")].concat(),
    ] {
        let began = Instant::now();
        let socket = publisher(&server, &said).await;
        until_closed(socket).await;
        let took = began.elapsed();
        assert!(
            (Duration::from_secs(10)..Duration::from_secs(11)).contains(&took),
            "{took:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn dripping_bytes_buys_no_time() {
    let (server, _) = server(Limits::default()).await;
    let began = Instant::now();
    let mut socket = publisher(&server, &handshake()).await;
    // A byte a second for longer than the server waits. Whether it has let go by
    // then is asked below: how soon a writer learns of it is the kernel's matter.
    for _ in 0..11 {
        let _ = socket.write_all(&[3]).await;
        tokio::time::advance(Duration::from_secs(1)).await;
        tokio::task::yield_now().await;
    }
    until_closed(socket).await;
    assert!(
        began.elapsed() < Duration::from_secs(15),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn a_silent_publisher_is_let_go() {
    let (mut server, present) = server(Limits::default()).await;
    let socket = publisher(&server, &streaming()).await;
    let mut publication = server.next().await.unwrap();
    let began = Instant::now();
    while publication.frames.next().await.is_some() {}
    assert!(
        began.elapsed() >= Duration::from_secs(29),
        "{:?}",
        began.elapsed()
    );
    drop((publication, socket));
    assert_eq!(present.count(), 0);
}

#[tokio::test]
async fn a_wrong_key_is_refused_and_the_reason_told() {
    let (server, present) = server(Limits::default()).await;
    let said = until_closed(publisher(&server, &introduction("guess")).await).await;
    assert!(
        said.contains("NetStream.Publish.BadName") && said.contains("not valid"),
        "{said}"
    );
    let said = until_closed(publisher(&server, &introduction("taken")).await).await;
    assert!(said.contains("already has a publisher"), "{said}");
    assert_eq!(present.count(), 0);
}

#[tokio::test]
async fn junk_ends_its_own_connection_only() {
    let (mut server, _) = server(Limits::default()).await;
    let mut good = publisher(&server, &streaming()).await;
    let mut publication = server.next().await.unwrap();
    good.write_all(&picture(0, true)).await.unwrap();
    frames(&mut publication.frames, 2).await;

    let oversized = [handshake(), control(1, &[0x7f, 0xff, 0xff, 0xff])].concat();
    for junk in [
        b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        oversized,
        [handshake(), vec![0xc7; 400]].concat(),
    ] {
        until_closed(publisher(&server, &junk).await).await;
    }
    good.write_all(&picture(40, false)).await.unwrap();
    assert!(matches!(
        &frames(&mut publication.frames, 1).await[..],
        [Item::Frame(_)]
    ));
}

#[tokio::test]
async fn a_killed_publication_ends_at_once() {
    let (mut server, present) = server(Limits::default()).await;
    let socket = publisher(&server, &streaming()).await;
    let mut publication = server.next().await.unwrap();
    assert_eq!(present.count(), 1);
    let kill = publication.kill.clone();
    kill.kill();
    let ended = async { while publication.frames.next().await.is_some() {} };
    timeout(Duration::from_secs(2), ended)
        .await
        .expect("ends within two seconds");
    timeout(Duration::from_secs(2), until_closed(socket))
        .await
        .expect("and so does the connection");
    drop(publication);
    assert_eq!(present.count(), 0);
}

#[tokio::test]
async fn letting_go_of_the_frames_ends_the_connection() {
    let (mut server, _) = server(Limits::default()).await;
    let socket = publisher(&server, &streaming()).await;
    drop(server.next().await.unwrap());
    timeout(Duration::from_secs(2), until_closed(socket))
        .await
        .expect("the connection ends");
}

#[tokio::test]
async fn a_publication_without_its_kill_handle_goes_on() {
    let (mut server, _) = server(Limits::default()).await;
    let mut socket = publisher(&server, &streaming()).await;
    let Publication {
        mut frames,
        admission: _admission,
        facts: _facts,
        kill,
    } = server.next().await.unwrap();
    drop(kill);
    socket.write_all(&picture(0, true)).await.unwrap();
    assert_eq!(super::tests::frames(&mut frames, 2).await.len(), 2);
}

#[tokio::test]
async fn connections_are_counted() {
    let limits = Limits {
        connections: 3,
        waiting: 2,
        waiting_per_address: 1,
        ..Limits::default()
    };
    let (mut server, _) = server(limits).await;
    // One that dawdles: the next from its address finds the door shut.
    let dawdling = publisher(&server, &handshake()[..10]).await;
    assert_eq!(
        until_closed(publisher(&server, &handshake()).await).await,
        ""
    );
    drop(dawdling);
    // Those who were let in take no place among those who wait.
    let mut inside = Vec::new();
    while inside.len() < 3 {
        let socket = publisher(&server, &streaming()).await;
        // The one that dawdled may not have been noticed to be gone yet.
        if let Ok(Some(publication)) = timeout(Duration::from_millis(200), server.next()).await {
            inside.push((socket, publication));
        }
    }
    assert_eq!(
        until_closed(publisher(&server, &handshake()).await).await,
        ""
    );
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_holds_the_publisher_back_and_then_loses_frames() {
    let queue = QueueLimits {
        frames: 4,
        ..QueueLimits::default()
    };
    let (mut server, _) = server(Limits {
        queue,
        ..Limits::default()
    })
    .await;
    let mut socket = publisher(&server, &streaming()).await;
    let mut publication = server.next().await.unwrap();
    let began = Instant::now();
    let pictures: Vec<u8> = (0..20).flat_map(|n| picture(n * 40, n % 10 == 0)).collect();
    socket.write_all(&pictures).await.unwrap();
    let until = |frames: u64| move |facts: &Facts| facts.frames >= frames;
    // Facts come with the second keyframe, which is behind what the queue holds.
    publication.facts.wait_for(until(11)).await.unwrap();
    let held = began.elapsed();
    assert!(
        (Duration::from_secs(2)..Duration::from_secs(3)).contains(&held),
        "{held:?}"
    );
    // What is queued is kept; what follows the gap begins with a keyframe.
    let first = frames(&mut publication.frames, 5).await;
    assert!(matches!(first[0], Item::Tracks(_)));
    let more: Vec<u8> = (20..25).flat_map(|n| picture(n * 40, n == 20)).collect();
    socket.write_all(&more).await.unwrap();
    let after = frames(&mut publication.frames, 2).await;
    let [Item::Gap { dropped: 16 }, Item::Frame(frame)] = &after[..] else {
        panic!("{after:?}")
    };
    assert!(frame.key);
}

fn ffmpeg(server: SocketAddr, key: &str, arguments: &str) -> Command {
    ffmpeg_to(&format!("rtmp://{server}/live/{key}"), arguments)
}

fn ffmpeg_to(url: &str, arguments: &str) -> Command {
    let mut command = Command::new("ffmpeg");
    command
        .args("-hide_banner -nostdin -loglevel error".split(' '))
        .args(arguments.split(' '))
        .args(["-f", "flv", url])
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

const NO_FFMPEG: &str = "this test publishes with ffmpeg: apt-get install ffmpeg";

#[tokio::test]
async fn ffmpeg_publishes_and_every_frame_arrives() {
    let (mut server, present) = server(Limits::default()).await;
    let publishing = ffmpeg(
        server.local_addr(),
        "good",
        "-f lavfi -i testsrc2=size=320x180:rate=30:duration=6 -f lavfi -i sine=frequency=440:sample_rate=48000:duration=6 \
         -c:v libx264 -preset ultrafast -bf 2 -g 30 -pix_fmt yuv420p -c:a aac -ac 2",
    )
    .spawn()
    .expect(NO_FFMPEG);
    let mut publication = server.next().await.unwrap();
    let mut facts = publication.facts.clone();
    let (mut video, mut audio, mut keys) = (Vec::new(), Vec::new(), 0);
    let Some(Item::Tracks(tracks)) = publication.frames.next().await else {
        panic!("tracks come first")
    };
    while let Some(item) = publication.frames.next().await {
        match item {
            Item::Frame(frame) if frame.track == TrackId::VIDEO => {
                keys += usize::from(frame.key);
                video.push(frame);
            }
            Item::Frame(frame) => audio.push(frame),
            other => panic!("{other:?}"),
        }
    }
    let finished = publishing.wait_with_output().await.unwrap();
    assert!(
        finished.status.success(),
        "{}",
        String::from_utf8_lossy(&finished.stderr)
    );

    let (_, avc) = tracks.video().unwrap();
    assert_eq!((avc.width, avc.height), (320, 180));
    let (_, aac) = tracks.audio().unwrap();
    assert_eq!((aac.sample_rate, aac.channels), (48_000, 2));
    assert_eq!((video.len(), keys), (180, 6));
    let sound = MediaTime::from_units(audio.len() as i64 * 1_024, 48_000).as_millis();
    assert!((5_950..6_100).contains(&sound), "{sound} ms of sound");
    for lane in [&video, &audio] {
        assert!(lane.is_sorted_by(|a, b| a.dts < b.dts));
        assert!(lane.iter().all(|frame| frame.pts >= frame.dts));
    }
    let facts = facts.borrow_and_update().clone();
    assert!(
        facts
            .encoder
            .is_some_and(|encoder| encoder.starts_with("Lavf"))
    );
    assert_eq!(facts.keyframe_interval_ms, Some(1_000));
    assert!(
        facts
            .frame_rate
            .is_some_and(|rate| (29.0..31.0).contains(&rate)),
        "{:?}",
        facts.frame_rate
    );
    assert_eq!(facts.problems, []);
    drop(publication.admission);
    assert_eq!(present.count(), 0);
}

/// Signed by nobody: ffmpeg does not ask by default.
fn certificate() -> Secure {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = made.signing_key.serialize_der();
    let key = PrivatePkcs8KeyDer::from(key).into();
    let provider = Arc::new(crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    Secure::new(move || acceptor.clone())
}

#[tokio::test]
async fn one_port_takes_tls_and_plain_rtmp() {
    let (mut server, _) = server_with(Limits::default(), Some(certificate())).await;
    let arguments = "-f lavfi -i testsrc2=size=64x64:rate=30:duration=2 \
         -c:v libx264 -preset ultrafast -g 30 -pix_fmt yuv420p";
    for scheme in ["rtmps", "rtmp"] {
        let url = format!("{scheme}://{}/live/good", server.local_addr());
        let publishing = ffmpeg_to(&url, arguments).spawn().expect(NO_FFMPEG);
        let mut publication = server.next().await.unwrap();
        let (mut pictures, mut facts) = (0, publication.facts.clone());
        while let Some(item) = publication.frames.next().await {
            pictures += usize::from(matches!(item, Item::Frame(_)));
        }
        assert_eq!(pictures, 60, "{scheme}");
        assert!(facts.borrow_and_update().stopped, "it said that it is done");
        let finished = publishing.wait_with_output().await.unwrap();
        let said = String::from_utf8_lossy(&finished.stderr);
        assert!(finished.status.success(), "{said}");
    }
}

#[tokio::test]
async fn tls_without_a_certificate_is_turned_away_at_once() {
    let (server, present) = server(Limits::default()).await;
    let hello = [0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0];
    let began = Instant::now();
    until_closed(publisher(&server, &hello).await).await;
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!(present.count(), 0);
}

#[tokio::test]
async fn ffmpeg_with_a_wrong_key_fails() {
    let (server, _) = server(Limits::default()).await;
    let arguments =
        "-f lavfi -i testsrc2=size=64x64:rate=5:duration=1 -c:v libx264 -preset ultrafast";
    let publishing = ffmpeg(server.local_addr(), "guess", arguments)
        .output()
        .await
        .expect(NO_FFMPEG);
    assert!(!publishing.status.success());
}

#[tokio::test]
async fn ffmpeg_with_rare_keyframes_and_a_foreign_codec_is_told() {
    let (mut server, _) = server(Limits::default()).await;
    let publishing = ffmpeg(
        server.local_addr(),
        "good",
        "-f lavfi -i testsrc2=size=64x64:rate=10:duration=12 -f lavfi -i sine=duration=12 \
         -c:v libx264 -preset ultrafast -g 50 -c:a mp3 -ar 44100",
    )
    .spawn()
    .expect(NO_FFMPEG);
    let mut publication = server.next().await.unwrap();
    let facts = publication.facts.clone();
    while publication.frames.next().await.is_some() {}
    publishing.wait_with_output().await.unwrap();
    let facts = facts.borrow().clone();
    assert!(
        facts.problems.contains(&Problem::UnsupportedAudio {
            codec: "MP3".into()
        }),
        "{facts:?}"
    );
    assert!(
        facts
            .problems
            .contains(&Problem::RareKeyframes { millis: 5_000 }),
        "{facts:?}"
    );
    assert!(
        facts
            .tracks
            .is_some_and(|tracks| tracks.video().is_some() && tracks.audio().is_none())
    );
}
