//! The part of a weights file that tells of its training, and the hashes of the whole.

use crate::error::Error;
use netwright_model::manifest::{hexadecimal, unescaped};
use netwright_model::seal::{self, BITS, ENTRY, Seal, unseal};
use netwright_model::{Fingerprinted, Manifest};
use safetensors::SafeTensors;
use std::fs;
use std::path::Path;

/// A weights file whose hashes are right, if it has some.
#[derive(Debug)]
pub(crate) struct Weights {
    pub(crate) tensors: usize,
    pub(crate) numbers: usize,
    /// A hash of the tensors.
    pub(crate) bits: u64,
    /// The network's name; empty if it is not known.
    pub(crate) network: String,
    /// The `.net` file, as the weights' folder sees it; empty if it is not known.
    pub(crate) spec: String,
    /// True if the file has hashes.
    pub(crate) is_sealed: bool,
    /// The description of the training, if there is one.
    pub(crate) manifest: Option<Manifest>,
}

/// Reads a weights file.
///
/// # Errors
/// If it cannot be read, or is not as it was saved.
pub(crate) fn read(file: &Path) -> Result<Weights, Error> {
    let unfit = |message: String, help: &str| Error::Unfit {
        message: format!("{}: {message}", file.display()),
        help: help.into(),
    };
    // A pipe would be waited for.
    let is_other = fs::metadata(file).is_ok_and(|found| !found.is_file());
    if is_other {
        return Err(unfit("is not a regular file".into(), NAME));
    }
    let bytes = fs::read(file).map_err(|cause| unfit(format!("cannot be read: {cause}"), NAME))?;
    let foreign = |cause| unfit(format!("is not a safetensors file, or is damaged ({cause})"), NAME);
    let tensors = SafeTensors::deserialize(&bytes).map_err(foreign)?;
    let (_, header) = SafeTensors::read_metadata(&bytes).map_err(foreign)?;
    let mut weights = Weights {
        tensors: tensors.len(),
        numbers: 0,
        bits: 0,
        network: String::new(),
        spec: String::new(),
        is_sealed: false,
        manifest: None,
    };
    for (name, tensor) in tensors.iter() {
        weights.numbers += tensor.shape().iter().product::<usize>();
        let kind = tensor.dtype().to_string();
        let hash = seal::tensor(name, &kind, tensor.shape(), tensor.data());
        weights.bits = weights.bits.wrapping_add(hash.map_err(|cause| unfit(cause.to_string(), NAME))?);
    }
    let Some(text) = header.metadata().as_ref().and_then(|entries| entries.get(ENTRY)) else {
        let is_ours = header.metadata().iter().flatten().any(|(_, text)| seal::is_sealed(text));
        return if is_ours { Err(unfit(ALTERED.into(), AGAIN)) } else { Ok(weights) };
    };
    let lines = match unseal(text) {
        Seal::Whole(lines) => lines,
        Seal::Altered(..) => return Err(unfit(ALTERED.into(), AGAIN)),
        Seal::Other if seal::is_sealed(text) => {
            return Err(unfit(
                "was saved by another version, or altered".into(),
                "use the version that saved it",
            ));
        }
        Seal::Other => text,
    };
    weights.is_sealed = unseal(text) != Seal::Other;
    for line in lines.lines() {
        let Some((key, value)) = line.split_once(": ") else { continue };
        let unknown =
            || unfit(format!("has a line that is not known: `{line}`"), "use the version that saved it");
        match key {
            "network" => weights.network = unescaped(value).ok_or_else(unknown)?,
            "spec" => weights.spec = unescaped(value).ok_or_else(unknown)?,
            BITS if hexadecimal(value) != Some(weights.bits) => {
                return Err(unfit(
                    "was altered after it was saved: its tensors have another hash than it says".into(),
                    AGAIN,
                ));
            }
            "manifest" => {
                let line = unescaped(value).ok_or_else(unknown)?;
                let (key, value) = line.split_once(": ").ok_or_else(unknown)?;
                weights.manifest.get_or_insert_default().add(key, value).ok_or_else(unknown)?;
            }
            _ => {}
        }
    }
    Ok(weights)
}

const NAME: &str = "name the weights that `netwright train` has saved";
const ALTERED: &str = "was altered after it was saved: its metadata has another hash than it says";
const AGAIN: &str = "copy the file again, or train the network again";

/// Says in words what a weights file tells of its training.
pub(crate) fn describe(file: &Path, weights: &Weights) -> String {
    let Weights { tensors, numbers, bits, network, is_sealed, manifest, .. } = weights;
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    let state = if *is_sealed { ", as they were saved" } else { "; nothing says whether they were altered" };
    let mut text = format!(
        "{}: {tensors} tensor{} of {numbers} numbers{state} (hash {bits:016x})\n",
        file.display(),
        plural(*tensors)
    );
    let mut say = |what: &str, said: String| text += &format!("  {what:<10}{said}\n");
    if !network.is_empty() {
        say("network", network.clone());
    }
    let Some(manifest) = manifest else { return text };
    let names: Vec<&str> = manifest.texts.iter().map(|(name, _)| name.as_str()).collect();
    if !names.is_empty() {
        say("text", names.join(", "));
    }
    if !manifest.set.is_empty() {
        say("set", manifest.set.join(", "));
    }
    let Manifest { epochs, seed, limit, fold, training, held_out, .. } = manifest;
    let limit = limit.map(|limit| format!(", at most {limit} samples")).unwrap_or_default();
    let fold = fold.map(|(fold, count)| format!(", fold {fold} of {count}")).unwrap_or_default();
    say("training", format!("{epochs} epoch{}, seed {seed}{fold}{limit}", plural(*epochs)));
    let samples = |Fingerprinted { count, hash }: &Fingerprinted| match count {
        0 => "none".into(),
        _ => format!("{count} (hash {hash:016x})"),
    };
    say("data", format!("samples to train with: {}; held out: {}", samples(training), samples(held_out)));
    let Manifest { version, platform, instructions, .. } = manifest;
    say("made by", format!("Netwright {version} on {platform}, {instructions} instructions"));
    if let Some(obstacle) = &manifest.obstacle {
        say("note", format!("it cannot be repeated: {obstacle}"));
    }
    text
}
