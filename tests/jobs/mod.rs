//! The job system against real servers: killed, frozen and restarted processes, lost and doubled doorbells, lanes and keys.

mod endings;
mod keys;
mod lanes;
mod losses;
