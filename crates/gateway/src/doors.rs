//! How a connection begins: a WebSocket's handshake and what becomes of its
//! stream, or a response that never ends.

use std::convert::Infallible;

use bytes::Bytes;
use futures_util::Stream as Sequence;
use http::{Request, Response};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto::upgrade::downcast;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;

use crate::driver::{Client, Connection, Gateway};
use crate::session::Followed;
use crate::streams::{self, Place, Stream, Wrapping};
use crate::wires::{Ear, Incoming, Wire};

/// Pieces of server-sent events that are on their way to the HTTP connection.
const ON_THE_WAY: usize = 2;

/// A WebSocket that was agreed upon.
pub struct Upgrade(OnUpgrade);

/// Answers a WebSocket's handshake (RFC 6455 §4.2), or says what is wrong.
pub fn shake_hands<B, R: Default>(
    request: &mut Request<B>,
) -> Result<(Response<R>, Upgrade), String> {
    let response = create_response_with_body(request, R::default).map_err(|e| e.to_string())?;
    Ok((response, Upgrade(hyper::upgrade::on(request))))
}

impl Gateway {
    /// Serves a WebSocket until it ends.
    pub async fn serve(self, upgrade: Upgrade, client: Client) {
        // Over a connection that ended before it became one.
        let Ok(upgraded) = upgrade.0.await else {
            return;
        };
        let (bytes, place, heard) = take_apart(upgraded);
        let person = client.actor.person;
        let (link, wire, wrapped) = match bytes {
            streams::Bytes::Plain(tcp) => (self.hub.connect(person, Some(tcp)), Wire::Plain, None),
            streams::Bytes::Wrapped(wrapped) => {
                let (read, write) = tokio::io::split(wrapped);
                (
                    self.hub.connect(person, None),
                    Wire::wrapped(write),
                    Some(read),
                )
            }
        };
        let ear = Ear {
            link: link.clone(),
            wrapped,
        };
        let incoming = Incoming::socket(ear, &heard).await;
        drop(heard);
        Connection::new(self, client, link, wire, place)
            .run(incoming, vec![])
            .await;
    }

    /// The same frames as server-sent events, for whom WebSockets do not reach.
    pub fn events(
        self,
        client: Client,
        asked: Vec<Followed>,
    ) -> impl Sequence<Item = Result<Bytes, Infallible>> + Send + 'static {
        let (out, pieces) = mpsc::channel(ON_THE_WAY);
        let link = self.hub.connect(client.actor.person, None);
        let connection = Connection::new(self, client, link, Wire::events(out.clone()), None);
        tokio::spawn(connection.run(Incoming::Deaf(out), asked));
        futures_util::stream::unfold(pieces, async |mut pieces: mpsc::Receiver<Bytes>| {
            pieces.recv().await.map(|piece| (Ok(piece), pieces))
        })
    }
}

/// The stream below HTTP, where it is one of the listener's, and what was read
/// from it beyond the handshake.
fn take_apart(upgraded: Upgraded) -> (streams::Bytes, Option<Place>, Bytes) {
    match downcast::<TokioIo<Stream>>(upgraded) {
        Ok(parts) => {
            let Stream { bytes, place } = parts.io.into_inner();
            (bytes, Some(place), parts.read_buf)
        }
        Err(upgraded) => {
            let wrapped: Box<dyn Wrapping> = Box::new(TokioIo::new(upgraded));
            (streams::Bytes::Wrapped(wrapped), None, Bytes::new())
        }
    }
}
