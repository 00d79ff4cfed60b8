//! Outputs as files: masks, classes of pixels, numbers and volumes.

use super::*;
use netwright::train::{Damaged, Nifti, Plane};
use netwright::train::{Fit, Loss, Pictures, Predict};
use netwright_data::arrays::{self, Numbers};
use netwright_data::nifti;
use netwright_data::picture::{Decoder, Masks, Meaning, Picture, Pixels, Wanted, encode_png, mask};

/// Networks whose parameters do not matter: a function computes each output.
macro_rules! networks {
    ($($name:ident: $input:expr => $output:expr, $numbers:literal => $outputs:literal, $loss:expr, $data:expr, $function:expr;)*) => {
        $(
            struct $name;

            impl Predict for $name {
                type Params = testing::Params;
                const OUTPUT: usize = $outputs;
                fn new(_: testing::Params) -> $name {
                    $name
                }
                fn predict(&self, inputs: &[f32], outputs: &mut [f32]) {
                    let function: fn(&[f32], &mut [f32]) = $function;
                    for (x, y) in inputs.chunks_exact($numbers).zip(outputs.chunks_exact_mut($outputs)) {
                        function(x, y);
                    }
                }
            }

            impl Predictor for $name {
                const NAME: &'static str = stringify!($name);
                const INPUT: &'static [usize] = &$input;
                const OUTPUT: &'static [usize] = &$output;
                fn loss() -> Loss { $loss }
                fn data() -> Option<Source> { $data }
                type Params = testing::Params;
                type Model = $name;
                fn init(_: u64) -> testing::Params {
                    testing::Params::zeros()
                }
            }
        )*
    };
}

const PADDED: Pictures =
    Pictures { masks: "masks", colours: "#000000 #ff0000 #0000ff", fit: Fit::Pad, ..Pictures::USUAL };

const SLICES: Nifti = Nifti { slices: Some(Plane::Axial), ..Nifti::USUAL };
const LENIENT: Pictures = Pictures { damaged: Damaged::Skip, ..Pictures::USUAL };

networks! {
    // The probability of a yes is the grey.
    Same: [1, 2, 2] => [1, 2, 2], 4 => 4, Loss::binary_cross_entropy(false), None, |x, y| y.copy_from_slice(x);
    // White is class 2, black class 0.
    Coloured: [1, 2, 2] => [3, 2, 2], 4 => 12, Loss::CrossEntropy { logits: true }, Some(Source::Images(PADDED)), |x, y| {
        for (i, &x) in x.iter().enumerate() {
            y[(if x > 0.9 { 2 } else if x < 0.1 { 0 } else { 1 }) * 4 + i] = 5.0;
        }
    };
    Twice: [1, 2, 2] => [1, 2, 2], 4 => 4, Loss::MSE, None, |x, y| y.iter_mut().zip(x).for_each(|(y, x)| *y = 2.0 * x);
    Volume: [1, 1, 2, 2] => [2, 1, 2, 2], 4 => 8, Loss::CrossEntropy { logits: false }, None, |x, y| {
        y[..4].copy_from_slice(x);
        y[4..].fill(0.5);
    };
    Slices: [1, 1, 2] => [1, 1, 2], 2 => 2, Loss::binary_cross_entropy(false), Some(Source::Nifti(SLICES)), |x, y| y.copy_from_slice(x);
    Skipping: [1, 2, 2] => [1, 2, 2], 4 => 4, Loss::binary_cross_entropy(false), Some(Source::Images(LENIENT)), |x, y| {
        y.copy_from_slice(x);
    };
    Nan: [1, 2, 2] => [1, 2, 2], 4 => 4, Loss::binary_cross_entropy(false), None, |x, y| {
        y.copy_from_slice(x);
        y[0] = if x[0] > 0.5 { f32::NAN } else { 0.0 };
    };
}

/// Writes weights, and pictures of 2x2 pixels and of one row.
fn pictures() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    weights::save(&at("w"), &testing::Params::zeros(), &Metadata::default()).unwrap();
    fs::create_dir_all(at("in/sub")).unwrap();
    let picture = |name: &str, [height, width]: [usize; 2], bytes: &[u8]| {
        let picture = Picture { channels: 1, height, width, pixels: Pixels::Bytes(bytes.to_vec()) };
        fs::write(at(name), encode_png(&picture).unwrap()).unwrap();
    };
    picture("in/a.png", [2, 2], &[0, 51, 204, 255]);
    picture("in/sub/b.png", [2, 2], &[255, 0, 0, 0]);
    picture("wide.png", [1, 2], &[0, 255]);
    folder
}

/// Runs a program that only predicts; `DIR` stands for the folder.
fn predicted<P: Predictor>(folder: &TempDir, args: &str) -> Result<String, String> {
    let path = folder.path().display().to_string();
    let mut out = Vec::new();
    let args = format!("predict --weights DIR/w {args}");
    let done =
        run_prediction::<P>(args.split_whitespace().map(|arg| arg.replace("DIR", &path).into()), &mut out);
    done.map(|()| String::from_utf8(out).unwrap().replace(&path, "DIR"))
        .map_err(|failure| failure.report().replace(&path, "DIR"))
}

/// A program that only predicts.
type Predicted = fn(&TempDir, &str) -> Result<String, String>;

/// Returns the files of a folder and of folders in it, and their contents.
fn all_files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<PathBuf>, Vec<PathBuf>) = paths.partition(|path| path.is_dir());
    let of_folders = folders.iter().flat_map(|folder| all_files(folder)).collect::<Vec<_>>();
    let mut all: Vec<_> =
        files.into_iter().map(|file| (file.clone(), fs::read(&file).unwrap())).chain(of_folders).collect();
    all.sort();
    all
}

fn grey(file: &Path) -> Vec<u8> {
    let wanted = Wanted { channels: 1, size: None, fit: Fit::Exact, background: 0.0 };
    match Decoder::new().read(file, &wanted).unwrap().pixels {
        Pixels::Bytes(bytes) => bytes,
        other => panic!("{other:?}"),
    }
}

#[test]
fn probabilities_are_grey_and_decisions_white() {
    let folder = pictures();
    let at = |name: &str| folder.path().join(name);
    let told = predicted::<Same>(&folder, "--output DIR/out --format png DIR/in").unwrap();
    assert_eq!(told, "DIR/out: 2 files: probabilities, from 0 (black) to 1 (white)\n");
    assert_eq!(grey(&at("out/a.png")), [0, 51, 204, 255]);
    assert_eq!(grey(&at("out/sub/b.png")), [255, 0, 0, 0]);
    let args = "--output DIR/yes.png --format png --threshold 0.5 DIR/in/a.png";
    assert_eq!(predicted::<Same>(&folder, args).unwrap(), "DIR/yes.png: white above 0.5, else black\n");
    assert_eq!(grey(&at("yes.png")), [0, 0, 255, 255]);
    // A threshold in an array, and the probabilities themselves.
    predicted::<Same>(&folder, "--output DIR/yes.npy --format npy --threshold 0.5 DIR/in/a.png").unwrap();
    assert_eq!(arrays::read(&at("yes.npy"), "").unwrap().numbers, Numbers::Bytes(vec![0, 0, 1, 1]));
    predicted::<Same>(&folder, "--output DIR/p.npy --format npy DIR/in/a.png").unwrap();
    let array = arrays::read(&at("p.npy"), "").unwrap();
    assert_eq!((array.shape, array.numbers), (vec![1, 2, 2], Numbers::Floats(vec![0.0, 0.2, 0.8, 1.0])));
}

#[test]
fn classes_of_pixels_have_the_colours_of_the_masks_and_the_size_of_the_picture() {
    let folder = pictures();
    let at = |name: &str| folder.path().join(name);
    let colours = [[0, 0, 0], [255, 0, 0], [0, 0, 255]];
    let read = |name: &str, size: Option<[usize; 2]>| {
        let wanted = Masks { meaning: Meaning::Colours(&colours), size, fit: Fit::Exact, outside: 0 };
        mask(&at(name), &wanted).unwrap().classes
    };
    predicted::<Coloured>(&folder, "--output DIR/out --format png DIR/in").unwrap();
    assert_eq!(read("out/a.png", Some([2, 2])), [0, 1, 1, 2]);
    predicted::<Coloured>(&folder, "--output DIR/wide-mask.png --format png --size original DIR/wide.png")
        .unwrap();
    assert_eq!(read("wide-mask.png", Some([1, 2])), [0, 2]);
    // Logits are compared at each place, and become probabilities in an array.
    predicted::<Coloured>(&folder, "--output DIR/p.npy --format npy DIR/in/a.png").unwrap();
    let array = arrays::read(&at("p.npy"), "").unwrap();
    let (sure, rest) = (5f64.exp() / (5f64.exp() + 2.0), 1.0 / (5f64.exp() + 2.0));
    assert_eq!(array.shape, [3, 2, 2]);
    for (found, expected) in array.numbers.to_doubles().into_iter().zip([sure, rest, rest, rest]) {
        assert!((found - expected).abs() < 1e-6, "{found} {expected}");
    }
    let told = predicted::<Coloured>(&folder, "--format csv DIR/in").unwrap();
    let expected =
        "file,share of 0,share of 1,share of 2\nDIR/in/a.png,0.25,0.5,0.25\nDIR/in/sub/b.png,0.75,0,0.25\n";
    assert_eq!(told, expected);
}

#[test]
fn volumes_are_label_maps_of_nifti() {
    let folder = pictures();
    let at = |name: &str| folder.path().join(name);
    let numbers = Numbers::Floats(vec![0.0, 0.6, 0.4, 0.9, 1.0, 1.0, 1.0, 0.0]);
    fs::write(at("v.npy"), arrays::encode_npy(&[2, 1, 1, 2, 2], &numbers)).unwrap();
    for ending in ["nii", "nii.gz"] {
        let error = predicted::<Volume>(&folder, &format!("--output DIR/v.{ending} --format nii DIR/v.npy"));
        assert!(error.unwrap_err().contains("is one file, and there are 2 samples"));
    }
    predicted::<Volume>(&folder, "--output DIR/out --format nii DIR/v.npy").unwrap();
    let volume = nifti::read(&at("out/v-0.nii")).unwrap();
    assert_eq!((volume.header.shape, volume.data), ([2, 2, 1], vec![1.0, 1.0, 0.0, 0.0]));
    // Rows go from front to back, and places of a volume to the front.
    assert_eq!(nifti::read(&at("out/v-1.nii")).unwrap().data, [0.0, 0.0, 1.0, 0.0]);
    // One array holds the outputs of all samples of an array.
    predicted::<Volume>(&folder, "--output DIR/all.npy --format npy DIR/v.npy").unwrap();
    assert_eq!(arrays::read(&at("all.npy"), "").unwrap().shape, [2, 2, 1, 2, 2]);
    fs::write(at("one.npy"), arrays::encode_npy(&[1, 1, 1, 2, 2], &Numbers::Floats(vec![0.0; 4]))).unwrap();
    predicted::<Volume>(&folder, "--output DIR/one.nii.gz --format nii DIR/one.npy").unwrap();
    assert!(fs::read(at("one.nii.gz")).unwrap().starts_with(&[0x1f, 0x8b]));
    assert_eq!(nifti::read(&at("one.nii.gz")).unwrap().data, [1.0; 4]);
}

#[test]
fn results_replace_nothing_that_is_not_theirs() {
    let folder = pictures();
    let at = |name: &str| folder.path().join(name);
    fs::copy(at("in/a.png"), at("in/a.jpg")).unwrap();
    fs::write(at("other.png"), "a letter").unwrap();
    fs::write(at("plane.npy"), arrays::encode_npy(&[1, 1, 2, 2], &Numbers::Floats(vec![0.5; 4]))).unwrap();
    fs::write(at("old.png"), fs::read(at("wide.png")).unwrap()).unwrap();
    let mut messages = vec![];
    for args in [
        "--output DIR/in --format png DIR/in/sub/b.png DIR/in/a.png",
        "--output DIR/in --format png --overwrite DIR/in/a.png",
        "--output DIR/out --format png DIR/in",
        "--output DIR/old.png --format png DIR/in/a.png",
        "--output DIR/other.png --format png --overwrite DIR/in/a.png",
        "--output DIR/w.npy --format png DIR/in/a.png",
        "--output DIR/one.png --format png DIR/in",
        "--output DIR/out --format csv DIR/in",
        "--output DIR/out --format png --threshold NaN DIR/in/a.png",
        "--output DIR/out --format png --size original --fit stretch DIR/wide.png DIR/none.png",
        "--format png DIR/in",
        "--threshold 0.5 DIR/in",
        "DIR/wide.png",
    ] {
        let before = all_files(folder.path());
        let error = predicted::<Same>(&folder, args).unwrap_err();
        assert_eq!(all_files(folder.path()), before, "{args}");
        messages.push(format!("> {args}\n{error}"));
    }
    for (args, error) in [
        ("--output DIR/out --format nii DIR/v.npy --threshold 0.5", predicted::<Volume> as Predicted),
        ("--output DIR/out --format png DIR/v.npy", predicted::<Volume>),
        ("--output DIR/out --format npy --size original DIR/v.npy", predicted::<Volume> as Predicted),
        ("--output DIR/out --format npy --fit pad DIR/in", predicted::<Coloured>),
        ("--output DIR/out --format png --fit pad DIR/plane.npy", predicted::<Same>),
        ("--output DIR/out --format png --size original DIR/plane.npy", predicted::<Same>),
    ] {
        messages.push(format!("> {args}\n{}", error(&folder, args).unwrap_err()));
    }
    insta::assert_snapshot!(messages.join("\n"));
    let train = run_prediction::<Same>(["train", "--weights", "w"].map(Into::into), &mut vec![]).unwrap_err();
    assert!(train.report().contains("`Same` has no `train` block with data"));
    predicted::<Same>(&folder, "--output DIR/old.png --format png --overwrite DIR/in/a.png").unwrap();
    assert_eq!(grey(&at("old.png")), [0, 51, 204, 255]);
}

#[test]
fn numbers_of_places_are_summed_up_for_people() {
    let folder = pictures();
    let told = [
        predicted::<Same>(&folder, "DIR/in").unwrap(),
        predicted::<Twice>(&folder, "DIR/in").unwrap(),
        predicted::<Twice>(&folder, "--format csv DIR/in/a.png").unwrap(),
        predicted::<Coloured>(&folder, "DIR/in/a.png").unwrap(),
    ];
    insta::assert_snapshot!(told.join("\n"));
    // Numbers beyond white are cut off in a picture, and kept in an array.
    predicted::<Twice>(&folder, "--output DIR/out --format png DIR/in/a.png").unwrap();
    assert_eq!(grey(&folder.path().join("out/a.png")), [0, 102, 255, 255]);
    predicted::<Twice>(&folder, "--output DIR/out --format npy DIR/in/a.png").unwrap();
    let array = arrays::read(&folder.path().join("out/a.npy"), "").unwrap();
    assert_eq!(array.numbers, Numbers::Floats(vec![0.0, 0.4, 1.6, 2.0]));
}

#[test]
fn outputs_of_nan_are_named_and_others_written() {
    let folder = pictures();
    let error = predicted::<Nan>(&folder, "--output DIR/out --format png DIR/in").unwrap_err();
    assert!(error.contains("NaN for 1 of 2 samples"), "{error}");
    assert!(folder.path().join("out/a.png").is_file() && !folder.path().join("out/sub/b.png").exists());
}

#[test]
fn slices_are_named_by_their_file_and_number() {
    let folder = pictures();
    let at = |name: &str| folder.path().join(name);
    let volume = |name: &str, slices: usize| {
        fs::create_dir_all(at(name).parent().unwrap()).unwrap();
        let voxels = vec![1.0; 2 * slices];
        let volume = nifti::Encoded {
            shape: [2, 1, slices],
            affine: nifti::MILLIMETRES,
            voxels: nifti::Voxels::Floats(&voxels),
        };
        fs::write(at(name), nifti::encode(&volume).unwrap()).unwrap();
    };
    volume("heads/a.nii", 2);
    volume("heads/sub/b.nii", 11);
    volume("heads/one.nii", 1);
    predicted::<Slices>(&folder, "--output DIR/out --format png DIR/heads").unwrap();
    let mut names: Vec<String> = all_files(&at("out"))
        .iter()
        .map(|(file, _)| file.strip_prefix(at("out")).unwrap().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let of_b = (0..11).map(|slice| format!("sub/b-{slice:02}.png"));
    let expected: Vec<String> =
        ["a-0.png", "a-1.png", "one.png"].map(String::from).into_iter().chain(of_b).collect();
    assert_eq!(names, expected);
    // An array holds the slices of a volume.
    predicted::<Slices>(&folder, "--output DIR/arrays --format npy DIR/heads").unwrap();
    assert_eq!(arrays::read(&at("arrays/sub/b.npy"), "").unwrap().shape, [11, 1, 1, 2]);
    let one = predicted::<Slices>(&folder, "--output DIR/all.npy --format npy DIR/heads").unwrap_err();
    assert!(one.contains("is one file, and there are 3 samples"), "{one}");
    let again = predicted::<Slices>(&folder, "--output DIR/out --format png DIR/heads/a.nii").unwrap_err();
    assert!(again.contains("DIR/out/a-0.png: exists"), "{again}");
    // A result does not replace a volume that is still to be read.
    volume("heads/a-0.nii", 1);
    let input = predicted::<Slices>(&folder, "--output DIR/heads --format nii --overwrite DIR/heads");
    assert!(input.unwrap_err().contains("is read for this prediction"));
}

#[test]
fn pictures_that_were_left_out_have_no_answer() {
    let folder = pictures();
    fs::write(folder.path().join("in/b.png"), "no picture").unwrap();
    let refused = predicted::<Same>(&folder, "--output DIR/out --format png DIR/in").unwrap_err();
    assert!(refused.contains("DIR/in/b.png"), "{refused}");
    let rows = predicted::<Skipping>(&folder, "--format csv DIR/in").unwrap();
    let files: Vec<&str> = rows.lines().filter_map(|row| row.split(',').next()).collect();
    assert_eq!(files, ["file", "DIR/in/a.png", "DIR/in/sub/b.png"]);
    predicted::<Skipping>(&folder, "--output DIR/out --format png DIR/in").unwrap();
    assert_eq!(all_files(&folder.path().join("out")).len(), 2);
    let alone = predicted::<Skipping>(&folder, "DIR/in/b.png").unwrap_err();
    assert!(alone.contains("DIR/in/b.png"), "{alone}");
}
