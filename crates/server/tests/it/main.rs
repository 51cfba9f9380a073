//! One binary of tests against the real application: the tree mirrors the
//! features, and every test runs on SQLite and on PostgreSQL.

mod harness;

mod access;
mod channels;
mod imports;
mod live;
mod messages;
mod pages;
mod reactions;
mod sign_ins;
mod stages;
