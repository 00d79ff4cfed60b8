//! Reports of whole trainings: their parts, and what a browser makes of them.

mod common;

use common::{command, folder, run, told};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Small pictures of two classes, whose samples the network turns a little.
const NET: &str = "\
network Small {
    input [1, 6, 6]
    conv(4, 3x3) relu
    flatten
    dense(2) softmax
    loss cross_entropy
}
train Small {
    data      csv(\"pictures.csv\")
    validate  25%
    augment   shift(1px)
    epochs    4
    batch     8
    optimizer sgd(lr=0.2)
    metrics   f1
    seed      3
}
";

/// Bars that stand and bars that lie, in different places and with some noise.
fn pictures() -> String {
    let mut table = (0..36).map(|pixel| format!("p{pixel},")).collect::<String>() + "kind\n";
    for sample in 0..80_usize {
        let (lies, place) = (sample % 2 == 0, 1 + sample / 2 % 4);
        for pixel in 0..36 {
            let at = if lies { pixel / 6 } else { pixel % 6 };
            let noise = (sample * 31 + pixel * 17) % 10;
            table += &format!("{:.2},", if at == place { 0.9 } else { 0.02 * noise as f64 });
        }
        table += if lies { "lying\n" } else { "standing\n" };
    }
    table
}

/// Trains, and returns the folder and what was told.
fn trained(args: &str) -> (TempDir, String) {
    let folder = folder(&[("small.net", NET), ("pictures.csv", &pictures())]);
    let shown = run(&folder, &format!("train small.net --quiet {args}"));
    (folder, shown)
}

const SECTIONS: [&str; 8] = ["words", "asked", "network", "data", "curves", "test", "layers", "cost"];

#[test]
fn a_training_writes_a_page_with_all_parts() {
    let (folder, shown) = trained("");
    assert!(shown.contains("report: Small.report/index.html\n"), "{shown}");
    let report = folder.path().join("Small.report");
    let page = fs::read_to_string(report.join("index.html")).unwrap();
    for id in SECTIONS {
        assert!(page.contains(&format!("<section id=\"{id}\">")), "{id}");
    }
    for part in [
        "network.svg",
        "samples.png",
        "loss.svg",
        "curve-accuracy.svg",
        "curve-f1.svg",
        "rate.svg",
        "roc.svg",
        "pr.svg",
        "calibration.svg",
        "gradients.svg",
        "gradients_conv1_weight.svg",
        "weights_dense1_weight.svg",
    ] {
        assert!(page.contains(&format!("data-part=\"{part}\"")) && report.join(part).is_file(), "{part}");
    }
    assert!(report.join("network.png").is_file());
    assert!(
        page.contains("in epochs 1 to 5")
            && page.contains("id=\"confusion\"")
            && page.contains("netwright verify Small.safetensors")
    );
    // The accuracy of the facts is that of the program.
    let accuracy = shown.split("accuracy ").nth(1).and_then(|rest| rest.split('%').next()).unwrap();
    let accuracy: f64 = accuracy.parse().unwrap();
    assert!(page.contains(&format!("<th scope=\"row\">accuracy</th><td>{accuracy:.1} %</td>")), "{accuracy}");
    // It is made again from the facts, by the weights and by the text, to the same page.
    for of in ["Small.safetensors", "small.net", "Small.report"] {
        fs::remove_file(report.join("index.html")).unwrap();
        assert_eq!(
            run(&folder, &format!("report {of}")),
            format!("> netwright report {of}\nreport: Small.report/index.html\n")
        );
        assert_eq!(fs::read_to_string(report.join("index.html")).unwrap(), page, "{of}");
    }
    let missing = run(&folder, "report other.safetensors");
    assert!(
        missing.contains("other.report/facts.json: cannot be read") && missing.contains("--no-report"),
        "{missing}"
    );
    let idle = run(&folder, "report Small.safetensors --network Small");
    assert!(idle.contains("`--network` would change nothing: Small.safetensors is no .net file"), "{idle}");
    in_a_browser(&report.join("index.html"));
}

#[test]
fn no_report_is_written_where_none_is_wanted_or_possible() {
    let (folder, shown) = trained("--no-report");
    assert!(!shown.contains("report") || shown.matches("report").count() == 1, "{shown}");
    assert!(!folder.path().join("Small.report").exists());
    // A file in its place costs the report, and not the training.
    fs::write(folder.path().join("Small.report"), "mine").unwrap();
    let output = command(folder.path(), "train small.net --quiet").output().unwrap();
    let shown = told(folder.path(), "", &output);
    assert!(output.status.success() && shown.contains("weights: Small.safetensors"), "{shown}");
    assert!(shown.contains("note: there will be no report: "), "{shown}");
    assert_eq!(fs::read_to_string(folder.path().join("Small.report")).unwrap(), "mine");
}

#[test]
fn each_fold_and_a_training_that_diverges_have_a_page() {
    let folder =
        folder(&[("small.net", &NET.replace("validate  25%", "folds 2")), ("pictures.csv", &pictures())]);
    let shown = run(&folder, "train small.net --quiet --epochs 2");
    for fold in ["Small.fold1.report/index.html", "Small.fold2.report/index.html"] {
        assert!(shown.contains(fold) && folder.path().join(fold).is_file(), "{shown}");
    }
    fs::write(folder.path().join("small.net"), NET).unwrap();
    let shown = run(&folder, "train small.net --quiet --set optimizer.lr=1e30 --epochs 3");
    let page = fs::read_to_string(folder.path().join("Small.report/index.html"))
        .unwrap_or_else(|_| panic!("{shown}"));
    assert!(page.contains("The training diverged") && page.contains("data-state=\"diverged\""));
    let layer = "is the first layer whose outputs are too large: ";
    assert!(shown.contains(&format!("`dense1` {layer}")) && page.contains(layer), "{shown}");
}

#[test]
fn a_training_is_watched_on_its_way() {
    use std::io::{BufRead, BufReader, Read, Write};
    let folder = folder(&[("small.net", NET), ("pictures.csv", &pictures())]);
    let mut child = command(folder.path(), "train small.net --quiet --watch --epochs 20000 --no-report")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(2), "one needs the other");
    let mut child = command(folder.path(), "train small.net --quiet --watch --epochs 20000")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let address =
        lines.find_map(|line| line.unwrap().strip_prefix("watch: http://").map(String::from)).unwrap();
    let address = address.trim_end_matches('/').to_string();
    let ask = || {
        let mut stream = std::net::TcpStream::connect(&address).unwrap();
        write!(stream, "GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
        let mut page = String::new();
        stream.read_to_string(&mut page).unwrap();
        page
    };
    let epochs =
        |page: &str| -> Option<u64> { page.split("In training: ").nth(1)?.split(' ').next()?.parse().ok() };
    // The page follows the training.
    let mut seen: Vec<u64> = vec![];
    for _ in 0..2400 {
        seen.extend(epochs(&ask()));
        seen.dedup();
        if seen.len() > 2 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(250));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(seen.len() > 2 && seen.is_sorted(), "{seen:?}");
}

/// Returns the browser, if there is one.
fn browser() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let paths = std::env::var_os("PATH")?;
    std::env::split_paths(&paths)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|path| path.is_file())
}

/// Opens a page, and returns what the browser has made of it and what it has to complain of.
fn opened(browser: &Path, page: &Path, dark: bool) -> (String, Vec<String>) {
    let profile = tempfile::tempdir().unwrap();
    let output = Command::new(browser)
        .args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--dump-dom",
            "--enable-logging=stderr",
            "--window-size=390,844",
        ])
        .arg(format!("--blink-settings=preferredColorScheme={}", u8::from(!dark)))
        // Whatever it asks for besides the file fails, and is told of.
        .args(["--host-resolver-rules=MAP * ~NOTFOUND", "--disable-background-networking"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    let console = errors.lines().filter(|line| line.contains(":CONSOLE")).map(String::from);
    (String::from_utf8_lossy(&output.stdout).into_owned(), console.collect())
}

fn in_a_browser(page: &Path) {
    let Some(browser) = browser() else {
        eprintln!("skipped: there is no Chromium that could open a report");
        return;
    };
    for dark in [false, true] {
        let (dom, console) = opened(&browser, page, dark);
        assert!(console.is_empty(), "{console:?}");
        for id in SECTIONS {
            assert!(dom.contains(&format!("<section id=\"{id}\">")), "{id}");
        }
    }
    // The browser does complain of what the page's policy forbids.
    let html = fs::read_to_string(page).unwrap().replacen(
        "<main>",
        "<main><img alt=\"\" src=\"http://127.0.0.1:9/x.png\">",
        1,
    );
    let other = page.with_file_name("fetching.html");
    fs::write(&other, html).unwrap();
    let (_, console) = opened(&browser, &other, false);
    assert!(console.iter().any(|line| line.contains("Content Security Policy")), "{console:?}");
}
