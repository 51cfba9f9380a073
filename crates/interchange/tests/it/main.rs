//! The crate from outside: real files where they are at hand, generated ones
//! everywhere, hostile ones of every kind.

mod calendars;
mod data;
mod files;
mod hostile;
mod round_trips;
mod rules;
mod samples;
mod schemas;
