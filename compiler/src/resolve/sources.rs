//! Sources of data: their arguments, and reading them.

pub(super) mod scans;

use super::options::{SCALINGS, choose};
use super::settings::MAX_COUNT;
use crate::args::{Args, Datum, Signature};
use crate::recipe::{Column, Places, Source};
use crate::sink::Sink;
use netwright_grammar::ast::{Expr, ExprKind, Ident};
use netwright_model::{Arrays, Cache, Channels, Damaged, Fit, Header, Missing, Pictures, Table};

const CSV: Signature<'static> = Signature {
    name: "csv",
    positional: 1,
    params: &[
        ("path", None),
        ("label", Some("last")),
        ("columns", Some("all")),
        ("drop", Some("none")),
        ("categories", Some("none")),
        ("missing", Some("error")),
        ("by", Some("none")),
        ("key", Some("none")),
        ("separator", Some("found")),
        ("decimal", Some("found")),
        ("header", Some("found")),
        ("window", Some("none")),
        ("step", Some("1")),
        ("ahead", Some("1")),
    ],
};

const IMAGES: Signature<'static> = Signature {
    name: "images",
    positional: 1,
    params: &[
        ("path", None),
        ("file", Some("first")),
        ("label", Some("last")),
        ("by", Some("none")),
        ("key", Some("none")),
        ("masks", Some("none")),
        ("colours", Some("none")),
        ("fit", Some("exact")),
        ("background", Some("1")),
        ("damaged", Some("error")),
        ("cache", Some("found")),
    ],
};

const NPY: Signature<'static> = Signature {
    name: "npy",
    positional: 2,
    params: &[("path", None), ("targets", None), ("channels", Some("found")), ("cache", Some("found"))],
};

const NPZ: Signature<'static> = Signature {
    name: "npz",
    positional: 1,
    params: &[
        ("path", None),
        ("inputs", Some("found")),
        ("targets", Some("found")),
        ("channels", Some("found")),
        ("cache", Some("found")),
    ],
};

/// A folder of MNIST's files.
const IDX: Signature<'static> = Signature {
    name: "idx",
    positional: 1,
    params: &[("path", None), ("only", Some("all")), ("first", Some("all"))],
};

/// All sources, in the order of the language's reference.
pub(crate) const SOURCES: &[Signature<'static>] = &[IMAGES, CSV, NPY, NPZ, scans::DICOM, scans::NIFTI, IDX];

/// Reads a source; reports what is wrong with it.
pub(super) fn read(value: &Expr, sink: &mut Sink) -> Option<Source> {
    let (name, mut args) = choose(value, SOURCES, "a source of data", sink)?;
    let path = args.text("path");
    let args = &mut args;
    let source = match name {
        "images" => Source::Images(Pictures {
            path,
            file: column(args, "file"),
            label: columns(args, "label", ENDS),
            by: column(args, "by"),
            key: column(args, "key"),
            masks: name_or_path(args, "masks"),
            colours: colours(args),
            fit: args.choice("fit", FITS),
            background: args.fraction("background"),
            damaged: args.choice("damaged", DAMAGED),
            cache: args.choice("cache", CACHES),
        }),
        "csv" => Source::Csv(table(args, path)),
        "npy" => Source::Arrays(Arrays {
            path,
            inputs: String::new(),
            targets: args.text("targets"),
            channels: channels(args),
            cache: args.choice("cache", CACHES),
        }),
        "npz" => Source::Arrays(Arrays {
            path,
            inputs: name_or_path(args, "inputs"),
            targets: name_or_path(args, "targets"),
            channels: channels(args),
            cache: args.choice("cache", CACHES),
        }),
        "dicom" => Source::Dicom(scans::dicom(args, path)),
        "nifti" => Source::Nifti(scans::nifti(args, path)),
        _ => {
            let only = match is_usual(args, "only") {
                true => vec![],
                false => args.whole_list("only", 0..=255, "a list of classes, such as `[0, 1]`"),
            };
            let first = (!is_usual(args, "first")).then(|| args.whole("first", 1..=MAX_COUNT));
            let only: Vec<u32> = only.into_iter().map(|class| class as u32).collect();
            match only.is_empty() && first.is_none() {
                true => Source::Idx { path },
                false => Source::IdxPart { path, only, first },
            }
        }
    };
    (!args.failed()).then_some(source)
}

/// Returns true if a value is a source with its arguments.
pub(super) fn is_source(value: &Expr) -> bool {
    matches!(&value.node, ExprKind::Call(call) if SOURCES.iter().any(|source| source.name == call.name.node))
}

/// Returns true if the value at index `at` is the name of an input, with its source after it.
pub(super) fn is_named(values: &[Expr], at: usize) -> bool {
    let is_scaling = |name: &str| SCALINGS.iter().any(|scaling| scaling.name == name);
    let is_name = |value: &Expr| matches!(&value.node, ExprKind::Name(name) if !is_scaling(name));
    values.get(at).is_some_and(is_name) && values.get(at + 1).is_some_and(is_source)
}

/// Returns the name that a value is.
pub(super) fn name(value: &Expr) -> Option<Ident> {
    match &value.node {
        ExprKind::Name(name) => Some(Ident { node: name.clone(), span: value.span }),
        _ => None,
    }
}

/// Returns the places of a source and its arguments.
pub(super) fn places(value: &Expr) -> Places {
    let mut arguments = vec![];
    if let ExprKind::Call(call) = &value.node {
        let signature = SOURCES.iter().find(|source| source.name == call.name.node);
        let params = signature.map_or(&[][..], |signature| signature.params);
        let mut positions = params.iter().map(|(name, _)| *name);
        for arg in &call.args {
            let name = match &arg.name {
                Some(name) => Some(name.node.as_str()),
                None => positions.next(),
            };
            arguments.extend(name.map(|name| (name.to_string(), arg.value.span)));
        }
    }
    Places { source: value.span, arguments }
}

const ENDS: &[&str] = &["first", "last"];
const FITS: &[(&str, Fit)] = &Fit::NAMED;
const CACHES: &[(&str, Cache)] =
    &[("found", Cache::Found), ("memory", Cache::Memory), ("disk", Cache::Disk), ("none", Cache::None)];
const DAMAGED: &[(&str, Damaged)] = &[("error", Damaged::Refused), ("skip", Damaged::Skip)];

fn table(args: &mut Args<'_>, path: String) -> Table<String, Vec<Column>> {
    Table {
        path,
        label: columns(args, "label", ENDS),
        columns: columns(args, "columns", &[]),
        drop: columns(args, "drop", &[]),
        categories: columns(args, "categories", &[]),
        separator: text(args, "separator"),
        decimal: text(args, "decimal"),
        header: args
            .choice("header", &[("found", Header::Found), ("names", Header::Names), ("none", Header::None)]),
        missing: missing(args),
        by: column(args, "by"),
        key: column(args, "key"),
        window: if is_usual(args, "window") { 0 } else { args.whole("window", 1..=MAX_COUNT) },
        step: args.whole("step", 1..=MAX_COUNT),
        ahead: args.whole("ahead", 0..=MAX_COUNT),
    }
}

/// Reads what replaces missing values: a word, or a number.
fn missing(args: &mut Args<'_>) -> Missing {
    const WORDS: [&str; 4] = ["error", "mean", "median", "drop"];
    match args.word("missing", &WORDS) {
        Some("error") => return Missing::Refused,
        Some("mean") => return Missing::Mean,
        Some("median") => return Missing::Median,
        Some(_) => return Missing::Drop,
        None => {}
    }
    match args.datum("missing") {
        None => Missing::Refused,
        Some(Datum::Int(_) | Datum::Float(_)) => Missing::Value(args.number("missing")),
        Some(_) => {
            args.unknown_choice("missing", &WORDS, "the number that replaces them, ");
            Missing::Refused
        }
    }
}

fn channels(args: &mut Args<'_>) -> Channels {
    args.choice(
        "channels",
        &[("found", Channels::Found), ("first", Channels::First), ("last", Channels::Last)],
    )
}

/// Returns true if an argument is not given, or is the word of its default, such as `none`.
fn is_usual(args: &mut Args<'_>, name: &str) -> bool {
    let usual = args.default(name).unwrap_or_default();
    !args.given(name) || args.word(name, &[usual]).is_some()
}

/// Reads a text; empty if it is not given.
fn text(args: &mut Args<'_>, name: &str) -> String {
    if is_usual(args, name) { String::new() } else { args.text(name) }
}

/// Reads a column's name or a path; empty if it is not given.
fn name_or_path(args: &mut Args<'_>, name: &str) -> String {
    if is_usual(args, name) {
        return String::new();
    }
    let found = args.names(name, "a name, or a text in quotation marks");
    if found.len() > 1 {
        let here = format!("these are {}", found.len());
        args.reject("E0305", name, format!("`{name}` is one name"), here, "write one of them");
    }
    found.into_iter().next().map(|name| name.node).unwrap_or_default()
}

/// Reads the colours of masks as one text, with a blank between two.
fn colours(args: &mut Args<'_>) -> String {
    const EXPECTED: &str =
        "a list of colours in the order of their classes, such as `[\"#000000\", \"#ff0000\"]`";
    if is_usual(args, "colours") {
        return String::new();
    }
    let colours = args.names("colours", EXPECTED);
    let is_colour = |text: &str| {
        text.strip_prefix('#')
            .is_some_and(|digits| digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
    };
    if let Some(other) = colours.iter().find(|colour| !is_colour(&colour.node)) {
        let here = format!("this is {:?}", other.node);
        args.reject(
            "E0306",
            "colours",
            "a colour is `#` and six hexadecimal digits",
            here,
            "write red as `\"#ff0000\"`",
        );
    }
    colours.into_iter().map(|colour| colour.node.to_lowercase()).collect::<Vec<_>>().join(" ")
}

/// Reads a column, as a list of one; empty if it is not given.
fn column(args: &mut Args<'_>, name: &str) -> Vec<Column> {
    let found = columns(args, name, &[]);
    if found.len() > 1 {
        args.reject(
            "E0305",
            name,
            format!("`{name}` is one column"),
            format!("these are {}", found.len()),
            "write one name or number",
        );
    }
    found
}

/// Reads columns of a table: names, numbers counted from 0, or a list of them; `words` are ends of the table that
/// can stand alone, of which the default may be one.
fn columns(args: &mut Args<'_>, name: &str, words: &[&str]) -> Vec<Column> {
    let end = match args.given(name) {
        true => args.word(name, words),
        false => args.default(name).filter(|default| words.contains(default)),
    };
    match end {
        Some("first") => return vec![Column::First],
        Some(_) => return vec![Column::Last],
        None if is_usual(args, name) => return vec![],
        None => {}
    }
    args.names_or_numbers(
        name,
        0..=MAX_COUNT,
        "the name of a column, its number counted from 0, or a list of them",
    )
    .into_iter()
    .map(|item| match item {
        Ok(name) => Column::Named(name),
        Err(number) => Column::At(number),
    })
    .collect()
}
