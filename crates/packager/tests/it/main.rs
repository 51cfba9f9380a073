//! Streams that a real encoder made, packaged and read back by readers that
//! are not ours.

mod clips;
mod live;
mod recordings;
mod rules;
