//! Channels: finding them. Listing them is `places`.

use hallway_model::access::{Action, Actor};
use hallway_model::channels::Channel;
use hallway_model::events::Event;
use hallway_model::ids::SessionId;
use hallway_store::channels as store;

use crate::Service;
use crate::access::{access_channel_by_slug, access_event};
use crate::error::Error;

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
