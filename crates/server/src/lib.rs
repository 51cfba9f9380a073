//! Wiring, configuration, command line and life cycle; the binary hallway.

pub mod certificates;
pub mod clock;
pub mod config;
pub mod listen;
pub mod proxies;
pub mod telemetry;
