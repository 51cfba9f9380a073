//! The composition root: opens what the configuration names and puts the parts
//! together. It reads straight down; nothing else in the program knows them all.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use axum::middleware::from_fn_with_state;
use hallway_blob::Blobs;
use hallway_bus::Bus;
use hallway_gateway::{Gateway, Hub};
use hallway_model::random::Random;
use hallway_model::time::Clock;
use hallway_protocol::{ServerFrame, Topic};
use hallway_service::{Parts, Service};
use hallway_stage::{Secure, StageSettings, Stages, Transcoder};
use hallway_store::Database;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::certificates::Certificates;
use crate::config::Config;
use crate::proxies::believe;
use crate::rehearsals::{self, Players};

/// What differs between `serve`, `demo` and the tests.
pub struct Surroundings {
    pub clock: Clock,
    pub random: Random,
    /// Scheme, host and port of every absolute link.
    pub base_url: String,
    pub demo: bool,
    /// Shown to encoders that speak TLS.
    pub certificates: Option<Certificates>,
    /// What turns the sound of browsers into AAC.
    pub transcoder: Transcoder,
    /// Prometheus text of this process.
    pub metrics: Box<dyn Fn() -> String + Send + Sync>,
}

/// A running installation without its listener.
pub struct App {
    pub service: Service,
    pub stages: Stages,
    pub router: Router,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl App {
    pub async fn start(config: &Config, surroundings: Surroundings) -> anyhow::Result<Self> {
        let stop = CancellationToken::new();
        let https = surroundings.base_url.starts_with("https://");
        let service = open_service(config, &surroundings).await?;
        let stages = Stages::start(
            StageSettings {
                rtmp_listen: config.rtmp_listen,
                part: std::time::Duration::from_millis(config.stage.part_ms.into()),
                segment: std::time::Duration::from_millis(config.stage.segment_ms.into()),
                secure: surroundings.certificates.as_ref().map(|certificates| {
                    let certificates = certificates.clone();
                    Secure::new(move || certificates.acceptor())
                }),
                reconnect: std::time::Duration::from_secs(config.stage.reconnect_seconds.into()),
                media_listen: config.media_listen,
                media_addresses: config.media_addresses.clone(),
                transcoder: surroundings.transcoder,
            },
            service.clone(),
            stop.clone(),
        )
        .await
        .context("the stages")?;
        let hub = Hub::start(service.bus(), service.clone(), stop.clone());
        let gateway = Gateway::new(service.clone(), hub.clone(), stop.clone());

        let mut tasks = JoinSet::new();
        tasks.spawn(service.clone().run_jobs(stop.clone()));
        tasks.spawn(service.clone().run_relay(stop.clone()));
        tasks.spawn(tell_health(stages.clone(), hub, stop.clone()));

        let router = hallway_web::router(hallway_web::Parts {
            service: service.clone(),
            gateway,
            settings: hallway_web::Settings {
                https,
                public_folder: config.data.join("public"),
                rtmp_url: rtmp_url(
                    &surroundings.base_url,
                    stages.rtmp_address(),
                    surroundings.certificates.is_some(),
                ),
            },
            stages: stages.clone(),
            metrics: surroundings.metrics,
        })
        .layer(from_fn_with_state(
            Arc::new(config.trusted_proxies.clone()),
            believe,
        ));
        Ok(Self {
            service,
            stages,
            router,
            stop,
            tasks,
        })
    }

    /// Plays the rehearsals that are started from now on.
    pub fn play_rehearsals(&mut self, players: Players) {
        let playing = rehearsals::run(self.service.clone(), players, self.stop.clone());
        self.tasks.spawn(playing);
    }

    /// Cancelled when the installation stops: sockets say good-bye.
    pub fn stopping(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Lets sockets and stages go, waits for what is being written, and closes
    /// the database.
    pub async fn stop(mut self) {
        self.stop.cancel();
        while self.tasks.join_next().await.is_some() {}
        self.stages.stopped().await;
        self.service.close().await;
    }
}

/// The service alone, for the commands that need no web: creates what the data
/// folder lacks.
pub async fn open_service(config: &Config, surroundings: &Surroundings) -> anyhow::Result<Service> {
    create_folder(&config.data)?;
    let db = Database::open(&config.database())
        .await
        .context("the database does not open")?;
    let blobs = Blobs::disk(config.blob_folder())
        .await
        .context("the blob folder does not open")?;
    let mailer = config.mailer().map_err(anyhow::Error::msg)?;
    let outbound = config.outbound().map_err(anyhow::Error::msg)?;
    Ok(Service::new(Parts {
        db,
        bus: Bus::in_process(),
        blobs,
        mailer,
        outbound,
        clock: surroundings.clock.clone(),
        random: surroundings.random.clone(),
        settings: hallway_service::Settings {
            base_url: surroundings.base_url.clone(),
            demo: surroundings.demo,
        },
    }))
}

fn create_folder(path: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(path).with_context(|| format!("{} cannot be created", path.display()))
}

/// Where publishers connect: the site's host, the port RTMP listens on.
fn rtmp_url(base_url: &str, listening: SocketAddr, secure: bool) -> String {
    let host = base_url
        .split_once("://")
        .map_or(base_url, |(_, rest)| rest);
    let host = match host.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => host,
    };
    let scheme = if secure { "rtmps" } else { "rtmp" };
    format!("{scheme}://{host}:{}/live", listening.port())
}

/// Carries what publishers send to the desks that are open.
async fn tell_health(stages: Stages, hub: Hub, stop: CancellationToken) {
    let mut changes = stages.health_changes();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            change = changes.recv() => match change {
                Ok((room, health)) => {
                    let topic = Topic::Desk(room);
                    hub.tell(topic, &ServerFrame::Health { topic, health });
                }
                // The next report says all that was missed.
                Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => {}
                Err(tokio::sync::broadcast::error::RecvError::Closed) => return,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn publishers_connect_to_the_sites_host() {
        let listening: SocketAddr = "0.0.0.0:1935".parse().unwrap();
        assert_eq!(
            rtmp_url("https://summit.example.org", listening, true),
            "rtmps://summit.example.org:1935/live"
        );
        assert_eq!(
            rtmp_url("https://summit.example.org", listening, false),
            "rtmp://summit.example.org:1935/live"
        );
        assert_eq!(
            rtmp_url("http://127.0.0.1:8080", listening, false),
            "rtmp://127.0.0.1:1935/live"
        );
        assert_eq!(
            rtmp_url("http://[::1]:8080", listening, false),
            "rtmp://[::1]:1935/live"
        );
    }
}
