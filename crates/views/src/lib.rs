//! Pages and mails: one typed context with samples per page, askama templates
//! (`templates/<feature>/`) and the texts of `locales/`. A context holds plain
//! values that a handler copies from a query; how they read in the reader's
//! language and zone is decided here. Nothing here asks a database or a clock.

pub mod account;
pub mod anonymous_reports;
pub mod audit;
pub mod catch_up;
pub mod channels;
pub mod chat_exports;
pub mod conduct;
pub mod desk;
pub mod digests;
pub mod directs;
pub mod events;
pub mod forms;
pub mod home;
pub mod images;
pub mod integrations;
pub mod mailbox;
pub mod mails;
pub mod markup;
pub mod messages;
pub mod moderation;
pub mod newcomers;
pub mod organise;
pub mod people;
pub mod places;
pub mod presence;
pub mod problems;
pub mod registrations;
pub mod rehearsals;
pub mod samples;
pub mod schedule;
pub mod screening;
pub mod search;
pub mod sessions;
pub mod shell;
pub mod sign_ins;
pub mod speakers;
pub mod stages;
pub mod studio;
pub mod talks;
pub mod texts;
pub mod times;
pub mod transparency;
pub mod wards;
pub mod watch;

pub use askama::Template;
pub use markup::{JsonLd, TrustedHtml};
pub use shell::Shell;
pub use texts::Lang;

/// Lets a component's own template stand unescaped in another template. Only
/// for types that derive `Template` with the html escaper.
macro_rules! component {
    ($($name:ty),* $(,)?) => {$(
        impl askama::filters::HtmlSafe for $name {}
    )*};
}
pub(crate) use component;
