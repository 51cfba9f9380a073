//! `hallway serve`: runs the installation until told to stop.

use std::io::Write;
use std::net::SocketAddr;

use anyhow::Context;
use hallway_model::access::{Actor, Role};
use hallway_model::people::{DisplayName, Email};
use hallway_service::Service;
use hallway_service::sign_ins::{CreateUser, GrantRole};
use hallway_stage::Transcoder;
use tokio_util::sync::CancellationToken;

use crate::app::{App, Surroundings};
use crate::certificates::{Certificates, Files};
use crate::clock::{OsRandom, SystemClock};
use crate::config::Config;
use crate::listen::{Limits, Listener, reload_on_hangup, stop_on_signals};
use crate::rehearsals::Players;
use crate::telemetry::start_metrics;

pub async fn run(config: &Config) -> anyhow::Result<()> {
    let stop = stop_on_signals()?;
    let listener = listen(config, &stop).await?;
    let base_url = config.base_url(listener.address());
    let mut app = App::start(config, surroundings(base_url, false, &listener, &stop)?).await?;
    app.play_rehearsals(Players::of(&listener)?);
    // Only a server may sweep: beside one, half-written blobs are in use.
    app.service
        .blobs()
        .sweep()
        .await
        .context("the blob folder")?;
    offer_first_admin(&app.service).await?;
    say_ready(config, &listener, app.stages.rtmp_address());
    run_until(listener, app, stop).await;
    Ok(())
}

/// Binds, with TLS where the configuration names a certificate.
pub(super) async fn listen(config: &Config, stop: &CancellationToken) -> anyhow::Result<Listener> {
    let certificates = match (&config.tls_cert, &config.tls_key) {
        (Some(certificate), Some(key)) => {
            let files = Files {
                certificate: certificate.clone(),
                key: key.clone(),
            };
            Some(Certificates::load(files)?)
        }
        _ => None,
    };
    reload_on_hangup(certificates.clone(), stop.clone())?;
    let bound = Listener::bind(config.listen, certificates, Limits::default()).await;
    bound.with_context(|| {
        format!(
            "cannot listen on {}; another address: --listen 127.0.0.1:0",
            config.listen
        )
    })
}

pub(super) fn surroundings(
    base_url: String,
    demo: bool,
    listener: &Listener,
    stop: &CancellationToken,
) -> anyhow::Result<Surroundings> {
    let figures = start_metrics(stop.clone())?;
    Ok(Surroundings {
        clock: SystemClock::clock(),
        random: OsRandom::random(),
        base_url,
        demo,
        certificates: listener.certificates(),
        transcoder: confined_transcoder()?,
        metrics: Box::new(move || figures.render()),
    })
}

/// ffmpeg by way of this program's own confinement.
fn confined_transcoder() -> anyhow::Result<Transcoder> {
    let own = std::env::current_exe().context("cannot find this program")?;
    Ok(Transcoder::new([
        own.into(),
        "confine".into(),
        "ffmpeg".into(),
    ]))
}

/// The lines that scripts wait for.
pub(super) fn say_ready(config: &Config, listener: &Listener, rtmp: SocketAddr) {
    let scheme = if config.tls_cert.is_some() {
        "https"
    } else {
        "http"
    };
    let mut out = std::io::stdout().lock();
    // Whoever started us may have closed our output; that is no reason to stop.
    let _ = writeln!(out, "ready {scheme}://{}\nrtmp {rtmp}", listener.address());
    let _ = out.flush();
}

/// Serves until told to stop; sockets are told first, so that they come back
/// to whoever follows.
pub(super) async fn run_until(listener: Listener, app: App, stop: CancellationToken) {
    let sockets = app.stopping();
    let told = stop.clone();
    tokio::spawn(async move {
        told.cancelled().await;
        sockets.cancel();
    });
    // On a worker, beside the connections: this thread would be woken for each
    // that comes.
    if let Err(error) = tokio::spawn(listener.serve(app.router.clone(), stop)).await {
        tracing::error!(%error, "the listener failed");
    }
    app.stop().await;
}

/// Address of the account that the first start makes; nothing is mailed there.
const FIRST_ADMIN: &str = "admin@hallway.invalid";

/// Without an admin nobody could ever do anything: the first start prints one
/// link, once, and nothing else lets anyone in.
async fn offer_first_admin(service: &Service) -> anyhow::Result<()> {
    if !service.needs_admin().await? {
        return Ok(());
    }
    let operator = Actor::operator();
    let email = Email::parse(FIRST_ADMIN)?;
    let name = DisplayName::parse("Admin")?;
    service
        .write(
            &operator,
            None,
            CreateUser {
                email: email.clone(),
                name,
            },
        )
        .await?;
    let grant = GrantRole {
        email: email.clone(),
        role: Role::Admin,
        event: None,
        room: None,
    };
    service.write(&operator, None, grant).await?;
    let link = service.make_link(&operator, email).await?;
    println!("admin {link}");
    eprintln!(
        "This link signs the first admin in, once, within 15 minutes. For another: hallway user sign-in-link --email {FIRST_ADMIN}"
    );
    Ok(())
}
