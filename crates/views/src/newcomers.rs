//! What newcomers said lately, by account, to be removed in one action.

use askama::Template;
use hallway_model::ids::{BulkId, PersonId};
use hallway_model::time::{Span, Timestamp};
use hallway_protocol::routes;
use uuid::Uuid;

use crate::moderation::key_of;
use crate::samples;
use crate::shell::Shell;
use crate::wards::WardHead;

/// Messages of one account that are shown.
const SHOWN: usize = 3;
/// Minutes that can be looked back.
const WINDOWS: [i64; 4] = [5, 15, 60, 240];

/// `GET` of `routes::moderate_newcomers` (`?minutes=`). Forms: a box
/// `person-ID` for each account, `minutes`, `key` to the same address; `key` to
/// `routes::moderate_restore`.
#[derive(Template)]
#[template(path = "moderation/newcomers.html")]
pub struct NewcomersPage {
    pub shell: Shell,
    pub ward: WardHead,
    pub key: String,
    pub minutes: i64,
    pub accounts: Vec<Account>,
    pub removals: Vec<BulkRow>,
}

#[derive(Clone, Debug)]
pub struct Account {
    pub person: PersonId,
    pub name: String,
    /// Channel, words and time of each message, oldest first.
    pub said: Vec<(String, String, Timestamp)>,
}

#[derive(Clone, Debug)]
pub struct BulkRow {
    pub id: BulkId,
    pub made: Timestamp,
    pub messages: i64,
    pub undone: bool,
}

struct Choice {
    minutes: i64,
    label: String,
    chosen: bool,
}

impl NewcomersPage {
    fn windows(&self) -> Vec<Choice> {
        WINDOWS
            .into_iter()
            .map(|minutes| Choice {
                minutes,
                label: self.shell.length(Span::minutes(minutes)),
                chosen: minutes == self.minutes,
            })
            .collect()
    }
    fn shown<'a>(&self, account: &'a Account) -> &'a [(String, String, Timestamp)] {
        &account.said[..account.said.len().min(SHOWN)]
    }
    fn count(&self, account: &Account) -> usize {
        account.said.len()
    }
    fn total(&self) -> usize {
        self.accounts.iter().map(|account| account.said.len()).sum()
    }
    fn restore_url(&self, bulk: &BulkRow) -> String {
        routes::moderate_restore(&self.ward.path, bulk.id)
    }
    fn restore_key(&self, bulk: &BulkRow) -> String {
        key_of(&self.key, &bulk.id.to_string())
    }

    pub fn sample() -> Self {
        let said = |n: usize| {
            (0..n)
                .map(|_| ("Lobby".into(), "RAID".into(), samples::now()))
                .collect()
        };
        let bulk = |n: u128, undone| BulkRow {
            id: BulkId(Uuid::from_u128(n)),
            made: samples::now(),
            messages: 12,
            undone,
        };
        Self {
            shell: samples::event_shell(&routes::moderate_newcomers(samples::SLUG))
                .moderator()
                .shell,
            ward: WardHead::sample(),
            key: samples::KEY.into(),
            minutes: 15,
            accounts: vec![
                Account {
                    person: samples::person_id(1),
                    name: "Raider One".into(),
                    said: said(9),
                },
                Account {
                    person: samples::person_id(2),
                    name: "Nora New".into(),
                    said: said(1),
                },
            ],
            removals: vec![bulk(1, false), bulk(2, true)],
        }
    }
    pub fn sample_hosted() -> Self {
        Self {
            ward: WardHead::sample_hosted(),
            ..Self::sample()
        }
    }
    pub fn sample_empty() -> Self {
        Self {
            accounts: vec![],
            removals: vec![],
            ..Self::sample()
        }
    }
    pub fn sample_hostile() -> Self {
        let hostile = || samples::HOSTILE.to_owned();
        let accounts = Self::sample().accounts.into_iter().map(|account| Account {
            name: hostile(),
            said: vec![(hostile(), hostile(), samples::now())],
            ..account
        });
        Self {
            shell: samples::hostile(Self::sample().shell),
            accounts: accounts.collect(),
            ..Self::sample()
        }
    }
}
