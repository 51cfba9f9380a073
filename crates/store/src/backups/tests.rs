use std::collections::BTreeMap;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::Path;

use hallway_model::ids::PersonId;
use hallway_model::people::{DisplayName, Email, Language, Person};
use hallway_model::time::Zone;
use hallway_testkit::{Kind as On, TestDatabase};
use rstest::rstest;
use tempfile::TempDir;
use uuid::Uuid;

use super::dumps::dump_pools;
use super::restores::restore_pools;
use super::transactions::Tx;
use super::*;
use crate::db::{Database, Pools, Settings};
use crate::migrate::{STEPS, SchemaState, Step, Steps};
use crate::{accounts, outbox, sign_ins};

const NOW: Timestamp = Timestamp(1_770_368_400_000);

fn settings(on: &TestDatabase) -> Settings {
    Settings {
        url: on.url().to_owned(),
        connections: 8,
    }
}

fn person(number: u128) -> Person {
    Person {
        id: PersonId(Uuid::from_u128(number)),
        name: DisplayName::parse("Zoë \"∀\" O'Neill \\n").unwrap(),
        email: Some(Email::parse(&format!("zoe{number}@example.org")).unwrap()),
        pronouns: None,
        zone: Some(Zone::utc()),
        kind: hallway_model::people::PersonKind::Person,
        language: Some(Language::De),
        created: Timestamp(-1),
    }
}

async fn write<T: Send + 'static>(
    db: &Database,
    work: impl for<'c> FnOnce(&'c mut crate::Conn) -> crate::BoxFuture<'c, Result<T, StoreError>>
    + Send
    + 'static,
) -> T {
    db.writer().write(work, |_| ()).await.unwrap().unwrap()
}

/// A record with every kind of value, NULLs and rows that refer to others.
async fn filled(on: &TestDatabase) -> Database {
    let db = Database::open(&settings(on)).await.unwrap();
    for number in 1..=3 {
        write(&db, move |conn| {
            Box::pin(async move {
                accounts::insert(conn, &person(number)).await?;
                sign_ins::insert_link(conn, &link(number)).await?;
                outbox::append(conn, "event:a", "tick", "{\"n\":\"\\u0001\"}", NOW).await
            })
        })
        .await;
    }
    db
}

fn link(number: u128) -> sign_ins::Link {
    sign_ins::Link {
        id: hallway_model::ids::SignInLinkId(Uuid::from_u128(number)),
        token_hash: format!("hash{number}"),
        email: Email::parse("zoe@example.org").unwrap(),
        name: None,
        event: None,
        reusable: number == 2,
        created: NOW,
        expires: NOW,
        used: None,
    }
}

async fn back_up(on: &TestDatabase, path: &Path) -> Manifest {
    let mut archive = Archive::create(path.to_owned()).await.unwrap();
    let snapshot = dump(&settings(on), &mut archive, NOW).await.unwrap();
    archive.finish(snapshot).await.unwrap()
}

/// Every row of a backup as its line, sorted.
async fn rows(backup: &Backup) -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    for table in &backup.manifest().tables {
        let mut lines = Vec::new();
        let mut reading = backup.lines(&table.name, 100);
        while let Some(some) = reading.recv().await {
            lines.extend(some.unwrap());
        }
        lines.sort();
        all.insert(table.name.clone(), lines);
    }
    all
}

#[rstest]
#[case(On::Sqlite, On::Sqlite)]
#[case(On::Sqlite, On::Postgres)]
#[case(On::Postgres, On::Sqlite)]
#[case(On::Postgres, On::Postgres)]
#[tokio::test]
async fn a_backup_of_either_database_restores_into_either(#[case] from: On, #[case] to: On) {
    let folder = TempDir::new().unwrap();
    let source = TestDatabase::of(from);
    let db = filled(&source).await;
    let first = folder.path().join("first.zip");
    let manifest = back_up(&source, &first).await;
    db.close().await;
    assert_eq!(manifest.engine, db.engine());
    assert_eq!(manifest.schema, crate::SCHEMA_VERSION);

    let target = TestDatabase::of(to);
    let backup = Backup::open(first).await.unwrap();
    assert_eq!(*backup.manifest(), manifest);
    restore(&settings(&target), &backup).await.unwrap();

    let second = folder.path().join("second.zip");
    back_up(&target, &second).await;
    let again = Backup::open(second).await.unwrap();
    assert_eq!(rows(&again).await, rows(&backup).await);

    // And it opens as it would at the next start, with its rows in place.
    let db = Database::open(&settings(&target)).await.unwrap();
    let mut conn = db.read().await.unwrap();
    let found = accounts::find(&mut conn, person(2).id).await.unwrap();
    assert_eq!(found, Some(person(2)));
    assert_eq!(outbox::latest(&mut conn, "event:a").await.unwrap(), 3);
    drop(conn);
    db.close().await;
}

#[tokio::test]
async fn a_line_has_the_words_both_databases_share() {
    let folder = TempDir::new().unwrap();
    let source = TestDatabase::sqlite();
    filled(&source).await.close().await;
    let path = folder.path().join("backup.zip");
    back_up(&source, &path).await;
    let backup = Backup::open(path).await.unwrap();
    assert_eq!(
        rows(&backup).await["sign_in_link"][1],
        r#"{"id":"00000000-0000-0000-0000-000000000002","token_hash":"hash2","email":"zoe@example.org","name":null,"event":null,"reusable":true,"created":1770368400000,"expires":1770368400000,"used":null}"#
    );
}

#[rstest]
#[case(On::Sqlite)]
#[case(On::Postgres)]
#[tokio::test]
async fn a_snapshot_does_not_see_what_is_written_after_it_began(#[case] on: On) {
    let source = TestDatabase::of(on);
    let db = filled(&source).await;
    let pools = Pools::open_existing(&settings(&source)).await.unwrap();
    let mut conn = pools.read().await.unwrap();
    let mut tx = Tx::snapshot(&mut conn).await.unwrap();
    let before = schemas::count(&mut tx, "person").await.unwrap();
    write(&db, |conn| {
        Box::pin(async move { accounts::insert(conn, &person(9)).await })
    })
    .await;
    assert_eq!(schemas::count(&mut tx, "person").await.unwrap(), before);
    drop(tx);
    let mut tx = Tx::snapshot(&mut conn).await.unwrap();
    assert_eq!(schemas::count(&mut tx, "person").await.unwrap(), before + 1);
    drop(tx);
    drop(conn);
    pools.close().await;
    db.close().await;
}

#[rstest]
#[case(On::Sqlite)]
#[case(On::Postgres)]
#[tokio::test]
async fn a_backup_under_load_holds_whole_transactions(#[case] on: On) {
    let folder = TempDir::new().unwrap();
    let source = TestDatabase::of(on);
    let db = filled(&source).await;
    let (stop, mut stopped) = tokio::sync::watch::channel(false);
    let (count, mut counted) = tokio::sync::watch::channel(0_u128);
    let load = tokio::spawn({
        let db = db.clone();
        async move {
            let mut number = 100;
            while !*stopped.borrow_and_update() {
                number += 1;
                // A person and the event that tells of it: together or not at all.
                write(&db, move |conn| {
                    Box::pin(async move {
                        accounts::insert(conn, &person(number)).await?;
                        outbox::append(conn, "event:a", "tick", "{}", NOW).await
                    })
                })
                .await;
                count.send_replace(number);
            }
        }
    });
    counted.wait_for(|n| *n > 110).await.unwrap();
    let path = folder.path().join("backup.zip");
    let manifest = back_up(&source, &path).await;
    let reached = *counted.borrow();
    counted.wait_for(|n| *n > reached).await.unwrap();
    stop.send(true).unwrap();
    load.await.unwrap();

    let rows = |name: &str| {
        manifest
            .tables
            .iter()
            .find(|t| t.name == name)
            .unwrap()
            .rows
    };
    assert_eq!(rows("person"), rows("outbox"));
    assert!(rows("person") >= 13);
    let target = TestDatabase::of(on);
    let backup = Backup::open(path).await.unwrap();
    restore(&settings(&target), &backup).await.unwrap();
    db.close().await;
}

#[tokio::test]
async fn one_flipped_byte_anywhere_is_found() {
    let folder = TempDir::new().unwrap();
    let source = TestDatabase::sqlite();
    filled(&source).await.close().await;
    let path = folder.path().join("backup.zip");
    back_up(&source, &path).await;
    let file = std::fs::File::options()
        .read(true)
        .write(true)
        .open(&path)
        .unwrap();
    let length = file.metadata().unwrap().len();
    for at in 0..length {
        let mut byte = [0];
        file.read_exact_at(&mut byte, at).unwrap();
        file.write_all_at(&[byte[0] ^ 0x40], at).unwrap();
        let opened = Backup::open(path.clone()).await;
        assert!(
            matches!(
                opened,
                Err(BackupError::Damaged(_) | BackupError::NotABackup(_))
            ),
            "byte {at}: {opened:?}"
        );
        file.write_all_at(&byte, at).unwrap();
    }
    Backup::open(path.clone()).await.unwrap();
    file.set_len(length - 1).unwrap();
    assert!(Backup::open(path).await.is_err());
}

#[rstest]
#[case(On::Sqlite)]
#[case(On::Postgres)]
#[tokio::test]
async fn a_database_with_data_is_left_alone(#[case] on: On) {
    let folder = TempDir::new().unwrap();
    let source = TestDatabase::of(on);
    let db = filled(&source).await;
    let path = folder.path().join("backup.zip");
    back_up(&source, &path).await;
    let backup = Backup::open(path.clone()).await.unwrap();
    let refused = restore(&settings(&source), &backup).await.unwrap_err();
    assert!(matches!(refused, BackupError::NotEmpty), "{refused}");
    let mut conn = db.read().await.unwrap();
    assert_eq!(outbox::latest(&mut conn, "event:a").await.unwrap(), 3);
    drop(conn);
    db.close().await;

    let taken = Archive::create(path).await.unwrap();
    let refused = taken
        .finish(Snapshot {
            schema: 1,
            created: NOW,
            engine: Engine::Sqlite,
            tables: vec![],
        })
        .await
        .unwrap_err();
    assert!(matches!(refused, BackupError::Exists(_)), "{refused}");
}

/// A later schema, as a coming release would have it.
fn later() -> Steps {
    let sql = "CREATE TABLE reply (id UUID PRIMARY KEY, parent UUID REFERENCES reply (id));
               ALTER TABLE topic ADD COLUMN note TEXT";
    let step = Step {
        version: 900,
        name: "0900_later",
        sqlite: sql,
        postgres: sql,
    };
    Vec::leak(STEPS.iter().copied().chain([step]).collect())
}

#[rstest]
#[case(On::Sqlite)]
#[case(On::Postgres)]
#[tokio::test]
async fn an_older_backup_is_restored_and_then_migrated(#[case] on: On) {
    let folder = TempDir::new().unwrap();
    let (source, target) = (TestDatabase::of(on), TestDatabase::of(on));
    filled(&source).await.close().await;
    let path = folder.path().join("backup.zip");
    let manifest = back_up(&source, &path).await;
    let backup = Backup::open(path).await.unwrap();

    let pools = Pools::open(&settings(&target)).await.unwrap();
    restore_pools(&pools, &backup, later()).await.unwrap();
    let mut conn = pools.read().await.unwrap();
    let mut tx = Tx::snapshot(&mut conn).await.unwrap();
    let topic = schemas::tables(&mut tx).await.unwrap();
    let topic = topic.iter().find(|t| t.name == "topic").unwrap();
    assert!(topic.columns.iter().any(|c| c.name == "note"));
    assert_eq!(schemas::count(&mut tx, "outbox").await.unwrap(), 3);
    drop(tx);
    drop(conn);
    pools.close().await;
    assert_eq!(
        Database::schema(&settings(&target)).await.unwrap(),
        SchemaState::Newer { found: 900 }
    );
    assert_eq!(manifest.schema, crate::SCHEMA_VERSION);
}

/// Two replies, each the other's parent.
async fn insert_circle(pools: &Pools) {
    let ids = ["0a", "0b"].map(|end| format!("{}{end}", "0".repeat(30)));
    let [a, b] = ids.map(|id| match pools.engine() {
        Engine::Sqlite => format!("x'{id}'"),
        Engine::Postgres => format!("'{id}'"),
    });
    let sql = format!(
        "INSERT INTO reply (id) VALUES ({a}); INSERT INTO reply (id, parent) VALUES ({b}, {a});
         UPDATE reply SET parent = {b} WHERE id = {a}"
    );
    let sql = sqlx::raw_sql(sqlx::AssertSqlSafe(sql));
    let mut conn = pools.write().await.unwrap();
    crate::db::on!(&mut conn, c => sql.execute(c).await.map(|_| ())).unwrap();
}

#[rstest]
#[case(On::Sqlite)]
#[case(On::Postgres)]
#[tokio::test]
async fn rows_that_refer_to_later_rows_are_restored_and_a_newer_schema_is_refused(#[case] on: On) {
    let folder = TempDir::new().unwrap();
    let source = TestDatabase::of(on);
    let pools = Pools::open(&settings(&source)).await.unwrap();
    let mut conn = pools.write().await.unwrap();
    let engine = conn.engine();
    crate::db::on!(&mut conn, c => crate::migrate::run(engine, c, later(), None).await).unwrap();
    drop(conn);
    insert_circle(&pools).await;
    let path = folder.path().join("backup.zip");
    let mut archive = Archive::create(path.clone()).await.unwrap();
    let snapshot = dump_pools(&pools, &mut archive, NOW).await.unwrap();
    assert_eq!(snapshot.schema, 900);
    archive.finish(snapshot).await.unwrap();
    pools.close().await;
    let backup = Backup::open(path).await.unwrap();
    assert_eq!(rows(&backup).await["reply"].len(), 2);

    let target = TestDatabase::of(on);
    let refused = restore(&settings(&target), &backup).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        format!(
            "the backup was made by a newer version of hallway (schema 900, this program knows {}): update the program",
            crate::SCHEMA_VERSION
        )
    );
    let pools = Pools::open(&settings(&target)).await.unwrap();
    restore_pools(&pools, &backup, later()).await.unwrap();
    let mut conn = pools.read().await.unwrap();
    let mut tx = Tx::snapshot(&mut conn).await.unwrap();
    assert_eq!(schemas::count(&mut tx, "reply").await.unwrap(), 2);
    drop(tx);
    drop(conn);
    pools.close().await;
}

#[tokio::test]
async fn blobs_come_along_and_one_that_is_gone_is_left_out() {
    let folder = TempDir::new().unwrap();
    let source = TestDatabase::sqlite();
    filled(&source).await.close().await;
    let big = vec![7_u8; 200_000];
    std::fs::write(folder.path().join("a"), &big).unwrap();
    let path = folder.path().join("backup.zip");
    let mut archive = Archive::create(path.clone()).await.unwrap();
    let snapshot = dump(&settings(&source), &mut archive, NOW).await.unwrap();
    for name in ["a", "gone"] {
        archive
            .add_blob(&format!("stages/{name}.mp4"), folder.path().join(name))
            .await
            .unwrap();
    }
    assert_eq!(archive.finish(snapshot).await.unwrap().blobs(), 1);
    let mut blobs = Backup::open(path.clone()).await.unwrap().blobs();
    let blob = blobs.recv().await.unwrap().unwrap();
    assert_eq!(blob.key, "stages/a.mp4");
    assert!(blob.bytes == big);
    assert!(blobs.recv().await.is_none());
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn a_backup_given_up_leaves_no_file() {
    let folder = TempDir::new().unwrap();
    let mut archive = Archive::create(folder.path().join("backup.zip"))
        .await
        .unwrap();
    archive.begin_table("person").await.unwrap();
    archive.abandon().await;
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn an_empty_database_and_other_files_are_told_apart() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("backup.zip");
    let other = folder.path().join("notes.txt");
    std::fs::write(&other, "x".repeat(500)).unwrap();
    let error = Backup::open(other).await.unwrap_err();
    assert!(matches!(error, BackupError::NotABackup(_)), "{error}");
    let error = Backup::open(path.clone()).await.unwrap_err();
    assert!(matches!(error, BackupError::File { .. }), "{error}");

    let source = TestDatabase::postgres();
    let mut archive = Archive::create(path).await.unwrap();
    let error = dump(&settings(&source), &mut archive, NOW)
        .await
        .unwrap_err();
    assert!(matches!(error, BackupError::NothingThere), "{error}");
}
