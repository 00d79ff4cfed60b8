//! Names of the types that describe layers' kernels in generated code.

use super::Layer;
use crate::names::camel;
use std::collections::{BTreeMap, HashSet};

/// Makes the names unique: a type ends in one `_` for each earlier layer of the same name. A kernel along the depth gets further
/// `_` if its name equals that of another kernel.
pub(crate) fn tell_apart(layers: &mut [Layer]) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for layer in layers.iter_mut() {
        let count = counts.entry(camel(&layer.name)).or_default();
        layer.endings = [*count, 0];
        *count += 1;
    }
    let mut depths: HashSet<String> = HashSet::new();
    for layer in layers {
        let name = depth_type(layer);
        let taken = |more: usize| {
            // A layer's own name may end in `_`.
            let name = format!("{name}{}", "_".repeat(more));
            let letters = name.trim_end_matches('_').len();
            let of_layers = |end: usize| counts.get(&name[..end]).is_some_and(|n| *n > name.len() - end);
            depths.contains(&name) || (letters..=name.len()).any(of_layers)
        };
        layer.endings[1] = (0..).find(|more| !taken(*more)).unwrap_or_default();
        depths.insert(depth_type(layer));
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

#[cfg(test)]
mod tests {
    use super::*;
    use netwright_grammar::Span;

    fn layers<const N: usize>(names: [&str; N]) -> [Layer; N] {
        let mut layers = names.map(|name| Layer::new(name.into(), String::new(), Span::default()));
        tell_apart(&mut layers);
        layers
    }

    #[test]
    fn types_of_layers_differ() {
        let layers = layers([
            "conv1",
            "self",
            "Self_",
            "self.",
            "a.conv1",
            "a_conv1",
            "a_conv1depth",
            "a_conv1_depth",
        ]);
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
    fn types_along_the_depth_differ() {
        let layers = layers(["a.max_pool1", "a_max_pool1", "a_max_pool1_depth"]);
        let depths = layers.each_ref().map(depth_type);
        assert_eq!(HashSet::from(depths.clone()).len(), 3, "{depths:?}");
    }
}
