//! What a household says of merchants: what they are called, and which of them are one.

use std::collections::{BTreeSet, HashMap};

use super::{MerchantId, name};

/// What a household says of one merchant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Saying {
    /// What the household calls it.
    pub name: Option<String>,
    /// What it was called when the household first said something of it.
    pub known_as: String,
    /// Which merchant it is part of.
    pub merged_into: Option<MerchantId>,
}

/// What a household says of merchants.
///
/// The rows keep the merchant that their text names. Who that is for the household is asked when they are read, so that a merger is
/// one saying, however many rows there are, and is taken back as easily.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directory {
    sayings: HashMap<MerchantId, Saying>,
    /// Of those that were merged: what they are in the end.
    ends: HashMap<MerchantId, MerchantId>,
}

impl Directory {
    /// What the household says of a merchant itself.
    #[must_use]
    pub fn saying(&self, id: MerchantId) -> Option<&Saying> {
        self.sayings.get(&id)
    }

    /// All that it says.
    pub fn sayings(&self) -> impl Iterator<Item = (MerchantId, &Saying)> {
        self.sayings.iter().map(|(id, saying)| (*id, saying))
    }

    /// A merchant, then the one that it was merged into, and so on: the last is who it is for the household.
    pub fn path(&self, id: MerchantId) -> impl Iterator<Item = MerchantId> {
        let next = |id: &MerchantId| self.sayings.get(id).and_then(|saying| saying.merged_into);
        // A circle cannot be said; stored, it must not be gone round for ever.
        std::iter::successors(Some(id), next).take(self.sayings.len() + 1)
    }

    /// Who a merchant is for the household.
    #[must_use]
    pub fn resolve(&self, id: MerchantId) -> MerchantId {
        self.ends.get(&id).copied().unwrap_or(id)
    }

    /// What the household calls it. Where it was merged: what it was merged into. `None` where only its rows say it.
    #[must_use]
    pub fn called(&self, id: MerchantId) -> Option<&str> {
        let one = self.resolve(id);
        let saying = self.sayings.get(&one)?;
        let own = saying.name.as_deref();
        own.or_else(|| (one != id).then(|| name(one).unwrap_or(&saying.known_as)))
    }

    /// All merchants that are the same as one for the household: itself, and all that were merged into it.
    #[must_use]
    pub fn family(&self, id: MerchantId) -> BTreeSet<MerchantId> {
        let one = self.resolve(id);
        let members = self.sayings.keys().copied().filter(|member| self.resolve(*member) == one);
        members.chain([one]).collect()
    }

    /// Those whose name, as the household has it, has a text in it, in whatever case of letters.
    #[must_use]
    pub fn named_like(&self, text: &str) -> BTreeSet<MerchantId> {
        let text = text.to_lowercase();
        let is_it = |id: &MerchantId| self.called(*id).is_some_and(|called| called.to_lowercase().contains(&text));
        self.sayings.keys().copied().filter(is_it).collect()
    }

    /// All that a merchant is called: by the household, by Florin, and before the household said anything.
    pub fn names(&self, id: MerchantId) -> impl Iterator<Item = &str> {
        let saying = self.sayings.get(&id);
        let given = saying.and_then(|saying| saying.name.as_deref());
        let known_as = saying.map(|saying| saying.known_as.as_str());
        given.into_iter().chain(name(id)).chain(known_as)
    }
}

impl FromIterator<(MerchantId, Saying)> for Directory {
    fn from_iter<T: IntoIterator<Item = (MerchantId, Saying)>>(sayings: T) -> Self {
        let mut directory = Self { sayings: sayings.into_iter().collect(), ends: HashMap::new() };
        for id in directory.sayings.keys().copied().collect::<Vec<_>>() {
            // As far as nobody has gone before.
            let mut way = Vec::new();
            let mut end = id;
            for step in directory.path(id) {
                end = directory.ends.get(&step).copied().unwrap_or(step);
                if end != step {
                    break;
                }
                way.push(step);
            }
            directory.ends.extend(way.into_iter().map(|step| (step, end)));
        }
        directory.ends.retain(|id, end| id != end);
        directory
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KROGER: MerchantId = MerchantId(10_001);
    const CORNER: MerchantId = MerchantId(-1);
    const SHOP: MerchantId = MerchantId(-2);
    const STAND: MerchantId = MerchantId(-3);

    fn merged(known_as: &str, into: MerchantId) -> Saying {
        Saying { name: None, known_as: known_as.into(), merged_into: Some(into) }
    }

    fn named(known_as: &str, name: Option<&str>) -> Saying {
        Saying { name: name.map(str::to_owned), known_as: known_as.into(), merged_into: None }
    }

    #[test]
    fn who_was_merged_is_what_it_was_merged_into() {
        let directory: Directory =
            [(STAND, merged("Stand", CORNER)), (CORNER, merged("Corner", SHOP)), (SHOP, named("Shop", None))]
                .into_iter()
                .collect();
        for member in [STAND, CORNER, SHOP] {
            assert_eq!(directory.resolve(member), SHOP);
            assert_eq!(directory.family(member), BTreeSet::from([STAND, CORNER, SHOP]));
        }
        assert_eq!(directory.path(STAND).collect::<Vec<_>>(), [STAND, CORNER, SHOP]);
        // The rows of the last one say themselves what it is called; those of the others do not.
        assert_eq!(
            [STAND, CORNER, SHOP, KROGER].map(|id| directory.called(id)),
            [Some("Shop"), Some("Shop"), None, None]
        );
        assert_eq!(directory.family(KROGER), BTreeSet::from([KROGER]));
    }

    #[test]
    fn a_household_calls_merchants_as_it_likes() {
        let directory: Directory = [
            (SHOP, named("Shop", Some("Großmarkt"))),
            (CORNER, merged("Corner", SHOP)),
            (STAND, merged("Stand", KROGER)),
            (KROGER, named("Kroger", None)),
        ]
        .into_iter()
        .collect();
        assert_eq!(
            [SHOP, CORNER, STAND, KROGER].map(|id| directory.called(id)),
            [Some("Großmarkt"), Some("Großmarkt"), Some("Kroger"), None]
        );
        assert_eq!(directory.named_like("GROSS"), BTreeSet::new());
        assert_eq!(directory.named_like("großm"), BTreeSet::from([SHOP, CORNER]));
        assert_eq!(directory.named_like("krog"), BTreeSet::from([STAND]));
    }

    #[test]
    fn a_circle_is_gone_round_once() {
        let directory: Directory =
            [(SHOP, merged("Shop", CORNER)), (CORNER, merged("Corner", SHOP))].into_iter().collect();
        assert!([SHOP, CORNER].contains(&directory.resolve(SHOP)));
        assert_eq!(directory.path(SHOP).count(), 3);
    }
}
