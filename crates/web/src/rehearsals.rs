//! The organisers' page of a rehearsal: starting it, watching it, its report.

use axum::extract::{Form, Path};
use axum::response::{IntoResponse, Redirect, Response};
use hallway_model::events::Event;
use hallway_model::rehearsals::{
    MAX_MINUTES, MAX_PEOPLE, Size, SizeError, USUAL_MINUTES, USUAL_PEOPLE,
};
use hallway_protocol::rehearsals::Rehearsal;
use hallway_protocol::routes;
use hallway_service::Error;
use hallway_views::forms::FieldError;
use hallway_views::rehearsals::RehearsalPage;
use serde::Deserialize;

use crate::call::{Call, once};
use crate::failure::Failure;
use crate::forms::Refusal;
use crate::pages::{personal, refused};

/// The form as it was sent.
#[derive(Debug, Deserialize)]
#[serde(default)]
pub(crate) struct Wish {
    key: String,
    people: String,
    minutes: String,
}

impl Default for Wish {
    fn default() -> Self {
        Self {
            key: String::new(),
            people: USUAL_PEOPLE.to_string(),
            minutes: USUAL_MINUTES.to_string(),
        }
    }
}

impl Wish {
    fn size(&self) -> Result<Size, Refusal> {
        let mut refusal = Refusal::default();
        let mut number = |name, entered: &str, max| {
            let number = entered.trim().parse().ok();
            let fits = number.filter(|n| (1..=max).contains(n));
            if fits.is_none() {
                refusal.add(name, FieldError::NotACount { max: max as usize });
            }
            fits.unwrap_or_default()
        };
        let people = number("people", &self.people, MAX_PEOPLE);
        let minutes = number("minutes", &self.minutes, MAX_MINUTES);
        Size::minutes(people, minutes).map_err(|_| refusal)
    }
}

/// A size that does not fit, as programs are told.
pub(crate) fn unfit(error: SizeError) -> Error {
    let field = match error {
        SizeError::People => "people",
        SizeError::Length => "minutes",
    };
    Error::invalid(field, error)
}

pub(crate) async fn page(call: Call, Path(event): Path<String>) -> Result<Response, Failure> {
    let service = &call.web.service;
    let (event, rehearsal) = service.rehearsal(&call.actor, &event).await?;
    personal(&shown(
        &call,
        &event,
        rehearsal,
        &Wish::default(),
        &Refusal::default(),
    ))
}

pub(crate) async fn start(
    call: Call,
    Path(slug): Path<String>,
    Form(wish): Form<Wish>,
) -> Result<Response, Failure> {
    let service = &call.web.service;
    let (event, before) = service.rehearsal(&call.actor, &slug).await?;
    let size = match wish.size() {
        Ok(size) => size,
        Err(refusal) => return refused(&shown(&call, &event, before, &wish, &refusal)),
    };
    let key = Some(once(&wish.key)?);
    match service.start_rehearsal(&call.actor, key, &slug, size).await {
        Ok(()) => Ok(Redirect::to(&routes::organise_rehearsal(&slug)).into_response()),
        // The page itself says what is in the way.
        Err(Error::Conflict(_)) => {
            let (event, now) = service.rehearsal(&call.actor, &slug).await?;
            let page = shown(&call, &event, now, &wish, &Refusal::default());
            refused(&RehearsalPage {
                refused: true,
                ..page
            })
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Stop {
    key: String,
}

pub(crate) async fn stop(
    call: Call,
    Path(event): Path<String>,
    Form(form): Form<Stop>,
) -> Result<Redirect, Failure> {
    let service = &call.web.service;
    let key = Some(once(&form.key)?);
    service.stop_rehearsal(&call.actor, key, &event).await?;
    Ok(Redirect::to(&routes::organise_rehearsal(&event)))
}

fn shown(
    call: &Call,
    event: &Event,
    rehearsal: Rehearsal,
    wish: &Wish,
    refusal: &Refusal,
) -> RehearsalPage {
    RehearsalPage {
        shell: call.event_shell(event),
        key: call.key(),
        marked: rehearsal.marked,
        busy: rehearsal.busy,
        refused: false,
        run: rehearsal.run,
        people: refusal.field("people", &wish.people),
        minutes: refusal.field("minutes", &wish.minutes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_at_their_fields() {
        let errors = |people: &str, minutes: &str| {
            let wish = Wish {
                people: people.into(),
                minutes: minutes.into(),
                ..Wish::default()
            };
            let refusal = wish.size().err().unwrap_or_default();
            ["people", "minutes"].map(|name| refusal.field(name, "").error)
        };
        let people = Some(FieldError::NotACount { max: 5_000 });
        let minutes = Some(FieldError::NotACount { max: 30 });
        assert_eq!(errors(" 5000 ", "30"), [None, None]);
        assert_eq!(errors("0", "31"), [people.clone(), minutes.clone()]);
        assert_eq!(errors("many", ""), [people, minutes]);
        let usual = Wish::default().size().ok();
        assert_eq!(usual, Size::minutes(USUAL_PEOPLE, USUAL_MINUTES).ok());
    }
}
