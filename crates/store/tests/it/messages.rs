use futures_util::future::join_all;
use hallway_model::channels::{Channel, ChannelKind, ChannelState, Door};
use hallway_model::events::{Event, Settings};
use hallway_model::ids::{ChannelId, EventId, MessageId};
use hallway_model::messages::MessageKind;
use hallway_model::time::Zone;
use hallway_store::messages::{self, Stored};
use hallway_store::{StoreError, channels, events};
use hallway_testkit::Kind;
use rstest::rstest;
use uuid::Uuid;

use crate::{NOW, Store};

fn channel(number: u128) -> Channel {
    Channel {
        id: ChannelId(Uuid::from_u128(number)),
        event: EventId(Uuid::from_u128(1)),
        kind: ChannelKind::Event,
        door: Door::Public,
        state: ChannelState::Open,
        slug: format!("c{number}"),
        name: format!("Channel {number}"),
    }
}

/// An event with two channels.
pub async fn with_channels(kind: Kind) -> Store {
    let store = Store::open(kind).await;
    store
        .write(|conn| {
            Box::pin(async move {
                let event = Event {
                    id: EventId(Uuid::from_u128(1)),
                    slug: "summit".into(),
                    title: "Summit".into(),
                    subtitle: None,
                    description: String::new(),
                    first_day: "2026-02-06".parse().unwrap(),
                    last_day: "2026-02-07".parse().unwrap(),
                    zone: Zone::utc(),
                    settings: Settings::default(),
                    revision: 1,
                    created: NOW,
                };
                events::insert(conn, &event, "{}").await?;
                channels::insert_all(conn, &[channel(1), channel(2)], NOW).await
            })
        })
        .await;
    store
}

/// Says something, and takes it back where told to.
async fn post(store: &Store, number: u128, take_back: bool) -> Result<i64, StoreError> {
    let write = store.db.writer().write(
        move |conn| {
            Box::pin(async move {
                let channel = channel(number % 2 + 1).id;
                let mut message = Stored {
                    id: MessageId(Uuid::from_u128(number)),
                    channel,
                    seq: 0,
                    author: None,
                    source: format!("message {number}"),
                    body: "[]".into(),
                    images: None,
                    sent: NOW,
                    kind: MessageKind::Said,
                    thread: None,
                    in_channel: true,
                    reply_to: None,
                    replies: 0,
                    last_reply: None,
                    edited: None,
                    removed: None,
                    pinned: None,
                };
                messages::insert(conn, &mut message).await?;
                if take_back {
                    return Err(StoreError::Other("on purpose".into()));
                }
                Ok(message.seq)
            })
        },
        |_| (),
    );
    write.await.unwrap()
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn a_channel_is_numbered_without_gaps_by_many_at_once(#[case] kind: Kind) {
    let store = with_channels(kind).await;
    let posts = (0..120).map(|number| post(&store, number, number % 8 == 0));
    let posted = join_all(posts).await;
    let mut conn = store.read().await;
    for (of, count) in [(1, 45), (2, 60)] {
        let all = messages::list_after(&mut conn, channel(of).id, 0, 1_000)
            .await
            .unwrap();
        let numbers: Vec<i64> = all.iter().map(|message| message.seq).collect();
        assert_eq!(numbers, (1..=count).collect::<Vec<i64>>());
        for message in &all {
            let number = usize::try_from(message.id.0.as_u128()).unwrap();
            assert_eq!(*posted[number].as_ref().unwrap(), message.seq);
        }
    }
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn history_is_read_in_pages_from_either_end(#[case] kind: Kind) {
    let store = with_channels(kind).await;
    for number in 0..10 {
        post(&store, number * 2, false).await.unwrap();
    }
    let mut conn = store.read().await;
    let id = channel(1).id;
    let numbers = |all: Vec<Stored>| all.iter().map(|m| m.seq).collect::<Vec<_>>();
    let newest = messages::list_before(&mut conn, id, None, 3).await.unwrap();
    assert_eq!(numbers(newest), [8, 9, 10]);
    let older = messages::list_before(&mut conn, id, Some(8), 3)
        .await
        .unwrap();
    assert_eq!(numbers(older), [5, 6, 7]);
    let missed = messages::list_after(&mut conn, id, 8, 100).await.unwrap();
    assert_eq!(numbers(missed), [9, 10]);
    let other = messages::list_after(&mut conn, channel(2).id, 0, 10).await;
    assert_eq!(other.unwrap(), []);
}
