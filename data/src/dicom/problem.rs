//! Problems of scans.

use super::data_set::Tag;
use super::keywords::name;
use std::io;
use thiserror::Error;

/// The problem with a DICOM file.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "each variant is described by its message")]
#[non_exhaustive]
pub enum Problem {
    #[error("is not a DICOM file: expected `DICM` at byte 128, or attributes of group 8, found {}", bytes(.found))]
    Foreign { found: Vec<u8> },
    #[error("is cut short in {}: expected {expected} bytes, found {found}", name(*.tag))]
    Cut { tag: Tag, expected: u64, found: u64 },
    #[error("has more than {most} sequences within one another")]
    Nested { most: usize },
    #[error("has {} where an item of a sequence should begin", name(*.tag))]
    Delimiter { tag: Tag },
    #[error("cannot be unpacked ({cause})")]
    Deflate {
        #[source]
        cause: io::Error,
    },
    #[error("has no attribute {}", name(*.tag))]
    Missing { tag: Tag },
    #[error("has {} `{found}`, expected {expected}", name(*.tag))]
    Attribute { tag: Tag, expected: &'static str, found: String },
    #[error("`{found}` is not the keyword of an attribute")]
    Keyword { found: String },
    #[error("has no pixels{}", kind(.class))]
    NoPixels { class: String },
    #[error("is compressed by {name} ({uid}), expected uncompressed, RLE, 8-bit JPEG or lossless JPEG")]
    Syntax { name: &'static str, uid: String },
    #[error("has pixels that are not encoded as its transfer syntax says ({uid})")]
    Encapsulation { uid: String },
    #[error(
        "has PhotometricInterpretation `{found}`, expected MONOCHROME1, MONOCHROME2, RGB, YBR_FULL, YBR_FULL_422 or PALETTE COLOR"
    )]
    Photometric { found: String },
    #[error("has pixels that are cut short: expected {expected} bytes for {frames} frames, found {found}")]
    Truncated { frames: usize, expected: u64, found: u64 },
    #[error("has compressed pixels in {found} fragments, which cannot be assigned to {expected} frames")]
    Frames { expected: usize, found: usize },
    #[error("has frame {frame} damaged: {reason}")]
    Rle { frame: usize, reason: &'static str },
    #[error("has frame {frame}, which cannot be decoded as JPEG ({cause})")]
    Jpeg { frame: usize, cause: String },
    #[error("has frame {frame} in lossy JPEG of {bits} bits, expected 8-bit or lossless JPEG")]
    Precision { frame: usize, bits: u8 },
    #[error("has frame {frame} of [rows, columns, samples] {found:?}, expected {expected:?}")]
    FrameSize { frame: usize, expected: [usize; 3], found: [usize; 3] },
    #[error(
        "has a window of center {center} and width {width}, expected finite numbers and a width of at least 1"
    )]
    Window { center: f64, width: f64 },
    #[error("has intensities from {least} to {most}, expected finite ones")]
    Range { least: f64, most: f64 },
    #[error("has a window of the function `{found}`, expected LINEAR, LINEAR_EXACT or SIGMOID")]
    Function { found: String },
    #[error("is at the same place as another slice of its series: {place} mm along the normal")]
    Place { place: f64 },
    #[error("has frames of {found:?}, expected {expected:?} as the first of its series")]
    Sizes { expected: [usize; 3], found: [usize; 3] },
}

impl Problem {
    /// Returns advice that fixes the problem, if there is any.
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Problem::Cut { .. } | Problem::Truncated { .. } | Problem::Deflate { .. } => {
                "the file was not copied or downloaded completely: fetch it again"
            }
            Problem::Syntax { .. } | Problem::Encapsulation { .. } | Problem::Precision { .. } => {
                "convert it with `gdcmconv --raw INPUT OUTPUT`"
            }
            Problem::Jpeg { .. }
            | Problem::Rle { .. }
            | Problem::Frames { .. }
            | Problem::FrameSize { .. } => {
                "convert it with `gdcmconv --raw INPUT OUTPUT`, or leave it out with `damaged=skip`"
            }
            Problem::Foreign { .. } | Problem::NoPixels { .. } => {
                "move it out of the folder, or leave it out with `damaged=skip`"
            }
            Problem::Keyword { .. } => "write a keyword such as `PatientID`, or a number such as `00100020`",
            Problem::Window { .. } | Problem::Range { .. } | Problem::Function { .. } => {
                "write a window of your own, such as `center=40, width=400`"
            }
            Problem::Place { .. } => "keep the slices of one time and one echo",
            _ => "leave it out with `damaged=skip`",
        };
        Some(text.into())
    }
}

fn kind(uid: &str) -> String {
    let name = match uid {
        "" => return String::new(),
        "1.2.840.10008.1.3.10" => "it is a DICOMDIR, the directory of other files",
        _ if uid.starts_with("1.2.840.10008.5.1.4.1.1.88.") => "it is a structured report",
        _ if uid.starts_with("1.2.840.10008.5.1.4.1.1.481.") => {
            "it is a plan or a structure set of radiotherapy"
        }
        _ if uid.starts_with("1.2.840.10008.5.1.4.1.1.9.") => "it is a waveform",
        _ => return format!(": its class is {uid}"),
    };
    format!(": {name}")
}

fn bytes(found: &[u8]) -> String {
    if found.is_empty() { "no bytes".into() } else { format!("`{}`", found.escape_ascii()) }
}
