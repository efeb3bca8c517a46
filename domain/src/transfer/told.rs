//! What the text of a row tells about the accounts and the people of its household.

use super::{Household, Row};
use crate::{
    account::AccountKind,
    categorize::words::{Words, words},
};

/// Words that name what an account is, split as descriptors are.
const KINDS: [(AccountKind, &[&str]); 5] = [
    (
        AccountKind::Savings,
        &[
            "SAVINGS",
            "SAVING",
            "SAVER",
            "SAV",
            "SPAREN",
            "SPARKONTO",
            "TAGESGELD",
            "TAGESGELDKONTO",
            "SPAARREKENING",
            "EPARGNE",
            "LIVRET",
            "AHORRO",
            "AHORROS",
            "RISPARMIO",
            "POUPANCA",
        ],
    ),
    (
        AccountKind::Checking,
        &[
            "CHECKING",
            "CHK",
            "CURRENT ACCOUNT",
            "CHEQUE ACCOUNT",
            "GIROKONTO",
            "GIRO",
            "COMPTE COURANT",
            "CUENTA CORRIENTE",
            "CONTO CORRENTE",
            "BETAALREKENING",
        ],
    ),
    (
        AccountKind::CreditCard,
        &[
            "CREDIT CARD",
            "CREDIT CRD",
            "CRCARDPMT",
            "CARD PAYMENT",
            "CARD ENDING",
            "CARD SERVICES",
            "EPAYMENT CARD",
            "MASTERCARD",
            "KREDITKARTE",
            "KREDITKARTENABRECHNUNG",
            "TARJETA CREDITO",
            "CARTE CREDIT",
            "CARTA CREDITO",
        ],
    ),
    (
        AccountKind::Loan,
        &[
            "LOAN",
            "MORTGAGE",
            "DARLEHEN",
            "KREDITRATE",
            "HYPOTHEK",
            "HYPOTHEEK",
            "PRET",
            "PRESTAMO",
            "HIPOTECA",
            "MUTUO",
        ],
    ),
    (AccountKind::Investment, &["BROKERAGE", "INVESTMENT", "INVESTMENTS", "DEPOT", "PENSION", "ISA"]),
];

/// What a text tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// Places of accounts of the household, not the row's own, whose last digits it holds.
    pub(super) tails: Vec<usize>,
    /// Places of those that it names as the person does.
    pub(super) accounts: Vec<usize>,
    /// What kind the other account is.
    pub(super) kinds: Vec<AccountKind>,
    /// Whether it holds the last digits of an account that is nobody's here.
    pub(super) elsewhere: bool,
    /// Whether it holds the name of somebody of the household.
    pub(super) own_name: bool,
}

impl Told {
    /// Whether it says that the other side is an account, by its digits or by its name.
    pub(super) fn names(&self, account: usize) -> bool {
        self.tails.contains(&account) || self.accounts.contains(&account)
    }

    /// Whether it says that the other side is another account than this one.
    pub(super) fn denies(&self, account: usize) -> bool {
        let named = !self.tails.is_empty() || !self.accounts.is_empty();
        named && !self.names(account)
    }
}

/// Reads the texts of one household.
pub(super) struct Reader<'a> {
    tails: Vec<&'a str>,
    names: Vec<Vec<u64>>,
    kinds: Vec<(AccountKind, Vec<u64>)>,
    people: Vec<Vec<u64>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(household: &Household<'a>) -> Self {
        let kinds = KINDS.iter().flat_map(|(kind, spellings)| spellings.iter().map(|text| (*kind, words(text))));
        let people = household.names.iter().map(|name| words(name)).filter(|name| name.len() > 1);
        Self {
            tails: household.accounts.iter().map(|account| account.tail).collect(),
            names: household.accounts.iter().map(|account| long_words(account.name)).collect(),
            kinds: kinds.collect(),
            people: people.collect(),
        }
    }

    /// What the text of a row of an account tells.
    pub(super) fn read(&self, row: &Row<'_>, own: usize) -> Told {
        let text = Words::of(row.descriptor);
        let hashes = text.hashes();
        let holds =
            |sequence: &[u64]| !sequence.is_empty() && hashes.windows(sequence.len()).any(|part| part == sequence);
        let mut told = Told {
            own_name: self.people.iter().any(|name| name.iter().all(|word| hashes.contains(word))),
            ..Told::default()
        };
        for at in 0..text.len() {
            self.digits(&text, at, own, &mut told);
        }
        told.tails.sort_unstable();
        told.tails.dedup();
        told.accounts =
            (0..self.names.len()).filter(|account| *account != own && holds(&self.names[*account])).collect();
        told.kinds = self.kinds.iter().filter(|(_, words)| holds(words)).map(|(kind, _)| *kind).collect();
        told.kinds.dedup();
        told
    }

    /// What the digits at the end of a word tell: those of an account, whole or masked, are four at least.
    fn digits(&self, text: &Words, at: usize, own: usize, told: &mut Told) {
        let word = text.text(at, at + 1);
        let digits = word.trim_start_matches(|c: char| !c.is_ascii_digit());
        if digits.len() < 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return;
        }
        let before = if at > 0 { text.text(at - 1, at) } else { "" };
        let is_mask = |mask: &str| !mask.is_empty() && mask.bytes().all(|byte| byte == b'X');
        let masked = is_mask(&word[..word.len() - digits.len()])
            || (digits.len() == word.len()
                && (is_mask(before) || matches!(before, "ENDING" | "ACCT") || marked(text, at)));
        // A number of four digits that looks like a year is one, unless it is masked.
        let year = digits.len() == 4 && (digits.starts_with("19") || digits.starts_with("20"));
        if (year || digits.len() != word.len() && word.len() < 12) && !masked {
            return;
        }
        let mut known = false;
        for (account, tail) in self.tails.iter().enumerate() {
            // The text holds more digits than are known, or the household knows more of them than the text holds.
            let same = tail.len() >= 4 && (digits.ends_with(tail) || (masked && tail.ends_with(digits)));
            known |= same;
            if same && account != own {
                told.tails.push(account);
            }
        }
        told.elsewhere |= masked && !known;
    }
}

/// Whether a mark of masking stands right before a word, and four digits behind it: `*1234`, `...1234`, `ENDING IN 1234`.
fn marked(text: &Words, at: usize) -> bool {
    let word = &text.list[at];
    let ending = at > 1 && text.text(at - 1, at) == "IN" && text.text(at - 2, at - 1) == "ENDING";
    let after_number = at > 0 && text.list[at - 1].is_number();
    word.len() == 4 && (ending || word.before == b'*' || (word.before == b'.' && !after_number))
}

/// The words of an account's name; none where it has fewer than four letters and says too little.
fn long_words(name: &str) -> Vec<u64> {
    let text = Words::of(name);
    let letters = text.text(0, text.len()).chars().filter(|c| c.is_alphabetic()).count();
    if letters >= 4 { text.hashes().to_vec() } else { Vec::new() }
}
