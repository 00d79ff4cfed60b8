//! The command as people run it: outside of this repository, on files of their own.

mod common;

use common::{XOR, XOR_TABLE, command, folder, run};
use std::fs;

#[test]
fn a_network_is_trained_measured_and_used() {
    let folder = folder(&[("nets/xor.net", XOR), ("nets/xor.csv", XOR_TABLE), ("new.csv", "0,1\n1,1\n")]);
    let training = run(&folder, "train nets/xor.net --weights xor.safetensors --quiet");
    assert!(
        training.contains("4 samples to train with") && training.contains("weights: xor.safetensors\n"),
        "{training}"
    );
    let eval = run(&folder, "eval nets/xor.net --weights xor.safetensors");
    assert!(eval.contains("accuracy 100.00%"), "{eval}");
    let predict = run(&folder, "predict nets/xor.net new.csv --weights xor.safetensors");
    let classes: Vec<&str> =
        predict.lines().skip(2).filter_map(|line| line.split_whitespace().nth(1)).collect();
    assert_eq!(classes, ["1", "0"], "{predict}");
    // The same network without a recipe, and so without a loss, predicts the same; it cannot be trained.
    let network = XOR.split("    loss").next().unwrap();
    fs::write(folder.path().join("nets/plain.net"), format!("{network}}}\n")).unwrap();
    let plain = run(&folder, "predict nets/plain.net new.csv --weights xor.safetensors");
    assert_eq!(plain.split_once('\n').unwrap().1, predict.split_once('\n').unwrap().1);
    let training = run(&folder, "train nets/plain.net");
    assert!(training.contains("`Xor` has no `train` block"), "{training}");
    let two = "network Two {\n    input a [2]\n    input b [2]\n    from a\n    add(b)\n    dense(1)\n}\n";
    fs::write(folder.path().join("nets/two.net"), two).unwrap();
    let several = run(&folder, "predict nets/two.net new.csv --weights xor.safetensors");
    assert!(
        several
            .contains("`Two` has 2 inputs (a, b) and no `data`, which says how samples of several are read"),
        "{several}"
    );
    // The default name, the table, and the log.
    let training = run(&folder, "train nets/xor.net --epochs 2 --limit 3");
    assert!(training.contains("dense1") && training.contains("33") && training.contains("2/2"), "{training}");
    assert!(folder.path().join("Xor.safetensors").is_file());
    // The program's own errors, and its exit code.
    fs::write(folder.path().join("nets/xor.csv"), "0,0,0\n0,one,1\n").unwrap();
    insta::assert_snapshot!(run(&folder, "train nets/xor.net --quiet"));
}

const AUTOENCODER: &str = "\
network Autoencoder {
    input [1, 4, 4]
    conv(6, 3x3, pad=1) tanh
    conv(1, 3x3, pad=1)
    loss mse(to=input)
}
train Autoencoder {
    data      idx(\"images\") normalize(mean=0.5, std=0.25)
    validate  25%
    epochs    60
    batch     4
    optimizer adam(lr=0.02)
    stop      early(patience=60)
}
";

#[test]
fn an_autoencoder_learns_images_without_labels() {
    let folder = folder(&[("again.net", AUTOENCODER)]);
    fs::create_dir(folder.path().join("images")).unwrap();
    let images = |count: u32| -> Vec<u8> {
        let header = [0x803, count, 4, 4].into_iter().flat_map(u32::to_be_bytes);
        header.chain((0..count * 16).map(|i| (i * 37 % 251) as u8)).collect()
    };
    for (part, count) in [("train", 16), ("t10k", 8)] {
        fs::write(folder.path().join(format!("images/{part}-images-idx3-ubyte")), images(count)).unwrap();
    }
    let training = run(&folder, "train again.net --weights again.safetensors");
    assert!(training.contains("12 samples to train with, 4 held out, 8 to test with"), "{training}");
    assert!(!training.contains('%'), "no number is right or wrong:\n{training}");
    let losses: Vec<f64> = training
        .lines()
        .filter_map(|line| line.trim_start().split_once("/60 ")?.1.split_whitespace().nth(1)?.parse().ok())
        .collect();
    assert_eq!(losses.len(), 60, "{training}");
    assert!(losses[59] < 0.2 * losses[0], "the images come out again:\n{training}");
    let eval = run(&folder, "eval again.net --weights again.safetensors");
    let tested = training.lines().find_map(|line| line.strip_prefix("test: ")).unwrap_or_default();
    assert!(!tested.is_empty() && eval.ends_with(&format!("{tested}\n")), "{training}\n{eval}");

    let shown = run(&folder, "eval again.net --weights again.safetensors --images again.png --limit 5");
    assert!(
        shown.ends_with("again.png: what the network makes of, beside them, the first samples\n"),
        "{shown}"
    );
    let png = fs::read(folder.path().join("again.png")).unwrap();
    // Two columns and five rows of images of 4x4, enlarged sixteenfold, with gaps of four.
    let size = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    assert_eq!((size(16), size(20)), (2 * (64 + 4) + 4, 5 * (64 + 4) + 4));
}

#[test]
fn files_are_checked() {
    let wrong = "network A {\n    input [4]\n    dense(3) reul\n    dense(-1)\n}\n";
    let folder = folder(&[("xor.net", XOR), ("xor.csv", "0,1,1\n"), ("wrong.net", wrong)]);
    let told = ["check xor.net", "check wrong.net xor.net none.net"].map(|args| run(&folder, args));
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_network_must_be_chosen_and_trainable() {
    let two = "network A { input [2] dense(1) }\nnetwork B { input [2] dense(1) loss mse }\n";
    let [b, c] = ["train B { epochs 3 }", "train B { data csv(\"b.csv\") }\ntrain A { epochs 1 }"];
    let folder = folder(&[
        ("none.net", "block x { relu }"),
        ("two.net", two),
        ("no_data.net", &format!("{two}{b}")),
        ("recipes.net", &format!("{}{c}", two.replace("dense(1) }", "dense(1) loss mse }"))),
    ]);
    let told = [
        "explain none.net",
        "explain two.net",
        "explain two.net --network C",
        "train two.net --network B",
        "train no_data.net",
        "eval recipes.net",
        "explain recipes.net --network A --stage graph",
    ]
    .map(|args| run(&folder, args));
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn every_stage_is_shown() {
    let folder = folder(&[("xor.net", XOR)]);
    let shown = [
        ("layers", "dense1    dense(8)  8               24     40"),
        ("graph", "%0 = input input : [2]"),
        ("backward", "dense_weight_grad("),
        ("schedule", "phase 1: each lane"),
        ("plan", "batch 4 = 4 lanes of 1"),
    ];
    for (stage, text) in shown {
        let told = run(&folder, &format!("explain xor.net --stage {stage}"));
        assert!(told.contains(text), "{told}");
    }
    assert!(run(&folder, "explain xor.net --stage code").contains("pub struct Trainer"));
    assert!(!run(&folder, "explain xor.net --stage code --inference").contains("pub struct Trainer"));
}

#[test]
fn code_is_written() {
    let folder = folder(&[("xor.net", XOR)]);
    assert_eq!(run(&folder, "build xor.net -o out/xor.rs"), "> netwright build xor.net -o out/xor.rs\n");
    let code = fs::read_to_string(folder.path().join("out/xor.rs")).unwrap();
    assert!(code.contains("pub struct Trainer") && !code.contains("pub fn train("), "{code}");
    assert!(run(&folder, "build xor.net --training-loop").contains("pub fn train("));
    assert!(!run(&folder, "build xor.net --inference").contains("pub struct Trainer"));
}

#[test]
fn missing_tools_are_told() {
    // No network of this name is compiled already.
    let folder = folder(&[("xor.net", &XOR.replace("Xor", "Toolless")), ("xor.csv", "0,1,1\n")]);
    let args = "train xor.net --quiet";
    let mut told = vec![];
    let output = command(folder.path(), args).env("CARGO", "/no/such/cargo").output().unwrap();
    told.push(common::told(folder.path(), args, &output));
    let mut homeless = command(folder.path(), args);
    for name in ["NETWRIGHT_HOME", "XDG_CACHE_HOME", "HOME", "LOCALAPPDATA"] {
        homeless.env_remove(name);
    }
    told.push(common::told(folder.path(), args, &homeless.output().unwrap()));
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn gradients_are_checked() {
    let no_loss = "network A { input [2] dense(1) }";
    let norm = "network B { input [2] dense(2) batch_norm dense(1) loss mse }";
    let folder = folder(&[("xor.net", XOR), ("a.net", no_loss), ("b.net", norm)]);
    let told = run(&folder, "gradcheck xor.net --seed 7 --samples 4");
    let checked: Vec<Vec<&str>> =
        told.lines().map(|line| line.split_whitespace().take(3).collect()).collect();
    assert_eq!(checked[3], ["dense1.weight", "8×2", "4"], "{told}");
    assert_eq!(checked[7], ["input", "3×2", "4"], "{told}");
    assert!(told.ends_with("Xor: 17 slopes agree with differences of the loss to 1e-4\n"), "{told}");
    // Differences of rounding are above no tolerance but this one.
    let told = run(&folder, "gradcheck xor.net --tolerance 0");
    assert!(told.contains("slopes differ by more than 0e0: dense1.weight"), "{told}");
    assert!(told.contains("[exit code Some(1)]"), "{told}");
    let told = ["gradcheck a.net", "gradcheck b.net --batch 1"].map(|args| run(&folder, args));
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn files_without_networks_and_in_other_encodings_are_told() {
    let folder = folder(&[
        ("empty.net", ""),
        ("blocks.net", "block x { relu }"),
        ("imports.net", "import \"wide.net\""),
    ]);
    let text = "network Toy {\n    input [4]\n    dense(2)\n}\n";
    let write = |name: &str, bytes: Vec<u8>| fs::write(folder.path().join(name), bytes).unwrap();
    let wide = |bytes: fn(u16) -> [u8; 2]| {
        "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(bytes).collect()
    };
    write("wide.net", wide(u16::to_le_bytes));
    write("big.net", wide(u16::to_be_bytes));
    write("latin.net", b"// gr\xfcn\nnetwork".to_vec());
    write("marked.net", format!("\u{feff}{text}").into_bytes());
    let all = "check empty.net blocks.net wide.net big.net latin.net imports.net marked.net";
    insta::assert_snapshot!(run(&folder, all));
}

#[test]
fn a_pipe_gets_whole_lines() {
    let long = "network Long {
    input [3, 64, 64]
    a_name_of_many_letters: conv(64, 7x7, stride=2, pad=3, pad_mode=reflect, groups=1, bias=false, init=he_normal(fan=out))
}";
    let folder = folder(&[("long.net", long)]);
    let told = run(&folder, "explain long.net");
    assert!(!told.contains('…') && told.contains("init=he_normal(fan=out))"), "{told}");
    assert!(told.contains("the prediction of 32 samples works in"), "{told}");
}

#[test]
fn several_files_are_trained_one_after_the_other() {
    let broken = "network Broken {\n    input [2]\n    dense(1) reul\n    loss mse\n}\ntrain Broken { data csv(\"xor.csv\") }\n";
    let folder = folder(&[
        ("nets/xor.net", XOR),
        ("nets/broken.net", broken),
        ("nets/other.net", &XOR.replace("Xor", "Other").replace("epochs    200", "epochs    2")),
        ("nets/xor.csv", XOR_TABLE),
    ]);
    let told = run(&folder, "train nets/xor.net nets/broken.net nets/other.net --quiet");
    for weights in ["Xor.safetensors", "Other.safetensors"] {
        assert!(folder.path().join(weights).is_file() && told.contains(weights), "{told}");
    }
    assert!(
        told.contains("there is no layer or block `reul`") && told.contains("1 of 3 trainings failed"),
        "{told}"
    );
    assert!(told.contains("[exit code Some(1)]"), "{told}");
    fs::copy(folder.path().join("nets/xor.net"), folder.path().join("again.net")).unwrap();
    let twice = run(&folder, "train nets/xor.net again.net");
    assert!(twice.contains("nets/xor.net and again.net both train `Xor`"), "{twice}");
    let one = run(&folder, "train nets/xor.net nets/other.net --weights w");
    assert!(one.contains("`--weights` names one file, and there are 2 trainings"), "{one}");
}
