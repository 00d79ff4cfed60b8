//! Pixels of a file, a frame at a time.

use super::data_set::{DataSet, PIXEL_DATA, Tag, Value};
use super::layout::{Layout, Photometric};
use super::syntax::{Codec, Syntax};
use super::{Problem, jpeg, rle};

const CLASS: Tag = 0x0008_0016;

/// The samples of a frame as they lie in the file: those of the first channel, then those of the next.
pub(super) type Samples = Vec<u32>;

/// Encoded pixels.
pub(super) struct Pixels<'a> {
    layout: Layout,
    codec: Codec,
    data: Data<'a>,
}

enum Data<'a> {
    Native {
        bytes: &'a [u8],
        big_endian: bool,
        /// Bytes lie in words of 16 bits, whose order is that of the file.
        swapped: bool,
    },
    /// The parts of each frame.
    Frames(Vec<Vec<&'a [u8]>>),
}

impl<'a> Pixels<'a> {
    /// Checks that there are pixels, and that they can be decoded.
    pub(super) fn check(set: &DataSet<'_>, syntax: Syntax, uid: &str) -> Result<(), Problem> {
        match syntax.codec {
            _ if !set.elements.contains_key(&PIXEL_DATA) => Err(Problem::NoPixels { class: set.text(CLASS) }),
            Codec::Other(name) => Err(Problem::Syntax { name, uid: uid.into() }),
            _ => Ok(()),
        }
    }

    /// Finds the frames, and checks that there are as many bytes as the header says.
    pub(super) fn of(
        set: &'a DataSet<'_>,
        layout: Layout,
        syntax: Syntax,
        uid: &str,
    ) -> Result<Pixels<'a>, Problem> {
        let Some(element) = set.elements.get(&PIXEL_DATA) else {
            return Err(Problem::NoPixels { class: set.text(CLASS) });
        };
        let data = match (&element.value, syntax.codec) {
            (Value::Bytes(bytes), Codec::Native) => {
                let big_endian = syntax.encoding.big_endian;
                let swapped = big_endian && layout.allocated == 8 && element.vr == Some(*b"OW");
                let expected = native_bits(&layout).and_then(|bits| bits.checked_mul(layout.frames));
                let expected = expected.map_or(u64::MAX, |bits| bits.div_ceil(8) as u64);
                if (bytes.len() as u64) < expected {
                    return Err(Problem::Truncated {
                        frames: layout.frames,
                        expected,
                        found: bytes.len() as u64,
                    });
                }
                Data::Native { bytes, big_endian, swapped }
            }
            (Value::Fragments(fragments), Codec::Rle | Codec::Jpeg) => {
                Data::Frames(frames(fragments, layout.frames)?)
            }
            _ => return Err(Problem::Encapsulation { uid: uid.into() }),
        };
        Ok(Pixels { layout, codec: syntax.codec, data })
    }

    /// Decodes a frame; returns it with the meaning that its samples have then.
    pub(super) fn frame(&self, frame: usize) -> Result<(Samples, Photometric), Problem> {
        let photometric = self.layout.photometric;
        match &self.data {
            Data::Native { bytes, big_endian, swapped } => {
                Ok((self.native(bytes, *big_endian, *swapped, frame), photometric))
            }
            Data::Frames(frames) => {
                let bytes = frames[frame].concat();
                if self.codec == Codec::Rle {
                    return Ok((rle::decode(&bytes, &self.layout, frame)?, photometric));
                }
                jpeg::decode(&bytes, &self.layout, frame)
            }
        }
    }

    fn native(&self, bytes: &[u8], big_endian: bool, swapped: bool, frame: usize) -> Samples {
        let Layout { samples, planar, allocated, photometric, .. } = self.layout;
        let area = self.layout.area();
        // Their number was checked against that of the bytes.
        let first = frame * native_bits(&self.layout).unwrap_or(0);
        let sample = |index: usize| match allocated {
            1 => u32::from(bytes[(first + index) / 8] >> ((first + index) % 8) & 1),
            8 => {
                let place = first / 8 + index;
                let place = if swapped && place ^ 1 < bytes.len() { place ^ 1 } else { place };
                u32::from(bytes[place])
            }
            16 => {
                let place = first / 8 + 2 * index;
                let bytes = [bytes[place], bytes[place + 1]];
                u32::from(if big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
            }
            _ => {
                let place = first / 8 + 4 * index;
                let bytes = std::array::from_fn(|byte| bytes[place + byte]);
                if big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
            }
        };
        let place = |channel: usize, pixel: usize| match photometric {
            // Two luminances, and the differences of both pixels.
            Photometric::Ybr422 if channel == 0 => pixel / 2 * 4 + pixel % 2,
            Photometric::Ybr422 => pixel / 2 * 4 + 1 + channel,
            _ if planar => channel * area + pixel,
            _ => pixel * samples + channel,
        };
        (0..samples)
            .flat_map(|channel| (0..area).map(move |pixel| (channel, pixel)))
            .map(|(channel, pixel)| sample(place(channel, pixel)))
            .collect()
    }
}

/// Returns the bits of a frame without compression, unless they are too many to count.
fn native_bits(layout: &Layout) -> Option<usize> {
    let samples = match layout.photometric {
        Photometric::Ybr422 => layout.area().div_ceil(2).checked_mul(4)?,
        _ => layout.area().checked_mul(layout.samples)?,
    };
    samples.checked_mul(layout.allocated as usize)
}

/// The table of offsets that a file without parts of pixels has.
const NO_TABLE: &[u8] = &[];

/// Groups the parts of compressed pixels, the first of which is a table of offsets, by frames.
fn frames<'a>(fragments: &[&'a [u8]], frames: usize) -> Result<Vec<Vec<&'a [u8]>>, Problem> {
    let (&table, fragments) = fragments.split_first().unwrap_or((&NO_TABLE, &[]));
    if frames == 1 {
        return Ok(vec![fragments.to_vec()]);
    }
    if fragments.len() == frames {
        return Ok(fragments.iter().map(|&fragment| vec![fragment]).collect());
    }
    let (offsets, _) = table.as_chunks::<4>();
    let wrong = Problem::Frames { expected: frames, found: fragments.len() };
    if offsets.len() != frames {
        return Err(wrong);
    }
    let offsets: Vec<u64> = offsets.iter().map(|&offset| u64::from(u32::from_le_bytes(offset))).collect();
    let mut grouped = vec![vec![]; frames];
    let (mut frame, mut place) = (0, 0);
    for &fragment in fragments {
        while offsets.get(frame + 1).is_some_and(|&next| next <= place) {
            frame += 1;
        }
        grouped[frame].push(fragment);
        // Each has a tag and a length before it.
        place += fragment.len() as u64 + 8;
    }
    if grouped.iter().any(Vec::is_empty) { Err(wrong) } else { Ok(grouped) }
}
