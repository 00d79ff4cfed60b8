//! Orders of axes.

use super::*;
use netwright_model::Channels;

#[test]
fn fortran_order_becomes_that_of_c() {
    // numpy.arange(24).reshape(2, 3, 4), saved with its first axis contiguous
    let stored: Vec<u8> =
        (0..4).flat_map(|c| (0..3).flat_map(move |b| (0..2).map(move |a| 12 * a + 4 * b + c))).collect();
    let found = values(&npy("|u1", true, "(2, 3, 4)", &stored));
    assert!(found.iter().copied().eq((0..24).map(f64::from)));
}

fn inputs(shape: &[usize], input: &[usize], channels: Channels) -> Result<Vec<u8>, Problem> {
    let numbers = Numbers::Bytes((0..).take(shape.iter().product()).collect());
    let array = Array { shape: shape.into(), numbers }.into_inputs(input, channels)?;
    assert_eq!(array.shape[1..], *input);
    match array.numbers {
        Numbers::Bytes(bytes) => Ok(bytes),
        other => panic!("expected bytes, found {other:?}"),
    }
}

#[test]
fn channels_move_before_height_and_width() {
    // Two samples of 1 x 2 pixels with three channels.
    let moved = [0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11];
    for channels in [Channels::Found, Channels::Last] {
        assert_eq!(inputs(&[2, 1, 2, 3], &[3, 1, 2], channels).expect("channels last"), moved);
    }
    let same: Vec<u8> = (0..12).collect();
    for channels in [Channels::Found, Channels::First] {
        assert_eq!(inputs(&[2, 3, 1, 2], &[3, 1, 2], channels).expect("channels first"), same);
    }
    assert!(inputs(&[2, 1, 2, 3], &[3, 1, 2], Channels::First).is_err());
    assert!(inputs(&[2, 3, 1, 2], &[3, 1, 2], Channels::Last).is_err());
}

#[test]
fn one_channel_may_be_anywhere_or_missing() {
    let same: Vec<u8> = (0..8).collect();
    for shape in [&[2, 2, 2][..], &[2, 1, 2, 2], &[2, 2, 2, 1]] {
        assert_eq!(inputs(shape, &[1, 2, 2], Channels::Found).expect("one channel"), same);
    }
    // An input of one axis takes a picture's numbers as they are.
    assert_eq!(inputs(&[2, 2, 2], &[4], Channels::Found).expect("a picture"), same);
    assert!(inputs(&[2, 2, 2], &[5], Channels::Found).is_err());
}

#[test]
fn signals_and_volumes_have_channels_too() {
    assert_eq!(inputs(&[1, 3, 2], &[2, 3], Channels::Found).expect("a signal"), [0, 2, 4, 1, 3, 5]);
    assert_eq!(inputs(&[1, 1, 1, 2, 2], &[2, 1, 1, 2], Channels::Last).expect("a volume"), [0, 2, 1, 3]);
}

#[test]
fn an_order_that_cannot_be_found_must_be_given() {
    assert!(matches!(inputs(&[1, 3, 3, 3], &[3, 3, 3], Channels::Found), Err(Problem::Ambiguous { .. })));
    assert!(inputs(&[1, 3, 3, 3], &[3, 3, 3], Channels::First).expect("given").is_sorted());
    assert!(!inputs(&[1, 3, 3, 3], &[3, 3, 3], Channels::Last).expect("given").is_sorted());
}

#[test]
fn samples_without_numbers_move_nothing() {
    assert!(inputs(&[0, 2, 2, 3], &[3, 2, 2], Channels::Found).expect("no samples").is_empty());
    assert!(inputs(&[2, 0, 2, 3], &[3, 0, 2], Channels::Found).expect("no rows").is_empty());
    let huge = [0, usize::MAX, 2];
    assert!(Order::find(&huge, &[4], Channels::Found).is_err());
}
