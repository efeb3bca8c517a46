//! Builds what the categorizer knows: the list of sellers of the world, and the model that answers where no list does.

pub mod chance;
pub mod corpus;
pub mod corrected;
pub mod report;
pub mod score;
pub mod sellers;
pub mod softmax;
pub mod table;
