//! Tests of arrays, with files that are written here byte by byte.

mod damage;
mod formats;
mod messages;
mod orders;

use super::*;
use crate::testing::write;
use flate2::{Compression, write::DeflateEncoder};
use rawzip::{CompressionMethod, ZipArchiveWriter};
use std::io::Write;

/// Returns an `.npy` file with a header as NumPy writes it.
fn npy(descr: &str, fortran: bool, shape: &str, numbers: &[u8]) -> Vec<u8> {
    let order = if fortran { "True" } else { "False" };
    npy_of(&format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}"), numbers)
}

/// Returns an `.npy` file with any text as its header.
fn npy_of(header: &str, numbers: &[u8]) -> Vec<u8> {
    let mut header = header.as_bytes().to_vec();
    header.resize((header.len() + 11).next_multiple_of(64) - 11, b' ');
    header.push(b'\n');
    let len = u16::try_from(header.len()).expect("a short header");
    [b"\x93NUMPY\x01\x00", &len.to_le_bytes()[..], &header, numbers].concat()
}

/// Returns an `.npz` file.
fn npz(arrays: &[(&str, Vec<u8>)], method: CompressionMethod) -> Vec<u8> {
    let mut file = Vec::new();
    let mut archive = ZipArchiveWriter::new(&mut file);
    for (name, bytes) in arrays {
        let (mut entry, config) =
            archive.new_file(format!("{name}.npy")).compression_method(method).start().expect("an entry");
        let descriptor = if method == CompressionMethod::DEFLATE {
            let mut writer = config.wrap(DeflateEncoder::new(&mut entry, Compression::default()));
            writer.write_all(bytes).expect("memory");
            let (encoder, descriptor) = writer.finish().expect("an entry");
            encoder.finish().expect("memory");
            descriptor
        } else {
            let mut writer = config.wrap(&mut entry);
            writer.write_all(bytes).expect("memory");
            writer.finish().expect("an entry").1
        };
        entry.finish(descriptor).expect("an entry");
    }
    archive.finish().expect("an archive");
    file
}

/// Returns a safetensors file with a header of any text.
fn tensors(header: &str, numbers: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), numbers].concat()
}

fn read_bytes(bytes: &[u8], name: &str) -> Result<Array, Error> {
    read(&write("array", bytes).file, name)
}

fn values(bytes: &[u8]) -> Vec<f64> {
    read_bytes(bytes, "").expect("an array").numbers.to_doubles()
}
