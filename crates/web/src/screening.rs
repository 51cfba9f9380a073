//! What an event asks of messages, calm, and what waits for a moderator.

use axum::extract::{Form, Path};
use axum::response::{IntoResponse, Redirect, Response};
use hallway_model::ids::HeldId;
use hallway_model::time::Span;
use hallway_protocol::routes;
use hallway_service::Error;
use hallway_service::screening::{Calm, ChangeScreening, EndHold, SetSlowMode};
use hallway_views::forms::Field;
use hallway_views::screening::{ScreeningPage, SlowChannel};
use hallway_views::shell::Notice;
use serde::Deserialize;

use crate::call::Call;
use crate::failure::Failure;
use crate::forms::{Refusal, local_path};
use crate::moderation::Warded;
use crate::pages::{done, personal, refused};

/// What was entered and refused, to be shown again.
#[derive(Default)]
struct Again {
    rules: Option<Rules>,
    words: Option<Field>,
    channel: String,
    seconds: Field,
}

pub(crate) async fn page(call: Call, Path(event): Path<String>) -> Result<Response, Failure> {
    personal(&settings(&call, &event, Again::default()).await?)
}

async fn settings(call: &Call, event: &str, again: Again) -> Result<ScreeningPage, Error> {
    let found = call.web.service.screening(&call.actor, event).await?;
    let kept = found.screening;
    let rules = again.rules.unwrap_or_else(|| Rules {
        key: String::new(),
        hold_first: yes(kept.hold_first),
        newcomers_link: yes(kept.newcomers_link),
        words: kept.words.entries.join("\n"),
        refuse: yes(kept.words.refuse),
    });
    Ok(ScreeningPage {
        shell: call.event_shell(&found.event),
        key: call.key(),
        hold_first: rules.hold_first == "yes",
        newcomers_link: rules.newcomers_link == "yes",
        words: again.words.unwrap_or_else(|| Field::of(rules.words)),
        refuse: rules.refuse == "yes",
        channels: found
            .channels
            .into_iter()
            .map(|(channel, pause)| SlowChannel {
                slug: channel.slug,
                name: channel.name,
                pause: pause.map(Span::as_seconds),
            })
            .collect(),
        channel: again.channel,
        seconds: again.seconds,
    })
}

fn yes(on: bool) -> String {
    if on { "yes".into() } else { String::new() }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Rules {
    key: String,
    hold_first: String,
    newcomers_link: String,
    words: String,
    refuse: String,
}

pub(crate) async fn change(
    call: Call,
    Path(event): Path<String>,
    Form(form): Form<Rules>,
) -> Result<Response, Failure> {
    let command = ChangeScreening {
        event: event.clone(),
        hold_first: form.hold_first == "yes",
        newcomers_link: form.newcomers_link == "yes",
        words: form.words.clone(),
        refuse_words: form.refuse == "yes",
    };
    match call.write_once(&form.key, command).await {
        Ok(()) => Ok(done(&routes::moderate_settings(&event), Notice::Saved).into_response()),
        Err(error) => {
            let refusal = Refusal::of(error, |_| form.words.clone())?;
            let again = Again {
                words: Some(refusal.field("entries", &form.words)),
                rules: Some(form),
                ..Again::default()
            };
            refused(&settings(&call, &event, again).await?)
        }
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Slow {
    key: String,
    channel: String,
    seconds: String,
}

pub(crate) async fn slow_mode(
    call: Call,
    Path(event): Path<String>,
    Form(form): Form<Slow>,
) -> Result<Response, Failure> {
    // Whether one may do this at all comes before which channel there is.
    call.web.service.screening(&call.actor, &event).await?;
    let command = SetSlowMode {
        event: event.clone(),
        channel: form.channel.clone(),
        seconds: form.seconds.clone(),
    };
    match call.write_once(&form.key, command).await {
        Ok(()) => Ok(done(&routes::moderate_settings(&event), Notice::Saved).into_response()),
        Err(error) => {
            let refusal = Refusal::of(error, |_| form.seconds.clone())?;
            let again = Again {
                seconds: refusal.field("seconds", &form.seconds),
                channel: form.channel,
                ..Again::default()
            };
            refused(&settings(&call, &event, again).await?)
        }
    }
}

/// The same at the page of those who look after one channel.
pub(crate) async fn slow_mode_here(
    call: Call,
    Path((event, channel)): Path<(String, String)>,
    Form(form): Form<Slow>,
) -> Result<Redirect, Failure> {
    let ward = routes::channel_ward(&event, &channel);
    let command = SetSlowMode {
        event,
        channel,
        seconds: form.seconds,
    };
    call.write_once(&form.key, command).await?;
    Ok(done(&routes::moderate(&ward), Notice::Saved))
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Calmed {
    key: String,
    /// 0 ends it.
    minutes: i64,
    #[serde(default)]
    next: String,
}

pub(crate) async fn calm(
    call: Call,
    Path(of): Path<Warded>,
    Form(form): Form<Calmed>,
) -> Result<Redirect, Failure> {
    let command = Calm {
        event: of.event.clone(),
        channel: of.channel.clone(),
        minutes: form.minutes,
    };
    call.write_once(&form.key, command).await?;
    let next = local_path(&form.next).unwrap_or_else(|| routes::moderate(&of.path()));
    let notice = match (form.minutes, &of.channel) {
        (0, _) => Notice::CalmEnded,
        (_, Some(_)) => Notice::CalmedHere,
        (_, None) => Notice::Calmed,
    };
    Ok(done(&next, notice))
}

#[derive(Debug, Deserialize)]
pub(crate) struct HeldAt {
    event: String,
    #[serde(default)]
    channel: Option<String>,
    held: HeldId,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Ended {
    key: String,
    /// `yes` lets it through.
    approve: String,
}

pub(crate) async fn end_hold(
    call: Call,
    Path(HeldAt {
        event,
        channel,
        held,
    }): Path<HeldAt>,
    Form(form): Form<Ended>,
) -> Result<Redirect, Failure> {
    let of = Warded { event, channel };
    let command = EndHold {
        event: of.event.clone(),
        channel: of.channel.clone(),
        held,
        approve: form.approve == "yes",
    };
    call.write_once(&form.key, command).await?;
    Ok(done(&routes::moderate(&of.path()), Notice::Saved))
}
