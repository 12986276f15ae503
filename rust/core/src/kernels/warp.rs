//! Warp: a sample's geometry, sampled once, 16 columns at a time.
//!
//! Coordinates are rounded to 1/256 of a pixel, so that the weights of uint8 pixels are whole numbers and their sum is
//! exact in any order, in i32 and in float32.

use super::axis::Axis;
use super::blend::Blend;
use super::finish::Sink;
use super::simd::{LANES, Places, Simd, each};
use crate::params::Fixed;
use crate::source::Raster;
use crate::spec::{FillMode, Interpolation};

/// Bits of a bilinear weight.
const WEIGHT_FRACTION: u32 = 8;

/// How an image is sampled.
#[derive(Clone, Copy, Debug)]
pub struct Sampling<P> {
    /// Between pixels.
    pub interpolation: Interpolation,
    /// Outside the image.
    pub fill_mode: FillMode,
    /// What stands outside under [`FillMode::Constant`].
    pub fill_value: P,
}

/// Blocks whose places are worked out before the first of them is read: a place takes its time from arithmetic through
/// memory to an address, and the processor looks only so far ahead.
const AHEAD: usize = 16;

/// What is read for a run of blocks.
struct Reads {
    places: [Places; AHEAD],
    /// (right, lower), in 1/256.
    weights: [[[i32; LANES]; 2]; AHEAD],
    /// Whether all lanes lie inside the image.
    inside: [bool; AHEAD],
    /// Lanes that read no pixel of the image.
    filled: [u16; AHEAD],
    /// Lanes whose patch lies across the image's edge, and all their coordinates.
    seam: [u16; AHEAD],
    folded: [[[i32; LANES]; 2]; AHEAD],
}

/// Samples an image into a sink: `C` channels of each pixel, from `channel` on.
///
/// `C` is 1, 3 or 4, and all of the image's channels or 1.
#[inline(always)]
pub fn warp<S: Simd, P: Blend, const C: usize>(
    s: S,
    image: Raster<'_, P>,
    channel: usize,
    fixed: &Fixed,
    sampling: &Sampling<P>,
    sink: &mut impl Sink<S, C>,
) {
    let (height, width, channels) = (image.height(), image.width(), image.channels());
    // A map of whole pixels onto whole pixels has weights of 0 alone.
    let nearest = sampling.interpolation == Interpolation::Nearest || fixed.is_whole();
    // And one that keeps a row a row reads it one pixel after the other, onwards or back.
    let run = fixed.keeps_rows() && C == channels;
    let fraction = if nearest { 0 } else { WEIGHT_FRACTION };
    let fill_mode = sampling.fill_mode;
    let across = Axis::new(s, [fixed.x0, fixed.xx, fixed.xy], width, fraction, fill_mode);
    let down = Axis::new(s, [fixed.y0, fixed.yx, fixed.yy], height, fraction, fill_mode);
    let fill = s.splat_f(sampling.fill_value.to_f32() + 0.0);
    let pixels = image.pixels()[channel..].as_ptr();
    let (columns, rows) = (s.splat(channels as i32), s.splat((width * channels) as i32));
    let (one, byte, zero) = (s.splat(1), s.splat(255), s.splat(0));
    let lanes = [0; LANES];
    let mut reads = Reads {
        places: [[lanes; 2]; AHEAD],
        weights: [[lanes; 2]; AHEAD],
        inside: [false; AHEAD],
        filled: [0; AHEAD],
        seam: [0; AHEAD],
        folded: [[lanes; 2]; AHEAD],
    };
    for row in 0..height {
        let (mut along_x, mut along_y) = (across.row(row), down.row(row));
        for first in (0..width).step_by(LANES * AHEAD) {
            let blocks = (width - first).div_ceil(LANES).min(AHEAD);
            for block in 0..blocks {
                let (x, x_inside) = across.block(s, &mut along_x);
                let (y, y_inside) = down.block(s, &mut along_y);
                let (mut x, mut y) = (x, y);
                let (mut filled, mut seam) = (0, 0);
                reads.inside[block] = x_inside && y_inside;
                if !reads.inside[block] {
                    let (fold_x, fold_y) = (across.fold(s, x), down.fold(s, y));
                    (x, y) = (fold_x.inside, fold_y.inside);
                    filled = fold_x.filled | fold_y.filled;
                    seam = (fold_x.seam | fold_y.seam) & !filled;
                    if seam != 0 {
                        reads.folded[block] = [s.to_lanes(fold_x.folded), s.to_lanes(fold_y.folded)];
                    }
                }
                (reads.filled[block], reads.seam[block]) = (filled, seam);
                if nearest {
                    reads.places[block][0] = s.to_lanes(s.add(s.mul(y, rows), s.mul(x, columns)));
                } else {
                    let (fx, fy) = (s.and(x, byte), s.and(y, byte));
                    let at = s.add(s.mul(s.shift_right::<8>(y), rows), s.mul(s.shift_right::<8>(x), columns));
                    // The last row has weights of 0 for the one below it, which is not there to be read.
                    let below = s.add(at, s.and(s.sub(zero, s.min(fy, one)), rows));
                    reads.places[block] = [s.to_lanes(at), s.to_lanes(below)];
                    reads.weights[block] = [s.to_lanes(fx), s.to_lanes(fy)];
                }
            }
            for block in 0..blocks {
                let places = &reads.places[block];
                // SAFETY: each place is a pixel of the image, which the raster has the slack after; a lower row is read
                // only where there is one.
                let mut values = unsafe {
                    if run && reads.inside[block] {
                        let (first, last) = (places[0][0], places[0][LANES - 1]);
                        P::fetch_run::<S, C>(s, pixels.add(first.min(last) as usize), last < first)
                    } else if nearest {
                        P::fetch::<S, C>(s, pixels, s.load(&places[0]))
                    } else {
                        let [fx, fy] = &reads.weights[block];
                        let (fx, fy) = (s.load(fx), s.load(fy));
                        if C == channels {
                            P::blend_patches::<S, C>(s, pixels, places, fx, fy)
                        } else {
                            [P::blend_channel(s, pixels, places, channels, fx, fy); C]
                        }
                    }
                };
                let (filled, seam) = (reads.filled[block], reads.seam[block]);
                if filled != 0 {
                    values = each(
                        values,
                        #[inline(always)]
                        |v| s.select(filled, fill, v),
                    );
                }
                if seam != 0 {
                    let mut lanes = each(
                        values,
                        #[inline(always)]
                        |v| s.to_lanes_f(v),
                    );
                    mend(image, channel, sampling, &reads.folded[block], seam, &mut lanes);
                    values = each(
                        lanes,
                        #[inline(always)]
                        |v| s.load_f(&v),
                    );
                }
                let column = first + block * LANES;
                sink.put(s, (row, column, channel), values, LANES.min(width - column));
            }
        }
    }
}

/// Blends the lanes whose patch lies across the image's edge anew, one by one.
#[cold]
fn mend<P: Blend, const C: usize>(
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
