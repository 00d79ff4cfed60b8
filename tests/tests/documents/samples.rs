//! A use of everything in the catalogues, in a network where it has a meaning.

use netwright_compiler::catalogue::{Item, Kind};
use netwright_compiler::{Diagnostic, Model, NoFiles, parse_program};

/// Returns what an argument can be that must be given.
pub(crate) fn sample(item: &Item, param: &str) -> &'static str {
    match (item.name(), param) {
        ("multi_step", _) => "[1, 2]",
        ("permute", _) => "[0, 2, 1]",
        ("reshape", _) => "[-1]",
        ("elastic", "alpha" | "sigma") => "2",
        ("idx", _) => "\"folder\"",
        ("csv" | "images" | "npy" | "npz" | "dicom" | "nifti" | "rename", _) => "\"file\"",
        (_, "units" | "kernel") => "3",
        (_, "channels") => "4",
        (_, "axis") => "channels",
        (_, "direction") => "horizontal",
        (_, "angle") => "10deg",
        (_, "distance") => "2px",
        (_, "amount" | "p" | "std" | "high" | "value" | "factor" | "l1" | "l2" | "mean") => "0.1",
        (_, "low") => "-0.1",
        (_, "border" | "pad" | "most") => "1",
        _ => "2",
    }
}

/// Arguments that an item, or any without a name here, takes only with a value that is not the default.
const UNSAID: [(&str, &str); 11] = [
    ("slice", "end"),
    ("cross_entropy", "ignore_index"),
    ("he_uniform", "gain"),
    ("he_normal", "gain"),
    ("affine", "rotate"),
    ("affine", "shift"),
    ("affine", "zoom"),
    ("affine", "shear"),
    ("avg_pool", "count_pad"),
    ("poisson_nll", "eps"),
    ("", "only"),
];

/// Defaults that are said in words, as those of losses.
const IN_WORDS: [&str; 3] = ["the current value", "targets", "all the same"];

/// Returns a use with only what must be given, or also with all defaults written down.
pub(crate) fn written(item: &Item, values: &str, defaults: bool) -> String {
    let mut arguments: Vec<String> = (!values.is_empty()).then(|| values.to_string()).into_iter().collect();
    // One of its parts must be more than the default.
    arguments.extend((item.name() == "affine").then(|| "rotate=10deg".to_string()));
    for (param, default) in item.params() {
        let unsaid =
            |(name, unsaid): &(&str, &str)| (name.is_empty() || *name == item.name()) && unsaid == param;
        match default {
            None => arguments.push(format!("{param}={}", sample(item, param))),
            Some(default) if !defaults || IN_WORDS.contains(default) || UNSAID.iter().any(unsaid) => {}
            // A default that is another argument.
            Some(other) if item.params().iter().any(|(param, _)| param == other) => {
                arguments.push(format!("{param}={}", sample(item, other)));
            }
            Some(default) => arguments.push(format!("{param}={default}")),
        }
    }
    match arguments.is_empty() {
        true => item.name().to_string(),
        false => format!("{}({})", item.name(), arguments.join(", ")),
    }
}

/// Returns the numbers of an argument in a shape, for an image where it has one for each direction; none if it is no number.
pub(crate) fn sizes(item: &Item, param: &str, text: &str) -> Vec<usize> {
    let count = match (item.name(), param) {
        ("adaptive_avg_pool" | "adaptive_max_pool" | "crop", "size") => 2,
        _ => 1,
    };
    text.parse().map_or(vec![], |number| vec![number; count])
}

/// Returns texts in which something of the kind, written as `X` here, may stand; it has a meaning in at least one of them.
fn places(kind: Kind) -> Vec<String> {
    let trained = |setting: &str, end: &str| {
        format!(
            "network N {{ input [3, 8, 8] conv(8, 3x3, bias=false) batch_norm relu flatten {end} }}
             train N {{ validate 10% {setting} }}"
        )
    };
    let classes = "dense(3) softmax loss cross_entropy";
    let labels = "dense(3) sigmoid loss binary_cross_entropy";
    let numbers = "dense(3) loss mse";
    let data = |setting: &str| format!("data csv(\"table.csv\") {setting}");
    let settings = |setting: &str| vec![trained(setting, classes)];
    let with_data =
        |setting: &str| [classes, labels, numbers].map(|end| trained(&data(setting), end)).to_vec();
    match kind {
        Kind::Layer => vec![
            "network N { input [4, 8, 8] X }".into(),
            "network N { input [16] X }".into(),
            "network N { input [16] dense(4) X }".into(),
            "network N { input [4, 8, 8] relu as other tanh X }".into(),
            "network N { input [4, 8, 8] X as a, b add(a) }".into(),
        ],
        Kind::Init => vec!["network N { input [4, 8, 8] conv(8, 3x3, init=X) }".into()],
        Kind::Loss => ["", "softmax", "sigmoid"]
            .map(|last| format!("network N {{ input [16] dense(3) {last} loss X }} train N {{}}"))
            .to_vec(),
        // MNIST's images have one channel.
        Kind::Source => {
            let [colour, grey] = ["[3, 8, 8]", "[1, 8, 8]"]
                .map(|input| trained("data X", classes).replace("[3, 8, 8]", input));
            let volume = format!("network N {{ input [1, 4, 8, 8] flatten {classes} }} train N {{ data X }}");
            vec![colour, grey, volume]
        }
        Kind::Scaling => with_data("X"),
        Kind::Rename => with_data("from \"w.safetensors\" X"),
        Kind::Augmentation => with_data("augment X"),
        Kind::Optimizer => settings("optimizer X"),
        Kind::Schedule => settings("schedule X"),
        Kind::Penalty => settings("regularize X"),
        Kind::Clip => settings("clip X"),
        Kind::Constraint => settings("constrain X"),
        Kind::Stop => settings("stop X"),
        Kind::Save => with_data("save X"),
        Kind::Metric => with_data("metrics X"),
    }
}

/// Returns the place for a use of something, and the network with it.
///
/// # Panics
/// If it is an error everywhere.
pub(crate) fn place(kind: Kind, item: &Item) -> (String, Model) {
    let mut found = vec![];
    for place in places(kind) {
        let values = if place.contains("other") { "other" } else { "" };
        match model(&place.replace('X', &written(item, values, false))) {
            Ok(model) => return (place, model),
            Err(errors) => found.push(errors),
        }
    }
    panic!("`{item}` fits nowhere: {found:#?}")
}

/// Returns the network of a text, or what is wrong with it.
pub(crate) fn model(text: &str) -> Result<Model, Vec<Diagnostic>> {
    let (mut program, found) = parse_program("sample.net", text, &NoFiles);
    let errors: Vec<Diagnostic> = found.into_iter().filter(Diagnostic::is_error).collect();
    if errors.is_empty() { Ok(program.models.remove(0)) } else { Err(errors) }
}
