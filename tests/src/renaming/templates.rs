//! Texts whose names are open.

use netwright_compiler::{NoFiles, Options, Severity, generate, parse_program};
use proc_macro2::TokenStream;
use std::collections::BTreeMap;

/// A text with places for names: `@L1` for labels, `@I1` inputs, `@V1` values, `@B1` blocks, `@N1` networks.
#[derive(Clone, Copy, Debug)]
pub struct Template {
    /// The template's name.
    pub name: &'static str,
    /// The text.
    pub text: &'static str,
}

/// Networks that together use all kinds of generated functions.
pub const TEMPLATES: &[Template] = &[
    Template {
        name: "an image",
        text: "block @B1(width) { @L1: conv(width, 3x3, pad=1, bias=false) @L2: batch_norm @L3: relu }
            network @N1 {
                input @I1 [2, 8, 8]
                @L4: @B1(4)
                @L5: { @L6: conv(6, 3x3, pad=1) @L7: relu @L8: max_pool(2x2) } as @V1
                branch { { @L9: conv(6, 1x1) @L10: tanh } { @L11: avg_pool(3x3, stride=1, pad=1) } } add
                @L12: dropout(10%)
                @L13: concat(@V1)
                @L14: global_max_pool flatten
                @L15: dense(6) @L16: prelu
                @L17: dense(3) @L18: softmax
                loss cross_entropy
            }
            train @N1 {
                batch 8 optimizer lion(weight_decay=0.1) ema 0.9 accumulate 2 clip norm(1) constrain max_norm(2)
                regularize l2(1e-4) weights given validate 10% stop early freeze \"@L4\" unfreeze \"@L4\" after(2)
            }",
    },
    Template {
        name: "several",
        text: "network @N1 {
                input @I1 [4]
                input @I2 [3]
                from @I1
                @L1: dense(8) @L2: tanh concat(@I2)
                @L3: dense(6) @L4: sigmoid as @V1
                @L5: dense(3) @L6: softmax as @V2
                from @V1
                @L7: dense(1) as @V3
                output @V2
                output @V3
                loss cross_entropy(on=@V2)
                loss mse(on=@V3, weight=0.5)
            }
            train @N1 { batch 8 optimizer adam regularize l1(1e-4) schedule cosine(warmup=1) }",
    },
    Template {
        name: "wide",
        text: "network @N1 {
                input @I1 [40]
                @L1: dense(900) @L2: relu
                @L3: layer_norm
                @L4: dense(700) @L5: gelu
                @L6: dropout(10%)
                @L7: dense(3)
                loss mae
            }
            train @N1 { batch 8 optimizer rmsprop(momentum=0.5, centered=true) clip global_norm(1) }",
    },
    Template {
        name: "many kernels",
        text: "network @N1 {
                input @I1 [4, 8, 8]
                @L1: depthwise_conv(3x3, pad=1) @L2: leaky_relu
                @L3: group_norm(2)
                @L4: spatial_dropout(10%)
                @L5: conv_transpose(4, 2x2, stride=2) @L6: silu
                @L7: adaptive_avg_pool(6) as @V1
                @L8: local_response_norm(3)
                @L9: adaptive_max_pool(4)
                @L10: gaussian_noise(0.1)
                @L11: upsample(2)
                @L12: pad(1) @L13: crop(6x6) as @V2
                from @V1 add(@V2)
                @L14: pixel_unshuffle(2)
                @L15: global_avg_pool
                flatten
                @L16: dense(4) @L17: log_softmax
                loss kl_divergence(logits=true)
            }
            train @N1 { batch 4 optimizer lamb freeze \"@L1\" }",
    },
    Template {
        name: "volumes",
        text: "network @N1 {
                input @I1 [2, 4, 6, 6]
                @L1: conv(3, 3x3x3, pad=1) @L2: relu
                @L3: max_pool(2x2x2)
                @L4: instance_norm
                @L5: conv_transpose(2, 2x2x2, stride=2)
                @L6: avg_pool(2x2x2)
                flatten
                @L7: dense(2) @L8: sigmoid
                loss binary_cross_entropy
            }
            train @N1 { batch 4 optimizer adadelta }",
    },
    Template {
        name: "data",
        text: "network @N1 {
                input @I1 [1, 8, 8]
                @L1: { @L2: conv(4, 3x3, bias=false) @L3: batch_norm @L4: relu @L5: max_pool(2x2) flatten }
                @L6: dense(5) @L7: tanh
                @L8: dense(3) @L9: softmax
                loss cross_entropy
            }
            train @N1 { data idx(\"images\", only=[1, 2, 3]) batch 8 optimizer nadam freeze \"@L1\" unfreeze \"@L1\" after(2) ema 0.9 }",
    },
];

impl Template {
    /// Returns the places for names, in the order of their first use.
    pub fn places(&self) -> Vec<&'static str> {
        let mut places: Vec<&str> = vec![];
        for (at, _) in self.text.match_indices('@') {
            let rest = &self.text[at..];
            let end = rest[1..].find(|c: char| !c.is_ascii_alphanumeric()).map_or(rest.len(), |end| end + 1);
            if !places.contains(&&rest[..end]) {
                places.push(&rest[..end]);
            }
        }
        places
    }

    /// Returns the text with these names; neutral ones elsewhere.
    pub fn with(&self, names: &BTreeMap<&str, String>) -> String {
        let mut text = self.text.to_string();
        // `@L1` is the beginning of `@L10`.
        for place in self.places().into_iter().rev().collect::<Vec<_>>() {
            let name = names.get(place).cloned().unwrap_or_else(|| neutral(place));
            text = replaced(&text, place, &name);
        }
        text
    }

    /// Returns the code of the text with these names.
    ///
    /// # Errors
    /// The codes of what is wrong with it.
    pub fn code(&self, names: &BTreeMap<&str, String>) -> Result<TokenStream, Vec<String>> {
        let text = self.with(names);
        let (program, found) = parse_program("test.net", &text, &NoFiles);
        let errors = found.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
        let errors: Vec<String> = errors.map(|error| format!("{} {}", error.code, error.message)).collect();
        if !errors.is_empty() {
            return Err(errors);
        }
        let options = Options { training_loop: self.name == "data", ..Options::default() };
        let model = program.models.first().expect("a template has one network");
        Ok(generate(model, &options))
    }
}

fn replaced(text: &str, place: &str, name: &str) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(place) {
        let end = at + place.len();
        let whole = !rest[end..].starts_with(|c: char| c.is_ascii_digit());
        result += &rest[..at];
        result += if whole { name } else { place };
        rest = &rest[end..];
    }
    result + rest
}

/// Returns a name that nothing else has.
pub fn neutral(place: &str) -> String {
    let number = &place[2..];
    match &place[1..2] {
        "N" => format!("Zqn{number}"),
        kind => format!("zq{}{number}", kind.to_lowercase()),
    }
}
