//! Registering and signing in by a mailed link, sign-ins and signing out.
//!
//! Whether an address is known is never told: asking for a link always looks
//! the same, and only the mail differs.

use hallway_model::access::{Action, Actor, Grant, Object, Role, Scope};
use hallway_model::audit::Deed;
use hallway_model::ids::{EventId, PersonId, RegistrationId, SignInId, SignInLinkId};
use hallway_model::people::{DisplayName, Email, Language, Person, PersonKind};
use hallway_model::sanctions::mailbox;
use hallway_model::screening::NEWCOMER;
use hallway_model::secrets::Secret;
use hallway_model::time::{Span, Timestamp};
use hallway_store::sign_ins::{self as store, Link, SignIn};
use hallway_store::{accounts, events, registrations, role_grants, sanctions};
use serde::{Deserialize, Serialize};

use crate::Service;
use crate::access::{access_event, access_own, require};
use crate::audit::Noted;
use crate::command::{Command, Ctx};
use crate::error::Error;
use crate::limits::Prefix;
use crate::{conduct, mails, secrets};

/// How long a mailed link works.
pub const LINK_LIFE: Span = Span::minutes(15);
/// How long a browser stays signed in after it was last seen.
pub const SIGN_IN_LIFE: Span = Span::days(30);
/// Mails to one address within [`LINK_LIFE`]; further ones are not sent.
const MAILS_PER_ADDRESS: i64 = 3;

/// What a visitor typed to get a link.
#[derive(Clone, Debug, Default)]
pub struct LinkRequest {
    pub email: String,
    /// Given at registration, none at sign-in.
    pub name: Option<String>,
    /// Slug of the event to register at.
    pub event: Option<String>,
    pub language: Language,
}

impl Service {
    /// Mails a link. The answer is the same for known and unknown addresses,
    /// and for one that got its mails already.
    pub async fn request_link(&self, from: Prefix, request: LinkRequest) -> Result<(), Error> {
        let mut wrong = vec![];
        let email = Email::parse(&request.email)
            .map_err(|e| wrong.push(("email", e.to_string())))
            .ok();
        let name = match request.name.as_deref().map(DisplayName::parse) {
            Some(Err(error)) => {
                wrong.push(("name", error.to_string()));
                None
            }
            Some(Ok(name)) => Some(name),
            None => None,
        };
        let Some(email) = email.filter(|_| wrong.is_empty()) else {
            return Err(Error::Invalid(wrong));
        };
        self.limits().link(from)?;
        let command = RequestLink {
            email,
            name,
            event: request.event,
            language: request.language,
        };
        self.write(&Actor::visitor(), None, command).await
    }

    /// What a link that still works leads to, without using it: mail scanners
    /// follow links.
    pub async fn usable_link(&self, token: &str) -> Result<Option<UsableLink>, Error> {
        let Some(secret) = Secret::presented(token) else {
            return Ok(None);
        };
        let mut conn = self.read().await?;
        let link = store::find_link(&mut conn, &secrets::hash(&secret)).await?;
        let now = self.now();
        let Some(link) = link.filter(|link| usable(link, now)) else {
            return Ok(None);
        };
        let event = match link.event {
            Some(event) => events::find(&mut conn, event).await?,
            None => None,
        };
        Ok(Some(UsableLink {
            event: event.map(|event| event.title),
        }))
    }

    /// Uses a link: signs its person in, making the account and the
    /// registration it was asked for.
    pub async fn confirm_link(&self, token: &str, label: &str) -> Result<Confirmed, Error> {
        let link = Secret::presented(token).ok_or(Error::LinkSpent)?;
        let session = Secret::generate(self.random());
        let command = ConfirmLink {
            link_hash: secrets::hash(&link),
            sign_in_hash: secrets::hash(&session),
            label: label.chars().take(120).collect(),
        };
        let outcome = self.write(&Actor::visitor(), None, command).await?;
        Ok(Confirmed {
            token: session,
            event: outcome.event,
            registered: outcome.registered,
        })
    }
}

/// A link that was not used yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsableLink {
    /// Title of the event it registers at.
    pub event: Option<String>,
}

/// A link was used.
#[derive(Debug)]
pub struct Confirmed {
    /// The session cookie's value, known to nobody else.
    pub token: Secret,
    /// Slug of the event to go to.
    pub event: Option<String>,
    pub registered: bool,
}

fn usable(link: &Link, now: Timestamp) -> bool {
    now < link.expires && (link.reusable || link.used.is_none())
}

#[derive(Clone, Debug)]
struct RequestLink {
    email: Email,
    name: Option<DisplayName>,
    event: Option<String>,
    language: Language,
}

impl Command for RequestLink {
    type Answer = ();

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let event = match &self.event {
            Some(slug) => Some(
                access_event(ctx.conn, actor, slug, Action::Register)
                    .await
                    .map_err(|e| match e {
                        Error::SignInNeeded | Error::Forbidden => {
                            Error::Conflict("registration is closed".into())
                        }
                        other => other,
                    })?,
            ),
            None => None,
        };
        let now = ctx.now();
        if store::count_links(ctx.conn, &self.email, now - LINK_LIFE).await? >= MAILS_PER_ADDRESS {
            // The same answer: whoever floods an address learns nothing.
            return Ok(());
        }
        let id: SignInLinkId = ctx.id();
        let link = Link {
            id,
            // The token is made when the mail is written, so that it never
            // waits in a queue; until then nothing hashes to this.
            token_hash: format!("unsent-{id}"),
            email: self.email,
            name: self.name,
            event: event.map(|event| event.id),
            reusable: false,
            created: now,
            expires: now + LINK_LIFE,
            used: None,
        };
        store::insert_link(ctx.conn, &link).await?;
        ctx.enqueue(
            mails::SIGN_IN,
            &mails::SignInJob {
                link: id,
                language: self.language,
            },
        )
        .await
    }
}

#[derive(Clone, Debug)]
struct ConfirmLink {
    link_hash: String,
    sign_in_hash: String,
    label: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct ConfirmOutcome {
    event: Option<String>,
    registered: bool,
}

impl Command for ConfirmLink {
    type Answer = ConfirmOutcome;

    async fn run(self, ctx: &mut Ctx<'_>, _actor: &Actor) -> Result<ConfirmOutcome, Error> {
        let now = ctx.now();
        let link = store::find_link(ctx.conn, &self.link_hash)
            .await?
            .ok_or(Error::LinkSpent)?;
        if !usable(&link, now) {
            return Err(Error::LinkSpent);
        }
        if !link.reusable && !store::use_link(ctx.conn, link.id, now).await? {
            return Err(Error::LinkSpent);
        }
        let person = match (
            accounts::find_by_email(ctx.conn, &link.email).await?,
            link.name,
        ) {
            (Some(person), _) => person,
            (None, Some(name)) => {
                let person = create_person(ctx, link.email, name).await?;
                // Whoever the operator made an account for is no newcomer.
                accounts::set_new_until(ctx.conn, person.id, now + NEWCOMER).await?;
                person
            }
            // A sign-in link of an account that was deleted in the meantime.
            (None, None) => return Err(Error::LinkSpent),
        };
        let mut registered = false;
        let event = match link.event {
            Some(event) => events::find(ctx.conn, event).await?,
            None => None,
        };
        if let Some(event) = &event {
            let confirming = Actor {
                person: Some(person.id),
                sanctions: sanctions::against(ctx.conn, person.id, now).await?,
                ..Actor::visitor()
            };
            let object = Object::event(event.id).open(true);
            require(&confirming, Action::Register, &object)?;
            registered =
                registrations::insert(ctx.conn, ctx.id(), event.id, person.id, now).await?;
            if registered {
                ctx.rights_changed(person.id).await?;
            }
            // Ticked in the form that the link was mailed for.
            conduct::accept(ctx, event.id, person.id, link.created).await?;
        }
        let sign_in = SignIn {
            id: ctx.id(),
            person: person.id,
            kind: "browser".into(),
            label: self.label,
            created: now,
            seen: now,
            expires: now + SIGN_IN_LIFE,
            narrowing: None,
        };
        store::insert(ctx.conn, &sign_in, &self.sign_in_hash).await?;
        Ok(ConfirmOutcome {
            event: event.map(|event| event.slug),
            registered,
        })
    }
}

pub(crate) async fn create_person(
    ctx: &mut Ctx<'_>,
    email: Email,
    name: DisplayName,
) -> Result<Person, Error> {
    let person = Person {
        id: ctx.id(),
        name,
        email: Some(email),
        pronouns: None,
        zone: None,
        language: None,
        kind: PersonKind::Person,
        created: ctx.now(),
    };
    accounts::insert(ctx.conn, &person).await?;
    if let Some(email) = &person.email {
        let mailbox = secrets::hash_of(&mailbox(email));
        accounts::set_mailbox(ctx.conn, person.id, &mailbox).await?;
    }
    Ok(person)
}

/// Registers somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Register {
    pub event: String,
}

impl Command for Register {
    /// Whether it is new.
    type Answer = bool;

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<bool, Error> {
        let person = access_own(actor)?;
        let event = access_event(ctx.conn, actor, &self.event, Action::Register).await?;
        let id: RegistrationId = ctx.id();
        let new = registrations::insert(ctx.conn, id, event.id, person, ctx.now()).await?;
        let now = ctx.now();
        conduct::accept(ctx, event.id, person, now).await?;
        if new {
            let job = mails::RegisteredJob {
                person,
                event: event.id,
                registration: id,
            };
            ctx.enqueue(mails::REGISTERED, &job).await?;
            ctx.rights_changed(person).await?;
        }
        Ok(new)
    }
}

/// Ends one of one's own sign-ins.
#[derive(Clone, Debug)]
pub struct SignOut {
    pub sign_in: SignInId,
}

impl Command for SignOut {
    type Answer = ();
    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let person = access_own(actor)?;
        store::delete(ctx.conn, person, self.sign_in).await?;
        ctx.rights_changed(person).await?;
        Ok(())
    }
}

/// Ends every other sign-in of one's own.
#[derive(Clone, Debug)]
pub struct SignOutOthers {
    pub keep: SignInId,
}

impl Command for SignOutOthers {
    type Answer = ();
    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let person = access_own(actor)?;
        store::delete_others(ctx.conn, person, self.keep).await?;
        ctx.rights_changed(person).await?;
        Ok(())
    }
}

/// The operator's commands: people, roles and tokens from the command line.
#[derive(Clone, Debug)]
pub struct CreateUser {
    pub email: Email,
    pub name: DisplayName,
}

impl Command for CreateUser {
    /// The person, and whether the account is new.
    type Answer = (PersonId, bool);
    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(PersonId, bool), Error> {
        require(actor, Action::Administer, &Object::installation())?;
        if let Some(person) = accounts::find_by_email(ctx.conn, &self.email).await? {
            return Ok((person.id, false));
        }
        Ok((create_person(ctx, self.email, self.name).await?.id, true))
    }
}

#[derive(Clone, Debug)]
pub struct GrantRole {
    pub email: Email,
    pub role: Role,
    /// Slugs; none for the installation.
    pub event: Option<String>,
    pub room: Option<String>,
}

impl Command for GrantRole {
    type Answer = ();
    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        require(actor, Action::Administer, &Object::installation())?;
        let person = accounts::find_by_email(ctx.conn, &self.email)
            .await?
            .ok_or_else(|| {
                Error::invalid(
                    "email",
                    "nobody here has this address: create the user first",
                )
            })?;
        let scope = match (&self.event, &self.room) {
            (None, None) => Scope::Installation,
            (Some(event), None) => Scope::Event {
                event: find_event(ctx, event).await?,
            },
            (Some(event), Some(room)) => {
                let event = find_event(ctx, event).await?;
                let room = hallway_store::rooms::find_by_slug(ctx.conn, event, room)
                    .await?
                    .ok_or_else(|| Error::invalid("room", "the event has no such room"))?;
                Scope::Room {
                    event,
                    room: room.id,
                }
            }
            (None, Some(_)) => return Err(Error::invalid("event", "a room's role needs --event")),
        };
        match (self.role, scope) {
            // Being registered is what makes an attendee.
            (Role::Attendee, Scope::Event { event }) => {
                registrations::insert(ctx.conn, ctx.id(), event, person.id, ctx.now()).await?;
                ctx.rights_changed(person.id).await
            }
            (Role::Visitor | Role::Attendee, _) => Err(Error::invalid(
                "role",
                "this role cannot be granted like that",
            )),
            (Role::Admin, Scope::Installation) => {
                let grant = Grant {
                    role: Role::Admin,
                    scope,
                };
                role_grants::insert(ctx.conn, person.id, grant, ctx.now()).await?;
                ctx.rights_changed(person.id).await
            }
            (Role::Admin, _) => Err(Error::invalid(
                "role",
                "admin is of the whole installation: leave --event away",
            )),
            (_, Scope::Installation) => Err(Error::invalid(
                "event",
                "this role is of an event: name it with --event",
            )),
            (role, Scope::Event { event } | Scope::Room { event, .. }) => {
                let grant = Grant { role, scope };
                role_grants::insert(ctx.conn, person.id, grant, ctx.now()).await?;
                ctx.rights_changed(person.id).await?;
                let noted = Noted::of(Deed::RoleGranted)
                    .about(person.id)
                    .because(role.word());
                ctx.note(actor, event, noted).await
            }
        }
    }
}

async fn find_event(ctx: &mut Ctx<'_>, slug: &str) -> Result<EventId, Error> {
    let event = events::find_by_slug(ctx.conn, slug).await?;
    event
        .map(|event| event.id)
        .ok_or_else(|| Error::invalid("event", format!("there is no event at /{slug}/")))
}

#[derive(Clone, Debug)]
struct InsertLink {
    email: Email,
    hash: String,
    reusable: bool,
    life: Span,
}

impl Command for InsertLink {
    type Answer = ();
    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        require(actor, Action::Administer, &Object::installation())?;
        if accounts::find_by_email(ctx.conn, &self.email)
            .await?
            .is_none()
        {
            return Err(Error::invalid(
                "email",
                "nobody here has this address: create the user first",
            ));
        }
        let now = ctx.now();
        let link = Link {
            id: ctx.id(),
            token_hash: self.hash,
            email: self.email,
            name: None,
            event: None,
            reusable: self.reusable,
            created: now,
            expires: now + self.life,
            used: None,
        };
        Ok(store::insert_link(ctx.conn, &link).await?)
    }
}

#[derive(Clone, Debug)]
struct InsertToken {
    email: Email,
    hash: String,
    label: String,
}

impl Command for InsertToken {
    type Answer = ();
    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        require(actor, Action::Administer, &Object::installation())?;
        let person = accounts::find_by_email(ctx.conn, &self.email)
            .await?
            .ok_or_else(|| {
                Error::invalid(
                    "email",
                    "nobody here has this address: create the user first",
                )
            })?;
        let now = ctx.now();
        let sign_in = SignIn {
            id: ctx.id(),
            person: person.id,
            kind: "token".into(),
            label: self.label,
            created: now,
            seen: now,
            expires: now + Span::days(365),
            narrowing: None,
        };
        Ok(store::insert(ctx.conn, &sign_in, &self.hash).await?)
    }
}

impl Service {
    /// A sign-in link for the operator to hand on, without mail. The demo's
    /// work again and again for as long as it runs.
    pub async fn make_link(&self, operator: &Actor, email: Email) -> Result<String, Error> {
        let secret = Secret::generate(self.random());
        let reusable = self.settings().demo;
        let life = if reusable { Span::days(30) } else { LINK_LIFE };
        self.write(
            operator,
            None,
            InsertLink {
                email,
                hash: secrets::hash(&secret),
                reusable,
                life,
            },
        )
        .await?;
        Ok(self.link_url(&secret))
    }

    /// An API token that stands for a person for a year.
    pub async fn make_token(
        &self,
        operator: &Actor,
        email: Email,
        label: &str,
    ) -> Result<Secret, Error> {
        let secret = Secret::generate(self.random());
        let command = InsertToken {
            email,
            hash: secrets::hash(&secret),
            label: label.to_owned(),
        };
        self.write(operator, None, command).await?;
        Ok(secret)
    }

    pub(crate) fn link_url(&self, secret: &Secret) -> String {
        format!(
            "{}{}",
            self.settings().base_url,
            hallway_protocol::routes::sign_in_link(secret.reveal())
        )
    }

    /// Whether nobody is admin yet: the first start then prints a way in.
    pub async fn needs_admin(&self) -> Result<bool, Error> {
        Ok(!role_grants::any_admin(&mut self.read().await?).await?)
    }
}
