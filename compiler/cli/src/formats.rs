//! The features of the runtime that files need, by the endings of their names.

use crate::args::Form;
use netwright_compiler::Model;
use netwright_compiler::recipe::Source;
use netwright_data::files::is_dicom;
use std::fs;
use std::path::{Path, PathBuf};

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

/// Returns the feature that a file to predict for needs, by its ending: whatever is no table, array, scan or volume is read as a picture. A
/// folder needs what its first file needs.
pub(crate) fn of_file(path: &Path) -> Option<&'static str> {
    if path.is_dir() {
        let scans = first_file(path).and_then(|file| of_file(&file));
        return scans.filter(|feature| ["dicom", "nifti"].contains(feature)).or_else(|| Some(feature(path)));
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    match ending(Path::new(name.strip_suffix(".gz").unwrap_or(&name))).as_deref() {
        Some("nii" | "hdr" | "img") => return Some("nifti"),
        Some("dcm" | "dicom" | "ima") => return Some("dicom"),
        _ => {}
    }
    match ending(path).as_deref() {
        Some("csv" | "tsv" | "txt" | "data" | "gz") => None,
        Some("npy" | "npz") => Some("arrays"),
        _ if is_dicom(path) => Some("dicom"),
        _ => Some(feature(path)),
    }
}

/// Returns the features that files to predict for need.
pub(crate) fn of_inputs(files: &[PathBuf], model: &Model) -> Vec<&'static str> {
    let source = model.recipe.as_ref().and_then(|recipe| recipe.sources().next());
    let takes_scans = matches!(source, Some(Source::Dicom(_) | Source::Nifti(_)));
    // A network of scans takes a folder's scans, whatever else is in it.
    let of_file = |file: &PathBuf| if takes_scans && file.is_dir() { None } else { of_file(file) };
    files.iter().filter_map(of_file).collect()
}

/// Returns a file of a folder, or of a folder in it, that is not hidden.
fn first_file(folder: &Path) -> Option<PathBuf> {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).collect();
    entries.retain(|entry| entry.file_name().is_some_and(|name| !name.to_string_lossy().starts_with('.')));
    entries.sort();
    entries.into_iter().find_map(|entry| match entry.is_dir() && !entry.is_symlink() {
        true => first_file(&entry),
        false => Some(entry),
    })
}

/// Returns the form of a result of this name, if its ending says one.
pub(crate) fn form_of(path: &Path) -> Option<Form> {
    match ending(path).as_deref() {
        _ if path.is_dir() => None,
        Some("png") => Some(Form::Png),
        Some("npy") => Some(Form::Npy),
        Some("nii") => Some(Form::Nii),
        Some("gz") if ending(&path.with_extension("")).as_deref() == Some("nii") => Some(Form::Nii),
        _ => None,
    }
}

/// Returns the feature that writes a form of answers.
pub(crate) fn of_form(form: Form) -> Option<&'static str> {
    match form {
        Form::Table | Form::Csv | Form::Json => None,
        Form::Png => Some(PICTURES),
        Form::Npy => Some("arrays"),
        Form::Nii => Some("nifti"),
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
    fn scans_and_volumes_are_known_by_their_names_or_contents() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        for (name, feature) in [
            ("a.nii", Some("nifti")),
            ("a.b.NII.GZ", Some("nifti")),
            ("a.dcm", Some("dicom")),
            ("table.csv.gz", None),
            ("a.png", Some(PICTURES)),
        ] {
            assert_eq!(of_file(&place(name)), feature, "{name}");
        }
        assert_eq!(of_file(folder.path()), Some(PICTURES));
        fs::create_dir_all(place("P1/series")).unwrap();
        fs::write(place(".hidden"), "").unwrap();
        fs::write(place("P1/series/IM0"), [&[0; 128][..], b"DICM", &[0]].concat()).unwrap();
        assert_eq!(of_file(folder.path()), Some("dicom"));
        fs::write(place("0.nii.gz"), "").unwrap();
        assert_eq!(of_file(folder.path()), Some("nifti"));
    }

    #[test]
    fn the_ending_of_a_result_says_its_form() {
        let form = |name: &str| form_of(Path::new(name));
        assert_eq!(form("a.PNG"), Some(Form::Png));
        assert_eq!([form("a.nii"), form("a.nii.gz")], [Some(Form::Nii); 2]);
        assert_eq!([form("masks"), form("a.gz"), form("a.npy.gz"), form("a.jpg")], [None; 4]);
    }

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
