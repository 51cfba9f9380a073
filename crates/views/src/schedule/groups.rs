//! Rows of the schedule under headings: by time of start, by track, by day.

use hallway_model::time::{Day, Timestamp};

use super::{By, SchedulePage};
use crate::sessions::SessionRow;

pub struct Group<'a> {
    pub heading: Heading<'a>,
    pub rows: Vec<&'a SessionRow>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heading<'a> {
    /// Everything that starts at the same time, within the day.
    Start(Timestamp, Day),
    Track(&'a str, u8),
    NoTrack,
    Day(Day),
    /// Accepted, but without a time yet.
    Unplaced,
}

impl Group<'_> {
    /// Whether rows still have to tell their own start.
    pub fn tells_start(&self) -> bool {
        matches!(self.heading, Heading::Start(..))
    }
}

impl SchedulePage {
    pub fn groups(&self) -> Vec<Group<'_>> {
        let mut groups: Vec<Group<'_>> = vec![];
        for row in &self.rows {
            let heading = self.heading(row);
            // By time and by day equal headings follow each other; tracks come mixed.
            match groups
                .iter_mut()
                .rev()
                .find(|group| group.heading == heading)
            {
                Some(group) => group.rows.push(row),
                None => groups.push(Group {
                    heading,
                    rows: vec![row],
                }),
            }
        }
        if self.query.by() == By::Track {
            groups.sort_by_key(|group| match &group.heading {
                Heading::Track(name, _) => {
                    let place = self.tracks.iter().position(|track| track.name == *name);
                    place.unwrap_or(self.tracks.len())
                }
                _ => usize::MAX,
            });
        }
        groups
    }

    fn heading<'a>(&self, row: &'a SessionRow) -> Heading<'a> {
        match (self.query.by(), row.slot, &row.track) {
            (By::Track, _, Some(track)) => Heading::Track(&track.name, track.palette),
            (By::Track, _, None) => Heading::NoTrack,
            (_, None, _) => Heading::Unplaced,
            (By::Day, Some(slot), _) => Heading::Start(slot.start, slot.day),
            (By::List, Some(slot), _) => Heading::Day(slot.day),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn by_day_every_start_has_one_group_in_order() {
        let page = SchedulePage::sample();
        let groups = page.groups();
        let starts: Vec<_> = groups
            .iter()
            .filter_map(|group| match group.heading {
                Heading::Start(at, _) => Some(at),
                _ => None,
            })
            .collect();
        assert!(starts.is_sorted());
        assert_eq!(starts[0], samples::at(0, 9, 0));
        assert_eq!(groups.last().unwrap().heading, Heading::Unplaced);
        let rows: usize = groups.iter().map(|group| group.rows.len()).sum();
        assert_eq!(rows, page.rows.len());
    }

    #[test]
    fn tracks_come_in_the_programmes_order_and_once() {
        let page = SchedulePage::sample_by_track();
        let names: Vec<_> = page
            .groups()
            .iter()
            .map(|group| format!("{:?}", group.heading))
            .collect();
        let mut unique = names.clone();
        unique.dedup();
        assert_eq!(names, unique);
        assert_eq!(names.last().unwrap(), "NoTrack");
    }
}
