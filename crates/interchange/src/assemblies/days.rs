//! The programme days of a file: which calendar day each is and from when to
//! when it runs. `day@date` is often wrong; an instant with an offset is not.

use std::collections::BTreeMap;

use hallway_model::programme::{ProgrammeDay, ProgrammeSession};
use hallway_model::time::{Day, Span, Timestamp, Zone};
use jiff::civil;

use super::{Notes, Source, short};
use crate::drafts::{DayDraft, Draft};
use crate::errors::ReadError;
use crate::times::{Moment, read_clock};

/// A talk grouped under the day before is a late one until this hour, where
/// the file does not say when its days end.
const NIGHT_ENDS: i8 = 6;

pub(super) struct Days {
    /// As the file groups, one for each `<day>`.
    groups: Vec<Group>,
}

#[derive(Clone, Debug)]
pub(super) struct Group {
    pub day: Day,
    pub start: Timestamp,
    pub end: Timestamp,
    /// The clock time before which a talk without a date is of the next
    /// calendar day.
    pub change: civil::Time,
    /// The file says when the day ends.
    ends_clearly: bool,
}

impl Days {
    pub fn read(source: &Source<'_>, draft: &Draft, notes: &mut Notes) -> Result<Self, ReadError> {
        let change = read_clock(&draft.conference.day_change);
        let groups = draft
            .days
            .iter()
            .enumerate()
            .map(|(number, day)| Group::read(source, day, number, change, notes))
            .collect::<Result<_, _>>()?;
        Ok(Self { groups })
    }

    pub fn group(&self, index: usize) -> Option<&Group> {
        self.groups.get(index)
    }

    /// The programme day of a session at `start`, listed under `group`. Text
    /// is what contradicted, if anything did.
    pub fn assign(
        &mut self,
        source: &Source<'_>,
        group: usize,
        start: Timestamp,
        length: Span,
    ) -> (Day, Option<String>) {
        let date = start.day(source.zone);
        let Some(listed) = self.groups.get_mut(group) else {
            return (date, None);
        };
        if date == listed.day {
            return (date, None);
        }
        if date == listed.day.next() {
            let in_the_night = start.in_zone(source.zone).hour() < NIGHT_ENDS;
            if start < listed.end {
                return (listed.day, None);
            }
            if !listed.ends_clearly && in_the_night {
                listed.end = listed.end.max(start + length.max(Span::minutes(1)));
                return (listed.day, None);
            }
        }
        let listed = listed.day;
        let window = self.groups.iter().find(|group| {
            (group.start..group.end).contains(&start)
                && (date == group.day || date == group.day.next())
        });
        let day = window.map_or(date, |group| group.day);
        (
            day,
            Some(format!(
                "listed under {listed} but starts on {date}; it belongs to {day}"
            )),
        )
    }

    /// The days in order, each once, with those that only sessions are on.
    pub fn finish(self, sessions: &[ProgrammeSession], zone: &Zone) -> Vec<ProgrammeDay> {
        let mut days: BTreeMap<Day, ProgrammeDay> = BTreeMap::new();
        for Group {
            day, start, end, ..
        } in self.groups
        {
            days.entry(day)
                .and_modify(|known| {
                    known.start = known.start.min(start);
                    known.end = known.end.max(end);
                })
                .or_insert(ProgrammeDay { day, start, end });
        }
        for day in sessions
            .iter()
            .filter_map(|session| Some(session.slot.as_ref()?.day))
        {
            let (start, end) = (day.start(zone), day.next().start(zone));
            days.entry(day).or_insert(ProgrammeDay { day, start, end });
        }
        days.into_values().collect()
    }
}

impl Group {
    fn read(
        source: &Source<'_>,
        draft: &DayDraft,
        number: usize,
        change: Option<civil::Time>,
        notes: &mut Notes,
    ) -> Result<Self, ReadError> {
        let place = match draft.index.as_str() {
            "" => format!("day {}", number + 1),
            index => format!("day {}", short(index)),
        };
        let mut moment = |name: &str, text: &str| {
            let moment = Moment::read(text);
            if moment.is_none() && !text.is_empty() {
                notes.add(&place, format!("{name} `{}` is not a date", short(text)));
            }
            moment
        };
        let date = moment("date", &draft.date).map(|date| date.day(source.zone));
        let start = moment("start", &draft.start);
        let end = moment("end", &draft.end).and_then(|end| end.instant(source.zone));
        let Some(day) = start.map(|start| start.day(source.zone)).or(date) else {
            return Err(source.not_understood(
                &draft.at,
                "this day has neither a date nor a start that can be read",
            ));
        };
        if let Some(date) = date.filter(|date| *date != day) {
            let zone = source.zone.name();
            notes.add(
                &place,
                format!("date says {date}, but its start is on {day} in {zone}; {day} is kept"),
            );
        }
        let start = start.and_then(|start| start.instant(source.zone));
        let (from, ends_clearly);
        let until = match (start, end) {
            (Some(start), Some(end)) if start < end => {
                (from, ends_clearly) = (start, true);
                end
            }
            (Some(start), end) => {
                if end.is_some() {
                    notes.add(&place, "it does not end after its start; taken as lasting to the same hour next day");
                }
                (from, ends_clearly) = (start, true);
                let clock = start.in_zone(source.zone);
                day.next().at(clock.hour(), clock.minute(), source.zone)
            }
            (None, _) => {
                let clock = change.unwrap_or(civil::Time::midnight());
                from = day.at(clock.hour(), clock.minute(), source.zone);
                ends_clearly = change.is_some_and(|change| change != civil::Time::midnight());
                day.next().at(clock.hour(), clock.minute(), source.zone)
            }
        };
        let change = change.or_else(|| start.map(|start| start.in_zone(source.zone).time()));
        Ok(Self {
            day,
            start: from,
            end: until,
            change: change.unwrap_or(civil::Time::midnight()),
            ends_clearly,
        })
    }
}
