//! What can go wrong, and the words it is told in.

/// Why a call was refused. Each variant names who is to act: the one who wrote the pipeline, shaped the arrays, ...
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// What the user wrote: a pipeline, a parameter, a seed.
    #[error("{0}")]
    Spec(String),
    /// A rank, a size, a length.
    #[error("{0}")]
    Shape(String),
    /// The type or the values of pixels.
    #[error("{0}")]
    Pixel(String),
    /// A file that is no image, or cannot be read.
    #[error("{0}")]
    Decode(String),
    /// What was called back broke off, for a reason that is its own: the whole call ends with it.
    #[error("{0}")]
    Interrupted(String),
    /// The system gave no memory or no threads.
    #[error("{0}")]
    Resource(String),
    /// A defect of this library: a panic that was caught before it could leave it.
    #[error("{0}")]
    Internal(String),
}

impl Error {
    /// The same error, its text preceded by the sample it happened in.
    #[must_use]
    pub fn in_sample(self, name: u64) -> Self {
        let tell = |text: String| format!("sample {name}: {text}");
        match self {
            Self::Spec(text) => Self::Spec(tell(text)),
            Self::Shape(text) => Self::Shape(tell(text)),
            Self::Pixel(text) => Self::Pixel(tell(text)),
            Self::Decode(text) => Self::Decode(tell(text)),
            Self::Interrupted(text) => Self::Interrupted(tell(text)),
            Self::Resource(text) => Self::Resource(tell(text)),
            Self::Internal(text) => Self::Internal(tell(text)),
        }
    }
}
