//! People as they show themselves to others, and the choice of how.

use askama::Template;
use hallway_model::ids::PersonId;
use hallway_model::time::{Timestamp, Zone};
use hallway_protocol::routes;

use crate::forms::{Field, FieldError, Summary};
use crate::places::{LANGUAGES, PersonLink};
use crate::samples;
use crate::shell::Shell;
use crate::times::Moment;

/// `GET` of `routes::person`. Forms: asking for a conversation at
/// `routes::directs`, an invitation at `routes::channel_part` `invite`, a block
/// at `routes::person_block` (`block` = `yes` or `no`).
#[derive(Template)]
#[template(path = "people/person.html")]
pub struct PersonPage {
    pub shell: Shell,
    pub id: PersonId,
    pub name: String,
    pub pronouns: Option<String>,
    /// Where they let others see what time it is for them.
    pub zone: Option<Zone>,
    pub now: Timestamp,
    pub languages: Vec<String>,
    /// Open to talk until then.
    pub talk_until: Option<Timestamp>,
    /// Slug and name of the channels they host.
    pub hosts: Vec<(String, String)>,
    /// Slug and name of channels of the reader they could be asked to.
    pub invites: Vec<(String, String)>,
    pub is_me: bool,
    pub blocked: bool,
    pub key: String,
}

/// `GET` and `POST` of `routes::account_card`: `key`, `listed`, `named`, `invisible`,
/// `shows_zone` (`yes`), `languages`; `routes::account_talk`: `key`, `open` (`yes` or `no`),
/// `next`; unblocking: `routes::account_card` with `unblock` = an id.
#[derive(Template)]
#[template(path = "people/card.html")]
pub struct CardPage {
    pub shell: Shell,
    pub key: String,
    pub listed: bool,
    pub named: bool,
    pub invisible: bool,
    pub shows_zone: bool,
    pub languages: Field,
    pub talk_until: Option<Timestamp>,
    pub blocked: Vec<PersonLink>,
}

/// `GET` of `routes::people`.
#[derive(Template)]
#[template(path = "people/people.html")]
pub struct PeoplePage {
    pub shell: Shell,
    /// Those who are open to talk first.
    pub people: Vec<PersonRow>,
}

#[derive(Clone, Debug)]
pub struct PersonRow {
    pub id: PersonId,
    pub name: String,
    pub pronouns: Option<String>,
    pub languages: Vec<String>,
    pub open: bool,
}

impl PeoplePage {
    fn palette(&self, row: &PersonRow) -> u8 {
        crate::shell::palette(&row.id.to_string())
    }
    fn languages(&self, row: &PersonRow) -> String {
        language_names(&self.shell, &row.languages)
    }

    pub fn sample() -> Self {
        let row = |n, name: &str, open: bool| PersonRow {
            id: samples::person_id(n),
            name: name.into(),
            pronouns: open.then(|| "they/them".into()),
            languages: vec!["de".into(), "en".into()],
            open,
        };
        Self {
            shell: samples::event_shell(&routes::people(samples::SLUG))
                .signed_in()
                .shell,
            people: vec![
                row(3, "Marit Solheim", true),
                row(2, samples::HOSTILE, false),
            ],
        }
    }
    pub fn sample_empty() -> Self {
        Self {
            people: vec![],
            ..Self::sample()
        }
    }
}

fn language_names(shell: &Shell, codes: &[String]) -> String {
    let name = |code: &String| {
        if LANGUAGES.contains(&code.as_str()) {
            shell.t(&format!("sessions-language-{code}"))
        } else {
            code.clone()
        }
    };
    let names: Vec<String> = codes.iter().map(name).collect();
    names.join(", ")
}

impl PersonPage {
    fn palette(&self) -> u8 {
        crate::shell::palette(&self.id.to_string())
    }
    fn local_time(&self, zone: &Zone) -> String {
        self.shell.lang.clock(self.now, zone)
    }
    fn until(&self, at: &Timestamp) -> Moment {
        self.shell.time(*at)
    }
    fn language_names(&self) -> String {
        language_names(&self.shell, &self.languages)
    }
    fn key_of(&self, form: &str) -> String {
        let page = uuid::Uuid::parse_str(&self.key).unwrap_or_default();
        uuid::Uuid::new_v5(&page, form.as_bytes()).to_string()
    }
    fn invite_url(&self, slug: &str) -> String {
        routes::channel_part(self.shell.slug(), slug, "invite")
    }

    pub fn sample() -> Self {
        Self {
            shell: samples::event_shell(&routes::person(samples::SLUG, samples::person_id(2)))
                .signed_in()
                .shell,
            id: samples::person_id(2),
            name: "Ruben Castillo".into(),
            pronouns: Some("he/him".into()),
            zone: Some(samples::sydney()),
            now: samples::now(),
            languages: vec!["es".into(), "en".into(), "eo".into()],
            talk_until: Some(samples::at(0, 14, 10)),
            hosts: vec![("night-owls".into(), "Night owls".into())],
            invites: vec![("x".into(), samples::HOSTILE.into())],
            is_me: false,
            blocked: false,
            key: samples::KEY.into(),
        }
    }
    pub fn sample_me() -> Self {
        Self {
            pronouns: None,
            zone: None,
            languages: vec![],
            talk_until: None,
            hosts: vec![],
            invites: vec![],
            is_me: true,
            ..Self::sample()
        }
    }
    pub fn sample_hostile() -> Self {
        Self {
            name: samples::HOSTILE.into(),
            pronouns: Some(samples::HOSTILE.into()),
            hosts: vec![("x".into(), samples::HOSTILE.into())],
            blocked: true,
            ..Self::sample()
        }
    }
}

impl CardPage {
    fn errors(&self) -> Summary {
        Summary::of(
            self.shell.lang,
            &[("languages", "people-languages", &self.languages)],
        )
    }
    fn key_of(&self, form: &str) -> String {
        let page = uuid::Uuid::parse_str(&self.key).unwrap_or_default();
        uuid::Uuid::new_v5(&page, form.as_bytes()).to_string()
    }

    pub fn sample() -> Self {
        Self {
            shell: samples::shell(&routes::account_card()).signed_in().shell,
            key: samples::KEY.into(),
            listed: true,
            named: true,
            invisible: false,
            shows_zone: false,
            languages: Field::of("en de"),
            talk_until: Some(samples::at(0, 14, 10)),
            blocked: vec![PersonLink {
                id: samples::person_id(4),
                name: samples::HOSTILE.into(),
            }],
        }
    }
    pub fn sample_refused() -> Self {
        Self {
            listed: false,
            named: false,
            invisible: true,
            languages: Field::wrong("english", FieldError::NotLanguages),
            talk_until: None,
            blocked: vec![],
            ..Self::sample()
        }
    }
}
