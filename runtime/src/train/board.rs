//! The log for TensorBoard: event files, with a curve for each number.

#[cfg(test)]
mod tests;

use super::{Epoch, Log};
use crate::metrics::{Measured, Value};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::time::{SystemTime, UNIX_EPOCH};

/// Log of event files in a folder that TensorBoard reads while the training goes on: `tensorboard --logdir FOLDER`.
///
/// Each set of samples is a run of its own, `train`, `held_out` and `test`, so that its curves lie over the others': `loss`, `accuracy`, the
/// recipe's metrics by their names (`f1_per_class/0` is the first class's), and the `rate`. Steps are epochs. Confusion matrices and
/// numbers that are not defined are left out. Curves of an earlier training in the folder end where those of this one begin.
///
/// The format is that of TensorFlow's `tf.summary`: records with checksums, each an `Event` of protocol buffers
/// (`tensorflow/core/util/event.proto`).
#[derive(Debug)]
pub struct TensorBoard {
    folder: PathBuf,
    /// The folder of each training, if there are several.
    fold: Option<usize>,
    runs: BTreeMap<PathBuf, File>,
    /// The epoch of the last step, to which results belong.
    epoch: usize,
    failed: Option<io::Error>,
}

impl TensorBoard {
    /// Creates the folder, unless it is there.
    ///
    /// # Errors
    /// If it cannot be created.
    pub fn new(folder: impl Into<PathBuf>) -> io::Result<TensorBoard> {
        let folder = folder.into();
        fs::create_dir_all(&folder)?;
        Ok(TensorBoard { folder, fold: None, runs: BTreeMap::new(), epoch: 0, failed: None })
    }

    /// Begins the training of a fold, counted from 1, whose runs are in a folder of their own from here on.
    #[doc(hidden)]
    pub fn begin_fold(&mut self, fold: usize) {
        self.fold = Some(fold);
    }

    /// Writes what was measured on a set of samples, such as `test`, at the epoch that ended last.
    pub fn result(&mut self, set: &str, measured: &Measured) {
        self.write(set, self.epoch, &scalars(measured));
    }

    /// Returns the first failure of a write.
    ///
    /// # Errors
    /// If a write failed.
    pub fn finish(self) -> io::Result<()> {
        self.failed.map_or(Ok(()), Err)
    }

    fn write(&mut self, run: &str, epoch: usize, scalars: &[(String, f64)]) {
        let folder = match self.fold {
            Some(fold) => self.folder.join(format!("fold{fold}")).join(run),
            None => self.folder.join(run),
        };
        if self.failed.is_none() {
            self.failed = self.try_to_write(&folder, epoch, scalars).err();
        }
    }

    /// Writes an event at once, so that others can follow a training.
    fn try_to_write(&mut self, folder: &Path, epoch: usize, scalars: &[(String, f64)]) -> io::Result<()> {
        let step = epoch as u64;
        if !self.runs.contains_key(folder) {
            let mut file = create(folder)?;
            file.write_all(&record(&event(0, &field(VERSION, b"brain.Event:2"))))?;
            // From this step on, what an earlier training has written here holds no more.
            file.write_all(&record(&event(step, &field(SESSION, &[STATUS, STARTS]))))?;
            self.runs.insert(folder.into(), file);
        }
        let summary: Vec<u8> = scalars.iter().flat_map(|(tag, value)| scalar(tag, *value)).collect();
        let record = record(&event(step, &field(SUMMARY, &summary)));
        self.runs.get_mut(folder).map_or(Ok(()), |file| file.write_all(&record))
    }
}

impl Log for TensorBoard {
    fn begin(&mut self, _: usize, _: usize, _: usize) {}

    fn step(&mut self, _: f64) {}

    fn end(&mut self, epoch: &Epoch) {
        self.epoch = epoch.epoch;
        let own = [("loss".into(), epoch.loss), ("rate".into(), f64::from(epoch.rate))];
        self.write("train", epoch.epoch, &own);
        if let Some(held_out) = &epoch.held_out {
            self.write("held_out", epoch.epoch, &scalars(held_out));
        }
    }
}

/// Creates a file whose name no other has, and which comes after all that are there.
fn create(folder: &Path) -> io::Result<File> {
    fs::create_dir_all(folder)?;
    let (seconds, process) = (now() as u64, process::id());
    let name = |at: u32| format!("events.out.tfevents.{seconds:010}.netwright.{process}.{at}");
    let mut at = 0;
    loop {
        match File::create_new(folder.join(name(at))) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => at += 1,
            other => return other,
        }
    }
}

/// Seconds since 1970.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64())
}

fn scalars(measured: &Measured) -> Vec<(String, f64)> {
    let evaluation = measured.evaluation;
    let mut all = vec![("loss".to_string(), evaluation.loss)];
    all.extend(evaluation.accuracy.map(|accuracy| ("accuracy".into(), accuracy)));
    for (metric, value) in measured.scores.iter() {
        let name = metric.name();
        match value {
            // It stands there already, by the same definition.
            Value::Number(_) if name == "accuracy" && evaluation.accuracy.is_some() => {}
            Value::Number(number) => all.extend(number.map(|number| (name, number))),
            Value::PerClass(numbers) => {
                let each = numbers.iter().enumerate();
                all.extend(each.filter_map(|(class, number)| Some((format!("{name}/{class}"), (*number)?))));
            }
            Value::Confusion(_) | Value::Labels(_) => {}
        }
    }
    all
}

// Keys of protocol buffers: the number of the field, and how its value is written.
const WALL_TIME: u8 = 1 << 3 | 1;
const STEP: u8 = 2 << 3;
const VERSION: u8 = 3 << 3 | 2;
const SUMMARY: u8 = 5 << 3 | 2;
const SESSION: u8 = 7 << 3 | 2;
/// In a session: its state.
const STATUS: u8 = 1 << 3;
const STARTS: u8 = 1;
/// In a summary: one of its values.
const VALUE: u8 = 1 << 3 | 2;
/// In a value.
const TAG: u8 = 1 << 3 | 2;
const NUMBER: u8 = 2 << 3 | 5;

fn event(step: u64, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![WALL_TIME];
    bytes.extend(now().to_le_bytes());
    bytes.push(STEP);
    bytes.extend(varint(step));
    bytes.extend(content);
    bytes
}

fn scalar(tag: &str, value: f64) -> Vec<u8> {
    let mut bytes = field(TAG, tag.as_bytes());
    bytes.push(NUMBER);
    bytes.extend((value as f32).to_le_bytes());
    field(VALUE, &bytes)
}

/// A field that has a length.
fn field(key: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![key];
    bytes.extend(varint(content.len() as u64));
    bytes.extend(content);
    bytes
}

/// Seven bits a byte, the lowest first; all but the last byte have their highest bit set.
fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = vec![];
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// A record of TensorFlow: its length, the bytes, and a checksum of each.
fn record(bytes: &[u8]) -> Vec<u8> {
    let length = (bytes.len() as u64).to_le_bytes();
    [&length[..], &checksum(&length).to_le_bytes(), bytes, &checksum(bytes).to_le_bytes()].concat()
}

/// CRC-32C, turned and moved, as records that hold checksums themselves need it.
fn checksum(bytes: &[u8]) -> u32 {
    const CASTAGNOLI: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISCSI);
    CASTAGNOLI.checksum(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}
