//! Axis: where the columns (or rows) of an image are read, in fixed point.
//!
//! A row is walked in blocks of 16 columns: each block starts anew from 32 bits after the point and steps with 15, and
//! what comes out is rounded to 8 bits (bilinear: weights of 1/256) or to whole pixels (nearest).

use super::simd::{LANES, Simd};
use crate::spec::FillMode;

/// Bits after the point of a matrix and of a coordinate within a block.
pub const FRACTION: u32 = 32;
const STEP_FRACTION: u32 = 15;
/// 32,768 pixels: further out than any block can step back into an image from.
const FAR: i64 = 1 << 30;

/// One axis of the source, as a sample reads it.
#[derive(Clone, Copy)]
pub struct Axis<S: Simd> {
    origin: i64,
    along: i64,
    down: i64,
    /// Pixels.
    size: i32,
    /// Bits after the point that are wanted.
    fraction: u32,
    fill_mode: FillMode,
    /// The period of reflect and wrap, in 1/2^32 of a pixel.
    period: i64,
    /// What the first and the last lane are off their block's start.
    first: i32,
    last_lane: i32,
    /// Coordinates below it, 15 bits after the point, read no pixel after the last.
    inside: u32,
    /// What each lane is off its block's start, half a unit of what is wanted included.
    offsets: S::I,
    /// The reciprocal of the period in units of what is wanted.
    per_period: f32,
}

/// Where a walk along a row has come to: the coordinate of its next block.
#[derive(Clone, Copy)]
pub struct Walk(i64);

/// The coordinates of a block, folded, and what became of them.
#[derive(Clone, Copy)]
pub struct Coordinates<S: Simd> {
    /// Within the image.
    pub inside: S::I,
    /// As the fill mode alone has it; another number than `inside` only in the lanes of `seam`.
    pub folded: S::I,
    /// Lanes that read no pixel of the image: all fill value.
    pub filled: u16,
    /// Lanes whose patch lies across the image's edge, under constant and wrap.
    pub seam: u16,
}

fn rounded(v: i64) -> i64 {
    (v + (1 << (FRACTION - STEP_FRACTION - 1))) >> (FRACTION - STEP_FRACTION)
}

impl<S: Simd> Axis<S> {
    /// An axis of `size` pixels whose coordinate is `origin + along * column + down * row`, 32 bits after the point.
    #[inline(always)]
    pub fn new(s: S, [origin, along, down]: [i64; 3], size: usize, fraction: u32, fill_mode: FillMode) -> Self {
        let step = rounded(along) as i32;
        let half = 1 << (STEP_FRACTION - fraction - 1);
        let mut offsets = [0; LANES];
        for (lane, offset) in offsets.iter_mut().enumerate() {
            *offset = lane as i32 * step + half;
        }
        let size = size as i32;
        let pixels = if fill_mode == FillMode::Reflect { 2 * size } else { size };
        Self {
            origin,
            along,
            down,
            size,
            fraction,
            fill_mode,
            period: i64::from(pixels) << FRACTION,
            first: offsets[0],
            last_lane: offsets[LANES - 1],
            inside: ((((size - 1) << fraction) + 1) << (STEP_FRACTION - fraction)).cast_unsigned(),
            offsets: s.load(&offsets),
            per_period: 1.0 / (pixels << fraction) as f32,
        }
    }

    /// The walk along a row from a block on.
    #[inline(always)]
    pub fn walk(&self, row: usize, block: usize) -> Walk {
        Walk(self.origin + row as i64 * self.down + (block * LANES) as i64 * self.along)
    }

    /// The coordinates of the walk's next block; the flag tells whether all lie inside the image.
    #[inline(always)]
    pub fn block(&self, s: S, walk: &mut Walk) -> (S::I, bool) {
        let mut anchor = walk.0;
        walk.0 += self.along * LANES as i64;
        if matches!(self.fill_mode, FillMode::Reflect | FillMode::Wrap) && !(0..self.period).contains(&anchor) {
            anchor = anchor.rem_euclid(self.period);
        }
        let anchor = rounded(anchor).clamp(-FAR, FAR) as i32;
        let coordinates = s.add(s.splat(anchor), self.offsets);
        let coordinates =
            if self.fraction == 0 { s.shift_right::<15>(coordinates) } else { s.shift_right::<7>(coordinates) };
        // Coordinates run one way, so the ends tell of all between. As unsigned numbers, negative ones are large.
        let first = anchor.wrapping_add(self.first);
        let last = anchor.wrapping_add(self.last_lane);
        (coordinates, (first.cast_unsigned() < self.inside) & (last.cast_unsigned() < self.inside))
    }

    /// The coordinate of the last pixel.
    #[inline(always)]
    fn last(&self) -> i32 {
        (self.size - 1) << self.fraction
    }

    /// Brings coordinates to where the image is, as the fill mode says.
    #[inline(always)]
    pub fn fold(&self, s: S, coordinates: S::I) -> Coordinates<S> {
        let (zero, last) = (s.splat(0), s.splat(self.last()));
        let clamped = |v| s.min(s.max(v, zero), last);
        let (folded, filled) = match self.fill_mode {
            FillMode::Nearest => (clamped(coordinates), 0),
            FillMode::Constant => {
                let (before, after) = (s.splat(1 - (1 << self.fraction)), s.splat((self.size << self.fraction) - 1));
                (coordinates, s.greater(before, coordinates) | s.greater(coordinates, after))
            }
            FillMode::Wrap => (self.modulo(s, coordinates, self.size << self.fraction), 0),
            FillMode::Reflect => {
                let v = self.modulo(s, coordinates, (2 * self.size) << self.fraction);
                let mirrored = s.sub(s.splat((2 * self.size - 1) << self.fraction), v);
                (clamped(s.min(v, mirrored)), 0)
            }
        };
        let seam = (s.greater(zero, folded) | s.greater(folded, last)) & !filled;
        Coordinates { inside: clamped(folded), folded, filled, seam }
    }

    /// The remainder, from 0: an approximate quotient, made exact.
    #[inline(always)]
    fn modulo(&self, s: S, v: S::I, period: i32) -> S::I {
        let quotient = s.round(s.mul_f(s.to_float(v), s.splat_f(self.per_period)));
        let period = s.splat(period);
        let rest = s.sub(v, s.mul(quotient, period));
        // The quotient is off by one at the most: the rest lies within a period of where it belongs.
        let rest = s.add(rest, s.and(s.shift_right::<31>(rest), period));
        let less = s.sub(rest, period);
        s.add(less, s.and(s.shift_right::<31>(less), period))
    }
}
