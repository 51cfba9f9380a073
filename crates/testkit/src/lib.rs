//! What tests need from outside: a clock that moves when told, chance that
//! repeats, and databases of their own. Leaves factories and the running
//! server to `crates/server/tests/it`.

pub mod clocks;
pub mod databases;
pub mod postgres;
pub mod randoms;

pub use clocks::ManualClock;
pub use databases::{Kind, TestDatabase};
pub use postgres::PrivatePostgres;
pub use randoms::SeededRandom;
