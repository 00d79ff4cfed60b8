//! Answers with how sure they are: dropout at work against its formula, temperatures, folds together, rankings, lists of labels, and changed pictures.

mod common;

use common::{command, folder, run, told};
use netwright_data::arrays::{self, Numbers};
use netwright_data::picture::{Picture, Pixels, write_png};
use safetensors::SafeTensors;
use serde_json::Value;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Runs the command in JSON, and returns what it says.
fn json(folder: &TempDir, args: &str) -> Value {
    let args = format!("{args} --format json");
    let output = command(folder.path(), &args).output().unwrap();
    assert!(output.status.success(), "{}", told(folder.path(), &args, &output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn close(found: &Value, expected: f64, tolerance: f64) {
    let found = found.as_f64().unwrap();
    assert!((found - expected).abs() <= tolerance, "{found}, not {expected}");
}

const LINEAR: &str = "\
network Linear {
    input [3]
    dropout(0.5)
    dense(1)
    loss mse
}
train Linear {
    data      csv(\"t.csv\")
    validate  25%
    epochs    5
    batch     4
    optimizer sgd(lr=0.05)
    seed      1
}
";

/// Returns the numbers of a tensor.
fn tensor(file: &Path, name: &str) -> Vec<f64> {
    let bytes = fs::read(file).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let (numbers, _) = tensors.tensor(name).unwrap().data().as_chunks::<4>();
    numbers.iter().map(|bytes| f64::from(f32::from_le_bytes(*bytes))).collect()
}

#[test]
fn dropout_at_work_has_the_mean_and_the_spread_of_its_formula() {
    let line =
        |i: usize| format!("{},{},{},{}\n", i % 3, i % 5, i % 7, (i % 3) as f32 - (i % 5) as f32 / 2.0);
    let table = String::from("a,b,c,y\n") + &(0..24).map(line).collect::<String>();
    let folder = folder(&[("t.csv", &table), ("new.csv", "a,b,c\n2,-1,3\n1,1,1\n"), ("linear.net", LINEAR)]);
    run(&folder, "train linear.net --quiet --no-report");
    let weights = folder.path().join("Linear.safetensors");
    let (w, bias) = (tensor(&weights, "dense1.weight"), tensor(&weights, "dense1.bias")[0]);
    let found = json(&folder, "predict linear.net new.csv --mc-dropout 5000");
    for (at, x) in [[2.0, -1.0, 3.0], [1.0, 1.0, 1.0]].iter().enumerate() {
        let terms: Vec<f64> = w.iter().zip(x).map(|(w, x)| w * x).collect();
        // Each term is dropped or doubled.
        let (mean, spread) =
            (bias + terms.iter().sum::<f64>(), terms.iter().map(|term| term * term).sum::<f64>().sqrt());
        close(&found[at]["outputs"]["output 0"], mean, 5.0 * spread / 5000f64.sqrt());
        close(&found[at]["spread"]["output 0"], spread, 0.05 * spread);
    }
    let ranked = json(&folder, "uncertain linear.net new.csv --by mc-dropout");
    let spreads = [0, 1].map(|at: usize| ranked[at]["spread"]["output 0"].as_f64().unwrap());
    assert!(spreads[0] > spreads[1], "{ranked}");
}

const NOISY: &str = "\
network Noisy {
    input [2]
    dense(24) relu
    dropout(30%)
    dense(24) relu
    alpha_dropout(10%)
    gaussian_noise(0.1)
    dense(2) softmax
    loss cross_entropy
}
train Noisy {
    data      csv(\"t.csv\")
    folds     3
    epochs    40
    batch     16
    optimizer adam(lr=0.02)
    seed      1
}
";

/// Two classes that overlap, so that some answers are wrong.
fn clouds() -> TempDir {
    let sample = |i: usize| {
        let spread = |by: usize| ((i * by) % 97) as f32 / 48.5 - 1.0;
        let class = i % 2;
        let (x, y) = (spread(31) + 0.5 * class as f32, spread(57) - 0.5 * class as f32);
        format!("{x},{y},{}\n", if class == 0 { "left" } else { "right" })
    };
    let table = String::from("x,y,side\n") + &(0..150).map(sample).collect::<String>();
    let new = String::from("x,y\n") + &(0..70).map(|i| format!("{},{}\n", i % 7, i % 3)).collect::<String>();
    let folder = folder(&[("t.csv", &table), ("new.csv", &new), ("noisy.net", NOISY)]);
    run(&folder, "train noisy.net --quiet --no-report");
    folder
}

#[test]
fn folds_answer_together_at_their_temperatures() {
    let folder = clouds();
    let each: Vec<Value> = (1..=3)
        .map(|fold| {
            let weights = format!("--weights Noisy.fold{fold}.safetensors");
            json(&folder, &format!("predict noisy.net new.csv --calibrated {weights}"))
        })
        .collect();
    let together = json(&folder, "predict noisy.net new.csv --calibrated --folds");
    assert_eq!(together.as_array().unwrap().len(), 70);
    for at in 0..70 {
        let all: Vec<f64> =
            each.iter().map(|fold| fold[at]["probabilities"]["left"].as_f64().unwrap()).collect();
        let mean = all.iter().sum::<f64>() / 3.0;
        let squares: f64 = all.iter().map(|p| (p - mean).powi(2)).sum();
        close(&together[at]["probabilities"]["left"], mean, 1e-12);
        close(&together[at]["spread"]["left"], (squares / 2.0).sqrt(), 1e-12);
    }
    // A temperature of 1 is the network itself, and another one divides logits.
    let first = "predict noisy.net new.csv --weights Noisy.fold1.safetensors";
    let [plain, same, hot] =
        ["", " --temperature 1", " --temperature 2"].map(|more| json(&folder, &format!("{first}{more}")));
    for at in 0..70 {
        let p = plain[at]["probabilities"]["left"].as_f64().unwrap();
        close(&same[at]["probabilities"]["left"], p, 1e-6);
        // Near 0 and 1 the other one is rounded too coarsely.
        if !(1e-3..0.999).contains(&p) {
            continue;
        }
        let halved = (p / (1.0 - p)).powf(0.5);
        close(&hot[at]["probabilities"]["left"], halved / (1.0 + halved), 1e-5);
    }
    let said = run(&folder, &format!("{first} --calibrated --format csv"));
    let numbers = |after: &str| -> Vec<f64> {
        let (_, rest) = said.split_once(after).unwrap_or_else(|| panic!("{said}"));
        let words = rest.split([' ', ';', '%', ',', '\n']).filter_map(|word| word.parse().ok());
        words.take(2).collect()
    };
    let nll = numbers("negative log-likelihood");
    assert!(said.contains("fitted on 50 held-out samples") && nll[1] < nll[0], "{said}");
}

#[test]
fn passes_depend_on_the_seed_and_not_on_threads() {
    let folder = clouds();
    let ask = |more: &str, threads: &str| {
        let args = format!("predict noisy.net new.csv --folds --mc-dropout 8 --format csv {more}");
        let mut command = command(folder.path(), &args);
        let output = command.env("RAYON_NUM_THREADS", threads).output().unwrap();
        assert!(output.status.success(), "{}", told(folder.path(), &args, &output));
        String::from_utf8(output.stdout).unwrap()
    };
    let first = ask("", "1");
    assert_eq!(first, ask("--seed 0", "3"));
    assert_ne!(first, ask("--seed 1", "1"));
    assert!(first.starts_with(
        "file,line,class,probability,left,right,spread of left,spread of right,entropy,margin,information\n"
    ));
}

const PICTURES: &str = "\
network Sides {
    input [1, 6, 6]
    conv(4, 3x3, pad=1, bias=false) batch_norm relu
    spatial_dropout(20%)
    flatten
    dropout(20%)
    dense(2) softmax
    loss cross_entropy
}
train Sides {
    data      images(\"known\")
    validate  25%
    epochs    20
    batch     8
    optimizer adam(lr=0.02)
    seed      1
}
";

/// Pictures that are lighter above or below, some of them with a name that needs quotes in a list, and unlabelled ones.
fn sides() -> TempDir {
    let folder = folder(&[
        ("sides.net", PICTURES),
        ("again.net", &PICTURES.replace("images(\"known\")", "images(\"lists/sure.csv\")")),
    ]);
    for i in 0..72_usize {
        let above = i % 2 == 0;
        let contrast = 20 + (i * 13) % 100;
        let pixel = |at: usize| {
            let light = if above == (at < 18) { contrast } else { 0 };
            (60 + light + (i * 7 + at * 5) % 20) as u8
        };
        let pixels = Pixels::Bytes((0..36).map(pixel).collect());
        let name = match (i < 48, above) {
            (true, true) => format!("known/above/{i}.png"),
            (true, false) => format!("known/below/{i}.png"),
            (false, _) => format!("pool/no. {i}, new.png"),
        };
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        write_png(&file, &Picture { channels: 1, height: 6, width: 6, pixels }).unwrap();
    }
    run(&folder, "train sides.net --quiet --no-report");
    folder
}

#[test]
fn sure_answers_become_a_list_that_a_training_reads() {
    let folder = sides();
    let said = run(&folder, "pseudo-label sides.net pool --above 0.6 -o lists/sure.csv");
    let list = fs::read_to_string(folder.path().join("lists/sure.csv")).unwrap();
    let labelled = list.lines().count() - 1;
    assert!(labelled > 4 && list.starts_with("file,probability,label\n\"../pool/no. "), "{said}{list}");
    assert!(said.contains(&format!("lists/sure.csv: {labelled} of 24 samples")), "{said}");
    let counted = json(&folder, "data again.net");
    let parts = counted["parts"].as_array().unwrap().iter().map(|part| part["samples"].as_u64().unwrap());
    assert_eq!(parts.sum::<u64>(), labelled as u64, "{counted:#}");
    // It replaces its own kind and nothing else.
    let again = run(&folder, "pseudo-label sides.net pool --above 0.6 -o lists/sure.csv");
    assert_eq!(again, said);
    fs::write(folder.path().join("mine.csv"), "file,label\na.png,above\n").unwrap();
    let kept = run(&folder, "pseudo-label sides.net pool -o mine.csv");
    assert!(kept.contains("mine.csv is not a list that `netwright pseudo-label` has written"), "{kept}");

    // A pool can be a list, too, and the ranking is the same.
    let mut names: Vec<String> = json(&folder, "uncertain sides.net pool")
        .as_array()
        .unwrap()
        .iter()
        .map(|sample| sample["file"].as_str().unwrap().into())
        .collect();
    assert_eq!(names.len(), 24);
    let list: String = names.iter().map(|name| format!("\"{name}\"\n")).collect();
    fs::write(folder.path().join("pool.csv"), format!("file\n{list}")).unwrap();
    let ranked = json(&folder, "uncertain sides.net pool.csv --by margin --first 10");
    names.truncate(10);
    let of_list: Vec<&str> =
        ranked.as_array().unwrap().iter().map(|sample| sample["file"].as_str().unwrap()).collect();
    // Of two classes, entropy and margin have the same order.
    assert_eq!(of_list, names);
    // The running statistics of the batch norm answer for one picture as they do for many.
    let passes = |pool: &str| json(&folder, &format!("uncertain sides.net {pool} --by mc-dropout"));
    let (one, all) = (passes("known/above/0.png"), passes("known/above"));
    let same = all.as_array().unwrap().iter().find(|sample| sample["file"] == "known/above/0.png").unwrap();
    assert_eq!(one[0]["information"], same["information"]);
}

#[test]
fn changed_pictures_are_measured() {
    let folder = sides();
    let stress = |more: &str| json(&folder, &format!("stress sides.net {more}"));
    let found = stress("");
    assert_eq!(found["samples"], 12, "{found:#}");
    let unchanged = &found["unchanged"]["accuracy"];
    assert!(unchanged.as_f64().unwrap() > 0.9, "{found:#}");
    let changes = found["changes"].as_array().unwrap();
    let mut names: Vec<&str> = changes.iter().map(|at| at["change"].as_str().unwrap()).collect();
    names.dedup();
    assert_eq!(names, ["noise", "blur", "brightness", "contrast", "rotation", "JPEG", "gamma", "bias field"]);
    // Noise of a deviation larger than most contrasts is worse than nothing.
    let of_noise = changes.iter().filter(|at| at["change"] == "noise");
    let losses: Vec<f64> = of_noise.map(|at| at["loss"].as_f64().unwrap()).collect();
    assert!(losses[4] > found["unchanged"]["loss"].as_f64().unwrap(), "{losses:?}");
    assert_eq!(found, stress("--seed 0"));
    let others = stress("--seed 1");
    let pairs = changes.iter().zip(others["changes"].as_array().unwrap());
    let differ: Vec<&Value> = pairs.filter(|(a, b)| a != b).map(|(a, _)| &a["change"]).collect();
    assert!(
        differ.len() > 5 && differ.iter().all(|name| **name == "noise" || **name == "bias field"),
        "{differ:?}"
    );
    let idle = run(&folder, "stress sides.net --metric loss --format json");
    assert!(idle.contains("`--metric` would change nothing: `--format json` prints all metrics"), "{idle}");
    let said = run(&folder, "stress sides.net --metric loss --limit 5 -o stress.svg");
    assert!(said.contains("measured on 5 samples that were held out from training"), "{said}");
    let svg = fs::read_to_string(folder.path().join("stress.svg")).unwrap();
    assert!(svg.starts_with("<svg ") && svg.contains("bias field"), "{svg}");
}

const MASKS: &str = "\
network Masks {
    input [1, 6, 6]
    conv(4, 3x3, pad=1) relu
    spatial_dropout(20%)
    conv(1, 1x1) sigmoid
    loss dice
}
train Masks {
    data      images(\"list.csv\", masks=mask)
    validate  25%
    epochs    4
    batch     4
    optimizer adam(lr=0.02)
    seed      1
}
";

#[test]
fn pictures_are_ranked_by_the_doubt_in_their_masks() {
    let folder = folder(&[("masks.net", MASKS)]);
    let picture = |name: String, pixel: &dyn Fn(usize) -> u8| {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        let pixels = Pixels::Bytes((0..36).map(pixel).collect());
        write_png(&file, &Picture { channels: 1, height: 6, width: 6, pixels }).unwrap();
    };
    let mut list = String::from("file,mask\n");
    for i in 0..32_usize {
        let is_bright = move |at: usize| (at * 5 + i * 3) % 7 < 3;
        let noise = move |at: usize| (20 + (at * 11 + i * 17) % 60) as u8;
        picture(format!("known/{i}.png"), &|at| noise(at) + if is_bright(at) { 120 } else { 0 });
        picture(format!("masks/{i}.png"), &|at| if is_bright(at) { 255 } else { 0 });
        // The less the contrast, the more there is to doubt.
        picture(format!("pool/{i}.png"), &|at| noise(at) + if is_bright(at) { (4 * i) as u8 } else { 0 });
        list += &format!("known/{i}.png,masks/{i}.png\n");
    }
    fs::write(folder.path().join("list.csv"), list).unwrap();
    run(&folder, "train masks.net --quiet --no-report");
    run(&folder, "predict masks.net pool -o answers --format npy");
    let ranked = json(&folder, "uncertain masks.net pool");
    let ranked = ranked.as_array().unwrap();
    assert_eq!(ranked.len(), 32);
    let entropies: Vec<f64> = ranked.iter().map(|sample| sample["entropy"].as_f64().unwrap()).collect();
    assert!(entropies.is_sorted_by(|a, b| a >= b) && entropies[0] > entropies[31] + 0.01, "{entropies:?}");
    // The mean over the pixels of what the network itself says of each.
    for sample in ranked {
        let name = Path::new(sample["file"].as_str().unwrap()).with_extension("npy");
        let answer =
            arrays::read(&folder.path().join("answers").join(name.file_name().unwrap()), "").unwrap();
        let Numbers::Floats(pixels) = answer.numbers else { panic!("probabilities have 32 bits") };
        assert_eq!(pixels.len(), 36);
        let mean = |of: &dyn Fn(f64) -> f64| pixels.iter().map(|&p| of(f64::from(p))).sum::<f64>() / 36.0;
        close(&sample["entropy"], mean(&|p| -p * p.ln() - (1.0 - p) * (1.0 - p).ln()), 1e-5);
        close(&sample["margin"], mean(&|p| (2.0 * p - 1.0).abs()), 1e-5);
    }
    // A pixel's spread over passes says more than its doubt, and the noise does not follow from how many pictures there are.
    let passes = json(&folder, "uncertain masks.net pool --by mc-dropout --mc-dropout 4 --first 3");
    let of = |sample: &Value, name: &str| sample[name].as_f64().unwrap();
    let all = passes.as_array().unwrap();
    assert!(all.len() == 3 && all.iter().all(|sample| of(sample, "information") > 0.0), "{passes:#}");
    assert!(all.iter().all(|sample| of(sample, "information") < of(sample, "entropy")), "{passes:#}");
    assert_eq!(passes, json(&folder, "uncertain masks.net pool --by mc-dropout --mc-dropout 4 --first 3"));
    for (args, expected) in [
        ("uncertain masks.net pool --calibrated", "a temperature is fitted for networks with one answer"),
        ("uncertain masks.net pool --by reconstruction", "`Masks` does not copy its input"),
        ("predict masks.net pool --temperature 2", "`Masks` has an answer for each of 36 places"),
        ("pseudo-label masks.net pool -o sure.csv", "`Masks` has an answer for each of 36 places"),
    ] {
        let said = run(&folder, args);
        assert!(said.contains(expected) && said.contains("error"), "{args}: {said}");
    }
    let hot = json(&folder, "uncertain masks.net pool --temperature 100 --first 1");
    assert!(of(&hot[0], "entropy") > of(&ranked[0], "entropy") && of(&hot[0], "entropy") <= 2f64.ln());
}

const COPIES: &str = "\
network Copies {
    input [4]
    dense(2) tanh
    dense(4)
    loss mse(to=input)
}
train Copies {
    data      csv(\"t.csv\")
    validate  25%
    epochs    60
    batch     8
    optimizer adam(lr=0.02)
    seed      1
}
";

#[test]
fn samples_unlike_those_of_the_training_are_found() {
    let line = |i: usize| {
        let (a, b) = ((i % 11) as f32 / 11.0, (i * 7 % 13) as f32 / 13.0);
        format!("{a},{b},{},{}\n", a + b, a - b)
    };
    let table =
        |lines: std::ops::Range<usize>| String::from("a,b,c,d\n") + &lines.map(line).collect::<String>();
    let new = table(200..210) + "0.5,0.5,-1,3\n";
    let folder = folder(&[("t.csv", &table(0..120)), ("new.csv", &new), ("copies.net", COPIES)]);
    run(&folder, "train copies.net --quiet --no-report");
    let said = run(&folder, "uncertain copies.net new.csv --first 3");
    let ranked = json(&folder, "uncertain copies.net new.csv");
    assert_eq!(
        (&ranked[0]["line"], &ranked[0]["unlike"], &ranked[0]["held_out_below"]),
        (&12.into(), &true.into(), &1.0.into()),
        "{said}"
    );
    assert_eq!(ranked.as_array().unwrap().len(), 11);
    assert_eq!(ranked[10]["unlike"], false, "{said}");
    assert!(said.contains("the error of 95% of 30 held-out samples is at most"), "{said}");
}

#[test]
fn questions_without_an_answer_are_told() {
    let plain = NOISY
        .replace("    dropout(30%)\n", "")
        .replace("    alpha_dropout(10%)\n    gaussian_noise(0.1)\n", "")
        .replace("    folds     3\n", "");
    let folder = folder(&[
        ("t.csv", "x,y,side\n0,1,left\n1,0,right\n0,2,left\n2,0,right\n"),
        ("n.csv", "a,b,c,y\n1,2,3,4\n2,3,4,5\n0,1,1,2\n1,1,0,1\n"),
        ("plain.net", &plain),
        ("mask.net", "network Mask { input [1, 4, 4] conv(1, 3x3, pad=1) sigmoid loss dice }"),
        (
            "linear.net",
            &LINEAR.replace("t.csv", "n.csv").replace("dropout(0.5)", "").replace("    validate  25%\n", ""),
        ),
    ]);
    for net in ["plain", "linear"] {
        run(&folder, &format!("train {net}.net --quiet --no-report --epochs 1"));
    }
    let all = [
        "predict plain.net t.csv --mc-dropout 4",
        "predict plain.net t.csv --folds",
        "predict plain.net t.csv --calibrated",
        "predict plain.net t.csv --temperature 0",
        "predict plain.net t.csv --seed 3",
        "uncertain plain.net t.csv --quantile 0.9",
        "predict plain.net t.csv --calibrated --format npy",
        "predict linear.net n.csv --calibrated",
        "predict linear.net n.csv --temperature 2",
        "uncertain linear.net n.csv --by margin",
        "uncertain plain.net t.csv --by reconstruction",
        "pseudo-label plain.net t.csv -o list.csv",
        "pseudo-label plain.net t.csv -o list.csv --above 95",
        "stress plain.net",
        "predict mask.net pool --calibrated",
    ];
    let said: Vec<String> = all.iter().map(|args| run(&folder, args)).collect();
    insta::assert_snapshot!(said.join("\n"));
}
