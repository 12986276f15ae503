//! Seam: patches that lie across the image's edge, under constant and wrap.

use super::blend::Blend;
use super::simd::LANES;
use super::warp::{Sampling, WEIGHT_FRACTION};
use crate::source::Raster;
use crate::spec::FillMode;

/// Blends the lanes whose patch lies across the image's edge anew, one by one.
#[cold]
pub fn mend<P: Blend, const C: usize>(
    image: Raster<'_, P>,
    channel: usize,
    sampling: &Sampling<P>,
    [x, y]: &[[i32; LANES]; 2],
    seam: u16,
    lanes: &mut [[f32; LANES]; C],
) {
    for lane in (0..LANES).filter(|lane| seam >> lane & 1 == 1) {
        let ((column, fx), (row, fy)) = (split(x[lane]), split(y[lane]));
        for (offset, lanes) in lanes.iter_mut().enumerate() {
            let pixel = |down: i32, across: i32| tap(image, sampling, row + down, column + across, channel + offset);
            lanes[lane] = P::blend([pixel(0, 0), pixel(0, 1), pixel(1, 0), pixel(1, 1)], fx, fy);
        }
    }
}

/// The pixel and the weight of a coordinate.
fn split(coordinate: i32) -> (i32, i32) {
    (coordinate >> WEIGHT_FRACTION, coordinate & ((1 << WEIGHT_FRACTION) - 1))
}

/// The pixel at a place that may lie outside the image.
fn tap<P: Blend>(image: Raster<'_, P>, sampling: &Sampling<P>, row: i32, column: i32, channel: usize) -> P {
    let (height, width) = (image.height() as i32, image.width() as i32);
    if sampling.fill_mode == FillMode::Constant && !((0..height).contains(&row) && (0..width).contains(&column)) {
        return sampling.fill_value;
    }
    let (row, column) = (row.rem_euclid(height), column.rem_euclid(width));
    image.pixels()[((row * width + column) as usize) * image.channels() + channel]
}
