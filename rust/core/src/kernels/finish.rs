//! Finish: links, the output's type, the sample's place in the batch.

use super::convert::Output;
use super::simd::{LANES, Simd, each};
use crate::params::Link;
use crate::spec::Layout;

/// (row, column, channel) of a block's first value.
pub type Place = (usize, usize, usize);

/// Sixteen columns of `C` channels, channel after channel.
pub type Block<const C: usize> = [[f32; LANES]; C];

/// Where the blocks of an image go, `C` channels at a time.
pub trait Sink<S: Simd, const C: usize> {
    /// Takes the first `count` columns of neighbouring blocks of a row.
    fn put(&mut self, s: S, place: Place, blocks: &[Block<C>], count: usize);
}

/// Runs links, converts and stores.
pub struct Finish<'a, O> {
    /// In order.
    pub links: &'a [Link],
    /// What comes after.
    pub store: Store<'a, O>,
}

impl<S: Simd, O: Output, const C: usize> Sink<S, C> for Finish<'_, O> {
    #[inline(always)]
    fn put(&mut self, s: S, place: Place, blocks: &[Block<C>], count: usize) {
        let first = place.2;
        match self.links {
            // As many as pipelines have: without a loop, the values stay in registers.
            [only] => {
                let only = Loaded::<S, C>::new(s, only, first);
                self.store.put(
                    s,
                    place,
                    blocks,
                    count,
                    #[inline(always)]
                    |values| only.apply(s, values),
                );
            }
            [brightness, scaling] => {
                let brightness = Loaded::<S, C>::new(s, brightness, first);
                let scaling = Loaded::<S, C>::new(s, scaling, first);
                self.store.put(
                    s,
                    place,
                    blocks,
                    count,
                    #[inline(always)]
                    |values| scaling.apply(s, brightness.apply(s, values)),
                );
            }
            links => self.store.put(
                s,
                place,
                blocks,
                count,
                #[inline(always)]
                |mut values| {
                    for link in links {
                        values = Loaded::<S, C>::new(s, link, first).apply(s, values);
                    }
                    values
                },
            ),
        }
    }
}

/// A link in registers, for the channels of a block.
struct Loaded<S: Simd, const C: usize> {
    scale: [S::F; C],
    offset: [S::F; C],
    /// Most chains end in a link without bounds.
    bounds: Option<[S::F; 2]>,
}

impl<S: Simd, const C: usize> Loaded<S, C> {
    #[inline(always)]
    fn new(s: S, link: &Link, first: usize) -> Self {
        let bounded = link.low > f32::NEG_INFINITY || link.high < f32::INFINITY;
        let (mut scale, mut offset) = ([s.splat_f(0.0); C], [s.splat_f(0.0); C]);
        for channel in 0..C {
            scale[channel] = s.splat_f(link.scale[first + channel]);
            offset[channel] = s.splat_f(link.offset[first + channel]);
        }
        Self { scale, offset, bounds: bounded.then_some([s.splat_f(link.low), s.splat_f(link.high)]) }
    }

    #[inline(always)]
    fn apply(&self, s: S, mut values: [S::F; C]) -> [S::F; C] {
        for (value, (scale, offset)) in values.iter_mut().zip(self.scale.into_iter().zip(self.offset)) {
            // Two operations, each rounded once: never one fused.
            *value = s.add_f(s.mul_f(*value, scale), offset);
        }
        if let Some([low, high]) = self.bounds {
            for value in &mut values {
                *value = s.at_most(s.at_least(*value, low), high);
            }
        }
        values
    }
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
    /// Whether it is written past the caches.
    pub past_caches: bool,
}

impl<O: Output> Store<'_, O> {
    /// Stores the first `count` columns of blocks, each after `f`.
    #[inline(always)]
    fn put<S: Simd, const C: usize>(
        &mut self,
        s: S,
        place: Place,
        blocks: &[Block<C>],
        count: usize,
        f: impl Fn([S::F; C]) -> [S::F; C],
    ) {
        let Strides { column, channel: plane, .. } = self.strides;
        let past = self.past_caches;
        let out = &mut self.out[self.strides.at(place)..];
        assert!(count > 0 && count <= blocks.len() * LANES && out.len() > (count - 1) * column + (C - 1) * plane);
        let left = (0..count).step_by(LANES).map(|done| (done, count - done));
        for (block, (done, left)) in blocks.iter().zip(left) {
            let values = f(each(
                *block,
                #[inline(always)]
                |lanes| s.load_f(&lanes),
            ));
            if column == 1 {
                for (channel, value) in values.into_iter().enumerate() {
                    store_lanes(s, &mut out[done + channel * plane..], value, left, past);
                }
            } else if column == C {
                store_pixels(s, &mut out[done * C..], values, left, past);
            } else {
                for (channel, value) in values.into_iter().enumerate() {
                    let places = out[done * column + channel..].iter_mut().step_by(column);
                    for (place, value) in places.zip(&stored(s, value)[..left.min(LANES)]) {
                        *place = *value;
                    }
                }
            }
        }
    }
}

/// Stores the lanes of one channel that stand one after the other, `left` columns of them at the most.
#[inline(always)]
fn store_lanes<S: Simd, O: Output>(s: S, out: &mut [O], value: S::F, left: usize, past: bool) {
    if left >= LANES {
        // SAFETY: there is room for a vector.
        unsafe { O::write(s, value, out[..LANES].as_mut_ptr(), past) }
    } else {
        out[..left].copy_from_slice(&stored(s, value)[..left]);
    }
}

/// Stores pixel after pixel, `left` columns of them at the most.
#[inline(always)]
fn store_pixels<S: Simd, O: Output, const C: usize>(s: S, out: &mut [O], values: [S::F; C], left: usize, past: bool) {
    if left >= LANES {
        // SAFETY: there is room for C vectors.
        unsafe { O::write_pixels(s, values, out[..LANES * C].as_mut_ptr(), past) }
    } else {
        let planes: [[O; LANES]; C] = each(
            values,
            #[inline(always)]
            |value| stored(s, value),
        );
        for (column, pixel) in out.chunks_exact_mut(C).take(left).enumerate() {
            for (value, plane) in pixel.iter_mut().zip(&planes) {
                *value = plane[column];
            }
        }
    }
}

/// Converted lanes as an array.
#[inline(always)]
fn stored<S: Simd, O: Output>(s: S, value: S::F) -> [O; LANES] {
    let mut lanes = [O::default(); LANES];
    // SAFETY: the array is one vector long.
    unsafe { O::write(s, value, lanes.as_mut_ptr(), false) };
    lanes
}
