//! What media is, without saying where it comes from or goes: codecs, tracks,
//! frames, media time, and handles through which one producer feeds many
//! consumers, each with a bounded queue of its own.
