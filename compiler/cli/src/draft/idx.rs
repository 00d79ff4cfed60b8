//! Texts for folders of MNIST's files.

use super::{Answer, Draft, convolutions, entries, unfit, usual, validate};
use crate::error::Error;
use netwright_data::files::open;
use std::io::Read;
use std::path::Path;

/// Returns true if a folder has the files of MNIST.
pub(super) fn is_folder(folder: &Path) -> bool {
    file(folder, "train-images").is_some()
}

/// Returns the name of the file that begins so.
fn file(folder: &Path, begin: &str) -> Option<String> {
    entries(folder).into_iter().find(|name| name.starts_with(begin) && name.contains("ubyte"))
}

pub(super) fn draft(from: &Path, path: &str) -> Result<Draft, Error> {
    let mut bytes = [vec![], vec![]];
    for (name, (bytes, most)) in
        ["train-images", "train-labels"].iter().zip(bytes.iter_mut().zip([16, 1 << 24]))
    {
        let read = file(from, name).and_then(|name| open(&from.join(name), "file").ok());
        let read = read.and_then(|input| input.take(most).read_to_end(bytes).ok());
        if read.is_none() || bytes.len() < 9 {
            return unfit(
                format!("{} has no whole file {name}-...-ubyte", from.display()),
                "MNIST's four files are at https://storage.googleapis.com/cvdf-datasets/mnist/",
            );
        }
    }
    let [images, labels] = bytes;
    let (words, _) = images.as_chunks::<4>();
    let words: Vec<usize> = words.iter().map(|&word| u32::from_be_bytes(word) as usize).collect();
    let [0x803, samples, height, width] = words[..] else {
        return unfit(
            format!("{} has images of another format", from.display()),
            "they must be bytes, as MNIST's",
        );
    };
    let classes = labels[8..].iter().copied().max().map_or(0, |most| usize::from(most) + 1).max(2);
    let answer = Answer::classes(classes);
    let mut settings =
        vec![(format!("data idx(\"{path}\")"), "its t10k files are measured at the end".into()), validate()];
    settings.extend(usual(samples, 5, answer.metrics));
    Ok(Draft {
        about: vec![format!(
            "{samples} grey images of {height}x{width} with classes from 0 to {}.",
            classes - 1
        )],
        input: (vec![1, height, width], "grey".into()),
        layers: [convolutions([height, width]), answer.layers].concat(),
        settings,
    })
}
