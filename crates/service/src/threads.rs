//! Threads: answers that hang on one message of a channel, its root.

use hallway_model::access::{Action, Actor};
use hallway_model::ids::{ChannelId, MessageId, PersonId};
use hallway_protocol::Topic;
use hallway_protocol::messages::{MessagePage, ThreadPage};
use hallway_store::messages::{self as store, Stored};
use hallway_store::{Conn, outbox, thread_follows};

use crate::Service;
use crate::access::access_message;
use crate::command::Ctx;
use crate::error::Error;
use crate::history::{MAX_PAGE, Window, with_reactions};

impl Service {
    /// A page of the thread that hangs on a message, with the topic's number
    /// to go on from.
    pub async fn thread(
        &self,
        actor: &Actor,
        root: MessageId,
        window: Window,
        limit: i64,
    ) -> Result<ThreadPage, Error> {
        let mut conn = self.read().await?;
        let conn = &mut conn;
        let limit = limit.clamp(1, MAX_PAGE);
        let (channel, root) = access_message(conn, actor, root, Action::ReadChat).await?;
        if root.thread.is_some() {
            return Err(Error::NotFound);
        }
        // First, for the reason that a channel's page has.
        let seq = outbox::latest(conn, &Topic::Channel(channel.id).to_string()).await?;
        let (found, more_before, more_after) = answers(conn, root.id, window, limit).await?;
        let mut root = with_reactions(conn, actor.person, vec![root]).await?;
        Ok(ThreadPage {
            root: root.pop().ok_or(Error::NotFound)?,
            page: MessagePage {
                messages: with_reactions(conn, actor.person, found).await?,
                seq,
                more_before,
                more_after,
                pins: vec![],
                timeline: None,
            },
        })
    }
}

/// Answers of a thread, and whether there are more before and after them.
async fn answers(
    conn: &mut Conn,
    root: MessageId,
    window: Window,
    limit: i64,
) -> Result<(Vec<Stored>, bool, bool), Error> {
    let found = match window {
        Window::Latest => store::list_thread_before(conn, root, None, limit).await?,
        Window::Before(before) => {
            store::list_thread_before(conn, root, Some(before), limit).await?
        }
        Window::After(after) => store::list_thread_after(conn, root, after, limit).await?,
        Window::Around(at) => {
            let mut about = store::list_thread_before(conn, root, Some(at), limit / 2).await?;
            let rest = limit - about.len() as i64;
            about.extend(store::list_thread_after(conn, root, at - 1, rest).await?);
            about
        }
    };
    let (Some(first), Some(last)) = (found.first(), found.last()) else {
        return Ok((found, false, false));
    };
    let (first, last) = (first.seq, last.seq);
    let before = store::list_thread_before(conn, root, Some(first), 1).await?;
    let after = store::list_thread_after(conn, root, last, 1).await?;
    Ok((found, !before.is_empty(), !after.is_empty()))
}

/// The root that an answer to `id` belongs to: threads have no threads.
pub(crate) async fn root(
    conn: &mut Conn,
    channel: ChannelId,
    id: MessageId,
) -> Result<Stored, Error> {
    let missing = || Error::invalid("thread", "there is no such message in this channel");
    let found = store::find(conn, id).await?.ok_or_else(missing)?;
    let root = match found.thread {
        Some(root) => store::find(conn, root).await?.ok_or_else(missing)?,
        None => found,
    };
    if root.channel == channel {
        Ok(root)
    } else {
        Err(missing())
    }
}

/// What an answer does to its thread: it counts, and whoever wrote it, or the
/// root, follows the thread from now on.
pub(crate) async fn answered(
    ctx: &mut Ctx<'_>,
    root: &Stored,
    person: PersonId,
) -> Result<(), Error> {
    let now = ctx.now();
    store::count_reply(ctx.conn, root.id, now).await?;
    thread_follows::insert(ctx.conn, root.id, person, now).await?;
    if root.replies == 0
        && let Some(author) = &root.author
    {
        thread_follows::insert(ctx.conn, root.id, author.id, now).await?;
    }
    Ok(())
}
