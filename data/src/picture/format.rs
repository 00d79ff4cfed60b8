//! Kinds of picture files, told by how a file begins.

use std::fmt;

/// Format of a picture file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Portable Network Graphics.
    Png,
    /// JPEG, baseline or progressive.
    Jpeg,
    /// Tagged Image File Format; the first page.
    Tiff,
    /// Windows bitmap.
    Bmp,
    /// WebP; the first frame.
    WebP,
    /// Graphics Interchange Format; the first frame.
    Gif,
}

impl Format {
    /// Returns the format of a file that begins with these bytes.
    pub fn of(beginning: &[u8]) -> Option<Format> {
        const MAGIC: [(&[u8], Format); 8] = [
            (b"\x89PNG\r\n\x1a\n", Format::Png),
            (b"\xff\xd8\xff", Format::Jpeg),
            (b"II*\0", Format::Tiff),
            (b"MM\0*", Format::Tiff),
            (b"II+\0", Format::Tiff),
            (b"MM\0+", Format::Tiff),
            (b"GIF87a", Format::Gif),
            (b"GIF89a", Format::Gif),
        ];
        if let Some((_, format)) = MAGIC.iter().find(|(magic, _)| beginning.starts_with(magic)) {
            return Some(*format);
        }
        match beginning {
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Format::WebP),
            // Two letters are little evidence: the size of the header that follows must be one that exists.
            [b'B', b'M', _, _, _, _, _, _, _, _, _, _, _, _, size, 0, 0, 0, ..] => {
                [12, 16, 40, 52, 56, 64, 108, 124].contains(size).then_some(Format::Bmp)
            }
            _ => None,
        }
    }

    /// Returns whether this build reads the format.
    pub(super) fn is_built(self) -> bool {
        matches!(self, Format::Png | Format::Jpeg) || cfg!(feature = "more-pictures")
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Format::Png => "PNG",
            Format::Jpeg => "JPEG",
            Format::Tiff => "TIFF",
            Format::Bmp => "BMP",
            Format::WebP => "WebP",
            Format::Gif => "GIF",
        })
    }
}

/// Names what a file is that is no picture of a known [`Format`].
pub(super) fn other(beginning: &[u8]) -> &'static str {
    let at = |offset: usize, magic: &[u8]| beginning.get(offset..).is_some_and(|b| b.starts_with(magic));
    match beginning {
        [] => "an empty file",
        _ if at(4, b"ftypavif") => "an AVIF picture",
        _ if at(4, b"ftyphei") || at(4, b"ftypmif1") => "a HEIF picture",
        _ if at(0, b"\0\0\0\x0cjP") || at(0, b"\xff\x4f\xff\x51") => "a JPEG 2000 picture",
        _ if at(0, b"\0\0\0\x0cJXL") || at(0, b"\xff\x0a") => "a JPEG XL picture",
        _ if at(0, b"8BPS") => "a Photoshop document",
        _ if at(0, b"%PDF") => "a PDF document",
        _ if at(0, b"PK\x03\x04") => "a ZIP archive",
        _ if at(0, &[0x1f, 0x8b]) => "a gzip archive",
        _ if at(0, b"\x93NUMPY") => "a NumPy array",
        _ if at(128, b"DICM") => "a DICOM scan",
        _ if at(0, b"<svg") || at(0, b"<?xml") => "an SVG drawing or other XML",
        _ if at(0, b"<!") || at(0, b"<html") => "an HTML page",
        _ if at(0, b"version https://git-lfs") => "a pointer of Git LFS",
        _ => "a file of an unknown kind",
    }
}
