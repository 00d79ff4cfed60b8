//! The command beside others: at once, ended by signals, on full disks, and with files that must stay.
#![cfg(unix)]

mod common;

use common::{XOR_TABLE, command, folder, run};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use tempfile::TempDir;

fn spec(network: &str, units: usize) -> String {
    format!(
        "network {network} {{\n    input [2]\n    dense({units}) tanh\n    dense(1) sigmoid\n    loss binary_cross_entropy\n}}\n\
         train {network} {{ data csv(\"xor.csv\") epochs 2 batch 4 optimizer adam(lr=0.05) }}\n"
    )
}

/// Returns a network of this name that is compiled and trained, with its data.
fn trained(network: &str) -> TempDir {
    let folder = folder(&[("net.net", &spec(network, 4)), ("xor.csv", XOR_TABLE)]);
    let told = run(&folder, "train net.net --weights w.safetensors --quiet");
    assert!(told.contains("weights: w.safetensors\n"), "{told}");
    folder
}

/// Reads from a weights file the number of units of the first layer.
fn units(file: &Path) -> usize {
    let bytes = fs::read(file).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    let shape = text.split_once("\"dense1.bias\":{\"dtype\":\"F32\",\"shape\":[").unwrap().1;
    shape.split_once(']').unwrap().0.parse().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn texts_under_one_path_at_once_get_their_own_weights() {
    let folder = folder(&[("xor.csv", XOR_TABLE)]);
    let sizes = [3, 5, 7];
    let mut commands: Vec<Child> = vec![];
    for size in sizes {
        fs::write(folder.path().join("sweep.net"), spec("Sweep", size)).unwrap();
        let args = format!("train sweep.net --weights w{size}");
        let mut child = command(folder.path(), &args).stdout(Stdio::piped()).spawn().unwrap();
        // It shows the layers when it has read the text and before it compiles: from here on the text may change.
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut String::new()).unwrap();
        child.stdout = Some(out.into_inner());
        commands.push(child);
    }
    for child in commands {
        assert!(child.wait_with_output().unwrap().status.success());
    }
    assert_eq!(sizes.map(|size| units(&folder.path().join(format!("w{size}")))), sizes);
    // The same once more, all of them compiled.
    for size in sizes {
        fs::write(folder.path().join("sweep.net"), spec("Sweep", size)).unwrap();
        let again = command(folder.path(), &format!("train sweep.net --weights v{size} --quiet"))
            .env("CARGO", "/no/such/cargo")
            .status();
        assert!(again.unwrap().success());
        assert_eq!(units(&folder.path().join(format!("v{size}"))), size);
    }
}

/// Returns all files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = vec![];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        }
        files.push(path);
    }
    files.sort();
    files
}

#[test]
fn a_compiled_network_needs_no_cargo_and_no_writable_cache() {
    let folder = trained("Warm");
    // A home that holds this program and nothing else.
    let home = folder.path().join("home");
    for version in fs::read_dir(common::home()).unwrap().map(|version| version.unwrap().path()) {
        for program in fs::read_dir(version.join("programs")).unwrap().map(|program| program.unwrap().path())
        {
            let folder = home.join(program.strip_prefix(common::home()).unwrap()).join("bin");
            if program.file_name().unwrap().to_string_lossy().starts_with("warm-") {
                fs::create_dir_all(&folder).unwrap();
                fs::copy(program.join("bin/warm"), folder.join("warm")).unwrap();
            }
        }
    }
    let before = files(&home);
    let readable = |mode: u32| {
        for path in before.iter().chain([&home]) {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    readable(0o555);
    let output = command(folder.path(), "train net.net --weights w.safetensors --quiet")
        .env("NETWRIGHT_HOME", &home)
        .env_remove("CARGO")
        .env("PATH", "/no/such/folder")
        .output()
        .unwrap();
    readable(0o755);
    assert!(output.status.success(), "{}", stderr(&output));
    // The superuser may write the time of use.
    let after: Vec<PathBuf> = files(&home).into_iter().filter(|path| !path.ends_with("used")).collect();
    assert_eq!(after, before);
}

#[test]
fn an_empty_cargo_is_none() {
    let folder = folder(&[("net.net", &spec("Empty", 2)), ("xor.csv", XOR_TABLE)]);
    let output = command(folder.path(), "train net.net --quiet").env("CARGO", "").output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
}

/// Waits until something is there.
fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(60) {
        if let Some(found) = look() {
            return found;
        }
        sleep(Duration::from_millis(20));
    }
    panic!("{what} did not happen");
}

fn kill(signal: &str, process: u32) {
    let status = Command::new("kill").args([format!("-{signal}"), process.to_string()]).status();
    assert!(status.unwrap().success());
}

/// Returns true if a process runs; a zombie does not.
fn runs(process: u32) -> bool {
    let output = Command::new("ps").args(["-o", "stat=", "-p", &process.to_string()]).output().unwrap();
    let state = String::from_utf8_lossy(&output.stdout).trim().to_string();
    !state.is_empty() && !state.starts_with('Z')
}

/// A training without an end.
struct Training {
    /// The running command, until its status is read.
    command: Option<Child>,
    /// The command's process.
    id: u32,
    /// The program's.
    program: u32,
}

impl Training {
    fn output(mut self) -> Output {
        self.command.take().unwrap().wait_with_output().unwrap()
    }
}

impl Drop for Training {
    /// Ends the processes of a test that has failed.
    fn drop(&mut self) {
        if let Some(mut command) = self.command.take() {
            kill("KILL", self.program);
            let _ = command.kill();
        }
    }
}

/// Waits until it trains.
fn training(folder: &TempDir, command: &mut Command) -> Training {
    let log = folder.path().join("log.jsonl");
    let _ = fs::remove_file(&log);
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let id = child.id().to_string();
    wait_for("an epoch", || fs::metadata(&log).ok().filter(|log| log.len() > 0));
    let output = Command::new("ps").args(["-o", "pid=", "--ppid", &id]).output().unwrap();
    let program = String::from_utf8_lossy(&output.stdout).trim().parse().unwrap();
    Training { id: child.id(), command: Some(child), program }
}

const ENDLESS: &str = "train net.net --weights w.safetensors --epochs 1000000000 --log log.jsonl --quiet";

/// Returns true if this process, and so what it starts, ignores the signal.
#[cfg(target_os = "linux")]
fn is_ignored(signal: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
    u64::from_str_radix(mask.trim(), 16).unwrap() & 1 << (signal - 1) != 0
}

#[cfg(target_os = "linux")]
#[test]
fn signals_reach_the_training_and_its_end_is_told() {
    let folder = trained("Signals");
    for (signal, number, told) in [
        ("TERM", 15, "interrupted in epoch "),
        ("HUP", 1, "interrupted in epoch "),
        ("INT", 2, "interrupted in epoch "),
        ("QUIT", 3, "error: the training was ended by signal 3 (SIGQUIT)\n"),
        // The training ends when it finds its parent gone.
        ("KILL", 9, "interrupted in epoch "),
    ] {
        // A shell ignores it for what runs in the background, and so does the training then.
        if is_ignored(number) {
            continue;
        }
        let training = training(&folder, &mut command(folder.path(), ENDLESS));
        kill(signal, training.id);
        let program = training.program;
        let output = training.output();
        assert_eq!(output.status.signal(), Some(number), "{signal}");
        let found = stderr(&output);
        assert!(found.starts_with(told), "{found}");
        wait_for("the program's end", || (!runs(program)).then_some(()));
    }
    // The program alone.
    for (signal, code, told) in [
        (
            "KILL",
            137,
            "error: the training was ended by signal 9 (SIGKILL): out of memory?\nhelp: when memory",
        ),
        ("TERM", 143, "interrupted in epoch "),
        ("ABRT", 134, "error: the training was ended by signal 6 (SIGABRT)\n"),
    ] {
        let training = training(&folder, &mut command(folder.path(), ENDLESS));
        kill(signal, training.program);
        let output = training.output();
        assert_eq!(output.status.code(), Some(code));
        assert!(stderr(&output).starts_with(told), "{}", stderr(&output));
    }
}

#[test]
fn a_training_goes_on_with_resume() {
    let folder = trained("Resumed");
    let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
    run(&folder, "train net.net --weights whole.safetensors --epochs 9 --quiet");
    run(&folder, "train net.net --weights parts.safetensors --epochs 4 --quiet");
    assert!(read("parts.safetensors") != read("whole.safetensors"));
    let told = run(&folder, "train net.net --weights parts.safetensors --epochs 9 --quiet --resume");
    assert!(told.contains("goes on in epoch 4, after step 4\n"), "{told}");
    assert!(read("parts.safetensors") == read("whole.safetensors"));
    let spec = fs::read_to_string(folder.path().join("net.net")).unwrap().replace("tanh", "relu");
    fs::write(folder.path().join("net.net"), spec).unwrap();
    let told = run(&folder, "train net.net --weights parts.safetensors --epochs 9 --quiet --resume");
    assert!(told.contains("is of another training\n  then: ") && told.contains("\n  now: "), "{told}");
}

#[cfg(target_os = "linux")]
#[test]
fn an_ignored_signal_stays_ignored() {
    let folder = trained("Nohup");
    let plain = command(folder.path(), ENDLESS);
    let line = plain.get_args().map(|word| word.to_str().unwrap()).collect::<Vec<_>>().join(" ");
    let script = format!("trap '' HUP; exec {} {line}", plain.get_program().display());
    let mut nohup = Command::new("sh");
    nohup.args(["-c", &script]).current_dir(folder.path());
    nohup.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let training = training(&folder, &mut nohup);
    kill("HUP", training.id);
    kill("HUP", training.program);
    sleep(Duration::from_millis(300));
    assert!(runs(training.id) && runs(training.program));
    kill("TERM", training.id);
    assert_eq!(training.output().status.signal(), Some(15));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_and_a_closed_pipe_is_not() {
    let folder = trained("Full");
    let commands = [
        ("check net.net", "error: cannot write to standard output: "),
        ("explain net.net", "error: cannot write to standard output: "),
        ("build net.net", "error: cannot write to standard output: "),
        ("gradcheck net.net", "error: cannot write to standard output: "),
        ("train net.net --weights w2.safetensors", "error: standard output cannot be written: "),
        ("train net.net --weights w3.safetensors --quiet", "error: standard output cannot be written: "),
        ("eval net.net --weights w.safetensors", "error: standard output cannot be written: "),
        ("predict net.net new.csv --weights w.safetensors", "error: standard output cannot be written: "),
    ];
    fs::write(folder.path().join("new.csv"), "0,1\n").unwrap();
    for (args, told) in commands {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = command(folder.path(), args).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{args}");
        assert!(stderr(&output).contains(told), "{args}: {}", stderr(&output));
        let mut child =
            command(folder.path(), args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{args}: {}", stderr(&output));
    }
    assert!(["w2", "w3"].iter().all(|name| folder.path().join(format!("{name}.safetensors")).is_file()));
}

#[test]
fn experiments_of_one_network_keep_their_weights() {
    let folder = trained("Kept");
    fs::write(folder.path().join("b.net"), spec("Kept", 4)).unwrap();
    run(&folder, "train net.net --quiet");
    let weights = folder.path().join("Kept.safetensors");
    let before = fs::read(&weights).unwrap();
    let mut told = vec![run(&folder, "train b.net --quiet")];
    assert_eq!(fs::read(&weights).unwrap(), before);
    assert!(run(&folder, "train b.net --quiet --weights b.safetensors").contains("weights: b.safetensors\n"));
    // Its own are replaced, also from elsewhere; another architecture's are not.
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).unwrap();
    let output =
        command(&inner, "train ../net.net --weights ../Kept.safetensors --epochs 3 --quiet").output();
    assert!(output.unwrap().status.success());
    let before = fs::read(&weights).unwrap();
    fs::write(folder.path().join("net.net"), spec("Kept", 6)).unwrap();
    told.push(run(&folder, "train net.net --quiet"));
    assert_eq!(fs::read(&weights).unwrap(), before);
    assert!(run(&folder, "train net.net --quiet --overwrite").contains("weights: Kept.safetensors\n"));
    assert_eq!(units(&weights), 6);
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn weights_that_appear_meanwhile_are_kept() {
    let folder = trained("Meanwhile");
    let at = |name: &str| folder.path().join(name);
    fs::write(at("b.net"), spec("Meanwhile", 4)).unwrap();
    run(&folder, "train b.net --quiet --weights b.safetensors");
    assert!(Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
    let child = command(folder.path(), "train net.net --quiet --epochs 10000 --log pipe")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It is opened when all is checked, and takes less than this log before it is read.
    let mut pipe = File::open(at("pipe")).unwrap();
    fs::copy(at("b.safetensors"), at("Meanwhile.safetensors")).unwrap();
    pipe.read_to_end(&mut vec![]).unwrap();
    let output = child.wait_with_output().unwrap();
    insta::assert_snapshot!(common::told(folder.path(), "train net.net", &output));
    assert_eq!(fs::read(at("b.safetensors")).unwrap(), fs::read(at("Meanwhile.safetensors")).unwrap());
    let eval = run(&folder, "eval net.net --weights Meanwhile-2.safetensors");
    assert!(eval.contains("4 samples"), "{eval}");
}

#[test]
fn what_is_no_weights_file_stays() {
    let folder = trained("Stays");
    let at = |name: &str| folder.path().join(name);
    fs::write(at("diary"), "dear diary").unwrap();
    fs::write(at("two.png"), "a picture").unwrap();
    symlink("w.safetensors", at("link")).unwrap();
    symlink("diary", at("to-diary")).unwrap();
    let pipe = Command::new("mkfifo").arg(at("pipe")).status().unwrap();
    assert!(pipe.success());
    let told = [
        "train net.net --weights net.net",
        "train net.net --weights /dev/null",
        "train net.net --weights pipe",
        "train net.net --weights to-diary",
        "train net.net --weights xor.csv --overwrite",
        "train net.net --log two.png",
        "train net.net --log net.net",
        "eval net.net --weights w.safetensors --log w.safetensors",
        "build net.net -o net.net",
        "build net.net -o diary",
    ]
    .map(|args| run(&folder, &format!("{args} {}", if args.starts_with("train") { "--quiet" } else { "" })));
    assert_eq!(fs::read_to_string(at("net.net")).unwrap(), spec("Stays", 4));
    assert_eq!(fs::read_to_string(at("diary")).unwrap(), "dear diary");
    assert_eq!(fs::read_to_string(at("two.png")).unwrap(), "a picture");
    assert_eq!(fs::read_to_string(at("xor.csv")).unwrap(), XOR_TABLE);
    assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    assert!(fs::metadata(at("pipe")).unwrap().file_type().is_fifo());
    insta::assert_snapshot!(told.join("\n"));
    // Through a link, its target is replaced.
    let before = fs::read(at("w.safetensors")).unwrap();
    assert!(run(&folder, "train net.net --weights link --epochs 3 --quiet").contains("weights: link\n"));
    assert!(at("link").is_symlink());
    assert_ne!(fs::read(at("w.safetensors")).unwrap(), before);
}

#[test]
fn logs_go_into_streams() {
    let folder = trained("Streams");
    let told = run(&folder, "train net.net --weights w.safetensors --quiet --log /dev/stdout");
    assert!(told.contains("\n{\"epoch\":1,") && told.contains("\n{\"epoch\":2,"), "{told}");
    let out = folder.path().join("out.txt");
    let output = command(folder.path(), "train net.net --weights w.safetensors --log /dev/stdout")
        .stdout(File::create(&out).unwrap())
        .status();
    assert!(output.unwrap().success());
    let told = fs::read_to_string(&out).unwrap();
    assert!(told.contains("\n{\"epoch\":2,") && told.contains("weights: w.safetensors\n"), "{told}");
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut child =
        command(folder.path(), "train net.net --weights w.safetensors --quiet --log pipe").spawn().unwrap();
    let mut told = String::new();
    File::open(&pipe).unwrap().read_to_string(&mut told).unwrap();
    assert!(child.wait().unwrap().success() && told.lines().count() == 2, "{told}");
}
