//! AVX2: two pixels times two halves of weights are added up by one instruction.

#![allow(clippy::wildcard_imports, reason = "the instructions' names are unmistakable")]

use std::arch::x86_64::*;

use super::super::axis::Axis;
use super::super::passes::Lines;
use super::super::pixel::PRECISION;
use super::{Checked, TAPS};

/// Bytes of a vector.
const BYTES: usize = 32;
/// Lines that are read at once.
const LINES: usize = 4;

/// Sums of the lower and of the upper halves.
type Sums = [__m256i; 2];

#[inline]
#[target_feature(enable = "avx2")]
fn add(sums: &mut Sums, pixels: __m256i, weights: &Sums) {
    for (sum, weight) in sums.iter_mut().zip(weights) {
        *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(pixels, *weight));
    }
}

/// The sums as one.
#[inline]
#[target_feature(enable = "avx2")]
fn whole([lower, upper]: Sums) -> __m256i {
    _mm256_add_epi32(lower, _mm256_slli_epi32::<16>(upper))
}

/// A pixel in each lane.
#[inline]
#[target_feature(enable = "avx2")]
fn end(sum: __m256i) -> __m256i {
    _mm256_srai_epi32::<{ PRECISION as i32 }>(_mm256_add_epi32(sum, _mm256_set1_epi32(1 << (PRECISION - 1))))
}

#[inline]
#[target_feature(enable = "avx2")]
fn load(pixels: &[u8], at: usize) -> __m256i {
    let bytes = &pixels[at..at + BYTES];
    // SAFETY: as many bytes as a vector has.
    unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
}

const fn both([first, second]: [i16; 2]) -> i32 {
    (second as i32) << 16 | first as u16 as i32
}

/// [`passes::down`](super::super::passes::down), 32 values at a time.
#[target_feature(enable = "avx2")]
pub fn down(axis: &Axis<u8>, lines: Lines<'_, u8>, len: usize, out: &mut [u8]) {
    let zero = _mm256_setzero_si256();
    for (place, (run, out)) in axis.runs.iter().zip(out.chunks_exact_mut(len)).enumerate() {
        let pairs = axis.packed.of(place, run).iter().flat_map(|group| group.pairs).take(run.count.div_ceil(2));
        let first = (run.first - lines.shift) * lines.stride;
        for x in (0..len).step_by(BYTES) {
            let mut sums = [[zero; 2]; 4];
            for (k, pair) in pairs.clone().enumerate() {
                // What has no weight is read from the run's last line, which is there.
                let at = |tap: usize| first + (2 * k + tap).min(run.count - 1) * lines.stride + x;
                let (a, b) = (load(lines.pixels, at(0)), load(lines.pixels, at(1)));
                let weights = [_mm256_set1_epi32(both(pair[0])), _mm256_set1_epi32(both(pair[1]))];
                let (lower, upper) = (_mm256_unpacklo_epi8(a, b), _mm256_unpackhi_epi8(a, b));
                add(&mut sums[0], _mm256_unpacklo_epi8(lower, zero), &weights);
                add(&mut sums[1], _mm256_unpackhi_epi8(lower, zero), &weights);
                add(&mut sums[2], _mm256_unpacklo_epi8(upper, zero), &weights);
                add(&mut sums[3], _mm256_unpackhi_epi8(upper, zero), &weights);
            }
            // Packing undoes what unpacking did to the order.
            let lower = _mm256_packs_epi32(end(whole(sums[0])), end(whole(sums[1])));
            let upper = _mm256_packs_epi32(end(whole(sums[2])), end(whole(sums[3])));
            let mut bytes = [0_u8; BYTES];
            // SAFETY: as many bytes as a vector has.
            unsafe { _mm256_storeu_si256(bytes.as_mut_ptr().cast(), _mm256_packus_epi16(lower, upper)) };
            let out = &mut out[x..];
            let some = out.len().min(BYTES);
            if let Some(out) = out.first_chunk_mut() {
                *out = bytes;
            } else {
                out.copy_from_slice(&bytes[..some]);
            }
        }
    }
}

/// [`passes::across`](super::super::passes::across) for all `C` (1, 3, 4) channels, four lines at a time.
#[target_feature(enable = "avx2")]
pub fn across<const C: usize>(axis: &Axis<u8>, lines: Lines<'_, u8>, out: &mut [u8]) {
    let checked = Checked::new::<C>(axis, lines, out);
    let order = order::<C>();
    let spread = _mm256_setr_epi32(0, 0, 0, 0, 2, 2, 2, 2);
    let after = _mm256_setr_epi32(1, 1, 1, 1, 3, 3, 3, 3);
    for y in (0..checked.rows).step_by(LINES) {
        let rows = checked.from::<LINES>(y);
        for (x, run) in axis.runs.iter().enumerate() {
            let mut sums = [[_mm256_setzero_si256(); 2]; LINES];
            for (k, group) in axis.packed.of(x, run).iter().enumerate() {
                let place = (run.first - lines.shift + k * TAPS) * C;
                // SAFETY: the weights of a group's pairs are as many bytes as the vector has.
                let pairs = _mm256_castsi128_si256(unsafe { _mm_loadu_si128((&raw const group.pairs).cast()) });
                let weights = [_mm256_permutevar8x32_epi32(pairs, spread), _mm256_permutevar8x32_epi32(pairs, after)];
                for (sums, row) in sums.iter_mut().zip(rows) {
                    // SAFETY: a row that is made, and the place of a group.
                    let four = _mm256_broadcastsi128_si256(unsafe { checked.read(row, place) });
                    add(sums, _mm256_shuffle_epi8(four, order), &weights);
                }
            }
            let [a, b, c, d] = [whole(sums[0]), whole(sums[1]), whole(sums[2]), whole(sums[3])];
            let pixels = _mm256_packs_epi32(two(a, b), two(c, d));
            let pixels = _mm256_packus_epi16(pixels, pixels);
            // SAFETY: rows that are made, and a pixel of theirs.
            unsafe {
                checked.write::<C>(rows[0], x, _mm256_extract_epi32::<0>(pixels).cast_unsigned());
                checked.write::<C>(rows[1], x, _mm256_extract_epi32::<4>(pixels).cast_unsigned());
                checked.write::<C>(rows[2], x, _mm256_extract_epi32::<1>(pixels).cast_unsigned());
                checked.write::<C>(rows[3], x, _mm256_extract_epi32::<5>(pixels).cast_unsigned());
            }
        }
    }
}

/// The pixels of two lines, of the sums of their first and of their last pairs.
#[inline]
#[target_feature(enable = "avx2")]
fn two(a: __m256i, b: __m256i) -> __m256i {
    end(_mm256_add_epi32(_mm256_permute2x128_si256::<0x20>(a, b), _mm256_permute2x128_si256::<0x31>(a, b)))
}

/// From four pixels to pairs of their values, channel by channel: the first two below, the last two above.
#[inline]
#[target_feature(enable = "avx2")]
fn order<const C: usize>() -> __m256i {
    let mut order = [-1_i8; BYTES];
    for channel in 0..C {
        for tap in 0..TAPS {
            order[tap / 2 * 16 + channel * 4 + tap % 2 * 2] = (tap * C + channel) as i8;
        }
    }
    // SAFETY: as many bytes as a vector has.
    unsafe { _mm256_loadu_si256(order.as_ptr().cast()) }
}
