//! Pictures: folders of classes, lists, masks, and sizes.

use super::table::{Beginning, borrowed, read};
use super::{Known, Look, Misfit, labels};
use netwright_compiler::recipe::Column;
use netwright_data::label::{Label, Values};
use netwright_data::picture::{Problem, folder, header, pictures};
use netwright_data::table::{Format, Text};
use netwright_model::{Damaged, Fit, Pictures};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// The files whose headers are read, or that are looked for, at most.
const MOST_FILES: usize = 500;

type Recipe = Pictures<String, Vec<Column>>;

pub(super) fn look(look: &mut Look<'_>, recipe: &Recipe, known: &mut Known) {
    let path = look.path();
    let files = match path.is_dir() {
        true => of_folder(look, recipe, &path, known),
        false => of_list(look, recipe, &path, known),
    };
    let Some(files) = files else { return };
    if recipe.fit == Fit::Exact && recipe.damaged == Damaged::Refused {
        sizes(look, &files);
    }
    // A list may have a column of masks, which is looked at with the list.
    if !recipe.masks.is_empty() && path.is_dir() {
        masks(look, &files, &look.below(&recipe.masks));
    }
}

/// Checks the folders of classes, and returns the files.
fn of_folder(look: &mut Look<'_>, recipe: &Recipe, path: &Path, known: &mut Known) -> Option<Vec<PathBuf>> {
    if look.interface.to_input || !recipe.masks.is_empty() {
        let found = pictures(path);
        return report(look, "path", found).filter(|files| {
            if files.is_empty() {
                look.refuse("path", format!("{} holds no pictures", path.display()), None);
            }
            !files.is_empty()
        });
    }
    let found = folder(path);
    let found = report(look, "path", found)?;
    let texts = found.files.iter().map(|(_, class)| found.classes[*class].clone()).collect();
    let label = Label { name: String::new(), values: Values::Texts(texts) };
    match labels::check(&[label], look.interface, &known.classes, true) {
        Ok(classes) if known.classes.is_empty() => known.classes = classes,
        Ok(_) => {}
        Err(misfit) => {
            let message = format!("{}: {}", path.display(), misfit.message);
            look.mislabelled("path", Misfit { message, ..misfit });
        }
    }
    Some(found.files.into_iter().map(|(file, _)| file).collect())
}

/// Checks the columns of a list, and returns the files.
fn of_list(look: &mut Look<'_>, recipe: &Recipe, path: &Path, known: &mut Known) -> Option<Vec<PathBuf>> {
    let Beginning { text, whole } = report(look, "path", read(path, &Format::default())?)?;
    let columns = [&recipe.file, &recipe.by, &recipe.label].map(|columns| borrowed(columns));
    let [file, by, label] = &columns;
    let find = |look: &mut Look<'_>, argument, columns: &[netwright_model::Column<&str>]| {
        let found: Result<Vec<usize>, _> = columns.iter().map(|column| text.column(column)).collect();
        report(look, argument, found)
    };
    let file = find(look, "file", file)?.first().copied().unwrap_or(0);
    find(look, "by", by)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let files: Vec<PathBuf> = texts(&text, file).into_iter().map(|name| folder.join(name)).collect();
    if !recipe.masks.is_empty() {
        let column = text.column(&netwright_model::Column::Named(&recipe.masks));
        match column {
            Ok(column) => {
                let masks: Vec<PathBuf> =
                    texts(&text, column).into_iter().map(|name| folder.join(name)).collect();
                there(look, "masks", &masks);
            }
            Err(_) if look.below(&recipe.masks).is_dir() => {
                let folder = look.below(&recipe.masks);
                masks(look, &files, &folder);
            }
            Err(error) => look.refuse("masks", error.to_string(), error.help()),
        }
    } else if !look.interface.to_input {
        let chosen = text.label_columns(label, file, labels::width(look.interface));
        let chosen = report(look, "label", chosen)?;
        let found: Result<Vec<Label>, _> = chosen.into_iter().map(|column| text.label(column)).collect();
        match found {
            Ok(found) => match labels::check(&found, look.interface, &known.classes, whole) {
                Ok(classes) if known.classes.is_empty() => known.classes = classes,
                Ok(_) => {}
                Err(misfit) => look.mislabelled("label", misfit),
            },
            Err(problem) => {
                look.refuse("label", format!("{}: {problem}", path.display()), problem.help());
            }
        }
    }
    if recipe.damaged == Damaged::Refused {
        there(look, "file", &files);
    }
    Some(files)
}

/// Returns the cells of a column; a missing one is the training's to tell.
fn texts(text: &Text, column: usize) -> Vec<String> {
    (0..text.rows()).map(|row| text.cell(row, column).to_string()).filter(|cell| !cell.is_empty()).collect()
}

/// Reports files of a list that are not there.
fn there(look: &mut Look<'_>, argument: &str, files: &[PathBuf]) {
    let absent: Vec<&PathBuf> = some_of(files).filter(|file| !file.exists()).collect();
    let more = match absent.len() {
        0 | 1 => String::new(),
        count => format!(", and {} more of the {} looked for", count - 1, files.len().min(MOST_FILES)),
    };
    if let Some(first) = absent.first() {
        let help = "paths in a list are relative to the list".to_string();
        look.refuse(argument, format!("there is no file {}{more}", first.display()), Some(help));
    }
}

/// Reports pictures whose size is not that of the network's input.
fn sizes(look: &mut Look<'_>, files: &[PathBuf]) {
    let input = look.interface.input.clone();
    let fits = |height: usize, width: usize| match input[..] {
        [_, h, w] => [height, width] == [h, w],
        [len] => height * width == len,
        _ => true,
    };
    // Damaged files are the training's to tell, which reads all of them.
    let headers = some_of(files).filter_map(|file| header(file).ok().map(|header| (file, header)));
    let (mut looked_at, mut others) = (0, vec![]);
    for (file, header) in headers {
        looked_at += 1;
        if !fits(header.height, header.width) {
            others.push((file, header));
        }
    }
    let Some((file, header)) = others.first() else { return };
    let more = match others.len() {
        1 => String::new(),
        count => format!("; so are {} more of the {looked_at} looked at", count - 1),
    };
    let expected = match input[..] {
        [_, h, w] => format!("{h}x{w}"),
        _ => format!("{input:?}"),
    };
    let message = format!(
        "{} is {}x{}, and the network takes {expected}{more}",
        file.display(),
        header.height,
        header.width
    );
    let help =
        "let pictures be scaled: write `fit=pad`, `fit=crop` or `fit=stretch`; sizes are height x width";
    look.misfit("fit", Misfit::new(message, help));
}

/// Checks that each picture has a mask of its name.
fn masks(look: &mut Look<'_>, files: &[PathBuf], folder: &Path) {
    if !folder.is_dir() {
        return look.absent("masks", folder);
    }
    let found = pictures(folder);
    let Some(masks) = report(look, "masks", found) else { return };
    let stem = |file: &Path| file.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let there: HashSet<Option<String>> = masks.iter().map(|file| stem(file)).collect();
    let without: Vec<&PathBuf> = files.iter().filter(|file| !there.contains(&stem(file))).collect();
    let Some(first) = without.first() else { return };
    let more = match without.len() {
        1 => String::new(),
        count => format!(", nor of {} other pictures", count - 1),
    };
    let message = format!("{} has no mask of {}{more}", folder.display(), first.display());
    look.refuse("masks", message, Some("a mask has its picture's name, whatever its ending".into()));
}

/// Returns at most [`MOST_FILES`] files, from the first to the last.
fn some_of(files: &[PathBuf]) -> impl Iterator<Item = &PathBuf> {
    files.iter().step_by(files.len().div_ceil(MOST_FILES).max(1))
}

/// Reports an error at an argument.
fn report<T>(look: &mut Look<'_>, argument: &str, found: Result<T, netwright_data::Error>) -> Option<T> {
    match found {
        Ok(found) => Some(found),
        // The training's program reads more formats.
        Err(error) if is_unbuilt(&error) => None,
        Err(error) => {
            look.refuse(argument, error.to_string(), error.help());
            None
        }
    }
}

fn is_unbuilt(error: &netwright_data::Error) -> bool {
    matches!(&error.problem, netwright_data::Problem::Picture(Problem::NotBuilt { .. }))
}
