//! One guest of a rehearsal: comes, reads pages, joins the chat, talks and
//! reacts now and then, leaves, and comes back for what they missed.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use futures_util::{SinkExt, StreamExt};
use hallway_model::random::Random;
use hallway_model::time::Timestamp;
use hallway_protocol::messages::MessagePage;
use hallway_protocol::routes;
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::CancellationToken;

use super::ledgers::Ledger;
use super::lines::{Http, Site, Socket};

pub struct Attendee {
    pub site: Arc<Site>,
    pub ledger: Arc<Ledger>,
    pub channel: String,
    pub token: String,
    pub random: Random,
    /// How many take part.
    pub everyone: usize,
    /// Cancelled when all shall leave before the end.
    pub stop: CancellationToken,
}

/// Seconds that somebody stays, and stays away.
const STAYS: std::ops::Range<u64> = 20..180;
const AWAY: std::ops::Range<u64> = 2..20;
/// What everyone together says in a second, at the most; alone nobody says
/// more than a few words a minute.
const TALK: f64 = 5.0;
const ALONE: f64 = 0.1;
/// Of ten who have something to say, so many react instead.
const REACT: u64 = 4;
/// Tries after something went wrong.
const PATIENCE: Duration = Duration::from_secs(5);
/// The server gives up whoever says nothing for 90 s.
const PING: Duration = Duration::from_secs(25);

const WORDS: [&str; 6] = [
    "Good morning from the back row!",
    "That graph alone was worth coming for.",
    "Does anyone have the link to the **slides**?",
    "We had the same problem last year; `--dry-run` saved us.",
    "Coffee break, anyone?",
    "Thanks, this answers my question.",
];

/// What a guest looks at of a frame.
#[derive(Deserialize)]
struct Heard {
    #[serde(rename = "type")]
    kind: String,
    seq: Option<i64>,
    event: Option<serde_json::Value>,
    page: Option<MessagePage>,
    problem: Option<serde_json::Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Stay,
    Leave,
    /// Too much was missed: they come anew, with nothing.
    ReadAnew,
}

/// Where a guest stands in the channel.
struct Place {
    seq: i64,
    /// When the live connection stood, the last time.
    since: Instant,
    /// Id of a message to react to.
    message: Option<String>,
}

impl Attendee {
    pub async fn play(self, arrival: Instant, end: Instant) {
        self.wait(arrival).await;
        let mut place: Option<Place> = None;
        while Instant::now() < end && !self.stop.is_cancelled() {
            let leaves = end.min(Instant::now() + self.seconds(STAYS));
            if let Err(error) = self.visit(&mut place, leaves).await {
                self.ledger.error(format!("{error:#}"));
                self.wait(end.min(Instant::now() + PATIENCE)).await;
            }
            self.wait(end.min(Instant::now() + self.seconds(AWAY)))
                .await;
        }
    }

    async fn wait(&self, until: Instant) {
        tokio::select! {
            () = tokio::time::sleep_until(until) => {}
            () = self.stop.cancelled() => {}
        }
    }

    fn below(&self, end: u64) -> u64 {
        self.random.below(end)
    }

    fn seconds(&self, range: std::ops::Range<u64>) -> Duration {
        Duration::from_secs(range.start + self.below(range.end - range.start))
    }

    async fn visit(&self, place: &mut Option<Place>, leaves: Instant) -> anyhow::Result<()> {
        let mut http = self.site.http(&self.token).await?;
        let event = self.site.event();
        let pages = [
            routes::event(event),
            routes::schedule(event),
            format!("/{event}/chat/"),
        ];
        for page in &pages[..=self.below(pages.len() as u64) as usize] {
            self.read(&mut http, page).await?;
        }
        let begun = Instant::now();
        let again = place.is_some();
        drop(http);
        let (mut socket, mut here) = match place.take() {
            None => self.arrive().await?,
            Some(here) => match self.join(json!({ "after": here.seq })).await {
                Ok(socket) => (socket, here),
                Err(error) => {
                    *place = Some(here);
                    return Err(error);
                }
            },
        };
        self.ledger.joined(begun.elapsed(), again);
        here.since = Instant::now();
        let stayed = self.stay(&mut socket, &mut here, leaves).await;
        self.ledger.left();
        let _ = socket.close(None).await;
        // However it ended, what was heard was heard.
        if !matches!(stayed, Ok(Next::ReadAnew)) {
            *place = Some(here);
        }
        stayed.map(drop)
    }

    async fn read(&self, http: &mut Http, page: &str) -> anyhow::Result<()> {
        let begun = Instant::now();
        http.get(page)
            .await
            .with_context(|| format!("no page {page}"))?;
        self.ledger.page(begun.elapsed());
        Ok(())
    }

    /// Comes with nothing: the newest messages are told first.
    async fn arrive(&self) -> anyhow::Result<(Socket, Place)> {
        let mut socket = self.join(json!({ "history": 50 })).await?;
        let history = async {
            loop {
                let message = socket.next().await.context("the server hung up")??;
                let Message::Text(text) = message else {
                    continue;
                };
                let heard: Heard = serde_json::from_str(&text)?;
                match heard.kind.as_str() {
                    "history" => return heard.page.context("a history without a page"),
                    "problem" => bail!("refused: {}", heard.problem.unwrap_or_default()["type"]),
                    _ => {}
                }
            }
        };
        let page = tokio::time::timeout(PATIENCE, history)
            .await
            .context("no history in time")??;
        let place = Place {
            seq: page.seq,
            since: Instant::now(),
            message: page.messages.last().map(|message| message.id.to_string()),
        };
        Ok((socket, place))
    }

    /// A live connection that follows the channel from somewhere on.
    async fn join(&self, begin: serde_json::Value) -> anyhow::Result<Socket> {
        let mut socket = self
            .site
            .live(&self.token)
            .await
            .context("no live connection")?;
        let topic = format!("channel:{}", self.channel);
        let mut subscribe = begin;
        subscribe["type"] = "subscribe".into();
        subscribe["topic"] = topic.into();
        socket.send(Message::text(subscribe.to_string())).await?;
        Ok(socket)
    }

    /// Seconds until this guest has something to say.
    fn until_talk(&self) -> Duration {
        let a_second = (TALK / self.everyone as f64).min(ALONE);
        let mean = Duration::from_secs(1).div_f64(a_second);
        // Even chance between nothing and twice the mean.
        mean.mul_f64(2.0 * self.below(1_000) as f64 / 1_000.0)
    }

    async fn stay(
        &self,
        socket: &mut Socket,
        place: &mut Place,
        leaves: Instant,
    ) -> anyhow::Result<Next> {
        let mut talks = Instant::now() + self.until_talk();
        let mut pings = tokio::time::interval(PING);
        // Commands that were not answered yet.
        let mut open = 0_usize;
        let stopped = self.stop.cancelled();
        tokio::pin!(stopped);
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(leaves), if open == 0 => return Ok(Next::Leave),
                () = &mut stopped, if open == 0 => return Ok(Next::Leave),
                () = tokio::time::sleep_until(talks), if Instant::now() < leaves => {
                    self.speak(socket, place).await?;
                    open += 1;
                    talks = Instant::now() + self.until_talk();
                }
                _ = pings.tick() => socket.send(Message::text(r#"{"type":"ping"}"#)).await?,
                heard = socket.next() => {
                    let message = heard.context("the server hung up")??;
                    let Message::Text(text) = message else { continue };
                    let heard: Heard = serde_json::from_str(&text)?;
                    match self.hear(heard, place, &mut open)? {
                        Next::Stay => {}
                        next => return Ok(next),
                    }
                }
            }
        }
    }

    /// Says something, or reacts to what was said.
    async fn speak(&self, socket: &mut Socket, place: &Place) -> anyhow::Result<()> {
        let key = self.random.uuid(Timestamp(0));
        let command = match &place.message {
            Some(message) if self.below(10) < REACT => {
                self.ledger.reacted();
                json!({ "type": "add_reaction", "message": message, "emoji": "👍" })
            }
            _ => {
                let words = WORDS[self.below(WORDS.len() as u64) as usize];
                let body = format!("{words} ({})", self.ledger.sent());
                json!({ "type": "post_message", "channel": self.channel, "body": body })
            }
        };
        let frame = json!({ "type": "command", "key": key, "command": command });
        socket.send(Message::text(frame.to_string())).await?;
        Ok(())
    }

    fn hear(&self, heard: Heard, place: &mut Place, open: &mut usize) -> anyhow::Result<Next> {
        match heard.kind.as_str() {
            "event" => {
                let seq = heard.seq.context("an event without a number")?;
                if seq != place.seq + 1 {
                    self.ledger.gap();
                }
                place.seq = seq;
                let event = heard.event.unwrap_or_default();
                let source = event["message"]["source"].as_str();
                self.ledger.delivered(source.and_then(number), place.since);
                if let Some(id) = event["message"]["id"].as_str() {
                    place.message = Some(id.to_owned());
                }
            }
            "ack" => {
                *open = open.saturating_sub(1);
                self.ledger.acknowledged();
            }
            "problem" => {
                bail!("refused: {}", heard.problem.unwrap_or_default()["type"]);
            }
            "resync" => return Ok(Next::ReadAnew),
            "closing" => return Ok(Next::Leave),
            _ => {}
        }
        Ok(Next::Stay)
    }
}

/// The number at the end of what a guest says.
fn number(source: &str) -> Option<usize> {
    source.strip_suffix(')')?.rsplit_once('(')?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_tells_its_number() {
        assert_eq!(number("Coffee break, anyone? (17)"), Some(17));
        assert_eq!(number("Coffee (or tea)"), None);
    }
}
