//! Places and numbers of the lessons.

use crate::Failure;
use crate::net::Net;
use netwright::data::Dataset;
use netwright::train::TargetsRef;

/// Returns points of the plane that have this label.
pub(crate) fn points(data: &Dataset, label: bool) -> Vec<[f64; 2]> {
    let labels: Vec<bool> = match data.targets() {
        Some(TargetsRef::Values(values)) => values.iter().map(|value| *value > 0.5).collect(),
        _ => vec![],
    };
    let inputs = data.inputs();
    let places = inputs.as_chunks::<2>().0.iter().map(|place| place.map(f64::from));
    places.zip(labels).filter(|(_, own)| *own == label).map(|(place, _)| place).collect()
}

/// Returns the output for each place of a square grid over these ranges, row after row from above.
///
/// # Errors
/// If the network has another input than a place.
pub(crate) fn field(net: &Net<'_>, side: usize, xs: [f64; 2], ys: [f64; 2]) -> Result<Vec<f32>, Failure> {
    let part = |at: usize| (at as f64 + 0.5) / side as f64;
    let places = (0..side * side).flat_map(|at| {
        let (row, column) = (at / side, at % side);
        [xs[0] + part(column) * (xs[1] - xs[0]), ys[1] - part(row) * (ys[1] - ys[0])]
    });
    let inputs: Vec<f32> = places.map(|place| place as f32).collect();
    Ok(net.outputs(&inputs)?.into_iter().map(|x| x as f32).collect())
}

/// Returns a curve of a number of each epoch, counted from 1.
pub(crate) fn by_epoch<T>(all: &[T], of: impl Fn(&T) -> f64) -> Vec<[f64; 2]> {
    all.iter().enumerate().map(|(at, one)| [(at + 1) as f64, of(one)]).collect()
}

/// Compares what a lesson says with its run: each claim, and true if the run shows it.
///
/// # Errors
/// If the run no longer shows one of them.
pub(crate) fn check(claims: &[(&str, bool)]) -> Result<(), Failure> {
    match claims.iter().find(|(_, is_shown)| !is_shown) {
        Some((claim, _)) => Err(format!("the run no longer shows this: {claim}").into()),
        None => Ok(()),
    }
}

/// Writes a share in per cent.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// Writes a number with three digits.
pub(crate) fn short(x: f64) -> String {
    match x.abs() {
        0.0 => "0".into(),
        size if (1e-3..1e4).contains(&size) => {
            let digits = (2 - size.log10().floor() as i32).clamp(0, 5) as usize;
            format!("{x:.digits$}")
        }
        _ => format!("{x:.1e}"),
    }
}
