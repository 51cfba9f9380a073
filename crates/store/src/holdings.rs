//! All that decides what somebody may do, in one look: it is asked of everybody
//! who comes in.

use hallway_model::access::Grant;
use hallway_model::ids::{ChannelId, EventId, PersonId};
use hallway_model::sanctions::Against;
use hallway_model::time::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{Conn, on};
use crate::error::StoreError;
use crate::{role_grants, sanctions};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    /// Events where they may what an attendee may: those they registered at, and
    /// the one that a bot at work is of, who is counted among nobody's.
    pub registered: Vec<EventId>,
    pub grants: Vec<Grant>,
    pub sanctions: Vec<Against>,
}

/// One thing held, beside who holds it; without a word where they hold nothing.
#[derive(FromRow)]
pub(crate) struct Held {
    what: Option<String>,
    /// Of a grant its role, of a sanction its kind.
    word: Option<String>,
    scope: Option<String>,
    event: Option<Uuid>,
    /// Of a grant the room. Of a sanction the channel, or again the event where
    /// it holds in all of them.
    place: Option<Uuid>,
    until: Option<i64>,
}

/// `holder` finds a few rows, each with the `id` and `mailbox_hash` of a person,
/// with `which` as its own name among them, and whatever else is wanted of it;
/// it is there as often as its person holds something, at least once. `$1` is
/// the holder's, `$2` is now.
///
/// `CROSS JOIN` keeps SQLite to that order: of an inner join it takes `holder`
/// for a large table, and goes through all registrations instead
/// (<https://www.sqlite.org/optoverview.html#crossjoin>).
macro_rules! held_by {
    ($($holder:tt)+) => {
        concat!(
            "WITH holder AS MATERIALIZED (",
            $($holder)+,
            ")
             SELECT holder.*, held.what, held.word, held.scope, held.event, held.place, held.until
             FROM holder LEFT JOIN (
                 SELECT holder.which, 'registered' AS what, '' AS word, '' AS scope, r.event, r.event AS place,
                        CAST(NULL AS BIGINT) AS until, r.created AS since
                 FROM holder CROSS JOIN registration r WHERE r.person = holder.id
                 UNION ALL
                 SELECT holder.which, 'registered', '', '', b.event, b.event, CAST(NULL AS BIGINT), 0
                 FROM holder CROSS JOIN bot b WHERE b.person = holder.id AND b.retired IS NULL
                 UNION ALL
                 SELECT holder.which, 'granted', g.role, g.scope, g.event, g.room, CAST(NULL AS BIGINT), g.created
                 FROM holder CROSS JOIN role_grant g WHERE g.person = holder.id
                 UNION ALL
                 SELECT holder.which, 'sanctioned', s.kind, '', s.event, COALESCE(s.channel, s.event), s.until, s.imposed
                 FROM holder CROSS JOIN sanction s
                 WHERE (s.person = holder.id OR s.mailbox_hash = holder.mailbox_hash) AND ",
            $crate::sanctions::in_force!(),
            "
             ) AS held ON held.which = holder.which
             ORDER BY held.since, held.word"
        )
    };
}
pub(crate) use held_by;

pub async fn find(
    conn: &mut Conn,
    person: PersonId,
    now: Timestamp,
) -> Result<Holdings, StoreError> {
    let rows: Vec<Held> = on!(conn, c => sqlx::query_as(
        held_by!("SELECT id, mailbox_hash, id AS which FROM person WHERE id = $1"),
    ).bind(person.0).bind(now.0).fetch_all(c).await)?;
    holdings(rows)
}

pub(crate) fn holdings(rows: Vec<Held>) -> Result<Holdings, StoreError> {
    let mut held = Holdings::default();
    for row in rows {
        let (Some(what), Some(word), Some(event), Some(place)) =
            (row.what, row.word, row.event, row.place)
        else {
            continue;
        };
        match what.as_str() {
            "registered" => held.registered.push(EventId(event)),
            "granted" => {
                let scope = row.scope.unwrap_or_default();
                let grant = role_grants::grant(&word, &scope, event, place)?;
                held.grants.push(grant);
            }
            _ => held.sanctions.push(Against {
                event: EventId(event),
                channel: (place != event).then_some(ChannelId(place)),
                kind: sanctions::kind(&word)?,
                until: row.until.map(Timestamp),
            }),
        }
    }
    Ok(held)
}
