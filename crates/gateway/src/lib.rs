//! Live connections. A `Session` is a state machine without IO that says what
//! to send and what to ask for; the driver moves bytes between it, a socket and
//! the service; the [`Hub`] hands every event of the bus to the sockets that
//! subscribed to its topic, in order and without gaps, and writes to them
//! itself (docs/adr/0013).

mod audiences;
mod counts;
mod doors;
mod driver;
mod frames;
mod hub;
mod links;
mod presence;
mod seats;
mod session;
mod streams;
mod topics;
mod turns;
mod wires;

pub use doors::{Upgrade, shake_hands};
pub use driver::{Client, Gateway};
pub use hub::Hub;
pub use session::Followed;
pub use streams::{Place, Stream};
