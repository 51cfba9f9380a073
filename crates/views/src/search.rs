//! Search over an event's chat: a form that works by itself, and the hits.

use askama::Template;
use hallway_model::search::{MAX_QUERY, SearchError};
use hallway_model::time::Timestamp;
use hallway_protocol::routes;
use hallway_protocol::search::{Hit, Piece};

use crate::samples;
use crate::shell::Shell;

/// `GET` of `routes::chat_search`, with the fields of [`Sought`] and `cursor`.
#[derive(Template)]
#[template(path = "search/search.html")]
pub struct SearchPage {
    pub shell: Shell,
    pub sought: Sought,
    /// Slug and name of every channel to choose from.
    pub channels: Vec<(String, String)>,
    /// Why nothing was looked for.
    pub error: Option<SearchError>,
    /// None where nothing was asked for yet.
    pub hits: Option<Vec<Hit>>,
    /// Link to older hits.
    pub next: Option<String>,
}

/// The form as it was filled in.
#[derive(Clone, Debug, Default)]
pub struct Sought {
    pub q: String,
    pub channel: String,
    pub person: String,
    pub talk: String,
    /// YYYY-MM-DD
    pub since: String,
    pub until: String,
    pub link: bool,
}

impl SearchPage {
    fn max(&self) -> usize {
        MAX_QUERY
    }
    /// Whether anything but words is asked for, so that it is shown.
    fn is_narrowed(&self) -> bool {
        let Sought {
            q: _,
            channel,
            person,
            talk,
            since,
            until,
            link,
        } = &self.sought;
        *link
            || [channel, person, talk, since, until]
                .iter()
                .any(|field| !field.is_empty())
    }
    fn error_text(&self) -> Option<String> {
        Some(match self.error.as_ref()? {
            SearchError::TooLong => self.shell.tn("search-too-long", MAX_QUERY),
            SearchError::NotADay(filter) => self.shell.ts("search-not-a-day", "filter", filter),
            SearchError::NoSuchThing => self.shell.t("search-no-such-thing"),
            SearchError::Nothing => self.shell.t("search-nothing"),
        })
    }
    fn name_of(&self, hit: &Hit) -> String {
        hit.message.author.as_ref().map_or_else(
            || self.shell.t("channels-gone"),
            |author| author.name.clone(),
        )
    }
    fn sent_at(&self, hit: &Hit) -> Timestamp {
        Timestamp(hit.message.sent_at)
    }

    pub fn sample() -> Self {
        let hits = samples::messages()
            .into_iter()
            .map(|message| Hit {
                channel: "lobby".into(),
                channel_name: "Lobby".into(),
                url: routes::channel_at(samples::SLUG, "lobby", message.seq),
                pieces: vec![
                    Piece {
                        text: "Per request, I think: ".into(),
                        marked: false,
                    },
                    Piece {
                        text: "forty".into(),
                        marked: true,
                    },
                    Piece {
                        text: " disks for one search.".into(),
                        marked: false,
                    },
                ],
                message,
            })
            .collect();
        Self {
            shell: samples::event_shell(&routes::chat_search(samples::SLUG)).shell,
            sought: Sought {
                q: "forty".into(),
                channel: "lobby".into(),
                link: true,
                ..Sought::default()
            },
            channels: vec![("lobby".into(), "Lobby".into())],
            error: None,
            hits: Some(hits),
            next: Some("?q=forty&cursor=1.a".into()),
        }
    }

    pub fn sample_empty() -> Self {
        Self {
            hits: Some(vec![]),
            next: None,
            ..Self::sample()
        }
    }

    pub fn sample_refused() -> Self {
        Self {
            sought: Sought {
                q: "before:soon".into(),
                ..Sought::default()
            },
            error: Some(SearchError::NotADay("before")),
            hits: None,
            next: None,
            ..Self::sample()
        }
    }

    pub fn sample_hostile() -> Self {
        let mut page = Self::sample();
        let hostile = samples::HOSTILE;
        page.sought = Sought {
            q: hostile.into(),
            channel: hostile.into(),
            person: hostile.into(),
            talk: hostile.into(),
            since: hostile.into(),
            until: hostile.into(),
            link: false,
        };
        page.channels = vec![("hostile".into(), hostile.into())];
        for hit in page.hits.iter_mut().flatten() {
            hit.channel_name = hostile.into();
            hit.pieces = vec![Piece {
                text: hostile.into(),
                marked: true,
            }];
        }
        page
    }
}
