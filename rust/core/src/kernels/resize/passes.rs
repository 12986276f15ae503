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
        1 => across_of::<P, 1>(axis, lines, 1, 0, out),
        3 => across_of::<P, 3>(axis, lines, 3, 0, out),
        4 => across_of::<P, 4>(axis, lines, 4, 0, out),
        _ => (0..channels).for_each(|channel| across_of::<P, 1>(axis, lines, channels, channel, out)),
    }
}

/// [`across`] for `C` of the channels.
fn across_of<P: Resizable, const C: usize>(
    axis: &Axis<P>,
    lines: Lines<'_, P>,
    channels: usize,
    channel: usize,
    out: &mut [P],
) {
    for (y, out) in out.chunks_exact_mut(axis.runs.len() * channels).enumerate() {
        let line = &lines.pixels[y * lines.stride..];
        for (run, out) in axis.runs.iter().zip(out.chunks_exact_mut(channels)) {
            let mut sums = [P::START; C];
            let pixels = line[(run.first - lines.shift) * channels..].chunks(channels);
            for (pixel, weight) in pixels.zip(&axis.weights[run.start..][..run.count]) {
                for (sum, value) in sums.iter_mut().zip(&pixel[channel..]) {
                    *sum = P::add(*sum, *value, *weight);
                }
            }
            for (out, sum) in out[channel..].iter_mut().zip(sums) {
                *out = P::end(sum);
            }
        }
    }
}
