//! All that a pipeline can ask for beside geometry.

use samebatch_core::source::Dtype;
use serde_json::{Value, json};

/// A pipeline but its geometry.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// How geometry reads between pixels.
    pub interpolation: &'static str,
    /// What it sees outside the image.
    pub fill_mode: &'static str,
    /// Of the batch.
    pub dtype: &'static str,
    /// Of the batch.
    pub layout: &'static str,
    /// How `size` resizes.
    pub resample: &'static str,
    /// How an image of another aspect comes to `size`.
    pub fit: &'static str,
    /// Which photometry and scaling.
    pub values: Values,
}

/// Photometry and scaling, by what they are for the kernels.
#[derive(Clone, Copy, Debug)]
pub enum Values {
    /// A neutral link, if the values need not be brought to the range of the batch.
    Plain,
    /// One link.
    Scaled,
    /// One with bounds, if the values need not be brought to the range of the batch.
    Clipped,
    /// Two, the first with bounds.
    Bright,
    /// Four, three of them with bounds.
    Many,
    /// Statistics of all channels, with a tail.
    Standardized,
    /// Statistics of each channel.
    EachStandardized,
}

impl Style {
    /// One of all, each as likely as any other for numbers that tell nothing of each other.
    pub fn nth(mut n: u64) -> Self {
        let mut of = |count: u64| {
            let digit = n % count;
            n /= count;
            digit as usize
        };
        let values = [
            Values::Plain,
            Values::Scaled,
            Values::Clipped,
            Values::Bright,
            Values::Many,
            Values::Standardized,
            Values::EachStandardized,
        ];
        Self {
            interpolation: ["bilinear", "nearest"][of(2)],
            fill_mode: ["nearest", "constant", "reflect", "wrap"][of(4)],
            dtype: ["float32", "float16", "bfloat16", "uint8"][of(4)],
            layout: ["channels_last", "channels_first"][of(2)],
            values: values[of(7)],
            resample: ["bilinear", "nearest", "box", "hamming", "bicubic", "lanczos"][of(6)],
            fit: ["stretch", "crop", "pad"][of(3)],
        }
    }

    /// How many there are.
    pub const COUNT: u64 = 2 * 4 * 4 * 2 * 7 * 6 * 3;

    /// Photometry and scaling for a source, and their params.
    pub fn values(self, source: Dtype, [low, high]: [f64; 2], channels: usize) -> (Vec<Value>, Vec<f64>) {
        let rescale =
            |id: &str, scale: f64, offset: f64| json!({"kind": "Rescale", "id": id, "scale": scale, "offset": offset});
        let brightness = || json!({"kind": "RandomBrightness", "id": "brightness", "low": 1.0, "high": 1.0});
        let shift =
            |id: &str| json!({"kind": "RandomChannelShift", "id": id, "low": 0.0, "high": 0.0, "independent": true});
        let shifts = |by: f64| (0..channels).map(move |channel| by - 0.01 * channel as f64);
        let standardize = |per_channel: bool| {
            json!({"kind": "Standardize", "id": "own", "mean": true, "std": true, "per_channel": per_channel,
                   "epsilon": 1e-3})
        };
        let mean: Vec<f64> = (0..channels).map(|channel| 0.4 + 0.01 * channel as f64).collect();
        let std = [0.21].repeat(channels);
        let normalize = json!({"kind": "Normalize", "id": "normalize", "mean": mean, "std": std});
        if self.dtype == "uint8" {
            // Values go from 1 to 251, or stay where they are.
            let scale = 250.0 / (high - low);
            let fit = rescale("fit", scale, 1.0 - low * scale);
            return match self.values {
                Values::Plain if source == Dtype::Uint8 && high - low > 1.0 => (vec![], vec![]),
                Values::Plain | Values::Standardized => (vec![fit], vec![]),
                Values::Scaled => (vec![fit, rescale("half", 0.5, 3.25)], vec![]),
                Values::Clipped | Values::Bright | Values::EachStandardized => (vec![brightness(), fit], vec![1.37]),
                Values::Many => (
                    vec![shift("a"), brightness(), shift("b"), fit],
                    shifts(0.2).chain([0.9]).chain(shifts(-0.1)).collect(),
                ),
            };
        }
        match self.values {
            Values::Plain => (vec![], vec![]),
            Values::Scaled => (vec![normalize], vec![]),
            Values::Clipped => (vec![shift("a")], shifts(0.0).collect()),
            Values::Bright => (vec![brightness(), normalize], vec![1.37]),
            Values::Many => (
                vec![shift("a"), brightness(), rescale("scale", 1e-2, 3e-3 * (high - low)), shift("b"), normalize],
                shifts(0.2).chain([0.9]).chain(shifts(-0.1)).collect(),
            ),
            Values::Standardized => (vec![standardize(false), rescale("tail", 0.5, 0.25 * (high - low))], vec![]),
            Values::EachStandardized => (vec![brightness(), standardize(true)], vec![0.7]),
        }
    }
}
