//! One assignment of greatest total weight between rows that go out and rows that come in, and what it would cost to assign otherwise.
//!
//! The method is that of Kuhn and Munkres for sparse graphs: rows that go out enter one after the other, each by the cheapest
//! alternating path (Dijkstra's algorithm over what prices leave of the weights). A row need not be paired at all.

use std::{cmp::Reverse, collections::BinaryHeap};

/// A pair that may be, between the places of a row that goes out and of one that comes in. Its weight is positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Edge {
    pub(super) out: usize,
    pub(super) into: usize,
    pub(super) weight: i64,
}

/// Farther than any path.
const FAR: i64 = i64::MAX;

/// An assignment of greatest total weight, with the prices that prove it: for every edge the two prices together are its weight at
/// least, for a pair exactly, and whoever is not paired has the price zero.
///
/// With `n` rows and `m` edges it costs at most `n · m · log m` steps to find; a question for a [loss](Self::loss) at most `m · log m`.
pub(super) struct Assignment {
    /// For each row that goes out the rows it may come in as, with the weights.
    edges: Vec<Vec<(usize, i64)>>,
    pub(super) of_out: Vec<Option<usize>>,
    pub(super) of_into: Vec<Option<usize>>,
    price_out: Vec<i64>,
    price_into: Vec<i64>,
}

/// The nodes that a search has reached: rows that go out come first, then those that come in.
struct Reached {
    distance: Vec<i64>,
    /// From which row that goes out a row that comes in was reached.
    from: Vec<usize>,
    queue: BinaryHeap<Reverse<(i64, usize)>>,
}

impl Reached {
    fn new(outs: usize, ins: usize) -> Self {
        // One more than there are rows: the place where nobody is paired.
        Self { distance: vec![FAR; outs + ins + 1], from: vec![0; ins], queue: BinaryHeap::new() }
    }

    /// Whether a node is reached on a shorter way than before.
    fn reach(&mut self, node: usize, distance: i64) -> bool {
        let shorter = distance < self.distance[node];
        if shorter {
            self.distance[node] = distance;
            self.queue.push(Reverse((distance, node)));
        }
        shorter
    }

    /// The nearest node that has not been looked at.
    fn next(&mut self) -> Option<(i64, usize)> {
        while let Some(Reverse((distance, node))) = self.queue.pop() {
            if distance == self.distance[node] {
                return Some((distance, node));
            }
        }
        None
    }
}

impl Assignment {
    /// The best assignment. The same edges give the same one in whatever order they come.
    pub(super) fn best(outs: usize, ins: usize, edges: &[Edge]) -> Self {
        let mut sorted = edges.to_vec();
        sorted.sort_unstable();
        let mut by_out = vec![Vec::new(); outs];
        for edge in sorted {
            by_out[edge.out].push((edge.into, edge.weight));
        }
        let mut assignment = Self {
            edges: by_out,
            of_out: vec![None; outs],
            of_into: vec![None; ins],
            price_out: vec![0; outs],
            price_into: vec![0; ins],
        };
        for out in 0..outs {
            assignment.enter(out);
        }
        assignment
    }

    /// Pairs one more row that goes out, by the path that gains the most.
    fn enter(&mut self, entering: usize) {
        let outs = self.edges.len();
        let gain = |(into, weight): &(usize, i64)| weight - self.price_into[*into];
        self.price_out[entering] = self.edges[entering].iter().map(gain).max().unwrap_or(0).max(0);
        let mut reached = Reached::new(outs, self.price_into.len());
        reached.reach(entering, 0);
        // Where the path ends: at a row that comes in and is free, or at one that goes out and is given up.
        let mut end = (self.price_out[entering], entering);
        let mut seen = Vec::new();
        while let Some((distance, node)) = reached.next() {
            if distance >= end.0 {
                break;
            }
            seen.push(node);
            if let Some(into) = node.checked_sub(outs) {
                match self.of_into[into] {
                    None => end = (distance, node),
                    Some(out) => _ = reached.reach(out, distance),
                }
                continue;
            }
            if distance + self.price_out[node] < end.0 {
                end = (distance + self.price_out[node], node);
            }
            for &(into, weight) in &self.edges[node] {
                let slack = self.price_out[node] + self.price_into[into] - weight;
                if reached.reach(outs + into, distance + slack) {
                    reached.from[into] = node;
                }
            }
        }
        for node in seen {
            let shift = (end.0 - reached.distance[node]).max(0);
            match node.checked_sub(outs) {
                None => self.price_out[node] -= shift,
                Some(into) => self.price_into[into] += shift,
            }
        }
        self.turn(entering, end.1, &reached.from);
    }

    /// Pairs along a path, from its end back to its beginning.
    fn turn(&mut self, entering: usize, end: usize, from: &[usize]) {
        let outs = self.edges.len();
        let mut free = match end.checked_sub(outs) {
            Some(into) => into,
            // A row is given up; what it was paired with is free.
            None => match self.of_out[end].take() {
                Some(into) => into,
                None => return,
            },
        };
        loop {
            let out = from[free];
            self.of_into[free] = Some(out);
            match self.of_out[out].replace(free) {
                Some(before) if out != entering => free = before,
                _ => return,
            }
        }
    }

    /// What the total loses at least when a pair is not made, and no other pair that is `forbidden` beside it; `limit` when it is that
    /// much or more. `forbidden` must hold for the pair itself.
    pub(super) fn loss(&self, out: usize, forbidden: impl Fn(usize, usize) -> bool, limit: i64) -> i64 {
        let (outs, ins) = (self.edges.len(), self.price_into.len());
        let Some(target) = self.of_out[out] else { return 0 };
        let nobody = outs + ins;
        let mut reached = Reached::new(outs, ins);
        reached.reach(out, 0);
        while let Some((distance, node)) = reached.next() {
            if distance >= limit || node == outs + target {
                return distance.min(limit);
            }
            if node == nobody {
                // Whoever is not paired may take what becomes free, and what is taken may be left by everybody.
                for other in (0..outs).filter(|other| self.of_out[*other].is_none()) {
                    reached.reach(other, distance);
                }
                for into in 0..ins {
                    reached.reach(outs + into, distance + self.price_into[into]);
                }
            } else if let Some(into) = node.checked_sub(outs) {
                reached.reach(self.of_into[into].unwrap_or(nobody), distance);
            } else {
                reached.reach(nobody, distance + self.price_out[node]);
                for &(into, weight) in &self.edges[node] {
                    if !forbidden(node, into) && self.of_out[node] != Some(into) {
                        let slack = self.price_out[node] + self.price_into[into] - weight;
                        reached.reach(outs + into, distance + slack);
                    }
                }
            }
        }
        limit
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn total(edges: &[Edge], pairs: impl Iterator<Item = (usize, usize)>) -> i64 {
        pairs
            .map(|(out, into)| {
                edges.iter().find(|edge| (edge.out, edge.into) == (out, into)).map_or(i64::MIN, |edge| edge.weight)
            })
            .sum()
    }

    fn pairs(assignment: &Assignment) -> Vec<(usize, usize)> {
        let of_out = assignment.of_out.iter().enumerate();
        of_out.filter_map(|(out, into)| into.map(|into| (out, into))).collect()
    }

    /// The greatest total, by trying everything.
    fn exhaustive(outs: usize, edges: &[Edge], taken: &mut Vec<usize>, out: usize) -> i64 {
        if out == outs {
            return 0;
        }
        let mut most = exhaustive(outs, edges, taken, out + 1);
        for edge in edges.iter().filter(|edge| edge.out == out) {
            if !taken.contains(&edge.into) {
                taken.push(edge.into);
                most = most.max(edge.weight + exhaustive(outs, edges, taken, out + 1));
                taken.pop();
            }
        }
        most
    }

    prop_compose! {
        fn graph()(outs in 1..6_usize, ins in 1..6_usize)
            (outs in Just(outs), ins in Just(ins), drawn in prop::collection::btree_map((0..outs, 0..ins), 1..30_i64, 0..20))
            -> (usize, usize, Vec<Edge>) {
            let edges = drawn.into_iter().map(|((out, into), weight)| Edge { out, into, weight }).collect();
            (outs, ins, edges)
        }
    }

    #[test]
    fn a_row_that_is_worth_more_elsewhere_makes_way() {
        let edges = [(0, 0, 10), (0, 1, 9), (1, 0, 8)].map(|(out, into, weight)| Edge { out, into, weight });
        let assignment = Assignment::best(2, 2, &edges);
        assert_eq!(pairs(&assignment), [(0, 1), (1, 0)]);
        // Without its pair the first row takes the other's: ten instead of seventeen.
        assert_eq!(assignment.loss(0, |out, into| (out, into) == (0, 1), 100), 7);
        assert_eq!(assignment.loss(0, |out, into| (out, into) == (0, 1), 5), 5);
    }

    proptest! {
        #[test]
        fn no_assignment_is_better((outs, ins, edges) in graph()) {
            let assignment = Assignment::best(outs, ins, &edges);
            let pairs = pairs(&assignment);
            prop_assert_eq!(total(&edges, pairs.iter().copied()), exhaustive(outs, &edges, &mut Vec::new(), 0));
            for (into, out) in assignment.of_into.iter().enumerate() {
                prop_assert_eq!(*out, pairs.iter().find(|pair| pair.1 == into).map(|pair| pair.0));
            }
        }

        #[test]
        fn a_loss_is_what_the_best_without_the_pairs_has_less((outs, ins, edges) in graph(), more in prop::collection::btree_set((0..6_usize, 0..6_usize), 0..8)) {
            let assignment = Assignment::best(outs, ins, &edges);
            let best = exhaustive(outs, &edges, &mut Vec::new(), 0);
            for (out, into) in pairs(&assignment) {
                // What is forbidden beside the pair is of the same row, on one side or the other.
                for of_out in [true, false] {
                    let forbidden = |o: usize, i: usize| {
                        (o, i) == (out, into) || (more.contains(&(o, i)) && if of_out { o == out } else { i == into })
                    };
                    let left: Vec<Edge> = edges.iter().filter(|edge| !forbidden(edge.out, edge.into)).copied().collect();
                    let without = exhaustive(outs, &left, &mut Vec::new(), 0);
                    prop_assert_eq!(assignment.loss(out, forbidden, 1_000), best - without);
                }
            }
        }
    }
}
