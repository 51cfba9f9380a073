//! What may be decided about somebody's conduct: a warning, a mute, a ban. By
//! whom, for how long, and how it ends.

use serde::{Deserialize, Serialize};

use crate::access::{Action, Actor, Object, Role};
use crate::ids::{ChannelId, EventId, PersonId, SanctionId};
use crate::people::Email;
use crate::time::{Span, Timestamp};

/// Longest reason or answer, in characters.
pub const MAX_REASON: usize = 1_000;
/// A moderator's bans end by themselves after this.
pub const MODERATORS_BAN: Span = Span::hours(24);
/// Longest time that can be named; beyond it a sanction has no end.
pub const LONGEST: Span = Span::days(365);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SanctionKind {
    /// A word, and nothing else.
    Warning,
    /// Reads, and may not write.
    Mute,
    /// Each message waits for a moderator.
    Hold,
    /// Out of the event, but for what everybody may see.
    Ban,
}

impl SanctionKind {
    pub const ALL: [SanctionKind; 4] = [Self::Warning, Self::Mute, Self::Hold, Self::Ban];

    pub fn word(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Mute => "mute",
            Self::Hold => "hold",
            Self::Ban => "ban",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Whether it goes on after the moment it was said.
    pub fn lasts(self) -> bool {
        self != Self::Warning
    }
}

/// A decision about somebody, as it is kept and as they are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sanction {
    pub id: SanctionId,
    pub event: EventId,
    /// Where it holds; none for the whole event.
    pub channel: Option<ChannelId>,
    pub person: PersonId,
    pub kind: SanctionKind,
    /// What the person is told.
    pub reason: String,
    /// None: the operator on the command line.
    pub by: Option<PersonId>,
    pub imposed: Timestamp,
    pub state: SanctionState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SanctionState {
    /// Until a time, or until it is lifted.
    Imposed {
        until: Option<Timestamp>,
    },
    Lifted {
        at: Timestamp,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SanctionError {
    #[error("you cannot do this to yourself")]
    Oneself,
    #[error("this person looks after the event as you do: ask whoever stands above")]
    Rank,
    #[error("a moderator bans for a day at the most: name a time, or leave it to an organiser")]
    TooLong,
    #[error("a time is between a minute and a year")]
    Time,
    #[error("a host decides in their channel alone")]
    Elsewhere,
    #[error("a ban is from the whole event")]
    BanOfChannel,
    #[error("a reason has 1 to {MAX_REASON} characters")]
    Reason,
    #[error("this has ended already")]
    Ended,
}

/// What somebody is at an event, as far as it protects them, and as far as it
/// lets them act on others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    Guest,
    /// Of the channel that the decision is about.
    Host,
    Moderator,
    Organiser,
    Admin,
}

impl Rank {
    pub fn of(actor: &Actor, event: EventId) -> Self {
        let object = Object::event(event);
        [
            (Role::Admin, Self::Admin),
            (Role::Organiser, Self::Organiser),
            (Role::Moderator, Self::Moderator),
        ]
        .into_iter()
        .find(|(role, _)| actor.holds(*role, &object))
        .map_or(Self::Guest, |(_, rank)| rank)
    }

    /// What a host of the channel is in it, whatever else they are.
    pub fn hosting(self, hosts: bool) -> Self {
        if hosts { self.max(Self::Host) } else { self }
    }
}

/// Whether `by` may decide this about `about`, and until when it then holds.
pub fn decide(
    kind: SanctionKind,
    channel: Option<ChannelId>,
    length: Option<Span>,
    by: (Option<PersonId>, Rank),
    about: (PersonId, Rank),
    now: Timestamp,
) -> Result<Option<Timestamp>, SanctionError> {
    if by.0 == Some(about.0) {
        return Err(SanctionError::Oneself);
    }
    if by.1 <= about.1 {
        return Err(SanctionError::Rank);
    }
    if by.1 <= Rank::Host && channel.is_none() {
        return Err(SanctionError::Elsewhere);
    }
    if !kind.lasts() {
        return Ok(None);
    }
    if let Some(length) = length
        && (length < Span::minutes(1) || length > LONGEST)
    {
        return Err(SanctionError::Time);
    }
    if kind == SanctionKind::Ban {
        if channel.is_some() {
            return Err(SanctionError::BanOfChannel);
        }
        if by.1 == Rank::Moderator && length.is_none_or(|length| length > MODERATORS_BAN) {
            return Err(SanctionError::TooLong);
        }
    }
    Ok(length.map(|length| now + length))
}

/// A reason or an answer as typed: it says something, and ends.
pub fn reason(text: &str) -> Result<String, SanctionError> {
    let text: String = text
        .replace("\r\n", "\n")
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect();
    let text = text.trim().to_owned();
    if text.is_empty() || text.chars().count() > MAX_REASON {
        return Err(SanctionError::Reason);
    }
    Ok(text)
}

impl Sanction {
    pub fn until(&self) -> Option<Timestamp> {
        match self.state {
            SanctionState::Imposed { until } => until,
            SanctionState::Lifted { at } => Some(at),
        }
    }

    pub fn stands(&self, now: Timestamp) -> bool {
        match self.state {
            SanctionState::Imposed { until } => {
                self.kind.lasts() && until.is_none_or(|until| now < until)
            }
            SanctionState::Lifted { .. } => false,
        }
    }

    /// Ends it before its time. A ban that a moderator could not make, a
    /// moderator cannot lift.
    pub fn lift(mut self, by: Rank, now: Timestamp) -> Result<Self, SanctionError> {
        if !self.stands(now) {
            return Err(SanctionError::Ended);
        }
        let long = self
            .until()
            .is_none_or(|until| until - self.imposed > MODERATORS_BAN);
        if self.kind == SanctionKind::Ban && long && by <= Rank::Moderator {
            return Err(SanctionError::TooLong);
        }
        self.state = SanctionState::Lifted { at: now };
        Ok(self)
    }
}

/// What stands against an actor now, as far as the policy needs to know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Against {
    pub event: EventId,
    pub channel: Option<ChannelId>,
    pub kind: SanctionKind,
    pub until: Option<Timestamp>,
}

impl Against {
    /// Whether it takes away an action that a role would give.
    pub fn forbids(&self, action: Action, object: &Object) -> bool {
        if object.event != Some(self.event) {
            return false;
        }
        match self.kind {
            // A hold is looked at with each message, and keeps nobody out.
            SanctionKind::Warning | SanctionKind::Hold => false,
            SanctionKind::Mute => {
                let speaks = matches!(
                    action,
                    Action::PostMessage
                        | Action::EditMessage
                        | Action::OpenChannel
                        | Action::SendDirect
                );
                speaks && (self.channel.is_none() || self.channel == object.channel)
            }
            // What everybody may see stays; a ban is no blindfold.
            SanctionKind::Ban => !matches!(action, Action::SeeProgramme | Action::ManageAccount),
        }
    }
}

/// One form of an address for all that reach the same mailbox, so that a ban
/// is not left behind by adding a tag or a dot.
pub fn mailbox(email: &Email) -> String {
    let (local, host) = email.as_str().rsplit_once('@').unwrap_or_default();
    let local = local.split('+').next().unwrap_or(local);
    match host {
        // The one large host that reads past dots.
        "gmail.com" | "googlemail.com" => format!("{}@gmail.com", local.replace('.', "")),
        _ => format!("{local}@{host}"),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    fn person(n: u128) -> PersonId {
        PersonId(Uuid::from_u128(n))
    }

    fn ban(
        rank: Rank,
        length: Option<Span>,
        about: Rank,
    ) -> Result<Option<Timestamp>, SanctionError> {
        let by = (Some(person(1)), rank);
        decide(SanctionKind::Ban, None, length, by, (person(2), about), NOW)
    }

    #[test]
    fn a_moderator_bans_for_a_day_an_organiser_for_good() {
        let day = Some(Span::hours(24));
        assert_eq!(
            ban(Rank::Moderator, day, Rank::Guest),
            Ok(Some(NOW + Span::hours(24)))
        );
        for length in [None, Some(Span::hours(25))] {
            assert_eq!(
                ban(Rank::Moderator, length, Rank::Guest),
                Err(SanctionError::TooLong)
            );
        }
        assert_eq!(ban(Rank::Organiser, None, Rank::Guest), Ok(None));
        let moment = Some(Span::seconds(1));
        assert_eq!(
            ban(Rank::Organiser, moment, Rank::Guest),
            Err(SanctionError::Time)
        );
    }

    #[test]
    fn nobody_acts_on_their_like_or_on_themselves() {
        let ranks = [Rank::Guest, Rank::Moderator, Rank::Organiser, Rank::Admin];
        for by in ranks {
            for about in ranks {
                let hour = Some(Span::hours(1));
                assert_eq!(ban(by, hour, about).is_ok(), by > about, "{by:?} {about:?}");
            }
        }
        // In a channel its hosts stand above guests, and below all others.
        let mute = |by, about, channel| {
            let by = (Some(person(1)), by);
            let about = (person(2), about);
            decide(SanctionKind::Mute, channel, None, by, about, NOW)
        };
        let here = Some(ChannelId(Uuid::from_u128(5)));
        assert_eq!(mute(Rank::Host, Rank::Guest, here), Ok(None));
        assert_eq!(
            mute(Rank::Host, Rank::Guest, None),
            Err(SanctionError::Elsewhere)
        );
        for above in [Rank::Host, Rank::Moderator, Rank::Organiser] {
            assert_eq!(mute(Rank::Host, above, here), Err(SanctionError::Rank));
        }
        assert_eq!(mute(Rank::Moderator, Rank::Host, here), Ok(None));
        assert_eq!(
            ban(Rank::Host, Some(Span::hours(1)), Rank::Guest),
            Err(SanctionError::Elsewhere)
        );
        let me = (Some(person(1)), Rank::Admin);
        assert_eq!(
            decide(
                SanctionKind::Mute,
                None,
                None,
                me,
                (person(1), Rank::Guest),
                NOW
            ),
            Err(SanctionError::Oneself)
        );
    }

    fn muted() -> Sanction {
        Sanction {
            id: SanctionId(Uuid::from_u128(1)),
            event: EventId(Uuid::from_u128(1)),
            channel: None,
            person: person(2),
            kind: SanctionKind::Mute,
            reason: "shouting".into(),
            by: None,
            imposed: NOW,
            state: SanctionState::Imposed {
                until: Some(NOW + Span::hours(1)),
            },
        }
    }

    #[test]
    fn a_sanction_ends_by_itself_or_is_lifted_once() {
        assert!(muted().stands(NOW));
        assert!(!muted().stands(NOW + Span::hours(1)));
        let lifted = muted()
            .lift(Rank::Moderator, NOW + Span::minutes(5))
            .unwrap();
        assert!(!lifted.stands(NOW + Span::minutes(6)));
        assert_eq!(lifted.lift(Rank::Admin, NOW), Err(SanctionError::Ended));
        assert_eq!(
            muted().lift(Rank::Admin, NOW + Span::hours(1)),
            Err(SanctionError::Ended)
        );
        let for_good = Sanction {
            kind: SanctionKind::Ban,
            state: SanctionState::Imposed { until: None },
            ..muted()
        };
        assert_eq!(
            for_good.clone().lift(Rank::Moderator, NOW),
            Err(SanctionError::TooLong)
        );
        assert!(for_good.lift(Rank::Organiser, NOW).is_ok());
        let warning = Sanction {
            kind: SanctionKind::Warning,
            ..muted()
        };
        assert!(!warning.stands(NOW));
    }

    #[test]
    fn tags_and_dots_lead_to_the_same_mailbox() {
        let same = |a: &str, b: &str| {
            mailbox(&Email::parse(a).unwrap()) == mailbox(&Email::parse(b).unwrap())
        };
        assert!(same("Mallory@example.org", "mallory+again@example.org"));
        assert!(same("m.allory@gmail.com", "mallory+x@googlemail.com"));
        assert!(!same("m.allory@example.org", "mallory@example.org"));
        assert!(!same("mallory@example.org", "mallory@example.net"));
    }

    #[test]
    fn reasons_say_something() {
        assert_eq!(reason(" \n"), Err(SanctionError::Reason));
        assert_eq!(reason(&"x".repeat(1_001)), Err(SanctionError::Reason));
        assert_eq!(reason(" be\r\nkind\u{0} ").unwrap(), "be\nkind");
    }
}
