//! Who is in a channel, as far as they want it known.

use askama::Template;
use hallway_protocol::routes;

use crate::people::PersonRow;
use crate::samples;
use crate::shell::{Shell, palette};

/// `GET` of `routes::channel_people` (`?page=`).
#[derive(Template)]
#[template(path = "channels/people.html")]
pub struct PeopleHerePage {
    pub shell: Shell,
    /// Slug and name of the channel.
    pub slug: String,
    pub name: String,
    /// How many are there, named or not.
    pub count: usize,
    pub people: Vec<PersonRow>,
    /// The next page, where there is one.
    pub more: Option<String>,
}

impl PeopleHerePage {
    fn palette(&self, person: &PersonRow) -> u8 {
        palette(&person.id.to_string())
    }

    pub fn sample() -> Self {
        let url = routes::channel_people(samples::SLUG, "lobby");
        let row = |n: u8, name: &str, open: bool| PersonRow {
            id: samples::person_id(n),
            name: name.into(),
            pronouns: open.then(|| "she/her".into()),
            open,
            languages: vec![],
        };
        Self {
            shell: samples::event_shell(&url).attendee().shell,
            slug: "lobby".into(),
            name: "Lobby".into(),
            count: 12,
            people: vec![row(1, "Ada Brandt", true), row(2, samples::HOSTILE, false)],
            more: Some(format!("{url}?page=2")),
        }
    }
    pub fn sample_empty() -> Self {
        Self {
            count: 0,
            people: vec![],
            more: None,
            ..Self::sample()
        }
    }
}
