//! The organisers' desk: an event at a glance, creating one, bringing in its
//! programme, its settings.

use std::collections::HashSet;

use axum::extract::multipart::{Multipart, MultipartError};
use axum::extract::{Form, Path};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use hallway_model::events::{EventDraft, MAX_FADE_DAYS, Settings};
use hallway_model::programme::Warning;
use hallway_model::sessions::SessionState;
use hallway_model::slug;
use hallway_model::time::{Span, Timestamp, Zone};
use hallway_protocol::{Kind, routes};
use hallway_service::Error;
use hallway_service::events::{ChangeSettings, CreateEvent};
use hallway_service::imports::{Report as Imported, Source, Tally};
use hallway_service::programmes::Snapshot;
use hallway_views::forms::FieldError;
use hallway_views::organise::{
    ImportPage, Need, NewEventPage, OverviewPage, Report, ReportLine, SettingsPage, Thing,
};
use hallway_views::shell::Notice;
use serde::Deserialize;

use crate::call::{Call, once};
use crate::failure::Failure;
use crate::forms::Refusal;
use crate::pages::{done, personal, refused};
use crate::rows;

/// Warnings of an import listed; the rest is counted.
pub(crate) const WARNINGS: usize = 50;
/// Stages without a key told at once.
const KEYLESS: usize = 6;
/// How long before its first session a stage without a key is told.
const KEY_AHEAD: Span = Span::days(7);
/// Bytes of a text field beside an uploaded file.
const MAX_TEXT: usize = 4 * 1024;

pub(crate) async fn overview(call: Call, Path(event): Path<String>) -> Result<Response, Failure> {
    let organised = call.web.service.organise(&call.actor, &event).await?;
    let snapshot = &organised.snapshot;
    let event = &snapshot.event;
    let now = call.web.service.now();
    let kept = || {
        snapshot
            .sessions
            .iter()
            .filter(|session| session.state != SessionState::Cancelled)
    };
    personal(&OverviewPage {
        shell: call.event_shell(event),
        title: event.title.clone(),
        first_day: event.first_day,
        last_day: event.last_day,
        zone: event.zone.clone(),
        sessions: kept().count(),
        unplaced: kept()
            .filter(|session| session.slot.is_none_or(|slot| slot.room.is_none()))
            .count(),
        speakers: snapshot.speakers.len(),
        registrations: organised.registrations,
        recordings: kept()
            .filter(|session| rows::recorded(snapshot, session).is_some())
            .count(),
        needs: needs(snapshot, now),
        stages: snapshot
            .rooms
            .iter()
            .map(|room| rows::door(&call.web, snapshot, room, now))
            .collect(),
    })
}

/// What only an organiser can mend.
fn needs(snapshot: &Snapshot, now: Timestamp) -> Vec<Need> {
    let mut needs = vec![];
    if snapshot.sessions.is_empty() {
        needs.push(Need::Programme);
    }
    let coming =
        |slot: &hallway_model::sessions::Slot| now < slot.end() && slot.start < now + KEY_AHEAD;
    let keyless = snapshot.rooms.iter().filter(|room| {
        let streams = || {
            snapshot
                .run_of(room.id)
                .iter()
                .any(|(session, slot)| coming(slot) && !session.details.do_not_stream)
        };
        !snapshot.stages.contains(&room.id) && streams()
    });
    needs.extend(keyless.take(KEYLESS).map(|room| Need::StreamKey {
        room: room.slug.clone(),
        name: room.name.clone(),
    }));
    if !snapshot.event.settings.registration_open {
        needs.push(Need::RegistrationClosed);
    }
    needs
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Draft {
    key: String,
    title: String,
    first_day: String,
    last_day: String,
    zone: String,
    slug: String,
}

pub(crate) async fn new_event(call: Call) -> Result<Response, Failure> {
    call.web.service.may_create_event(&call.actor)?;
    let draft = EventDraft {
        zone: call.shell().zone.name().to_owned(),
        ..EventDraft::default()
    };
    personal(&new_event_page(&call, &draft, &Refusal::default()))
}

pub(crate) async fn create_event(call: Call, Form(form): Form<Draft>) -> Result<Response, Failure> {
    let draft = EventDraft {
        title: form.title,
        slug: form.slug,
        first_day: form.first_day,
        last_day: form.last_day,
        zone: form.zone,
    };
    match call
        .write_once(
            &form.key,
            CreateEvent {
                draft: draft.clone(),
            },
        )
        .await
    {
        Ok(slug) => Ok(done(&routes::organise(&slug), Notice::EventCreated).into_response()),
        Err(Error::Invalid(wrong)) if wrong.iter().all(|(name, _)| *name != "key") => {
            let mut refusal = Refusal::of_draft(&draft);
            if refusal.is_empty() {
                // The draft holds by itself: what is left is its address.
                refusal.add(
                    "slug",
                    FieldError::SlugTaken {
                        free: free_slug(&call, &draft).await?,
                    },
                );
            }
            refused(&new_event_page(&call, &draft, &refusal))
        }
        Err(error) => Err(error.into()),
    }
}

/// An address near the one asked for that no event has.
async fn free_slug(call: &Call, draft: &EventDraft) -> Result<String, Error> {
    let events = call.web.service.events(&call.actor).await?;
    let mut taken: HashSet<String> = events.into_iter().map(|event| event.slug).collect();
    let asked = if draft.slug.trim().is_empty() {
        &draft.title
    } else {
        &draft.slug
    };
    Ok(slug::unique(asked, "event", &mut taken))
}

fn new_event_page(call: &Call, draft: &EventDraft, refusal: &Refusal) -> NewEventPage {
    NewEventPage {
        shell: call.shell(),
        key: call.key(),
        title: refusal.field("title", &draft.title),
        first_day: refusal.field("first_day", &draft.first_day),
        last_day: refusal.field("last_day", &draft.last_day),
        zone: refusal.field("zone", &draft.zone),
        slug: refusal.field("slug", &draft.slug),
    }
}

/// The import's form as it was sent.
#[derive(Debug, Default)]
struct Upload {
    key: String,
    file: Bytes,
    url: String,
    zone: String,
}

pub(crate) async fn import_page(
    call: Call,
    Path(event): Path<String>,
) -> Result<Response, Failure> {
    let organised = call.web.service.organise(&call.actor, &event).await?;
    personal(&import_form(
        &call,
        &organised.snapshot,
        &Upload::default(),
        &Refusal::default(),
    ))
}

pub(crate) async fn import(
    call: Call,
    Path(event): Path<String>,
    multipart: Multipart,
) -> Result<Response, Failure> {
    let service = &call.web.service;
    // Asked before a byte of the file is read.
    let organised = service.organise(&call.actor, &event).await?;
    let upload = read_upload(multipart).await?;
    let (source, zone) = match what_to_import(&upload) {
        Ok(what) => what,
        Err(refusal) => {
            return refused(&import_form(&call, &organised.snapshot, &upload, &refusal));
        }
    };
    let once = once(&upload.key)?;
    match service
        .import_schedule_once(&call.actor, Some(once), &event, zone, source)
        .await
    {
        Ok(report) => {
            let snapshot = service.programme(&call.actor, &event).await?;
            let page = import_form(&call, &snapshot, &Upload::default(), &Refusal::default());
            personal(&ImportPage {
                report: Some(told(report)),
                ..page
            })
        }
        Err(error) => {
            let refusal = Refusal::of(at_its_field(error, &upload), |_| String::new())?;
            refused(&import_form(&call, &organised.snapshot, &upload, &refusal))
        }
    }
}

/// What is wrong with a fetched file is told where its address was entered.
fn at_its_field(error: Error, upload: &Upload) -> Error {
    match error {
        Error::Invalid(wrong) if upload.file.is_empty() => {
            let moved = |name| if name == "file" { "url" } else { name };
            Error::Invalid(
                wrong
                    .into_iter()
                    .map(|(name, why)| (moved(name), why))
                    .collect(),
            )
        }
        other => other,
    }
}

fn what_to_import(upload: &Upload) -> Result<(Source, Option<Zone>), Refusal> {
    let mut refusal = Refusal::default();
    let url = upload.url.trim();
    if upload.file.is_empty() && url.is_empty() {
        refusal.add("file", FieldError::NoFile);
    }
    let is_web = ["https://", "http://"]
        .iter()
        .any(|scheme| url.starts_with(scheme));
    if upload.file.is_empty() && !url.is_empty() && !is_web {
        refusal.add("url", FieldError::NotAUrl);
    }
    let zone = match upload.zone.trim() {
        "" => None,
        name => Zone::named(name)
            .map_err(|_| refusal.add("zone", FieldError::NotAZone))
            .ok(),
    };
    if !refusal.is_empty() {
        return Err(refusal);
    }
    let source = if upload.file.is_empty() {
        Source::Url(url.to_owned())
    } else {
        Source::Bytes(upload.file.clone())
    };
    Ok((source, zone))
}

async fn read_upload(mut multipart: Multipart) -> Result<Upload, Failure> {
    let mut upload = Upload::default();
    while let Some(field) = multipart
        .next_field()
        .await
        .map_err(|error| refuse_body(&error))?
    {
        let name = field.name().unwrap_or_default().to_owned();
        let bytes = field.bytes().await.map_err(|error| refuse_body(&error))?;
        match name.as_str() {
            "key" => upload.key = text(&bytes)?,
            "file" => upload.file = bytes,
            "url" => upload.url = text(&bytes)?,
            "zone" => upload.zone = text(&bytes)?,
            _ => {}
        }
    }
    Ok(upload)
}

pub(crate) fn text(bytes: &Bytes) -> Result<String, Failure> {
    if bytes.len() > MAX_TEXT {
        return Err(Kind::TooLarge.into());
    }
    String::from_utf8(bytes.to_vec()).map_err(|_| Kind::Invalid.into())
}

pub(crate) fn refuse_body(error: &MultipartError) -> Failure {
    if error.status() == http::StatusCode::PAYLOAD_TOO_LARGE {
        Kind::TooLarge.into()
    } else {
        Kind::Invalid.into()
    }
}

fn import_form(call: &Call, snapshot: &Snapshot, upload: &Upload, refusal: &Refusal) -> ImportPage {
    ImportPage {
        shell: call.event_shell(&snapshot.event),
        key: call.key(),
        file: refusal.field("file", ""),
        url: refusal.field("url", &upload.url),
        zone: refusal.field("zone", &upload.zone),
        report: None,
    }
}

fn told(report: Imported) -> Report {
    let line = |thing, tally: Tally| ReportLine {
        thing,
        new: tally.new,
        changed: tally.changed,
        unchanged: tally.unchanged,
        removed: tally.withdrawn,
    };
    let warnings = report.warnings.len();
    Report {
        lines: vec![
            line(Thing::Sessions, report.sessions),
            line(Thing::Speakers, report.speakers),
            line(Thing::Rooms, report.rooms),
            line(Thing::Tracks, report.tracks),
        ],
        warnings: report
            .warnings
            .into_iter()
            .take(WARNINGS)
            .map(|warning| Warning {
                place: warning.place,
                text: warning.text,
            })
            .collect(),
        more_warnings: warnings.saturating_sub(WARNINGS),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Changed {
    key: String,
    title: String,
    records: String,
    guests_watch: String,
    guests_read: String,
    index_chat: String,
    registration: String,
    rehearsal: String,
    people_open_channels: String,
    /// Days, as typed; none for what holds already.
    fade_days: Option<String>,
}

impl Changed {
    /// `before` for what the form does not hold.
    fn settings(&self, before: &Settings) -> Result<Settings, Refusal> {
        let days = self.fade_days.as_deref().map(|days| days.trim().parse());
        let fade_after_days = match days {
            None => before.fade_after_days,
            Some(Ok(days)) if (0..=MAX_FADE_DAYS).contains(&days) => days,
            Some(_) => {
                let max = usize::try_from(MAX_FADE_DAYS).unwrap_or_default();
                let mut refusal = Refusal::default();
                refusal.add("fade_days", FieldError::NotDays { max });
                return Err(refusal);
            }
        };
        Ok(Settings {
            record: self.records == "yes",
            guests_watch: self.guests_watch == "yes",
            guests_read_chat: self.guests_read == "yes",
            index_chat: self.index_chat == "yes",
            registration_open: self.registration == "yes",
            rehearsal: self.rehearsal == "yes",
            people_open_channels: self.people_open_channels == "yes",
            fade_after_days,
        })
    }
}

pub(crate) async fn settings_page(
    call: Call,
    Path(event): Path<String>,
) -> Result<Response, Failure> {
    let organised = call.web.service.organise(&call.actor, &event).await?;
    let event = &organised.snapshot.event;
    personal(&settings_form(
        &call,
        &organised.snapshot,
        &event.title,
        &event.settings,
        &event.settings.fade_after_days.to_string(),
        &Refusal::default(),
    ))
}

pub(crate) async fn change_settings(
    call: Call,
    Path(event): Path<String>,
    Form(changed): Form<Changed>,
) -> Result<Response, Failure> {
    let organised = call.web.service.organise(&call.actor, &event).await?;
    let before = &organised.snapshot.event.settings;
    let days = changed.fade_days.clone().unwrap_or_default();
    let again = |settings: &Settings, refusal: &Refusal| {
        refused(&settings_form(
            &call,
            &organised.snapshot,
            &changed.title,
            settings,
            &days,
            refusal,
        ))
    };
    let settings = match changed.settings(before) {
        Ok(settings) => settings,
        Err(refusal) => return again(before, &refusal),
    };
    let command = ChangeSettings {
        event: event.clone(),
        title: changed.title.clone(),
        settings: settings.clone(),
    };
    if let Err(error) = call.write_once(&changed.key, command).await {
        let refusal = Refusal::of(error, |_| changed.title.clone())?;
        return again(&settings, &refusal);
    }
    Ok(done(&routes::organise_settings(&event), Notice::Saved).into_response())
}

fn settings_form(
    call: &Call,
    snapshot: &Snapshot,
    title: &str,
    settings: &Settings,
    fade_days: &str,
    refusal: &Refusal,
) -> SettingsPage {
    SettingsPage {
        shell: call.event_shell(&snapshot.event),
        key: call.key(),
        title: refusal.field("title", title),
        records: settings.record,
        guests_watch: settings.guests_watch,
        guests_read: settings.guests_read_chat,
        index_chat: settings.index_chat,
        registration: settings.registration_open,
        rehearsal: settings.rehearsal,
        people_open_channels: settings.people_open_channels,
        fade_days: refusal.field("fade_days", fade_days),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upload(file: &'static str, url: &str, zone: &str) -> Upload {
        Upload {
            key: String::new(),
            file: Bytes::from_static(file.as_bytes()),
            url: url.into(),
            zone: zone.into(),
        }
    }

    fn errors(upload: &Upload) -> [Option<FieldError>; 3] {
        let refusal = what_to_import(upload).map(|_| ()).err().unwrap_or_default();
        ["file", "url", "zone"].map(|name| refusal.field(name, "").error)
    }

    #[test]
    fn an_import_needs_a_file_or_its_address() {
        assert_eq!(
            errors(&upload("", " ", "")),
            [Some(FieldError::NoFile), None, None]
        );
        assert_eq!(
            errors(&upload("", "ftp://x/y", "Mars/Base")),
            [None, Some(FieldError::NotAUrl), Some(FieldError::NotAZone)]
        );
        let (source, zone) = what_to_import(&upload("", "https://a.example/s.xml", "UTC")).unwrap();
        assert!(matches!(source, Source::Url(url) if url == "https://a.example/s.xml"));
        assert_eq!(zone.as_ref().map(Zone::name), Some("UTC"));
        // A file that was chosen goes before an address left standing.
        let (source, zone) = what_to_import(&upload("<schedule/>", "nonsense", "")).unwrap();
        assert!(matches!(source, Source::Bytes(bytes) if bytes == "<schedule/>"));
        assert_eq!(zone, None);
    }

    #[test]
    fn a_broken_file_is_told_where_it_came_from() {
        let broken = || Error::invalid("file", "line 17, column 4: expected `</room>`");
        let field = |error| match error {
            Error::Invalid(wrong) => wrong[0].0,
            other => panic!("{other}"),
        };
        assert_eq!(field(at_its_field(broken(), &upload("<", "", ""))), "file");
        assert_eq!(
            field(at_its_field(broken(), &upload("", "https://a.example", ""))),
            "url"
        );
    }

    #[test]
    fn warnings_beyond_the_list_are_counted() {
        let noticed = |n: usize| hallway_service::imports::Noticed {
            place: format!("event {n}"),
            text: "no title".into(),
        };
        let report = Imported {
            sessions: Tally {
                new: 1,
                changed: 2,
                unchanged: 3,
                withdrawn: 4,
            },
            warnings: (0..WARNINGS + 7).map(noticed).collect(),
            ..Imported::default()
        };
        let told = told(report);
        assert_eq!((told.warnings.len(), told.more_warnings), (WARNINGS, 7));
        let line = &told.lines[0];
        assert_eq!(
            (line.new, line.changed, line.unchanged, line.removed),
            (1, 2, 3, 4)
        );
    }

    #[test]
    fn a_box_left_empty_is_off() {
        let changed = Changed {
            records: "yes".into(),
            ..Changed::default()
        };
        let before = Settings::default();
        assert_eq!(
            changed.settings(&before).unwrap(),
            Settings {
                record: true,
                guests_watch: false,
                guests_read_chat: false,
                index_chat: false,
                registration_open: false,
                rehearsal: false,
                people_open_channels: false,
                fade_after_days: 14,
            }
        );
    }

    #[test]
    fn days_are_a_number_within_bounds() {
        let days = |typed: &str| {
            let changed = Changed {
                fade_days: Some(typed.into()),
                ..Changed::default()
            };
            let settings = changed.settings(&Settings::default());
            settings.map(|settings| settings.fade_after_days).ok()
        };
        assert_eq!(days(" 30 "), Some(30));
        assert_eq!(days("0"), Some(0));
        for bad in ["", "-1", "366", "soon"] {
            assert_eq!(days(bad), None, "{bad}");
        }
    }
}
