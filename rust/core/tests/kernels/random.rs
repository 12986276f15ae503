//! Whatever the strides, the pipeline and the params: nothing panics, nothing is read beyond the image, and every level
//! makes the bytes that portable makes of the same picture in one run.

use proptest::prelude::*;
use samebatch_core::Error;
use samebatch_core::source::{Dtype, ImageView};

use super::case::{Case, DTYPES};
use super::geometry::Geometry;
use super::memory::{Fenced, Place, Side, watched};
use super::style::Style;

/// How an image lies in memory.
#[derive(Clone, Debug)]
struct Lay {
    /// The axes, the one whose neighbours lie furthest apart first.
    order: [usize; 3],
    /// Bytes between neighbours beyond what lies in between.
    padding: [usize; 3],
    /// Whether it runs backwards.
    backwards: [bool; 3],
    /// Whether all that lies along it is the same.
    repeated: [bool; 3],
    /// From which fence, and how far.
    place: Place,
    /// How many of the bytes that follow the kernel is told of, at most.
    slack: usize,
}

impl Lay {
    /// The strides, where the first value stands, and how many bytes there are from the first to the last.
    fn strides(&self, case: &Case) -> ([isize; 3], usize, usize) {
        let (mut strides, mut first, mut len) = ([0; 3], 0, case.dtype.size());
        for axis in self.order.into_iter().rev() {
            if self.repeated[axis] {
                continue;
            }
            let (step, count) = (len + self.padding[axis], case.shape[axis]);
            let reach = step * (count - 1);
            strides[axis] = if self.backwards[axis] { -step.cast_signed() } else { step.cast_signed() };
            first += if self.backwards[axis] { reach } else { 0 };
            len += reach;
        }
        (strides, first, len)
    }
}

/// Mostly the first, now and then the second.
fn rarely<T: std::fmt::Debug + Clone + 'static>(
    usual: T,
    rare: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<T> {
    prop_oneof![3 => Just(usual), 1 => rare].boxed()
}

fn lay() -> impl Strategy<Value = Lay> {
    let order = prop_oneof![2 => Just([0, 1, 2]), 1 => Just([0, 1, 2]).prop_shuffle()];
    let padding = prop_oneof![Just(0_usize), Just(4), 0..70_usize];
    let place = (any::<bool>(), 0..300_usize)
        .prop_map(|(end, gap)| Place { side: if end { Side::End } else { Side::Start }, gap });
    (
        order,
        rarely([0; 3], prop::array::uniform3(padding)),
        rarely([false; 3], any::<[bool; 3]>()),
        rarely([false; 3], any::<[bool; 3]>()),
        place,
        prop_oneof![Just(0), Just(usize::MAX), 0..300_usize],
    )
        .prop_map(|(order, padding, backwards, repeated, place, slack)| Lay {
            order,
            padding,
            backwards,
            repeated,
            place,
            slack,
        })
}

fn geometry() -> impl Strategy<Value = Geometry> {
    let (angle, shear) = (-3600.0..3600.0, -80.0..80.0);
    // In whole pixels of a side of up to 40, or anything.
    let shift = prop_oneof![
        3 => (-40..40_i32, 1..40_u32).prop_map(|(pixels, side)| (f64::from(pixels) / f64::from(side)).clamp(-16.0, 16.0)),
        1 => -16.0..16.0,
    ];
    let zoom = (-6.0..6.0).prop_map(f64::exp2);
    (
        any::<[bool; 2]>(),
        prop::sample::select(vec![0, 2]),
        rarely(0.0, angle),
        [rarely(0.0, shift.clone()), rarely(0.0, shift)],
        [rarely(0.0, shear.clone()), rarely(0.0, shear)],
        [rarely(1.0, zoom.clone()), rarely(1.0, zoom)],
    )
        .prop_map(|(flip, turns, angle, shift, shear, zoom)| Geometry { flip, turns, angle, shift, shear, zoom })
}

fn case() -> impl Strategy<Value = Case> {
    let side = || prop_oneof![1..=4_usize, 14..=18_usize, 1..=40_usize];
    let channels = prop_oneof![3 => 1..=5_usize, 1 => 1..=32_usize];
    let size = rarely(None, [side(), side()].prop_map(Some));
    ([side(), side()], channels, prop::sample::select(DTYPES.to_vec()), geometry(), size, 0..Style::COUNT).prop_map(
        |(sides, channels, dtype, geometry, size, n)| Case { size, ..Case::new(sides, channels, dtype, geometry, n) },
    )
}

/// Puts the picture where the lay has it, and reads it back: what lies along a repeated axis has become the same.
fn spread(case: &Case, lay: &Lay, memory: &mut [u8], base: usize) -> Vec<u8> {
    let (strides, first, _) = lay.strides(case);
    let size = case.dtype.size();
    let [height, width, channels] = case.shape;
    let places = (0..height).flat_map(|i| (0..width).flat_map(move |j| (0..channels).map(move |k| [i, j, k])));
    let places: Vec<usize> = places
        .map(|place| {
            let offset: isize = (0..3).map(|axis| place[axis].cast_signed() * strides[axis]).sum();
            (base + first).checked_add_signed(offset).expect("within the memory")
        })
        .collect();
    for (pixel, at) in case.picture().chunks(size).zip(&places) {
        memory[*at..][..size].copy_from_slice(pixel);
    }
    places.into_iter().flat_map(|at| memory[at..][..size].to_vec()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_image_and_the_pipeline(case in case(), lay in lay(), around in any::<u8>()) {
        let (strides, first, len) = lay.strides(&case);
        let mut source = Fenced::new(len + 300);
        source.fill(around);
        let at = source.at(lay.place, len);
        let picture = spread(&case, &lay, source.bytes(), at);
        let slack = source.after(lay.place, len).min(lay.slack);
        source.freeze();
        let base = source.as_ptr().wrapping_add(at + first);
        // SAFETY: every value of the image stands in the memory, `slack` bytes after the last one, and is not written
        // as long as the view is used.
        let image = unsafe { ImageView::new(base, case.dtype, case.shape, strides).with_slack(slack) };
        let levels = case.everywhere();
        let expected = case.render_plain(&levels[0].1, &picture);
        prop_assert!(!matches!(expected, Err(Error::Internal(_))), "{expected:?}");
        for (level, pipeline) in &levels {
            let bytes = pipeline.batch_bytes(1).expect("one sample fits");
            let mut out = Fenced::new(bytes);
            let at = out.at(lay.place.near(), bytes);
            let out = &mut out.bytes()[at..][..bytes];
            let what = format!("{level}: {lay:?}: {case:?}");
            let result = watched(&what, || case.render(pipeline, &image, out));
            case.agree(&what, &result.map(|()| out.to_vec()), &expected);
        }
    }

    #[test]
    fn pixels_outside_the_range_are_refused_or_harmless(case in case(), at in any::<prop::sample::Index>(), bits in any::<u32>()) {
        let mut picture = case.picture();
        let size = case.dtype.size();
        let at = at.index(picture.len() / size) * size;
        picture[at..][..size].copy_from_slice(&bits.to_ne_bytes()[..size]);
        let levels = case.everywhere();
        let expected = case.render_plain(&levels[0].1, &picture);
        let value = match case.dtype {
            Dtype::Uint8 => f64::from(picture[at]),
            Dtype::Float32 => f64::from(f32::from_bits(bits)),
        };
        let fits = (case.range[0]..=case.range[1]).contains(&value);
        prop_assert_eq!(matches!(expected, Err(Error::Pixel(_))), !fits, "{:?}", expected);
        for (level, pipeline) in &levels[1..] {
            prop_assert_eq!(case.render_plain(pipeline, &picture).map_err(|e| e.to_string()), expected.clone().map_err(|e| e.to_string()), "{}", level);
        }
    }
}
