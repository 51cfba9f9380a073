use std::sync::{Arc, Mutex};

use futures_util::future::{join_all, poll_immediate};
use hallway_store::{StoreError, Written, outbox};
use hallway_testkit::Kind;
use rstest::rstest;
use tokio::sync::{mpsc, watch};

use crate::{NOW, Store};

/// Why a piece of work was refused by itself.
#[derive(Debug, PartialEq)]
enum Refused {
    OnPurpose,
    Store(String),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Store(error.to_string())
    }
}

/// Appends to a topic, then refuses where told to.
async fn append(store: &Store, topic: String, refuse: bool) -> Written<i64, Refused> {
    let work = store.db.writer().write(
        move |conn| {
            Box::pin(async move {
                let seq = outbox::append(conn, &topic, "tick", "{}", NOW).await?;
                if refuse {
                    return Err(Refused::OnPurpose);
                }
                Ok(seq)
            })
        },
        |_| (),
    );
    work.await
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn refused_work_is_undone_and_disturbs_no_other(#[case] kind: Kind) {
    let store = Store::open(kind).await;
    let writes = (0..300).map(|n| append(&store, format!("t{n}"), n % 3 == 1));
    let written = join_all(writes).await;
    let mut conn = store.read().await;
    for (n, written) in written.into_iter().enumerate() {
        let expected = if n % 3 == 1 {
            Err(Refused::OnPurpose)
        } else {
            Ok(1)
        };
        assert_eq!(written.unwrap(), expected);
        let seq = outbox::latest(&mut conn, &format!("t{n}")).await.unwrap();
        assert_eq!(seq, i64::from(n % 3 != 1), "t{n}");
    }
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn a_statement_that_fails_costs_its_own_command_alone(#[case] kind: Kind) {
    let store = Store::open(kind).await;
    store
        .write(|conn| Box::pin(async move { outbox::append(conn, "a", "tick", "{}", NOW).await }))
        .await;
    // The topic's number is pushed back, so that the next append finds its place taken.
    store.run("UPDATE topic SET seq = 0 WHERE name = 'a'").await;
    let (failed, fine) = tokio::join!(
        append(&store, "a".into(), false),
        append(&store, "b".into(), false)
    );
    let Ok(Err(Refused::Store(why))) = failed else {
        panic!("{failed:?}");
    };
    assert!(why.contains("exists already"), "{why}");
    assert_eq!(fine.unwrap(), Ok(1));
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn a_panic_costs_its_own_command_alone(#[case] kind: Kind) {
    let store = Store::open(kind).await;
    let panicking = store.db.writer().write::<(), StoreError, _, _>(
        |conn| {
            Box::pin(async move {
                outbox::append(conn, "p", "tick", "{}", NOW).await?;
                panic!("on purpose");
            })
        },
        |_| (),
    );
    let (panicked, before, after) = tokio::join!(
        panicking,
        append(&store, "a".into(), false),
        append(&store, "b".into(), false)
    );
    assert!(panicked.is_err(), "it is told as a failure");
    assert_eq!((before.unwrap(), after.unwrap()), (Ok(1), Ok(1)));
    let mut conn = store.read().await;
    assert_eq!(outbox::latest(&mut conn, "p").await.unwrap(), 0);
    drop(conn);
    assert_eq!(append(&store, "p".into(), false).await.unwrap(), Ok(1));
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn a_full_queue_answers_at_once_and_drops_nothing_it_took(#[case] kind: Kind) {
    let store = Store::open(kind).await;
    let (release, released) = watch::channel(false);
    let (began, mut begun) = mpsc::unbounded_channel();
    // SQLite's one writer, or all that PostgreSQL runs side by side, held up.
    let abreast = match kind {
        Kind::Sqlite => 1,
        Kind::Postgres => 6,
    };
    let held: Vec<_> = (0..abreast)
        .map(|_| {
            let (db, began, mut released) = (store.db.clone(), began.clone(), released.clone());
            tokio::spawn(async move {
                let held = db.writer().write::<_, StoreError, _, _>(
                    move |_| {
                        Box::pin(async move {
                            began.send(()).unwrap();
                            released.wait_for(|go| *go).await.unwrap();
                            Ok(())
                        })
                    },
                    |_| (),
                );
                held.await
            })
        })
        .collect();
    for _ in 0..abreast {
        begun.recv().await.unwrap();
    }
    let mut waiting = Vec::new();
    let refused = loop {
        let mut write = Box::pin(append(&store, "a".into(), false));
        match poll_immediate(&mut write).await {
            None => waiting.push(write),
            Some(answered) => break answered,
        }
        assert!(waiting.len() < 2_000, "the queue has no end");
    };
    assert!(
        matches!(refused, Err(StoreError::Unavailable(_))),
        "{refused:?}"
    );
    assert!(waiting.len() >= 1_024, "{}", waiting.len());
    release.send(true).unwrap();
    let count = i64::try_from(waiting.len()).unwrap();
    for written in join_all(waiting).await {
        written.unwrap().unwrap();
    }
    for held in held {
        held.await.unwrap().unwrap().unwrap();
    }
    let mut conn = store.read().await;
    assert_eq!(outbox::latest(&mut conn, "a").await.unwrap(), count);
}

#[tokio::test]
async fn whoever_comes_while_another_program_holds_the_file_is_told_with_the_first() {
    use sqlx::{Connection, SqliteConnection};
    let store = Store::open(Kind::Sqlite).await;
    let mut other = SqliteConnection::connect(store.on.url()).await.unwrap();
    let hold = sqlx::raw_sql("BEGIN EXCLUSIVE").execute(&mut other);
    hold.await.unwrap();
    let mut first = Box::pin(append(&store, "a".into(), false));
    assert!(poll_immediate(&mut first).await.is_none());
    // The writer takes the first and waits for the file.
    tokio::task::yield_now().await;
    let mut second = Box::pin(append(&store, "a".into(), false));
    assert!(poll_immediate(&mut second).await.is_none());
    let told = first.await;
    assert!(matches!(told, Err(StoreError::Unavailable(_))), "{told:?}");
    let told = poll_immediate(second).await;
    assert!(
        matches!(told, Some(Err(StoreError::Unavailable(_)))),
        "it would wait for the file anew: {told:?}"
    );
    other.close().await.unwrap();
    // Neither was done by stealth.
    assert_eq!(append(&store, "a".into(), false).await.unwrap(), Ok(1));
}

#[tokio::test]
async fn on_sqlite_what_follows_a_commit_follows_in_its_order() {
    let store = Store::open(Kind::Sqlite).await;
    let announced = Arc::new(Mutex::new(Vec::new()));
    let writes = (0..400).map(|n| {
        let announced = announced.clone();
        store.db.writer().write::<_, Refused, _, _>(
            move |conn| {
                Box::pin(async move {
                    let seq = outbox::append(conn, "a", "tick", "{}", NOW).await?;
                    if n % 5 == 0 {
                        return Err(Refused::OnPurpose);
                    }
                    Ok(seq)
                })
            },
            move |seq| announced.lock().unwrap().push(*seq),
        )
    });
    join_all(writes).await;
    let announced = announced.lock().unwrap();
    // Refused work announces nothing and takes no number with it.
    assert_eq!(*announced, (1..=320).collect::<Vec<i64>>());
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn closing_waits_for_what_was_taken(#[case] kind: Kind) {
    let store = Store::open(kind).await;
    let mut writes: Vec<_> = (0..50)
        .map(|_| Box::pin(append(&store, "a".into(), false)))
        .collect();
    for write in &mut writes {
        assert!(poll_immediate(write).await.is_none());
    }
    let (written, ()) = tokio::join!(join_all(writes), store.db.close());
    for written in written {
        written.unwrap().unwrap();
    }
    let late = append(&store, "a".into(), false).await;
    assert!(matches!(late, Err(StoreError::Unavailable(_))), "{late:?}");
    let again = hallway_store::Database::open(&crate::settings(&store.on))
        .await
        .unwrap();
    let mut conn = again.read().await.unwrap();
    assert_eq!(outbox::latest(&mut conn, "a").await.unwrap(), 50);
    drop(conn);
    again.close().await;
}
