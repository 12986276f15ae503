//! Region: which pixels of an image are read for a batch's size, and where in it they come to stand.

use crate::params::Crop;
use crate::spec::Fit;

/// A run of rows or of columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first.
    pub start: usize,
    /// How many.
    pub len: usize,
}

/// What is read of an image and where it goes, rows first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// What is read.
    pub from: [Span; 2],
    /// Where it goes, within the batch's size.
    pub to: [Span; 2],
}

impl Region {
    /// What a crop and a fit make of an image of (height, width) for the batch's.
    pub fn new(crop: &Crop, fit: Fit, image: [usize; 2], size: [usize; 2]) -> Self {
        let mut from = cut(crop, image);
        let mut to = size.map(|len| Span { start: 0, len });
        match fit {
            Fit::Stretch => {}
            Fit::Crop => from = narrowed(from, size),
            Fit::Pad => to = contained(from, size),
        }
        Self { from, to }
    }
}

/// The part of an image that a crop leaves.
fn cut(crop: &Crop, image @ [height, width]: [usize; 2]) -> [Span; 2] {
    match *crop {
        Crop::Whole => image.map(|len| Span { start: 0, len }),
        Crop::Centre { height: rows, width: columns } => {
            [middle(height, rows.min(height)), middle(width, columns.min(width))]
        }
        Crop::Part { area, ratio, x, y } => {
            let pixels = area * (height * width) as f64;
            let side = |squared: f64, limit: usize| (squared.sqrt().round_ties_even() as usize).clamp(1, limit);
            [free(height, side(pixels / ratio, height), y), free(width, side(pixels * ratio, width), x)]
        }
    }
}

/// A span in the middle of a side, towards the start where that cannot be.
const fn middle(side: usize, len: usize) -> Span {
    Span { start: (side - len) / 2, len }
}

/// A span at a fraction of where it can be.
fn free(side: usize, len: usize, fraction: f64) -> Span {
    let places = side - len + 1;
    Span { start: ((fraction * places as f64) as usize).min(places - 1), len }
}

/// The largest part in the middle that has the aspect of `size`.
fn narrowed([rows, columns]: [Span; 2], [height, width]: [usize; 2]) -> [Span; 2] {
    let within = |span: Span, len: usize| {
        let part = middle(span.len, len.clamp(1, span.len));
        Span { start: span.start + part.start, len: part.len }
    };
    if columns.len * height > rows.len * width {
        [rows, within(columns, (2 * rows.len * width + height) / (2 * height))]
    } else {
        [within(rows, (2 * columns.len * height + width) / (2 * width)), columns]
    }
}

/// Where all of it fits, in the middle, as `PIL.ImageOps.pad` has it.
fn contained([rows, columns]: [Span; 2], [height, width]: [usize; 2]) -> [Span; 2] {
    let (high, wide) = (rows.len as f64, columns.len as f64);
    let rounded = |v: f64| v.round_ties_even() as usize;
    let within = |side: usize, len: usize| {
        let len = len.clamp(1, side);
        Span { start: rounded((side - len) as f64 * 0.5), len }
    };
    let (aspect, wanted) = (wide / high, width as f64 / height as f64);
    let (mut inner_height, mut inner_width) = (height, width);
    if aspect > wanted {
        inner_height = rounded(high / wide * width as f64);
    } else if aspect < wanted {
        inner_width = rounded(wide / high * height as f64);
    }
    [within(height, inner_height), within(width, inner_width)]
}
