//! Cards made of fixed facts.

use super::super::tests::{CLASSES, floats, integers, of_test, text, write_facts};
use super::*;
use netwright_build::Source;
use netwright_compiler::Overrides;
use netwright_model::Fingerprinted;
use serde_json::json;

/// Returns the manifest of the training that [`text`] tells of.
fn manifest() -> Manifest {
    Manifest {
        version: "0.1.0".into(),
        platform: "x86_64 linux".into(),
        instructions: "AVX2".into(),
        texts: vec![("net.net".into(), CLASSES.into())],
        epochs: 3,
        training: Fingerprinted { count: 60, hash: 1 },
        held_out: Fingerprinted { count: 20, hash: 2 },
        start: 3,
        ..Manifest::default()
    }
}

fn card_of(manifest: &Manifest, facts: Option<&Facts>) -> Card {
    let weights = Weights {
        tensors: 4,
        numbers: 239,
        bits: 4,
        network: "Net".into(),
        spec: "net.net".into(),
        is_sealed: true,
        manifest: None,
    };
    let source = Source::of_texts(Path::new("net.net"), &manifest.texts, &Overrides::default());
    card(Path::new("nets/net.safetensors"), &weights, manifest, &source.program.models[0], facts).unwrap()
}

#[test]
fn a_card_says_what_the_weights_and_the_report_say() {
    let folder = tempfile::tempdir().unwrap();
    let mut told = text("complete", CLASSES);
    told["data"]["classes"] = json!(["cat", "dog|wolf", "owl"]);
    told["test"] = of_test("classes", &json!({"outputs": 3, "classes": ["cat", "dog|wolf", "owl"]}));
    let arrays = [
        floats("test.outputs", &[12, 3], |at| {
            [0.7, 0.2, 0.1, 0.1, 0.3, 0.6, 0.2, 0.2, 0.6, 0.5, 0.3, 0.2][at % 12]
        }),
        integers("test.targets", &[12], |at| [0, 1, 2, 0][at % 4]),
    ];
    write_facts(folder.path(), &told, &arrays);
    let facts = Facts::read(folder.path()).unwrap();
    let card = card_of(&manifest(), Some(&facts));
    assert_eq!(card.text.matches("**To fill in:**").count(), card.open);
    insta::assert_snapshot!(card.text);
}

#[test]
fn a_report_of_another_training_is_not_told() {
    let folder = tempfile::tempdir().unwrap();
    write_facts(folder.path(), &text("complete", CLASSES), &[]);
    let facts = Facts::read(folder.path()).unwrap();
    assert!(card_of(&manifest(), Some(&facts)).text.contains("- Date: Thu, 01 Jan 1970 00:00:01 GMT."));
    let alone = card_of(&manifest(), None).text;
    assert!(alone.contains("there is no report of this training beside the weights"), "{alone}");
    let others = [
        Manifest { seed: 1, ..manifest() },
        Manifest { epochs: 4, ..manifest() },
        Manifest { start: 4, ..manifest() },
        Manifest { limit: Some(60), ..manifest() },
        Manifest { fold: Some((1, 3)), ..manifest() },
        Manifest { set: vec!["batch=8".into()], ..manifest() },
        Manifest { training: Fingerprinted { count: 60, hash: 9 }, ..manifest() },
        Manifest { held_out: Fingerprinted { count: 21, hash: 2 }, ..manifest() },
    ];
    for other in others {
        assert!(!card_of(&other, Some(&facts)).text.contains("1970"), "{other:?}");
    }
}

#[test]
fn days_are_those_of_the_calendar() {
    assert_eq!(date(951_782_400.5).unwrap(), "Tue, 29 Feb 2000 00:00:00 GMT");
    assert_eq!(date(253_402_300_799.0).unwrap(), "Fri, 31 Dec 9999 23:59:59 GMT");
    assert_eq!([253_402_300_800.0, -1.0, f64::NAN, f64::INFINITY].map(date), [const { None }; 4]);
}
