//! Places: where money was spent, as a person or their device says.

use serde::{Deserialize, Serialize};

/// A place, in millionths of a degree: a tenth of a metre. It is stored as a list of its fields, in this order, for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place(i32, i32, Option<String>);

/// Why numbers are no place: which of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nowhere {
    /// Not from -90 to 90.
    Latitude,
    /// Not from -180 to 180.
    Longitude,
}

/// Parts of a degree that are told apart.
const DEGREE: f64 = 1e6;

impl Place {
    /// A place in degrees of WGS 84, which is what devices give, and what it is called.
    pub fn new(latitude: f64, longitude: f64, name: Option<String>) -> Result<Self, Nowhere> {
        let within = |degrees: f64, most: f64| degrees.abs() <= most;
        if !within(latitude, 90.0) {
            return Err(Nowhere::Latitude);
        }
        if !within(longitude, 180.0) {
            return Err(Nowhere::Longitude);
        }
        #[expect(clippy::cast_possible_truncation, reason = "at most 180 million")]
        let millionths = |degrees: f64| (degrees * DEGREE).round() as i32;
        Ok(Self(millionths(latitude), millionths(longitude), name))
    }

    /// In degrees, north positive.
    #[must_use]
    pub fn latitude(&self) -> f64 {
        f64::from(self.0) / DEGREE
    }

    /// In degrees, east positive.
    #[must_use]
    pub fn longitude(&self) -> f64 {
        f64::from(self.1) / DEGREE
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.2.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_come_back() {
        let place = Place::new(52.520_008, -180.0, Some("Alexanderplatz".to_owned())).expect("a place");
        assert_eq!((place.latitude(), place.longitude(), place.name()), (52.520_008, -180.0, Some("Alexanderplatz")));
        let text = serde_json::to_string(&place).expect("JSON");
        assert_eq!(text, r#"[52520008,-180000000,"Alexanderplatz"]"#);
        assert_eq!(serde_json::from_str::<Place>(&text).expect("the same"), place);
        for (latitude, longitude, expected) in [
            (90.000_001, 0.0, Nowhere::Latitude),
            (f64::NAN, 0.0, Nowhere::Latitude),
            (f64::INFINITY, 0.0, Nowhere::Latitude),
            (0.0, -180.1, Nowhere::Longitude),
            (0.0, f64::NAN, Nowhere::Longitude),
        ] {
            assert_eq!(Place::new(latitude, longitude, None), Err(expected));
        }
    }
}
