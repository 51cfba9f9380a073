//! Wiring, configuration, command line and life cycle; the binary hallway.

pub mod app;
pub mod backup;
pub mod certificates;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod config;
pub mod doctor;
pub mod listen;
pub mod proxies;
pub mod rehearsals;
pub mod telemetry;
