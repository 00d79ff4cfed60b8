//! Texts for arrays of NumPy.

use super::{Answer, Draft, convolutions, counted, entries, failed, names, unfit, usual, validate};
use crate::error::Error;
use crate::headers::root;
use netwright_data::arrays::{Header, header, read, splits};
use std::path::{Path, PathBuf};

pub(super) fn draft(from: &Path, path: &str) -> Result<Draft, Error> {
    let is_npy = from.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("npy"));
    if is_npy {
        let inputs = header(from, "").map_err(|error| failed(&error))?;
        let (file, targets) = beside(from, &inputs)?;
        let folder = path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let source = format!("npy(\"{path}\", \"{folder}{name}\")");
        return of(&inputs, &targets, &file, "", &source, false);
    }
    if let Some(parts) = splits(from).map_err(|error| failed(&error))? {
        let Some(targets) = parts.training.targets else {
            return unfit(format!("{} has no labels", from.display()), "add an array of them");
        };
        let source = format!("npz(\"{path}\")");
        return of(
            &parts.training.inputs,
            &targets,
            from,
            &targets.name,
            &source,
            parts.validation.is_some(),
        );
    }
    let headers = netwright_data::arrays::names(from).map_err(|error| failed(&error))?;
    let size = |header: &Header| header.shape.iter().product::<usize>();
    let inputs = headers.iter().max_by_key(|header| size(header)).cloned();
    let Some(inputs) = inputs else { return unfit(format!("{} has no arrays", from.display()), "add some") };
    let fits = |header: &&Header| header.name != inputs.name && header.shape.first() == inputs.shape.first();
    let Some(targets) = headers.iter().find(fits) else {
        return unfit(
            format!("{} has no array with a label for each of the {:?}", from.display(), inputs.name),
            "add one of the same length",
        );
    };
    let word = |name: &str| names::column(0, &[name.to_string()]);
    let source = format!("npz(\"{path}\", inputs={}, targets={})", word(&inputs.name), word(&targets.name));
    of(&inputs, targets, from, &targets.name, &source, false)
}

/// Finds the file of the targets beside that of the inputs: one of the same length, and of a telling name.
fn beside(from: &Path, inputs: &Header) -> Result<(PathBuf, Header), Error> {
    const NAMES: [&str; 6] = ["y", "label", "target", "class", "answer", "output"];
    let folder = root(from);
    let found = entries(&folder).into_iter().filter(|name| {
        let name = name.to_lowercase();
        name.ends_with(".npy") && NAMES.iter().any(|known| name.contains(known))
    });
    let found = found.map(|name| folder.join(name)).filter(|file| file != from).find_map(|file| {
        let header = header(&file, "").ok()?;
        (header.shape.first() == inputs.shape.first() && from.file_name() != file.file_name())
            .then_some((file, header))
    });
    match found {
        Some(found) => Ok(found),
        None => unfit(
            format!("there is no array of labels beside {}", from.display()),
            "save it as `y.npy` or `labels.npy` in the same folder, with as many labels as there are samples",
        ),
    }
}

fn of(
    inputs: &Header,
    targets: &Header,
    file: &Path,
    name: &str,
    source: &str,
    has_held_out: bool,
) -> Result<Draft, Error> {
    let (samples, sample) = match inputs.shape.split_first() {
        Some((&samples, sample)) if samples > 0 && !sample.is_empty() => (samples, sample),
        _ => {
            return unfit(
                format!("{:?} has no samples: its shape is {:?}", inputs.name, inputs.shape),
                "give other data",
            );
        }
    };
    let (shape, remark) = match *sample {
        [height, width] if height >= 8 && width >= 8 => (vec![1, height, width], "grey"),
        [height, width, channels @ (1 | 3 | 4)] if height >= 8 && width >= 8 => {
            (vec![channels, height, width], "channels are the last axis of the array, and the first here")
        }
        [channels, height, width] => (vec![channels, height, width], "channels, height and width"),
        ref other => (vec![other.iter().product()], "all numbers of a sample"),
    };
    let (answer, meaning) = answer(targets, file, name)?;
    let (layers, scaling) = match shape[..] {
        [_, height, width] => (convolutions([height, width]), ""),
        [len] => (vec![format!("dense({}) relu", len.next_power_of_two().clamp(16, 128))], " standardize"),
        _ => (vec!["flatten".into()], ""),
    };
    let mut settings = vec![(format!("data {source}{scaling}"), String::new())];
    match has_held_out {
        true => settings[0].1 = "its val arrays are held out, its test arrays are measured at the end".into(),
        false => settings.push(validate()),
    }
    settings.extend(usual(samples, 30, answer.metrics));
    Ok(Draft {
        about: vec![format!("{} of shape {sample:?}; {meaning}.", counted(samples, "array", "arrays"))],
        input: (shape, remark.into()),
        layers: [layers, answer.layers].concat(),
        settings,
    })
}

/// Returns the end of the network for an array of targets.
fn answer(targets: &Header, file: &Path, name: &str) -> Result<(Answer, String), Error> {
    const MOST_CLASSES: f64 = 1000.0;
    let numbers = read(file, name).map_err(|error| failed(&error))?.numbers.to_doubles();
    let width = targets.shape[1..].iter().product::<usize>().max(1);
    let whole = numbers.iter().all(|number| number.fract() == 0.0 && (0.0..MOST_CLASSES).contains(number));
    let most = numbers.iter().copied().fold(0.0, f64::max);
    Ok(match (width, whole) {
        (1, true) if most >= 1.0 => {
            let count = most as usize + 1;
            (Answer::classes(count), format!("labels are classes from 0 to {}", count - 1))
        }
        (1, _) => (Answer::numbers(1), "labels are numbers".into()),
        (width, true) if most <= 1.0 => (Answer::yes_or_no(width), format!("{width} labels each, no or yes")),
        (width, _) if targets.shape.len() == 2 => {
            (Answer::numbers(width), format!("{width} numbers to learn each"))
        }
        _ => {
            return unfit(
                format!("labels of shape {:?} are no classes and no numbers", targets.shape),
                "write the text by hand: masks need an output with height and width",
            );
        }
    })
}
