//! Channels that people open, as pages and forms: opening one, what it is about,
//! who is in it, what the organisers make of it, and places elsewhere.

use axum::extract::{Form, Path};
use axum::response::{IntoResponse, Response};
use hallway_model::access::{Action, Object, allow};
use hallway_model::channels::{
    ChannelDraft, ChannelKind, ChannelState, Door, MAX_ABOUT, MAX_NAME, Mark, Membership, Turn,
};
use hallway_model::directs::{Answer, MAX_PEOPLE};
use hallway_model::events::Event;
use hallway_model::ids::{OutsideRoomId, PersonId};
use hallway_model::outside_rooms::{self as outside_rules, OutsideDraft, OutsideRoom};
use hallway_protocol::{Kind, routes};
use hallway_service::members::{AnswerInvitation, HandOver, HandleMember, Handling, Invite};
use hallway_service::outside_rooms::{self as outside, HandleOutsideRoom, RegisterOutsideRoom};
use hallway_service::places::{
    About, EditChannel, MarkChannel, MergeChannel, OpenChannel, Setting, TurnChannel,
};
use hallway_service::{Command, Error};
use hallway_views::forms::{Field, FieldError};
use hallway_views::places::{
    AboutPage, MadeRow, MarkRow, MemberRow, MergePage, Mine, NewChannelPage, OrganiseChannelsPage,
    OutsideLink, OutsidePage, PersonLink, State,
};
use hallway_views::shell::Notice;
use serde::Deserialize;

use crate::call::Call;
use crate::failure::Failure;
use crate::forms::Refusal;
use crate::pages::{done, personal, refused};

/// What people do to channels is told to many: it spends the budget of their
/// messages. Tokens are for programs and do not spend it.
fn limit(call: &Call) -> Result<(), Error> {
    match &call.signed_in {
        Some(signed_in) if signed_in.sign_in.kind != "token" => {
            call.web.service.limits().message(signed_in.person.id)
        }
        _ => Ok(()),
    }
}

/// What somebody typed about a channel.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Draft {
    key: String,
    name: String,
    about: String,
    language: String,
    door: String,
}

impl Draft {
    fn draft(&self) -> ChannelDraft {
        ChannelDraft {
            name: self.name.clone(),
            about: self.about.clone(),
            language: self.language.clone(),
            door: self.door.clone(),
        }
    }

    fn refusal(&self, error: Error) -> Result<Refusal, Failure> {
        told(error, |name| match name {
            "name" => (self.name.clone(), MAX_NAME),
            _ => (self.about.clone(), MAX_ABOUT),
        })
    }
}

/// What does not fit, in the form's own words; `entered` gives a field's text
/// and how long it may be.
pub(crate) fn told(
    error: Error,
    entered: impl Fn(&str) -> (String, usize),
) -> Result<Refusal, Failure> {
    let Error::Invalid(wrong) = error else {
        return Err(error.into());
    };
    if wrong.iter().any(|(name, _)| *name == "key") {
        return Err(Error::Invalid(wrong).into());
    }
    let mut refusal = Refusal::default();
    for (name, _) in wrong {
        let field = match name {
            "several" | "people" => "who",
            name => name,
        };
        let (text, max) = entered(field);
        let why = match name {
            "several" => FieldError::SeveralSo,
            "people" => FieldError::TooManyPeople {
                max: MAX_PEOPLE as usize,
            },
            _ if text.trim().is_empty() => FieldError::Missing,
            "who" => FieldError::NobodySo,
            "url" => FieldError::NotAUrl,
            "languages" => FieldError::NotLanguages,
            _ if text.chars().count() > max => FieldError::TooLong { max },
            _ => FieldError::Unprintable,
        };
        refusal.add(field, why);
    }
    Ok(refusal)
}

pub(crate) async fn new_page(call: Call, Path(event): Path<String>) -> Result<Response, Failure> {
    let event = call
        .web
        .service
        .may_open_channel(&call.actor, &event)
        .await?;
    personal(&new_form(
        &call,
        &event,
        &Draft::default(),
        &Refusal::default(),
    ))
}

pub(crate) async fn open(
    call: Call,
    Path(event): Path<String>,
    Form(draft): Form<Draft>,
) -> Result<Response, Failure> {
    limit(&call)?;
    let command = OpenChannel {
        event: event.clone(),
        draft: draft.draft(),
    };
    match call.write_once(&draft.key, command).await {
        Ok(slug) => Ok(done(&routes::channel(&event, &slug), Notice::Saved).into_response()),
        Err(error) => {
            let refusal = draft.refusal(error)?;
            let service = &call.web.service;
            let event = service.may_open_channel(&call.actor, &event).await?;
            refused(&new_form(&call, &event, &draft, &refusal))
        }
    }
}

fn new_form(call: &Call, event: &Event, draft: &Draft, refusal: &Refusal) -> NewChannelPage {
    NewChannelPage {
        shell: call.event_shell(event),
        key: call.key(),
        name: refusal.field("name", &draft.name),
        about: refusal.field("about", &draft.about),
        language: Field::of(&draft.language),
        door: Field::of(&draft.door),
        fade_days: event.settings.fade_after_days,
    }
}

/// A channel's page, also for somebody who is asked to come and is not in yet.
async fn find(call: &Call, event: &str, channel: &str) -> Result<About, Error> {
    let service = &call.web.service;
    let found = service
        .about_channel(&call.actor, event, channel, Action::ReadChat)
        .await;
    match found {
        Err(Error::NotFound) if call.signed_in.is_some() => {
            service.invitation(&call.actor, event, channel).await
        }
        found => found,
    }
}

pub(crate) async fn about(
    call: Call,
    Path((event, channel)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let found = find(&call, &event, &channel).await?;
    if found.place.channel.kind == ChannelKind::Direct {
        return Err(Kind::NotFound.into());
    }
    personal(&about_page(&call, found, None, "", &Refusal::default()))
}

pub(crate) async fn edit(
    call: Call,
    Path((event, channel)): Path<(String, String)>,
    Form(draft): Form<Draft>,
) -> Result<Response, Failure> {
    limit(&call)?;
    let command = EditChannel {
        event: event.clone(),
        channel: channel.clone(),
        draft: draft.draft(),
    };
    if let Err(error) = call.write_once(&draft.key, command).await {
        let refusal = draft.refusal(error)?;
        let found = find(&call, &event, &channel).await?;
        return refused(&about_page(&call, found, Some(&draft), "", &refusal));
    }
    Ok(saved(&event, &channel))
}

fn saved(event: &str, channel: &str) -> Response {
    done(&routes::about_channel(event, channel), Notice::Saved).into_response()
}

/// Any of the small forms: each has its key, a word of what to do, and whom it
/// is about.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Small {
    key: String,
    turn: String,
    who: String,
    person: String,
    handling: String,
    answer: String,
    mark: String,
    set: String,
}

async fn small<C: Command>(
    call: &Call,
    key: &str,
    event: &str,
    channel: &str,
    command: C,
) -> Result<Response, Failure> {
    limit(call)?;
    call.write_once(key, command).await?;
    Ok(saved(event, channel))
}

fn unknown(field: &'static str) -> Error {
    Error::invalid(field, "this form does not know what to do")
}

pub(crate) async fn turn(
    call: Call,
    Path((event, channel)): Path<(String, String)>,
    Form(form): Form<Small>,
) -> Result<Response, Failure> {
    let turn = match form.turn.as_str() {
        "lock" => Turn::Lock,
        "unlock" => Turn::Unlock,
        "close" => Turn::Close,
        "reopen" => Turn::Reopen,
        _ => return Err(unknown("turn").into()),
    };
    let command = TurnChannel {
        event: event.clone(),
        channel: channel.clone(),
        turn,
    };
    small(&call, &form.key, &event, &channel, command).await
}

pub(crate) async fn mark(
    call: Call,
    Path((event, channel)): Path<(String, String)>,
    Form(form): Form<Small>,
) -> Result<Response, Failure> {
    let mark = Mark::from_word(&form.mark).ok_or_else(|| unknown("mark"))?;
    let command = MarkChannel {
        event: event.clone(),
        channel: channel.clone(),
        mark,
        set: match form.set.as_str() {
            "on" => Setting::On,
            _ => Setting::Off,
        },
    };
    small(&call, &form.key, &event, &channel, command).await
}

pub(crate) async fn invite(
    call: Call,
    Path((event, channel)): Path<(String, String)>,
    Form(form): Form<Small>,
) -> Result<Response, Failure> {
    limit(&call)?;
    let command = Invite {
        event: event.clone(),
        channel: channel.clone(),
        who: form.who.clone(),
    };
    if let Err(error) = call.write_once(&form.key, command).await {
        let refusal = told(error, |_| (form.who.clone(), 0))?;
        let found = find(&call, &event, &channel).await?;
        return refused(&about_page(&call, found, None, &form.who, &refusal));
    }
    Ok(saved(&event, &channel))
}

pub(crate) async fn handle_member(
    call: Call,
    Path((event, channel)): Path<(String, String)>,
    Form(form): Form<Small>,
) -> Result<Response, Failure> {
    let command = HandleMember {
        event: event.clone(),
        channel: channel.clone(),
        person: form.person.parse().map_err(|_| unknown("person"))?,
        handling: match form.handling.as_str() {
            "remove" => Handling::Remove,
            "make-host" => Handling::MakeHost,
            "make-member" => Handling::MakeMember,
            _ => return Err(unknown("handling").into()),
        },
    };
    small(&call, &form.key, &event, &channel, command).await
}

pub(crate) async fn answer(
    call: Call,
    Path((event, channel)): Path<(String, String)>,
    Form(form): Form<Small>,
) -> Result<Response, Failure> {
    limit(&call)?;
    let answer = match form.answer.as_str() {
        "accept" => Answer::Accept,
        "decline" => Answer::Decline,
        "leave" => Answer::Leave,
        _ => return Err(unknown("answer").into()),
    };
    let command = AnswerInvitation {
        event: event.clone(),
        channel: channel.clone(),
        answer,
    };
    call.write_once(&form.key, command).await?;
    let next = if answer == Answer::Accept {
        routes::channel(&event, &channel)
    } else if channel.starts_with("direct-") {
        routes::directs(&event)
    } else {
        routes::channels(&event)
    };
    Ok(done(&next, Notice::Saved).into_response())
}

pub(crate) async fn hand_over(
    call: Call,
    Path((event, channel)): Path<(String, String)>,
    Form(form): Form<Small>,
) -> Result<Response, Failure> {
    limit(&call)?;
    let command = HandOver {
        event: event.clone(),
        channel: channel.clone(),
        who: form.who.clone(),
    };
    if let Err(error) = call.write_once(&form.key, command).await {
        let refusal = told(error, |_| (form.who.clone(), 0))?;
        let found = find(&call, &event, &channel).await?;
        return refused(&about_page(&call, found, None, &form.who, &refusal));
    }
    Ok(saved(&event, &channel))
}

fn about_page(
    call: &Call,
    found: About,
    draft: Option<&Draft>,
    who: &str,
    refusal: &Refusal,
) -> AboutPage {
    let place = found.place;
    let channel = &place.channel;
    let now = Draft {
        name: channel.name.clone(),
        about: place.about.clone(),
        language: place.language.clone().unwrap_or_default(),
        ..Draft::default()
    };
    let draft = draft.unwrap_or(&now);
    let (hosts, adopts) = (found.hosts, found.adopts);
    let marks = Mark::ALL
        .into_iter()
        .map(|mark| MarkRow {
            word: mark.word(),
            on: place.standing.get(mark).is_some(),
            mine: if mark.is_of_hosts() { hosts } else { adopts },
        })
        .collect();
    AboutPage {
        shell: call.event_shell(&found.event),
        slug: channel.slug.clone(),
        title: channel.name.clone(),
        what: place.about.clone(),
        spoken: place.language.clone(),
        maker: found.maker.map(|maker| PersonLink {
            id: maker.id,
            name: maker.name.into(),
        }),
        created: place.created,
        state: state(channel.state),
        by_invitation: channel.door == Door::Invited,
        of_event: channel.kind != ChannelKind::Made,
        fades_at: found.fades_at,
        members: found
            .members
            .into_iter()
            .map(|member| MemberRow {
                id: member.person,
                name: member.name,
                pronouns: member.pronouns,
                host: member.membership.is_host(),
                invited: !member.membership.is_in(),
            })
            .collect(),
        count: found.count,
        me: call.actor.person,
        mine: match found.mine {
            Some(mine) if mine.is_host() => Mine::Host,
            Some(mine) if mine.is_in() => Mine::Member,
            Some(mine) if is_asked(mine) => Mine::Invited,
            _ => Mine::None,
        },
        hosts,
        adopts,
        marks,
        key: call.key(),
        name: refusal.field("name", &draft.name),
        about: refusal.field("about", &draft.about),
        language: Field::of(&draft.language),
        who: refusal.field("who", who),
    }
}

pub(crate) fn is_asked(membership: Membership) -> bool {
    membership.state == hallway_model::channels::MemberState::Invited
}

fn state(state: ChannelState) -> State {
    match state {
        ChannelState::Open => State::Open,
        ChannelState::Locked => State::Locked,
        ChannelState::Closed | ChannelState::Merged { .. } => State::Closed,
        ChannelState::Faded => State::Faded,
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Merge {
    key: String,
    into: String,
    sure: String,
}

pub(crate) async fn merge_page(
    call: Call,
    Path((event, channel)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let page = merge_form(
        &call,
        &event,
        &channel,
        &Merge::default(),
        &Refusal::default(),
    )
    .await?;
    personal(&page)
}

pub(crate) async fn merge(
    call: Call,
    Path((event, channel)): Path<(String, String)>,
    Form(form): Form<Merge>,
) -> Result<Response, Failure> {
    limit(&call)?;
    let mut refusal = Refusal::default();
    if form.into.is_empty() {
        refusal.add("into", FieldError::Missing);
    }
    if form.sure != "yes" {
        refusal.add("sure", FieldError::Unticked);
    }
    if !refusal.is_empty() {
        let page = merge_form(&call, &event, &channel, &form, &refusal).await?;
        return refused(&page);
    }
    let command = MergeChannel {
        event: event.clone(),
        channel,
        into: form.into.clone(),
    };
    let slug = call.write_once(&form.key, command).await?;
    Ok(saved(&event, &slug))
}

async fn merge_form(
    call: &Call,
    event: &str,
    channel: &str,
    form: &Merge,
    refusal: &Refusal,
) -> Result<MergePage, Error> {
    let service = &call.web.service;
    let found = service
        .about_channel(&call.actor, event, channel, Action::AdoptChannel)
        .await?;
    let from = &found.place.channel;
    let listing = service.places(&call.actor, event).await?;
    let targets = listing
        .places
        .into_iter()
        .filter(|place| {
            place.channel.id != from.id && place.channel.is_closed() == from.is_closed()
        })
        .map(|place| (place.channel.slug, place.channel.name))
        .collect();
    Ok(MergePage {
        shell: call.event_shell(&found.event),
        key: call.key(),
        slug: from.slug.clone(),
        title: from.name.clone(),
        messages: found.place.messages,
        targets,
        into: refusal.field("into", &form.into),
        sure: refusal.field("sure", &form.sure),
    })
}

pub(crate) async fn organise(call: Call, Path(event): Path<String>) -> Result<Response, Failure> {
    let (event, places) = call.web.service.made_places(&call.actor, &event).await?;
    let makers = call.web.service.names_of_makers(&places).await?;
    let channels = places
        .into_iter()
        .map(|place| MadeRow {
            maker: place.maker.and_then(|maker| makers.get(&maker).cloned()),
            marks: Mark::ALL
                .into_iter()
                .map(|mark| MarkRow {
                    word: mark.word(),
                    on: place.standing.get(mark).is_some(),
                    mine: true,
                })
                .collect(),
            state: state(place.channel.state),
            slug: place.channel.slug,
            name: place.channel.name,
            messages: place.messages,
            said: place.said,
        })
        .collect();
    personal(&OrganiseChannelsPage {
        shell: call.event_shell(&event),
        channels,
    })
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Outside {
    key: String,
    name: String,
    kind: String,
    url: String,
    run_by: String,
}

pub(crate) async fn outside_page(
    call: Call,
    Path(event): Path<String>,
) -> Result<Response, Failure> {
    personal(&outside_form(&call, &event, &Outside::default(), &Refusal::default()).await?)
}

pub(crate) async fn register_outside(
    call: Call,
    Path(event): Path<String>,
    Form(form): Form<Outside>,
) -> Result<Response, Failure> {
    limit(&call)?;
    let command = RegisterOutsideRoom {
        event: event.clone(),
        draft: OutsideDraft {
            name: form.name.clone(),
            kind: form.kind.clone(),
            url: form.url.clone(),
            run_by: form.run_by.clone(),
        },
    };
    if let Err(error) = call.write_once(&form.key, command).await {
        let refusal = told(error, |name| match name {
            "name" => (form.name.clone(), outside_rules::MAX_NAME),
            "url" => (form.url.clone(), outside_rules::MAX_URL),
            _ => (form.run_by.clone(), outside_rules::MAX_NAME),
        })?;
        return refused(&outside_form(&call, &event, &form, &refusal).await?);
    }
    Ok(done(&routes::channels(&event), Notice::Saved).into_response())
}

async fn outside_form(
    call: &Call,
    event: &str,
    form: &Outside,
    refusal: &Refusal,
) -> Result<OutsidePage, Error> {
    let service = &call.web.service;
    service.may_open_channel(&call.actor, event).await?;
    let listing = service.places(&call.actor, event).await?;
    Ok(OutsidePage {
        shell: call.event_shell(&listing.event),
        key: call.key(),
        name: refusal.field("name", &form.name),
        kind: Field::of(&form.kind),
        url: refusal.field("url", &form.url),
        run_by: refusal.field("run_by", &form.run_by),
        outside: outside_links(call, &listing.event, listing.outside),
    })
}

/// Places elsewhere as this reader may deal with them.
pub(crate) fn outside_links(
    call: &Call,
    event: &Event,
    rooms: Vec<OutsideRoom>,
) -> Vec<OutsideLink> {
    let adopts = allow(&call.actor, Action::AdoptChannel, &Object::event(event.id));
    rooms
        .into_iter()
        .map(|room| OutsideLink {
            removes: adopts || (room.added_by.is_some() && room.added_by == call.actor.person),
            endorses: adopts,
            endorsed: room.endorsed.is_some(),
            id: room.id,
            name: room.name,
            kind: room.kind,
            url: room.url,
            run_by: room.run_by,
            key: call.key(),
        })
        .collect()
}

pub(crate) async fn handle_outside(
    call: Call,
    Path((event, room)): Path<(String, String)>,
    Form(form): Form<Small>,
) -> Result<Response, Failure> {
    limit(&call)?;
    let room: OutsideRoomId = room.parse().map_err(|_| Failure::from(Kind::NotFound))?;
    let handling = match form.handling.as_str() {
        "endorse" => outside::Handling::Endorse,
        "unendorse" => outside::Handling::Unendorse,
        "remove" => outside::Handling::Remove,
        _ => return Err(unknown("handling").into()),
    };
    let command = HandleOutsideRoom {
        event: event.clone(),
        room,
        handling,
    };
    call.write_once(&form.key, command).await?;
    Ok(done(&routes::channels(&event), Notice::Saved).into_response())
}

/// An id in a path; one that cannot be an id names nobody.
pub(crate) fn person_id(text: &str) -> Result<PersonId, Failure> {
    text.parse().map_err(|_| Failure::from(Kind::NotFound))
}
