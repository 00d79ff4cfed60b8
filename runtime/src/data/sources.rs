//! Loading the samples of a recipe's sources, and those to predict for.

use super::about::Kind;
use super::idx::{self, Part};
use super::inputs::Inputs;
use super::read::Read;
use super::{About, Dataset, Error, Interface, Problem, join, table};
use crate::recipe::{Arrays, Source};
use netwright_data::files;
use std::path::Path;

impl Dataset {
    /// Loads the training samples; paths are relative to `root`.
    ///
    /// # Errors
    /// If a file is missing or damaged, or its samples do not fit the network.
    pub fn training(source: &Source, root: &Path, interface: &Interface<'_>) -> Result<Dataset, Error> {
        load(source, root, Use::Training, interface, &About::default())
    }

    /// Loads the test samples: the data's own test set, or else those of `test`. Columns and classes are those `about` the training
    /// samples.
    ///
    /// # Errors
    /// If a file is missing or damaged, or its samples do not fit the network.
    pub fn testing(
        source: &Source,
        test: Option<&Source>,
        root: &Path,
        interface: &Interface<'_>,
        about: &About,
    ) -> Result<Option<Dataset>, Error> {
        let own = match test {
            None => has(source, root, Use::Test)?.then_some(source),
            Some(_) => test,
        };
        own.map(|test| load(test, root, Use::Test, interface, about)).transpose()
    }

    /// Loads held-out samples from a source of their own. Columns and classes are those `about` the training samples.
    ///
    /// # Errors
    /// If a file is missing or damaged, or its samples do not fit the network.
    pub fn held_out(
        source: &Source,
        root: &Path,
        interface: &Interface<'_>,
        about: &About,
    ) -> Result<Dataset, Error> {
        load(source, root, Use::HeldOut, interface, about)
    }

    /// Returns true if the data has held-out samples of its own beside those to train with.
    ///
    /// # Errors
    /// If its file is missing or damaged.
    pub fn has_held_out(source: &Source, root: &Path) -> Result<bool, Error> {
        has(source, root, Use::HeldOut)
    }

    /// Loads the training samples as the training did that has left its knowledge `about` them.
    ///
    /// # Errors
    /// If a file is missing or damaged, or its samples do not fit the network.
    pub fn again(
        source: &Source,
        root: &Path,
        interface: &Interface<'_>,
        about: &About,
    ) -> Result<Dataset, Error> {
        load(source, root, Use::Training, interface, about)
    }

    /// Learns what the data itself knows of its samples, for weights that do not say it: the columns of a table.
    ///
    /// # Errors
    /// If a file is missing or damaged, or its samples do not fit the network.
    pub fn look_at(source: &Source, root: &Path, interface: &Interface<'_>) -> Result<About, Error> {
        let kind = match source {
            Source::Joint(joint) => {
                let look = |at: usize| {
                    let (source, interface) = join::part_of(joint, at);
                    Dataset::look_at(&source, root, &interface)
                };
                let parts = (0..joint.parts.len()).map(look).collect::<Result<Vec<About>, Error>>()?;
                let mut parts = parts.into_iter();
                let first = parts.next().unwrap_or_default();
                return Ok(About { beside: parts.map(|part| part.kind).collect(), ..first });
            }
            Source::Csv(recipe) => Kind::Table(table::layout(&root.join(recipe.path), recipe, interface)?),
            Source::Idx { .. } | Source::IdxPart { .. } | Source::Images(_) => Kind::Pictures,
            Source::Arrays(_) => Kind::Arrays,
            Source::Dicom(scans) => Kind::Scans(scans.into()),
            Source::Nifti(volumes) => Kind::Volumes(volumes.into()),
        };
        Ok(About { kind, ..About::default() })
    }

    /// Returns true if a file to predict for is a picture or a folder of pictures.
    #[doc(hidden)]
    pub fn are_pictures(file: &Path, source: Option<&Source>, about: &About) -> bool {
        Form::of(file, &about.kind, source) == Form::Pictures
    }

    /// Loads samples to predict for: a picture, the pictures of a folder, or the lines of a table, with or without the targets'
    /// columns. They must be of the kind that the network was trained with.
    ///
    /// # Errors
    /// If the file is missing or damaged, or does not fit the network.
    pub fn to_predict(
        file: &Path,
        source: Option<&Source>,
        interface: &Interface<'_>,
        about: &About,
    ) -> Result<Inputs, Error> {
        let error = |problem| Error::new(file, problem);
        if !file.exists() {
            return Err(error(Problem::Missing { what: "file or folder", looked_for: vec![] }));
        }
        let found = Form::of(file, &about.kind, source);
        let expected = match (&about.kind, source) {
            (Kind::Unknown, Some(Source::Csv(_))) => Form::Table,
            (Kind::Unknown, Some(Source::Arrays(_))) => Form::Arrays,
            (Kind::Unknown, Some(Source::Dicom(_))) => Form::Scans,
            (Kind::Unknown, Some(Source::Nifti(_))) => Form::Volumes,
            (Kind::Unknown, Some(source)) if source.is_idx() => Form::Pictures,
            (Kind::Unknown, _) => found,
            (Kind::Pictures, _) => Form::Pictures,
            (Kind::Table(_), _) => Form::Table,
            (Kind::Arrays, _) => Form::Arrays,
            (Kind::Scans(_), _) => Form::Scans,
            (Kind::Volumes(_), _) => Form::Volumes,
        };
        if found != expected {
            let [expected, found] = [expected, found].map(|form| form.name().to_string());
            return Err(error(Problem::OtherKind { expected, found }));
        }
        let whole = |read: Read| Inputs::whole(read, interface.inputs());
        match found {
            Form::Table => table::to_predict(file, source, interface, about).map(whole),
            #[cfg(feature = "pictures")]
            Form::Pictures => super::pictures::to_predict(file, source, interface),
            #[cfg(feature = "arrays")]
            Form::Arrays => super::arrays::to_predict(file, source, interface).map(whole),
            #[cfg(feature = "dicom")]
            Form::Scans => super::dicom::to_predict(file, source, interface, about),
            #[cfg(feature = "nifti")]
            Form::Volumes => super::nifti::to_predict(file, source, interface, about),
            #[cfg(not(feature = "pictures"))]
            Form::Pictures => Err(error(Problem::Feature { feature: "pictures" })),
            #[cfg(not(feature = "arrays"))]
            Form::Arrays => Err(error(Problem::Feature { feature: "arrays" })),
            #[cfg(not(feature = "dicom"))]
            Form::Scans => Err(error(Problem::Feature { feature: "dicom" })),
            #[cfg(not(feature = "nifti"))]
            Form::Volumes => Err(error(Problem::Feature { feature: "nifti" })),
        }
    }
}

/// The form of samples to predict for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Table,
    Pictures,
    Arrays,
    Scans,
    Volumes,
}

impl Form {
    /// Returns the form of a file, by its name or its beginning; a folder is of what the network takes if that can be in folders.
    fn of(file: &Path, kind: &Kind, source: Option<&Source>) -> Form {
        if file.is_dir() {
            return match (kind, source) {
                (Kind::Scans(_), _) | (Kind::Unknown, Some(Source::Dicom(_))) => Form::Scans,
                (Kind::Volumes(_), _) | (Kind::Unknown, Some(Source::Nifti(_))) => Form::Volumes,
                _ => Form::Pictures,
            };
        }
        let name = file.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let unpacked = name.strip_suffix(".gz").unwrap_or(&name);
        match unpacked.rsplit_once('.').map(|(_, ending)| ending) {
            Some("nii" | "hdr" | "img") => return Form::Volumes,
            Some("dcm" | "dicom" | "ima") => return Form::Scans,
            _ if files::is_picture(file) => return Form::Pictures,
            _ => {}
        }
        let ending = file.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        match ending.as_deref() {
            Some("npy" | "npz") => Form::Arrays,
            _ if files::is_dicom(file) => Form::Scans,
            _ => Form::Table,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Form::Table => "lines of a table, whose numbers have a scale of their own",
            Form::Pictures => "pictures, whose numbers are from 0 to 1",
            Form::Arrays => "arrays of numbers",
            Form::Scans => "scans of DICOM",
            Form::Volumes => "volumes of NIfTI",
        }
    }
}

/// The part of the data that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    Training,
    HeldOut,
    Test,
}

/// Returns true if a source has samples for a use beside those to train with.
fn has(source: &Source, root: &Path, of: Use) -> Result<bool, Error> {
    match source {
        Source::Idx { .. } | Source::IdxPart { .. } => Ok(of == Use::Test),
        Source::Arrays(source) => arrays_have(source, root, of),
        Source::Csv(_) | Source::Images(_) | Source::Dicom(_) | Source::Nifti(_) => Ok(false),
        Source::Joint(joint) => {
            joint.parts.iter().try_fold(true, |all, part| Ok(all && has(&part.source, root, of)?))
        }
    }
}

#[cfg(feature = "arrays")]
fn arrays_have(source: &Arrays, root: &Path, of: Use) -> Result<bool, Error> {
    super::arrays::has(&root.join(source.path), source, of)
}

#[cfg(not(feature = "arrays"))]
fn arrays_have(_: &Arrays, _: &Path, _: Use) -> Result<bool, Error> {
    Ok(false)
}

fn load(
    source: &Source,
    root: &Path,
    of: Use,
    interface: &Interface<'_>,
    about: &About,
) -> Result<Dataset, Error> {
    if let Source::Joint(joint) = source {
        return join::load(joint, root, of, about);
    }
    let read = read_one(source, root, of, interface, about)?;
    read.dataset(interface, &about.classes).map_err(|problem| Error::new(&root.join(source.path()), problem))
}

/// Reads the samples of one source.
pub(super) fn read_one(
    source: &Source,
    root: &Path,
    of: Use,
    interface: &Interface<'_>,
    about: &About,
) -> Result<Read, Error> {
    let path = root.join(source.path());
    let set = if of == Use::Training { "train" } else { "t10k" };
    let read = match source {
        Source::Idx { .. } => idx::load(&path, set, Part::ALL, interface)?,
        Source::IdxPart { only, first, .. } => {
            let first = first.filter(|_| of == Use::Training);
            idx::load(&path, set, Part { only, first }, interface)?
        }
        Source::Joint(_) => return Err(Error::new(&path, Problem::Empty)),
        Source::Csv(table) => table::load(&path, table, interface, about)?,
        #[cfg(feature = "pictures")]
        Source::Images(source) => super::pictures::load(root, source, interface)?,
        #[cfg(feature = "arrays")]
        Source::Arrays(source) => super::arrays::load(root, source, of, interface)?,
        #[cfg(feature = "dicom")]
        Source::Dicom(source) => super::dicom::load(root, source, interface, about)?,
        #[cfg(feature = "nifti")]
        Source::Nifti(source) => super::nifti::load(root, source, interface, about)?,
        #[cfg(not(feature = "dicom"))]
        Source::Dicom(_) => return Err(Error::new(&path, Problem::Feature { feature: "dicom" })),
        #[cfg(not(feature = "nifti"))]
        Source::Nifti(_) => return Err(Error::new(&path, Problem::Feature { feature: "nifti" })),
        #[cfg(not(feature = "pictures"))]
        Source::Images(_) => return Err(Error::new(&path, Problem::Feature { feature: "pictures" })),
        #[cfg(not(feature = "arrays"))]
        Source::Arrays(_) => return Err(Error::new(&path, Problem::Feature { feature: "arrays" })),
    };
    if about.kind != Kind::Unknown
        && std::mem::discriminant(&about.kind) != std::mem::discriminant(&read.kind)
    {
        let (expected, found) = (about.kind.to_string(), read.kind.to_string());
        return Err(Error::new(&path, Problem::OtherKind { expected, found }));
    }
    Ok(read)
}
