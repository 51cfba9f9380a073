//! The stage as it runs: a real service on SQLite, real publishers (ffmpeg)
//! over loopback, and players' reading through the stage's own API. Needs
//! ffmpeg and ffprobe.

mod publishers;
mod recordings;
mod summits;
