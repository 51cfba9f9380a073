//! Mails through a folder and back.

use super::*;

#[tokio::test]
async fn a_folder_gives_back_what_was_sent_newest_first() {
    let place = tempfile::tempdir().unwrap();
    let mailer = Mailer::from_url(None, place.path().join("a/mail"), from()).unwrap();
    let folder = mailer.folder().unwrap();
    assert_eq!(folder.list(10).await.unwrap(), []);
    mailer.check().await.unwrap();

    let older = mail();
    let newer = Mail {
        message_id: "0199-b".into(),
        sent_at_ms: older.sent_at_ms + 1,
        to_name: "Jürgen, \"der\" Müller".into(),
        subject: "Grüße aus der Halle: ein ziemlich langer Betreff, der über mehrere Zeilen geht – ganz sicher".into(),
        text: format!("Link: https://summit.example/{}?a=1&b=2\nÄ = ö\nNoch einmal: https://summit.example/x, bitte\n", "l".repeat(120)),
        html: Some("<p>anders</p>".into()),
        attachments: vec![Attachment::calendar("gipfel.ics", "BEGIN:VCALENDAR\r\n")],
        ..mail()
    };
    for mail in [&newer, &older, &newer] {
        mailer.send(mail).await.unwrap();
    }
    let listed = folder.list(10).await.unwrap();
    assert_eq!(
        listed,
        [
            StoredMail {
                file: "1770000000001-0199-b.eml".into(),
                to: "Jürgen, \"der\" Müller <ada@example.org>".into(),
                subject: newer.subject.clone(),
                sent_at_ms: newer.sent_at_ms,
                text: newer.text.clone(),
                links: vec![
                    format!("https://summit.example/{}?a=1&b=2", "l".repeat(120)),
                    "https://summit.example/x".into()
                ],
                attachments: vec!["gipfel.ics".into()],
            },
            StoredMail {
                file: "1770000000000-0199-a.eml".into(),
                to: "Ada Lovelace <ada@example.org>".into(),
                subject: "Your link".into(),
                sent_at_ms: older.sent_at_ms,
                text: older.text.clone(),
                links: vec!["https://summit.example/l/abc".into()],
                attachments: Vec::new(),
            },
        ]
    );
    assert_eq!(folder.list(1).await.unwrap(), listed[..1]);
    assert_eq!(
        folder.read(&listed[1].file).await.unwrap().as_ref(),
        Some(&listed[1])
    );
    assert_eq!(
        folder
            .read("../mail/1770000000000-0199-a.eml")
            .await
            .unwrap(),
        None
    );
    assert_eq!(folder.read("1770000000009-none.eml").await.unwrap(), None);

    let mut names: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(
        names,
        ["1770000000000-0199-a.eml", "1770000000001-0199-b.eml"]
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(folder.path().to_owned()), 0o700);
        assert_eq!(mode(folder.path().join(&names[0])), 0o600);
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_tried_again() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("not-a-folder");
    std::fs::write(&file, "x").unwrap();
    let mailer = Mailer::from_url(None, file, from()).unwrap();
    assert!(mailer.send(&mail()).await.unwrap_err().is_temporary());
    assert!(mailer.check().await.unwrap_err().is_temporary());
}
