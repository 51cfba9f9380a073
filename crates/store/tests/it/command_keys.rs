use hallway_model::ids::{IdempotencyKey, PersonId};
use hallway_model::time::Span;
use hallway_store::{StoreError, command_keys};
use hallway_testkit::Kind;
use rstest::rstest;
use uuid::Uuid;

use crate::{NOW, Store};

const KEY: IdempotencyKey = IdempotencyKey(Uuid::from_u128(7));

async fn answer(store: &Store, person: Option<u128>) -> Option<String> {
    let person = person.map(|n| PersonId(Uuid::from_u128(n)));
    let mut conn = store.read().await;
    command_keys::find(&mut conn, person, KEY).await.unwrap()
}

async fn remember(
    store: &Store,
    person: Option<u128>,
    answer: &'static str,
) -> Result<(), StoreError> {
    let person = person.map(|n| PersonId(Uuid::from_u128(n)));
    let write = store.db.writer().write(
        move |conn| {
            Box::pin(async move { command_keys::insert(conn, person, KEY, answer, NOW).await })
        },
        |()| (),
    );
    write.await.unwrap()
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn a_key_has_one_answer_per_person_until_it_is_forgotten(#[case] kind: Kind) {
    let store = Store::open(kind).await;
    assert_eq!(answer(&store, Some(1)).await, None);
    // The same key by two people and by nobody: three keys.
    for (person, text) in [(Some(1), "one"), (Some(2), "two"), (None, "nobody")] {
        remember(&store, person, text).await.unwrap();
        assert_eq!(answer(&store, person).await.as_deref(), Some(text));
        let twice = remember(&store, person, "other").await.unwrap_err();
        assert!(twice.is_duplicate(), "{twice}");
        assert_eq!(answer(&store, person).await.as_deref(), Some(text));
    }
    for (before, left) in [(NOW, true), (NOW + Span(1), false)] {
        store
            .write(move |conn| {
                Box::pin(async move { command_keys::delete_before(conn, before).await })
            })
            .await;
        assert_eq!(answer(&store, Some(1)).await.is_some(), left);
    }
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn of_two_that_come_at_once_one_is_kept(#[case] kind: Kind) {
    let store = Store::open(kind).await;
    let (one, two) = tokio::join!(
        remember(&store, Some(1), "one"),
        remember(&store, Some(1), "two")
    );
    assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1);
    let kept = if one.is_ok() { "one" } else { "two" };
    assert_eq!(answer(&store, Some(1)).await.as_deref(), Some(kept));
}
