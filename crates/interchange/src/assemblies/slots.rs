//! When and where a session is: the instant of `date` in the conference's zone
//! wins over everything that contradicts it.

use std::collections::BTreeMap;

use hallway_model::programme::{ProgrammeSession, ProgrammeSlot};
use hallway_model::time::{Span, Timestamp, Zone};

use super::days::Days;
use super::{Notes, Source, short};
use crate::drafts::SessionDraft;
use crate::errors::ReadError;
use crate::times::{Moment, read_clock, read_length};

/// None for a session the file gives no time for.
pub(super) fn read(
    source: &Source<'_>,
    draft: &SessionDraft,
    place: &str,
    room: Option<String>,
    days: &mut Days,
    notes: &mut Notes,
) -> Result<Option<ProgrammeSlot>, ReadError> {
    let Some(start) = start(source, draft, place, days, notes)? else {
        notes.add(place, "it has no time: kept as a session not yet placed");
        return Ok(None);
    };
    let length = length(source, draft, place, start, notes)?;
    let (day, contradiction) = days.assign(source, draft.day, start, length);
    if let Some(contradiction) = contradiction {
        notes.add(place, contradiction);
    }
    Ok(Some(ProgrammeSlot {
        room,
        start,
        length,
        day,
    }))
}

fn start(
    source: &Source<'_>,
    draft: &SessionDraft,
    place: &str,
    days: &Days,
    notes: &mut Notes,
) -> Result<Option<Timestamp>, ReadError> {
    let clock = read_clock(&draft.start);
    let date = Moment::read(&draft.date);
    if let Some(instant) = date.and_then(|date| date.instant(source.zone)) {
        let local = instant.in_zone(source.zone).time();
        let same = clock
            .is_none_or(|clock| (clock.hour(), clock.minute()) == (local.hour(), local.minute()));
        if !same || (clock.is_none() && !draft.start.is_empty()) {
            let date = short(&draft.date);
            let local = local.strftime("%H:%M");
            notes.add(
                place,
                format!(
                    "start says {}, but date {date} is {local} here",
                    short(&draft.start)
                ),
            );
        }
        return Ok(Some(instant));
    }
    if date.is_none()
        && !draft.date.is_empty()
        && (clock.is_none() || days.group(draft.day).is_none())
    {
        return Err(source.not_understood(
            &draft.at,
            format!("date `{}` is not a date", short(&draft.date)),
        ));
    }
    // A whole instant where a clock time belongs, as some tools write it.
    if let Some(instant) = Moment::read(&draft.start).and_then(|start| start.instant(source.zone)) {
        return Ok(Some(instant));
    }
    let Some(clock) = clock else {
        if draft.start.is_empty() {
            return Ok(None);
        }
        return Err(source.not_understood(
            &draft.at,
            format!("start `{}` is not a time", short(&draft.start)),
        ));
    };
    if date.is_none() && !draft.date.is_empty() {
        notes.add(
            place,
            format!(
                "date `{}` is not a date; its day and start are used",
                short(&draft.date)
            ),
        );
    }
    let day = match date {
        Some(date) => Some(date.day(source.zone)),
        None => days.group(draft.day).map(|group| {
            if clock < group.change {
                group.day.next()
            } else {
                group.day
            }
        }),
    };
    Ok(day.and_then(|day| Moment::Local(day.0.to_datetime(clock)).instant(source.zone)))
}

fn length(
    source: &Source<'_>,
    draft: &SessionDraft,
    place: &str,
    start: Timestamp,
    notes: &mut Notes,
) -> Result<Span, ReadError> {
    let stated = read_length(&draft.duration);
    let end = Moment::read(&draft.end).and_then(|end| end.instant(source.zone));
    let to_end = end
        .map(|end| end - start)
        .filter(|length| (0..=Span::days(31).0).contains(&length.0));
    match (stated, to_end) {
        (Some(stated), Some(to_end)) => {
            // Durations are written to the minute, ends to the second.
            if (stated.0 - to_end.0).abs() >= Span::minutes(1).0 {
                let text = format!(
                    "duration {} and end {} differ; the end is kept",
                    draft.duration, draft.end
                );
                notes.add(place, text);
            }
            Ok(to_end)
        }
        (Some(length), None) | (None, Some(length)) => Ok(length),
        (None, None) if draft.duration.is_empty() => {
            notes.add(place, "it has no length; taken as 0 minutes");
            Ok(Span(0))
        }
        (None, None) => Err(source.not_understood(
            &draft.at,
            format!("duration `{}` is not HH:MM", short(&draft.duration)),
        )),
    }
}

/// Sessions that overlap in one room are kept; each pair of neighbours is told.
pub(super) fn report_overlaps(sessions: &[ProgrammeSession], zone: &Zone, notes: &mut Notes) {
    let mut rooms: BTreeMap<&str, Vec<(&ProgrammeSlot, &ProgrammeSession)>> = BTreeMap::new();
    for session in sessions {
        if let Some(slot) = &session.slot
            && let Some(room) = &slot.room
        {
            rooms.entry(room).or_default().push((slot, session));
        }
    }
    for (room, mut taken) in rooms {
        taken.sort_by_key(|(slot, _)| (slot.start, slot.length));
        let mut latest: Option<(&ProgrammeSlot, &ProgrammeSession)> = None;
        for (slot, session) in taken {
            if let Some((before, other)) = latest
                && slot.start < before.start + before.length
            {
                let at = slot
                    .start
                    .in_zone(zone)
                    .strftime("%Y-%m-%d %H:%M")
                    .to_string();
                let (room, title, other) =
                    (short(room), short(&session.title), short(&other.title));
                notes.add(
                    format!("room {room}"),
                    format!("“{title}” at {at} overlaps with “{other}”"),
                );
            }
            if latest
                .is_none_or(|(before, _)| slot.start + slot.length >= before.start + before.length)
            {
                latest = Some((slot, session));
            }
        }
    }
}
