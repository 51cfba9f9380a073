//! The real binary, killed and stopped: what was acknowledged is there, once
//! and in order, and what was streamed is kept. On SQLite alone; what
//! PostgreSQL keeps when it is killed is its own promise.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::sync::Mutex;

use futures_util::future::join_all;
use hallway_blob::{Blobs, Key};
use hallway_packager::Index;
use hallway_protocol::messages::{Channel, ChannelList, Message, MessagePage};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::{Duration, Instant, timeout};
use uuid::Uuid;

use crate::encoders::{Encoder, pictures, probe};
use crate::harness::{EVENT, Live, Person, ROOM, client, key, programme};
use crate::stages::{Player, TALK, cue, event};

fn hallway(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hallway"));
    command
        .arg("--data")
        .arg(data)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.kill_on_drop(true);
    command
}

/// Runs a command of the command line and gives what it printed.
async fn run(data: &Path, arguments: &[&str]) -> String {
    let said = hallway(data).args(arguments).output().await.unwrap();
    assert!(
        said.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&said.stderr)
    );
    String::from_utf8(said.stdout).unwrap().trim().to_owned()
}

/// An installation on disk: the test's event, four writers, a producer.
struct Installation {
    folder: tempfile::TempDir,
    writers: Vec<String>,
    producer: String,
    stream_key: String,
}

impl Installation {
    async fn create() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let schedule = folder.path().join("schedule.xml");
        std::fs::write(&schedule, programme(EVENT, 0)).unwrap();
        run(
            &data,
            &[
                "import",
                "schedule",
                "--event",
                EVENT,
                schedule.to_str().unwrap(),
            ],
        )
        .await;
        let mut tokens = vec![];
        for (name, role) in [
            ("one", "attendee"),
            ("two", "attendee"),
            ("three", "attendee"),
            ("four", "attendee"),
            ("pia", "producer"),
        ] {
            let email = format!("{name}@example.org");
            run(
                &data,
                &["user", "create", "--email", &email, "--name", name],
            )
            .await;
            run(
                &data,
                &[
                    "user", "grant", "--email", &email, "--event", EVENT, "--role", role,
                ],
            )
            .await;
            tokens.push(run(&data, &["user", "token", "--email", &email]).await);
        }
        let stream_key = run(&data, &["stage", "key", "--event", EVENT, "--room", ROOM]).await;
        Self {
            folder,
            producer: tokens.pop().unwrap(),
            writers: tokens,
            stream_key,
        }
    }

    fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    async fn serve(&self) -> Served {
        let begun = Instant::now();
        let arguments = [
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--rtmp-listen",
            "127.0.0.1:0",
        ];
        let mut server = hallway(&self.data())
            .args(arguments)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
        let mut told = async |word: &str| loop {
            let line = timeout(Duration::from_secs(30), lines.next_line())
                .await
                .expect("a line in time");
            let line = line.unwrap().expect("the server runs");
            if let Some((_, rest)) = line.split_once(word) {
                return rest.to_owned();
            }
        };
        let url = told("ready ").await;
        let took = begun.elapsed();
        let rtmp = told("rtmp ").await.parse().unwrap();
        Served {
            server,
            url,
            rtmp,
            took,
            _lines: lines,
        }
    }
}

struct Served {
    server: Child,
    url: String,
    rtmp: std::net::SocketAddr,
    /// From the start of the process to its `ready`.
    took: Duration,
    _lines: Lines<BufReader<ChildStdout>>,
}

impl Served {
    fn person(&self, token: Option<&String>) -> Person {
        Person {
            url: self.url.clone(),
            http: client(),
            token: token.cloned(),
        }
    }

    async fn lobby(&self) -> Uuid {
        let answer = self
            .person(None)
            .get(&format!("/api/v1/events/{EVENT}/channels"))
            .await;
        let list: ChannelList = answer.json().await.unwrap();
        list.channels
            .iter()
            .find(|channel: &&Channel| channel.kind == "event")
            .unwrap()
            .id
            .0
    }

    async fn watch(&self) -> Live {
        let mut live = self.person(None).live().await;
        live.subscribe(&self.topic("event", &format!("/{EVENT}/")).await, None)
            .await;
        live
    }

    /// A topic that a page tells its islands.
    async fn topic(&self, kind: &str, path: &str) -> String {
        let page = self.person(None).page(path).await;
        let prefix = format!("{kind}:");
        let mut found = page
            .match_indices(&prefix)
            .map(|(at, name)| &page[at + name.len()..]);
        let id = found
            .find_map(|rest| Uuid::parse_str(rest.get(..36)?).ok())
            .expect("a topic");
        format!("{kind}:{id}")
    }

    async fn terminate(&mut self) -> std::process::ExitStatus {
        let pid = self.server.id().unwrap().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &pid])
                .status()
                .await
                .unwrap()
                .success()
        );
        timeout(Duration::from_secs(12), self.server.wait())
            .await
            .expect("it stops within 12 s")
            .unwrap()
    }

    /// Resident memory in MB.
    fn memory(&self) -> u64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.server.id().unwrap())).unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .unwrap();
        line.trim()
            .strip_suffix(" kB")
            .unwrap()
            .trim()
            .parse::<u64>()
            .unwrap()
            / 1024
    }
}

async fn whole_history(person: &Person, channel: Uuid) -> Vec<Message> {
    let mut found: Vec<Message> = vec![];
    loop {
        let after = found.last().map_or(0, |message| message.seq);
        let answer = person
            .get(&format!(
                "/api/v1/channels/{channel}/messages?limit=100&after={after}"
            ))
            .await;
        let page: MessagePage = answer.json().await.unwrap();
        if page.messages.is_empty() {
            return found;
        }
        found.extend(page.messages);
    }
}

/// What writers were told is durable: id and text by number.
type Ledger = BTreeMap<i64, (Uuid, String)>;

/// Posts until the server is gone. What was sent without an answer comes back.
async fn write_until_killed(
    person: &Person,
    lobby: Uuid,
    ledger: &Mutex<Ledger>,
) -> (String, Uuid) {
    for n in 0.. {
        let (body, once) = (
            format!("words {n} of {}", person.token.as_deref().unwrap()),
            key(),
        );
        let path = format!("/api/v1/channels/{lobby}/messages");
        let request = person.request(reqwest::Method::POST, &path);
        let sent = request
            .json(&serde_json::json!({ "body": body, "key": once }))
            .send()
            .await;
        let answered = match sent {
            Ok(answer) if answer.status() == 201 => answer.json::<Message>().await.ok(),
            Ok(answer) => panic!("{}", answer.status()),
            Err(_) => None,
        };
        let Some(message) = answered else {
            return (body, once);
        };
        let before = ledger
            .lock()
            .unwrap()
            .insert(message.seq, (message.id.0, body));
        assert_eq!(before, None, "a number was given twice");
    }
    unreachable!()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_loses_nothing_acknowledged_and_no_whole_segment() {
    let installation = Installation::create().await;
    let blobs = Blobs::disk(installation.data().join("blobs"))
        .await
        .unwrap();
    let ledger = Mutex::new(Ledger::new());
    let mut served = installation.serve().await;
    let lobby = served.lobby().await;
    let schedule: Value = served
        .person(None)
        .get(&format!("/api/v1/events/{EVENT}/schedule"))
        .await
        .json()
        .await
        .unwrap();
    let sessions = schedule["sessions"].as_array().unwrap();
    let talk = sessions
        .iter()
        .find(|session| session["title"] == TALK)
        .unwrap();
    let code = talk["code"].as_str().unwrap().to_owned();

    for round in 1..=3 {
        let visitor = served.person(None);
        let producer = served.person(Some(&installation.producer));
        let room: Value = visitor
            .get(&format!("/api/v1/events/{EVENT}/stages/{ROOM}"))
            .await
            .json()
            .await
            .unwrap();
        assert_eq!(
            room["live"], false,
            "what a kill cut off does not look alive"
        );
        let encoder = Encoder::start(served.rtmp, &installation.stream_key);
        let mut live = served.watch().await;
        cue(&producer, ROOM, &code, "start").await;
        event(&mut live, "session_started").await;
        on_air(&served).await;

        let writers: Vec<Person> = installation
            .writers
            .iter()
            .map(|token| served.person(Some(token)))
            .collect();
        let writing = join_all(
            writers
                .iter()
                .map(|writer| write_until_killed(writer, lobby, &ledger)),
        );
        let known = ledger.lock().unwrap().len();
        let killing = async {
            let player = Player::open(&visitor, ROOM).await;
            // Killed the moment a player is told of a whole segment.
            let playlist = player.pass(3).await;
            served.server.kill().await.unwrap();
            playlist
        };
        let (unanswered, playlist) = tokio::join!(writing, killing);
        let acknowledged = ledger.lock().unwrap().len();
        assert!(
            acknowledged > known + 20,
            "only {acknowledged} of round {round}"
        );
        encoder.stop().await;

        // Every segment that a player was told is whole is kept.
        let whole: Vec<&str> = playlist
            .lines()
            .filter(|line| line.contains("segment-") && !line.starts_with('#'))
            .collect();
        assert!(whole.len() >= 3, "{playlist}");
        let (broadcast, _) = whole[0].split_once('/').unwrap();
        let index = Index::load(
            &blobs,
            &Key::new(format!("broadcasts/{broadcast}")).unwrap(),
        )
        .await
        .unwrap();
        let kept: Vec<u64> = index.entries().map(|entry| entry.msn).collect();
        for segment in &whole {
            let (_, number) = segment.rsplit_once("segment-").unwrap();
            let msn: u64 = number.strip_suffix(".m4s").unwrap().parse().unwrap();
            assert!(
                kept.contains(&msn),
                "segment {msn} is lost; {kept:?} are kept"
            );
        }
        let seconds: f64 = index
            .entries()
            .map(|entry| entry.duration().as_seconds())
            .sum();

        served = installation.serve().await;
        println!(
            "round {round}: {acknowledged} acknowledged, {} segments kept, back after {:?}",
            kept.len(),
            served.took
        );
        let visitor = served.person(None);
        let history = whole_history(&visitor, lobby).await;
        let numbers: Vec<i64> = history.iter().map(|message| message.seq).collect();
        assert_eq!(numbers, (1..=history.len() as i64).collect::<Vec<_>>());
        for (seq, (id, body)) in ledger.lock().unwrap().iter() {
            let message = &history[usize::try_from(*seq).unwrap() - 1];
            assert_eq!((message.id.0, &message.source), (*id, body), "number {seq}");
        }
        // Sent again under its key, what got no answer is there once.
        for (writer, (body, once)) in installation.writers.iter().zip(unanswered) {
            let answer = served
                .person(Some(writer))
                .say_with_key(lobby, &body, once)
                .await;
            assert_eq!(answer.status(), 201);
            let message: Message = answer.json().await.unwrap();
            ledger
                .lock()
                .unwrap()
                .insert(message.seq, (message.id.0, body));
        }
        let history = whole_history(&visitor, lobby).await;
        let mut ids: Vec<Uuid> = history.iter().map(|message| message.id.0).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(
            (ids.len(), ledger.lock().unwrap().len()),
            (all, all),
            "nothing twice, nothing unasked"
        );

        // The recording that was open can still be cut.
        let mut live = served.watch().await;
        cue(
            &served.person(Some(&installation.producer)),
            ROOM,
            &code,
            "end",
        )
        .await;
        let published = event(&mut live, "recording_published").await;
        let address = format!("{}{}", served.url, published["url"].as_str().unwrap());
        let (streams, length) = probe(&address).await;
        assert_eq!(streams.len(), 2);
        let length = length.unwrap();
        assert!(
            length > 4.0 && length <= seconds + 0.1,
            "{length} s of {seconds} s"
        );
        let shown = pictures(&address).await as f64;
        assert!(
            (shown - length * 30.0).abs() < 6.0,
            "{shown} pictures in {length} s"
        );
    }
    assert!(served.terminate().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_kills_in_the_midst_of_talk_lose_double_and_reorder_nothing() {
    let installation = Installation::create().await;
    let ledger = Mutex::new(Ledger::new());
    let mut served = installation.serve().await;
    let lobby = served.lobby().await;
    let topic = format!("channel:{lobby}");
    // A reader who goes on after each kill from the number it has.
    let mut heard = 0;
    for round in 1..=10 {
        let mut live = served.person(None).live().await;
        live.subscribe(&topic, Some(heard)).await;
        let writers: Vec<Person> = installation
            .writers
            .iter()
            .map(|token| served.person(Some(token)))
            .collect();
        let writing = join_all(
            writers
                .iter()
                .map(|writer| write_until_killed(writer, lobby, &ledger)),
        );
        let killing = async {
            for _ in 0..10 + 7 * round {
                let seq = live.next_of("event").await["seq"].as_i64().unwrap();
                assert_eq!(seq, heard + 1, "each once and in order, over every kill");
                heard = seq;
            }
            served.server.kill().await.unwrap();
        };
        let (unanswered, ()) = tokio::join!(writing, killing);

        served = installation.serve().await;
        for (writer, (body, once)) in installation.writers.iter().zip(unanswered) {
            let answer = served
                .person(Some(writer))
                .say_with_key(lobby, &body, once)
                .await;
            assert_eq!(answer.status(), 201);
            let message: Message = answer.json().await.unwrap();
            ledger
                .lock()
                .unwrap()
                .insert(message.seq, (message.id.0, body));
        }
        let history = whole_history(&served.person(None), lobby).await;
        let kept: Ledger = history
            .into_iter()
            .map(|message| (message.seq, (message.id.0, message.source)))
            .collect();
        assert_eq!(kept, *ledger.lock().unwrap(), "round {round}");
        let numbers: Vec<i64> = kept.keys().copied().collect();
        assert_eq!(numbers, (1..=kept.len() as i64).collect::<Vec<_>>());
    }
    assert!(served.terminate().await.success());
}

/// Waits until the stage has a picture, as its viewers learn it.
async fn on_air(served: &Served) {
    let visitor = served.person(None);
    let path = format!("/api/v1/events/{EVENT}/stages/{ROOM}");
    let watching = async {
        let stage: Value = visitor.get(&path).await.json().await.unwrap();
        if stage["live"] == true {
            return;
        }
        let mut live = visitor.live().await;
        let topic = served
            .topic("stage", &format!("/{EVENT}/stage/{ROOM}"))
            .await;
        live.subscribe(&topic, stage["seq"].as_i64()).await;
        event(&mut live, "broadcast_started").await;
    };
    timeout(Duration::from_secs(40), watching)
        .await
        .expect("a picture");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_told_to_stop_says_good_bye_and_is_soon_back() {
    let installation = Installation::create().await;
    let mut served = installation.serve().await;
    let lobby = served.lobby().await;
    let encoder = Encoder::start(served.rtmp, &installation.stream_key);
    on_air(&served).await;
    let writer = served.person(Some(&installation.writers[0]));
    let message = writer.say(lobby, "before the stop").await;
    let mut open = vec![];
    for _ in 0..50 {
        let mut live = served.person(None).live().await;
        live.subscribe(&format!("channel:{lobby}"), Some(0)).await;
        open.push(live);
    }
    let begun = Instant::now();
    let status = served.terminate().await;
    println!("stopped after {:?}", begun.elapsed());
    assert_eq!(status.code(), Some(0));
    for mut live in open {
        let frame = live.next_of("closing").await;
        assert!(frame["reconnect_within_ms"].as_i64().unwrap() >= 1_000);
        assert_eq!(live.close_code().await, Some(1012));
    }
    encoder.stop().await;

    let mut served = installation.serve().await;
    let history = whole_history(&served.person(None), lobby).await;
    assert_eq!(history, [message]);
    println!(
        "ready after {:?}, {} MB resident",
        served.took,
        served.memory()
    );
    assert!(
        served.took < Duration::from_secs(3),
        "ready after {:?}",
        served.took
    );
    assert!(served.memory() < 150, "{} MB", served.memory());
    assert_eq!(served.terminate().await.code(), Some(0));
}
