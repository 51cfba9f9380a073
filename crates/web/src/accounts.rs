//! One's own account: profile, signed-in browsers, everything that is one's
//! own to take along, and the way out. And how a reader likes pages, signed in
//! or not.

use axum::extract::Form;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use hallway_model::access::{Action, Object, allow};
use hallway_model::events::Event;
use hallway_model::people::Language;
use hallway_model::quiet_hours::QuietHours;
use hallway_model::time::Zone;
use hallway_protocol::routes;
use hallway_service::Error;
use hallway_service::accounts::{ChangeProfile, DeleteAccount, Overview, Words};
use hallway_service::digests::SetDigest;
use hallway_service::pushes::{SetQuietHours, UnsubscribeBrowser};
use hallway_views::Lang;
use hallway_views::account::{AccountPage, DeletePage, MyEvent, SignInRow, Telling};
use hallway_views::forms::{Field, FieldError};
use hallway_views::shell::{Notice, Shell, Theme};
use serde::Deserialize;

use crate::call::Call;
use crate::chat_exports::leaving;
use crate::failure::Failure;
use crate::forms::{Refusal, local_path};
use crate::pages::{done, personal, refused};
use crate::reader::Preferences;
use crate::sign_ins::forget_session;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Profile {
    key: String,
    name: String,
    pronouns: String,
    zone: String,
    lang: String,
}

impl Profile {
    /// The form as it stands.
    fn of(call: &Call, overview: &Overview) -> Self {
        let person = &overview.person;
        Self {
            key: String::new(),
            name: person.name.as_str().to_owned(),
            pronouns: person.pronouns.clone().unwrap_or_default(),
            zone: person
                .zone
                .as_ref()
                .map(|zone| zone.name().to_owned())
                .unwrap_or_default(),
            lang: person
                .language
                .map_or(call.lang.code(), Language::code)
                .to_owned(),
        }
    }
}

pub(crate) async fn page(call: Call) -> Result<Response, Failure> {
    let overview = call.web.service.account(&call.actor).await?;
    let telling = telling(&call).await?;
    let profile = Profile::of(&call, &overview);
    let shell = call.shell();
    personal(&account_page(
        &call,
        shell,
        overview,
        &profile,
        telling,
        &Refusal::default(),
    ))
}

/// How the person is told, as their account's page shows it.
async fn telling(call: &Call) -> Result<Telling, Error> {
    let here = call.signed_in.as_ref().map(|held| held.sign_in.id);
    let told = call.web.service.telling(&call.actor, here).await?;
    let (begins, ends) = told.quiet.map(QuietHours::texts).unwrap_or_default();
    Ok(Telling {
        key: told.key,
        browsers: told.browsers,
        here: told.here,
        quiet_begins: Field::of(begins),
        quiet_ends: Field::of(ends),
        mails: told.mails,
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Told {
    key: String,
    /// `yes`: no browser is told any more.
    off: String,
    /// How often mail is wanted, in a form of its own.
    mails: Option<String>,
    quiet_begins: String,
    quiet_ends: String,
}

pub(crate) async fn change_telling(
    call: Call,
    Form(told): Form<Told>,
) -> Result<Response, Failure> {
    if told.off == "yes" {
        call.write_once(&told.key, UnsubscribeBrowser::All).await?;
        return Ok(done(&routes::account(), Notice::Saved).into_response());
    }
    if let Some(pace) = told.mails {
        call.write_once(&told.key, SetDigest { pace }).await?;
        return Ok(done(&routes::account(), Notice::Saved).into_response());
    }
    let command = SetQuietHours {
        begins: told.quiet_begins.clone(),
        ends: told.quiet_ends.clone(),
    };
    match call.write_once(&told.key, command).await {
        Ok(()) => Ok(done(&routes::account(), Notice::Saved).into_response()),
        Err(Error::Invalid(wrong)) if wrong.iter().all(|(name, _)| *name == "quiet_begins") => {
            let overview = call.web.service.account(&call.actor).await?;
            let telling = Telling {
                quiet_begins: Field::wrong(told.quiet_begins, FieldError::NotHours),
                quiet_ends: Field::of(told.quiet_ends),
                ..telling(&call).await?
            };
            let shell = Shell {
                path: routes::account(),
                ..call.shell()
            };
            let profile = Profile::of(&call, &overview);
            let none = Refusal::default();
            refused(&account_page(
                &call, shell, overview, &profile, telling, &none,
            ))
        }
        Err(error) => Err(error.into()),
    }
}

pub(crate) async fn change_profile(
    call: Call,
    jar: CookieJar,
    Form(profile): Form<Profile>,
) -> Result<Response, Failure> {
    let command = ChangeProfile {
        name: profile.name.clone(),
        pronouns: profile.pronouns.clone(),
        zone: profile.zone.clone(),
        language: profile.lang.clone(),
    };
    if let Err(error) = call.write_once(&profile.key, command).await {
        let entered = |name: &str| match name {
            "name" => profile.name.clone(),
            "pronouns" => profile.pronouns.clone(),
            "zone" => profile.zone.clone(),
            _ => profile.lang.clone(),
        };
        let refusal = Refusal::of(error, entered)?;
        let overview = call.web.service.account(&call.actor).await?;
        // This address takes forms alone: the page's own is come back to.
        let shell = Shell {
            path: routes::account(),
            ..call.shell()
        };
        let telling = telling(&call).await?;
        return refused(&account_page(
            &call, shell, overview, &profile, telling, &refusal,
        ));
    }
    // What this browser chose before gives way to what was saved just now.
    let preferences = Preferences {
        theme: call.preferences.theme,
        ..Preferences::default()
    };
    let jar = jar.add(preferences.cookie(call.web.settings.https));
    Ok((jar, done(&routes::account(), Notice::Saved)).into_response())
}

fn account_page(
    call: &Call,
    shell: Shell,
    overview: Overview,
    entered: &Profile,
    telling: Telling,
    refusal: &Refusal,
) -> AccountPage {
    let email = overview.person.email.as_ref();
    let this = call.signed_in.as_ref().map(|held| held.sign_in.id);
    let sign_ins = overview.sign_ins.into_iter().map(|sign_in| SignInRow {
        id: sign_in.id.to_string(),
        browser: sign_in.label,
        since: sign_in.created,
        seen: sign_in.seen,
        is_this: this == Some(sign_in.id),
    });
    AccountPage {
        telling,
        shell,
        email: email
            .map(|email| email.as_str().to_owned())
            .unwrap_or_default(),
        key: call.key(),
        name: refusal.field("name", &entered.name),
        pronouns: refusal.field("pronouns", &entered.pronouns),
        zone: refusal.field("zone", &entered.zone),
        lang: Field::of(&entered.lang),
        events: overview
            .events
            .into_iter()
            .map(|event| my_event(call, event))
            .collect(),
        sign_ins: sign_ins.collect(),
    }
}

fn my_event(call: &Call, event: Event) -> MyEvent {
    MyEvent {
        organises: allow(&call.actor, Action::EditEvent, &Object::event(event.id)),
        slug: event.slug,
        title: event.title,
        first_day: event.first_day,
        last_day: event.last_day,
        zone: event.zone,
    }
}

/// Everything that is one's own, as a file to keep.
pub(crate) async fn export(call: Call) -> Result<Response, Failure> {
    let zip = call.web.service.export_account(&call.actor).await?;
    Ok(leaving(zip))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Deletion {
    /// `removed` or `anonymous`: what becomes of their messages.
    #[serde(default)]
    words: String,
    key: String,
    sure: String,
}

pub(crate) async fn delete_page(call: Call) -> Result<Response, Failure> {
    personal(&delete_form(&call, Field::default()).await?)
}

pub(crate) async fn delete(
    call: Call,
    Form(deletion): Form<Deletion>,
) -> Result<Response, Failure> {
    if deletion.sure != "yes" {
        let sure = Field::wrong("", FieldError::Unticked);
        return refused(&delete_form(&call, sure).await?);
    }
    let words = match deletion.words.as_str() {
        "anonymous" => Words::Anonymous,
        _ => Words::Removed,
    };
    let command = DeleteAccount { words };
    call.write_once(&deletion.key, command).await?;
    let mut response = done(&routes::home(), Notice::AccountDeleted).into_response();
    forget_session(&mut response, &call.web);
    Ok(response)
}

async fn delete_form(call: &Call, sure: Field) -> Result<DeletePage, Error> {
    let overview = call.web.service.account(&call.actor).await?;
    Ok(DeletePage {
        shell: call.shell(),
        key: call.key(),
        messages: overview.messages,
        registrations: overview.events.len(),
        sure,
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Choice {
    lang: String,
    zone: String,
    theme: String,
    next: String,
}

/// Remembers how a reader likes pages, in this browser alone.
pub(crate) async fn preferences(
    call: Call,
    jar: CookieJar,
    Form(choice): Form<Choice>,
) -> Response {
    let preferences = chosen(&choice, call.preferences);
    let jar = jar.add(preferences.cookie(call.web.settings.https));
    let next = local_path(&choice.next).unwrap_or_else(routes::home);
    (jar, Redirect::to(&next)).into_response()
}

/// The choice, with what was chosen before where it makes no sense.
fn chosen(choice: &Choice, before: Preferences) -> Preferences {
    Preferences {
        language: Lang::from_code(&choice.lang).or(before.language),
        zone: Zone::named(&choice.zone).ok().or(before.zone),
        theme: Theme::from_word(&choice.theme).unwrap_or(before.theme),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_that_makes_no_sense_changes_nothing() {
        let before = Preferences {
            language: Some(Lang::De),
            zone: Zone::named("Europe/Berlin").ok(),
            theme: Theme::Dark,
        };
        let nonsense = Choice {
            lang: "xx".into(),
            zone: "Mars/Base".into(),
            theme: "neon".into(),
            next: String::new(),
        };
        assert_eq!(chosen(&nonsense, before.clone()), before);
        let choice = Choice {
            lang: "en".into(),
            zone: "UTC".into(),
            theme: "light".into(),
            next: String::new(),
        };
        let after = chosen(&choice, before);
        assert_eq!(after.language, Some(Lang::En));
        assert_eq!(after.zone.as_ref().map(Zone::name), Some("UTC"));
        assert_eq!(after.theme, Theme::Light);
    }
}
