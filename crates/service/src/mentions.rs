//! Calling people in a message: who can be called, and by which name they are
//! told of.

use hallway_model::access::{Action, Actor};
use hallway_model::channels::Channel;
use hallway_model::ids::PersonId;
use hallway_protocol::mentions::{self, Callable};
use hallway_protocol::messages::Message;
use hallway_protocol::rich_text::{self, Block};
use hallway_store::{Conn, mentions as store, messages};

use crate::access::may_in;
use crate::error::Error;
use crate::messages::{json, tree};

/// Whoever wrote one of these newest messages of a channel can be called.
const RECENT: i64 = 500;

/// What was typed as a tree, with those in it who are called.
pub(crate) async fn parse(
    conn: &mut Conn,
    actor: &Actor,
    channel: &Channel,
    text: &str,
) -> Result<Vec<Block>, Error> {
    let mut body = rich_text::parse(text);
    if text.contains('@') {
        let callable = Callable {
            people: store::recent_authors(conn, channel.id, RECENT).await?,
            // Loud, so it is for those who look after the channel.
            here: may_in(conn, actor, channel, Action::HostChannel).await?,
        };
        mentions::resolve(&mut body, &callable);
    }
    Ok(body)
}

/// Tells everybody who is called by their present name.
pub(crate) async fn rename(conn: &mut Conn, messages: &mut [Message]) -> Result<(), Error> {
    let mut people: Vec<_> = messages
        .iter()
        .flat_map(|message| message.mentions.iter().copied())
        .collect();
    people.sort_unstable();
    people.dedup();
    if people.is_empty() {
        return Ok(());
    }
    let names = store::names(conn, &people).await?;
    for message in messages.iter_mut().filter(|m| !m.mentions.is_empty()) {
        if let Some(body) = &mut message.body {
            mentions::rename(body, &names);
        }
    }
    Ok(())
}

/// Takes somebody's name out of every message that calls them.
pub(crate) async fn forget(conn: &mut Conn, person: PersonId) -> Result<(), Error> {
    for (id, body) in store::list_bodies(conn, person).await? {
        let mut body = tree(&body)?;
        mentions::forget(&mut body, person);
        messages::update_body(conn, id, &json(&body)?).await?;
    }
    Ok(())
}
