//! Events: their numbers lie between what was removed and what the household has counted. One beyond would be read never, or twice.

use super::{Check, Figure, look::Look};
use crate::Result;

pub(super) async fn check(look: &mut Look<'_>) -> Result<()> {
    let sql = "SELECT h.seq, h.event_floor_seq, coalesce(e.first, h.event_floor_seq + 1), coalesce(e.last, h.seq)
               FROM household h LEFT JOIN (
                 SELECT household_id, min(seq) AS first, max(seq) AS last FROM event WHERE household_id = $1 GROUP BY household_id
               ) AS e ON e.household_id = h.id
               WHERE h.id = $1";
    for row in look.ask(sql, Vec::new()).await? {
        let number = |column| -> Result<i64> { Ok(row.try_get_by_index(column)?) };
        let (seq, floor, first, last) = (number(0)?, number(1)?, number(2)?, number(3)?);
        let about = look.household().to_string();
        if last > seq {
            let figures = vec![Figure::count("latest event", seq, last)];
            look.found_with(Check::EventNumber, about.clone(), "an event is beyond the household's number", figures);
        }
        if floor > seq {
            let figures = vec![Figure::count("removed up to", seq, floor)];
            look.found_with(Check::EventNumber, about.clone(), "more events were removed than were counted", figures);
        }
        if first <= floor {
            let figures = vec![Figure::count("earliest event", floor + 1, first)];
            look.found_with(Check::EventNumber, about, "an event is left of those that were removed", figures);
        }
    }
    Ok(())
}
