//! What the fields of a table say once its columns are known: the decimal mark, the order of a day, the currency.

use domain::day::Day;

use super::super::{
    super::{
        Options,
        amount::{self, DecimalMark},
        date::{self, DateOrder, Order},
    },
    mapping::Role,
    name,
    prove::{self, Runs},
    table::Table,
};

/// Days between the two days of a row, purchase and booking, at the most.
const DAYS_OF_A_ROW: i32 = 25;
/// Currencies of countries where the month is written before the day.
const MONTH_FIRST: [&str; 3] = ["USD", "CAD", "PHP"];
/// Different days that must be in order before their order proves anything.
const DAYS_IN_ORDER: usize = 3;

/// A table whose columns are known.
pub(super) struct Seen<'a> {
    pub(super) table: &'a Table,
    pub(super) first: usize,
    pub(super) roles: &'a [Role],
}

impl Seen<'_> {
    /// The fields of all columns of some roles, those that are empty left out.
    pub(super) fn fields(&self, wanted: &'static [Role]) -> impl Iterator<Item = &str> {
        let columns = self.roles.iter().enumerate().filter(|(_, role)| wanted.contains(role));
        columns
            .flat_map(move |(column, _)| {
                (self.first..self.table.rows.len()).map(move |row| self.table.get(row, column))
            })
            .filter(|field| !field.is_empty())
    }

    pub(super) fn column(&self, wanted: Role) -> Option<usize> {
        self.roles.iter().position(|role| *role == wanted)
    }

    pub(super) fn decimal_mark(&self, options: &Options) -> (DecimalMark, bool) {
        let amounts = || self.fields(&[Role::Amount, Role::Debit, Role::Credit, Role::Balance]);
        let (mark, is_certain) = amount::mark_of(amounts());
        // `1.250` of a currency with three decimals.
        let has_three_decimals = !is_certain && options.currency.is_some_and(|currency| currency.digits() == 3);
        let other = if mark == DecimalMark::Comma { DecimalMark::Point } else { DecimalMark::Comma };
        let may_have_three =
            |field: &str| amount::parse(field, other).is_none_or(|amount| matches!(amount.size.scale(), 0 | 3));
        if has_three_decimals && amounts().all(may_have_three) {
            let has_mark = |field: &str| amount::parse(field, other).is_none_or(|amount| amount.size.scale() == 3);
            return (other, amounts().all(has_mark));
        }
        (mark, is_certain)
    }

    pub(super) fn date_order(&self, names: &[Option<&str>], mark: DecimalMark, options: &Options) -> (DateOrder, bool) {
        let days = || self.fields(&[Role::Day, Role::DayOtherwise]);
        if date::has_short_year_first(self.fields(&[Role::Day])) {
            return (DateOrder::YearMonthDay, false);
        }
        let orders: Vec<Order> = days().filter_map(date::evidence).collect();
        let count = |wanted| orders.iter().filter(|order| **order == wanted).count();
        let day_first = count(Order::Only(DateOrder::DayMonthYear));
        let month_first = count(Order::Only(DateOrder::MonthDayYear));
        if day_first + month_first > 0 {
            let order = if day_first >= month_first { DateOrder::DayMonthYear } else { DateOrder::MonthDayYear };
            return (order, day_first == 0 || month_first == 0);
        }
        if count(Order::Points) > 0 {
            return (DateOrder::DayMonthYear, true);
        }
        if count(Order::Either) == 0 {
            let serials = days().filter(|field| date::is_serial(field)).count();
            let order = if serials > orders.len() { DateOrder::Serial } else { DateOrder::YearMonthDay };
            return (order, !orders.is_empty() || serials > 0);
        }
        // `Date (DD/MM/YYYY)`
        let mut titled = self.roles.iter().zip(names).filter(|(role, _)| **role == Role::Day);
        if let Some(order) = titled.find_map(|(_, name)| name.and_then(name::order_in)) {
            return (order, true);
        }
        self.open_order(mark, options)
    }

    /// Every day may be read in either order: what the rows say together.
    fn open_order(&self, mark: DecimalMark, options: &Options) -> (DateOrder, bool) {
        let either = |holds: &dyn Fn(DateOrder) -> bool| match (
            holds(DateOrder::DayMonthYear),
            holds(DateOrder::MonthDayYear),
        ) {
            (true, false) => Some(DateOrder::DayMonthYear),
            (false, true) => Some(DateOrder::MonthDayYear),
            _ => None,
        };
        // Between a purchase and its booking are days, never months.
        if let Some(order) = either(&|order| self.pairs_are_near(order)) {
            return (order, true);
        }
        // The balance proves which way the rows run.
        let runs = prove::runs(self.table, self.first, self.roles, mark);
        let proven = |order| runs.is_some_and(|runs| self.runs(order, runs) && self.distinct(order) >= DAYS_IN_ORDER);
        if let Some(order) = either(&proven) {
            return (order, true);
        }
        // Rows are written in the order of time: that speaks for one order, and proves none.
        let sorted = |order| self.runs(order, Runs::Forward) || self.runs(order, Runs::Backward);
        // The banks of these write the month first, but for a few that leave nothing open.
        let is_month_first = options.currency.is_some_and(|currency| MONTH_FIRST.contains(&currency.code()));
        let usual = if is_month_first { DateOrder::MonthDayYear } else { DateOrder::DayMonthYear };
        (either(&sorted).unwrap_or(usual), false)
    }

    fn days(&self, order: DateOrder) -> Vec<Day> {
        self.fields(&[Role::Day]).filter_map(|field| date::parse(field, order).ok()).collect()
    }

    /// Whether the days are in the order of time, this way.
    fn runs(&self, order: DateOrder, runs: Runs) -> bool {
        let days = self.days(order);
        match runs {
            Runs::Forward => days.is_sorted(),
            Runs::Backward => days.is_sorted_by(|first, second| first >= second),
        }
    }

    fn distinct(&self, order: DateOrder) -> usize {
        let mut days = self.days(order);
        days.sort_unstable();
        days.dedup();
        days.len()
    }

    /// Whether both days of every row that has two lie near each other. False if no row has two different ones.
    fn pairs_are_near(&self, order: DateOrder) -> bool {
        let (Some(first), Some(second)) = (self.column(Role::Day), self.column(Role::DayOtherwise)) else {
            return false;
        };
        let day = |row, column| date::parse(self.table.get(row, column), order).ok();
        let pairs = (self.first..self.table.rows.len()).filter_map(|row| Some((day(row, first)?, day(row, second)?)));
        let mut gaps = pairs.map(|(first, second)| (first.number() - second.number()).abs()).peekable();
        gaps.peek().is_some() && gaps.all(|gap| gap <= DAYS_OF_A_ROW)
    }

    /// The currency in the name of the column of amounts, or of a sign in its fields.
    pub(super) fn currency(&self, names: &[Option<&str>]) -> Option<String> {
        let amounts = [Role::Amount, Role::Debit, Role::Credit];
        let mut columns = self.roles.iter().zip(names).filter(|(role, _)| amounts.contains(role));
        let by_name = columns
            .find_map(|(_, name)| name.and_then(|name| name::currency_in(name).or_else(|| amount::symbol_of(name))));
        let by_sign = || {
            let wanted = &[Role::Amount, Role::Debit, Role::Credit, Role::Balance];
            self.fields(wanted).find_map(amount::symbol_of)
        };
        by_name.or_else(by_sign).map(str::to_owned)
    }
}
