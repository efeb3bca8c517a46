//! Currencies: codes and minor units of ISO 4217.

/// A currency in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency {
    code: [u8; 3],
    digits: u8,
}

impl Currency {
    /// The euro, against which reference rates are given.
    pub const EURO: Self = Self { code: *b"EUR", digits: 2 };

    /// The currency of a code, in capitals.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        let code: [u8; 3] = code.as_bytes().try_into().ok()?;
        let digits = match MINOR_UNITS.iter().find(|(known, _)| known.as_bytes() == code) {
            Some((_, digits)) => *digits,
            None if TWO_DIGITS.split_whitespace().any(|known| known.as_bytes() == code) => 2,
            None => return None,
        };
        Some(Self { code, digits })
    }

    /// The code: three capitals.
    #[must_use]
    pub fn code(&self) -> &str {
        // Made from a text of the tables, which are ASCII.
        std::str::from_utf8(&self.code).unwrap_or("XXX")
    }

    /// Decimal digits of the minor unit: 2 for euro and cent, 0 for yen, 3 for the Kuwaiti dinar.
    #[must_use]
    pub const fn digits(&self) -> u8 {
        self.digits
    }

    /// The country whose money it is, as far as its code begins with that of one (ISO 4217): `ZA` for ZAR. None for what several countries have
    /// in common.
    #[must_use]
    pub fn country(&self) -> Option<[u8; 2]> {
        let country = [self.code[0], self.code[1]];
        (country[0] != b'X' && country != *b"EU").then_some(country)
    }
}

/// Currencies whose minor unit is not a hundredth (ISO 4217, list one).
#[rustfmt::skip]
const MINOR_UNITS: [(&str, u8); 25] = [
    ("BHD", 3), ("IQD", 3), ("JOD", 3), ("KWD", 3), ("LYD", 3), ("OMR", 3), ("TND", 3),
    ("BIF", 0), ("CLP", 0), ("DJF", 0), ("GNF", 0), ("ISK", 0), ("JPY", 0), ("KMF", 0), ("KRW", 0), ("PYG", 0),
    ("RWF", 0), ("UGX", 0), ("UYI", 0), ("VND", 0), ("VUV", 0), ("XAF", 0), ("XOF", 0), ("XPF", 0),
    ("CLF", 4),
];

/// Currencies with hundredths.
const TWO_DIGITS: &str = "
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK
    DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK
    LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR
    RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED
    VES WST XCD XCG YER ZAR ZMW ZWG";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_their_minor_units() {
        for (code, digits) in [("EUR", 2), ("USD", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("MRU", 2)] {
            let currency = Currency::from_code(code).expect(code);
            assert_eq!((currency.code(), currency.digits()), (code, digits));
        }
        assert_eq!(Currency::from_code("EUR"), Some(Currency::EURO));
        for (code, country) in [("USD", Some(*b"US")), ("ZAR", Some(*b"ZA")), ("EUR", None), ("XAF", None)] {
            assert_eq!(Currency::from_code(code).and_then(|currency| currency.country()), country, "{code}");
        }
        for wrong in ["", "eur", "EURO", "XXX", "DEM", "E\u{20ac}", "€"] {
            assert_eq!(Currency::from_code(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn no_code_stands_twice() {
        let mut codes: Vec<&str> =
            TWO_DIGITS.split_whitespace().chain(MINOR_UNITS.iter().map(|(code, _)| *code)).collect();
        let count = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), count);
        assert!(codes.iter().all(|code| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase())));
    }
}
