//! What names of a source become in Rust: every name that generated code takes from a text passes here.
//!
//! Fields and modules are what a user sees, so they are the source's words, and two that would be one are an error.
//! Names inside of functions may get a number or another ending, so that they meet neither each other nor the
//! generator's own words.

use crate::graph::Layer;
use std::collections::BTreeMap;

/// `residual1.conv1` as the name of a field, or `LeNet5` as that of a module: words between single `_`, and no keyword.
pub(crate) fn snake(name: &str) -> String {
    let name = part(name);
    if KEYWORDS.contains(&name.as_str()) { format!("{name}_") } else { name }
}

/// `residual1.conv1` as a part of a name, which may be a keyword by itself.
pub(crate) fn part(name: &str) -> String {
    words(name).join("_").to_lowercase()
}

/// `residual1.conv1` as `Residual1Conv1`.
pub(crate) fn camel(name: &str) -> String {
    let word = |part: &str| {
        let mut letters = part.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    };
    let name: String = words(name).into_iter().map(word).collect();
    if name == "Self" { "Self_".into() } else { name }
}

/// Makes the names of the layers' types in generated code unique: a type ends in one `_` for each earlier layer of the same
/// name. A kernel along the depth gets further `_` if its name equals that of another layer's kernel.
pub(crate) fn tell_apart(layers: &mut [Layer]) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for layer in layers.iter_mut() {
        let count = counts.entry(camel(&layer.name)).or_default();
        layer.endings = [*count, 0];
        *count += 1;
    }
    for layer in layers {
        let name = depth_type(layer);
        let taken = |more: usize| {
            // A layer's own name may end in `_`.
            let name = format!("{name}{}", "_".repeat(more));
            let letters = name.trim_end_matches('_').len();
            (letters..=name.len()).any(|end| counts.get(&name[..end]).is_some_and(|n| *n > name.len() - end))
        };
        layer.endings[1] = (0..).find(|more| !taken(*more)).unwrap_or_default();
    }
}

/// Returns the name of the type that describes a layer's kernel: `Conv1`.
pub(crate) fn kernel_type(layer: &Layer) -> String {
    camel(&layer.name) + &"_".repeat(layer.endings[0])
}

/// Returns the name of the type that describes a layer's kernel along the depth: `Conv1Depth`.
pub(crate) fn depth_type(layer: &Layer) -> String {
    let kernel = kernel_type(layer);
    let letters = kernel.trim_end_matches('_');
    format!("{letters}Depth{}{}", &kernel[letters.len()..], "_".repeat(layer.endings[1]))
}

/// A layer or an input as a variable that is no word of the functions around it: `conv1`, but `lanes_value`.
pub(crate) fn variable(name: &str) -> String {
    let name = part(name);
    // Functions that take samples through the layers begin with these.
    let is_direction = ["forward", "backward"].iter().any(|direction| {
        name.strip_prefix(direction).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    });
    let taken = is_direction
        || KEYWORDS.contains(&name.as_str())
        || [OWN, TYPES].iter().any(|words| words.contains(&name.as_str()));
    if taken { format!("{name}_value") } else { name }
}

/// What stands between dots and underscores; `layer` before or instead of what could not begin a name.
fn words(name: &str) -> Vec<&str> {
    let words = name.split(['.', '_']).filter(|word| !word.is_empty());
    let begins = name.trim_start_matches(['.', '_']).starts_with(char::is_alphabetic);
    (!begins).then_some("layer").into_iter().chain(words).collect()
}

/// Variables, functions and closures that the generator names where values of a network have names too.
const OWN: &[&str] = &[
    "batch",
    "features",
    "gradients",
    "inputs",
    "instructions",
    "lane",
    "lanes",
    "logits",
    "loss",
    "outputs",
    "params",
    "predict",
    "rate",
    "rows",
    "samples",
    "shared",
    "step",
    "targets",
    "tile",
    "tiles",
    "weight",
    "weights",
    "workspace",
];

/// Types, which a reader would take for them.
const TYPES: &[&str] = &[
    "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "str", "u8", "u16", "u32",
    "u64", "u128", "usize",
];

const KEYWORDS: [&str; 51] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
    "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static",
    "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual",
    "where", "while", "yield",
];

#[cfg(test)]
mod tests {
    use super::*;
    use netwright_grammar::Span;

    #[test]
    fn ordinary_names_stay() {
        assert_eq!(snake("residual1.conv1"), "residual1_conv1");
        assert_eq!(variable("residual1.conv1"), "residual1_conv1");
        assert_eq!(camel("residual1.conv1"), "Residual1Conv1");
        assert_eq!(snake("LeNet5"), "lenet5");
    }

    #[test]
    fn types_of_layers_differ() {
        let names =
            ["conv1", "self", "Self_", "self.", "a.conv1", "a_conv1", "a_conv1depth", "a_conv1_depth"];
        let mut layers = names.map(|name| Layer {
            name: name.into(),
            text: String::new(),
            span: Span::default(),
            endings: [0; 2],
        });
        tell_apart(&mut layers);
        let kernels = layers.each_ref().map(kernel_type);
        assert_eq!(
            kernels,
            ["Conv1", "Self_", "Self__", "Self___", "AConv1", "AConv1_", "AConv1depth", "AConv1Depth"]
        );
        let depths = layers.each_ref().map(depth_type);
        assert_eq!(depths[..2], ["Conv1Depth", "SelfDepth_"]);
        assert_eq!(depths[4], "AConv1Depth_");
        assert!(depths.iter().all(|depth| !kernels.contains(depth)));
    }

    #[test]
    fn any_name_becomes_one_of_rust() {
        for name in
            ["_", "__", "_1", "a__b", "_a", "a_", "self", "Self", "type", "a._", "s", "loss", "sweep1"]
        {
            for rust in [snake(name), camel(name), variable(name)] {
                assert!(rust.starts_with(|c: char| c.is_ascii_alphabetic()), "{name} became {rust}");
                assert!(!rust.contains("__") && rust != "Self" && rust != "self", "{name} became {rust}");
            }
        }
        assert_eq!(variable("lanes"), "lanes_value");
        assert_eq!(snake("lanes"), "lanes");
        assert_eq!(snake("type"), "type_");
    }
}
