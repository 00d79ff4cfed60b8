//! The generated code of the examples, as people read it.

use netwright_compiler::{Options, generate, pretty};
use netwright_tests::programs;
use std::path::Path;

fn code(name: &str, options: &Options) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(format!("{name}.net"));
    let text = std::fs::read_to_string(path).expect("the example is there");
    pretty(generate(&programs::model(&text), options)).expect("generated code is Rust")
}

macro_rules! example {
    ($($name:ident),*) => {
        $(
            #[test]
            fn $name() {
                let options = Options { training_loop: true, ..Options::default() };
                insta::assert_snapshot!(stringify!($name), code(stringify!($name), &options));
            }
        )*
    };
}

example!(point, xor, mlp, lenet, resnet_block);

#[test]
fn several_inputs_outputs_and_losses() {
    let text = include_str!("../cases/several_inputs_and_outputs.net");
    let options = Options { training_loop: true, ..Options::default() };
    insta::assert_snapshot!(
        "several",
        pretty(generate(&programs::model(text), &options)).expect("it is Rust")
    );
}

/// The recipe, the loop and the program of a network whose inputs have a source each.
#[test]
fn several_sources() {
    let text = "network Patients { input image [1, 4, 4] input facts [2] from image flatten concat(facts)
            dense(8) relu as shared dense(3) softmax as kind from shared dense(2) as place from shared
            dense(3) softmax as early output kind output place output early
            loss cross_entropy(on=kind) loss mse(on=place, weight=0.5) loss cross_entropy(on=early, to=kind) }
        train Patients {
            data image images(\"scans.csv\", label=[species, x, y], key=id) facts csv(\"facts.csv\", key=name) standardize
            validate image images(\"others.csv\", label=[species, x, y], key=id) facts csv(\"more.csv\", key=name)
            augment flip(horizontal)
            weights balanced
        }";
    let options = Options { training_loop: true, ..Options::default() };
    let code = pretty(generate(&programs::model(text), &options)).expect("it is Rust");
    let begin = code.find("/// The settings of the source's `train` block").expect("a recipe");
    let end = code.find("/// How samples are cut for prediction").expect("a prediction");
    insta::assert_snapshot!("several_sources", &code[begin..end]);
}

#[test]
fn inference_only() {
    let options = Options { inference_only: true, ..Options::default() };
    let code = code("lenet", &options);
    insta::assert_snapshot!("lenet_inference", code);
    assert!(!code.contains("backward") && !code.contains("Trainer") && !code.contains("Gradients"));
}

/// The outputs of a network without a loss have the meaning of its last activation.
#[test]
fn a_network_without_data_has_a_program_that_predicts() {
    let options = Options { inference_only: true, predictor: true, ..Options::default() };
    for (end, loss) in [
        ("dense(3) softmax", "Loss::CrossEntropy { logits: false }"),
        ("dense(1) sigmoid", "Loss::Each(Pointwise::BinaryCrossEntropy { logits: false, pos_weight: 1.0 })"),
        ("dense(2) tanh", "Loss::Each(Pointwise::Mse)"),
        ("dense(2) loss mae", "Loss::Each(Pointwise::Mae)"),
    ] {
        let text = format!("network Plain {{ input [4] {end} }}");
        let code = pretty(generate(&programs::model(&text), &options)).expect("it is Rust");
        let (network, program) = code.split_once("impl app::Predictor for Program").expect("a program");
        let words = |text: &str| text.split_whitespace().collect::<String>().replace(",}", "}");
        assert!(words(program).contains(&words(&format!("fn loss() -> Loss {{ {loss} }}"))), "{program}");
        assert!(network.contains("impl Predict for Model") && !network.contains("Trainer"), "{network}");
    }
    let two = "network Two { input a [2] input b [2] from a add(b) dense(1) }";
    let code = generate(&programs::model(two), &options).to_string();
    assert!(!code.contains("Program"), "no program has several inputs");
}

#[test]
fn phases() {
    let text = "network Fine { input [4] body: dense(8) relu head: dense(3) softmax loss cross_entropy }
        train Fine { data csv(\"data.csv\") epochs 9 freeze body unfreeze body after(5) }";
    let options = Options { training_loop: true, ..Options::default() };
    let code = pretty(generate(&programs::model(text), &options)).expect("it is Rust");
    let (first, later) = code.split_once("pub mod after_5").expect("a module for the second phase");
    assert!(!first.contains("body_backward") && later.contains("body_backward"), "{code}");
    insta::assert_snapshot!("phases", code);
}

/// A sigmoid's slope comes from its output, which forward has kept.
#[test]
fn a_sigmoid_is_not_computed_again_in_backward() {
    let text =
        "network Net { input [4] dense(5) sigmoid dense(2) loss mse } train Net { optimizer sgd(lr=0.1) }";
    let code = pretty(generate(&programs::model(text), &Options::default())).expect("generated code is Rust");
    assert!(code.contains("Sigmoid.at(sigmoid1)"), "{code}");
    assert_eq!(code.matches("Sigmoid,").count(), 2, "forward in training and in prediction:\n{code}");
}

#[test]
fn signals_volumes_and_rows() {
    let signal = "network Signal {
        input [2, 16]
        conv(4, 3, pad=1) relu max_pool(2)
        dense(5, axis=last) tanh
        flatten dense(3)
        loss mse
    }
    train Signal { batch 8 optimizer sgd(lr=0.1) }";
    let volume = "network Volume {
        input [1, 4, 6, 6]
        conv(8, 3, pad=1) relu max_pool(2)
        conv_transpose(4, 2, stride=2) relu
        global_avg_pool flatten dense(3)
        loss mse
    }
    train Volume { batch 8 optimizer sgd(lr=0.1) }";
    for (name, text) in [("signal", signal), ("volume", volume)] {
        let code =
            pretty(generate(&programs::model(text), &Options::default())).expect("generated code is Rust");
        insta::assert_snapshot!(name, code);
    }
}

/// Names of the functions that calls of kernels stand in, and how often each is called.
fn functions(text: &str) -> Vec<(String, usize)> {
    let code = pretty(generate(&programs::model(text), &Options::default())).expect("generated code is Rust");
    let lines = code.lines().filter_map(|line| line.strip_prefix("fn "));
    let names = lines.filter_map(|line| line.split(['(', '<']).next());
    let ends = |name: &&str| ["_forward", "_backward", "_predict"].iter().any(|end| name.ends_with(end));
    let calls = |name: &str| {
        let called = |rest: &str| rest.starts_with(['(', ':']);
        code.match_indices(name).filter(|(at, _)| called(&code[at + name.len()..])).count() - 1
    };
    names.filter(ends).map(|name| (name.to_string(), calls(name))).collect()
}

#[test]
fn layers_of_a_repeat_share_their_functions() {
    let text = |count: usize| {
        format!(
            "block unit(channels) {{ conv(channels, 3x3, pad=1) batch_norm relu dropout(0.1) }}
            network Net {{
                input [4, 8, 8] repeat {count} {{ unit(4) }} unit(5) unit(6) unit(7) flatten dense(2) loss mse
            }}
            train Net {{ optimizer sgd(lr=0.1) }}"
        )
    };
    let [few, many] = [3, 9].map(|count| functions(&text(count)));
    // Blocks after the repeat have other numbers.
    let plain = |name: &str| name.replace(|c: char| c.is_ascii_digit(), "");
    let names =
        |functions: &[(String, usize)]| functions.iter().map(|(name, _)| plain(name)).collect::<Vec<_>>();
    assert_eq!(names(&few), names(&many));
    let shared: Vec<_> = few.iter().zip(&many).filter(|((_, few), (_, many))| few + 6 == *many).collect();
    assert!(shared.len() >= 4, "{few:?} {many:?}");
}

#[test]
fn two_layers_of_different_sizes_keep_their_functions() {
    let names = functions(
        "network Net { input [1, 28, 28] conv(6, 5x5) relu conv(16, 5x5) relu flatten dense(10) loss mse }
        train Net { optimizer sgd(lr=0.1) }",
    );
    assert!(names.iter().all(|(_, calls)| *calls == 1), "{names:?}");
}
