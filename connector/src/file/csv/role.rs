//! The role of each column: by its name where there is one, always against what stands in it.

use super::{
    super::{Needed, Refusal, amount::DecimalMark},
    mapping::Role,
    table::{Column, Table, movements},
    word,
};

/// A role that a column could have.
#[derive(Clone, Copy)]
struct Claim {
    column: usize,
    role: Role,
    rank: u8,
}

/// Roles by the names of columns.
pub(super) fn by_names(table: &Table, first: usize, names: &[Option<&str>]) -> Vec<Role> {
    let columns: Vec<Column> = (0..names.len()).map(|index| table.column(first, index)).collect();
    let has_rows = columns.iter().any(|column| column.rows > 0);
    let mut claims: Vec<Claim> = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let hints = name.map(word::hints).unwrap_or_default();
        let fitting = hints.iter().filter(|hint| !has_rows || fits(hint.role, hint.rank, &columns[index]));
        claims.extend(fitting.map(|hint| Claim { column: index, role: hint.role, rank: hint.rank }));
    }
    let mut roles = vec![Role::Ignored; names.len()];
    days(&claims, &columns, &mut roles);
    amounts(&claims, &columns, names, &mut roles);
    let currency_is_named = names.iter().zip(&roles).any(|(name, role)| {
        matches!(role, Role::Amount | Role::Debit | Role::Credit) && name.and_then(word::currency_in).is_some()
    });
    let singles = [Role::Balance, Role::Currency, Role::Id, Role::Account, Role::Status, Role::CategoryCode];
    for role in singles.into_iter().filter(|role| *role != Role::Currency || !currency_is_named) {
        let free = claims.iter().filter(|claim| claim.role == role && roles[claim.column] == Role::Ignored);
        if let Some(claim) = free.min_by_key(|claim| (claim.rank, claim.column)) {
            roles[claim.column] = role;
        }
    }
    texts(&claims, &columns, names, &mut roles);
    roles
}

/// Whether what stands in a column can be what its name says.
fn fits(role: Role, rank: u8, column: &Column) -> bool {
    match role {
        Role::Day | Role::DayOtherwise => column.days > 0 && column.is_days(),
        // A name that says it needs little proof: the rows may be garbled.
        Role::Amount if rank <= 1 => column.amounts > 0 || (column.words == 0 && column.filled > 0),
        Role::Amount | Role::Balance => column.amounts > 0 && column.is_amounts(),
        Role::Debit | Role::Credit => column.filled == 0 || column.is_amounts(),
        Role::Currency => column.filled > 0 && column.codes == column.filled,
        Role::CategoryCode => column.filled > 0 && column.category_codes == column.filled,
        // A reference may be what people write to each other: an id is another in each row.
        Role::Id if rank > 0 => {
            column.is_full() && column.distinct == column.filled && column.ids == column.filled && column.filled > 1
        }
        Role::Id => column.distinct * 2 > column.filled,
        // Other people's accounts differ from row to row.
        Role::Account => column.distinct == 1 || (column.filled > 0 && column.distinct * 3 <= column.filled),
        // What is empty at the beginning may be filled later.
        Role::Description => true,
        Role::Ignored | Role::Direction | Role::DescriptionOtherwise | Role::Merchant | Role::Status => {
            column.filled > 0
        }
    }
}

fn days(claims: &[Claim], columns: &[Column], roles: &mut [Role]) {
    let mut days: Vec<&Claim> = claims.iter().filter(|claim| claim.role == Role::Day).collect();
    days.sort_by_key(|claim| (columns[claim.column].filled * 2 < columns[claim.column].rows, claim.rank, claim.column));
    days.dedup_by_key(|claim| claim.column);
    for (claim, role) in days.iter().zip([Role::Day, Role::DayOtherwise]) {
        roles[claim.column] = role;
    }
}

/// One column of amounts, or a pair. Where a bank gives both the one that says more is taken.
fn amounts(claims: &[Claim], columns: &[Column], names: &[Option<&str>], roles: &mut [Role]) {
    let best = |wanted: Role, roles: &[Role]| {
        let free = claims.iter().filter(|claim| claim.role == wanted && roles[claim.column] == Role::Ignored);
        let is_named = |column: usize| names[column].and_then(word::currency_in).is_some();
        free.min_by_key(|claim| (!is_named(claim.column), claim.rank, claim.column)).map(|claim| claim.column)
    };
    let (amount, debit, credit) = (best(Role::Amount, roles), best(Role::Debit, roles), best(Role::Credit, roles));
    let pair_filled: usize = [debit, credit].iter().flatten().map(|column| columns[*column].filled).sum();
    let prefers_pair = |amount: usize| {
        debit.is_some()
            && credit.is_some()
            && pair_filled > 0
            && (columns[amount].negatives == 0 || columns[amount].filled * 10 < pair_filled * 9)
    };
    match (amount, debit, credit) {
        (Some(amount), ..) if !prefers_pair(amount) => roles[amount] = Role::Amount,
        // One of a pair alone holds both directions.
        (_, Some(single), None) | (_, None, Some(single)) if columns[single].negatives > 0 => {
            roles[single] = Role::Amount;
        }
        (_, debit, credit) => {
            for (column, role) in [(debit, Role::Debit), (credit, Role::Credit)] {
                if let Some(column) = column {
                    roles[column] = role;
                }
            }
        }
    }
}

/// Columns of words: the descriptor's parts, and what stands in for them.
fn texts(claims: &[Claim], columns: &[Column], names: &[Option<&str>], roles: &mut [Role]) {
    let free = |claim: &&Claim, roles: &[Role]| roles[claim.column] == Role::Ignored;
    let of = |role: Role, roles: &[Role]| -> Vec<usize> {
        claims
            .iter()
            .filter(|claim| claim.role == role)
            .filter(|claim| free(claim, roles))
            .map(|claim| claim.column)
            .collect()
    };
    for column in of(Role::Description, roles) {
        roles[column] = Role::Description;
    }
    // A reference that is no id is words.
    for (column, name) in names.iter().enumerate() {
        let is_reference =
            name.is_some_and(|name| word::hints(name).iter().any(|hint| hint.role == Role::Id && hint.rank > 0));
        if is_reference && roles[column] == Role::Ignored && columns[column].words > 0 {
            roles[column] = Role::Description;
        }
    }
    let says_something = |column: usize| columns[column].words > 0;
    let called = |wanted: &str, roles: &[Role]| {
        let is_wanted = |name: Option<&str>| name.is_some_and(|name| word::simple(name) == wanted);
        names.iter().position(|name| is_wanted(*name)).filter(|column| roles[*column] == Role::Description)
    };
    if let (Some(_), Some(clean)) = (called("original description", roles), called("description", roles)) {
        roles[clean] = Role::Merchant;
    }
    let has_description = (0..roles.len()).any(|column| roles[column] == Role::Description && says_something(column));
    for column in of(Role::Merchant, roles) {
        roles[column] = if has_description { Role::Merchant } else { Role::Description };
    }
    for column in of(Role::DescriptionOtherwise, roles) {
        roles[column] = Role::DescriptionOtherwise;
    }
    few_words(columns, roles);
    if !roles.iter().any(|role| matches!(role, Role::Description | Role::DescriptionOtherwise)) {
        let unnamed = (0..roles.len()).filter(|column| roles[*column] == Role::Ignored && says_something(*column));
        if let Some(column) = unnamed.max_by_key(|column| columns[*column].distinct) {
            roles[column] = Role::Description;
        }
    }
}

/// A column that repeats a few words is a kind of booking, if another one says more.
fn few_words(columns: &[Column], roles: &mut [Role]) {
    let most = (0..roles.len())
        .filter(|column| roles[*column] == Role::Description)
        .map(|column| columns[column].distinct)
        .max();
    for (column, role) in columns.iter().zip(roles) {
        let is_few = column.rows >= 20 && column.is_full() && column.distinct * 10 <= column.filled;
        if *role == Role::Description && is_few && most.is_some_and(|most| most > column.distinct * 3) {
            *role = Role::DescriptionOtherwise;
        }
    }
}

/// A column of nothing but words for in and out gives amounts their sign, if they have none.
pub(super) fn direction(table: &Table, first: usize, roles: &mut [Role]) {
    let Some(amount) = roles.iter().position(|role| *role == Role::Amount) else { return };
    if table.column(first, amount).negatives > 0 {
        return;
    }
    let open = [Role::Ignored, Role::Description, Role::DescriptionOtherwise];
    let is_direction = |index: &usize| {
        let column = table.column(first, *index);
        open.contains(&roles[*index]) && column.filled > 0 && column.directions == column.filled
    };
    if let Some(index) = (0..roles.len()).find(is_direction) {
        roles[index] = Role::Direction;
    }
}

/// Roles of a table without names. What is not certain is refused: nobody could see the mistake.
pub(super) fn by_content(table: &Table, first: usize, width: usize) -> Result<Vec<Role>, Refusal> {
    let columns: Vec<Column> = (0..width).map(|index| table.column(first, index)).collect();
    let mut roles = vec![Role::Ignored; width];
    let days = (0..width).filter(|index| columns[*index].is_full() && columns[*index].is_days());
    for (index, role) in days.zip([Role::Day, Role::DayOtherwise]) {
        roles[index] = role;
    }
    if !roles.contains(&Role::Day) {
        return Err(Refusal::MissingColumns(vec![Needed::Day]));
    }
    let numbers: Vec<usize> = (0..width)
        .filter(|index| roles[*index] == Role::Ignored)
        .filter(|index| columns[*index].is_full() && columns[*index].is_amounts() && columns[*index].money > 0)
        .collect();
    match numbers.as_slice() {
        [] => return Err(Refusal::MissingColumns(vec![Needed::Amount])),
        [amount] => roles[*amount] = Role::Amount,
        several => {
            let (amount, balance) =
                proven(table, first, several).ok_or(Refusal::MissingColumns(vec![Needed::WhichAmount]))?;
            roles[amount] = Role::Amount;
            roles[balance] = Role::Balance;
        }
    }
    for (index, column) in columns.iter().enumerate().filter(|(_, column)| column.words > 0) {
        if roles[index] == Role::Ignored && column.words * 2 > column.filled {
            let is_currency = column.codes == column.filled && column.distinct == 1 && column.is_full();
            roles[index] = if is_currency { Role::Currency } else { Role::Description };
        }
    }
    Ok(roles)
}

/// The pair of columns of which one moves by the other, if there is exactly one.
fn proven(table: &Table, first: usize, numbers: &[usize]) -> Option<(usize, usize)> {
    let mark = if numbers.iter().any(|index| has_comma(table, first, *index)) {
        DecimalMark::Comma
    } else {
        DecimalMark::Point
    };
    let mut found = None;
    for amount in numbers {
        for balance in numbers.iter().filter(|balance| *balance != amount) {
            let amounts = table.amounts(first, *amount, mark);
            let balances = table.amounts(first, *balance, mark);
            if movements(&amounts, &balances).positive_is_in().is_some() {
                if found.is_some() {
                    return None;
                }
                found = Some((*amount, *balance));
            }
        }
    }
    found
}

fn has_comma(table: &Table, first: usize, index: usize) -> bool {
    (first..table.rows.len())
        .any(|row| super::super::amount::evidence(table.get(row, index)) == Some(DecimalMark::Comma))
}
