//! Shards: tar archives whose members are grouped to samples by their names, as `WebDataset` has them.
//!
//! An archive is read once, header by header, for an index of where its images lie. What is damaged ends the reading at
//! the byte where it is found, and is told; nothing that is written in a header is believed before it is checked.

mod groups;
mod header;
mod members;
mod pax;
mod window;

pub use groups::{Index, Wanted, scan};
pub use window::{Local, ReadAt};

/// Where in an archive something is wrong, and what.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Damage {
    at: u64,
    what: String,
}

impl Damage {
    fn new(at: u64, what: impl Into<String>) -> Self {
        Self { at, what: what.into() }
    }
}

#[cfg(test)]
mod tests;
