//! A batch is the same bytes however it is made, and what is wrong with it is the same error.

use samebatch_core::batch::{Job, Pipeline, draw};
use samebatch_core::kernels::SourceShape;
use samebatch_core::source::{Dtype, ImageView};
use samebatch_core::{Error, Spec};

const SIDE: usize = 19;
const CHANNELS: usize = 3;
const SIZE: usize = SIDE * SIDE * CHANNELS;
const COUNT: usize = 23;
const SPEC: &str = r#"{"stream":1,"size":null,"resample":"bilinear","interpolation":"bilinear","fill_mode":"reflect",
    "fill_value":0.0,"dtype":"float32","layout":"channels_last","transforms":[
    {"kind":"RandomFlip","id":"flip","horizontal":0.5,"vertical":0.5},
    {"kind":"RandomRotation","id":"rotation","low":-90.0,"high":90.0},
    {"kind":"RandomBrightness","id":"brightness","low":0.5,"high":1.5}]}"#;

/// Pixels of a period that divides no row and no image.
fn images() -> Vec<f32> {
    (0..COUNT * SIZE).map(|at| (at % 251) as f32 / 250.0).collect()
}

fn views(images: &[f32]) -> Vec<ImageView<'_>> {
    let (across, down) = ((CHANNELS * 4).cast_signed(), (SIDE * CHANNELS * 4).cast_signed());
    let view = |image: &[f32]| {
        // SAFETY: the slice is an image in C order, borrowed as long as the view lives.
        unsafe { ImageView::new(image.as_ptr().cast(), Dtype::Float32, [SIDE, SIDE, CHANNELS], [down, across, 4]) }
    };
    images.chunks(SIZE).map(view).collect()
}

fn pipeline() -> Pipeline {
    let source =
        SourceShape { size: Some([SIDE, SIDE]), channels: CHANNELS, dtype: Dtype::Float32, low: 0.0, high: 1.0 };
    Pipeline::new(Spec::from_json(SPEC).unwrap(), source, None).unwrap()
}

fn names() -> Vec<u64> {
    (100..).take(COUNT).collect()
}

/// The batch of all images, between canaries.
fn whole(pipeline: &Pipeline, images: &[f32], threads: usize) -> Result<Vec<u32>, Error> {
    const CANARY: u32 = 0xDEAD_BEEF;
    let mut out = vec![CANARY; COUNT * SIZE + 32];
    let (views, names) = (views(images), names());
    let job = Job { images: &views.as_slice(), names: &names, threads };
    // SAFETY: any bytes are `u32`s, and these are theirs.
    let bytes = unsafe { std::slice::from_raw_parts_mut(out[16..].as_mut_ptr().cast::<u8>(), COUNT * SIZE * 4) };
    pipeline.batch(&job, 7, 3, &[1; COUNT], bytes)?;
    assert!(out[..16].iter().chain(&out[16 + COUNT * SIZE..]).all(|word| *word == CANARY), "wrote beyond its place");
    Ok(out[16..16 + COUNT * SIZE].to_vec())
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let (pipeline, images) = (pipeline(), images());
    let expected = whole(&pipeline, &images, 1).unwrap();
    for threads in [2, 3, 7, 64, 2, 1] {
        for _ in 0..10 {
            assert_eq!(whole(&pipeline, &images, threads).unwrap(), expected, "{threads} threads");
        }
    }
}

#[test]
fn drawing_then_rendering_one_by_one_is_the_batch() {
    let (pipeline, images, names) = (pipeline(), images(), names());
    let expected = whole(&pipeline, &images, 1).unwrap();
    let mut params = vec![0.0; COUNT * pipeline.draws().width()];
    draw(pipeline.draws(), 7, 3, &names, &[1; COUNT], &mut params).unwrap();
    let views = views(&images);
    for position in (0..COUNT).rev() {
        let image = &views[position..=position];
        let job = Job { images: &image, names: &names[position..=position], threads: 1 };
        let mut out = vec![0_f32; SIZE];
        // SAFETY: any bytes are `f32`s, and these are theirs.
        let bytes = unsafe { std::slice::from_raw_parts_mut(out.as_mut_ptr().cast::<u8>(), SIZE * 4) };
        let width = pipeline.draws().width();
        pipeline.render(&job, &params[position * width..][..width], bytes).unwrap();
        let got: Vec<u32> = out.iter().map(|value| value.to_bits()).collect();
        assert_eq!(got, expected[position * SIZE..][..SIZE], "position {position}");
    }
}

#[test]
fn the_first_wrong_sample_is_the_error_whoever_meets_it() {
    let pipeline = pipeline();
    for wrong in [vec![0], vec![22], vec![4, 5, 6, 20], vec![13, 14, 22]] {
        let mut images = images();
        for position in &wrong {
            images[position * SIZE + 5] = f32::NAN;
        }
        for threads in [1, 2, 7] {
            for _ in 0..20 {
                let error = whole(&pipeline, &images, threads).unwrap_err();
                let first = format!("sample {}", 100 + wrong[0]);
                assert!(matches!(&error, Error::Pixel(text) if text.contains(&first)), "{error}");
            }
        }
    }
}

#[test]
fn rows_that_cannot_be_replayed_name_their_sample() {
    let (pipeline, images, names) = (pipeline(), images(), names());
    let views = views(&images);
    let mut params = [0.0, 0.0, 0.0, 1.0].repeat(COUNT);
    params[4 * 9 + 2] = f64::NAN;
    let mut out = vec![0; COUNT * SIZE * 4];
    let job = Job { images: &views.as_slice(), names: &names, threads: 3 };
    let error = pipeline.render(&job, &params, &mut out).unwrap_err();
    assert!(matches!(&error, Error::Spec(text) if text.contains("sample 109") && text.contains("rotation.angle")));
}

#[test]
fn lengths_and_threads_are_checked() {
    let (pipeline, images, names) = (pipeline(), images(), names());
    let views = views(&images);
    let mut out = vec![0; COUNT * SIZE * 4];
    let job = Job { images: &views.as_slice(), names: &names, threads: 1 };
    assert!(matches!(pipeline.render(&job, &[0.0; 3], &mut out), Err(Error::Shape(_))));
    assert!(matches!(pipeline.batch(&job, 0, 0, &[0; 3], &mut out), Err(Error::Shape(_))));
    assert!(matches!(pipeline.batch(&job, 0, 0, &[0; COUNT], &mut out[1..]), Err(Error::Shape(_))));
    let short = Job { names: &names[1..], ..job };
    assert!(matches!(pipeline.batch(&short, 0, 0, &[0; COUNT], &mut out), Err(Error::Shape(_))));
    for threads in [0, 1025] {
        assert!(matches!(pipeline.batch(&Job { threads, ..job }, 0, 0, &[0; COUNT], &mut out), Err(Error::Spec(_))));
    }
    let nothing = Job { images: &[].as_slice(), names: &[], threads: 4 };
    assert_eq!(pipeline.batch(&nothing, 0, 0, &[], &mut []), Ok(()));
}
