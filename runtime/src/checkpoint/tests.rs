use super::*;
use crate::state::{Mismatch, carried};
use proptest::prelude::*;

#[derive(Clone, Debug, PartialEq)]
struct Trainer {
    weights: Vec<f32>,
    velocity: Vec<f32>,
    steps: u64,
    rate: f64,
}

impl Carried for Trainer {
    carried!(weights, velocity, steps, rate);
}

fn trainer() -> Trainer {
    Trainer { weights: vec![1.0, -2.5, f32::MIN_POSITIVE], velocity: vec![0.1; 5], steps: 7, rate: 0.1 }
}

fn blank() -> Trainer {
    Trainer { weights: vec![0.0; 3], velocity: vec![0.0; 5], steps: 0, rate: 0.0 }
}

fn whole() -> Vec<u8> {
    bytes(&[version(), ("spec", "dense(3)".into())], &[(TRAINER, &trainer())]).unwrap()
}

#[test]
fn a_state_is_read_as_it_was_written() {
    let Checkpoint { facts, mut snapshot } = parse(whole()).unwrap();
    assert_eq!(facts[1], ("spec".into(), "dense(3)".into()));
    let mut read = blank();
    snapshot.restore(TRAINER, &mut read).unwrap();
    assert_eq!(read, trainer());
    assert_eq!(snapshot, Snapshot::default());
}

#[test]
fn the_same_state_makes_the_same_file() {
    assert!((0..20).all(|_| whole() == whole()));
}

#[test]
fn every_bit_counts() {
    let whole = whole();
    for at in 0..whole.len() {
        for bit in 0..8 {
            let mut altered = whole.clone();
            altered[at] ^= 1 << bit;
            assert!(parse(altered).is_err(), "bit {bit} of byte {at}");
        }
        assert!(parse(whole[..at].to_vec()).is_err(), "{at} bytes");
    }
}

proptest! {
    #[test]
    fn an_altered_file_never_loads(at: prop::sample::Index, with: Vec<u8>, cut: prop::sample::Index) {
        let whole = whole();
        let mut altered = whole.clone();
        let (at, len) = (at.index(whole.len()), cut.index(40));
        let end = (at + len).min(whole.len());
        altered.splice(at..end, with);
        prop_assume!(altered != whole);
        prop_assert!(parse(altered).is_err());
    }
}

#[test]
fn a_program_saves_and_loads() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.safetensors");
    save(&file, &trainer()).unwrap();
    let mut read = blank();
    load(&file, &mut read).unwrap();
    assert_eq!(read, trainer());
    let mut other = Trainer { velocity: vec![0.0; 4], ..blank() };
    let Err(Error::Unfit { cause: Mismatch::Length { name, expected: 4, found: 5 }, .. }) =
        load(&file, &mut other)
    else {
        panic!("it is of another trainer");
    };
    assert_eq!((name.as_str(), other.steps), ("trainer.velocity", 0));
}

#[test]
fn files_that_cannot_be_used() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.safetensors");
    let mut messages = vec![];
    let mut fails = || {
        let error = load(&file, &mut blank()).unwrap_err();
        let text = error.to_string().replace(&folder.path().display().to_string(), "DIR");
        messages.push(format!("{text}\n  help: {}", error.help().unwrap_or_default()));
    };
    fails();
    fs::write(&file, "PNG").unwrap();
    fails();
    let weights = serialize([("w", Floats { shape: &[1], data: &[1.0] })], None).unwrap();
    fs::write(&file, weights).unwrap();
    fails();
    fs::write(&file, &whole()[..300]).unwrap();
    fails();
    fs::write(&file, bytes(&[("version", "0.0.9".into())], &[(TRAINER, &trainer())]).unwrap()).unwrap();
    fails();
    insta::assert_snapshot!(messages.join("\n"));
}
