//! What the name of a column suggests, in the languages of the banks that are known.

use domain::currency::Currency;

use super::{super::date::DateOrder, mapping::Role};

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
        "processed date", "date processed", "kirjauspaiva", "reskontradatum", "bokford", "settled date",
        "data registrazione", "bokfort datum", "date posted to account", "transaction posted date", "paivamaara",
        "maksupaiva", "datum zauctovani", "rogzites datuma", "data contabilizzazione", "거래일시", "거래일자", "거래일",
    ]),
    (Role::Day, 1, &[
        "date", "datum", "transaction date", "trans date", "tran date", "txn date", "date of transaction", "fecha",
        "fecha operacion", "fecha de operacion", "data", "data operazione", "data transakcji", "data operacji",
        "transaktionsdatum", "umsatzdatum", "date operation", "date de l operation", "date d operation", "datum verrichting",
        "transactiedatum", "dato", "date time", "datetime", "created", "created on", "effective date", "data movimento",
        "data mov", "data lancamento", "dia",
        "date op", "uitvoeringsdatum", "transaktionsdag", "datum provedeni", "datum transakce", "date operation",
        "data i godzina operacji", "data registo", "fecha de la operacion", "fecha mov", "umsatztag", "run date",
        "pvm", "konyveles datuma", "tapahtumapaiva", "transaktionsdato", "bokfort", "dato bokfort",
        "trade date", "date utc", "kuupaev", "datums", "tranzakcio datuma", "datum der transaktion", "tanggal", "tarih", "islem tarihi", "data tranzactiei", "data tranzactie", "datum transakcije",
    ]),
    (Role::Day, 2, &[
        "started date", "date started", "created at", "execution date", "purchase date", "authorised date", "authorized date",
        "time", "finished on", "created on utc",
    ]),
    (Role::Day, 3, &[
        "value date", "wertstellung", "valutadatum", "wert", "date valeur", "date de valeur", "fecha valor", "data valuta",
        "rentedatum", "valuta", "data valor",
        "value dat", "wertstellung valuta", "value dt", "date val", "f valor", "valutadag", "arvopaiva", "valutadato", "rentedato",
        "date de val", "valuta date", "data waluty", "datum valuty", "erteknap",
    ]),
    // After fees: what moves the balance.
    (Role::Amount, 0, &[
        "net amount", "net", "net amount in", "netto", "nettobetrag", "montant net", "importe neto", "importo netto",
    ]),
    (Role::Amount, 1, &[
        "amount", "betrag", "umsatz", "montant", "importe", "importo", "valor", "bedrag", "belop", "belopp", "beloep",
        "transaction amount", "value", "kwota", "belob", "sum", "summe", "suma", "castka", "amt",
        "trans amount", "billing amount", "billed amount", "amount in account currency", "transaction value", "bedrag in",
        "betrag in", "amount in", "monto", "osszeg", "summa",
        "maara", "maara euroa", "maara eur", "umsatz in", "castka v mene uctu", "castka", "objem", "debit credit",
        "credit debit", "credit debit amount", "debit credit amount", "insattningar uttag", "withdrawals deposits",
        "withdrawal deposit", "money in out", "amount total", "amount net", "belopp sek", "kwota operacji",
        "kwota w walucie rachunku", "importe eur", "importe euros", "valor brl", "euro", "montant en",
        "montant de l operation", "transaktionsbelob", "transaksjonsbelop", "belop inn ut", "tutar", "islem tutari", "mutatie", "anderung", "variazione", "variazioni", "variacion", "buchungsbetrag", "tranzakcio osszege", "거래금액", "jumlah", "nominal", "iznos", "suma tranzactiei",
    ]),
    (Role::Amount, 2, &["gross", "gross amount", "brutto", "bruttobetrag", "brut", "bruto", "lordo", "total", "total amount"]),
    (Role::Fee, 1, &[
        "fee", "fees", "fee amount", "charge", "charges", "total fees", "gebuhr", "gebuhren", "frais", "commission", "comision",
        "commissione", "kosten", "gebyr", "avgift", "oplata", "prowizja", "poplatek", "poplatek v mene uctu", "transaction fee",
        "bank charges", "service fee", "tarifa",
    ]),
    (Role::Debit, 1, &[
        "debit", "debits", "debit amount", "amount debit", "debit amt", "withdrawal", "withdrawals", "withdrawal amount",
        "withdrawal amt", "money out", "paid out", "debet", "debito", "soll", "lastschrift", "out", "outflow", "ausgang",
        "belastung", "sortie", "cargo", "cargos", "uscite", "dare", "spent", "amount out", "payments out", "debits out",
        "total debit", "bedrag af", "money out gbp",
        "ut fra konto", "ut", "funds out", "amount debited", "debit euros", "belastungen", "uttag", "abgang",
        "obciazenia", "saida", "saidas", "importe cargo", "wydatki", "kiadas", "terheles", "money out r", "debits r",
        "ausgaben", "uit", "ud", "addebiti", "addebito", "debe", "gastos", "debitos", "depenses", "decaissements", "af", "auszahlung", "auszahlungen",
        "vydaj", "vydaje", "haevet", "otot", "borc", "расход", "χρέωση", "subtractions", "支出", "出金", "お引出し",
        "お引き出し", "출금액", "lastschrift in", "belastung in", "dr", "withdrawn", "출금금액", "출금", "찾으신금액", "지급금액", "rechnungsbetrag ausgehend",
    ]),
    (Role::Credit, 1, &[
        "credit", "credits", "credit amount", "amount credit", "credit amt", "deposit", "deposits", "deposit amount",
        "deposit amt", "money in", "paid in", "haben", "gutschrift", "credito", "in", "inflow", "eingang", "entree", "abono",
        "abonos", "entrate", "avere", "received", "amount in credit", "payments in", "bedrag bij",
        "inn pa konto", "inn", "funds in", "amount credited", "credit euros", "gutschriften", "insattning",
        "insattningar", "zugang", "uznania", "entrada", "entradas", "importe abono", "wplywy", "jovairas",
        "einnahmen", "ind", "haber", "ingresos", "creditos", "recettes", "encaissements", "bij", "einzahlung", "einzahlungen", "prijem", "prijmy",
        "indsat", "panot", "alacak", "приход", "πίστωση", "additions", "accrediti", "accredito", "收入", "入金", "お預入れ", "お預け入れ", "입금액",
        "gutschrift in", "cr", "deposited", "입금금액", "입금", "맡기신금액", "rechnungsbetrag eingehend",
    ]),
    (Role::Debit, 3, &["payments"]),
    (Role::Credit, 3, &["receipts", "lodgements"]),
    (Role::Balance, 1, &[
        "balance", "running balance", "running bal", "saldo", "solde", "account balance", "balance after", "kontostand",
        "ledger balance", "closing balance", "saldo na mutatie", "saldo nach buchung", "saldo po operacji",
        "balance after transaction", "current balance", "saldo na trn", "guthaben", "bokfort saldo", "saldo po transakcji",
        "reskontrasaldo", "saldo contabile", "saldo contabilistico", "egyenleg", "zustatek", "account running balance", "sold", "bakiye", "jaak", "atlikums", "likutis", "stanje",
        "solde apres operation", "saldo tras la operacion", "balance after booking", "closing bal", "잔액", "거래후잔액", "verfugbares guthaben",
    ]),
    (Role::Balance, 3, &["available balance", "available", "disponible", "saldo disponivel", "saldo disponible"]),
    (Role::Currency, 1, &[
        "currency", "ccy", "wahrung", "waehrung", "devise", "munt", "valuta", "moneda", "divisa", "muntsoort", "waluta",
        "currency code", "account currency", "curr", "mena", "transaction currency", "moeda", "kontowahrung",
        "valuutta", "devies", "mena uctu", "posted currency", "valuta rekening", "penznem", "waluta rachunku",
        "monnaie", "konto wahrung", "account ccy", "valuuta", "valiuta", "doviz", "mata uang",
    ]),
    (Role::Id, 0, &[
        "transaction id", "transactionid", "id", "unique id", "uniqueid", "fitid", "transaction reference number",
        "unique transaction id", "txn id", "transaction uuid", "entry reference", "external id", "reference id",
        "transaktions id", "volgnr", "transaction identifier",
        "transfer wise id", "identificador", "transaktionscode", "code de transaction", "transaction key",
        "bank transaction id", "id transakcji", "arkistointitunnus", "arhiveerimistunnus", "arhiva kods", "iraso nr",
    ]),
    (Role::Id, 5, &[
        "reference", "ref", "reference number", "ref no", "ref number", "referenz", "referencia", "transaction number",
        "bank reference", "receipt number", "transaction reference", "sequence number",
        "transaction no", "reference no", "transaktionsnummer", "confirmation number",
    ]),
    // Of the row's own account, whatever its neighbours.
    (Role::Account, 0, &[
        "auftragskonto", "iban auftragskonto", "own account", "this party account", "iban bban", "posted account",
    ]),
    (Role::Account, 1, &[
        "account", "account number", "account no", "account nr",  "kliendi konto", "klienta konts", "saskaitos nr",
        "rekening", "rekeningnummer",  "compte",
        "numero de compte", "cuenta", "conto", "konto", "kontonummer", "bank account", "account iban", "iban",
         "bankkonto",
        "bsb account number",  "numero compte", "numero de cuenta", "numero conta",
    ]),
    (Role::Account, 2, &["account name", "kontoname", "kontonavn", "kontonamn"]),
    // Of cards there may be several to one account.
    (Role::Account, 3, &["card no", "card number", "kredietkaart", "kartennummer", "first bank card", "card"]),
    (Role::Status, 1, &[
        "status", "state", "transaction status", "estado", "stato", "statut", "booking status",
        "contabilizzazione", "state of transaction", "tila", "stav", "statut operation",
    ]),
    (Role::OriginalAmount, 0, &[
        "original amount", "orig amount", "local amount", "foreign amount", "foreign currency amount", "amount foreign currency",
        "amount in foreign currency", "amount in original currency", "original currency amount", "instructed amount",
        "originalbetrag", "ursprungsbetrag", "ursprunglicher betrag", "betrag in fremdwahrung", "betrag fremdwahrung", "fremdwahrungsbetrag",
        "montant d origine", "montant en devise", "montant devise", "importe original", "importe en divisa", "importo originale",
        "oorspronkelijk bedrag", "oorspr bedrag", "bedrag vreemde valuta", "puvodni castka", "originalbelopp", "utlandskt belopp", "oprindeligt belob",
    ]),
    (Role::OriginalCurrency, 0, &[
        "original currency", "orig currency", "local currency", "foreign currency", "foreign currency code", "type foreign currency",
        "instructed currency", "originalwahrung", "ursprungswahrung", "ursprungliche wahrung", "fremdwahrung", "fremdwahrung code", "wahrung fremdwahrung",
        "devise d origine", "divisa original", "divisa de origen", "valuta originale", "oorspronkelijke valuta", "oorspr valuta", "puvodni mena",
        "originalvaluta", "oprindelig valuta",
    ]),
    (Role::CategoryCode, 1, &[
        "mcc", "merchant category code", "mcc code", "sic", "category code",
    ]),
    (Role::Category, 1, &[
        "category", "categories", "spending category", "category name", "category group", "parent category", "main category", "subcategory", "sub category",
        "category group category", "master category", "kategorie", "hauptkategorie", "unterkategorie", "kategorien", "categorie", "sous categorie", "categorie parent", "categoria",
        "subcategoria", "sottocategoria", "categorieen", "subcategorie", "kategoria", "podkategoria", "kategori", "luokka",
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
        "nimi", "nadawca odbiorca", "nazev protistrany", "merchant description", "begunstigter auftraggeber",
        "auftraggeber", "beguenstigter", "partnername", "name des partners", "name of sender receiver",
        "saaja maksaja", "saaja", "mottaker", "modtager", "counterpart", "naam van de tegenpartij", "begunstigde",
        "pagatore", "ordinante", "beneficiaire", "zahler", "partner nev", "partner neve", "name of counterparty", "ultimate name", "saaja maksja", "gavejas", "moketojas gavejas", "sanemejs maksatajs", "ordonator", "ordonator beneficiar", "gonderen alici",
        "merchant details", "auftraggeber zahlungsempfanger", "empfanger zahlungspflichtiger",
    ]),
    (Role::Description, 2, &[
        "description", "original description", "full description", "details", "transaction details",
        "transaction description", "narrative", "narration", "memo", "memo description", "particulars", "verwendungszweck",
        "buchungsdetails", "libelle", "libelle operation", "concepto", "descripcion", "descrizione", "causale",
        "omschrijving", "mededelingen", "mededeling", "descricao", "historico", "tekst", "text", "message",
        "message for payee", "message for me", "opis", "opis operacji", "rubrik", "beskrivning", "beskrivelse", "remarks",
        "transaction remarks", "remittance information", "toelichting", "transaction", "transaktion", "action", "desc", "적요", "거래내용", "기재내용", "내용", "popis", "selite",
        "viesti", "communication", "comment", "description 1", "description 2", "bank description", "transaction narrative",
        "avisierungstext", "vwz", "booking text", "forklaring", "otsikko", "opis transakcji", "tytul", "label",
        "movimiento", "mas datos", "observaciones", "operazione", "dettagli", "beschreibung", "title",
        "zprava pro prijemce", "payment purpose", "betalningsreferens", "description of transaction",
        "nature de l operation", "designation", "motif", "libelle de l operation", "informazioni",
        "descrizione operazione", "kozlemeny", "sprava", "buchungsinformationen", "verwendung", "meddelande",
        "melding", "kommentar", "vapaa mededeling", "vrije mededeling", "note", "detail ecriture",
        "transaction text", "subject", "betreff", "objet", "asunto", "oggetto", "descrizione estesa", "selgitus", "paaiskinimai", "mokejimo paskirtis", "informacija sanemejam", "maksajuma merkis", "detalii tranzactie", "detalii tranzactii", "aciklama",
        "keterangan", "opis transakcije", "svrha placanja",
    ]),
    (Role::Description, 3, &[
        "code", "tp ref", "tp part", "tp code", "op ref", "op part", "op code", "payment reference", "detail", "extra information", "analysis code",
        "transaction ref", "from", "to", "supplementary details", "zahlungsreferenz", "statement description",
    ]),
    (Role::DescriptionOtherwise, 4, &[
        "type", "transaction type", "tran type", "buchungstext", "transaktionstyp", "umsatzart", "category", "subcategory",
        "mutatiesoort", "product", "transaction code", "extended details", "appears on your statement as",
    ]),
];

/// Words that make another column of a name: not the amount of the account.
const APART: [&str; 28] = [
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
    "instructed",
    "ursprunglicher",
    "ursprungsbetrag",
    "oorspr",
    "puvodni",
    "tip",
    "tips",
    "cash",
    "interest",
    "round",
    "before",
    "budget",
];

/// Words within longer names.
const WITHIN: &[(Role, u8, &[&str])] = &[
    (Role::Balance, 4, &["balance", "saldo", "solde"]),
    (Role::Debit, 4, &["debit", "debits", "withdrawal", "withdrawals"]),
    (Role::Credit, 4, &["credit", "credits", "deposit", "deposits"]),
    (Role::Amount, 4, &["amount", "betrag", "bedrag", "montant", "importe", "importo", "belopp", "kwota", "castka"]),
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
    if simple.is_empty() {
        // `CAD$`: a column for each currency.
        return currency_in(name).map(|_| vec![hint(Role::Amount, 3)]).unwrap_or_default();
    }
    let exact = |wanted: &str| -> Vec<Hint> {
        let named = NAMES.iter().filter(|(_, _, names)| names.contains(&wanted));
        named.map(|(role, rank, _)| hint(*role, *rank)).collect()
    };
    let found = exact(&simple);
    if !found.is_empty() {
        return found;
    }
    // `Description 2`, `Omschrijving-1`: one of several of a name.
    let numbered = simple.trim_end_matches(|c: char| c.is_ascii_digit());
    let numbered: Vec<Hint> =
        exact(numbered.trim_end()).into_iter().filter(|hint| hint.role == Role::Description).collect();
    if numbered.is_empty() { within(&simple) } else { numbered }
}

/// The order of a day that a name says, as in `Date (DD/MM/YYYY)`.
pub(super) fn order_in(name: &str) -> Option<DateOrder> {
    let simple = simple(name);
    let place = |word: &str| simple.split(' ').position(|other| other == word);
    let (day, month) = (place("dd").or_else(|| place("d")), place("mm").or_else(|| place("m")));
    let (day, month) = day.zip(month)?;
    Some(if day < month { DateOrder::DayMonthYear } else { DateOrder::MonthDayYear })
}

/// What the words within a longer name suggest.
fn within(simple: &str) -> Vec<Hint> {
    let words: Vec<&str> = simple.split(' ').collect();
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(word));
    if has(&APART) {
        return Vec::new();
    }
    let found = WITHIN.iter().find(|(_, _, within)| has(within)).map(|(role, rank, _)| hint(*role, *rank));
    let is_other = has(&["account", "card", "type", "code", "name", "number", "id", "category", "flag", "indicator"]);
    found.filter(|hint| !is_other || hint.role == Role::Balance).into_iter().collect()
}

/// The currency that the name of a column holds: `Amount (GBP)`, `Amount CZK`.
pub(super) fn currency_in(name: &str) -> Option<&str> {
    let mut words = name.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty());
    words.find(|word| Currency::from_code(word).is_some() && *word != "ALL").filter(|code| *code != name.trim())
}

/// A name without its currency, `Amount (GBP)` or `Debits (R)`, and with its words apart: `PostingDate`.
fn without_currency(name: &str) -> String {
    let name = currency_in(name).map_or_else(|| name.to_owned(), |code| name.replace(code, " "));
    let name = without_sign(&name);
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

/// A name without a currency's sign in brackets: `Debits (R)`, `Crédito (R$)`.
fn without_sign(name: &str) -> String {
    let Some((before, rest)) = name.split_once('(') else { return name.to_owned() };
    let Some((inner, after)) = rest.split_once(')') else { return name.to_owned() };
    let is_sign = inner.chars().count() <= 3 && super::word::is_in(inner).is_none();
    if is_sign { format!("{before} {after}") } else { name.to_owned() }
}

/// Small letters without accents, single spaces, no other signs.
pub(super) fn simple(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for c in name.chars().flat_map(char::to_lowercase) {
        match c {
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ą' | 'ā' | 'ă' => text.push('a'),
            'è' | 'é' | 'ê' | 'ë' | 'ę' | 'ě' | 'ē' | 'ė' => text.push('e'),
            'ì' | 'í' | 'î' | 'ï' | 'ī' | 'į' | 'ı' => text.push('i'),
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ő' => text.push('o'),
            'ù' | 'ú' | 'û' | 'ü' | 'ů' | 'ű' | 'ū' | 'ų' => text.push('u'),
            'ç' | 'ć' | 'č' => text.push('c'),
            'ñ' | 'ń' | 'ň' | 'ņ' => text.push('n'),
            'ý' => text.push('y'),
            'ř' => text.push('r'),
            'ž' | 'ź' | 'ż' => text.push('z'),
            'ď' | 'đ' => text.push('d'),
            'ť' | 'ț' | 'ţ' => text.push('t'),
            'ł' | 'ļ' | 'ľ' => text.push('l'),
            'ś' | 'š' | 'ș' | 'ş' => text.push('s'),
            'ķ' => text.push('k'),
            'ģ' | 'ğ' => text.push('g'),
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
            ("Debit/Credit", Role::Amount),
            ("CAD$", Role::Amount),
            ("Net", Role::Amount),
            ("Total fees", Role::Fee),
            ("Account Running Balance", Role::Balance),
            ("Description 2", Role::Description),
            ("Kirjauspäivä", Role::Day),
            ("#Saldo po operacji", Role::Balance),
            ("Částka v měně účtu", Role::Amount),
            ("Local amount", Role::OriginalAmount),
            ("Amount (Foreign Currency)", Role::OriginalAmount),
            ("Type Foreign Currency", Role::OriginalCurrency),
        ] {
            assert_eq!(hints(name).first().map(|hint| hint.role), Some(role), "{name}");
        }
        for nothing in ["", "Exchange rate", "skip", "Emoji", "Kosten op verrichting", "Card Type"] {
            assert_eq!(hints(nothing), [], "{nothing}");
        }
    }

    #[test]
    fn an_order_in_a_name_is_found() {
        for (name, order) in [
            ("Date (DD/MM/YYYY)", Some(DateOrder::DayMonthYear)),
            ("Date (MM/DD/YYYY)", Some(DateOrder::MonthDayYear)),
            ("Posting date dd-mm-yyyy", Some(DateOrder::DayMonthYear)),
            ("Date", None),
        ] {
            assert_eq!(order_in(name), order, "{name}");
        }
    }

    #[test]
    fn a_currency_in_a_name_is_found() {
        assert_eq!(currency_in("Amount (GBP)"), Some("GBP"));
        assert_eq!(currency_in("EUR"), None);
    }
}
