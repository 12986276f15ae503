//! Blend: what stands between pixels, for each type of source.

use super::pairs::{Pair, pair_rows};
use super::simd::{Places, Simd, each};
use crate::source::{Pixel, Raster};

/// A pixel that warp can blend.
pub trait Blend: Pixel {
    /// What patches are read from, one for each value of the image.
    type Tap: Copy + Default + Send + Sync;
    /// Whether the lower pixels of a patch have places of their own.
    const LOWER: bool;

    /// The taps of an image, the slack after them; `made` is memory for them.
    fn taps<'a>(image: Raster<'a, Self>, made: &'a mut Vec<Self::Tap>) -> &'a [Self::Tap];

    /// The value between `[upper left, upper right, lower left, lower right]`; `fx` and `fy` in 1/256.
    fn blend(patch: [Self; 4], fx: i32, fy: i32) -> f32;

    /// [`Self::blend`] for 16 patches of `C` (1, 3 or 4) channels.
    ///
    /// # Safety
    /// As [`Simd::blend_u8`].
    unsafe fn blend_patches<S: Simd, const C: usize>(
        s: S,
        taps: *const Self::Tap,
        places: &Places,
        fx: S::I,
        fy: S::I,
    ) -> [S::F; C];

    /// [`Self::blend`] for 16 patches of one channel; the right pixel stands `right` places further.
    ///
    /// # Safety
    /// As [`Simd::blend_u8`].
    unsafe fn blend_channel<S: Simd>(
        s: S,
        taps: *const Self::Tap,
        places: &Places,
        right: usize,
        fx: S::I,
        fy: S::I,
    ) -> S::F;

    /// The 16 pixels of `C` channels that stand one after the other at `at`; `reversed`: the last of them first.
    ///
    /// # Safety
    /// 16 pixels at `at` are readable.
    unsafe fn fetch_run<S: Simd, const C: usize>(s: S, at: *const Self, reversed: bool) -> [S::F; C];

    /// The pixels of `C` channels that stand at 16 places.
    ///
    /// # Safety
    /// As [`Simd::blend_u8`].
    unsafe fn fetch<S: Simd, const C: usize>(s: S, pixels: *const Self, at: S::I) -> [S::F; C];
}

impl Blend for u8 {
    type Tap = Pair;
    const LOWER: bool = false;

    #[inline(always)]
    fn taps<'a>(image: Raster<'a, Self>, made: &'a mut Vec<Pair>) -> &'a [Pair] {
        pair_rows(image, made);
        made
    }

    fn blend([a, b, c, d]: [Self; 4], fx: i32, fy: i32) -> f32 {
        let top = i32::from(a) * (256 - fx) + i32::from(b) * fx;
        let bottom = i32::from(c) * (256 - fx) + i32::from(d) * fx;
        (top * (256 - fy) + bottom * fy) as f32 * (1.0 / 65536.0)
    }

    #[inline(always)]
    unsafe fn blend_patches<S: Simd, const C: usize>(
        s: S,
        taps: *const Self::Tap,
        places: &Places,
        fx: S::I,
        fy: S::I,
    ) -> [S::F; C] {
        let scale = s.splat_f(1.0 / 65536.0);
        // SAFETY: the caller's.
        let sums = unsafe { s.blend_u8::<C>(taps, &places[0], fx, fy) };
        each(
            sums,
            #[inline(always)]
            |sum| s.mul_f(s.to_float(sum), scale),
        )
    }

    #[inline(always)]
    unsafe fn blend_channel<S: Simd>(
        s: S,
        taps: *const Self::Tap,
        places: &Places,
        right: usize,
        fx: S::I,
        fy: S::I,
    ) -> S::F {
        let at = s.load(&places[0]);
        // SAFETY: the caller's; right of a patch is within the slack.
        let pairs = unsafe {
            let left = s.gather::<2>(taps.cast(), at);
            if right == 1 {
                left
            } else {
                let right = s.gather::<2>(taps.cast(), s.add(at, s.splat(right as i32)));
                s.or(s.and(left, s.splat(0xffff)), s.shift_left::<16>(right))
            }
        };
        let sum = s.blend_pairs(pairs, fx, fy);
        s.mul_f(s.to_float(sum), s.splat_f(1.0 / 65536.0))
    }

    #[inline(always)]
    unsafe fn fetch<S: Simd, const C: usize>(s: S, pixels: *const Self, at: S::I) -> [S::F; C] {
        // SAFETY: the caller's.
        let pixel = unsafe { s.gather::<1>(pixels, at) };
        let byte = s.splat(255);
        let mut values = [s.splat_f(0.0); C];
        for (channel, value) in values.iter_mut().enumerate() {
            *value = s.to_float(match channel {
                0 => s.and(pixel, byte),
                1 => s.and(s.shift_right_logical::<8>(pixel), byte),
                2 => s.and(s.shift_right_logical::<16>(pixel), byte),
                _ => s.shift_right_logical::<24>(pixel),
            });
        }
        values
    }

    #[inline(always)]
    unsafe fn fetch_run<S: Simd, const C: usize>(s: S, at: *const Self, reversed: bool) -> [S::F; C] {
        // SAFETY: the caller's.
        let pixels = unsafe { s.run_u8::<C>(at, reversed) };
        each(
            pixels,
            #[inline(always)]
            |v| s.to_float(v),
        )
    }
}

impl Blend for f32 {
    type Tap = Self;
    const LOWER: bool = true;

    #[inline(always)]
    fn taps<'a>(image: Raster<'a, Self>, _: &'a mut Vec<Self>) -> &'a [Self] {
        image.pixels()
    }

    fn blend([a, b, c, d]: [Self; 4], fx: i32, fy: i32) -> f32 {
        let (wx, wy) = (fx as f32 * (1.0 / 256.0), fy as f32 * (1.0 / 256.0));
        let left = a + (c - a) * wy;
        let right = b + (d - b) * wy;
        (left + (right - left) * wx) + 0.0
    }

    #[inline(always)]
    unsafe fn blend_patches<S: Simd, const C: usize>(
        s: S,
        taps: *const Self::Tap,
        places: &Places,
        fx: S::I,
        fy: S::I,
    ) -> [S::F; C] {
        if C == 1 {
            // SAFETY: the caller's.
            return [unsafe { Self::blend_channel(s, taps, places, 1, fx, fy) }; C];
        }
        let scale = s.splat_f(1.0 / 256.0);
        let (wx, wy) = (s.mul_f(s.to_float(fx), scale), s.mul_f(s.to_float(fy), scale));
        // SAFETY: the caller's.
        unsafe { s.blend_f32::<C>(taps, places, &[s.to_lanes_f(wx), s.to_lanes_f(wy)]) }
    }

    #[inline(always)]
    unsafe fn blend_channel<S: Simd>(
        s: S,
        taps: *const Self::Tap,
        places: &Places,
        right: usize,
        fx: S::I,
        fy: S::I,
    ) -> S::F {
        let scale = s.splat_f(1.0 / 256.0);
        let (wx, wy) = (s.mul_f(s.to_float(fx), scale), s.mul_f(s.to_float(fy), scale));
        let (at, below) = (s.load(&places[0]), s.load(&places[1]));
        let right = s.splat(right as i32);
        let [a, b, c, d] = each(
            [at, s.add(at, right), below, s.add(below, right)],
            #[inline(always)]
            |place| {
                // SAFETY: the caller's; right of a patch is within the slack.
                let bits = unsafe { s.gather::<4>(taps.cast(), place) };
                s.float_of(bits)
            },
        );
        let left = s.add_f(a, s.mul_f(s.sub_f(c, a), wy));
        let right = s.add_f(b, s.mul_f(s.sub_f(d, b), wy));
        let v = s.add_f(left, s.mul_f(s.sub_f(right, left), wx));
        s.add_f(v, s.splat_f(0.0))
    }

    #[inline(always)]
    unsafe fn fetch<S: Simd, const C: usize>(s: S, pixels: *const Self, at: S::I) -> [S::F; C] {
        let mut values = [s.splat_f(0.0); C];
        for (channel, value) in values.iter_mut().enumerate() {
            // SAFETY: the caller's; a pixel's channels are within the slack.
            let v = unsafe { s.gather::<4>(pixels.add(channel).cast(), at) };
            *value = s.add_f(s.float_of(v), *value);
        }
        values
    }

    #[inline(always)]
    unsafe fn fetch_run<S: Simd, const C: usize>(s: S, at: *const Self, reversed: bool) -> [S::F; C] {
        let zero = s.splat_f(0.0);
        // SAFETY: the caller's.
        let pixels = unsafe { s.run_f32::<C>(at, reversed) };
        each(
            pixels,
            #[inline(always)]
            |v| s.add_f(v, zero),
        )
    }
}
