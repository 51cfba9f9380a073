//! What lies in the blob store for a stage: where, and for how long.
//!
//! Raw segments of a broadcast are needed until the sessions they hold are cut.
//! An hourly sweep marks a broadcast that is over (`broadcasts/{id}/ended`) and
//! deletes it once its mark is a day old, so they go between 24 and 25 hours
//! after the end; a session that is not ended by then has lost its beginning.

use std::collections::{BTreeSet, HashSet};

use bytes::Bytes;
use hallway_blob::{BadKey, BlobError, Blobs, Key};
use hallway_model::ids::{BroadcastId, RecordingId};
use hallway_model::time::{Span, Timestamp};

/// From the end of a broadcast to the end of its raw segments.
const KEPT: Span = Span::hours(24);

const BROADCASTS: &str = "broadcasts";
const CUTS: &str = "cuts";

pub(crate) fn broadcast(id: BroadcastId) -> Result<Key, BadKey> {
    Key::new(format!("{BROADCASTS}/{id}"))
}

pub(crate) fn recording(id: RecordingId) -> Result<Key, BadKey> {
    Key::new(format!("recordings/{id}"))
}

/// Where the pieces of a recording lie until they are joined.
pub(crate) fn cut(id: RecordingId) -> Result<Key, BadKey> {
    Key::new(format!("{CUTS}/{id}"))
}

/// Deletes cuts that an earlier process was stopped in; they are made anew.
pub(crate) async fn clear_cuts(blobs: &Blobs) -> Result<(), BlobError> {
    match Key::new(CUTS) {
        Ok(prefix) => blobs.delete(&prefix).await,
        Err(_) => Ok(()),
    }
}

/// The broadcasts that raw segments are kept of.
pub(crate) async fn kept(blobs: &Blobs) -> Result<BTreeSet<BroadcastId>, BlobError> {
    match Key::new(BROADCASTS) {
        Ok(prefix) => Ok(blobs.list(&prefix).await?.iter().filter_map(id).collect()),
        Err(_) => Ok(BTreeSet::new()),
    }
}

/// Marks what is over and deletes what was over a day ago. `on` is what is
/// still being published, asked for after `kept`, so that none is missed that
/// began in between. Returns how many broadcasts were deleted.
pub(crate) async fn sweep(
    blobs: &Blobs,
    kept: BTreeSet<BroadcastId>,
    on: &HashSet<BroadcastId>,
    now: Timestamp,
) -> Result<usize, BlobError> {
    let mut deleted = 0;
    for id in kept.into_iter().filter(|id| !on.contains(id)) {
        let Ok(folder) = broadcast(id) else { continue };
        let Ok(mark) = folder.join("ended") else {
            continue;
        };
        match ended(blobs, &mark).await? {
            Some(ended) if now - ended >= KEPT => {
                blobs.delete(&folder).await?;
                deleted += 1;
            }
            Some(_) => {}
            None => blobs.put(&mark, Bytes::from(now.0.to_string())).await?,
        }
    }
    Ok(deleted)
}

async fn ended(blobs: &Blobs, mark: &Key) -> Result<Option<Timestamp>, BlobError> {
    match blobs.get(mark).await {
        // A mark that does not read is made anew.
        Ok(bytes) => Ok(std::str::from_utf8(&bytes)
            .ok()
            .and_then(|text| text.parse().ok())
            .map(Timestamp)),
        Err(BlobError::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn id(key: &Key) -> Option<BroadcastId> {
    key.as_str().split('/').nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_770_368_400_000);

    fn id(n: u32) -> BroadcastId {
        format!("00000000-0000-7000-8000-{n:012}").parse().unwrap()
    }

    async fn put(blobs: &Blobs, id: BroadcastId) {
        let key = broadcast(id).unwrap().join("segment-0.m4s").unwrap();
        blobs.put(&key, Bytes::from_static(b"media")).await.unwrap();
    }

    async fn holds(blobs: &Blobs, id: BroadcastId) -> bool {
        !blobs
            .list(&broadcast(id).unwrap())
            .await
            .unwrap()
            .is_empty()
    }

    #[tokio::test]
    async fn raw_segments_go_a_day_after_the_broadcast() {
        let blobs = Blobs::memory();
        let (over, running) = (id(1), id(2));
        put(&blobs, over).await;
        put(&blobs, running).await;
        let swept = async |now, on: &[BroadcastId]| {
            let kept = kept(&blobs).await.unwrap();
            let on = on.iter().copied().collect();
            sweep(&blobs, kept, &on, now).await.unwrap()
        };
        assert_eq!(swept(NOW, &[running]).await, 0);
        assert_eq!(swept(NOW + KEPT - Span(1), &[running]).await, 0);
        assert!(holds(&blobs, over).await);
        assert_eq!(swept(NOW + KEPT, &[running]).await, 1);
        assert!(!holds(&blobs, over).await);
        assert!(holds(&blobs, running).await);
        // Its day begins when it is over, not when it began.
        assert_eq!(swept(NOW + KEPT, &[]).await, 0);
        assert_eq!(swept(NOW + KEPT + KEPT, &[]).await, 1);
        assert!(!holds(&blobs, running).await);
    }
}
