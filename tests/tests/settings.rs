//! Settings that do not shape the code, and those that a command line puts in place of the text's.

use netwright_compiler::render::{Colour, render};
use netwright_compiler::{
    Diagnostic, Model, Origin, Overrides, Started, generate_data, generate_program, parse_program_with,
    pretty,
};
use netwright_tests::sources::Folder;
use std::fs;
use std::path::Path;

const NET: &str = "\
network Net {
    input [1, 28, 28]
    stem: conv(4, 3x3) relu
    flatten
    head: dense(10) softmax
    loss cross_entropy
}
train Net {
    data       csv(\"train.csv\", label=first) normalize(mean=0.5, std=0.25)
    test       csv(\"test.csv\", label=first)
    augment    rotate(10deg) shift(10%, fill=0.5, p=0.9) flip(horizontal, p=0.5)
    validate   12.5%
    epochs     20
    batch      8
    optimizer  adamw(lr=1e-3, weight_decay=0.1)
    schedule   cosine(warmup=2, last=1%)
    rate       head 10
    decay      head 0.5
    regularize l1(1e-6) l2(1e-4)
    clip       global_norm(1)
    constrain  max_norm(3)
    ema        0.999
    metrics    accuracy top_k(5)
    stop       early(patience=4)
    save       every(minutes=5)
    seed       7
}
";

fn read(text: &str, settings: &[&str]) -> Result<Model, String> {
    let settings = settings.iter().map(ToString::to_string).collect();
    let overrides = Overrides { network: None, settings };
    let (program, found) = parse_program_with("net.net", text, &Folder("cases"), &overrides);
    let errors: Vec<Diagnostic> = found.into_iter().filter(Diagnostic::is_error).collect();
    match errors.is_empty() {
        false => Err(render(&errors, &program.sources, Colour::Plain)),
        true => Ok(program.models.into_iter().next().expect("the text has a network")),
    }
}

/// Returns code and settings of a text.
fn program(text: &str, settings: &[&str]) -> (String, String) {
    let model = read(text, settings).unwrap_or_else(|shown| panic!("{shown}"));
    let Started { code, settings } = generate_program(&model, Origin::default());
    (code.to_string(), settings.expect("the recipe names data"))
}

/// Edits of the recipe, each with the settings of a command line that do the same.
const EDITS: [(&str, &str, &[&str]); 27] = [
    ("train.csv", "learn.csv", &["data.csv=\"learn.csv\""]),
    ("label=first) normalize", "label=last) normalize", &["data.label=last", "test.label=last"]),
    ("mean=0.5", "mean=0.25", &["mean=0.25"]),
    ("test.csv", "other.csv", &["test=csv(\"other.csv\", label=first)"]),
    ("10deg", "20deg", &["augment.rotate=20deg"]),
    ("fill=0.5", "fill=0", &["augment.shift.fill=0"]),
    ("p=0.5", "p=0.25", &["augment.flip.p=0.25"]),
    ("flip(horizontal, p=0.5)", "", &["augment=rotate(10deg) shift(10%, fill=0.5, p=0.9)"]),
    ("12.5%", "20%", &["validate=20%"]),
    ("validate   12.5%", "folds 5", &[]),
    ("epochs     20", "epochs 30", &["epochs=30"]),
    ("lr=1e-3", "lr=2e-3", &["lr=2e-3"]),
    ("lr=1e-3", "lr=1e-3, beta1=0.8", &["optimizer.beta1=0.8"]),
    ("weight_decay=0.1", "weight_decay=0.2", &["optimizer.weight_decay=0.2"]),
    ("warmup=2", "warmup=1", &["schedule.warmup=1"]),
    ("cosine(warmup=2, last=1%)", "step(every=5)", &["schedule=step(every=5)"]),
    ("head 10", "head 5", &["rate=head 5"]),
    ("head 0.5", "head 0.25", &["decay=head 0.25"]),
    ("l1(1e-6)", "l1(1e-5)", &["regularize.l1=1e-5"]),
    ("global_norm(1)", "global_norm(2)", &["clip.global_norm=2"]),
    ("max_norm(3)", "max_norm(4)", &["constrain.max_norm=4"]),
    ("0.999", "0.99", &["ema=0.99"]),
    ("top_k(5)", "f1", &["metrics=accuracy f1"]),
    ("patience=4", "patience=9", &["patience=9"]),
    ("minutes=5", "minutes=1", &["save.minutes=1"]),
    ("seed       7", "seed 8", &["seed=8"]),
    ("seed       7", "seed 7 weights balanced", &[]),
];

#[test]
fn numbers_and_paths_do_not_shape_the_code() {
    let (code, settings) = program(NET, &[]);
    let data = generate_data(&read(NET, &[]).unwrap());
    for (from, to, _) in EDITS.iter().filter(|(_, to, _)| !to.contains("weights")) {
        let text = NET.replacen(from, to, 1);
        let text = if to.contains("label=last") { NET.replace("label=first", "label=last") } else { text };
        assert_ne!(text, NET);
        let (edited, changed) = program(&text, &[]);
        assert!(edited == code && changed != settings, "{from} to {to}");
        let looked = generate_data(&read(&text, &[]).unwrap());
        assert_eq!(looked.code.to_string(), data.code.to_string(), "{from} to {to}");
    }
    for (from, to) in [
        ("batch      8", "batch 4"),
        ("adamw(lr=1e-3, weight_decay=0.1)", "lion(weight_decay=0.1)"),
        ("ema        0.999", ""),
        ("ema        0.999", "accumulate 2"),
        ("decay      head 0.5", ""),
        ("seed       7", "seed 7 weights balanced"),
    ] {
        assert_ne!(program(&NET.replacen(from, to, 1), &[]).0, code, "{from} to {to}");
    }
}

#[test]
fn settings_of_a_command_line_are_those_of_an_edited_text() {
    for (from, to, set) in EDITS.iter().filter(|(.., set)| !set.is_empty()) {
        let text = NET.replacen(from, to, 1);
        let text = if to.contains("label=last") { NET.replace("label=first", "label=last") } else { text };
        assert_eq!(program(&text, &[]), program(NET, set), "{set:?}");
    }
    // The rate of a recipe that names no optimizer is that of the usual one, and one without a name is replaced.
    let optimizer = "adamw(lr=1e-3, weight_decay=0.1)";
    let with = |optimizer: &str| {
        NET.replace("adamw(lr=1e-3, weight_decay=0.1)", optimizer).replace("decay      head 0.5", "")
    };
    let none = with(optimizer).replace(&format!("optimizer  {optimizer}"), "");
    assert_eq!(program(&none, &["lr=3e-4"]), program(&with("adam(lr=3e-4)"), &[]));
    assert_eq!(program(&with("sgd"), &["lr=0.5"]), program(&with("sgd(lr=0.5)"), &[]));
    // The last one counts.
    assert_eq!(
        program(NET, &["lr=1", "epochs=3", "lr=0.5"]),
        program(NET, &["epochs=3", "optimizer.lr=0.5"])
    );
    assert_eq!(program(NET, &["batch=4"]), program(&NET.replace("batch      8", "batch 4"), &[]));
}

#[test]
fn wrong_settings_are_explained() {
    let wrong = [
        "epochs",
        "=3",
        "epochs=",
        "a..b=1",
        "lrr=1e-3",
        "learning=3",
        "epohcs=20",
        "p=0.5 q",
        "p=0.25",
        "lr=fast",
        "lr=-1",
        "lr=1e-3)",
        "lr=(1",
        "epochs=20 batch 3",
        "epochs=20 }",
        "optimizer.momentun=0.5",
        "optimizer=adan",
        "optimizer.adamw.lr.x=1",
        "augment.rotat=5deg",
        "augment.p=1",
        "schedule.step.every=3",
        "unfreeze.after=3",
        "seed.x=3",
        "data.csv=learn",
        "threads=3",
        "lr=\"",
        "lr=@",
        "batch=0",
    ];
    let mut shown = String::new();
    for setting in wrong {
        match read(NET, &[setting]) {
            Ok(_) => shown += &format!("{setting}: no error\n\n"),
            Err(text) => shown += &format!("{text}\n"),
        }
    }
    let untrained = NET.split("train Net").next().unwrap();
    shown += &read(untrained, &["lr=1"]).unwrap_err();
    insta::assert_snapshot!(shown);
}

/// Programs whose numbers are settings are other code than what people read: it must be Rust for every way in which layers are written.
#[test]
fn the_programs_of_all_examples_are_rust() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let mut programs = 0;
    for file in fs::read_dir(folder).expect("there are examples") {
        let path = file.expect("it is readable").path();
        if path.extension().is_none_or(|ending| ending != "net") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("it is a text");
        let overrides = Overrides { network: None, settings: vec![] };
        let (program, _) = parse_program_with("example.net", &text, &Folder("cases"), &overrides);
        let has_data = |model: &&Model| model.recipe.as_ref().is_some_and(|recipe| recipe.data.is_some());
        for model in program.models.iter().filter(has_data) {
            let name = &model.graph.name;
            let code = pretty(generate_program(model, Origin { texts: &[], set: &[] }).code);
            assert!(
                code.is_ok(),
                "{name}: {}",
                code.err().map(|error| error.to_string()).unwrap_or_default()
            );
            programs += 1;
        }
    }
    assert!(programs > 20, "{programs} programs");
}

/// A network is trained by several recipes, each under a name of its own, whose settings are set by that name.
#[test]
fn a_recipe_with_a_name_is_a_network_of_its_own() {
    let text = format!("{NET}train Net as slow {{ data csv(\"train.csv\") optimizer sgd(lr=1e-4) seed 9 }}");
    let set = |network: Option<&str>| {
        let overrides = Overrides { network: network.map(Into::into), settings: vec!["seed=3".into()] };
        let (program, found) = parse_program_with("net.net", &text, &Folder("cases"), &overrides);
        assert!(!found.iter().any(Diagnostic::is_error), "{found:?}");
        let seed =
            |model: &Model| (model.graph.name.clone(), model.recipe.as_ref().map(|recipe| recipe.seed));
        program.models.iter().map(seed).collect::<Vec<_>>()
    };
    let named = |own, slow| vec![("Net".to_string(), Some(own)), ("slow".to_string(), Some(slow))];
    assert_eq!(set(None), named(3, 3));
    assert_eq!(set(Some("Net")), named(3, 9));
    assert_eq!(set(Some("slow")), named(7, 3));
}
