//! Passes: sums along one axis, written once for every type of pixel.

use super::axis::Axis;
use super::pixel::Resizable;

/// Where a pass reads.
#[derive(Clone, Copy, Debug)]
pub struct Lines<'a, P> {
    /// The first line's first value, and all after it.
    pub pixels: &'a [P],
    /// Values from a line to the next.
    pub stride: usize,
    /// What of the image's axis lies before `pixels`.
    pub shift: usize,
}

/// Makes each line of `out`, of `len` values, from several lines.
pub fn down<P: Resizable>(axis: &Axis<P>, lines: Lines<'_, P>, len: usize, out: &mut [P]) {
    let mut sums = vec![P::START; len];
    for (run, out) in axis.runs.iter().zip(out.chunks_exact_mut(len)) {
        sums.fill(P::START);
        for (k, weight) in axis.weights[run.start..][..run.count].iter().enumerate() {
            let line = &lines.pixels[(run.first - lines.shift + k) * lines.stride..][..len];
            for (sum, pixel) in sums.iter_mut().zip(line) {
                *sum = P::add(*sum, *pixel, *weight);
            }
        }
        for (out, sum) in out.iter_mut().zip(&sums) {
            *out = P::end(*sum);
        }
    }
}

/// Makes each pixel of a line of `out` from several pixels of the same line.
pub fn across<P: Resizable>(axis: &Axis<P>, lines: Lines<'_, P>, channels: usize, out: &mut [P]) {
    match channels {
        1 => across_all::<P, 1>(axis, lines, out),
        3 => across_all::<P, 3>(axis, lines, out),
        4 => across_all::<P, 4>(axis, lines, out),
        _ => (0..channels).for_each(|channel| across_one(axis, lines, channels, channel, out)),
    }
}

/// [`across`] for all `C` channels.
fn across_all<P: Resizable, const C: usize>(axis: &Axis<P>, lines: Lines<'_, P>, out: &mut [P]) {
    for (y, out) in out.chunks_exact_mut(axis.runs.len() * C).enumerate() {
        let (line, _) = lines.pixels[y * lines.stride..].as_chunks::<C>();
        for (run, out) in axis.runs.iter().zip(out.as_chunks_mut::<C>().0) {
            let mut sums = [P::START; C];
            let pixels = &line[run.first - lines.shift..][..run.count];
            for (pixel, weight) in pixels.iter().zip(&axis.weights[run.start..][..run.count]) {
                for (sum, value) in sums.iter_mut().zip(pixel) {
                    *sum = P::add(*sum, *value, *weight);
                }
            }
            for (out, sum) in out.iter_mut().zip(sums) {
                *out = P::end(sum);
            }
        }
    }
}

/// [`across`] for one of the channels.
fn across_one<P: Resizable>(axis: &Axis<P>, lines: Lines<'_, P>, channels: usize, channel: usize, out: &mut [P]) {
    for (y, out) in out.chunks_exact_mut(axis.runs.len() * channels).enumerate() {
        let line = &lines.pixels[y * lines.stride + channel..];
        for (run, out) in axis.runs.iter().zip(out.chunks_exact_mut(channels)) {
            let pixels = line[(run.first - lines.shift) * channels..].iter().step_by(channels);
            let weights = &axis.weights[run.start..][..run.count];
            out[channel] =
                P::end(pixels.zip(weights).fold(P::START, |sum, (pixel, weight)| P::add(sum, *pixel, *weight)));
        }
    }
}

/// Copies one pixel for each.
pub fn nearest<P: Resizable>(rows: &Axis<P>, columns: &Axis<P>, lines: Lines<'_, P>, channels: usize, out: &mut [P]) {
    match channels {
        1 => nearest_all::<P, 1>(rows, columns, lines, out),
        3 => nearest_all::<P, 3>(rows, columns, lines, out),
        4 => nearest_all::<P, 4>(rows, columns, lines, out),
        _ => {
            for (row, out) in rows.runs.iter().zip(out.chunks_exact_mut(columns.runs.len() * channels)) {
                let line = &lines.pixels[row.first * lines.stride..];
                for (column, out) in columns.runs.iter().zip(out.chunks_exact_mut(channels)) {
                    out.copy_from_slice(&line[column.first * channels..][..channels]);
                }
            }
        }
    }
}

/// [`nearest`] for `C` channels.
fn nearest_all<P: Resizable, const C: usize>(rows: &Axis<P>, columns: &Axis<P>, lines: Lines<'_, P>, out: &mut [P]) {
    for (row, out) in rows.runs.iter().zip(out.chunks_exact_mut(columns.runs.len() * C)) {
        let (line, _) = lines.pixels[row.first * lines.stride..].as_chunks::<C>();
        for (column, out) in columns.runs.iter().zip(out.as_chunks_mut::<C>().0) {
            *out = line[column.first];
        }
    }
}
