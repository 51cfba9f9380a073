//! What an event tells everybody of how its conduct was looked after.

use hallway_model::access::{Action, Actor};
use hallway_model::audit::Deed;
use hallway_model::events::Event;
use hallway_model::reports::ReportReason;
use hallway_model::time::Span;
use hallway_model::transparency::{Figure, TOLD, median};
use hallway_store::transparency as store;

use crate::Service;
use crate::access::access_event;
use crate::error::Error;

/// Ended reports that the median is made of.
const REPORTS: i64 = 10_000;

/// Counts that lead back to nobody.
#[derive(Clone, Debug)]
pub struct Summary {
    pub event: Event,
    pub reports: Figure,
    pub by_reason: Vec<(ReportReason, Figure)>,
    pub deeds: Vec<(Deed, Figure)>,
    /// From a report to its end.
    pub median: Option<Span>,
}

impl Service {
    pub async fn transparency(&self, actor: &Actor, event: &str) -> Result<Summary, Error> {
        let mut conn = self.read().await?;
        let event = access_event(&mut conn, actor, event, Action::SeeProgramme).await?;
        let reports = store::reports(&mut conn, event.id).await?;
        let deeds = store::deeds(&mut conn, event.id).await?;
        let times = store::times_to_act(&mut conn, event.id, REPORTS).await?;
        let of_reason = |reason| {
            let found = reports.iter().find(|(one, _)| *one == reason);
            Figure::of(found.map_or(0, |(_, count)| *count))
        };
        let of_deed = |deed| {
            let found = deeds.iter().find(|(one, _)| *one == deed);
            Figure::of(found.map_or(0, |(_, count)| *count))
        };
        Ok(Summary {
            reports: Figure::of(reports.iter().map(|(_, count)| count).sum()),
            by_reason: ReportReason::ALL.map(|r| (r, of_reason(r))).into(),
            deeds: TOLD.map(|deed| (deed, of_deed(deed))).into(),
            median: median(times),
            event,
        })
    }
}
