//! The words of Hallway as types: ids, entities, life cycles, permissions and
//! pure rules. No clock, socket, row or async lives here; time and chance come
//! in as arguments.

pub mod ids;
pub mod programme;
pub mod random;
pub mod sessions;
pub mod time;
