//! Errors of an augmentation.

use thiserror::Error as ThisError;

/// The reason why samples cannot be augmented.
#[derive(Clone, Debug, PartialEq, ThisError)]
#[allow(missing_docs, reason = "each variant is described by its message")]
#[non_exhaustive]
pub enum Error {
    #[error("`augment {operation}` changes images, and the samples are of shape {found:?}")]
    NoImage { operation: &'static str, found: Vec<usize> },
    #[error("`augment {operation}` needs red, green and blue, and the samples have {found} channels")]
    Channels { operation: &'static str, found: usize },
    #[error("`augment {operation}` takes windows of {window:?}, and the images are of {image:?}")]
    Window { operation: &'static str, window: [usize; 2], image: [usize; 2] },
    #[error("`augment {operation}` makes targets of two classes at once, and the targets are one class each")]
    Classes { operation: &'static str },
    #[error("`augment {operation}` takes pixels from 0 to 1, found {found}")]
    Pixels { operation: &'static str, found: f32 },
    #[error("samples of shape {found:?} cannot be shown as images")]
    Features { found: Vec<usize> },
    #[error("targets of {found} numbers are no images of {image:?}, as the inputs are")]
    TargetImages { image: [usize; 2], found: usize },
}

impl Error {
    /// Returns advice that fixes the error, if there is any.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Error::NoImage { .. } | Error::Channels { .. } => "leave the operation out".into(),
            Error::Features { .. } => return None,
            Error::Window { .. } => "the window must fit into the images".into(),
            Error::Classes { .. } => {
                "give a number for each class, or let `Dataset::one_hot` make them, and use a loss that compares numbers"
                    .into()
            }
            Error::Pixels { .. } => {
                "augmentation comes before scaling: divide the file's numbers by the largest, and leave \
                 `normalize` to the recipe or `Dataset::scale_later`"
                    .into()
            }
            Error::TargetImages { .. } => "give each sample a target for each pixel".into(),
        })
    }
}
