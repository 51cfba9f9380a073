//! Who may do what: roles, scopes and the one policy function [`allow`]. The
//! matrix it reads is data, in [`matrix`]; tests walk it for every route.

pub mod matrix;

use serde::{Deserialize, Serialize};

use crate::ids::{EventId, PersonId, RoomId};

pub use matrix::{Action, Cell};

/// A column of the matrix. A person holds any number of them, per scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Nobody in particular; everyone is at least this.
    Visitor,
    /// Registered at the event.
    Attendee,
    Speaker,
    Moderator,
    Producer,
    Organiser,
    /// Of the whole installation.
    Admin,
}

impl Role {
    pub const ALL: [Role; 7] = [
        Self::Visitor,
        Self::Attendee,
        Self::Speaker,
        Self::Moderator,
        Self::Producer,
        Self::Organiser,
        Self::Admin,
    ];

    /// Roles somebody can be granted; the other two follow from what they did.
    pub const GRANTED: [Role; 5] = [
        Self::Speaker,
        Self::Moderator,
        Self::Producer,
        Self::Organiser,
        Self::Admin,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Visitor => "visitor",
            Self::Attendee => "attendee",
            Self::Speaker => "speaker",
            Self::Moderator => "moderator",
            Self::Producer => "producer",
            Self::Organiser => "organiser",
            Self::Admin => "admin",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }
}

/// Where a role holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "scope", rename_all = "snake_case")]
pub enum Scope {
    Installation,
    Event { event: EventId },
    Room { event: EventId, room: RoomId },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Grant {
    pub role: Role,
    #[serde(flatten)]
    pub scope: Scope,
}

/// Whoever acts: a signed-in person with what they hold, or nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Actor {
    pub person: Option<PersonId>,
    pub grants: Vec<Grant>,
    /// Events the person is registered at.
    pub registered: Vec<EventId>,
}

impl Actor {
    pub fn visitor() -> Self {
        Self::default()
    }

    /// The server itself, acting on the command line or for a job.
    pub fn operator() -> Self {
        Self {
            person: None,
            grants: vec![Grant {
                role: Role::Admin,
                scope: Scope::Installation,
            }],
            registered: vec![],
        }
    }

    /// Whether `role` holds for `object` in any scope.
    pub fn holds(&self, role: Role, object: &Object) -> bool {
        match role {
            Role::Visitor => true,
            Role::Attendee => object
                .event
                .is_some_and(|event| self.registered.contains(&event)),
            _ => self
                .grants
                .iter()
                .any(|grant| grant.role == role && covers(grant.scope, object)),
        }
    }

    pub fn is_admin(&self) -> bool {
        self.holds(Role::Admin, &Object::installation())
    }

    /// Organiser of any event here, who may therefore create another.
    pub fn organises_somewhere(&self) -> bool {
        self.grants
            .iter()
            .any(|grant| matches!(grant.role, Role::Organiser | Role::Admin))
    }
}

fn covers(scope: Scope, object: &Object) -> bool {
    match scope {
        Scope::Installation => true,
        Scope::Event { event } => object.event == Some(event),
        Scope::Room { event, room } => object.event == Some(event) && object.room == Some(room),
    }
}

/// What is acted on, as far as the policy needs to know it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Object {
    pub event: Option<EventId>,
    pub room: Option<RoomId>,
    /// Whose it is.
    pub owner: Option<PersonId>,
    /// The event's setting opens it to visitors.
    pub open: bool,
}

impl Object {
    pub fn installation() -> Self {
        Self::default()
    }
    pub fn event(event: EventId) -> Self {
        Self {
            event: Some(event),
            ..Self::default()
        }
    }
    pub fn room(event: EventId, room: RoomId) -> Self {
        Self {
            event: Some(event),
            room: Some(room),
            ..Self::default()
        }
    }
    pub fn owned_by(mut self, owner: PersonId) -> Self {
        self.owner = Some(owner);
        self
    }
    pub fn open(mut self, open: bool) -> Self {
        self.open = open;
        self
    }
}

/// The one policy function: whether `actor` may do `action` to `object`. Roles
/// add up; no grant means no.
pub fn allow(actor: &Actor, action: Action, object: &Object) -> bool {
    Role::ALL
        .into_iter()
        .filter(|role| actor.holds(*role, object))
        .any(|role| match matrix::cell(action, role) {
            Cell::Yes => true,
            Cell::Setting => object.open,
            Cell::Own => object.owner.is_some() && object.owner == actor.person,
            Cell::Refused => false,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn event(n: u128) -> EventId {
        EventId(Uuid::from_u128(n))
    }
    fn room(n: u128) -> RoomId {
        RoomId(Uuid::from_u128(n))
    }
    fn with(role: Role, scope: Scope) -> Actor {
        Actor {
            person: Some(PersonId(Uuid::from_u128(9))),
            grants: vec![Grant { role, scope }],
            registered: vec![],
        }
    }

    #[test]
    fn a_role_of_one_event_is_nothing_in_another() {
        let organiser = with(Role::Organiser, Scope::Event { event: event(1) });
        assert!(allow(
            &organiser,
            Action::EditEvent,
            &Object::event(event(1))
        ));
        assert!(!allow(
            &organiser,
            Action::EditEvent,
            &Object::event(event(2))
        ));
        assert!(!allow(
            &organiser,
            Action::EditEvent,
            &Object::installation()
        ));
    }

    #[test]
    fn a_producer_runs_the_stage_of_their_room_alone() {
        let producer = with(
            Role::Producer,
            Scope::Room {
                event: event(1),
                room: room(1),
            },
        );
        assert!(allow(
            &producer,
            Action::RunStage,
            &Object::room(event(1), room(1))
        ));
        assert!(!allow(
            &producer,
            Action::RunStage,
            &Object::room(event(1), room(2))
        ));
        assert!(!allow(
            &producer,
            Action::EditEvent,
            &Object::event(event(1))
        ));
    }

    #[test]
    fn visitors_watch_only_where_the_event_is_open() {
        let object = Object::event(event(1));
        assert!(allow(
            &Actor::visitor(),
            Action::WatchStream,
            &object.open(true)
        ));
        assert!(!allow(&Actor::visitor(), Action::WatchStream, &object));
        let attendee = Actor {
            registered: vec![event(1)],
            ..Actor::visitor()
        };
        assert!(allow(&attendee, Action::WatchStream, &object));
        assert!(!allow(
            &Actor::visitor(),
            Action::PostMessage,
            &object.open(true)
        ));
    }

    fn any_role() -> impl Strategy<Value = Role> {
        proptest::sample::select(Role::ALL.to_vec())
    }

    proptest! {
        #[test]
        fn many_roles_are_never_more_than_their_union(roles in proptest::collection::vec(any_role(), 0..5), action in proptest::sample::select(Action::ALL.to_vec()), open: bool) {
            let object = Object::room(event(1), room(1)).open(open);
            let scope = Scope::Event { event: event(1) };
            let person = Some(PersonId(Uuid::from_u128(9)));
            let actor = |roles: &[Role]| Actor {
                person,
                grants: roles.iter().map(|role| Grant { role: *role, scope }).collect(),
                registered: if roles.contains(&Role::Attendee) { vec![event(1)] } else { vec![] },
            };
            let union = roles.iter().any(|role| allow(&actor(&[*role]), action, &object))
                || allow(&Actor { person, ..Actor::visitor() }, action, &object);
            prop_assert_eq!(allow(&actor(&roles), action, &object), union);
        }
    }
}
