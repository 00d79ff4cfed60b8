//! The features of the runtime that pictures need, by the endings of their names.

use std::fs;
use std::path::Path;

/// The feature for pictures.
pub(crate) const PICTURES: &str = "pictures";
/// The feature for pictures that are neither PNG nor JPEG.
pub(crate) const MORE_PICTURES: &str = "more-pictures";

/// Endings of pictures that need a feature of their own, which most networks do without.
const MORE: [&str; 5] = ["tif", "tiff", "bmp", "webp", "gif"];

/// Returns the feature that a picture needs, or the pictures of a folder or a list.
pub(crate) fn feature(path: &Path) -> &'static str {
    if needs_more(path) { MORE_PICTURES } else { PICTURES }
}

/// Returns the feature that a file to predict for needs, by its ending: whatever is no table nor an array is read as a picture.
pub(crate) fn of_file(path: &Path) -> Option<&'static str> {
    match ending(path).as_deref() {
        Some("csv" | "tsv" | "txt" | "data" | "gz") => None,
        Some("npy" | "npz") => Some("arrays"),
        _ => Some(feature(path)),
    }
}

fn needs_more(path: &Path) -> bool {
    if let Ok(entries) = fs::read_dir(path) {
        return entries.flatten().any(|entry| needs_more(&entry.path()));
    }
    match ending(path).as_deref() {
        Some("csv" | "tsv" | "txt") => fs::read_to_string(path).is_ok_and(|list| lists_more(&list)),
        Some(ending) => MORE.contains(&ending),
        None => false,
    }
}

/// Returns true if a list names a picture that needs the feature.
fn lists_more(list: &str) -> bool {
    let words = list.split(|c: char| ",;\t|\"'\r\n".contains(c));
    words
        .into_iter()
        .any(|word| ending(Path::new(word.trim())).is_some_and(|ending| MORE.contains(&&*ending)))
}

/// Returns a name's ending in lower case.
fn ending(path: &Path) -> Option<String> {
    path.extension().map(|ending| ending.to_string_lossy().to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_rare_formats_need_their_feature() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        fs::create_dir(place("cats")).unwrap();
        fs::write(place("cats/a.PNG"), "").unwrap();
        fs::write(place("list.csv"), "file,label\ncats/a.png,1\n\"b.jpeg\",0\n").unwrap();
        assert_eq!(feature(folder.path()), PICTURES);
        fs::write(place("cats/b.TIF"), "").unwrap();
        assert_eq!(feature(folder.path()), MORE_PICTURES);
        assert_eq!(feature(&place("list.csv")), PICTURES);
        fs::write(place("list.csv"), "file;label\n\"scans/b.webp\";0\n").unwrap();
        assert_eq!(feature(&place("list.csv")), MORE_PICTURES);
        assert_eq!(feature(&place("no such file.gif")), MORE_PICTURES);
    }
}
