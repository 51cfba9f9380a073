//! `hallway demo`: a living summit with an invented programme, and a way in for
//! every role. Nothing to configure, no network needed.

mod conduct;
mod pictures;
mod programme;
mod seed;
mod stream;

use std::io::Write;
use std::path::PathBuf;

use hallway_model::access::Actor;
use hallway_model::time::{Clock, Timestamp};
use hallway_service::Service;
use hallway_stage::Transcoder;

use crate::app::{App, Surroundings, open_service};
use crate::clock::{OsRandom, SystemClock};
use crate::commands::serve::{listen, run_until, say_ready, surroundings};
use crate::config::Config;
use crate::listen::stop_on_signals;
use crate::rehearsals::Players;

/// Runs the demo in `config.data`; `temporary` says that the folder goes away
/// with it.
pub async fn run(config: &Config, temporary: bool) -> anyhow::Result<()> {
    let stop = stop_on_signals()?;
    let listener = listen(config, &stop).await?;
    let base_url = config.base_url(listener.address());
    fill(config, &base_url).await?;
    let mut app = App::start(
        config,
        surroundings(base_url.clone(), true, &listener, &stop)?,
    )
    .await?;
    app.play_rehearsals(Players::of(&listener)?);
    let streams = stream::has_ffmpeg().await;
    let publisher = streams.then(|| {
        let host = format!("127.0.0.1:{}", app.stages.rtmp_address().port());
        tokio::spawn(stream::run(
            app.service.clone(),
            config.data.clone(),
            host,
            stop.clone(),
        ))
    });
    say(&welcome(&app.service, &base_url, streams).await?);
    say_ready(config, &listener, app.stages.rtmp_address());
    run_until(listener, app, stop).await;
    if let Some(publisher) = publisher {
        let _ = publisher.await;
    }
    if temporary {
        remove(&config.data);
    }
    Ok(())
}

/// Puts the summit up where nothing is yet, before anything listens. The past
/// is written with a clock that is set back.
async fn fill(config: &Config, base_url: &str) -> anyhow::Result<()> {
    let now = SystemClock::clock().now();
    let clock = seed::PastClock::at(now);
    let service = open_service(
        config,
        &Surroundings {
            clock: Clock::new(clock.clone()),
            random: OsRandom::random(),
            base_url: base_url.to_owned(),
            demo: true,
            certificates: None,
            transcoder: Transcoder::default(),
            metrics: Box::new(String::new),
        },
    )
    .await?;
    let filled = fill_empty(&service, &clock, now).await;
    service.close().await;
    filled
}

/// A demo that is there already goes on; a real installation is left alone.
async fn fill_empty(
    service: &Service,
    clock: &seed::PastClock,
    now: Timestamp,
) -> anyhow::Result<()> {
    let events = service.events(&Actor::operator()).await?;
    if events.iter().any(|event| event.slug == seed::SLUG) {
        return Ok(());
    }
    anyhow::ensure!(
        events.is_empty() && service.needs_admin().await?,
        "this database holds something other than the demo: give the demo an empty one"
    );
    say("Putting up the summit ...");
    seed::fill(service, clock, now).await
}

/// Where to look, and one link per role, which works again and again.
async fn welcome(service: &Service, base_url: &str, streams: bool) -> anyhow::Result<String> {
    let mut text = format!("\n  {}\n  {base_url}/{}/\n\n", programme::TITLE, seed::SLUG);
    text.push_str("  Look around as a visitor, or open one of these links to come in as\n\n");
    for (role, name, page) in seed::ROLES {
        let link = service
            .make_link(&Actor::operator(), seed::email(name)?)
            .await?;
        text.push_str(&format!(
            "  {:<10} {link}\n  {:<10} then {base_url}{page}\n",
            role.word(),
            ""
        ));
    }
    text.push_str(&format!(
        "\n  Mail that would be sent: {base_url}{}\n",
        hallway_protocol::routes::mailbox()
    ));
    text.push_str(&format!(
        "  Be told by your browser: {base_url}{} (as somebody; needs the internet)\n",
        hallway_protocol::routes::account()
    ));
    if streams {
        text.push_str(&format!(
            "  On air in a moment:      {base_url}/{}/stage/{}\n",
            seed::SLUG,
            stream::STAGE
        ));
    } else {
        text.push_str("  No picture: ffmpeg is not installed (apt-get install ffmpeg). Everything else works.\n");
    }
    text.push_str("  Stop with Ctrl-C.\n");
    Ok(text)
}

fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    // Whoever started us may have closed our output; that is no reason to stop.
    let _ = writeln!(out, "{text}");
    let _ = out.flush();
}

/// A fresh folder under the system's temporary one.
pub fn temporary_folder() -> PathBuf {
    let unique = OsRandom::random().uuid(SystemClock::clock().now());
    std::env::temp_dir().join(format!("hallway-demo-{}", unique.simple()))
}

fn remove(folder: &std::path::Path) {
    if let Err(error) = std::fs::remove_dir_all(folder) {
        tracing::warn!(%error, folder = %folder.display(), "the demo's folder was not removed");
    }
}
