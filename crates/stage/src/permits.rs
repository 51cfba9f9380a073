//! What a publisher may do right now: whether what it showed still opens the
//! stage, and whether what it sends may be kept. Asked anew whenever an event says
//! that either may have changed.

use std::sync::Arc;
use std::time::Duration;

use hallway_ingest::StreamKey;
use hallway_model::access::Actor;
use hallway_model::ids::{RoomId, SignInId};
use hallway_model::sessions::{SessionState, may_record};
use hallway_service::stages::Admitted;
use hallway_service::{Error, Service};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::cuts::Cuts;
use crate::rosters::Publisher;

/// What a publisher showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Credential {
    Key(StreamKey),
    /// Somebody who may run the stage sends from a browser.
    SignIn(SignInId),
}

/// The answer as the supervisor of the frames needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Permit {
    pub record: bool,
}

/// Cuts are let finish before recording stops, for they may need the segment
/// that is still open; but not for long, for what follows must not be kept.
const LAST_CUTS: Duration = Duration::from_secs(1);
/// After the database did not answer.
const PATIENCE: Duration = Duration::from_millis(500);

/// Whether a credential opens the stage of `room`.
async fn admit(
    service: &Service,
    room: RoomId,
    credential: &Credential,
) -> Result<Option<Admitted>, Error> {
    match credential {
        Credential::Key(key) => service.admit_publisher(key.expose()).await,
        Credential::SignIn(sign_in) => service.admit_sign_in(*sign_in, room).await,
    }
}

/// Whether `credential` opens the stage of `room`, and what it permits there.
pub(crate) async fn ask(
    service: &Service,
    room: RoomId,
    credential: &Credential,
) -> Result<Option<Permit>, Error> {
    let admitted = admit(service, room, credential).await?;
    let Some(admitted) = admitted.filter(|admitted| admitted.room == room) else {
        return Ok(None);
    };
    let operator = Actor::operator();
    let programme = service.programme(&operator, &admitted.event_slug).await?;
    let records = programme.event.settings.record;
    let record = programme
        .sessions
        .iter()
        .filter(|session| matches!(session.state, SessionState::Live { .. }))
        .filter(|session| session.slot.is_some_and(|slot| slot.room == Some(room)))
        .all(|session| may_record(records, &session.details.recording));
    Ok(Some(Permit {
        record: records && record,
    }))
}

/// Asks at once and after every nudge, until nobody listens to `permits` any
/// more; a publisher whose credential does not hold is ended.
pub(crate) async fn watch(
    service: Service,
    cuts: Arc<Cuts>,
    room: RoomId,
    credential: Credential,
    publisher: Publisher,
    permits: watch::Sender<Option<Permit>>,
) {
    loop {
        match ask(&service, room, &credential).await {
            Ok(Some(permit)) => {
                let recording = *permits.borrow() == Some(Permit { record: true });
                if recording && !permit.record {
                    last_cuts(&cuts, room).await;
                }
                permits.send_if_modified(|known| {
                    let news = *known != Some(permit);
                    *known = Some(permit);
                    news
                });
            }
            Ok(None) => {
                tracing::info!(%room, "the publisher may not send to the stage any more");
                publisher.end.cancel();
                return;
            }
            Err(error) => {
                tracing::error!(%room, %error, "cannot ask what a publisher may do");
                sleep(PATIENCE).await;
                continue;
            }
        }
        tokio::select! {
            () = permits.closed() => return,
            () = publisher.look.notified() => {}
        }
    }
}

async fn last_cuts(cuts: &Arc<Cuts>, room: RoomId) {
    let made = async {
        if let Err(error) = cuts.begin().await {
            tracing::error!(%room, %error, "cannot ask which cuts are to be made");
        }
        cuts.idle(room).await;
    };
    // Late cuts go on; they may lack their last segment.
    let _ = timeout(LAST_CUTS, made).await;
}
