//! Programs that bring their settings and weights with them, in the same file.

use netwright_model::Bundle;
use std::fs::File;
use std::io;
#[cfg(feature = "train")]
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
#[cfg(feature = "train")]
use std::path::PathBuf;

/// Places in a program's file.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    #[cfg(feature = "train")]
    settings: Range<u64>,
    /// The weights, as a file of tensors has them; empty if there are none.
    pub(crate) weights: Range<u64>,
}

/// Finds the parts of a file; `None` if it is not a program with such parts. Reading goes on at the beginning.
pub(crate) fn parts(file: &mut File) -> io::Result<Option<Parts>> {
    Ok(Bundle::find(file)?.map(|(bundle, last)| {
        let begin = last - bundle.weights;
        Parts {
            #[cfg(feature = "train")]
            settings: begin - bundle.settings..begin,
            weights: begin..last,
        }
    }))
}

/// Settings and weights that the running program brings with it.
#[cfg(feature = "train")]
#[derive(Debug)]
pub struct Own {
    /// The program's file.
    pub path: PathBuf,
    /// The settings; `None` if it needs none.
    pub settings: Option<String>,
    /// True if the file has weights.
    pub has_weights: bool,
}

/// Returns what the running program brings with it, if it does.
#[cfg(feature = "train")]
pub fn own() -> io::Result<Option<Own>> {
    // A system that does not say where a program is has not started one of these.
    let Ok(path) = std::env::current_exe() else { return Ok(None) };
    let mut file = File::open(&path)?;
    let Some(parts) = parts(&mut file)? else { return Ok(None) };
    let mut settings = String::new();
    file.seek(SeekFrom::Start(parts.settings.start))?;
    file.take(parts.settings.end - parts.settings.start).read_to_string(&mut settings)?;
    let settings = Some(settings).filter(|settings| !settings.is_empty());
    Ok(Some(Own { path, settings, has_weights: !parts.weights.is_empty() }))
}
