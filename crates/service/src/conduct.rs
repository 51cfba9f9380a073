//! An event's code of conduct: read by everybody, edited by its organisers,
//! and accepted in the version that held when somebody registered.

use hallway_model::access::{Action, Actor};
use hallway_model::audit::Deed;
use hallway_model::conduct::{Accepted, Code, CodeError, contact, text};
use hallway_model::events::Event;
use hallway_model::ids::{EventId, PersonId};
use hallway_model::time::Timestamp;
use hallway_store::conduct as store;

use crate::Service;
use crate::access::access_event;
use crate::audit::Noted;
use crate::command::{Command, Ctx};
use crate::error::Error;

/// Gives an event a code of its own, or goes back to ours.
#[derive(Clone, Debug)]
pub struct ChangeCode {
    pub event: String,
    /// Markdown; blank for ours.
    pub text: String,
    pub contact: String,
}

impl Command for ChangeCode {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let event = access_event(ctx.conn, actor, &self.event, Action::EditEvent).await?;
        let mut wrong = vec![];
        let mut take = |field, error: CodeError| {
            wrong.push((field, error.to_string()));
            None
        };
        let text = text(&self.text).unwrap_or_else(|e| take("code", e));
        let contact = contact(&self.contact).unwrap_or_else(|e| take("contact", e));
        if !wrong.is_empty() {
            return Err(Error::Invalid(wrong));
        }
        let now = ctx.now();
        let before = store::find(ctx.conn, event.id, now).await?;
        if before.text == text && before.contact == contact {
            return Ok(());
        }
        let code = Code {
            version: before.version + 1,
            text,
            contact,
        };
        store::insert(ctx.conn, event.id, &code, now).await?;
        ctx.note(actor, event.id, Noted::of(Deed::CodeChanged))
            .await
    }
}

/// Writes down which version somebody accepted who registers.
pub(crate) async fn accept(
    ctx: &mut Ctx<'_>,
    event: EventId,
    person: PersonId,
    at: Timestamp,
) -> Result<(), Error> {
    let code = store::find(ctx.conn, event, at).await?;
    let accepted = Accepted {
        event,
        version: code.version,
        at,
    };
    Ok(store::accept(ctx.conn, person, accepted).await?)
}

impl Service {
    /// The code that holds now.
    pub async fn code_of_conduct(&self, event: &Event) -> Result<Code, Error> {
        let now = self.now();
        Ok(store::find(&mut self.read().await?, event.id, now).await?)
    }

    /// What somebody accepted at an event.
    pub async fn accepted_code(
        &self,
        actor: &Actor,
        event: &Event,
    ) -> Result<Option<Accepted>, Error> {
        match actor.person {
            Some(person) => Ok(store::accepted(&mut self.read().await?, event.id, person).await?),
            None => Ok(None),
        }
    }
}
