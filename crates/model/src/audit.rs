//! The audit log's words: what was done in an event's name, and to what. An
//! entry says who, on whom or what, why and until when; it never repeats what
//! anybody wrote.

use crate::ids::{AnonymousReportId, AuditId, ChannelId, PersonId, ReportId, RoomId, SanctionId};
use crate::time::Timestamp;

macro_rules! deeds {
    ($($name:ident = $word:literal),* $(,)?) => {
        /// What was done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Deed { $($name),* }

        impl Deed {
            pub const ALL: &'static [Deed] = &[$(Self::$name),*];

            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word),* }
            }
        }
    };
}

deeds! {
    SettingsChanged = "settings-changed",
    ProgrammeImported = "programme-imported",
    StreamKeyRotated = "stream-key-rotated",
    TakeoverAllowed = "takeover-allowed",
    RoleGranted = "role-granted",
    ReportClaimed = "report-claimed",
    ReportReleased = "report-released",
    ReportEnded = "report-ended",
    Warned = "warned",
    Muted = "muted",
    Held = "held",
    Banned = "banned",
    Lifted = "lifted",
    AppealGranted = "appeal-granted",
    AppealRefused = "appeal-refused",
    MessageRemoved = "message-removed",
    BulkRemoved = "bulk-removed",
    BulkRestored = "bulk-restored",
    MessageApproved = "message-approved",
    MessageRefused = "message-refused",
    ScreeningChanged = "screening-changed",
    SlowModeSet = "slow-mode-set",
    CodeChanged = "code-changed",
    CalmBegun = "calm-begun",
    CalmEnded = "calm-ended",
    AnonymousReportAnswered = "anonymous-report-answered",
    AnonymousReportEnded = "anonymous-report-ended",
    RehearsalStarted = "rehearsal-started",
    RehearsalStopped = "rehearsal-stopped",
}

impl Deed {
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|deed| deed.word() == word)
    }
}

/// What a deed was done to, beside the person it concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The event itself.
    Event,
    Room(RoomId),
    Channel(ChannelId),
    Report(ReportId),
    AnonymousReport(AnonymousReportId),
    Sanction(SanctionId),
}

/// A line of the log. Nothing changes one: it is written with the deed, in its
/// transaction, and forgotten after a year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub id: AuditId,
    /// None: the server itself, or its operator on the command line.
    pub actor: Option<PersonId>,
    pub deed: Deed,
    pub subject: Subject,
    pub person: Option<PersonId>,
    /// In the words of whoever did it; blank where none were asked for.
    pub reason: String,
    pub until: Option<Timestamp>,
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_deed_is_known_by_its_own_word() {
        for deed in Deed::ALL {
            assert_eq!(Deed::from_word(deed.word()), Some(*deed));
        }
        assert_eq!(Deed::from_word("nothing"), None);
    }
}
