//! Channels: finding them. Listing them is `places`.

use std::collections::HashMap;

use hallway_model::access::{Action, Actor};
use hallway_model::channels::{Channel, ChannelKind};
use hallway_model::events::Event;
use hallway_model::ids::{ChannelId, SessionId};
use hallway_store::{Conn, channels as store, directs};

use crate::Service;
use crate::access::{access_channel_by_slug, access_event};
use crate::error::Error;

/// Channels that are gone through at the most.
const MAX_READABLE: i64 = 10_000;

/// Every channel of an event in which something was said and that the actor
/// comes across, with the number of its newest message. Whoever calls has asked
/// whether they may read the event's chat.
pub(crate) async fn readable(
    conn: &mut Conn,
    actor: &Actor,
    event: &Event,
) -> Result<Vec<(Channel, i64)>, Error> {
    let mut listed = store::list_readable(conn, event.id, actor.person, MAX_READABLE).await?;
    let conversations: Vec<ChannelId> = listed
        .iter()
        .filter(|(channel, _)| channel.kind == ChannelKind::Direct)
        .map(|(channel, _)| channel.id)
        .collect();
    // A conversation has no name but those of the others in it.
    let mut names: HashMap<ChannelId, Vec<String>> = HashMap::new();
    for (channel, member) in directs::people(conn, &conversations).await? {
        if Some(member.person) != actor.person {
            names.entry(channel).or_default().push(member.name);
        }
    }
    for (channel, _) in &mut listed {
        if let Some(names) = names.get(&channel.id) {
            channel.name = names.join(", ");
        }
    }
    Ok(listed)
}

impl Service {
    pub async fn channel(
        &self,
        actor: &Actor,
        event: &str,
        channel: &str,
    ) -> Result<(Event, Channel), Error> {
        let mut conn = self.read().await?;
        access_channel_by_slug(&mut conn, actor, event, channel, Action::ReadChat).await
    }

    /// The channel of a session, where the reader may read it.
    pub async fn session_channel(
        &self,
        actor: &Actor,
        event: &str,
        session: SessionId,
    ) -> Result<Option<Channel>, Error> {
        let mut conn = self.read().await?;
        match access_event(&mut conn, actor, event, Action::ReadChat).await {
            Ok(_) => Ok(store::find_by_session(&mut conn, session).await?),
            Err(Error::SignInNeeded | Error::Forbidden) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
