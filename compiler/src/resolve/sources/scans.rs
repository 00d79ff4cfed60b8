//! Sources of scans and volumes.

use super::{DAMAGED, ENDS, FITS, column, columns, is_usual, name_or_path};
use crate::args::{Args, Signature};
use crate::graph::LossUse;
use crate::recipe::{Column, Source};
use crate::sink::Sink;
use netwright_grammar::{Diagnostic, Span};
use netwright_model::{Dicom, Nifti, Plane};

pub(super) const DICOM: Signature<'static> = Signature {
    name: "dicom",
    positional: 1,
    params: &[
        ("path", None),
        ("labels", Some("none")),
        ("key", Some("first")),
        ("label", Some("last")),
        ("by", Some("PatientID")),
        ("center", Some("found")),
        ("width", Some("found")),
        ("fit", Some("exact")),
        ("background", Some("0")),
        ("damaged", Some("error")),
    ],
};

pub(super) const NIFTI: Signature<'static> = Signature {
    name: "nifti",
    positional: 1,
    params: &[
        ("path", None),
        ("masks", Some("none")),
        ("labels", Some("none")),
        ("key", Some("first")),
        ("label", Some("last")),
        ("by", Some("none")),
        ("slices", Some("none")),
        ("spacing", Some("found")),
        ("fit", Some("exact")),
        ("background", Some("0")),
        ("damaged", Some("error")),
    ],
};

/// The arguments that speak of columns of the table of labels.
const OF_TABLE: [&str; 3] = ["key", "label", "by"];

/// Reads the arguments of scans.
pub(super) fn dicom(args: &mut Args<'_>, path: String) -> Dicom<String, Vec<Column>> {
    let labels = name_or_path(args, "labels");
    if labels.is_empty() {
        no_table(args, &OF_TABLE[..2]);
    }
    let [center, width] = ["center", "width"].map(|name| !is_usual(args, name));
    if center != width {
        let (given, other) = if center { ("center", "width") } else { ("width", "center") };
        let message = "a window of intensities has a center and a width";
        args.reject("E0306", given, message, format!("there is no `{other}`"), format!("add `{other}`"));
    }
    let by = if is_usual(args, "by") {
        // The default is an attribute that most files have.
        args.default("by").map(|name| Column::Named(name.into())).into_iter().collect()
    } else if args.word("by", &["none"]).is_some() {
        vec![]
    } else {
        column(args, "by")
    };
    Dicom {
        path,
        labels,
        key: column(args, "key"),
        label: columns(args, "label", ENDS),
        by,
        center: center.then(|| args.number("center")),
        width: width.then(|| at_least_one(args)),
        fit: args.choice("fit", FITS),
        background: args.fraction("background"),
        damaged: args.choice("damaged", DAMAGED),
    }
}

/// Reads the arguments of volumes.
pub(super) fn nifti(args: &mut Args<'_>, path: String) -> Nifti<String, Vec<Column>> {
    let [masks, labels] = ["masks", "labels"].map(|name| name_or_path(args, name));
    if labels.is_empty() {
        no_table(args, &OF_TABLE);
    } else if !masks.is_empty() && is_usual(args, "by") {
        args.reject(
            "E0306",
            "labels",
            "masks are labels already",
            "this table would say nothing",
            "remove `labels`, or add `by=` with a column of the table, such as `by=patient`",
        );
    }
    let planes = Plane::NAMED.map(|(name, plane)| (name, Some(plane)));
    let choices = [&[("none", None)][..], &planes].concat();
    Nifti {
        path,
        masks,
        labels,
        key: column(args, "key"),
        label: columns(args, "label", ENDS),
        by: column(args, "by"),
        slices: args.choice("slices", &choices),
        spacing: if is_usual(args, "spacing") { 0.0 } else { args.positive("spacing") },
        fit: args.choice("fit", FITS),
        background: args.number("background"),
        damaged: args.choice("damaged", DAMAGED),
    }
}

/// Reports arguments that name columns, as there is no table.
fn no_table(args: &mut Args<'_>, names: &[&str]) {
    for name in names.iter().copied() {
        if !is_usual(args, name) && !args.failed() {
            args.reject(
                "E0306",
                name,
                format!("`{name}` names a column, and there is no table"),
                "a column of which table?",
                "add `labels=` with a table of labels, such as `labels=\"labels.csv\"`",
            );
        }
    }
}

/// Reads the width of a window: one of less than 1 is none in DICOM.
fn at_least_one(args: &mut Args<'_>) -> f64 {
    let width = args.positive("width");
    if width < 1.0 {
        let here = format!("this is {width}");
        args.reject("E0306", "width", "`width` of `dicom` is at least 1", here, "write a larger number");
    }
    width
}

/// Checks that scans or volumes fit the network's input, and their labels or masks its output; sources of another kind are not looked at.
pub(in crate::resolve) fn check(
    source: &Source,
    (data, network): (Span, Span),
    [input, output]: [&[usize]; 2],
    used: &LossUse,
    sink: &mut Sink,
) {
    let (kind, fits, help, has_masks) = match source {
        Source::Dicom(_) => {
            let help = "write `input [1, height, width]` for images, or `input [1, depth, height, width]` for series \
                        as volumes; 3 channels are red, green and blue";
            ("scans", matches!(input, [1 | 3, _, _] | [1 | 3, _, _, _]), help, false)
        }
        Source::Nifti(Nifti { slices: None, masks, .. }) => {
            let help = match input.len() {
                3 => "write `input [channels, depth, height, width]`, or cut the volumes by `slices=axial`",
                _ => "write `input [channels, depth, height, width]`",
            };
            ("volumes", input.len() == 4, help, !masks.is_empty())
        }
        Source::Nifti(Nifti { masks, .. }) => {
            let help = match input.len() {
                4 => "write `input [channels, height, width]`, or remove `slices`",
                _ => "write `input [channels, height, width]`",
            };
            ("slices of volumes", input.len() == 3, help, !masks.is_empty())
        }
        _ => return,
    };
    if !fits {
        sink.push(
            Diagnostic::error("E0506", data, format!("{kind} do not fit an input of shape {input:?}"))
                .also(network, "the network")
                .help(help),
        );
    }
    if used.target.is_some() {
        return;
    }
    let has_places = output.iter().skip(1).any(|&size| size > 1);
    if has_masks && !has_places {
        sink.push(
            Diagnostic::error("E0506", data, format!("masks do not fit an output of shape {output:?}"))
                .also(used.span, "the loss compares it with masks")
                .help("end the network with a class or a share for each place, such as `conv(1, 1x1) sigmoid`, or remove `masks`"),
        );
    } else if !has_masks && has_places {
        let message = format!("one label for each sample does not fit an output of shape {output:?}");
        let help = match source {
            Source::Nifti(_) => {
                "name the folder of masks, such as `masks=\"masks\"`, or end the network with `flatten` and `dense`"
            }
            _ => "end the network with `flatten` and `dense`; masks are read from `nifti` and `images`",
        };
        sink.push(
            Diagnostic::error("E0506", data, message)
                .also(used.span, "the loss compares it with labels")
                .help(help),
        );
    }
}

/// Returns the arguments in which samples to measure with must be like those to train with, and are not.
pub(in crate::resolve) fn differing(one: &Source, other: &Source) -> Vec<&'static str> {
    let differ = |pairs: &[(&'static str, bool)]| {
        pairs.iter().filter(|(_, differs)| *differs).map(|(name, _)| *name).collect()
    };
    match (one, other) {
        (Source::Dicom(one), Source::Dicom(other)) => differ(&[
            ("center", one.center != other.center),
            ("width", one.width != other.width),
            ("fit", one.fit != other.fit),
            ("background", one.background != other.background),
        ]),
        (Source::Nifti(one), Source::Nifti(other)) => differ(&[
            ("slices", one.slices != other.slices),
            ("spacing", one.spacing != other.spacing),
            ("fit", one.fit != other.fit),
            ("background", one.background != other.background),
        ]),
        _ => vec![],
    }
}
