//! The record: repositories, transactions, outbox, job queue and migrations on
//! SQLite or PostgreSQL, from one body of query code. Deciding is the
//! service's; nothing here knows a rule.

pub mod anonymous_reports;
mod db;
mod error;
mod lines;
mod migrate;
mod prompt;
mod pulse;
mod writer;

pub mod accounts;
pub mod audit;
pub mod backups;
pub mod blocks;
pub mod bots;
pub mod broadcasts;
pub mod bulk_removals;
pub mod calls;
pub mod channels;
pub mod chat_exports;
pub mod checks;
pub mod command_keys;
pub mod conduct;
pub mod digests;
pub mod directs;
pub mod events;
pub mod follows;
pub mod holdings;
pub mod images;
pub mod imported;
pub mod incoming_hooks;
pub mod jobs;
pub mod members;
pub mod mentions;
pub mod messages;
pub mod outbox;
pub mod outgoing_hooks;
pub mod outside_rooms;
pub mod places;
pub mod presence;
pub mod profiles;
pub mod programmes;
pub mod push_subscriptions;
pub mod quiet_hours;
pub mod reactions;
pub mod read_marks;
pub mod recordings;
pub mod registrations;
pub mod reports;
pub mod role_grants;
pub mod rooms;
pub mod sanctions;
pub mod screening;
pub mod search;
pub mod server_keys;
pub mod sessions;
pub mod sign_ins;
pub mod stream_keys;
pub mod thread_follows;
pub mod transparency;

pub use db::{Conn, Database, Engine, Settings};
pub use error::StoreError;
pub use futures_util::future::BoxFuture;
pub use migrate::{SCHEMA_VERSION, SchemaState};
pub use writer::Written;
