//! No option takes a number that the generated code's 32 bits cannot hold.

use super::augment::AUGMENTS;
use super::options::{CLIPS, CONSTRAINTS, OPTIMIZERS, PENALTIES, SAVES, SCALINGS, SCHEDULES, STOPS};
use crate::NoFiles;
use crate::args::Signature;
use crate::ops;
use crate::parse_program;

/// Returns true if the text has an error at this value.
fn is_refused(text: &str, value: &str) -> bool {
    let (_, diagnostics) = parse_program("net.net", text, &NoFiles);
    let at = text.find(value).unwrap();
    // An error of the whole call would be about something else.
    diagnostics.iter().any(|d| d.is_error() && d.labels[0].span.start as usize == at)
}

const VALUES: [&str; 5] = ["1e39", "-1e39", "1e-60", "-1e-60", "1e-60%"];

/// Returns each argument of these signatures with each value, in a text that `whole` makes of
/// `name(argument=value)`.
fn accepted(signatures: &[Signature<'_>], whole: impl Fn(&str) -> String) -> Vec<String> {
    let mut accepted = vec![];
    for signature in signatures {
        for (param, _) in signature.params {
            for value in VALUES {
                let call = format!("{}({param}={value})", signature.name);
                if !is_refused(&whole(&call), value) {
                    accepted.push(call);
                }
            }
        }
    }
    accepted
}

#[test]
fn no_option_takes_what_32_bits_cannot_hold() {
    let network = |end: &str| format!("network A {{ input [3, 8, 8] flatten dense(2) softmax {end} }}");
    let setting = |key: &'static str| {
        move |call: &str| {
            let loss = network("loss cross_entropy");
            format!("{loss} train A {{ {key} {call} }}")
        }
    };
    let mut wrong = vec![];
    for (key, signatures) in [
        ("optimizer", OPTIMIZERS),
        ("schedule", SCHEDULES),
        ("regularize", PENALTIES),
        ("constrain", CONSTRAINTS),
        ("clip", CLIPS),
        ("stop", STOPS),
        ("data csv(\"a.csv\") save", SAVES),
        ("data csv(\"a.csv\") augment", AUGMENTS),
        ("data csv(\"a.csv\")", SCALINGS),
    ] {
        wrong.extend(accepted(signatures, setting(key)));
    }
    // `rate dense1 -1` is a difference, and an error of its own.
    let written = VALUES.into_iter().filter(|value| !value.starts_with('-'));
    for key in ["validate", "ema", "rate dense1", "decay dense1"] {
        let accepted = written.clone().filter(|value| !is_refused(&setting(key)(value), value));
        wrong.extend(accepted.map(|value| format!("{key} {value}")));
    }
    let losses: Vec<_> = ops::losses().map(|entry| entry.signature).collect();
    wrong.extend(accepted(&losses, |call| network(&format!("loss {call}"))));
    let layers: Vec<_> = ops::entries().map(|entry| entry.signature).collect();
    wrong.extend(accepted(&layers, |call| format!("network A {{ input [3, 8, 8] {call} }}")));
    wrong.extend(accepted(ops::INITS, |call| format!("network A {{ input [3] dense(2, init={call}) }}")));
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_becomes_1_in_32_bits_is_not_below_1() {
    let value = "0.99999999999";
    let network = "network A { input [3] LAYER dense(2) loss mse }";
    for layer in ["dropout(0.99999999999)", "alpha_dropout(0.99999999999)", "leaky_relu(0.99999999999)"] {
        assert!(is_refused(&network.replace("LAYER", layer), value), "{layer}");
    }
    for setting in [
        "optimizer sgd(momentum=0.99999999999)",
        "optimizer adam(beta2=0.99999999999)",
        "optimizer adadelta(rho=0.99999999999)",
        "optimizer lion(beta1=0.99999999999)",
        "ema 0.99999999999",
    ] {
        let text = format!("{} train A {{ {setting} }}", network.replace("LAYER", ""));
        assert!(is_refused(&text, value), "{setting}");
    }
    assert!(!is_refused(&network.replace("LAYER", "dropout(0.999)"), "0.999"));
}
