//! Batches of a data set that is larger than the last-level cache, into one kept buffer: what users pay.

use std::sync::OnceLock;

use divan::Bencher;
use divan::counter::ItemsCount;
use samebatch_core::batch::buffers::Buffer;
use samebatch_core::batch::{Job, Pipeline, threads};
use samebatch_core::kernels::level::available;
use samebatch_core::source::{Dtype::Float32, Dtype::Uint8, ImageView};

use super::work::{Run, SIDE, Work, everywhere};

/// Samples of a batch.
const BATCH: usize = 64;

/// Bytes of a data set; the last-level cache of a large processor has 32 million a core complex.
const BYTES: usize = 160_000_000;

/// All images of a source, one after the other.
fn data_set(work: &Work) -> &'static [u8] {
    static SETS: [OnceLock<Vec<u8>>; 2] = [const { OnceLock::new() }; 2];
    let count = BYTES / work.len() / work.source.size();
    let all = || (0..count).flat_map(|number| work.picture(number)).collect();
    SETS[usize::from(work.source == Float32)].get_or_init(all)
}

fn batch(pipeline: &Pipeline, images: &[ImageView<'_>], threads: usize, step: usize, out: &mut [u8]) {
    // Every image once before one comes again, and no two neighbours after each other.
    let names: [u64; BATCH] = std::array::from_fn(|k| ((step * BATCH + k) * 617 % images.len()) as u64);
    let images = names.map(|name| images[name as usize]);
    let job = Job { images: &images.as_slice(), names: &names, threads };
    pipeline.batch(&job, 7, step as u64, &[0; BATCH], out).expect("a batch");
}

fn time(bencher: Bencher<'_, '_>, run: &Run, threads: usize) {
    let work = run.work;
    let (pipeline, portable) = (work.at(run.level), work.at(available()[0]));
    let (set, size) = (data_set(&work), work.len() * work.source.size());
    let count = set.len() / size;
    let images: Vec<ImageView<'_>> = (0..count)
        .map(|number| {
            let rest = &set[number * size..];
            work.view(rest, rest.len() - size)
        })
        .collect();
    let bytes = pipeline.batch_bytes(BATCH).expect("a batch fits");
    let (mut out, mut expected) = (Buffer::new(bytes).expect("memory"), Buffer::new(bytes).expect("memory"));
    batch(&pipeline, &images, threads, 3, out.as_mut_slice());
    batch(&portable, &images, threads, 3, expected.as_mut_slice());
    assert!(out.as_mut_slice() == expected.as_mut_slice(), "{run} makes other bytes than portable");
    drop(expected);
    let mut step = 0;
    bencher.counter(ItemsCount::new(BATCH)).bench_local(|| {
        step += 1;
        batch(&pipeline, &images, threads, step, out.as_mut_slice());
    });
}

fn works() -> Vec<Run> {
    let plain = Work { scaling: "flip and Normalize", layout: "channels_first", ..Work::usual(Uint8, 3) };
    everywhere([
        ("uint8", Work::usual(Uint8, 3)),
        ("float32", Work::usual(Float32, 3)),
        ("uint8 to float16", Work { dtype: "float16", ..Work::usual(Uint8, 3) }),
        ("uint8 to uint8", Work { dtype: "uint8", scaling: "none", ..Work::usual(Uint8, 3) }),
        ("flip only", plain),
    ])
}

/// Writing as many bytes as a batch of float32 has.
#[divan::bench(max_time = 1)]
fn fill(bencher: Bencher<'_, '_>) {
    let mut out = Buffer::new(BATCH * SIDE * SIDE * 12).expect("memory");
    bencher.counter(ItemsCount::new(BATCH)).bench_local(|| {
        divan::black_box(out.as_mut_slice()).fill(divan::black_box(7));
    });
}

#[divan::bench(args = works(), max_time = 1)]
fn one_thread(bencher: Bencher<'_, '_>, run: &Run) {
    time(bencher, run, 1);
}

#[divan::bench(args = works(), max_time = 1)]
fn every_thread(bencher: Bencher<'_, '_>, run: &Run) {
    time(bencher, run, threads::available());
}
