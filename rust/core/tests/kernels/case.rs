//! What the tests render: sizes, pictures, pipelines.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use bytemuck::cast_slice_mut;
use samebatch_core::batch::{Job, Pipeline};
use samebatch_core::kernels::SourceShape;
use samebatch_core::kernels::level::{Level, available};
use samebatch_core::source::{Dtype, ImageView};
use samebatch_core::{Error, Spec};
use serde_json::json;

use super::geometry::{self, Geometry};
use super::style::Style;

/// Numbers of channels: those with a path of their own, some others, the most.
pub const CHANNELS: [usize; 6] = [1, 2, 3, 4, 5, 32];

/// Both types of pixel.
pub const DTYPES: [Dtype; 2] = [Dtype::Uint8, Dtype::Float32];

/// Each number of channels of each type of pixel.
pub fn kinds() -> impl Iterator<Item = (usize, Dtype)> {
    CHANNELS.into_iter().flat_map(|channels| DTYPES.map(|dtype| (channels, dtype)))
}

/// (height, width) at the edges of a block of 16 columns, each with each.
pub fn sizes() -> impl Iterator<Item = [usize; 2]> {
    const SIDES: [usize; 9] = [1, 2, 15, 16, 17, 31, 32, 33, 48];
    SIDES.into_iter().flat_map(|height| SIDES.map(|width| [height, width]))
}

/// A number that tells nothing of `n`, and is the same in every run: which of many things to try with which.
pub const fn mixed(n: u64) -> u64 {
    let n = n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let n = (n ^ n >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ n >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ n >> 31
}

/// A sample and what is made of it.
#[derive(Clone, Debug)]
pub struct Case {
    /// (height, width, channels) of the source.
    pub shape: [usize; 3],
    /// Of the source.
    pub dtype: Dtype,
    /// The lowest and the highest value of a pixel.
    pub range: [f64; 2],
    /// All of the pipeline but its geometry.
    pub style: Style,
    /// (height, width) to resize to.
    pub size: Option<[usize; 2]>,
    /// What moves.
    pub geometry: Geometry,
}

impl Case {
    /// One of all, and a size to resize to now and then.
    pub fn any(size: [usize; 2], channels: usize, dtype: Dtype, n: u64) -> Self {
        let any = mixed(n);
        let to = any.is_multiple_of(4).then(|| sizes().nth(any as usize / 4 % 81).expect("81 sizes"));
        let geometries = geometry::all(to.unwrap_or(size));
        let geometry = geometries[(any >> 32) as usize % geometries.len()];
        Self { size: to, ..Self::new(size, channels, dtype, geometry, mixed(any)) }
    }

    /// The `n`th style for a picture whose size stays.
    pub fn new([height, width]: [usize; 2], channels: usize, dtype: Dtype, geometry: Geometry, n: u64) -> Self {
        let usual = !n.is_multiple_of(5);
        let range = match dtype {
            Dtype::Uint8 => [[16.0, 235.0], [0.0, 255.0]][usize::from(usual)],
            Dtype::Float32 => [[-2.0, 3.0], [0.0, 1.0]][usize::from(usual)],
        };
        Self { shape: [height, width, channels], dtype, range, style: Style::nth(n), size: None, geometry }
    }

    /// The bytes of a picture: noise, and in it the values that are most likely to go wrong.
    pub fn picture(&self) -> Vec<u8> {
        let [low, high] = self.range;
        let len = self.shape.iter().product::<usize>();
        let noise = (0..len as u64).map(mixed);
        match self.dtype {
            Dtype::Uint8 => {
                let pixel = |n: u64| match n % 8 {
                    0 => low as u8,
                    1 => high as u8,
                    _ => low as u8 + ((n >> 32) % (high - low + 1.0) as u64) as u8,
                };
                noise.map(pixel).collect()
            }
            Dtype::Float32 => {
                let pixel = |n: u64| match n % 16 {
                    0 => low as f32,
                    1 => high as f32,
                    2 => -0.0,
                    3 => f32::from_bits(n as u32 >> 16), // subnormal
                    _ => (low + (high - low) * (n >> 11) as f64 / (1_u64 << 53) as f64) as f32,
                };
                noise.flat_map(|n| pixel(n).clamp(low as f32, high as f32).to_ne_bytes()).collect()
            }
        }
    }

    /// The strides of a picture that lies in one run, in bytes.
    pub fn strides(&self) -> [isize; 3] {
        let [_, width, channels] = self.shape.map(usize::cast_signed);
        let size = self.dtype.size().cast_signed();
        [width * channels * size, channels * size, size]
    }

    /// Its pipeline at a level.
    pub fn at(&self, level: Level) -> Pipeline {
        let [height, width, channels] = self.shape;
        let [low, high] = self.range;
        let source = SourceShape { size: Some([height, width]), channels, dtype: self.dtype, low, high };
        let size = self.size.unwrap_or([height, width]);
        let middle = f64::midpoint(low, high);
        let (values, _) = self.style.values(self.dtype, self.range, channels);
        let cut = self.part().map(|_| {
            json!({"kind": "RandomResizedCrop", "id": "cut", "scale_low": 0.1, "scale_high": 1.0, "ratio_low": 0.5,
                   "ratio_high": 2.0})
        });
        let spec = json!({
            "stream": 1,
            "size": self.size,
            "resample": self.style.resample,
            "fit": if self.size.is_some() { self.style.fit } else { "stretch" },
            "interpolation": self.style.interpolation,
            "fill_mode": self.style.fill_mode,
            "fill_value": if self.dtype == Dtype::Uint8 { middle.floor() } else { middle },
            "dtype": self.style.dtype,
            "layout": self.style.layout,
            "transforms": cut.into_iter().chain(geometry::transforms(size)).chain(values).collect::<Vec<_>>(),
        });
        let bound = Spec::from_json(&spec.to_string()).and_then(|spec| Pipeline::at_level(spec, source, None, level));
        bound.unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Its pipeline at every level of this machine, portable first.
    pub fn everywhere(&self) -> Vec<(Level, Pipeline)> {
        available().into_iter().map(|level| (level, self.at(level))).collect()
    }

    /// Which part is cut out: of what is resized now and then nothing, else anything.
    fn part(&self) -> Option<[f64; 4]> {
        let [height, width] = self.size?;
        let any = mixed((height * 100 + width) as u64);
        let fraction = |shift: u32| f64::from((any >> shift) as u16) / 65536.0;
        (!any.is_multiple_of(3))
            .then(|| [0.01 + 0.99 * fraction(0), 0.3 + 2.0 * fraction(16), fraction(32), fraction(48)])
    }

    /// The row of the params table.
    pub fn row(&self) -> Vec<f64> {
        let (_, values) = self.style.values(self.dtype, self.range, self.shape[2]);
        self.part().into_iter().flatten().chain(self.geometry.row()).chain(values).collect()
    }

    /// Renders an image.
    pub fn render(&self, pipeline: &Pipeline, image: &ImageView<'_>, out: &mut [u8]) -> Result<(), Error> {
        let job = Job { images: &std::slice::from_ref(image), names: &[7], threads: 1 };
        pipeline.render(&job, &self.row(), out)
    }

    /// Renders a picture that lies in one run, of which nothing may be read that is not of it.
    pub fn render_plain(&self, pipeline: &Pipeline, picture: &[u8]) -> Result<Vec<u8>, Error> {
        static CALLS: AtomicU64 = AtomicU64::new(0);
        // SAFETY: the slice is a picture in C order, borrowed as long as the view is used.
        let image = unsafe { ImageView::new(picture.as_ptr(), self.dtype, self.shape, self.strides()) };
        let bytes = pipeline.batch_bytes(1)?;
        // Aligned for every type, and never the same twice: what is not written differs.
        let mut out = vec![mixed(CALLS.fetch_add(1, Relaxed)) as u32; bytes.div_ceil(4)];
        let out = &mut cast_slice_mut(&mut out)[..bytes];
        self.render(pipeline, &image, out)?;
        Ok(out.to_vec())
    }

    /// Fails where two results differ, and says where.
    pub fn agree(&self, what: &str, got: &Result<Vec<u8>, Error>, expected: &Result<Vec<u8>, Error>) {
        let (Ok(got), Ok(expected)) = (got, expected) else {
            assert_eq!(got, expected, "{what}: {self:?}");
            assert!(matches!(got, Err(Error::Spec(_))), "{what}: {got:?} for {self:?}");
            return;
        };
        assert_eq!(got.len(), expected.len(), "{what}: {self:?}");
        if let Some(at) = (0..got.len()).find(|at| got[*at] != expected[*at]) {
            let count = (0..got.len()).filter(|at| got[*at] != expected[*at]).count();
            let (got, expected) = (got[at], expected[at]);
            panic!("{what}: {count} bytes differ, the first is byte {at}: {got}, expected {expected}: {self:?}");
        }
    }
}
