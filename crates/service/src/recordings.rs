//! Recordings: which cuts are to be made, and what became of them. Making them
//! is the stage's work.

use hallway_model::access::{Action, Actor, Object};
use hallway_model::events::Event;
use hallway_model::ids::{RecordingId, RoomId};
use hallway_model::stages::{Recording, RecordingState};
use hallway_protocol::{Event as Happened, Topic, routes};
use hallway_store::{events, recordings as store, sessions};

use crate::Service;
use crate::access::{access_session_by_code, require};
use crate::command::{Audience, Command, Ctx};
use crate::error::Error;
use crate::events::next_revision;

impl Service {
    /// Cuts that were asked for and are not made yet, with their stage.
    pub async fn unfinished_recordings(&self) -> Result<Vec<(Recording, RoomId)>, Error> {
        let mut conn = self.read().await?;
        let mut found = vec![];
        for recording in store::list_unfinished(&mut conn).await? {
            if let Some(room) = sessions::find(&mut conn, recording.session)
                .await?
                .and_then(|s| s.room)
            {
                found.push((recording, room));
            }
        }
        Ok(found)
    }

    /// The published recording of a session, for somebody who may watch it.
    pub async fn watch_recording(
        &self,
        actor: &Actor,
        event: &str,
        code: &str,
    ) -> Result<(Event, Recording), Error> {
        let mut conn = self.read().await?;
        let (event, session) =
            access_session_by_code(&mut conn, actor, event, code, Action::WatchStream).await?;
        let recording = store::list(&mut conn, event.id)
            .await?
            .into_iter()
            .find(|r| r.session == session.id);
        match recording {
            Some(recording) if matches!(recording.state, RecordingState::Published { .. }) => {
                Ok((event, recording))
            }
            _ => Err(Error::NotFound),
        }
    }
}

/// The stage has made a cut, or found nothing to cut from.
#[derive(Clone, Debug)]
pub struct SettleRecording {
    pub recording: RecordingId,
    pub state: RecordingState,
}

impl Command for SettleRecording {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        // A session started again has another recording by now: this cut is stale.
        let Some(held) = store::find(ctx.conn, self.recording).await? else {
            return Ok(());
        };
        let session = sessions::find(ctx.conn, held.session)
            .await?
            .ok_or(Error::NotFound)?;
        require(
            actor,
            Action::RunStage,
            &Object {
                room: session.room,
                ..Object::event(session.event)
            },
        )?;
        let event = events::find(ctx.conn, session.event)
            .await?
            .ok_or(Error::NotFound)?;
        let published = matches!(self.state, RecordingState::Published { .. });
        store::replace(
            ctx.conn,
            &Recording {
                state: self.state,
                ..held
            },
            ctx.now(),
        )
        .await?;
        if published {
            let url = routes::recording(&event.slug, &session.code);
            let happened = Happened::RecordingPublished {
                session: session.id,
                code: session.code,
                url,
            };
            let audience = match session.room {
                Some(room) => Audience::Two(Topic::Event(event.id), Topic::Stage(room)),
                None => Audience::One(Topic::Event(event.id)),
            };
            ctx.announce(happened, audience).await?;
        }
        next_revision(ctx, &event).await
    }
}
