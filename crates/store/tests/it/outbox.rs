use futures_util::future::join_all;
use hallway_model::time::{Span, Timestamp};
use hallway_store::{StoreError, outbox};
use hallway_testkit::Kind;
use rstest::rstest;

use crate::{NOW, Store};

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn a_topic_is_numbered_without_gaps_by_many_at_once(#[case] kind: Kind) {
    let store = Store::open(kind).await;
    let writes = (0..200).map(|n| {
        store.db.writer().write::<_, StoreError, _, _>(
            move |conn| {
                Box::pin(async move {
                    let topic = if n % 2 == 0 { "event:a" } else { "event:b" };
                    let seq = outbox::append(conn, topic, "tick", &format!("{n}"), NOW).await?;
                    // Given back with the rest of the work.
                    if n % 10 == 0 {
                        return Err(StoreError::Other("on purpose".into()));
                    }
                    Ok((topic, seq, n))
                })
            },
            |_| (),
        )
    });
    let mut given = join_all(writes)
        .await
        .into_iter()
        .filter_map(|written| written.unwrap().ok())
        .collect::<Vec<_>>();
    given.sort_unstable();
    let mut conn = store.read().await;
    for (topic, count) in [("event:a", 80), ("event:b", 100)] {
        let entries = outbox::list(&mut conn, topic, 0, 1_000).await.unwrap();
        let numbers: Vec<i64> = entries.iter().map(|entry| entry.seq).collect();
        assert_eq!(numbers, (1..=count).collect::<Vec<i64>>());
        assert_eq!(outbox::latest(&mut conn, topic).await.unwrap(), count);
        // What each was told is what stands there.
        let told = given.iter().filter(|(of, ..)| *of == topic);
        let stored = entries.iter().map(|entry| (entry.seq, entry.body.clone()));
        assert!(told.map(|(_, seq, n)| (*seq, n.to_string())).eq(stored));
    }
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn who_was_away_reads_on_and_forgetting_keeps_the_number(#[case] kind: Kind) {
    let store = Store::open(kind).await;
    for n in 0..5 {
        let then: Timestamp = NOW + Span::days(n);
        store
            .write(move |conn| {
                Box::pin(async move { outbox::append(conn, "a", "tick", "{}", then).await })
            })
            .await;
    }
    let mut conn = store.read().await;
    let numbers = |entries: Vec<outbox::Entry>| entries.iter().map(|e| e.seq).collect::<Vec<_>>();
    let some = outbox::list(&mut conn, "a", 2, 2).await.unwrap();
    assert_eq!(numbers(some), [3, 4]);
    drop(conn);
    let gone = store
        .write(|conn| {
            Box::pin(async move { outbox::delete_before(conn, NOW + Span::days(3)).await })
        })
        .await;
    assert_eq!(gone, 3);
    let next = store
        .write(|conn| Box::pin(async move { outbox::append(conn, "a", "tick", "{}", NOW).await }))
        .await;
    assert_eq!(next, 6);
    let mut conn = store.read().await;
    let left = outbox::list(&mut conn, "a", 0, 10).await.unwrap();
    assert_eq!(numbers(left), [4, 5, 6]);
    assert_eq!(outbox::latest(&mut conn, "elsewhere").await.unwrap(), 0);
}
