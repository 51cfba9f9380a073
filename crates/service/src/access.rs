//! How objects are obtained: every `access_*` finds the object and asks the one
//! policy function, so that nobody can forget to. What a person may not see is
//! not found; what they see but may not do is forbidden, or asks for a sign-in.

use hallway_model::access::{Action, Actor, Object, allow, allow_by_roles};
use hallway_model::channels::{
    Channel, ChannelError, ChannelKind, ChannelState, MemberRole, MemberState, Membership,
};
use hallway_model::directs;
use hallway_model::events::Event;
use hallway_model::ids::{ChannelId, EventId, ImageId, MessageId, PersonId, RoomId, SessionId};
use hallway_protocol::Topic;
use hallway_store::images::StoredImage;
use hallway_store::messages::Stored;
use hallway_store::rooms::Placed;
use hallway_store::sessions::Staged;
use hallway_store::{
    Conn, blocks, channels, events, images, members, messages, profiles, rooms, screening, sessions,
};

use crate::error::Error;
use crate::memory::Opened;

/// Asks the policy; the answer to a visitor is the way to sign in.
pub fn require(actor: &Actor, action: Action, object: &Object) -> Result<(), Error> {
    if allow(actor, action, object) {
        Ok(())
    } else if let Some(against) = actor.sanction_against(action, object) {
        Err(Error::Sanctioned(*against))
    } else if actor.person.is_none() {
        Err(Error::SignInNeeded)
    } else {
        Err(Error::Forbidden)
    }
}

/// Somebody's own account, for themselves. A token that is for less is not.
pub fn access_own(actor: &Actor) -> Result<PersonId, Error> {
    let person = actor.person.ok_or(Error::SignInNeeded)?;
    let own = Object::installation().owned_by(person);
    require(actor, Action::ManageAccount, &own)?;
    Ok(person)
}

/// What the policy needs to know of an event for an action.
fn object_of(event: &Event, action: Action) -> Object {
    let open = match action {
        Action::WatchStream => event.settings.guests_watch,
        Action::ReadChat => event.settings.guests_read_chat,
        Action::Register => event.settings.registration_open,
        Action::OpenChannel => event.settings.people_open_channels,
        _ => false,
    };
    Object::event(event.id).open(open)
}

pub async fn access_event(
    conn: &mut Conn,
    actor: &Actor,
    slug: &str,
    action: Action,
) -> Result<Event, Error> {
    let event = events::find_by_slug(conn, slug)
        .await?
        .ok_or(Error::NotFound)?;
    require(actor, action, &object_of(&event, action))?;
    Ok(event)
}

pub async fn access_room(
    conn: &mut Conn,
    actor: &Actor,
    event: &str,
    room: &str,
    action: Action,
) -> Result<(Event, Placed), Error> {
    let event = events::find_by_slug(conn, event)
        .await?
        .ok_or(Error::NotFound)?;
    let room = rooms::find_by_slug(conn, event.id, room)
        .await?
        .ok_or(Error::NotFound)?;
    require(
        actor,
        action,
        &Object {
            room: Some(room.id),
            ..object_of(&event, action)
        },
    )?;
    Ok((event, room))
}

pub async fn access_room_by_id(
    conn: &mut Conn,
    actor: &Actor,
    room: RoomId,
    action: Action,
) -> Result<(Event, Placed), Error> {
    let room = rooms::find(conn, room).await?.ok_or(Error::NotFound)?;
    let event = events::find(conn, room.event)
        .await?
        .ok_or(Error::NotFound)?;
    require(
        actor,
        action,
        &Object {
            room: Some(room.id),
            ..object_of(&event, action)
        },
    )?;
    Ok((event, room))
}

/// A session with its event; for [`Action::RunStage`] its room decides.
pub async fn access_session(
    conn: &mut Conn,
    actor: &Actor,
    session: SessionId,
    action: Action,
) -> Result<(Event, Staged), Error> {
    let session = sessions::find(conn, session)
        .await?
        .ok_or(Error::NotFound)?;
    let event = events::find(conn, session.event)
        .await?
        .ok_or(Error::NotFound)?;
    require(
        actor,
        action,
        &Object {
            room: session.room,
            ..object_of(&event, action)
        },
    )?;
    Ok((event, session))
}

pub async fn access_session_by_code(
    conn: &mut Conn,
    actor: &Actor,
    event: &str,
    code: &str,
    action: Action,
) -> Result<(Event, Staged), Error> {
    let event = events::find_by_slug(conn, event)
        .await?
        .ok_or(Error::NotFound)?;
    let session = sessions::find_by_code(conn, event.id, code)
        .await?
        .ok_or(Error::NotFound)?;
    require(
        actor,
        action,
        &Object {
            room: session.room,
            ..object_of(&event, action)
        },
    )?;
    Ok((event, session))
}

/// A channel for whatever is done with it. One that may not be read is not
/// found; one that was merged into another is that other.
pub async fn access_channel(
    conn: &mut Conn,
    actor: &Actor,
    channel: ChannelId,
    action: Action,
) -> Result<(Event, Channel), Error> {
    let (event, channel) = channels::find_with_event(conn, channel)
        .await?
        .ok_or(Error::NotFound)?;
    let channel = admit(conn, actor, &event, channel, action).await?;
    Ok((event, channel))
}

pub async fn access_channel_by_slug(
    conn: &mut Conn,
    actor: &Actor,
    event: &str,
    slug: &str,
    action: Action,
) -> Result<(Event, Channel), Error> {
    let event = events::find_by_slug(conn, event)
        .await?
        .ok_or(Error::NotFound)?;
    let channel = channels::find_by_slug(conn, event.id, slug)
        .await?
        .ok_or(Error::NotFound)?;
    let channel = admit(conn, actor, &event, channel, action).await?;
    Ok((event, channel))
}

/// The same for reading one that is open, which asks nobody's place in it.
pub(crate) fn access_opened(actor: &Actor, opened: &Opened) -> Result<(), Error> {
    let Opened { event, channel, .. } = opened;
    visible(actor, event, channel, None)?;
    let object = placed(event, channel, None, Action::ReadChat);
    require(actor, Action::ReadChat, &object)
}

async fn admit(
    conn: &mut Conn,
    actor: &Actor,
    event: &Event,
    channel: Channel,
    action: Action,
) -> Result<Channel, Error> {
    let channel = follow(conn, channel).await?;
    let found = place_of(conn, actor, &channel, action).await?;
    visible(actor, event, &channel, found)?;
    require(actor, action, &placed(event, &channel, found, action))?;
    if action == Action::PostMessage {
        takes_words(conn, actor, &channel).await?;
    }
    Ok(channel)
}

/// The channel that is meant: where it was merged into another, that one.
async fn follow(conn: &mut Conn, channel: Channel) -> Result<Channel, Error> {
    match channel.state {
        // A merge into a merged channel moves the first on, so one step is all.
        ChannelState::Merged { into } => channels::find(conn, into).await?.ok_or(Error::NotFound),
        _ => Ok(channel),
    }
}

/// Whether somebody may know that a channel is there: their roles' matter. What
/// their token may do with it is asked next.
fn visible(
    actor: &Actor,
    event: &Event,
    channel: &Channel,
    found: Option<Membership>,
) -> Result<(), Error> {
    let object = placed(event, channel, found, Action::ReadChat);
    let reaches = actor
        .narrowing
        .as_ref()
        .is_none_or(|narrowing| narrowing.reaches(channel.id));
    if reaches && allow_by_roles(actor, Action::ReadChat, &object) {
        return Ok(());
    }
    if channel.is_closed() || !reaches {
        return Err(Error::NotFound);
    }
    match actor.sanction_against(Action::ReadChat, &object) {
        Some(against) => Err(Error::Sanctioned(*against)),
        // A visitor may learn by signing in; anyone else must not learn at all.
        None if actor.person.is_none() => Err(Error::SignInNeeded),
        None => Err(Error::NotFound),
    }
}

/// The actor's own place in a channel, where the policy needs to know it.
async fn place_of(
    conn: &mut Conn,
    actor: &Actor,
    channel: &Channel,
    action: Action,
) -> Result<Option<Membership>, Error> {
    // Reading and writing in the open ask nobody, since everybody does it.
    let everybodys = matches!(action, Action::ReadChat | Action::PostMessage);
    let Some(person) = actor.person.filter(|_| channel.is_closed() || !everybodys) else {
        return Ok(None);
    };
    let found = members::find(conn, channel.id, person).await?;
    // Somebody who was in it let the program in, for this and nothing else.
    Ok(found.or_else(|| is_bound_to(actor, channel.id).then_some(LET_IN)))
}

/// Whoever came by a token or an address that is for this channel.
fn is_bound_to(actor: &Actor, channel: ChannelId) -> bool {
    actor
        .narrowing
        .as_ref()
        .and_then(|narrowing| narrowing.channels.as_ref())
        .is_some_and(|bound| bound.contains(&channel))
}

const LET_IN: Membership = Membership {
    role: MemberRole::Member,
    state: MemberState::In,
};

/// A channel that a webhook or a token shall be bound to: one that its maker
/// reads, and no direct conversation, whose people agreed to one another alone.
pub(crate) async fn access_bound(
    conn: &mut Conn,
    actor: &Actor,
    event: &str,
    slug: &str,
) -> Result<Channel, Error> {
    let nowhere = || Error::invalid("channel", "the event has no such channel");
    match access_channel_by_slug(conn, actor, event, slug.trim(), Action::ReadChat).await {
        Ok((_, channel)) if channel.kind != ChannelKind::Direct => Ok(channel),
        Ok(_) | Err(Error::NotFound) => Err(nowhere()),
        Err(error) => Err(error),
    }
}

/// Whether the actor may do this in a channel, be it as one of its hosts.
pub(crate) async fn may_in(
    conn: &mut Conn,
    actor: &Actor,
    channel: &Channel,
    action: Action,
) -> Result<bool, Error> {
    let found = place_of(conn, actor, channel, action).await?;
    let object = Object::event(channel.event)
        .channel(channel.id)
        .closed(channel.is_closed())
        .member(found.is_some_and(Membership::is_in))
        .hosted(found.is_some_and(Membership::is_host));
    Ok(allow(actor, action, &object))
}

/// What the policy needs to know of a channel for an action.
fn placed(event: &Event, channel: &Channel, found: Option<Membership>, action: Action) -> Object {
    let object = object_of(event, action).channel(channel.id);
    // What opens the event's chat to guests does not open this.
    object
        .open(object.open && !channel.is_closed())
        .closed(channel.is_closed())
        .member(found.is_some_and(Membership::is_in))
        .hosted(found.is_some_and(Membership::is_host))
}

/// Whether a channel takes messages and reactions at all, whoever asks.
async fn takes_words(conn: &mut Conn, actor: &Actor, channel: &Channel) -> Result<(), Error> {
    let refused = |error: ChannelError| Err(Error::Conflict(error.to_string()));
    if !channel.state.takes_messages() {
        return refused(ChannelError::TakesNoMessages);
    }
    if channel.kind == ChannelKind::Direct {
        let person = actor.person.ok_or(Error::SignInNeeded)?;
        let mut people = members::list(conn, channel.id, directs::MAX_PEOPLE).await?;
        people.retain(|member| member.person != person);
        // Until somebody agrees there is one first line.
        if people.iter().all(|other| !other.membership.is_in())
            && messages::any(conn, channel.id).await?
        {
            return refused(ChannelError::NobodyThere);
        }
        // Between two a block ends it; in a group it hides what is said.
        if let [other] = &people[..]
            && blocks::between(conn, person, other.person).await?
        {
            return refused(ChannelError::TakesNoMessages);
        }
    }
    Ok(())
}

/// A message, whose author owns it. One in a channel that may not be read is
/// not found.
pub async fn access_message(
    conn: &mut Conn,
    actor: &Actor,
    message: MessageId,
    action: Action,
) -> Result<(Channel, Stored), Error> {
    let message = messages::find(conn, message)
        .await?
        .ok_or(Error::NotFound)?;
    let channel = channels::find(conn, message.channel)
        .await?
        .ok_or(Error::NotFound)?;
    let event = events::find(conn, channel.event)
        .await?
        .ok_or(Error::NotFound)?;
    let channel = follow(conn, channel).await?;
    let found = place_of(conn, actor, &channel, Action::ReadChat).await?;
    visible(actor, &event, &channel, found)?;
    let found = place_of(conn, actor, &channel, action).await?;
    let object = Object {
        owner: message.author.as_ref().map(|author| author.id),
        ..placed(&event, &channel, found, action)
    };
    require(actor, action, &object)?;
    if action == Action::PostMessage {
        takes_words(conn, actor, &channel).await?;
    }
    Ok((channel, message))
}

/// A picture, for whoever may read the message it stands in. One that waits for a
/// moderator is seen by those who decide; one that was not said yet, and what was
/// removed, by the sender alone and by nobody.
pub async fn access_image(
    conn: &mut Conn,
    actor: &Actor,
    image: ImageId,
) -> Result<StoredImage, Error> {
    let image = images::find(conn, image).await?.ok_or(Error::NotFound)?;
    let seen = match (image.message, image.held) {
        (Some(message), _) => match access_message(conn, actor, message, Action::ReadChat).await {
            Ok((_, stored)) => stored.removed.is_none() && stored.images.is_some(),
            Err(
                Error::NotFound | Error::SignInNeeded | Error::Forbidden | Error::Sanctioned(_),
            ) => false,
            Err(error) => return Err(error),
        },
        _ if actor.person.is_some() && image.person == actor.person => true,
        (None, Some(held)) => match screening::find_held(conn, held).await? {
            Some(waits) => {
                let event = Object::event(waits.held.event);
                allow(actor, Action::Moderate, &event)
            }
            None => false,
        },
        (None, None) => false,
    };
    if seen {
        Ok(image)
    } else {
        Err(Error::NotFound)
    }
}

/// Whether the actor may hear what happens on a topic. One that they may not
/// hear and one that is not there are not to be told apart.
pub async fn access_topic(conn: &mut Conn, actor: &Actor, topic: Topic) -> Result<(), Error> {
    unknown(may_hear(conn, actor, topic).await)
}

/// The same of a channel that is open.
pub(crate) fn access_opened_topic(actor: &Actor, opened: &Opened) -> Result<(), Error> {
    unknown(access_opened(actor, opened))
}

fn unknown<T>(asked: Result<T, Error>) -> Result<T, Error> {
    match asked {
        Err(Error::SignInNeeded | Error::Forbidden) => Err(Error::NotFound),
        other => other,
    }
}

async fn may_hear(conn: &mut Conn, actor: &Actor, topic: Topic) -> Result<(), Error> {
    match topic {
        Topic::Event(id) => {
            let event = events::find(conn, id).await?.ok_or(Error::NotFound)?;
            require(
                actor,
                Action::SeeProgramme,
                &object_of(&event, Action::SeeProgramme),
            )
        }
        Topic::Channel(id) => match access_channel(conn, actor, id, Action::ReadChat).await? {
            // Nothing is told any more on the topic of a merged channel.
            (_, channel) if channel.id != id => Err(Error::NotFound),
            _ => Ok(()),
        },
        Topic::Stage(id) => access_room_by_id(conn, actor, id, Action::WatchStream)
            .await
            .map(|_| ()),
        Topic::Moderation(id) => {
            let event = events::find(conn, id).await?.ok_or(Error::NotFound)?;
            require(
                actor,
                Action::Moderate,
                &object_of(&event, Action::Moderate),
            )
        }
        Topic::Ward(id) => match access_channel(conn, actor, id, Action::ModerateChannel).await? {
            (_, channel) if channel.id != id => Err(Error::NotFound),
            _ => Ok(()),
        },
        Topic::Desk(id) => access_room_by_id(conn, actor, id, Action::RunStage)
            .await
            .map(|_| ()),
        // One's own, and nobody else's: no role opens another's.
        Topic::Person(id) => require(
            actor,
            Action::ManageAccount,
            &Object::installation().owned_by(id),
        ),
    }
}

/// Somebody as others at the event may see them: one who is at it, who is known
/// there by their own wish or words, or whom the actor shares a channel with.
/// Anybody else, and anybody who blocked the actor, is not found.
pub async fn access_person(
    conn: &mut Conn,
    actor: &Actor,
    event: EventId,
    person: PersonId,
) -> Result<(), Error> {
    let viewer = access_own(actor)?;
    let at_all = profiles::is_at(conn, event, person).await?;
    if !at_all || (viewer != person && blocks::of(conn, person, viewer).await?) {
        return Err(Error::NotFound);
    }
    // Those who look after the event know who is there.
    let looks_after = allow(actor, Action::AdoptChannel, &Object::event(event));
    let known = viewer == person
        || looks_after
        || profiles::is_known_at(conn, event, person).await?
        || members::share_a_channel(conn, event, viewer, person).await?;
    if known { Ok(()) } else { Err(Error::NotFound) }
}
