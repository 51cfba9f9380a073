//! A session's page: what it is, when it is, its recording and its chat.

use askama::Template;
use hallway_model::sessions::SessionKind;
use hallway_model::time::{Span, Timestamp};
use hallway_protocol::{Topic, routes};
use serde_json::json;

use crate::channels::ChatPanel;
use crate::markup::{JsonLd, TrustedHtml, props};
use crate::samples;
use crate::sessions::{SessionRow, language_text};
use crate::shell::Shell;

#[derive(Template)]
#[template(path = "talks/talk.html")]
pub struct TalkPage {
    pub shell: Shell,
    pub session: SessionRow,
    pub subtitle: Option<String>,
    /// The programme's own word where the kind is none of ours.
    pub kind_text: Option<String>,
    pub speakers: Vec<SpeakerBadge>,
    pub now: Timestamp,
    pub abstract_html: TrustedHtml,
    pub description_html: TrustedHtml,
    pub links: Vec<TalkLink>,
    pub recording: Recording,
    /// None where the reader may not read it.
    pub chat: Option<ChatPanel>,
    /// The event's topic, for the session's start, end and recording.
    pub topic: Topic,
    /// Sequence number of the topic when this page was made.
    pub seq: i64,
}

#[derive(Clone, Debug)]
pub struct SpeakerBadge {
    pub code: String,
    pub name: String,
}

#[derive(Clone, Debug)]
pub struct TalkLink {
    /// http or https; anything else is refused before it comes here.
    pub href: String,
    pub title: String,
}

/// What became, or will become, of the session's picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recording {
    /// The event does not record, or there is nothing to say yet.
    None,
    /// The session will be recorded when it runs.
    Planned,
    /// Its speakers asked not to be recorded.
    OptedOut,
    /// Ended a moment ago; the cut is being published. The player waits for it.
    Cutting,
    Ready {
        /// Path of the playlist.
        src: String,
        length: Span,
    },
}

impl TalkPage {
    /// Whether there is something to watch, or about to be.
    fn has_player(&self) -> bool {
        matches!(self.recording, Recording::Cutting | Recording::Ready { .. })
    }

    /// Whether the session may yet begin, end or get its recording while this
    /// page is open.
    fn may_change(&self) -> bool {
        !self.session.is_cancelled() && !matches!(self.recording, Recording::Ready { .. })
    }

    fn talk_props(&self) -> String {
        props(&json!({
            "topic": self.topic.to_string(),
            "seq": self.seq,
            "lang": self.shell.lang.code(),
            "parts": [".picture", ".happening", ".kept"],
            "when": "code",
            "is": self.session.code,
            "spread": 3_000,
        }))
    }

    fn player_props(&self) -> String {
        let (src, duration) = match &self.recording {
            Recording::Ready { src, length } => (src.as_str(), Some(length.as_seconds())),
            _ => ("", None),
        };
        props(&json!({
            "src": src,
            "live": false,
            "title": self.session.title,
            "topic": null,
            "event_topic": self.topic.to_string(),
            "event_seq": self.seq,
            "code": self.session.code,
            "lang": self.shell.lang.code(),
            "zone": self.shell.zone.name(),
            "duration": duration,
        }))
    }

    fn kind(&self) -> String {
        match (&self.kind_text, self.session.kind) {
            (Some(text), SessionKind::Other) => text.clone(),
            (_, kind) => crate::sessions::kind_text(self.shell.lang, kind),
        }
    }

    fn language(&self) -> Option<String> {
        self.session
            .language
            .as_deref()
            .map(|tag| language_text(self.shell.lang, tag))
    }

    fn summary(&self) -> String {
        let names = self.session.names();
        match (names.is_empty(), &self.session.slot) {
            (true, _) => self.session.title.clone(),
            (false, None) => names,
            (false, Some(slot)) => self.shell.lang.t2(
                "talks-summary",
                "names",
                names,
                "day",
                self.shell.day(slot.start.day(&self.shell.zone)),
            ),
        }
    }

    /// schema.org's Event, and VideoObject once there is a recording.
    fn json_ld(&self) -> JsonLd {
        let url = self
            .shell
            .absolute(&routes::talk(self.shell.slug(), &self.session.code));
        let zone = &self.shell.zone;
        let performers: Vec<_> = self
            .speakers
            .iter()
            .map(|s| json!({"@type": "Person", "name": s.name}))
            .collect();
        let mut event = json!({
            "@type": "Event",
            "name": self.session.title,
            "url": url,
            "eventAttendanceMode": "https://schema.org/OnlineEventAttendanceMode",
            "location": {"@type": "VirtualLocation", "url": url},
            "performer": performers,
        });
        if let Some(slot) = self.session.slot {
            event["startDate"] = slot.start.rfc3339(zone).into();
            event["endDate"] = slot.end().rfc3339(zone).into();
        }
        if self.session.is_cancelled() {
            event["eventStatus"] = "https://schema.org/EventCancelled".into();
        }
        if let Some(super_event) = &self.shell.event {
            event["superEvent"] = json!({
                "@type": "Event",
                "name": super_event.title,
                "url": self.shell.absolute(&routes::event(&super_event.slug)),
            });
        }
        let mut graph = vec![event];
        if let (Recording::Ready { src, length }, Some(slot)) = (&self.recording, self.session.slot)
        {
            graph.push(json!({
                "@type": "VideoObject",
                "name": self.session.title,
                "description": self.summary(),
                "uploadDate": slot.end().rfc3339(zone),
                "duration": format!("PT{}S", length.as_seconds()),
                "contentUrl": self.shell.absolute(src),
            }));
        }
        JsonLd::new(&json!({"@context": "https://schema.org", "@graph": graph}))
    }

    /// Planned for later today.
    pub fn sample() -> Self {
        let session = samples::coming()[1].clone();
        Self {
            shell: samples::event_shell(&routes::talk(samples::SLUG, &session.code))
                .signed_in()
                .shell,
            subtitle: Some("What nine small teams learnt in one long winter".into()),
            kind_text: None,
            speakers: samples::badges(&session),
            session,
            now: samples::now(),
            abstract_html: TrustedHtml::sanitised(
                "<p>Everyone draws the same diagram, and nobody runs it. We follow one request from the browser of a library in Leipzig to the disk it ends on, and count who has to be awake for it.</p>".into(),
            ),
            description_html: TrustedHtml::sanitised(
                "<p>Bring a question about something that broke. There is time for at least five of them.</p><ul><li>What we measured</li><li>What we threw away</li><li>What we would do again</li></ul>".into(),
            ),
            links: vec![TalkLink {
                href: "https://example.org/slides.pdf".into(),
                title: "Slides".into(),
            }],
            recording: Recording::Planned,
            chat: Some(ChatPanel::sample()),
            topic: samples::event_topic(),
            seq: 12,
        }
    }

    pub fn sample_live() -> Self {
        let session = samples::rows()
            .into_iter()
            .find(SessionRow::is_live)
            .unwrap_or_default();
        Self {
            speakers: samples::badges(&session),
            session,
            ..Self::sample()
        }
    }

    /// Over, with its recording.
    pub fn sample_recorded() -> Self {
        let session = samples::rows()[0].clone();
        Self {
            speakers: samples::badges(&session),
            recording: Recording::Ready {
                src: routes::recording(samples::SLUG, &session.code),
                length: Span::minutes(43),
            },
            session,
            ..Self::sample()
        }
    }

    /// Over a moment ago: its recording is awaited.
    pub fn sample_cutting() -> Self {
        Self {
            recording: Recording::Cutting,
            ..Self::sample_recorded()
        }
    }

    /// Not recorded, no slot, read by a visitor.
    pub fn sample_bare() -> Self {
        let session = SessionRow {
            slot: None,
            room: None,
            track: None,
            speakers: vec![],
            ..samples::coming()[1].clone()
        };
        Self {
            shell: samples::event_shell(&routes::talk(samples::SLUG, &session.code)).shell,
            session,
            subtitle: None,
            speakers: vec![],
            links: vec![],
            abstract_html: TrustedHtml::default(),
            description_html: TrustedHtml::default(),
            recording: Recording::OptedOut,
            chat: None,
            ..Self::sample()
        }
    }

    pub fn sample_hostile() -> Self {
        let session = samples::hostile_rows().remove(0);
        let mut page = Self::sample_recorded();
        page.shell = samples::hostile(page.shell);
        page.speakers = samples::badges(&session);
        page.session = session;
        page.subtitle = Some(samples::HOSTILE.into());
        page.links = vec![TalkLink {
            href: "https://example.org/\"><script>".into(),
            title: samples::HOSTILE.into(),
        }];
        page.chat = Some(ChatPanel::sample_hostile());
        page
    }
}
