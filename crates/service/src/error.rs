//! Why something was refused, named by what the person can do about it, and
//! the one place where that becomes a problem (RFC 9457).

use hallway_model::access::Against;
use hallway_model::images::ImageError;
use hallway_model::sanctions::SanctionKind;
use hallway_model::screening::Refusal;
use hallway_model::time::Timestamp;
use hallway_protocol::{Kind, Problem};
use hallway_store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing, or not for this person: the two look alike.
    #[error("there is nothing here")]
    NotFound,
    #[error("sign in to do this")]
    SignInNeeded,
    #[error("your roles do not allow this")]
    Forbidden,
    /// A decision about the actor's conduct takes this away from them.
    #[error("{}", .0.kind.word())]
    Sanctioned(Against),
    /// The message is kept, and waits for a moderator. What the command wrote
    /// stays, unlike with any other of these.
    #[error("your message waits for a moderator")]
    Held,
    /// What is asked of messages here is not met, or not yet.
    #[error("this is not said now")]
    Screened { refusal: Refusal, now: Timestamp },
    /// What was sent does not fit: each field with its reason.
    #[error("{}", .0.iter().map(|(field, why)| format!("{field}: {why}")).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<(&'static str, String)>),
    /// A picture that is not taken, or not there.
    #[error("{0}")]
    Image(ImageError),
    #[error("{0}")]
    Conflict(String),
    #[error("this was tried too often; wait {retry_after} s")]
    TooMany { retry_after: u32 },
    #[error("this link was used or has expired")]
    LinkSpent,
    /// Try again later.
    #[error("{0}")]
    Unavailable(String),
    /// Ours to mend.
    #[error("{0}")]
    Internal(String),
}

impl Error {
    pub fn invalid(field: &'static str, why: impl std::fmt::Display) -> Self {
        Self::Invalid(vec![(field, why.to_string())])
    }

    /// Whether the command itself was at fault, and not the machine.
    pub fn is_refusal(&self) -> bool {
        !matches!(self, Self::Unavailable(_) | Self::Internal(_))
    }

    pub fn problem(&self) -> Problem {
        let problem = Problem::new(self.kind());
        match self {
            Self::NotFound
            | Self::SignInNeeded
            | Self::Forbidden
            | Self::LinkSpent
            | Self::Held
            | Self::Internal(_) => problem,
            Self::Screened { refusal, now } => match refusal {
                Refusal::TooSoon { until } => problem.retry_after(wait(*now, *until)),
                Refusal::Link { until } | Refusal::Image { until } => problem.until(Some(until.0)),
                Refusal::Word => problem,
            },
            Self::Invalid(_) | Self::Image(_) | Self::Conflict(_) => {
                problem.detail(self.to_string())
            }
            Self::Sanctioned(against) => problem.until(against.until.map(|until| until.0)),
            Self::TooMany { retry_after } => problem.retry_after(*retry_after),
            Self::Unavailable(_) => problem.retry_after(2),
        }
    }

    pub fn kind(&self) -> Kind {
        match self {
            Self::NotFound => Kind::NotFound,
            Self::SignInNeeded => Kind::SignInNeeded,
            Self::Forbidden => Kind::Forbidden,
            Self::Sanctioned(against) => match against.kind {
                SanctionKind::Ban => Kind::Banned,
                SanctionKind::Mute | SanctionKind::Hold | SanctionKind::Warning => Kind::Muted,
            },
            Self::Held => Kind::Held,
            Self::Screened { refusal, .. } => match refusal {
                Refusal::TooSoon { .. } => Kind::TooMany,
                Refusal::Link { .. } => Kind::LinksOff,
                Refusal::Image { .. } => Kind::ImagesOff,
                Refusal::Word => Kind::WordUnwanted,
            },
            Self::Image(ImageError::TooHeavy) => Kind::TooLarge,
            Self::Invalid(_) | Self::Image(_) => Kind::Invalid,
            Self::Conflict(_) => Kind::Conflict,
            Self::TooMany { .. } => Kind::TooMany,
            Self::LinkSpent => Kind::LinkSpent,
            Self::Unavailable(_) => Kind::Unavailable,
            Self::Internal(_) => Kind::Internal,
        }
    }
}

/// Whole seconds until a moment, at least one.
fn wait(now: Timestamp, until: Timestamp) -> u32 {
    let millis = (until - now).0.max(0);
    u32::try_from(((millis + 999) / 1_000).max(1)).unwrap_or(u32::MAX)
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(why) => Self::Unavailable(why),
            StoreError::Duplicate(what) => Self::Conflict(format!("exists already: {what}")),
            other => Self::Internal(other.to_string()),
        }
    }
}
