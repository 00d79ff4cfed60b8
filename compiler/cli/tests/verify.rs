//! Trainings that are repeated from their weights files.

mod common;

use common::{XOR_TABLE, command, folder, run, tensors, told};
use std::fs;
use tempfile::TempDir;

const NET: &str = "\
import \"parts/hidden.net\"
network Repeated {
    input [2]
    hidden(8)
    dense(1) sigmoid
    loss binary_cross_entropy
}
train Repeated {
    data      csv(\"xor.csv\")   // \"exclusive\" \\ \u{e4}
    epochs    9
    batch     4
    optimizer adam(lr=0.05)
    seed      1
}
";

const PART: &str = "block hidden(n) {\n    dense(n) tanh\n}\n";
/// Returns a folder with weights of a training with settings of the command line.
fn trained() -> TempDir {
    let folder = folder(&[("nets/a.net", NET), ("nets/parts/hidden.net", PART), ("nets/xor.csv", XOR_TABLE)]);
    let args = "train nets/a.net --quiet --weights w.safetensors --seed 3 --epochs 5";
    let trained = command(folder.path(), args).args(["--set", "lr=0.03", "epochs=7"]).output().unwrap();
    assert!(trained.status.success(), "{}", told(folder.path(), args, &trained));
    folder
}

/// Removes what differs between machines and versions.
fn steady(told: &str) -> String {
    const HASH: &str = " (hash 0123456789abcdef)";
    let line = |line: &str| match line.split_once("made by ") {
        Some((before, _)) => format!("{before}made by ...\n"),
        None => {
            let mut parts = line.split(&HASH[..7]);
            let first = parts.next().unwrap().to_string();
            first + &parts.map(|part| &part[HASH.len() - 7..]).collect::<String>() + "\n"
        }
    };
    told.lines().map(line).collect()
}

#[test]
fn a_training_is_repeated_from_its_weights() {
    let folder = trained();
    let at = |name: &str| folder.path().join(name);
    let whole = fs::read(at("w.safetensors")).unwrap();
    let mut shown = vec![
        run(&folder, "verify w.safetensors --quiet"),
        run(&folder, "verify w.safetensors --quick"),
        run(&folder, "verify w.safetensors nets/a.net --quiet"),
    ];
    // It says itself what it was made of: the text may have changed since, but is not another one.
    fs::write(at("nets/a.net"), NET.replace("hidden(8)", "hidden(9)")).unwrap();
    shown.push(run(&folder, "verify w.safetensors --quiet"));
    shown.push(run(&folder, "verify w.safetensors nets/a.net"));
    fs::write(at("nets/a.net"), NET).unwrap();
    fs::write(at("nets/parts/hidden.net"), PART.replace("tanh", "relu")).unwrap();
    shown.push(run(&folder, "verify w.safetensors nets/a.net --quick"));
    // Wherever it is.
    fs::remove_file(at("nets/parts/hidden.net")).unwrap();
    fs::rename(at("nets"), at("there")).unwrap();
    shown.push(run(&folder, "verify w.safetensors --quiet"));
    shown.push(run(&folder, "verify w.safetensors --quick"));
    fs::create_dir(at("there/parts")).unwrap_or_default();
    fs::write(at("there/parts/hidden.net"), PART).unwrap();
    fs::rename(at("there/a.net"), at("there/b.net")).unwrap();
    shown.push(run(&folder, "verify w.safetensors there/b.net --quiet"));
    // Other data.
    fs::write(at("there/xor.csv"), XOR_TABLE.replace("1,1,0", "1,1,1")).unwrap();
    shown.push(run(&folder, "verify w.safetensors there/b.net"));
    shown.push(run(&folder, "verify w.safetensors there/b.net --quick"));
    insta::assert_snapshot!(steady(&shown.join("\n")));
    assert!(fs::read(at("w.safetensors")).unwrap() == whole, "nothing is written");
}

#[test]
fn altered_weights_never_pass() {
    let folder = trained();
    let file = folder.path().join("w.safetensors");
    let whole = fs::read(&file).unwrap();
    let header = whole.len() - tensors(&whole).len();
    let places = [9, 30, 100, header / 2, header - 1, header, header + 50, whole.len() - 1];
    for at in places {
        let mut altered = whole.clone();
        altered[at] ^= 1;
        fs::write(&file, altered).unwrap();
        for args in ["verify w.safetensors --quick", "eval nets/a.net --weights w.safetensors"] {
            let told = run(&folder, args);
            assert!(told.contains("[exit code Some(1)]") && !told.contains("panicked"), "{at}: {told}");
        }
    }
    fs::write(&file, &whole[..whole.len() - 1]).unwrap();
    let mut shown = vec![run(&folder, "verify w.safetensors --quick")];
    let mut altered = whole.clone();
    altered[header + 2] ^= 0x40;
    fs::write(&file, altered).unwrap();
    shown.push(run(&folder, "verify w.safetensors"));
    shown.push(run(&folder, "verify nets/a.net"));
    shown.push(run(&folder, "verify nets"));
    shown.push(run(&folder, "verify missing.safetensors"));
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn two_trainings_make_one_file() {
    let folder = trained();
    let file = folder.path().join("w.safetensors");
    let first = fs::read(&file).unwrap();
    fs::remove_file(&file).unwrap();
    let args = "train a.net --quiet --weights ../w.safetensors --seed 3 --epochs 5";
    // Neither the folder nor the number of threads matters.
    let mut command = command(&folder.path().join("nets"), args);
    let trained =
        command.env("RAYON_NUM_THREADS", "1").args(["--set", "lr=0.03", "epochs=7"]).output().unwrap();
    assert!(trained.status.success(), "{}", told(folder.path(), args, &trained));
    assert!(fs::read(&file).unwrap() == first);
}
