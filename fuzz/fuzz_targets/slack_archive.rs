//! Archives of Slack workspaces: as bytes that may be a ZIP, and as the JSON of
//! a day within one that is.
#![no_main]

use std::io::{Cursor, Write};

use hallway_interchange::slack::read_archive;
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else {
        return;
    };
    if first % 4 == 0 {
        let _ = read_archive(rest);
        return;
    }
    let mut members: [(&str, &[u8]); 3] = [
        ("channels.json", br#"[{"id": "C1", "name": "general"}]"#),
        ("users.json", br#"[{"id": "U1", "name": "ada"}]"#),
        ("general/2026-02-06.json", b"[]"),
    ];
    members[usize::from(first % 4) - 1].1 = rest;
    let mut zip = zip::ZipWriter::new(Cursor::new(vec![]));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, text) in members {
        zip.start_file(name, options).expect("a member");
        zip.write_all(text).expect("its bytes");
    }
    let archive = zip.finish().expect("an archive").into_inner();
    if let Ok(archive) = read_archive(&archive) {
        for channel in archive.channels {
            assert!(channel.messages.is_sorted_by_key(|message| message.sent));
        }
    }
});
