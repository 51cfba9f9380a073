//! Every kind of store keeps the same promises.

use super::*;

async fn each_kind() -> (tempfile::TempDir, Vec<Blobs>) {
    let folder = tempfile::tempdir().unwrap();
    let disk = Blobs::disk(folder.path().join("blobs")).await.unwrap();
    (folder, vec![disk, Blobs::memory()])
}

fn key(text: &str) -> Key {
    Key::new(text).unwrap()
}

#[tokio::test]
async fn what_is_put_is_got_whole_and_in_part() {
    let (_folder, kinds) = each_kind().await;
    for blobs in kinds {
        let parts = vec![
            Bytes::from_static(b"hall"),
            Bytes::new(),
            Bytes::from_static(b"way"),
        ];
        blobs.put_parts(&key("a/b/c.m4s"), parts).await.unwrap();
        assert_eq!(blobs.get(&key("a/b/c.m4s")).await.unwrap(), "hallway");
        assert_eq!(
            blobs.get_range(&key("a/b/c.m4s"), 4..7).await.unwrap(),
            "way"
        );
        assert_eq!(blobs.size(&key("a/b/c.m4s")).await.unwrap(), 7);
        blobs
            .put(&key("a/b/c.m4s"), Bytes::from_static(b"new"))
            .await
            .unwrap();
        assert_eq!(blobs.get(&key("a/b/c.m4s")).await.unwrap(), "new");
    }
}

#[tokio::test]
async fn what_is_not_there_says_so() {
    let (_folder, kinds) = each_kind().await;
    for blobs in kinds {
        blobs
            .put(&key("a/b"), Bytes::from_static(b"12"))
            .await
            .unwrap();
        assert!(matches!(
            blobs.get(&key("x")).await,
            Err(BlobError::NotFound(_))
        ));
        assert!(
            matches!(blobs.get(&key("a")).await, Err(BlobError::NotFound(_))),
            "a folder is no blob"
        );
        assert!(matches!(
            blobs.get(&key("a/b/c")).await,
            Err(BlobError::NotFound(_))
        ));
        assert!(matches!(
            blobs.size(&key("a")).await,
            Err(BlobError::NotFound(_))
        ));
        assert!(matches!(
            blobs.get_range(&key("a/b"), 1..3).await,
            Err(BlobError::OutOfRange(_))
        ));
        #[expect(clippy::reversed_empty_ranges, reason = "a caller may get it wrong")]
        let backwards = blobs.get_range(&key("a/b"), 2..1).await;
        assert!(matches!(backwards, Err(BlobError::OutOfRange(_))));
        assert!(matches!(
            blobs.copy(&key("x"), &key("y")).await,
            Err(BlobError::NotFound(_))
        ));
    }
}

#[tokio::test]
async fn lists_and_deletes_by_whole_segments() {
    let (_folder, kinds) = each_kind().await;
    for blobs in kinds {
        for name in ["r/2/b", "r/2/a", "r/20/a", "s"] {
            blobs
                .put(&key(name), Bytes::from_static(b"."))
                .await
                .unwrap();
        }
        assert_eq!(
            blobs.list(&key("r/2")).await.unwrap(),
            [key("r/2/a"), key("r/2/b")]
        );
        assert_eq!(blobs.list(&key("s")).await.unwrap(), [key("s")]);
        assert_eq!(blobs.list(&key("nothing")).await.unwrap(), []);
        blobs.delete(&key("r/2")).await.unwrap();
        blobs.delete(&key("r/2")).await.unwrap();
        assert_eq!(blobs.list(&key("r")).await.unwrap(), [key("r/20/a")]);
    }
}

#[tokio::test]
async fn a_copy_outlives_its_original() {
    let (_folder, kinds) = each_kind().await;
    for blobs in kinds {
        blobs
            .put(&key("from/a"), Bytes::from_static(b"bytes"))
            .await
            .unwrap();
        blobs.copy(&key("from/a"), &key("to/a")).await.unwrap();
        blobs.copy(&key("from/a"), &key("to/a")).await.unwrap();
        blobs.delete(&key("from")).await.unwrap();
        assert_eq!(blobs.get(&key("to/a")).await.unwrap(), "bytes");
    }
}

#[tokio::test]
async fn a_crash_leaves_nothing_half_written() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::disk(folder.path()).await.unwrap();
    blobs
        .put(&key("a"), Bytes::from_static(b"whole"))
        .await
        .unwrap();
    blobs.copy(&key("a"), &key("b")).await.unwrap();
    assert_eq!(
        std::fs::read_dir(folder.path().join(".tmp"))
            .unwrap()
            .count(),
        0
    );
    // What a killed process leaves behind.
    let left = folder
        .path()
        .join(".tmp")
        .join(format!("{}-0", std::process::id()));
    std::fs::write(left, b"hal").unwrap();
    let blobs = Blobs::disk(folder.path()).await.unwrap();
    blobs
        .put(&key("c"), Bytes::from_static(b"stepped over"))
        .await
        .unwrap();
    blobs.sweep().await.unwrap();
    assert_eq!(
        std::fs::read_dir(folder.path().join(".tmp"))
            .unwrap()
            .count(),
        0
    );
    assert_eq!(blobs.get(&key("a")).await.unwrap(), "whole");
}

#[tokio::test]
async fn a_failing_medium_is_told_apart_from_a_missing_blob() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), b"").unwrap();
    let opened = Blobs::disk(folder.path().join("file")).await;
    assert!(matches!(opened, Err(BlobError::Store { .. })));
}
