//! A day as a grid: time down in steps of five minutes, rooms across. A place
//! in it is a pair of classes (`c3 r12 s6`), because the content security
//! policy allows no style in the markup.

use hallway_model::time::{Span, Timestamp};

use super::{By, SchedulePage};
use crate::sessions::{Place, SessionRow};

const STEP: Span = Span::minutes(5);
/// What `grid.css` has classes for.
const MAX_STEPS: i64 = 192;
const MAX_SPAN: i64 = 48;
const MAX_ROOMS: usize = 8;

pub struct Grid<'a> {
    /// Columns, left to right.
    pub rooms: Vec<&'a Place>,
    /// Full and half hours with their row.
    pub hours: Vec<(i64, Timestamp)>,
    /// In order of start, so that it reads as a list where it is not a grid.
    pub cells: Vec<Cell<'a>>,
    /// Row of the now-line, while now is inside of the day.
    pub now: Option<i64>,
}

pub struct Cell<'a> {
    pub row: &'a SessionRow,
    /// From 1.
    pub column: usize,
    /// From 2; row 1 holds the names of the rooms.
    pub line: i64,
    pub lines: i64,
}

impl SchedulePage {
    /// The day as a grid, where it is one: two to eight rooms, nothing that
    /// overlaps in a room, and not longer than sixteen hours.
    pub fn grid(&self) -> Option<Grid<'_>> {
        if self.query.by() != By::Day || self.query.is_filtered() || self.day.is_none() {
            return None;
        }
        let placed: Vec<_> = self
            .rows
            .iter()
            .filter_map(|row| Some((row, row.slot?, row.room.as_ref()?)))
            .filter(|(_, slot, _)| slot.length > Span(0))
            .collect();
        let rooms: Vec<&Place> = self
            .rooms
            .iter()
            .filter(|room| placed.iter().any(|(_, _, at)| at.slug == room.slug))
            .collect();
        if rooms.len() < 2 || rooms.len() > MAX_ROOMS {
            return None;
        }
        let first = placed.iter().map(|(_, slot, _)| slot.start).min()?;
        let first = Timestamp(first.0 - first.0.rem_euclid(Span::minutes(30).0));
        let steps = |at: Timestamp| (at - first).0.div_euclid(STEP.0);
        let mut cells: Vec<Cell<'_>> = vec![];
        for (row, slot, at) in placed {
            let column = 1 + rooms.iter().position(|room| room.slug == at.slug)?;
            let line = steps(slot.start);
            let lines = (steps(slot.end() + STEP - Span(1)) - line).max(1);
            let overlaps = cells.iter().any(|c| {
                c.column == column && line + 2 < c.line + c.lines && c.line < line + 2 + lines
            });
            if overlaps || line + lines > MAX_STEPS || lines > MAX_SPAN {
                return None;
            }
            cells.push(Cell {
                row,
                column,
                line: line + 2,
                lines,
            });
        }
        let last = cells.iter().map(|cell| cell.line + cell.lines).max()?;
        let hours = (0..)
            .map(|n| (2 + n * 6, first + Span::minutes(30 * n)))
            .take_while(|(line, _)| *line < last)
            .collect();
        let now = Some(steps(self.now) + 2).filter(|line| (2..last).contains(line));
        Some(Grid {
            rooms,
            hours,
            cells,
            now,
        })
    }

    /// Rows of the day that the grid has no place for: no slot, or no room.
    pub fn unplaced(&self) -> Vec<&SessionRow> {
        self.rows
            .iter()
            .filter(|row| row.room.is_none() || row.slot.is_none_or(|s| s.length <= Span(0)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn three_rooms_make_a_grid_and_ninety_a_list() {
        let page = SchedulePage::sample();
        let grid = page.grid().unwrap();
        assert_eq!(grid.rooms.len(), 3);
        assert_eq!(grid.cells.len() + page.unplaced().len(), page.rows.len());
        assert!(SchedulePage::sample_huge().grid().is_none());
    }

    #[test]
    fn half_an_hour_spans_six_lines_from_its_start() {
        let page = SchedulePage::sample();
        let grid = page.grid().unwrap();
        let first = &grid.cells[0];
        assert_eq!((first.line, first.lines), (2, 9), "09:00 to 09:45");
        let half_past_ten = grid
            .hours
            .iter()
            .find(|(_, at)| *at == samples::at(0, 10, 30));
        assert_eq!(half_past_ten.map(|(line, _)| *line), Some(2 + 18));
    }

    #[test]
    fn sessions_that_overlap_in_a_room_need_the_list() {
        let mut page = SchedulePage::sample();
        let again = page.rows[0].clone();
        page.rows.insert(1, again);
        assert!(page.grid().is_none());
    }
}
