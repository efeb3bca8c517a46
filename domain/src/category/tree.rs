//! The categories of a household: those that come with Florin, as the household has them, and below and beside them its own, of any depth.
//!
//! Whatever was merged into another category is that one: rows and sums keep the number that they were written with, and whoever reads
//! them asks the tree what it stands for. So a merge is done at once, however many transactions it is about.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt,
    sync::{Arc, LazyLock},
};

use super::{CategoryId, FIRST_OWN_ID, Kind, all, by_key};

/// How deep a tree may be: a group is at depth 1.
pub const DEPTH: usize = 32;
/// So many categories of its own a household may have.
pub const OWN_CATEGORIES: usize = 1_000;

/// What a household says of a category: everything of its own ones, and of those that come with Florin what it changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Saying {
    /// Which; a household's own from [`FIRST_OWN_ID`] on.
    pub id: i32,
    /// The category that an own one is in; none for a group. One that comes with Florin stays where it is.
    pub parent: Option<i32>,
    /// What an own group is; whatever is in it is the same.
    pub kind: Option<Kind>,
    /// What the household calls it.
    pub name: Option<String>,
    /// What it shows for it.
    pub icon: Option<String>,
    /// And in which colour.
    pub color: Option<String>,
    /// Whether it is not offered any more, with all that is in it.
    pub is_archived: bool,
    /// What it has become a part of.
    pub merged_into: Option<i32>,
}

/// A category as a household has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Which.
    pub id: CategoryId,
    /// Its permanent name for programs; a household's own have none.
    pub key: Option<&'static str>,
    /// What the household calls it.
    pub name: Box<str>,
    /// What it shows for it: an emoji, or the name of an icon.
    pub icon: Box<str>,
    /// And in which colour: `#` and six hexadecimal digits.
    pub color: Box<str>,
    /// What it is in; none for a group.
    pub parent: Option<CategoryId>,
    /// The group that it is in; itself, if it is one.
    pub group: CategoryId,
    /// What money of it does to a month.
    pub kind: Kind,
    /// Whether it is not offered any more: itself, or what it is in.
    pub is_archived: bool,
    /// A group is at depth 1.
    pub depth: usize,
}

impl Node {
    /// Whether transactions may be of it itself: not of a group that comes with Florin.
    #[must_use]
    pub fn takes_transactions(&self) -> bool {
        self.parent.is_some() || self.key.is_none() || self.id == super::UNCATEGORIZED
    }
}

/// The categories of a household.
#[derive(Clone, PartialEq, Eq)]
pub struct Tree {
    nodes: HashMap<CategoryId, Node>,
    /// What is directly in a category, in the order in which it is shown; groups under `None`.
    children: HashMap<Option<CategoryId>, Vec<CategoryId>>,
    /// What each merged category has become a part of, at the end of all merges.
    merged: BTreeMap<CategoryId, CategoryId>,
    /// The other way round.
    parts: HashMap<CategoryId, Vec<CategoryId>>,
}

impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tree")
            .field("nodes", &self.nodes.len())
            .field("merged", &self.merged.len())
            .finish_non_exhaustive()
    }
}

/// What a household that has changed nothing has. It costs nothing to have it.
#[must_use]
pub fn standard() -> Arc<Tree> {
    static STANDARD: LazyLock<Arc<Tree>> = LazyLock::new(|| Arc::new(Tree::build(&[])));
    STANDARD.clone()
}

impl Tree {
    /// The tree of a household that says this.
    #[must_use]
    pub fn of(sayings: &[Saying]) -> Arc<Self> {
        if sayings.is_empty() { standard() } else { Arc::new(Self::build(sayings)) }
    }

    fn build(sayings: &[Saying]) -> Self {
        let said: HashMap<i32, &Saying> = sayings.iter().map(|saying| (saying.id, saying)).collect();
        let mut tree =
            Self { nodes: HashMap::new(), children: HashMap::new(), merged: BTreeMap::new(), parts: HashMap::new() };
        for known in all() {
            let saying = said.get(&known.id.0).copied();
            tree.take(
                saying,
                Node {
                    id: known.id,
                    key: Some(known.key),
                    name: known.label.into(),
                    icon: known.icon.into(),
                    color: known.color.into(),
                    parent: known.parent,
                    group: known.parent.unwrap_or(known.id),
                    kind: known.kind,
                    is_archived: false,
                    depth: 1 + usize::from(known.parent.is_some()),
                },
            );
        }
        // Whatever is in another comes after it. What is in nothing that is there is in no tree: a write of ours never leaves one.
        let mut own: Vec<&Saying> = sayings.iter().filter(|saying| saying.id >= FIRST_OWN_ID).collect();
        own.sort_unstable_by_key(|saying| saying.id);
        while !own.is_empty() {
            let before = own.len();
            own.retain(|saying| !tree.take_own(saying));
            if own.len() == before {
                break;
            }
        }
        tree.straighten();
        tree
    }

    /// Has every merged category lead to the end of its chain: however long a chain is, it is walked once. A ring, which no write of ours
    /// leaves, leads to what is not there.
    fn straighten(&mut self) {
        let mut ends: BTreeMap<CategoryId, CategoryId> = BTreeMap::new();
        for start in self.merged.keys() {
            let (mut at, mut walked) = (*start, Vec::new());
            while let Some(into) = self.merged.get(&at).filter(|_| !ends.contains_key(&at) && !walked.contains(&at)) {
                walked.push(at);
                at = *into;
            }
            let end = ends.get(&at).copied().unwrap_or(at);
            ends.extend(walked.into_iter().map(|one| (one, end)));
        }
        for (part, whole) in &ends {
            self.parts.entry(*whole).or_default().push(*part);
        }
        self.merged = ends;
    }

    /// Takes a category that comes with Florin.
    fn take(&mut self, saying: Option<&Saying>, node: Node) {
        let above = node.parent.and_then(|parent| self.nodes.get(&parent)).is_some_and(|parent| parent.is_archived);
        let Some(saying) = saying else {
            return self.put(Node { is_archived: above, ..node });
        };
        if let Some(into) = saying.merged_into.filter(|_| node.id != super::UNCATEGORIZED) {
            self.merged.insert(node.id, CategoryId(into));
            return;
        }
        let or = |said: &Option<String>, own: Box<str>| said.as_deref().map_or(own, Box::from);
        self.put(Node {
            name: or(&saying.name, node.name),
            icon: or(&saying.icon, node.icon),
            color: or(&saying.color, node.color),
            is_archived: saying.is_archived || above,
            ..node
        });
    }

    /// Takes a category of the household's own; false as long as what it is in is not there.
    fn take_own(&mut self, saying: &Saying) -> bool {
        let id = CategoryId(saying.id);
        if let Some(into) = saying.merged_into {
            self.merged.insert(id, CategoryId(into));
            return true;
        }
        let name: Box<str> = saying.name.as_deref().unwrap_or_default().into();
        let node = match saying.parent {
            None => Node {
                id,
                key: None,
                name,
                icon: saying.icon.as_deref().unwrap_or(OWN_ICON).into(),
                color: saying.color.as_deref().unwrap_or(OWN_COLOR).into(),
                parent: None,
                group: id,
                kind: saying.kind.unwrap_or(Kind::Spending),
                is_archived: saying.is_archived,
                depth: 1,
            },
            Some(parent) => {
                let Some(parent) = self.nodes.get(&CategoryId(parent)) else { return false };
                Node {
                    id,
                    key: None,
                    name,
                    icon: saying.icon.as_deref().unwrap_or(&parent.icon).into(),
                    color: saying.color.as_deref().unwrap_or(&parent.color).into(),
                    parent: Some(parent.id),
                    group: parent.group,
                    kind: parent.kind,
                    is_archived: saying.is_archived || parent.is_archived,
                    depth: parent.depth + 1,
                }
            }
        };
        self.put(node);
        true
    }

    fn put(&mut self, node: Node) {
        self.children.entry(node.parent).or_default().push(node.id);
        self.nodes.insert(node.id, node);
    }

    /// What a number stands for: itself, or what it was merged into.
    #[must_use]
    pub fn resolve(&self, id: CategoryId) -> CategoryId {
        self.merged.get(&id).copied().unwrap_or(id)
    }

    /// All numbers that stand for a category itself: its own, and those of what was merged into it.
    pub fn numbers(&self, id: CategoryId) -> impl Iterator<Item = CategoryId> {
        let top = self.resolve(id);
        std::iter::once(top).chain(self.parts.get(&top).into_iter().flatten().copied())
    }

    /// What comes with Florin and takes transactions, and is nearest to a category: itself, else what it is in. `None` where there is nothing
    /// of ours.
    #[must_use]
    pub fn ours(&self, id: CategoryId) -> Option<CategoryId> {
        let path = self.path(id);
        path.iter().find(|node| node.key.is_some()).filter(|node| node.takes_transactions()).map(|node| node.id)
    }

    /// What comes with Florin and is nearest to what a row is of: itself, else what it is in; for what is in nothing of ours, what is of its
    /// kind and says no more.
    #[must_use]
    pub fn nearest_known(&self, id: CategoryId, comes_in: bool) -> CategoryId {
        if !id.is_own() {
            return id;
        }
        let path = self.path(id);
        if let Some(known) = path.iter().find(|node| node.key.is_some()) {
            return known.id;
        }
        let key = match (path.last().map(|group| group.kind), comes_in) {
            (Some(Kind::Transfer), true) => "TRANSFER_IN_OTHER_TRANSFER_IN",
            (Some(Kind::Transfer), false) => "TRANSFER_OUT_OTHER_TRANSFER_OUT",
            (Some(Kind::Income), _) => "INCOME_WAGES",
            (Some(Kind::Spending), _) => "GENERAL_MERCHANDISE_OTHER_GENERAL_MERCHANDISE",
            (None, _) => "UNCATEGORIZED",
        };
        by_key(key).map_or(super::UNCATEGORIZED, |known| known.id)
    }

    /// The category that a number stands for.
    #[must_use]
    pub fn get(&self, id: CategoryId) -> Option<&Node> {
        self.nodes.get(&self.resolve(id))
    }

    /// The same; what nobody knows, because a newer version wrote it, shows as uncategorized.
    ///
    /// # Panics
    /// Never: every tree has what is uncategorized.
    #[must_use]
    pub fn or_uncategorized(&self, id: CategoryId) -> &Node {
        let found = self.get(id).or_else(|| self.nodes.get(&super::UNCATEGORIZED));
        found.expect("every tree has what is uncategorized")
    }

    /// The category with a number of its own: nothing for one that was merged.
    #[must_use]
    pub fn itself(&self, id: CategoryId) -> Option<&Node> {
        self.nodes.get(&id)
    }

    /// What is directly in a category, in the order in which it is shown; with `None` the groups.
    pub fn children(&self, id: Option<CategoryId>) -> impl Iterator<Item = &Node> {
        self.children.get(&id).into_iter().flatten().filter_map(|id| self.nodes.get(id))
    }

    /// All, each before what is in it.
    #[must_use]
    pub fn list(&self) -> Vec<&Node> {
        let mut list = Vec::with_capacity(self.nodes.len());
        self.walk(None, &mut |node| list.push(node));
        list
    }

    fn walk<'a>(&'a self, id: Option<CategoryId>, visit: &mut impl FnMut(&'a Node)) {
        for node in self.children(id) {
            visit(node);
            self.walk(Some(node.id), visit);
        }
    }

    /// All numbers that stand for a category or for one in it.
    #[must_use]
    pub fn covered(&self, id: CategoryId) -> BTreeSet<CategoryId> {
        let top = self.resolve(id);
        let mut covered: BTreeSet<CategoryId> = self.numbers(top).collect();
        self.walk(Some(top), &mut |node| covered.extend(self.numbers(node.id)));
        covered
    }

    /// The category and what it is in, up to its group.
    #[must_use]
    pub fn path(&self, id: CategoryId) -> Vec<&Node> {
        let mut path = Vec::new();
        let mut at = self.get(id);
        while let Some(node) = at {
            path.push(node);
            at = node.parent.and_then(|parent| self.nodes.get(&parent));
        }
        path
    }

    /// Whether a category is another one or in it.
    #[must_use]
    pub fn is_in(&self, id: CategoryId, other: CategoryId) -> bool {
        let other = self.resolve(other);
        self.path(id).iter().any(|node| node.id == other)
    }

    /// What of a category's sums is shown together: the one directly in `top` that it is or is in, `top` for its own rows; with `None` its
    /// group. Nothing where it is not in `top`.
    #[must_use]
    pub fn rolled_up(&self, id: CategoryId, top: Option<CategoryId>) -> Option<CategoryId> {
        let path = self.path(id);
        let Some(top) = top.map(|top| self.resolve(top)) else { return path.last().map(|node| node.id) };
        let at = path.iter().position(|node| node.id == top)?;
        Some(path[at.saturating_sub(1)].id)
    }

    /// The depth of what is below a category, itself not counted.
    fn height(&self, id: CategoryId) -> usize {
        self.children(Some(id)).map(|child| 1 + self.height(child.id)).max().unwrap_or(0)
    }

    /// Whether an own category may be in another one: why not.
    pub fn may_be_in(&self, id: CategoryId, parent: CategoryId) -> Result<(), Misplaced> {
        let Some(above) = self.itself(parent) else { return Err(Misplaced::Nowhere) };
        let at = self.itself(id);
        if at.is_some() && self.is_in(parent, id) {
            return Err(Misplaced::InItself);
        }
        if at.is_some_and(|node| node.kind != above.kind) {
            return Err(Misplaced::OtherKind);
        }
        if above.is_archived {
            return Err(Misplaced::Archived);
        }
        if above.id == super::UNCATEGORIZED {
            return Err(Misplaced::Uncategorized);
        }
        if above.depth + 1 + self.height(id) > DEPTH {
            return Err(Misplaced::TooDeep);
        }
        Ok(())
    }

    /// Whether a category may become a part of others: why not. What comes with Florin stays where it is: a group of it does not go.
    pub fn may_go(&self, id: CategoryId) -> Result<(), Misplaced> {
        let from = self.itself(id).ok_or(Misplaced::Nowhere)?;
        if from.id == super::UNCATEGORIZED {
            return Err(Misplaced::Uncategorized);
        }
        if from.takes_transactions() { Ok(()) } else { Err(Misplaced::Group) }
    }

    /// Whether a category that may go may become a part of this one: why not.
    pub fn may_merge(&self, id: CategoryId, into: CategoryId) -> Result<(), Misplaced> {
        let (Some(from), Some(into)) = (self.itself(id), self.itself(into)) else { return Err(Misplaced::Nowhere) };
        if self.is_in(into.id, from.id) {
            return Err(Misplaced::InItself);
        }
        if into.id == super::UNCATEGORIZED {
            return Err(Misplaced::Uncategorized);
        }
        if from.kind != into.kind {
            return Err(Misplaced::OtherKind);
        }
        if into.is_archived {
            return Err(Misplaced::Archived);
        }
        if !into.takes_transactions() {
            return Err(Misplaced::Group);
        }
        if self.children(Some(from.id)).any(|child| into.depth + 1 + self.height(child.id) > DEPTH) {
            return Err(Misplaced::TooDeep);
        }
        Ok(())
    }

    /// Whether what is directly in a category already has another one of a name, whatever its letters' case, archived or not: what is
    /// archived may be offered again.
    #[must_use]
    pub fn has_namesake(&self, parent: Option<CategoryId>, name: &str, but: Option<CategoryId>) -> bool {
        let name = name.to_lowercase();
        self.children(parent).any(|child| Some(child.id) != but && child.name.to_lowercase() == name)
    }

    /// How many categories of its own the household has made, those that were merged among them.
    #[must_use]
    pub fn own_count(&self) -> usize {
        self.nodes.keys().chain(self.merged.keys()).filter(|id| id.is_own()).count()
    }
}

/// What a group of a household's own shows where it says nothing.
const OWN_ICON: &str = "📁";
/// And its colour.
const OWN_COLOR: &str = "#6B7280";

/// Why a category cannot be where somebody wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Misplaced {
    /// The other one is not there.
    Nowhere,
    /// It would be in itself.
    InItself,
    /// The two are of different kinds: totals of the past would change.
    OtherKind,
    /// The other one is not offered any more.
    Archived,
    /// It, or the other one, is what nobody could place.
    Uncategorized,
    /// It is a group that comes with Florin, which stays with what is in it.
    Group,
    /// The tree would be deeper than [`DEPTH`].
    TooDeep,
}

impl fmt::Display for Misplaced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nowhere => f.write_str("must be a category that is there"),
            Self::InItself => f.write_str("must not be the category itself or one in it"),
            Self::OtherKind => f.write_str("must be of the same kind: income, spending or transfer"),
            Self::Archived => f.write_str("must not be archived"),
            Self::Uncategorized => f.write_str("must not be what is uncategorized"),
            Self::Group => f.write_str("must not be a group that comes with Florin"),
            Self::TooDeep => write!(f, "must leave the tree at most {DEPTH} deep"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::UNCATEGORIZED, *};

    const OWN: i32 = FIRST_OWN_ID;

    fn id(key: &str) -> CategoryId {
        by_key(key).expect(key).id
    }

    fn own(number: i32, parent: Option<i32>) -> Saying {
        Saying { id: OWN + number, parent, name: Some(format!("Own {number}")), ..Saying::default() }
    }

    fn names<'a>(nodes: impl IntoIterator<Item = &'a Node>) -> Vec<&'a str> {
        nodes.into_iter().map(|node| &*node.name).collect()
    }

    #[test]
    fn whoever_says_nothing_has_what_comes_with_florin() {
        let tree = Tree::of(&[]);
        assert!(Arc::ptr_eq(&tree, &standard()));
        assert_eq!(tree.list().len(), all().len());
        assert_eq!(tree.children(None).count(), 17);
        let coffee = tree.get(id("FOOD_AND_DRINK_COFFEE")).expect("known");
        assert_eq!((&*coffee.name, &*coffee.icon, &*coffee.color, coffee.depth), ("Coffee", "☕", "#EA580C", 2));
        assert_eq!((coffee.group, coffee.parent), (id("FOOD_AND_DRINK"), Some(id("FOOD_AND_DRINK"))));
        assert!(coffee.takes_transactions() && !tree.get(coffee.group).expect("known").takes_transactions());
        assert!(tree.or_uncategorized(CategoryId(9_999)).takes_transactions());
        assert_eq!(tree.covered(coffee.id), BTreeSet::from([coffee.id]));
        assert_eq!(tree.covered(coffee.group).len(), 9);
    }

    #[test]
    fn own_categories_are_of_any_depth_and_what_they_are_in() {
        let groceries = id("FOOD_AND_DRINK_GROCERIES");
        // In whatever order they were made, and moved since.
        let said = [own(3, Some(OWN + 1)), own(1, Some(OWN + 2)), own(2, Some(groceries.0)), own(4, None)];
        let tree = Tree::of(&said);
        let deepest = tree.get(CategoryId(OWN + 3)).expect("there");
        assert_eq!((deepest.depth, deepest.group, deepest.kind), (5, id("FOOD_AND_DRINK"), Kind::Spending));
        assert_eq!((&*deepest.icon, &*deepest.color, deepest.key), ("🛒", "#EA580C", None));
        assert_eq!(names(tree.path(deepest.id)), ["Own 3", "Own 1", "Own 2", "Groceries", "Food & Drink"]);
        assert_eq!(tree.covered(groceries), [groceries.0, OWN + 1, OWN + 2, OWN + 3].map(CategoryId).into());
        assert_eq!(tree.rolled_up(deepest.id, None), Some(id("FOOD_AND_DRINK")));
        assert_eq!(tree.rolled_up(deepest.id, Some(id("FOOD_AND_DRINK"))), Some(groceries));
        assert_eq!(tree.rolled_up(deepest.id, Some(groceries)), Some(CategoryId(OWN + 2)));
        assert_eq!(tree.rolled_up(groceries, Some(groceries)), Some(groceries));
        assert_eq!(tree.rolled_up(id("TRAVEL_FLIGHTS"), Some(groceries)), None);
        let group = tree.get(CategoryId(OWN + 4)).expect("there");
        assert_eq!((group.kind, &*group.icon, group.takes_transactions()), (Kind::Spending, OWN_ICON, true));
        assert_eq!(tree.own_count(), 4);
        assert_eq!(names(tree.list()).last(), Some(&"Own 4"));
    }

    #[test]
    fn what_a_household_changes_of_ours_is_its_own() {
        let (coffee, travel, flights) = (id("FOOD_AND_DRINK_COFFEE"), id("TRAVEL"), id("TRAVEL_FLIGHTS"));
        let tree = Tree::of(&[
            Saying { id: coffee.0, name: Some("Kaffee".into()), color: Some("#000000".into()), ..Saying::default() },
            Saying { id: travel.0, is_archived: true, ..Saying::default() },
        ]);
        let changed = tree.get(coffee).expect("there");
        assert_eq!((&*changed.name, &*changed.icon, &*changed.color), ("Kaffee", "☕", "#000000"));
        assert!(tree.get(flights).expect("there").is_archived, "with what it is in");
        assert!(!changed.is_archived);
    }

    #[test]
    fn what_was_merged_is_what_it_became() {
        let (coffee, restaurant) = (id("FOOD_AND_DRINK_COFFEE"), id("FOOD_AND_DRINK_RESTAURANT"));
        let into = |id: CategoryId, into: i32| Saying { id: id.0, merged_into: Some(into), ..Saying::default() };
        let tree = Tree::of(&[into(coffee, OWN + 1), Saying { merged_into: Some(restaurant.0), ..own(1, None) }]);
        assert_eq!(tree.get(coffee).map(|node| node.id), Some(restaurant));
        assert_eq!(tree.itself(coffee), None);
        assert_eq!(tree.covered(restaurant), [coffee.0, restaurant.0, OWN + 1].map(CategoryId).into());
        assert_eq!(tree.covered(coffee), tree.covered(restaurant));
        assert!(!names(tree.list()).contains(&"Coffee"));
        assert_eq!(tree.numbers(restaurant).collect::<BTreeSet<_>>(), tree.covered(restaurant));
        assert_eq!(tree.own_count(), 1, "what was merged was made, too");
        // A ring, which no write of ours leaves, is no end of the program.
        let ring = Tree::of(&[into(coffee, OWN + 1), Saying { merged_into: Some(coffee.0), ..own(1, None) }]);
        assert_eq!(ring.get(coffee), None);
        assert_eq!(ring.or_uncategorized(coffee).id, UNCATEGORIZED);
    }

    #[test]
    fn what_cannot_be_is_refused_with_its_reason() {
        let deep: Vec<Saying> = (0..31).map(|number| own(number, (number > 0).then(|| OWN + number - 1))).collect();
        let archived = Saying { is_archived: true, ..own(90, None) };
        let income = Saying { kind: Some(Kind::Income), ..own(80, None) };
        let tree = Tree::of(&[deep, vec![archived, income, own(81, Some(OWN + 80))]].concat());
        let at = |number: i32| CategoryId(OWN + number);
        let (food, coffee, wages) = (id("FOOD_AND_DRINK"), id("FOOD_AND_DRINK_COFFEE"), id("INCOME_WAGES"));
        for (one, parent, expected) in [
            (at(5), CategoryId(77), Err(Misplaced::Nowhere)),
            (at(5), at(5), Err(Misplaced::InItself)),
            (at(5), at(20), Err(Misplaced::InItself)),
            (at(5), wages, Err(Misplaced::OtherKind)),
            (at(5), at(90), Err(Misplaced::Archived)),
            (at(5), UNCATEGORIZED, Err(Misplaced::Uncategorized)),
            (at(5), food, Ok(())),
            (at(0), food, Ok(())),
            (at(0), coffee, Err(Misplaced::TooDeep)),
            (at(99), at(30), Ok(())),
            (at(20), at(2), Ok(())),
            (at(81), wages, Ok(())),
        ] {
            assert_eq!(tree.may_be_in(one, parent), expected, "{one} in {parent}");
        }
        for (one, into, expected) in [
            (coffee, id("FOOD_AND_DRINK_RESTAURANT"), Ok(())),
            (coffee, coffee, Err(Misplaced::InItself)),
            (at(5), at(9), Err(Misplaced::InItself)),
            (at(9), at(5), Ok(())),
            (coffee, id("TRAVEL"), Err(Misplaced::Group)),
            (coffee, wages, Err(Misplaced::OtherKind)),
            (coffee, at(90), Err(Misplaced::Archived)),
            (coffee, UNCATEGORIZED, Err(Misplaced::Uncategorized)),
            (CategoryId(77), coffee, Err(Misplaced::Nowhere)),
            (at(0), at(80), Err(Misplaced::OtherKind)),
        ] {
            assert_eq!(tree.may_merge(one, into), expected, "{one} into {into}");
        }
        assert!(
            tree.has_namesake(Some(food), "COFFEE", None) && !tree.has_namesake(Some(food), "coffee", Some(coffee))
        );
    }

    #[test]
    fn an_own_category_is_as_good_as_the_nearest_of_ours() {
        let savings = id("TRANSFER_OUT_SAVINGS");
        let tree = Tree::of(&[
            own(1, Some(savings.0)),
            own(2, Some(OWN + 1)),
            Saying { kind: Some(Kind::Transfer), ..own(3, None) },
            own(4, Some(OWN + 3)),
            own(5, None),
            Saying { merged_into: Some(OWN + 3), ..Saying { id: savings.0, ..Saying::default() } },
        ]);
        // Ours is itself, whatever the household made of it: that is what was found, or chosen.
        assert_eq!(tree.nearest_known(savings, false), savings);
        let tree_of_savings = Tree::of(&[own(1, Some(savings.0)), own(2, Some(OWN + 1))]);
        assert_eq!(tree_of_savings.nearest_known(CategoryId(OWN + 2), false), savings);
        assert_eq!(tree.nearest_known(CategoryId(OWN + 4), false), id("TRANSFER_OUT_OTHER_TRANSFER_OUT"));
        assert_eq!(tree.nearest_known(CategoryId(OWN + 4), true), id("TRANSFER_IN_OTHER_TRANSFER_IN"));
        assert_eq!(tree.nearest_known(CategoryId(OWN + 5), false), id("GENERAL_MERCHANDISE_OTHER_GENERAL_MERCHANDISE"));
        assert_eq!(tree.nearest_known(CategoryId(OWN + 9), false), UNCATEGORIZED);
    }

    #[test]
    fn a_long_chain_of_merges_is_walked_once() {
        let chain = (0..5_000).map(|number| Saying { merged_into: Some(OWN + number + 1), ..own(number, None) });
        let tree = Tree::of(&chain.chain([own(5_000, None)]).collect::<Vec<_>>());
        let end = CategoryId(OWN + 5_000);
        assert!((0..5_000).all(|number| tree.resolve(CategoryId(OWN + number)) == end));
        assert_eq!(tree.covered(end).len(), 5_001);
    }

    proptest! {
        /// Whatever is said, each category stands once, after what it is in, and its sums are in exactly one group.
        #[test]
        fn any_sayings_make_a_tree(said in prop::collection::vec((0..12_i32, prop::option::of(0..14_i32), prop::option::of(0..14_i32), any::<bool>()), 0..12)) {
            let number = |number: i32| if number < 12 { OWN + number } else { [705, 1501][usize::try_from(number - 12).unwrap()] };
            let mut said: Vec<Saying> = said.into_iter().map(|(id, parent, into, is_archived)| Saying {
                is_archived,
                merged_into: into.filter(|into| into % 3 == 0).map(number),
                ..own(id, parent.map(number))
            }).collect();
            said.sort_by_key(|saying| saying.id);
            said.dedup_by_key(|saying| saying.id);
            let tree = Tree::of(&said);
            let list = tree.list();
            let places: HashMap<CategoryId, usize> = list.iter().enumerate().map(|(place, node)| (node.id, place)).collect();
            prop_assert_eq!((places.len(), list.len()), (tree.nodes.len(), tree.nodes.len()));
            for (place, node) in list.iter().enumerate() {
                let above = node.parent.and_then(|parent| tree.itself(parent));
                prop_assert_eq!(above.is_some(), node.parent.is_some());
                prop_assert_eq!(node.depth, above.map_or(1, |above| above.depth + 1));
                if let Some(above) = above {
                    prop_assert!(places[&above.id] < place && above.group == node.group && (!above.is_archived || node.is_archived));
                    prop_assert!(tree.covered(above.id).is_superset(&tree.covered(node.id)));
                }
                prop_assert_eq!(tree.rolled_up(node.id, None), Some(node.group));
            }
            let mut seen = BTreeSet::new();
            for group in tree.children(None) {
                for covered in tree.covered(group.id) {
                    prop_assert!(seen.insert(covered), "in one group");
                }
            }
            for saying in &said {
                let id = CategoryId(saying.id);
                if let Some(node) = tree.get(id) {
                    prop_assert!(seen.contains(&id) && tree.covered(node.id).contains(&id));
                }
                for other in [id, CategoryId(705)] {
                    if tree.may_be_in(id, other).is_ok() && tree.itself(id).is_some() {
                        prop_assert!(!tree.is_in(other, id));
                    }
                }
            }
        }
    }
}
