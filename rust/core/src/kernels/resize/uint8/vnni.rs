//! AVX-512 with VNNI: four pixels times four digits are added up by one instruction.

#![allow(clippy::wildcard_imports, reason = "the instructions' names are unmistakable")]

use std::arch::x86_64::*;

use super::super::axis::Axis;
use super::super::passes::Lines;
use super::super::pixel::PRECISION;
use super::{Checked, Group, TAPS};

/// Bytes of a vector.
const BYTES: usize = 64;
/// Lines that are read at once.
const LINES: usize = 8;

/// Whether the machine has the instructions.
pub fn detect() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vnni")
}

/// The sums of the three digits as one, a pixel in each lane.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn end([low, middle, high]: [__m512i; 3]) -> __m512i {
    let sum = _mm512_add_epi32(low, _mm512_slli_epi32::<8>(middle));
    let sum = _mm512_add_epi32(sum, _mm512_slli_epi32::<16>(high));
    _mm512_srai_epi32::<PRECISION>(_mm512_add_epi32(sum, _mm512_set1_epi32(1 << (PRECISION - 1))))
}

/// A digit of four weights in every lane.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn weights(group: &Group) -> [__m512i; 3] {
    let [low, middle, high] = group.digits.map(|digit| i32::from_le_bytes(digit.map(i8::cast_unsigned)));
    [_mm512_set1_epi32(low), _mm512_set1_epi32(middle), _mm512_set1_epi32(high)]
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn add(sums: &mut [__m512i; 3], pixels: __m512i, weights: &[__m512i; 3]) {
    for (sum, weight) in sums.iter_mut().zip(weights) {
        *sum = _mm512_dpbusd_epi32(*sum, pixels, *weight);
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn load(pixels: &[u8], at: usize) -> __m512i {
    let bytes = &pixels[at..at + BYTES];
    // SAFETY: as many bytes as a vector has.
    unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
}

/// [`passes::down`](super::super::passes::down), 64 values at a time.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
pub fn down(axis: &Axis<u8>, lines: Lines<'_, u8>, len: usize, out: &mut [u8]) {
    for (place, (run, out)) in axis.runs.iter().zip(out.chunks_exact_mut(len)).enumerate() {
        let groups = axis.packed.of(place, run);
        let first = (run.first - lines.shift) * lines.stride;
        for x in (0..len).step_by(BYTES) {
            let mut sums = [[_mm512_setzero_si512(); 3]; 4];
            for (k, group) in groups.iter().enumerate() {
                // What has no weight is read from the run's last line, which is there.
                let at = |tap: usize| first + (k * TAPS + tap).min(run.count - 1) * lines.stride + x;
                let (a, b) = (load(lines.pixels, at(0)), load(lines.pixels, at(1)));
                let (c, d) = (load(lines.pixels, at(2)), load(lines.pixels, at(3)));
                let (ab, cd) = (_mm512_unpacklo_epi8(a, b), _mm512_unpacklo_epi8(c, d));
                let weights = weights(group);
                add(&mut sums[0], _mm512_unpacklo_epi16(ab, cd), &weights);
                add(&mut sums[1], _mm512_unpackhi_epi16(ab, cd), &weights);
                let (ab, cd) = (_mm512_unpackhi_epi8(a, b), _mm512_unpackhi_epi8(c, d));
                add(&mut sums[2], _mm512_unpacklo_epi16(ab, cd), &weights);
                add(&mut sums[3], _mm512_unpackhi_epi16(ab, cd), &weights);
            }
            // Packing undoes what unpacking did to the order.
            let lower = _mm512_packs_epi32(end(sums[0]), end(sums[1]));
            let upper = _mm512_packs_epi32(end(sums[2]), end(sums[3]));
            let out = &mut out[x..];
            let mask = if out.len() < BYTES { (1 << out.len()) - 1 } else { u64::MAX };
            // SAFETY: the mask lets no more be written than there is.
            unsafe { _mm512_mask_storeu_epi8(out.as_mut_ptr().cast(), mask, _mm512_packus_epi16(lower, upper)) };
        }
    }
}

/// [`passes::across`](super::super::passes::across) for all `C` (1, 3, 4) channels, eight lines at a time.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
pub fn across<const C: usize>(axis: &Axis<u8>, lines: Lines<'_, u8>, out: &mut [u8]) {
    let checked = Checked::new::<C>(axis, lines, out);
    let order = order::<C>();
    for y in (0..checked.rows).step_by(LINES) {
        let rows = checked.from::<LINES>(y);
        for (x, run) in axis.runs.iter().enumerate() {
            let mut sums = [[_mm512_setzero_si512(); 3]; 2];
            for (k, group) in axis.packed.of(x, run).iter().enumerate() {
                let place = (run.first - lines.shift + k * TAPS) * C;
                let weights = weights(group);
                for (sums, rows) in sums.iter_mut().zip(rows.as_chunks().0) {
                    // SAFETY: rows that are made, and the place of a group.
                    let four = unsafe { read_four(&checked, rows, place) };
                    add(sums, _mm512_shuffle_epi8(four, order), &weights);
                }
            }
            for (sums, rows) in sums.into_iter().zip(rows.as_chunks::<4>().0) {
                let pixels = _mm512_cvtusepi32_epi8(_mm512_max_epi32(end(sums), _mm512_setzero_si512()));
                // SAFETY: rows that are made, and a pixel of theirs.
                unsafe {
                    checked.write::<C>(rows[0], x, _mm_extract_epi32::<0>(pixels).cast_unsigned());
                    checked.write::<C>(rows[1], x, _mm_extract_epi32::<1>(pixels).cast_unsigned());
                    checked.write::<C>(rows[2], x, _mm_extract_epi32::<2>(pixels).cast_unsigned());
                    checked.write::<C>(rows[3], x, _mm_extract_epi32::<3>(pixels).cast_unsigned());
                }
            }
        }
    }
}

/// The same place of four lines.
///
/// # Safety
/// As [`Checked::read`].
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
unsafe fn read_four(checked: &Checked, rows: &[usize; 4], place: usize) -> __m512i {
    // SAFETY: the caller's.
    let [a, b, c, d] = unsafe {
        [
            checked.read(rows[0], place),
            checked.read(rows[1], place),
            checked.read(rows[2], place),
            checked.read(rows[3], place),
        ]
    };
    let two = _mm512_inserti32x4::<1>(_mm512_castsi128_si512(a), b);
    _mm512_inserti32x4::<3>(_mm512_inserti32x4::<2>(two, c), d)
}

/// From four pixels to their values, channel by channel.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn order<const C: usize>() -> __m512i {
    let mut order = [-1_i8; 16];
    for channel in 0..C {
        for tap in 0..TAPS {
            order[channel * TAPS + tap] = (tap * C + channel) as i8;
        }
    }
    // SAFETY: as many bytes as a vector has.
    _mm512_broadcast_i32x4(unsafe { _mm_loadu_si128(order.as_ptr().cast()) })
}
