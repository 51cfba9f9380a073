//! Viewers as low-latency players are: each asks for the playlist that will hold
//! the next part, waits, fetches the part, and asks for the one after.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use anyhow::bail;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::streams::{Playlist, folder};
use crate::clients::Client;
use crate::servers::Server;

/// What all of them saw.
pub struct Watched {
    /// Parts that arrived, over all viewers.
    pub parts: usize,
    /// Parts that came and went without a viewer having them.
    pub missed: usize,
    /// From when the first of all viewers was told of a part until one had it whole.
    pub p50: Duration,
    pub p99: Duration,
    pub took: Duration,
}

type Part = (u64, u32);

#[derive(Default)]
struct Notes {
    /// When anybody was first told of a part.
    told: HashMap<Part, Instant>,
    had: Vec<(Part, Instant)>,
    missed: usize,
}

/// Viewers that come in at the same time; the rest waits.
const ABREAST: Duration = Duration::from_millis(2);
/// Everybody is there and follows before anything is noted.
const SETTLE: Duration = Duration::from_secs(3);

pub async fn watch(server: &Server, people: usize, time: Duration) -> anyhow::Result<Watched> {
    let notes = Rc::new(RefCell::new(Notes::default()));
    let mut viewers = JoinSet::new();
    let from = Instant::now() + ABREAST * u32::try_from(people)? + SETTLE;
    let until = from + time;
    for _ in 0..people {
        let (base, notes) = (server.base.clone(), Rc::clone(&notes));
        viewers.spawn_local(follow(base, notes, from, until));
        tokio::time::sleep(ABREAST).await;
    }
    while let Some(viewer) = viewers.join_next().await {
        viewer??;
    }
    let notes = notes.borrow();
    let mut late: Vec<Duration> = notes
        .had
        .iter()
        .map(|(part, at)| at.saturating_duration_since(notes.told[part]))
        .collect();
    if late.is_empty() {
        bail!("no part came to anybody");
    }
    late.sort_unstable();
    let at = |percent: usize| late[(late.len() * percent).div_ceil(100).max(1) - 1];
    Ok(Watched {
        parts: late.len(),
        missed: notes.missed,
        p50: at(50),
        p99: at(99),
        took: time,
    })
}

async fn follow(
    base: String,
    notes: Rc<RefCell<Notes>>,
    from: Instant,
    until: Instant,
) -> anyhow::Result<()> {
    let mut client = Client::connect(&base).await?;
    let mut next = ask(&mut client, "").await?.next;
    loop {
        let (msn, part) = next;
        let playlist = ask(&mut client, &format!("?_HLS_msn={msn}&_HLS_part={part}")).await?;
        let told = Instant::now();
        if told >= until {
            return Ok(());
        }
        let noted = told >= from;
        let newest = number(&playlist.newest)?;
        notes.borrow_mut().told.entry(newest).or_insert(told);
        let path = format!("{}{}", folder(), playlist.newest);
        let answer = client.get(&path).await?;
        if !answer.status.is_success() {
            bail!("{path} was answered with {}", answer.status);
        }
        let mut notes = notes.borrow_mut();
        if noted {
            notes.had.push((newest, Instant::now()));
            // Whoever is behind jumps to the newest and has missed what was between.
            notes.missed += usize::from(newest != next && newest != (msn + 1, 0));
        }
        next = playlist.next;
    }
}

async fn ask(client: &mut Client, query: &str) -> anyhow::Result<Playlist> {
    let path = format!("{}live.m3u8{query}", folder());
    let answer = client.get(&path).await?;
    if !answer.status.is_success() {
        bail!("{path} was answered with {}", answer.status);
    }
    Playlist::read(std::str::from_utf8(&answer.body)?)
}

fn number(uri: &str) -> anyhow::Result<Part> {
    let numbers = uri.rsplit_once("part-").map(|(_, numbers)| numbers);
    let numbers = numbers.and_then(|numbers| numbers.trim_end_matches(".m4s").split_once('-'));
    let Some((msn, part)) = numbers else {
        bail!("{uri} is no part")
    };
    Ok((msn.parse()?, part.parse()?))
}
