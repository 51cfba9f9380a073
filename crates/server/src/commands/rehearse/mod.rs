//! `hallway rehearse`: plays attendees against a running event, over HTTP and
//! `/live` as browsers do, and tells how it went. The people have accounts of
//! their own, made through the operator's database.

mod attendees;
pub(crate) mod led;
mod ledgers;
mod lines;
pub(crate) mod people;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use hallway_model::access::Actor;
use hallway_service::Service;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use self::attendees::Attendee;
use self::ledgers::Ledger;
use self::lines::Site;
use crate::clock::OsRandom;
use crate::config::Config;

pub struct Arguments {
    pub event: String,
    pub people: u32,
    pub seconds: u32,
    /// Where the event is reached; none for where this installation serves it.
    pub url: Option<String>,
    /// Print the people's tokens, and play nothing.
    pub tokens: bool,
    /// Tokens that were printed before, in place of a database.
    pub with: Option<PathBuf>,
    pub yes_really: bool,
    pub json: bool,
}

/// Between two lines of progress.
const TELL_EVERY: Duration = Duration::from_secs(10);

pub async fn run(config: &Config, arguments: Arguments) -> anyhow::Result<()> {
    let url = arguments
        .url
        .clone()
        .unwrap_or_else(|| config.base_url(config.listen));
    match &arguments.with {
        Some(file) => {
            if !arguments.yes_really {
                bail!(
                    "whether {} is a rehearsal cannot be seen from here: say --yes-really",
                    arguments.event
                );
            }
            let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
            let tokens: Vec<String> = text.lines().map(str::to_owned).collect();
            play(&url, &arguments, tokens).await
        }
        None => {
            let service = super::service(config).await?;
            let outcome = with_accounts(&service, &url, &arguments).await;
            service.close().await;
            outcome
        }
    }
}

async fn with_accounts(service: &Service, url: &str, arguments: &Arguments) -> anyhow::Result<()> {
    let programme = service
        .programme(&Actor::operator(), &arguments.event)
        .await
        .with_context(|| format!("the event {}", arguments.event))?;
    if !programme.event.settings.rehearsal && !arguments.yes_really {
        bail!(
            "{} is not marked as a rehearsal, and {} guests would be talking in it: mark it in its settings, or say --yes-really",
            arguments.event,
            arguments.people
        );
    }
    eprintln!("making {} accounts", arguments.people);
    let mut guests = vec![];
    people::make(
        service,
        &arguments.event,
        arguments.people,
        &CancellationToken::new(),
        &mut guests,
        |_| {},
    )
    .await?;
    if arguments.tokens {
        for guest in &guests {
            println!("{}", guest.token);
        }
        return Ok(());
    }
    let tokens = guests.iter().map(|guest| guest.token.clone()).collect();
    let outcome = play(url, arguments, tokens).await;
    people::sign_out(service, &guests).await?;
    outcome
}

async fn play(url: &str, arguments: &Arguments, tokens: Vec<String>) -> anyhow::Result<()> {
    let people = tokens.len();
    let tell = |took: Duration, ledger: &Ledger| {
        eprintln!("{:>4} s  {}", took.as_secs(), ledger.progress());
    };
    let show = Show {
        site: Site::open(url, &arguments.event)?,
        tokens,
        seconds: arguments.seconds,
        stop: CancellationToken::new(),
        tell_every: TELL_EVERY,
    };
    let (took, ledger) = show.play(tell).await?;
    let report = ledger.report(people, took);
    if arguments.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        print!("{report}");
    }
    if report.is_clean() {
        Ok(())
    } else {
        bail!("not everything went well: see the report")
    }
}

/// Guests with tokens, for a while.
struct Show {
    site: Site,
    tokens: Vec<String>,
    seconds: u32,
    /// Cancelled when it shall end before its time.
    stop: CancellationToken,
    tell_every: Duration,
}

impl Show {
    /// Plays it and gives how long it took and what the guests saw.
    async fn play(
        self,
        mut tell: impl FnMut(Duration, &Ledger),
    ) -> anyhow::Result<(Duration, Arc<Ledger>)> {
        let first = self.tokens.first().context("there is nobody to play")?;
        let channel = self.site.channel(first).await?;
        let site = Arc::new(self.site);
        let ledger = Arc::new(Ledger::default());
        let begun = Instant::now();
        let end = begun + Duration::from_secs(self.seconds.into());
        // Everybody comes in the first quarter, and not faster than a server lets in.
        let spread = (end - begun).div_f64(4.0);
        let random = OsRandom::random();
        let mut playing = JoinSet::new();
        let people = self.tokens.len();
        for (number, token) in self.tokens.into_iter().enumerate() {
            let attendee = Attendee {
                site: Arc::clone(&site),
                ledger: Arc::clone(&ledger),
                channel: channel.clone(),
                token,
                random: random.clone(),
                everyone: people,
                stop: self.stop.clone(),
            };
            let arrival = begun + spread.mul_f64(number as f64 / people as f64);
            playing.spawn(attendee.play(arrival, end));
        }
        let mut ticks = tokio::time::interval(self.tell_every);
        ticks.tick().await;
        loop {
            tokio::select! {
                gone = playing.join_next() => match gone {
                    Some(gone) => gone.context("a guest was lost")?,
                    None => break,
                },
                _ = ticks.tick() => tell(begun.elapsed(), &ledger),
            }
        }
        Ok((begun.elapsed(), ledger))
    }
}
