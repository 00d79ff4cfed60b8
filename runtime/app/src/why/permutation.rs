//! Permutation importance: how far answers move where a column's values are exchanged between samples (Breiman, 2001), without labels.

use super::probe::{Probe, dot};
use netwright::app::Explained;
use netwright::rng::{Purpose, Stream};

/// The number of orders that each column is brought into.
const ORDERS: u64 = 5;

/// Samples whose answers are explained, sample after sample.
#[derive(Clone, Copy, Debug)]
pub(super) struct Samples<'a> {
    pub(super) inputs: &'a [f32],
    /// The factors of each sample's logits.
    pub(super) factors: &'a [Vec<f32>],
    /// The column of each number of a sample.
    pub(super) columns: &'a [usize],
}

/// Returns the mean distance that the explained numbers move, for each column.
pub(super) fn permutation<P: Explained>(probe: &Probe<P>, samples: Samples<'_>, seed: u64) -> Vec<f64> {
    let count = samples.factors.len();
    let columns = samples.columns.iter().max().map_or(0, |most| most + 1);
    let of_column = |column: usize| {
        let moved = |order| {
            let order = order_of(seed, (column as u64) * ORDERS + order, count);
            let changes = changes(probe, samples, column, &order);
            changes.iter().map(|change| change.abs()).sum::<f64>() / count as f64
        };
        (0..ORDERS).map(moved).sum::<f64>() / ORDERS as f64
    };
    (0..columns).map(of_column).collect()
}

/// Returns the loss of each sample's explained number when its column gets the values of the samples in `order`.
pub(super) fn changes<P: Explained>(
    probe: &Probe<P>,
    samples: Samples<'_>,
    column: usize,
    order: &[u32],
) -> Vec<f64> {
    let Samples { inputs, factors, columns } = samples;
    let len = columns.len();
    let mut mixed = inputs.to_vec();
    for (sample, &from) in mixed.chunks_exact_mut(len).zip(order) {
        let other = &inputs[from as usize * len..][..len];
        for ((x, &other), _) in sample.iter_mut().zip(other).zip(columns).filter(|(_, of)| **of == column) {
            *x = other;
        }
    }
    let values = |inputs: &[f32]| -> Vec<f64> {
        let logits = probe.logits(inputs);
        let rows = logits.chunks_exact(logits.len() / factors.len());
        rows.zip(factors).map(|(logits, factors)| dot(logits, factors)).collect()
    };
    values(inputs).iter().zip(values(&mixed)).map(|(before, after)| before - after).collect()
}

fn order_of(seed: u64, index: u64, count: usize) -> Vec<u32> {
    let mut order: Vec<u32> = (0..count as u32).collect();
    Stream::new(seed, Purpose::Explain, index, 1).draw().shuffle(&mut order);
    order
}
