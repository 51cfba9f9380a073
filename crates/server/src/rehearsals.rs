//! Plays the rehearsals that organisers start from their pages. The guests are
//! a process of their own, made of our own program, which comes to our own
//! listener: it takes no turn of ours, and whatever becomes of it harms nobody
//! here (ADR 0021). Their accounts and tokens are made, and taken back, here.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use hallway_service::Service;
use hallway_service::rehearsals::{Played, Wanted};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::commands::rehearse::led::{Part, Said};
use crate::commands::rehearse::people::{self, Guest};
use crate::listen::Listener;

/// How guests are played, and where they come to.
#[derive(Clone, Debug)]
pub struct Players {
    /// The program `hallway`.
    pub program: PathBuf,
    /// Where we listen.
    pub address: SocketAddr,
    /// What we show there, where we speak TLS.
    pub certificate: Option<PathBuf>,
}

/// For all to leave once they are told to, before they are ended.
const FAREWELL: Duration = Duration::from_secs(5);
/// For what comes after the last minute: answers that are late.
const OVERTIME: Duration = Duration::from_secs(60);
/// How often the event's mark is looked at again.
const RECHECK: Duration = Duration::from_secs(3);
/// Characters of an error that are told.
const LONGEST: usize = 300;

/// Plays what is wanted, one after the other, until `stop`.
pub(crate) async fn run(service: Service, players: Players, stop: CancellationToken) {
    loop {
        let wanted = tokio::select! {
            () = stop.cancelled() => return,
            wanted = service.wanted_rehearsal() => wanted,
        };
        let ends = wanted.stop.clone();
        let watching = tokio::spawn({
            let stop = stop.clone();
            async move {
                stop.cancelled().await;
                ends.cancel();
            }
        });
        tracing::info!(
            people = wanted.people,
            seconds = wanted.seconds,
            "a rehearsal begins"
        );
        let played = play(&service, &players, &wanted).await;
        watching.abort();
        tracing::info!("the rehearsal has ended");
        service.end_rehearsal(wanted.id, played);
    }
}

async fn play(service: &Service, players: &Players, wanted: &Wanted) -> Result<Played, String> {
    let mut guests = vec![];
    let played = with_guests(service, players, wanted, &mut guests).await;
    // However it went: their tokens were for this one.
    let signed_out = people::sign_out(service, &guests).await;
    signed_out.and(played).map_err(|error| {
        let why = format!("{error:#}");
        tracing::warn!(error = why, "a rehearsal failed");
        why.chars().take(LONGEST).collect()
    })
}

async fn with_guests(
    service: &Service,
    players: &Players,
    wanted: &Wanted,
    guests: &mut Vec<Guest>,
) -> anyhow::Result<Played> {
    let ready = |ready| {
        let ready = u32::try_from(ready).unwrap_or(u32::MAX);
        service.note_guests(wanted.id, ready);
    };
    people::make(
        service,
        &wanted.event,
        wanted.people,
        &wanted.stop,
        guests,
        ready,
    )
    .await
    .context("the guests could not be given accounts")?;
    if wanted.stop.is_cancelled() {
        return Ok(Played::default());
    }
    players.lead(service, wanted, guests).await
}

impl Players {
    /// Of the server that listens there: its own program, also where the file
    /// was exchanged since.
    pub fn of(listener: &Listener) -> anyhow::Result<Self> {
        let own = Path::new("/proc/self/exe");
        Ok(Self {
            program: if own.exists() {
                own.to_owned()
            } else {
                std::env::current_exe().context("the program's own file")?
            },
            address: listener.address(),
            certificate: listener.certificate(),
        })
    }

    fn part(&self, service: &Service, wanted: &Wanted) -> Part {
        let base = &service.settings().base_url;
        let host = base
            .split_once("://")
            .map_or(base.as_str(), |(_, host)| host);
        let scheme = match self.certificate {
            Some(_) => "https",
            None => "http",
        };
        Part {
            event: wanted.event.clone(),
            url: format!("{scheme}://{host}"),
            address: from_here(self.address),
            certificate: self.certificate.clone(),
            seconds: wanted.seconds,
        }
    }

    /// Starts the guests, listens to them until they have ended, and ends them
    /// where they do not.
    async fn lead(
        &self,
        service: &Service,
        wanted: &Wanted,
        guests: &[Guest],
    ) -> anyhow::Result<Played> {
        let mut child = Command::new(&self.program)
            .arg("guests")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C is for the server, which then ends them.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .context("the guests' program does not start")?;
        let input = child.stdin.take().context("no way to tell the guests")?;
        let last_words = tokio::spawn(last_line(child.stderr.take()));
        let told = tell(input, &self.part(service, wanted), guests).await;
        // Where it could not be told, it has ended and said why.
        let report = listen(&mut child, service, wanted, told.ok()).await;
        let _ = child.start_kill();
        let _ = child.wait().await;
        match report? {
            Some(played) => Ok(played),
            None => {
                let why = last_words.await.unwrap_or_default();
                bail!("the guests ended without a report: {why}")
            }
        }
    }
}

/// A listener on every address is reached from here on the machine's own.
fn from_here(listening: SocketAddr) -> SocketAddr {
    let mut address = listening;
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

/// Gives back the input, which stays open while they play.
async fn tell(mut input: ChildStdin, part: &Part, guests: &[Guest]) -> anyhow::Result<ChildStdin> {
    let mut text = serde_json::to_string(part)?;
    for guest in guests {
        text.push('\n');
        text.push_str(&guest.token);
    }
    text.push_str("\n\n");
    input.write_all(text.as_bytes()).await?;
    Ok(input)
}

async fn listen(
    child: &mut Child,
    service: &Service,
    wanted: &Wanted,
    mut input: Option<ChildStdin>,
) -> anyhow::Result<Option<Played>> {
    let output = child.stdout.take().context("no way to hear the guests")?;
    let mut lines = BufReader::new(output).lines();
    let mut last = Instant::now() + Duration::from_secs(wanted.seconds.into()) + OVERTIME;
    let mut rechecks = tokio::time::interval(RECHECK);
    let mut report = None;
    loop {
        let line = tokio::select! {
            line = lines.next_line() => line?,
            () = wanted.stop.cancelled(), if input.is_some() => {
                input = None;
                last = Instant::now() + FAREWELL;
                continue;
            }
            _ = rechecks.tick(), if input.is_some() => {
                // A database that is silent for a while ends no rehearsal.
                let _ = service.recheck_rehearsal(wanted).await;
                continue;
            }
            () = tokio::time::sleep_until(last) => return Ok(report),
        };
        let Some(line) = line else {
            return Ok(report);
        };
        match serde_json::from_str(&line).context("the guests said something else")? {
            Said::Progress { elapsed, figures } => {
                service.note_rehearsal(wanted.id, elapsed, figures);
            }
            Said::Report {
                elapsed,
                figures,
                errors,
            } => {
                // They wait for it to go.
                input = None;
                report = Some(Played {
                    elapsed,
                    figures,
                    errors,
                });
            }
        }
    }
}

async fn last_line(output: Option<impl AsyncRead + Unpin>) -> String {
    let mut last = String::new();
    if let Some(output) = output {
        let mut lines = BufReader::new(output).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            last = line;
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_on_every_address_is_reached_on_the_machines_own() {
        for (listening, reached) in [
            ("0.0.0.0:8080", "127.0.0.1:8080"),
            ("[::]:443", "[::1]:443"),
            ("192.0.2.1:80", "192.0.2.1:80"),
        ] {
            let listening = listening.parse().unwrap();
            assert_eq!(from_here(listening).to_string(), reached);
        }
    }
}
