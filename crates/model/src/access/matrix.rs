//! The matrix of what each role may do, as data. A row per action, a cell per
//! role; rows and columns arrive with the features they speak of.

use super::Role;

/// Everything that is asked of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// Event, schedule, talk and speaker pages, exports.
    SeeProgramme,
    /// Stages, their playlists, recordings.
    WatchStream,
    ReadChat,
    /// Messages and reactions.
    PostMessage,
    /// Other words for what one said.
    EditMessage,
    /// One's own message, or anybody's; what it said before its changes.
    RemoveMessage,
    PinMessage,
    /// A channel of one's own.
    OpenChannel,
    /// What a channel's hosts look after: what it is called, who is in it,
    /// whether it takes messages.
    HostChannel,
    /// What the event makes of a channel: endorse, adopt, list, pin, merge.
    AdoptChannel,
    /// Asking somebody for a conversation, and holding it.
    SendDirect,
    /// The cards of people at the event, as far as they show themselves.
    SeePeople,
    /// Reporting a message or a person to those who look after the event.
    Report,
    /// The reports' queue, removals, mutes, holds, slow mode, calm.
    Moderate,
    /// The same within one channel, as far as it concerns that channel alone:
    /// reports of what was said there, mutes and holds there, its calm.
    ModerateChannel,
    /// Bans from the event; a moderator's last a day at the most
    /// ([`crate::sanctions::decide`]).
    Ban,
    /// The event's audit log.
    ReadAudit,
    /// One's own place in the chat: what one has read and follows.
    FollowChat,
    Register,
    /// Profile, export, deletion, sign-ins: one's own.
    ManageAccount,
    /// Stage desk, cues, stream key, recording.
    RunStage,
    /// Import, settings.
    EditEvent,
    /// Webhooks, bots with their tokens, the export of the whole chat, and the
    /// import of another one.
    Integrate,
    CreateEvent,
    /// Grants, other events, the installation's settings.
    Administer,
}

impl Action {
    pub const ALL: [Action; 25] = [
        Self::SeeProgramme,
        Self::WatchStream,
        Self::ReadChat,
        Self::PostMessage,
        Self::EditMessage,
        Self::RemoveMessage,
        Self::PinMessage,
        Self::OpenChannel,
        Self::HostChannel,
        Self::AdoptChannel,
        Self::SendDirect,
        Self::SeePeople,
        Self::Report,
        Self::Moderate,
        Self::ModerateChannel,
        Self::Ban,
        Self::ReadAudit,
        Self::FollowChat,
        Self::Register,
        Self::ManageAccount,
        Self::RunStage,
        Self::EditEvent,
        Self::Integrate,
        Self::CreateEvent,
        Self::Administer,
    ];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    Yes,
    /// Where the event's setting opens it.
    Setting,
    /// One's own only.
    Own,
    Refused,
}

use Cell::{Own as O, Refused as N, Setting as S, Yes as Y};

/// Columns in the order of [`Role::ALL`]:
/// visitor, attendee, speaker, host, moderator, producer, organiser, admin.
///
/// A host is at the event by another role; what is theirs as host is their
/// channel alone.
#[rustfmt::skip]
pub const MATRIX: [(Action, [Cell; 8]); 25] = [
    (Action::SeeProgramme,  [Y, Y, Y, Y, Y, Y, Y, Y]),
    (Action::WatchStream,   [S, Y, Y, S, Y, Y, Y, Y]),
    (Action::ReadChat,      [S, Y, Y, S, Y, Y, Y, Y]),
    (Action::PostMessage,   [N, Y, Y, N, Y, Y, Y, Y]),
    (Action::EditMessage,   [O, O, O, O, O, O, O, O]),
    (Action::RemoveMessage, [O, O, O, Y, Y, O, Y, Y]),
    (Action::PinMessage,    [N, N, N, Y, Y, N, Y, Y]),
    (Action::Report,        [N, Y, Y, N, Y, Y, Y, Y]),
    (Action::Moderate,      [N, N, N, N, Y, N, Y, Y]),
    (Action::ModerateChannel, [N, N, N, Y, Y, N, Y, Y]),
    (Action::Ban,           [N, N, N, N, Y, N, Y, Y]),
    (Action::ReadAudit,     [N, N, N, N, N, N, Y, Y]),
    (Action::OpenChannel,   [N, S, S, N, S, S, Y, Y]),
    (Action::HostChannel,   [N, N, N, Y, N, N, Y, Y]),
    (Action::AdoptChannel,  [N, N, N, N, N, N, Y, Y]),
    (Action::SendDirect,    [N, Y, Y, N, Y, Y, Y, Y]),
    (Action::SeePeople,     [N, Y, Y, N, Y, Y, Y, Y]),
    (Action::FollowChat,    [N, Y, Y, N, Y, Y, Y, Y]),
    (Action::Register,      [S, Y, S, S, S, S, Y, Y]),
    (Action::ManageAccount, [O, O, O, O, O, O, O, O]),
    (Action::RunStage,      [N, N, N, N, N, Y, Y, Y]),
    (Action::EditEvent,     [N, N, N, N, N, N, Y, Y]),
    (Action::Integrate,     [N, N, N, N, N, N, Y, Y]),
    (Action::CreateEvent,   [N, N, N, N, N, N, N, Y]),
    (Action::Administer,    [N, N, N, N, N, N, N, Y]),
];

/// The cell of an action and a role. Total: the table has every pair.
pub fn cell(action: Action, role: Role) -> Cell {
    let row = MATRIX.iter().find(|(a, _)| *a == action);
    let column = Role::ALL.iter().position(|r| *r == role);
    match (row, column) {
        (Some((_, cells)), Some(column)) => cells[column],
        _ => Cell::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_its_row() {
        for action in Action::ALL {
            assert_eq!(
                MATRIX.iter().filter(|(a, _)| *a == action).count(),
                1,
                "{action:?}"
            );
        }
    }
}
