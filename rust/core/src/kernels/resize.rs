//! Resize as Pillow does (its Resample.c, since version 13): antialiased bilinear, or nearest.
//!
//! Two passes, one along each axis. For uint8 the weights are integers with 22 bits after the point and every pass
//! rounds to uint8; for float32 weights and sums are float64 and every pass rounds to float32.

use crate::source::{Pixel, Raster};
use crate::spec::Resample;

/// Bits after the point of an integer weight.
const PRECISION: u32 = 22;

/// A pixel that resize can add up.
pub trait Resizable: Pixel {
    /// A weight as it is used.
    type Weight: Copy + Send + Sync + std::fmt::Debug;
    /// A sum in the making.
    type Sum: Copy;
    /// What a sum starts from.
    const START: Self::Sum;
    /// The weight in its own precision.
    fn weight(weight: f64) -> Self::Weight;
    /// One more pixel.
    fn add(sum: Self::Sum, pixel: Self, weight: Self::Weight) -> Self::Sum;
    /// The pixel that a sum makes.
    fn end(sum: Self::Sum) -> Self;
}

impl Resizable for u8 {
    type Weight = i32;
    type Sum = i32;
    const START: i32 = 1 << (PRECISION - 1);

    fn weight(weight: f64) -> i32 {
        (weight * f64::from(1 << PRECISION) + 0.5) as i32
    }

    fn add(sum: i32, pixel: Self, weight: i32) -> i32 {
        sum + i32::from(pixel) * weight
    }

    fn end(sum: i32) -> Self {
        (sum >> PRECISION).clamp(0, 255) as Self
    }
}

impl Resizable for f32 {
    type Weight = f64;
    type Sum = f64;
    const START: f64 = 0.0;

    fn weight(weight: f64) -> f64 {
        weight
    }

    fn add(sum: f64, pixel: Self, weight: f64) -> f64 {
        sum + f64::from(pixel) * weight
    }

    fn end(sum: f64) -> Self {
        Self::from_f64(sum)
    }
}

/// What one axis reads: for each pixel made, the first pixel read and the run of its weights.
#[derive(Debug)]
struct Axis<W> {
    size: usize,
    out: usize,
    taps: Vec<(usize, std::ops::Range<usize>)>,
    weights: Vec<W>,
}

impl<W> Axis<W> {
    fn bilinear(size: usize, out: usize, weight: impl Fn(f64) -> W) -> Self {
        let scale = size as f64 / out as f64;
        let filter_scale = scale.max(1.0);
        let inverse = 1.0 / filter_scale;
        let mut axis = Self { size, out, taps: Vec::with_capacity(out), weights: Vec::new() };
        for i in 0..out {
            let centre = (i as f64 + 0.5) * scale;
            let first = (centre - filter_scale + 0.5) as usize;
            let last = ((centre + filter_scale + 0.5) as usize).min(size);
            let run: Vec<f64> = (first..last)
                .map(|x| {
                    let distance = ((x as f64 - centre + 0.5) * inverse).abs();
                    if distance < 1.0 { 1.0 - distance } else { 0.0 }
                })
                .collect();
            let total = run.iter().fold(0.0, |total, w| total + w);
            let start = axis.weights.len();
            axis.weights.extend(run.iter().map(|w| weight(if total == 0.0 { *w } else { w / total })));
            axis.taps.push((first, start..axis.weights.len()));
        }
        axis
    }
}

/// The source pixel of each pixel made, stepping in float64 as Pillow does.
fn nearest(size: usize, out: usize) -> Vec<usize> {
    let scale = size as f64 / out as f64;
    let mut place = scale * 0.5;
    (0..out)
        .map(|_| {
            let index = place as usize;
            place += scale;
            index.min(size - 1)
        })
        .collect()
}

/// How an image of one size becomes one of another: tables that hold for every image of the size.
#[derive(Debug)]
pub enum Resize<P: Resizable> {
    /// One pixel for one.
    Nearest {
        /// The source row of each row.
        rows: Vec<usize>,
        /// The source column of each column.
        columns: Vec<usize>,
    },
    /// Two weighted passes.
    Bilinear(Passes<P::Weight>),
}

/// The passes of a weighted resize; one is missing where the size stays.
#[derive(Debug)]
pub struct Passes<W> {
    /// Makes rows of another number.
    down: Option<Axis<W>>,
    /// Makes columns of another number.
    across: Option<Axis<W>>,
    /// Each pass rounds, so which comes first matters.
    rows_first: bool,
}

impl<P: Resizable> Resize<P> {
    /// The tables from `(height, width)` to another; none if nothing changes.
    #[must_use]
    pub fn new(method: Resample, from: (usize, usize), to: (usize, usize)) -> Option<Self> {
        if from == to {
            return None;
        }
        let axis = |size, out| (size != out).then(|| Axis::bilinear(size, out, P::weight));
        Some(match method {
            Resample::Nearest => Self::Nearest { rows: nearest(from.0, to.0), columns: nearest(from.1, to.1) },
            Resample::Bilinear => Self::Bilinear(Passes {
                down: axis(from.0, to.0),
                across: axis(from.1, to.1),
                rows_first: from.0 > to.0
                    && (from.0 - to.0).cast_signed() > 2 * (from.1.cast_signed() - to.1.cast_signed()),
            }),
        })
    }

    /// Resizes an image into `out`; `between` is scratch.
    pub fn run(&self, raster: Raster<'_, P>, between: &mut Vec<P>, out: &mut Vec<P>) {
        let (width, channels) = (raster.width(), raster.channels());
        let image = &raster.pixels()[..raster.height() * width * channels];
        out.clear();
        match self {
            Self::Nearest { rows, columns } => {
                for row in rows {
                    let line = &image[row * width * channels..][..width * channels];
                    for column in columns {
                        out.extend_from_slice(&line[column * channels..][..channels]);
                    }
                }
            }
            Self::Bilinear(Passes { down, across, rows_first }) => match (down, across) {
                (None, None) => out.extend_from_slice(image),
                (Some(axis), None) => down_pass(axis, image, width * channels, out),
                (None, Some(axis)) => across_pass(axis, image, channels, out),
                (Some(rows), Some(columns)) => {
                    between.clear();
                    if *rows_first {
                        down_pass(rows, image, width * channels, between);
                        across_pass(columns, between, channels, out);
                    } else {
                        across_pass(columns, image, channels, between);
                        down_pass(rows, between, columns.out * channels, out);
                    }
                }
            },
        }
    }
}

/// What a resize is made for: a method, a size, another.
type Key = (Resample, (usize, usize), (usize, usize));

/// The tables of the last image's resize, which the next image needs again if it is of the same size.
#[derive(Debug)]
pub struct Tables<P: Resizable> {
    key: Option<Key>,
    resize: Option<Resize<P>>,
}

impl<P: Resizable> Default for Tables<P> {
    fn default() -> Self {
        Self { key: None, resize: None }
    }
}

impl<P: Resizable> Tables<P> {
    /// The tables from `(height, width)` to another; none if nothing changes.
    pub fn get(&mut self, method: Resample, from: (usize, usize), to: (usize, usize)) -> Option<&Resize<P>> {
        let key = Some((method, from, to));
        if self.key != key {
            self.resize = Resize::new(method, from, to);
            self.key = key;
        }
        self.resize.as_ref()
    }
}

/// Makes each row of `out` from several rows of `image`, `line` values long.
fn down_pass<P: Resizable>(axis: &Axis<P::Weight>, image: &[P], line: usize, out: &mut Vec<P>) {
    let mut sums = vec![P::START; line];
    for (first, run) in &axis.taps {
        sums.fill(P::START);
        for (k, weight) in axis.weights[run.clone()].iter().enumerate() {
            for (sum, pixel) in sums.iter_mut().zip(&image[(first + k) * line..][..line]) {
                *sum = P::add(*sum, *pixel, *weight);
            }
        }
        out.extend(sums.iter().map(|sum| P::end(*sum)));
    }
}

/// Makes each pixel of a row of `out` from several pixels of the same row of `image`.
fn across_pass<P: Resizable>(axis: &Axis<P::Weight>, image: &[P], channels: usize, out: &mut Vec<P>) {
    let mut sums = vec![P::START; channels];
    for line in image.chunks_exact(axis.size * channels) {
        for (first, run) in &axis.taps {
            sums.fill(P::START);
            let pixels = line[first * channels..].chunks_exact(channels);
            for (pixel, weight) in pixels.zip(&axis.weights[run.clone()]) {
                for (sum, value) in sums.iter_mut().zip(pixel) {
                    *sum = P::add(*sum, *value, *weight);
                }
            }
            out.extend(sums.iter().map(|sum| P::end(*sum)));
        }
    }
}
