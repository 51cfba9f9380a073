//! What can be watched: the stages that are on, and the recordings.

use askama::Template;
use hallway_model::time::{Span, Timestamp};
use hallway_protocol::{Topic, routes};
use serde_json::json;

use crate::events::Door;
use crate::markup::props;
use crate::samples;
use crate::sessions::{Place, SessionRow};
use crate::shell::Shell;

/// `GET` of `routes::watch`; query `q` (words) and `track` (a slug).
#[derive(Template)]
#[template(path = "watch/watch.html")]
pub struct WatchPage {
    pub shell: Shell,
    pub q: String,
    pub track: String,
    pub tracks: Vec<Place>,
    pub now: Timestamp,
    /// Stages, those on air first.
    pub doors: Vec<Door>,
    /// The recordings that match, latest first.
    pub recordings: Vec<RecordingRow>,
    /// All recordings of the event.
    pub total: usize,
    pub topic: Topic,
    pub seq: i64,
}

#[derive(Clone, Debug)]
pub struct RecordingRow {
    pub session: SessionRow,
    pub length: Span,
}

impl WatchPage {
    fn is_filtered(&self) -> bool {
        !self.q.is_empty() || !self.track.is_empty()
    }
    fn open_doors(&self) -> Vec<&Door> {
        self.doors.iter().filter(|door| door.is_open()).collect()
    }
    fn counts_props(&self) -> String {
        let stages: Vec<String> = self.doors.iter().map(|d| d.topic.to_string()).collect();
        props(&json!({
            "topic": self.topic.to_string(),
            "seq": self.seq,
            "stages": stages,
            "lang": self.shell.lang.code(),
        }))
    }

    pub fn sample() -> Self {
        let recordings: Vec<RecordingRow> = samples::rows()
            .into_iter()
            .filter(|row| row.recorded)
            .map(|session| RecordingRow {
                session,
                length: Span::minutes(43),
            })
            .collect();
        Self {
            shell: samples::event_shell(&routes::watch(samples::SLUG)).shell,
            q: String::new(),
            track: String::new(),
            tracks: samples::tracks(),
            now: samples::now(),
            doors: samples::doors(),
            total: recordings.len(),
            recordings,
            topic: samples::event_topic(),
            seq: 12,
        }
    }
    pub fn sample_empty() -> Self {
        Self {
            doors: vec![],
            recordings: vec![],
            total: 0,
            tracks: vec![],
            ..Self::sample()
        }
    }
    pub fn sample_hostile() -> Self {
        let mut page = Self::sample();
        page.shell = samples::hostile(page.shell);
        page.q = samples::HOSTILE.into();
        page.doors = samples::hostile_doors();
        for row in &mut page.recordings {
            row.session = samples::hostile_rows().remove(0);
        }
        page
    }
}
