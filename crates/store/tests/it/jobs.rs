use std::collections::BTreeSet;

use hallway_model::ids::JobId;
use hallway_model::time::{Span, Timestamp};
use hallway_store::jobs::{self, Job};
use hallway_testkit::Kind;
use rstest::rstest;
use uuid::Uuid;

use crate::{NOW, Store};

fn id(number: u128) -> JobId {
    JobId(Uuid::from_u128(number))
}

async fn enqueue(store: &Store, numbers: std::ops::RangeInclusive<u128>, due: Timestamp) {
    store
        .write(move |conn| {
            Box::pin(async move {
                for number in numbers {
                    jobs::insert(conn, id(number), "mail", "{\"to\":1}", due, NOW).await?;
                }
                Ok(())
            })
        })
        .await;
}

async fn claim(store: &Store, now: Timestamp, limit: i64) -> Vec<Job> {
    let until = now + Span::minutes(1);
    store
        .write(move |conn| {
            Box::pin(async move { jobs::claim(conn, false, now, until, limit).await })
        })
        .await
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn two_workers_never_hold_the_same_job(#[case] kind: Kind) {
    let store = Store::open(kind).await;
    enqueue(&store, 1..=40, NOW).await;
    let mut seen = BTreeSet::new();
    loop {
        let (one, two) = tokio::join!(claim(&store, NOW, 7), claim(&store, NOW, 7));
        if one.is_empty() && two.is_empty() {
            break;
        }
        for job in one.into_iter().chain(two) {
            assert_eq!(
                (job.kind.as_str(), job.body.as_str()),
                ("mail", "{\"to\":1}")
            );
            assert!(seen.insert(job.id), "{:?} was claimed twice", job.id);
        }
    }
    assert_eq!(seen.len(), 40);
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn a_worker_that_dies_lets_go_when_its_time_is_over(#[case] kind: Kind) {
    let store = Store::open(kind).await;
    enqueue(&store, 1..=1, NOW).await;
    assert_eq!(claim(&store, NOW, 10).await[0].attempts, 1);
    let almost = NOW + Span::minutes(1) - Span(1);
    assert_eq!(claim(&store, almost, 10).await, []);
    let again = claim(&store, NOW + Span::minutes(1), 10).await;
    assert_eq!((again[0].id, again[0].attempts), (id(1), 2));
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn a_job_waits_for_its_time_is_tried_again_and_is_done_once(#[case] kind: Kind) {
    let store = Store::open(kind).await;
    let due = NOW + Span::minutes(5);
    enqueue(&store, 1..=1, due).await;
    assert_eq!(claim(&store, due - Span(1), 10).await, []);
    assert_eq!(claim(&store, due, 10).await.len(), 1);

    let later = due + Span::minutes(3);
    store
        .write(move |conn| Box::pin(async move { jobs::retry(conn, id(1), later, "no").await }))
        .await;
    let mut conn = store.read().await;
    assert_eq!(
        jobs::oldest_due(&mut conn, false).await.unwrap(),
        Some(later)
    );
    drop(conn);
    assert_eq!(claim(&store, later - Span(1), 10).await, []);
    assert_eq!(claim(&store, later, 10).await[0].attempts, 2);

    store
        .write(|conn| Box::pin(async move { jobs::done(conn, id(1)).await }))
        .await;
    assert_eq!(claim(&store, later + Span::days(1), 10).await, []);
    let mut conn = store.read().await;
    assert_eq!(jobs::oldest_due(&mut conn, false).await.unwrap(), None);
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn a_job_of_refused_work_was_never_asked_for(#[case] kind: Kind) {
    let store = Store::open(kind).await;
    let refused = store
        .db
        .writer()
        .write::<(), _, _, _>(
            |conn| {
                Box::pin(async move {
                    jobs::insert(conn, id(1), "mail", "{}", NOW, NOW).await?;
                    jobs::insert(conn, id(1), "mail", "{}", NOW, NOW).await
                })
            },
            |_| (),
        )
        .await
        .unwrap()
        .unwrap_err();
    assert!(refused.is_duplicate(), "{refused}");
    assert_eq!(claim(&store, NOW, 10).await, []);
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn jobs_for_other_peoples_servers_have_a_lane_of_their_own(#[case] kind: Kind) {
    let store = Store::open(kind).await;
    enqueue(&store, 1..=1, NOW).await;
    store
        .write(|conn| {
            Box::pin(
                async move { jobs::insert(conn, id(2), "outward-push-send", "{}", NOW, NOW).await },
            )
        })
        .await;
    let own = claim(&store, NOW, 10).await;
    assert_eq!(own.iter().map(|job| job.id).collect::<Vec<_>>(), [id(1)]);
    let mut conn = store.read().await;
    assert_eq!(jobs::oldest_due(&mut conn, true).await.unwrap(), Some(NOW));
    drop(conn);
    let until = NOW + Span::minutes(1);
    let push = store
        .write(move |conn| Box::pin(async move { jobs::claim(conn, true, NOW, until, 10).await }))
        .await;
    assert_eq!(push.iter().map(|job| job.id).collect::<Vec<_>>(), [id(2)]);
}
