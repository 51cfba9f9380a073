//! Low-latency HLS: cuts frames into parts and segments, keeps the live window
//! in memory and renders its playlists, writes closed segments to the blob
//! store, and cuts recordings out of them. It knows nothing of stages, people
//! or HTTP; the caller passes the wall clock in.
//!
//! [`Packager`] is the writing end of a broadcast, [`Live`] its reading end,
//! [`Recorder`] what keeps it.

mod cuts;
mod fragments;
mod indexes;
mod lives;
mod packagers;
mod pieces;
mod playlists;
mod recorders;
mod segmenters;
mod segments;

pub use cuts::{Cut, CutError, CutOrder};
pub use fragments::FragmentError;
pub use indexes::{Entry, EntryPart, Index};
pub use lives::{Live, LiveError, Reload, Status};
pub use packagers::Packager;
pub use pieces::{LiveFile, Piece, Variant};
pub use recorders::{Recorder, RecorderStatus};
pub use segmenters::{Output, Segmenter, Settings};
pub use segments::{Init, Part, Resume, Segment, SegmentHead};
