//! Moves bytes between a socket, its session, the hub and the service. One task
//! per connection; its queue is bounded, and it sends everything that is
//! pending before it flushes.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use hallway_model::access::Actor;
use hallway_model::ids::IdempotencyKey;
use hallway_protocol::frames::{MAX_CLIENT_FRAME, MAX_REPLAY, Me};
use hallway_protocol::{Command, ServerFrame, Topic};
use hallway_service::outbox::Replay;
use hallway_service::{Error, Service, messages, pins, reactions, revisions};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::hub::{Delivery, Hub, Socket};
use crate::session::{Frame, Output, Past, Session, event_frame, frame, refuse};

/// A client that says nothing for this long, not even a ping, is gone.
const SILENCE: Duration = Duration::from_secs(90);
/// A write that takes longer means the other side is not reading.
const WRITE_TIMEOUT: Duration = Duration::from_secs(20);
/// Sockets let back in per second after a restart (promise R6).
const ACCEPTS_PER_SECOND: usize = 500;

/// Bytes of a message that are read at the most. More than a client may send,
/// so that one who sends a little too much is told why the connection ends;
/// unread bytes would make the kernel reset it and take that word along.
pub const MAX_READ: usize = 4 * MAX_CLIENT_FRAME;

/// Who is on the other side.
#[derive(Clone, Debug)]
pub struct Client {
    pub actor: Actor,
    pub me: Option<Me>,
}

/// Everything a connection needs.
#[derive(Clone)]
pub struct Gateway {
    service: Service,
    hub: Hub,
    stop: CancellationToken,
    open: Arc<()>,
}

impl Gateway {
    pub fn new(service: Service, hub: Hub, stop: CancellationToken) -> Self {
        Self {
            service,
            hub,
            stop,
            open: Arc::new(()),
        }
    }

    pub fn hub(&self) -> &Hub {
        &self.hub
    }

    /// Serves one connection until it ends.
    pub async fn serve(self, socket: WebSocket, client: Client) {
        let (outgoing, incoming) = socket.split();
        let (handle, deliveries) = self.hub.connect(client.actor.person);
        let mut connection = Connection {
            gateway: self,
            client,
            session: Session::default(),
            handle,
            outgoing,
        };
        connection.run(incoming, deliveries).await;
        for topic in connection.session.topics().collect::<Vec<_>>() {
            connection.gateway.hub.leave(topic, &connection.handle);
        }
    }

    /// Milliseconds within which those connected now may come back.
    fn reconnect_window(&self) -> u64 {
        let open = Arc::strong_count(&self.open);
        ((open / ACCEPTS_PER_SECOND) as u64 * 1_000).max(1_000)
    }
}

struct Connection {
    gateway: Gateway,
    client: Client,
    session: Session,
    handle: Arc<Socket>,
    outgoing: SplitSink<WebSocket, Message>,
}

/// The connection is over; how does not matter any more.
struct Gone;

impl Connection {
    async fn run(
        &mut self,
        mut incoming: SplitStream<WebSocket>,
        mut deliveries: mpsc::Receiver<Delivery>,
    ) {
        metrics::gauge!("hallway_live_connections").increment(1.0);
        let hello = Session::hello(self.client.me.clone(), self.gateway.service.now().0);
        if self.send(vec![Output::Send(hello)]).await.is_ok() {
            let _ = self.pump(&mut incoming, &mut deliveries).await;
        }
        metrics::gauge!("hallway_live_connections").decrement(1.0);
    }

    async fn pump(
        &mut self,
        incoming: &mut SplitStream<WebSocket>,
        deliveries: &mut mpsc::Receiver<Delivery>,
    ) -> Result<(), Gone> {
        let stop = self.gateway.stop.clone();
        let handle = Arc::clone(&self.handle);
        let mut pending = Vec::with_capacity(64);
        loop {
            let outputs = tokio::select! {
                () = stop.cancelled() => return self.say_closing().await,
                heard = tokio::time::timeout(SILENCE, incoming.next()) => match heard {
                    Ok(Some(Ok(Message::Text(text)))) if text.len() > MAX_CLIENT_FRAME => {
                        return self.close(close_code::SIZE, "a frame has at most 16384 bytes").await;
                    }
                    Ok(Some(Ok(Message::Text(text)))) => self.session.receive(&text),
                    // Pings are answered by the library.
                    Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => continue,
                    Ok(Some(Ok(Message::Binary(_)))) => return self.close(close_code::UNSUPPORTED, "text frames only").await,
                    Ok(Some(Ok(Message::Close(_)) | Err(_)) | None) | Err(_) => return Err(Gone),
                },
                count = deliveries.recv_many(&mut pending, 64) => {
                    if count == 0 {
                        return Err(Gone);
                    }
                    let mut outputs = vec![];
                    for delivery in pending.drain(..) {
                        match delivery {
                            Delivery::Event { topic, seq, frame } => outputs.extend(self.session.event(topic, seq, &frame)),
                            Delivery::Passing(frame) => outputs.push(Output::Send(frame)),
                        }
                    }
                    outputs
                }
                () = handle.wake.notified() => {
                    if handle.recheck.swap(false, Ordering::AcqRel) {
                        self.recheck().await?;
                    }
                    if !handle.lagged.swap(false, Ordering::AcqRel) {
                        continue;
                    }
                    while deliveries.try_recv().is_ok() {}
                    self.session.lagged()
                }
            };
            self.send(outputs).await?;
        }
    }

    /// Carries out what the session wants, and flushes once at the end.
    async fn send(&mut self, outputs: Vec<Output>) -> Result<(), Gone> {
        let mut waiting: std::collections::VecDeque<Output> = outputs.into();
        let mut fed = false;
        while let Some(output) = waiting.pop_front() {
            match output {
                Output::Send(frame) => {
                    self.feed(frame).await?;
                    fed = true;
                }
                Output::Join { topic, present } => {
                    if let Err(error) = self
                        .gateway
                        .service
                        .may_hear(&self.client.actor, topic)
                        .await
                    {
                        waiting.retain(|later| !matches!(later, Output::CatchUp { topic: t, .. } if *t == topic));
                        waiting.extend(self.session.refused(topic, error.problem()));
                    } else {
                        self.gateway.hub.join(topic, &self.handle, present);
                    }
                }
                Output::Leave(topic) => self.gateway.hub.leave(topic, &self.handle),
                Output::CatchUp { topic, after } => match self.catch_up(topic, after).await {
                    Ok(past) => waiting.extend(self.session.caught_up(topic, past)),
                    Err(error) => waiting.extend(self.session.refused(topic, error.problem())),
                },
                Output::Run { key, command } => {
                    waiting.push_back(self.run_command(key, command).await)
                }
            }
        }
        if fed { self.flush().await } else { Ok(()) }
    }

    /// What stands against the person has changed: what they may not hear any
    /// more ends now (promise R24).
    async fn recheck(&mut self) -> Result<(), Gone> {
        let Some(person) = self.client.actor.person else {
            return Ok(());
        };
        let service = self.gateway.service.clone();
        let against = service.sanctions_against(person).await;
        self.client.actor.sanctions = against.map_err(|_| Gone)?;
        let mut outputs = vec![];
        for topic in self.session.topics().collect::<Vec<_>>() {
            if let Err(error) = service.may_hear(&self.client.actor, topic).await {
                outputs.extend(self.session.refused(topic, error.problem()));
            }
        }
        self.send(outputs).await
    }

    async fn catch_up(&self, topic: Topic, after: Option<i64>) -> Result<Past, Error> {
        Ok(
            match self
                .gateway
                .service
                .replay(topic, after, MAX_REPLAY)
                .await?
            {
                Replay::Events { events, latest } => Past::Events {
                    events: events
                        .into_iter()
                        .map(|e| (e.seq, event_frame(topic, e.seq, &e.body)))
                        .collect(),
                    latest,
                },
                Replay::Resync { latest } => Past::TooMuch { latest },
            },
        )
    }

    async fn run_command(&self, key: Uuid, command: Command) -> Output {
        let service = &self.gateway.service;
        let actor = &self.client.actor;
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
                } => {
                    let post = messages::PostMessage {
                        reply_to,
                        thread,
                        also_in_channel,
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
            }
        }
        .await;
        match outcome {
            Ok(()) => Output::Send(frame(&ServerFrame::Ack { key })),
            Err(error) => {
                log(&error);
                refuse(Some(key), None, error.problem())
            }
        }
    }

    async fn feed(&mut self, frame: Frame) -> Result<(), Gone> {
        in_time(self.outgoing.feed(Message::Text(frame))).await
    }

    async fn flush(&mut self) -> Result<(), Gone> {
        in_time(self.outgoing.flush()).await
    }

    async fn say_closing(&mut self) -> Result<(), Gone> {
        let reconnect_within_ms = self.gateway.reconnect_window();
        self.feed(frame(&ServerFrame::Closing {
            reconnect_within_ms,
        }))
        .await?;
        self.close(close_code::RESTART, "the server restarts").await
    }

    async fn close(&mut self, code: u16, reason: &'static str) -> Result<(), Gone> {
        let frame = CloseFrame {
            code,
            reason: reason.into(),
        };
        in_time(self.outgoing.send(Message::Close(Some(frame)))).await?;
        Err(Gone)
    }
}

async fn in_time<F: Future<Output = Result<(), axum::Error>>>(write: F) -> Result<(), Gone> {
    match tokio::time::timeout(WRITE_TIMEOUT, write).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(Gone),
    }
}

/// Logged where it is handled, once; refusals are the client's to read.
fn log(error: &Error) {
    if let Error::Internal(why) = error {
        tracing::error!(why, "a command failed");
    }
}
