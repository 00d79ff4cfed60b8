//! Reports and results of trainings, bit for bit.

use netwright::storage::Parameters;
use netwright::train::Epoch;

/// The reports of a training at the end of each epoch.
pub type Told = Vec<(usize, u64, Option<u64>, Option<usize>)>;

/// Returns a listener that keeps them.
pub fn told(epochs: &mut Told) -> impl FnMut(&Epoch) {
    |epoch| {
        let held_out = epoch.held_out.as_ref().map(|held_out| held_out.evaluation.loss.to_bits());
        epochs.push((epoch.samples, epoch.loss.to_bits(), held_out, epoch.best));
    }
}

/// Returns the bits of all parameters.
pub fn bits(params: &impl Parameters) -> Vec<u32> {
    params.tensors().iter().flat_map(|tensor| tensor.data.iter().map(|value| value.to_bits())).collect()
}
