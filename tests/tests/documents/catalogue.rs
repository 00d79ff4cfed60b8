//! The reference against the compiler's catalogues, in both directions.

use crate::samples::{model, place, written};
use crate::tables::{code, document, table};
use netwright_compiler::catalogue::{Item, Kind};
use netwright_compiler::recipe::{Recipe, Save, Schedule};
use netwright_compiler::{LINTS, NoFiles, Options, generate, parse_program, reserved_words};
use std::collections::BTreeSet;

/// Arguments that every loss has; a table of their own describes them.
const OF_ALL_LOSSES: [&str; 3] = ["on", "to", "weight"];

/// Checks that a table has exactly these texts in its first column.
fn assert_first_column(title: &str, wanted: impl IntoIterator<Item = String>) {
    let rows = table(title);
    let found: Vec<&str> = rows.iter().flat_map(|row| code(&row[0])).collect();
    let twice: Vec<&&str> = found
        .iter()
        .enumerate()
        .filter(|(i, text)| found[..*i].contains(text))
        .map(|(_, text)| text)
        .collect();
    assert!(twice.is_empty(), "the table of `{title}` has {twice:?} twice");
    let found: BTreeSet<String> = found.into_iter().map(String::from).collect();
    let wanted: BTreeSet<String> = wanted.into_iter().collect();
    let (missing, unknown) = (wanted.difference(&found), found.difference(&wanted));
    let [missing, unknown] = [missing.collect::<Vec<_>>(), unknown.collect()];
    assert!(
        missing.is_empty() && unknown.is_empty(),
        "the table of `{title}` lacks {missing:?}, and has {unknown:?}"
    );
}

#[test]
fn tables_have_every_signature_and_no_other() {
    let texts =
        |kind: Kind, but: &'static [&str]| kind.items().into_iter().map(move |item| item.text_without(but));
    assert_first_column("layer", texts(Kind::Layer, &[]));
    assert_first_column("name", texts(Kind::Init, &[]));
    assert_first_column("loss", texts(Kind::Loss, &OF_ALL_LOSSES));
    // Their probabilities have a column.
    assert_first_column("operation", texts(Kind::Augmentation, &["p"]));
    assert_first_column("metric", texts(Kind::Metric, &[]));
    assert_first_column("optimizer", texts(Kind::Optimizer, &[]));
    assert_first_column("schedule", texts(Kind::Schedule, &[]));
    let values = [
        Kind::Source,
        Kind::Scaling,
        Kind::Rename,
        Kind::Penalty,
        Kind::Clip,
        Kind::Constraint,
        Kind::Stop,
        Kind::Save,
    ];
    assert_first_column("value", values.into_iter().flat_map(|kind| texts(kind, &[])));
    // No kind is left out.
    assert_eq!(Kind::ALL.len(), 7 + values.len());
}

/// Returns the default of an argument that all items of a kind have.
fn default(item: &Item, param: &str) -> Option<&'static str> {
    item.params().iter().find(|(name, _)| *name == param).and_then(|(_, default)| *default)
}

#[test]
fn probabilities_and_arguments_of_all_losses_have_their_defaults() {
    let rows = table("operation");
    for item in Kind::Augmentation.items() {
        let row = rows.iter().find(|row| code(&row[0]).contains(&item.text_without(&["p"]).as_str()));
        assert_eq!(row.map(|row| row[2].as_str()), default(&item, "p"), "{item}");
    }
    let rows = table("argument");
    assert_eq!(rows.len(), OF_ALL_LOSSES.len());
    for item in Kind::Loss.items() {
        for row in &rows {
            let (name, _) = code(&row[0])[0].split_once('=').expect("an argument");
            let default = default(&item, name).unwrap_or_else(|| panic!("{item} has no {name}"));
            assert!(row[2].contains(default) || default.contains(&row[2]), "{name} of {item}: {row:?}");
        }
    }
    // Options that have a table of their own are those that the signature has besides.
    let cross_entropy =
        Kind::Loss.items().into_iter().find(|item| item.name() == "cross_entropy").expect("a loss");
    let described: BTreeSet<String> = table("option")
        .iter()
        .filter_map(|row| code(&row[0])[0].split_once('=').map(|(name, _)| name.to_string()))
        .collect();
    let others = [&OF_ALL_LOSSES[..], &["logits"]].concat();
    let has = cross_entropy.params().iter().map(|(name, _)| (*name).to_string());
    assert_eq!(described, has.filter(|name| !others.contains(&name.as_str())).collect());
}

#[test]
fn lints_have_their_reasons() {
    assert_first_column("lint", LINTS.iter().map(|lint| lint.name.to_string()));
    for row in table("lint") {
        for name in code(&row[0]) {
            let lint = LINTS.iter().find(|lint| lint.name == name).expect("a lint");
            assert_eq!(row[1], lint.why, "{name}");
        }
    }
}

/// Returns what is said of a recipe with one more setting.
fn codes(setting: &str) -> Vec<(&'static str, Vec<String>)> {
    let text =
        format!("network N {{ input [4] a: dense(3) softmax loss cross_entropy }} train N {{ {setting} }}");
    let (_, found) = parse_program("keys.net", &text, &NoFiles);
    found.into_iter().filter(|found| found.is_error()).map(|found| (found.code, found.help)).collect()
}

#[test]
fn keys_and_words_are_those_of_the_language() {
    let text = document("docs/language.md");
    let words = |before: &str, after: &str| -> BTreeSet<String> {
        let end = text.find(after).unwrap_or_else(|| panic!("no `{after}`"));
        let start = text[..end].rfind(before).unwrap_or_else(|| panic!("no `{before}`")) + before.len();
        text[start..end].split_whitespace().map(String::from).collect()
    };
    let later = words("\n`", "` are reserved for later versions");
    let reserved = words("The words of the language (`", "`) cannot\nbe names");
    let keys: BTreeSet<String> =
        table("key").iter().flat_map(|row| code(&row[0])).map(String::from).collect();
    let known: BTreeSet<String> = reserved_words().into_iter().map(String::from).collect();
    let all: BTreeSet<String> = reserved.iter().chain(&keys).chain(&later).cloned().collect();
    assert_eq!(all, known);
    assert!(keys.is_disjoint(&later));
    for key in &later {
        assert_eq!(codes(&format!("{key} 1"))[0].0, "E0502", "{key}");
    }
}

/// The help for a key without a value must show one that works.
#[test]
fn examples_in_help_are_right() {
    for row in table("key") {
        let key = code(&row[0])[0];
        let found = codes(key);
        assert_eq!((found.len(), found[0].0), (1, "E0504"), "{key}: {found:?}");
        let example = code(&found[0].1[0])[0];
        assert!(example.starts_with(&format!("{key} ")), "{example}");
        let example = example.replace("head", "a").replace("stem", "a");
        // The other settings that a recipe needs to have it.
        let needs = match key {
            "test" | "augment" | "metrics" | "from" | "save" => "data csv(\"table.csv\")",
            "stop" => "validate 10%",
            "decay" => "optimizer adamw",
            "unfreeze" => "freeze a",
            "weights" => "data csv(\"table.csv\")",
            _ => "",
        };
        let mut found = codes(&format!("{needs} {example}"));
        // The network's samples are no images.
        found.retain(|(code, _)| !(key == "augment" && *code == "E0510"));
        assert!(found.is_empty(), "{needs} {example}: {found:?}");
    }
}

/// The reference's column of defaults is compared with a recipe that sets nothing.
#[test]
fn settings_have_their_defaults() {
    let model =
        model("network N { input [4] dense(3) softmax loss cross_entropy } train N { }").expect("no errors");
    let recipe = model.recipe.expect("a recipe");
    for row in table("key") {
        let key = code(&row[0])[0];
        let Recipe {
            data,
            test,
            augment,
            held_out,
            epochs,
            batch,
            optimizer,
            schedule,
            rates,
            decays,
            penalties,
            clip,
            max_norms,
            accumulate,
            ema,
            stop,
            metrics,
            seed,
            from,
            phases,
            weights,
            memory,
            save,
            span: _,
        } = &recipe;
        let none = |is_none: bool| if is_none { "none".to_string() } else { "something".into() };
        let default = match key {
            "data" => none(data.is_none()) + ": the recipe is for a program's own data",
            "test" => none(test.is_none()).replace("none", "MNIST's own test files"),
            "augment" => none(augment.is_empty()),
            "validate" | "folds" => none(held_out.is_none()),
            "epochs" => epochs.to_string(),
            "batch" => batch.to_string(),
            "optimizer" => format!("`{}`", optimizer.name()),
            "schedule" => none(*schedule != Schedule::default()).replace("something", "`constant`"),
            "rate" => none(rates.is_empty()).replace("none", "1"),
            "decay" => none(decays.is_empty()).replace("none", "1"),
            "regularize" => none(penalties.is_empty()),
            "clip" => none(clip.is_none()),
            "constrain" => none(max_norms.is_empty()),
            "accumulate" => accumulate.to_string(),
            "ema" => none(ema.is_none()),
            "stop" => none(stop.is_none()),
            "metrics" => none(metrics.is_empty()),
            "seed" => seed.to_string(),
            "from" => none(from.is_none()),
            "weights" => none(weights.is_none()).replace("none", "all the same"),
            "memory" => none(memory.is_none()),
            "save" => match save {
                Save::Never => "none".into(),
                Save::Every { epochs, minutes, keep } => {
                    format!("`every(epochs={epochs}, minutes={minutes}, keep={keep})`")
                }
            },
            "freeze" | "unfreeze" => none(phases.is_empty()),
            _ => panic!("what is the default of `{key}`?"),
        };
        assert_eq!(row[2], default, "{key}");
    }
}

/// A default that is written must change nothing: signatures tell the truth.
#[test]
fn defaults_are_what_is_left_out() {
    for kind in Kind::ALL {
        for item in kind.items() {
            let (place, short) = place(kind, &item);
            let values = if place.contains("other") { "other" } else { "" };
            let text = place.replace('X', &written(&item, values, true));
            let long = model(&text).unwrap_or_else(|errors| panic!("{text}\n{errors:#?}"));
            let [short, long] = [short, long].map(|model| {
                generate(&model, &Options { training_loop: true, ..Options::default() }).to_string()
            });
            assert!(short == long, "{text}");
        }
    }
}
