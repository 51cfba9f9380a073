//! What newcomers said lately, removed and given back in one action each.

use std::collections::HashMap;

use axum::extract::{Form, Path, Query};
use axum::response::{Redirect, Response};
use hallway_model::ids::{BulkId, PersonId};
use hallway_protocol::routes;
use hallway_service::Error;
use hallway_service::bulk_removals::{RemoveOf, Restore};
use hallway_views::newcomers::{Account, BulkRow, NewcomersPage};
use hallway_views::shell::Notice;
use serde::Deserialize;

use crate::call::Call;
use crate::failure::Failure;
use crate::moderation::{Warded, ward_head};
use crate::pages::{done, personal};

#[derive(Debug, Deserialize)]
#[serde(default)]
pub(crate) struct Lookback {
    minutes: i64,
}

impl Default for Lookback {
    fn default() -> Self {
        Self { minutes: 15 }
    }
}

pub(crate) async fn page(
    call: Call,
    Path(of): Path<Warded>,
    Query(Lookback { minutes }): Query<Lookback>,
) -> Result<Response, Failure> {
    let found = call
        .web
        .service
        .newcomers(&call.actor, &of.event, of.channel.as_deref(), minutes)
        .await?;
    let accounts = found.accounts.into_iter().filter_map(|(person, said)| {
        let name = said.first()?.author_name.clone();
        let said = said
            .into_iter()
            .map(|one| (one.channel_name, one.source, one.sent));
        Some(Account {
            person,
            name,
            said: said.collect(),
        })
    });
    personal(&NewcomersPage {
        shell: call.event_shell(&found.ward.event),
        ward: ward_head(&found.ward),
        key: call.key(),
        minutes,
        accounts: accounts.collect(),
        removals: found
            .removals
            .into_iter()
            .map(|bulk| BulkRow {
                id: bulk.id,
                made: bulk.made,
                messages: bulk.messages,
                undone: bulk.undone.is_some(),
            })
            .collect(),
    })
}

/// Before the id of each account in the names of its boxes.
const BOX: &str = "person-";

pub(crate) async fn remove(
    call: Call,
    Path(of): Path<Warded>,
    Form(form): Form<HashMap<String, String>>,
) -> Result<Redirect, Failure> {
    let field = |name: &str| form.get(name).map_or("", String::as_str);
    let people: Vec<PersonId> = form
        .keys()
        .filter_map(|name| name.strip_prefix(BOX)?.parse().ok())
        .collect();
    let command = RemoveOf {
        event: of.event.clone(),
        channel: of.channel.clone(),
        people,
        minutes: field("minutes")
            .parse()
            .map_err(|_| Error::invalid("minutes", "a number of minutes"))?,
    };
    call.write_once(field("key"), command).await?;
    Ok(done(
        &routes::moderate_newcomers(&of.path()),
        Notice::Decided,
    ))
}

#[derive(Debug, Deserialize)]
pub(crate) struct BulkAt {
    event: String,
    #[serde(default)]
    channel: Option<String>,
    bulk: BulkId,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Keyed {
    key: String,
}

pub(crate) async fn restore(
    call: Call,
    Path(BulkAt {
        event,
        channel,
        bulk,
    }): Path<BulkAt>,
    Form(form): Form<Keyed>,
) -> Result<Redirect, Failure> {
    let of = Warded { event, channel };
    let command = Restore {
        event: of.event.clone(),
        channel: of.channel.clone(),
        bulk,
    };
    call.write_once(&form.key, command).await?;
    Ok(done(
        &routes::moderate_newcomers(&of.path()),
        Notice::Decided,
    ))
}
