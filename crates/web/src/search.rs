//! Search over an event's chat as a page: a form that is sent by `GET`, so that
//! a search has an address.

use axum::extract::{Path, Query};
use axum::response::Response;
use hallway_model::search::{self as rules, SearchError};
use hallway_protocol::routes;
use hallway_service::search::{Part, Searchable};
use hallway_service::{Error, Prefix};
use hallway_views::search::{SearchPage, Sought};
use serde::Deserialize;

use crate::call::Call;
use crate::failure::Failure;
use crate::pages::{personal, refused};

/// Hits on one page.
const PAGE: i64 = 25;

/// The form's fields; each narrows what `q` says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Fields {
    pub q: String,
    pub channel: String,
    pub person: String,
    pub talk: String,
    pub since: String,
    pub until: String,
    pub has: String,
    pub cursor: String,
}

impl Fields {
    /// Words and fields as one query; a field outdoes the same filter in words.
    pub(crate) fn read(&self) -> Result<rules::Query, SearchError> {
        let mut query = rules::Query::parse(&self.q)?;
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        query.channel = given(&self.channel).or(query.channel);
        query.person = given(&self.person).or(query.person);
        query.talk = given(&self.talk).or(query.talk);
        query.since = rules::day("since", &self.since)?.or(query.since);
        query.until = rules::day("until", &self.until)?.or(query.until);
        query.has(&self.has)?;
        query.check()
    }

    pub(crate) fn cursor(&self) -> Option<&str> {
        Some(self.cursor.as_str()).filter(|cursor| !cursor.is_empty())
    }

    fn is_blank(&self) -> bool {
        let Self {
            q,
            channel,
            person,
            talk,
            since,
            until,
            has,
            cursor: _,
        } = self;
        [q, channel, person, talk, since, until, has]
            .iter()
            .all(|field| field.trim().is_empty())
    }

    /// The same search from a hit on.
    fn going_on(&self, event: &str, cursor: &str) -> String {
        let fields = [
            ("q", &self.q),
            ("channel", &self.channel),
            ("person", &self.person),
            ("talk", &self.talk),
            ("since", &self.since),
            ("until", &self.until),
            ("has", &self.has),
        ];
        let mut url = format!(
            "{}?cursor={}",
            routes::chat_search(event),
            routes::encode(cursor)
        );
        for (name, value) in fields.into_iter().filter(|(_, value)| !value.is_empty()) {
            url.push_str(&format!("&{name}={}", routes::encode(value)));
        }
        url
    }
}

pub(crate) async fn page(
    call: Call,
    Path(event): Path<String>,
    Query(fields): Query<Fields>,
) -> Result<Response, Failure> {
    let service = &call.web.service;
    let place = service.searchable(&call.actor, &event).await?;
    let page = form(&call, &place, &fields);
    if fields.is_blank() {
        return personal(&page);
    }
    let query = match fields.read() {
        Ok(query) => query,
        Err(error) => {
            return refused(&SearchPage {
                error: Some(error),
                ..page
            });
        }
    };
    service.limits().search(Prefix::from(call.address))?;
    let part = Part {
        cursor: fields.cursor(),
        limit: PAGE,
    };
    let zone = &page.shell.zone;
    let found = service
        .search(&call.actor, &place, &query, zone, part)
        .await?;
    personal(&SearchPage {
        hits: Some(found.hits),
        next: found.next.map(|next| fields.going_on(&event, &next)),
        ..page
    })
}

/// The page before anything was looked for.
fn form(call: &Call, place: &Searchable, fields: &Fields) -> SearchPage {
    let channels = place.channels().iter();
    SearchPage {
        shell: call.event_shell(place.event()),
        sought: Sought {
            q: fields.q.clone(),
            channel: fields.channel.clone(),
            person: fields.person.clone(),
            talk: fields.talk.clone(),
            since: fields.since.clone(),
            until: fields.until.clone(),
            link: !fields.has.is_empty(),
        },
        channels: channels
            .map(|channel| (channel.slug.clone(), channel.name.clone()))
            .collect(),
        error: None,
        hits: None,
        next: None,
    }
}

/// Why a search makes no sense, for programs.
pub(crate) fn invalid(error: SearchError) -> Error {
    Error::invalid("q", error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_outdoes_the_same_filter_in_words() {
        let fields = Fields {
            q: "disks in:lobby from:ada".into(),
            channel: "talk-abc".into(),
            has: "link".into(),
            ..Fields::default()
        };
        let query = fields.read().unwrap();
        assert_eq!(query.channel.as_deref(), Some("talk-abc"));
        assert_eq!(query.person.as_deref(), Some("ada"));
        assert!(query.link);
        assert_eq!(
            fields.going_on("summit", "1.a"),
            "/summit/chat/search?cursor=1.a&q=disks%20in%3Alobby%20from%3Aada&channel=talk-abc&has=link"
        );
    }
}
