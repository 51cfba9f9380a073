//! How objects are obtained: every `access_*` finds the object and asks the one
//! policy function, so that nobody can forget to. What a person may not see is
//! not found; what they see but may not do is forbidden, or asks for a sign-in.

use hallway_model::access::{Action, Actor, Object, allow};
use hallway_model::channels::Channel;
use hallway_model::events::Event;
use hallway_model::ids::{ChannelId, MessageId, RoomId, SessionId};
use hallway_protocol::Topic;
use hallway_store::messages::Stored;
use hallway_store::rooms::Placed;
use hallway_store::sessions::Staged;
use hallway_store::{Conn, channels, events, messages, rooms, sessions};

use crate::error::Error;

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

/// What the policy needs to know of an event for an action.
fn object_of(event: &Event, action: Action) -> Object {
    let open = match action {
        Action::WatchStream => event.settings.guests_watch,
        Action::ReadChat => event.settings.guests_read_chat,
        Action::Register => event.settings.registration_open,
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

/// A channel for reading or posting. One that may not be read is not found.
pub async fn access_channel(
    conn: &mut Conn,
    actor: &Actor,
    channel: ChannelId,
    action: Action,
) -> Result<(Event, Channel), Error> {
    let channel = channels::find(conn, channel)
        .await?
        .ok_or(Error::NotFound)?;
    let event = events::find(conn, channel.event)
        .await?
        .ok_or(Error::NotFound)?;
    readable(actor, &event)?;
    require(
        actor,
        action,
        &object_of(&event, action).channel(channel.id),
    )?;
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
    readable(actor, &event)?;
    require(
        actor,
        action,
        &object_of(&event, action).channel(channel.id),
    )?;
    Ok((event, channel))
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
    let (event, channel) = access_channel(conn, actor, message.channel, Action::ReadChat).await?;
    let object = Object {
        owner: message.author.as_ref().map(|author| author.id),
        ..object_of(&event, action)
    };
    require(actor, action, &object)?;
    Ok((channel, message))
}

/// Whether the actor may hear what happens on a topic. One that they may not
/// hear and one that is not there are not to be told apart.
pub async fn access_topic(conn: &mut Conn, actor: &Actor, topic: Topic) -> Result<(), Error> {
    match may_hear(conn, actor, topic).await {
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
        Topic::Channel(id) => access_channel(conn, actor, id, Action::ReadChat)
            .await
            .map(|_| ()),
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

fn readable(actor: &Actor, event: &Event) -> Result<(), Error> {
    match require(actor, Action::ReadChat, &object_of(event, Action::ReadChat)) {
        // A visitor may learn by signing in; anyone else must not learn at all.
        Err(Error::Forbidden) => Err(Error::NotFound),
        other => other,
    }
}
