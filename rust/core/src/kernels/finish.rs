//! Finish: links, the output's type, the sample's place in the batch.

use super::convert::Output;
use super::simd::{LANES, Simd, each};
use crate::params::Link;
use crate::spec::Layout;

/// (row, column, channel) of a block's first value.
pub type Place = (usize, usize, usize);

/// Where the blocks of an image go, `C` channels at a time.
pub trait Sink<S: Simd, const C: usize> {
    /// Takes the first `count` lanes of a block, one vector a channel.
    fn put(&mut self, s: S, place: Place, values: [S::F; C], count: usize);
}

/// Runs links and passes the values on.
pub struct Linked<'a, T> {
    /// In order.
    pub links: &'a [Link],
    /// What comes after.
    pub next: T,
}

impl<S: Simd, const C: usize, T: Sink<S, C>> Sink<S, C> for Linked<'_, T> {
    #[inline(always)]
    fn put(&mut self, s: S, place: Place, mut values: [S::F; C], count: usize) {
        let first = place.2;
        match self.links {
            // As many as pipelines have: without a loop, the values stay in registers.
            [only] => values = apply(s, only, first, values),
            [brightness, scaling] => values = apply(s, scaling, first, apply(s, brightness, first, values)),
            links => {
                for link in links {
                    values = apply(s, link, first, values);
                }
            }
        }
        self.next.put(s, place, values, count);
    }
}

/// One link over the channels from `first` on.
#[inline(always)]
fn apply<S: Simd, const C: usize>(s: S, link: &Link, first: usize, mut values: [S::F; C]) -> [S::F; C] {
    let (scales, offsets) = (&link.scale[first..][..C], &link.offset[first..][..C]);
    for channel in 0..C {
        // Two operations, each rounded once: never one fused.
        let scaled = s.mul_f(values[channel], s.splat_f(scales[channel]));
        values[channel] = s.add_f(scaled, s.splat_f(offsets[channel]));
    }
    // Most chains end in a link without bounds.
    if link.low > f32::NEG_INFINITY || link.high < f32::INFINITY {
        let (low, high) = (s.splat_f(link.low), s.splat_f(link.high));
        for value in &mut values {
            *value = s.at_most(s.at_least(*value, low), high);
        }
    }
    values
}

/// How far apart neighbours of an image lie in memory.
#[derive(Clone, Copy, Debug)]
pub struct Strides {
    row: usize,
    column: usize,
    channel: usize,
}

impl Strides {
    /// The strides of a layout.
    #[must_use]
    pub const fn new(layout: Layout, [height, width, channels]: [usize; 3]) -> Self {
        match layout {
            Layout::ChannelsLast => Self { row: width * channels, column: channels, channel: 1 },
            Layout::ChannelsFirst => Self { row: width, column: 1, channel: height * width },
        }
    }

    const fn at(self, (row, column, channel): Place) -> usize {
        row * self.row + column * self.column + channel * self.channel
    }
}

/// Converts values and stores them.
pub struct Store<'a, O> {
    /// The sample's place.
    pub out: &'a mut [O],
    /// Its layout.
    pub strides: Strides,
}

impl<O: Output> Store<'_, O> {
    /// Stores lanes that stand one after the other from `at` on.
    #[inline(always)]
    fn run<S: Simd, const C: usize>(&mut self, s: S, at: usize, values: [S::F; C], count: usize) {
        let run = &mut self.out[at..][..count * C];
        if count == LANES {
            for (k, value) in values.into_iter().enumerate() {
                // SAFETY: the run is C vectors long.
                unsafe { O::write(s, value, run.as_mut_ptr().add(k * LANES)) };
            }
        } else {
            let whole: [[O; LANES]; C] = each(
                values,
                #[inline(always)]
                |value| stored(s, value),
            );
            run.copy_from_slice(&whole.as_flattened()[..count * C]);
        }
    }
}

/// Converted lanes as an array.
#[inline(always)]
fn stored<S: Simd, O: Output>(s: S, value: S::F) -> [O; LANES] {
    let mut lanes = [O::default(); LANES];
    // SAFETY: the array is one vector long.
    unsafe { O::write(s, value, lanes.as_mut_ptr()) };
    lanes
}

impl<S: Simd, O: Output, const C: usize> Sink<S, C> for Store<'_, O> {
    #[inline(always)]
    fn put(&mut self, s: S, place: Place, values: [S::F; C], count: usize) {
        let at = self.strides.at(place);
        if self.strides.column == 1 {
            for (channel, value) in values.into_iter().enumerate() {
                self.run(s, at + channel * self.strides.channel, [value], count);
            }
        } else if self.strides.column == C {
            self.run(s, at, s.interleave(values), count);
        } else {
            for (channel, value) in values.into_iter().enumerate() {
                let places = self.out[at + channel..].iter_mut().step_by(self.strides.column);
                for (place, value) in places.zip(&stored(s, value)[..count]) {
                    *place = *value;
                }
            }
        }
    }
}
