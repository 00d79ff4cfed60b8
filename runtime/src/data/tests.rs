use super::*;
use crate::train::Column;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs;
use std::io::Write;
use tempfile::TempDir;

mod scaling;

const CLASSES: Loss = Loss::CrossEntropy { logits: false };
const YES_OR_NO: Loss = Loss::binary_cross_entropy(false);
const DIGITS: Interface<'static> =
    Interface { input: &[1, 2, 3], output: &[10], loss: CLASSES, to_input: false };
const IDX: Source = Source::Idx { path: "mnist" };

/// Returns the error as people see it, without the temporary folder.
fn message(error: &Error, folder: &TempDir) -> String {
    let help = error.help().map_or_else(String::new, |help| format!("\nhelp: {help}"));
    format!("{error}{help}").replace(&format!("{}/", folder.path().display()), "")
}

fn idx(magic: u32, sizes: &[u32], bytes: &[u8]) -> Vec<u8> {
    let mut file = magic.to_be_bytes().to_vec();
    sizes.iter().for_each(|size| file.extend(size.to_be_bytes()));
    file.extend(bytes);
    file
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

const IMAGES: [u8; 12] = [0, 51, 102, 153, 204, 255, 255, 0, 255, 0, 255, 0];

/// Returns a folder with two images of 2 x 3 and their labels.
fn mnist(images: &[u8], labels: &[u8]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("mnist")).unwrap();
    fs::write(folder.path().join("mnist/train-images-idx3-ubyte"), images).unwrap();
    fs::write(folder.path().join("mnist/train-labels-idx1-ubyte.gz"), labels).unwrap();
    folder
}

fn good() -> (Vec<u8>, Vec<u8>) {
    (idx(0x803, &[2, 2, 3], &IMAGES), gzip(&idx(0x801, &[2], &[7, 1])))
}

#[test]
fn idx_files_are_read() {
    let (images, labels) = good();
    let folder = mnist(&images, &labels);
    let data = Dataset::training(&IDX, folder.path(), &DIGITS).unwrap();
    assert_eq!((data.len(), data.shape()), (2, &[1, 2, 3][..]));
    assert_eq!(data.inputs()[..6], [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]);
    assert_eq!(data.targets(), TargetsRef::Classes(&[7, 1]));
    let flat = Interface { input: &[6], ..DIGITS };
    assert_eq!(Dataset::training(&IDX, folder.path(), &flat).unwrap().inputs(), data.inputs());
    // The other usual spelling, and the other part.
    let rename = |from, to| fs::rename(folder.path().join(from), folder.path().join(to)).unwrap();
    rename("mnist/train-images-idx3-ubyte", "mnist/t10k-images.idx3-ubyte");
    rename("mnist/train-labels-idx1-ubyte.gz", "mnist/t10k-labels.idx1-ubyte.gz");
    assert_eq!(Dataset::testing(&IDX, None, folder.path(), &DIGITS).unwrap(), Some(data));
}

#[test]
fn some_classes_are_taken_and_counted_anew() {
    let images: Vec<u8> = (0..24).collect();
    let (images, labels) = (idx(0x803, &[4, 2, 3], &images), gzip(&idx(0x801, &[4], &[7, 1, 9, 7])));
    let folder = mnist(&images, &labels);
    let load = |only: &'static [u32], first| {
        Dataset::training(&Source::IdxPart { path: "mnist", only, first }, folder.path(), &DIGITS)
    };
    let data = load(&[9, 7], None).unwrap();
    assert_eq!(data.targets(), TargetsRef::Classes(&[1, 0, 1]));
    assert_eq!([data.inputs()[0], data.inputs()[6], data.inputs()[12]], [0.0, 12.0 / 255.0, 18.0 / 255.0]);
    assert_eq!(load(&[9, 7], Some(2)).unwrap().targets(), TargetsRef::Classes(&[1, 0]));
    assert_eq!(load(&[], Some(1)).unwrap().targets(), TargetsRef::Classes(&[7]));
    assert!(matches!(load(&[3], None).unwrap_err().problem, Problem::Empty));
}

#[test]
fn samples_that_are_their_own_targets_need_no_labels() {
    let (images, _) = good();
    let folder = mnist(&images, &[]);
    fs::remove_file(folder.path().join("mnist/train-labels-idx1-ubyte.gz")).unwrap();
    let again = Interface { output: DIGITS.input, loss: Loss::MSE, to_input: true, ..DIGITS };
    let mut data = Dataset::training(&IDX, folder.path(), &again).unwrap();
    assert_eq!(data.targets(), TargetsRef::Values(data.inputs()));
    // Targets change as the inputs do.
    data.inputs_mut()[0] = 7.0;
    assert_eq!(data.targets().values::<6>()[0][0], 7.0);
    let mut batches = Batches::new(&data, 1);
    batches.shuffle(0, 1);
    while let Some(batch) = batches.next() {
        assert_eq!(batch.targets, TargetsRef::Values(batch.inputs));
    }
    let (rest, held_out) = data.split(0.5, 1).unwrap();
    assert_eq!((rest.len(), held_out.len()), (1, 1));
    assert_eq!(held_out.targets(), TargetsRef::Values(held_out.inputs()));

    let again = Interface { output: PAIRS.input, loss: Loss::MSE, to_input: true, ..PAIRS };
    for text in ["1,2\n3,4\n", "1,2,0\n3,4,1\n"] {
        let data = load(text, Column::Last, &again).unwrap();
        assert_eq!(data.targets(), TargetsRef::Values(&[1.0, 2.0, 3.0, 4.0]), "{text}");
    }
    assert!(load("1,2,3,4\n", Column::Last, &again).unwrap_err().contains("expected 3 columns"));
    let shares = Interface { loss: YES_OR_NO, ..again };
    assert!(
        load("0,1\n0.5,3\n", Column::Last, &shares)
            .unwrap_err()
            .contains("line 2, column 2: expected a target from 0 to 1")
    );
}

#[test]
fn idx_folders_that_are_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut messages = vec![message(&Dataset::training(&IDX, folder.path(), &DIGITS).unwrap_err(), &folder)];
    fs::create_dir(folder.path().join("mnist")).unwrap();
    messages.push(message(&Dataset::training(&IDX, folder.path(), &DIGITS).unwrap_err(), &folder));
    insta::assert_snapshot!(messages.join("\n\n"));
}

#[test]
fn idx_files_that_are_damaged() {
    let (images, labels) = good();
    let plain = idx(0x801, &[2], &[7, 1]);
    let cases: [(&str, Vec<u8>, Vec<u8>); 12] = [
        ("images cut short", images[..20].to_vec(), labels.clone()),
        ("header cut short", images[..7].to_vec(), labels.clone()),
        ("nothing at all", vec![], labels.clone()),
        ("more images than said", [&images[..], &[0]].concat(), labels.clone()),
        ("more images said than there can be", idx(0x803, &[u32::MAX; 3], &IMAGES), labels.clone()),
        ("labels for images", plain.clone(), labels.clone()),
        ("another type of numbers", idx(0xd03, &[2, 2, 3], &IMAGES), labels.clone()),
        ("gzip cut short", images.clone(), labels[..labels.len() - 9].to_vec()),
        ("gzip with a wrong byte", images.clone(), {
            let mut bad = labels.clone();
            bad[14] ^= 0x55;
            bad
        }),
        ("more labels than images", images.clone(), gzip(&idx(0x801, &[3], &[7, 1, 0]))),
        ("no such class", images.clone(), gzip(&idx(0x801, &[2], &[7, 10]))),
        ("no images", idx(0x803, &[0, 2, 3], &[]), gzip(&idx(0x801, &[0], &[]))),
    ];
    let messages = cases.map(|(case, images, labels)| {
        let folder = mnist(&images, &labels);
        let error = Dataset::training(&IDX, folder.path(), &DIGITS).unwrap_err();
        format!("# {case}\n{}", message(&error, &folder))
    });
    insta::assert_snapshot!(messages.join("\n\n"));
}

#[test]
fn idx_files_that_do_not_fit_the_network() {
    let (images, labels) = good();
    let folder = mnist(&images, &labels);
    let interfaces = [
        Interface { input: &[1, 28, 28], ..DIGITS },
        Interface { input: &[3, 2, 3], ..DIGITS },
        Interface { input: &[7], ..DIGITS },
        Interface { output: &[10, 2, 3], ..DIGITS },
        Interface { output: &[1], loss: YES_OR_NO, ..DIGITS },
    ];
    let messages = interfaces
        .map(|interface| message(&Dataset::training(&IDX, folder.path(), &interface).unwrap_err(), &folder));
    insta::assert_snapshot!(messages.join("\n\n"));
}

fn csv(text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("table.csv"), text).unwrap();
    folder
}

fn load(text: &str, label: Column, interface: &Interface<'_>) -> Result<Dataset, String> {
    let folder = csv(text);
    let source = Source::Csv { path: "table.csv", label };
    Dataset::training(&source, folder.path(), interface).map_err(|error| message(&error, &folder))
}

const PAIRS: Interface<'static> = Interface { input: &[2], output: &[3], loss: CLASSES, to_input: false };

#[test]
fn tables_are_read() {
    let plain = load("1,2,0\n-3.5,4e1,2\n", Column::Last, &PAIRS).unwrap();
    assert_eq!(plain.inputs(), [1.0, 2.0, -3.5, 40.0]);
    assert_eq!(plain.targets(), TargetsRef::Classes(&[0, 2]));
    for (text, label) in [
        ("x, y, class\n1, 2, 0\n -3.5 , 40, 2", Column::Last),
        ("0,1,2\r\n2,-3.5,40\r\n", Column::First),
        ("1,0,2\n\"-3.5\",2,40\n\n", Column::At(1)),
        ("class,x,y\n0.0,1,2\n2,-3.5,40\n", Column::At(0)),
    ] {
        let data = load(text, label, &PAIRS).unwrap();
        assert_eq!((data.inputs(), data.targets()), (plain.inputs(), plain.targets()), "{text}");
    }
    let named = load("2,2,a,b,c\n1,2,0\n-3.5,40,2\n", Column::Last, &PAIRS).unwrap();
    assert_eq!(named.classes(), ["a", "b", "c"]);
    assert_eq!((named.inputs(), named.targets()), (plain.inputs(), plain.targets()));
}

#[test]
fn tables_may_be_gzipped() {
    let folder = tempfile::tempdir().unwrap();
    let packed = gzip(b"1,2,0\n3,4,1\n");
    let source = Source::Csv { path: "table.csv.gz", label: Column::Last };
    fs::write(folder.path().join("table.csv.gz"), &packed).unwrap();
    assert_eq!(Dataset::training(&source, folder.path(), &PAIRS).unwrap().inputs(), [1.0, 2.0, 3.0, 4.0]);
    fs::write(folder.path().join("table.csv.gz"), &packed[..packed.len() - 10]).unwrap();
    let error = Dataset::training(&source, folder.path(), &PAIRS).unwrap_err();
    assert!(matches!(error.problem, Problem::Gzip(_)), "{error}");
}

#[test]
fn targets_are_what_the_loss_compares() {
    let numbers = Interface { loss: Loss::MSE, ..PAIRS };
    let data = load("1,2,0.5,-7,9\n", Column::Last, &numbers).unwrap();
    assert_eq!(data.targets(), TargetsRef::Values(&[0.5, -7.0, 9.0]));
    let one = Interface { output: &[1], loss: YES_OR_NO, ..PAIRS };
    assert_eq!(load("1,2,1\n", Column::Last, &one).unwrap().targets(), TargetsRef::Values(&[1.0]));
    // A class for a loss that compares numbers is shown as 1 for it and 0 for the others.
    let data = load("1,2,2\n3,4,0\n", Column::Last, &numbers).unwrap();
    assert_eq!(data.targets(), TargetsRef::Classes(&[2, 0]));
    let mut batches = Batches::new(&data, 2);
    batches.shuffle(0, 1);
    let batch = batches.next().unwrap();
    let want =
        if batch.inputs[0] == 1.0 { [0.0, 0.0, 1.0, 1.0, 0.0, 0.0] } else { [1.0, 0.0, 0.0, 0.0, 0.0, 1.0] };
    assert_eq!(batch.targets.values::<3>(), samples::rows::<3>(&want));
}

#[test]
fn tables_with_errors() {
    let one = Interface { output: &[1], loss: YES_OR_NO, ..PAIRS };
    let numbers = Interface { loss: Loss::MSE, ..PAIRS };
    let cases = [
        ("a word", "x,y,class\n1,2,0\n3,four,1\n", Column::Last, PAIRS),
        ("a missing value", "1,2,0\n3,,1\n", Column::Last, PAIRS),
        ("not a number", "1,2,0\nNaN,2,1\n", Column::Last, PAIRS),
        ("infinite", "mean area,y,class\n1e99,2,0\n", Column::Last, PAIRS),
        ("a word in the first line", "1,2,0,\nx,3,0,1\n", Column::Last, PAIRS),
        ("no such class", "1,2,0\n3,4,3\n", Column::Last, PAIRS),
        ("half a class", "1,2,0.5\n", Column::Last, PAIRS),
        ("a negative class", "-1,2,0\n", Column::First, PAIRS),
        ("a named class", "x,y,class\n1,2,rose\n", Column::Last, PAIRS),
        ("no probability", "1,2,1\n1,2,2\n", Column::Last, one),
        ("a short line", "1,2,0\n3,4\n5,6,1\n", Column::Last, PAIRS),
        ("a long line", "1,2,0\n\n3,4,5,1\n", Column::Last, PAIRS),
        ("other columns than the network's", "1,2,3,4,5,0\n", Column::Last, PAIRS),
        ("fewer targets than outputs", "1,2,5,6\n", Column::Last, numbers),
        ("no such label column", "1,2,0\n", Column::At(3), PAIRS),
        ("fewer rows than said", "3,2,a,b,c\n1,2,0\n3,4,1\n", Column::Last, PAIRS),
        ("nothing", "", Column::Last, PAIRS),
        ("names only", "x,y,class\n", Column::Last, PAIRS),
    ];
    let messages = cases.map(|(case, text, label, interface)| {
        format!("# {case}\n{}", load(text, label, &interface).map(|data| data.len()).unwrap_err())
    });
    insta::assert_snapshot!(messages.join("\n\n"));
}

#[test]
fn tables_that_cannot_be_read() {
    let folder = csv("");
    let source = Source::Csv { path: "other.csv", label: Column::Last };
    let missing = message(&Dataset::training(&source, folder.path(), &PAIRS).unwrap_err(), &folder);
    fs::write(folder.path().join("other.csv"), b"1,2,0\n\xff\xfe,2,0\n").unwrap();
    let binary = message(&Dataset::training(&source, folder.path(), &PAIRS).unwrap_err(), &folder);
    insta::assert_snapshot!(format!("{missing}\n\n{binary}"));
}

fn numbered(count: usize) -> Dataset {
    let inputs = (0..2 * count).map(|i| (i / 2) as f32).collect();
    Dataset::new(&[2], inputs, Targets::Classes((0..count as u32).collect())).unwrap()
}

/// Returns the samples' numbers, after a check that inputs and targets still belong together.
fn numbers(data: &Dataset) -> Vec<u32> {
    let classes = data.targets().classes().to_vec();
    for (input, &class) in data.inputs().chunks(2).zip(&classes) {
        assert_eq!(input, [class as f32; 2]);
    }
    classes
}

#[test]
fn a_split_is_complete_and_a_function_of_its_seed() {
    let (training, held_out) = numbered(1000).split(0.1, 42).unwrap();
    let (a, b) = (numbers(&training), numbers(&held_out));
    assert_eq!((a.len(), b.len()), (900, 100));
    assert!(a.is_sorted() && b.is_sorted());
    let mut all = [a.clone(), b.clone()].concat();
    all.sort_unstable();
    assert!(all.into_iter().eq(0..1000));
    assert!(
        b.iter().filter(|&&i| i < 500).count().abs_diff(50) < 20,
        "held-out samples come from everywhere"
    );
    assert_eq!(numbers(&numbered(1000).split(0.1, 42).unwrap().1), b);
    assert_ne!(numbers(&numbered(1000).split(0.1, 43).unwrap().1), b);
}

#[test]
fn small_splits() {
    assert_eq!(numbered(3).split(0.01, 0).unwrap().1.len(), 1);
    assert_eq!(numbered(3).split(0.0, 0).unwrap().1.len(), 0);
    assert!(matches!(numbered(1).split(0.5, 0), Err(Problem::TooFew { samples: 1, held: 1 })));
    assert!(matches!(numbered(4).split(1.0, 0), Err(Problem::TooFew { samples: 4, held: 4 })));
    let mut data = numbered(5);
    data.truncate(3);
    assert_eq!(numbers(&data), [0, 1, 2]);
    data.truncate(9);
    assert_eq!(data.len(), 3);
    assert!(matches!(
        Dataset::new(&[2], vec![0.0; 3], Targets::Classes(vec![0])),
        Err(Problem::Lengths { inputs: 3, targets: 1, len: 2 })
    ));
}

#[test]
fn batches_show_each_sample_once_an_epoch_in_a_new_order() {
    let data = numbered(10);
    let mut batches = Batches::new(&data, 4);
    let mut epoch = |seed, epoch| {
        batches.shuffle(seed, epoch);
        let (mut order, mut sizes) = (Vec::new(), Vec::new());
        while let Some(batch) = batches.next() {
            for (input, &class) in batch.inputs.chunks(2).zip(batch.targets.classes()) {
                assert_eq!(input, [class as f32; 2]);
                order.push(class);
            }
            sizes.push(batch.len);
        }
        assert_eq!(sizes, [4, 4, 2]);
        order
    };
    let first = epoch(1, 1);
    assert_ne!(first, epoch(1, 2));
    assert_ne!(first, epoch(2, 1));
    assert_eq!(first, epoch(1, 1));
    let mut sorted = first;
    sorted.sort_unstable();
    assert!(sorted.into_iter().eq(0..10));
}

#[test]
fn a_small_rest_takes_samples_from_the_batch_before() {
    let sizes = |samples: usize, batch: usize, least: usize| {
        let data = Dataset::new(&[1], vec![0.0; samples], Targets::Classes(vec![0; samples])).unwrap();
        let mut batches = Batches::new(&data, batch).at_least(least).ok()?;
        batches.shuffle(1, 1);
        let mut sizes = vec![];
        while let Some(batch) = batches.next() {
            sizes.push(batch.len);
        }
        assert_eq!(sizes.len(), batches.count());
        Some(sizes)
    };
    assert_eq!(sizes(9, 4, 1), Some(vec![4, 4, 1]));
    assert_eq!(sizes(9, 4, 2), Some(vec![4, 3, 2]));
    assert_eq!(sizes(10, 4, 2), Some(vec![4, 4, 2]));
    assert_eq!(sizes(8, 4, 2), Some(vec![4, 4]));
    assert_eq!(sizes(4, 3, 2), Some(vec![2, 2]));
    assert_eq!(sizes(5, 2, 2), None);
    assert_eq!(sizes(1, 4, 2), None);
    assert_eq!(sizes(2, 4, 2), Some(vec![2]));
}

#[test]
fn batches_take_their_memory_once() {
    let data = numbered(10);
    let mut batches = Batches::new(&data, 4);
    let mut places = Vec::new();
    for epoch in 0..3 {
        batches.shuffle(0, epoch);
        while let Some(batch) = batches.next() {
            places.push((batch.inputs.as_ptr(), batch.targets.classes().as_ptr()));
        }
    }
    assert_eq!(places.len(), 9);
    assert!(places.iter().all(|place| *place == places[0]));
}

#[test]
fn images_are_read_as_the_network_takes_them() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.PNG");
    let pixels = ::image::RgbImage::from_fn(3, 2, |x, y| ::image::Rgb([x as u8 * 51, y as u8 * 255, 255]));
    pixels.save_with_format(&file, ::image::ImageFormat::Png).unwrap();
    let colour = Interface { input: &[3, 2, 3], ..DIGITS };
    let inputs = Dataset::to_predict(&file, &IDX, &colour).unwrap();
    let inputs = inputs.inputs();
    assert_eq!(inputs[..6], [0.0, 0.2, 0.4, 0.0, 0.2, 0.4], "red");
    assert_eq!(inputs[6..], [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0], "green and blue");
    for input in [&[1, 2, 3][..], &[6]] {
        let grey = Dataset::to_predict(&file, &IDX, &Interface { input, ..DIGITS }).unwrap();
        assert_eq!(grey.inputs().len(), 6);
    }
    let mut messages = [&[1, 28, 28][..], &[7], &[2, 2, 3]].map(|input| {
        message(&Dataset::to_predict(&file, &IDX, &Interface { input, ..DIGITS }).unwrap_err(), &folder)
    });
    messages.sort();
    fs::write(folder.path().join("b.jpg"), "no image").unwrap();
    let others = ["b.jpg", "c.png"].map(|name| {
        message(&Dataset::to_predict(&folder.path().join(name), &IDX, &DIGITS).unwrap_err(), &folder)
    });
    insta::assert_snapshot!([&messages[..], &others].concat().join("\n\n"));
}

#[test]
fn tables_to_predict_may_have_targets() {
    let folder = csv("x,y\n1,2\n3,4\n");
    let source = Source::Csv { path: "", label: Column::First };
    let file = folder.path().join("table.csv");
    let inputs = Dataset::to_predict(&file, &source, &PAIRS).unwrap();
    assert_eq!((inputs.inputs(), inputs.lines()), (&[1.0, 2.0, 3.0, 4.0][..], &[2, 3][..]));
    fs::write(&file, "0,1,2\n").unwrap();
    assert_eq!(Dataset::to_predict(&file, &source, &PAIRS).unwrap().inputs(), [1.0, 2.0]);
    fs::write(&file, "1,2,3,4,5,6,7\n").unwrap();
    insta::assert_snapshot!(message(&Dataset::to_predict(&file, &source, &PAIRS).unwrap_err(), &folder));
}
