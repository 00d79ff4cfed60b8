//! Every example of the documents does what they say.

use netwright_compiler::{Diagnostic, LINTS, Options, generate, parse_program};
use netwright_tests::programs::NoImports;
use std::path::Path;

const DOCUMENTS: [&str; 2] = ["README.md", "docs/language.md"];

/// What stands between fences, with the fence's word and line.
fn examples(name: &str) -> Vec<(String, usize, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    let text = std::fs::read_to_string(path).expect("the document is there");
    let mut found = Vec::new();
    let mut open: Option<(String, usize, String)> = None;
    for (i, line) in text.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(word)) => open = Some((word.to_string(), i + 1, String::new())),
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some((_, _, body)), None) => {
                body.push_str(line);
                body.push('\n');
            }
            (None, None) => {}
        }
    }
    found
}

#[test]
fn examples_compile_and_errors_are_those_named() {
    let mut count = 0;
    for document in DOCUMENTS {
        for (word, line, body) in examples(document) {
            let source = match word.as_str() {
                "net" | "net-error" => body.clone(),
                "net-part" => format!("network Part {{\ninput [8, 16, 16]\n{body}}}\n"),
                _ => continue,
            };
            count += 1;
            let (program, diagnostics) = parse_program("example.net", &source, &NoImports);
            let errors: Vec<&Diagnostic> = diagnostics.iter().filter(|d| d.is_error()).collect();
            if let Some(code) = body.lines().next().and_then(|first| first.strip_prefix("// error: ")) {
                assert!(errors.iter().any(|e| e.code == code), "{document}:{line} gives {errors:?}");
                continue;
            }
            assert!(errors.is_empty(), "{document}:{line}: {errors:#?}");
            if word == "net" {
                assert!(diagnostics.is_empty(), "{document}:{line}: {diagnostics:#?}");
                for model in &program.models {
                    assert!(!generate(model, &Options::default()).is_empty());
                }
            }
        }
    }
    assert!(count >= 10, "only {count} examples were found");
}

/// What the compiler knows by name is in the reference.
#[test]
fn the_reference_is_complete() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/language.md");
    let text = std::fs::read_to_string(path).expect("the reference is there");
    let layers = [
        "dense(",
        "conv(",
        "conv_transpose(",
        "depthwise_conv(",
        "max_pool(",
        "avg_pool(",
        "global_avg_pool",
        "global_max_pool",
        "adaptive_avg_pool(",
        "adaptive_max_pool(",
        "upsample(",
        "flatten",
        "batch_norm(",
        "layer_norm(",
        "group_norm(",
        "instance_norm(",
        "rms_norm(",
        "dropout(",
        "spatial_dropout(",
        "lp_pool(",
        "alpha_dropout(",
        "stochastic_depth(",
        "gaussian_noise(",
        "add(",
        "sub(",
        "mul(",
        "max(",
        "concat(",
        "reshape(",
        "permute(",
        "slice(",
        "split(",
        "crop(",
        "pad(",
        "pixel_shuffle(",
        "pixel_unshuffle(",
        "linear",
        "relu",
        "leaky_relu(",
        "sigmoid",
        "tanh",
        "relu6",
        "elu(",
        "selu",
        "gelu(",
        "silu",
        "mish",
        "hard_swish",
        "hard_sigmoid",
        "softplus(",
        "softsign",
        "prelu(",
        "softmax",
        "mse",
        "binary_cross_entropy(",
        "cross_entropy(",
        "kl_divergence(",
        "`cosine`",
        "dice(",
        "iou(",
        "tversky(",
        "idx(",
        "csv(",
        "normalize(",
        "standardize",
        "sgd(",
        "adam(",
        "constant",
        "cosine(",
        "l1(",
        "l2(",
        "early(",
    ];
    let words = netwright_compiler::reserved_words();
    for word in LINTS.iter().chain(&layers).chain(&words) {
        assert!(text.contains(word), "`{word}` is not in docs/language.md");
    }
}
