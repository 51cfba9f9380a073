//! Whether what somebody wants to say is said at once, waits for a moderator,
//! or is refused, and until when.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::time::{Span, Timestamp};

/// How long somebody counts as new who made their account themselves.
pub const NEWCOMER: Span = Span::hours(1);
/// Between two messages of a newcomer.
pub const NEWCOMERS_PAUSE: Span = Span::seconds(5);
/// Between two messages of one person while an event is calmed.
pub const CALM_PAUSE: Span = Span::seconds(30);
/// Longest pause of a channel's slow mode.
pub const MAX_SLOW: Span = Span::hours(6);
/// Entries of a words list, and words of one entry.
pub const MAX_ENTRIES: usize = 500;
const MAX_PHRASE: usize = 6;
/// Longest entry, in characters.
const MAX_ENTRY: usize = 100;

/// What an event asks of messages before they are seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Screening {
    /// A newcomer's first message waits for a moderator.
    pub hold_first: bool,
    /// Newcomers may post links, and pictures.
    pub newcomers_link: bool,
    pub words: WordsList,
}

/// Words that are not wanted, and what becomes of a message that has one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WordsList {
    /// As they were entered.
    pub entries: Vec<String>,
    pub refuse: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScreeningError {
    #[error("a words list has at most {MAX_ENTRIES} lines of at most {MAX_ENTRY} characters")]
    TooManyWords,
    #[error("slow mode is between 1 second and 6 hours")]
    Slow,
    #[error("an event is calmed for 5 minutes to 24 hours")]
    Calm,
}

impl WordsList {
    /// One entry per line; blank ones and those that say nothing are left out.
    pub fn parse(text: &str, refuse: bool) -> Result<Self, ScreeningError> {
        let mut entries: Vec<String> = vec![];
        for line in text.lines() {
            let line: String = line.chars().filter(|c| !c.is_control()).collect();
            let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
            let folded = fold(&line);
            if folded.is_empty() || entries.contains(&line) {
                continue;
            }
            if line.chars().count() > MAX_ENTRY || folded.len() > MAX_PHRASE {
                return Err(ScreeningError::TooManyWords);
            }
            entries.push(line);
        }
        if entries.len() > MAX_ENTRIES {
            return Err(ScreeningError::TooManyWords);
        }
        Ok(Self { entries, refuse })
    }

    /// Whether a text has one of them, as whole words, whatever the case and
    /// the accents. Takes time in proportion to the text and to the list.
    pub fn hits(&self, text: &str) -> bool {
        if self.entries.is_empty() {
            return false;
        }
        let entries: HashSet<Vec<String>> = self.entries.iter().map(|e| fold(e)).collect();
        let words = fold(text);
        (1..=MAX_PHRASE).any(|length| words.windows(length).any(|some| entries.contains(some)))
    }
}

/// The words of a text without case and accents (Unicode TR15, NFKD).
fn fold(text: &str) -> Vec<String> {
    let plain: String = text
        .nfkd()
        .filter(|c| !is_combining_mark(*c) && !is_invisible(*c))
        .flat_map(char::to_lowercase)
        .collect();
    plain
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Characters put between letters to part a word for readers like us alone.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{AD}' | '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}'
    )
}

/// Where somebody stands who wants to say something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Situation {
    /// Moderators and hosts are asked for nothing.
    pub exempt: bool,
    /// Until when they count as new; none for those who do not.
    pub new_until: Option<Timestamp>,
    /// They have said nothing at this event yet.
    pub first: bool,
    /// The channel's slow mode.
    pub slow: Option<Span>,
    pub calm_until: Option<Timestamp>,
    /// When they last said something, here and anywhere at the event.
    pub last_here: Option<Timestamp>,
    pub last: Option<Timestamp>,
    /// Each of their messages waits, by a moderator's decision.
    pub held: bool,
    pub has_link: bool,
    pub has_image: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Say,
    /// It waits for a moderator.
    Hold(HoldReason),
    Refuse(Refusal),
}

/// Why a message waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HoldReason {
    Decided,
    Newcomer,
    Calm,
    Word,
}

impl HoldReason {
    pub const ALL: [HoldReason; 4] = [Self::Decided, Self::Newcomer, Self::Calm, Self::Word];

    pub fn word(self) -> &'static str {
        match self {
            Self::Decided => "decided",
            Self::Newcomer => "newcomer",
            Self::Calm => "calm",
            Self::Word => "word",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }
}

/// Why a message is not taken, and when it would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// So soon after the last one.
    TooSoon {
        until: Timestamp,
    },
    /// Links of newcomers.
    Link {
        until: Timestamp,
    },
    /// Pictures of newcomers.
    Image {
        until: Timestamp,
    },
    Word,
}

/// Decides about one message.
pub fn screen(rules: &Screening, text: &str, who: &Situation, now: Timestamp) -> Verdict {
    if who.exempt {
        return Verdict::Say;
    }
    let new_until = who.new_until.filter(|until| now < *until);
    let calm = who.calm_until.is_some_and(|until| now < until);
    let word = rules.words.hits(text);
    if word && rules.words.refuse {
        return Verdict::Refuse(Refusal::Word);
    }
    if let Some(until) = new_until
        && who.has_link
        && !rules.newcomers_link
    {
        return Verdict::Refuse(Refusal::Link { until });
    }
    if let Some(until) = new_until
        && who.has_image
        && !rules.newcomers_link
    {
        return Verdict::Refuse(Refusal::Image { until });
    }
    let pauses = [
        who.last_here.zip(who.slow),
        who.last.filter(|_| calm).map(|last| (last, CALM_PAUSE)),
        who.last
            .filter(|_| new_until.is_some())
            .map(|last| (last, NEWCOMERS_PAUSE)),
    ];
    let free = pauses
        .into_iter()
        .flatten()
        .map(|(last, pause)| last + pause);
    if let Some(until) = free.max()
        && now < until
    {
        return Verdict::Refuse(Refusal::TooSoon { until });
    }
    if who.held {
        Verdict::Hold(HoldReason::Decided)
    } else if word {
        Verdict::Hold(HoldReason::Word)
    } else if new_until.is_some() && calm {
        Verdict::Hold(HoldReason::Calm)
    } else if new_until.is_some() && rules.hold_first && who.first {
        Verdict::Hold(HoldReason::Newcomer)
    } else {
        Verdict::Say
    }
}

/// A channel's pause as entered, in seconds; nothing and 0 turn it off.
pub fn slow_mode(seconds: &str) -> Result<Option<Span>, ScreeningError> {
    match seconds.trim() {
        "" | "0" => Ok(None),
        text => text
            .parse()
            .ok()
            .map(Span::seconds)
            .filter(|pause| (Span::seconds(1)..=MAX_SLOW).contains(pause))
            .map(Some)
            .ok_or(ScreeningError::Slow),
    }
}

/// How long an event is calmed, in minutes.
pub fn calm(minutes: i64, now: Timestamp) -> Result<Timestamp, ScreeningError> {
    if (5..=24 * 60).contains(&minutes) {
        Ok(now + Span::minutes(minutes))
    } else {
        Err(ScreeningError::Calm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(10_000_000);

    fn new() -> Situation {
        Situation {
            new_until: Some(NOW + Span::minutes(30)),
            ..Situation::default()
        }
    }

    fn ask(rules: &Screening, who: &Situation) -> Verdict {
        screen(rules, "hello", who, NOW)
    }

    #[test]
    fn whoever_is_not_new_speaks_as_before() {
        let rules = Screening {
            hold_first: true,
            ..Screening::default()
        };
        let old = Situation {
            first: true,
            has_link: true,
            last: Some(NOW),
            last_here: Some(NOW),
            new_until: Some(NOW),
            ..Situation::default()
        };
        assert_eq!(ask(&rules, &old), Verdict::Say);
    }

    #[test]
    fn newcomers_post_no_pictures_where_they_post_no_links() {
        let who = Situation {
            has_image: true,
            ..new()
        };
        let until = NOW + Span::minutes(30);
        assert_eq!(
            ask(&Screening::default(), &who),
            Verdict::Refuse(Refusal::Image { until })
        );
        let open = Screening {
            newcomers_link: true,
            ..Screening::default()
        };
        assert_eq!(ask(&open, &who), Verdict::Say);
        let old = Situation {
            new_until: None,
            ..who
        };
        assert_eq!(ask(&Screening::default(), &old), Verdict::Say);
    }

    #[test]
    fn newcomers_post_no_links_and_pause_between_messages() {
        let rules = Screening::default();
        let who = Situation {
            has_link: true,
            ..new()
        };
        let until = NOW + Span::minutes(30);
        assert_eq!(ask(&rules, &who), Verdict::Refuse(Refusal::Link { until }));
        let open = Screening {
            newcomers_link: true,
            ..Screening::default()
        };
        assert_eq!(ask(&open, &who), Verdict::Say);
        let last = NOW - Span::seconds(2);
        let quick = Situation {
            last: Some(last),
            ..new()
        };
        let until = last + NEWCOMERS_PAUSE;
        assert_eq!(
            ask(&rules, &quick),
            Verdict::Refuse(Refusal::TooSoon { until })
        );
        let patient = Situation {
            last: Some(NOW - NEWCOMERS_PAUSE),
            ..new()
        };
        assert_eq!(ask(&rules, &patient), Verdict::Say);
    }

    #[test]
    fn the_longest_pause_counts() {
        let who = Situation {
            slow: Some(Span::seconds(60)),
            last_here: Some(NOW - Span::seconds(40)),
            last: Some(NOW - Span::seconds(1)),
            calm_until: Some(NOW + Span::minutes(1)),
            ..new()
        };
        let until = NOW + Span::seconds(29);
        assert_eq!(
            ask(&Screening::default(), &who),
            Verdict::Refuse(Refusal::TooSoon { until })
        );
        let exempt = Situation {
            exempt: true,
            ..who
        };
        assert_eq!(ask(&Screening::default(), &exempt), Verdict::Say);
    }

    #[test]
    fn calm_and_the_first_message_hold_newcomers() {
        let rules = Screening {
            hold_first: true,
            ..Screening::default()
        };
        let first = Situation {
            first: true,
            ..new()
        };
        assert_eq!(ask(&rules, &first), Verdict::Hold(HoldReason::Newcomer));
        assert_eq!(ask(&rules, &new()), Verdict::Say);
        let calmed = Situation {
            calm_until: Some(NOW + Span::minutes(5)),
            ..new()
        };
        assert_eq!(
            ask(&Screening::default(), &calmed),
            Verdict::Hold(HoldReason::Calm)
        );
        let over = Situation {
            calm_until: Some(NOW),
            ..new()
        };
        assert_eq!(ask(&Screening::default(), &over), Verdict::Say);
        let held = Situation {
            held: true,
            ..Situation::default()
        };
        assert_eq!(ask(&rules, &held), Verdict::Hold(HoldReason::Decided));
    }

    #[test]
    fn unwanted_words_are_found_whole_whatever_their_case_and_accents() {
        let list = WordsList::parse("Scunthorpe\n\n  crème   brûlée \nDÉJÀ\n", false).unwrap();
        assert_eq!(list.entries, ["Scunthorpe", "crème brûlée", "DÉJÀ"]);
        for hit in [
            "to scunthorpe!",
            "CREME-BRULEE",
            "Creme, brûlée",
            "deja vu",
            "de\u{301}ja\u{300}",
            "scun\u{200B}thorpe",
            "ｓｃｕｎｔｈｏｒｐｅ",
        ] {
            assert!(list.hits(hit), "{hit}");
        }
        for miss in ["scunthorpes", "creme", "brûlée crème", "", "dejavu"] {
            assert!(!list.hits(miss), "{miss}");
        }
        let rules = |refuse| Screening {
            words: WordsList {
                refuse,
                ..list.clone()
            },
            ..Screening::default()
        };
        let who = Situation::default();
        assert_eq!(
            screen(&rules(true), "deja", &who, NOW),
            Verdict::Refuse(Refusal::Word)
        );
        assert_eq!(
            screen(&rules(false), "deja", &who, NOW),
            Verdict::Hold(HoldReason::Word)
        );
    }

    #[test]
    fn lists_and_pauses_have_bounds() {
        let long = "x".repeat(101);
        assert_eq!(
            WordsList::parse(&long, true),
            Err(ScreeningError::TooManyWords)
        );
        let many: String = (0..501).map(|n| format!("word{n}\n")).collect();
        assert_eq!(
            WordsList::parse(&many, true),
            Err(ScreeningError::TooManyWords)
        );
        assert_eq!(slow_mode(""), Ok(None));
        assert_eq!(slow_mode("30"), Ok(Some(Span::seconds(30))));
        for wrong in ["-1", "x", "21601"] {
            assert_eq!(slow_mode(wrong), Err(ScreeningError::Slow));
        }
        assert_eq!(calm(4, NOW), Err(ScreeningError::Calm));
        assert_eq!(calm(5, NOW), Ok(NOW + Span::minutes(5)));
    }
}
