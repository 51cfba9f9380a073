//! One's own account: profile, sign-ins, the export of everything that is
//! one's own, and deletion.

use std::collections::HashMap;

use hallway_model::access::Actor;
use hallway_model::digests::Pace;
use hallway_model::ids::{ChannelId, ImageId, MessageId, PersonId};
use hallway_model::images::Size;
use hallway_model::people::{DisplayName, Language, Person, pronouns};
use hallway_model::quiet_hours::QuietHours;
use hallway_model::time::{Span, Timestamp, Zone};
use hallway_protocol::rich_text::{Block, Inline};
use hallway_protocol::routes;
use hallway_store::sign_ins::SignIn;
use hallway_store::{
    Conn, accounts as store, blocks, channels, digests, events, images, members, messages, outbox,
    outgoing_hooks, profiles, push_subscriptions, quiet_hours, registrations, reports, role_grants,
    sign_ins,
};
use serde::Serialize;
use uuid::Uuid;

use crate::Service;
use crate::access::access_own;
use crate::chat_exports::{self, Leaving};
use crate::command::{Command, Ctx};
use crate::error::Error;
use crate::images::file_name;
use crate::zips::Zip;

/// What somebody typed into their profile.
#[derive(Clone, Debug)]
pub struct ChangeProfile {
    pub name: String,
    pub pronouns: String,
    /// Blank: the event's zone.
    pub zone: String,
    /// Blank: the browser's language.
    pub language: String,
}

impl Command for ChangeProfile {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let person = own(ctx, actor).await?;
        ctx.names_changed();
        let mut wrong = vec![];
        let name = DisplayName::parse(&self.name).map_err(|e| wrong.push(("name", e.to_string())));
        let pronouns =
            pronouns(&self.pronouns).map_err(|e| wrong.push(("pronouns", e.to_string())));
        let zone = match self.zone.trim() {
            "" => Ok(None),
            zone => Zone::named(zone)
                .map(Some)
                .map_err(|e| wrong.push(("zone", e.to_string()))),
        };
        let language = match self.language.as_str() {
            "" => Ok(None),
            code => Language::from_code(code)
                .map(Some)
                .ok_or_else(|| wrong.push(("language", "English or German".into()))),
        };
        match (name, pronouns, zone, language) {
            (Ok(name), Ok(pronouns), Ok(zone), Ok(language)) => {
                let changed = Person {
                    name,
                    pronouns,
                    zone,
                    language,
                    ..person
                };
                Ok(store::update(ctx.conn, &changed).await?)
            }
            _ => Err(Error::Invalid(wrong)),
        }
    }
}

/// What becomes of the messages of a deleted account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Words {
    /// They stay, without a name.
    Anonymous,
    /// They become "removed".
    Removed,
}

/// Deletes one's own account, now and for good.
#[derive(Clone, Debug)]
pub struct DeleteAccount {
    pub words: Words,
}

impl Command for DeleteAccount {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let person = own(ctx, actor).await?;
        ctx.names_changed();
        match self.words {
            Words::Anonymous => {
                messages::forget_author(ctx.conn, person.id).await?;
                let unposted = images::delete_unposted_of(ctx.conn, person.id).await?;
                images::forget_person(ctx.conn, person.id).await?;
                crate::images::forget(ctx, unposted).await?;
            }
            Words::Removed => {
                let removed = vec![Block::Paragraph {
                    children: vec![Inline::Text { text: "—".into() }],
                }];
                let body =
                    serde_json::to_string(&removed).map_err(|e| Error::Internal(e.to_string()))?;
                messages::erase_of_author(ctx.conn, person.id, &body).await?;
                let sent = images::delete_of(ctx.conn, person.id).await?;
                crate::images::forget(ctx, sent).await?;
            }
        }
        crate::mentions::forget(ctx.conn, person.id).await?;
        // What is on its way out of this installation would tell it again.
        let now = ctx.now();
        chat_exports::forget_before(ctx, now + Span(1)).await?;
        // Events repeat the name and the words; clients that catch up refetch.
        outbox::erase_messages_of(ctx.conn, &person.id.to_string()).await?;
        reports::forget_person(ctx.conn, person.id).await?;
        outgoing_hooks::erase_deliveries_of(ctx.conn, &person.id.to_string()).await?;
        store::erase(ctx.conn, person.id, person.email.as_ref(), ctx.now()).await?;
        ctx.rights_changed(person.id).await
    }
}

async fn own(ctx: &mut Ctx<'_>, actor: &Actor) -> Result<Person, Error> {
    let id = access_own(actor)?;
    store::find(ctx.conn, id).await?.ok_or(Error::SignInNeeded)
}

/// What the account page shows.
#[derive(Clone, Debug)]
pub struct Overview {
    pub person: Person,
    pub sign_ins: Vec<SignIn>,
    pub events: Vec<hallway_model::events::Event>,
    /// How many messages the person has written.
    pub messages: usize,
}

#[derive(Serialize)]
struct Export<'a> {
    exported_at: Timestamp,
    profile: Profile<'a>,
    roles: Vec<hallway_model::access::Grant>,
    registrations: Vec<ExportedRegistration>,
    sign_ins: Vec<ExportedSignIn>,
    /// How others see the person.
    card: hallway_model::profiles::Profile,
    channels: Vec<ExportedPlace>,
    blocked: Vec<PersonId>,
    /// Addresses at which browsers are told.
    told_at: Vec<String>,
    /// From when to when they are not, on the person's own clock.
    quiet: Option<(String, String)>,
    /// How often they are told by mail.
    mails: &'static str,
}

#[derive(Serialize)]
struct ExportedPlace {
    channel: Uuid,
    role: &'static str,
    state: &'static str,
}

#[derive(Serialize)]
struct Profile<'a> {
    id: PersonId,
    name: &'a str,
    email: Option<&'a str>,
    pronouns: Option<&'a str>,
    zone: Option<&'a str>,
    language: Option<&'a str>,
    created: Timestamp,
}

#[derive(Serialize)]
struct ExportedRegistration {
    event: String,
    title: String,
    registered: Timestamp,
}

#[derive(Serialize)]
struct ExportedSignIn {
    kind: String,
    browser: String,
    created: Timestamp,
    seen: Timestamp,
}

/// Something the person wrote, with where it stands.
#[derive(Serialize)]
struct ExportedMessage {
    event: String,
    channel: String,
    channel_name: String,
    /// The page it stands on, where it still does.
    url: String,
    number: i64,
    sent: String,
    text: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    images: Vec<ExportedImage>,
}

/// Where a message stands, told once per channel.
#[derive(Clone)]
struct Place {
    event: String,
    channel: String,
    channel_name: String,
}

/// Messages read at a time for an export.
const PAGE: i64 = 500;

impl Service {
    pub async fn account(&self, actor: &Actor) -> Result<Overview, Error> {
        let id = access_own(actor)?;
        let mut conn = self.read().await?;
        let person = store::find(&mut conn, id)
            .await?
            .ok_or(Error::SignInNeeded)?;
        let sign_ins = sign_ins::list(&mut conn, id, self.now()).await?;
        let mut registered = vec![];
        for event in registrations::events_of(&mut conn, id).await? {
            registered.extend(events::find(&mut conn, event).await?);
        }
        let messages = messages::count_of_author(&mut conn, id).await?;
        Ok(Overview {
            person,
            sign_ins,
            events: registered,
            messages: usize::try_from(messages).unwrap_or_default(),
        })
    }

    /// Everything that is one's own as a ZIP of JSON and HTML, made while it is
    /// sent: somebody may have written a lot.
    pub async fn export_account(&self, actor: &Actor) -> Result<Leaving, Error> {
        let id = access_own(actor)?;
        let now = self.now();
        let mut conn = self.read().await?;
        let person = store::find(&mut conn, id)
            .await?
            .ok_or(Error::SignInNeeded)?;
        let mut registered = vec![];
        for (event, when) in registrations::list(&mut conn, id).await? {
            if let Some(event) = events::find(&mut conn, event).await? {
                registered.push(ExportedRegistration {
                    event: event.slug,
                    title: event.title,
                    registered: when,
                });
            }
        }
        let export = Export {
            exported_at: now,
            profile: Profile {
                id,
                name: person.name.as_str(),
                email: person.email.as_ref().map(|e| e.as_str()),
                pronouns: person.pronouns.as_deref(),
                zone: person.zone.as_ref().map(Zone::name),
                language: person.language.map(Language::code),
                created: person.created,
            },
            roles: role_grants::list(&mut conn, id).await?,
            registrations: registered,
            sign_ins: sign_ins::list(&mut conn, id, now)
                .await?
                .into_iter()
                .map(|s| ExportedSignIn {
                    kind: s.kind,
                    browser: s.label,
                    created: s.created,
                    seen: s.seen,
                })
                .collect(),
            card: profiles::find(&mut conn, id).await?,
            channels: members::list_all_of(&mut conn, id)
                .await?
                .into_iter()
                .map(|(channel, membership)| ExportedPlace {
                    channel: channel.0,
                    role: membership.role.word(),
                    state: membership.state.word(),
                })
                .collect(),
            blocked: blocks::list(&mut conn, id).await?,
            told_at: push_subscriptions::list_endpoints(&mut conn, id).await?,
            quiet: quiet_hours::find(&mut conn, id)
                .await?
                .map(QuietHours::texts),
            mails: digests::find(&mut conn, id)
                .await?
                .map_or(Pace::Off, |digest| digest.pace)
                .word(),
        };
        let json =
            serde_json::to_vec_pretty(&export).map_err(|e| Error::Internal(e.to_string()))?;
        let html = html(&export);
        drop(conn);
        let service = self.clone();
        let chunks = Zip::spawn(async move |mut zip: Zip| {
            zip.member("account.json").await?;
            zip.write(&json).await?;
            zip.member("messages.jsonl").await?;
            service
                .write_own_messages(&mut zip, id, |message| {
                    let line = serde_json::to_string(message);
                    line.map(|line| line + "\n").unwrap_or_default()
                })
                .await?;
            zip.member("account.html").await?;
            zip.write(html.as_bytes()).await?;
            service
                .write_own_messages(&mut zip, id, message_html)
                .await?;
            zip.write(b"</ol></html>").await?;
            service.write_own_images(&mut zip, id).await?;
            Ok(zip)
        });
        Ok(Leaving {
            file_name: "hallway-account.zip".into(),
            chunks,
        })
    }

    /// The pictures in what somebody wrote, each a file.
    async fn write_own_images(&self, zip: &mut Zip, author: PersonId) -> Result<(), Error> {
        let mut after = ImageId(Uuid::nil());
        loop {
            let mut conn = self.read().await?;
            let page = images::list_of(&mut conn, author, after, PAGE).await?;
            drop(conn);
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = last.id;
            for image in &page {
                if let Some(pixels) = self.pixels(image.id, Size::Large).await? {
                    zip.member(&file_name(image)).await?;
                    zip.write(&pixels).await?;
                }
            }
        }
    }

    async fn write_own_messages(
        &self,
        zip: &mut Zip,
        author: PersonId,
        form: fn(&ExportedMessage) -> String,
    ) -> Result<(), Error> {
        let mut places: HashMap<ChannelId, Place> = HashMap::new();
        let mut after = MessageId(Uuid::nil());
        loop {
            let mut text = String::new();
            let mut conn = self.read().await?;
            let page = messages::list_of_author(&mut conn, author, after, PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = last.id;
            for message in page.into_iter().filter(|m| m.removed.is_none()) {
                let place = match places.get(&message.channel) {
                    Some(place) => place.clone(),
                    None => {
                        let place = place(&mut conn, message.channel).await?;
                        places.insert(message.channel, place.clone());
                        place
                    }
                };
                text.push_str(&form(&ExportedMessage {
                    url: format!(
                        "{}{}",
                        self.settings().base_url,
                        routes::message(&place.event, &place.channel, message.seq)
                    ),
                    event: place.event,
                    channel: place.channel,
                    channel_name: place.channel_name,
                    number: message.seq,
                    sent: message.sent.rfc3339(&Zone::utc()),
                    text: message.source,
                    images: crate::images::shown(message.images.as_deref())?
                        .into_iter()
                        .map(|image| ExportedImage {
                            id: image.id,
                            alt: image.alt,
                        })
                        .collect(),
                }));
            }
            drop(conn);
            zip.write(text.as_bytes()).await?;
        }
    }
}

/// A picture in what the person wrote.
#[derive(Serialize)]
struct ExportedImage {
    /// Its file's name begins with it.
    id: ImageId,
    alt: String,
}

async fn place(conn: &mut Conn, channel: ChannelId) -> Result<Place, Error> {
    let channel = channels::find(conn, channel)
        .await?
        .ok_or(Error::NotFound)?;
    let event = events::find(conn, channel.event)
        .await?
        .ok_or(Error::NotFound)?;
    Ok(Place {
        event: event.slug,
        channel: channel.slug,
        channel_name: channel.name,
    })
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn message_html(message: &ExportedMessage) -> String {
    let images: String = message
        .images
        .iter()
        .map(|image| format!("<p>images/{}: {}</p>", image.id, escape(&image.alt)))
        .collect();
    format!(
        "<li><a href=\"{}\"><time>{}</time> {}, {}</a><pre>{}</pre>{images}</li>\n",
        escape(&message.url),
        message.sent,
        escape(&message.event),
        escape(&message.channel_name),
        escape(&message.text)
    )
}

/// The same for reading: one plain page, every value escaped, up to the
/// messages.
fn html(export: &Export<'_>) -> String {
    let day = |at: Timestamp| at.rfc3339(&Zone::utc());
    let mut page = String::from(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>My data</title><h1>My data</h1><dl>",
    );
    let profile = &export.profile;
    for (term, value) in [
        ("Name", Some(profile.name)),
        ("E-mail", profile.email),
        ("Pronouns", profile.pronouns),
        ("Time zone", profile.zone),
        ("Language", profile.language),
    ] {
        page.push_str(&format!(
            "<dt>{term}</dt><dd>{}</dd>",
            escape(value.unwrap_or("—"))
        ));
    }
    page.push_str("</dl><h2>Registrations</h2><ul>");
    for registration in &export.registrations {
        page.push_str(&format!(
            "<li>{} ({})</li>",
            escape(&registration.title),
            day(registration.registered)
        ));
    }
    page.push_str("</ul><h2>Browsers and tokens</h2><ul>");
    for sign_in in &export.sign_ins {
        page.push_str(&format!(
            "<li>{}, last seen {}</li>",
            escape(&sign_in.browser),
            day(sign_in.seen)
        ));
    }
    page.push_str("</ul><h2>Messages</h2><ol>");
    page
}
