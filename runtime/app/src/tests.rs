use super::*;
use netwright::app::testing::{self, Careful, Clouds, Measuring, clouds};
use netwright::augment::{Augment, Augmentation, Interpolation, Operation, Resample, Targets};
use std::fs;
use tempfile::TempDir;

mod checkpoints;
mod divergence;
mod evaluation;
mod folds;
mod held_out;
mod lr;
#[cfg(all(feature = "pictures", feature = "arrays", feature = "nifti"))]
mod outputs;
#[cfg(feature = "pictures")]
mod streamed;
mod survey;
mod verify;

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("clouds.csv"), clouds(240)).unwrap();
    fs::write(folder.path().join("more.csv"), clouds(60)).unwrap();
    folder
}

/// Runs the program and returns its output or its error; `DIR` stands for the folder.
fn program<A: App>(folder: &TempDir, args: &str) -> Result<String, String> {
    let path = folder.path().display().to_string();
    let mut out = Vec::new();
    let done = run::<A>(args.split_whitespace().map(|arg| arg.replace("DIR", &path).into()), &mut out);
    done.map(|()| String::from_utf8(out).unwrap().replace(&path, "DIR"))
        .map_err(|failure| failure.report().replace(&path, "DIR"))
}

#[test]
fn a_network_is_trained_measured_and_used() {
    let folder = folder();
    let train = "train --data-root DIR --weights DIR/w.safetensors --quiet";
    let mut told = program::<Clouds>(&folder, train).unwrap();
    told += &program::<Clouds>(&folder, "eval --data-root DIR --weights DIR/w.safetensors").unwrap();
    fs::write(folder.path().join("new.csv"), "x,y\n0,2\n-200,-1\n200,-1\n").unwrap();
    told += &program::<Clouds>(&folder, "predict --weights DIR/w.safetensors DIR/new.csv").unwrap();
    insta::assert_snapshot!(told);
}

#[test]
fn a_test_set_is_used_and_the_best_weights_kept() {
    let folder = folder();
    let train = "train --data-root DIR --weights DIR/w.safetensors --quiet";
    let mut told = program::<Careful>(&folder, train).unwrap();
    told +=
        &program::<Careful>(&folder, "eval --data-root DIR --weights DIR/w.safetensors --limit 30").unwrap();
    insta::assert_snapshot!(told);
}

const PLAIN: Resample = Resample { fill: 0.0, interpolation: Interpolation::Bilinear };

/// A table of images.
struct Images;

impl App for Images {
    const NAME: &'static str = "Images";
    const INPUT: &'static [usize] = &[3, 24, 16];
    const OUTPUT: &'static [usize] = &[3];
    fn recipe() -> Recipe {
        Recipe {
            augment: Augmentation {
                operations: &[
                    Augment { operation: Operation::Rotate { degrees: 20.0, resample: PLAIN }, p: 1.0 },
                    Augment {
                        operation: Operation::Elastic { alpha: 8.0, sigma: 3.0, resample: PLAIN },
                        p: 0.5,
                    },
                    Augment { operation: Operation::FlipHorizontal, p: 0.5 },
                    Augment { operation: Operation::Hue { degrees: 60.0 }, p: 0.5 },
                    Augment {
                        operation: Operation::Erase { smallest: 0.02, largest: 0.2, aspect: 0.3, fill: None },
                        p: 0.5,
                    },
                ],
                targets: Targets::Labels,
            },
            ..testing::RECIPE
        }
    }
    type Params = testing::Params;
    type Model = testing::Model;
    netwright::app::testing::trained_by!(testing::Step);
    fn init(_: u64) -> testing::Params {
        testing::Params::zeros()
    }
}

/// Returns an `F` whose stem is red and whose arms are green, on blue, moved to the right from line to line.
fn letters(count: usize) -> String {
    let pixel = |i: usize, channel: usize, y: usize, x: usize| {
        let stem = (4..20).contains(&y) && (3 + i..5 + i).contains(&x);
        let arm = ((4..6).contains(&y) && (5 + i..12).contains(&x))
            || ((10..12).contains(&y) && (5 + i..10).contains(&x));
        [stem, arm, !stem && !arm][channel]
    };
    (0..count).fold(String::new(), |text, i| {
        let pixels = (0..3 * 24 * 16).map(|at| pixel(i, at / 384, at / 16 % 24, at % 16));
        let cells: Vec<&str> = pixels.map(|on| if on { "0.9" } else { "0.1" }).collect();
        format!("{text}{},{}\n", cells.join(","), i % 3)
    })
}

#[test]
#[cfg_attr(not(feature = "pictures"), ignore = "sheets are pictures")]
fn augmented_samples_are_shown() {
    let folder = folder();
    fs::write(folder.path().join("clouds.csv"), letters(4)).unwrap();
    let sheet = |args: &str| {
        let told =
            program::<Images>(&folder, &format!("augment --data-root DIR --output DIR/sheet.png {args}"));
        assert!(told.unwrap().contains("each as it is and in 9 epochs"));
        image::open(folder.path().join("sheet.png")).unwrap().into_rgb8()
    };
    let shown = sheet("");
    // Pixels are enlarged threefold, with gaps of four between images.
    assert_eq!(shown.dimensions(), (10 * (48 + 4) + 4, 4 * (72 + 4) + 4));
    assert_eq!([shown.get_pixel(4 + 10, 4 + 13).0, shown.get_pixel(4, 4).0], [[230, 26, 26], [26, 26, 230]]);
    assert_eq!(sheet("--limit 4"), shown);
    assert_ne!(sheet("--seed 77"), shown);
    let error = program::<Clouds>(&folder, "augment --data-root DIR --output DIR/sheet.png").unwrap_err();
    assert!(error.contains("error"), "{error}");
}

#[test]
fn metrics_are_shown_and_logged() {
    let folder = folder();
    let train = "train --data-root DIR --weights DIR/w.safetensors --epochs 2 --log DIR/train.jsonl --quiet";
    let mut told = program::<Measuring>(&folder, train).unwrap();
    let eval = "eval --data-root DIR --weights DIR/w.safetensors --log DIR/eval.jsonl";
    told += &program::<Measuring>(&folder, eval).unwrap();
    let lines = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    for line in lines("train.jsonl").lines().chain(lines("eval.jsonl").lines()) {
        let (before, after) = line.split_once("\"seconds\":").unwrap_or((line, ""));
        let rest = after.find([',', '}']).map_or("", |end| &after[end..]);
        told += &format!("{before}{}{rest}\n", if after.is_empty() { "" } else { "\"seconds\":0" });
    }
    insta::assert_snapshot!(told);
    let nowhere =
        program::<Measuring>(&folder, "train --data-root DIR --weights DIR/w --log DIR/none/log --quiet");
    assert!(nowhere.unwrap_err().contains("DIR/none/log cannot be written"));
}

/// A writer that fails as a full disk does, or as a closed pipe.
struct Full(io::ErrorKind);

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_cannot_be_printed_is_told() {
    let folder = folder();
    let path = folder.path().display().to_string();
    fs::write(folder.path().join("new.csv"), "x,y\n0,2\n").unwrap();
    let run_into = |args: &str, kind| {
        let args = args.split_whitespace().map(|arg| arg.replace("DIR", &path).into());
        run::<Clouds>(args, &mut Full(kind))
    };
    let weights = "--data-root DIR --weights DIR/w.safetensors";
    for args in [
        &format!("train {weights} --epochs 2 --quiet"),
        &format!("eval {weights}"),
        "predict --weights DIR/w.safetensors DIR/new.csv",
    ] {
        let error = run_into(args, io::ErrorKind::StorageFull).unwrap_err().report();
        assert!(error.starts_with("error: standard output cannot be written: "), "{args}: {error}");
        run_into(args, io::ErrorKind::BrokenPipe).unwrap();
    }
    assert!(folder.path().join("w.safetensors").is_file(), "the training went on");
}

#[test]
#[cfg_attr(not(feature = "pictures"), ignore = "sheets are pictures")]
fn results_replace_only_their_like() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let train = "train --data-root DIR --epochs 2 --quiet";
    let mut messages = vec![];
    fs::write(at("a.net"), "network Clouds {}").unwrap();
    fs::write(at("b.net"), "network Clouds {}").unwrap();
    let own = format!("{train} --weights DIR/w.safetensors --log DIR/l.jsonl --spec DIR/a.net");
    for _ in 0..2 {
        program::<Clouds>(&folder, &own).unwrap();
    }
    let weights = fs::read(at("w.safetensors")).unwrap();
    for args in [
        "train --weights DIR/a.net",
        "train --weights DIR/clouds.csv",
        "train --weights DIR/l.jsonl",
        "train --weights DIR",
        "train --weights DIR/w.safetensors --spec DIR/b.net",
        "train --weights DIR/v.safetensors --log DIR/w.safetensors",
        "train --weights DIR/v.safetensors --log DIR/clouds.csv",
        "train --weights DIR/v.safetensors --log DIR/b.net",
        "train --weights DIR/v.safetensors --log DIR/v.safetensors",
        "train --weights DIR/clouds.csv --overwrite",
        "eval --weights DIR/w.safetensors --log DIR/w.safetensors",
        "eval --weights DIR/w.safetensors --images DIR/clouds.csv",
        "augment --output DIR/w.safetensors",
        "augment --output DIR/a.net",
    ] {
        let before: Vec<_> = listing(folder.path());
        let error = program::<Clouds>(&folder, &format!("{args} --data-root DIR")).unwrap_err();
        assert_eq!(listing(folder.path()), before, "{args}");
        messages.push(format!("> {args}\n{error}"));
    }
    insta::assert_snapshot!(messages.join("\n"));
    assert_eq!(fs::read(at("w.safetensors")).unwrap(), weights);
    let other = own.replace("a.net", "b.net") + " --overwrite";
    program::<Clouds>(&folder, &other).unwrap();
    assert_ne!(fs::read(at("w.safetensors")).unwrap(), weights);
}

/// Returns the names and contents of a folder's files.
fn listing(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = paths.filter(|path| path.is_file());
    let mut files: Vec<_> = files.map(|path| (path.clone(), fs::read(path).unwrap())).collect();
    files.sort();
    files
}

#[cfg(unix)]
#[test]
fn a_log_goes_into_devices_and_links() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    std::os::unix::fs::symlink("real.jsonl", at("link.jsonl")).unwrap();
    for log in ["/dev/null", "DIR/link.jsonl"] {
        let args =
            format!("train --data-root DIR --weights DIR/w.safetensors --epochs 2 --quiet --log {log}");
        program::<Clouds>(&folder, &args).unwrap();
    }
    assert!(at("link.jsonl").is_symlink());
    assert_eq!(fs::read_to_string(at("real.jsonl")).unwrap().lines().count(), 3);
}

#[test]
fn the_same_seed_makes_the_same_file() {
    let folder = folder();
    let weights = |name: &str, seed: u64| {
        let args = format!("train --data-root DIR --weights DIR/{name} --epochs 2 --seed {seed} --quiet");
        program::<Clouds>(&folder, &args).unwrap();
        fs::read(folder.path().join(name)).unwrap()
    };
    assert_eq!(weights("a", 5), weights("b", 5));
    assert_ne!(weights("a", 5), weights("c", 6));
}

#[test]
fn wrong_arguments() {
    let folder = folder();
    let messages = [
        "",
        "learn",
        "train",
        "train --weights w --epochs 0",
        "train --weights w --limit many",
        "train --weights w file.csv",
        "train --weights w --fast",
        "eval --weights w --epochs 3",
        "predict --weights w",
        "--weights w",
    ]
    .map(|args| {
        let error = program::<Clouds>(&folder, args).unwrap_err();
        let (message, usage) = error.split_once('\n').unwrap();
        assert!(usage.starts_with("usage: train"), "{usage}");
        format!("{args}\n  {message}")
    });
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn wrong_files() {
    let folder = folder();
    fs::write(folder.path().join("two.csv"), "1,2,3,4,5\n").unwrap();
    fs::create_dir(folder.path().join("one")).unwrap();
    fs::write(folder.path().join("one/clouds.csv"), "x,y,class\n1,2,0\n").unwrap();
    let train = "train --data-root DIR --weights DIR/w.safetensors --quiet --epochs 2";
    program::<Clouds>(&folder, train).unwrap();
    let mut messages = vec![];
    for args in [
        "eval --data-root DIR --weights DIR/none.safetensors",
        "eval --data-root DIR --weights DIR/clouds.csv",
        "eval --data-root DIR/nowhere --weights DIR/w.safetensors",
        "predict --weights DIR/w.safetensors DIR/two.csv",
        "predict --weights DIR/w.safetensors DIR/none.png",
        "train --data-root DIR --weights DIR/none/w.safetensors",
        "train --data-root DIR/one --weights DIR/w.safetensors",
        "train --data-root DIR --weights DIR/w.safetensors --epochs 1",
    ] {
        messages.push(format!("> {args}\n{}", program::<Clouds>(&folder, args).unwrap_err()));
    }
    insta::assert_snapshot!(messages.join("\n"));
}

/// Rounds numbers, whose last digits depend on the instructions of the machine.
fn digits(text: &str) -> String {
    const ENDS: [char; 7] = [',', '\n', ' ', ':', ']', '}', '%'];
    let cut = |word: &str| match word.contains('.').then(|| word.parse::<f64>()) {
        Some(Ok(number)) => format!("{number:.3}"),
        _ => word.to_string(),
    };
    text.split_inclusive(ENDS)
        .map(|word| {
            let bare = word.trim_end_matches(ENDS);
            cut(bare) + &word[bare.len()..]
        })
        .collect()
}

#[test]
fn answers_have_a_form_for_programs() {
    let folder = folder();
    program::<Clouds>(&folder, "train --data-root DIR --weights DIR/w.safetensors --quiet").unwrap();
    fs::write(folder.path().join("new.csv"), "y,x\n2,0\n-1,-200\n").unwrap();
    let told = ["csv", "json"].map(|form| {
        let args = format!("predict --data-root DIR --weights DIR/w.safetensors --format {form} DIR/new.csv");
        program::<Clouds>(&folder, &args).unwrap()
    });
    insta::assert_snapshot!(told.map(|text| digits(&text)).join("\n"));
}

#[test]
fn weights_that_do_not_name_their_columns_are_used_with_those_of_the_data() {
    let folder = folder();
    let file = folder.path().join("w.safetensors");
    program::<Clouds>(&folder, "train --data-root DIR --weights DIR/w.safetensors --quiet").unwrap();
    let (params, metadata) = load::<Clouds>(&file).unwrap();
    weights::save(&file, &params, &Metadata { data: vec![], ..metadata }).unwrap();
    fs::write(folder.path().join("xy.csv"), "x,y\n0,2\n-200,-1\n").unwrap();
    fs::write(folder.path().join("yx.csv"), "y,x\n2,0\n-1,-200\n").unwrap();
    let told = ["xy", "yx"].map(|name| {
        program::<Clouds>(
            &folder,
            &format!("predict --data-root DIR --weights DIR/w.safetensors DIR/{name}.csv"),
        )
        .unwrap()
    });
    assert_eq!(told[0], told[1]);
}

#[test]
fn weights_from_elsewhere_cannot_say_how_inputs_were_standardized() {
    let folder = folder();
    let file = folder.path().join("foreign.safetensors");
    weights::save(&file, &<Clouds as App>::init(0), &Metadata::default()).unwrap();
    let error =
        program::<Clouds>(&folder, "eval --data-root DIR --weights DIR/foreign.safetensors").unwrap_err();
    assert!(error.contains("does not say how inputs are to be standardized"), "{error}");
    let normalization = Normalization::new(vec![0.0; 3], vec![1.0; 3]);
    let metadata = Metadata { network: "Clouds".into(), normalization, ..Metadata::default() };
    weights::save(&file, &<Clouds as App>::init(0), &metadata).unwrap();
    let error =
        program::<Clouds>(&folder, "eval --data-root DIR --weights DIR/foreign.safetensors").unwrap_err();
    assert!(error.contains("scales inputs of 3 numbers, and the network's have 2"), "{error}");
}
