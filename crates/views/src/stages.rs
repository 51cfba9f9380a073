//! A stage as its audience sees it: the picture on top, what is on, and the
//! chat beside it.

use askama::Template;
use hallway_model::time::Timestamp;
use hallway_protocol::{Topic, routes};
use serde_json::json;

use crate::channels::ChatPanel;
use crate::events::{Door, DoorSession};
use crate::markup::{TrustedHtml, props};
use crate::samples;
use crate::sessions::SessionRow;
use crate::shell::Shell;

/// The panel beside the picture is chosen by `?panel=chat|about`, so that its
/// tabs are links.
#[derive(Template)]
#[template(path = "stages/stage.html")]
pub struct StagePage {
    pub shell: Shell,
    pub room: String,
    pub name: String,
    /// Topic of the stage, and its number when this page was made.
    pub topic: Topic,
    pub seq: i64,
    /// Whether a picture is on air.
    pub on_air: bool,
    /// The session that is on by the producer's cue, else by the clock.
    pub session: Option<DoorSession>,
    pub abstract_html: TrustedHtml,
    pub next: Option<DoorSession>,
    /// The rest of this stage's day.
    pub later: Vec<SessionRow>,
    pub now: Timestamp,
    pub viewers: i64,
    /// Whether what is on is being recorded.
    pub recording: bool,
    pub panel: Panel,
    /// The chat of the session, else of the event; none where the reader may
    /// not read it.
    pub chat: Option<ChatPanel>,
    pub access: Access,
    /// The other stages.
    pub doors: Vec<Door>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Panel {
    Chat,
    About,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Watch,
    /// Guests may not watch here: register first.
    Register,
}

impl Panel {
    pub fn from_word(word: &str) -> Self {
        match word {
            "about" => Self::About,
            _ => Self::Chat,
        }
    }
}

impl StagePage {
    fn player_props(&self) -> String {
        props(&json!({
            "src": self.playlist(),
            "live": true,
            "on_air": self.on_air,
            "title": self.session.as_ref().map_or(&self.name, |s| &s.title),
            "topic": self.topic.to_string(),
            "seq": self.seq,
            "lang": self.shell.lang.code(),
            "zone": self.shell.zone.name(),
            "duration": null,
        }))
    }
    fn counts_props(&self) -> String {
        props(&json!({
            "stages": [self.topic.to_string()],
            "lang": self.shell.lang.code(),
        }))
    }
    fn playlist(&self) -> String {
        routes::stage_playlist(self.shell.slug(), &self.room)
    }
    fn shows_chat(&self) -> bool {
        self.panel == Panel::Chat && self.chat.is_some()
    }
    fn minutes_left(&self) -> Option<i64> {
        let end = self.session.as_ref()?.slot.end();
        let left = end - self.now;
        (left.0 > 0).then(|| (left.0 + 59_999) / 60_000)
    }
    fn other_doors(&self) -> Vec<&Door> {
        self.doors
            .iter()
            .filter(|door| door.room != self.room)
            .collect()
    }

    pub fn sample() -> Self {
        let doors = samples::doors();
        let shell = samples::event_shell(&routes::stage(samples::SLUG, "main-stage"))
            .signed_in()
            .shell;
        Self {
            shell,
            room: doors[0].room.clone(),
            name: doors[0].name.clone(),
            topic: doors[0].topic,
            seq: 4,
            on_air: true,
            session: doors[0].now.clone(),
            abstract_html: TrustedHtml::sanitised(
                "<p>One request, from a library in Leipzig to the disk it ends on.</p>".into(),
            ),
            next: doors[0].next.clone(),
            later: samples::coming().into_iter().take(4).collect(),
            now: samples::now(),
            viewers: 312,
            recording: true,
            panel: Panel::Chat,
            chat: Some(ChatPanel::sample()),
            access: Access::Watch,
            doors,
        }
    }

    pub fn sample_about() -> Self {
        Self {
            panel: Panel::About,
            ..Self::sample()
        }
    }

    /// Nothing on, nothing planned.
    pub fn sample_empty() -> Self {
        Self {
            on_air: false,
            session: None,
            next: None,
            later: vec![],
            viewers: 0,
            recording: false,
            abstract_html: TrustedHtml::default(),
            chat: Some(ChatPanel::sample_empty()),
            ..Self::sample()
        }
    }

    pub fn sample_closed() -> Self {
        Self {
            shell: samples::event_shell(&routes::stage(samples::SLUG, "main-stage")).shell,
            access: Access::Register,
            chat: None,
            ..Self::sample()
        }
    }

    pub fn sample_hostile() -> Self {
        let doors = samples::hostile_doors();
        let base = Self::sample();
        Self {
            shell: samples::hostile(base.shell),
            name: samples::HOSTILE.into(),
            session: doors[0].now.clone(),
            next: doors[0].next.clone(),
            later: samples::hostile_rows(),
            chat: Some(ChatPanel::sample_hostile()),
            doors,
            ..Self::sample()
        }
    }
}
