use hallway_store::checks;
use hallway_store::{Database, SCHEMA_VERSION, SchemaState, StoreError};
use hallway_testkit::{Kind, TestDatabase};
use rstest::rstest;

use crate::{Store, settings};

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn opening_brings_an_empty_database_up_to_date_and_leaves_a_current_one(#[case] kind: Kind) {
    let on = TestDatabase::of(kind);
    if kind == Kind::Postgres {
        let before = Database::schema(&settings(&on)).await.unwrap();
        assert_eq!(before, SchemaState::Empty);
    }
    for _ in 0..2 {
        let db = Database::open(&settings(&on)).await.unwrap();
        db.ping().await.unwrap();
        db.close().await;
        let after = Database::schema(&settings(&on)).await.unwrap();
        assert_eq!(after, SchemaState::Current);
    }
}

#[tokio::test]
async fn asking_for_the_schema_makes_no_file() {
    let on = TestDatabase::sqlite();
    let file = on.url().strip_prefix("sqlite:").unwrap();
    assert!(Database::schema(&settings(&on)).await.is_err());
    assert!(checks::check(&settings(&on)).await.is_err());
    assert!(!std::path::Path::new(file).exists());
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn two_servers_that_start_together_migrate_once(#[case] kind: Kind) {
    let on = TestDatabase::of(kind);
    if kind == Kind::Sqlite {
        // One file is one server's; a second opens it after the first.
        Database::open(&settings(&on)).await.unwrap().close().await;
    }
    let settings = settings(&on);
    let (one, two) = tokio::join!(Database::open(&settings), Database::open(&settings));
    one.unwrap().close().await;
    two.unwrap().close().await;
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn a_newer_schema_is_refused_in_clear_words_and_not_touched(#[case] kind: Kind) {
    let store = Store::open(kind).await;
    store
        .run("UPDATE _sqlx_migrations SET version = 9000 WHERE version = 1")
        .await;
    store.db.close().await;
    let Err(refused) = Database::open(&settings(&store.on)).await else {
        panic!("it was opened");
    };
    assert!(matches!(
        refused,
        StoreError::NewerSchema { found: 9_000, known } if known == SCHEMA_VERSION
    ));
    assert!(refused.to_string().ends_with("update the program"));
    let state = Database::schema(&settings(&store.on)).await.unwrap();
    assert_eq!(state, SchemaState::Newer { found: 9_000 });
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn a_look_over_leaves_nothing_behind(#[case] kind: Kind) {
    let store = Store::open(kind).await;
    for _ in 0..2 {
        let health = checks::check(&settings(&store.on)).await.unwrap();
        assert_eq!(health.schema, SchemaState::Current);
        assert_eq!(health.read_only, None);
        assert_eq!(health.damage, None);
        assert_eq!(health.clock.is_some(), kind == Kind::Postgres);
    }
}
