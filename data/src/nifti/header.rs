//! Headers of NIfTI-1 (348 bytes) and NIfTI-2 (540 bytes), in both orders of bytes.

use super::affine::Affine;
use super::orientation::{Orientation, from_quaternion};
use super::{Problem, voxels::Kind};
use crate::Problem as FileProblem;
use crate::files::unreadable;
use std::io::Read;

/// A header whose lengths are positive and whose rotation is valid.
pub(super) struct Stored {
    /// The lengths of the axes, the first of which is contiguous.
    pub(super) shape: [usize; 3],
    /// The product of the lengths of all further axes.
    pub(super) channels: usize,
    pub(super) kind: Kind,
    pub(super) big_endian: bool,
    /// The bytes between the header, or the beginning of a pair's second file, and the voxels.
    pub(super) skipped: u64,
    /// The factor and the summand of the intensities.
    pub(super) scale: Option<(f64, f64)>,
    /// The first three rows of the affine map from indices to places.
    pub(super) affine: Affine,
    /// The length of the affine map's unit.
    pub(super) millimetres: f64,
    /// The voxels are in another file.
    pub(super) is_pair: bool,
}

/// Bytes of a header, and where its fields lie.
struct Fields<'a> {
    bytes: &'a [u8],
    big_endian: bool,
    version: u8,
}

impl Fields<'_> {
    fn bytes<const N: usize>(&self, offset: usize) -> [u8; N] {
        let mut bytes: [u8; N] = std::array::from_fn(|index| self.bytes[offset + index]);
        if self.big_endian {
            bytes.reverse();
        }
        bytes
    }

    /// Returns an integer of 16 bits at `one` in version 1, of 64 at `two` in version 2.
    fn length(&self, one: usize, two: usize) -> i64 {
        match self.version {
            1 => i64::from(i16::from_le_bytes(self.bytes(one))),
            _ => i64::from_le_bytes(self.bytes(two)),
        }
    }

    /// Returns an integer of 16 bits at `one` in version 1, of 32 at `two` in version 2.
    fn code(&self, one: usize, two: usize) -> i32 {
        match self.version {
            1 => i32::from(i16::from_le_bytes(self.bytes(one))),
            _ => i32::from_le_bytes(self.bytes(two)),
        }
    }

    /// Returns a float of 32 bits at `one` in version 1, of 64 at `two` in version 2.
    fn float(&self, one: usize, two: usize) -> f64 {
        match self.version {
            1 => f64::from(f32::from_le_bytes(self.bytes(one))),
            _ => f64::from_le_bytes(self.bytes(two)),
        }
    }

    /// Returns `N` floats that follow one another.
    fn floats<const N: usize>(&self, one: usize, two: usize) -> [f64; N] {
        std::array::from_fn(|index| self.float(one + 4 * index, two + 8 * index))
    }
}

impl Stored {
    /// Reads a header.
    pub(super) fn read(reader: &mut dyn Read) -> Result<Stored, FileProblem> {
        let mut bytes = Vec::new();
        reader.take(4).read_to_end(&mut bytes).map_err(unreadable)?;
        let Ok(size) = <[u8; 4]>::try_from(&bytes[..]) else {
            return Err(Problem::Foreign { found: bytes }.into());
        };
        let (len, big_endian, version) = match (u32::from_le_bytes(size), u32::from_be_bytes(size)) {
            (348, _) => (348, false, 1),
            (_, 348) => (348, true, 1),
            (540, _) => (540, false, 2),
            (_, 540) => (540, true, 2),
            _ => return Err(Problem::Foreign { found: bytes }.into()),
        };
        reader.take(len - 4).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() < len as usize {
            return Err(Problem::Header { expected: len, found: bytes.len() as u64 }.into());
        }
        Ok(Stored::parse(&Fields { bytes: &bytes, big_endian, version })?)
    }

    fn parse(fields: &Fields<'_>) -> Result<Stored, Problem> {
        let magic = if fields.version == 1 { &fields.bytes[344..348] } else { &fields.bytes[4..8] };
        let is_pair = match (magic, fields.version) {
            (b"n+1\0", 1) | (b"n+2\0", 2) => false,
            (b"ni1\0", 1) | (b"ni2\0", 2) => true,
            _ => return Err(Problem::Magic { found: magic.into() }),
        };
        let dims: [i64; 8] = std::array::from_fn(|index| fields.length(40 + 2 * index, 16 + 8 * index));
        let shape = lengths(&dims)?;
        let channels = shape[3..].iter().try_fold(1usize, |count, &len| count.checked_mul(len));
        let channels = channels.ok_or_else(|| Problem::Shape { found: dims[1..].into() })?;
        let code = fields.code(70, 12);
        // Version 2 has codes of 16 bits here.
        let code = if fields.version == 2 { i32::from(i16::from_le_bytes(fields.bytes(12))) } else { code };
        let skipped = skipped(fields, is_pair)?;
        let (slope, summand) = (fields.float(112, 176), fields.float(116, 184));
        let scale = (slope != 0.0 && slope.is_finite()).then_some((slope, summand));
        if let Some((_, summand)) = scale
            && !summand.is_finite()
        {
            return Err(Problem::Scale { found: summand });
        }
        let units = if fields.version == 1 {
            i32::from(fields.bytes[123])
        } else {
            i32::from_le_bytes(fields.bytes(500))
        };
        Ok(Stored {
            shape: [shape[0], shape[1], shape[2]],
            channels,
            kind: Kind::of(code)?,
            big_endian: fields.big_endian,
            skipped,
            scale,
            affine: affine(fields, [shape[0], shape[1], shape[2]])?,
            millimetres: match units & 7 {
                1 => 1000.0,
                3 => 0.001,
                _ => 1.0,
            },
            is_pair,
        })
    }

    pub(super) fn orientation(&self) -> Result<Orientation, Problem> {
        Orientation::of(self.affine).ok_or(Problem::Orientation { found: Box::new(self.affine) })
    }
}

/// Returns the lengths of at least three axes.
fn lengths(dims: &[i64; 8]) -> Result<Vec<usize>, Problem> {
    let wrong = || Problem::Shape { found: dims[1..].into() };
    let axes = usize::try_from(dims[0]).ok().filter(|axes| (1..=7).contains(axes));
    let axes = axes.ok_or(Problem::Axes { found: dims[0] })?;
    let mut shape = Vec::with_capacity(7);
    for &dim in &dims[1..=axes] {
        shape.push(usize::try_from(dim).ok().filter(|&len| len > 0).ok_or_else(wrong)?);
    }
    shape.resize(axes.max(3), 1);
    Ok(shape)
}

/// Returns the bytes between the header and the voxels: extensions.
fn skipped(fields: &Fields<'_>, is_pair: bool) -> Result<u64, Problem> {
    let offset =
        if fields.version == 1 { fields.float(108, 0) } else { i64::from_le_bytes(fields.bytes(168)) as f64 };
    let header = fields.bytes.len() as f64;
    // Four bytes after the header say that extensions follow; 0 stands for no extensions.
    let least = if is_pair { 0.0 } else { header + 4.0 };
    match offset {
        0.0 => Ok(if is_pair { 0 } else { 4 }),
        _ if offset >= least && offset.fract() == 0.0 && offset < 9e15 => {
            Ok((offset - if is_pair { 0.0 } else { header }) as u64)
        }
        _ => Err(Problem::Offset { least: least as u64, found: offset }),
    }
}

/// Returns the map from indices to places that nibabel prefers: the sform, the qform, or that of the spacing alone.
fn affine(fields: &Fields<'_>, shape: [usize; 3]) -> Result<Affine, Problem> {
    let rows = [(280, 400), (296, 432), (312, 464)];
    if fields.code(254, 348) != 0 {
        return Ok(rows.map(|(one, two)| fields.floats(one, two)));
    }
    let [handedness, x, y, z] = fields.floats::<4>(76, 104);
    if fields.code(252, 344) != 0 {
        // The third axis turns the other way if the first number is negative; the standard takes 0 for 1.
        let z = if handedness < 0.0 { -z } else { z };
        let [b, c, d] = fields.floats::<3>(256, 352);
        let tolerance = 3.0 * f64::from(f32::EPSILON);
        let rotation =
            from_quaternion([b, c, d], tolerance).ok_or(Problem::Quaternion { found: [b, c, d] })?;
        let offset: [f64; 3] = fields.floats(268, 376);
        return Ok(std::array::from_fn(|row| {
            let [i, j, k] = rotation[row];
            [i * x, j * y, k * z, offset[row]]
        }));
    }
    // The first axis goes to the left, as in files of ANALYZE.
    let centre = shape.map(|len| (len as f64 - 1.0) / 2.0);
    let [x, y, z] = [x, y, z].map(|length| if length == 0.0 { 1.0 } else { length });
    Ok([[-x, 0.0, 0.0, centre[0] * x], [0.0, y, 0.0, -centre[1] * y], [0.0, 0.0, z, -centre[2] * z]])
}
