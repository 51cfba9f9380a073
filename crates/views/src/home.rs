//! The community's front page: its events, what is live first.

use askama::Template;
use hallway_model::time::{Day, Zone};
use hallway_protocol::routes;

use crate::samples;
use crate::shell::Shell;

#[derive(Template)]
#[template(path = "home/home.html")]
pub struct HomePage {
    pub shell: Shell,
    pub community: String,
    /// Running today.
    pub live: Vec<EventCard>,
    /// Soonest first.
    pub upcoming: Vec<EventCard>,
    /// Latest first.
    pub past: Vec<EventCard>,
    /// Groups of the reader that outlive their events.
    pub groups: Vec<GroupLink>,
}

#[derive(Clone, Debug)]
pub struct GroupLink {
    pub event: String,
    pub slug: String,
    pub name: String,
}

#[derive(Clone, Debug)]
pub struct EventCard {
    pub slug: String,
    pub title: String,
    pub first_day: Day,
    pub last_day: Day,
    pub zone: Zone,
    pub sessions: usize,
    /// Stages with a session on air.
    pub live_stages: usize,
    /// Recordings that can be watched.
    pub recordings: usize,
}

impl HomePage {
    fn creates(&self) -> bool {
        self.shell.person.as_ref().is_some_and(|p| p.creates_events)
    }

    fn is_empty(&self) -> bool {
        self.live.is_empty() && self.upcoming.is_empty() && self.past.is_empty()
    }

    /// With live, coming and past events.
    pub fn sample() -> Self {
        Self {
            shell: samples::shell(&routes::home()).signed_in().shell,
            community: "Cloud Native Friends".into(),
            live: vec![samples::card("summit-2026", samples::TITLE, 3)],
            upcoming: vec![samples::card(
                "winter",
                "Winter Meetup: small talks, long nights",
                0,
            )],
            past: vec![samples::card(
                "summit-2025",
                "Cloud Native Friends Summit 2025",
                0,
            )],
            groups: vec![GroupLink {
                event: "summit-2025".into(),
                slug: "night-owls".into(),
                name: samples::HOSTILE.into(),
            }],
        }
    }

    /// A new installation, seen by a visitor.
    pub fn sample_empty() -> Self {
        Self {
            shell: samples::shell(&routes::home()).shell,
            community: "Hallway".into(),
            live: vec![],
            upcoming: vec![],
            past: vec![],
            groups: vec![],
        }
    }
}
