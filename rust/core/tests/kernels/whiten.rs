//! Whitening: at every level, in groups of every size, each image is what a plain loop makes of it.

use std::sync::Arc;

use bytemuck::cast_slice_mut;
use samebatch_core::batch::{Job, Pipeline};
use samebatch_core::kernels::SourceShape;
use samebatch_core::kernels::level::{Level, available};
use samebatch_core::kernels::whiten::Whitening;
use samebatch_core::source::{Dtype, ImageView};
use samebatch_core::{Error, Spec};
use serde_json::json;

use super::case::mixed;

/// Numbers from -1 to 1.
fn noise(count: usize, seed: u64) -> Vec<f32> {
    (0..count as u64).map(|n| (mixed(n ^ seed << 32) >> 40) as f32 / (1 << 23) as f32 - 1.0).collect()
}

fn spec(features: usize, digest: &str) -> Spec {
    let whiten = json!({"kind": "Whiten", "id": "whiten", "features": features, "digest": digest});
    let text = json!({
        "stream": 1, "size": null, "resample": "bilinear", "interpolation": "bilinear", "fill_mode": "nearest",
        "fill_value": 0.0, "dtype": "float32", "layout": "channels_last", "transforms": [whiten],
    });
    Spec::from_json(&text.to_string()).expect("a spec")
}

fn source(shape: [usize; 3]) -> SourceShape {
    let [height, width, channels] = shape;
    SourceShape { size: Some([height, width]), channels, dtype: Dtype::Float32, low: -1.0, high: 1.0 }
}

/// The rule, number by number.
fn plain(image: &[f32], mean: &[f32], matrix: &[f32]) -> Vec<f32> {
    let features = mean.len();
    let number = |i: usize| {
        (0..features).step_by(64).fold(0.0_f32, |total, first| {
            let block = first..features.min(first + 64);
            total + block.fold(0.0_f32, |sum, j| sum + (image[j] - mean[j]) * matrix[j * features + i])
        })
    };
    (0..features).map(number).collect()
}

/// A batch of these images.
fn render(pipeline: &Pipeline, images: &[f32], shape: [usize; 3], threads: usize) -> Result<Vec<f32>, Error> {
    let (features, line) = (shape.iter().product::<usize>(), (shape[1] * shape[2] * 4).cast_signed());
    let strides = [line, (shape[2] * 4).cast_signed(), 4];
    let views: Vec<_> = images
        .chunks_exact(features)
        // SAFETY: the slice is an image in C order, borrowed as long as the view is used.
        .map(|image| unsafe { ImageView::new(image.as_ptr().cast(), Dtype::Float32, shape, strides) })
        .collect();
    let names: Vec<u64> = (0..views.len() as u64).collect();
    let mut out = vec![f32::NAN; images.len()];
    let job = Job { images: &views.as_slice(), names: &names, threads };
    pipeline.render(&job, &[], cast_slice_mut(&mut out))?;
    Ok(out)
}

#[test]
fn every_level_and_every_group() {
    for shape in [[1, 1, 1], [3, 5, 1], [4, 4, 4], [5, 13, 1], [3, 9, 5], [7, 11, 3]] {
        let features: usize = shape.iter().product();
        let (mean, matrix) = (noise(features, 1), noise(features * features, 2));
        let whitening = Arc::new(Whitening::new(&mean, &matrix).expect("a whitening"));
        for level in available() {
            let given = Some(Arc::clone(&whitening));
            let pipeline = Pipeline::at_level(spec(features, whitening.digest()), source(shape), given, level);
            let pipeline = pipeline.expect("a pipeline");
            for (count, threads) in [(1, 1), (2, 1), (3, 2), (4, 1), (5, 1), (21, 1), (37, 3)] {
                let images = noise(count * features, count as u64);
                let expected: Vec<f32> =
                    images.chunks_exact(features).flat_map(|image| plain(image, &mean, &matrix)).collect();
                let got = render(&pipeline, &images, shape, threads).expect("a batch");
                let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
                assert_eq!(bits(&got), bits(&expected), "{level}: {count} images of {shape:?} on {threads} threads");
            }
        }
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let eye = Whitening::new(&[0.0; 2], &[1.0, 0.0, 0.0, 1.0]).expect("a whitening");
    assert_eq!(eye.features(), 2);
    let bound = |digest: &str, given: Option<Whitening>| {
        Pipeline::at_level(spec(2, digest), source([1, 2, 1]), given.map(Arc::new), Level::Portable)
    };
    let digest = eye.digest().to_owned();
    assert!(matches!(bound(&digest, None), Err(Error::Spec(text)) if text.contains("there is none")));
    assert!(matches!(bound(&"0".repeat(32), Some(eye)), Err(Error::Spec(text)) if text.contains(&digest)));
    for (mean, matrix) in [(vec![], vec![]), (vec![0.0; 2], vec![0.0; 3]), (vec![0.0; 4097], vec![0.0; 4097])] {
        assert!(matches!(Whitening::new(&mean, &matrix), Err(Error::Shape(_))));
    }
    for (mean, matrix) in [([f32::NAN], [1.0]), ([0.0], [f32::INFINITY])] {
        assert!(matches!(Whitening::new(&mean, &matrix), Err(Error::Spec(_))));
    }
}

#[test]
fn numbers_beyond_float32_name_the_first_sample() {
    let large = Arc::new(Whitening::new(&[0.0; 2], &[3e38, 3e38, 0.0, 3e38]).expect("a whitening"));
    let pipeline = Pipeline::at_level(spec(2, large.digest()), source([1, 2, 1]), Some(large), Level::Portable);
    let pipeline = pipeline.expect("a pipeline");
    let mut images = vec![0.25; 2 * 40];
    (images[2 * 9], images[2 * 9 + 1], images[2 * 20]) = (1.0, 1.0, f32::NAN);
    for threads in [1, 2, 5] {
        let error = render(&pipeline, &images, [1, 2, 1], threads).expect_err("too large");
        assert!(matches!(&error, Error::Pixel(text) if text.starts_with("sample 9: its whitened")), "{error}");
    }
    images[2 * 9] = 0.0;
    let error = render(&pipeline, &images, [1, 2, 1], 2).expect_err("not a number");
    assert!(matches!(&error, Error::Pixel(text) if text.starts_with("sample 20: pixel at row 0")), "{error}");
}
