//! Folders of pictures, with a sub-folder for each class.

use super::{Format, Problem};
use crate::Error;
use std::fs::{self, DirEntry, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// A folder of pictures, with a sub-folder for each class.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folder {
    /// The names of the classes, sorted byte by byte as torchvision's `ImageFolder` does: `10` is before `9`.
    pub classes: Vec<String>,
    /// The pictures and the numbers of their classes, class by class, sorted by path.
    pub files: Vec<(PathBuf, usize)>,
    /// The number of files that were passed over because they are hidden or no pictures.
    pub others: usize,
}

/// Lists the pictures of a folder with a sub-folder for each class, whose own sub-folders belong to it. Hidden files
/// and files that are no pictures are passed over and counted.
///
/// # Errors
/// If the folder cannot be read, has no sub-folders, has pictures beside them, or has a class without pictures.
pub fn folder(path: &Path) -> Result<Folder, Error> {
    let entries = sorted(path)?;
    let mut folder = Folder::default();
    let mut beside = Vec::new();
    for entry in &entries {
        let (name, place) = (entry.file_name(), entry.path());
        if is_hidden(entry) {
            folder.others += 1;
        } else if place.is_dir() {
            let (before, others) = (folder.files.len(), folder.others);
            let class = folder.classes.len();
            collect(&place, class, &mut folder)?;
            let class = name.to_string_lossy().into_owned();
            if folder.files.len() == before {
                return Err(Error::new(path, Problem::EmptyClass { class, others: folder.others - others }));
            }
            folder.classes.push(class);
        } else if is_picture(&place) {
            beside.push(name.to_string_lossy().into_owned());
        } else {
            folder.others += 1;
        }
    }
    let pictures = beside.len();
    match beside.into_iter().next() {
        _ if folder.classes.is_empty() => Err(Error::new(path, Problem::NoClasses { pictures })),
        Some(first) => Err(Error::new(path, Problem::Beside { pictures, first })),
        None => Ok(folder),
    }
}

/// Lists the pictures of a folder and of the folders in it, sorted by path; hidden files and files that are no pictures are passed over.
///
/// # Errors
/// If the folder cannot be read.
pub fn pictures(path: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut folder = Folder::default();
    collect(path, 0, &mut folder)?;
    Ok(folder.files.into_iter().map(|(file, _)| file).collect())
}

/// Adds the pictures of a class.
fn collect(path: &Path, class: usize, folder: &mut Folder) -> Result<(), Error> {
    for entry in sorted(path)? {
        let place = entry.path();
        if is_hidden(&entry) {
            folder.others += 1;
        } else if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            // Links to folders are not followed, so that none leads back.
            collect(&place, class, folder)?;
        } else if is_picture(&place) {
            folder.files.push((place, class));
        } else {
            folder.others += 1;
        }
    }
    Ok(())
}

/// Reads the entries of a folder, sorted by name.
fn sorted(path: &Path) -> Result<Vec<DirEntry>, Error> {
    let read = || fs::read_dir(path)?.collect::<Result<Vec<_>, _>>();
    let mut entries = read().map_err(|error| match error.kind() {
        ErrorKind::NotFound => Error::new(path, Problem::NoFolder { nearest: nearest(path) }),
        ErrorKind::NotADirectory => Error::new(path, Problem::NotFolder),
        _ => Error::new(path, crate::Problem::Read(error)),
    })?;
    entries.sort_by_key(DirEntry::file_name);
    Ok(entries)
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().to_string_lossy().starts_with('.')
}

/// Returns whether a file is a picture: by its name if that is usual for pictures, else by its contents.
fn is_picture(file: &Path) -> bool {
    const USUAL: [&str; 10] = ["bmp", "gif", "jfif", "jpe", "jpeg", "jpg", "png", "tif", "tiff", "webp"];
    let extension = file.extension().unwrap_or_default();
    if USUAL.iter().any(|usual| extension.eq_ignore_ascii_case(usual)) {
        return true;
    }
    let mut beginning = Vec::new();
    let read = File::open(file).and_then(|file| file.take(32).read_to_end(&mut beginning));
    read.is_ok() && Format::of(&beginning).is_some()
}

/// Finds the name beside a missing folder that is most similar to its name, if any is.
fn nearest(path: &Path) -> Option<String> {
    let wanted = path.file_name()?.to_string_lossy().into_owned();
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let names =
        fs::read_dir(parent).ok()?.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    names
        .map(|name| (distance(&name.to_lowercase(), &wanted.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= wanted.chars().count().max(3) / 3)
        .min()
        .map(|(_, name)| name)
}

/// Counts the letters to insert, remove or replace (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, letter) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for file in files {
            let file = root.path().join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, b"GIF89a").unwrap();
        }
        root
    }

    fn message(root: &Path) -> (String, String) {
        let error = folder(root).unwrap_err();
        (error.problem.to_string(), error.help().unwrap())
    }

    #[test]
    fn classes_and_files_are_sorted_and_others_counted() {
        let root =
            tree(&["b/2.png", "b/10.PNG", "a/deep/1.jpg", "a/no_extension", "b/.DS_Store", ".git/x.png"]);
        fs::write(root.path().join("b/Thumbs.db"), "x").unwrap();
        fs::write(root.path().join("readme.txt"), "x").unwrap();
        let found = folder(root.path()).unwrap();
        assert_eq!(found.classes, ["a", "b"]);
        let files: Vec<_> = (found.files.iter())
            .map(|(file, class)| (file.strip_prefix(root.path()).unwrap().to_str().unwrap(), *class))
            .collect();
        assert_eq!(files, [("a/deep/1.jpg", 0), ("a/no_extension", 0), ("b/10.PNG", 1), ("b/2.png", 1)]);
        assert_eq!(found.others, 4);
        let all: Vec<_> = found.files.into_iter().map(|(file, _)| file).collect();
        assert_eq!(pictures(root.path()).unwrap(), all);
    }

    #[test]
    fn errors_say_how_to_arrange_the_folder() {
        let root = tree(&["1.png", "2.png"]);
        let (text, help) = message(root.path());
        assert_eq!(text, "has no sub-folders; expected one per class (pictures directly inside: 2)");
        assert!(help.contains("a table"), "{help}");
        let root = tree(&["cat/1.png", "1.png"]);
        assert_eq!(message(root.path()).0, "has pictures beside the folders of classes (1, such as `1.png`)");
        let root = tree(&["cat/1.png", "dog/.hidden"]);
        assert_eq!(message(root.path()).0, "class `dog` has no pictures (other files inside: 1)");
        assert_eq!(message(&root.path().join("Catt")).1, "there is `cat`");
        assert_eq!(message(&root.path().join("zebra")).1, "paths are relative to the .net file");
        assert!(message(&root.path().join("cat/1.png")).0.starts_with("is a file; expected a folder"));
    }
}
