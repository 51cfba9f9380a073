//! One binary of tests against the real application: the tree mirrors the
//! features, and every test runs on SQLite and on PostgreSQL.

mod databases;
mod encoders;
mod harness;

mod access;
mod accounts;
mod anonymous_reports;
mod arrivals;
mod audit;
mod bots;
mod catch_ups;
mod channels;
mod chat_exports;
mod delivery;
mod desk;
mod digests;
mod directs;
mod faults;
mod images;
mod imports;
mod incoming_hooks;
mod live;
mod mentions;
mod messages;
mod moderation;
mod moments;
mod organise;
mod outgoing_hooks;
mod pages;
mod people;
mod pins;
mod places;
mod presence;
mod pushes;
mod reactions;
mod reading;
mod rehearsals;
mod revisions;
mod search;
mod sign_ins;
mod slack_imports;
mod sockets;
mod stages;
mod threads;
mod wards;
