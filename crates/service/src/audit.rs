//! The audit log: each deed in an event's name is noted in the transaction
//! that does it, so that there is none without its line.

use hallway_model::access::{Action, Actor};
use hallway_model::audit::{Deed, Entry, Subject};
use hallway_model::events::Event;
use hallway_model::ids::{AuditId, EventId, PersonId};
use hallway_model::time::Timestamp;
use hallway_store::audit::{self as store, Listed};

use crate::Service;
use crate::access::access_event;
use crate::command::Ctx;
use crate::error::Error;

/// Entries of one page.
const PAGE: i64 = 50;

/// What is to be written down.
#[derive(Clone, Debug)]
pub(crate) struct Noted {
    deed: Deed,
    subject: Subject,
    person: Option<PersonId>,
    reason: String,
    until: Option<Timestamp>,
}

impl Noted {
    pub(crate) fn of(deed: Deed) -> Self {
        Self {
            deed,
            subject: Subject::Event,
            person: None,
            reason: String::new(),
            until: None,
        }
    }
    pub(crate) fn on(mut self, subject: Subject) -> Self {
        self.subject = subject;
        self
    }
    pub(crate) fn about(mut self, person: impl Into<Option<PersonId>>) -> Self {
        self.person = person.into();
        self
    }
    pub(crate) fn until(mut self, until: Option<Timestamp>) -> Self {
        self.until = until;
        self
    }
    pub(crate) fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = reason.into();
        self
    }
}

impl Ctx<'_> {
    pub(crate) async fn note(
        &mut self,
        actor: &Actor,
        event: EventId,
        noted: Noted,
    ) -> Result<(), Error> {
        let entry = Entry {
            id: self.id(),
            actor: actor.person,
            deed: noted.deed,
            subject: noted.subject,
            person: noted.person,
            reason: noted.reason,
            until: noted.until,
            at: self.now(),
        };
        Ok(store::insert(self.conn, event, &entry).await?)
    }
}

/// A page of the log.
#[derive(Clone, Debug)]
pub struct Log {
    pub event: Event,
    /// Newest first.
    pub entries: Vec<Listed>,
    /// Where older ones begin, if there are any.
    pub older: Option<AuditId>,
}

impl Service {
    pub async fn audit_log(
        &self,
        actor: &Actor,
        event: &str,
        before: Option<AuditId>,
    ) -> Result<Log, Error> {
        let mut conn = self.read().await?;
        let event = access_event(&mut conn, actor, event, Action::ReadAudit).await?;
        let mut entries = store::list(&mut conn, event.id, before, PAGE + 1).await?;
        let more = entries.len() > PAGE as usize;
        entries.truncate(PAGE as usize);
        let older = entries.last().filter(|_| more).map(|last| last.entry.id);
        Ok(Log {
            event,
            entries,
            older,
        })
    }
}
