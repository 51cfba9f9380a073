//! What the demo's moderators have to do: a report that was worked on, one
//! that waits, and one that waits for a channel's host.

use anyhow::Context;
use hallway_model::access::Actor;
use hallway_model::channels::LOBBY;
use hallway_model::ids::ReportId;
use hallway_model::reports::Outcome;
use hallway_model::sanctions::SanctionKind;
use hallway_model::time::{Span, Timestamp};
use hallway_service::Service;
use hallway_service::anonymous_reports::ReportAnonymously;
use hallway_service::history::Window;
use hallway_service::reports::{Claim, ClaimReport, EndReport, MakeReport, Reported};

use super::seed::{PastClock, SLUG, email};

/// What was said by whom, reported by whom, and how that ended.
const WARNED: Reportage = Reportage {
    channel: LOBBY,
    said: "Whoever still runs their own mail server deserves what they get.",
    by: "Ines Carvalho",
    category: "harassment",
    words: "Not the tone we want in here, please.",
    minutes_ago: 40,
};
const WAITING: Reportage = Reportage {
    channel: LOBBY,
    said: "Cheap followers and likes for your talk, write to me!",
    by: "Elif Kaya",
    category: "spam",
    words: "",
    minutes_ago: 4,
};

/// For the host of the channel, who is the demo's attendee.
const HOSTED: Reportage = Reportage {
    channel: "first-steps",
    said: "Beginners buy followers here, first hundred free!",
    by: "Kwame Mensah",
    category: "spam",
    words: "The same as in the big channel.",
    minutes_ago: 13,
};

struct Reportage {
    channel: &'static str,
    said: &'static str,
    by: &'static str,
    category: &'static str,
    words: &'static str,
    minutes_ago: i64,
}

pub async fn fill(service: &Service, clock: &PastClock, now: Timestamp) -> anyhow::Result<()> {
    let moderator = actor(service, "Mina Moderator").await?;
    let report = make(service, clock, now, &WARNED).await?;
    let event = SLUG.to_owned();
    let take = ClaimReport {
        channel: None,
        event: event.clone(),
        report,
        claim: Claim::Take,
    };
    service.write(&moderator, None, take).await?;
    clock.set(now - Span::minutes(WARNED.minutes_ago - 6));
    let warn = EndReport {
        channel: None,
        event,
        report,
        outcome: Outcome::Decided(SanctionKind::Warning),
        length: None,
        here: false,
        remove: true,
        reason:
            "Disagree with what people do as much as you like, and leave out what they deserve."
                .into(),
    };
    service.write(&moderator, None, warn).await?;
    make(service, clock, now, &HOSTED).await?;
    make(service, clock, now, &WAITING).await?;
    clock.set(now - Span::minutes(9));
    let unnamed = ReportAnonymously {
        event: SLUG.into(),
        receipt: service.anonymous_receipt(),
        words: "A speaker keeps writing to me alone after I asked them to stop. I would rather not say who I am. What can you do?".into(),
    };
    service.write(&Actor::visitor(), None, unnamed).await?;
    Ok(())
}

async fn make(
    service: &Service,
    clock: &PastClock,
    now: Timestamp,
    what: &Reportage,
) -> anyhow::Result<ReportId> {
    clock.set(now - Span::minutes(what.minutes_ago));
    let reporter = actor(service, what.by).await?;
    let places = service.places(&reporter, SLUG).await?.places;
    let place = places
        .iter()
        .find(|place| place.channel.slug == what.channel);
    let channel = &place.context("the reported channel")?.channel;
    let page = service
        .messages(&reporter, channel.id, Window::Latest, 100)
        .await?;
    let said = page.messages.iter().find(|m| m.source == what.said);
    let report = MakeReport {
        event: SLUG.into(),
        reported: Reported::Message(said.context("the reported message")?.id),
        category: what.category.into(),
        words: what.words.into(),
    };
    Ok(service.write(&reporter, None, report).await?)
}

async fn actor(service: &Service, name: &str) -> anyhow::Result<Actor> {
    let token = service
        .make_token(&Actor::operator(), email(name)?, "demo")
        .await?;
    let signed_in = service.signed_in(token.reveal()).await?;
    Ok(signed_in.context("a person of the demo")?.actor)
}
