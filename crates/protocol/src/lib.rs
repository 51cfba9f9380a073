//! What travels: the commands and events of the live connection, the bodies of
//! the JSON API, problem types, rich text as a tree, and the builders of every
//! URL. TypeScript sees the same types (`cargo xtask codegen`).

pub mod events;
pub mod frames;
pub mod images;
pub mod mentions;
pub mod messages;
pub mod presence;
pub mod problem;
pub mod programme;
pub mod pushes;
pub mod reactions;
pub mod reading;
pub mod rehearsals;
pub mod rich_text;
pub mod routes;
pub mod search;
pub mod sign_ins;
pub mod stages;
pub mod topics;
pub mod typescript;

/// For those who see the protocol and not the model.
pub use hallway_model::ids::PersonId;
pub use hallway_model::presence::Shown;

pub use events::Event;
pub use frames::{ClientFrame, Command, ServerFrame};
pub use problem::{Kind, Problem};
pub use topics::Topic;
