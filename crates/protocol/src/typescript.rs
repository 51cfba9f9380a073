//! The types of this crate as one TypeScript module. `cargo xtask codegen`
//! writes it to `frontend/src/generated/protocol.ts`.

use ts_rs::{Config, TS};

use crate::{events, frames, images, messages, presence, problem, reactions, rich_text, stages};

/// The whole module, ready to write.
pub fn module() -> String {
    let config = Config::default();
    let mut out = String::from(
        "// Generated from crates/protocol by `cargo xtask codegen`. Do not edit.\n/* eslint-disable */\n\n",
    );
    macro_rules! emit {
        ($($t:ty),* $(,)?) => {$(
            out.push_str("export ");
            out.push_str(<$t as TS>::decl(&config).trim());
            out.push_str("\n\n");
        )*};
    }
    emit!(
        rich_text::Inline,
        rich_text::ListItem,
        rich_text::Block,
        reactions::Reaction,
        reactions::React,
        images::Image,
        images::AttachImage,
        messages::Author,
        messages::Quoted,
        messages::Message,
        messages::Timeline,
        messages::MessagePage,
        messages::ThreadPage,
        messages::PostMessage,
        messages::EditMessage,
        messages::Once,
        messages::Channel,
        events::Event,
        presence::PersonHere,
        presence::PeopleHere,
        problem::Problem,
        stages::StageSession,
        stages::Stage,
        stages::Playback,
        stages::Audience,
        stages::HealthProblem,
        stages::StageHealth,
        frames::Me,
        frames::Command,
        frames::ClientFrame,
        frames::ServerFrame,
    );
    out.push_str(&format!(
        "export const MAX_CLIENT_FRAME = {};\n",
        frames::MAX_CLIENT_FRAME
    ));
    out.push_str(&format!(
        "export const MAX_TOPICS = {};\n",
        frames::MAX_TOPICS
    ));
    out
}
