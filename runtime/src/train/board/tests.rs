use super::*;
use crate::metrics::{Average, Evaluation, Metric};
use std::process::Command;

fn measured(loss: f64) -> Measured {
    let scores = [
        (Metric::Accuracy, Value::Number(Some(0.5))),
        (Metric::F1(Average::Macro), Value::Number(Some(0.75))),
        (Metric::RocAuc(Average::Macro), Value::Number(None)),
        (Metric::Recall(Average::None), Value::PerClass(vec![Some(0.25), None, Some(1.0)])),
    ];
    let evaluation = Evaluation { loss, accuracy: Some(0.5) };
    Measured { evaluation, scores: scores.into_iter().collect(), samples: 4, nan_samples: 0 }
}

fn epoch(epoch: usize, loss: f64) -> Epoch {
    let held_out = Some(measured(loss + 0.25));
    Epoch { epoch, epochs: 3, loss, held_out, samples: 8, seconds: 0.5, rate: 0.125, best: None }
}

/// The training that both tests look at: two epochs, then from the second on again.
fn write(folder: &Path) {
    let mut log = TensorBoard::new(folder).unwrap();
    log.end(&epoch(1, 2.0));
    log.end(&epoch(2, 1.0));
    log.finish().unwrap();
    let mut log = TensorBoard::new(folder).unwrap();
    log.end(&epoch(2, 0.5));
    log.end(&epoch(300, 0.25));
    log.result("test", &measured(0.125));
    log.finish().unwrap();
}

/// Reads a field: its key, the value of a number that is no float, and the bytes of other values.
fn read_field<'a>(bytes: &mut &'a [u8]) -> (u8, u64, &'a [u8]) {
    let varint = |bytes: &mut &[u8]| {
        let end = bytes.iter().position(|byte| *byte < 0x80).unwrap();
        let number = bytes[..=end].iter().rev().fold(0, |number, byte| number << 7 | u64::from(byte & 0x7f));
        *bytes = &bytes[end + 1..];
        number
    };
    let key = bytes[0];
    *bytes = &bytes[1..];
    let len = match key & 7 {
        0 => return (key >> 3, varint(bytes), &[]),
        1 => 8,
        2 => varint(bytes) as usize,
        5 => 4,
        other => panic!("no way to write a field is {other}"),
    };
    let (own, rest) = bytes.split_at(len);
    *bytes = rest;
    (key >> 3, 0, own)
}

/// Returns the events of a run as text, a line each, from all of its files in their order.
fn events(folder: &Path) -> Vec<String> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let mut events = vec![];
    for file in files {
        let bytes = fs::read(file).unwrap();
        let mut bytes = &bytes[..];
        while !bytes.is_empty() {
            let len = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
            assert_eq!(bytes[8..12], checksum(&bytes[..8]).to_le_bytes());
            let mut event = &bytes[12..12 + len];
            assert_eq!(bytes[12 + len..16 + len], checksum(event).to_le_bytes());
            bytes = &bytes[16 + len..];
            let mut text = String::new();
            while !event.is_empty() {
                match read_field(&mut event) {
                    (1, _, time) => assert!(f64::from_le_bytes(time.try_into().unwrap()) > 1.7e9),
                    (2, step, _) => text += &format!("{step}"),
                    (3, _, version) => text += &format!(" version {}", String::from_utf8_lossy(version)),
                    (7, _, session) => text += &format!(" session {session:?}"),
                    (5, _, mut summary) => {
                        while !summary.is_empty() {
                            let (_, _, mut value) = read_field(&mut summary);
                            let tag = String::from_utf8_lossy(read_field(&mut value).2);
                            let number = f32::from_le_bytes(read_field(&mut value).2.try_into().unwrap());
                            text += &format!(" {tag}={number}");
                        }
                    }
                    (other, _, _) => panic!("an event has no field {other}"),
                }
            }
            events.push(text);
        }
    }
    events
}

#[test]
fn each_set_of_samples_is_a_run() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let begin = "0 version brain.Event:2";
    let of = |run: &str| events(&folder.path().join(run));
    let train = [
        begin,
        "1 session [8, 1]",
        "1 loss=2 rate=0.125",
        "2 loss=1 rate=0.125",
        begin,
        "2 session [8, 1]",
        "2 loss=0.5 rate=0.125",
        "300 loss=0.25 rate=0.125",
    ];
    assert_eq!(of("train"), train);
    let scores = "accuracy=0.5 f1=0.75 recall_per_class/0=0.25 recall_per_class/2=1";
    assert_eq!(of("held_out")[3], format!("2 loss=1.25 {scores}"));
    assert_eq!(of("test"), [begin, "300 session [8, 1]", &format!("300 loss=0.125 {scores}")]);
}

#[test]
fn checksums_are_those_of_the_format() {
    // Without the turn, RFC 3720 B.4: 32 bytes of zero have 8a9136aa.
    assert_eq!(checksum(&[0; 32]), 0x8a91_36aa_u32.rotate_right(15).wrapping_add(0xa282_ead8));
}

#[test]
fn what_cannot_be_written_is_told_in_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = TensorBoard::new(folder.path().join("runs")).unwrap();
    fs::write(folder.path().join("runs/train"), "no folder").unwrap();
    log.end(&epoch(1, 2.0));
    log.end(&epoch(2, 2.0));
    assert!(log.finish().is_err());
}

/// TensorBoard itself, where `python3` has it: nothing of an event is lost, and what holds no more is gone.
#[test]
fn tensorboard_reads_it() {
    let has_it = Command::new("python3").args(["-c", "import tensorboard"]).output();
    if !has_it.is_ok_and(|output| output.status.success()) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let read = "
import sys
from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer
runs = EventMultiplexer().AddRunsFromDirectory(sys.argv[1]).Reload()
for run in sorted(runs.Runs()):
    for tag in sorted(runs.Runs()[run]['scalars']):
        print(run, tag, [(event.step, event.value) for event in runs.Scalars(run, tag)])
";
    let output = Command::new("python3").args(["-c", read]).arg(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found = String::from_utf8(output.stdout).unwrap();
    for line in [
        "held_out loss [(1, 2.25), (2, 0.75), (300, 0.5)]",
        "held_out recall_per_class/2 [(1, 1.0), (2, 1.0), (300, 1.0)]",
        "test f1 [(300, 0.75)]",
        "train loss [(1, 2.0), (2, 0.5), (300, 0.25)]",
        "train rate [(1, 0.125), (2, 0.125), (300, 0.125)]",
    ] {
        assert!(found.lines().any(|found| found == line), "no {line} in\n{found}");
    }
    assert_eq!(found.lines().count(), 12, "{found}");
}
