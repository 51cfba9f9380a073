//! People at an event, and how one shows oneself, as pages and forms.

use axum::extract::{Form, Path};
use axum::response::{IntoResponse, Response};
use hallway_protocol::routes;
use hallway_service::Error;
use hallway_service::people::{BlockPerson, OpenToTalk, ShowMyself, UnblockPerson};
use hallway_views::forms::Field;
use hallway_views::people::{CardPage, PeoplePage, PersonPage, PersonRow};
use hallway_views::places::PersonLink;
use hallway_views::shell::Notice;
use serde::Deserialize;

use crate::call::Call;
use crate::failure::Failure;
use crate::forms::{Refusal, local_path};
use crate::pages::{done, personal, refused};
use crate::places::{person_id, told};

pub(crate) async fn page(
    call: Call,
    Path((event, person)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let service = &call.web.service;
    let card = service
        .card(&call.actor, &event, person_id(&person)?)
        .await?;
    let now = service.now();
    let links = |places: Vec<hallway_model::channels::Place>| {
        places
            .into_iter()
            .map(|place| (place.channel.slug, place.channel.name))
            .collect()
    };
    personal(&PersonPage {
        shell: call.event_shell(&card.event),
        id: card.person.id,
        zone: card.person.zone.clone().filter(|_| card.profile.shows_zone),
        name: card.person.name.into(),
        pronouns: card.person.pronouns,
        now,
        talk_until: card
            .profile
            .talk_until
            .filter(|_| card.profile.is_open_to_talk(now)),
        languages: card.profile.languages,
        hosts: links(card.hosts),
        invites: links(card.invites),
        is_me: card.is_me,
        blocked: card.blocked,
        key: call.key(),
    })
}

pub(crate) async fn list(call: Call, Path(event): Path<String>) -> Result<Response, Failure> {
    let service = &call.web.service;
    let (event, found) = service.people(&call.actor, &event).await?;
    let now = service.now();
    personal(&PeoplePage {
        shell: call.event_shell(&event),
        people: found
            .into_iter()
            .map(|found| PersonRow {
                id: found.person,
                name: found.name,
                pronouns: found.pronouns,
                open: found.profile.is_open_to_talk(now),
                languages: found.profile.languages,
            })
            .collect(),
    })
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Block {
    key: String,
    /// `yes` or `no`
    block: String,
}

pub(crate) async fn block(
    call: Call,
    Path((event, person)): Path<(String, String)>,
    Form(form): Form<Block>,
) -> Result<Response, Failure> {
    let id = person_id(&person)?;
    if form.block == "no" {
        call.write_once(&form.key, UnblockPerson { person: id })
            .await?;
    } else {
        let command = BlockPerson {
            event: event.clone(),
            person: id,
        };
        call.write_once(&form.key, command).await?;
    }
    Ok(done(&routes::person(&event, id), Notice::Saved).into_response())
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Shown {
    key: String,
    listed: String,
    named: String,
    invisible: String,
    shows_zone: String,
    languages: String,
    /// Somebody who is unblocked; the rest of the form is not there then.
    unblock: String,
}

pub(crate) async fn card_page(call: Call) -> Result<Response, Failure> {
    let profile = call.web.service.profile(&call.actor).await?;
    let shown = Shown {
        listed: yes(profile.listed),
        named: yes(profile.named),
        invisible: yes(profile.invisible),
        shows_zone: yes(profile.shows_zone),
        languages: profile.languages.join(" "),
        ..Shown::default()
    };
    personal(&card(&call, &shown, &Refusal::default()).await?)
}

fn yes(on: bool) -> String {
    if on { "yes".into() } else { String::new() }
}

pub(crate) async fn change_card(call: Call, Form(shown): Form<Shown>) -> Result<Response, Failure> {
    if !shown.unblock.is_empty() {
        let person = person_id(&shown.unblock)?;
        call.write_once(&shown.key, UnblockPerson { person })
            .await?;
        return Ok(done(&routes::account_card(), Notice::Saved).into_response());
    }
    let command = ShowMyself {
        listed: shown.listed == "yes",
        named: shown.named == "yes",
        invisible: shown.invisible == "yes",
        shows_zone: shown.shows_zone == "yes",
        languages: shown.languages.clone(),
    };
    if let Err(error) = call.write_once(&shown.key, command).await {
        let refusal = told(error, |_| (shown.languages.clone(), usize::MAX))?;
        return refused(&card(&call, &shown, &refusal).await?);
    }
    Ok(done(&routes::account_card(), Notice::Saved).into_response())
}

async fn card(call: &Call, shown: &Shown, refusal: &Refusal) -> Result<CardPage, Error> {
    let service = &call.web.service;
    let profile = service.profile(&call.actor).await?;
    let now = service.now();
    let blocked = service.blocked(&call.actor).await?;
    let languages: Field = refusal.field("languages", &shown.languages);
    Ok(CardPage {
        shell: call.shell(),
        key: call.key(),
        listed: shown.listed == "yes",
        named: shown.named == "yes",
        invisible: shown.invisible == "yes",
        shows_zone: shown.shows_zone == "yes",
        languages,
        talk_until: profile.talk_until.filter(|_| profile.is_open_to_talk(now)),
        blocked: blocked
            .into_iter()
            .map(|(id, name)| PersonLink { id, name })
            .collect(),
    })
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Talk {
    key: String,
    /// `yes` or `no`
    open: String,
    next: String,
}

pub(crate) async fn talk(call: Call, Form(form): Form<Talk>) -> Result<Response, Failure> {
    let command = OpenToTalk {
        open: form.open == "yes",
    };
    call.write_once(&form.key, command).await?;
    let next = local_path(&form.next).unwrap_or_else(routes::account_card);
    Ok(done(&next, Notice::Saved).into_response())
}
