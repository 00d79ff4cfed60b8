//! Pages made of fixed facts: which parts they have, and that nothing is said twice or fetched from elsewhere.

use super::*;
use safetensors::serialize;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(super) const CLASSES: &str = "network Net {
    input [1, 8, 8]
    conv(2, 3x3) relu
    flatten
    dense(3) softmax
    loss cross_entropy
}
train Net { data csv(\"table.csv\") validate 20% epochs 3 }
";

/// An array as a file holds it.
pub(super) struct Stored {
    name: &'static str,
    kind: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

pub(super) fn floats(name: &'static str, shape: &[usize], number: impl Fn(usize) -> f32) -> Stored {
    let count: usize = shape.iter().product();
    let bytes = (0..count).flat_map(|at| number(at).to_le_bytes()).collect();
    Stored { name, kind: Dtype::F32, shape: shape.to_vec(), bytes }
}

pub(super) fn integers(name: &'static str, shape: &[usize], number: impl Fn(usize) -> i32) -> Stored {
    let count: usize = shape.iter().product();
    let bytes = (0..count).flat_map(|at| number(at).to_le_bytes()).collect();
    Stored { name, kind: Dtype::I32, shape: shape.to_vec(), bytes }
}

fn bytes(name: &'static str, shape: &[usize], byte: impl Fn(usize) -> u8) -> Stored {
    let count: usize = shape.iter().product();
    Stored { name, kind: Dtype::U8, shape: shape.to_vec(), bytes: (0..count).map(byte).collect() }
}

/// Returns the facts of a training whose curves part.
pub(super) fn text(state: &str, net: &str) -> Value {
    let epoch = |number: u64, loss: f64, held_out: f64| json!({"epoch": number, "epochs": 3, "loss": loss, "val_loss": held_out, "val_accuracy": 0.5, "val_f1": 0.4, "samples": 60, "seconds": 0.5, "rate": 0.1});
    let tensor = |name: &str, size: f64| {
        let counts: Vec<u64> = (0..32).collect();
        let powers: Vec<u64> = (0..48).collect();
        json!({"name": name, "weights": {"least": -1.0, "most": 1.0, "size": 0.5, "counts": counts}, "gradients": {"size": size, "zeros": 0, "counts": powers}})
    };
    let look = |epoch: u64| json!({"epoch": epoch, "tensors": [tensor("conv1.weight", 1e-6), tensor("dense1.weight", 0.1)]});
    json!({
        "facts": 1,
        "epochs": [epoch(1, 1.0, 1.0), epoch(2, 0.5, 0.7), epoch(3, 0.2, 1.4)],
        "network": "Net", "weights": "net.safetensors", "spec": "net.net", "texts": [["net.net", net]], "set": [],
        "manifest": {"version": "0.1.0", "platform": "x86_64 linux", "instructions": "AVX2", "epochs": 3, "seed": 0, "training": {"count": 60, "hash": "0000000000000001"}, "held_out": {"count": 20, "hash": "0000000000000002"}, "start": "0000000000000003"},
        "begun": 1.0, "batch": 32, "threads": 2, "seconds": 1.5, "memory": 1_000_000, "remarks": ["a < b"], "state": state, "why": null,
        "data": {
            "input": [1, 8, 8], "output": [3], "classes": ["cat", "dog", "owl"], "augmented": true, "looked": 0,
            "parts": [
                {"part": "train", "samples": 60, "classes": [40, 15, 5], "groups": 0, "leaked": null},
                {"part": "held out", "samples": 20, "classes": [14, 4, 2], "groups": 0, "leaked": 3},
            ],
            "pictures": {"columns": 3, "answers": ["cat", "<dog>"]},
        },
        "layers": {"first_power": -40, "looks": [look(1), look(2), look(3)]},
    })
}

pub(super) fn write_facts(folder: &Path, text: &Value, arrays: &[Stored]) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("facts.json"), text.to_string()).unwrap();
    let mut views = vec![];
    for Stored { name, kind, shape, bytes } in arrays {
        views.push((*name, TensorView::new(*kind, shape.clone(), bytes).unwrap()));
    }
    fs::write(folder.join("facts.safetensors"), serialize(views, None).unwrap()).unwrap();
}

/// Writes facts of a training in a state, without results.
pub(super) fn facts(folder: &Path, state: &str) {
    write_facts(folder, &text(state, CLASSES), &[]);
}

/// Writes the page of some facts, and returns its folder and its text.
fn made(text: &Value, arrays: &[Stored]) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("net.report");
    write_facts(&report, text, arrays);
    let page = write(&report).unwrap().page;
    let html = fs::read_to_string(page).unwrap();
    alone(&html);
    (folder, html)
}

/// Checks that a page fetches nothing, and that its identifiers are its own.
fn alone(html: &str) {
    for attribute in ["src=\"", "href=\""] {
        for value in html.split(attribute).skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(value.starts_with('#') || value.starts_with("data:"), "{attribute}{value}");
        }
    }
    assert!(!html.contains("<script") && !html.contains("@import") && !html.contains("url("));
    let mut ids: Vec<&str> = html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "{ids:?}");
}

/// Returns the headings, the remarks, the columns of tables and the files of a page, in their order.
fn structure(html: &str) -> String {
    let text = |inner: &str| inner.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">");
    let mut lines = vec![];
    for line in html.lines() {
        for (open, close, indent) in [
            ("<h2>", "</h2>", ""),
            ("<h3>", "</h3>", "  "),
            ("<h4>", "</h4>", "    "),
            ("<li class=\"", "</b>", "  - "),
            ("<thead><tr>", "</tr></thead>", "    | "),
        ] {
            if let Some(inner) = line.split_once(open).and_then(|(_, rest)| rest.split_once(close)) {
                let cells = inner.0.replace("\"><b>", ": ").replace("</th>", " ");
                let plain: String = cells
                    .split('<')
                    .map(|part| part.split_once('>').map_or(part, |(_, rest)| rest))
                    .collect();
                lines.push(format!("{indent}{}", text(&plain)));
            }
        }
        let parts = line.split("data-part=\"").skip(1).filter_map(|rest| rest.split('"').next());
        lines.extend(parts.map(|part| format!("    [{part}]")));
    }
    lines.join("\n")
}

pub(super) fn of_test(kind: &str, more: &Value) -> Value {
    let mut test = json!({"kind": kind, "samples": 12, "kept": 12, "classes": ["cat", "dog", "owl"], "measured": {"set": "test", "samples": 12, "loss": 0.5, "accuracy": 0.75, "f1": 0.7}});
    for (key, value) in more.as_object().unwrap() {
        test[key] = value.clone();
    }
    test
}

#[test]
fn the_page_of_classes() {
    let mut facts = text("complete", CLASSES);
    let mistakes =
        json!({"samples": [1, 4], "names": ["a.png", "b.png"], "lists": {"worst": [1, 4], "surest": [4, 1]}});
    facts["test"] = of_test("classes", &json!({"outputs": 3, "mistakes": mistakes}));
    let arrays = [
        floats("test.outputs", &[12, 3], |at| {
            [0.7, 0.2, 0.1, 0.1, 0.3, 0.6, 0.2, 0.2, 0.6, 0.5, 0.3, 0.2][at % 12]
        }),
        integers("test.targets", &[12], |at| [0, 1, 2, 0][at % 4]),
        bytes("test.pictures", &[2, 1, 8, 8], |at| at as u8),
        bytes("data.pictures", &[2, 3, 3, 8, 8], |at| at as u8),
    ];
    let (folder, html) = made(&facts, &arrays);
    insta::assert_snapshot!(structure(&html));
    let report = folder.path().join("net.report");
    for part in page::parts_of(&html) {
        assert!(report.join(part).is_file(), "{part}");
    }
    assert!(html.contains("&lt;dog&gt;") && html.contains("a &lt; b"));
    // What an older page had is gone, and what is someone's own is kept.
    fs::write(report.join("own.png"), "mine").unwrap();
    write_facts(&report, &text("complete", CLASSES), &[]);
    write(&report).unwrap();
    assert!(
        !report.join("roc.svg").exists()
            && report.join("own.png").exists()
            && report.join("loss.svg").exists()
    );
}

#[test]
fn the_page_of_a_yes_or_no_and_of_labels() {
    let net = CLASSES
        .replace("dense(3) softmax", "dense(1) sigmoid")
        .replace("cross_entropy", "binary_cross_entropy");
    let mut facts = text("stopped", &net);
    facts["why"] = "the weights are those of epoch 2, the best of 3 by val_loss".into();
    let mistakes = json!({"samples": [], "names": [], "lists": {"worst": [], "surest": []}});
    facts["test"] = of_test(
        "labels",
        &json!({"outputs": 1, "border": 0.5, "of_shares": true, "classes": ["ill", "well"], "mistakes": mistakes}),
    );
    let arrays = [
        floats("test.outputs", &[12, 1], |at| at as f32 / 12.0),
        floats("test.targets", &[12, 1], |at| f32::from(u8::from(at > 5))),
    ];
    let (_folder, html) = made(&facts, &arrays);
    let single = structure(&html);
    assert!(html.contains("It makes no mistake") && html.contains("sensitivity (recall)"));
    facts["test"] = of_test("labels", &json!({"outputs": 3, "border": 0.5, "of_shares": true}));
    let arrays = [
        floats("test.outputs", &[12, 3], |at| (at * 7 % 36) as f32 / 36.0),
        floats("test.targets", &[12, 3], |at| f32::from(u8::from(at % 2 > 0))),
    ];
    let (_folder, html) = made(&facts, &arrays);
    insta::assert_snapshot!(format!("{single}\n\n====\n\n{}", structure(&html)));
}

#[test]
fn the_page_of_numbers() {
    let net = CLASSES.replace("dense(3) softmax", "dense(2)").replace("cross_entropy", "mse");
    let mut facts = text("complete", &net);
    let mistakes = json!({"samples": [3], "names": ["line 4"], "lists": {"largest": [3]}});
    facts["test"] = of_test("numbers", &json!({"outputs": 2, "mistakes": mistakes}));
    let arrays = [
        floats("test.outputs", &[12, 2], |at| at as f32 + 0.25 * (at % 3) as f32),
        floats("test.targets", &[12, 2], |at| at as f32),
    ];
    let (_folder, html) = made(&facts, &arrays);
    insta::assert_snapshot!(structure(&html));
}

#[test]
fn the_page_of_masks() {
    let net = CLASSES
        .replace("conv(2, 3x3) relu", "conv(1, 3x3, pad=1) sigmoid")
        .replace("flatten\n", "")
        .replace("dense(3) softmax", "")
        .replace("cross_entropy", "dice");
    let mut facts = text("complete", &net);
    let example = |(at, rank): (usize, &&str)| json!({"rank": rank, "sample": at, "name": format!("{at}.png"), "error": 0.1 * at as f64});
    let examples: Vec<Value> = ["best", "median", "worst"].iter().enumerate().map(example).collect();
    facts["test"] = of_test(
        "masks",
        &json!({"outputs": 64, "border": 0.5, "channels": 1, "examples": examples, "classes": []}),
    );
    let arrays = [
        floats("test.counts", &[12, 1, 3], |at| [3.0, 4.0, 5.0][at % 3]),
        floats("test.errors", &[12], |_| 1.0 / 3.0),
        bytes("test.example.inputs", &[3, 1, 8, 8], |at| at as u8),
        bytes("test.example.outputs", &[3, 1, 8, 8], |at| u8::from(at % 64 < 24)),
        bytes("test.example.targets", &[3, 1, 8, 8], |at| u8::from(at % 64 < 16)),
    ];
    let (_folder, html) = made(&facts, &arrays);
    assert_eq!(html.matches("class=\"wanted\"").count(), 3);
    insta::assert_snapshot!(structure(&html));
}

#[test]
fn trainings_that_end_early_have_a_page() {
    for (state, said) in [
        ("running", "In training: 3 of 3 epochs so far"),
        ("interrupted", "Interrupted after 3 of 3 epochs"),
        ("diverged", "Diverged"),
        ("failed", "Ended"),
    ] {
        let mut facts = text(state, CLASSES);
        facts["why"] = "a reason".into();
        let (_folder, html) = made(&facts, &[]);
        assert!(html.contains(said), "{state}");
    }
    let mut facts = text("running", CLASSES);
    facts["epochs"] = json!([]);
    facts["layers"] = json!({"looks": []});
    let (_folder, html) = made(&facts, &[]);
    assert!(html.contains("No epoch has ended") && html.contains("They are measured when the training ends"));
}

#[test]
fn wrong_facts_are_explained() {
    let folder = tempfile::tempdir().unwrap();
    let problem =
        || write(folder.path()).unwrap_err().to_string().replace(&folder.path().display().to_string(), "DIR");
    let none = problem();
    assert!(none.starts_with("DIR/facts.json: cannot be read: "), "{none}");
    for (text, found) in [
        ("{", "is damaged, or is no file of a report"),
        ("{\"facts\":2}", "is of another version"),
        ("{\"facts\":1,\"network\":\"X\"}", "the text in it does not describe its network"),
    ] {
        fs::write(folder.path().join("facts.json"), text).unwrap();
        assert_eq!(problem(), format!("DIR/facts.json: {found}"));
    }
    facts(folder.path(), "complete");
    fs::write(folder.path().join(PAGE), "my own page").unwrap();
    assert!(problem().ends_with("is not a page made by Netwright, so it is not overwritten"));
}

#[test]
fn arrays_that_do_not_fit_are_no_panic() {
    for kind in ["classes", "labels", "numbers", "masks", "errors", "other"] {
        let mut facts = text("complete", CLASSES);
        facts["test"] = of_test(
            kind,
            &json!({"outputs": 3, "mistakes": {"samples": [99], "names": [], "lists": {"worst": [99], "largest": [7]}}, "examples": [{"rank": "best"}]}),
        );
        made(&facts, &[]);
        let arrays = [
            floats("test.outputs", &[2, 3], |_| f32::NAN),
            integers("test.targets", &[1], |_| 77),
            floats("test.errors", &[0], |_| 0.0),
            floats("test.counts", &[0, 1, 3], |_| 0.0),
            bytes("test.pictures", &[1, 2, 2], |_| 0),
            bytes("data.pictures", &[0, 1, 4, 4], |_| 0),
            bytes("test.example.inputs", &[1, 1, 4, 4], |_| 9),
            bytes("test.example.outputs", &[1, 1, 4, 4], |_| 9),
            bytes("test.example.targets", &[1, 1, 2, 2], |_| 9),
        ];
        made(&facts, &arrays);
    }
}
