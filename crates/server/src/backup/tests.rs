use hallway_store::Database;
use hallway_testkit::ManualClock;

use super::*;
use crate::config::Sources;

fn config(data: &Path) -> Config {
    let sources = Sources {
        flags: vec![("data", data.display().to_string())],
        ..Sources::default()
    };
    Config::load(&sources).unwrap().config
}

fn now() -> Timestamp {
    ManualClock::start().clock().now()
}

/// An installation with two blobs and a file that is still being written.
async fn installation(data: &Path) -> Config {
    std::fs::create_dir_all(data).unwrap();
    let config = config(data);
    Database::open(&config.database())
        .await
        .unwrap()
        .close()
        .await;
    let blobs = Blobs::disk(config.blob_folder()).await.unwrap();
    for (key, bytes) in [("stages/a/1.mp4", "one"), ("stages/a/init.mp4", "head")] {
        blobs
            .put(&Key::new(key).unwrap(), bytes.into())
            .await
            .unwrap();
    }
    std::fs::write(config.blob_folder().join(".tmp/9-9"), "half").unwrap();
    config
}

#[tokio::test]
async fn an_installation_comes_back_in_another_folder() {
    let folder = tempfile::tempdir().unwrap();
    let config_here = installation(&folder.path().join("here")).await;
    let file = folder.path().join("backup.zip");
    let manifest = back_up(&config_here, &file, now()).await.unwrap();
    assert_eq!(manifest.blobs(), 2);
    assert_eq!(verify(&file).await.unwrap(), manifest);

    let there = config(&folder.path().join("there"));
    assert_eq!(put_back(&there, &file).await.unwrap(), manifest);
    let blobs = Blobs::disk(there.blob_folder()).await.unwrap();
    let one = blobs.get(&Key::new("stages/a/1.mp4").unwrap()).await;
    assert_eq!(one.unwrap(), "one");
    let kept: Vec<_> = walk(there.blob_folder()).unwrap();
    assert_eq!(kept.len(), 2);

    let again = put_back(&there, &file).await.unwrap_err().to_string();
    assert!(again.contains("holds blobs already"), "{again}");
}

#[tokio::test]
async fn a_refused_restore_leaves_no_blobs() {
    let folder = tempfile::tempdir().unwrap();
    let here = installation(&folder.path().join("here")).await;
    let file = folder.path().join("backup.zip");
    back_up(&here, &file, now()).await.unwrap();
    let there = config(&folder.path().join("there"));
    std::fs::create_dir_all(&there.data).unwrap();
    Database::open(&there.database())
        .await
        .unwrap()
        .close()
        .await;
    let refused = put_back(&there, &file).await.unwrap_err().to_string();
    assert!(
        refused.starts_with("the database holds data already"),
        "{refused}"
    );
    assert!(walk(there.blob_folder()).unwrap().is_empty());
}

#[tokio::test]
async fn a_damaged_backup_touches_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let here = installation(&folder.path().join("here")).await;
    let file = folder.path().join("backup.zip");
    back_up(&here, &file, now()).await.unwrap();
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[100] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let there = config(&folder.path().join("there"));
    let refused = put_back(&there, &file).await.unwrap_err().to_string();
    assert!(refused.starts_with("the backup is damaged"), "{refused}");
    assert!(!there.data.exists());
}

#[tokio::test]
async fn nothing_there_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(&folder.path().join("none"));
    let file = folder.path().join("backup.zip");
    let refused = back_up(&config, &file, now())
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.starts_with("there is no database at"), "{refused}");
    assert!(!file.exists());
    assert_eq!(
        usual_name(now()),
        Path::new("hallway-backup-20260206T090000Z.zip")
    );
}
