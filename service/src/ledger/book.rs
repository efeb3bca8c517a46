//! Books batches: loads, lets `domain` decide, writes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::{
    categorize::{Setting, Source as Chooser},
    day::Day,
    id::HouseholdId,
    line::Line,
    reconcile::{self, Decision, Doubt, FileDays, Identity, Incoming, Known, Origin, Plan, Sketch, State},
};
use entity::{account, transaction, transaction_alias};
use sea_orm::{ActiveValue::Set, ColumnTrait, QueryFilter};

use super::{
    Customs, Prepared, Sums, blank, customs::customs, heir, known, known::KnownRows, listing, state, theirs::fit_parts,
    write,
};
use crate::{
    Result, Unit,
    duplicate::{self, Pair},
};

/// No bank repeats a pending line so long after it was booked: then its name may be forgotten.
const PENDING_NAME_DAYS: i32 = 90;

/// What one source says about one account.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    pub(crate) account: i64,
    pub(crate) setting: Setting,
    /// The earliest day that was known when the opening balance was found: what is booked before it was in there. Nobody but a pull changes
    /// it, so a pull has it from its beginning; for the days of a file it is read in each commit, and not said here.
    pub(crate) covered_day: Option<i32>,
    pub(crate) mode: Mode,
    pub(crate) lines: Vec<Prepared>,
}

/// What a batch promises.
#[derive(Clone, Debug)]
pub(crate) enum Mode {
    /// Stable ids; fingerprints of what is taken back.
    Page { removed: Vec<i64> },
    /// The same, from a bank that tells its history once more over rows that are here.
    Listing { connection: i64, removed: Vec<i64> },
    /// Days of a file; which, if the batch has all its lines of each of them.
    Window { file: Option<FileDays> },
}

impl Batch {
    /// What its source takes back.
    pub(super) fn removed(&self) -> impl Iterator<Item = i64> + '_ {
        let removed: &[i64] = match &self.mode {
            Mode::Page { removed } | Mode::Listing { removed, .. } => removed,
            Mode::Window { .. } => &[],
        };
        removed.iter().copied()
    }

    /// The lines as they are compared.
    pub(super) fn incoming(&self) -> Vec<Incoming> {
        self.lines.iter().map(|line| line.incoming).collect()
    }

    /// What becomes of the lines, and what a person is to be asked about them.
    fn plan(&self, known: &KnownRows, told: Option<Day>) -> (Plan, Vec<Doubt>) {
        let incoming = self.incoming();
        let plan = match &self.mode {
            Mode::Page { removed } => reconcile::page(&incoming, removed, &known.known, known.since),
            Mode::Listing { removed, .. } => {
                reconcile::listing(&incoming, removed, &known.known, &known.listed, known.since)
            }
            Mode::Window { file } => reconcile::window(&incoming, &known.known, *file, told),
        };
        let line_text = |place: usize| Sketch::of(&self.lines[place].line.descriptor);
        let known_text = |place: usize| Sketch::of(&known.rows[place].descriptor);
        let doubts = reconcile::doubts(&incoming, &known.known, &plan, line_text, known_text);
        (plan, doubts)
    }
}

/// What booking did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Booked {
    /// Rows that were not there before.
    pub(crate) new: Vec<i64>,
    /// Rows that say something else now.
    pub(crate) changed: Vec<i64>,
    /// Rows that are no longer shown.
    pub(crate) gone: Vec<i64>,
    /// Lines that were known.
    pub(crate) same: usize,
    /// The days of rows that are new, and of those that have changed, before and after.
    pub(crate) days: BTreeSet<i32>,
    /// Of each account what has become of a file's lines, in their order.
    pub(crate) lines: BTreeMap<i64, Vec<Became>>,
}

/// What has become of a line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Became {
    /// Place of the line in its batch.
    pub(crate) place: usize,
    /// Its row.
    pub(crate) transaction: i64,
    /// What kind of name the line bears.
    pub(crate) origin: Origin,
    /// By which the row is known from now on.
    pub(crate) name: Identity,
    /// How it became the row.
    pub(crate) how: How,
    /// What the row was before, if it was.
    pub(crate) was: Option<State>,
}

/// How a line of a file became a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// The row was known by this name.
    Known,
    /// The row was made of it.
    New,
    /// The row has got another name.
    Named,
    /// The row said something else before, and was this.
    Changed(Box<transaction::Model>),
    /// The row had another name of its own before, and was this.
    TakenOver(Box<transaction::Model>),
}

impl Booked {
    /// Whether anything can be seen of it.
    pub(crate) fn is_visible(&self) -> bool {
        !(self.new.is_empty() && self.changed.is_empty() && self.gone.is_empty())
    }

    /// What was done to rows of it afterwards.
    fn add(&mut self, after: Self) {
        let is_said = |id: &i64| self.changed.contains(id) || self.gone.contains(id);
        let changed: Vec<i64> = after.changed.into_iter().filter(|id| !is_said(id)).collect();
        self.changed.extend(changed);
        self.days.extend(after.days);
    }
}

/// Books batches, each of another account, and carries the sums along.
pub(crate) async fn book(unit: &mut Unit, batches: &[Batch]) -> Result<Booked> {
    let known = known::load(unit, batches).await?;
    let covered = covered_days(unit, batches).await?;
    let lines = batches.iter().flat_map(|batch| &batch.lines);
    let found = lines.map(|line| (&line.answer, line.line.amount_minor));
    let customs = customs(unit).await?.asking(unit, found).await?;
    let (mut changes, mut heirs) = (Changes::default(), Vec::new());
    for (batch, known) in batches.iter().zip(known) {
        let Covered { since: covered, told } = covered.get(&batch.account).copied().unwrap_or_default();
        let (plan, doubts) = batch.plan(&known, told);
        changes.take(unit, (batch, covered, &customs), &known, (&plan, &doubts))?;
        let ids = |(from, to): &(usize, usize)| (known.rows[*from].id, known.rows[*to].id);
        heirs.push((batch.setting, plan.heirs.iter().map(ids).collect::<Vec<_>>()));
    }
    let mut booked = changes.write(unit).await?;
    for (setting, heirs) in heirs {
        booked.add(heir::pass_on(unit, setting, &heirs).await?);
    }
    Ok(booked)
}

/// The days of an account that are known.
#[derive(Clone, Copy, Debug, Default)]
struct Covered {
    /// From here on its opening balance has nothing of its rows.
    since: Option<i32>,
    /// Up to here the bank that feeds it has told, or tells.
    told: Option<Day>,
}

/// What is known of each account. A bank may have anchored it between two commits of a file.
async fn covered_days(unit: &Unit, batches: &[Batch]) -> Result<HashMap<i64, Covered>> {
    let of_files = |batch: &&Batch| matches!(batch.mode, Mode::Window { .. });
    let said = |batch: &Batch| (batch.account, Covered { since: batch.covered_day, told: None });
    let mut days: HashMap<i64, Covered> = batches.iter().map(said).collect();
    let files: Vec<i64> = batches.iter().filter(of_files).map(|batch| batch.account).collect();
    if !files.is_empty() {
        let found = unit.scope().find::<account::Entity>().filter(account::Column::Id.is_in(files));
        let found = found.all(unit.connection()).await?;
        days.extend(found.into_iter().map(|account| {
            // What it has not told yet it will.
            let told = account.connection_id.map(|_| Day::LAST);
            (account.id, Covered { since: account.covered_day, told })
        }));
    }
    Ok(days)
}

/// Takes rows back that their source no longer has.
pub(crate) async fn take_back(unit: &Unit, rows: &[transaction::Model]) -> Result<Booked> {
    let mut changes = Changes::default();
    for row in rows {
        changes.vanish(row);
    }
    changes.write(unit).await
}

/// Everything that is to be written.
#[derive(Debug, Default)]
pub(super) struct Changes {
    inserts: Vec<transaction::Model>,
    updates: Vec<transaction::Model>,
    aliases: Vec<transaction_alias::ActiveModel>,
    /// Names of before that rows bear as their own again: by account.
    returned: Vec<(i64, Identity)>,
    sums: Sums,
    listing: listing::Named,
    /// Of each account: the sum of what was booked before its covered day.
    earlier: BTreeMap<i64, i64>,
    /// What a person is to be asked.
    doubtful: Vec<Pair>,
    /// Rows that have got a name of another source: what was asked about them may be answered.
    named: Vec<i64>,
    booked: Booked,
}

impl Changes {
    fn take(
        &mut self,
        unit: &Unit,
        (batch, covered, customs): (&Batch, Option<i32>, &Customs),
        known: &KnownRows,
        (plan, doubts): (&Plan, &[Doubt]),
    ) -> Result<()> {
        let rows = &known.rows;
        self.named.extend(named(batch, known, plan));
        // Which row each line has become.
        let mut ids: Vec<Option<i64>> = vec![None; batch.lines.len()];
        for (place, (line, decision)) in batch.lines.iter().zip(&plan.decisions).enumerate() {
            match *decision {
                Decision::New { ordinal } => {
                    let row = new_row(unit, batch, (line, customs), ordinal)?;
                    ids[place] = Some(row.id);
                    if state(&row) == State::Posted && covered.is_some_and(|covered| row.day < covered) {
                        *self.earlier.entry(row.account_id).or_default() += row.amount_minor;
                    }
                    self.insert(row);
                }
                Decision::Change { known } => self.change(&rows[known], with_line(&rows[known], line, customs)),
                Decision::TakeOver { known: row, ordinal } => {
                    ids[place] = Some(rows[row].id);
                    let identity = Identity { fingerprint: line.incoming.fingerprint, ordinal };
                    self.take_over((&rows[row], &known.known[row]), (line, customs), identity);
                }
                Decision::Alias { known, ordinal } => {
                    let identity = Identity { fingerprint: line.incoming.fingerprint, ordinal };
                    let named = alias(whose(&rows[known]), (line.incoming.origin, identity), None);
                    self.aliases.push(saying(named, line.line.day.number(), line.line.amount_minor));
                    self.booked.same += 1;
                }
                // A tombstone follows what its bank says of it: under another name it is known by its day and amount.
                Decision::Swallowed { known } if is_told_by_bank(batch, line, &rows[known]) => {
                    self.keep(with_line(&rows[known], line, customs));
                    self.booked.same += 1;
                }
                Decision::Same { .. } | Decision::Swallowed { .. } | Decision::Stale => self.booked.same += 1,
            }
        }
        for row in plan.vanished.iter().map(|row| &rows[*row]) {
            self.vanish(row);
        }
        for row in plan.withdrawn.iter().map(|row| &rows[*row]) {
            self.updates.push(transaction::Model { origin: Origin::TakenBack.code(), ..row.clone() });
        }
        if let Mode::Window { .. } = batch.mode {
            let became = batch.lines.iter().zip(&plan.decisions).enumerate();
            let became =
                became.filter_map(|(place, (line, decision))| became_of(place, line, *decision, ids[place], rows));
            self.booked.lines.entry(batch.account).or_default().extend(became);
        }
        if let Mode::Listing { connection, .. } = batch.mode {
            self.listing.take(connection, batch.account, plan, rows, &ids);
        }
        for (place, fingerprint) in &plan.forerunners {
            let Some(id) = ids[*place] else { continue };
            let name = (Origin::Bank, Identity { fingerprint: *fingerprint, ordinal: 0 });
            let expires = batch.lines[*place].line.day.plus(PENDING_NAME_DAYS).number();
            self.aliases.push(alias((unit.scope().household(), batch.account, id), name, Some(expires)));
        }
        self.doubtful.extend(doubts.iter().filter_map(|doubt| {
            let (known, new) = (rows[doubt.known].id, ids[doubt.line]?);
            Some(Pair { account: batch.account, known, new, reason: doubt.reason })
        }));
        Ok(())
    }

    fn insert(&mut self, row: transaction::Model) {
        self.sums.add(&row);
        self.booked.days.insert(row.day);
        self.booked.new.push(row.id);
        self.inserts.push(row);
    }

    /// The row bears the line's name from now on, and no other row and no other name is called so.
    fn take_over(
        &mut self,
        (before, known): (&transaction::Model, &Known),
        (line, customs): (&Prepared, &Customs),
        name: Identity,
    ) {
        self.aliases.push(former_name(before));
        if known.identities.iter().skip(1).any(|(_, other)| *other == name) {
            self.returned.push((before.account_id, name));
        }
        let mut row = with_line(before, line, customs);
        row.fingerprint = name.fingerprint;
        row.ordinal = name.ordinal;
        row.origin = line.incoming.origin.code();
        self.change(before, row);
    }

    fn vanish(&mut self, row: &transaction::Model) {
        self.change(row, taken_back(row));
    }

    pub(super) fn change(&mut self, before: &transaction::Model, row: transaction::Model) {
        self.sums.subtract(before);
        self.sums.add(&row);
        self.booked.days.extend([before.day, row.day]);
        match state(&row) {
            State::Posted | State::Pending => self.booked.changed.push(row.id),
            State::Vanished => self.booked.gone.push(row.id),
            State::Deleted => {}
        }
        self.updates.push(row);
    }

    /// Writes a row that nobody sees, and that nothing adds up.
    pub(super) fn keep(&mut self, row: transaction::Model) {
        self.updates.push(row);
    }

    pub(super) async fn write(self, unit: &Unit) -> Result<Booked> {
        // Names are given up before they are taken: a booked line may bear the name that a changed row gives up.
        self.listing.write(unit).await?;
        write::remove_aliases(unit, &self.returned).await?;
        for row in self.updates {
            write::update(unit, row).await?;
        }
        write::insert(unit, &self.inserts).await?;
        write::insert_aliases(unit, self.aliases).await?;
        self.sums.write(unit).await?;
        for (account, minor) in self.earlier {
            write::lower_opening(unit, account, minor).await?;
        }
        duplicate::record(unit, &self.doubtful).await?;
        duplicate::refute(unit, &self.named).await?;
        Ok(self.booked)
    }
}

fn became_of(
    place: usize,
    line: &Prepared,
    decision: Decision,
    new: Option<i64>,
    rows: &[transaction::Model],
) -> Option<Became> {
    let Incoming { fingerprint, ordinal, origin, .. } = line.incoming;
    let (ordinal, how) = match decision {
        Decision::New { ordinal } => (ordinal, How::New),
        Decision::Alias { ordinal, .. } => (ordinal, How::Named),
        Decision::TakeOver { known, ordinal } => (ordinal, How::TakenOver(Box::new(rows[known].clone()))),
        Decision::Change { known } => (ordinal, How::Changed(Box::new(rows[known].clone()))),
        Decision::Same { .. } | Decision::Swallowed { .. } => (ordinal, How::Known),
        Decision::Stale => return None,
    };
    let was = decision.known().map(|known| state(&rows[known]));
    let transaction = decision.known().map(|known| rows[known].id).or(new)?;
    Some(Became { place, transaction, origin, name: Identity { fingerprint, ordinal }, how, was })
}

/// The rows that a kind of source names for the first time.
fn named(batch: &Batch, known: &KnownRows, plan: &Plan) -> impl Iterator<Item = i64> {
    let claimed = batch.lines.iter().zip(&plan.decisions).filter_map(|(line, decision)| match *decision {
        Decision::TakeOver { known, .. } | Decision::Alias { known, .. } => Some((line.incoming.origin, known)),
        _ => None,
    });
    claimed
        .filter(|(origin, row)| known.known[*row].identities.iter().all(|(before, _)| before != origin))
        .map(|(_, row)| known.rows[row].id)
}

fn new_row(
    unit: &Unit,
    batch: &Batch,
    (line, customs): (&Prepared, &Customs),
    ordinal: i16,
) -> Result<transaction::Model> {
    let Prepared { line, incoming, answer, .. } = line;
    let (original_minor, original_currency) = originals(line);
    let mut row = transaction::Model {
        amount_minor: line.amount_minor,
        merchant_id: answer.merchant.0,
        fingerprint: incoming.fingerprint,
        day: line.day.number(),
        category_id: answer.category.0,
        ordinal,
        state: if line.pending { State::Pending } else { State::Posted }.code(),
        category_source: answer.source.code(),
        origin: incoming.origin.code(),
        descriptor: line.descriptor.clone(),
        original_minor,
        original_currency,
        ..blank(unit.scope().household(), unit.next_id()?, batch.account)
    };
    customs.give(&mut row, answer, false);
    Ok(row)
}

/// What a line was in another currency, as a row has it: [`super::original`] reads it again.
fn originals(line: &Line) -> (Option<i64>, Option<String>) {
    line.original.map(|original| (original.minor, original.currency.code().to_owned())).unzip()
}

/// The row with what a line says. What the person set stays, and a category that another source has named.
pub(super) fn with_line(before: &transaction::Model, line: &Prepared, customs: &Customs) -> transaction::Model {
    let Prepared { line, answer, .. } = line;
    let mut row = before.clone();
    row.amount_minor = line.amount_minor;
    row.day = line.day.number();
    row.descriptor.clone_from(&line.descriptor);
    (row.original_minor, row.original_currency) = originals(line);
    fit_parts(&mut row);
    // What one source names is not forgotten because another one names nothing.
    let is_told = row.category_source == Chooser::Provider.code() && line.category.is_none();
    customs.give(&mut row, answer, is_told);
    let said = if line.pending { State::Pending } else { State::Posted }.code();
    if state(&row) == State::Deleted {
        row.was = Some(said);
    } else {
        (row.state, row.was) = (said, None);
    }
    row
}

/// Whether a bank tells a row under its own name.
fn is_told_by_bank(batch: &Batch, line: &Prepared, row: &transaction::Model) -> bool {
    !matches!(batch.mode, Mode::Window { .. }) && row.fingerprint == line.incoming.fingerprint
}

/// The row as it is when its source no longer has it.
pub(super) fn taken_back(row: &transaction::Model) -> transaction::Model {
    transaction::Model { state: State::Vanished.code(), was: Some(row.state), ..row.clone() }
}

/// The name that a row bears until a booked line takes it over.
fn former_name(row: &transaction::Model) -> transaction_alias::ActiveModel {
    // That its bank took it back is said of the row, not of its names.
    let origin = Origin::from_code(row.origin).filter(|origin| !origin.is_withdrawn()).unwrap_or(Origin::Bank);
    let expires = (origin == Origin::Bank).then_some(row.day + PENDING_NAME_DAYS);
    let former = alias(whose(row), (origin, Identity { fingerprint: row.fingerprint, ordinal: row.ordinal }), expires);
    if origin == Origin::Bank { former } else { saying(former, row.day, row.amount_minor) }
}

/// Another name with what its source says under it: the row may say something else one day, and a file is believed only where it
/// agrees with what it said before.
fn saying(alias: transaction_alias::ActiveModel, day: i32, amount_minor: i64) -> transaction_alias::ActiveModel {
    transaction_alias::ActiveModel { said_day: Set(Some(day)), said_minor: Set(Some(amount_minor)), ..alias }
}

fn whose(row: &transaction::Model) -> (HouseholdId, i64, i64) {
    (HouseholdId(row.household_id), row.account_id, row.id)
}

/// Another name of a row.
fn alias(
    (household, account, id): (HouseholdId, i64, i64),
    (origin, name): (Origin, Identity),
    expires_day: Option<i32>,
) -> transaction_alias::ActiveModel {
    transaction_alias::ActiveModel {
        household_id: Set(household.0),
        account_id: Set(account),
        fingerprint: Set(name.fingerprint),
        ordinal: Set(name.ordinal),
        origin: Set(origin.code()),
        transaction_id: Set(id),
        expires_day: Set(expires_day),
        said_day: Set(None),
        said_minor: Set(None),
    }
}
