//! AVX2 (with F16C): a vector is two registers, lanes 0..8 and 8..16.

#![allow(clippy::wildcard_imports, reason = "the instructions' names are unmistakable")]
#![allow(clippy::needless_range_loop, reason = "a half indexes several arrays at once")]

use std::arch::x86_64::*;

use super::{LANES, Simd, in_memory};

/// The AVX2 level.
#[derive(Clone, Copy, Debug)]
pub struct Avx2(());

impl Avx2 {
    /// The level, if this machine has it.
    #[must_use]
    pub fn detect() -> Option<Self> {
        (is_x86_feature_detected!("avx2") && is_x86_feature_detected!("f16c")).then_some(Self(()))
    }
}

/// An operation on registers alone, all of whose instructions the level has.
macro_rules! op {
    ($e:expr) => {
        // SAFETY: a value of `Avx2` exists only where `detect` found the instructions; registers hold no pointers, and
        // arrays are borrowed whole.
        unsafe { $e }
    };
}

/// The same operation on both registers. No closure: what the compiler does not inline loses the level's instructions.
macro_rules! both {
    ($a:ident => $e:expr) => {{
        let whole = $a;
        let low = {
            let $a = whole[0];
            op!($e)
        };
        let $a = whole[1];
        [low, op!($e)]
    }};
    ($a:ident, $b:ident => $e:expr) => {{
        let whole = ($a, $b);
        let low = {
            let ($a, $b) = (whole.0[0], whole.1[0]);
            op!($e)
        };
        let ($a, $b) = (whole.0[1], whole.1[1]);
        [low, op!($e)]
    }};
}

impl Simd for Avx2 {
    type I = [__m256i; 2];
    type F = [__m256; 2];

    #[inline(always)]
    fn vectorize<R>(self, f: impl FnOnce() -> R) -> R {
        #[target_feature(enable = "avx2,f16c")]
        fn run<R>(f: impl FnOnce() -> R) -> R {
            f()
        }
        op!(run(f))
    }

    #[inline(always)]
    fn splat(self, v: i32) -> Self::I {
        [op!(_mm256_set1_epi32(v)); 2]
    }
    #[inline(always)]
    fn load(self, v: &[i32; LANES]) -> Self::I {
        let at: *const i32 = v.as_ptr();
        op!([_mm256_loadu_si256(at.cast()), _mm256_loadu_si256(at.add(8).cast())])
    }
    #[inline(always)]
    fn to_lanes(self, v: Self::I) -> [i32; LANES] {
        let mut lanes = [0; LANES];
        let at: *mut i32 = lanes.as_mut_ptr();
        op!({
            _mm256_storeu_si256(at.cast(), v[0]);
            _mm256_storeu_si256(at.add(8).cast(), v[1]);
        });
        lanes
    }
    #[inline(always)]
    fn add(self, a: Self::I, b: Self::I) -> Self::I {
        both!(a, b => _mm256_add_epi32(a, b))
    }
    #[inline(always)]
    fn sub(self, a: Self::I, b: Self::I) -> Self::I {
        both!(a, b => _mm256_sub_epi32(a, b))
    }
    #[inline(always)]
    fn mul(self, a: Self::I, b: Self::I) -> Self::I {
        both!(a, b => _mm256_mullo_epi32(a, b))
    }
    #[inline(always)]
    fn and(self, a: Self::I, b: Self::I) -> Self::I {
        both!(a, b => _mm256_and_si256(a, b))
    }
    #[inline(always)]
    fn or(self, a: Self::I, b: Self::I) -> Self::I {
        both!(a, b => _mm256_or_si256(a, b))
    }
    #[inline(always)]
    fn shift_right<const N: i32>(self, a: Self::I) -> Self::I {
        both!(a => _mm256_srai_epi32::<N>(a))
    }
    #[inline(always)]
    fn shift_right_logical<const N: i32>(self, a: Self::I) -> Self::I {
        both!(a => _mm256_srli_epi32::<N>(a))
    }
    #[inline(always)]
    fn min(self, a: Self::I, b: Self::I) -> Self::I {
        both!(a, b => _mm256_min_epi32(a, b))
    }
    #[inline(always)]
    fn max(self, a: Self::I, b: Self::I) -> Self::I {
        both!(a, b => _mm256_max_epi32(a, b))
    }
    #[inline(always)]
    fn greater(self, a: Self::I, b: Self::I) -> u16 {
        let [low, high] = both!(a, b => _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(a, b))));
        (low | high << 8) as u16
    }

    #[inline(always)]
    fn splat_f(self, v: f32) -> Self::F {
        [op!(_mm256_set1_ps(v)); 2]
    }
    #[inline(always)]
    fn load_f(self, v: &[f32; LANES]) -> Self::F {
        let at: *const f32 = v.as_ptr();
        op!([_mm256_loadu_ps(at), _mm256_loadu_ps(at.add(8))])
    }
    #[inline(always)]
    fn to_lanes_f(self, v: Self::F) -> [f32; LANES] {
        let mut lanes = [0.0; LANES];
        let at: *mut f32 = lanes.as_mut_ptr();
        op!({
            _mm256_storeu_ps(at, v[0]);
            _mm256_storeu_ps(at.add(8), v[1]);
        });
        lanes
    }
    #[inline(always)]
    fn to_float(self, a: Self::I) -> Self::F {
        both!(a => _mm256_cvtepi32_ps(a))
    }
    #[inline(always)]
    fn round(self, a: Self::F) -> Self::I {
        both!(a => _mm256_cvtps_epi32(a))
    }
    #[inline(always)]
    fn bits(self, a: Self::F) -> Self::I {
        both!(a => _mm256_castps_si256(a))
    }
    #[inline(always)]
    fn float_of(self, a: Self::I) -> Self::F {
        both!(a => _mm256_castsi256_ps(a))
    }
    #[inline(always)]
    fn add_f(self, a: Self::F, b: Self::F) -> Self::F {
        both!(a, b => _mm256_add_ps(a, b))
    }
    #[inline(always)]
    fn sub_f(self, a: Self::F, b: Self::F) -> Self::F {
        both!(a, b => _mm256_sub_ps(a, b))
    }
    #[inline(always)]
    fn mul_f(self, a: Self::F, b: Self::F) -> Self::F {
        both!(a, b => _mm256_mul_ps(a, b))
    }
    #[inline(always)]
    fn at_least(self, a: Self::F, low: Self::F) -> Self::F {
        // Of two zeros, or if either is NaN, the instruction gives its second operand.
        both!(a, low => _mm256_max_ps(low, a))
    }
    #[inline(always)]
    fn at_most(self, a: Self::F, high: Self::F) -> Self::F {
        both!(a, high => _mm256_min_ps(high, a))
    }
    #[inline(always)]
    fn select(self, mask: u16, a: Self::F, b: Self::F) -> Self::F {
        let bits = self.load(&[1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768]);
        let chosen = self.and(self.splat(i32::from(mask)), bits);
        let chosen = both!(chosen, bits => _mm256_castsi256_ps(_mm256_cmpeq_epi32(chosen, bits)));
        op!([_mm256_blendv_ps(b[0], a[0], chosen[0]), _mm256_blendv_ps(b[1], a[1], chosen[1])])
    }

    #[inline(always)]
    unsafe fn blend_u8<const C: usize>(
        self,
        pixels: *const u8,
        at: Self::I,
        below: Self::I,
        fx: Self::I,
        fy: Self::I,
    ) -> [Self::I; C] {
        let mut places = [self.to_lanes(at), self.to_lanes(below)];
        in_memory(&mut places);
        let (wx, wy) = (pairs(self, fx), quads(self, fy));
        let mut values = [self.splat(1 << 23); C];
        for half in 0..2 {
            let (k, wx, wy) = (half * 8, wx[half], wy[half]);
            // SAFETY: the caller vouches for the places.
            let planes = unsafe {
                transpose([
                    blend_pair::<C, 0b00_00_00_00>(patches(pixels, &places, k), wx, wy),
                    blend_pair::<C, 0b01_01_01_01>(patches(pixels, &places, k + 1), wx, wy),
                    blend_pair::<C, 0b10_10_10_10>(patches(pixels, &places, k + 2), wx, wy),
                    blend_pair::<C, 0b11_11_11_11>(patches(pixels, &places, k + 3), wx, wy),
                ])
            };
            for (value, plane) in values.iter_mut().zip(planes) {
                value[half] = op!(_mm256_add_epi32(value[half], _mm256_castps_si256(plane)));
            }
        }
        values
    }

    #[inline(always)]
    unsafe fn blend_f32<const C: usize>(
        self,
        pixels: *const f32,
        at: Self::I,
        below: Self::I,
        wx: Self::F,
        wy: Self::F,
    ) -> [Self::F; C] {
        let mut places = [self.to_lanes(at), self.to_lanes(below)];
        in_memory(&mut places);
        let weights = [self.to_lanes_f(wx), self.to_lanes_f(wy)];
        let mut values = [self.splat_f(0.0); C];
        for half in 0..2 {
            let k = half * 8;
            // SAFETY: the caller vouches for the places.
            let planes = unsafe {
                transpose([
                    blend_two::<C>(pixels, &places, &weights, k),
                    blend_two::<C>(pixels, &places, &weights, k + 1),
                    blend_two::<C>(pixels, &places, &weights, k + 2),
                    blend_two::<C>(pixels, &places, &weights, k + 3),
                ])
            };
            for (value, plane) in values.iter_mut().zip(planes) {
                value[half] = plane;
            }
        }
        values
    }

    #[inline(always)]
    unsafe fn gather<const SCALE: i32>(self, base: *const u8, at: Self::I) -> Self::I {
        // SAFETY: the caller's.
        unsafe {
            [_mm256_i32gather_epi32::<SCALE>(base.cast(), at[0]), _mm256_i32gather_epi32::<SCALE>(base.cast(), at[1])]
        }
    }

    #[inline(always)]
    fn interleave<const C: usize>(self, planes: [Self::F; C]) -> [Self::F; C] {
        let mut out = planes;
        let mut place = 0;
        for half in 0..2 {
            let run = match C {
                3 => interleave3([planes[0][half], planes[1][half], planes[2][half]]),
                4 => interleave4([planes[0][half], planes[1][half], planes[2][half], planes[3][half]]),
                _ => [planes[0][half]; 4],
            };
            for part in &run[..C] {
                out[place / 2][place % 2] = *part;
                place += 1;
            }
        }
        out
    }

    #[inline(always)]
    unsafe fn store_u32(self, v: Self::F, to: *mut u32) {
        // SAFETY: the caller's.
        unsafe {
            _mm256_storeu_ps(to.cast(), v[0]);
            _mm256_storeu_ps(to.add(8).cast(), v[1]);
        }
    }
    #[inline(always)]
    unsafe fn store_u16(self, v: Self::F, to: *mut u16) {
        let [low, high] = self.bits(v);
        // SAFETY: the caller's.
        unsafe {
            let packed = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_packus_epi32(low, high));
            _mm256_storeu_si256(to.cast(), packed);
        }
    }
    #[inline(always)]
    unsafe fn store_u8(self, v: Self::F, to: *mut u8) {
        let [low, high] = self.bits(v);
        // SAFETY: the caller's.
        unsafe {
            let words = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_packus_epi32(low, high));
            let bytes = _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256::<1>(words));
            _mm_storeu_si128(to.cast(), bytes);
        }
    }
    #[inline(always)]
    fn to_f16(self, v: Self::F) -> Self::F {
        both!(v => _mm256_castsi256_ps(_mm256_cvtepu16_epi32(_mm256_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(v))))
    }
}

/// 16-bit pairs (256 - w, w).
#[inline(always)]
fn pairs(s: Avx2, w: <Avx2 as Simd>::I) -> <Avx2 as Simd>::I {
    s.or(both!(w => _mm256_slli_epi32::<16>(w)), s.sub(s.splat(256), w))
}

/// 8-bit pairs (256 - w, w), twice, with w at least 1, since 256 is no byte: a weight of 0 reads its own row twice, by
/// 255 and by 1.
#[inline(always)]
fn quads(s: Avx2, w: <Avx2 as Simd>::I) -> <Avx2 as Simd>::I {
    let w = s.max(w, s.splat(1));
    let pair = s.or(s.sub(s.splat(256), w), both!(w => _mm256_slli_epi32::<8>(w)));
    s.or(pair, both!(pair => _mm256_slli_epi32::<16>(pair)))
}

/// `[8 bytes at top | 8 bytes at bottom]` of pixels k and k + 4.
///
/// # Safety
/// All the places are readable, and the machine has AVX2.
#[inline(always)]
unsafe fn patches(pixels: *const u8, places: &[[i32; LANES]; 2], k: usize) -> __m256i {
    // SAFETY: the caller's.
    unsafe {
        _mm256_inserti128_si256::<1>(_mm256_castsi128_si256(patch(pixels, places, k)), patch(pixels, places, k + 4))
    }
}

/// `[8 bytes at top | 8 bytes at bottom]` of pixel k.
///
/// # Safety
/// Both places are readable.
#[inline(always)]
pub(super) unsafe fn patch(pixels: *const u8, places: &[[i32; LANES]; 2], k: usize) -> __m128i {
    // SAFETY: the caller's.
    unsafe {
        let (top, bottom) = (pixels.offset(places[0][k] as isize), pixels.offset(places[1][k] as isize));
        _mm_castpd_si128(_mm_loadh_pd(_mm_load_sd(top.cast()), bottom.cast()))
    }
}

/// `sum(p * wx * wy) - 2^23` of two patches, channel after channel; `SPREAD` picks their weights.
#[inline(always)]
fn blend_pair<const C: usize, const SPREAD: i32>(patches: __m256i, wx: __m256i, wy: __m256i) -> __m256 {
    op!({
        let pick = _mm256_broadcastsi128_si256(_mm_loadu_si128(super::PICK[C].as_ptr().cast()));
        let p = _mm256_xor_si256(_mm256_shuffle_epi8(patches, pick), _mm256_set1_epi8(-128)); // p - 128
        let down = _mm256_maddubs_epi16(_mm256_shuffle_epi32::<SPREAD>(wy), p); // - 2^15
        _mm256_castsi256_ps(_mm256_madd_epi16(down, _mm256_shuffle_epi32::<SPREAD>(wx)))
    })
}

/// One pixel of `C` (3 or 4) channels between the two at each of `[top, bottom]`, by weights `[wx, wy]`.
///
/// # Safety
/// Eight floats at both places are readable, and the machine has AVX2.
#[inline(always)]
pub(super) unsafe fn blend_one<const C: usize>(
    pixels: *const f32,
    places: &[[i32; LANES]; 2],
    weights: &[[f32; LANES]; 2],
    k: usize,
) -> __m128 {
    // SAFETY: the caller's.
    unsafe {
        let next = C as i32;
        let right = _mm256_setr_epi32(next, next + 1, next + 2, 7, 7, 7, 7, 7);
        let top = _mm256_loadu_ps(pixels.offset(places[0][k] as isize));
        let bottom = _mm256_loadu_ps(pixels.offset(places[1][k] as isize));
        let down = _mm256_add_ps(top, _mm256_mul_ps(_mm256_sub_ps(bottom, top), _mm256_set1_ps(weights[1][k])));
        let left = _mm256_castps256_ps128(down);
        let right = _mm256_castps256_ps128(_mm256_permutevar8x32_ps(down, right));
        let across = _mm_add_ps(left, _mm_mul_ps(_mm_sub_ps(right, left), _mm_set1_ps(weights[0][k])));
        _mm_add_ps(across, _mm_setzero_ps()) // no negative zero
    }
}

/// [`blend_one`] for pixels k and k + 4.
///
/// # Safety
/// As [`blend_one`].
#[inline(always)]
unsafe fn blend_two<const C: usize>(
    pixels: *const f32,
    places: &[[i32; LANES]; 2],
    weights: &[[f32; LANES]; 2],
    k: usize,
) -> __m256 {
    // SAFETY: the caller's.
    unsafe {
        let low = blend_one::<C>(pixels, places, weights, k);
        _mm256_insertf128_ps::<1>(_mm256_castps128_ps256(low), blend_one::<C>(pixels, places, weights, k + 4))
    }
}

/// Transposes the four by four lanes of each half.
#[inline(always)]
fn transpose([a, b, c, d]: [__m256; 4]) -> [__m256; 4] {
    op!({
        let (ab, cd) = (_mm256_castps_pd(_mm256_unpacklo_ps(a, b)), _mm256_castps_pd(_mm256_unpacklo_ps(c, d)));
        let (ab2, cd2) = (_mm256_castps_pd(_mm256_unpackhi_ps(a, b)), _mm256_castps_pd(_mm256_unpackhi_ps(c, d)));
        [
            _mm256_castpd_ps(_mm256_unpacklo_pd(ab, cd)),
            _mm256_castpd_ps(_mm256_unpackhi_pd(ab, cd)),
            _mm256_castpd_ps(_mm256_unpacklo_pd(ab2, cd2)),
            _mm256_castpd_ps(_mm256_unpackhi_pd(ab2, cd2)),
        ]
    })
}

/// Eight pixels of three channels, pixel after pixel; the fourth register means nothing.
#[inline(always)]
fn interleave3(planes: [__m256; 3]) -> [__m256; 4] {
    // Every third lane of a register of the result is of one channel: turn each plane so that its lanes stand where
    // some register wants them, then mix.
    const TURNS: [[i32; 8]; 3] = [[0, 3, 6, 1, 4, 7, 2, 5], [5, 0, 3, 6, 1, 4, 7, 2], [2, 5, 0, 3, 6, 1, 4, 7]];
    const FIRST: i32 = 0b0100_1001;
    const SECOND: i32 = 0b1001_0010;
    const THIRD: i32 = 0b0010_0100;
    op!({
        let a = _mm256_permutevar8x32_ps(planes[0], _mm256_loadu_si256(TURNS[0].as_ptr().cast()));
        let b = _mm256_permutevar8x32_ps(planes[1], _mm256_loadu_si256(TURNS[1].as_ptr().cast()));
        let c = _mm256_permutevar8x32_ps(planes[2], _mm256_loadu_si256(TURNS[2].as_ptr().cast()));
        [
            _mm256_blend_ps::<THIRD>(_mm256_blend_ps::<SECOND>(a, b), c),
            _mm256_blend_ps::<FIRST>(_mm256_blend_ps::<THIRD>(a, b), c),
            _mm256_blend_ps::<SECOND>(_mm256_blend_ps::<FIRST>(a, b), c),
            a,
        ]
    })
}

/// Eight pixels of four channels, pixel after pixel.
#[inline(always)]
fn interleave4(planes: [__m256; 4]) -> [__m256; 4] {
    // Pixels 0 | 4, 1 | 5, 2 | 6, 3 | 7 become 0 1, 2 3, 4 5, 6 7.
    let [a, b, c, d] = transpose(planes);
    op!([
        _mm256_permute2f128_ps::<0x20>(a, b),
        _mm256_permute2f128_ps::<0x20>(c, d),
        _mm256_permute2f128_ps::<0x31>(a, b),
        _mm256_permute2f128_ps::<0x31>(c, d),
    ])
}
