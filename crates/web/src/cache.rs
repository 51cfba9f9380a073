//! Whole pages, kept until something they show changes. A page names the
//! topics it was made from; an event of one of them makes it stale. Pages that
//! tell the time are also made anew each minute.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use hallway_model::people::Language;
use hallway_protocol::{Event, Topic};
use hallway_service::{Bus, Received};
use hallway_views::shell::Theme;

/// Bytes of pages held, both forms together.
const CAPACITY: u64 = 64 * 1024 * 1024;

/// A page differs by what the reader chose, never by who they are: only pages
/// of visitors are kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub path_and_query: String,
    pub language: Language,
    pub zone: Option<String>,
    pub theme: Theme,
    pub saves_data: bool,
}

/// A page ready to send.
#[derive(Debug)]
pub(crate) struct Page {
    pub plain: Bytes,
    pub brotli: Bytes,
    /// A strong validator in quotes (RFC 9110 §8.8.3).
    pub etag: String,
    depends_on: Vec<Topic>,
    made_at: u64,
    minute: i64,
}

pub(crate) struct Cache {
    pages: moka::sync::Cache<Key, Arc<Page>>,
    changes: Arc<Changes>,
}

/// When each topic last changed, on a counter of our own.
#[derive(Default)]
struct Changes {
    counter: AtomicU64,
    topics: Mutex<HashMap<Topic, u64>>,
    /// Everything before this is stale: the bus lost something.
    lost_at: AtomicU64,
}

/// Topics remembered; beyond it everything is taken as changed, once.
const TOPICS: usize = 100_000;

impl Cache {
    pub(crate) fn start(bus: &Bus) -> Self {
        let pages = moka::sync::Cache::builder()
            .max_capacity(CAPACITY)
            .weigher(|key: &Key, page: &Arc<Page>| {
                u32::try_from(page.plain.len() + page.brotli.len() + key.path_and_query.len() + 512)
                    .unwrap_or(u32::MAX)
            })
            .build();
        let changes = Arc::new(Changes::default());
        let (noted, mut receiver) = (Arc::clone(&changes), bus.subscribe());
        tokio::spawn(async move {
            loop {
                match receiver.receive().await {
                    Received::Envelope(envelope) if changes_no_page(&envelope.event) => {}
                    Received::Envelope(envelope) => noted.note(envelope.topic),
                    Received::Passing(_) => {}
                    Received::Lagged(_) => noted.note_all(),
                    Received::Closed => return,
                }
            }
        });
        Self { pages, changes }
    }

    /// A moment to compare changes with; taken before a page's facts are read.
    pub(crate) fn moment(&self) -> u64 {
        self.changes.counter.load(Ordering::Acquire)
    }

    pub(crate) fn get(&self, key: &Key, minute: i64) -> Option<Arc<Page>> {
        let page = self.pages.get(key)?;
        (page.minute == minute && !self.changes.since(&page)).then_some(page)
    }

    /// A page that is only not of this minute, for when no other can be made.
    pub(crate) fn of_another_minute(&self, key: &Key) -> Option<Arc<Page>> {
        let page = self.pages.get(key)?;
        (!self.changes.since(&page)).then_some(page)
    }

    pub(crate) fn put(
        &self,
        key: Key,
        html: String,
        depends_on: Vec<Topic>,
        made_at: u64,
        minute: i64,
    ) -> Arc<Page> {
        let page = Arc::new(Page::new(html, depends_on, made_at, minute));
        self.pages.insert(key, Arc::clone(&page));
        page
    }
}

/// The pages that are kept show no channels, and are those of visitors.
fn changes_no_page(event: &Event) -> bool {
    matches!(
        event,
        Event::ChannelOpened { .. }
            | Event::ChannelChanged { .. }
            | Event::ChannelMerged { .. }
            | Event::RightsChanged { .. }
    )
}

impl Changes {
    fn note(&self, topic: Topic) {
        let mut topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.counter.fetch_add(1, Ordering::AcqRel) + 1;
        if topics.len() >= TOPICS && !topics.contains_key(&topic) {
            topics.clear();
            self.lost_at.store(now, Ordering::Release);
        }
        topics.insert(topic, now);
    }

    fn note_all(&self) {
        let now = self.counter.fetch_add(1, Ordering::AcqRel) + 1;
        self.lost_at.store(now, Ordering::Release);
    }

    fn since(&self, page: &Page) -> bool {
        if self.lost_at.load(Ordering::Acquire) > page.made_at {
            return true;
        }
        let topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        page.depends_on.iter().any(|topic| {
            topics
                .get(topic)
                .is_some_and(|changed| *changed > page.made_at)
        })
    }
}

impl Page {
    fn new(html: String, depends_on: Vec<Topic>, made_at: u64, minute: i64) -> Self {
        let plain = Bytes::from(html);
        Self {
            brotli: compress(&plain),
            etag: etag(&plain),
            plain,
            depends_on,
            made_at,
            minute,
        }
    }
}

/// Brotli at a level that costs milliseconds once and is served many times.
pub(crate) fn compress(bytes: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(bytes.len() / 4);
    let params = brotli::enc::BrotliEncoderParams {
        quality: 6,
        lgwin: 20,
        ..Default::default()
    };
    match brotli::BrotliCompress(&mut &bytes[..], &mut out, &params) {
        Ok(_) => out.into(),
        // Writing to memory does not fail; were it to, plain bytes still serve.
        Err(_) => Bytes::new(),
    }
}

/// The first half of a SHA-256, in quotes.
pub(crate) fn etag(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    let hex: String = Sha256::digest(bytes)
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("\"{hex}\"")
}

#[cfg(test)]
mod tests {
    use hallway_model::ids::EventId;
    use uuid::Uuid;

    use super::*;

    fn topic(n: u128) -> Topic {
        Topic::Event(EventId(Uuid::from_u128(n)))
    }

    #[test]
    fn a_page_is_stale_once_something_it_shows_changed() {
        let changes = Changes::default();
        let page = Page::new("x".into(), vec![topic(1)], 0, 0);
        assert!(!changes.since(&page));
        changes.note(topic(2));
        assert!(!changes.since(&page));
        changes.note(topic(1));
        assert!(changes.since(&page));
    }

    #[test]
    fn a_page_is_stale_when_the_bus_lost_something() {
        let changes = Changes::default();
        let page = Page::new("x".into(), vec![topic(1)], 0, 0);
        changes.note_all();
        assert!(changes.since(&page));
    }
}
