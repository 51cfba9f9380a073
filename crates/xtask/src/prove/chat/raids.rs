//! R25: 200 accounts that are new talk within 10 s. One click calms the event,
//! another takes back what they said, and nobody else's words are touched.
//!
//! Control: the same look before anybody clicked.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::Context;
use hallway_testkit::SeededRandom;
use serde_json::{Value, json};
use tokio::time::{Duration, Instant};

use super::Person;
use crate::bench::chat::halls::EVENT;
use crate::processes::Shell;
use crate::prove::{Finding, Promise};

pub const PROMISE: Promise = Promise {
    id: "R25",
    claim: "a raid of 200 new accounts is calmed within 1 s of a click and taken back by another, others' words stay, and the log tells it",
};

const RAIDERS: usize = 200;
const RAID: Duration = Duration::from_secs(10);
/// A second, as promised. A build without optimisation may take three.
const ACTS: Duration = Duration::from_secs(if cfg!(debug_assertions) { 3 } else { 1 });

/// What can be seen of the raid.
#[derive(Debug, serde::Serialize)]
struct Seen {
    raiders_words: usize,
    others_words: usize,
    /// Another new account can still talk.
    newcomers_talk: bool,
    /// Somebody may talk as fast as they like.
    without_pause: bool,
    /// Deeds of this kind in the audit log.
    logged: BTreeMap<&'static str, usize>,
}

impl Seen {
    fn is_calm(&self, others: usize) -> bool {
        self.raiders_words == 0
            && self.others_words == others
            && !self.newcomers_talk
            && !self.without_pause
            && self.logged.values().all(|times| *times >= 1)
    }
}

pub async fn attempt(shell: &Shell, binary: PathBuf, seed: u64) -> anyhow::Result<Finding> {
    let folder = super::folder()?;
    let people = RAIDERS + 4;
    let (installation, tokens) = super::set_up(shell, binary, folder.path(), people).await?;
    let moderator = super::token_of(&installation, "moderator").await?;
    let organiser = super::token_of(&installation, "organiser").await?;
    let server = installation.serve().await?;
    let random = SeededRandom::seed(seed).random();
    let mut moderator = Person::of(&server, &moderator, &random).await?;
    let mut organiser = Person::of(&server, &organiser, &random).await?;
    let mut talkers = vec![];
    for token in tokens.iter().take(people) {
        talkers.push(Person::of(&server, token, &random).await?);
    }
    let channel = moderator.channels().await?.swap_remove(0);
    let mut rest = talkers.split_off(RAIDERS).into_iter();
    let mut next = || rest.next().context("four more");
    let (mut old, mut newt, mut early, mut late) = (next()?, next()?, next()?, next()?);
    // All but one came within the hour; accounts made by hand are as old as
    // they are told to be.
    let hers = old.say(&channel, "Good evening").await?.json()?;
    let known = hers["author"]["id"].as_str().context("no author")?;
    make_new(&installation.data.join("hallway.db"), known).await?;
    let his = newt.say(&channel, "My first time here").await?;
    anyhow::ensure!(his.status.is_success(), "a newcomer: {}", his.status);

    let began = Instant::now();
    let mut raiders = vec![];
    for raider in &mut talkers {
        let said = raider.say(&channel, "RAID").await?.json()?;
        let id = said["author"]["id"]
            .as_str()
            .context("a raider was refused")?;
        raiders.push(format!("person-{id}"));
    }
    let raid = began.elapsed();
    let words = |seen: &[Value], what: &str| {
        let of = |m: &&Value| (m["source"] == "RAID") == (what == "RAID");
        let left = seen.iter().filter(|m| m["removed"].is_null());
        left.filter(of).count()
    };
    let mut look = async |old: &mut Person, fresh: &mut Person| {
        let seen = old.newest(&channel).await?;
        let waits = fresh.say(&channel, "and more").await?.status;
        let first = old.say(&channel, "What is this?").await?.status;
        let second = old.say(&channel, "Who are they?").await?.status;
        let log = whole_log(&mut organiser).await?;
        let deeds = ["Removed many at once", "Event calmed"];
        anyhow::Ok(Seen {
            raiders_words: words(&seen, "RAID"),
            others_words: words(&seen, "others"),
            newcomers_talk: waits == hyper::StatusCode::CREATED,
            without_pause: first.is_success() && second.is_success(),
            logged: deeds.map(|deed| (deed, log.matches(deed).count())).into(),
        })
    };
    let before = look(&mut old, &mut early).await?;
    let others = old.newest(&channel).await?.len() - RAIDERS;

    let clicked = Instant::now();
    let calm = [("minutes", "30")];
    moderator
        .submit(&format!("/{EVENT}/moderate/calm"), &calm)
        .await?;
    let calmed = clicked.elapsed();
    let path = format!("/{EVENT}/moderate/newcomers");
    let page = moderator.page(&path).await?;
    let mut form = vec![("minutes", "15")];
    // Everybody new is ticked at first; the moderator leaves who did nothing.
    let offered = raiders.iter().filter(|name| page.contains(*name));
    form.extend(offered.map(|name| (name.as_str(), "yes")));
    let clicked = Instant::now();
    moderator.submit(&path, &form).await?;
    let removed = clicked.elapsed();
    let after = look(&mut old, &mut late).await?;
    server.stop().await?;
    let held = raid <= RAID && calmed <= ACTS && removed <= ACTS && after.is_calm(others);
    Ok(Finding {
        held,
        control_failed: !before.is_calm(others),
        figure: json!({
            "accounts": RAIDERS,
            "raid_ms": raid.as_millis() as u64,
            "calmed_ms": calmed.as_millis() as u64,
            "removed_ms": removed.as_millis() as u64,
            "others": others,
            "seen": after,
        }),
        control: json!({ "what": "before anybody clicked", "seen": before }),
    })
}

/// Every page of the audit log.
async fn whole_log(organiser: &mut Person) -> anyhow::Result<String> {
    let first = format!("/{EVENT}/organise/audit/");
    let (mut log, mut path) = (String::new(), first.clone());
    let mut read = BTreeSet::new();
    loop {
        let page = organiser.page(&path).await?;
        log.push_str(&page);
        let link = format!("{first}?before=");
        let mut ids = page
            .match_indices(&link)
            .filter_map(|(at, _)| page.get(at + link.len()..at + link.len() + 36));
        // A page names its own address, too.
        let Some(id) = ids.find(|id| !read.contains(*id)).map(str::to_owned) else {
            return Ok(log);
        };
        read.insert(id.clone());
        path = format!("{first}?before={id}");
    }
}

/// Gives every account but one the age of one that was just made.
async fn make_new(database: &std::path::Path, known: &str) -> anyhow::Result<()> {
    use sqlx::Connection;
    use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
    let known: hallway_model::ids::PersonId = known.parse()?;
    let options = SqliteConnectOptions::new().filename(database);
    let mut conn = SqliteConnection::connect_with(&options).await?;
    sqlx::query(
        "UPDATE person SET new_until = CAST(strftime('%s', 'now') AS INTEGER) * 1000 + 3600000
         WHERE email LIKE 'guest-%' AND id <> $1",
    )
    .bind(known.0)
    .execute(&mut conn)
    .await?;
    Ok(conn.close().await?)
}
