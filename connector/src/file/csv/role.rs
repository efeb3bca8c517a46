//! The role of each column: by its name where there is one, always against what stands in it.

use super::{
    super::{Needed, Refusal, amount},
    mapping::{Positive, Role},
    name, prove,
    table::{Column, Table},
    word,
};

/// Different words of a column that says of what kind a booking is, at most.
const KINDS: usize = 5;

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
        let hints = name.map(name::hints).unwrap_or_default();
        let fitting = hints.iter().filter(|hint| !has_rows || fits(hint.role, hint.rank, &columns[index]));
        claims.extend(fitting.map(|hint| Claim { column: index, role: hint.role, rank: hint.rank }));
    }
    beside_currencies(&columns, names, &mut claims);
    let mut roles = vec![Role::Ignored; names.len()];
    days(&claims, &columns, &mut roles);
    amounts(&claims, &columns, names, &mut roles);
    let currency_is_named = names.iter().zip(&roles).any(|(name, role)| {
        matches!(role, Role::Amount | Role::Debit | Role::Credit) && name.and_then(name::currency_in).is_some()
    });
    let singles = [Role::Balance, Role::Currency, Role::Id, Role::Account, Role::Status, Role::CategoryCode];
    for role in singles.into_iter().filter(|role| *role != Role::Currency || !currency_is_named) {
        let free = claims.iter().filter(|claim| claim.role == role && roles[claim.column] == Role::Ignored);
        if let Some(claim) = free.min_by_key(|claim| (claim.rank, claim.column)) {
            roles[claim.column] = role;
        }
    }
    originals(&claims, &mut roles);
    texts(&claims, &columns, names, &mut roles);
    other_side(table, first, &columns, &mut roles);
    states(&columns, &mut roles);
    // What no other text is made of.
    let has_text = roles.contains(&Role::Description);
    for claim in claims.iter().filter(|claim| claim.role == Role::Category && columns[claim.column].words > 0) {
        if has_text && matches!(roles[claim.column], Role::Ignored | Role::DescriptionOtherwise) {
            roles[claim.column] = Role::Category;
        }
    }
    roles
}

/// A name that stands above two columns, the currency and how much of it: what it says is of the second.
fn beside_currencies(columns: &[Column], names: &[Option<&str>], claims: &mut Vec<Claim>) {
    let is_money = |role: Role| matches!(role, Role::Amount | Role::Debit | Role::Credit | Role::Balance);
    for index in 0..columns.len().saturating_sub(1) {
        let (code, next) = (&columns[index], &columns[index + 1]);
        let is_pair = code.filled > 0 && code.codes == code.filled && names[index + 1].is_none() && next.amounts > 0;
        let hints = names[index].map(name::hints).unwrap_or_default();
        if let Some(hint) = hints.iter().find(|hint| is_pair && is_money(hint.role)) {
            claims.retain(|claim| claim.column != index);
            claims.push(Claim { column: index + 1, role: hint.role, rank: hint.rank });
            if hint.role != Role::Balance {
                claims.push(Claim { column: index, role: Role::Currency, rank: 0 });
            }
        }
    }
}

/// The amount in the currency that it was of before, and which that was: one says nothing without the other.
fn originals(claims: &[Claim], roles: &mut [Role]) {
    let free = |wanted: Role, roles: &[Role]| {
        let of_role = claims.iter().filter(|claim| claim.role == wanted && roles[claim.column] == Role::Ignored);
        of_role.map(|claim| claim.column).min()
    };
    let (amount, currency) = (free(Role::OriginalAmount, roles), free(Role::OriginalCurrency, roles));
    if let (Some(amount), Some(currency)) = (amount, currency) {
        (roles[amount], roles[currency]) = (Role::OriginalAmount, Role::OriginalCurrency);
    }
}

/// A column of nothing but words for booked and not booked says which a row is, whatever it is called.
fn states(columns: &[Column], roles: &mut [Role]) {
    if roles.contains(&Role::Status) {
        return;
    }
    let is_state = |index: &usize| {
        let column = &columns[*index];
        roles[*index] == Role::Ignored && column.filled > 0 && column.states == column.filled
    };
    if let Some(index) = (0..roles.len()).find(is_state) {
        roles[index] = Role::Status;
    }
}

/// Whether what stands in a column can be what its name says.
fn fits(role: Role, rank: u8, column: &Column) -> bool {
    match role {
        Role::Day | Role::DayOtherwise => {
            // Below a table may stand other things: a name that says it needs little proof.
            column.filled > 0 && (column.is_days() || column.serials == column.filled || (rank <= 1 && column.days > 0))
        }
        // A name that says it needs little proof: the rows may be garbled.
        Role::Amount if rank <= 1 => column.amounts > 0 || (column.words == 0 && column.filled > 0),
        Role::Amount | Role::Balance => column.amounts > 0 && column.is_amounts(),
        Role::Debit | Role::Credit if rank <= 1 => column.filled == 0 || column.amounts > 0,
        Role::Debit | Role::Credit => column.filled == 0 || column.is_amounts(),
        // A code that nobody knows is refused in its row.
        Role::Currency | Role::OriginalCurrency => column.filled > 0 && column.triples == column.filled,
        Role::OriginalAmount => column.is_amounts(),
        Role::CategoryCode => column.filled > 0 && column.category_codes == column.filled,
        // A reference may be what people write to each other: an id is another in each row.
        Role::Id if rank > 0 => {
            column.is_full() && column.distinct == column.filled && column.ids == column.filled && column.filled > 1
        }
        Role::Id => column.distinct * 2 > column.filled,
        // A card that differs from row to row is one of several to one account.
        Role::Account if rank > 2 => column.distinct == 1,
        // Other people's accounts differ from row to row.
        Role::Account if rank > 0 => {
            let is_numbers = column.ids == column.filled && column.distinct * 2 <= column.filled + 1;
            column.distinct == 1 || (column.filled > 0 && (is_numbers || column.distinct * 3 <= column.filled))
        }
        Role::Account
        | Role::Ignored
        | Role::Direction
        | Role::DescriptionOtherwise
        | Role::Merchant
        | Role::Category
        | Role::Status => column.filled > 0,
        // What is empty at the beginning may be filled later.
        Role::Description => true,
        Role::Fee => column.amounts > 0,
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
        let is_named = |column: usize| names[column].and_then(name::currency_in).is_some();
        // Of two with one name's strength, one that has words among its amounts is for the other.
        let has_words = |column: usize| columns[column].filled > columns[column].amounts;
        let rank = |claim: &&Claim| (!is_named(claim.column), claim.rank, has_words(claim.column), claim.column);
        free.min_by_key(rank).map(|claim| claim.column)
    };
    // On a card what is paid comes in, and what is charged goes out; without charges beside them payments are an account's.
    let called = |wanted: &[&str]| {
        let is_it = |name: &str| wanted.contains(&name::simple(name).as_str());
        let found = (0..names.len()).find(|column| names[*column].is_some_and(is_it));
        found.filter(|column| columns[*column].amounts > 0)
    };
    if let (Some(charges), Some(payments)) = (called(&["charges"]), called(&["payments", "payments and credits"])) {
        (roles[charges], roles[payments]) = (Role::Debit, Role::Credit);
        return;
    }
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
        // Words for in and out, with a few of other kinds among them, are no text.
        let Column { filled, directions, distinct, singles, .. } = columns[column];
        let is_kind = directions * 2 > filled && distinct <= KINDS && singles < filled;
        let is_direction = filled > 0 && (directions == filled || is_kind);
        roles[column] = if is_direction { Role::DescriptionOtherwise } else { Role::Description };
    }
    // Columns without names go on with the text before them.
    for column in 1..names.len() {
        let goes_on = names[column].is_none() && roles[column - 1] == Role::Description;
        if goes_on && roles[column] == Role::Ignored && columns[column].words > 0 {
            roles[column] = Role::Description;
        }
    }
    // A reference that is no id is words.
    for (column, name) in names.iter().enumerate() {
        let is_reference =
            name.is_some_and(|name| name::hints(name).iter().any(|hint| hint.role == Role::Id && hint.rank > 0));
        if is_reference && roles[column] == Role::Ignored && columns[column].words > 0 {
            roles[column] = Role::Description;
        }
    }
    let says_something = |column: usize| columns[column].words > 0;
    // The other side's account, where words stand beside it.
    let is_number = |column: usize| columns[column].ibans > 0 && columns[column].ibans == columns[column].filled;
    let texts =
        |roles: &[Role]| (0..roles.len()).filter(|column| roles[*column] == Role::Description).collect::<Vec<_>>();
    if texts(roles).into_iter().any(|column| says_something(column) && !is_number(column)) {
        for column in texts(roles).into_iter().filter(|column| is_number(*column)) {
            roles[column] = Role::Ignored;
        }
    }
    let called = |wanted: &str, roles: &[Role]| {
        let is_wanted = |name: Option<&str>| name.is_some_and(|name| name::simple(name) == wanted);
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

/// Where rows have no text, the column of words that nobody knows and that most of them have names the other side.
fn other_side(table: &Table, first: usize, columns: &[Column], roles: &mut [Role]) {
    let is_text = |role: &Role| matches!(role, Role::Description | Role::DescriptionOtherwise | Role::Merchant);
    let texts: Vec<usize> = (0..roles.len()).filter(|column| is_text(&roles[*column])).collect();
    let rows = (first..table.rows.len()).filter(|row| table.rows[*row].1.len() * 2 > roles.len());
    let is_silent = |row: &usize| texts.iter().all(|column| table.get(*row, *column).is_empty());
    let (silent, spoken): (Vec<usize>, Vec<usize>) = rows.partition(is_silent);
    if spoken.is_empty() {
        return;
    }
    let says = |column: usize| silent.iter().filter(|row| !table.get(**row, column).is_empty()).count();
    let is_open = |column: &usize| {
        let Column { filled, words, distinct, ids, .. } = columns[*column];
        roles[*column] == Role::Ignored && words * 2 > filled && ids * 2 <= filled && distinct * 2 > filled
    };
    let open = (0..roles.len()).filter(is_open).filter(|column| says(*column) * 2 > silent.len());
    if let Some(column) = open.max_by_key(|column| says(*column)) {
        roles[column] = Role::Description;
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
    let open = [Role::Ignored, Role::Description, Role::DescriptionOtherwise, Role::Category];
    let is_direction = |index: &usize| {
        let column = table.column(first, *index);
        let is_words = column.filled > 0 && column.directions == column.filled;
        let is_signs = column.rows > 0 && column.signs == column.rows;
        let is_open = open.contains(&roles[*index]) && (is_words || is_signs);
        is_open && !signs_agree(table, first, *index, amount)
    };
    if let Some(index) = (0..roles.len()).find(is_direction) {
        roles[index] = Role::Direction;
    }
}

/// Whether amounts have the sign that the words beside them say, so that the words add nothing.
fn signs_agree(table: &Table, first: usize, words: usize, amount: usize) -> bool {
    positive_beside(table, first, words, amount).is_some()
}

/// What a positive amount means, by the words beside amounts that have signs; `None` where the words alone say the direction.
pub(super) fn positive_beside(table: &Table, first: usize, words: usize, amount: usize) -> Option<Positive> {
    let mut counts = [[0_usize; 2]; 2];
    for row in first..table.rows.len() {
        let found = word::is_in(table.get(row, words)).zip(amount::parse_alone(table.get(row, amount)));
        if let Some((is_in, amount)) = found {
            counts[usize::from(is_in)][usize::from(amount.signed().is_sign_negative())] += 1;
        }
    }
    // A debit with a minus among many without is one that was taken back: most must be so.
    let [out_is_negative, in_is_negative] = counts.map(|[positive, negative]| negative > positive);
    match (out_is_negative, in_is_negative) {
        (true, false) => Some(Positive::In),
        (false, true) => Some(Positive::Out),
        _ => None,
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
    let is_number =
        |index: &usize| roles[*index] == Role::Ignored && columns[*index].amounts > 0 && columns[*index].is_amounts();
    let numbers: Vec<usize> = (0..width).filter(is_number).collect();
    let amounts: Vec<usize> = numbers.iter().copied().filter(|index| columns[*index].money > 0).collect();
    let pairs = || amounts.iter().flat_map(|one| amounts.iter().map(move |other| (*one, *other)));
    let sides = pairs().find(|(one, other)| one < other && is_pair(table, first, *one, *other));
    let full: Vec<usize> = amounts.iter().copied().filter(|index| columns[*index].is_full()).collect();
    let balances: Vec<usize> = numbers.iter().copied().filter(|index| columns[*index].is_full()).collect();
    match (sides, full.as_slice()) {
        (Some(sides), _) => {
            let (debit, credit, balance) = prove::pair(table, first, &roles, sides, &full);
            let (debit, credit) = match balance {
                Some(_) => (debit, credit),
                None => sides_by_sign(table, first, sides)?,
            };
            (roles[debit], roles[credit]) = (Role::Debit, Role::Credit);
            if let Some(balance) = balance {
                roles[balance] = Role::Balance;
            }
        }
        (None, []) => return Err(Refusal::MissingColumns(vec![Needed::Amount])),
        (None, [amount]) => {
            roles[*amount] = Role::Amount;
            if let Some((_, balance)) = prove::by_balance(table, first, &roles, (&[*amount], &balances)) {
                roles[balance] = Role::Balance;
            }
        }
        (None, several) => {
            let proven = prove::by_balance(table, first, &roles, (several, several));
            let (amount, balance) = proven.ok_or(Refusal::MissingColumns(vec![Needed::WhichAmount]))?;
            (roles[amount], roles[balance]) = (Role::Amount, Role::Balance);
        }
    }
    texts_by_content(&columns, &mut roles);
    Ok(roles)
}

/// Which of two columns is money out, by the minus in it. Without one money out stands first; but where names stand above that nobody
/// understands, they say it, and so it must be asked.
fn sides_by_sign(table: &Table, first: usize, (one, other): (usize, usize)) -> Result<(usize, usize), Refusal> {
    let negatives = |column| table.column(first, column).negatives;
    match (negatives(one), negatives(other)) {
        (0, negative) if negative > 0 => return Ok((other, one)),
        (negative, 0) if negative > 0 => return Ok((one, other)),
        _ => {}
    }
    let above = first.checked_sub(1);
    let is_name = |column| {
        let name = above.map_or("", |row| table.get(row, column));
        name.contains(char::is_alphabetic) && !name.contains(|c: char| c.is_ascii_digit())
    };
    if is_name(one) && is_name(other) {
        return Err(Refusal::MissingColumns(vec![Needed::WhichAmount]));
    }
    Ok((one, other))
}

/// Whether each row has a number in one of two columns, and none has one in both.
fn is_pair(table: &Table, first: usize, one: usize, other: usize) -> bool {
    let has = |row, column| amount::parse_alone(table.get(row, column)).is_some_and(|amount| !amount.size.is_zero());
    let rows = || (first..table.rows.len()).map(|row| (has(row, one), has(row, other)));
    rows().all(|(one, other)| !(one && other)) && rows().any(|(one, _)| one) && rows().any(|(_, other)| other)
}

/// Columns of words are text, but for those that say the same in most rows where another says more.
fn texts_by_content(columns: &[Column], roles: &mut [Role]) {
    let is_text = |column: &Column| {
        column.words > 0
            && column.words * 2 > column.filled
            && column.singles < column.filled
            && column.ibans * 2 <= column.filled
    };
    let most = columns.iter().zip(&*roles).filter(|(column, role)| **role == Role::Ignored && is_text(column));
    let most = most.map(|(column, _)| column.distinct).max().unwrap_or(0);
    let is_constant = |column: &Column| {
        column.is_full() && column.rows > 1 && column.most * 2 > column.filled && column.distinct * 3 <= most * 2
    };
    for (column, role) in columns.iter().zip(roles).filter(|(column, role)| **role == Role::Ignored && is_text(column))
    {
        let is_currency = column.codes == column.filled && column.distinct == 1 && column.is_full();
        if is_currency {
            *role = Role::Currency;
        } else if !is_constant(column) {
            *role = Role::Description;
        }
    }
}
