//! One image after the other, all within the cache: what computing costs.

use divan::Bencher;
use divan::counter::BytesCount;
use samebatch_core::batch::buffers::Buffer;
use samebatch_core::batch::{Job, Pipeline};
use samebatch_core::kernels::level::available;
use samebatch_core::source::{Dtype::Float32, Dtype::Uint8, ImageView};

use super::work::{Run, SIDE, Work, everywhere};

const IMAGES: usize = 4;
const STILL: [f64; 7] = [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0];

fn render(pipeline: &Pipeline, image: &ImageView<'_>, row: &[f64], out: &mut [u8]) {
    let job = Job { images: &std::slice::from_ref(image), names: &[7], threads: 1 };
    pipeline.render(&job, row, out).expect("an image like any other");
}

/// Times a work, after a look at its bytes.
fn time(bencher: Bencher<'_, '_>, run: &Run) {
    let work = run.work;
    let (pipeline, portable) = (work.at(run.level), work.at(available()[0]));
    let row: Vec<f64> = work.geometry.into_iter().chain([1.1]).collect();
    let slack = 4096;
    let pictures: Vec<Vec<u8>> = (0..IMAGES).map(|number| [work.picture(number), vec![0; slack]].concat()).collect();
    let images: Vec<ImageView<'_>> = pictures.iter().map(|picture| work.view(picture, slack)).collect();
    let bytes = pipeline.batch_bytes(1).expect("one sample fits");
    let (mut out, mut expected) = (Buffer::new(bytes).expect("memory"), Buffer::new(bytes).expect("memory"));
    for image in &images {
        render(&pipeline, image, &row, out.as_mut_slice());
        render(&portable, image, &row, expected.as_mut_slice());
        assert!(out.as_mut_slice() == expected.as_mut_slice(), "{run} makes other bytes than portable");
    }
    let mut images = images.iter().cycle();
    bencher.counter(BytesCount::new(bytes)).bench_local(|| {
        render(&pipeline, images.next().expect("endless"), &row, out.as_mut_slice());
    });
}

/// Writing as many bytes as a float32, a float16 and a uint8 image of three channels has.
#[divan::bench(args = [SIDE * SIDE * 12, SIDE * SIDE * 6, SIDE * SIDE * 3])]
fn fill(bencher: Bencher<'_, '_>, bytes: usize) {
    let mut out = Buffer::new(bytes).expect("memory");
    bencher.counter(BytesCount::new(bytes)).bench_local(|| {
        divan::black_box(out.as_mut_slice()).fill(divan::black_box(7));
    });
}

#[divan::bench(args = everywhere([
    ("uint8 x 1", Work::usual(Uint8, 1)),
    ("uint8 x 3", Work::usual(Uint8, 3)),
    ("uint8 x 4", Work::usual(Uint8, 4)),
    ("uint8 x 5", Work::usual(Uint8, 5)),
    ("float32 x 1", Work::usual(Float32, 1)),
    ("float32 x 3", Work::usual(Float32, 3)),
    ("float32 x 4", Work::usual(Float32, 4)),
]))]
fn bilinear(bencher: Bencher<'_, '_>, run: &Run) {
    time(bencher, run);
}

#[divan::bench(args = everywhere([
    ("uint8 x 1", Work { interpolation: "nearest", ..Work::usual(Uint8, 1) }),
    ("uint8 x 3", Work { interpolation: "nearest", ..Work::usual(Uint8, 3) }),
    ("float32 x 3", Work { interpolation: "nearest", ..Work::usual(Float32, 3) }),
]))]
fn nearest(bencher: Bencher<'_, '_>, run: &Run) {
    time(bencher, run);
}

#[divan::bench(args = everywhere([
    ("nearest", Work::usual(Uint8, 3)),
    ("constant", Work { fill_mode: "constant", ..Work::usual(Uint8, 3) }),
    ("reflect", Work { fill_mode: "reflect", ..Work::usual(Uint8, 3) }),
    ("wrap", Work { fill_mode: "wrap", ..Work::usual(Uint8, 3) }),
]))]
fn fill_mode(bencher: Bencher<'_, '_>, run: &Run) {
    time(bencher, run);
}

#[divan::bench(args = everywhere([
    ("copy uint8 x 3", Work { geometry: STILL, ..Work::usual(Uint8, 3) }),
    ("copy float32 x 3", Work { geometry: STILL, ..Work::usual(Float32, 3) }),
    ("flip", Work { geometry: [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0], ..Work::usual(Uint8, 3) }),
    ("upside down", Work { geometry: [0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0], ..Work::usual(Uint8, 3) }),
    ("shift", Work { geometry: [0.0, 0.0, 0.0, 0.0625, -0.0625, 1.0, 1.0], ..Work::usual(Uint8, 3) }),
    ("quarter turn", Work { geometry: [0.0, 0.0, 90.0, 0.0, 0.0, 1.0, 1.0], ..Work::usual(Uint8, 3) }),
]))]
fn whole_pixels(bencher: Bencher<'_, '_>, run: &Run) {
    time(bencher, run);
}

#[divan::bench(args = everywhere([
    ("float32 last", Work::usual(Uint8, 3)),
    ("float32 first", Work { layout: "channels_first", ..Work::usual(Uint8, 3) }),
    ("float16 last", Work { dtype: "float16", ..Work::usual(Uint8, 3) }),
    ("float16 first", Work { dtype: "float16", layout: "channels_first", ..Work::usual(Uint8, 3) }),
    ("bfloat16 last", Work { dtype: "bfloat16", ..Work::usual(Uint8, 3) }),
    ("bfloat16 first", Work { dtype: "bfloat16", layout: "channels_first", ..Work::usual(Uint8, 3) }),
    ("uint8 last", Work { dtype: "uint8", scaling: "none", ..Work::usual(Uint8, 3) }),
    ("uint8 first", Work { dtype: "uint8", layout: "channels_first", scaling: "none", ..Work::usual(Uint8, 3) }),
]))]
fn output(bencher: Bencher<'_, '_>, run: &Run) {
    time(bencher, run);
}

#[divan::bench(args = everywhere([
    ("uint8 x 3", Work { geometry: STILL, scaling: "Standardize", ..Work::usual(Uint8, 3) }),
    ("float32 x 3", Work { geometry: STILL, scaling: "Standardize", ..Work::usual(Float32, 3) }),
]))]
fn standardize(bencher: Bencher<'_, '_>, run: &Run) {
    time(bencher, run);
}

/// To 224 x 224.
#[divan::bench(args = everywhere([
    ("uint8 448", Work { geometry: STILL, side: 448, ..Work::usual(Uint8, 3) }),
    ("uint8 300", Work { geometry: STILL, side: 300, ..Work::usual(Uint8, 3) }),
    ("uint8 300 nearest", Work { geometry: STILL, side: 300, resample: "nearest", ..Work::usual(Uint8, 3) }),
    ("uint8 300 lanczos", Work { geometry: STILL, side: 300, resample: "lanczos", ..Work::usual(Uint8, 3) }),
    ("uint8 300 x 1", Work { geometry: STILL, side: 300, ..Work::usual(Uint8, 1) }),
    ("uint8 300 x 4", Work { geometry: STILL, side: 300, ..Work::usual(Uint8, 4) }),
    ("uint8 112", Work { geometry: STILL, side: 112, ..Work::usual(Uint8, 3) }),
    ("float32 300", Work { geometry: STILL, side: 300, ..Work::usual(Float32, 3) }),
]))]
fn resize(bencher: Bencher<'_, '_>, run: &Run) {
    time(bencher, run);
}
