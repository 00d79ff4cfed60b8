//! Problems of picture files, of masks, and of folders of pictures.

use super::{Format, MOST_SAMPLES};
use std::io;
use thiserror::Error;

/// The problem with a picture, a mask, or a folder of pictures.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Problem {
    /// The contents are of no known format.
    #[error("is {found}; expected a PNG, JPEG, TIFF, BMP, WebP or GIF picture")]
    Unknown {
        /// The kind of file.
        found: &'static str,
    },
    /// The format is known, but its reader was not compiled in.
    #[error("is a {format} file; this build reads only PNG and JPEG")]
    NotBuilt {
        /// The format.
        format: Format,
    },
    /// The data ends before the picture does.
    #[error("is cut off: the {format} data ends before the picture does")]
    Truncated {
        /// The format.
        format: Format,
    },
    /// The data contradicts the format.
    #[error("is a damaged {format} file: {reason}")]
    Damaged {
        /// The format.
        format: Format,
        /// The contradiction.
        reason: String,
    },
    /// The file may be right, but is of a kind that is not read.
    #[error("is a {format} file of a kind that cannot be read: {reason}")]
    Unsupported {
        /// The format.
        format: Format,
        /// The kind.
        reason: String,
    },
    /// The file is larger than any picture that is read.
    #[error("has {bytes} bytes; at most {most} are read")]
    LargeFile {
        /// The size of the file.
        bytes: u64,
        /// The limit.
        most: u64,
    },
    /// The header promises more than is read.
    #[error("has {width}x{height} pixels of {channels} channels; at most {MOST_SAMPLES} samples are read")]
    TooLarge {
        /// The width in pixels.
        width: u64,
        /// The height in pixels.
        height: u64,
        /// The number of channels.
        channels: usize,
    },
    /// The picture has no pixels.
    #[error("has no pixels: its size is {width}x{height}")]
    NoPixels {
        /// The width in pixels.
        width: u64,
        /// The height in pixels.
        height: u64,
    },
    /// A picture of floats has a value that is no number.
    #[error("has a NaN or infinite value at row {row}, column {column}")]
    NotFinite {
        /// The row, counted from 0.
        row: usize,
        /// The column, counted from 0.
        column: usize,
    },
    /// The size is not the network's.
    #[error("has {} rows and {} columns; expected {} rows and {} columns", .found[0], .found[1], .expected[0], .expected[1])]
    Size {
        /// The height and width of the picture.
        found: [usize; 2],
        /// The height and width that are wanted.
        expected: [usize; 2],
    },
    /// No picture has this number of channels.
    #[error("a picture cannot have {wanted} channels; expected 1 (grey), 3 (RGB) or 4 (RGBA)")]
    Channels {
        /// The number of channels that is wanted.
        wanted: usize,
    },
    /// A mask's class indices would come from colours or lossy data.
    #[error("is {found}, whose pixels are not class indices; expected a grey or palette PNG")]
    NotIndices {
        /// The kind of picture.
        found: String,
    },
    /// A mask has a colour that is not in the table.
    #[error("has the colour #{:02x}{:02x}{:02x} at row {row}, column {column}, which is not in the table of colours", .colour[0], .colour[1], .colour[2])]
    Colour {
        /// The colour.
        colour: [u8; 3],
        /// The row, counted from 0.
        row: usize,
        /// The column, counted from 0.
        column: usize,
        /// The most similar colour of the table.
        nearest: Option<[u8; 3]>,
    },
    /// A text is no colour.
    #[error("`{found}` is not a colour; expected `#rrggbb` with hexadecimal digits")]
    ColourText {
        /// The text.
        found: String,
    },
    /// A folder of pictures does not exist.
    #[error("there is no such folder")]
    NoFolder {
        /// The most similar name beside it.
        nearest: Option<String>,
    },
    /// A folder of pictures is a file.
    #[error("is a file; expected a folder with a sub-folder per class")]
    NotFolder,
    /// A folder of pictures has no sub-folders.
    #[error("has no sub-folders; expected one per class (pictures directly inside: {pictures})")]
    NoClasses {
        /// The number of pictures directly inside.
        pictures: usize,
    },
    /// Pictures are beside the sub-folders of classes.
    #[error("has pictures beside the folders of classes ({pictures}, such as `{first}`)")]
    Beside {
        /// The number of pictures.
        pictures: usize,
        /// The name of the first.
        first: String,
    },
    /// The folder of a class has no pictures.
    #[error("class `{class}` has no pictures (other files inside: {others})")]
    EmptyClass {
        /// The name of the class.
        class: String,
        /// The number of files that are no pictures.
        others: usize,
    },
    /// A picture cannot be written.
    #[error("cannot be written: {0}")]
    Write(#[source] io::Error),
}

impl Problem {
    /// Returns advice that fixes the problem, if there is any.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Problem::Unknown { .. } | Problem::Unsupported { .. } => {
                "convert it to PNG".into()
            }
            Problem::NotBuilt { .. } => {
                "turn on the feature `more-pictures`, or convert it to PNG".into()
            }
            Problem::Truncated { .. } | Problem::Damaged { .. } => {
                "the file may not have been copied or downloaded completely: fetch it again, or write \
                 `damaged=skip` to leave such files out"
                    .into()
            }
            Problem::LargeFile { .. } | Problem::TooLarge { .. } => {
                "scale it down, or cut it into tiles".into()
            }
            Problem::NoPixels { .. } => "write `damaged=skip` to leave such files out".into(),
            Problem::NotFinite { .. } => "replace such values, for example by 0".into(),
            Problem::Size { .. } => "write `fit=stretch` to scale height and width, `fit=pad` to scale and fill up, \
                                     or `fit=crop` to scale and cut off"
                .into(),
            Problem::Channels { .. } => "change the first number of `input`".into(),
            Problem::NotIndices { .. } => {
                "give the colours of the classes, as in `colours=[\"#000000\", \"#ff0000\"]`".into()
            }
            Problem::Colour { nearest, .. } => match nearest {
                Some([r, g, b]) => format!("the most similar colour of a class is #{r:02x}{g:02x}{b:02x}"),
                None => return None,
            },
            Problem::ColourText { .. } => "red is `#ff0000`".into(),
            Problem::NoFolder { nearest } => match nearest {
                Some(nearest) => format!("there is `{nearest}`"),
                None => "paths are relative to the .net file".into(),
            },
            Problem::NotFolder | Problem::NoClasses { .. } => {
                "put the pictures of each class into a folder of the class's name, or give a table with a column \
                 of files and one of labels"
                    .into()
            }
            Problem::Beside { .. } => "move them into the folders of their classes".into(),
            Problem::EmptyClass { .. } => "add pictures, or remove the folder".into(),
            Problem::Write(_) => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages() {
        let format = Format::Jpeg;
        let class = String::from("cat");
        let problems = [
            Problem::Unknown { found: "a HEIF picture" },
            Problem::NotBuilt { format: Format::Tiff },
            Problem::Truncated { format },
            Problem::Damaged { format, reason: "a Huffman code is unknown".into() },
            Problem::Unsupported { format, reason: "it has more than 8 bits".into() },
            Problem::LargeFile { bytes: 3 << 30, most: 1 << 30 },
            Problem::TooLarge { width: 20_000, height: 20_000, channels: 3 },
            Problem::NoPixels { width: 0, height: 3 },
            Problem::NotFinite { row: 3, column: 5 },
            Problem::Size { found: [480, 640], expected: [224, 224] },
            Problem::Channels { wanted: 2 },
            Problem::NotIndices { found: "a picture of colours".into() },
            Problem::Colour { colour: [255, 0, 1], row: 3, column: 5, nearest: Some([255, 0, 0]) },
            Problem::ColourText { found: "red".into() },
            Problem::NoFolder { nearest: Some("train".into()) },
            Problem::NoFolder { nearest: None },
            Problem::NotFolder,
            Problem::NoClasses { pictures: 12 },
            Problem::Beside { pictures: 1, first: "cat.jpg".into() },
            Problem::EmptyClass { class, others: 1 },
            Problem::Write(io::Error::new(io::ErrorKind::StorageFull, "no space left")),
        ];
        let texts = problems.map(|problem| match problem.help() {
            Some(help) => format!("{problem}\n    help: {help}"),
            None => problem.to_string(),
        });
        insta::assert_snapshot!(texts.join("\n"));
    }
}
