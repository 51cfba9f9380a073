//! One binary of tests against the real application: the tree mirrors the
//! features, and every test runs on SQLite and on PostgreSQL.

mod databases;
mod harness;

mod access;
mod accounts;
mod channels;
mod faults;
mod desk;
mod imports;
mod live;
mod messages;
mod organise;
mod pages;
mod reactions;
mod sign_ins;
mod stages;
