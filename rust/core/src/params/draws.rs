//! Draws: (seed, epoch, sample, repeat, transform id) -> the numbers of a sample, one row of the params table.

use super::logarithm::{exp, log};
use super::philox::{Place, Words, stream_key};
use crate::Error;
use crate::spec::{
    LARGEST_ANGLE, LARGEST_CHANNEL_SHIFT, LARGEST_FACTOR, LARGEST_RATIO, LARGEST_SHEAR, LARGEST_ZOOM, SMALLEST_AREA,
    Spec, Transform, check_channels,
};

/// How a word becomes a parameter.
#[derive(Clone, Debug, PartialEq)]
enum Rule {
    /// 1 with this probability, else 0.
    Chance(f64),
    /// Evenly between the two.
    Between(f64, f64),
    /// Between the two, with logarithms that are.
    Ratio { low: f64, high: f64, log_low: f64, log_high: f64 },
    /// One of these, each as likely.
    Pick(Vec<f64>),
}

#[derive(Clone, Debug)]
struct Column {
    name: String,
    /// The number of the word in the transform's stream.
    draw: u64,
    rule: Rule,
    /// The least and the most its transform can mean, whatever this pipeline's range.
    limits: (f64, f64),
}

/// One transform's columns and its random stream.
#[derive(Clone, Debug)]
struct Stream {
    key: u64,
    columns: Vec<Column>,
}

/// A pipeline's params table: its columns, and how each is drawn.
#[derive(Clone, Debug)]
pub struct Draws {
    streams: Vec<Stream>,
    columns: usize,
}

/// A draw of low + (high - low) * u may land an ulp or two beyond `high`; a replay of it is no mistake.
const ROUNDING: f64 = 1.0 + 8.0 * f64::EPSILON;

impl Draws {
    /// The params table of a pipeline for images of `channels` channels.
    ///
    /// # Errors
    /// [`Error::Shape`] if `channels` is not in 1..=32.
    pub fn new(spec: &Spec, channels: usize) -> Result<Self, Error> {
        check_channels(channels)?;
        let streams: Vec<Stream> = spec
            .transforms
            .iter()
            .map(|transform| Stream { key: stream_key(transform.id()), columns: columns(transform, channels) })
            .filter(|stream| !stream.columns.is_empty())
            .collect();
        let columns = streams.iter().map(|stream| stream.columns.len()).sum();
        Ok(Self { streams, columns })
    }

    /// How many numbers a row has.
    pub fn width(&self) -> usize {
        self.columns
    }

    /// The columns' names, `"<id>.<name>"`, in pipeline order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.streams.iter().flat_map(|stream| stream.columns.iter().map(|column| column.name.as_str()))
    }

    /// Draw one row into `row`, which has [`width`](Self::width) places.
    pub fn draw(&self, place: Place, row: &mut [f64]) {
        let mut places = row.iter_mut();
        for stream in &self.streams {
            let mut words = Words::new(stream.key, place);
            for (column, value) in stream.columns.iter().zip(&mut places) {
                *value = column.rule.apply(words.uniform(column.draw));
            }
        }
    }

    /// Check a row that a user brings.
    ///
    /// # Errors
    /// [`Error::Shape`] if it has another number of columns; [`Error::Spec`] naming the column if a value is not
    /// finite or not one that its transform could have.
    pub fn check(&self, row: &[f64]) -> Result<(), Error> {
        if row.len() != self.columns {
            return Err(Error::Shape(format!(
                "a row of params has {} columns, the pipeline {}",
                row.len(),
                self.columns
            )));
        }
        let columns = self.streams.iter().flat_map(|stream| &stream.columns);
        for (column, value) in columns.zip(row) {
            column.check(*value)?;
        }
        Ok(())
    }
}

impl Rule {
    #[inline]
    fn apply(&self, u: f64) -> f64 {
        match self {
            Self::Chance(probability) => f64::from(u8::from(u < *probability)),
            Self::Between(low, high) => low + (high - low) * u,
            Self::Ratio { low, high, log_low, log_high } => exp(log_low + (log_high - log_low) * u).clamp(*low, *high),
            Self::Pick(list) => {
                let place = (u * list.len() as f64) as usize;
                list[place.min(list.len() - 1)]
            }
        }
    }
}

impl Column {
    fn check(&self, value: f64) -> Result<(), Error> {
        let (low, high) = self.limits;
        let (fits, wanted) = match &self.rule {
            Rule::Chance(_) => (value == 0.0 || value == 1.0, "0 or 1".to_owned()),
            Rule::Between(..) | Rule::Ratio { .. } => {
                ((low..=high * ROUNDING).contains(&value), format!("in [{low}, {high}]"))
            }
            Rule::Pick(list) => (list.contains(&value), format!("one of {list:?}")),
        };
        if fits {
            return Ok(());
        }
        Err(Error::Spec(format!("params: {} = {value} must be {wanted}", self.name)))
    }
}

/// The columns of one transform.
fn columns(transform: &Transform, channels: usize) -> Vec<Column> {
    let column = |name: &str, draw: u64, rule: Rule, limits: (f64, f64)| Column {
        name: format!("{}.{name}", transform.id()),
        draw,
        rule,
        limits,
    };
    let chance = |name, draw, probability| column(name, draw, Rule::Chance(probability), (0.0, 1.0));
    let either_way =
        |name: &str, draw, low, high, limit: f64| column(name, draw, Rule::Between(low, high), (-limit, limit));
    match *transform {
        Transform::RandomResizedCrop { scale_low, scale_high, ratio_low, ratio_high, .. } => {
            let ratio =
                Rule::Ratio { low: ratio_low, high: ratio_high, log_low: log(ratio_low), log_high: log(ratio_high) };
            vec![
                column("area", 0, Rule::Between(scale_low, scale_high), (SMALLEST_AREA, 1.0)),
                column("ratio", 1, ratio, (1.0 / LARGEST_RATIO, LARGEST_RATIO)),
                column("x", 2, Rule::Between(0.0, 1.0), (0.0, 1.0)),
                column("y", 3, Rule::Between(0.0, 1.0), (0.0, 1.0)),
            ]
        }
        Transform::RandomFlip { horizontal, vertical, .. } => {
            vec![chance("horizontal", 0, horizontal), chance("vertical", 1, vertical)]
        }
        Transform::RandomRotation { low, high, .. } => vec![either_way("angle", 0, low, high, LARGEST_ANGLE)],
        Transform::RandomShift {
            width_low,
            width_high,
            height_low,
            height_high,
            unit,
            ref widths,
            ref heights,
            ..
        } => {
            let axis = |name, draw, low, high, list: &Option<Vec<f64>>| match list {
                Some(list) => column(name, draw, Rule::Pick(list.clone()), (-unit.limit(), unit.limit())),
                None => either_way(name, draw, low, high, unit.limit()),
            };
            vec![axis("width", 0, width_low, width_high, widths), axis("height", 1, height_low, height_high, heights)]
        }
        Transform::RandomShear { x_low, x_high, y_low, y_high, .. } => {
            vec![either_way("x", 0, x_low, x_high, LARGEST_SHEAR), either_way("y", 1, y_low, y_high, LARGEST_SHEAR)]
        }
        Transform::RandomZoom { low, high, independent, .. } => {
            let limits = (1.0 / LARGEST_ZOOM, LARGEST_ZOOM);
            let axis = |name, draw| column(name, draw, Rule::Between(low, high), limits);
            vec![axis("x", 0), axis("y", u64::from(independent))]
        }
        Transform::RandomQuarterTurn { ref turns, .. } => {
            vec![column("turns", 0, Rule::Pick(turns.iter().copied().map(f64::from).collect()), (0.0, 3.0))]
        }
        Transform::RandomBrightness { low, high, .. } => {
            vec![column("factor", 0, Rule::Between(low, high), (0.0, LARGEST_FACTOR))]
        }
        Transform::RandomChannelShift { low, high, independent, .. } => (0..channels)
            .map(|channel| {
                let draw = if independent { channel as u64 } else { 0 };
                either_way(&format!("shift_{channel}"), draw, low, high, LARGEST_CHANNEL_SHIFT)
            })
            .collect(),
        Transform::CenterCrop { .. }
        | Transform::Rescale { .. }
        | Transform::Normalize { .. }
        | Transform::Standardize { .. }
        | Transform::Whiten { .. } => Vec::new(),
    }
}
