//! Solving: rows that hang together by candidates are assigned at once, and a pair that might as well be another one is ambiguous.

use std::collections::HashMap;

use super::{
    Member,
    assign::{Assignment, Edge},
    weigh::{LEAST, Weighed},
};

/// Rows that are assigned at once. Of more that hang together, as where somebody moves one amount every day for years, so many are
/// assigned in the order of their days, the first half of them is settled, and the rest goes on with what follows. So `n` rows are
/// settled in at most `2 n / TOGETHER + 1` assignments, each of which costs at most `TOGETHER³ · log TOGETHER` steps.
///
/// Near the border of an assignment a row whose partner lies beyond it may be left alone, and so may the ends of a row of dozens that
/// each come in days late: there one pair less makes all others prompt.
pub(super) const TOGETHER: usize = 256;
/// Points by which the best assignment must be better than any other one for its pairs to be certain. A text that names the account is
/// more than that, days alone are hardly.
const MARGIN: i64 = 18;

/// A pair of the assignment.
#[derive(Clone, Copy)]
pub(super) struct Chosen {
    /// Its place among the weighed.
    pub(super) place: usize,
    /// Whether one of its rows may as well belong to another row, and that would make a difference.
    pub(super) ambiguous: bool,
}

/// The assignment of greatest total weight.
pub(super) fn solve(members: &[Member<'_>], weighed: &[Weighed]) -> Vec<Chosen> {
    let mut solver = Solver::new(members, weighed);
    for component in solver.components() {
        solver.component(component);
    }
    solver.seams();
    solver.chosen
}

struct Solver<'a> {
    members: &'a [Member<'a>],
    weighed: &'a [Weighed],
    /// For each row the candidates that it is in.
    of_row: Vec<Vec<usize>>,
    /// For each row in which assignment it was settled.
    settled_in: Vec<Option<usize>>,
    partner: Vec<Option<usize>>,
    assignments: usize,
    chosen: Vec<Chosen>,
}

impl<'a> Solver<'a> {
    fn new(members: &'a [Member<'a>], weighed: &'a [Weighed]) -> Self {
        let mut of_row = vec![Vec::new(); members.len()];
        for (place, it) in weighed.iter().enumerate() {
            of_row[it.candidate.out].push(place);
            of_row[it.candidate.into].push(place);
        }
        let settled_in = vec![None; members.len()];
        Self {
            members,
            weighed,
            of_row,
            settled_in,
            partner: vec![None; members.len()],
            assignments: 0,
            chosen: Vec::new(),
        }
    }

    /// The row at the other end of a candidate.
    fn across(&self, place: usize, row: usize) -> usize {
        let candidate = &self.weighed[place].candidate;
        if candidate.out == row { candidate.into } else { candidate.out }
    }

    /// Rows that hang together by candidates, each group in the order of its days.
    fn components(&self) -> Vec<Vec<usize>> {
        let mut seen = vec![false; self.members.len()];
        let mut components = Vec::new();
        for first in 0..self.members.len() {
            if seen[first] || self.of_row[first].is_empty() {
                continue;
            }
            seen[first] = true;
            let mut component = vec![first];
            let mut at = 0;
            while let Some(&row) = component.get(at) {
                at += 1;
                for place in &self.of_row[row] {
                    let other = self.across(*place, row);
                    if !std::mem::replace(&mut seen[other], true) {
                        component.push(other);
                    }
                }
            }
            component.sort_unstable_by_key(|row| self.members[*row].place());
            components.push(component);
        }
        components
    }

    /// Assigns the rows of a component, [`TOGETHER`] at a time.
    fn component(&mut self, mut rows: Vec<usize>) {
        while !rows.is_empty() {
            let last = rows.len() <= TOGETHER;
            let later = if last { Vec::new() } else { rows.split_off(TOGETHER) };
            let settled = if last { rows.len() } else { TOGETHER / 2 };
            self.together(&rows, settled);
            rows = rows.into_iter().filter(|row| self.settled_in[*row].is_none()).chain(later).collect();
        }
    }

    /// Assigns rows at once and settles the first so many of them, with their partners.
    fn together(&mut self, rows: &[usize], settled: usize) {
        let (outs, ins): (Vec<usize>, Vec<usize>) =
            rows.iter().partition(|row| self.members[**row].row.amount_minor < 0);
        let index_of = |list: &[usize]| list.iter().enumerate().map(|(at, row)| (*row, at)).collect::<HashMap<_, _>>();
        let (out_index, in_index) = (index_of(&outs), index_of(&ins));
        let mut place_of: HashMap<(usize, usize), usize> = HashMap::new();
        let mut edges = Vec::new();
        for (out, row) in outs.iter().enumerate() {
            for place in &self.of_row[*row] {
                let Some(&into) = in_index.get(&self.across(*place, *row)) else { continue };
                place_of.insert((out, into), *place);
                edges.push(Edge { out, into, weight: self.weighed[*place].points - LEAST + 1 });
            }
        }
        let assignment = Assignment::best(outs.len(), ins.len(), &edges);
        let account = |list: &[usize], at: usize| self.members[list[at]].account;
        self.assignments += 1;
        for row in &rows[..settled] {
            self.settled_in[*row] = Some(self.assignments);
            let out = match out_index.get(row) {
                Some(&out) => Some(out),
                None => in_index.get(row).and_then(|into| assignment.of_into[*into]),
            };
            let Some(out) = out else { continue };
            let Some(into) = assignment.of_out[out] else { continue };
            let place = place_of[&(out, into)];
            if self.partner[outs[out]].is_some() {
                continue;
            }
            let (from, to) = (account(&outs, out), account(&ins, into));
            // Which rows of the same two accounts belong together makes no difference, as long as the same rows do.
            let to_another = assignment.loss(out, |o, i| o == out && account(&ins, i) == to, MARGIN);
            let from_another = assignment.loss(out, |o, i| i == into && account(&outs, o) == from, MARGIN);
            self.chosen.push(Chosen { place, ambiguous: to_another.min(from_another) < MARGIN });
            (self.partner[outs[out]], self.partner[ins[into]]) = (Some(ins[into]), Some(outs[out]));
            (self.settled_in[outs[out]], self.settled_in[ins[into]]) = (Some(self.assignments), Some(self.assignments));
        }
    }

    /// Looks across the borders between assignments of one component: a pair is ambiguous as well if a row that was settled in another
    /// one would do for it and is not a row of the same two accounts that has a partner there.
    fn seams(&mut self) {
        let mut chosen = std::mem::take(&mut self.chosen);
        for it in &mut chosen {
            let pair = &self.weighed[it.place];
            let ends = [(pair.candidate.out, pair.candidate.into), (pair.candidate.into, pair.candidate.out)];
            it.ambiguous |= ends.into_iter().any(|(row, partner)| {
                self.of_row[row].iter().any(|place| {
                    let other = self.across(*place, row);
                    let alike = self.partner[other].is_some_and(|beyond| {
                        self.members[other].account == self.members[partner].account
                            && self.members[beyond].account == self.members[row].account
                    });
                    self.settled_in[other] != self.settled_in[row]
                        && self.weighed[*place].points > pair.points - MARGIN
                        && !alike
                })
            });
        }
        self.chosen = chosen;
    }
}
