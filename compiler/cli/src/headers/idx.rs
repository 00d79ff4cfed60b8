//! MNIST's files: their sizes, and the number of classes.

use super::{Look, Misfit, labels};
use netwright_data::files::open;
use std::io::Read;
use std::path::{Path, PathBuf};

pub(super) fn look(look: &mut Look<'_>, path: &str, all_classes: bool) {
    let folder = look.below(path);
    if !folder.is_dir() {
        return look.refuse("path", format!("{} is no folder", folder.display()), Some(DOWNLOAD.into()));
    }
    let Some(images) = find(&folder, "train-images", "idx3-ubyte") else {
        let message =
            format!("there is no train-images-idx3-ubyte, plain or gzipped, in {}", folder.display());
        return look.refuse("path", message, Some(DOWNLOAD.into()));
    };
    // What is wrong with the bytes of a file is the training's to tell.
    let Some([magic, count, height, width]) = words(&images) else { return };
    if magic != 0x0803 {
        return;
    }
    let input = &look.interface.input;
    let image = vec![1, height as usize, width as usize];
    if *input != image && input[..] != [image.iter().product::<usize>()] {
        let message =
            format!("{} has images of {height}x{width}, and the network takes {input:?}", folder.display());
        return look.misfit("path", Misfit::new(message, format!("write `input {image:?}` in the network")));
    }
    if look.interface.to_input && all_classes {
        return;
    }
    let Some(file) = find(&folder, "train-labels", "idx1-ubyte") else {
        let message =
            format!("there is no train-labels-idx1-ubyte, plain or gzipped, in {}", folder.display());
        return look.refuse("path", message, Some(DOWNLOAD.into()));
    };
    let mut bytes = vec![];
    let read = open(&file, "file").map(|input| input.take(1 << 24).read_to_end(&mut bytes));
    let (true, Some(found)) = (matches!(read, Ok(Ok(_))), bytes.get(8..)) else { return };
    let header: [u32; 2] =
        [0, 4].map(|at| u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]));
    if header[0] != 0x0801 {
        return;
    }
    if header[1] != count {
        let message = format!("{} has {} labels of {count} images", folder.display(), header[1]);
        return look.refuse("path", message, Some("take both files from the same data set".into()));
    }
    let outputs = labels::outputs(look.interface);
    let most = found.iter().copied().max().unwrap_or(0);
    if all_classes && look.interface.of_indices && usize::from(most) >= outputs {
        let message = format!(
            "{} has classes up to {most}, and the network's output has {outputs} numbers",
            folder.display()
        );
        let help =
            format!("end the network with `dense({}) softmax`, or choose classes by `only=[...]`", most + 1);
        look.mislabelled("path", Misfit::new(message, help));
    }
}

pub(super) const DOWNLOAD: &str = "MNIST's four files (train and t10k, images and labels) are at \
                        https://storage.googleapis.com/cvdf-datasets/mnist/; paths are relative to the .net file";

/// Returns the file of this name, which may be gzipped and whose ending may follow a full stop instead.
fn find(folder: &Path, name: &str, ending: &str) -> Option<PathBuf> {
    let names =
        ["-", "."].map(|between| ["", ".gz"].map(|packed| format!("{name}{between}{ending}{packed}")));
    names.into_iter().flatten().map(|name| folder.join(name)).find(|file| file.is_file())
}

/// Returns the first words of a file.
fn words(file: &Path) -> Option<[u32; 4]> {
    let mut bytes = [0; 16];
    open(file, "file").ok()?.read_exact(&mut bytes).ok()?;
    let (words, _) = bytes.as_chunks();
    Some([0, 1, 2, 3].map(|at: usize| u32::from_be_bytes(words[at])))
}
