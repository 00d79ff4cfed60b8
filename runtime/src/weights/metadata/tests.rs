use super::*;
use proptest::prelude::*;

fn number() -> impl Strategy<Value = f64> {
    any::<f64>().prop_filter("finite", |number| number.is_finite())
}

prop_compose! {
    fn normalization()(pairs in prop::collection::vec((number(), number()), 0..5)) -> Normalization {
        let std = pairs.iter().map(|(_, std)| std.abs().max(f64::MIN_POSITIVE));
        Normalization::new(pairs.iter().map(|pair| pair.0).collect(), std.collect())
    }
}

fn name() -> impl Strategy<Value = String> {
    // Any text, and one of what could be mistaken for the format's own.
    prop_oneof![any::<String>(), "[,:\\\\\n\r\" äa日\u{2028}]{0,9}"]
}

fn samples() -> impl Strategy<Value = Option<Samples>> {
    let list = || prop::collection::vec(any::<u64>().prop_map(Fingerprint), 0..5);
    prop::option::of((list(), list()).prop_map(|(training, held_out)| Samples::new(training, held_out)))
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        network in name(),
        spec in name(),
        seed: Option<u64>,
        normalization in normalization(),
        classes in prop::collection::vec(name(), 0..4),
        data in prop::collection::vec(name(), 0..4),
        samples in samples(),
        text in prop::option::of((name(), name())),
        bits: u64,
    ) {
        let texts = text.into_iter().map(|(name, text)| (name.replace('\n', ""), text)).collect();
        let manifest = Some(Box::new(Manifest { texts, ..Manifest::default() }));
        let metadata = Metadata { network, spec, seed, normalization, classes, data, samples, manifest };
        let text = metadata.to_text(bits).unwrap();
        prop_assert_eq!(Metadata::from_text(&text), Ok((metadata, Some(bits))));
    }

    #[test]
    fn no_text_makes_it_panic(text: String, lines in prop::collection::vec("(version|seed|mean|class|held out): .{0,12}", 0..4)) {
        let _ = Metadata::from_text(&text);
        let _ = Metadata::from_text(&format!("version: 2\n{}", lines.join("\n")));
        let _ = Metadata::from_text(&seal(&format!("bits: 0123456789abcdef\nmanifest: {text}\n{}", lines.join("\n"))));
    }
}

#[test]
fn the_text_is_as_it_was_documented() {
    let metadata = Metadata {
        network: "Clouds".into(),
        spec: "nets/clouds.net".into(),
        seed: Some(7),
        normalization: Normalization::new(vec![0.5, -1e-9], vec![1.0, 12_345.678]),
        classes: vec!["a, b".into(), "c\\\nd".into(), String::new()],
        data: vec!["table".into(), "input\tage\tnumber".into()],
        samples: Some(Samples::new(vec![Fingerprint(1), Fingerprint(2)], vec![Fingerprint(3)])),
        manifest: Some(Box::new(Manifest {
            texts: vec![("a.net".into(), "x\n".into())],
            ..Manifest::default()
        })),
    };
    let text = "version: 3\nhash: dd6b6361b8503eb9\nbits: 00000000000000ff\nnetwork: Clouds\nspec: nets/clouds.net\nseed: 7\nmean: 0.5 -0.000000001\nstd: 1 12345.678\n\
                class: a, b\nclass: c\\\\\\nd\nclass: \ndata: table\ndata: input\tage\tnumber\nheld out: AAAAAAAAAAD\ntrained with: 2 AAAAAAAAAAD\n\
                manifest: version: \nmanifest: platform: \nmanifest: instructions: \nmanifest: text: a.net\\nx\\n\n\
                manifest: epochs: 0\nmanifest: seed: 0\nmanifest: training: 0 0000000000000000\nmanifest: held out: 0 0000000000000000\nmanifest: start: 0000000000000000\n";
    assert_eq!(metadata.to_text(255).unwrap(), text);
}

#[test]
fn older_files_are_read() {
    let text = "version: 0.1.0\nnetwork: Clouds\nseed: 7\nmean: 0.5 2\nstd: 1 3\nclasses: malignant,not so\n";
    let metadata = Metadata {
        network: "Clouds".into(),
        spec: String::new(),
        seed: Some(7),
        normalization: Normalization::new(vec![0.5, 2.0], vec![1.0, 3.0]),
        classes: vec!["malignant".into(), "not so".into()],
        data: vec![],
        samples: None,
        manifest: None,
    };
    assert_eq!(Metadata::from_text(text), Ok((metadata, None)));
    assert_eq!(Metadata::from_text("version: 0.1.0\nnetwork: \n"), Ok((Metadata::default(), None)));
    let second = Metadata { network: "A".into(), seed: Some(1), ..Metadata::default() };
    assert_eq!(Metadata::from_text("version: 2\nnetwork: A\nseed: 1\n"), Ok((second, None)));
}

#[test]
fn what_cannot_be_is_refused() {
    let lines = [
        "seed: abc",
        "seed: -1",
        "seed: ",
        "mean: nan\nstd: 1",
        "mean: inf\nstd: 1",
        "mean: 1e999\nstd: 1",
        "mean: 0.5 x\nstd: 1 1",
        "mean: 0\nstd: 0",
        "mean: 0\nstd: -1",
        "mean: 0\nstd: NaN",
        "mean: 0 0\nstd: 1",
        "mean: 0",
        "std: 1",
        "mean: ",
        "sead: 7",
        "seed: 7\nseed: 8",
        "class: a\\b",
        "held out: AAAAAAAAAAB",
        "held out: A\ntrained with: 1 AAAAAAAAAAB",
        "held out: \ntrained with: many AAAAAAAAAAB",
        "trained with each: ",
        "nonsense",
    ];
    let told = lines.map(|line| {
        let Invalid { key, expected, found } =
            Metadata::from_text(&format!("version: 2\nnetwork: A\n{line}\n")).unwrap_err();
        format!("{line:?}: {key}: expected {expected}, found {found:?}")
    });
    let sealed = [
        "",
        "bits: 12\n",
        "bits: 00000000000000ff\nmanifest: x\n",
        "bits: 00000000000000ff\nmanifest: a: b\n",
    ]
    .map(|lines| {
        let Invalid { key, expected, found } = Metadata::from_text(&seal(lines)).unwrap_err();
        format!("sealed {lines:?}: {key}: expected {expected}, found {found:?}")
    });
    let altered =
        ["bits: 00000000000000ff\nmanifest: version: 1\n", "hash: 0123456789abcdef\n", "manifest: seed: 1\n"]
            .map(|lines| {
                let Invalid { key, expected, found } =
                    Metadata::from_text(&format!("version: 3\nhash: 0123456789abcdef\n{lines}")).unwrap_err();
                format!("altered {lines:?}: {key}: expected {expected}, found {found:?}")
            });
    let versions = ["3", "4", "99.0.0", "0.1", "", "x"].map(|version| {
        let Invalid { key, expected, found } =
            Metadata::from_text(&format!("version: {version}\nnetwork: A\n")).unwrap_err();
        format!("version {version:?}: {key}: expected {expected}, found {found:?}")
    });
    assert!(Metadata::from_text("").is_err() && Metadata::from_text("network: A\n").is_err());
    insta::assert_snapshot!(
        [&told[..], &sealed, &altered, &versions].map(|lines| lines.join("\n")).join("\n")
    );
}
