//! What is measured: a pipeline at a level.

use std::fmt;

use samebatch_core::Spec;
use samebatch_core::batch::Pipeline;
use samebatch_core::kernels::SourceShape;
use samebatch_core::kernels::level::{Level, available};
use samebatch_core::source::{Dtype, ImageView};
use serde_json::{Value, json};

/// Rows and columns of an image.
pub const SIDE: usize = 224;

/// One sample's geometry, as users ask for it.
pub const TURNED: [f64; 7] = [1.0, 0.0, 17.0, 0.07, -0.04, 0.9, 0.9];

/// A pipeline for images of one kind.
#[derive(Clone, Copy, Debug)]
pub struct Work {
    /// Of the source.
    pub source: Dtype,
    /// Of the source.
    pub channels: usize,
    /// Of the source, both ways.
    pub side: usize,
    /// How images of another side are resized.
    pub resample: &'static str,
    /// How geometry reads between pixels.
    pub interpolation: &'static str,
    /// What it sees outside the image.
    pub fill_mode: &'static str,
    /// Of the batch.
    pub dtype: &'static str,
    /// Of the batch.
    pub layout: &'static str,
    /// The last step.
    pub scaling: &'static str,
    /// The sample's flips, angle, shifts, zooms.
    pub geometry: [f64; 7],
}

impl Work {
    /// Uint8 or float32 images to a float32 batch by all that users ask for.
    pub const fn usual(source: Dtype, channels: usize) -> Self {
        Self {
            source,
            channels,
            side: SIDE,
            resample: "bilinear",
            interpolation: "bilinear",
            fill_mode: "nearest",
            dtype: "float32",
            layout: "channels_last",
            scaling: "Normalize",
            geometry: TURNED,
        }
    }

    /// (height, width, channels) of the source.
    pub const fn shape(&self) -> [usize; 3] {
        [self.side, self.side, self.channels]
    }

    /// Values of an image of the source.
    pub const fn len(&self) -> usize {
        self.side * self.side * self.channels
    }

    fn range(&self) -> [f64; 2] {
        match self.source {
            Dtype::Uint8 => [0.0, 255.0],
            Dtype::Float32 => [0.0, 1.0],
        }
    }

    /// An image in bytes, no two the same.
    pub fn picture(&self, number: usize) -> Vec<u8> {
        let mut state = number as u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        match self.source {
            Dtype::Uint8 => (0..self.len()).map(|_| next()).collect(),
            Dtype::Float32 => (0..self.len()).flat_map(|_| (f32::from(next()) * (1.0 / 255.0)).to_ne_bytes()).collect(),
        }
    }

    /// A view of an image in C order, `slack` bytes after it.
    pub fn view<'a>(&self, bytes: &'a [u8], slack: usize) -> ImageView<'a> {
        assert_eq!(bytes.len(), self.len() * self.source.size() + slack, "an image and its slack");
        let size = self.source.size().cast_signed();
        let [_, width, channels] = self.shape().map(usize::cast_signed);
        let strides = [width * channels * size, channels * size, size];
        // SAFETY: the slice is an image in C order and the slack, borrowed as long as the view lives.
        unsafe { ImageView::new(bytes.as_ptr(), self.source, self.shape(), strides).with_slack(slack) }
    }

    fn transforms(&self) -> Vec<Value> {
        let mut list = vec![
            json!({"kind": "RandomFlip", "id": "flip", "horizontal": 0.5, "vertical": 0.0}),
            json!({"kind": "RandomRotation", "id": "rotation", "low": -20.0, "high": 20.0}),
            json!({"kind": "RandomShift", "id": "shift", "width_low": -0.1, "width_high": 0.1, "height_low": -0.1,
                   "height_high": 0.1}),
            json!({"kind": "RandomZoom", "id": "zoom", "low": 0.8, "high": 1.2, "independent": false}),
            json!({"kind": "RandomBrightness", "id": "brightness", "low": 0.8, "high": 1.2}),
        ];
        match self.scaling {
            "Normalize" => list.push(json!({"kind": "Normalize", "id": "normalize", "mean": [0.45], "std": [0.225]})),
            "Standardize" => list.push(json!({"kind": "Standardize", "id": "own", "mean": true, "std": true,
                                              "per_channel": false, "epsilon": 1e-7})),
            // Flips alone: what draws no geometry, has none.
            "flip and Normalize" => {
                list.drain(1..);
                list.push(json!({"kind": "Normalize", "id": "normalize", "mean": [0.45], "std": [0.225]}));
            }
            _ if self.source == Dtype::Float32 => {
                list.push(json!({"kind": "Rescale", "id": "bytes", "scale": 255.0, "offset": 0.0}));
            }
            _ => {}
        }
        list
    }

    /// The pipeline.
    pub fn at(&self, level: Level) -> Pipeline {
        let [low, high] = self.range();
        let Self { side, channels, .. } = *self;
        let source = SourceShape { size: Some([side, side]), channels, dtype: self.source, low, high };
        let spec = json!({
            "stream": 1,
            "size": if side == SIDE { None } else { Some([SIDE, SIDE]) },
            "resample": self.resample,
            "interpolation": self.interpolation,
            "fill_mode": self.fill_mode,
            "fill_value": 0.0,
            "dtype": self.dtype,
            "layout": self.layout,
            "transforms": self.transforms(),
        });
        let spec = Spec::from_json(&spec.to_string()).expect("a pipeline");
        Pipeline::at_level(spec, source, None, level).expect("a pipeline for this source")
    }
}

/// A work, and at which level.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// What.
    pub work: Work,
    /// Where.
    pub level: Level,
    /// What tells it from its neighbours.
    name: &'static str,
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.level)
    }
}

/// Works by name, each at every level of this machine.
pub fn everywhere<const N: usize>(works: [(&'static str, Work); N]) -> Vec<Run> {
    let levels = available();
    works
        .into_iter()
        .flat_map(|(name, work)| levels.iter().map(move |level| Run { work, level: *level, name }))
        .collect()
}
