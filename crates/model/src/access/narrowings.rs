//! What a token is for: scopes, and the channels it is bound to. The policy
//! asks here first, so that no role of a token's holder gives more.

use super::{Action, Object};
use crate::ids::ChannelId;

/// A thing that a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TokenScope {
    /// Channels and their messages.
    ReadChat,
    /// Messages and reactions.
    WriteChat,
    /// Event, schedule, sessions, speakers.
    ReadProgramme,
}

impl TokenScope {
    pub const ALL: [TokenScope; 3] = [Self::ReadChat, Self::WriteChat, Self::ReadProgramme];

    pub fn word(self) -> &'static str {
        match self {
            Self::ReadChat => "chat:read",
            Self::WriteChat => "chat:write",
            Self::ReadProgramme => "programme:read",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.word() == word)
    }
}

/// What a token narrows its holder to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrowing {
    pub scopes: Vec<TokenScope>,
    /// Only these channels; none: all that the holder has.
    pub channels: Option<Vec<ChannelId>>,
}

impl Narrowing {
    /// Whether the token is for this at all. What no scope speaks of, it is
    /// never for.
    pub fn covers(&self, action: Action, object: &Object) -> bool {
        let scope = match action {
            Action::SeeProgramme => TokenScope::ReadProgramme,
            Action::ReadChat => TokenScope::ReadChat,
            Action::PostMessage => TokenScope::WriteChat,
            _ => return false,
        };
        let here = scope == TokenScope::ReadProgramme
            || self.channels.is_none()
            || object.channel.is_some_and(|channel| self.reaches(channel));
        here && self.scopes.contains(&scope)
    }

    /// Whether a channel is among those the token is bound to.
    pub fn reaches(&self, channel: ChannelId) -> bool {
        self.channels
            .as_ref()
            .is_none_or(|bound| bound.contains(&channel))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::access::{Actor, Grant, Role, Scope, allow, allow_by_roles};
    use crate::ids::{EventId, PersonId};

    fn event() -> EventId {
        EventId(Uuid::from_u128(1))
    }
    fn channel(n: u128) -> ChannelId {
        ChannelId(Uuid::from_u128(n))
    }
    fn attendee(narrowing: Narrowing) -> Actor {
        Actor {
            person: Some(PersonId(Uuid::from_u128(9))),
            registered: vec![event()],
            narrowing: Some(narrowing),
            ..Actor::visitor()
        }
    }

    #[test]
    fn a_token_is_for_its_scopes_alone() {
        let reads = attendee(Narrowing {
            scopes: vec![TokenScope::ReadChat],
            channels: None,
        });
        let object = Object::event(event()).channel(channel(1)).open(true);
        assert!(allow(&reads, Action::ReadChat, &object));
        assert!(!allow(&reads, Action::PostMessage, &object));
        // What a visitor may, too: the token was made for less.
        assert!(!allow(&reads, Action::SeeProgramme, &object));
        assert!(!allow(
            &reads,
            Action::ManageAccount,
            &object.owned_by(reads.person.unwrap())
        ));
    }

    #[test]
    fn a_token_of_a_channel_reaches_no_other_and_no_whole() {
        let bound = attendee(Narrowing {
            scopes: TokenScope::ALL.to_vec(),
            channels: Some(vec![channel(1)]),
        });
        let object = Object::event(event());
        assert!(allow(
            &bound,
            Action::PostMessage,
            &object.channel(channel(1))
        ));
        assert!(!allow(
            &bound,
            Action::PostMessage,
            &object.channel(channel(2))
        ));
        assert!(
            !allow(&bound, Action::ReadChat, &object),
            "of the whole event"
        );
        assert!(allow(&bound, Action::SeeProgramme, &object));
    }

    #[test]
    fn the_words_of_scopes_come_back() {
        for scope in TokenScope::ALL {
            assert_eq!(TokenScope::from_word(scope.word()), Some(scope));
        }
        assert_eq!(TokenScope::from_word("admin"), None);
    }

    proptest! {
        /// Whatever roles its holder has, a token gives at most what they give,
        /// and at most what its scopes speak of.
        #[test]
        fn a_token_never_gives_more(
            roles in proptest::collection::vec(proptest::sample::select(Role::ALL.to_vec()), 0..5),
            action in proptest::sample::select(Action::ALL.to_vec()),
            scopes in proptest::sample::subsequence(TokenScope::ALL.to_vec(), 0..=3),
            bound in proptest::option::of(1_u128..4),
            asked in proptest::option::of(1_u128..4),
            open: bool,
        ) {
            let scope = Scope::Event { event: event() };
            let free = Actor {
                grants: roles.iter().map(|role| Grant { role: *role, scope }).collect(),
                narrowing: None,
                ..attendee(Narrowing::default())
            };
            let narrowing = Narrowing { scopes: scopes.clone(), channels: bound.map(|n| vec![channel(n)]) };
            let narrowed = Actor { narrowing: Some(narrowing), ..free.clone() };
            let object = Object { channel: asked.map(channel), ..Object::event(event()).open(open) };
            if allow(&narrowed, action, &object) {
                prop_assert!(allow(&free, action, &object));
                prop_assert!(allow_by_roles(&narrowed, action, &object));
                let needed = match action {
                    Action::SeeProgramme => TokenScope::ReadProgramme,
                    Action::ReadChat => TokenScope::ReadChat,
                    Action::PostMessage => TokenScope::WriteChat,
                    other => return Err(TestCaseError::fail(format!("{other:?}"))),
                };
                prop_assert!(scopes.contains(&needed));
                prop_assert!(needed == TokenScope::ReadProgramme || bound.is_none() || bound == asked);
            }
        }
    }
}
