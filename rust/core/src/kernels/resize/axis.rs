//! Axis: which pixels each pixel made along one axis reads, and what they count.

use super::filter::{support, weight};
use super::pixel::Resizable;
use super::region::Span;
use crate::spec::Resample;

/// The pixels that one pixel reads: neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// The first of them.
    pub first: usize,
    /// Where the first one's weight stands.
    pub start: usize,
    /// How many.
    pub count: usize,
}

/// All that the tables of an axis follow from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The filter.
    pub method: Resample,
    /// Pixels of the image.
    pub size: usize,
    /// Those that are resized; a filter may reach beyond.
    pub from: Span,
    /// How many become of them.
    pub out: usize,
}

impl Plan {
    /// Whether every pixel is the image's own.
    pub fn keeps(&self) -> bool {
        self.from == Span { start: 0, len: self.size } && self.out == self.size
    }
}

/// The tables of an axis, kept for the next image with the same plan.
#[derive(Debug)]
pub struct Axis<P: Resizable> {
    plan: Option<Plan>,
    /// One for each pixel made.
    pub runs: Vec<Run>,
    /// The weights of all runs.
    pub weights: Vec<P::Weight>,
    /// The same as the level's instructions take it.
    pub packed: P::Packed,
    exact: Vec<f64>,
}

impl<P: Resizable> Default for Axis<P> {
    fn default() -> Self {
        Self { plan: None, runs: Vec::new(), weights: Vec::new(), packed: P::Packed::default(), exact: Vec::new() }
    }
}

impl<P: Resizable> Axis<P> {
    /// Makes the tables, unless they are there.
    pub fn prepare(&mut self, plan: Plan) {
        if self.plan == Some(plan) {
            return;
        }
        self.plan = None;
        self.runs.clear();
        self.weights.clear();
        if plan.method == Resample::Nearest {
            self.nearest(&plan);
        } else {
            self.filtered(&plan);
            P::pack(&self.runs, &self.weights, &mut self.packed);
        }
        self.plan = Some(plan);
    }

    /// Whether every pixel is the image's own.
    pub fn keeps(&self) -> bool {
        self.plan.is_some_and(|plan| plan.keeps())
    }

    /// The first pixel that is read, and the one after the last.
    pub fn reach(&self) -> (usize, usize) {
        let firsts = self.runs.iter().map(|run| run.first);
        let ends = self.runs.iter().map(|run| run.first + run.count);
        (firsts.min().unwrap_or(0), ends.max().unwrap_or(0))
    }

    /// One pixel for one, stepping in float64 as Pillow does.
    fn nearest(&mut self, plan: &Plan) {
        let scale = plan.from.len as f64 / plan.out as f64;
        let mut place = plan.from.start as f64 + scale * 0.5;
        for _ in 0..plan.out {
            self.runs.push(Run { first: (place as usize).min(plan.size - 1), start: 0, count: 1 });
            place += scale;
        }
    }

    fn filtered(&mut self, plan: &Plan) {
        let scale = plan.from.len as f64 / plan.out as f64;
        let filter_scale = scale.max(1.0);
        let (reach, inverse) = (support(plan.method) * filter_scale, 1.0 / filter_scale);
        for i in 0..plan.out {
            let centre = plan.from.start as f64 + (i as f64 + 0.5) * scale;
            let first = (centre - reach + 0.5) as usize;
            let last = ((centre + reach + 0.5) as usize).min(plan.size);
            self.exact.clear();
            self.exact.extend((first..last).map(|x| weight(plan.method, (x as f64 - centre + 0.5) * inverse)));
            let total = self.exact.iter().fold(0.0, |total, w| total + w);
            let weight = |w: &f64| P::weight(if total == 0.0 { *w } else { *w / total });
            let start = self.weights.len();
            self.weights.extend(self.exact.iter().map(weight));
            let (first, count) = P::trim(first, &mut self.weights, start);
            self.runs.push(Run { first, start, count });
        }
    }
}
