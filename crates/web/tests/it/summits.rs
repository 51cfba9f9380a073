//! A summit with one stage, a person with a token, and a way to ask.

use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::body::{Body, to_bytes};
use bytes::Bytes;
use hallway_blob::Blobs;
use hallway_bus::Bus;
use hallway_gateway::{Gateway, Hub};
use hallway_model::access::{Actor, Role};
use hallway_model::people::{DisplayName, Email};
use hallway_model::time::{Clock, Now, Timestamp};
use hallway_service::events::ChangeSettings;
use hallway_service::imports::Source;
use hallway_service::sign_ins::{CreateUser, GrantRole};
use hallway_service::{Parts, Service, Settings};
use hallway_stage::{StageSettings, Stages};
use hallway_store::Database;
use hallway_testkit::{SeededRandom, TestDatabase};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::request::Builder;
use http::{HeaderMap, Request, StatusCode};
use serde_json::Value;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

pub const EVENT: &str = "hall26";
pub const BASE: &str = "http://localhost";

const SCHEDULE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<schedule><version>1</version>
  <conference><title>Open Hall</title><acronym>hall26</acronym><start>2026-02-06</start><end>2026-02-06</end>
    <time_zone_name>Europe/Berlin</time_zone_name></conference>
  <day index="1" date="2026-02-06" start="2026-02-06T09:00:00+01:00" end="2026-02-07T04:00:00+01:00">
    <room name="Main">
      <event id="1"><date>2026-02-06T10:00:00+01:00</date><start>10:00</start><duration>00:30</duration><room>Main</room>
        <title>A talk</title><persons><person id="1">Ada</person></persons></event>
      <event id="2"><date>2026-02-06T11:00:00+01:00</date><start>11:00</start><duration>00:30</duration><room>Main</room>
        <title>Another talk</title></event>
    </room>
  </day>
</schedule>"#;

/// Goes on from 10:10 in Berlin, as media must.
struct RunningClock(Instant);

impl Now for RunningClock {
    fn now(&self) -> Timestamp {
        let gone = i64::try_from(self.0.elapsed().as_millis()).unwrap();
        Timestamp(1_770_369_000_000 + gone)
    }
}

pub struct Summit {
    pub service: Service,
    pub folder: tempfile::TempDir,
    pub token: String,
    pub stages: Stages,
    router: Router,
    _stop: tokio_util::sync::DropGuard,
    _database: TestDatabase,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

impl Summit {
    /// At 10:10 in Berlin, while "A talk" is on by the clock.
    pub async fn open() -> Self {
        let (database, folder) = (TestDatabase::sqlite(), tempfile::tempdir().unwrap());
        let service = service(&database, folder.path()).await;
        let schedule = Source::Bytes(Bytes::from_static(SCHEDULE.as_bytes()));
        let operator = Actor::operator();
        service
            .import_schedule(&operator, EVENT, None, schedule)
            .await
            .unwrap();
        let email = Email::parse("ada@example.org").unwrap();
        let name = DisplayName::parse("Ada").unwrap();
        let person = CreateUser {
            email: email.clone(),
            name,
        };
        service.write(&operator, None, person).await.unwrap();
        let grant = GrantRole {
            email: email.clone(),
            role: Role::Moderator,
            event: Some(EVENT.to_owned()),
            room: None,
        };
        service.write(&operator, None, grant).await.unwrap();
        let token = service.make_token(&operator, email, "test").await.unwrap();
        let stop = CancellationToken::new();
        let hub = Hub::start(service.bus(), service.clone(), stop.clone());
        let rtmp = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let stages = Stages::start(StageSettings::new(rtmp), service.clone(), stop.clone())
            .await
            .unwrap();
        let public_folder = folder.path().join("public");
        std::fs::create_dir(&public_folder).unwrap();
        let router = hallway_web::router(hallway_web::Parts {
            service: service.clone(),
            gateway: Gateway::new(service.clone(), hub, stop.clone()),
            stages: stages.clone(),
            settings: settings(public_folder),
            metrics: Box::new(|| "a_metric 1\n".into()),
        });
        Self {
            service,
            folder,
            token: token.reveal().to_owned(),
            stages,
            router,
            _stop: stop.drop_guard(),
            _database: database,
        }
    }

    pub async fn ask(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: to_bytes(body, 1 << 20).await.unwrap(),
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask(Request::get(path).body(Body::empty()).unwrap())
            .await
    }

    pub async fn get_signed_in(&self, path: &str) -> Answer {
        let request = self.signed_in(Request::get(path));
        self.ask(request.body(Body::empty()).unwrap()).await
    }

    /// Sends a body as the person does.
    pub async fn send(&self, method: &str, path: &str, body: &Value) -> Answer {
        let request = self
            .signed_in(Request::builder().method(method).uri(path))
            .header(CONTENT_TYPE, "application/json");
        self.ask(request.body(Body::from(body.to_string())).unwrap())
            .await
    }

    pub fn signed_in(&self, request: Builder) -> Builder {
        request.header(AUTHORIZATION, format!("Bearer {}", self.token))
    }

    /// Id of the event's own channel.
    pub async fn lobby(&self) -> String {
        let listed = self.get(&format!("/api/v1/events/{EVENT}/channels")).await;
        let channels = listed.json();
        channels["channels"][0]["id"].as_str().unwrap().to_owned()
    }

    pub async fn close_to_visitors(&self) {
        let settings = hallway_model::events::Settings {
            guests_watch: false,
            guests_read_chat: false,
            ..Default::default()
        };
        let (event, title) = (EVENT.to_owned(), "Open Hall".to_owned());
        let change = ChangeSettings {
            event,
            title,
            settings,
        };
        let operator = Actor::operator();
        self.service.write(&operator, None, change).await.unwrap();
    }
}

async fn service(database: &TestDatabase, folder: &std::path::Path) -> Service {
    let store = hallway_store::Settings {
        url: database.url().to_owned(),
        connections: 4,
    };
    let from = "Hallway <hallway@example.org>".parse().unwrap();
    Service::new(Parts {
        db: Database::open(&store).await.unwrap(),
        bus: Bus::in_process(),
        blobs: Blobs::memory(),
        mailer: hallway_mail::Mailer::from_url(None, folder.join("mail"), from).unwrap(),
        outbound: hallway_outbound::Client::disabled(),
        clock: Clock::new(RunningClock(Instant::now())),
        random: SeededRandom::seed(7).random(),
        settings: Settings {
            base_url: BASE.into(),
            demo: false,
        },
    })
}

fn settings(public_folder: std::path::PathBuf) -> hallway_web::Settings {
    hallway_web::Settings {
        https: false,
        public_folder,
        rtmp_url: "rtmp://localhost/live".into(),
    }
}
