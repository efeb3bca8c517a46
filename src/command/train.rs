//! `florin train`: the categorizer's model, from what it knows of names; and how often the categorizer is right on any labelled table.

use std::{fmt::Write as _, fs, path::Path, time::Instant};

use anyhow::{Context, Result, bail};
use domain::{categorize::model::Model, category};
use trainer::{
    chance::Chance,
    corpus::{Corpus, Example, Part},
    report::Report,
    score::Score,
    softmax::{self, Recipe},
};

use super::categorize::{left_out, opened};
use crate::cli;

/// Lines of names that the model has not seen, to measure it by.
const HELD_OUT: usize = 20_000;
/// From which number on they are drawn.
const SEED: u64 = 2;

/// Trains, or reports.
pub(crate) fn run(what: &cli::Train) -> Result<()> {
    if let Some(path) = &what.report {
        return report(path);
    }
    let recipe = Recipe { lines: usize::try_from(what.lines)?, ..Recipe::default() };
    let begun = Instant::now();
    let measured = measured(what, recipe)?;
    let corpus = Corpus::of(Part::All);
    let bytes = softmax::train(&corpus, &labelled(what, &corpus)?, recipe).to_bytes();
    let write = |path: &Path, bytes: &[u8]| {
        fs::write(path, bytes).with_context(|| format!("{} cannot be written", path.display()))
    };
    write(&what.out, &bytes)?;
    write(&what.out.with_extension("txt"), measured.as_bytes())?;
    let size = bytes.len();
    println!(
        "{size} bytes into {}, its report beside it, after {:.0} s",
        what.out.display(),
        begun.elapsed().as_secs_f64()
    );
    Ok(())
}

/// What a model gets right that has not seen one seller in ten, on lines of those.
fn measured(what: &cli::Train, recipe: Recipe) -> Result<String> {
    let corpus = Corpus::of(Part::Learned);
    let weights = softmax::train(&corpus, &labelled(what, &corpus)?, recipe);
    let bytes = weights.to_bytes();
    let model = Model::read(&bytes).context("a model that was just trained cannot be read")?;
    let (unseen, mut chance, mut report) = (Corpus::of(Part::HeldOut), Chance::new(SEED), Report::default());
    for _ in 0..HELD_OUT {
        let example = unseen.draw(&mut chance);
        let (right, said) = (corpus.categories()[example.class], model.likeliest(&example.question()).0);
        report.take(category::key(right), category::key(said));
    }
    let mut text = String::new();
    writeln!(
        text,
        "The model alone, trained on {} drawn lines without one seller in ten, asked about lines of those sellers.",
        recipe.lines
    )?;
    writeln!(text, "Made by `florin train`; one of the same recipe that has seen them all is what is shipped.\n")?;
    write!(text, "{report}")?;
    Ok(text)
}

/// Lines that somebody labelled, as far as their categories are known.
fn labelled(what: &cli::Train, corpus: &Corpus) -> Result<Vec<Example>> {
    let Some(path) = &what.labelled else { return Ok(Vec::new()) };
    let categories = corpus.categories();
    let mut examples = Vec::new();
    for row in opened(path)?.labelled(left_out) {
        let (label, row) = row?;
        // Where only the group is known, or the category is never learned, there is nothing to learn.
        let category = category::by_key(&label.category);
        let class = category.and_then(|category| categories.iter().position(|id| *id == category.id));
        if let Some(class) = class {
            examples.push(Example { descriptor: row.descriptor, amount_minor: row.amount_minor, class });
        }
    }
    if examples.is_empty() {
        bail!("{} has no line whose `category_detailed` is one to learn", path.display());
    }
    Ok(examples)
}

/// What the whole categorizer gets right on a labelled table.
fn report(path: &Path) -> Result<()> {
    let (mut score, mut report) = (Score::default(), Report::default());
    for row in opened(path)?.labelled(left_out) {
        let (label, row) = row?;
        let answer = row.answer();
        score.take(&label, &answer);
        if !label.category.is_empty() {
            report.take(&label.category, category::key(answer.category));
        }
    }
    println!("{score}");
    print!("{report}");
    Ok(())
}
