//! The words of Hallway as types: ids, entities, life cycles, permissions and
//! pure rules. No clock, socket, row or async lives here; time and chance come
//! in as arguments.

pub mod access;
pub mod anonymous_reports;
pub mod audit;
pub mod channels;
pub mod commands;
pub mod conduct;
pub mod digests;
pub mod directs;
pub mod emoji;
pub mod events;
pub mod ids;
pub mod images;
pub mod messages;
pub mod outside_rooms;
pub mod people;
pub mod pins;
pub mod presence;
pub mod profiles;
pub mod programme;
pub mod quiet_hours;
pub mod random;
pub mod reactions;
pub mod reading;
pub mod rehearsals;
pub mod reports;
pub mod sanctions;
pub mod screening;
pub mod search;
pub mod secrets;
pub mod sessions;
pub mod slug;
pub mod stages;
pub mod time;
pub mod transparency;
