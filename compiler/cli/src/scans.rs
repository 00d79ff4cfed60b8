//! Scans of DICOM and volumes of NIfTI, as far as names and first bytes tell: their readers are not part of the command.

use netwright_data::files::{is_dicom, is_picture, list, open};
use std::io::Read;
use std::path::{Path, PathBuf};

/// The kind of a folder's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Dicom,
    Nifti,
}

/// Returns the kind of a folder's files and those of this kind, if they are more than its pictures.
pub(crate) fn find(folder: &Path) -> Option<(Kind, Vec<PathBuf>)> {
    let files = list(folder, "folder").ok()?;
    let pictures = files.iter().filter(|file| is_picture(file)).count();
    let others = || files.iter().filter(|file| !is_picture(file));
    let first = others().find_map(|file| kind(file))?;
    let found: Vec<PathBuf> = others().filter(|file| kind(file) == Some(first)).cloned().collect();
    (found.len() > pictures).then_some((first, found))
}

/// Returns the kind of a file, if it is a scan or a volume; the second file of a pair belongs to the first.
pub(crate) fn kind(file: &Path) -> Option<Kind> {
    let name = file.file_name()?.to_string_lossy().to_lowercase();
    match name.strip_suffix(".gz").unwrap_or(&name).rsplit_once('.') {
        Some((_, "nii" | "hdr")) => Some(Kind::Nifti),
        Some((_, "dcm" | "dicom" | "ima")) => Some(Kind::Dicom),
        Some((_, "img" | "csv" | "tsv" | "txt" | "json")) => None,
        _ if name == "dicomdir" => None,
        _ => is_dicom(file).then_some(Kind::Dicom),
    }
}

/// Returns the class of each file: the name of the folder that it is in, inside of `folder`; `None` for those that are in none.
pub(crate) fn classes(folder: &Path, files: &[PathBuf]) -> Vec<Option<String>> {
    let class = |file: &PathBuf| {
        let mut parts = file.strip_prefix(folder).ok()?.components();
        let class = parts.next()?.as_os_str().to_string_lossy().into_owned();
        parts.next().map(|_| class)
    };
    files.iter().map(class).collect()
}

/// The size of a volume as its header says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Volume {
    /// The lengths of its axes, in the file's order.
    pub(crate) shape: [usize; 3],
    /// Times or echoes.
    pub(crate) channels: usize,
}

/// Reads the header of a NIfTI file of version 1 or 2; else says what is wrong with it.
pub(crate) fn volume(file: &Path) -> Result<Volume, String> {
    let mut bytes = vec![];
    let opened = open(file, "volume").map_err(|problem| problem.to_string())?;
    opened.take(540).read_to_end(&mut bytes).map_err(|cause| format!("cannot be read ({cause})"))?;
    let size = |at: usize| bytes.get(at..at + 4).map(|word| [word[0], word[1], word[2], word[3]]);
    let first = size(0).unwrap_or_default();
    let (version, big) = match (i32::from_le_bytes(first), i32::from_be_bytes(first)) {
        (348, _) => (1, false),
        (_, 348) => (1, true),
        (540, _) => (2, false),
        (_, 540) => (2, true),
        _ => return Err("has no header of NIfTI".into()),
    };
    let (start, width) = if version == 1 { (40, 2) } else { (16, 8) };
    let dims: Option<Vec<i64>> = (0..8)
        .map(|axis| {
            let number = bytes.get(start + axis * width..start + (axis + 1) * width)?;
            let word =
                |byte: usize| i64::from(number[if big { width - 1 - byte } else { byte }]) << (8 * byte);
            let number = (0..width).map(word).fold(0, |sum, part| sum | part);
            Some(if width == 2 { i64::from(number as i16) } else { number })
        })
        .collect();
    let Some(dims) = dims else { return Err("has a header that is cut off".into()) };
    let rank = dims[0];
    if !(1..=7).contains(&rank) || dims[1..=rank as usize].iter().any(|&len| len < 1) {
        return Err(format!("has a header with the sizes {dims:?}"));
    }
    let len = |axis: usize| if axis as i64 <= rank { dims[axis] as usize } else { 1 };
    Ok(Volume { shape: [1, 2, 3].map(len), channels: (4..8).map(len).product() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn headers_of_both_versions_and_byte_orders_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.nii");
        let read = |bytes: &[u8]| {
            fs::write(&file, bytes).unwrap();
            volume(&file)
        };
        let dims = [4_i16, 64, 32, 24, 3, 1, 1, 1];
        let expected = Ok(Volume { shape: [64, 32, 24], channels: 3 });
        let mut one = vec![0; 348];
        one[..4].copy_from_slice(&348_i32.to_le_bytes());
        dims.iter()
            .enumerate()
            .for_each(|(at, len)| one[40 + 2 * at..][..2].copy_from_slice(&len.to_le_bytes()));
        assert_eq!(read(&one), expected);
        one[..4].copy_from_slice(&348_i32.to_be_bytes());
        dims.iter()
            .enumerate()
            .for_each(|(at, len)| one[40 + 2 * at..][..2].copy_from_slice(&len.to_be_bytes()));
        assert_eq!(read(&one), expected);
        let mut two = vec![0; 540];
        two[..4].copy_from_slice(&540_i32.to_le_bytes());
        for (at, &len) in dims.iter().enumerate() {
            two[16 + 8 * at..][..8].copy_from_slice(&i64::from(len).to_le_bytes());
        }
        assert_eq!(read(&two), expected);
        two[16..24].copy_from_slice(&(-1_i64).to_le_bytes());
        assert!(read(&two).unwrap_err().contains("[-1, 64"));
        assert!(read(b"nothing").unwrap_err().contains("no header"));
        assert!(read(&348_i32.to_le_bytes()).unwrap_err().contains("cut off"));
    }

    #[test]
    fn a_folder_is_of_what_most_of_its_files_are() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, bytes: &[u8]| {
            let file = folder.path().join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, bytes).unwrap();
        };
        put("a/1", &[&[0; 128][..], b"DICM"].concat());
        assert_eq!(find(folder.path()).map(|(kind, files)| (kind, files.len())), Some((Kind::Dicom, 1)));
        put("a/1.png", b"");
        assert_eq!(find(folder.path()), None);
        put("a/2.dcm", b"");
        put("b/labels.csv", b"");
        let (_, files) = find(folder.path()).unwrap();
        assert_eq!(classes(folder.path(), &files), [Some("a".into()), Some("a".into())]);
    }
}
