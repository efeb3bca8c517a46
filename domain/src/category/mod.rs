//! Categories: the groups and leaves that come with Florin, with ids that never change; and the tree that a household makes of them.

pub mod tree;

use std::{collections::HashMap, fmt, sync::OnceLock};

use serde::{Deserialize, Serialize};

use crate::{
    categorize::table,
    id::{HouseholdId, NotHere, Owned, owned_text, shared_number, shared_text},
};

/// From this id on categories are a household's own; those that come with Florin stay below ten thousand.
pub const FIRST_OWN_ID: i32 = 1_000_000;
/// What nobody could place.
pub const UNCATEGORIZED: CategoryId = CategoryId(1);

/// The number of a category. Below ten thousand it is one of [`all`], for ever; from [`FIRST_OWN_ID`] on a household's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CategoryId(pub i32);

impl fmt::Display for CategoryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl CategoryId {
    /// Whether it is of a household's own, and not one that comes with Florin.
    #[must_use]
    pub const fn is_own(self) -> bool {
        self.0 >= FIRST_OWN_ID
    }
}

/// One that comes with Florin is called the same everywhere; a household's own names its household too.
impl Owned for CategoryId {
    const PREFIX: &'static str = "cat";

    fn from_number(number: i64) -> Self {
        Self(i32::try_from(number).unwrap_or(0))
    }

    fn number(self) -> i64 {
        i64::from(self.0)
    }

    fn text(self, household: HouseholdId) -> String {
        if self.is_own() { owned_text(self, household) } else { shared_text(Self::PREFIX, self.number()) }
    }

    fn parse(text: &str, household: HouseholdId) -> Result<Self, NotHere> {
        if let Ok(number) = shared_number(Self::PREFIX, text) {
            // A number of somebody's own says nothing without its household.
            let shared = i32::try_from(number).ok().map(Self).filter(|id| !id.is_own());
            return shared.ok_or(NotHere::Elsewhere);
        }
        let (owner, id) = Self::parse_anywhere(text)?;
        if owner == household && id.is_own() { Ok(id) } else { Err(NotHere::Elsewhere) }
    }
}

/// What money of a category does to a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// It was earned.
    Income,
    /// It was spent.
    Spending,
    /// It moved between accounts of the household, and is neither.
    Transfer,
}

/// A category that comes with Florin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Category {
    /// Its permanent number.
    pub id: CategoryId,
    /// Its permanent name for programs, such as `FOOD_AND_DRINK_COFFEE`.
    pub key: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// Its group; a group has none.
    pub parent: Option<CategoryId>,
    /// What it does to a month.
    pub kind: Kind,
    /// What is shown for it: an emoji.
    pub icon: &'static str,
    /// In which colour: that of its group, `#` and six hexadecimal digits.
    pub color: &'static str,
    /// What Plaid's taxonomy of personal finance calls it: the same, or what comes nearest; empty for what nobody could place.
    pub plaid: &'static str,
}

struct Taxonomy {
    list: Vec<Category>,
    by_id: HashMap<CategoryId, usize>,
    by_key: HashMap<&'static str, usize>,
}

/// All categories that come with Florin, groups and leaves, in the order in which they are shown.
#[must_use]
pub fn all() -> &'static [Category] {
    &taxonomy().list
}

/// The category of an id; `None` for one that does not come with Florin.
#[must_use]
pub fn get(id: CategoryId) -> Option<&'static Category> {
    let taxonomy = taxonomy();
    taxonomy.by_id.get(&id).map(|at| &taxonomy.list[*at])
}

/// The key of a category; empty for one that does not come with Florin.
#[must_use]
pub fn key(id: CategoryId) -> &'static str {
    get(id).map_or("", |category| category.key)
}

/// What of a group that comes with Florin is none of its other categories.
#[must_use]
pub fn other(group: CategoryId) -> Option<CategoryId> {
    let key = get(group)?.key;
    let is_other = |it: &&Category| it.key.strip_prefix(key).is_some_and(|rest| rest.starts_with("_OTHER_"));
    all().iter().filter(|it| it.parent == Some(group)).find(is_other).map(|it| it.id)
}

/// Whether money of a category that comes with Florin moved between accounts, and is in no sum.
#[must_use]
pub fn is_transfer(id: CategoryId) -> bool {
    get(id).is_some_and(|category| category.kind == Kind::Transfer)
}

/// The category of a key.
#[must_use]
pub fn by_key(key: &str) -> Option<&'static Category> {
    let taxonomy = taxonomy();
    taxonomy.by_key.get(key).map(|at| &taxonomy.list[*at])
}

/// The group of a category: its parent, or itself when it is a group. `None` for one that does not come with Florin.
#[must_use]
pub fn group(id: CategoryId) -> Option<CategoryId> {
    get(id).map(|category| category.parent.unwrap_or(category.id))
}

fn taxonomy() -> &'static Taxonomy {
    static TAXONOMY: OnceLock<Taxonomy> = OnceLock::new();
    TAXONOMY.get_or_init(|| {
        let mut taxonomy = Taxonomy { list: Vec::new(), by_id: HashMap::new(), by_key: HashMap::new() };
        for [id, key, label, group, kind, icon, color, plaid] in table::rows(include_str!("../../data/category.csv")) {
            let above = taxonomy.by_key.get(group).map(|at: &usize| &taxonomy.list[*at]);
            let category = Category {
                id: CategoryId(id.parse().expect("an id of the file is a number")),
                key,
                label,
                parent: above.map(|above| above.id),
                icon,
                color: above.map_or(color, |above| above.color),
                plaid: match plaid {
                    "" if key == "UNCATEGORIZED" => "",
                    "" => key,
                    other => other,
                },
                kind: match kind {
                    "income" => Kind::Income,
                    "transfer" => Kind::Transfer,
                    _ => Kind::Spending,
                },
            };
            taxonomy.by_id.insert(category.id, taxonomy.list.len());
            taxonomy.by_key.insert(key, taxonomy.list.len());
            taxonomy.list.push(category);
        }
        taxonomy
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_leaf_has_a_group_and_every_id_one_meaning() {
        let groups: Vec<&Category> = all().iter().filter(|it| it.parent.is_none() && it.id != UNCATEGORIZED).collect();
        let leaves: Vec<&Category> = all().iter().filter(|it| it.parent.is_some()).collect();
        assert_eq!((groups.len(), leaves.len()), (16, 112));
        assert_eq!(taxonomy().by_id.len(), all().len());
        assert_eq!(taxonomy().by_key.len(), all().len());
        for leaf in leaves {
            let group = leaf.parent.and_then(get).expect("a group");
            assert!(group.parent.is_none() && leaf.key.starts_with(group.key), "{}", leaf.key);
        }
        assert!(all().iter().all(|it| (1..10_000).contains(&it.id.0) && !it.label.is_empty()));
    }

    #[test]
    fn every_line_of_the_file_names_a_known_kind_and_group() {
        for [_, key, _, group, kind, icon, color, plaid] in table::rows(include_str!("../../data/category.csv")) {
            assert!(["income", "spending", "transfer"].contains(&kind), "{key}");
            assert!(group.is_empty() || by_key(group).is_some(), "{key}");
            assert!(!icon.is_empty() && color.is_empty() != group.is_empty(), "{key}");
            assert!(color.is_empty() || (color.len() == 7 && color.starts_with('#')), "{key}");
            assert!(plaid.is_empty() || plaid != key && by_key(plaid).is_some_and(|it| it.plaid == plaid), "{key}");
        }
    }

    #[test]
    fn an_own_category_names_its_household() {
        let (home, other) = (HouseholdId(7), HouseholdId(8));
        let (coffee, own) = (CategoryId(702), CategoryId(FIRST_OWN_ID + 3));
        assert_eq!(coffee.text(home), coffee.text(other));
        assert_eq!(CategoryId::parse(&coffee.text(home), other), Ok(coffee));
        assert_eq!(CategoryId::parse(&own.text(home), home), Ok(own));
        assert_eq!(CategoryId::parse(&own.text(home), other), Err(NotHere::Elsewhere));
        let nobody = shared_text("cat", i64::from(own.0));
        assert_eq!(CategoryId::parse(&nobody, home), Err(NotHere::Elsewhere));
        assert!(matches!(CategoryId::parse("cat_1", home), Err(NotHere::NotAnId(_))));
        assert!(matches!(CategoryId::parse(&shared_text("mer", 1), home), Err(NotHere::NotAnId(_))));
    }

    #[test]
    fn a_category_is_found_by_id_and_by_key() {
        let coffee = by_key("FOOD_AND_DRINK_COFFEE").expect("known");
        assert_eq!(get(coffee.id), Some(coffee));
        assert_eq!((coffee.label, coffee.kind), ("Coffee", Kind::Spending));
        assert_eq!(group(coffee.id), by_key("FOOD_AND_DRINK").map(|group| group.id));
        assert_eq!(get(UNCATEGORIZED).map(|it| (it.key, it.kind)), Some(("UNCATEGORIZED", Kind::Spending)));
        assert_eq!(get(CategoryId(FIRST_OWN_ID)), None);
        let card = by_key("LOAN_PAYMENTS_CREDIT_CARD_PAYMENT").expect("known");
        assert_eq!(card.kind, Kind::Transfer);
        assert_eq!(by_key("LOAN_PAYMENTS").map(|it| it.kind), Some(Kind::Spending));
    }

    /// Rows of every household hold these numbers: a line below is never edited. A new category adds a line.
    #[test]
    fn ids_are_permanent() {
        let now: Vec<String> = all().iter().map(|it| format!("{} {}", it.id, it.key)).collect();
        let then: Vec<&str> = PERMANENT.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        assert_eq!(now, then);
    }

    const PERMANENT: &str = "
        1 UNCATEGORIZED
        100 INCOME
        101 INCOME_DIVIDENDS
        102 INCOME_INTEREST_EARNED
        103 INCOME_RETIREMENT_PENSION
        104 INCOME_TAX_REFUND
        105 INCOME_UNEMPLOYMENT
        106 INCOME_WAGES
        107 INCOME_OTHER_INCOME
        108 INCOME_REFUNDS_AND_REIMBURSEMENTS
        200 TRANSFER_IN
        201 TRANSFER_IN_CASH_ADVANCES_AND_LOANS
        202 TRANSFER_IN_DEPOSIT
        203 TRANSFER_IN_INVESTMENT_AND_RETIREMENT_FUNDS
        204 TRANSFER_IN_SAVINGS
        205 TRANSFER_IN_ACCOUNT_TRANSFER
        206 TRANSFER_IN_OTHER_TRANSFER_IN
        300 TRANSFER_OUT
        301 TRANSFER_OUT_INVESTMENT_AND_RETIREMENT_FUNDS
        302 TRANSFER_OUT_SAVINGS
        303 TRANSFER_OUT_WITHDRAWAL
        304 TRANSFER_OUT_ACCOUNT_TRANSFER
        305 TRANSFER_OUT_OTHER_TRANSFER_OUT
        400 LOAN_PAYMENTS
        401 LOAN_PAYMENTS_CAR_PAYMENT
        402 LOAN_PAYMENTS_CREDIT_CARD_PAYMENT
        403 LOAN_PAYMENTS_PERSONAL_LOAN_PAYMENT
        404 LOAN_PAYMENTS_MORTGAGE_PAYMENT
        405 LOAN_PAYMENTS_STUDENT_LOAN_PAYMENT
        406 LOAN_PAYMENTS_BNPL
        407 LOAN_PAYMENTS_OTHER_PAYMENT
        500 BANK_FEES
        501 BANK_FEES_ATM_FEES
        502 BANK_FEES_FOREIGN_TRANSACTION_FEES
        503 BANK_FEES_INSUFFICIENT_FUNDS
        504 BANK_FEES_INTEREST_CHARGE
        505 BANK_FEES_OVERDRAFT_FEES
        506 BANK_FEES_LATE_FEES
        507 BANK_FEES_OTHER_BANK_FEES
        600 ENTERTAINMENT
        601 ENTERTAINMENT_CASINOS_AND_GAMBLING
        602 ENTERTAINMENT_MUSIC_AND_AUDIO
        603 ENTERTAINMENT_SPORTING_EVENTS_AMUSEMENT_PARKS_AND_MUSEUMS
        604 ENTERTAINMENT_TV_AND_MOVIES
        605 ENTERTAINMENT_VIDEO_GAMES
        606 ENTERTAINMENT_OTHER_ENTERTAINMENT
        700 FOOD_AND_DRINK
        701 FOOD_AND_DRINK_BEER_WINE_AND_LIQUOR
        702 FOOD_AND_DRINK_COFFEE
        703 FOOD_AND_DRINK_FAST_FOOD
        704 FOOD_AND_DRINK_GROCERIES
        705 FOOD_AND_DRINK_RESTAURANT
        706 FOOD_AND_DRINK_FOOD_DELIVERY
        707 FOOD_AND_DRINK_VENDING_MACHINES
        708 FOOD_AND_DRINK_OTHER_FOOD_AND_DRINK
        800 GENERAL_MERCHANDISE
        801 GENERAL_MERCHANDISE_BOOKSTORES_AND_NEWSSTANDS
        802 GENERAL_MERCHANDISE_CLOTHING_AND_ACCESSORIES
        803 GENERAL_MERCHANDISE_CONVENIENCE_STORES
        804 GENERAL_MERCHANDISE_DEPARTMENT_STORES
        805 GENERAL_MERCHANDISE_DISCOUNT_STORES
        806 GENERAL_MERCHANDISE_ELECTRONICS
        807 GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES
        808 GENERAL_MERCHANDISE_HOBBIES_TOYS_AND_CRAFTS
        809 GENERAL_MERCHANDISE_KIDS_AND_BABY
        810 GENERAL_MERCHANDISE_OFFICE_SUPPLIES
        811 GENERAL_MERCHANDISE_ONLINE_MARKETPLACES
        812 GENERAL_MERCHANDISE_PET_SUPPLIES
        813 GENERAL_MERCHANDISE_SPORTING_GOODS
        814 GENERAL_MERCHANDISE_SUPERSTORES
        815 GENERAL_MERCHANDISE_TOBACCO_AND_VAPE
        816 GENERAL_MERCHANDISE_OTHER_GENERAL_MERCHANDISE
        900 HOME_IMPROVEMENT
        901 HOME_IMPROVEMENT_FURNITURE
        902 HOME_IMPROVEMENT_HARDWARE
        903 HOME_IMPROVEMENT_REPAIR_AND_MAINTENANCE
        904 HOME_IMPROVEMENT_SECURITY
        905 HOME_IMPROVEMENT_OTHER_HOME_IMPROVEMENT
        1000 MEDICAL
        1001 MEDICAL_DENTAL_CARE
        1002 MEDICAL_EYE_CARE
        1003 MEDICAL_NURSING_CARE
        1004 MEDICAL_PHARMACIES_AND_SUPPLEMENTS
        1005 MEDICAL_PRIMARY_CARE
        1006 MEDICAL_VETERINARY_SERVICES
        1007 MEDICAL_OTHER_MEDICAL
        1100 PERSONAL_CARE
        1101 PERSONAL_CARE_GYMS_AND_FITNESS_CENTERS
        1102 PERSONAL_CARE_HAIR_AND_BEAUTY
        1103 PERSONAL_CARE_LAUNDRY_AND_DRY_CLEANING
        1104 PERSONAL_CARE_OTHER_PERSONAL_CARE
        1200 GENERAL_SERVICES
        1201 GENERAL_SERVICES_ACCOUNTING_AND_FINANCIAL_PLANNING
        1202 GENERAL_SERVICES_AUTOMOTIVE
        1203 GENERAL_SERVICES_CHILDCARE
        1204 GENERAL_SERVICES_CONSULTING_AND_LEGAL
        1205 GENERAL_SERVICES_EDUCATION
        1206 GENERAL_SERVICES_INSURANCE
        1207 GENERAL_SERVICES_POSTAGE_AND_SHIPPING
        1208 GENERAL_SERVICES_STORAGE
        1209 GENERAL_SERVICES_SOFTWARE_AND_ONLINE_SERVICES
        1210 GENERAL_SERVICES_BUSINESS_AND_ADVERTISING
        1211 GENERAL_SERVICES_OTHER_GENERAL_SERVICES
        1300 GOVERNMENT_AND_NON_PROFIT
        1301 GOVERNMENT_AND_NON_PROFIT_DONATIONS
        1302 GOVERNMENT_AND_NON_PROFIT_GOVERNMENT_DEPARTMENTS_AND_AGENCIES
        1303 GOVERNMENT_AND_NON_PROFIT_TAX_PAYMENT
        1304 GOVERNMENT_AND_NON_PROFIT_OTHER_GOVERNMENT_AND_NON_PROFIT
        1400 TRANSPORTATION
        1401 TRANSPORTATION_BIKES_AND_SCOOTERS
        1402 TRANSPORTATION_GAS
        1403 TRANSPORTATION_PARKING
        1404 TRANSPORTATION_PUBLIC_TRANSIT
        1405 TRANSPORTATION_TAXIS_AND_RIDE_SHARES
        1406 TRANSPORTATION_TOLLS
        1407 TRANSPORTATION_OTHER_TRANSPORTATION
        1500 TRAVEL
        1501 TRAVEL_FLIGHTS
        1502 TRAVEL_LODGING
        1503 TRAVEL_RENTAL_CARS
        1504 TRAVEL_OTHER_TRAVEL
        1600 RENT_AND_UTILITIES
        1601 RENT_AND_UTILITIES_GAS_AND_ELECTRICITY
        1602 RENT_AND_UTILITIES_INTERNET_AND_CABLE
        1603 RENT_AND_UTILITIES_RENT
        1604 RENT_AND_UTILITIES_SEWAGE_AND_WASTE_MANAGEMENT
        1605 RENT_AND_UTILITIES_TELEPHONE
        1606 RENT_AND_UTILITIES_WATER
        1607 RENT_AND_UTILITIES_OTHER_UTILITIES
    ";
}
