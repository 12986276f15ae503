//! No level reads or writes beyond its buffers, wherever they lie.
//!
//! Images and batches lie between pages that nobody may touch, images read-only, batches between canaries. What stands
//! round an image changes no byte.

use samebatch_core::Error;
use samebatch_core::batch::Pipeline;
use samebatch_core::kernels::level::Level;
use samebatch_core::source::{Dtype, ImageView};

use super::case::{Case, kinds, mixed, sizes};
use super::geometry;
use super::memory::{Fenced, Place, Side, watched};

/// What stands round a batch.
const CANARY: u8 = 0xA5;

/// What stands round an image: NaN as float32, or a pixel like any other.
const AROUND: [u8; 2] = [0xFF, 0x3F];

/// Where an image and its place in a batch lie.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The image.
    pub image: Place,
    /// Whether the kernel is told what it may read after the image.
    pub told: bool,
    /// The batch.
    pub out: Place,
}

/// A case, and the memory it is rendered from and to.
pub struct Bench {
    case: Case,
    picture: Vec<u8>,
    source: Fenced,
    out: Fenced,
    levels: Vec<(Level, Pipeline)>,
    bytes: usize,
    expected: Result<Vec<u8>, Error>,
}

impl Bench {
    /// Room for gaps of up to `room` bytes. What is expected is what portable makes of the picture where it stands.
    pub fn new(case: Case, room: usize) -> Self {
        let (picture, levels) = (case.picture(), case.everywhere());
        let bytes = levels[0].1.batch_bytes(1).expect("one sample fits");
        let expected = case.render_plain(&levels[0].1, &picture);
        let (source, out) = (Fenced::new(picture.len() + room), Fenced::new(bytes + room));
        Self { case, picture, source, out, levels, bytes, expected }
    }

    /// Renders at every level.
    pub fn check(&mut self, setting: Setting) {
        let Self { case, picture, source, out, bytes, .. } = self;
        let slack = if setting.told { source.after(setting.image, picture.len()) } else { 0 };
        let at = source.at(setting.image, picture.len());
        let around = AROUND[(at / 4) % 2];
        source.fill(around)[at..][..picture.len()].copy_from_slice(picture);
        source.freeze();
        let base = source.as_ptr().wrapping_add(at);
        // SAFETY: the picture stands there in C order, `slack` bytes of its memory after it, and is not written as long
        // as the view is used.
        let image = unsafe { ImageView::new(base, case.dtype, case.shape, case.strides()).with_slack(slack) };
        for (level, pipeline) in &self.levels {
            let what = format!("{level}, {setting:?}, {slack} bytes told, {around:#x} around");
            let first = out.at(setting.out, *bytes);
            let memory = out.fill(CANARY);
            let place = &mut memory[first..][..*bytes];
            let result = watched(&format!("{what}: {case:?}"), || case.render(pipeline, &image, place));
            let got = result.map(|()| place.to_vec());
            let (before, rest) = memory.split_at(first);
            let canaries = before.iter().chain(&rest[*bytes..]);
            assert!(canaries.clone().all(|byte| *byte == CANARY), "{what}: wrote beyond its place: {case:?}");
            case.agree(&what, &got, &self.expected);
        }
    }
}

const fn place(side: Side, gap: usize) -> Place {
    Place { side, gap }
}

#[test]
fn every_size_against_both_fences() {
    let mut n = 0;
    for size in sizes().chain([[224, 224], [1, 224], [224, 1]]) {
        for (channels, dtype) in kinds() {
            for _ in 0..4 {
                let mut bench = Bench::new(Case::any(size, channels, dtype, n), 256);
                for (side, gap, told) in
                    [(Side::End, 0, false), (Side::Start, 0, false), (Side::End, 256, true), (Side::Start, 0, true)]
                {
                    bench.check(Setting { image: place(side, gap), told, out: place(side, 0) });
                }
                n += 1;
            }
        }
    }
}

#[test]
fn every_alignment() {
    let mut n = 0;
    for size in [[1, 1], [3, 17], [16, 16], [5, 33]] {
        for (channels, dtype) in kinds() {
            for gap in 0..64 {
                let mut bench = Bench::new(Case::any(size, channels, dtype, n), 64);
                for side in [Side::End, Side::Start] {
                    // A batch is aligned to its type.
                    bench.check(Setting { image: place(side, gap), told: gap % 2 == 0, out: place(side, gap / 4 * 4) });
                }
                n += 1;
            }
        }
    }
}

#[test]
fn every_slack() {
    let mut n = 0;
    for (channels, dtype) in kinds() {
        for geometry in geometry::all([17, 17]) {
            let mut bench = Bench::new(Case::new([17, 17], channels, dtype, geometry, mixed(n)), 512);
            for slack in [0, 1, 3, 4, 7, 8, 12, 16, 31, 32, 63, 64, 127, 128, 255, 256, 257, 260, 512] {
                bench.check(Setting { image: place(Side::End, slack), told: true, out: place(Side::End, 0) });
            }
            n += 1;
        }
    }
}

#[test]
fn a_batch_that_is_not_aligned_to_its_type_is_refused() {
    for n in 0..64 {
        let case = Case::any([5, 7], 3, Dtype::Uint8, n);
        let (pipeline, picture) = (&case.everywhere()[0].1, case.picture());
        let bytes = pipeline.batch_bytes(1).expect("one sample fits");
        let mut out = Fenced::new(bytes + 1);
        // SAFETY: the slice is a picture in C order, borrowed as long as the view is used.
        let image = unsafe { ImageView::new(picture.as_ptr(), case.dtype, case.shape, case.strides()) };
        let result = case.render(pipeline, &image, &mut out.bytes()[1..][..bytes]);
        assert_eq!(matches!(result, Err(Error::Shape(_))), pipeline.output_dtype().size() > 1, "{result:?}: {case:?}");
    }
}
