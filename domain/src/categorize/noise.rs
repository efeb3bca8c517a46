//! Words of a descriptor that do not belong to the name of who was paid: how it was paid, by whose machine, where.

use std::sync::OnceLock;

use super::{
    normalize::Channel,
    table::{ByHash, Sequences, rows, word_hash},
    words::words,
};

/// The words, by what they are.
pub(super) struct Noise {
    /// Stand before the name: `DEBIT CARD PURCHASE`.
    pub(super) lead: Sequences<()>,
    /// Take payments for others and put their own name first: `SQ *`.
    pub(super) processor: Sequences<()>,
    /// The same, but only before an asterisk: `IN *`.
    pub(super) star: Sequences<()>,
    /// Begin what follows the name: `VALUE DATE`.
    pub(super) tail: Sequences<()>,
    /// Forms of companies.
    pub(super) legal: Sequences<()>,
    /// Codes of countries and of states.
    pub(super) region: Sequences<()>,
    /// Large cities.
    pub(super) place: Sequences<()>,
    /// Codes of three letters of the countries that sellers are listed for, with the code of two.
    country: ByHash<[u8; 2]>,
    /// Names and short forms of months.
    month: Sequences<()>,
    /// Words that say how it was paid.
    channel: Sequences<Channel>,
}

impl Noise {
    /// The country that a word is the code of.
    pub(super) fn country(&self, word: u64) -> Option<[u8; 2]> {
        self.country.get(&word).copied()
    }

    /// How something was paid, as the first of these words say, and how many they are.
    pub(super) fn channel(&self, words: &[u64]) -> Option<(usize, Channel)> {
        self.channel.longest(words, 0).map(|(length, channel)| (length, *channel))
    }

    /// Whether a word is a month.
    pub(super) fn is_month(&self, word: u64) -> bool {
        self.month.longest(&[word], 0).is_some()
    }
}

const COUNTRIES: [(&str, [u8; 2]); 15] = [
    ("USA", *b"US"),
    ("CAN", *b"CA"),
    ("GBR", *b"GB"),
    ("IRL", *b"IE"),
    ("DEU", *b"DE"),
    ("AUT", *b"AT"),
    ("CHE", *b"CH"),
    ("FRA", *b"FR"),
    ("NLD", *b"NL"),
    ("BEL", *b"BE"),
    ("ESP", *b"ES"),
    ("ITA", *b"IT"),
    ("AUS", *b"AU"),
    ("NZL", *b"NZ"),
    ("ZAF", *b"ZA"),
];

const MONTHS: &str = "JAN FEB MAR APR MAY JUN JUL AUG SEP SEPT OCT NOV DEC JANUARY FEBRUARY MARCH APRIL JUNE JULY AUGUST SEPTEMBER \
                      OCTOBER NOVEMBER DECEMBER";

/// Words that say how something was paid, by what they say.
const CHANNELS: [(Channel, &str); 6] = [
    (
        Channel::Card,
        "POS|EFTPOS|VISA|MASTERCARD|MAESTRO|DEBIT CARD|CREDIT CARD|CARD|KARTENZAHLUNG|GIROCARD|CARTE|CB|TARJETA|PAGAMENTO POS",
    ),
    (Channel::Contactless, "CONTACTLESS|TAP PAY|PAYWAVE|PAYPASS|APPLE PAY|GOOGLE PAY|KONTAKTLOS|SANS CONTACT"),
    (Channel::Online, "COM|WWW|ONLINE|INTERNET|WEB|ECOM|ECOMMERCE"),
    (
        Channel::DirectDebit,
        "DIRECT DEBIT|DD|LASTSCHRIFT|SEPA LASTSCHRIFT|BASISLASTSCHRIFT|PRELEVEMENT|INCASSO|ADEBITO|DOMICILIACION",
    ),
    (
        Channel::Transfer,
        "STANDING ORDER|TRANSFER|TFR|FASTER PAYMENT|FASTER PAYMENTS|FPO|BACS|BILL PAYMENT|GUTSCHRIFT|DAUERAUFTRAG|UEBERWEISUNG|VIREMENT|BONIFICO|OVERBOEKING",
    ),
    (
        Channel::Cash,
        "ATM|CASH WITHDRAWAL|CASHPOINT|WITHDRAWAL|GELDAUTOMAT|BARGELDAUSZAHLUNG|RETRAIT DAB|GELDAUTOMAAT|PRELIEVO",
    ),
];

/// The table, read once.
pub(super) fn noise() -> &'static Noise {
    static NOISE: OnceLock<Noise> = OnceLock::new();
    NOISE.get_or_init(|| {
        let empty = Sequences::new;
        let mut noise = Noise {
            lead: empty(),
            processor: empty(),
            star: empty(),
            tail: empty(),
            legal: empty(),
            region: empty(),
            place: empty(),
            country: COUNTRIES.iter().map(|(three, two)| (word_hash(three.as_bytes()), *two)).collect(),
            month: empty(),
            channel: Sequences::new(),
        };
        for [kind, text] in rows(include_str!("../../data/noise.csv")) {
            let set = match kind {
                "lead" => &mut noise.lead,
                "processor" => &mut noise.processor,
                "star" => &mut noise.star,
                "tail" => &mut noise.tail,
                "legal" => &mut noise.legal,
                "country" | "state" => &mut noise.region,
                "place" => &mut noise.place,
                other => unreachable!("a kind of the file: {other}"),
            };
            set.entry(&words(text)).or_insert(());
        }
        for (channel, text) in
            CHANNELS.iter().flat_map(|(channel, all)| all.split('|').map(move |text| (channel, text)))
        {
            noise.channel.entry(&words(text)).or_insert(*channel);
        }
        for month in MONTHS.split_whitespace() {
            noise.month.entry(&words(month)).or_insert(());
        }
        noise
    })
}
