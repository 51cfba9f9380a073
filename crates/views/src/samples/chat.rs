//! A few minutes of chat, and messages that mean no good.

use hallway_model::ids::MessageId;
use hallway_model::messages::{MessageKind, Removal};
use hallway_model::people::PersonKind;
use hallway_model::time::Timestamp;
use hallway_protocol::messages::{Author, Message, Quoted};
use hallway_protocol::reactions::Reaction;
use hallway_protocol::rich_text;

use super::{HOSTILE, at, channel_id, id, person_id};

pub fn messages() -> Vec<Message> {
    [
        (2, 8, "Is the second number per team or per request?"),
        (3, 10, "Per request, I think: **forty disks** for one search. There's a [write-up](https://example.org/disks)."),
        (1, 14, "We see the same. `fsync` is where the night goes.\n\n```sh\nstrace -c -e fsync -p $(pidof db)\n```"),
        (4, 17, "> who has to be awake for it\n\nThat line should be on a wall."),
        (2, 19, "Leila, what would you throw away first?"),
    ]
    .into_iter()
    .enumerate()
    .map(|(n, (who, minute, text))| message(n as u8, who, at(0, 13, minute), text))
    .chain([removed()])
    .collect()
}

fn removed() -> Message {
    Message {
        author: None,
        body: None,
        removed: Some(Removal::Moderator),
        ..message(5, 0, at(0, 13, 21), "")
    }
}

fn message(n: u8, who: u8, sent_at: Timestamp, source: &str) -> Message {
    let (name, pronouns) = [
        ("", None),
        ("Ada Brandt", Some("she/her")),
        ("Ruben Castillo", None),
        ("Marit Solheim", Some("they/them")),
        ("ליאור בן־עמי", None),
    ][who as usize % 5];
    Message {
        id: MessageId(id(5, n)),
        channel: channel_id(),
        seq: i64::from(n) + 1,
        author: (who > 0).then(|| Author {
            id: person_id(who),
            name: name.into(),
            pronouns: pronouns.map(Into::into),
            kind: if who == 3 {
                PersonKind::Bot
            } else {
                PersonKind::Person
            },
        }),
        sent_at: sent_at.0,
        source: source.into(),
        body: Some(rich_text::parse(source)),
        reactions: match n {
            1 => vec![reaction("👍", 4, true), reaction("🎉", 1, false)],
            3 => vec![reaction("❤️", 9, false)],
            _ => vec![],
        },
        kind: if n == 4 {
            MessageKind::Action
        } else {
            MessageKind::Said
        },
        thread: None,
        in_channel: true,
        replies: if n == 0 { 2 } else { 0 },
        last_reply_at: (n == 0).then(|| at(0, 13, 18).0),
        reply_to: (n == 1).then(|| Quoted {
            id: MessageId(id(5, 0)),
            seq: 1,
            author: None,
            excerpt: "Is the second number per team".into(),
        }),
        edited_at: (n == 2).then(|| sent_at.0 + 60_000),
        removed: None,
        pinned: n == 3,
        mentions: vec![],
    }
}

fn reaction(emoji: &str, count: i64, mine: bool) -> Reaction {
    Reaction {
        emoji: emoji.into(),
        count,
        mine,
    }
}

pub fn hostile_messages() -> Vec<Message> {
    let mut list = vec![
        message(1, 0, at(0, 13, 1), HOSTILE),
        message(
            2,
            2,
            at(0, 13, 2),
            "- a\n  - b\n    - <img src=x onerror=alert(1)>\n\n> q\n> > `</code>` ~~s~~ *e*\n\n1. one\n\n[x](https://example.org/\"onclick=alert)",
        ),
    ];
    list[1].author = Some(Author {
        id: person_id(9),
        name: HOSTILE.into(),
        pronouns: Some(HOSTILE.into()),
        kind: PersonKind::Webhook,
    });
    list[1].reactions = vec![reaction("\"><script>", 2, false)];
    list[1].reply_to = Some(Quoted {
        id: MessageId(id(5, 1)),
        seq: 1,
        author: list[1].author.clone(),
        excerpt: HOSTILE.into(),
    });
    list
}
