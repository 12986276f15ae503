//! Warp: a sample's geometry, sampled once, 16 columns at a time.
//!
//! Coordinates are rounded to 1/256 of a pixel, so that the weights of uint8 pixels are whole numbers and their sum is
//! exact in any order, in i32 and in float32.

use super::axis::{Axis, Walk};
use super::blend::Blend;
use super::finish::{Block, Sink};
use super::seam::mend;
use super::simd::{LANES, Places, Simd, each};
use crate::params::Fixed;
use crate::source::{Lines, Raster};
use crate::spec::{FillMode, Interpolation};

/// Bits of a bilinear weight.
pub const WEIGHT_FRACTION: u32 = 8;

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

impl<P> Sampling<P> {
    /// Whether each pixel made is one that is read.
    pub fn reads_whole_pixels(&self, fixed: &Fixed) -> bool {
        // A map of whole pixels onto whole pixels has weights of 0 alone.
        self.interpolation == Interpolation::Nearest || fixed.is_whole()
    }
}

/// Blocks whose places are worked out before the first of them is read: a place takes its time from arithmetic through
/// memory to an address, and the processor looks only so far ahead.
const AHEAD: usize = 16;

/// What a run of blocks reads, and what it read.
#[derive(Default)]
pub struct Reads {
    ahead: [Read; AHEAD],
    values: Values,
}

/// Room for the values of a run of blocks of up to four channels.
#[derive(Default)]
#[repr(align(64))]
struct Values([[[f32; LANES]; 4]; AHEAD]);

impl Values {
    fn blocks<const C: usize>(&mut self) -> &mut [Block<C>] {
        self.0.as_flattened_mut().as_chunks_mut().0
    }
}

/// What a block reads; aligned, so that no vector lies across two cache lines.
#[derive(Clone, Copy, Default)]
#[repr(C, align(64))]
struct Read {
    places: Places,
    /// (right, lower), in 1/256.
    weights: [[i32; LANES]; 2],
    /// Where there is a seam: the coordinates (x, y).
    folded: [[i32; LANES]; 2],
    /// Lanes whose patch lies across the image's edge.
    seam: u16,
    /// Lanes that read no pixel of the image.
    filled: u16,
    /// Whether all lanes lie inside the image.
    inside: bool,
}

/// One way of sampling one image: `C` channels of each pixel, from `channel` on.
///
/// `C` is 1, 3 or 4, and all of the image's channels or 1.
pub struct Warp<'a, S: Simd, P: Blend, const C: usize> {
    s: S,
    image: Raster<'a, P>,
    /// What bilinear patches are read from; empty where there are none.
    taps: &'a [P::Tap],
    channel: usize,
    sampling: &'a Sampling<P>,
    /// Whether whole pixels are read.
    nearest: bool,
    /// Whether neighbours are neighbours in memory, onwards or back.
    run: bool,
    across: Axis<S>,
    down: Axis<S>,
    fill: S::F,
    /// Places from a column and from a row to the next.
    column: S::I,
    row: S::I,
}

impl<'a, S: Simd, P: Blend, const C: usize> Warp<'a, S, P, C> {
    /// A way to sample an image.
    #[inline(always)]
    pub fn new(
        s: S,
        image: Raster<'a, P>,
        taps: &'a [P::Tap],
        channel: usize,
        fixed: &Fixed,
        sampling: &'a Sampling<P>,
    ) -> Self {
        let (height, width, channels) = (image.height(), image.width(), image.channels());
        let nearest = sampling.reads_whole_pixels(fixed);
        let fraction = if nearest { 0 } else { WEIGHT_FRACTION };
        let fill_mode: FillMode = sampling.fill_mode;
        Self {
            s,
            image,
            taps,
            channel,
            sampling,
            nearest,
            run: fixed.keeps_rows() && C == channels,
            across: Axis::new(s, [fixed.x0, fixed.xx, fixed.xy], width, fraction, fill_mode),
            down: Axis::new(s, [fixed.y0, fixed.yx, fixed.yy], height, fraction, fill_mode),
            fill: s.splat_f(sampling.fill_value.to_f32() + 0.0),
            column: s.splat(channels as i32),
            row: s.splat((width * channels) as i32),
        }
    }

    /// Samples the image into a sink, in tiles of up to [`AHEAD`] blocks; asks for the next image meanwhile.
    #[inline(always)]
    pub fn render(&self, reads: &mut Reads, next: &mut Lines, sink: &mut impl Sink<S, C>) {
        let (height, width) = (self.image.height(), self.image.width());
        let blocks = width.div_ceil(LANES);
        let (wide, tall) = (blocks.min(AHEAD), (AHEAD / blocks).max(1));
        let share = next.left().div_ceil(height.div_ceil(tall) * blocks.div_ceil(wide));
        for top in (0..height).step_by(tall) {
            let rows = top..height.min(top + tall);
            for left in (0..blocks).step_by(wide) {
                let columns = left..blocks.min(left + wide);
                next.fetch(share);
                let mut ahead = reads.ahead.iter_mut();
                for row in rows.clone() {
                    let (mut x, mut y) = (self.across.walk(row, left), self.down.walk(row, left));
                    for read in ahead.by_ref().take(columns.len()) {
                        self.plan(&mut x, &mut y, read);
                    }
                }
                let used = rows.len() * columns.len();
                let values = &mut reads.values.blocks::<C>()[..used];
                for (read, values) in reads.ahead[..used].iter().zip(&mut *values) {
                    *values = each(
                        self.read(read),
                        #[inline(always)]
                        |v| self.s.to_lanes_f(v),
                    );
                }
                let (column, count) = (left * LANES, (columns.end * LANES).min(width) - left * LANES);
                for (row, blocks) in rows.clone().zip(values.chunks_exact(columns.len())) {
                    sink.put(self.s, (row, column, self.channel), blocks, count);
                }
            }
        }
    }

    /// Works out what the next block of a walk reads.
    #[inline(always)]
    fn plan(&self, along_x: &mut Walk, along_y: &mut Walk, read: &mut Read) {
        let s = self.s;
        let (mut x, x_inside) = self.across.block(s, along_x);
        let (mut y, y_inside) = self.down.block(s, along_y);
        read.inside = x_inside && y_inside;
        (read.filled, read.seam) = (0, 0);
        if !read.inside {
            let (fold_x, fold_y) = (self.across.fold(s, x), self.down.fold(s, y));
            (x, y) = (fold_x.inside, fold_y.inside);
            read.filled = fold_x.filled | fold_y.filled;
            read.seam = (fold_x.seam | fold_y.seam) & !read.filled;
            if read.seam != 0 {
                read.folded = [s.to_lanes(fold_x.folded), s.to_lanes(fold_y.folded)];
            }
        }
        if self.nearest {
            read.places[0] = s.to_lanes(s.add(s.mul(y, self.row), s.mul(x, self.column)));
            return;
        }
        let byte = s.splat(255);
        let (fx, fy) = (s.and(x, byte), s.and(y, byte));
        let at = s.add(s.mul(s.shift_right::<8>(y), self.row), s.mul(s.shift_right::<8>(x), self.column));
        read.places[0] = s.to_lanes(at);
        if P::LOWER {
            // The last row has weights of 0 for the one below it, which is not there to be read.
            let lower = s.and(s.sub(s.splat(0), s.min(fy, s.splat(1))), self.row);
            read.places[1] = s.to_lanes(s.add(at, lower));
        }
        read.weights = [s.to_lanes(fx), s.to_lanes(fy)];
    }

    /// Reads a block.
    #[inline(always)]
    fn read(&self, read: &Read) -> [S::F; C] {
        let (s, places) = (self.s, &read.places);
        let pixels = self.image.pixels()[self.channel..].as_ptr();
        // SAFETY: each place is a pixel of the image, which the raster has the slack after; a lower row is read only
        // where there is one.
        let mut values = unsafe {
            if self.run && read.inside {
                let (first, last) = (places[0][0], places[0][LANES - 1]);
                P::fetch_run::<S, C>(s, pixels.add(first.min(last) as usize), last < first)
            } else if self.nearest {
                P::fetch::<S, C>(s, pixels, s.load(&places[0]))
            } else {
                let (fx, fy) = (s.load(&read.weights[0]), s.load(&read.weights[1]));
                let taps = self.taps[self.channel..].as_ptr();
                if C == self.image.channels() {
                    P::blend_patches::<S, C>(s, taps, places, fx, fy)
                } else {
                    [P::blend_channel(s, taps, places, self.image.channels(), fx, fy); C]
                }
            }
        };
        if read.filled != 0 {
            values = each(
                values,
                #[inline(always)]
                |v| s.select(read.filled, self.fill, v),
            );
        }
        if read.seam != 0 {
            let mut lanes = each(
                values,
                #[inline(always)]
                |v| s.to_lanes_f(v),
            );
            mend(self.image, self.channel, self.sampling, &read.folded, read.seam, &mut lanes);
            values = each(
                lanes,
                #[inline(always)]
                |v| s.load_f(&v),
            );
        }
        values
    }
}
