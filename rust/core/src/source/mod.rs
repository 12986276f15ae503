//! Source: random access to images. Knows no randomness.

pub mod cache;
pub mod decode;
mod files;
mod images;
mod lines;
mod pixel;
mod raster;
pub mod shard;
mod view;

pub use files::{Encoded, FileImages, Files, Helper, Names, Options, Origin, Ranges};
pub(crate) use images::shed;
pub use images::{Images, Loaded};
pub use lines::Lines;
pub use pixel::Pixel;
pub use raster::{Raster, SLACK, pad, slack};
pub use view::{Dtype, ImageView};
