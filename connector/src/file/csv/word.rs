//! Words in the fields of a table that say something by themselves: in or out, booked or not, a payment to a card, a balance.

use super::name::simple;

/// What a word says of the direction: whether money comes in.
pub(super) fn is_in(word: &str) -> Option<bool> {
    const IN: [&str; 25] = [
        "cr",
        "credit",
        "c",
        "in",
        "haben",
        "h",
        "bij",
        "credito",
        "abono",
        "avere",
        "gutschrift",
        "inflow",
        "crdt",
        "deposit",
        "money in",
        "received",
        "incoming",
        "entree",
        "income",
        "kredit",
        "k",
        "deposits",
        "eingang",
        "prichozi",
        "\u{6536}\u{5165}",
    ];
    const OUT: [&str; 25] = [
        "dr",
        "debit",
        "d",
        "out",
        "soll",
        "s",
        "af",
        "debito",
        "cargo",
        "dare",
        "lastschrift",
        "outflow",
        "dbit",
        "withdrawal",
        "money out",
        "sent",
        "outgoing",
        "sortie",
        "expense",
        "debet",
        "withdrawals",
        "uit",
        "ausgang",
        "odchozi",
        "\u{652f}\u{51fa}",
    ];
    match word {
        "+" => return Some(true),
        "-" => return Some(false),
        _ => {}
    }
    let word = simple(word);
    if IN.contains(&word.as_str()) {
        return Some(true);
    }
    OUT.contains(&word.as_str()).then_some(false)
}

/// What the status of a row says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Booked,
    Pending,
    Declined,
}

/// The status of a word, if it is known. One that nobody knows is no reason to leave a row out.
#[rustfmt::skip]
pub(super) fn state_of(word: &str) -> Option<Status> {
    const BOOKED: [&str; 25] = [
        "booked", "posted", "completed", "complete", "cleared", "settled", "executed", "success", "successful", "gebucht",
        "umsatz gebucht", "abgeschlossen", "contabilizzato", "contabilizado", "utford", "udfort", "bokford", "bokfort",
        "geaccepteerd", "verwerkt", "termine", "comptabilise", "rozliczona", "wykonana", "completado",
    ];
    const PENDING: [&str; 29] = [
        "pending", "authorised", "authorized", "authorisation", "authorization", "vorgemerkt", "umsatz vorgemerkt", "reserved",
        "processing", "pendiente", "en attente", "offen", "open", "venter", "reserverad", "reservert", "reserveret",
        "non contabilizzato", "in sospeso", "pendente", "unposted", "not posted", "uncleared", "in behandeling", "a venir",
        "en cours", "oczekujaca", "w trakcie", "varaus",
    ];
    const DECLINED: [&str; 24] = [
        "declined", "reverted", "cancelled", "canceled", "failed", "rejected", "abgelehnt", "refused", "denied", "deleted",
        "expired", "geweigerd", "rifiutato", "rechazado", "recusado", "refuse", "annule", "annullato", "storniert", "voided",
        "odrzucona", "avvist", "afvist", "avvisad",
    ];
    if word.is_empty() {
        return None;
    }
    let word = simple(word);
    let is_in = |words: &[&str]| words.contains(&word.as_str());
    if is_in(&PENDING) {
        Some(Status::Pending)
    } else if is_in(&DECLINED) {
        Some(Status::Declined)
    } else {
        is_in(&BOOKED).then_some(Status::Booked)
    }
}

/// Whether a text only says that there is none.
pub(super) fn is_nothing(text: &str) -> bool {
    text.is_empty() || text.eq_ignore_ascii_case("no description")
}

/// Whether the heading of a part of a table says that the rows below it are not booked.
pub(super) fn is_heading_of_pending(text: &str) -> bool {
    const PENDING: [&str; 8] = [
        "pending transactions",
        "pending",
        "authorised transactions",
        "authorized transactions",
        "authorisations",
        "authorizations",
        "pending and authorised transactions",
        "vorgemerkte umsatze",
    ];
    PENDING.contains(&simple(text).as_str())
}

/// Whether a text says that its row is no transaction, but what an account held before or after others.
#[rustfmt::skip]
pub(super) fn is_balance(text: &str) -> bool {
    const BEGINNING: [&str; 53] = [
        "opening balance", "open balance", "closing balance", "close balance", "beginning balance", "ending balance",
        "starting balance", "previous balance", "balance brought forward", "balance carried forward", "balance b f", "balance c f",
        "balance forward", "brought forward", "carried forward", "total credits", "total debits", "total pending", "saldo anterior",
        "saldo inicial", "saldo final", "saldo contabil", "saldo koncowe", "saldo iniziale", "saldo finale", "alter kontostand",
        "neuer kontostand", "letzter kontostand", "solde au", "algsaldo", "loppsaldo", "sakuma atlikums", "beigu atlikums",
        "likutis pradziai", "likutis pabaigai", "pradinis likutis", "galutinis likutis", "sold initial", "anfangssaldo", "endsaldo",
        "neuer saldo", "alter saldo", "saldovortrag", "solde initial", "nouveau solde", "ancien solde", "beginsaldo", "eindsaldo",
        "ingaende saldo", "utgaende saldo", "saldo poprzednie", "saldo do dia", "saldo del dia",
    ];
    // What went in or out between the two, and what may begin a name.
    const WHOLE: [&str; 7] = ["kaive", "apgrozijums", "apyvarta", "turnover", "kontostand", "vortrag", "stanje"];
    if !may_be_balance(text) {
        return false;
    }
    let text = simple(text);
    BEGINNING.iter().any(|beginning| text.starts_with(beginning)) || WHOLE.contains(&text.as_str())
}

/// Whether a text may begin as one of those: a look at its first letters, as nearly every row is none of them.
fn may_be_balance(text: &str) -> bool {
    const FIRST: [&[u8; 2]; 28] = [
        b"al", b"an", b"ap", b"ba", b"be", b"br", b"ca", b"cl", b"ei", b"en", b"ga", b"in", b"ka", b"ko", b"le", b"li",
        b"lo", b"ne", b"no", b"op", b"pr", b"sa", b"so", b"st", b"to", b"tu", b"ut", b"vo",
    ];
    let text = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    match text.as_bytes() {
        [first, second, ..] if first.is_ascii() && second.is_ascii() => {
            FIRST.contains(&&[first.to_ascii_lowercase(), second.to_ascii_lowercase()])
        }
        // Letters with accents are made plain first.
        _ => true,
    }
}

/// Whether a text alone says that its row, if it has no day, adds others up.
#[rustfmt::skip]
pub(super) fn is_total(text: &str) -> bool {
    const WHOLE: [&str; 16] = [
        "total", "totals", "subtotal", "sub total", "grand total", "summe", "gesamt", "balance", "saldo", "solde", "kontostand",
        "totale", "totaal", "suma", "sum", "razem",
    ];
    WHOLE.contains(&simple(text).as_str()) || is_balance(text)
}

/// Whether a descriptor sounds like money that comes to a card: the sign of such a row tells that of the others.
pub(super) fn is_payment(text: &str) -> bool {
    const WORDS: [&str; 12] = [
        "thank you",
        "payment received",
        "autopay",
        "automatic payment",
        "direct debit payment",
        "payment from",
        "refund",
        "pagamento recebido",
        "online payment",
        "mobile payment",
        "internet payment",
        "direct debit received",
    ];
    let text = simple(text);
    WORDS.iter().any(|word| text.contains(word))
}

/// Whether the kind of a row is such a payment.
pub(super) fn is_kind_of_payment(text: &str) -> bool {
    const KINDS: [&str; 9] = [
        "payment",
        "payments",
        "payments and credits",
        "payment credit",
        "return",
        "refund",
        "credit card payment",
        "awards and rebate credits",
        "payment received",
    ];
    KINDS.contains(&simple(text).as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_a_direction_and_a_status() {
        assert_eq!((is_in("CR"), is_in("Af"), is_in("S"), is_in("VISA")), (Some(true), Some(false), Some(false), None));
        assert_eq!(state_of("PENDING"), Some(Status::Pending));
        assert_eq!(state_of("Reverted"), Some(Status::Declined));
        assert_eq!(state_of("Completed"), Some(Status::Booked));
        assert_eq!((state_of("Udført"), state_of("coffee")), (Some(Status::Booked), None));
    }

    #[test]
    fn a_balance_is_told_from_a_booking() {
        for summary in ["Total", "Closing Balance 25/11/2026", "BROUGHT FORWARD", "Kontostand"] {
            assert!(is_total(summary), "{summary}");
        }
        // What is looked at first lets all of them through.
        for text in [
            "Algsaldo",
            "lõppsaldo",
            "Käive",
            "Sākuma atlikums",
            "Apyvarta",
            "  *Turnover",
            "GALUTINIS LIKUTIS",
            "Sold inițial",
        ] {
            assert!(is_balance(text), "{text}");
        }
        for booking in ["", "Total Wine & More", "Balance transfer", "Saldo Cafe", "Openings", "TOTAL"] {
            assert!(!is_balance(booking), "{booking}");
        }
    }
}
