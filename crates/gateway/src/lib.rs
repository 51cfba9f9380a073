//! Live connections. A [`session::Session`] is a state machine without IO that
//! says what to send and what to ask for; [`driver`] moves bytes between it, a
//! socket and the service; the [`Hub`] hands every event of the bus to the
//! sockets that subscribed to its topic, in order and without gaps.

mod driver;
mod hub;
mod session;

pub use driver::{Client, Gateway, MAX_READ};
pub use hub::Hub;
