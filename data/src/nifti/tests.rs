//! Tests of volumes, with files that are written here byte by byte.

mod damage;
mod messages;
mod turns;
mod voxels;

use super::*;
use crate::testing::write;
use std::fs;

/// The fields of a header that tests change.
#[derive(Clone)]
struct Fields {
    version: u8,
    big_endian: bool,
    magic: [u8; 4],
    dims: Vec<i64>,
    code: i16,
    /// The handedness and the spacing.
    pixdim: [f64; 4],
    offset: f64,
    scale: [f64; 2],
    units: u8,
    /// The quaternion and the offset.
    qform: Option<[f64; 6]>,
    sform: Option<[[f64; 4]; 3]>,
}

impl Fields {
    /// The header of a volume of bytes of a shape, whose axes go right, front and up.
    fn of(dims: &[i64]) -> Fields {
        Fields {
            version: 1,
            big_endian: false,
            magic: *b"n+1\0",
            dims: dims.into(),
            code: 2,
            pixdim: [1.0; 4],
            offset: 0.0,
            scale: [0.0; 2],
            units: 2,
            qform: None,
            sform: Some([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]),
        }
    }

    fn header(&self) -> Vec<u8> {
        let mut bytes = vec![0; if self.version == 1 { 348 } else { 540 }];
        let mut put = |offset: usize, number: &[u8]| {
            let number: Vec<u8> =
                if self.big_endian { number.iter().rev().copied().collect() } else { number.into() };
            bytes[offset..offset + number.len()].copy_from_slice(&number);
        };
        let first = self.version == 1;
        put(0, &(if first { 348i32 } else { 540 }).to_le_bytes());
        let dims: Vec<i64> = [&[self.dims.len() as i64], &self.dims[..]].concat();
        for (index, &dim) in dims.iter().enumerate() {
            match first {
                true => put(40 + 2 * index, &(dim as i16).to_le_bytes()),
                false => put(16 + 8 * index, &dim.to_le_bytes()),
            }
        }
        put(if first { 70 } else { 12 }, &self.code.to_le_bytes());
        let mut float = |one: usize, two: usize, numbers: &[f64]| {
            for (index, &number) in numbers.iter().enumerate() {
                match first {
                    true => put(one + 4 * index, &(number as f32).to_le_bytes()),
                    false => put(two + 8 * index, &number.to_le_bytes()),
                }
            }
        };
        float(76, 104, &self.pixdim);
        float(112, 176, &self.scale);
        float(256, 352, &self.qform.unwrap_or_default());
        for (row, numbers) in self.sform.unwrap_or_default().iter().enumerate() {
            float(280 + 16 * row, 400 + 32 * row, numbers);
        }
        let codes = [i16::from(self.qform.is_some()), i16::from(self.sform.is_some())];
        for (index, code) in codes.into_iter().enumerate() {
            match first {
                true => put(252 + 2 * index, &code.to_le_bytes()),
                false => put(344 + 4 * index, &i32::from(code).to_le_bytes()),
            }
        }
        match first {
            true => put(108, &(self.offset as f32).to_le_bytes()),
            false => put(168, &(self.offset as i64).to_le_bytes()),
        }
        put(if first { 123 } else { 500 }, &if first { vec![self.units] } else { vec![self.units, 0, 0, 0] });
        let magic = if first { 344 } else { 4 };
        bytes[magic..magic + 4].copy_from_slice(&self.magic);
        bytes
    }

    /// Returns the header, an empty extension, and voxels.
    fn file(&self, voxels: &[u8]) -> Vec<u8> {
        [&self.header()[..], &[0; 4], voxels].concat()
    }
}

fn read_bytes(bytes: &[u8]) -> Result<Volume, Error> {
    read(&write("a.nii", bytes).file)
}

fn volume(fields: &Fields, voxels: &[u8]) -> Volume {
    read_bytes(&fields.file(voxels)).expect("a volume")
}
