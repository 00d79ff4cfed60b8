//! Data sources of a recipe, scaling of inputs and weights of samples.

use crate::emit::emitted;
use std::convert::Infallible;

emitted! {
    /// The files of a data set; paths are relative to the `.net` file.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum Source<S, L, C, J> {
        /// A folder with MNIST's four IDX files, plain or gzipped.
        Idx {
            /// The folder.
            path: S,
        },
        /// Some samples of such a folder.
        IdxPart {
            /// The folder.
            path: S,
            /// The classes to keep, renumbered from 0 in this order; all if empty.
            only: L,
            /// The number of training samples to keep; all if `None`.
            first: Option<usize>,
        },
        /// A table of text.
        Csv(table: Table<S, C>),
        /// Pictures in folders, or in a list.
        Images(pictures: Pictures<S, C>),
        /// Arrays of NumPy.
        Arrays(arrays: Arrays<S>),
        /// Scans of DICOM.
        Dicom(scans: Dicom<S, C>),
        /// Volumes of NIfTI.
        Nifti(volumes: Nifti<S, C>),
        /// Sources for a network with several inputs, outputs or losses.
        Joint(joint: J),
    }

    /// A column of a table.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Column<S> {
        /// The first one; as a label, as many as the network's loss compares.
        First,
        /// The last one; as a label, as many as the network's loss compares.
        Last,
        /// The column of this number, counted from 0.
        At(column: usize),
        /// The column of this name.
        Named(name: S),
    }

    /// A table of text with a line for each sample.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub struct Table<S, C> usual USUAL {
        /// The file.
        pub path: S,
        /// The columns of the label or the targets.
        pub label: C,
        /// The columns of the inputs; all others if empty.
        pub columns: C,
        /// Columns that are left out.
        pub drop: C,
        /// Columns whose numbers are names of categories.
        pub categories: C,
        /// The character between two cells; found if empty.
        pub separator: S,
        /// The character between a number's whole and its fraction, `.` or `,`; found if empty.
        pub decimal: S,
        /// The first line's meaning.
        pub header: Header,
        /// Treatment of missing values.
        pub missing: Missing,
        /// The column whose equal values are kept on one side of a split; none if empty.
        pub by: C,
        /// The column by which samples are joined with those of other sources; none if empty.
        pub key: C,
        /// Lines of a series that make one sample; 0 if each line is a sample.
        pub window: usize,
        /// Lines from one window's beginning to the next one's.
        pub step: usize,
        /// Lines from a window's end to its target.
        pub ahead: usize,
    }

    /// The meaning of a table's first line.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Header {
        /// Names if it has no number where the lines below have numbers.
        Found,
        /// The names of the columns.
        Names,
        /// A sample.
        None,
    }

    /// Treatment of missing values in a table.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum Missing {
        /// An error, which counts them.
        Refused,
        /// The mean of the column's training values.
        Mean,
        /// The median of the column's training values.
        Median,
        /// Samples with a missing value are left out.
        Drop,
        /// A number.
        Value(value: f64),
    }

    /// Pictures in folders named by class, or in a list.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub struct Pictures<S, C> usual USUAL {
        /// The folder, or the list: a table of text.
        pub path: S,
        /// The list's column with the pictures' paths, which are relative to the list; the first if empty.
        pub file: C,
        /// The list's columns of the label or the targets; the folder's name if empty.
        pub label: C,
        /// The list's column whose equal values are kept on one side of a split; none if empty.
        pub by: C,
        /// The list's column by which samples are joined with those of other sources; none if empty.
        pub key: C,
        /// The folder, or the list's column, of masks; none if empty.
        pub masks: S,
        /// The colours of masks, each as `#rrggbb`, in the order of their classes; none if empty.
        pub colours: S,
        /// The way to the network's height and width.
        pub fit: Fit,
        /// The grey value, from 0 to 1, behind transparent pixels and around padded pictures.
        pub background: f64,
        /// Treatment of files that cannot be read.
        pub damaged: Damaged,
        /// The place where decoded pictures are kept.
        pub cache: Cache,
    }

    /// The way from a picture's size to the network's.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Fit {
        /// Another size is an error.
        Exact,
        /// Height and width are scaled by different factors.
        Stretch,
        /// The whole picture is scaled to fit inside, with the background around it.
        Pad,
        /// The picture is scaled to cover, and what lies outside is cut off on both sides.
        Crop,
    }

    /// Treatment of files that cannot be read.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Damaged {
        /// An error.
        Refused,
        /// They are left out, counted and named.
        Skip,
    }

    /// The place where decoded samples are kept.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Cache {
        /// Memory if they fit, nowhere otherwise.
        Found,
        /// Memory.
        Memory,
        /// A temporary file.
        Disk,
        /// Nowhere: they are decoded in each epoch.
        None,
    }

    /// Arrays of NumPy: an `.npz` file, or an `.npy` file beside that of its targets.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Arrays<S> usual USUAL {
        /// The file.
        pub path: S,
        /// The name of the inputs' array in an `.npz` file; found if empty.
        pub inputs: S,
        /// The name of the targets' array, or the `.npy` file of the targets; found if empty.
        pub targets: S,
        /// The place of the channels' axis.
        pub channels: Channels,
        /// The place of the inputs while they are not needed.
        pub cache: Cache,
    }

    /// The place of the channels among an array's axes.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Channels {
        /// The place that fits the network's input.
        Found,
        /// Before height and width.
        First,
        /// After height and width.
        Last,
    }

    /// Scans of DICOM in a folder: images, or series of slices that make volumes.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub struct Dicom<S, C> usual USUAL {
        /// The folder.
        pub path: S,
        /// The table of labels; if empty, folders are named by class.
        pub labels: S,
        /// The table's column that says which scan a line is about; the first if empty.
        pub key: C,
        /// The table's columns of the label or the targets.
        pub label: C,
        /// The attribute, or the table's column, whose equal values are kept on one side of a split; none if empty.
        pub by: C,
        /// The middle of the window of intensities; the file's if `None`.
        pub center: Option<f64>,
        /// The width of the window of intensities; the file's if `None`.
        pub width: Option<f64>,
        /// The way to the network's size.
        pub fit: Fit,
        /// The intensity, from 0 to 1, around padded scans.
        pub background: f64,
        /// Treatment of files that cannot be read.
        pub damaged: Damaged,
    }

    /// Volumes of NIfTI in a folder.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub struct Nifti<S, C> usual USUAL {
        /// The folder.
        pub path: S,
        /// The folder of masks of the same names; none if empty.
        pub masks: S,
        /// The table of labels; none if empty.
        pub labels: S,
        /// The table's column that says which volume a line is about; the first if empty.
        pub key: C,
        /// The table's columns of the label or the targets.
        pub label: C,
        /// The table's column whose equal values are kept on one side of a split; none if empty.
        pub by: C,
        /// The plane of the slices that volumes are cut into; `None` if they stay whole.
        pub slices: Option<Plane>,
        /// The distance of voxels in millimetres that volumes are resampled to; 0 if they stay as they are.
        pub spacing: f64,
        /// The way to the network's size.
        pub fit: Fit,
        /// The intensity around padded volumes.
        pub background: f64,
        /// Treatment of files that cannot be read.
        pub damaged: Damaged,
    }

    /// The plane of a volume's slices.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Plane {
        /// Slices from left to right.
        Sagittal,
        /// Slices from back to front.
        Coronal,
        /// Slices from bottom to top.
        Axial,
    }

    /// Scaling of the inputs before they enter the network. Pixels come as 0 to 1.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum Scaling {
        /// No scaling.
        None,
        /// `(x - mean) / std`
        Normalize {
            /// The number that is subtracted.
            mean: f64,
            /// The number that the difference is divided by.
            std: f64,
        },
        /// Scaling of each feature by its mean and standard deviation over the training samples.
        Standardize,
    }

    /// The weight of each sample in the loss of a training step.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum SampleWeights<L> {
        /// Weight 1 for every sample.
        Equal,
        /// Weights that give every class the same total: `samples / (classes · samples of its class)`, whose
        /// mean is 1, of the classes that occur, as scikit-learn's
        /// [compute_class_weight](https://scikit-learn.org/stable/modules/generated/sklearn.utils.class_weight.compute_class_weight.html).
        Balanced,
        /// A weight for each class; a yes of a binary label is class 1.
        ByClass(weights: L),
    }

    /// Weights that a training starts from.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Start<S, R, L> {
        /// The file, relative to the `.net` file.
        pub file: S,
        /// Other names for its tensors; the first rule that fits a name gives it another.
        pub renames: R,
        /// The parameters that stay as they are there.
        pub frozen: L,
    }
}

/// Columns in a constant.
type Columns = &'static [Column<&'static str>];

impl Table<&'static str, Columns> {
    /// A table of which nothing is said.
    pub const USUAL: Self = Table {
        path: "",
        label: &[Column::Last],
        columns: &[],
        drop: &[],
        categories: &[],
        separator: "",
        decimal: "",
        header: Header::Found,
        missing: Missing::Refused,
        by: &[],
        key: &[],
        window: 0,
        step: 1,
        ahead: 1,
    };
}

impl Pictures<&'static str, Columns> {
    /// Pictures of which nothing is said.
    pub const USUAL: Self = Pictures {
        path: "",
        file: &[],
        label: &[Column::Last],
        by: &[],
        key: &[],
        masks: "",
        colours: "",
        fit: Fit::Exact,
        background: 1.0,
        damaged: Damaged::Refused,
        cache: Cache::Found,
    };
}

impl Arrays<&'static str> {
    /// Arrays of which nothing is said.
    pub const USUAL: Self =
        Arrays { path: "", inputs: "", targets: "", channels: Channels::Found, cache: Cache::Found };
}

impl Dicom<&'static str, Columns> {
    /// Scans of which nothing is said.
    pub const USUAL: Self = Dicom {
        path: "",
        labels: "",
        key: &[],
        label: &[Column::Last],
        by: &[Column::Named("PatientID")],
        center: None,
        width: None,
        fit: Fit::Exact,
        background: 0.0,
        damaged: Damaged::Refused,
    };
}

impl Nifti<&'static str, Columns> {
    /// Volumes of which nothing is said.
    pub const USUAL: Self = Nifti {
        path: "",
        masks: "",
        labels: "",
        key: &[],
        label: &[Column::Last],
        by: &[],
        slices: None,
        spacing: 0.0,
        fit: Fit::Exact,
        background: 0.0,
        damaged: Damaged::Refused,
    };
}

impl Plane {
    /// All planes by their names.
    pub const NAMED: [(&'static str, Plane); 3] =
        [("sagittal", Plane::Sagittal), ("coronal", Plane::Coronal), ("axial", Plane::Axial)];
}

impl Fit {
    /// All fits by their names.
    pub const NAMED: [(&'static str, Fit); 4] =
        [("exact", Fit::Exact), ("stretch", Fit::Stretch), ("pad", Fit::Pad), ("crop", Fit::Crop)];
}

/// A source of samples, of which there may be several.
pub trait Sources<S, L, C>: Sized {
    /// Returns the first of the sources.
    fn first(&self) -> &Source<S, L, C, Self>;
}

impl<S, L, C> Sources<S, L, C> for Infallible {
    fn first(&self) -> &Source<S, L, C, Self> {
        match *self {}
    }
}

impl<S, L, C, J: Sources<S, L, C>> Source<S, L, C, J> {
    /// Returns the path of the folder or file, of several sources that of the first.
    pub fn path(&self) -> &S {
        match self {
            Source::Idx { path } | Source::IdxPart { path, .. } => path,
            Source::Csv(Table { path, .. })
            | Source::Images(Pictures { path, .. })
            | Source::Arrays(Arrays { path, .. })
            | Source::Dicom(Dicom { path, .. })
            | Source::Nifti(Nifti { path, .. }) => path,
            Source::Joint(joint) => joint.first().path(),
        }
    }

    /// Returns true if every sample surely has one class as its label, and a test set is beside the training samples.
    pub fn is_idx(&self) -> bool {
        matches!(self, Source::Idx { .. } | Source::IdxPart { .. })
    }

    /// Returns the columns of the labels, if the source may have a table of them.
    pub fn label(&self) -> Option<&C> {
        match self {
            Source::Idx { .. } | Source::IdxPart { .. } | Source::Arrays(_) | Source::Joint(_) => None,
            Source::Csv(Table { label, .. })
            | Source::Images(Pictures { label, .. })
            | Source::Dicom(Dicom { label, .. })
            | Source::Nifti(Nifti { label, .. }) => Some(label),
        }
    }

    /// Returns the column by which samples are joined with those of other sources, if the source can name one.
    pub fn key(&self) -> Option<&C> {
        match self {
            Source::Csv(Table { key, .. }) | Source::Images(Pictures { key, .. }) => Some(key),
            Source::Idx { .. }
            | Source::IdxPart { .. }
            | Source::Arrays(_)
            | Source::Dicom(_)
            | Source::Nifti(_)
            | Source::Joint(_) => None,
        }
    }

    /// Returns the feature of the runtime that reads it, if that is one of its own; each of several sources has its own.
    pub fn feature(&self) -> Option<&'static str> {
        match self {
            Source::Idx { .. } | Source::IdxPart { .. } | Source::Csv(_) | Source::Joint(_) => None,
            Source::Images(_) => Some("pictures"),
            Source::Arrays(_) => Some("arrays"),
            Source::Dicom(_) => Some("dicom"),
            Source::Nifti(_) => Some("nifti"),
        }
    }
}
