//! Conversion of the source's names to those of Rust: every name that generated code takes from a text passes
//! here.
//!
//! Fields and modules are what a user sees, so they are the source's words, and two that would be one are an error.
//! Names inside of functions may get a number or another ending, so that they meet neither each other nor the
//! generator's own words.

/// Returns `residual1.conv1` as the name of a field, or `LeNet5` as that of a module: words between single
/// `_`, and no keyword.
pub(crate) fn snake(name: &str) -> String {
    let name = part(name);
    if KEYWORDS.contains(&name.as_str()) { format!("{name}_") } else { name }
}

/// Returns `residual1.conv1` as a part of a name, which may be a keyword by itself.
pub(crate) fn part(name: &str) -> String {
    words(name).join("_").to_lowercase()
}

/// Returns `residual1.conv1` as `Residual1Conv1`.
pub(crate) fn camel(name: &str) -> String {
    let word = |part: &str| {
        let mut letters = part.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    };
    let name: String = words(name).into_iter().map(word).collect();
    if name == "Self" { "Self_".into() } else { name }
}

/// Returns a layer or an input as a variable that is no word of the functions around it: `conv1`, but
/// `lanes_value`.
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

/// Returns the words between dots and underscores; `layer` before or instead of what could not begin a name.
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

    #[test]
    fn ordinary_names_stay() {
        assert_eq!(snake("residual1.conv1"), "residual1_conv1");
        assert_eq!(variable("residual1.conv1"), "residual1_conv1");
        assert_eq!(camel("residual1.conv1"), "Residual1Conv1");
        assert_eq!(snake("LeNet5"), "lenet5");
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
