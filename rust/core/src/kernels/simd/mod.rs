//! Sixteen lanes at a time: what the kernels are written in, once for every level.
//!
//! A level's file holds only what differs: how its registers add, and how it reads pixels. Whatever order or width it
//! works in, every operation gives the same bits: integers are exact, and each float32 operation is rounded once.

#[cfg(target_arch = "x86_64")]
pub mod avx2;
#[cfg(target_arch = "x86_64")]
pub mod avx512;
pub mod portable;

use super::pairs::Pair;

/// Lanes of a vector: the columns of a block.
pub const LANES: usize = 16;

/// Where the upper and the lower pair of each lane's patch stand. In memory, not in vectors: each is an address.
pub type Places = [[i32; LANES]; 2];

/// Vectors of 16 numbers of 32 bits, at one level. A value of the type is the proof that the machine has the level.
pub trait Simd: Copy + Send + Sync + 'static {
    /// 16 of i32.
    type I: Copy;
    /// 16 of f32.
    type F: Copy;

    /// Runs `f` compiled for the level.
    fn vectorize<R>(self, f: impl FnOnce() -> R) -> R;

    /// The same number in every lane.
    fn splat(self, v: i32) -> Self::I;
    /// Lanes from memory.
    fn load(self, v: &[i32; LANES]) -> Self::I;
    /// Lanes to memory.
    fn to_lanes(self, v: Self::I) -> [i32; LANES];
    /// `a + b`, wrapping.
    fn add(self, a: Self::I, b: Self::I) -> Self::I;
    /// `a - b`, wrapping.
    fn sub(self, a: Self::I, b: Self::I) -> Self::I;
    /// The lower 32 bits of `a * b`.
    fn mul(self, a: Self::I, b: Self::I) -> Self::I;
    /// `a & b`.
    fn and(self, a: Self::I, b: Self::I) -> Self::I;
    /// `a | b`.
    fn or(self, a: Self::I, b: Self::I) -> Self::I;
    /// `a << N`.
    fn shift_left<const N: i32>(self, a: Self::I) -> Self::I;
    /// `a >> N`, keeping the sign.
    fn shift_right<const N: i32>(self, a: Self::I) -> Self::I;
    /// `a >> N`, filling with zeros.
    fn shift_right_logical<const N: i32>(self, a: Self::I) -> Self::I;
    /// The lesser of each pair.
    fn min(self, a: Self::I, b: Self::I) -> Self::I;
    /// The larger of each pair.
    fn max(self, a: Self::I, b: Self::I) -> Self::I;
    /// A bit for each lane where `a > b`.
    fn greater(self, a: Self::I, b: Self::I) -> u16;

    /// The same number in every lane.
    fn splat_f(self, v: f32) -> Self::F;
    /// Lanes from memory.
    fn load_f(self, v: &[f32; LANES]) -> Self::F;
    /// Lanes to memory.
    fn to_lanes_f(self, v: Self::F) -> [f32; LANES];
    /// The nearest float to each integer.
    fn to_float(self, a: Self::I) -> Self::F;
    /// The nearest integer to each float within i32, a half to even.
    fn round(self, a: Self::F) -> Self::I;
    /// The bits of each float.
    fn bits(self, a: Self::F) -> Self::I;
    /// The floats of these bits.
    fn float_of(self, a: Self::I) -> Self::F;
    /// `a + b`.
    fn add_f(self, a: Self::F, b: Self::F) -> Self::F;
    /// `a - b`.
    fn sub_f(self, a: Self::F, b: Self::F) -> Self::F;
    /// `a * b`.
    fn mul_f(self, a: Self::F, b: Self::F) -> Self::F;
    /// `low` where `a < low`, else `a`.
    fn at_least(self, a: Self::F, low: Self::F) -> Self::F;
    /// `high` where `a > high`, else `a`.
    fn at_most(self, a: Self::F, high: Self::F) -> Self::F;
    /// `a` where the mask has a bit, else `b`.
    fn select(self, mask: u16, a: Self::F, b: Self::F) -> Self::F;

    /// Blends patches of two by two pixels of `C` (1, 3 or 4) bytes, exactly: `sum(p * wx * wy)`, below 2^24.
    ///
    /// `fx` and `fy` in 0..=255 are the weights of the right and the lower pixels.
    ///
    /// # Safety
    /// Each of the places is followed by [`SLACK`](crate::source::SLACK) readable bytes of `taps`.
    unsafe fn blend_u8<const C: usize>(
        self,
        taps: *const Pair,
        places: &[i32; LANES],
        fx: Self::I,
        fy: Self::I,
    ) -> [Self::I; C];

    /// [`Self::blend_u8`] of patches in hand: the left pair in the lower half of each lane, the right one in the upper.
    fn blend_pairs(self, patches: Self::I, fx: Self::I, fy: Self::I) -> Self::I;

    /// Blends patches of two by two pixels of `C` (3 or 4) floats: downwards, then across, each operation rounded
    /// once. `weights` are those of the right and the lower pixels, from 0 to 255/256.
    ///
    /// # Safety
    /// As [`Self::blend_u8`], places counted in floats.
    unsafe fn blend_f32<const C: usize>(
        self,
        pixels: *const f32,
        places: &Places,
        weights: &[[f32; LANES]; 2],
    ) -> [Self::F; C];

    /// Reads 16 pixels of `C` (1, 3 or 4) bytes that stand one after the other, one vector a channel; `reversed`: the last
    /// of them in the first lane.
    ///
    /// # Safety
    /// 16 pixels at `at` are readable.
    unsafe fn run_u8<const C: usize>(self, at: *const u8, reversed: bool) -> [Self::I; C];

    /// [`Self::run_u8`] for floats.
    ///
    /// # Safety
    /// 16 pixels at `at` are readable.
    unsafe fn run_f32<const C: usize>(self, at: *const f32, reversed: bool) -> [Self::F; C];

    /// Reads 32 bits at each place, counted in units of `SCALE` (1, 2, 4) bytes.
    ///
    /// # Safety
    /// As [`Self::blend_u8`].
    unsafe fn gather<const SCALE: i32>(self, base: *const u8, at: Self::I) -> Self::I;

    /// Lanes of `C` (3 or 4) channels to pixel after pixel.
    fn interleave<const C: usize>(self, planes: [Self::F; C]) -> [Self::F; C];

    /// Stores the lanes; `past` the caches, if the level can and `to` is aligned for it: other threads may then see them
    /// late, and [`fence`](Self::fence) has to follow.
    ///
    /// # Safety
    /// 16 values at `to` are writable.
    unsafe fn store_f32(self, v: Self::F, to: *mut f32, past: bool);
    /// Puts all that was stored past the caches before all that is stored from here on.
    #[inline(always)]
    fn fence(self) {}
    /// Stores the bits of the nearest float16 to each lane within its range, a half to even; `past` as
    /// [`store_f32`](Self::store_f32).
    ///
    /// # Safety
    /// 16 values at `to` are writable.
    unsafe fn store_f16(self, v: Self::F, to: *mut u16, past: bool);
    /// Stores the lower half of each lane; the upper half is 0. `past` as [`store_f32`](Self::store_f32).
    ///
    /// # Safety
    /// 16 values at `to` are writable.
    unsafe fn store_u16(self, v: Self::I, to: *mut u16, past: bool);
    /// Stores the lowest byte of each lane; the others are 0. `past` as [`store_f32`](Self::store_f32).
    ///
    /// # Safety
    /// 16 values at `to` are writable.
    unsafe fn store_u8(self, v: Self::I, to: *mut u8, past: bool);
    /// Stores the lowest byte of each lane of `C` (3 or 4) channels, pixel after pixel; the other bytes are 0.
    ///
    /// # Safety
    /// 16 * C values at `to` are writable.
    unsafe fn store_pixels_u8<const C: usize>(self, planes: [Self::I; C], to: *mut u8);
}

/// From eight pairs of two pixels to the left and the right one of each channel, channel by channel, for each number of
/// channels up to 4.
#[cfg(target_arch = "x86_64")]
const PICK: [[i8; 16]; 5] = {
    let mut pick = [[-128; 16]; 5];
    let mut channels = 1;
    while channels <= 4 {
        let mut channel = 0;
        while channel < channels {
            let (left, right) = (2 * channel as i8, 2 * (channel + channels) as i8);
            pick[channels][channel * 4] = left;
            pick[channels][channel * 4 + 1] = left + 1;
            pick[channels][channel * 4 + 2] = right;
            pick[channels][channel * 4 + 3] = right + 1;
            channel += 1;
        }
        channels += 1;
    }
    pick
};

/// From four pixels of four bytes to as many bytes of each as there are channels, one after the other.
#[cfg(target_arch = "x86_64")]
const PACK: [[i8; 16]; 5] = {
    let mut pack = [[-128; 16]; 5];
    let mut channels = 1;
    while channels <= 4 {
        let mut place = 0;
        while place < 4 * channels {
            pack[channels][place] = (place / channels * 4 + place % channels) as i8;
            place += 1;
        }
        channels += 1;
    }
    pack
};

/// `f` of each. Unlike [`array::map`](array::map) it is always inlined: a function that is not, loses the level's
/// instructions.
#[inline(always)]
pub fn each<const N: usize, A: Copy, B: Copy>(a: [A; N], f: impl Fn(A) -> B) -> [B; N] {
    let mut out = [f(a[0]); N];
    for k in 1..N {
        out[k] = f(a[k]);
    }
    out
}
