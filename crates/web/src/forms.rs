//! What forms send: which paths to come back to are ours, and what the service
//! found wrong, told at each field. What a field may hold is the model's.

use hallway_model::conduct::{MAX_CODE, MAX_CONTACT};
use hallway_model::events::{EventDraft, EventFieldError, MAX_DAYS, MAX_TITLE};
use hallway_model::reports::MAX_WORDS;
use hallway_model::sanctions::MAX_REASON;
use hallway_model::slug::SlugError;
use hallway_service::Error;
use hallway_views::forms::{Field, FieldError};

use crate::failure::Failure;

/// Longest path to come back to, in bytes.
const MAX_PATH: usize = 2_000;
/// Characters of a name, of pronouns: the model's bounds, told at the field.
const MAX_NAME: usize = 80;
const MAX_PRONOUNS: usize = 40;

/// A path of ours to come back to. What could lead to another host is none:
/// another scheme, `//host`, a backslash, or the white space that browsers
/// drop before they look (WHATWG URL, basic URL parser).
pub(crate) fn local_path(text: &str) -> Option<String> {
    let ours = text.starts_with('/')
        && !text.starts_with("//")
        && text.len() <= MAX_PATH
        && text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    ours.then(|| text.to_owned())
}

/// What the service found wrong with a form; nothing before it was posted.
#[derive(Debug, Default)]
pub(crate) struct Refusal(Vec<(&'static str, FieldError)>);

impl Refusal {
    /// Fields that do not fit go back into the form; anything else is no
    /// matter of the form. `entered` gives a field's text by its name.
    pub(crate) fn of(error: Error, entered: impl Fn(&str) -> String) -> Result<Self, Failure> {
        let Error::Invalid(wrong) = error else {
            return Err(error.into());
        };
        if wrong.iter().any(|(name, _)| *name == "key") {
            return Err(Error::Invalid(wrong).into());
        }
        let told = wrong
            .into_iter()
            .map(|(name, why)| (name, reason(name, &entered(name), why)));
        Ok(Self(told.collect()))
    }

    /// Everything that is wrong with a draft of an event.
    pub(crate) fn of_draft(draft: &EventDraft) -> Self {
        let wrong = draft.check().err().unwrap_or_default();
        Self(wrong.iter().map(|error| of_event(error, draft)).collect())
    }

    pub(crate) fn add(&mut self, name: &'static str, error: FieldError) {
        self.0.push((name, error));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A field as it was entered, with what is wrong with it.
    pub(crate) fn field(&self, name: &str, entered: &str) -> Field {
        let error = self.0.iter().find(|(wrong, _)| *wrong == name);
        Field {
            value: entered.to_owned(),
            error: error.map(|(_, error)| error.clone()),
        }
    }
}

/// The service says why in English; a form says it in the reader's language,
/// and what to do.
fn reason(name: &str, entered: &str, why: String) -> FieldError {
    let blank = entered.trim().is_empty();
    match name {
        "file" | "url" => FieldError::Unreadable { why },
        "length" => FieldError::BanTooLong,
        "category" => FieldError::Missing,
        "seconds" => FieldError::NotAPause,
        "entries" => FieldError::TooManyWords,
        "scopes" | "topics" => FieldError::NothingChosen,
        "channel" | "days" => FieldError::NotOffered,
        _ if blank => FieldError::Missing,
        "receipt" => FieldError::NoSuchReceipt,
        "email" => FieldError::NotAnEmail,
        "zone" => FieldError::NotAZone,
        "address" => FieldError::NotAUrl,
        "name" | "label" => text_error(entered, MAX_NAME),
        "pronouns" => text_error(entered, MAX_PRONOUNS),
        "code" => text_error(entered, MAX_CODE),
        "contact" => text_error(entered, MAX_CONTACT),
        "reason" | "answer" => text_error(entered, MAX_REASON),
        "words" => text_error(entered, MAX_WORDS),
        "title" => text_error(entered, MAX_TITLE),
        _ => FieldError::Unreadable { why },
    }
}

fn text_error(entered: &str, max: usize) -> FieldError {
    if entered.chars().count() > max {
        FieldError::TooLong { max }
    } else {
        FieldError::Unprintable
    }
}

fn of_event(error: &EventFieldError, draft: &EventDraft) -> (&'static str, FieldError) {
    let or_missing = |entered: &str, error| {
        if entered.trim().is_empty() {
            FieldError::Missing
        } else {
            error
        }
    };
    match error {
        EventFieldError::Title => {
            let long = FieldError::TooLong { max: MAX_TITLE };
            ("title", or_missing(&draft.title, long))
        }
        EventFieldError::Slug(SlugError::Malformed) => ("slug", FieldError::NotASlug),
        EventFieldError::Slug(SlugError::Reserved(_)) => ("slug", FieldError::SlugReserved),
        EventFieldError::FirstDay => (
            "first_day",
            or_missing(&draft.first_day, FieldError::NotADay),
        ),
        EventFieldError::LastDay => ("last_day", FieldError::NotADay),
        EventFieldError::DaysReversed => ("last_day", FieldError::LastBeforeFirst),
        EventFieldError::TooLong => {
            let max = usize::try_from(MAX_DAYS).unwrap_or_default();
            ("last_day", FieldError::TooManyDays { max })
        }
        EventFieldError::Zone(_) => ("zone", or_missing(&draft.zone, FieldError::NotAZone)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_ours_are_come_back_to() {
        for ours in [
            "/",
            "/summit/",
            "/summit/schedule/?day=2#now",
            "/a%2F%2Fb",
            "/?next=//x",
        ] {
            assert_eq!(local_path(ours).as_deref(), Some(ours));
        }
        for other in [
            "",
            "summit",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example/",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/\n/evil.example",
            " /summit/",
            "/summit/\r\nSet-Cookie: a=b",
            "/ü",
        ] {
            assert_eq!(local_path(other), None, "{other:?}");
        }
        assert_eq!(local_path(&format!("/{}", "x".repeat(MAX_PATH))), None);
    }

    #[test]
    fn each_error_is_told_at_its_field() {
        let long = "x".repeat(81);
        let entered = |name: &str| match name {
            "name" => long.clone(),
            "pronouns" => "she\u{202E}her".into(),
            "zone" => "Mars/Base".into(),
            _ => String::new(),
        };
        let wrong = ["name", "pronouns", "zone", "email"].map(|name| (name, "no".to_owned()));
        let refusal = Refusal::of(Error::Invalid(wrong.into()), entered).unwrap();
        let error = |name: &str| refusal.field(name, "kept").error;
        assert_eq!(error("name"), Some(FieldError::TooLong { max: 80 }));
        assert_eq!(error("pronouns"), Some(FieldError::Unprintable));
        assert_eq!(error("zone"), Some(FieldError::NotAZone));
        assert_eq!(error("email"), Some(FieldError::Missing));
        assert_eq!(refusal.field("language", "de"), Field::of("de"));
    }

    #[test]
    fn what_is_no_fault_of_a_field_is_no_refusal_of_the_form() {
        for error in [
            Error::Forbidden,
            Error::TooMany { retry_after: 3 },
            Error::invalid("key", "a key is a UUID"),
        ] {
            let kind = error.kind();
            let failure = Refusal::of(error, |_| String::new()).unwrap_err();
            assert!(failure.0.kind.ends_with(kind.word()), "{failure:?}");
        }
    }

    #[test]
    fn a_draft_is_told_all_its_faults_in_words_of_the_form() {
        let draft = EventDraft {
            title: " ".into(),
            slug: "api".into(),
            first_day: "soon".into(),
            last_day: String::new(),
            zone: String::new(),
        };
        let refusal = Refusal::of_draft(&draft);
        let error = |name: &str| refusal.field(name, "").error;
        assert_eq!(error("title"), Some(FieldError::Missing));
        assert_eq!(error("slug"), Some(FieldError::SlugReserved));
        assert_eq!(error("first_day"), Some(FieldError::NotADay));
        assert_eq!(error("last_day"), None);
        assert_eq!(error("zone"), Some(FieldError::Missing));
        let long = EventDraft {
            title: "Open Hall".into(),
            first_day: "2026-01-01".into(),
            last_day: "2026-12-31".into(),
            zone: "UTC".into(),
            slug: String::new(),
        };
        assert_eq!(
            Refusal::of_draft(&long).field("last_day", "").error,
            Some(FieldError::TooManyDays { max: 60 })
        );
    }
}
