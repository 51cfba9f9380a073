//! Parts of forms: fields that keep what was entered and tell what is wrong
//! with it, at the field and in a summary with links on top.

use hallway_model::images::ImageError;

use crate::component;
use crate::texts::Lang;

/// What was entered and, after a refused post, why it does not fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    pub value: String,
    pub error: Option<FieldError>,
}

impl Field {
    pub fn of(value: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            error: None,
        }
    }

    pub fn wrong(value: impl Into<String>, error: FieldError) -> Self {
        Self {
            value: value.into(),
            error: Some(error),
        }
    }

    pub fn is_on(&self) -> bool {
        matches!(self.value.as_str(), "on" | "yes" | "true" | "1")
    }
}

/// Why a field does not fit, told as what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldError {
    /// Nothing was entered.
    Missing,
    /// A box that has to be ticked is not.
    Unticked,
    TooLong {
        max: usize,
    },
    /// Characters that cannot be seen, or that turn the line around.
    Unprintable,
    NotAnEmail,
    NotAZone,
    NotADay,
    /// No two times of day.
    NotHours,
    LastBeforeFirst,
    TooManyDays {
        max: usize,
    },
    /// The address is in use; the value given is free.
    SlugTaken {
        free: String,
    },
    SlugReserved,
    NotASlug,
    /// A line that begins with a slash is none, or asks for help.
    NotACommand,
    /// Of several boxes or lines, none was chosen.
    NothingChosen,
    /// What was chosen is not among what is offered.
    NotOffered,
    /// No file came, or an empty one.
    NoFile,
    NotAUrl,
    /// More entries, or longer ones, than a words list holds.
    TooManyWords,
    /// No number of seconds that slow mode takes.
    NotAPause,
    /// So soon after the last message.
    TooSoon {
        seconds: usize,
    },
    /// Links of newcomers are off.
    LinksOff,
    /// Pictures of newcomers are off.
    ImagesOff,
    /// What is wrong with a picture.
    Image(ImageError),
    /// A word that is not wanted here.
    WordUnwanted,
    /// Longer than a moderator's bans may last.
    BanTooLong,
    /// Nobody is called so whom the reader may see.
    NobodySo,
    /// No report without a name is found by it.
    NoSuchReceipt,
    /// More than one is.
    SeveralSo,
    TooManyPeople {
        max: usize,
    },
    NotLanguages,
    /// A number of days, 0 for never.
    NotDays {
        max: usize,
    },
    /// A number from 1 on.
    NotACount {
        max: usize,
    },
    /// The file could not be read: the reader's own words with line and column.
    Unreadable {
        why: String,
    },
}

impl FieldError {
    pub fn text(&self, lang: Lang) -> String {
        match self {
            Self::Missing => lang.t("forms-missing"),
            Self::Unticked => lang.t("forms-unticked"),
            Self::TooLong { max } => lang.tn("forms-too-long", *max),
            Self::Unprintable => lang.t("forms-unprintable"),
            Self::NotAnEmail => lang.t("forms-not-an-email"),
            Self::NotAZone => lang.t("forms-not-a-zone"),
            Self::NotADay => lang.t("forms-not-a-day"),
            Self::NotHours => lang.t("forms-not-hours"),
            Self::LastBeforeFirst => lang.t("forms-last-before-first"),
            Self::TooManyDays { max } => lang.tn("forms-too-many-days", *max),
            Self::SlugTaken { free } => lang.t1("forms-slug-taken", "free", free.as_str()),
            Self::SlugReserved => lang.t("forms-slug-reserved"),
            Self::NotASlug => lang.t("forms-not-a-slug"),
            Self::NotACommand => lang.t("forms-not-a-command"),
            Self::NothingChosen => lang.t("forms-nothing-chosen"),
            Self::NotOffered => lang.t("forms-not-offered"),
            Self::NoFile => lang.t("forms-no-file"),
            Self::NotAUrl => lang.t("forms-not-a-url"),
            Self::TooManyWords => lang.t("forms-too-many-words"),
            Self::NotAPause => lang.t("forms-not-a-pause"),
            Self::TooSoon { seconds } => lang.tn("forms-too-soon", *seconds),
            Self::LinksOff => lang.t("forms-links-off"),
            Self::ImagesOff => lang.t("forms-images-off"),
            Self::Image(error) => lang.t(match error {
                ImageError::TooHeavy => "forms-image-heavy",
                ImageError::TooLarge { .. } => "forms-image-large",
                ImageError::NotAnImage => "forms-image-other",
                ImageError::Damaged => "forms-image-damaged",
                ImageError::TooMany => "forms-image-many",
                ImageError::LongAlt => "forms-image-alt",
                ImageError::Gone => "forms-image-gone",
            }),
            Self::WordUnwanted => lang.t("forms-word-unwanted"),
            Self::BanTooLong => lang.t("forms-ban-too-long"),
            Self::NoSuchReceipt => lang.t("forms-no-such-receipt"),
            Self::NobodySo => lang.t("forms-nobody-so"),
            Self::SeveralSo => lang.t("forms-several-so"),
            Self::TooManyPeople { max } => lang.tn("forms-too-many-people", *max),
            Self::NotLanguages => lang.t("forms-not-languages"),
            Self::NotDays { max } => lang.tn("forms-not-days", *max),
            Self::NotACount { max } => lang.tn("forms-not-a-count", *max),
            Self::Unreadable { why } => lang.t1("forms-unreadable", "why", why.as_str()),
        }
    }
}

/// A labelled input. Made by [`crate::Shell::input`] inside templates.
#[derive(Clone, askama::Template)]
#[template(path = "forms/input.html")]
pub struct Input {
    name: &'static str,
    label: String,
    hint: Option<String>,
    kind: &'static str,
    autocomplete: Option<&'static str>,
    required: bool,
    max: usize,
    value: String,
    error: Option<String>,
    list: Option<&'static str>,
    optional: Option<String>,
}
component!(Input);

impl Input {
    pub(crate) fn new(lang: Lang, name: &'static str, label: String, field: &Field) -> Self {
        Self {
            name,
            label,
            hint: None,
            kind: "text",
            autocomplete: None,
            required: false,
            max: 200,
            value: field.value.clone(),
            error: field.error.as_ref().map(|error| error.text(lang)),
            list: None,
            optional: Some(lang.t("forms-optional")),
        }
    }
    pub fn hint(mut self, hint: String) -> Self {
        self.hint = Some(hint);
        self
    }
    pub fn kind(mut self, kind: &'static str) -> Self {
        self.kind = kind;
        self
    }
    pub fn autocomplete(mut self, word: &'static str) -> Self {
        self.autocomplete = Some(word);
        self
    }
    pub fn required(mut self) -> Self {
        self.required = true;
        self.optional = None;
        self
    }
    pub fn max(mut self, max: usize) -> Self {
        self.max = max;
        self
    }
    /// Offers the options of the `<datalist>` with this id.
    pub fn list(mut self, id: &'static str) -> Self {
        self.list = Some(id);
        self
    }
    fn is_file(&self) -> bool {
        self.kind == "file"
    }
    fn takes_text(&self) -> bool {
        matches!(self.kind, "text" | "email" | "url")
    }
    fn described_by(&self) -> String {
        let mut ids = vec![];
        if self.hint.is_some() {
            ids.push(format!("{}-hint", self.name));
        }
        if self.error.is_some() {
            ids.push(format!("{}-error", self.name));
        }
        ids.join(" ")
    }
}

/// Everything that does not fit, on top of the form, each a link to its field.
#[derive(askama::Template)]
#[template(path = "forms/summary.html")]
pub struct Summary {
    title: String,
    errors: Vec<(&'static str, String)>,
}
component!(Summary);

impl Summary {
    /// `fields` as (id in the page, key of the label, field) in the order of the page.
    pub fn of(lang: Lang, fields: &[(&'static str, &'static str, &Field)]) -> Self {
        let errors: Vec<_> = fields
            .iter()
            .filter_map(|(id, label, field)| {
                let error = field.error.as_ref()?.text(lang);
                Some((*id, format!("{}: {error}", lang.t(label))))
            })
            .collect();
        Self {
            title: lang.tn("forms-summary", errors.len()),
            errors,
        }
    }
}
