//! Words of banks: names of columns in several languages, and words for in, out, pending and declined.

use domain::currency::Currency;

use super::mapping::Role;

/// What a name of a column suggests: a role, and how strongly (0 is the strongest).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hint {
    pub(super) role: Role,
    pub(super) rank: u8,
}

const fn hint(role: Role, rank: u8) -> Hint {
    Hint { role, rank }
}

/// Names of columns, simplified by [`simple`].
#[rustfmt::skip]
const NAMES: &[(Role, u8, &[&str])] = &[
    (Role::Day, 0, &[
        "posting date", "posted date", "post date", "date posted", "posted", "booking date", "booked date", "book date",
        "date processed", "completed date", "clearing date", "entry date", "buchungstag", "buchungsdatum", "buchung",
        "boekdatum", "boekingsdatum", "datum verrekening", "date comptable", "date de comptabilisation", "fecha contable",
        "data contabile", "bokforingsdag", "bokforingsdatum", "data ksiegowania", "settlement date", "settled date",
        "date completed", "date completed utc", "booked at", "bogforingsdato",
    ]),
    (Role::Day, 1, &[
        "date", "datum", "transaction date", "trans date", "tran date", "txn date", "date of transaction", "fecha",
        "fecha operacion", "fecha de operacion", "data", "data operazione", "data transakcji", "data operacji",
        "transaktionsdatum", "umsatzdatum", "date operation", "date de l operation", "date d operation", "datum verrichting",
        "transactiedatum", "dato", "date time", "datetime", "created", "created on", "effective date", "data movimento",
        "data mov", "data lancamento", "dia", "processed date",
    ]),
    (Role::Day, 2, &[
        "started date", "date started", "created at", "execution date", "purchase date", "authorised date", "authorized date",
    ]),
    (Role::Day, 3, &[
        "value date", "wertstellung", "valutadatum", "wert", "date valeur", "date de valeur", "fecha valor", "data valuta",
        "rentedatum", "valuta", "data valor",
    ]),
    (Role::Amount, 1, &[
        "amount", "betrag", "umsatz", "montant", "importe", "importo", "valor", "bedrag", "belop", "belopp", "beloep",
        "transaction amount", "value", "kwota", "belob", "sum", "summe", "suma", "castka", "net amount", "amt",
        "trans amount", "billing amount", "billed amount", "amount in account currency", "net", "net amount in", "transaction value", "bedrag in",
        "betrag in", "amount in", "monto", "osszeg", "summa",
    ]),
    (Role::Amount, 2, &["gross", "gross amount"]),
    (Role::Debit, 1, &[
        "debit", "debits", "debit amount", "amount debit", "debit amt", "withdrawal", "withdrawals", "withdrawal amount",
        "withdrawal amt", "money out", "paid out", "debet", "debito", "soll", "lastschrift", "out", "outflow", "ausgang",
        "belastung", "sortie", "cargo", "cargos", "uscite", "dare", "spent", "amount out", "payments out", "debits out",
        "total debit", "bedrag af", "money out gbp",
    ]),
    (Role::Credit, 1, &[
        "credit", "credits", "credit amount", "amount credit", "credit amt", "deposit", "deposits", "deposit amount",
        "deposit amt", "money in", "paid in", "haben", "gutschrift", "credito", "in", "inflow", "eingang", "entree", "abono",
        "abonos", "entrate", "avere", "received", "amount in credit", "payments in", "bedrag bij",
    ]),
    (Role::Debit, 3, &["payments"]),
    (Role::Credit, 3, &["receipts", "lodgements"]),
    (Role::Balance, 1, &[
        "balance", "running balance", "running bal", "saldo", "solde", "account balance", "balance after", "kontostand",
        "ledger balance", "closing balance", "saldo na mutatie", "saldo nach buchung", "saldo po operacji",
        "balance after transaction", "available balance", "current balance",
    ]),
    (Role::Currency, 1, &[
        "currency", "ccy", "wahrung", "waehrung", "devise", "munt", "valuta", "moneda", "divisa", "muntsoort", "waluta",
        "currency code", "account currency", "curr", "mena", "transaction currency", "moeda", "kontowahrung",
    ]),
    (Role::Id, 0, &[
        "transaction id", "transactionid", "id", "unique id", "uniqueid", "fitid", "transaction reference number",
        "unique transaction id", "txn id", "transaction uuid", "entry reference", "external id", "reference id",
        "transaktions id", "volgnr", "transaction identifier",
    ]),
    (Role::Id, 5, &[
        "reference", "ref", "reference number", "ref no", "ref number", "referenz", "referencia", "transaction number",
        "bank reference", "receipt number", "transaction reference", "sequence number",
    ]),
    (Role::Account, 1, &[
        "account", "account name", "account number", "account no", "account nr", "auftragskonto", "iban auftragskonto",
        "rekening", "rekeningnummer", "own account", "this party account", "card no", "card number", "kredietkaart", "compte",
        "numero de compte", "cuenta", "conto", "konto", "kontonummer", "bank account", "account iban", "kartennummer", "iban",
        "iban bban", "bankkonto",
    ]),
    (Role::Status, 1, &[
        "status", "state", "transaction status", "estado", "stato", "statut", "booking status",
    ]),
    (Role::CategoryCode, 1, &[
        "mcc", "merchant category code", "mcc code", "sic",
    ]),
    (Role::Merchant, 1, &[
        "merchant", "merchant name", "clean description",
    ]),
    (Role::Description, 1, &[
        "payee", "payee name", "name", "counterparty", "counter party", "counterparty name", "other party",
        "other party name", "op name", "counteraccount name", "beguenstigter zahlungspflichtiger",
        "begunstigter zahlungspflichtiger", "auftraggeber empfanger", "auftraggeber begunstigter", "empfanger",
        "zahlungsempfanger", "zahlungspflichtige r", "zahlungsempfanger in", "name zahlungsbeteiligter", "partner name",
        "naam", "namn", "naam omschrijving", "naam tegenpartij", "tegenpartij", "handelaar", "beneficiary", "beneficiario",
        "contrepartie", "recipient", "sender", "mottagare", "customer name",
    ]),
    (Role::Description, 2, &[
        "description", "original description", "full description", "details", "transaction details",
        "transaction description", "narrative", "narration", "memo", "memo description", "particulars", "verwendungszweck",
        "buchungsdetails", "libelle", "libelle operation", "concepto", "descripcion", "descrizione", "causale",
        "omschrijving", "mededelingen", "mededeling", "descricao", "historico", "tekst", "text", "message",
        "message for payee", "message for me", "opis", "opis operacji", "rubrik", "beskrivning", "beskrivelse", "remarks",
        "transaction remarks", "remittance information", "toelichting", "extended details", "transaction", "popis", "selite",
        "viesti", "communication", "comment", "description 1", "description 2", "bank description", "transaction narrative",
        "item",
    ]),
    (Role::Description, 3, &[
        "code", "tp ref", "tp part", "tp code", "op ref", "op part", "op code", "payment reference", "detail", "extra information", "analysis code",
    ]),
    (Role::DescriptionOtherwise, 4, &[
        "type", "transaction type", "tran type", "buchungstext", "transaktionstyp", "umsatzart", "category", "subcategory",
        "mutatiesoort", "product", "transaction code",
    ]),
];

/// Words that make another column of a name: not the amount of the account.
const APART: [&str; 16] = [
    "original",
    "foreign",
    "local",
    "fee",
    "tax",
    "vat",
    "rate",
    "exchange",
    "surcharge",
    "cashback",
    "kosten",
    "koers",
    "fremd",
    "kurs",
    "conversion",
    "limit",
];

/// Words within longer names.
const WITHIN: &[(Role, u8, &[&str])] = &[
    (Role::Balance, 4, &["balance", "saldo", "solde"]),
    (Role::Debit, 4, &["debit", "debits", "withdrawal", "withdrawals"]),
    (Role::Credit, 4, &["credit", "credits", "deposit", "deposits"]),
    (Role::Amount, 4, &["amount", "betrag", "bedrag", "montant", "importe", "importo"]),
    (Role::Day, 4, &["date", "datum", "fecha"]),
    (
        Role::Description,
        5,
        &["description", "narrative", "details", "verwendungszweck", "libelle", "omschrijving", "payee", "memo"],
    ),
];

/// What the name of a column suggests, all of it.
pub(super) fn hints(name: &str) -> Vec<Hint> {
    let simple = simple(&without_currency(name));
    let exact = NAMES.iter().filter(|(_, _, names)| names.contains(&simple.as_str()));
    let mut found: Vec<Hint> = exact.map(|(role, rank, _)| hint(*role, *rank)).collect();
    let words: Vec<&str> = simple.split(' ').collect();
    let is_apart = words.iter().any(|word| APART.contains(word));
    let other = ["account", "card", "type", "code", "name", "number", "id", "category"]
        .iter()
        .any(|other| words.contains(other));
    if found.is_empty() && !is_apart && !other {
        let within = WITHIN.iter().find(|(_, _, within)| within.iter().any(|word| words.contains(word)));
        found.extend(within.map(|(role, rank, _)| hint(*role, *rank)));
    }
    found
}

/// The currency that the name of a column holds: `Amount (GBP)`, `Amount CZK`.
pub(super) fn currency_in(name: &str) -> Option<&str> {
    let mut words = name.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty());
    words.find(|word| Currency::from_code(word).is_some() && *word != "ALL").filter(|code| *code != name.trim())
}

/// A name without its currency, `Amount (GBP)` or `Debits (R)`, and with its words apart: `PostingDate`.
fn without_currency(name: &str) -> String {
    let name = currency_in(name).map_or_else(|| name.to_owned(), |code| name.replace(code, " ")).replace("(R)", " ");
    let mut words = String::with_capacity(name.len() + 4);
    let mut before = ' ';
    for c in name.chars() {
        if before.is_lowercase() && c.is_uppercase() {
            words.push(' ');
        }
        words.push(c);
        before = c;
    }
    words
}

/// Small letters without accents, single spaces, no other signs.
pub(super) fn simple(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for c in name.chars().flat_map(char::to_lowercase) {
        match c {
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ą' => text.push('a'),
            'è' | 'é' | 'ê' | 'ë' | 'ę' | 'ě' => text.push('e'),
            'ì' | 'í' | 'î' | 'ï' => text.push('i'),
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ő' => text.push('o'),
            'ù' | 'ú' | 'û' | 'ü' => text.push('u'),
            'ç' | 'ć' | 'č' => text.push('c'),
            'ñ' | 'ń' => text.push('n'),
            'ł' => text.push('l'),
            'ś' | 'š' => text.push('s'),
            'ß' => text.push_str("ss"),
            'æ' => text.push_str("ae"),
            c if c.is_alphanumeric() => text.push(c),
            _ if text.ends_with(' ') || text.is_empty() => {}
            _ => text.push(' '),
        }
    }
    text.truncate(text.trim_end().len());
    text
}

/// What a word says of the direction: whether money comes in.
pub(super) fn is_in(word: &str) -> Option<bool> {
    const IN: [&str; 19] = [
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
    ];
    const OUT: [&str; 19] = [
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
    ];
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

/// The status of a word.
pub(super) fn status_of(word: &str) -> Status {
    const PENDING: [&str; 11] = [
        "pending",
        "authorised",
        "authorized",
        "authorisation",
        "authorization",
        "vorgemerkt",
        "umsatz vorgemerkt",
        "reserved",
        "processing",
        "pendiente",
        "en attente",
    ];
    const DECLINED: [&str; 11] = [
        "declined",
        "reverted",
        "cancelled",
        "canceled",
        "failed",
        "rejected",
        "abgelehnt",
        "refused",
        "denied",
        "deleted",
        "expired",
    ];
    let word = simple(word);
    if PENDING.contains(&word.as_str()) {
        Status::Pending
    } else if DECLINED.contains(&word.as_str()) {
        Status::Declined
    } else {
        Status::Booked
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_columns_are_known_in_several_languages() {
        for (name, role) in [
            ("Buchungstag", Role::Day),
            ("Date Processed", Role::Day),
            ("Amount CZK", Role::Amount),
            ("bedrag in EUR", Role::Amount),
            ("PostingDate", Role::Day),
            ("MoneyIn(R)", Role::Credit),
            ("TransactionID", Role::Id),
            ("Withdrawals (SGD)", Role::Debit),
            ("Amount (credit)", Role::Credit),
            ("Running Bal.", Role::Balance),
            ("Libellé", Role::Description),
            ("Währung", Role::Currency),
            ("Auftraggeber / Empfänger", Role::Description),
            ("Unique Id", Role::Id),
            ("Tran Type", Role::DescriptionOtherwise),
        ] {
            assert_eq!(hints(name).first().map(|hint| hint.role), Some(role), "{name}");
        }
        for nothing in ["", "Local amount", "Exchange rate", "skip", "Emoji", "Kosten op verrichting", "Card Type"] {
            assert_eq!(hints(nothing), [], "{nothing}");
        }
    }

    #[test]
    fn words_have_a_direction_and_a_status() {
        assert_eq!((is_in("CR"), is_in("Af"), is_in("S"), is_in("VISA")), (Some(true), Some(false), Some(false), None));
        assert_eq!(status_of("PENDING"), Status::Pending);
        assert_eq!(status_of("Reverted"), Status::Declined);
        assert_eq!(status_of("Completed"), Status::Booked);
        assert_eq!(currency_in("Amount (GBP)"), Some("GBP"));
        assert_eq!(currency_in("EUR"), None);
    }
}
