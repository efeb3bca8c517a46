//! Merchants, as a household knows them: which categories it chose for their lines. `domain::categorize` says which lines are alike;
//! here the choices are kept (`choice`), and lines that are there already follow where the person asks for it (`alike`). `review` says what is worth asking about.

mod alike;
mod choice;
mod review;

pub use alike::{CategorizeAlike, categorize, count, go_on};
pub use choice::{Choice, forget, list};
pub(crate) use choice::{choices, choices_of, remember};
pub use review::{Confirmation, ITEMS, Item, Queue, confirm, queue};
