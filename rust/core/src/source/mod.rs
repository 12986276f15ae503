//! Source: random access to images. Knows no randomness.

pub mod decode;
mod pixel;
mod raster;
mod view;

pub use pixel::Pixel;
pub use raster::{Raster, SLACK, pad};
pub use view::{Dtype, ImageView};
