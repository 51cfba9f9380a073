//! Moves bytes between a connection, its session, the hub and the service. One
//! task per connection, asleep while nothing is asked and everything that is
//! written goes out at once: the hub writes events itself (links.rs).

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use hallway_model::access::Actor;
use hallway_model::ids::{IdempotencyKey, SignInId};
use hallway_protocol::frames::{MAX_CLIENT_FRAME, Me};
use hallway_protocol::{Command, ServerFrame, Topic};
use hallway_service::history::{Window, Written};
use hallway_service::{AsOf, Error, Service, messages, pins, reactions, reading, revisions};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::frames::{Frame, frame, history_frame};
use crate::hub::Hub;
use crate::links::{Ask, Link, OWN};
use crate::session::{Followed, Output, Session};
use crate::streams::Place;
use crate::turns::{ACCEPTS_PER_SECOND, Turns};
use crate::wires::{Incoming, Wire};

/// A client that says nothing for this long, not even a ping, is gone.
const SILENCE: Duration = Duration::from_secs(90);
/// A queue that stands still for longer means the other side is not reading.
const WRITE_TIMEOUT: Duration = Duration::from_secs(20);

/// Bytes of a message that are read at the most. More than a client may send,
/// so that one who sends a little too much is told why the connection ends;
/// unread bytes would make the kernel reset it and take that word along.
pub const MAX_READ: usize = 4 * MAX_CLIENT_FRAME;

/// Codes of a close (RFC 6455 §7.4.1, and the registry it opens).
mod codes {
    pub const NORMAL: u16 = 1000;
    pub const UNSUPPORTED: u16 = 1003;
    pub const POLICY: u16 = 1008;
    pub const SIZE: u16 = 1009;
    pub const RESTART: u16 = 1012;
}

/// Who is on the other side.
#[derive(Clone, Debug)]
pub struct Client {
    pub actor: Actor,
    pub me: Option<Me>,
    /// The sign-in or token that they showed, and when the actor was read.
    pub sign_in: Option<(SignInId, AsOf)>,
}

/// Everything a connection needs.
#[derive(Clone)]
pub struct Gateway {
    pub(crate) service: Service,
    pub(crate) hub: Hub,
    stop: CancellationToken,
    turns: Arc<Turns>,
    window: Arc<OnceLock<u64>>,
}

impl Gateway {
    pub fn new(service: Service, hub: Hub, stop: CancellationToken) -> Self {
        Self {
            service,
            hub,
            stop,
            turns: Arc::default(),
            window: Arc::default(),
        }
    }

    pub fn hub(&self) -> &Hub {
        &self.hub
    }

    /// Waits until one more connection may be let in; false where too many
    /// wait already, and the client shall come back later.
    pub async fn turn(&self) -> bool {
        self.turns.wait().await
    }

    /// Carries out a command and says what the client is to be told.
    pub async fn run_command(&self, actor: &Actor, key: Uuid, command: Command) -> ServerFrame {
        let service = &self.service;
        let once = Some(IdempotencyKey(key));
        let outcome = async {
            let person = actor.person.ok_or(Error::SignInNeeded)?;
            service.limits().message(person)?;
            match command {
                Command::PostMessage {
                    channel,
                    body,
                    reply_to,
                    thread,
                    also_in_channel,
                    images,
                } => {
                    let post = messages::PostMessage {
                        reply_to,
                        thread,
                        also_in_channel,
                        images,
                        ..messages::PostMessage::typed(channel, &body)?
                    };
                    service.write(actor, once, post).await.map(|_| ())
                }
                Command::EditMessage { message, body } => {
                    service
                        .write(actor, once, revisions::EditMessage { message, body })
                        .await
                }
                Command::RemoveMessage { message } => {
                    service
                        .write(actor, once, revisions::RemoveMessage { message })
                        .await
                }
                Command::PinMessage { message } => {
                    service
                        .write(actor, once, pins::PinMessage { message })
                        .await
                }
                Command::UnpinMessage { message } => {
                    service
                        .write(actor, once, pins::UnpinMessage { message })
                        .await
                }
                Command::AddReaction { message, emoji } => {
                    service
                        .write(actor, once, reactions::AddReaction { message, emoji })
                        .await
                }
                Command::RemoveReaction { message, emoji } => {
                    service
                        .write(actor, once, reactions::RemoveReaction { message, emoji })
                        .await
                }
                Command::MarkRead { channel, seq } => service
                    .write(actor, once, reading::MarkRead { channel, seq })
                    .await
                    .map(|_| ()),
                Command::MarkUnread { channel, seq } => service
                    .write(actor, once, reading::MarkUnread { channel, seq })
                    .await
                    .map(|_| ()),
            }
        }
        .await;
        match outcome {
            Ok(()) => ServerFrame::Ack { key },
            Err(error) => {
                log(&error);
                ServerFrame::Problem {
                    key: Some(key),
                    topic: None,
                    problem: error.problem(),
                }
            }
        }
    }

    /// Milliseconds within which those connected now may come back: all of
    /// them, so it is worked out once, before the first has left.
    fn reconnect_window(&self) -> u64 {
        *self.window.get_or_init(|| window_for(self.hub.open()))
    }
}

fn window_for(open: usize) -> u64 {
    let milliseconds = open as u64 * 1_000 / u64::from(ACCEPTS_PER_SECOND);
    milliseconds.max(1_000)
}

pub(crate) struct Connection {
    gateway: Gateway,
    client: Client,
    session: Session,
    link: Arc<Link>,
    wire: Wire,
    _place: Option<Place>,
}

/// The connection is over; how does not matter any more.
struct Gone;

impl Connection {
    pub(crate) fn new(
        gateway: Gateway,
        client: Client,
        link: Arc<Link>,
        wire: Wire,
        place: Option<Place>,
    ) -> Self {
        metrics::gauge!("hallway_live_connections").increment(1.0);
        // What changed before the hub knew of the link was not asked here.
        if client
            .sign_in
            .is_some_and(|(_, as_of)| !gateway.service.still_holds(as_of))
        {
            link.ask_again(Ask::Rights);
        }
        Self {
            gateway,
            client,
            session: Session::default(),
            link,
            wire,
            _place: place,
        }
    }

    /// Greets, then serves until it ends. `asked` is subscribed to at once.
    pub(crate) async fn run(mut self, mut incoming: Incoming, asked: Vec<Followed>) {
        let now = self.gateway.service.now().0;
        let hello = Session::hello(self.client.me.clone(), now);
        let mut outputs = vec![Output::Send(hello)];
        for followed in asked {
            outputs.extend(self.session.subscribe(followed));
        }
        if Box::pin(self.carry_out(outputs)).await.is_ok() {
            let _ = self.pump(&mut incoming).await;
        }
    }

    async fn pump(&mut self, incoming: &mut Incoming) -> Result<(), Gone> {
        let stop = self.gateway.stop.clone();
        let link = Arc::clone(&self.link);
        let mut heard = Instant::now();
        loop {
            let pending = self.wire.has_pending(&link);
            // Whoever does not read what they asked for is asked no more.
            let listens = link.waiting() <= OWN;
            let next = self.next_look(heard, incoming.speaks(), pending);
            tokio::select! {
                () = stop.cancelled() => return Box::pin(self.say_closing()).await,
                message = incoming.next(), if listens => {
                    heard = Instant::now();
                    Box::pin(self.hear(message)).await?;
                }
                drained = self.wire.drain(&link, 0), if pending => {
                    drained.map_err(|_| Gone)?;
                    Box::pin(self.catch_up()).await?;
                }
                () = link.wake.notified() => {
                    if link.is_broken() {
                        return Err(Gone);
                    }
                    match link.take_ask() {
                        Ask::Nothing => {}
                        Ask::Channels => {
                            let channel = |topic: &Topic| matches!(topic, Topic::Channel(_));
                            Box::pin(self.ask_topics(channel)).await?;
                        }
                        Ask::Rights => Box::pin(self.ask_rights()).await?,
                    }
                    if !self.wire.has_pending(&link) {
                        Box::pin(self.catch_up()).await?;
                    }
                }
                () = tokio::time::sleep_until(next) => {}
            }
            if self.is_over(heard, incoming.speaks()) {
                return Err(Gone);
            }
            if !incoming.speaks() {
                self.wire.beat(&link);
            }
        }
    }

    /// When there is something to do though nothing happens.
    fn next_look(&self, heard: Instant, speaks: bool, pending: bool) -> Instant {
        let next = if speaks {
            heard + SILENCE
        } else {
            self.wire.next_beat()
        };
        if pending {
            next.min(self.link.deadline(WRITE_TIMEOUT))
        } else {
            next
        }
    }

    /// Whether the other side counts as gone.
    fn is_over(&self, heard: Instant, speaks: bool) -> bool {
        let now = Instant::now();
        let silent = speaks && now >= heard + SILENCE;
        let stuck = self.wire.has_pending(&self.link) && now >= self.link.deadline(WRITE_TIMEOUT);
        silent || stuck
    }

    async fn hear(&mut self, message: Option<Message>) -> Result<(), Gone> {
        let outputs = match message {
            Some(Message::Text(text)) if text.len() > MAX_CLIENT_FRAME => {
                return self
                    .close(codes::SIZE, "a frame has at most 16384 bytes")
                    .await;
            }
            Some(Message::Text(text)) => self.session.receive(&text),
            // Pings are answered by the library.
            Some(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => vec![],
            Some(Message::Binary(_)) => {
                return self.close(codes::UNSUPPORTED, "text frames only").await;
            }
            Some(Message::Close(_)) => return self.close(codes::NORMAL, "").await,
            None => return Err(Gone),
        };
        self.carry_out(outputs).await
    }

    /// Carries out what the session wants, one after the other.
    async fn carry_out(&mut self, outputs: Vec<Output>) -> Result<(), Gone> {
        let link = Arc::clone(&self.link);
        // What a subscription tells goes out together.
        let mut gathering = None;
        let mut waiting: VecDeque<Output> = outputs.into();
        while let Some(output) = waiting.pop_front() {
            match output {
                Output::Send(frame) => self.say(&frame).await?,
                Output::Join { topic, present } => match self.may_hear(topic).await {
                    Ok(()) => self.gateway.hub.join(topic, &self.link, present),
                    Err(error) => {
                        waiting.retain(|later| !later.is_past_of(topic));
                        waiting.extend(self.session.refused(topic, error.problem()));
                    }
                },
                Output::History { topic, limit } => match self.history(topic, limit).await {
                    Ok(page) => {
                        gathering.get_or_insert_with(|| link.gather());
                        self.say(&history_frame(topic, &page.json)).await?;
                        waiting.push_front(Output::CatchUp {
                            topic,
                            after: Some(page.seq),
                            announce: true,
                        });
                    }
                    Err(error) => waiting.extend(self.session.refused(topic, error.problem())),
                },
                Output::Hold(topic) => self.gateway.hub.hold(topic, &self.link),
                Output::Leave(topic) => {
                    self.gateway.hub.leave(topic, &self.link);
                    self.link.found(topic);
                }
                Output::CatchUp {
                    topic,
                    after,
                    announce,
                } => {
                    let hub = &self.gateway.hub;
                    match hub.past(&self.gateway.service, topic, after).await {
                        Ok(past) => {
                            gathering.get_or_insert_with(|| link.gather());
                            waiting.extend(self.session.caught_up(topic, announce, past));
                        }
                        Err(error) => waiting.extend(self.session.refused(topic, error.problem())),
                    }
                }
                Output::Settle { topic, last } => {
                    self.gateway.hub.settle(topic, &self.link, last);
                    gathering = None;
                }
                Output::Writing(topic) => {
                    let actor = &self.client.actor;
                    self.gateway.writing(actor, topic, &self.link).await;
                }
                Output::Playback(topic, playback) => {
                    self.gateway.hub.note_playback(topic, &self.link, playback);
                }
                Output::Run { key, command } => {
                    let told = self
                        .gateway
                        .run_command(&self.client.actor, key, command)
                        .await;
                    self.say(&frame(&told)).await?;
                }
            }
        }
        Ok(())
    }

    /// A channel's newest messages.
    async fn history(&mut self, topic: Topic, limit: i64) -> Result<Written, Error> {
        let Topic::Channel(channel) = topic else {
            return Err(Error::NotFound);
        };
        let (service, actor) = (&self.gateway.service, &self.client.actor);
        service
            .messages_json(actor, channel, Window::Latest, limit)
            .await
    }

    async fn may_hear(&mut self, topic: Topic) -> Result<(), Error> {
        self.gateway
            .service
            .may_hear(&self.client.actor, topic)
            .await
    }

    /// Reads again what was lost.
    async fn catch_up(&mut self) -> Result<(), Gone> {
        while let Some((topic, first)) = self.link.lost() {
            let outputs = self.session.lost(topic, first);
            self.carry_out(outputs).await?;
        }
        Ok(())
    }

    /// Asks anew who this is and what they may hear; where the database does
    /// not answer, nothing more is told.
    async fn ask_rights(&mut self) -> Result<(), Gone> {
        let Some((sign_in, _)) = self.client.sign_in else {
            return self.ask_topics(|_| true).await;
        };
        match self.gateway.service.actor_again(sign_in).await {
            Ok(Some(actor)) => self.client.actor = actor,
            Ok(None) => return self.close(codes::POLICY, "the sign-in has ended").await,
            Err(error) => {
                log(&error);
                return Err(Gone);
            }
        }
        self.ask_topics(|_| true).await
    }

    /// Asks anew whether topics may be heard.
    async fn ask_topics(&mut self, which: fn(&Topic) -> bool) -> Result<(), Gone> {
        for topic in self.session.topics().filter(which).collect::<Vec<_>>() {
            if let Err(error) = self.may_hear(topic).await {
                let outputs = self.session.refused(topic, error.problem());
                self.carry_out(outputs).await?;
            }
        }
        Ok(())
    }

    /// Says something of its own, and waits where that does not fit.
    async fn say(&mut self, frame: &Frame) -> Result<(), Gone> {
        self.link.own(frame);
        if self.link.waiting() > OWN {
            self.drain(OWN / 2).await?;
        }
        Ok(())
    }

    async fn drain(&mut self, below: usize) -> Result<(), Gone> {
        let link = Arc::clone(&self.link);
        loop {
            let stuck = link.deadline(WRITE_TIMEOUT);
            tokio::select! {
                drained = self.wire.drain(&link, below) => return drained.map_err(|_| Gone),
                () = tokio::time::sleep_until(stuck) => {
                    if Instant::now() >= link.deadline(WRITE_TIMEOUT) {
                        return Err(Gone);
                    }
                }
            }
        }
    }

    async fn say_closing(&mut self) -> Result<(), Gone> {
        let reconnect_within_ms = self.gateway.reconnect_window();
        self.say(&frame(&ServerFrame::Closing {
            reconnect_within_ms,
        }))
        .await?;
        self.close(codes::RESTART, "the server restarts").await
    }

    async fn close(&mut self, code: u16, reason: &str) -> Result<(), Gone> {
        self.link.own(&Frame::close(code, reason));
        self.drain(0).await?;
        Err(Gone)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        for topic in self.session.topics() {
            self.gateway.hub.leave(topic, &self.link);
        }
        self.gateway.hub.disconnect(&self.link);
        metrics::gauge!("hallway_live_connections").decrement(1.0);
    }
}

/// Logged where it is handled, once; refusals are the client's to read.
fn log(error: &Error) {
    if let Error::Internal(why) = error {
        tracing::error!(why, "a command failed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_who_were_here_fit_into_the_window() {
        assert_eq!(window_for(1), 1_000);
        assert_eq!(window_for(500), 1_000);
        assert_eq!(window_for(750), 1_500);
        assert_eq!(window_for(5_000), 10_000);
    }
}
