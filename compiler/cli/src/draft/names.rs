//! Names and paths of a text: of the network, of columns and of the data.

use super::unfit;
use crate::error::Error;
use crate::headers::root;
use netwright_compiler::reserved_words;
use netwright_data::table::Heading;
use std::path::{Component, Path, PathBuf};

/// Returns a name for the network: that of the file, in camel case.
pub(super) fn network(output: &Path) -> String {
    let stem = output.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let words = stem.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let name: String = words
        .map(|word| {
            let (first, rest) = word.split_at(1);
            format!("{}{rest}", first.to_uppercase())
        })
        .collect();
    match name.chars().next() {
        Some(first) if first.is_ascii_alphabetic() => name,
        _ => format!("Net{name}"),
    }
}

/// Returns a column as an argument: its name, in quotation marks where it means something else, or its number.
pub(super) fn column(number: usize, names: &[String]) -> String {
    const WORDS: [&str; 6] = ["first", "last", "all", "none", "found", "error"];
    let name = names.get(number).cloned().unwrap_or_default();
    if WORDS.contains(&name.as_str()) || reserved_words().contains(&name.as_str()) {
        return format!("{name:?}");
    }
    Heading { number, name }.argument()
}

/// Returns a column in a comment: its name, or its number.
pub(super) fn spoken(number: usize, names: &[String]) -> String {
    match names.get(number).map(String::as_str) {
        None | Some("") => format!("column {number}, counted from 0"),
        Some(name) => name.into(),
    }
}

/// Returns columns as an argument: one, or a list.
pub(super) fn columns(numbers: &[usize], names: &[String]) -> String {
    match numbers {
        [one] => column(*one, names),
        all => format!("[{}]", all.iter().map(|&at| column(at, names)).collect::<Vec<_>>().join(", ")),
    }
}

/// Returns the path from the folder of the text to the data, as the text has it.
pub(super) fn path(from: &Path, output: &Path) -> Result<String, Error> {
    let folder = root(output);
    let path = match (from.canonicalize(), folder.canonicalize()) {
        (Ok(from), Ok(folder)) => relative(&from, &folder),
        _ => from.to_path_buf(),
    };
    let path = path.to_string_lossy().replace('\\', "/");
    match path.contains(['"', '\n']) {
        true => {
            unfit(format!("{path} cannot be named in a text"), "rename it: a path has no quotation marks")
        }
        false => Ok(path),
    }
}

/// Returns the way from a folder to a file; both are absolute.
fn relative(file: &Path, folder: &Path) -> PathBuf {
    let [file, folder]: [Vec<Component<'_>>; 2] = [file, folder].map(|path| path.components().collect());
    let shared = file.iter().zip(&folder).take_while(|(one, other)| one == other).count();
    let up = std::iter::repeat_n(Component::ParentDir, folder.len() - shared);
    let path: PathBuf = up.chain(file[shared..].iter().copied()).collect();
    if path.as_os_str().is_empty() { PathBuf::from(".") } else { path }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_words_of_the_language() {
        assert_eq!(network(Path::new("a/breast-cancer_2.net")), "BreastCancer2");
        assert_eq!(network(Path::new("3d.net")), "Net3d");
        let names = ["age", "last", "data", "Blood pressure", ""].map(String::from);
        let written: Vec<String> = (0..5).map(|at| column(at, &names)).collect();
        assert_eq!(written, ["age", "\"last\"", "\"data\"", "\"Blood pressure\"", "4"]);
        assert_eq!(relative(Path::new("/a/b/c.csv"), Path::new("/a/d")), Path::new("../b/c.csv"));
    }
}
