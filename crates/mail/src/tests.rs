//! What every test of this crate sends.

mod folder;
mod messages;
mod smtp;

use super::*;

fn from() -> Mailbox {
    "Summit <hello@summit.example>".parse().unwrap()
}

fn mail() -> Mail {
    Mail {
        message_id: "0199-a".into(),
        sent_at_ms: 1_770_000_000_000,
        to_name: "Ada Lovelace".into(),
        to_address: "ada@example.org".into(),
        subject: "Your link".into(),
        text: "Hello Ada,\n\nopen https://summit.example/l/abc.\n.\nBye\n".into(),
        html: None,
        attachments: Vec::new(),
        list_id: None,
        unsubscribe: None,
        auto_submitted: AutoSubmitted::AutoReplied,
    }
}

/// The message as bytes, and the same as text.
fn composed(mail: &Mail) -> (Vec<u8>, String) {
    let bytes = mail.compose(&from()).unwrap().formatted();
    let text = String::from_utf8(bytes.clone()).unwrap();
    (bytes, text)
}
