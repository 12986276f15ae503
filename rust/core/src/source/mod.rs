//! Source: random access to images. Knows no randomness.

pub mod cache;
pub mod decode;
mod files;
mod images;
mod lines;
mod pixel;
mod raster;
mod view;

pub use files::{Fallback, FileImages, Files, Options};
pub use images::{Images, Loaded};
pub use lines::Lines;
pub use pixel::Pixel;
pub use raster::{Raster, SLACK, pad, slack};
pub use view::{Dtype, ImageView};
