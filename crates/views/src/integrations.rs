//! The organisers' page of ways in and out: what of the chat leaves, and which
//! programs take part.

use askama::Template;
use hallway_model::ids::{IncomingHookId, OutgoingHookId, PersonId, SignInId};
use hallway_model::programme::Warning;
use hallway_model::time::Timestamp;
use hallway_protocol::routes;

use crate::forms::{Field, FieldError, Summary};
use crate::samples;
use crate::shell::Shell;

/// `GET` of `routes::integrations`. Forms, each with `key`: begin an export of
/// the whole chat at `routes::chat_exports`; make a webhook (`name`, `channel`)
/// at `routes::incoming_hooks` and rotate or revoke it at
/// `routes::incoming_hook`; make an outgoing webhook (`url`, `channel` any number
/// of times, `sessions` = `yes`) at `routes::outgoing_hooks` and change it at
/// `routes::outgoing_hook`; bring a Slack workspace along (multipart, `file`) at
/// `routes::slack_import`; make a bot (`name`) at `routes::bots`, retire it at
/// `routes::bot_retire`; make a token (`label`, `read_chat`, `write_chat`,
/// `read_programme` = `yes`, `channel`, `days`) at `routes::bot_tokens` and
/// revoke it at `routes::bot_token_revoke`.
#[derive(Template)]
#[template(path = "integrations/integrations.html")]
pub struct IntegrationsPage {
    pub shell: Shell,
    /// What the page's forms derive their idempotency keys from.
    pub key: String,
    /// A secret that was just made, shown this once.
    pub fresh: Option<Fresh>,
    /// The reader's own exports of the whole chat, the newest first.
    pub exports: Vec<ExportRow>,
    pub hooks: Vec<HookRow>,
    pub hook_name: Field,
    pub hook_channel: Field,
    pub outgoing: Vec<OutgoingRow>,
    pub outgoing_url: Field,
    /// Slugs of the channels chosen, with a space between.
    pub outgoing_topics: Field,
    pub slack_file: Field,
    /// What an import of a Slack workspace just did.
    pub slack_report: Option<SlackReport>,
    pub bots: Vec<BotRow>,
    pub bot_name: Field,
    pub token: TokenForm,
    /// Slug and name of every channel to choose from.
    pub places: Vec<(String, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fresh {
    /// The address of an incoming webhook.
    Address(String),
    /// A bot's token.
    Token(String),
    /// What an outgoing webhook signs with.
    Secret(String),
}

#[derive(Clone, Debug)]
pub struct ExportRow {
    /// Where it is fetched; none while it is being made.
    pub url: Option<String>,
    pub begun: Timestamp,
    pub messages: i64,
    pub channels: i64,
    pub channels_done: i64,
}

#[derive(Clone, Debug)]
pub struct HookRow {
    pub id: IncomingHookId,
    pub name: String,
    pub channel: String,
    pub channel_name: String,
    pub since: Timestamp,
    pub used: Option<Timestamp>,
}

#[derive(Clone, Debug)]
pub struct OutgoingRow {
    pub id: OutgoingHookId,
    pub url: String,
    /// Names of the channels it is told of.
    pub channels: Vec<String>,
    pub sessions: bool,
    /// Two secrets sign, until the old one is ended.
    pub rotating: bool,
    pub failing_since: Option<Timestamp>,
    pub disabled: Option<Timestamp>,
    /// The newest first.
    pub deliveries: Vec<DeliveryRow>,
}

#[derive(Clone, Debug)]
pub struct DeliveryRow {
    pub kind: String,
    pub at: Timestamp,
    pub delivered: bool,
    /// Why the last try failed, in the words of the client.
    pub failure: Option<String>,
    pub attempts: i64,
}

/// New and known things of an import.
#[derive(Clone, Debug)]
pub struct SlackReport {
    pub channels: (usize, usize),
    pub messages: (usize, usize),
    pub people: usize,
    pub warnings: Vec<Warning>,
    /// Warnings beyond those listed.
    pub more_warnings: usize,
}

#[derive(Clone, Debug)]
pub struct BotRow {
    pub id: PersonId,
    pub name: String,
    pub tokens: Vec<TokenRow>,
}

#[derive(Clone, Debug)]
pub struct TokenRow {
    pub id: SignInId,
    pub label: String,
    pub scopes: Vec<&'static str>,
    /// Name of the channel it is bound to.
    pub channel: Option<String>,
    pub since: Timestamp,
    pub used: Option<Timestamp>,
    /// None: it has no end.
    pub expires: Option<Timestamp>,
}

/// A token as it was asked for, after a refused post.
#[derive(Clone, Debug, Default)]
pub struct TokenForm {
    /// The bot it was asked for.
    pub bot: Option<PersonId>,
    pub label: Field,
    /// Words of the scopes ticked.
    pub scopes: Field,
    pub channel: Field,
    pub days: Field,
}

/// Days that are offered; blank is without an end.
const LIVES: [&str; 5] = ["7", "30", "90", "365", ""];

impl IntegrationsPage {
    /// Two forms of a page never share a key: what differs is mixed in.
    fn key_of(&self, what: impl std::fmt::Display) -> String {
        let page = uuid::Uuid::parse_str(&self.key).unwrap_or_default();
        uuid::Uuid::new_v5(&page, what.to_string().as_bytes()).to_string()
    }
    fn errors(&self) -> Summary {
        Summary::of(
            self.shell.lang,
            &[
                ("hook-name", "integrations-field-name", &self.hook_name),
                (
                    "hook-channel",
                    "integrations-field-channel",
                    &self.hook_channel,
                ),
                ("outgoing-url", "integrations-field-url", &self.outgoing_url),
                (
                    "outgoing-topics",
                    "integrations-field-topics",
                    &self.outgoing_topics,
                ),
                ("file", "integrations-field-slack", &self.slack_file),
                ("bot-name", "integrations-field-bot", &self.bot_name),
                ("token-label", "integrations-field-label", &self.token.label),
                (
                    "token-scopes",
                    "integrations-field-scopes",
                    &self.token.scopes,
                ),
                (
                    "token-channel",
                    "integrations-field-channel",
                    &self.token.channel,
                ),
                ("token-days", "integrations-field-days", &self.token.days),
            ],
        )
    }
    fn error_text(&self, field: &Field) -> Option<String> {
        Some(field.error.as_ref()?.text(self.shell.lang))
    }
    fn hook_url(&self, hook: &HookRow, action: &str) -> String {
        routes::incoming_hook(self.shell.slug(), hook.id, action)
    }
    fn outgoing_url_of(&self, hook: &OutgoingRow, action: &str) -> String {
        routes::outgoing_hook(self.shell.slug(), hook.id, action)
    }
    fn is_chosen(&self, slug: &str) -> bool {
        let mut chosen = self.outgoing_topics.value.split(' ');
        chosen.any(|one| one == slug)
    }
    fn retire_url(&self, bot: &BotRow) -> String {
        routes::bot_retire(self.shell.slug(), bot.id)
    }
    fn tokens_url(&self, bot: &BotRow) -> String {
        routes::bot_tokens(self.shell.slug(), bot.id)
    }
    fn revoke_url(&self, bot: &BotRow, token: &TokenRow) -> String {
        routes::bot_token_revoke(self.shell.slug(), bot.id, token.id)
    }
    /// The form of a bot: as it was sent, for the one it was sent for.
    fn form_of(&self, bot: &BotRow) -> TokenForm {
        if self.token.bot == Some(bot.id) {
            self.token.clone()
        } else {
            TokenForm {
                scopes: Field::of("chat:read"),
                days: Field::of("90"),
                ..TokenForm::default()
            }
        }
    }
    /// Ids of fields: the summary's links lead to the form that was refused.
    fn id_of(&self, bot: &BotRow, field: &str) -> String {
        if self.token.bot == Some(bot.id) {
            format!("token-{field}")
        } else {
            format!("token-{field}-{}", bot.id)
        }
    }
    fn scopes(&self) -> [(&'static str, &'static str, String); 3] {
        [
            (
                "read_chat",
                "chat:read",
                self.shell.t("integrations-scope-read-chat"),
            ),
            (
                "write_chat",
                "chat:write",
                self.shell.t("integrations-scope-write-chat"),
            ),
            (
                "read_programme",
                "programme:read",
                self.shell.t("integrations-scope-read-programme"),
            ),
        ]
    }
    fn is_ticked(&self, form: &TokenForm, word: &str) -> bool {
        form.scopes.value.split(' ').any(|ticked| ticked == word)
    }
    fn lives(&self) -> Vec<(&'static str, String)> {
        let text = |days: &&'static str| match days.parse::<i64>() {
            Ok(days) => self.shell.tn("integrations-days", days),
            Err(_) => self.shell.t("integrations-no-end"),
        };
        LIVES.iter().map(|days| (*days, text(days))).collect()
    }

    pub fn sample() -> Self {
        let row = |url: Option<&str>, channels_done| ExportRow {
            url: url.map(str::to_owned),
            begun: samples::at(0, 12, 5),
            messages: 1_204,
            channels: 63,
            channels_done,
        };
        let token = |label: &str, used, expires| TokenRow {
            id: SignInId(uuid::Uuid::from_u128(7)),
            label: label.into(),
            scopes: vec!["chat:read", "programme:read"],
            channel: None,
            since: samples::at(0, 9, 0),
            used,
            expires,
        };
        Self {
            shell: samples::event_shell(&routes::integrations(samples::SLUG))
                .organiser()
                .shell,
            key: samples::KEY.into(),
            fresh: Some(Fresh::Token("0123456789abcdefghjk".into())),
            exports: vec![row(None, 41), row(Some("x.zip"), 63)],
            hooks: vec![HookRow {
                id: IncomingHookId(uuid::Uuid::from_u128(3)),
                name: "Build".into(),
                channel: "lobby".into(),
                channel_name: "Lobby".into(),
                since: samples::at(0, 9, 0),
                used: Some(samples::at(0, 12, 0)),
            }],
            hook_name: Field::default(),
            hook_channel: Field::default(),
            outgoing: vec![
                OutgoingRow {
                    id: OutgoingHookId(uuid::Uuid::from_u128(4)),
                    url: "https://tell.example/hallway".into(),
                    channels: vec!["Lobby".into()],
                    sessions: true,
                    rotating: true,
                    failing_since: Some(samples::at(0, 12, 0)),
                    disabled: None,
                    deliveries: vec![
                        DeliveryRow {
                            kind: "message_posted".into(),
                            at: samples::at(0, 12, 0),
                            delivered: false,
                            failure: Some("status 500".into()),
                            attempts: 3,
                        },
                        DeliveryRow {
                            kind: "test".into(),
                            at: samples::at(0, 11, 0),
                            delivered: true,
                            failure: None,
                            attempts: 1,
                        },
                    ],
                },
                OutgoingRow {
                    id: OutgoingHookId(uuid::Uuid::from_u128(5)),
                    url: "https://gone.example/".into(),
                    channels: vec![],
                    sessions: true,
                    rotating: false,
                    failing_since: Some(samples::at(0, 9, 0)),
                    disabled: Some(samples::at(0, 12, 0)),
                    deliveries: vec![],
                },
            ],
            outgoing_url: Field::default(),
            outgoing_topics: Field::default(),
            slack_file: Field::default(),
            slack_report: Some(SlackReport {
                channels: (12, 1),
                messages: (4_711, 15),
                people: 88,
                warnings: vec![Warning {
                    place: "#general".into(),
                    text: samples::HOSTILE.into(),
                }],
                more_warnings: 2,
            }),
            bots: vec![
                BotRow {
                    id: samples::person_id(1),
                    name: "Timekeeper".into(),
                    tokens: vec![
                        token(
                            "laptop",
                            Some(samples::at(0, 12, 0)),
                            Some(samples::at(1, 0, 0)),
                        ),
                        TokenRow {
                            channel: Some("Lobby".into()),
                            ..token("server", None, None)
                        },
                    ],
                },
                BotRow {
                    id: samples::person_id(2),
                    name: "Translator".into(),
                    tokens: vec![],
                },
            ],
            bot_name: Field::default(),
            token: TokenForm::default(),
            places: vec![("lobby".into(), "Lobby".into())],
        }
    }

    pub fn sample_empty() -> Self {
        Self {
            fresh: None,
            exports: vec![],
            hooks: vec![],
            outgoing: vec![],
            slack_report: None,
            bots: vec![],
            ..Self::sample()
        }
    }

    pub fn sample_hostile() -> Self {
        let mut page = Self::sample();
        let hostile = samples::HOSTILE;
        page.shell = samples::hostile(page.shell);
        page.fresh = Some(Fresh::Address(
            "https://summit.example.org/hooks/in/0123".into(),
        ));
        page.hooks[0].name = hostile.into();
        page.hooks[0].channel_name = hostile.into();
        page.slack_file = Field::wrong(
            "",
            FieldError::Unreadable {
                why: hostile.into(),
            },
        );
        page.outgoing[0].url = hostile.into();
        page.outgoing[0].deliveries[0].failure = Some(hostile.into());
        page.outgoing_url = Field::wrong(hostile, FieldError::NotAUrl);
        page.outgoing_topics = Field::wrong("", FieldError::NothingChosen);
        page.bots[0].name = hostile.into();
        page.bots[0].tokens[0].label = hostile.into();
        page.hook_name = Field::wrong(hostile, FieldError::TooLong { max: 80 });
        page.hook_channel = Field::wrong("gone", FieldError::NotOffered);
        page.bot_name = Field::wrong("", FieldError::Missing);
        page.token = TokenForm {
            bot: Some(page.bots[1].id),
            label: Field::wrong("", FieldError::Missing),
            scopes: Field::wrong("", FieldError::NothingChosen),
            channel: Field::of("lobby"),
            days: Field::of("7"),
        };
        page
    }
}
