//! What an event asks of messages: newcomers, unwanted words, slow mode.

use askama::Template;
use hallway_protocol::routes;

use crate::forms::{Field, FieldError, Summary};
use crate::moderation::key_of;
use crate::samples;
use crate::shell::Shell;

/// `GET` and refused `POST` of `routes::moderate_settings` (fields `hold_first`,
/// `newcomers_link`, `refuse`: `yes` or absent; `words`; `key`). Slow mode is
/// posted to `routes::moderate_slow_mode`: `channel` (slug), `seconds`, `key`.
#[derive(Template)]
#[template(path = "moderation/settings.html")]
pub struct ScreeningPage {
    pub shell: Shell,
    pub key: String,
    pub hold_first: bool,
    pub newcomers_link: bool,
    /// One entry per line.
    pub words: Field,
    pub refuse: bool,
    pub channels: Vec<SlowChannel>,
    /// The channel of a refused post.
    pub channel: String,
    pub seconds: Field,
}

#[derive(Clone, Debug)]
pub struct SlowChannel {
    pub slug: String,
    pub name: String,
    /// Seconds; none where it is off.
    pub pause: Option<i64>,
}

impl ScreeningPage {
    fn errors(&self) -> Summary {
        Summary::of(
            self.shell.lang,
            &[
                ("words", "screening-words", &self.words),
                ("seconds", "screening-seconds", &self.seconds),
            ],
        )
    }
    fn words_error(&self) -> Option<String> {
        Some(self.words.error.as_ref()?.text(self.shell.lang))
    }
    fn slow(&self) -> Vec<&SlowChannel> {
        self.channels
            .iter()
            .filter(|channel| channel.pause.is_some())
            .collect()
    }
    fn pause(&self, channel: &SlowChannel) -> String {
        let seconds = channel.pause.unwrap_or_default();
        self.shell.tn("screening-pause", seconds)
    }
    fn slow_key(&self) -> String {
        key_of(&self.key, "slow")
    }

    pub fn sample() -> Self {
        let channel = |slug: &str, name: &str, pause| SlowChannel {
            slug: slug.into(),
            name: name.into(),
            pause,
        };
        Self {
            shell: samples::event_shell(&routes::moderate_settings(samples::SLUG))
                .moderator()
                .shell,
            key: samples::KEY.into(),
            hold_first: false,
            newcomers_link: false,
            words: Field::of("free money\nfollowers"),
            refuse: true,
            channels: vec![
                channel("lobby", "Lobby", Some(30)),
                channel("talk-abc123", "The first door", None),
            ],
            channel: String::new(),
            seconds: Field::default(),
        }
    }
    pub fn sample_refused() -> Self {
        Self {
            shell: samples::hostile(Self::sample().shell),
            words: Field::wrong(samples::HOSTILE, FieldError::TooManyWords),
            seconds: Field::wrong(samples::HOSTILE, FieldError::NotAPause),
            channels: vec![SlowChannel {
                slug: "lobby".into(),
                name: samples::HOSTILE.into(),
                pause: Some(1),
            }],
            ..Self::sample()
        }
    }
}
