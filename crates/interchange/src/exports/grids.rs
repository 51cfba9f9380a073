//! The sessions of a programme as both file formats list them: by day, in it
//! by room. A session without a room is listed under the room named "".

use std::collections::{BTreeMap, HashMap};

use hallway_model::programme::{Programme, ProgrammeSession, ProgrammeSlot};
use hallway_model::time::{Day, Span, Timestamp};

pub(super) struct GridDay {
    pub day: Day,
    pub start: Timestamp,
    pub end: Timestamp,
    pub rooms: Vec<GridRoom>,
    by_name: HashMap<String, usize>,
}

pub(super) struct GridRoom {
    /// Empty for the sessions without a room.
    pub name: String,
    /// Indexes into `Programme::sessions`.
    pub sessions: Vec<usize>,
}

/// At least one day, in order. `first_day_rooms` are listed on the first even
/// when nothing happens there.
pub(super) fn grid(programme: &Programme, first_day_rooms: &[String]) -> Vec<GridDay> {
    let zone = &programme.conference.zone;
    let mut days: BTreeMap<Day, GridDay> = BTreeMap::new();
    for known in &programme.days {
        // A reader takes the day from the date of its start.
        let start = if known.start.day(zone) == known.day {
            known.start
        } else {
            known.day.start(zone)
        };
        let end = if known.end > start {
            known.end
        } else {
            known.day.next().start(zone)
        };
        days.insert(known.day, GridDay::new(known.day, start, end));
    }
    let empty = |day: Day| GridDay::new(day, day.start(zone), day.next().start(zone));
    if days.is_empty() {
        let day = programme.conference.first_day;
        days.insert(day, empty(day));
    }
    if let Some(mut first) = days.first_entry() {
        for room in first_day_rooms {
            first.get_mut().room(room);
        }
    }
    for (index, session) in programme.sessions.iter().enumerate() {
        let Some(slot) = &session.slot else { continue };
        let day = listed_day(slot, programme);
        let listed = days.entry(day).or_insert_with(|| empty(day));
        // One that starts after the day's end would be taken for the next day's.
        if slot.start.day(zone) != day && slot.start >= listed.end {
            listed.end = slot.start + slot.length.max(Span::minutes(1));
        }
        listed
            .room(slot.room.as_deref().unwrap_or_default())
            .sessions
            .push(index);
    }
    days.into_values().collect()
}

impl GridDay {
    fn new(day: Day, start: Timestamp, end: Timestamp) -> Self {
        Self {
            day,
            start,
            end,
            rooms: Vec::new(),
            by_name: HashMap::new(),
        }
    }

    fn room(&mut self, name: &str) -> &mut GridRoom {
        let index = match self.by_name.get(name) {
            Some(index) => *index,
            None => {
                self.by_name.insert(name.to_owned(), self.rooms.len());
                self.rooms.push(GridRoom {
                    name: name.to_owned(),
                    sessions: Vec::new(),
                });
                self.rooms.len() - 1
            }
        };
        &mut self.rooms[index]
    }
}

/// Its programme day, where that can be told by a file: the date of its start
/// or, for the night, the day before.
fn listed_day(slot: &ProgrammeSlot, programme: &Programme) -> Day {
    let date = slot.start.day(&programme.conference.zone);
    if date == slot.day || date == slot.day.next() {
        slot.day
    } else {
        date
    }
}

/// `HH:MM`, or `HH:MM:SS` where seconds count.
pub(super) fn clock(length: Span) -> String {
    let seconds = length.as_seconds().max(0);
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 99 {
        return "99:59".into();
    }
    if rest == 0 {
        format!("{hours:02}:{minutes:02}")
    } else {
        format!("{hours:02}:{minutes:02}:{rest:02}")
    }
}

/// The type's own word, else ours.
pub(super) fn kind(session: &ProgrammeSession) -> &str {
    session.kind_text.as_deref().unwrap_or(session.kind.word())
}
