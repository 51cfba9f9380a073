//! Fills the demo: the programme, people with roles, and some conversation from
//! before anyone came.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use anyhow::Context;
use hallway_interchange::{Generator, WriteOptions, write_xml};
use hallway_model::access::{Actor, Role};
use hallway_model::channels::{ChannelDraft, Mark};
use hallway_model::events::{EventDraft, Settings};
use hallway_model::ids::{ChannelId, Code, IdempotencyKey, MessageId};
use hallway_model::outside_rooms::OutsideDraft;
use hallway_model::people::{DisplayName, Email};
use hallway_model::secrets::Secret;
use hallway_model::time::{Now, Span, Timestamp, Zone};
use hallway_protocol::images::AttachImage;
use hallway_service::bots::{MakeBot, TokenDraft};
use hallway_service::digests::SetDigest;
use hallway_service::events::{ChangeSettings, CreateEvent};
use hallway_service::imports::{Source, namespace};
use hallway_service::messages::PostMessage;
use hallway_service::outside_rooms::RegisterOutsideRoom;
use hallway_service::people::ShowMyself;
use hallway_service::pins::PinMessage;
use hallway_service::places::{MarkChannel, OpenChannel, Setting};
use hallway_service::reactions::AddReaction;
use hallway_service::reading::MarkRead;
use hallway_service::revisions::RemoveMessage;
use hallway_service::sign_ins::{CreateUser, GrantRole};
use hallway_service::{HookPayload, Service};

use super::{conduct, pictures, programme};

pub const SLUG: &str = "lantern";
/// Where guests may be played.
const REHEARSAL: &str = "rehearsal";

/// Who can be in the demo: a role, a name, and what they would open first.
pub const ROLES: [(Role, &str, &str); 6] = [
    (Role::Admin, "Ada Admin", "/"),
    (Role::Organiser, "Omar Organiser", "/lantern/organise/"),
    (
        Role::Producer,
        "Petra Producer",
        "/lantern/organise/stage/lantern/",
    ),
    (Role::Moderator, "Mina Moderator", "/lantern/chat/"),
    (Role::Speaker, "Amara Okafor", "/lantern/"),
    (Role::Attendee, ATTENDEE, "/lantern/"),
];

/// Who comes back to news in the lobby: after its first greetings they left.
const ATTENDEE: &str = "Alex Attendee";
const GREETINGS: i64 = 5;
const LEFT_MINUTES_AGO: i64 = 150;

const CONVERSATION: &str = include_str!("conversation.txt");

/// A clock that is set back while the past is written.
#[derive(Clone)]
pub struct PastClock(Arc<AtomicI64>);

impl PastClock {
    pub fn at(now: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(now.0)))
    }
    pub(super) fn set(&self, now: Timestamp) {
        self.0.store(now.0, Ordering::Release);
    }
}

impl Now for PastClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::Acquire))
    }
}

pub fn email(name: &str) -> anyhow::Result<Email> {
    Ok(Email::parse(&format!(
        "{}@demo.invalid",
        hallway_model::slug::from_name(name, "someone")
    ))?)
}

/// Writes the summit into an empty installation. `service` runs on `clock`.
pub async fn fill(service: &Service, clock: &PastClock, now: Timestamp) -> anyhow::Result<()> {
    let operator = Actor::operator();
    clock.set(now - Span::hours(6));
    let zone = Zone::named("Europe/Berlin")?;
    let xml = as_xml(now, &zone);
    service
        .import_schedule(&operator, SLUG, None, Source::Bytes(xml.into()))
        .await
        .context("the demo's programme")?;
    let snapshot = service.programme(&operator, SLUG).await?;
    for room in &snapshot.rooms {
        // A room is a stage once it has a key; who streams there asks for another.
        service
            .rotate_stream_key(&operator, SLUG, &room.slug)
            .await?;
    }
    for (role, name, _) in ROLES {
        add_person(service, name).await?;
        let event = (role != Role::Admin).then(|| SLUG.to_owned());
        if role != Role::Attendee {
            let grant = GrantRole {
                email: email(name)?,
                role,
                event,
                room: None,
            };
            service.write(&operator, None, grant).await?;
        }
    }
    clock.set(now - Span::hours(3));
    // Whom somebody calls later, and who then has mail.
    let mails = SetDigest {
        pace: "soon".to_owned(),
    };
    let attendee = actor(service, ATTENDEE).await?;
    service.write(&attendee, None, mails).await?;
    open_places(service).await?;
    converse(service, clock, now).await?;
    conduct::fill(service, clock, now).await?;
    show_themselves(service).await?;
    clock.set(now - Span::minutes(4));
    let_programs_in(service).await?;
    clock.set(now);
    adopt_places(service).await?;
    rehearse(service, now).await
}

/// An event where nothing is real, for the organiser to fill with guests.
async fn rehearse(service: &Service, now: Timestamp) -> anyhow::Result<()> {
    let operator = Actor::operator();
    let title = "Dress rehearsal";
    let zone = Zone::named("Europe/Berlin")?;
    let day = (now + Span::days(14)).day(&zone).to_string();
    let create = CreateEvent {
        draft: EventDraft {
            title: title.into(),
            slug: REHEARSAL.into(),
            first_day: day.clone(),
            last_day: day,
            zone: zone.name().to_owned(),
        },
    };
    service.write(&operator, None, create).await?;
    let settings = ChangeSettings {
        event: REHEARSAL.into(),
        title: title.into(),
        settings: Settings {
            rehearsal: true,
            ..Settings::default()
        },
    };
    service.write(&operator, None, settings).await?;
    let grant = GrantRole {
        email: email("Omar Organiser")?,
        role: Role::Organiser,
        event: Some(REHEARSAL.into()),
        room: None,
    };
    Ok(service.write(&operator, None, grant).await?)
}

/// Channels that people of the demo opened, and a place they have elsewhere.
const OPENED: [(&str, &str, &str, &str); 4] = [
    (
        "Mei Tanaka",
        "Night owls",
        "For everyone whose evening is the summit's morning.",
        "en",
    ),
    (
        "Ines Carvalho",
        "Mesa portuguesa",
        "Almoço e conversa em português, todos os dias.",
        "pt",
    ),
    (
        "Rosa Jiménez",
        "Homelab pictures",
        "Three machines under a desk count as a cluster.",
        "",
    ),
    // The attendee whose link the demo prints looks after a place.
    (
        ATTENDEE,
        "First steps",
        "For everyone who is at a summit for the first time.",
        "en",
    ),
];

async fn open_places(service: &Service) -> anyhow::Result<()> {
    for (who, name, about, language) in OPENED {
        add_person(service, who).await?;
        let actor = actor_of(service, who).await?;
        let draft = ChannelDraft {
            name: name.into(),
            about: about.into(),
            language: language.into(),
            door: "public".into(),
        };
        let event = SLUG.to_owned();
        service
            .write(&actor, None, OpenChannel { event, draft })
            .await?;
    }
    let elsewhere = RegisterOutsideRoom {
        event: SLUG.to_owned(),
        draft: OutsideDraft {
            name: "Lantern friends".into(),
            kind: "matrix".into(),
            url: "https://matrix.to/#/#lantern:example.org".into(),
            run_by: "Lukas Gruber".into(),
        },
    };
    add_person(service, "Lukas Gruber").await?;
    let actor = actor_of(service, "Lukas Gruber").await?;
    service.write(&actor, None, elsewhere).await?;
    Ok(())
}

/// The organisers made one of them the event's own, and recommend another.
async fn adopt_places(service: &Service) -> anyhow::Result<()> {
    let organiser = actor_of(service, "Omar Organiser").await?;
    for (channel, mark) in [
        ("night-owls", Mark::Adopted),
        ("mesa-portuguesa", Mark::Endorsed),
    ] {
        let command = MarkChannel {
            event: SLUG.to_owned(),
            channel: channel.to_owned(),
            mark,
            set: Setting::On,
        };
        service.write(&organiser, None, command).await?;
    }
    Ok(())
}

/// Those whose links the demo prints are named where they are, so that two
/// browsers see each other.
async fn show_themselves(service: &Service) -> anyhow::Result<()> {
    for (role, name, _) in ROLES {
        if role == Role::Admin {
            continue;
        }
        let actor = actor_of(service, name).await?;
        let shown = ShowMyself {
            listed: true,
            named: true,
            languages: "en".to_owned(),
            ..ShowMyself::default()
        };
        service.write(&actor, None, shown).await?;
    }
    Ok(())
}

async fn actor_of(service: &Service, name: &str) -> anyhow::Result<Actor> {
    let token: Secret = service
        .make_token(&Actor::operator(), email(name)?, "demo")
        .await?;
    let signed_in = service
        .signed_in(token.reveal())
        .await?
        .context("a person of the demo")?;
    Ok(signed_in.actor)
}

/// The programme goes in as a file, the way any programme would.
fn as_xml(now: Timestamp, zone: &Zone) -> String {
    let base_url = "https://demo.invalid/";
    write_xml(
        &programme::at(now, zone),
        &WriteOptions {
            event_slug: SLUG,
            base_url,
            self_url: None,
            namespace: namespace(SLUG),
            now,
            changed: None,
            sequence: 1,
            generator: Generator {
                name: "hallway",
                version: env!("CARGO_PKG_VERSION"),
                url: None,
            },
            session_url: &|code: &Code| format!("{base_url}{code}"),
            stage_url: &|_| None,
        },
    )
}

async fn add_person(service: &Service, name: &str) -> anyhow::Result<()> {
    let operator = Actor::operator();
    let email = email(name)?;
    service
        .write(
            &operator,
            None,
            CreateUser {
                email: email.clone(),
                name: DisplayName::parse(name)?,
            },
        )
        .await?;
    let registered = GrantRole {
        email,
        role: Role::Attendee,
        event: Some(SLUG.to_owned()),
        room: None,
    };
    Ok(service.write(&operator, None, registered).await?)
}

/// A webhook and a bot that have said something, marked as what they are.
async fn let_programs_in(service: &Service) -> anyhow::Result<()> {
    let operator = Actor::operator();
    let key = || IdempotencyKey(service.random().uuid(service.now()));
    let hook = service
        .make_hook(&operator, key(), SLUG, "lobby", "Build lamp")
        .await?
        .context("the demo's webhook")?;
    let payload = br#"{"text": "The captions server is *green* again: <https://status.demo.invalid|status>"}"#;
    let payload = HookPayload::read(payload).map_err(anyhow::Error::msg)?;
    service.post_by_hook(hook.reveal(), None, payload).await?;
    let make = MakeBot {
        event: SLUG.to_owned(),
        name: "Timekeeper".to_owned(),
    };
    let bot = service.write(&operator, None, make).await?;
    let draft = TokenDraft {
        label: "demo".to_owned(),
        scopes: vec!["chat:write".to_owned(), "programme:read".to_owned()],
        ..TokenDraft::default()
    };
    let token = service
        .make_bot_token(&operator, key(), SLUG, bot, draft)
        .await?
        .context("the demo's token")?;
    let signed_in = service
        .signed_in(token.reveal())
        .await?
        .context("the demo's bot")?;
    let channel = *channels(service).await?.get("lobby").context("the lobby")?;
    let said = PostMessage::new(
        channel,
        "Ten minutes to the next change of rooms. Water, stretch, look out of a window.",
    );
    service.write(&signed_in.actor, Some(key()), said).await?;
    Ok(())
}

/// Says what stands in `conversation.txt`, each line at its time.
async fn converse(service: &Service, clock: &PastClock, now: Timestamp) -> anyhow::Result<()> {
    let channels = channels(service).await?;
    let mut lines: Vec<Said<'_>> = CONVERSATION.lines().filter_map(Said::parse).collect();
    lines.sort_by_key(|said| std::cmp::Reverse(said.minutes_ago));
    let mut actors: HashMap<&str, Actor> = HashMap::new();
    for said in &lines {
        if !actors.contains_key(said.who) {
            add_person(service, said.who).await?;
            actors.insert(said.who, actor_of(service, said.who).await?);
        }
    }
    let names: Vec<&str> = actors.keys().copied().collect();
    let mut posted: HashMap<(&str, i64), MessageId> = HashMap::new();
    for said in lines {
        clock.set(now - Span::minutes(said.minutes_ago));
        let channel = *channels
            .get(said.channel)
            .with_context(|| format!("channel {}", said.channel))?;
        let to = |minutes: i64| posted.get(&(said.channel, minutes)).copied();
        let mut images = vec![];
        if said.pictured {
            let night = pictures::night()?.into();
            let image = service
                .send_image(&actors[said.who], channel, night)
                .await?;
            images.push(AttachImage {
                id: image.id,
                alt: pictures::SHOWN.to_owned(),
            });
        }
        let command = PostMessage {
            images,
            reply_to: said.answers.and_then(to),
            thread: said.thread.and_then(to),
            ..PostMessage::new(channel, said.text.replace("\\n", "\n"))
        };
        let key = IdempotencyKey(service.random().uuid(service.now()));
        let message = service.write(&actors[said.who], Some(key), command).await?;
        posted.insert((said.channel, said.minutes_ago), message.id);
        let (operator, message_id) = (Actor::operator(), message.id);
        if said.pinned {
            let message = message_id;
            service
                .write(&operator, None, PinMessage { message })
                .await?;
        }
        if said.removed {
            let message = message_id;
            service
                .write(&operator, None, RemoveMessage { message })
                .await?;
        }
        for (emoji, count) in said.reactions {
            react(service, &actors, &names, said.who, message.id, emoji, count).await?;
        }
    }
    leave(service, clock, now, &channels).await
}

async fn actor(service: &Service, name: &str) -> anyhow::Result<Actor> {
    let token: Secret = service
        .make_token(&Actor::operator(), email(name)?, "demo")
        .await?;
    let signed_in = service
        .signed_in(token.reveal())
        .await?
        .context("a person of the demo")?;
    Ok(signed_in.actor)
}

/// The attendee was here for the first greetings and comes back to what is new.
async fn leave(
    service: &Service,
    clock: &PastClock,
    now: Timestamp,
    channels: &HashMap<String, ChannelId>,
) -> anyhow::Result<()> {
    let attendee = actor(service, ATTENDEE).await?;
    let lobby = *channels.get("lobby").context("the lobby")?;
    clock.set(now - Span::minutes(LEFT_MINUTES_AGO));
    let read = MarkRead {
        channel: lobby,
        seq: GREETINGS,
    };
    service.write(&attendee, None, read).await?;
    Ok(())
}

async fn react(
    service: &Service,
    actors: &HashMap<&str, Actor>,
    names: &[&str],
    author: &str,
    message: MessageId,
    emoji: &str,
    count: usize,
) -> anyhow::Result<()> {
    for name in names.iter().filter(|name| **name != author).take(count) {
        let command = AddReaction {
            message,
            emoji: emoji.to_owned(),
        };
        service.write(&actors[name], None, command).await?;
    }
    Ok(())
}

/// Channels by the words of the file: a slug, or a session's number.
async fn channels(service: &Service) -> anyhow::Result<HashMap<String, ChannelId>> {
    let operator = Actor::operator();
    let mut found = HashMap::new();
    let listed = service.places(&operator, SLUG).await?.places;
    for place in &listed {
        // The lobby, and what people opened, by its address.
        if place.channel.kind.session().is_none() {
            found.insert(place.channel.slug.clone(), place.channel.id);
        }
    }
    let snapshot = service.programme(&operator, SLUG).await?;
    for session in &snapshot.sessions {
        if let (Some(id), Some(channel)) = (
            &session.identity.id,
            listed
                .iter()
                .find(|place| place.channel.kind.session() == Some(session.id)),
        ) {
            found.insert(id.clone(), channel.channel.id);
        }
    }
    Ok(found)
}

struct Said<'a> {
    channel: &'a str,
    minutes_ago: i64,
    who: &'a str,
    text: &'a str,
    reactions: Vec<(&'a str, usize)>,
    /// The line that it answers, by its minutes.
    answers: Option<i64>,
    /// The line in whose thread it is.
    thread: Option<i64>,
    pinned: bool,
    removed: bool,
    /// Shows the night.
    pictured: bool,
}

impl<'a> Said<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        if line.starts_with('#') || line.trim().is_empty() {
            return None;
        }
        let mut parts = line.splitn(4, " | ").map(str::trim);
        let (place, minutes_ago, who) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?);
        let mut place = place.split_whitespace();
        let (channel, mark) = (place.next()?, place.next());
        let line = match place.next() {
            Some(minutes) => Some(minutes.parse().ok()?),
            None => None,
        };
        let rest = parts.next()?;
        // A code line may hold a bar itself: reactions are what ends in a number.
        let (text, reactions) = match rest.rsplit_once(" | ") {
            Some((text, tail))
                if tail
                    .rsplit(' ')
                    .next()
                    .is_some_and(|n| n.parse::<usize>().is_ok()) =>
            {
                (text, tail)
            }
            _ => (rest, ""),
        };
        let reactions = reactions
            .split(',')
            .filter_map(|one| one.trim().split_once(' '))
            .filter_map(|(emoji, count)| Some((emoji, count.trim().parse().ok()?)))
            .collect();
        Some(Self {
            channel,
            minutes_ago,
            who,
            text,
            reactions,
            answers: line.filter(|_| mark == Some(">")),
            thread: line.filter(|_| mark == Some("#")),
            pinned: mark == Some("!"),
            removed: mark == Some("x"),
            pictured: mark == Some("*"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_conversation_reads() {
        let lines: Vec<&str> = CONVERSATION
            .lines()
            .filter(|l| !l.starts_with('#') && !l.trim().is_empty())
            .collect();
        assert!(lines.len() > 15);
        let all: Vec<Said<'_>> = lines.iter().filter_map(|line| Said::parse(line)).collect();
        for said in &all {
            for to in said.answers.into_iter().chain(said.thread) {
                let there = |other: &Said<'_>| {
                    (other.channel, other.minutes_ago) == (said.channel, to)
                        && to > said.minutes_ago
                };
                assert!(all.iter().any(there), "{}", said.text);
            }
        }
        assert!(all.iter().any(|said| said.pinned) && all.iter().any(|said| said.removed));
        assert!(all.iter().any(|said| said.pictured));
        for line in lines {
            let said = Said::parse(line).unwrap_or_else(|| panic!("{line}"));
            assert!(!said.text.is_empty(), "{line}");
            for (emoji, _) in said.reactions {
                assert!(hallway_model::emoji::Emoji::parse(emoji).is_ok(), "{emoji}");
            }
        }
    }
}
