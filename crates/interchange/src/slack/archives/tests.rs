use std::io::Write;

use proptest::prelude::*;
use zip::write::SimpleFileOptions;

use super::*;

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(vec![]));
    for (name, bytes) in members {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const USERS: &[u8] = br#"[{"id": "U1", "name": "ada", "profile": {"display_name": "Ada L", "email": "ada@x.example"}},
    {"id": "U2", "name": "bob", "profile": {"display_name": "", "real_name": "Bob"}}]"#;
const CHANNELS: &[u8] = br#"[{"id": "C1", "name": "general"}]"#;

fn general(day: &[u8]) -> Vec<u8> {
    zip(&[
        ("channels.json", CHANNELS),
        ("users.json", USERS),
        ("general/2026-02-06.json", day),
    ])
}

#[test]
fn messages_come_in_order_with_names_times_and_threads() {
    let archive = read_archive(&zip(&[
        ("channels.json", CHANNELS),
        ("users.json", USERS),
        ("dms.json", b"[]"),
        ("general/", b""),
        (
            "general/2026-02-07.json",
            br#"[{"type": "message", "user": "U2", "text": "later", "ts": "1770454800.000100", "thread_ts": "1770368400.000216"}]"#,
        ),
        (
            "general/2026-02-06.json",
            br#"[{"type": "message", "subtype": "channel_join", "user": "U1", "text": "<@U1> has joined", "ts": "1770368399.000000"},
                {"type": "message", "user": "U1", "text": "hi <@U2>, *look*", "ts": "1770368400.000216", "thread_ts": "1770368400.000216",
                 "reactions": [{"name": "tada", "users": ["U2"], "count": 1}],
                 "files": [{"name": "a.png", "url_private": "https://files.example/a.png"}]},
                {"type": "message", "subtype": "bot_message", "username": "CI", "text": "green", "ts": "1770368401.000000"}]"#,
        ),
    ]))
    .unwrap();
    let general = &archive.channels[0];
    let told: Vec<_> = general
        .messages
        .iter()
        .map(|m| {
            (
                m.sent.0,
                m.name.as_str(),
                m.text.as_str(),
                m.thread.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (
                1_770_368_400_000,
                "Ada L",
                "hi @Bob, **look**\n\n[a.png](<https://files.example/a.png>)",
                None
            ),
            (1_770_368_401_000, "CI", "green", None),
            (1_770_454_800_000, "Bob", "later", Some("1770368400.000216")),
        ]
    );
    let warnings: Vec<_> = archive.warnings.iter().map(|w| w.text.as_str()).collect();
    assert_eq!(
        warnings,
        [
            "1 files that are no public channels were left out",
            "1 notes of joining, leaving and the like were left out",
            "1 reactions were left out",
            "1 files stay with Slack and are linked",
        ]
    );
    assert!(
        !format!("{archive:?}").contains("@x.example"),
        "no addresses"
    );
}

#[test]
fn a_hostile_archive_is_refused_with_the_members_name() {
    let why = |bytes: &[u8]| read_archive(bytes).unwrap_err().to_string();
    assert!(why(b"nonsense").starts_with("this is no ZIP archive"));
    assert_eq!(
        why(&zip(&[("users.json", USERS)])),
        "the archive has no `channels.json`: is it the export of a Slack workspace?"
    );
    for name in [
        "../evil.json",
        "general/../../x.json",
        "/etc/passwd",
        "a\\b.json",
        "C:x",
    ] {
        let told = why(&zip(&[
            ("channels.json", CHANNELS),
            ("users.json", USERS),
            (name, b"[]"),
        ]));
        assert_eq!(told, format!("`{name}`: the name leads out of its folder"));
    }
    let told = why(&general(b"[{\"ts\": \"1.0\",\n \"text\": }]"));
    assert!(
        told.starts_with("`general/2026-02-06.json`: expected value at line 2 column"),
        "{told}"
    );
    assert_eq!(
        why(&general(b"{}")),
        "`general/2026-02-06.json`: is not a list"
    );
    assert_eq!(
        why(&general(br#"[{"text": "hi", "ts": "soon"}]"#)),
        "`general/2026-02-06.json`: message 1: `soon` is no time"
    );
    let bomb = vec![b' '; MAX_MEMBER as usize + 1];
    let bomb = general(&bomb);
    assert!(bomb.len() < 100_000, "it is small until it is unpacked");
    assert_eq!(
        why(&bomb),
        "`general/2026-02-06.json`: unpacks to more than 16 MiB"
    );
    let deep = "[".repeat(100_000);
    assert!(why(&general(deep.as_bytes())).contains("recursion limit"));
}

#[test]
fn many_members_that_are_large_together_are_refused() {
    let day = vec![b' '; 15 * 1024 * 1024];
    let day = [day, b"[]".to_vec()].concat();
    let names: Vec<String> = (1..=18)
        .map(|n| format!("general/2026-02-{n:02}.json"))
        .collect();
    let mut members: Vec<(&str, &[u8])> = vec![("channels.json", CHANNELS), ("users.json", USERS)];
    members.extend(names.iter().map(|name| (name.as_str(), day.as_slice())));
    assert_eq!(
        read_archive(&zip(&members)).unwrap_err(),
        ArchiveError::TooMuch
    );
}

#[test]
fn times_are_read_to_the_millisecond_or_not_at_all() {
    assert_eq!(
        time("1512085950.000216"),
        Some(Timestamp(1_512_085_950_000))
    );
    assert_eq!(
        time("1512085950.123456"),
        Some(Timestamp(1_512_085_950_123))
    );
    assert_eq!(time("1512085950"), Some(Timestamp(1_512_085_950_000)));
    for wrong in [
        "",
        ".",
        "1.",
        "-1.0",
        "1e9",
        "99999999999.0",
        "1.0.0",
        "١.٠",
    ] {
        assert_eq!(time(wrong), None, "{wrong}");
    }
}

proptest! {
    #[test]
    fn whatever_bytes_come_are_read_or_refused(
        day in proptest::collection::vec(any::<u8>(), 0..200),
        at in 0_usize..400,
        flip: u8,
    ) {
        let mut bytes = general(&day);
        let at = at % bytes.len();
        bytes[at] ^= flip;
        let _ = read_archive(&bytes);
    }
}
