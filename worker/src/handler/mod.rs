//! What is done for each kind of job, one file a noun.

pub(crate) mod probe;
