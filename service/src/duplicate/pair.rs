//! Two rows become one, and one becomes two again: what each of them says. What sources say follows the source that leads, what a person
//! set follows the row on which it was set.

use domain::reconcile;
use entity::transaction::Model;

use crate::{
    Result,
    ledger::{
        stored::{Name, side},
        take_category,
        theirs::{Mark, fit_parts, is_chosen, tags, tags_text},
    },
    transaction::NOTE_CHARS,
};

/// The kept row after a merge.
pub(super) fn merged(kept: &Model, gone: &Model) -> Result<Model> {
    let gone_leads = reconcile::gone_leads(&side(kept)?, &side(gone)?);
    let leader = if gone_leads { gone } else { kept };
    let mut row = with_source(kept, leader);
    // What is the person's on either is the person's, and the kept row's comes first.
    let chosen = [kept, gone].into_iter().find(|side| is_chosen(side)).unwrap_or(leader);
    take_category(&mut row, chosen);
    // What somebody gave goes before what somebody took away, and before what rules gave: that follows the text.
    let one_of = |mark: Mark| {
        let of_person = || [kept, gone].into_iter().filter(|side| mark.is_persons(side));
        of_person().find(|side| mark.is_on(side)).or_else(|| of_person().next()).unwrap_or(leader)
    };
    fit_parts(&mut row);
    for mark in Mark::ALL {
        mark.copy(&mut row, one_of(mark));
    }
    if [kept, gone].into_iter().all(|side| Mark::Note.is_persons(side)) {
        row.note = reconcile::one_note(kept.note.as_deref(), gone.note.as_deref(), NOTE_CHARS);
        Mark::Note.set_persons(&mut row);
    }
    if [kept, gone].into_iter().all(|side| Mark::Tags.is_persons(side)) {
        row.tags = tags_text([kept, gone].into_iter().flat_map(tags));
        Mark::Tags.set_persons(&mut row);
    }
    Ok(row)
}

/// The other names of a merged row: those of both, and the own one of the row whose source follows from now on.
pub(super) fn names(merged: &Model, kept: (&Model, &[Name]), gone: (&Model, &[Name])) -> Vec<Name> {
    let kept_leads = Name::own(merged).is(&Name::own(kept.0));
    let ((_, of_leader), (other, of_other)) = if kept_leads { (kept, gone) } else { (gone, kept) };
    let following = of_other.iter().copied().chain([Name::own(other)]).map(|name| name.saying(other));
    of_leader.iter().copied().chain(following).collect()
}

/// Two rows after a merge was undone, with all their other names.
#[derive(Debug)]
pub(super) struct Parted {
    pub(super) kept: Model,
    pub(super) kept_names: Vec<Name>,
    pub(super) gone: Model,
    pub(super) gone_names: Vec<Name>,
}

/// A row with all its names, as it was before a merge.
pub(super) type Before = (Model, Vec<Name>);

/// Makes two rows of one again. What came under the leading name meanwhile belongs to the side that bears it, the other side is what it
/// was; what the person changed meanwhile stays on the kept row. `automatic` names the merchant of a row as nobody has named it.
pub(super) fn parted(
    now: (&Model, &[Name]),
    kept: Before,
    gone: Before,
    automatic: impl Fn(&Model) -> i64,
) -> Result<Parted> {
    let ((now, now_names), (kept_before, kept_names), (gone_before, gone_names)) = (now, kept, gone);
    let then = merged(&kept_before, &gone_before)?;
    let of_gone = is_of_gone(now, &then, &kept_before, &gone_before)?;
    let mut kept = with_source(&kept_before, if of_gone { &kept_before } else { now });
    let mut gone = with_source(&gone_before, if of_gone { now } else { &gone_before });

    let is_rechosen = is_chosen(now) && !(is_chosen(&then) && then.category_id == now.category_id);
    let chosen = match (is_rechosen, is_chosen(&kept_before) || of_gone || is_chosen(now)) {
        (true, _) | (false, false) => now,
        (false, true) => &kept_before,
    };
    take_category(&mut kept, chosen);
    let chosen = if of_gone && !is_chosen(&gone_before) && !is_chosen(now) { now } else { &gone_before };
    take_category(&mut gone, chosen);

    let named = if now.merchant_name == then.merchant_name { &kept_before } else { now };
    Mark::Name.copy(&mut kept, named);
    if named.merchant_name.is_none() {
        kept.merchant_id = merchant(&kept, [&kept_before, now], &automatic);
    }
    if gone.merchant_name.is_none() {
        gone.merchant_id = merchant(&gone, [&gone_before, now], &automatic);
    }
    if now.note != then.note {
        Mark::Note.copy(&mut kept, now);
    }
    if now.tags != then.tags {
        Mark::Tags.copy(&mut kept, now);
    }
    if now.place != then.place {
        Mark::Place.copy(&mut kept, now);
    }
    if now.excluded != then.excluded {
        Mark::Excluded.copy(&mut kept, now);
    }
    if now.refund_of != then.refund_of {
        Mark::Refund.copy(&mut kept, now);
    }
    // The parts of a refund are its purchase's.
    let is_of_purchase = now.refund_of.is_some() && (now.parts.is_none() || Mark::Parts.is_ruled(now));
    let split = if now.parts == then.parts || is_of_purchase { &kept_before } else { now };
    Mark::Parts.copy(&mut kept, split);
    fit_parts(&mut gone);
    // A transfer is of the row that was there all the time; what a refund counts as is found again.
    kept.counted_as = now.counted_as.filter(|_| now.refund_of.is_none());

    let all = [&[Name::own(now)], now_names].concat();
    let (kept_names, gone_names) =
        share(&all, (&kept_before, kept_names), (&gone_before, gone_names), (&kept, &gone), of_gone);
    Ok(Parted { kept, kept_names, gone, gone_names })
}

/// Whose name the row bears now. One that came after the merge is that of the side whose kind of source it is, and where this does not
/// tell of the side that led.
fn is_of_gone(now: &Model, then: &Model, kept: &Model, gone: &Model) -> Result<bool> {
    let renamed = !Name::own(now).is(&Name::own(then));
    Ok(match (renamed, now.origin == kept.origin, now.origin == gone.origin) {
        (true, true, false) => false,
        (true, false, true) => true,
        _ => reconcile::gone_leads(&side(kept)?, &side(gone)?),
    })
}

/// Which names go to which side: those that it had before, and what came later to the side that bears the present name. Each row's own
/// is not among its other ones.
fn share(
    names: &[Name],
    (kept_before, kept_names): (&Model, Vec<Name>),
    (gone_before, gone_names): (&Model, Vec<Name>),
    (kept, gone): (&Model, &Model),
    of_gone: bool,
) -> (Vec<Name>, Vec<Name>) {
    let all = |row: &Model, others: Vec<Name>| [vec![Name::own(row)], others].concat();
    let (mut of_kept, mut of_gone_row) = (all(kept_before, kept_names), all(gone_before, gone_names));
    for name in names {
        if !of_kept.iter().chain(&of_gone_row).any(|known| known.is(name)) {
            if of_gone { of_gone_row.push(*name) } else { of_kept.push(*name) }
        }
    }
    // A former name says how long it is remembered.
    for known in of_kept.iter_mut().chain(&mut of_gone_row) {
        if let Some(name) = names.iter().find(|name| name.is(known)) {
            known.expires_day = known.expires_day.or(name.expires_day);
        }
    }
    // What was a row's own name says what it said; where it still is, it goes below.
    for (names, before) in [(&mut of_kept, kept_before), (&mut of_gone_row, gone_before)] {
        names[0] = names[0].saying(before);
    }
    of_kept.retain(|name| !name.is(&Name::own(kept)));
    of_gone_row.retain(|name| !name.is(&Name::own(gone)));
    (of_kept, of_gone_row)
}

/// A row with what another one's source says: all but what a person can set.
fn with_source(row: &Model, source: &Model) -> Model {
    Model {
        amount_minor: source.amount_minor,
        fingerprint: source.fingerprint,
        ordinal: source.ordinal,
        origin: source.origin,
        day: source.day,
        state: source.state,
        descriptor: source.descriptor.clone(),
        ..row.clone()
    }
}

/// The merchant of a row that nobody has named: as it was found before for what its source says, else as it is found now.
fn merchant(row: &Model, before: [&Model; 2], automatic: impl Fn(&Model) -> i64) -> i64 {
    let says_the_same = |other: &&&Model| {
        other.merchant_name.is_none() && (&other.descriptor, other.amount_minor) == (&row.descriptor, row.amount_minor)
    };
    before.iter().find(says_the_same).map_or_else(|| automatic(row), |other| other.merchant_id)
}
