//! Content against the bytes it becomes.

use mail_parser::{MessageParser, MimeHeaders};

use super::*;

/// Names of the headers of a message, in order.
fn header_names(text: &str) -> Vec<&str> {
    let head = text.split("\r\n\r\n").next().unwrap();
    let lines = head
        .split("\r\n")
        .filter(|line| !line.starts_with([' ', '\t']));
    lines.map(|line| line.split(':').next().unwrap()).collect()
}

#[test]
fn a_plain_mail_is_exactly_this() {
    let mail = Mail {
        list_id: Some("kcd-2026.summit.example".into()),
        ..mail()
    };
    assert_eq!(
        composed(&mail).1,
        concat!(
            "From: Summit <hello@summit.example>\r\n",
            "To: \"Ada Lovelace\" <ada@example.org>\r\n",
            "Subject: Your link\r\n",
            "Date: Mon, 02 Feb 2026 02:40:00 +0000\r\n",
            "Message-ID: <0199-a@summit.example>\r\n",
            "Auto-Submitted: auto-replied\r\n",
            "List-Id: <kcd-2026.summit.example>\r\n",
            "MIME-Version: 1.0\r\n",
            "Content-Type: text/plain; charset=utf-8\r\n",
            "Content-Transfer-Encoding: 7bit\r\n",
            "\r\n",
            "Hello Ada,\r\n\r\nopen https://summit.example/l/abc.\r\n.\r\nBye\r\n",
        )
    );
    // Same mail, same bytes: a retry is a true double.
    assert_eq!(composed(&mail), composed(&mail));
}

#[test]
fn a_calendar_travels_beside_text_and_html() {
    let ics = "BEGIN:VCALENDAR\r\nMETHOD:PUBLISH\r\nSUMMARY:Ärger\nEND:VCALENDAR\r\n";
    let mail = Mail {
        html: Some("<p>Grüße</p>".into()),
        attachments: vec![Attachment::calendar("Mein Gipfel ö.ics", ics)],
        ..mail()
    };
    let (bytes, text) = composed(&mail);
    assert!(
        text.contains("Content-Type: text/calendar; method=PUBLISH; charset=utf-8\r\n"),
        "{text}"
    );
    let parsed = MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(
        parsed.body_text(0).unwrap().replace("\r\n", "\n"),
        mail.text
    );
    assert_eq!(parsed.body_html(0).unwrap().trim_end(), "<p>Grüße</p>");
    let attached = parsed.attachment(0).unwrap();
    assert_eq!(attached.attachment_name(), Some("Mein Gipfel ö.ics"));
    assert_eq!(attached.contents(), ics.as_bytes());
    assert!(text.is_ascii());
}

#[test]
fn line_breaks_in_content_never_become_headers() {
    let expected = header_names(&composed(&mail()).1).join(" ");
    for evil in [
        "x\r\nBcc: eve@example.org",
        "x\nBcc: eve@example.org",
        "x\rBcc: eve@example.org",
        "x\r\n\r\n<script>",
        "x\u{85}Bcc: eve@example.org",
        "x\u{2028}Bcc: eve@example.org",
        "x\0\u{b}\u{c}Bcc: eve@example.org",
        "\r\n.\r\nMAIL FROM:<eve@example.org>",
        "\" <eve@example.org>, \"",
        "é\r\nBcc: eve@example.org",
    ] {
        let mail = Mail {
            to_name: evil.into(),
            subject: evil.into(),
            ..mail()
        };
        let (bytes, text) = composed(&mail);
        assert_eq!(header_names(&text).join(" "), expected, "{evil:?}");
        let parsed = MessageParser::default().parse(&bytes).unwrap();
        let to: Vec<_> = parsed
            .to()
            .unwrap()
            .iter()
            .filter_map(|to| to.address())
            .collect();
        assert_eq!(to, ["ada@example.org"], "{evil:?}");
        assert!(parsed.bcc().is_none());
        assert!(
            !parsed.subject().unwrap().contains(char::is_control),
            "{evil:?}"
        );

        let mail = Mail {
            attachments: vec![Attachment {
                name: evil.into(),
                ..Attachment::calendar("", "x")
            }],
            ..mail
        };
        let (bytes, text) = composed(&mail);
        let part = text.split("--mixed-0199-a").nth(2).unwrap().trim_start();
        assert_eq!(
            header_names(part),
            [
                "Content-Disposition",
                "Content-Type",
                "Content-Transfer-Encoding"
            ],
            "{text}"
        );
        assert_eq!(
            MessageParser::default()
                .parse(&bytes)
                .unwrap()
                .attachment_count(),
            1
        );
    }
}

#[test]
fn one_press_in_a_mail_program_ends_such_mails() {
    // Longer than a line of a header may be: it is not broken.
    let url = format!(
        "https://summit.example/account/mail-off?token={}",
        "x".repeat(120)
    );
    let mail = Mail {
        unsubscribe: Some(url.clone()),
        ..mail()
    };
    let (bytes, text) = composed(&mail);
    let unfolded = text.replace("\r\n ", "");
    for header in [
        format!("List-Unsubscribe: <{url}>"),
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click".into(),
    ] {
        assert!(unfolded.lines().any(|line| line == header), "{text}");
    }
    let parsed = MessageParser::default().parse(&bytes).unwrap();
    assert!(parsed.header_raw("List-Unsubscribe").is_some());
    for evil in [
        "https://x.example/\r\nBcc: eve@example.org",
        "https://x.example/>, <mailto:eve@example.org",
        "mailto:eve@example.org",
        "https://x.example/ä",
    ] {
        let mail = Mail {
            unsubscribe: Some(evil.into()),
            ..mail.clone()
        };
        assert!(mail.compose(&from()).is_err(), "{evil:?}");
    }
}

#[test]
fn fields_that_are_not_text_are_refused_for_good() {
    let wrong = [
        Mail {
            to_address: "ada@example.org\r\nBcc: eve@example.org".into(),
            ..mail()
        },
        Mail {
            to_address: "ada@example.org, eve@example.org".into(),
            ..mail()
        },
        Mail {
            to_address: String::new(),
            ..mail()
        },
        Mail {
            message_id: String::new(),
            ..mail()
        },
        Mail {
            message_id: "../../etc/cron".into(),
            ..mail()
        },
        Mail {
            message_id: "a\r\nb".into(),
            ..mail()
        },
        Mail {
            list_id: Some("a>\r\nBcc: eve@example.org".into()),
            ..mail()
        },
        Mail {
            attachments: vec![Attachment {
                content_type: "text/x\r\nBcc: e".into(),
                ..Attachment::calendar("a", "")
            }],
            ..mail()
        },
    ];
    for mail in wrong {
        assert!(
            matches!(mail.compose(&from()), Err(MailError::Permanent { .. })),
            "{mail:?}"
        );
    }
}

#[test]
fn a_mail_can_wait_in_a_job() {
    let mail = Mail {
        attachments: vec![Attachment::calendar("a.ics", "BEGIN\r\n\0ö")],
        html: Some("<b>".into()),
        ..mail()
    };
    let json = serde_json::to_string(&mail).unwrap();
    assert_eq!(serde_json::from_str::<Mail>(&json).unwrap(), mail);
}
