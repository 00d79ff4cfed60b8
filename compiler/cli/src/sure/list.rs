//! A list of the samples whose answers are sure enough to become labels, as `images(...)` reads it.

use super::found::{Found, Kind};
use super::told::quoted;
use crate::error::Error;
use crate::output::LIST;
use std::fmt::Write;
use std::path::{Component, Path, PathBuf};

/// Returns the list of answers with at least this probability, whose paths are relative to the folder that the list is written to, and
/// the number of samples of each class.
///
/// # Errors
/// If the answers are no classes, or a sample is not a file of its own.
pub(crate) fn list(found: &Found, above: f64, folder: &Path) -> Result<(String, Vec<usize>), Error> {
    let unfit = |message: String, help: &str| Err(Error::Unfit { message, help: help.into() });
    if found.kind != Kind::Classes {
        return unfit(
            format!("the answers of `{}` are no classes, which labels are made of", found.network),
            "`netwright predict --format csv` writes answers of other kinds",
        );
    }
    if let Some((sample, (word, number))) =
        found.samples.iter().find_map(|sample| Some((sample, sample.place.as_ref()?)))
    {
        return unfit(
            format!("{}, {word} {number}: is not a file of its own, and a list names files", sample.file),
            "`netwright predict --format csv` writes the answers to samples of tables, arrays and volumes",
        );
    }
    let mut counts = vec![0; found.names.len()];
    let mut text = format!("{LIST}\n");
    for sample in &found.samples {
        let class = sample.answer();
        let probability = sample.mean[class];
        if probability >= above {
            counts[class] += 1;
            let file = relative(Path::new(&sample.file), folder);
            let (file, class) = (quoted(&file.display().to_string()), quoted(&found.names[class]));
            let _ = writeln!(text, "{file},{probability},{class}");
        }
    }
    Ok((text, counts))
}

/// Returns a path as seen from a folder; both are absolute or relative to the same folder.
fn relative(file: &Path, folder: &Path) -> PathBuf {
    let parts = |path: &'_ Path| -> Vec<PathBuf> {
        let parts = path.components().filter(|part| *part != Component::CurDir);
        parts.map(|part| PathBuf::from(part.as_os_str())).collect()
    };
    let (file_parts, folder_parts) = (parts(file), parts(folder));
    let same = file_parts.iter().zip(&folder_parts).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n(PathBuf::from(".."), folder_parts.len() - same);
    match file.is_absolute() == folder.is_absolute() && !folder_parts[same..].contains(&"..".into()) {
        true => up.chain(file_parts[same..].iter().cloned()).collect(),
        false => file.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::found::tests::found;
    use super::*;

    #[test]
    fn sure_answers_become_labels() {
        let (text, counts) = list(&found(), 0.95, Path::new("")).unwrap();
        assert_eq!(text, "file,probability,label\na.png,0.96875,benign\nd.png,1,malignant\n");
        assert_eq!(counts, [1, 1]);
        let (text, counts) = list(&found(), 0.5, Path::new("lists")).unwrap();
        assert!(text.contains("\n\"../b, c.png\",0.625,malignant\n"), "{text}");
        assert_eq!(counts, [1, 2]);
        let mut lines = found();
        lines.samples[1].place = Some(("line".into(), 4));
        let error = list(&lines, 0.5, Path::new("")).unwrap_err();
        assert_eq!(error.to_string(), "b, c.png, line 4: is not a file of its own, and a list names files");
    }

    #[test]
    fn paths_are_seen_from_the_list() {
        let seen = |file, folder| relative(Path::new(file), Path::new(folder)).display().to_string();
        assert_eq!(seen("/a/b/c.png", "/a/b"), "c.png");
        assert_eq!(seen("/a/b/c.png", "/a/d/e"), "../../b/c.png");
        assert_eq!(seen("./pool/c.png", ""), "pool/c.png");
    }
}
