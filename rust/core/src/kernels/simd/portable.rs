//! What every processor has: arrays, which the compiler keeps in whatever vectors the target knows.

#![expect(clippy::needless_range_loop, reason = "a lane indexes several arrays at once")]

use super::super::pairs::Pair;
use super::{LANES, Places, Simd, each};

/// The portable level.
#[derive(Clone, Copy, Debug)]
pub struct Portable;

#[inline(always)]
fn zip<A: Copy, B: Copy>(a: [A; LANES], b: [A; LANES], f: impl Fn(A, A) -> B) -> [B; LANES] {
    let mut out = [f(a[0], b[0]); LANES];
    for lane in 1..LANES {
        out[lane] = f(a[lane], b[lane]);
    }
    out
}

impl Simd for Portable {
    type I = [i32; LANES];
    type F = [f32; LANES];

    #[inline(always)]
    fn vectorize<R>(self, f: impl FnOnce() -> R) -> R {
        f()
    }

    #[inline(always)]
    fn splat(self, v: i32) -> Self::I {
        [v; LANES]
    }
    #[inline(always)]
    fn load(self, v: &[i32; LANES]) -> Self::I {
        *v
    }
    #[inline(always)]
    fn to_lanes(self, v: Self::I) -> [i32; LANES] {
        v
    }
    #[inline(always)]
    fn add(self, a: Self::I, b: Self::I) -> Self::I {
        zip(a, b, i32::wrapping_add)
    }
    #[inline(always)]
    fn sub(self, a: Self::I, b: Self::I) -> Self::I {
        zip(a, b, i32::wrapping_sub)
    }
    #[inline(always)]
    fn mul(self, a: Self::I, b: Self::I) -> Self::I {
        zip(a, b, i32::wrapping_mul)
    }
    #[inline(always)]
    fn and(self, a: Self::I, b: Self::I) -> Self::I {
        zip(a, b, |a, b| a & b)
    }
    #[inline(always)]
    fn or(self, a: Self::I, b: Self::I) -> Self::I {
        zip(a, b, |a, b| a | b)
    }
    #[inline(always)]
    fn shift_left<const N: i32>(self, a: Self::I) -> Self::I {
        each(a, |a| a << N)
    }
    #[inline(always)]
    fn shift_right<const N: i32>(self, a: Self::I) -> Self::I {
        each(a, |a| a >> N)
    }
    #[inline(always)]
    fn shift_right_logical<const N: i32>(self, a: Self::I) -> Self::I {
        each(a, |a| (a.cast_unsigned() >> N).cast_signed())
    }
    #[inline(always)]
    fn min(self, a: Self::I, b: Self::I) -> Self::I {
        zip(a, b, i32::min)
    }
    #[inline(always)]
    fn max(self, a: Self::I, b: Self::I) -> Self::I {
        zip(a, b, i32::max)
    }
    #[inline(always)]
    fn greater(self, a: Self::I, b: Self::I) -> u16 {
        (0..LANES).fold(0, |mask, lane| mask | u16::from(a[lane] > b[lane]) << lane)
    }

    #[inline(always)]
    fn splat_f(self, v: f32) -> Self::F {
        [v; LANES]
    }
    #[inline(always)]
    fn load_f(self, v: &[f32; LANES]) -> Self::F {
        *v
    }
    #[inline(always)]
    fn to_lanes_f(self, v: Self::F) -> [f32; LANES] {
        v
    }
    #[inline(always)]
    fn to_float(self, a: Self::I) -> Self::F {
        each(a, |a| a as f32)
    }
    #[inline(always)]
    fn round(self, a: Self::F) -> Self::I {
        each(a, |a| a.round_ties_even() as i32)
    }
    #[inline(always)]
    fn bits(self, a: Self::F) -> Self::I {
        each(a, |a| a.to_bits().cast_signed())
    }
    #[inline(always)]
    fn float_of(self, a: Self::I) -> Self::F {
        each(a, |a| f32::from_bits(a.cast_unsigned()))
    }
    #[inline(always)]
    fn add_f(self, a: Self::F, b: Self::F) -> Self::F {
        zip(a, b, |a, b| a + b)
    }
    #[inline(always)]
    fn sub_f(self, a: Self::F, b: Self::F) -> Self::F {
        zip(a, b, |a, b| a - b)
    }
    #[inline(always)]
    fn mul_f(self, a: Self::F, b: Self::F) -> Self::F {
        zip(a, b, |a, b| a * b)
    }
    #[inline(always)]
    fn at_least(self, a: Self::F, low: Self::F) -> Self::F {
        zip(a, low, |a, low| if a < low { low } else { a })
    }
    #[inline(always)]
    fn at_most(self, a: Self::F, high: Self::F) -> Self::F {
        zip(a, high, |a, high| if a > high { high } else { a })
    }
    #[inline(always)]
    fn select(self, mask: u16, a: Self::F, b: Self::F) -> Self::F {
        let mut out = b;
        for lane in 0..LANES {
            if mask >> lane & 1 == 1 {
                out[lane] = a[lane];
            }
        }
        out
    }

    #[inline(always)]
    unsafe fn blend_u8<const C: usize>(
        self,
        taps: *const Pair,
        places: &[i32; LANES],
        fx: Self::I,
        fy: Self::I,
    ) -> [Self::I; C] {
        // First every pair is read, then all are blended.
        let mut patches = [[0; LANES]; C];
        for lane in 0..LANES {
            // SAFETY: the caller's.
            let pairs = unsafe { taps.offset(places[lane] as isize).cast::<[Pair; 8]>().read_unaligned() };
            for (channel, patches) in patches.iter_mut().enumerate() {
                patches[lane] = (u32::from(pairs[channel + C]) << 16 | u32::from(pairs[channel])).cast_signed();
            }
        }
        each(patches, |patches| self.blend_pairs(patches, fx, fy))
    }

    #[inline(always)]
    fn blend_pairs(self, patches: Self::I, fx: Self::I, fy: Self::I) -> Self::I {
        let mut values = [0; LANES];
        for lane in 0..LANES {
            // In floats, of which every processor has vectors that multiply: all the numbers are whole and at most 2^23.
            let (wx, wy, patch) = (fx[lane] as f32, fy[lane] as f32, patches[lane]);
            let tap = |byte: i32| (patch << (24 - 8 * byte) >> 24) as f32;
            let left = tap(1) * (256.0 - wy) + tap(0) * wy;
            let right = tap(3) * (256.0 - wy) + tap(2) * wy;
            // SAFETY: a whole number of at most 2^23.
            let value: i32 = unsafe { (left * (256.0 - wx) + right * wx).to_int_unchecked() };
            values[lane] = value + (1 << 23);
        }
        values
    }

    #[inline(always)]
    unsafe fn blend_f32<const C: usize>(
        self,
        pixels: *const f32,
        places: &Places,
        weights: &[[f32; LANES]; 2],
    ) -> [Self::F; C] {
        let mut values = [[0.0; LANES]; C];
        for lane in 0..LANES {
            let (wx, wy) = (weights[0][lane], weights[1][lane]);
            let row = |place: i32| {
                // SAFETY: the caller's.
                unsafe { pixels.offset(place as isize).cast::<[f32; 8]>().read() }
            };
            let (top, bottom) = (row(places[0][lane]), row(places[1][lane]));
            for channel in 0..C {
                let down = |channel: usize| top[channel] + (bottom[channel] - top[channel]) * wy;
                let (left, right) = (down(channel), down(channel + C));
                values[channel][lane] = (left + (right - left) * wx) + 0.0;
            }
        }
        values
    }

    #[inline(always)]
    unsafe fn run_u8<const C: usize>(self, at: *const u8, reversed: bool) -> [Self::I; C] {
        let mut values = [[0; LANES]; C];
        for place in 0..LANES * C {
            let (lane, channel) = (place / C, place % C);
            // SAFETY: the caller's.
            let pixel = unsafe { *at.add(place) };
            values[channel][if reversed { LANES - 1 - lane } else { lane }] = i32::from(pixel);
        }
        values
    }

    #[inline(always)]
    unsafe fn run_f32<const C: usize>(self, at: *const f32, reversed: bool) -> [Self::F; C] {
        let mut values = [[0.0; LANES]; C];
        for place in 0..LANES * C {
            let (lane, channel) = (place / C, place % C);
            // SAFETY: the caller's.
            let pixel = unsafe { *at.add(place) };
            values[channel][if reversed { LANES - 1 - lane } else { lane }] = pixel;
        }
        values
    }

    #[inline(always)]
    unsafe fn gather<const SCALE: i32>(self, base: *const u8, at: Self::I) -> Self::I {
        // SAFETY: the caller's.
        each(at, |place| unsafe { base.offset(place as isize * SCALE as isize).cast::<i32>().read_unaligned() })
    }

    #[inline(always)]
    fn interleave<const C: usize>(self, planes: [Self::F; C]) -> [Self::F; C] {
        let mut out = [[0.0; LANES]; C];
        for lane in 0..LANES {
            for channel in 0..C {
                let place = lane * C + channel;
                out[place / LANES][place % LANES] = planes[channel][lane];
            }
        }
        out
    }

    #[inline(always)]
    unsafe fn store_f32(self, v: Self::F, to: *mut f32, _past: bool) {
        // SAFETY: the caller's.
        unsafe { to.cast::<[f32; LANES]>().write_unaligned(v) }
    }
    #[inline(always)]
    unsafe fn store_f16(self, v: Self::F, to: *mut u16, _past: bool) {
        let bits = each(v, |v| half::f16::from_f32(v).to_bits());
        // SAFETY: the caller's.
        unsafe { to.cast::<[u16; LANES]>().write_unaligned(bits) }
    }
    #[inline(always)]
    unsafe fn store_u16(self, v: Self::I, to: *mut u16, _past: bool) {
        let lower = each(v, |v| v as u16);
        // SAFETY: the caller's.
        unsafe { to.cast::<[u16; LANES]>().write_unaligned(lower) }
    }
    #[inline(always)]
    unsafe fn store_u8(self, v: Self::I, to: *mut u8, _past: bool) {
        let lowest = each(v, |v| v as u8);
        // SAFETY: the caller's.
        unsafe { to.cast::<[u8; LANES]>().write_unaligned(lowest) }
    }
    #[inline(always)]
    unsafe fn store_pixels_u8<const C: usize>(self, planes: [Self::I; C], to: *mut u8) {
        for lane in 0..LANES {
            for (channel, plane) in planes.iter().enumerate() {
                // SAFETY: the caller's.
                unsafe { to.add(lane * C + channel).write(plane[lane] as u8) }
            }
        }
    }
}
