//! `netwright graph` as people run it.

mod common;

use common::{folder, run};
use std::fs;

const NETS: &str = "\
block twice(n) {
    repeat 2 { dense(n) relu }
}
network Small {
    input [4]
    twice(8) as x
    dense(8) add(x)
    dense(3) softmax
    loss cross_entropy
}
network Other {
    input [2]
    dense(1)
}
";

#[test]
fn a_network_is_drawn_in_every_form() {
    let folder = folder(&[("nets.net", NETS)]);
    insta::assert_snapshot!(run(&folder, "graph nets.net --network Small"));
    for (file, beginning) in [
        ("net.svg", "<svg "),
        ("net.dot", "digraph \"Small\" {"),
        ("net.gv", "digraph \"Small\" {"),
        ("net.mmd", "---\ntitle: Small\n---\nflowchart TB\n"),
        ("deep/net.MERMAID", "---\ntitle: Small\n"),
    ] {
        // The second time it replaces its own.
        for _ in 0..2 {
            let args = format!("graph nets.net --network Small -o {file}");
            assert_eq!(run(&folder, &args), format!("> netwright {args}\n"));
        }
        let text = fs::read_to_string(folder.path().join(file)).unwrap();
        assert!(text.starts_with(beginning), "{text}");
    }
    let text = run(&folder, "graph nets.net --network Other --format svg");
    assert!(
        text.contains("<title>dense1 · [1] · 4 bytes · 3 params</title>") && text.ends_with("</svg>\n"),
        "{text}"
    );
    let text = run(&folder, "graph nets.net --network Other --format dot");
    assert!(text.contains("n0 -> n1;"), "{text}");
}

#[test]
fn an_image_has_the_size_and_the_colours_of_the_picture() {
    let folder = folder(&[("nets.net", NETS)]);
    let image = |args: &str, file: &str| {
        for _ in 0..2 {
            let args = format!("graph nets.net --network Other -o {file} {args}");
            assert_eq!(run(&folder, &args), format!("> netwright {args}\n"));
        }
        let decoder =
            png::Decoder::new(std::io::BufReader::new(fs::File::open(folder.path().join(file)).unwrap()));
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        ([info.width, info.height], pixels)
    };
    let svg = run(&folder, "graph nets.net --network Other --format svg");
    let length = |name: &str| {
        let (_, rest) = svg.split_once(&format!(" {name}=\"")).unwrap();
        rest.split('"').next().unwrap().parse::<u32>().unwrap()
    };
    let (light, white) = image("", "light.png");
    assert_eq!(light, [2 * length("width"), 2 * length("height")]);
    assert_eq!(white[..3], [255; 3]);
    let (dark, black) = image("--theme dark", "dark.png");
    assert_eq!(dark, light);
    assert!(black[..3].iter().all(|&part| part < 40));
    // Letters are drawn: some ink of the title is there.
    let row = 2 * light[0] as usize * 3 * 32;
    assert!(white[row..row + 600].iter().any(|&part| part < 100));
}

#[test]
fn wrong_pictures_are_told() {
    let long = format!("network Long {{ input [2] {} }}", "dense(2) relu ".repeat(1000));
    let folder = folder(&[
        ("nets.net", NETS),
        ("long.net", &long),
        ("mine.svg", "<svg/>"),
        ("wrong.net", "network A { input [2] dens(1) }"),
    ]);
    let told = [
        "graph nets.net",
        "graph nets.net --network Smal -o net.svg",
        "graph nets.net --network Small -o net.pdf",
        "graph nets.net --network Small -o net",
        "graph nets.net --network Small --format png",
        "graph nets.net --network Small -o net.svg --theme dark",
        "graph nets.net --network Small -o mine.svg",
        "graph nets.net --network Small -o nets.net --format dot",
        "graph long.net -o long.svg",
        "graph wrong.net -o wrong.svg",
        "graph none.net",
    ]
    .map(|args| run(&folder, args));
    insta::assert_snapshot!(told.join("\n"));
    assert_eq!(fs::read_to_string(folder.path().join("mine.svg")).unwrap(), "<svg/>");
    assert_eq!(fs::read_to_string(folder.path().join("nets.net")).unwrap(), NETS);
    assert!(!folder.path().join("net.svg").exists() && !folder.path().join("long.svg").exists());
    assert!(run(&folder, "graph long.net").contains("n1000"));
}
