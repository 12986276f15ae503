//! Batch: the samples of one step, on native threads, into one buffer.

pub mod buffers;
pub mod fpenv;
mod memory;
pub mod process;
mod queue;
mod render;
mod samples;
pub mod threads;
mod worker;

pub use render::{Job, Pipeline, draw};
