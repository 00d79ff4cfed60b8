//! Run lengths, as defined in [PS3.5 annex G](https://dicom.nema.org/medical/dicom/current/output/chtml/part05/chapter_g.html).

use super::Problem;
use super::layout::Layout;
use super::pixels::Samples;

/// Bytes of the table of segments.
const HEADER: usize = 64;

/// Decodes a frame. Each byte of a sample has a segment, the highest first.
pub(super) fn decode(bytes: &[u8], layout: &Layout, frame: usize) -> Result<Samples, Problem> {
    let damaged = |reason| Problem::Rle { frame, reason };
    let Some((header, _)) = bytes.split_first_chunk::<HEADER>() else {
        return Err(damaged("its table of segments is cut short"));
    };
    let (words, _) = header.as_chunks::<4>();
    let words: Vec<usize> = words.iter().map(|&word| u32::from_le_bytes(word) as usize).collect();
    let depth = layout.allocated.div_ceil(8) as usize;
    if layout.allocated < 8 || words[0] != layout.samples * depth {
        return Err(damaged("its number of segments is not that of the samples' bytes"));
    }
    let area = layout.area();
    let mut samples = Vec::new();
    for channel in 0..layout.samples {
        for byte in 0..depth {
            let index = 1 + channel * depth + byte;
            // The last segment ends with the frame.
            let end = if index < words[0] { words[index + 1] } else { bytes.len() };
            let Some(segment) = bytes.get(words[index]..end.min(bytes.len())) else {
                return Err(damaged("a segment begins after its end"));
            };
            let plane = unpack(segment, area);
            if plane.len() < area {
                return Err(damaged("a segment has fewer bytes than the frame has pixels"));
            }
            if byte == 0 {
                samples.resize((channel + 1) * area, 0);
            }
            for (sample, byte) in samples[channel * area..].iter_mut().zip(plane) {
                *sample = *sample << 8 | u32::from(byte);
            }
        }
    }
    Ok(samples)
}

/// Unpacks at most `most` bytes.
fn unpack(mut packed: &[u8], most: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while bytes.len() < most
        && let Some((&control, rest)) = packed.split_first()
    {
        packed = rest;
        match control {
            // That many bytes and one more follow as they are.
            0..128 => {
                let (literal, rest) = packed.split_at((usize::from(control) + 1).min(packed.len()));
                bytes.extend_from_slice(literal);
                packed = rest;
            }
            128 => {}
            // The next byte repeats.
            129.. => {
                let Some((&byte, rest)) = packed.split_first() else { break };
                bytes.resize(bytes.len() + 257 - usize::from(control), byte);
                packed = rest;
            }
        }
    }
    bytes.truncate(most);
    bytes
}
