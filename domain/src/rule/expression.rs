//! Regular expressions that take one step a letter, whatever the text: each becomes a table, and one whose table would be too large is
//! refused when it is written.

use regex_automata::{
    Input,
    dfa::{
        Automaton, StartKind,
        dense::{self, DFA},
    },
    nfa::thompson,
    util::syntax,
};

use crate::categorize::words::fold_pattern;

/// The table of one may have so many bytes.
const TABLE_BYTES: usize = 64 << 10;
/// And so many while it is made.
const WORK_BYTES: usize = 1 << 20;

/// A regular expression, ready for texts that are folded ([`crate::categorize::words::fold`]).
#[derive(Clone, Debug)]
pub(super) struct Expression(DFA<Vec<u32>>);

impl Expression {
    /// Says why a text is none.
    pub(super) fn new(pattern: &str) -> Result<Self, String> {
        // The texts have no accents and no apostrophes, and are in capitals.
        let pattern = fold_pattern(pattern);
        let syntax = syntax::Config::new().case_insensitive(true).unicode(false).utf8(false).nest_limit(50);
        let parsed = syntax::parse_with(&pattern, &syntax).map_err(|error| said(&error.to_string()))?;
        let sizes = thompson::Config::new().utf8(false).nfa_size_limit(Some(WORK_BYTES));
        let too_large = |_| "it is too large: repeat less of what may be anything".to_owned();
        let nfa = thompson::Compiler::new().configure(sizes).build_from_hir(&parsed).map_err(too_large)?;
        let tables = dense::Config::new()
            .start_kind(StartKind::Unanchored)
            .dfa_size_limit(Some(TABLE_BYTES))
            .determinize_size_limit(Some(WORK_BYTES));
        let table = dense::Builder::new().configure(tables).build_from_nfa(&nfa);
        table.map(Self).map_err(|_| "it is too large: repeat less of what may be anything".to_owned())
    }

    /// Whether it finds something in a line.
    pub(super) fn finds(&self, line: &str) -> bool {
        // No letter makes such a table give up.
        self.0.try_search_fwd(&Input::new(line).earliest(true)).is_ok_and(|found| found.is_some())
    }

    /// How many bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        self.0.memory_usage()
    }
}

/// What is wrong with a regular expression, in one line.
fn said(error: &str) -> String {
    error.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}
