//! Exporting a programme as schedule XML, schedule JSON or iCalendar.

use std::sync::Arc;

use hallway_interchange::{
    Generator, Invitation, WriteOptions, write_ics, write_json, write_registration_ics,
    write_session_ics, write_xml,
};
use hallway_model::access::Actor;
use hallway_model::ids::{Code, RegistrationId};
use hallway_protocol::routes;

use crate::Service;
use crate::error::Error;
use crate::imports::namespace;
use crate::programmes::Snapshot;

/// The formats a schedule is exported in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Xml,
    Json,
    Ics,
}

impl Format {
    pub const ALL: [Format; 3] = [Self::Xml, Self::Json, Self::Ics];

    /// The ending of the file, in URLs and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Xml => "xml",
            Self::Json => "json",
            Self::Ics => "ics",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.word() == word)
    }

    pub fn media_type(self) -> &'static str {
        match self {
            Self::Xml => "application/vnd.c3voc.schedule+xml; charset=utf-8",
            Self::Json => "application/json",
            Self::Ics => "text/calendar; charset=utf-8",
        }
    }
}

impl Service {
    pub async fn export_schedule(
        &self,
        actor: &Actor,
        event: &str,
        format: Format,
    ) -> Result<String, Error> {
        let snapshot = self.programme(actor, event).await?;
        Ok(self.export(&snapshot, format))
    }

    pub fn export(&self, snapshot: &Arc<Snapshot>, format: Format) -> String {
        let programme = snapshot.to_programme();
        let path = routes::schedule_export(&snapshot.event.slug, format.word());
        self.with_options(snapshot, Some(&path), |options| match format {
            Format::Xml => write_xml(&programme, options),
            Format::Json => write_json(&programme, options),
            Format::Ics => write_ics(&programme, options),
        })
    }

    /// One session's calendar entry; not found where it is not placed.
    pub async fn export_session(
        &self,
        actor: &Actor,
        event: &str,
        code: &str,
    ) -> Result<String, Error> {
        let snapshot = self.programme(actor, event).await?;
        let programme = snapshot.to_programme();
        let index = programme
            .sessions
            .iter()
            .position(|s| s.identity.code.as_ref().is_some_and(|c| c.as_str() == code))
            .ok_or(Error::NotFound)?;
        let path = routes::talk_ics(&snapshot.event.slug, code);
        self.with_options(&snapshot, Some(&path), |options| {
            write_session_ics(&programme, index, options)
        })
        .ok_or(Error::NotFound)
    }

    /// The calendar entry that goes with a registration.
    pub(crate) fn registration_ics(
        &self,
        snapshot: &Snapshot,
        registration: RegistrationId,
    ) -> String {
        let programme = snapshot.to_programme();
        let invitation = Invitation {
            uid: registration.0,
            description: "",
        };
        self.with_options(snapshot, None, |options| {
            write_registration_ics(&programme.conference, &invitation, options)
        })
    }

    fn with_options<T>(
        &self,
        snapshot: &Snapshot,
        path: Option<&str>,
        write: impl FnOnce(&WriteOptions<'_>) -> T,
    ) -> T {
        let base = &self.settings().base_url;
        let slug = &snapshot.event.slug;
        let self_url = path.map(|path| format!("{base}{path}"));
        let changed = snapshot
            .sessions
            .iter()
            .map(|session| session.changed)
            .max();
        write(&WriteOptions {
            event_slug: slug,
            base_url: &format!("{base}{}", routes::event(slug)),
            self_url: self_url.as_deref(),
            namespace: namespace(slug),
            now: self.now(),
            changed,
            sequence: u32::try_from(snapshot.release.as_ref().map_or(0, |(_, number)| *number))
                .unwrap_or(0),
            generator: Generator {
                name: "hallway",
                version: env!("CARGO_PKG_VERSION"),
                url: None,
            },
            session_url: &|code: &Code| format!("{base}{}", routes::talk(slug, code)),
            stage_url: &|name: &str| {
                let room = snapshot.rooms.iter().find(|room| room.name == name)?;
                snapshot
                    .stages
                    .contains(&room.id)
                    .then(|| format!("{base}{}", routes::stage(slug, &room.slug)))
            },
        })
    }
}
