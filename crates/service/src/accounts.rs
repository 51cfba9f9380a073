//! One's own account: profile, sign-ins, the export of everything that is
//! one's own, and deletion.

use std::io::Write;

use hallway_model::access::Actor;
use hallway_model::ids::{MessageId, PersonId};
use hallway_model::people::{DisplayName, Language, Person, pronouns};
use hallway_model::time::{Timestamp, Zone};
use hallway_protocol::rich_text::{Block, Inline};
use hallway_store::sign_ins::SignIn;
use hallway_store::{
    accounts as store, events, messages, outbox, registrations, role_grants, sign_ins,
};
use serde::Serialize;
use uuid::Uuid;

use crate::Service;
use crate::command::{Command, Ctx};
use crate::error::Error;

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
        match self.words {
            Words::Anonymous => messages::forget_author(ctx.conn, person.id).await?,
            Words::Removed => {
                let removed = vec![Block::Paragraph {
                    children: vec![Inline::Text { text: "—".into() }],
                }];
                let body =
                    serde_json::to_string(&removed).map_err(|e| Error::Internal(e.to_string()))?;
                messages::erase_of_author(ctx.conn, person.id, &body).await?;
            }
        }
        // Events repeat the name and the words; clients that catch up refetch.
        outbox::erase_messages_of(ctx.conn, &person.id.to_string()).await?;
        Ok(store::erase(ctx.conn, person.id, person.email.as_ref(), ctx.now()).await?)
    }
}

async fn own(ctx: &mut Ctx<'_>, actor: &Actor) -> Result<Person, Error> {
    let id = actor.person.ok_or(Error::SignInNeeded)?;
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
    messages: Vec<ExportedMessage>,
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

#[derive(Serialize)]
struct ExportedMessage {
    channel: Uuid,
    number: i64,
    sent: Timestamp,
    text: String,
}

/// Messages read at a time for an export.
const PAGE: i64 = 500;

impl Service {
    pub async fn account(&self, actor: &Actor) -> Result<Overview, Error> {
        let id = actor.person.ok_or(Error::SignInNeeded)?;
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

    /// Everything that is one's own as a ZIP of JSON and HTML.
    pub async fn export_account(&self, actor: &Actor) -> Result<Vec<u8>, Error> {
        let id = actor.person.ok_or(Error::SignInNeeded)?;
        let now = self.now();
        let mut conn = self.read().await?;
        let person = store::find(&mut conn, id)
            .await?
            .ok_or(Error::SignInNeeded)?;
        let mut own_messages = vec![];
        let mut after = MessageId(Uuid::nil());
        loop {
            let page = messages::list_of_author(&mut conn, id, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.id;
            own_messages.extend(page.into_iter().map(|m| ExportedMessage {
                channel: m.channel.0,
                number: m.seq,
                sent: m.sent,
                text: m.source,
            }));
        }
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
            messages: own_messages,
        };
        zip(&export).map_err(|e| Error::Internal(e.to_string()))
    }
}

fn zip(export: &Export<'_>) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(vec![]));
    let options = zip::write::SimpleFileOptions::default();
    zip.start_file("account.json", options)?;
    zip.write_all(&serde_json::to_vec_pretty(export)?)?;
    zip.start_file("account.html", options)?;
    zip.write_all(html(export).as_bytes())?;
    Ok(zip.finish()?.into_inner())
}

/// The same for reading: one plain page, every value escaped.
fn html(export: &Export<'_>) -> String {
    let escape = |text: &str| {
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;")
    };
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
    for message in &export.messages {
        page.push_str(&format!(
            "<li><time>{}</time><pre>{}</pre></li>",
            day(message.sent),
            escape(&message.text)
        ));
    }
    page.push_str("</ol></html>");
    page
}
