//! GIF files.

use super::orientation::Orientation;
use super::raw::{Colours, Raw};
use super::sample::Pixels;
use super::{Format, Header, Problem, admit};
use ::gif::{ColorOutput, DecodeOptions, Decoder, DecodingError, MemoryLimit};
use std::io::{ErrorKind, Read};

/// Reads the header.
pub(super) fn header(input: impl Read) -> Result<Header, Problem> {
    let (_, first) = begin(input)?;
    let channels =
        if first.is_whole() && first.palette.iter().all(|colour| colour[3] == 255) { 3 } else { 4 };
    Ok(Header { width: first.canvas[1], height: first.canvas[0], channels, bits: 8, format: Format::Gif })
}

/// Decodes the first frame of a file. What the frame does not cover is transparent.
pub(super) fn decode(bytes: &[u8]) -> Result<Raw, Problem> {
    let (mut decoder, First { canvas, offset, frame, palette }) = begin(bytes)?;
    let mut indices = vec![0; frame[0] * frame[1]];
    decoder.read_into_buffer(&mut indices).map_err(problem)?;
    let [height, width] = canvas;
    let (colours, samples) = if frame == canvas {
        (Colours::Palette(palette), indices)
    } else {
        let mut samples = vec![0; 4 * height * width];
        for (row, indices) in indices.chunks_exact(frame[1].max(1)).enumerate() {
            let start = 4 * ((row + offset[0]) * width + offset[1]);
            for (pixel, &index) in samples[start..].chunks_exact_mut(4).zip(indices) {
                pixel.copy_from_slice(palette.get(usize::from(index)).unwrap_or(&[0; 4]));
            }
        }
        (Colours::Rgba, samples)
    };
    let samples = Pixels::Bytes(samples);
    Ok(Raw { height, width, colours, bits: 8, transparent: None, samples, orientation: Orientation::UPRIGHT })
}

/// Sizes and place of the first frame, as rows and columns, and its colours.
struct First {
    /// The size of the picture, which is enlarged if the frame is outside.
    canvas: [usize; 2],
    /// The place of the frame.
    offset: [usize; 2],
    /// The size of the frame.
    frame: [usize; 2],
    palette: Vec<[u8; 4]>,
}

impl First {
    fn is_whole(&self) -> bool {
        self.frame == self.canvas
    }
}

/// Reads up to the data of the first frame.
fn begin<R: Read>(input: R) -> Result<(Decoder<R>, First), Problem> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    options.set_memory_limit(MemoryLimit::Bytes((1 << 28).try_into().unwrap_or(std::num::NonZeroU64::MAX)));
    let mut decoder = options.read_info(input).map_err(problem)?;
    let canvas = [decoder.height(), decoder.width()].map(usize::from);
    let global = decoder.global_palette().map(<[u8]>::to_vec);
    let Some(frame) = decoder.next_frame_info().map_err(problem)? else {
        return Err(Problem::Truncated { format: Format::Gif });
    };
    let offset = [frame.top, frame.left].map(usize::from);
    let size = [frame.height, frame.width].map(usize::from);
    let canvas = [0, 1].map(|i| canvas[i].max(offset[i] + size[i]));
    admit(canvas[1] as u64, canvas[0] as u64, 4)?;
    let transparent = frame.transparent.map(usize::from);
    let palette = frame
        .palette
        .clone()
        .or(global)
        .ok_or_else(|| Problem::Damaged { format: Format::Gif, reason: "it has no palette".into() })?;
    let palette = (palette.chunks_exact(3).enumerate())
        .map(|(i, c)| [c[0], c[1], c[2], if transparent == Some(i) { 0 } else { 255 }])
        .collect();
    Ok((decoder, First { canvas, offset, frame: size, palette }))
}

fn problem(error: DecodingError) -> Problem {
    let format = Format::Gif;
    match error {
        DecodingError::UnexpectedEof => Problem::Truncated { format },
        DecodingError::Io(error) if error.kind() == ErrorKind::UnexpectedEof => Problem::Truncated { format },
        error => Problem::Damaged { format, reason: error.to_string() },
    }
}
