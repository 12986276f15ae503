//! The native core of samebatch: images in, training batches out, every byte a function of the data, the pipeline,
//! the seed and (epoch, step).
//!
//! The modules stand in the order the data goes, and each uses only those before it:
//! [`error`], [`spec`] (what the user wrote), [`source`] (images in memory), [`plan`] (who is in which batch),
//! [`params`] (what is drawn for a sample), [`kernels`] (pixels), [`batch`] (many samples at once, on threads). One
//! exception: [`plan`] shuffles with the generator that [`params`] draws from, [`params::philox`].

pub mod batch;
pub mod error;
pub mod kernels;
pub mod params;
pub mod plan;
pub mod source;
pub mod spec;

pub use error::Error;
pub use spec::Spec;
