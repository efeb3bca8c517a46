//! Weighing: what speaks for a candidate and against it, in points, and whether both sides say enough.

use std::collections::{HashMap, HashSet};

use super::{
    Evidence, Household, Member, Pair, Proposal, Reserve,
    candidate::{Candidate, Fit},
    voice::Voice,
};
use crate::{
    account::AccountKind,
    categorize::Source,
    id::{AccountId, TransactionId},
};

/// Points from which on a pair is worth a question: two silent rows of one round amount that lie two days apart have just as many.
pub(super) const LEAST: i64 = 35;
/// Points for amounts that are equal.
const EQUAL: i64 = 40;
/// What each business day more takes away. It grows, so that of two pairs both are a day late rather than one of them two.
const LAG: [i64; 6] = [0, 2, 5, 9, 14, 20];
/// Confirmed transfers between two accounts from which on they are usual.
const USUAL: u32 = 3;
/// Amounts that are no multiple of so many minor units seldom meet by chance.
const ROUND: i64 = 500;
/// Business days up to which a text on one side is enough for an odd amount.
const PROMPT_DAYS: i32 = 3;

/// A candidate with its points.
pub(super) struct Weighed {
    pub(super) candidate: Candidate,
    pub(super) points: i64,
    signs: Vec<Evidence>,
    reserve: Option<Reserve>,
    lag_days: i32,
    pays_loan: bool,
}

impl Weighed {
    /// As it is answered.
    pub(super) fn proposal(&self, members: &[Member<'_>], ambiguous: bool) -> Proposal {
        let pair = Pair { out: members[self.candidate.out].row.id, into: members[self.candidate.into].row.id };
        let reserve = match self.reserve {
            None | Some(Reserve::Weak) if ambiguous => Some(Reserve::Ambiguous),
            reserve => reserve,
        };
        let percent = match reserve {
            None => (self.points + 20).clamp(90, 99),
            Some(Reserve::Ambiguous) => self.points.clamp(20, 60),
            Some(_) => self.points.clamp(20, 89),
        };
        Proposal {
            pair,
            confidence_percent: u8::try_from(percent).unwrap_or(1),
            reserve,
            pays_loan: self.pays_loan,
            lag_days: self.lag_days,
            fee_minor: if let Fit::Fee(fee) = self.candidate.fit { fee } else { 0 },
            evidence: self.signs.clone(),
        }
    }
}

/// Weighs the candidates of one household.
pub(super) struct Weigher<'a> {
    household: &'a Household<'a>,
    members: &'a [Member<'a>],
    history: HashMap<(AccountId, AccountId), u32>,
    rejected: HashSet<TransactionId>,
}

/// One side of a candidate, looked at from there.
#[derive(Clone, Copy)]
struct Side<'a> {
    member: &'a Member<'a>,
    own: AccountKind,
    /// The account of the other side.
    account: usize,
    other: AccountKind,
    other_voice: Voice,
    /// Whether it is what comes in.
    comes_in: bool,
    usual: bool,
}

impl Side<'_> {
    /// What it says of itself, in points.
    fn voice(self) -> i64 {
        let with_cash = self.other == AccountKind::Cash || self.own == AccountKind::Cash;
        match self.member.voice {
            Voice::Between => 15,
            Voice::Cash if with_cash => 15,
            Voice::Cash if self.other_voice == Voice::Cash => 0,
            Voice::Cash => -20,
            Voice::Loan if self.other == AccountKind::Loan || self.own == AccountKind::Loan => 15,
            Voice::Sent => 8,
            Voice::Silent => 0,
            Voice::Loan | Voice::Trade => -35,
        }
    }

    /// What its text says of the other account, in points.
    fn text(self) -> i64 {
        let told = &self.member.told;
        let named = if told.tails.contains(&self.account) {
            20
        } else if told.accounts.contains(&self.account) {
            12
        } else if told.denies(self.account) {
            -40
        } else {
            0
        };
        let kind = match &told.kinds[..] {
            [] => 0,
            kinds if kinds.contains(&self.other) => 6,
            kinds if kinds.iter().all(|kind| *kind == self.own) => 0,
            _ => -8,
        };
        named + kind + if told.own_name { 6 } else { 0 }
    }

    /// Whether it holds the last digits of the other account.
    fn is_explicit(self) -> bool {
        self.member.voice != Voice::Trade && self.member.told.tails.contains(&self.account)
    }

    /// Whether it is the payment that a card or a loan has received: somebody has paid it, and hardly a stranger.
    fn is_received(self) -> bool {
        match self.own {
            AccountKind::CreditCard => self.comes_in && self.member.voice == Voice::Between,
            AccountKind::Loan => self.comes_in && self.member.voice != Voice::Trade,
            _ => false,
        }
    }

    /// Whether it says enough for its side to be a transfer with the other account.
    fn is_strong(self) -> bool {
        let told = &self.member.told;
        if told.denies(self.account) {
            return false;
        }
        let strays = told.elsewhere && !told.kinds.contains(&self.other);
        match self.member.voice {
            _ if self.is_explicit() => true,
            Voice::Trade => false,
            _ if strays => false,
            _ if self.is_received() => true,
            Voice::Cash if self.own == AccountKind::Cash => true,
            Voice::Sent => told.own_name || told.accounts.contains(&self.account) || self.usual,
            voice => voice.fits(self.other),
        }
    }
}

impl<'a> Weigher<'a> {
    pub(super) fn new(household: &'a Household<'a>, members: &'a [Member<'a>]) -> Self {
        let mut history: HashMap<_, u32> = HashMap::new();
        for past in household.history {
            let count = history.entry((past.from, past.to)).or_default();
            *count = count.saturating_add(past.count);
        }
        let rejected = household.rejected.iter().flat_map(|pair| [pair.out, pair.into]).collect();
        Self { household, members, history, rejected }
    }

    /// The candidates that are worth a question.
    pub(super) fn weigh(&self, candidates: Vec<Candidate>) -> Vec<Weighed> {
        candidates.into_iter().map(|candidate| self.one(candidate)).filter(|it| it.points >= LEAST).collect()
    }

    fn one(&self, candidate: Candidate) -> Weighed {
        let (out, into) = (&self.members[candidate.out], &self.members[candidate.into]);
        let (from, to) = (&self.household.accounts[out.account], &self.household.accounts[into.account]);
        let past = self.history.get(&(from.id, to.id)).copied().unwrap_or(0);
        let usual = past >= USUAL;
        let side = |member, own, account, other, other_voice, comes_in| Side {
            member,
            own,
            account,
            other,
            other_voice,
            comes_in,
            usual,
        };
        let goes = side(out, from.kind, into.account, to.kind, into.voice, false);
        let comes = side(into, to.kind, out.account, from.kind, out.voice, true);
        let lag_days = into.row.day.business_days_since(out.row.day);
        let lag = usize::try_from(lag_days.unsigned_abs()).unwrap_or(usize::MAX);
        let odd = out.row.amount_minor % ROUND != 0;
        let card = to.kind == AccountKind::CreditCard && comes.is_received() && out.voice != Voice::Trade;
        let amount = match candidate.fit {
            Fit::Equal => EQUAL + if odd { 6 } else { 0 },
            Fit::Fee(_) => EQUAL - 18,
            Fit::Rate => EQUAL - 8 + if candidate.states_amount { 10 } else { 0 },
            Fit::Unknown => EQUAL - 28 + if candidate.states_amount { 24 } else { 0 },
        };
        let late = LAG.get(lag).copied().unwrap_or(EQUAL) + if lag_days < 0 { 2 } else { 0 };
        let points = amount - late
            + goes.voice()
            + comes.voice()
            + goes.text()
            + comes.text()
            + i64::from(past.min(5)) * 2
            + if card { 8 } else { 0 };
        let pays_loan = to.kind == AccountKind::Loan;
        Weighed {
            points,
            signs: Self::signs(candidate, goes, comes, past, lag_days, card),
            reserve: self.reserve(candidate, goes, comes, odd && lag_days.abs() <= PROMPT_DAYS),
            candidate,
            lag_days,
            pays_loan,
        }
    }

    /// Why it is not sure, as far as that shows in the two rows alone.
    fn reserve(&self, candidate: Candidate, goes: Side<'_>, comes: Side<'_>, telling: bool) -> Option<Reserve> {
        let sides = [goes, comes];
        let rows = sides.map(|side| side.member);
        let overruled =
            |member: &Member<'_>| member.voice == Voice::Trade && member.row.category_source == Source::Person;
        let one_is_enough = |one: Side<'_>, other: Side<'_>| {
            (one.is_explicit() || one.is_received())
                && one.is_strong()
                && !matches!(other.member.voice, Voice::Trade | Voice::Cash)
                && !other.member.told.denies(other.account)
                && !other.member.told.elsewhere
        };
        let enough = sides.iter().all(|side| side.is_strong())
            || (telling && (one_is_enough(goes, comes) || one_is_enough(comes, goes)));
        if rows.iter().any(|member| member.row.pending) {
            Some(Reserve::Pending)
        } else if candidate.fit != Fit::Equal {
            Some(Reserve::OtherAmount)
        } else if rows.iter().any(|member| overruled(member)) {
            Some(Reserve::Person)
        } else if rows.iter().any(|member| self.rejected.contains(&member.row.id)) {
            Some(Reserve::Rejected)
        } else if enough {
            None
        } else {
            Some(Reserve::Weak)
        }
    }

    fn signs(
        candidate: Candidate,
        goes: Side<'_>,
        comes: Side<'_>,
        past: u32,
        lag_days: i32,
        card: bool,
    ) -> Vec<Evidence> {
        let sides = [goes, comes];
        let any = |holds: fn(&Side<'_>) -> bool| sides.iter().any(holds);
        let word = |side: Side<'_>| !matches!(side.member.voice, Voice::Silent | Voice::Trade) && side.voice() > 0;
        let loan = comes.own == AccountKind::Loan;
        let cash = any(|side| side.member.voice == Voice::Cash && side.voice() >= 0);
        let named = any(|side| {
            let told = &side.member.told;
            told.accounts.contains(&side.account) || told.kinds.contains(&side.other)
        });
        let signs = [
            (candidate.fit == Fit::Equal, Evidence::Amount),
            (candidate.fit == Fit::Rate, Evidence::Rate),
            (candidate.states_amount, Evidence::AmountInText),
            (matches!(candidate.fit, Fit::Fee(_)), Evidence::Fee),
            (lag_days.abs() <= 1, Evidence::Lag),
            (any(|side| side.member.told.tails.contains(&side.account)), Evidence::Tail),
            (named, Evidence::AccountName),
            (any(|side| side.member.told.own_name), Evidence::OwnName),
            (word(goes), Evidence::WordOut),
            (word(comes), Evidence::WordIn),
            (past > 0, Evidence::History),
            (card, Evidence::CardPayment),
            (loan, Evidence::LoanPayment),
            (cash, Evidence::Cash),
        ];
        signs.into_iter().filter(|(holds, _)| *holds).map(|(_, sign)| sign).collect()
    }
}
