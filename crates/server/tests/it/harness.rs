//! The application on a free port, and people who use it.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use hallway_model::access::{Actor, Role};
use hallway_model::people::{DisplayName, Email};
use hallway_model::time::Clock;
use hallway_protocol::messages::{Channel, Message, MessagePage};
use hallway_server::app::{App, Surroundings, open_service};
use hallway_server::clock::{OsRandom, SystemClock};
use hallway_server::config::{Config, Sources};
use hallway_server::listen::{Limits, Listener};
use hallway_server::rehearsals::Players;
use hallway_service::Service;
use hallway_service::imports::Source;
use hallway_service::sign_ins::{CreateUser, GrantRole};
use hallway_stage::Transcoder;
use hallway_testkit::{Kind, TestDatabase};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Slug of the event that every test server has.
pub const EVENT: &str = "testival";
/// Room of its stage.
pub const ROOM: &str = "main-hall";

pub struct TestServer {
    pub url: String,
    pub app: App,
    pub data: tempfile::TempDir,
    stop: CancellationToken,
    serving: tokio::task::JoinHandle<()>,
    // Dropped last: PostgreSQL is asked to let go of what still holds on.
    database: TestDatabase,
}

impl TestServer {
    /// An installation with one event: three sessions on two stages.
    pub async fn start(kind: Kind) -> Self {
        let server = Self::empty(kind).await;
        let xml = programme(EVENT, 0);
        let operator = Actor::operator();
        server
            .service()
            .import_schedule(&operator, EVENT, None, Source::Bytes(xml.into()))
            .await
            .expect("the test's programme");
        server
    }

    pub async fn empty(kind: Kind) -> Self {
        Self::set_up(kind, Choices::default()).await
    }

    /// Without any event, and different from other tests in what is chosen.
    pub async fn set_up(kind: Kind, choices: Choices) -> Self {
        // The first line of every test binary that may speak TLS.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let database = TestDatabase::of(kind);
        let data = tempfile::tempdir().expect("a folder");
        let config = config(&database, data.path(), &choices);
        let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), None, Limits::default())
            .await
            .expect("a port");
        let url = format!("http://{}", listener.address());
        let mut app = App::start(
            &config,
            Surroundings {
                clock: choices.clock,
                random: OsRandom::random(),
                base_url: choices.base_url.unwrap_or_else(|| url.clone()),
                demo: false,
                certificates: None,
                transcoder: confined_transcoder(),
                metrics: Box::new(String::new),
            },
        )
        .await
        .expect("the application starts");
        app.play_rehearsals(Players {
            program: env!("CARGO_BIN_EXE_hallway").into(),
            ..Players::of(&listener).expect("players")
        });
        let stop = CancellationToken::new();
        let serving = tokio::spawn(listener.serve(app.router.clone(), stop.clone()));
        Self {
            url,
            app,
            data,
            stop,
            serving,
            database,
        }
    }

    pub fn service(&self) -> &Service {
        &self.app.service
    }

    /// The service as a command line beside the server has it: same record,
    /// another process's bus.
    pub async fn beside(&self) -> Service {
        let config = config(&self.database, self.data.path(), &Choices::default());
        let surroundings = Surroundings {
            clock: SystemClock::clock(),
            random: OsRandom::random(),
            base_url: self.url.clone(),
            demo: false,
            certificates: None,
            transcoder: confined_transcoder(),
            metrics: Box::new(String::new),
        };
        open_service(&config, &surroundings)
            .await
            .expect("a service beside the server")
    }

    /// Id of a room of the test's event.
    pub async fn room(&self, slug: &str) -> Uuid {
        let programme = self
            .service()
            .programme(&Actor::operator(), EVENT)
            .await
            .expect("a programme");
        programme.room_by_slug(slug).expect("a room").id.0
    }

    pub fn database_url(&self) -> &str {
        self.database.url()
    }

    pub fn address(&self) -> SocketAddr {
        self.url.strip_prefix("http://").unwrap().parse().unwrap()
    }

    /// Somebody without an account.
    pub fn visitor(&self) -> Person {
        Person {
            url: self.url.clone(),
            http: client(),
            token: None,
        }
    }

    /// Somebody signed in who holds a role at the test's event.
    pub async fn person(&self, name: &str, role: Role) -> Person {
        self.person_at(name, role, EVENT).await
    }

    pub async fn person_at(&self, name: &str, role: Role, event: &str) -> Person {
        let operator = Actor::operator();
        let email = Email::parse(&format!("{}@example.org", name.to_lowercase())).unwrap();
        let create = CreateUser {
            email: email.clone(),
            name: DisplayName::parse(name).unwrap(),
        };
        self.service()
            .write(&operator, None, create)
            .await
            .expect("a person");
        if role != Role::Visitor {
            let event = (role != Role::Admin).then(|| event.to_owned());
            let grant = GrantRole {
                email: email.clone(),
                role,
                event,
                room: None,
            };
            self.service()
                .write(&operator, None, grant)
                .await
                .expect("a role");
        }
        let token = self
            .service()
            .make_token(&operator, email, "test")
            .await
            .expect("a token");
        Person {
            url: self.url.clone(),
            http: client(),
            token: Some(token.reveal().to_owned()),
        }
    }

    /// Who a person of the test is to the service.
    pub async fn actor_of(&self, person: &Person) -> Actor {
        let token = person.token.as_deref().expect("somebody signed in");
        let signed_in = self.service().signed_in(token).await.expect("an answer");
        signed_in.expect("a sign-in").actor
    }

    /// The event's own channel.
    pub async fn lobby(&self) -> Uuid {
        let channels: Value = self
            .visitor()
            .get(&format!("/api/v1/events/{EVENT}/channels"))
            .await
            .json()
            .await
            .unwrap();
        let list = channels
            .get("channels")
            .unwrap_or(&channels)
            .as_array()
            .expect("channels")
            .clone();
        let channels: Vec<Channel> = list
            .into_iter()
            .map(|c| serde_json::from_value(c).unwrap())
            .collect();
        channels
            .iter()
            .find(|c| c.kind == "event")
            .expect("a lobby")
            .id
            .0
    }

    pub async fn stop(self) {
        self.stop.cancel();
        self.app.stop().await;
        let _ = self.serving.await;
    }
}

/// What a test's server has of its own.
pub struct Choices {
    pub clock: Clock,
    /// None: the address that was bound.
    pub base_url: Option<String>,
    /// Settings by their variables.
    pub settings: Vec<(&'static str, &'static str)>,
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            clock: SystemClock::clock(),
            base_url: None,
            settings: vec![],
        }
    }
}

fn config(database: &TestDatabase, data: &Path, choices: &Choices) -> Config {
    let variables = [
        ("HALLWAY_DATA", data.display().to_string()),
        ("HALLWAY_DATABASE_URL", database.url().to_owned()),
        ("HALLWAY_LISTEN", "127.0.0.1:0".to_owned()),
        ("HALLWAY_RTMP_LISTEN", "127.0.0.1:0".to_owned()),
        // Who kills an encoder need not wait for its end.
        ("HALLWAY_STAGE_RECONNECT_SECONDS", "1".to_owned()),
        ("HALLWAY_OUTBOUND_ENABLED", "true".to_owned()),
        (
            "HALLWAY_OUTBOUND_ALLOWED_PRIVATE_HOSTS",
            "127.0.0.1".to_owned(),
        ),
    ];
    let chosen = choices
        .settings
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()));
    let variables = variables
        .into_iter()
        .chain(chosen)
        .map(|(name, value)| (name.to_owned(), value));
    let sources = Sources {
        variables: variables.collect(),
        ..Sources::default()
    };
    Config::load(&sources).expect("a configuration").config
}

pub fn client() -> reqwest::Client {
    // Before anything that may speak TLS; only the first of many counts.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(30))
        .no_proxy()
        .build()
        .expect("a client")
}

/// Somebody with a browser, or a script with their token.
pub struct Person {
    pub url: String,
    pub http: reqwest::Client,
    pub token: Option<String>,
}

impl Person {
    pub fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn get(&self, path: &str) -> reqwest::Response {
        self.request(reqwest::Method::GET, path)
            .send()
            .await
            .expect("an answer")
    }

    pub async fn page(&self, path: &str) -> String {
        let response = self.get(path).await;
        assert_eq!(response.status(), 200, "{path}");
        response.text().await.expect("a page")
    }

    /// Posts a form, as a browser on our own page would.
    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> reqwest::Response {
        let request = self
            .request(reqwest::Method::POST, path)
            .header("origin", &self.url);
        request.form(fields).send().await.expect("an answer")
    }

    pub async fn say(&self, channel: Uuid, body: &str) -> Message {
        let answer = self.say_with_key(channel, body, key()).await;
        assert_eq!(answer.status(), 201);
        answer.json().await.expect("a message")
    }

    pub async fn say_with_key(&self, channel: Uuid, body: &str, key: Uuid) -> reqwest::Response {
        let request = self.request(
            reqwest::Method::POST,
            &format!("/api/v1/channels/{channel}/messages"),
        );
        request
            .json(&json!({ "body": body, "key": key }))
            .send()
            .await
            .expect("an answer")
    }

    /// Sends a picture for messages of a channel.
    pub async fn send_image(&self, channel: Uuid, file: Vec<u8>) -> reqwest::Response {
        let path = format!("/api/v1/channels/{channel}/images");
        let request = self.request(reqwest::Method::POST, &path);
        request.body(file).send().await.expect("an answer")
    }

    pub async fn history(&self, channel: Uuid) -> MessagePage {
        let answer = self
            .get(&format!("/api/v1/channels/{channel}/messages?limit=100"))
            .await;
        assert_eq!(answer.status(), 200);
        answer.json().await.expect("a page of messages")
    }

    pub async fn react(
        &self,
        method: reqwest::Method,
        message: &Message,
        emoji: &str,
    ) -> reqwest::Response {
        let request = self.request(
            method,
            &format!("/api/v1/messages/{}/reactions", message.id),
        );
        request
            .json(&json!({ "emoji": emoji, "key": key() }))
            .send()
            .await
            .expect("an answer")
    }

    /// A live connection, with the first frame already read.
    pub async fn live(&self) -> Live {
        Live::open(self.knock()).await.expect("a live connection")
    }

    /// How this person, from one of our own pages, asks for a live connection.
    pub fn knock(&self) -> Knock {
        use tokio_tungstenite::tungstenite::client::IntoClientRequest;
        let url = format!("{}/live", self.url.replacen("http", "ws", 1));
        let mut request = url.into_client_request().unwrap();
        let headers = request.headers_mut();
        headers.insert("origin", self.url.parse().unwrap());
        if let Some(token) = &self.token {
            headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
        }
        request
    }
}

/// The opening handshake of a WebSocket.
pub type Knock = tokio_tungstenite::tungstenite::handshake::client::Request;

pub fn key() -> Uuid {
    let clock = SystemClock::clock();
    OsRandom::random().uuid(clock.now())
}

/// A WebSocket to `/live`.
pub struct Live {
    socket: tokio_tungstenite::WebSocketStream<tokio::net::TcpStream>,
}

impl Live {
    /// Opens a connection and reads its first frame, or says with which status
    /// it was refused.
    pub async fn open(knock: Knock) -> Result<Self, u16> {
        let host = knock.uri().authority().expect("an address").to_string();
        let tcp = tokio::net::TcpStream::connect(host)
            .await
            .expect("the server listens");
        Self::open_over(tcp, knock).await
    }

    pub async fn open_over(tcp: tokio::net::TcpStream, knock: Knock) -> Result<Self, u16> {
        use tokio_tungstenite::tungstenite::Error;
        match tokio_tungstenite::client_async(knock, tcp).await {
            Ok((socket, _)) => {
                let mut live = Self { socket };
                assert_eq!(live.next().await["type"], "hello");
                Ok(live)
            }
            Err(Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(error) => panic!("no handshake: {error}"),
        }
    }

    pub async fn send(&mut self, frame: Value) {
        self.send_text(&frame.to_string()).await;
    }

    pub async fn send_text(&mut self, text: &str) {
        use futures_util::SinkExt;
        let message = tokio_tungstenite::tungstenite::Message::text(text);
        self.socket
            .send(message)
            .await
            .expect("the connection is open");
    }

    pub async fn send_binary(&mut self, bytes: Vec<u8>) {
        use futures_util::SinkExt;
        let message = tokio_tungstenite::tungstenite::Message::binary(bytes);
        self.socket
            .send(message)
            .await
            .expect("the connection is open");
    }

    /// Reads on until the server closes, and gives its close code; none where
    /// it hung up without one.
    pub async fn close_code(&mut self) -> Option<u16> {
        use futures_util::StreamExt;
        use tokio_tungstenite::tungstenite::Message;
        loop {
            let next = tokio::time::timeout(Duration::from_secs(20), self.socket.next())
                .await
                .expect("an end in time");
            match next {
                Some(Ok(Message::Close(frame))) => return frame.map(|frame| frame.code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    }

    /// The next frame; panics where none comes in time.
    pub async fn next(&mut self) -> Value {
        self.next_or_end().await.expect("the connection is open")
    }

    /// The next frame, or none where the server closed.
    pub async fn next_or_end(&mut self) -> Option<Value> {
        use futures_util::StreamExt;
        use tokio_tungstenite::tungstenite::Message;
        loop {
            let next = tokio::time::timeout(Duration::from_secs(20), self.socket.next())
                .await
                .expect("a frame in time");
            match next {
                Some(Ok(Message::Text(text))) => {
                    return Some(serde_json::from_str(&text).expect("JSON"));
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    /// The next frame of a type, those before it left aside.
    pub async fn next_of(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.next().await;
            if frame["type"] == kind {
                return frame;
            }
        }
    }

    /// Subscribes as somebody who is there.
    pub async fn attend(&mut self, topic: &str) -> Value {
        let frame = json!({ "type": "subscribe", "topic": topic, "present": true });
        self.send(frame).await;
        self.next_of("subscribed").await
    }

    pub async fn subscribe(&mut self, topic: &str, after: Option<i64>) -> Value {
        let mut frame = json!({ "type": "subscribe", "topic": topic });
        if let Some(after) = after {
            frame["after"] = after.into();
        }
        self.send(frame).await;
        self.next_of("subscribed").await
    }
}

/// Three sessions on two stages, today; their ids follow `after`.
pub fn programme(acronym: &str, after: u32) -> String {
    let day = SystemClock::clock()
        .now()
        .day(&hallway_model::time::Zone::utc());
    let event = |id: u32, room: &str, hour: u32, title: &str| {
        let id = after + id;
        format!(
            r#"<event id="{id}" guid="00000000-0000-4000-8000-{id:012}"><date>{day}T{hour:02}:00:00+00:00</date><start>{hour:02}:00</start>
            <duration>00:45</duration><room>{room}</room><slug>{acronym}-{id}-talk</slug><title>{title}</title><type>talk</type><track>Doors</track>
            <language>en</language><abstract>What happens behind door {id}.</abstract>
            <persons><person id="{id}">Speaker {id}</person></persons></event>"#
        )
    };
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><schedule><version>1.0</version>
        <conference><acronym>{acronym}</acronym><title>{acronym}</title><start>{day}</start><end>{day}</end><days>1</days><time_zone_name>UTC</time_zone_name></conference>
        <day index="1" date="{day}" start="{day}T08:00:00+00:00" end="{day}T20:00:00+00:00">
        <room name="Main Hall">{}{}</room><room name="Side Room">{}</room></day></schedule>"#,
        event(1, "Main Hall", 9, "The first door"),
        event(2, "Main Hall", 10, "The second door"),
        event(3, "Side Room", 9, "A door to the side"),
    )
}

/// As the server starts it.
fn confined_transcoder() -> Transcoder {
    let own = env!("CARGO_BIN_EXE_hallway");
    Transcoder::new([own.into(), "confine".into(), "ffmpeg".into()])
}
