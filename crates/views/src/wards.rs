//! Where somebody looks after conduct, as the moderators' pages show it: the
//! event, or one channel of it.

use hallway_protocol::routes;

use crate::samples;
use crate::shell::Shell;

#[derive(Clone, Debug)]
pub struct WardHead {
    /// What its addresses begin with: the event's slug, or `routes::channel_ward`.
    pub path: String,
    /// Slug and name of the one channel.
    pub channel: Option<(String, String)>,
    /// For a host, who sees no reporter and decides for the channel alone.
    pub hosted: bool,
}

impl WardHead {
    pub fn event(slug: &str) -> Self {
        Self {
            path: slug.into(),
            channel: None,
            hosted: false,
        }
    }

    pub fn channel(event: &str, slug: &str, name: &str, hosted: bool) -> Self {
        Self {
            path: routes::channel_ward(event, slug),
            channel: Some((slug.into(), name.into())),
            hosted,
        }
    }

    pub(crate) fn title(&self, shell: &Shell) -> String {
        match &self.channel {
            Some((_, name)) => shell.ts("wards-title", "channel", name),
            None => shell.t("moderation-title"),
        }
    }

    /// Minutes of calm are posted from here to `routes::moderate_calm`.
    pub(crate) fn calm(&self, shell: &Shell) -> String {
        shell.t(match self.channel {
            Some(_) => "wards-calm",
            None => "moderation-calm",
        })
    }

    pub(crate) fn calm_until(&self, shell: &Shell) -> String {
        shell.t(match self.channel {
            Some(_) => "wards-calm-until",
            None => "moderation-calm-until",
        })
    }

    pub(crate) fn sample() -> Self {
        Self::event(samples::SLUG)
    }
    pub(crate) fn sample_hosted() -> Self {
        Self::channel(samples::SLUG, "homelab", samples::HOSTILE, true)
    }
}
