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

#[derive(FromRow)]
struct Row {
    what: String,
    /// Of a grant its role, of a sanction its kind.
    word: String,
    scope: String,
    event: Uuid,
    /// Of a grant the room. Of a sanction the channel, or again the event where
    /// it holds in all of them.
    place: Uuid,
    until: Option<i64>,
}

pub async fn find(
    conn: &mut Conn,
    person: PersonId,
    now: Timestamp,
) -> Result<Holdings, StoreError> {
    let rows: Vec<Row> = on!(conn, c => sqlx::query_as(
        "SELECT what, word, scope, event, place, until FROM (
             SELECT 'registered' AS what, '' AS word, '' AS scope, event, event AS place,
                    CAST(NULL AS BIGINT) AS until, created
             FROM registration WHERE person = $1
             UNION ALL
             SELECT 'registered', '', '', event, event, CAST(NULL AS BIGINT), 0
             FROM bot WHERE person = $1 AND retired IS NULL
             UNION ALL
             SELECT 'granted', role, scope, event, room, CAST(NULL AS BIGINT), created
             FROM role_grant WHERE person = $1
             UNION ALL
             SELECT 'sanctioned', kind, '', event, COALESCE(channel, event), until, imposed
             FROM sanction
             WHERE (person = $1 OR mailbox_hash = (SELECT mailbox_hash FROM person WHERE id = $1))
               AND kind <> 'warning' AND lifted IS NULL AND (until IS NULL OR until > $2)
         ) AS held ORDER BY created, word",
    ).bind(person.0).bind(now.0).fetch_all(c).await)?;
    let mut held = Holdings::default();
    for row in rows {
        match row.what.as_str() {
            "registered" => held.registered.push(EventId(row.event)),
            "granted" => {
                let grant = role_grants::grant(&row.word, &row.scope, row.event, row.place)?;
                held.grants.push(grant);
            }
            _ => held.sanctions.push(Against {
                event: EventId(row.event),
                channel: (row.place != row.event).then_some(ChannelId(row.place)),
                kind: sanctions::kind(&row.word)?,
                until: row.until.map(Timestamp),
            }),
        }
    }
    Ok(held)
}
