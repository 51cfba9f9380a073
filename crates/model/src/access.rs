//! Who may do what: roles, scopes and the one policy function [`allow`]. The
//! matrix it reads is data, in [`matrix`]; tests walk it for every route.

pub mod matrix;
mod narrowings;

use serde::{Deserialize, Serialize};

use crate::ids::{ChannelId, EventId, PersonId, RoomId};

pub use crate::sanctions::Against;
pub use matrix::{Action, Cell};
pub use narrowings::{Narrowing, TokenScope};

/// A column of the matrix. A person holds any number of them, per scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Nobody in particular; everyone is at least this.
    Visitor,
    /// Registered at the event.
    Attendee,
    Speaker,
    /// Of one channel, wherever the access function found the actor to be it:
    /// never granted, and nothing anywhere else.
    Host,
    Moderator,
    Producer,
    Organiser,
    /// Of the whole installation.
    Admin,
}

impl Role {
    pub const ALL: [Role; 8] = [
        Self::Visitor,
        Self::Attendee,
        Self::Speaker,
        Self::Host,
        Self::Moderator,
        Self::Producer,
        Self::Organiser,
        Self::Admin,
    ];

    /// Roles somebody can be granted; the others follow from what they did.
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
            Self::Host => "host",
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
    /// Mutes and bans that stand now. They take away what roles give.
    pub sanctions: Vec<Against>,
    /// What the token they came with is for; none where it stands for all they
    /// may do.
    pub narrowing: Option<Narrowing>,
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
            sanctions: vec![],
            narrowing: None,
        }
    }

    /// What stands against doing `action` to `object`.
    pub fn sanction_against(&self, action: Action, object: &Object) -> Option<&Against> {
        self.sanctions
            .iter()
            .find(|sanction| sanction.forbids(action, object))
    }

    /// Whether `role` holds for `object` in any scope.
    pub fn holds(&self, role: Role, object: &Object) -> bool {
        match role {
            Role::Visitor => true,
            Role::Attendee => object
                .event
                .is_some_and(|event| self.registered.contains(&event)),
            Role::Host => object.hosted,
            _ => self
                .grants
                .iter()
                .any(|grant| grant.role == role && covers(grant.scope, object)),
        }
    }

    /// Whether those who run the event gave them any role in it: no newcomer then,
    /// however young their account is.
    pub fn has_part_in(&self, event: EventId) -> bool {
        self.grants.iter().any(|grant| match grant.scope {
            Scope::Installation => true,
            Scope::Event { event: of } | Scope::Room { event: of, .. } => of == event,
        })
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
    /// The channel it is, or is said in.
    pub channel: Option<ChannelId>,
    /// Whose it is.
    pub owner: Option<PersonId>,
    /// The event's setting opens it: to visitors, or to whoever is registered.
    pub open: bool,
    /// The actor is a host of this channel.
    pub hosted: bool,
    /// By invitation: for its members alone, whatever else somebody holds.
    pub closed: bool,
    /// The actor is a member of this channel.
    pub member: bool,
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
    pub fn channel(mut self, channel: ChannelId) -> Self {
        self.channel = Some(channel);
        self
    }
    pub fn owned_by(mut self, owner: PersonId) -> Self {
        self.owner = Some(owner);
        self
    }
    pub fn open(mut self, open: bool) -> Self {
        self.open = open;
        self
    }
    pub fn hosted(mut self, hosted: bool) -> Self {
        self.hosted = hosted;
        self
    }
    pub fn closed(mut self, closed: bool) -> Self {
        self.closed = closed;
        self
    }
    pub fn member(mut self, member: bool) -> Self {
        self.member = member;
        self
    }
}

/// The one policy function: whether `actor` may do `action` to `object`. Roles
/// add up; no grant means no. What is closed is opened by no role, what stands
/// against the actor goes before any, and a token never gives more than it is
/// for.
pub fn allow(actor: &Actor, action: Action, object: &Object) -> bool {
    let within = |narrowing: &Narrowing| narrowing.covers(action, object);
    actor.narrowing.as_ref().is_none_or(within) && allow_by_roles(actor, action, object)
}

/// What the roles alone say: whether somebody may know that a thing is there,
/// though their token may not be for it.
pub fn allow_by_roles(actor: &Actor, action: Action, object: &Object) -> bool {
    if object.closed && !object.member {
        return false;
    }
    if actor.sanction_against(action, object).is_some() {
        return false;
    }
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
    use crate::sanctions::SanctionKind;
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
            ..Actor::visitor()
        }
    }

    fn against(kind: SanctionKind, channel: Option<ChannelId>) -> Actor {
        let organiser = with(Role::Organiser, Scope::Event { event: event(1) });
        Actor {
            registered: vec![event(1), event(2)],
            sanctions: vec![Against {
                event: event(1),
                channel,
                kind,
                until: None,
            }],
            ..organiser
        }
    }

    #[test]
    fn a_ban_goes_before_every_role_and_holds_at_its_event_alone() {
        let banned = against(SanctionKind::Ban, None);
        let object = Object::event(event(1)).open(true);
        for action in Action::ALL {
            let left = matches!(action, Action::SeeProgramme);
            assert_eq!(allow(&banned, action, &object), left, "{action:?}");
        }
        let elsewhere = Object::event(event(2));
        assert!(allow(&banned, Action::PostMessage, &elsewhere));
    }

    #[test]
    fn a_mute_takes_the_word_and_nothing_else() {
        let here = ChannelId(Uuid::from_u128(3));
        let object = Object::event(event(1)).channel(here);
        let there = Object::event(event(1)).channel(ChannelId(Uuid::from_u128(4)));
        let muted = against(SanctionKind::Mute, None);
        let in_channel = against(SanctionKind::Mute, Some(here));
        for actor in [&muted, &in_channel] {
            assert!(!allow(actor, Action::PostMessage, &object));
            assert!(allow(actor, Action::ReadChat, &object));
            assert!(allow(actor, Action::Report, &object));
        }
        assert!(!allow(&muted, Action::PostMessage, &there));
        assert!(allow(&in_channel, Action::PostMessage, &there));
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

    #[test]
    fn a_host_looks_after_their_channel_alone() {
        let attendee = Actor {
            person: Some(PersonId(Uuid::from_u128(9))),
            registered: vec![event(1)],
            ..Actor::visitor()
        };
        let channel = Object::event(event(1));
        assert!(allow(&attendee, Action::HostChannel, &channel.hosted(true)));
        assert!(!allow(&attendee, Action::HostChannel, &channel));
        assert!(!allow(
            &attendee,
            Action::AdoptChannel,
            &channel.hosted(true)
        ));
        assert!(!allow(&attendee, Action::EditEvent, &channel.hosted(true)));
        // Somebody who is no longer registered hosts no conversation.
        let gone = Actor {
            registered: vec![],
            ..attendee
        };
        assert!(!allow(&gone, Action::PostMessage, &channel.hosted(true)));
        // A grant cannot make a host.
        let granted = with(Role::Host, Scope::Event { event: event(1) });
        assert!(!allow(&granted, Action::HostChannel, &channel));
    }

    fn any_role() -> impl Strategy<Value = Role> {
        proptest::sample::select(Role::ALL.to_vec())
    }

    fn any_action() -> impl Strategy<Value = Action> {
        proptest::sample::select(Action::ALL.to_vec())
    }

    /// Somebody with these roles, as far as they are the person's and not the
    /// object's.
    fn holder(roles: &[Role]) -> Actor {
        let scope = Scope::Event { event: event(1) };
        Actor {
            person: Some(PersonId(Uuid::from_u128(9))),
            grants: roles
                .iter()
                .map(|role| Grant { role: *role, scope })
                .collect(),
            registered: if roles.contains(&Role::Attendee) {
                vec![event(1)]
            } else {
                vec![]
            },
            sanctions: vec![],
            narrowing: None,
        }
    }

    proptest! {
        #[test]
        fn many_roles_are_never_more_than_their_union(roles in proptest::collection::vec(any_role(), 0..5), action in any_action(), open: bool, closed: bool, member: bool) {
            let channel = Object::room(event(1), room(1)).open(open).closed(closed).member(member);
            // Whoever is host is so by the object.
            let may = |roles: &[Role]| allow(&holder(roles), action, &channel.hosted(roles.contains(&Role::Host)));
            let union = roles.iter().any(|role| may(&[*role])) || may(&[]);
            prop_assert_eq!(may(&roles), union);
        }

        #[test]
        fn what_is_by_invitation_is_shut_to_everyone_who_is_no_member(roles in proptest::collection::vec(any_role(), 0..8), action in any_action(), open: bool, hosted: bool) {
            let channel = Object::event(event(1)).open(open).hosted(hosted).closed(true);
            prop_assert!(!allow(&holder(&roles), action, &channel));
            prop_assert!(!allow(&Actor::operator(), action, &channel));
            // Being a member gives no more than one's roles give in the open.
            let open_to_all = Object { closed: false, ..channel };
            prop_assert_eq!(allow(&holder(&roles), action, &channel.member(true)), allow(&holder(&roles), action, &open_to_all));
        }
    }
}
