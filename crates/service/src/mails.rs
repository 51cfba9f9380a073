//! Mails that jobs write and send: the sign-in link and the confirmation of a
//! registration.

use hallway_mail::{Attachment, AutoSubmitted, Mail, MailError};
use hallway_model::access::Actor;
use hallway_model::ids::{
    EventId, JobId, PersonId, RegistrationId, ReportId, SanctionId, SignInLinkId,
};
use hallway_model::people::{Email, Language};
use hallway_model::reports::{AppealState, ReportState};
use hallway_model::secrets::Secret;
use hallway_protocol::routes;
use hallway_store::{accounts, events, reports, sanctions, sign_ins};
use hallway_views::mails::{self as views, News};
use hallway_views::texts::Lang;
use serde::{Deserialize, Serialize};

use crate::command::{Command, Ctx};
use crate::error::Error;
use crate::jobs::JobError;
use crate::sign_ins::LINK_LIFE;
use crate::{Service, secrets};

/// Kinds of jobs.
pub const SIGN_IN: &str = "mail_sign_in";
pub const REGISTERED: &str = "mail_registered";
pub const CONDUCT: &str = "mail_conduct";

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignInJob {
    pub link: SignInLinkId,
    pub language: Language,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RegisteredJob {
    pub person: PersonId,
    pub event: EventId,
    pub registration: RegistrationId,
}

/// Tells somebody what became of a report, or was decided about them. The
/// words are read when the mail is written: none wait in a queue.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ConductJob {
    pub person: PersonId,
    pub what: Told,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    Decided(SanctionId),
    Lifted(SanctionId),
    AppealEnded(SanctionId),
    ReportEnded(ReportId),
}

#[derive(Clone, Debug)]
struct SetToken {
    link: SignInLinkId,
    hash: String,
}

impl Command for SetToken {
    type Answer = ();
    const WORDS_ALONE: bool = true;
    async fn run(self, ctx: &mut Ctx<'_>, _actor: &Actor) -> Result<(), Error> {
        Ok(sign_ins::set_link_token(ctx.conn, self.link, &self.hash).await?)
    }
}

impl Service {
    /// Gives the link a token, and mails it. Tried again, it gives another:
    /// only the last one works.
    pub(crate) async fn mail_link(&self, job: JobId, what: SignInJob) -> Result<(), JobError> {
        let mut conn = self.read().await?;
        let Some(link) = sign_ins::get_link(&mut conn, what.link).await? else {
            return Ok(());
        };
        if link.used.is_some() || link.expires <= self.now() {
            return Ok(());
        }
        let person = accounts::find_by_email(&mut conn, &link.email).await?;
        let event = match link.event {
            Some(event) => events::find(&mut conn, event).await?,
            None => None,
        };
        drop(conn);
        let lang = lang(
            person
                .as_ref()
                .and_then(|p| p.language)
                .unwrap_or(what.language),
        );
        let community = self.community();
        let name = person
            .as_ref()
            .map(|p| p.name.clone())
            .or(link.name.clone());
        let Some(name) = name else {
            // Nobody has this address: say so to whoever reads its mail, and only there.
            let mail = views::NoAccountMail {
                lang,
                community,
                home: self.settings().base_url.clone(),
            }
            .mail();
            return self
                .send(job, String::new(), &link.email, mail, vec![])
                .await;
        };
        let secret = Secret::generate(self.random());
        self.write(
            &Actor::operator(),
            None,
            SetToken {
                link: link.id,
                hash: secrets::hash(&secret),
            },
        )
        .await?;
        let url = self.link_url(&secret);
        let minutes = LINK_LIFE.as_minutes();
        let Some(event) = event else {
            let mail = views::SignInMail {
                lang,
                community,
                link: url,
                minutes,
            }
            .mail();
            return self.send(job, name.into(), &link.email, mail, vec![]).await;
        };
        let mail = views::RegistrationMail {
            lang,
            name: name.as_str().to_owned(),
            title: event.title.clone(),
            first_day: event.first_day,
            last_day: event.last_day,
            zone: event.zone.clone(),
            link: url,
            minutes,
            event_url: self.event_url(&event.slug),
        }
        .mail();
        let ics = self.event_ics(event, RegistrationId(link.id.0)).await?;
        self.send(job, name.into(), &link.email, mail, vec![ics])
            .await
    }

    /// Confirms the registration of somebody who was signed in already.
    pub(crate) async fn mail_registered(
        &self,
        job: JobId,
        what: RegisteredJob,
    ) -> Result<(), JobError> {
        let mut conn = self.read().await?;
        let person = accounts::find(&mut conn, what.person).await?;
        let event = events::find(&mut conn, what.event).await?;
        drop(conn);
        let (Some(person), Some(event)) = (person, event) else {
            return Ok(());
        };
        let Some(email) = person.email else {
            return Ok(());
        };
        let mail = views::RegisteredMail {
            lang: lang(person.language.unwrap_or_default()),
            name: person.name.as_str().to_owned(),
            title: event.title.clone(),
            first_day: event.first_day,
            last_day: event.last_day,
            zone: event.zone.clone(),
            event_url: self.event_url(&event.slug),
        }
        .mail();
        let ics = self.event_ics(event, what.registration).await?;
        self.send(job, person.name.into(), &email, mail, vec![ics])
            .await
    }

    pub(crate) async fn mail_conduct(&self, job: JobId, what: ConductJob) -> Result<(), JobError> {
        let mut conn = self.read().await?;
        let Some(person) = accounts::find(&mut conn, what.person).await? else {
            return Ok(());
        };
        let (event, news) = match what.what {
            Told::Decided(id) | Told::Lifted(id) | Told::AppealEnded(id) => {
                let Some(listed) = sanctions::find(&mut conn, id).await? else {
                    return Ok(());
                };
                let sanction = listed.sanction;
                let news = match (what.what, listed.appeal.map(|appeal| appeal.state)) {
                    (
                        Told::AppealEnded(_),
                        Some(AppealState::Ended {
                            granted, answer, ..
                        }),
                    ) => News::AppealEnded { granted, answer },
                    (Told::Lifted(_), _) => News::Lifted {
                        kind: sanction.kind,
                    },
                    _ => News::Decided {
                        kind: sanction.kind,
                        channel: listed.channel_name,
                        until: sanction.until(),
                        reason: sanction.reason,
                    },
                };
                (sanction.event, news)
            }
            Told::ReportEnded(id) => {
                let Some(listed) = reports::find(&mut conn, id).await? else {
                    return Ok(());
                };
                let ReportState::Ended {
                    outcome, answer, ..
                } = listed.report.state
                else {
                    return Ok(());
                };
                (listed.report.event, News::ReportEnded { outcome, answer })
            }
        };
        let event = events::find(&mut conn, event).await?;
        drop(conn);
        let (Some(event), Some(email)) = (event, person.email) else {
            return Ok(());
        };
        let mail = views::ConductMail {
            lang: lang(person.language.unwrap_or_default()),
            name: person.name.as_str().to_owned(),
            title: event.title,
            zone: person.zone.unwrap_or(event.zone),
            news,
            link: format!(
                "{}{}",
                self.settings().base_url,
                routes::conduct(&event.slug)
            ),
        }
        .mail();
        self.send(job, person.name.into(), &email, mail, vec![])
            .await
    }

    async fn event_ics(
        &self,
        event: hallway_model::events::Event,
        id: RegistrationId,
    ) -> Result<Attachment, JobError> {
        let mut conn = self.read().await?;
        let slug = event.slug.clone();
        let snapshot = self.snapshot(&mut conn, event).await?;
        Ok(Attachment::calendar(
            &format!("{slug}.ics"),
            &self.registration_ics(&snapshot, id),
        ))
    }

    async fn send(
        &self,
        job: JobId,
        to_name: String,
        to: &Email,
        mail: views::Mail,
        attachments: Vec<Attachment>,
    ) -> Result<(), JobError> {
        let mail = Mail {
            message_id: job.to_string(),
            sent_at_ms: self.now().0,
            to_name,
            to_address: to.as_str().to_owned(),
            subject: mail.subject,
            text: mail.text,
            html: Some(mail.html),
            attachments,
            list_id: None,
            auto_submitted: AutoSubmitted::AutoReplied,
        };
        self.mailer()
            .send(&mail)
            .await
            .map_err(|error| match error {
                MailError::Temporary { .. } => {
                    JobError::Retry("the mail server did not take it".into())
                }
                MailError::Permanent { .. } => JobError::GiveUp("the mail was refused".into()),
            })
    }

    /// What the installation is called in mails: its host.
    fn community(&self) -> String {
        let url = &self.settings().base_url;
        url.split_once("://")
            .map_or(url.as_str(), |(_, host)| host)
            .to_owned()
    }

    fn event_url(&self, slug: &str) -> String {
        format!("{}{}", self.settings().base_url, routes::event(slug))
    }
}

fn lang(language: Language) -> Lang {
    match language {
        Language::En => Lang::En,
        Language::De => Lang::De,
    }
}
