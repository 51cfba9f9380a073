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
    Register,
    /// Profile, export, deletion, sign-ins: one's own.
    ManageAccount,
    /// Stage desk, cues, stream key, recording.
    RunStage,
    /// Import, settings.
    EditEvent,
    CreateEvent,
    /// Grants, other events, the installation's settings.
    Administer,
}

impl Action {
    pub const ALL: [Action; 10] = [
        Self::SeeProgramme,
        Self::WatchStream,
        Self::ReadChat,
        Self::PostMessage,
        Self::Register,
        Self::ManageAccount,
        Self::RunStage,
        Self::EditEvent,
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
/// visitor, attendee, speaker, moderator, producer, organiser, admin.
#[rustfmt::skip]
pub const MATRIX: [(Action, [Cell; 7]); 10] = [
    (Action::SeeProgramme,  [Y, Y, Y, Y, Y, Y, Y]),
    (Action::WatchStream,   [S, Y, Y, Y, Y, Y, Y]),
    (Action::ReadChat,      [S, Y, Y, Y, Y, Y, Y]),
    (Action::PostMessage,   [N, Y, Y, Y, Y, Y, Y]),
    (Action::Register,      [S, Y, S, S, S, Y, Y]),
    (Action::ManageAccount, [O, O, O, O, O, O, O]),
    (Action::RunStage,      [N, N, N, N, Y, Y, Y]),
    (Action::EditEvent,     [N, N, N, N, N, Y, Y]),
    (Action::CreateEvent,   [N, N, N, N, N, N, Y]),
    (Action::Administer,    [N, N, N, N, N, N, Y]),
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
