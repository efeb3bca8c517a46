//! How money comes and goes by itself in three regions: salary, rent, bills and subscriptions, as banks there write them.
//!
//! In a text `%` is a digit that stays with the customer, `^` the month the payment is for.

use domain::day::Month;

/// A region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Area {
    Germany,
    Britain,
    America,
}

/// How often a bill comes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rhythm {
    Monthly,
    /// In months 1, 4, 7 and 10.
    Quarterly,
    /// In one month of the year.
    Yearly(u32),
}

impl Rhythm {
    pub(super) fn falls_in(self, month: Month) -> bool {
        match self {
            Self::Monthly => true,
            Self::Quarterly => month.month() % 3 == 1,
            Self::Yearly(at) => month.month() == at,
        }
    }
}

/// A bill or subscription.
pub(super) struct Bill {
    pub(super) text: &'static str,
    /// The merchant's name and category code, when it is taken from the card.
    pub(super) card: Option<(&'static str, u16)>,
    pub(super) day: i32,
    pub(super) rhythm: Rhythm,
    /// In minor units, at the beginning of the life.
    pub(super) price: i64,
    /// By how much it rises about every two years; 0: never.
    pub(super) rise: i64,
}

const fn debit(text: &'static str, day: i32, rhythm: Rhythm, price: i64, rise: i64) -> Bill {
    Bill { text, card: None, day, rhythm, price, rise }
}

#[rustfmt::skip]
const fn subscription(name: &'static str, text: &'static str, code: u16, day: i32, rhythm: Rhythm, price: i64, rise: i64) -> Bill {
    Bill { text, card: Some((name, code)), day, rhythm, price, rise }
}

/// What the bank of a region writes, and what life costs there.
pub(super) struct Region {
    pub(super) area: Area,
    pub(super) cities: &'static [&'static str],
    pub(super) employers: &'static [&'static str],
    /// Days on which the salary comes; it is split evenly.
    pub(super) paydays: &'static [i32],
    pub(super) salary_minor: i64,
    pub(super) rent: &'static str,
    pub(super) rent_minor: i64,
    pub(super) to_savings: [&'static str; 2],
    pub(super) from_savings: [&'static str; 2],
    pub(super) card_payment: [&'static str; 2],
    pub(super) interest: &'static str,
    pub(super) fee: &'static str,
    pub(super) foreign_fee: &'static str,
    pub(super) cash: &'static str,
    pub(super) bills: &'static [Bill],
}

impl Region {
    /// The region of a currency.
    pub(super) fn of(currency: &str) -> &'static Self {
        match currency {
            "GBP" => &BRITAIN,
            "USD" => &AMERICA,
            _ => &GERMANY,
        }
    }
}

use Rhythm::{Monthly, Quarterly, Yearly};

static GERMANY: Region = Region {
    area: Area::Germany,
    cities: &["BERLIN", "HAMBURG", "MUENCHEN", "KOELN", "LEIPZIG"],
    employers: &[
        "NORDLICHT SOFTWARE GMBH",
        "STADTWERKE HOLDING AG",
        "CHARITE UNIVERSITAETSMEDIZIN",
        "BRUECKNER LOGISTIK SE",
    ],
    paydays: &[27],
    salary_minor: 268_000,
    rent: "DAUERAUFTRAG HAUSVERWALTUNG BERGER GMBH MIETE WHG %%",
    rent_minor: 105_000,
    to_savings: ["DAUERAUFTRAG UEBERTRAG AUF TAGESGELD SPAREN", "UEBERTRAG VON GIROKONTO SPAREN"],
    from_savings: ["UEBERTRAG AUF GIROKONTO", "UEBERTRAG VON TAGESGELD"],
    card_payment: ["SEPA-LASTSCHRIFT KREDITKARTENABRECHNUNG ^ XXXX%%%%", "ZAHLUNG ERHALTEN DANKE"],
    interest: "ZINSEN TAGESGELD QUARTAL ^",
    fee: "ENTGELT KONTOFUEHRUNG AUSZUG PER POST",
    foreign_fee: "AUSLANDSEINSATZENTGELT 1,75%",
    cash: "BARGELDAUSZAHLUNG GA NR %%%%%%%% @",
    bills: &[
        debit("SEPA-LASTSCHRIFT VATTENFALL EUROPE SALES GMBH ABSCHLAG STROM VK %%%%%%%%%%", 3, Monthly, 6_800, 500),
        debit("SEPA-LASTSCHRIFT GASAG AG ABSCHLAG ERDGAS KD %%%%%%%", 15, Monthly, 7_400, 0),
        debit("SEPA-LASTSCHRIFT TELEKOM DEUTSCHLAND GMBH MOBILFUNK KD %%%%%%%%%% RG ^", 18, Monthly, 2_995, 0),
        debit("SEPA-LASTSCHRIFT VODAFONE GMBH KABEL INTERNET KD %%%%%%%%%", 8, Monthly, 3_999, 0),
        debit("SEPA-LASTSCHRIFT RUNDFUNK ARD ZDF DRADIO BEITRAGSNR %%%%%%%%%", 15, Quarterly, 5_508, 0),
        debit("SEPA-LASTSCHRIFT ALLIANZ VERSICHERUNGS-AG KFZ AS %%%%%%%%%%", 2, Yearly(1), 46_820, 1_200),
        debit("SEPA-LASTSCHRIFT HUK-COBURG HAFTPFLICHT %%%%%%%%", 5, Yearly(6), 6_890, 0),
        debit("SEPA-LASTSCHRIFT BUNDESKASSE KFZ-STEUER B-XX %%%%", 11, Yearly(3), 13_200, 0),
        debit("SEPA-LASTSCHRIFT BVG ABO DEUTSCHLANDTICKET", 4, Monthly, 4_900, 300),
        debit("SEPA-LASTSCHRIFT MCFIT RSG GROUP MITGLIED %%%%%%%", 1, Monthly, 2_490, 0),
        subscription("Netflix", "NETFLIX.COM", 4899, 12, Monthly, 1_199, 200),
        subscription("Spotify", "SPOTIFY P%%%%%%%%", 5815, 19, Monthly, 999, 100),
        subscription("Apple", "APPLE.COM/BILL", 5818, 22, Monthly, 299, 0),
        subscription("DIE ZEIT", "ZEITVERLAG ABO %%%%%%", 5968, 9, Monthly, 2_490, 0),
        subscription("Amazon Prime", "AMZNPRIME DE*%%%%%%%", 5968, 17, Yearly(9), 6_900, 1_000),
        subscription("INWX", "PAYPAL *INWX GMBH", 4816, 24, Yearly(5), 1_785, 0),
    ],
};

static BRITAIN: Region = Region {
    area: Area::Britain,
    cities: &["LONDON", "LEEDS", "BRISTOL", "GLASGOW"],
    employers: &["NORTHLIGHT SOFTWARE LTD", "NHS GREATER TRUST", "BRUNEL LOGISTICS PLC"],
    paydays: &[28],
    salary_minor: 252_000,
    rent: "STO BERGER LETTINGS FLAT %% RENT",
    rent_minor: 98_000,
    to_savings: ["STO TO SAVER REGULAR SAVING", "FROM CURRENT ACCOUNT REGULAR SAVING"],
    from_savings: ["TFR TO CURRENT ACCOUNT", "TFR FROM SAVER"],
    card_payment: ["DDR CREDIT CARD XXXX%%%% ^", "PAYMENT RECEIVED - THANK YOU"],
    interest: "GROSS INTEREST TO ^",
    fee: "ACCOUNT FEE PAPER STATEMENT",
    foreign_fee: "NON-STERLING TRANSACTION FEE",
    cash: "CASH LNK %%%%%% @",
    bills: &[
        debit("DDR OCTOPUS ENERGY A-%%%%%%%%", 4, Monthly, 11_800, 700),
        debit("DDR THAMES WATER %%%%%%%%%%", 20, Monthly, 3_300, 0),
        debit("DDR COUNCIL TAX %%%%%%%", 5, Monthly, 14_200, 600),
        debit("DDR EE LIMITED Q%%%%%%%%%", 14, Monthly, 2_300, 0),
        debit("DDR BT GROUP PLC BROADBAND", 9, Monthly, 3_299, 300),
        debit("DDR TV LICENCE MBP", 1, Monthly, 1_312, 0),
        debit("DDR AVIVA INSURANCE %%%%%%%%", 16, Yearly(2), 41_200, 1_500),
        debit("DDR DVLA-AB%%CDE", 1, Yearly(8), 18_000, 0),
        debit("DDR PURE GYM LTD %%%%%%", 3, Monthly, 2_399, 0),
        subscription("Netflix", "NETFLIX.COM", 4899, 11, Monthly, 999, 200),
        subscription("Spotify", "SPOTIFY P%%%%%%%%", 5815, 21, Monthly, 999, 100),
        subscription("Apple", "APPLE.COM/BILL", 5818, 2, Monthly, 249, 0),
        subscription("Amazon Prime", "AMAZON PRIME*%%%%%%%", 5968, 17, Yearly(10), 7_900, 800),
        subscription("Gandi", "GANDI.NET DOMAIN", 4816, 24, Yearly(4), 1_620, 0),
    ],
};

static AMERICA: Region = Region {
    area: Area::America,
    cities: &["OAKLAND CA", "AUSTIN TX", "CHICAGO IL", "SEATTLE WA"],
    employers: &["NORTHLIGHT SOFTWARE INC", "MERCY HEALTH SYSTEM", "LONE STAR LOGISTICS"],
    paydays: &[15, 30],
    salary_minor: 435_000,
    rent: "BERGER PROPERTY MGMT WEB PMTS ^ WEB ID: %%%%%%%%%%",
    rent_minor: 185_000,
    to_savings: ["ONLINE TRANSFER TO SAV XXXX%%%%", "ONLINE TRANSFER FROM CHK XXXX%%%%"],
    from_savings: ["ONLINE TRANSFER TO CHK XXXX%%%%", "ONLINE TRANSFER FROM SAV XXXX%%%%"],
    card_payment: ["PAYMENT TO CARD ENDING IN %%%% ^", "PAYMENT THANK YOU - WEB"],
    interest: "INTEREST PAYMENT",
    fee: "OUT-OF-NETWORK ATM FEE",
    foreign_fee: "FOREIGN TRANSACTION FEE",
    cash: "ATM WITHDRAWAL %%%%%% @",
    bills: &[
        debit("PGANDE WEB ONLINE WEB ID: %%%%%%%%%%", 12, Monthly, 10_900, 600),
        debit("CITY WATER AND SEWER PPD ID: %%%%%%%%%%", 20, Monthly, 4_600, 0),
        debit("VERIZON WIRELESS PAYMENTS PPD ID: %%%%%%%%%%", 16, Monthly, 7_000, 0),
        debit("COMCAST CABLE 800-266-2278 PPD ID: %%%%%%%%%%", 8, Monthly, 7_500, 500),
        debit("GEICO PREM COLL PPD ID: %%%%%%%%%%", 5, Yearly(2), 118_000, 3_000),
        debit("STATE DMV VEHICLE REG", 18, Yearly(7), 21_400, 0),
        debit("PLANET FIT CLUB FEES PPD ID: %%%%%%%%%%", 17, Monthly, 2_499, 0),
        subscription("Netflix", "NETFLIX.COM", 4899, 11, Monthly, 1_299, 250),
        subscription("Spotify", "SPOTIFY USA P%%%%%%", 5815, 21, Monthly, 999, 100),
        subscription("Apple", "APPLE.COM/BILL", 5818, 2, Monthly, 299, 0),
        subscription("Hulu", "HLU*HULU %%%%%%%%%", 4899, 26, Monthly, 599, 0),
        subscription("Amazon Prime", "AMAZON PRIME*%%%%%%%", 5968, 17, Yearly(7), 11_900, 1_000),
        subscription("Namecheap", "NAME-CHEAP.COM* %%%%%%", 4816, 24, Yearly(5), 1_398, 0),
    ],
};

/// What is taken from a travel account in dollars.
pub(super) static TRAVEL_BILLS: [Bill; 4] = [
    subscription("The New York Times", "NYTIMES*NYTIMES DISC", 5968, 6, Monthly, 800, 400),
    subscription("GitHub", "GITHUB, INC.", 5734, 13, Monthly, 400, 0),
    subscription("OpenAI", "OPENAI *CHATGPT SUBSCR", 5734, 23, Monthly, 2_000, 0),
    subscription("Dropbox", "DROPBOX*%%%%%%%%%%%%", 5734, 10, Yearly(11), 11_988, 0),
];
