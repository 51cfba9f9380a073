//! The site as a client meets it, without a socket: requests go straight into
//! the router, with a real service on SQLite behind it.

mod api;
mod files;
mod media;
mod summits;
