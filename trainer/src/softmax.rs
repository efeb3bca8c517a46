//! Trains the model: multinomial logistic regression by stochastic gradient descent with a step of its own for each weight (`AdaGrad`;
//! Duchi, Hazan and Singer, 2011).

use domain::categorize::model::{BUCKETS, Feature, Weights, features};

use crate::{
    chance::Chance,
    corpus::{Corpus, Example},
};

/// How to train.
#[derive(Clone, Copy, Debug)]
pub struct Recipe {
    /// Lines that are drawn.
    pub lines: usize,
    /// The first step.
    pub rate: f32,
    /// How many of the features of a line are hidden, so that none is relied on alone.
    pub hidden: f64,
    /// How strongly weights are drawn to zero when they are used.
    pub decay: f32,
    /// Smaller weights are dropped.
    pub least: f32,
    /// From which number on lines are drawn.
    pub seed: u64,
}

impl Default for Recipe {
    fn default() -> Self {
        Self { lines: 2_000_000, rate: 0.03, hidden: 0.3, decay: 0.02, least: 0.11, seed: 1 }
    }
}

/// Weights of all classes, feature by feature.
struct Training {
    classes: usize,
    weights: Vec<f32>,
    squares: Vec<f32>,
    bias: Vec<f32>,
}

/// Trains a model on lines of a corpus, and on some that somebody labelled.
#[must_use]
pub fn train(corpus: &Corpus, labelled: &[Example], recipe: Recipe) -> Weights {
    let categories = corpus.categories();
    let classes = categories.len();
    let mut training = Training {
        classes,
        weights: vec![0.0; BUCKETS * classes],
        squares: vec![1e-3; BUCKETS * classes],
        bias: vec![0.0; classes],
    };
    let mut chance = Chance::new(recipe.seed);
    for turn in 0..recipe.lines {
        let drawn;
        // One line in ten is of those that somebody labelled.
        let example = if !labelled.is_empty() && turn % 10 == 9 {
            &labelled[chance.below(labelled.len())]
        } else {
            drawn = corpus.draw(&mut chance);
            &drawn
        };
        #[expect(clippy::cast_precision_loss, reason = "a part of the way")]
        let left = 1.0 - turn as f32 / recipe.lines as f32;
        let mut seen = features(&example.question());
        seen.retain(|_| !chance.is(recipe.hidden));
        training.learn(&seen, example.class, recipe.rate * (0.1 + 0.9 * left), recipe.decay);
    }
    training.rounded(categories, recipe.least)
}

impl Training {
    fn row(&mut self, feature: Feature) -> (&mut [f32], &mut [f32]) {
        let start = feature.bucket as usize * self.classes;
        (&mut self.weights[start..start + self.classes], &mut self.squares[start..start + self.classes])
    }

    fn learn(&mut self, seen: &[Feature], class: usize, rate: f32, decay: f32) {
        let mut scores = self.bias.clone();
        for feature in seen {
            let (weights, _) = self.row(*feature);
            for (score, weight) in scores.iter_mut().zip(weights.iter()) {
                *score += weight;
            }
        }
        let highest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut total = 0.0;
        for score in &mut scores {
            *score = (*score - highest).exp();
            total += *score;
        }
        // The gradient of the logarithm of the chance of the right class.
        for (at, score) in scores.iter_mut().enumerate() {
            *score = *score / total - if at == class { 1.0 } else { 0.0 };
        }
        for feature in seen {
            let (weights, squares) = self.row(*feature);
            for ((weight, square), gradient) in weights.iter_mut().zip(squares.iter_mut()).zip(&scores) {
                // Most classes are far from any line: what is next to nothing is left out.
                if gradient.abs() > 1e-4 {
                    let gradient = gradient + decay * *weight;
                    *square += gradient * gradient;
                    *weight -= rate * gradient / square.sqrt();
                }
            }
        }
        for (bias, gradient) in self.bias.iter_mut().zip(&scores) {
            *bias -= 0.01 * rate * gradient;
        }
    }

    /// In bytes: the largest weights keep their places, the smallest go.
    fn rounded(self, categories: Vec<domain::category::CategoryId>, least: f32) -> Weights {
        let mut sizes: Vec<f32> = self.weights.iter().map(|weight| weight.abs()).filter(|size| *size > 1e-3).collect();
        sizes.sort_by(f32::total_cmp);
        // One weight in ten thousand is cut short.
        let largest =
            sizes.len().checked_sub(sizes.len() / 10_000 + 1).and_then(|at| sizes.get(at)).copied().unwrap_or(1.0);
        let scale = largest / 127.0;
        #[expect(clippy::cast_possible_truncation, reason = "clamped to a byte")]
        let round = |weight: f32| (weight / scale).round().clamp(-127.0, 127.0) as i8;
        let rows = self.weights.chunks(self.classes).map(|row| {
            let all = row.iter().zip(0..).map(|(weight, class)| (class, round(*weight)));
            all.filter(|(_, weight)| f32::from(*weight).abs() * scale >= least && *weight != 0).collect()
        });
        Weights { rows: rows.collect(), categories, bias: self.bias, scale }
    }
}

#[cfg(test)]
mod tests {
    use domain::categorize::model::Model;

    use super::*;
    use crate::corpus::Part;

    #[test]
    fn the_same_seed_trains_the_same_model_which_knows_what_it_saw() {
        let corpus = Corpus::of(Part::Learned);
        let recipe = Recipe { lines: 6_000, rate: 0.3, ..Recipe::default() };
        let bytes = train(&corpus, &[], recipe).to_bytes();
        assert_eq!(train(&corpus, &[], recipe).to_bytes(), bytes);
        let model = Model::read(&bytes).expect("whole");
        let (mut chance, mut right) = (Chance::new(9), 0);
        for _ in 0..200 {
            let example = corpus.draw(&mut chance);
            right += u32::from(model.likeliest(&example.question()).0 == corpus.categories()[example.class]);
        }
        // Whoever always says groceries is right in one of ten.
        assert!(right > 40, "{right} of 200");
    }
}
