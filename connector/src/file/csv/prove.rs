//! What a running balance proves: which column moves it, whether a fee beside the amount does too, which way the rows run in time, and
//! whether it stands after its row or before it.

use domain::day::Day;
use rust_decimal::Decimal;

use super::{
    super::{
        amount::{self, DecimalMark},
        date::{self, DateOrder},
    },
    mapping::Role,
    name,
    table::Table,
};

/// Which way the rows of a table run in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Runs {
    /// The latest row is the last.
    Forward,
    /// The latest row is the first.
    Backward,
}

/// How often a balance moves by its row's amount, and how often by the opposite, in the likelier order of time; `by_days` is the order that the
/// days of the rows show.
///
/// A balance after each row of money out that has no minus, the latest row first, looks the same as one before each row, the latest row last.
/// Only the days tell them apart.
pub(super) fn movements(amounts: &[Option<Decimal>], balances: &[Option<Decimal>], by_days: Option<Runs>) -> Movements {
    let rows: Vec<(Decimal, Decimal)> =
        amounts.iter().zip(balances).filter_map(|(amount, balance)| Some(((*amount)?, (*balance)?))).collect();
    let of = rows.len().saturating_sub(1);
    let (mut forward, mut backward) = (Movements::none(of, Runs::Forward), Movements::none(of, Runs::Backward));
    for pair in rows.windows(2) {
        let [(first_amount, first), (second_amount, second)] = pair else { continue };
        let moved = second - first;
        forward.add(moved, *second_amount);
        backward.add(-moved, *first_amount);
    }
    let by_after = match by_days {
        Some(Runs::Forward) => forward,
        Some(Runs::Backward) => backward,
        None => return if forward.best() >= backward.best() { forward } else { backward },
    };
    let other = if by_after.runs == Runs::Forward { backward } else { forward };
    if by_after.is_proven() || !other.is_proven() {
        return by_after;
    }
    // Read the other way round the balance after each row is the balance before it.
    match other.positive_is_in() {
        Some(false) => Movements { along: other.against, against: other.along, is_before: true, ..by_after },
        // Rows of one day may run against the days.
        _ => other,
    }
}

/// The count of [`movements`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Movements {
    pub(super) of: usize,
    pub(super) along: usize,
    pub(super) against: usize,
    runs: Runs,
    /// Whether a balance is what the account held before its row.
    pub(super) is_before: bool,
}

impl Movements {
    const fn none(of: usize, runs: Runs) -> Self {
        Self { of, along: 0, against: 0, runs, is_before: false }
    }

    fn add(&mut self, moved: Decimal, amount: Decimal) {
        // Nothing moved by nothing: that counts for both.
        self.along += usize::from(moved == amount);
        self.against += usize::from(moved == -amount);
    }

    fn best(self) -> usize {
        self.along.max(self.against)
    }

    /// Whether the balance shows anything: both ways is as good as one here.
    fn is_proven(self) -> bool {
        self.of > 0 && self.best() * 10 >= self.of * 6
    }

    /// Whether the balance shows that positive amounts come in; `None` if it shows nothing.
    pub(super) fn positive_is_in(self) -> Option<bool> {
        let enough = |count: usize| self.of > 0 && count * 10 >= self.of * 6;
        match (enough(self.along), enough(self.against)) {
            (true, false) => Some(true),
            (false, true) => Some(false),
            _ => None,
        }
    }
}

/// Amounts, each less the fee beside it. A fee that is written with a minus is taken all the same.
pub(super) fn less_fees(amounts: Vec<Option<Decimal>>, fees: &[Option<Decimal>]) -> Vec<Option<Decimal>> {
    let negative = fees.iter().flatten().filter(|fee| fee.is_sign_negative() && !fee.is_zero()).count();
    let positive = fees.iter().flatten().filter(|fee| fee.is_sign_positive() && !fee.is_zero()).count();
    let taken = |fee: Decimal| if negative > positive { fee } else { -fee };
    let both = |(amount, fee): (Option<Decimal>, &Option<Decimal>)| match (amount, fee) {
        (None, None) => None,
        (amount, fee) => Some(amount.unwrap_or_default() + fee.map(taken).unwrap_or_default()),
    };
    amounts.into_iter().zip(fees).map(both).collect()
}

/// What each row moves, as far as its columns say it: money in less money out.
pub(super) fn moved(table: &Table, first: usize, roles: &[Role], mark: DecimalMark) -> Vec<Option<Decimal>> {
    let column = |role| roles.iter().position(|other| *other == role).map(|index| table.amounts(first, index, mark));
    let moved = if let Some(amounts) = column(Role::Amount) {
        amounts
    } else {
        let size = |side: &Option<Vec<Option<Decimal>>>, row: usize| side.as_ref()?.get(row).copied().flatten();
        let (debit, credit) = (column(Role::Debit), column(Role::Credit));
        let one = |row| match (size(&debit, row), size(&credit, row)) {
            (None, None) => None,
            (out, credit) => Some(credit.unwrap_or_default().abs() - out.unwrap_or_default().abs()),
        };
        (0..table.rows.len() - first.min(table.rows.len())).map(one).collect()
    };
    match column(Role::Fee) {
        Some(fees) => less_fees(moved, &fees),
        None => moved,
    }
}

/// Which way the rows run in time, if the balance proves it.
pub(super) fn runs(table: &Table, first: usize, roles: &[Role], mark: DecimalMark) -> Option<Runs> {
    let balance = roles.iter().position(|role| *role == Role::Balance)?;
    let found = movements(&moved(table, first, roles, mark), &table.amounts(first, balance, mark), None);
    // With a single step, or with equal amounts, either way would do. A balance that moves against the amounts may stand before its row.
    found.positive_is_in().filter(|is_in| *is_in && found.of > 1).map(|_| found.runs)
}

/// Which way the days of the rows run, as far as it is the same in every order in which they can be read.
pub(super) fn runs_by_days(table: &Table, first: usize, roles: &[Role]) -> Option<Runs> {
    let column = roles.iter().position(|role| *role == Role::Day)?;
    let orders = [DateOrder::YearMonthDay, DateOrder::DayMonthYear, DateOrder::MonthDayYear, DateOrder::Serial];
    let read = |order| -> Vec<Day> {
        (first..table.rows.len()).filter_map(|row| date::parse(table.get(row, column), order).ok()).collect()
    };
    let read = orders.map(read);
    let most = read.iter().map(Vec::len).max().unwrap_or(0);
    let mut found = read.iter().filter(|days| days.len() == most).map(|days| run_of(days));
    let one = found.next()??;
    found.all(|other| other == Some(one)).then_some(one)
}

/// The order of most days; some may be out of it.
fn run_of(days: &[Day]) -> Option<Runs> {
    let count = |is_step: fn(&Day, &Day) -> bool| days.windows(2).filter(|pair| is_step(&pair[0], &pair[1])).count();
    let (rises, falls) = (count(|first, second| first < second), count(|first, second| first > second));
    if rises > falls * 4 { Some(Runs::Forward) } else { (falls > rises * 4).then_some(Runs::Backward) }
}

/// Takes another column for the amount or the balance where only that one is proven, and finds the fee that moves the balance too.
pub(super) fn columns(table: &Table, first: usize, names: &[Option<&str>], roles: &mut [Role]) {
    let by_days = runs_by_days(table, first, roles);
    let trial = Trial { table, first, names, mark: mark_of(table, first, roles.len()), by_days };
    trial.exchange(Role::Balance, roles);
    trial.exchange(Role::Amount, roles);
    trial.fee(roles);
}

/// Tries roles against the balance.
struct Trial<'a> {
    table: &'a Table,
    first: usize,
    names: &'a [Option<&'a str>],
    mark: DecimalMark,
    by_days: Option<Runs>,
}

impl Trial<'_> {
    /// The columns that nobody needs and that could have a role by their names.
    fn candidates(&self, role: Role, roles: &[Role]) -> Vec<usize> {
        let is_named = |index: &usize| {
            let hints = self.names[*index].map(name::hints).unwrap_or_default();
            hints.iter().any(|hint| hint.role == role)
        };
        (0..roles.len()).filter(|index| roles[*index] == Role::Ignored).filter(is_named).collect()
    }

    fn movements(&self, roles: &[Role]) -> Option<Movements> {
        let balance = roles.iter().position(|role| *role == Role::Balance)?;
        let balances = self.table.amounts(self.first, balance, self.mark);
        Some(movements(&moved(self.table, self.first, roles, self.mark), &balances, self.by_days))
    }

    fn is_proven(&self, roles: &[Role]) -> bool {
        self.movements(roles).is_some_and(|found| found.positive_is_in().is_some())
    }

    /// Gives a role to another column, if that is the only one that is proven and the present one is not.
    fn exchange(&self, role: Role, roles: &mut [Role]) {
        let Some(present) = roles.iter().position(|other| *other == role) else { return };
        if self.is_proven(roles) {
            return;
        }
        let with = |other: usize| {
            let mut tried = roles.to_vec();
            (tried[present], tried[other]) = (Role::Ignored, role);
            tried
        };
        let tried = self.candidates(role, roles).into_iter().map(with);
        let proven: Vec<Vec<Role>> = tried.filter(|tried| self.is_proven(tried)).collect();
        if let [only] = proven.as_slice() {
            roles.copy_from_slice(only);
        }
    }

    /// A fee moves the balance if more rows are explained with it than without it.
    fn fee(&self, roles: &mut [Role]) {
        for fee in self.candidates(Role::Fee, roles) {
            let mut tried = roles.to_vec();
            tried[fee] = Role::Fee;
            let (Some(without), Some(with)) = (self.movements(roles), self.movements(&tried)) else { return };
            // In proportion, or because rows of nothing but a fee move the balance too.
            let (now, before) = (with.along * without.of.max(1), without.along * with.of.max(1));
            let gains = now > before || (now == before && with.along > without.along);
            if gains && with.positive_is_in() == Some(true) {
                roles[fee] = Role::Fee;
                return;
            }
        }
    }
}

/// The decimal mark that most amounts of a table speak for.
fn mark_of(table: &Table, first: usize, width: usize) -> DecimalMark {
    let fields = (first..table.rows.len()).flat_map(|row| (0..width).map(move |index| (row, index)));
    let found = fields.filter_map(|(row, index)| amount::evidence(table.get(row, index)));
    let commas: i64 = found.map(|mark| if mark == DecimalMark::Comma { 1 } else { -1 }).sum();
    if commas > 0 { DecimalMark::Comma } else { DecimalMark::Point }
}

/// Without names: the column of amounts, or the pair of them, and that of balances, if exactly one choice is proven.
pub(super) fn by_balance(
    table: &Table,
    first: usize,
    roles: &[Role],
    (amounts, balances): (&[usize], &[usize]),
) -> Option<(usize, usize)> {
    let by_days = runs_by_days(table, first, roles);
    let mark = mark_of(table, first, amounts.iter().chain(balances).copied().max().unwrap_or(0) + 1);
    let (mut along, mut before, mut against) = (Vec::new(), Vec::new(), Vec::new());
    for amount in amounts {
        for balance in balances.iter().filter(|balance| *balance != amount) {
            let found = movements(&table.amounts(first, *amount, mark), &table.amounts(first, *balance, mark), by_days);
            match found.positive_is_in() {
                Some(true) if found.is_before => before.push((*amount, *balance)),
                Some(true) => along.push((*amount, *balance)),
                Some(false) => against.push((*amount, *balance)),
                None => {}
            }
        }
    }
    // Where a bank gives the balance before its row as well, the one after it goes first.
    match (along.as_slice(), before.as_slice(), against.as_slice()) {
        ([only], ..) | ([], [only], _) | ([], [], [only]) => Some(*only),
        _ => None,
    }
}

/// Without names: the columns for money out, money in and the balance. Without a proof money out stands first.
pub(super) fn pair(
    table: &Table,
    first: usize,
    days: &[Role],
    sides: (usize, usize),
    balances: &[usize],
) -> (usize, usize, Option<usize>) {
    let by_days = runs_by_days(table, first, days);
    let mark = mark_of(table, first, balances.iter().copied().max().unwrap_or(0).max(sides.0).max(sides.1) + 1);
    for (debit, credit) in [sides, (sides.1, sides.0)] {
        let mut roles = vec![Role::Ignored; debit.max(credit) + 1];
        (roles[debit], roles[credit]) = (Role::Debit, Role::Credit);
        let moved = moved(table, first, &roles, mark);
        let proven = |balance: &&usize| {
            movements(&moved, &table.amounts(first, **balance, mark), by_days).positive_is_in() == Some(true)
        };
        if let Some(balance) = balances.iter().find(proven) {
            return (debit, credit, Some(*balance));
        }
    }
    (sides.0, sides.1, None)
}
