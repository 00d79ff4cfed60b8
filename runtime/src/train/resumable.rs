//! Trainers whose state outlives them.

#[cfg(feature = "safetensors")]
use crate::checkpoint::{self, Error};
use crate::state::Carried;
#[cfg(feature = "safetensors")]
use std::path::Path;

/// A trainer whose state can be saved and restored: generated trainers are.
///
/// The state is everything that a step leaves to the next one: the parameters and their average, the optimizer's memory, the
/// gradients that are accumulated, the number of steps and the seed of dropout. A trainer that has loaded it goes on bit for bit like
/// the one that has saved it. The position in a program's own loop is the program's.
///
/// ```
/// # #[cfg(all(feature = "macros", feature = "safetensors"))] {
/// # netwright::network! {
/// #     network Tiny { input [2] dense(1) loss mse } train Tiny { batch 4 optimizer adam }
/// # }
/// # let file = std::env::temp_dir().join(format!("netwright-doc-{}-state.safetensors", std::process::id()));
/// use netwright::train::Resumable;
///
/// let mut trainer = tiny::Trainer::new(tiny::Params::init(1), 1);
/// trainer.step(&[[0.5, 1.0]], &[[2.0]], 0.1);
/// trainer.save(&file)?;
///
/// // Later, in another process:
/// let mut other = tiny::Trainer::new(tiny::Params::init(0), 0);
/// other.load(&file)?;
/// assert_eq!(trainer.step(&[[1.0, 1.0]], &[[3.0]], 0.1), other.step(&[[1.0, 1.0]], &[[3.0]], 0.1));
/// # std::fs::remove_file(&file)?;
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Resumable: Carried {
    #[cfg(feature = "safetensors")]
    /// Saves the state. The file is complete at every time: it replaces an older one only when it is on the disk.
    ///
    /// # Errors
    /// If the file cannot be written.
    fn save(&self, file: &Path) -> Result<(), Error>
    where
        Self: Sized,
    {
        checkpoint::save(file, self)
    }

    #[cfg(feature = "safetensors")]
    /// Restores the state that a trainer of the same network and recipe has saved; on an error nothing changes.
    ///
    /// # Errors
    /// If the file is missing, damaged or altered, of another version of Netwright, or of another trainer.
    fn load(&mut self, file: &Path) -> Result<(), Error>
    where
        Self: Sized,
    {
        checkpoint::load(file, self)
    }
}
