//! Texts for pictures: folders of classes, pictures with masks, and lists.

use super::{Answer, Draft, convolutions, counted, entries, failed, unfit, usual, validate};
use crate::error::Error;
use netwright_data::picture::{Header, Masks, Meaning, folder, header, mask, pictures};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Names of folders of masks, and of the parts of a data set.
const MASKS: [&str; 8] =
    ["masks", "mask", "labels", "label", "annotations", "segmentations", "segmentation", "targets"];
const TRAINING: [&str; 2] = ["train", "training"];
const HELD_OUT: [&str; 4] = ["val", "valid", "validation", "dev"];
const TEST: [&str; 2] = ["test", "testing"];

/// The largest side of a picture that a first network takes.
const SIDE: usize = 64;

/// The pictures' size and mode for a network, and what to say of them.
pub(super) struct Sizes {
    pub(super) shape: [usize; 3],
    /// The argument `fit`; empty if all pictures have the network's size.
    pub(super) fit: &'static str,
    pub(super) remark: String,
}

/// Chooses the size of a network's input for pictures; sides are multiples of `step`.
pub(super) fn sizes(files: &[PathBuf], step: usize) -> Result<Sizes, Error> {
    const MOST: usize = 2000;
    let some = files.iter().step_by(files.len().div_ceil(MOST).max(1));
    let headers: Vec<Header> = some.filter_map(|file| header(file).ok()).collect();
    let mut found: BTreeMap<[usize; 2], usize> = BTreeMap::new();
    headers.iter().for_each(|header| *found.entry([header.height, header.width]).or_default() += 1);
    let channels =
        if !headers.is_empty() && headers.iter().all(|header| header.channels < 3) { 1 } else { 3 };
    let mode = if channels == 1 { "grey" } else { "red, green and blue" };
    let text = |[height, width]: [usize; 2]| format!("{height}x{width}");
    let side = |side: usize| (side.min(SIDE) / step * step).max(step);
    let all: Vec<[usize; 2]> = found.keys().copied().collect();
    Ok(match all[..] {
        [] => Sizes {
            shape: [channels, SIDE, SIDE],
            fit: "pad",
            remark: format!("{mode}; pictures are scaled, `fit` says how"),
        },
        [[height, width]] if height.max(width) <= SIDE && height % step == 0 && width % step == 0 => Sizes {
            shape: [channels, height, width],
            fit: "",
            remark: format!("{mode}; all pictures are {}", text([height, width])),
        },
        [[height, width]] => {
            let most = height.max(width);
            let scaled = |size: usize| side((size * SIDE.min(most)).div_ceil(most));
            Sizes {
                shape: [channels, scaled(height), scaled(width)],
                fit: "stretch",
                remark: format!("{mode}; scaled from {}", text([height, width])),
            }
        }
        [least, .., _] => {
            let smallest = all.iter().map(|size| size[0].min(size[1])).min().unwrap_or(SIDE);
            let size = side(smallest.max(32));
            let most = all.iter().max_by_key(|size| size[0] * size[1]).copied().unwrap_or(least);
            let least = all.iter().min_by_key(|size| size[0] * size[1]).copied().unwrap_or(least);
            Sizes {
                shape: [channels, size, size],
                fit: "pad",
                remark: format!("{mode}; scaled from {} sizes, {} to {}", all.len(), text(least), text(most)),
            }
        }
    })
}

/// Returns the arguments that follow a source's path.
pub(super) fn fit(sizes: &Sizes) -> String {
    if sizes.fit.is_empty() { String::new() } else { format!(", fit={}", sizes.fit) }
}

pub(super) fn draft(from: &Path, path: &str) -> Result<Draft, Error> {
    let names: Vec<String> = entries(from).into_iter().filter(|name| from.join(name).is_dir()).collect();
    let one_of = |known: &[&str]| names.iter().find(|name| known.contains(&&*name.to_lowercase()));
    let masks = one_of(&MASKS);
    let others: Vec<&String> = names.iter().filter(|name| Some(*name) != masks).collect();
    if let (Some(masks), [images]) = (masks, &others[..]) {
        return with_masks(from, path, images, masks);
    }
    match one_of(&TRAINING) {
        Some(training) => {
            let [held_out, test] = [&HELD_OUT[..], &TEST].map(|known| one_of(known).cloned());
            let parts: Vec<(&str, String)> = [("validate", held_out), ("test", test)]
                .into_iter()
                .filter_map(|(key, name)| Some((key, name?)))
                .collect();
            of_classes(&from.join(training), &format!("{path}/{training}"), path, &parts)
        }
        None => of_classes(from, path, path, &[]),
    }
}

/// Returns the text for a folder with a folder for each class; `parts` are folders of other samples beside it.
fn of_classes(from: &Path, path: &str, above: &str, parts: &[(&str, String)]) -> Result<Draft, Error> {
    let found = folder(from).map_err(|error| failed(&error))?;
    let count = found.classes.len();
    if count < 2 {
        return unfit(
            format!("{} has one class, `{}`", from.display(), found.classes.join("")),
            "make a folder for each class, at least two",
        );
    }
    let files: Vec<PathBuf> = found.files.iter().map(|(file, _)| file.clone()).collect();
    let of = |class: usize| found.files.iter().filter(|(_, of)| *of == class).count();
    let each: Vec<String> = found
        .classes
        .iter()
        .enumerate()
        .take(12)
        .map(|(class, name)| format!("{name} {}", of(class)))
        .collect();
    let more = if count > 12 { " and others" } else { "" };
    let sizes = sizes(&files, 1)?;
    let [_, height, width] = sizes.shape;
    let answer = Answer::classes(count);
    let mut settings =
        vec![(format!("data images(\"{path}\"{})", fit(&sizes)), "a folder for each class".into())];
    if !parts.iter().any(|(key, _)| *key == "validate") {
        settings.push(validate());
    }
    settings.extend(
        parts
            .iter()
            .map(|(key, name)| (format!("{key} images(\"{above}/{name}\"{})", fit(&sizes)), String::new())),
    );
    settings.push(("augment flip(horizontal) rotate(10deg)".into(), "remove what changes a class".into()));
    settings.extend(usual(files.len(), 30, answer.metrics));
    let mut about = vec![format!(
        "{} of {}: {}{more}.",
        counted(files.len(), "picture", "pictures"),
        counted(count, "class", "classes"),
        each.join(", ")
    )];
    let lone: Vec<&str> = found
        .classes
        .iter()
        .enumerate()
        .filter(|(class, _)| of(*class) == 1)
        .map(|(_, name)| &**name)
        .collect();
    if !lone.is_empty() {
        let names = lone.iter().take(8).copied().collect::<Vec<_>>().join(", ");
        about.push(format!("A class of one picture is either learned or measured, not both: {names}."));
    }
    Ok(Draft {
        about,
        input: (sizes.shape.to_vec(), sizes.remark),
        layers: [convolutions([height, width]), answer.layers].concat(),
        settings,
    })
}

/// Returns the text for a folder of pictures beside one of masks.
fn with_masks(from: &Path, path: &str, images: &str, masks: &str) -> Result<Draft, Error> {
    let files = pictures(&from.join(images)).map_err(|error| failed(&error))?;
    let found = pictures(&from.join(masks)).map_err(|error| failed(&error))?;
    if files.is_empty() || found.is_empty() {
        return unfit(
            format!("{} has no pictures beside their masks", from.display()),
            "put a mask of its name beside each",
        );
    }
    let sizes = sizes(&files, 4)?;
    let classes = mask_classes(&found);
    let (end, metrics, what) = match classes {
        Some(count) => (
            vec![format!("conv({count}, 1x1) softmax"), "loss cross_entropy".into()],
            "metrics iou",
            format!("Their values, 0 to {}, are classes.", count - 1),
        ),
        None => (
            vec!["conv(1, 1x1) sigmoid".into(), "loss dice".into()],
            "metrics iou",
            "They say yes or no for each pixel.".into(),
        ),
    };
    let layers = [
        "conv(16, 3x3, pad=1, bias=false) batch_norm relu as fine",
        "max_pool(2x2)",
        "repeat 2 { conv(32, 3x3, pad=1, bias=false) batch_norm relu }",
        "upsample(2)",
        "concat(fine)",
        "conv(16, 3x3, pad=1, bias=false) batch_norm relu",
    ];
    let data = format!("data images(\"{path}/{images}\", masks=\"{path}/{masks}\"{})", fit(&sizes));
    let mut settings = vec![(data, "a mask has its picture's name".into()), validate()];
    settings
        .push(("augment flip(horizontal) rotate(10deg)".into(), "moves masks with their pictures".into()));
    settings.extend(usual(files.len(), 40, metrics));
    Ok(Draft {
        about: vec![format!("{} with masks. {what}", counted(files.len(), "picture", "pictures"))],
        input: (sizes.shape.to_vec(), sizes.remark),
        layers: layers.map(String::from).into_iter().chain(end).collect(),
        settings,
    })
}

/// Returns the number of classes of masks; `None` if they say yes or no.
fn mask_classes(masks: &[PathBuf]) -> Option<usize> {
    const LOOKED_AT: usize = 50;
    const MOST: i32 = 64;
    let wanted =
        Masks { meaning: Meaning::Indices, size: None, fit: netwright_model::Fit::Exact, outside: 0 };
    let some = masks.iter().step_by(masks.len().div_ceil(LOOKED_AT).max(1));
    let classes: Vec<i32> =
        some.filter_map(|file| mask(file, &wanted).ok()).flat_map(|mask| mask.classes).collect();
    let most = classes.into_iter().max().unwrap_or(0);
    // White on black has values of 255, and of anything between where it was scaled or compressed.
    (1 < most && most < MOST).then(|| most as usize + 1)
}
