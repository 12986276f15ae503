//! Resize as Pillow does, `image.resize(size, resample, box)` (its Resample.c, since version 13).
//!
//! Two passes, one along each axis. For uint8 the weights are integers with 22 bits after the point and every pass
//! rounds to uint8; for float32 weights and sums are float64 and every pass rounds to float32.

mod axis;
mod filter;
mod passes;
mod pixel;
mod region;
mod uint8;

use super::level::Level;
use crate::params::Crop;
use crate::source::{Pixel, Raster, shed, slack};
use crate::spec::{Fit, Resample};
use axis::{Axis, Plan};
use passes::{Lines, nearest};
pub use pixel::Resizable;
use region::{Region, Span};

/// What a pipeline says of resizing.
#[derive(Clone, Copy, Debug)]
pub struct Stage {
    /// The filter.
    pub method: Resample,
    /// How an image of another aspect comes to `size`.
    pub fit: Fit,
    /// (height, width) of what comes out; `None`: the image's.
    pub size: Option<[usize; 2]>,
    /// What stands around an image that is padded.
    pub fill: f64,
    /// The lowest and the highest value of a pixel.
    pub range: (f64, f64),
    /// Which instructions it uses.
    pub level: Level,
}

/// Memory for a stage, and the tables of the image before.
#[derive(Default)]
pub struct Memory<P: Resizable> {
    rows: Axis<P>,
    columns: Axis<P>,
    between: Vec<P>,
    resized: Vec<P>,
    framed: Vec<P>,
}

impl<P: Resizable> Memory<P> {
    /// Gives back what one large image needed.
    pub fn shed(&mut self) {
        for pixels in [&mut self.between, &mut self.resized, &mut self.framed] {
            shed(pixels);
        }
    }
}

impl Stage {
    /// Brings an image to the stage's size.
    pub fn run<'a, P: Resizable>(
        &self,
        raster: Raster<'a, P>,
        crop: &Crop,
        memory: &'a mut Memory<P>,
    ) -> Raster<'a, P> {
        let (image, channels) = ([raster.height(), raster.width()], raster.channels());
        let size = self.size.unwrap_or(image);
        let Region { from, to } = Region::new(crop, self.fit, image, size);
        let plan = |k: usize| Plan { method: self.method, size: image[k], from: from[k], out: to[k].len };
        let inner = to.map(|span| span.len);
        let Memory { rows, columns, between, resized, framed } = memory;
        let mut made = raster;
        if !(plan(0).keeps() && plan(1).keeps()) {
            let out = room(resized, inner[0] * inner[1] * channels);
            rows.prepare(plan(0));
            columns.prepare(plan(1));
            if self.method == Resample::Nearest {
                let lines = Lines { pixels: raster.pixels(), stride: image[1] * channels, shift: 0 };
                nearest(rows, columns, lines, channels, out);
            } else {
                Passes { rows, columns, inner, level: self.level }.run(raster, between, out);
            }
            if self.method.overshoots() {
                P::clip(out, self.range);
            }
            made = Raster::new(resized, [inner[0], inner[1], channels]);
        }
        if inner == size { made } else { frame(made, to, size, P::from_f64(self.fill), framed) }
    }
}

/// Both passes of an image, each of them left out where its axis stays as it is.
struct Passes<'a, P: Resizable> {
    rows: &'a Axis<P>,
    columns: &'a Axis<P>,
    inner: [usize; 2],
    level: Level,
}

impl<P: Resizable> Passes<'_, P> {
    fn run(&self, raster: Raster<'_, P>, between: &mut Vec<P>, out: &mut [P]) {
        let ([height, width], channels) = ([raster.height(), raster.width()], raster.channels());
        let [rows, columns] = [self.rows, self.columns];
        let stride = width * channels;
        let image = raster.pixels();
        let line = self.inner[1] * channels;
        if columns.keeps() {
            return P::down(self.level, rows, Lines { pixels: image, stride, shift: 0 }, line, out);
        }
        if rows.keeps() {
            return P::across(self.level, columns, Lines { pixels: image, stride, shift: 0 }, channels, out);
        }
        // Each pass rounds, so which comes first matters.
        let shrinks = |axis: usize, size: usize| size.cast_signed() - self.inner[axis].cast_signed();
        if shrinks(0, height) > 0 && shrinks(0, height) > 2 * shrinks(1, width) {
            let (first, end) = columns.reach();
            let len = (end - first) * channels;
            let middle = room(between, self.inner[0] * len);
            P::down(self.level, rows, Lines { pixels: &image[first * channels..], stride, shift: 0 }, len, middle);
            P::across(self.level, columns, Lines { pixels: between, stride: len, shift: first }, channels, out);
        } else {
            let (first, end) = rows.reach();
            let middle = room(between, (end - first) * line);
            P::across(
                self.level,
                columns,
                Lines { pixels: &image[first * stride..], stride, shift: 0 },
                channels,
                middle,
            );
            P::down(self.level, rows, Lines { pixels: between, stride: line, shift: first }, line, out);
        }
    }
}

/// Memory for an image of `len` values, its slack after it.
fn room<P: Pixel>(memory: &mut Vec<P>, len: usize) -> &mut [P] {
    memory.resize(len + slack::<P>(), P::default());
    &mut memory[..len]
}

/// Puts an image at its place in a larger one.
fn frame<'a, P: Pixel>(
    made: Raster<'_, P>,
    [rows, columns]: [Span; 2],
    [height, width]: [usize; 2],
    fill: P,
    framed: &'a mut Vec<P>,
) -> Raster<'a, P> {
    let channels = made.channels();
    let (stride, line) = (width * channels, columns.len * channels);
    let out = room(framed, height * stride);
    out.fill(fill);
    let inside = out[rows.start * stride..].chunks_exact_mut(stride);
    for (from, out) in made.pixels().chunks_exact(line).take(rows.len).zip(inside) {
        out[columns.start * channels..][..line].copy_from_slice(from);
    }
    Raster::new(framed, [height, width, channels])
}
