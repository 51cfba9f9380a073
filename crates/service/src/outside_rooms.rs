//! Places elsewhere: the audience has one already, and the event lists it.

use hallway_model::access::{Action, Actor, Object, allow};
use hallway_model::ids::OutsideRoomId;
use hallway_model::outside_rooms::{MAX_ROOMS, OutsideDraft, OutsideError, OutsideRoom};
use hallway_store::outside_rooms as store;

use crate::access::access_event;
use crate::command::{Command, Ctx};
use crate::error::Error;

/// Somebody at the event registers a place; twice the same address is once.
#[derive(Clone, Debug)]
pub struct RegisterOutsideRoom {
    pub event: String,
    pub draft: OutsideDraft,
}

impl Command for RegisterOutsideRoom {
    type Answer = OutsideRoomId;

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<OutsideRoomId, Error> {
        let event = access_event(ctx.conn, actor, &self.event, Action::OpenChannel).await?;
        let person = actor.person.ok_or(Error::SignInNeeded)?;
        let new = self.draft.check().map_err(|errors| refused(&errors))?;
        if let Some(known) = store::find_by_url(ctx.conn, event.id, &new.url).await? {
            return Ok(known.id);
        }
        if store::list(ctx.conn, event.id).await?.len() as i64 >= MAX_ROOMS {
            return Err(Error::Conflict(OutsideError::TooMany.to_string()));
        }
        let room = OutsideRoom {
            id: ctx.id(),
            event: event.id,
            name: new.name,
            kind: new.kind,
            url: new.url,
            run_by: new.run_by,
            added_by: Some(person),
            endorsed: None,
            created: ctx.now(),
        };
        store::insert(ctx.conn, &room).await?;
        Ok(room.id)
    }
}

fn refused(errors: &[OutsideError]) -> Error {
    let field = |error: &OutsideError| match error {
        OutsideError::Name | OutsideError::TooMany => "name",
        OutsideError::Url => "url",
        OutsideError::RunBy => "run_by",
    };
    Error::Invalid(
        errors
            .iter()
            .map(|error| (field(error), error.to_string()))
            .collect(),
    )
}

/// What becomes of a place that is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handling {
    Endorse,
    Unendorse,
    /// Also by whoever registered it.
    Remove,
}

#[derive(Clone, Debug)]
pub struct HandleOutsideRoom {
    pub event: String,
    pub room: OutsideRoomId,
    pub handling: Handling,
}

impl Command for HandleOutsideRoom {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let event = access_event(ctx.conn, actor, &self.event, Action::OpenChannel).await?;
        let room = store::find(ctx.conn, event.id, self.room)
            .await?
            .ok_or(Error::NotFound)?;
        let adopts = allow(actor, Action::AdoptChannel, &Object::event(event.id));
        let own = room.added_by.is_some() && room.added_by == actor.person;
        match self.handling {
            Handling::Remove if adopts || own => Ok(store::delete(ctx.conn, room.id).await?),
            Handling::Endorse if adopts => {
                let at = room.endorsed.unwrap_or(ctx.now());
                Ok(store::set_endorsed(ctx.conn, room.id, Some(at)).await?)
            }
            Handling::Unendorse if adopts => {
                Ok(store::set_endorsed(ctx.conn, room.id, None).await?)
            }
            _ => Err(Error::Forbidden),
        }
    }
}
