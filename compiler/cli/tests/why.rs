//! Reasons of answers: where they stand in a picture, against Captum's, and what becomes of them when a network knows nothing.

mod common;

use common::{command, folder, run, told};
use netwright_data::arrays::{self, Numbers};
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// The folder with Captum's numbers.
const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/explained");

/// Copies these files of [`GOLDEN`] to a folder.
fn golden(files: &[impl AsRef<Path>]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        fs::copy(Path::new(GOLDEN).join(file), folder.path().join(file)).unwrap();
    }
    folder
}

fn facts(file: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(Path::new(GOLDEN).join(file)).unwrap()).unwrap()
}

fn floats(value: &Value) -> Vec<f32> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap() as f32).collect()
}

/// Reads an array that the command has written.
fn array(file: &Path) -> (Vec<usize>, Vec<f32>) {
    let array = arrays::read(file, "").unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let Numbers::Floats(numbers) = array.numbers else { panic!("{} has 32 bits", file.display()) };
    (array.shape, numbers)
}

/// Runs the command in JSON, and returns what it says.
fn explained(folder: &TempDir, args: &str) -> Value {
    let args = format!("{args} --format json");
    let output = command(folder.path(), &args).output().unwrap();
    assert!(output.status.success(), "{}", told(folder.path(), &args, &output));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Compares numbers to a ten-thousandth of the largest.
fn compare(name: &str, found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len(), "{name}");
    let most = expected.iter().fold(0.0f32, |most, x| most.max(x.abs()));
    let worst = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(most > 0.0 && worst <= 1e-4 * most, "{name}: {worst:e} apart, of {most:e}");
}

#[test]
fn maps_are_those_of_captum() {
    let folder = golden(&["pictures.net", "pictures.npy", "pictures.safetensors"]);
    let told = explained(
        &folder,
        "why pictures.net pictures.npy --weights pictures.safetensors --npy --samples 5 --steps 512 --window 4 --stride 3",
    );
    let expected = facts("pictures.json");
    let sample = &told["samples"][0];
    assert_eq!(sample["explained"], expected["class"].to_string());
    assert!((sample["value"].as_f64().unwrap() - expected["value"].as_f64().unwrap()).abs() < 1e-5);
    assert_eq!(told["layer"], "relu2");
    let complete = &sample["methods"]["integrated-gradients"]["completeness"];
    assert!(complete["error"].as_f64().unwrap() < 0.01, "{complete}");
    let maps = expected["maps"].as_object().unwrap();
    assert_eq!(maps.len(), 7);
    for (method, expected) in maps {
        let (_, found) = array(&folder.path().join(format!("Pictures.why/pictures.{method}.npy")));
        compare(method, &found, &floats(expected));
    }
}

#[test]
fn maps_of_regions_are_those_of_captum() {
    for (name, network, at) in [("masks", "Masks", "3,1,2,4"), ("volumes", "Volumes", "2,3,1,4,3,2")] {
        let folder = golden(&[".net", ".npy", ".safetensors"].map(|ending| format!("{name}{ending}")));
        let expected = facts(&format!("{name}.json"));
        let told = explained(
            &folder,
            &format!(
                "why {name}.net {name}.npy --weights {name}.safetensors --npy --samples 5 --steps 512 --window 3 --stride 2 \
                 --layer relu2 --at {at} --class {}",
                expected["class"]
            ),
        );
        let sample = &told["samples"][0];
        let value = expected["value"].as_f64().unwrap();
        assert!(
            (sample["value"].as_f64().unwrap() - value).abs() < 1e-5 * value.abs().max(1.0),
            "{sample:#}"
        );
        let places: usize = at
            .split(',')
            .skip(at.split(',').count() / 2)
            .map(|size| size.parse::<usize>().unwrap())
            .product();
        assert_eq!(sample["places"], places, "{sample:#}");
        let maps = expected["maps"].as_object().unwrap();
        assert_eq!(maps.len(), 7);
        for (method, expected) in maps {
            let (_, found) = array(&folder.path().join(format!("{network}.why/{name}.{method}.npy")));
            compare(&format!("{method} of {name}"), &found, &floats(expected));
        }
    }
}

#[test]
fn the_slice_of_a_volume_shows_what_is_explained() {
    let folder = golden(&["volumes.net", "volumes.npy", "volumes.safetensors"]);
    let drawn = |args: &str| {
        let args =
            format!("why volumes.net volumes.npy --weights volumes.safetensors --method saliency {args}");
        let said = run(&folder, &args);
        assert!(!said.contains("error"), "{said}");
        fs::read(folder.path().join("Volumes.why/volumes.saliency.png")).unwrap()
    };
    // Of the slices 1 and 2 the place in the middle is in the second.
    let own = drawn("--at 2,3,1,4,3,2");
    assert_eq!(own, drawn("--at 2,3,1,4,3,2 --slice 2"));
    assert_ne!(own, drawn("--at 2,3,1,4,3,2 --slice 1"));
    let said = run(&folder, "why volumes.net volumes.npy --weights volumes.safetensors --slice 4");
    assert!(said.contains("`--slice 4`: the volumes of `Volumes` have the slices 0 to 3"), "{said}");
    let flat = golden(&["masks.net", "masks.npy", "masks.safetensors"]);
    let said = run(&flat, "why masks.net masks.npy --weights masks.safetensors --slice 0");
    assert!(said.contains("`--slice` would change nothing: the samples of `Masks` are no volumes"), "{said}");
}

#[test]
fn columns_are_those_of_captum() {
    let folder = golden(&["table.net", "table.csv", "table.safetensors"]);
    let told = explained(&folder, "why table.net table.csv --weights table.safetensors --steps 512");
    let expected = facts("table.json");
    let names = ["age", "dose", "weight", "height"];
    let columns = |value: &Value| -> Vec<f32> {
        names.iter().map(|name| value[name].as_f64().unwrap_or_else(|| panic!("{value}")) as f32).collect()
    };
    let samples = told["samples"].as_array().unwrap();
    assert_eq!(samples.len(), 7);
    for ((sample, integrated), class) in samples
        .iter()
        .zip(expected["integrated-gradients"].as_array().unwrap())
        .zip(expected["classes"].as_array().unwrap())
    {
        assert_eq!(sample["explained"], class.to_string());
        let found = &sample["methods"]["integrated-gradients"];
        compare("integrated gradients", &columns(&found["columns"]), &floats(integrated));
    }
    compare("permutation", &columns(&told["permutation"]["table.csv"]), &floats(&expected["permutation"]));
    let text = run(&folder, "why table.net table.csv --weights table.safetensors");
    insta::assert_snapshot!(text);
    // What tables have no use for is refused before anything is written, and after what is used is known.
    let table = fs::read_to_string(folder.path().join("table.csv")).unwrap();
    let one: String = table.lines().take(2).map(|line| format!("{line}\n")).collect();
    fs::write(folder.path().join("one.csv"), one).unwrap();
    for (args, expected) in [
        ("table.csv --samples 8", "`--samples` would change nothing: it belongs to `smooth-grad`"),
        ("table.csv -o maps", "`--output` would change nothing: the samples are no images"),
        ("one.csv --seed 3", "`--seed` would change nothing: it belongs to `smooth-grad` and `permutation`"),
        ("one.csv --method permutation", "`--method permutation` would change nothing: it exchanges values"),
    ] {
        let said = run(&folder, &format!("why table.net {args} --weights table.safetensors"));
        assert!(said.contains(expected) && said.contains("error"), "{args}: {said}");
    }
    assert!(!folder.path().join("maps").exists());
}

const CORNER: &str = "\
network Corner {
    input [1, 16, 16]
    conv(4, 3x3, pad=1) relu max_pool(2x2)
    conv(8, 3x3, pad=1) relu
    global_avg_pool
    flatten
    dense(2) softmax
    loss cross_entropy
}
train Corner { data images(\"DATA\") epochs 40 batch 16 optimizer adam(lr=0.01) seed 3 }
";
const SIDE: usize = 16;
/// The side of the square that decides the class.
const SQUARE: usize = 4;

/// A generator of numbers, so that pictures are the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1 << 24) as f32
    }
}

fn png(pixels: &[u8]) -> Vec<u8> {
    let mut bytes = vec![];
    let mut encoder = png::Encoder::new(&mut bytes, SIDE as u32, SIDE as u32);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_image_data(pixels).unwrap();
    bytes
}

/// A noisy picture, with a bright square in its upper left corner or without.
fn picture(random: &mut Random, has_square: bool) -> Vec<u8> {
    let mut pixels: Vec<u8> = (0..SIDE * SIDE).map(|_| (100.0 * random.next()) as u8).collect();
    if has_square {
        for at in 0..SQUARE * SQUARE {
            pixels[(1 + at / SQUARE) * SIDE + 1 + at % SQUARE] = 230;
        }
    }
    png(&pixels)
}

/// A folder with pictures whose class is in their corner (`true`), pictures whose class is by chance (`chance`), a network trained on each,
/// and two more pictures.
fn corners() -> TempDir {
    let folder = folder(&[
        ("corner.net", &CORNER.replace("DATA", "true")),
        ("chance.net", &CORNER.replace("DATA", "chance")),
        ("note.txt", "no picture"),
    ]);
    let mut random = Random(5);
    for at in 0..96 {
        let has_square = at % 2 == 1;
        let bytes = picture(&mut random, has_square);
        for (data, class) in [("true", has_square), ("chance", random.next() < 0.5)] {
            let place = folder.path().join(format!("{data}/{}", if class { "square" } else { "empty" }));
            fs::create_dir_all(&place).unwrap();
            fs::write(place.join(format!("{at}.png")), &bytes).unwrap();
        }
    }
    fs::write(folder.path().join("new.png"), picture(&mut random, true)).unwrap();
    fs::write(folder.path().join("none.png"), picture(&mut random, false)).unwrap();
    for (net, weights) in [("corner.net", "corner.safetensors"), ("chance.net", "chance.safetensors")] {
        let trained = run(&folder, &format!("train {net} --weights {weights} --quiet"));
        assert!(trained.contains(&format!("weights: {weights}\n")), "{trained}");
    }
    folder
}

/// Explains `new.png`, and returns each method's map of places.
fn maps(folder: &TempDir, net: &str, weights: &str, output: &str) -> BTreeMap<String, Vec<f32>> {
    let told =
        explained(folder, &format!("why {net} new.png --weights {weights} --class 1 --npy -o {output}"));
    let methods = told["samples"][0]["methods"].as_object().unwrap().keys();
    let map = |method: &String| {
        let (_, map) = array(&folder.path().join(format!("{output}/new.{method}.npy")));
        (method.clone(), map.iter().map(|x| x.abs()).collect())
    };
    methods.map(map).collect()
}

/// Returns the share of a map that is in the corner, whose part of the picture is a seventh.
fn in_corner(map: &[f32]) -> f32 {
    let near = |at: &usize| at / SIDE < SQUARE + 2 && at % SIDE < SQUARE + 2;
    let total: f32 = map.iter().sum();
    (0..map.len()).filter(near).map(|at| map[at]).sum::<f32>() / total
}

/// Returns the rank correlation of two maps (Spearman).
fn alike(a: &[f32], b: &[f32]) -> f64 {
    let ranks = |map: &[f32]| -> Vec<f64> {
        let mut order: Vec<usize> = (0..map.len()).collect();
        order.sort_by(|&i, &j| map[i].total_cmp(&map[j]));
        let mut ranks = vec![0.0; map.len()];
        order.iter().enumerate().for_each(|(rank, &at)| ranks[at] = rank as f64);
        // Equal numbers share their ranks' mean.
        let mut first = 0;
        while first < order.len() {
            let equal = order[first..].iter().take_while(|&&at| map[at] == map[order[first]]).count();
            let mean = first as f64 + (equal as f64 - 1.0) / 2.0;
            order[first..first + equal].iter().for_each(|&at| ranks[at] = mean);
            first += equal;
        }
        ranks
    };
    let (a, b) = (ranks(a), ranks(b));
    let middle = (a.len() as f64 - 1.0) / 2.0;
    let product =
        |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| (x - middle) * (y - middle)).sum::<f64>();
    product(&a, &b) / (product(&a, &a) * product(&b, &b)).sqrt()
}

/// Writes weights of which all tensors of some layers are drawn anew, and shuffled where they are biases.
fn randomised(folder: &TempDir, layers: &[&str], name: &str) {
    let bytes = fs::read(folder.path().join("corner.safetensors")).unwrap();
    let old = SafeTensors::deserialize(&bytes).unwrap();
    let mut random = Random(11);
    let mut tensors: Vec<(String, Vec<usize>, Vec<u8>)> = vec![];
    let mut names = old.names();
    names.sort();
    for name in names {
        let tensor = old.tensor(name).unwrap();
        let mut data = tensor.data().to_vec();
        if layers.iter().any(|layer| name.starts_with(layer)) {
            let inputs: usize = tensor.shape()[1..].iter().product();
            let bound = 1.0 / (inputs as f32).sqrt();
            data = (0..data.len() / 4)
                .flat_map(|_| (bound * (2.0 * random.next() - 1.0)).to_le_bytes())
                .collect();
        }
        tensors.push((name.to_string(), tensor.shape().to_vec(), data));
    }
    let views = tensors.iter().map(|(name, shape, data)| {
        (name.as_str(), TensorView::new(Dtype::F32, shape.clone(), data).unwrap())
    });
    fs::write(folder.path().join(name), serialize(views, None).unwrap()).unwrap();
}

/// The sanity checks of Adebayo, Gilmer, Muelly, Goodfellow, Hardt and Kim: *Sanity Checks for Saliency Maps* (2018).
#[test]
fn maps_show_what_was_learned_and_change_with_it() {
    let folder = corners();
    let trained = maps(&folder, "corner.net", "corner.safetensors", "trained");
    assert_eq!(trained.len(), 7);
    // A bare gradient is also large where more brightness would count.
    let bare = ["saliency", "smooth-grad", "guided-backprop"];
    for (method, map) in &trained {
        let (share, least) = (in_corner(map), if bare.contains(&method.as_str()) { 0.18 } else { 0.5 });
        assert!(share > least, "{method}: {share} of the map is in the corner that decides");
    }
    // Layers lose what they have learned, from the last to the first.
    let cascade: [&[&str]; 3] = [&["dense1"], &["dense1", "conv2"], &["dense1", "conv2", "conv1"]];
    let mut last = BTreeMap::new();
    for (at, layers) in cascade.iter().enumerate() {
        let name = format!("random{at}");
        randomised(&folder, layers, &format!("{name}.safetensors"));
        last = maps(&folder, "corner.net", &format!("{name}.safetensors"), &name);
        for (method, map) in &last {
            assert_ne!(*map, trained[method], "{method} after {layers:?}");
        }
    }
    for (method, map) in &last {
        let alike = alike(map, &trained[method]);
        assert!(alike < 0.6, "{method}: like the trained network's by {alike}");
    }
    // A network whose classes were given by chance has learned nothing of the corner.
    let chance = maps(&folder, "chance.net", "chance.safetensors", "chance");
    for (method, map) in &trained {
        let (before, after) = (in_corner(map), in_corner(&chance[method]));
        // A map may be 0 everywhere.
        assert!(
            after.is_nan() || after < before,
            "{method}: {after} of the map is in the corner, and {before} where it decides"
        );
    }
    answers_are_drawn(&folder);
    layers_are_shown(&folder);
    mistakes_are_explained(&folder);
}

/// Files, text, and colours where they belong.
fn answers_are_drawn(folder: &TempDir) {
    let text = run(folder, "why corner.net new.png none.png --weights corner.safetensors -o drawn");
    assert!(text.contains("new.png: square, "), "{text}");
    assert!(text.contains("none.png: empty, "), "{text}");
    assert!(text.contains("  integrated-gradients: sum "), "{text}");
    assert!(text.contains("  drawn/new.png, and 7 files beside it\n"), "{text}");
    let mut names: Vec<_> = fs::read_dir(folder.path().join("drawn"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("new"))
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "new.grad-cam.png",
            "new.guided-backprop.png",
            "new.guided-grad-cam.png",
            "new.integrated-gradients.png",
            "new.occlusion.png",
            "new.png",
            "new.saliency.png",
            "new.smooth-grad.png"
        ]
    );
    let file = fs::File::open(folder.path().join("drawn/new.occlusion.png")).unwrap();
    let mut reader = png::Decoder::new(std::io::BufReader::new(file)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    let (width, scale) = (info.width as usize, info.width as usize / SIDE);
    // A place that speaks for the answer is red; others are grey.
    let colour = |at: usize| {
        let pixel = 3 * ((at / SIDE * scale + scale / 2) * width + at % SIDE * scale + scale / 2);
        i32::from(pixels[pixel]) - i32::from(pixels[pixel + 2])
    };
    let mean = |places: &mut dyn Iterator<Item = usize>| {
        let all: Vec<i32> = places.map(colour).collect();
        all.iter().sum::<i32>() / all.len() as i32
    };
    let inside = mean(&mut (0..SQUARE * SQUARE).map(|at| (1 + at / SQUARE) * SIDE + 1 + at % SQUARE));
    let outside = mean(&mut (SIDE * SIDE / 2..SIDE * SIDE));
    assert!(inside > outside + 60, "the square is red: {inside} beside {outside}");
    // Pictures of its own are replaced, and nothing else.
    let again = run(
        folder,
        "why corner.net new.png --weights corner.safetensors -o drawn --method saliency,grad-cam",
    );
    assert!(again.contains("  drawn/new.png, and 2 files beside it\n"), "{again}");
    fs::create_dir(folder.path().join("mine")).unwrap();
    fs::copy(folder.path().join("new.png"), folder.path().join("mine/new.png")).unwrap();
    let kept = run(folder, "why corner.net new.png --weights corner.safetensors -o mine");
    assert!(
        kept.contains("mine/new.png is not a picture drawn by Netwright, so it is not overwritten"),
        "{kept}"
    );
}

/// Filters and feature maps, in one picture.
fn layers_are_shown(folder: &TempDir) {
    let text = run(folder, "show corner.net new.png none.png --weights corner.safetensors -o layers");
    assert!(text.ends_with("layers/new.png\nlayers/none.png\n"), "{text}");
    let read = |name: &str| {
        let file = fs::File::open(folder.path().join(name)).unwrap();
        let reader = png::Decoder::new(std::io::BufReader::new(file)).read_info().unwrap();
        (reader.info().width, reader.info().height)
    };
    // A row for the sample, one for the filters, and one each for conv1, relu1, max_pool1, conv2 and relu2.
    let (row, around) = (24 + 64 + 6, 2 * 16 + 24);
    assert_eq!(read("layers/new.png"), (2 * 16 + 16 * 70 - 6, around + 7 * row));
    fs::write(folder.path().join("list.net"), "network List { input [4] dense(3) relu dense(2) }").unwrap();
    let none = run(folder, "show list.net new.png");
    assert!(none.contains("`List` has no feature maps: no layer's output is an image"), "{none}");
}

fn mistakes_are_explained(folder: &TempDir) {
    for (args, expected) in [
        ("new.png --class circle", "`--class`: there is no class `circle`; expected empty, square"),
        ("new.png --class 2", "`--class`: there is no class `2`; expected empty, square"),
        ("new.png --at 1,1", "`--at`: the output has no places, so leave it out"),
        ("new.png --method permutation", "`--method`: `permutation` is for tables, which have columns"),
        ("new.png --layer dense1", "the output of layer `dense1` has no places"),
        (
            "new.png --layer conv9",
            "`Corner` has no layer `conv9`\nhelp: its feature maps: conv1, relu1, max_pool1,",
        ),
        (
            "new.png --method saliency --window 3",
            "`--window` would change nothing: it belongs to `occlusion`, which the answers are not explained by",
        ),
        (
            "new.png --method smooth-grad,occlusion --layer conv1",
            "`--layer` would change nothing: it belongs to `grad-cam` and `guided-grad-cam`, which",
        ),
        ("nowhere.png", "nowhere.png"),
        ("note.txt", "note.txt"),
    ] {
        let said = run(folder, &format!("why corner.net {args} --weights corner.safetensors -o wrong"));
        assert!(said.contains(expected) && said.contains("error"), "{args}: {said}");
    }
    let said = run(folder, "why corner.net new.png --weights none.safetensors");
    assert!(said.contains("none.safetensors") && said.contains("exit code"), "{said}");
    assert!(!folder.path().join("wrong").exists());
}
