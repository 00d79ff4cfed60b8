//! Texts for folders of scans and volumes, of which the command knows names and the sizes of volumes.

use super::{Answer, Draft, convolutions, counted, entries, names, unfit, usual, validate};
use crate::error::Error;
use crate::headers::root;
use crate::scans::{self, Kind, classes};
use netwright_data::table::{Format, Text};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Names of folders of masks.
const MASKS: [&str; 6] = ["masks", "mask", "labels", "annotations", "segmentations", "targets"];
/// Names of tables of labels.
const TABLES: [&str; 5] =
    ["labels.csv", "labels.tsv", "participants.tsv", "participants.csv", "metadata.csv"];

/// The side of an image that a first network takes, and that of a volume.
const SIDE: usize = 64;
const DEPTH: usize = 32;

pub(super) fn draft(from: &Path, path: &str, kind: Kind, files: &[PathBuf]) -> Result<Draft, Error> {
    let folders: Vec<String> = entries(from).into_iter().filter(|name| from.join(name).is_dir()).collect();
    let masks = folders.iter().find(|name| MASKS.contains(&&*name.to_lowercase()));
    let others: Vec<&String> = folders.iter().filter(|name| Some(*name) != masks).collect();
    match (kind, masks, &others[..]) {
        (Kind::Nifti, Some(masks), [images]) => with_masks(from, path, images, masks),
        (Kind::Nifti, ..) => labelled(from, path, files, &Words::VOLUMES),
        (Kind::Dicom, ..) => labelled(from, path, files, &Words::SCANS),
    }
}

/// Words of a kind of files, and the network for them.
struct Words {
    source: &'static str,
    one: &'static str,
    many: &'static str,
    input: &'static [usize],
    remark: &'static str,
    /// The part of the check that is left to other commands.
    unread: &'static str,
}

impl Words {
    const SCANS: Words = Words {
        source: "dicom",
        one: "scan",
        many: "scans",
        input: &[1, SIDE, SIDE],
        remark: "grey; each file is an image: for volumes of series write [1, depth, height, width]",
        unread: "Sizes, windows and patients were not read: `netwright data` shows them.",
    };
    const VOLUMES: Words = Words {
        source: "nifti",
        one: "volume",
        many: "volumes",
        input: &[1, DEPTH, DEPTH, DEPTH],
        remark: "depth, height and width; volumes are scaled, `fit` says how",
        unread: "Voxels were not read: `netwright data` shows their range.",
    };
}

/// Returns the text for files in a folder for each class, or with a table of labels.
fn labelled(from: &Path, path: &str, files: &[PathBuf], words: &Words) -> Result<Draft, Error> {
    let of_files = classes(from, files);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    of_files.iter().flatten().for_each(|class| *counts.entry(class).or_default() += 1);
    let by_folder = of_files.iter().all(Option::is_some) && counts.len() > 1;
    let (labels, count, meaning) = match table(from, path)? {
        Some(table) => (table.argument, table.classes.len(), table.meaning),
        None if by_folder => {
            let each: Vec<String> =
                counts.iter().take(12).map(|(class, count)| format!("{class} {count}")).collect();
            let more = if counts.len() > 12 { " and others" } else { "" };
            let classes = counted(counts.len(), "class", "classes");
            (String::new(), counts.len(), format!("{classes}, a folder each: {}{more}", each.join(", ")))
        }
        None => {
            return unfit(
                format!(
                    "{} has {}, and nothing says their labels",
                    from.display(),
                    counted(files.len(), words.one, words.many)
                ),
                "put the files of each class into a folder of its name, or a table `labels.csv` beside them, whose first column names files and whose last one is the label",
            );
        }
    };
    let channels = channels(files, words)?;
    let answer = Answer::classes(count);
    let mut input = words.input.to_vec();
    input[0] = channels;
    let layers = match input[..] {
        [_, height, width] => convolutions([height, width]),
        _ => volumes(),
    };
    let mut settings =
        vec![(format!("data {}(\"{path}\"{labels}, fit=pad)", words.source), String::new()), validate()];
    settings.extend(usual(files.len(), 30, answer.metrics));
    Ok(Draft {
        about: vec![
            format!("{}; {meaning}.", counted(files.len(), words.one, words.many)),
            words.unread.into(),
        ],
        input: (input, words.remark.into()),
        layers: [layers, answer.layers].concat(),
        settings,
    })
}

/// Returns the layers of a small network for volumes, up to the answer.
fn volumes() -> Vec<String> {
    let mut layers: Vec<String> = [8, 16, 32]
        .map(|channels| format!("conv({channels}, 3x3x3, pad=1, bias=false) batch_norm relu max_pool(2x2x2)"))
        .into();
    layers.push("global_avg_pool flatten".into());
    layers
}

/// Returns the times or echoes of volumes, which must be as many in all of them; 1 for scans.
fn channels(files: &[PathBuf], words: &Words) -> Result<usize, Error> {
    const LOOKED_AT: usize = 50;
    if words.source == "dicom" {
        return Ok(1);
    }
    let some = files.iter().step_by(files.len().div_ceil(LOOKED_AT).max(1));
    let found: Vec<(&PathBuf, usize)> =
        some.filter_map(|file| Some((file, scans::volume(file).ok()?.channels))).collect();
    match found.iter().find(|(_, channels)| *channels != found[0].1) {
        Some((file, channels)) => unfit(
            format!(
                "{} has {channels} times or echoes, and {} has {}",
                file.display(),
                found[0].0.display(),
                found[0].1
            ),
            "a network takes volumes of as many channels: put others elsewhere",
        ),
        None => Ok(found.first().map_or(1, |(_, channels)| *channels)),
    }
}

/// A table of labels.
struct Labels {
    argument: String,
    classes: Vec<String>,
    meaning: String,
}

/// Finds a table of labels in a folder or beside it.
fn table(from: &Path, path: &str) -> Result<Option<Labels>, Error> {
    const MOST: usize = 100;
    let beside = root(from);
    let above = path.rsplit_once('/').map_or(String::new(), |(above, _)| format!("{above}/"));
    let places = [(from, format!("{path}/")), (&*beside, above)];
    let found = places.iter().find_map(|(folder, prefix)| {
        let name = TABLES.iter().find(|name| folder.join(name).is_file())?;
        Some((folder.join(name), format!("{prefix}{name}")))
    });
    let Some((file, name)) = found else { return Ok(None) };
    let text = Text::read(&file, &Format::default()).map_err(|error| super::failed(&error))?;
    let last = text.width() - 1;
    let facts = text.summary(last);
    let label = names::column(last, text.names());
    if last == 0 || facts.more || !(2..=MOST).contains(&facts.distinct.len()) {
        return unfit(
            format!("{}: the last column, {label}, is no class", file.display()),
            "write the text by hand, and name the label by `label=`",
        );
    }
    let classes: Vec<String> = facts.distinct.keys().cloned().collect();
    let shown = classes.iter().take(8).cloned().collect::<Vec<_>>().join(", ");
    let more = if classes.len() > 8 { ", ..." } else { "" };
    Ok(Some(Labels {
        argument: format!(", labels=\"{name}\", label={label}"),
        meaning: format!("the classes are those of the last column of {name}, a guess: {shown}{more}"),
        classes,
    }))
}

/// Returns the text for a folder of volumes beside one of masks.
fn with_masks(from: &Path, path: &str, images: &str, masks: &str) -> Result<Draft, Error> {
    let found = |folder: &str| scans::find(&from.join(folder)).map_or(vec![], |(_, files)| files);
    let (files, masked) = (found(images), found(masks));
    if files.is_empty() || masked.is_empty() {
        return unfit(
            format!("{} has no volumes beside their masks", from.display()),
            "put a mask of its name beside each",
        );
    }
    let channels = channels(&files, &Words::VOLUMES)?;
    let layers = [
        "conv(16, 3x3, pad=1, bias=false) batch_norm relu as fine",
        "max_pool(2x2)",
        "repeat 2 { conv(32, 3x3, pad=1, bias=false) batch_norm relu }",
        "upsample(2)",
        "concat(fine)",
        "conv(16, 3x3, pad=1, bias=false) batch_norm relu",
        "conv(1, 1x1) sigmoid",
        "loss dice",
    ];
    let data = format!("data nifti(\"{path}/{images}\", masks=\"{path}/{masks}\", slices=axial, fit=pad)");
    let mut settings = vec![(data, "slices of a volume stay on one side".into()), validate()];
    settings.extend(usual(files.len(), 20, "metrics iou"));
    Ok(Draft {
        about: vec![
            format!("{} with masks, cut into axial slices.", counted(files.len(), "volume", "volumes")),
            "Voxels were not read: masks are taken for a yes or no. If their numbers are classes, end the network".into(),
            "with `conv(3, 1x1) softmax` and `loss cross_entropy`. `netwright data` shows what is there.".into(),
        ],
        input: (vec![channels, SIDE, SIDE], "height and width; slices are scaled, `fit` says how".into()),
        layers: layers.map(String::from).into(),
        settings,
    })
}
