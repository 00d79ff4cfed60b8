use super::*;
use crate::recipe::{Column, HeldOut, Missing, Source, Table};
use crate::samples::Indivisible;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs;
use std::io::Write;
use tempfile::TempDir;

#[cfg(feature = "arrays")]
mod arrays;
#[cfg(feature = "dicom")]
mod dicom;
#[cfg(feature = "pictures")]
mod joined;
#[cfg(feature = "nifti")]
mod nifti;
#[cfg(feature = "pictures")]
mod pictures;
mod scaling;

/// A part of the samples, whatever their classes are.
fn drawn(share: f64) -> HeldOut {
    HeldOut::Share { share, stratified: false }
}

fn table(path: &'static str, label: &'static [Column]) -> Source {
    Source::Csv(Table { path, label, ..Table::USUAL })
}

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
    assert_eq!(data.targets(), Some(TargetsRef::Classes(&[7, 1])));
    let flat = Interface { input: &[6], ..DIGITS };
    assert_eq!(Dataset::training(&IDX, folder.path(), &flat).unwrap().inputs(), data.inputs());
    // The other usual spelling, and the other part.
    let rename = |from, to| fs::rename(folder.path().join(from), folder.path().join(to)).unwrap();
    rename("mnist/train-images-idx3-ubyte", "mnist/t10k-images.idx3-ubyte");
    rename("mnist/train-labels-idx1-ubyte.gz", "mnist/t10k-labels.idx1-ubyte.gz");
    assert_eq!(Dataset::testing(&IDX, None, folder.path(), &DIGITS, data.about()).unwrap(), Some(data));
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
    assert_eq!(data.targets(), Some(TargetsRef::Classes(&[1, 0, 1])));
    assert_eq!([data.inputs()[0], data.inputs()[6], data.inputs()[12]], [0.0, 12.0 / 255.0, 18.0 / 255.0]);
    assert_eq!(load(&[9, 7], Some(2)).unwrap().targets(), Some(TargetsRef::Classes(&[1, 0])));
    assert_eq!(load(&[], Some(1)).unwrap().targets(), Some(TargetsRef::Classes(&[7])));
    assert!(matches!(load(&[3], None).unwrap_err().problem, Problem::Empty));
}

#[test]
fn samples_that_are_their_own_targets_need_no_labels() {
    let (images, _) = good();
    let folder = mnist(&images, &[]);
    fs::remove_file(folder.path().join("mnist/train-labels-idx1-ubyte.gz")).unwrap();
    let again = Interface { output: DIGITS.input, loss: Loss::MSE, to_input: true, ..DIGITS };
    let mut data = Dataset::training(&IDX, folder.path(), &again).unwrap();
    assert_eq!(data.targets(), None);
    // Targets change as the inputs do.
    data.inputs_mut()[0] = 7.0;
    let mut batches = Batches::new(&data, 1);
    batches.shuffle(0, 1);
    while let Some(batch) = batches.next().unwrap() {
        assert_eq!(batch.targets, TargetsRef::Values(batch.inputs));
    }
    let (rest, held_out) = data.split(&drawn(0.5), 1).unwrap();
    assert_eq!((rest.len(), held_out.len()), (1, 1));
    assert_eq!(held_out.targets(), None);

    let again = Interface { output: PAIRS.input, loss: Loss::MSE, to_input: true, ..PAIRS };
    for text in ["1,2\n3,4\n", "1,2,0\n3,4,1\n"] {
        let data = load(text, &[Column::Last], &again).unwrap();
        assert_eq!((&*data.inputs(), data.targets()), (&[1.0, 2.0, 3.0, 4.0][..], None), "{text}");
    }
    assert!(load("1,2,3,4\n", &[Column::Last], &again).unwrap_err().contains("3 features"));
    let shares = Interface { loss: YES_OR_NO, ..again };
    assert!(
        load("0,1\n0.5,3\n", &[Column::Last], &shares)
            .unwrap_err()
            .contains("line 2, column `column 2`: expected a target from 0 to 1")
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

fn load(text: &str, label: &'static [Column], interface: &Interface<'_>) -> Result<Dataset, String> {
    let folder = csv(text);
    let source = table("table.csv", label);
    Dataset::training(&source, folder.path(), interface).map_err(|error| message(&error, &folder))
}

const PAIRS: Interface<'static> = Interface { input: &[2], output: &[3], loss: CLASSES, to_input: false };

#[test]
fn tables_are_read() {
    let plain = load("1,2,0\n-3.5,4e1,2\n", &[Column::Last], &PAIRS).unwrap();
    assert_eq!(*plain.inputs(), [1.0, 2.0, -3.5, 40.0]);
    assert_eq!(plain.targets(), Some(TargetsRef::Classes(&[0, 2])));
    for (text, label) in [
        ("x, y, class\n1, 2, 0\n -3.5 , 40, 2", &[Column::Last]),
        ("0,1.0,2\r\n2,-3.5,40\r\n", &[Column::First]),
        ("1,0,2\n\"-3.5\",2,40\n\n", &[Column::At(1)]),
        ("class,x,y\n0.0,1,2\n2,-3.5,40\n", &[Column::At(0)]),
    ] {
        let data = load(text, label, &PAIRS).unwrap();
        assert_eq!((data.inputs(), data.targets()), (plain.inputs(), plain.targets()), "{text}");
    }
    let named = load("2,2,a,b,c\n1,2,0\n-3.5,40,2\n", &[Column::Last], &PAIRS).unwrap();
    assert_eq!(named.classes(), ["a", "b", "c"]);
    assert_eq!((named.inputs(), named.targets()), (plain.inputs(), plain.targets()));
}

#[test]
fn tables_may_be_gzipped() {
    let folder = tempfile::tempdir().unwrap();
    let packed = gzip(b"1,2,0\n3,4,1\n");
    let source = table("table.csv.gz", &[Column::Last]);
    fs::write(folder.path().join("table.csv.gz"), &packed).unwrap();
    assert_eq!(*Dataset::training(&source, folder.path(), &PAIRS).unwrap().inputs(), [1.0, 2.0, 3.0, 4.0]);
    fs::write(folder.path().join("table.csv.gz"), &packed[..packed.len() - 10]).unwrap();
    let error = Dataset::training(&source, folder.path(), &PAIRS).unwrap_err();
    let Problem::File(problem) = &error.problem else { panic!("{error}") };
    assert!(matches!(**problem, netwright_data::Problem::Gzip(_)), "{error}");
}

#[test]
fn targets_are_what_the_loss_compares() {
    let numbers = Interface { loss: Loss::MSE, ..PAIRS };
    let data = load("1,2,0.5,-7,9\n", &[Column::Last], &numbers).unwrap();
    assert_eq!(data.targets(), Some(TargetsRef::Values(&[0.5, -7.0, 9.0])));
    let one = Interface { output: &[1], loss: YES_OR_NO, ..PAIRS };
    assert_eq!(load("1,2,1\n", &[Column::Last], &one).unwrap().targets(), Some(TargetsRef::Values(&[1.0])));
    // A class for a loss that compares numbers is shown as 1 for it and 0 for the others.
    let data = load("1,2,2\n3,4,0\n", &[Column::Last], &numbers).unwrap();
    assert_eq!(data.targets(), Some(TargetsRef::Classes(&[2, 0])));
    let mut batches = Batches::new(&data, 2);
    batches.shuffle(0, 1);
    let batch = batches.next().unwrap().unwrap();
    let want =
        if batch.inputs[0] == 1.0 { [0.0, 0.0, 1.0, 1.0, 0.0, 0.0] } else { [1.0, 0.0, 0.0, 0.0, 0.0, 1.0] };
    assert_eq!(batch.targets.values::<3>(), samples::rows::<3>(&want));
}

#[test]
fn tables_with_errors() {
    let one = Interface { output: &[1], loss: YES_OR_NO, ..PAIRS };
    let numbers = Interface { loss: Loss::MSE, ..PAIRS };
    let cases = [
        ("a word", "x,y,class\n1,2,0\n3,four,1\n", &[Column::Last], PAIRS),
        ("a missing value", "1,2,0\n3,,1\n", &[Column::Last], PAIRS),
        ("no such class", "1,2,0\n3,4,3\n", &[Column::Last], PAIRS),
        ("half a class", "1,2,0.5\n", &[Column::Last], PAIRS),
        ("a negative class", "-1,2,0\n", &[Column::First], PAIRS),
        ("a named class", "x,y,class\n1,2,rose\n", &[Column::Last], PAIRS),
        ("no probability", "1,2,1\n1,2,2\n", &[Column::Last], one),
        ("other columns than the network's", "1,2,3,4,5,0\n", &[Column::Last], PAIRS),
        ("fewer targets than outputs", "1,2,5,6\n", &[Column::Last], numbers),
        ("no such label column", "1,2,0\n", &[Column::At(3)], PAIRS),
        ("nothing", "", &[Column::Last], PAIRS),
        ("names only", "x,y,class\n", &[Column::Last], PAIRS),
    ];
    let messages = cases.map(|(case, text, label, interface)| {
        format!("# {case}\n{}", load(text, label, &interface).map(|data| data.len()).unwrap_err())
    });
    insta::assert_snapshot!(messages.join("\n\n"));
}

#[test]
fn tables_that_cannot_be_read() {
    let folder = csv("");
    let source = table("other.csv", &[Column::Last]);
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
    let classes = data.targets().unwrap().classes().to_vec();
    for (input, &class) in data.inputs().chunks(2).zip(&classes) {
        assert_eq!(input, [class as f32; 2]);
    }
    classes
}

#[test]
fn a_split_is_complete_and_a_function_of_its_seed() {
    let (training, held_out) = numbered(1000).split(&drawn(0.1), 42).unwrap();
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
    assert_eq!(numbers(&numbered(1000).split(&drawn(0.1), 42).unwrap().1), b);
    assert_ne!(numbers(&numbered(1000).split(&drawn(0.1), 43).unwrap().1), b);
}

#[test]
fn small_splits() {
    assert_eq!(numbered(3).split(&drawn(0.01), 0).unwrap().1.len(), 1);
    assert_eq!(numbered(3).split(&drawn(0.0), 0).unwrap().1.len(), 0);
    assert!(matches!(
        numbered(1).split(&drawn(0.5), 0),
        Err(Problem::Indivisible(Indivisible::TooFew { samples: 1, held: 1 }))
    ));
    assert!(matches!(
        numbered(4).split(&drawn(1.0), 0),
        Err(Problem::Indivisible(Indivisible::TooFew { samples: 4, held: 4 }))
    ));
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
        while let Some(batch) = batches.next().unwrap() {
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
        while let Some(batch) = batches.next().unwrap() {
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
        while let Some(batch) = batches.next().unwrap() {
            places.push((batch.inputs.as_ptr(), batch.targets.classes().as_ptr()));
        }
    }
    assert_eq!(places.len(), 9);
    assert!(places.iter().all(|place| *place == places[0]));
}

/// Returns the numbers and lines of samples to predict for.
fn to_predict(
    file: &std::path::Path,
    source: &Source,
    interface: &Interface<'_>,
    about: &About,
) -> Result<(Vec<f32>, Vec<u64>), Error> {
    let inputs = Dataset::to_predict(file, Some(source), interface, about)?;
    let all = inputs.all(&Normalization::default()).unwrap();
    Ok((all.inputs().to_vec(), all.lines().to_vec()))
}

#[test]
fn tables_to_predict_may_have_targets() {
    let folder = csv("x,y\n1,2\n3,4\n");
    let source = table("", &[Column::First]);
    let file = folder.path().join("table.csv");
    let new = |text: &str| fs::write(&file, text).unwrap();
    let unknown = About::default();
    let wanted = (vec![1.0, 2.0, 3.0, 4.0], vec![2, 3]);
    // Weights of an older version do not know the columns.
    new("0,1.0,2\n0,3,4\n");
    assert_eq!(to_predict(&file, &source, &PAIRS, &unknown).unwrap().0, wanted.0);
    let folder = csv("class,x,y\n0,10,20\n2,30,40\n");
    let data = Dataset::training(&table("table.csv", &[Column::First]), folder.path(), &PAIRS).unwrap();
    for text in ["x,y\n1,2\n3,4\n", "y,x\n2,1\n4,3\n", "y,class,x\n2,?,1\n4,1,3\n", "x,new,y\n1,0,2\n3,0,4\n"]
    {
        new(text);
        assert_eq!(to_predict(&file, &source, &PAIRS, data.about()).unwrap(), wanted, "{text}");
    }
    let messages = ["x,class\n1,2\n", "1,2,3,4,5,6,7\n", "x,y\n1,two\n"].map(|text| {
        new(text);
        let error = to_predict(&file, &source, &PAIRS, data.about()).unwrap_err();
        format!(
            "{text}{}",
            error
                .help()
                .map_or_else(|| error.problem.to_string(), |help| format!("{}\nhelp: {help}", error.problem))
        )
    });
    insta::assert_snapshot!(messages.join("\n\n"));
}

#[test]
fn labels_are_classes_by_their_names() {
    let text = |labels: [&str; 4]| labels.iter().map(|label| format!("1,2,{label}\n")).collect::<String>();
    let yes_or_no = Interface { output: &[1], loss: YES_OR_NO, ..PAIRS };
    for (labels, interface, classes, names) in [
        (["b", "a", "c", "a"], PAIRS, vec![1, 0, 2, 0], vec!["a", "b", "c"]),
        (["2", "10", "-1", "10"], PAIRS, vec![1, 2, 0, 2], vec!["-1", "2", "10"]),
        (["2", "0", "0", "2"], PAIRS, vec![2, 0, 0, 2], vec![]),
    ] {
        let data = load(&text(labels), &[Column::Last], &interface).unwrap();
        assert_eq!(data.targets(), Some(TargetsRef::Classes(&classes)), "{labels:?}");
        assert_eq!(data.classes(), names);
    }
    for labels in [["no", "yes", "yes", "no"], ["-1", "1", "1", "-1"], ["0", "1", "1", "0"]] {
        let data = load(&text(labels), &[Column::Last], &yes_or_no).unwrap();
        assert_eq!(data.targets(), Some(TargetsRef::Values(&[0.0, 1.0, 1.0, 0.0])), "{labels:?}");
    }
    let wrong = [
        (["a", "b", "a", "b"], PAIRS),
        (["1", "2", "3", "4"], PAIRS),
        (["0", "1.5", "2", "3"], PAIRS),
        (["a", "b", "c", "a"], yes_or_no),
        (["0", "2", "0", "1"], yes_or_no),
        (["a", "b", "c", "a"], Interface { output: &[1], loss: Loss::MSE, ..PAIRS }),
    ];
    let messages = wrong.map(|(labels, interface)| {
        format!("# {labels:?}\n{}", load(&text(labels), &[Column::Last], &interface).unwrap_err())
    });
    insta::assert_snapshot!(messages.join("\n\n"));
}

#[test]
fn test_samples_have_the_classes_of_the_training() {
    let folder = csv("1,2,b\n3,4,a\n5,6,c\n");
    let data = Dataset::training(&table("table.csv", &[Column::Last]), folder.path(), &PAIRS).unwrap();
    let test = |text: &str| {
        fs::write(folder.path().join("test.csv"), text).unwrap();
        let source = table("test.csv", &[Column::Last]);
        Dataset::testing(&source, Some(&source), folder.path(), &PAIRS, data.about())
    };
    // A class that is missing here must not move the others.
    let some = test("1,2,c\n3,4,b\n").unwrap().unwrap();
    assert_eq!(some.targets(), Some(TargetsRef::Classes(&[2, 1])));
    insta::assert_snapshot!(message(&test("1,2,d\n").unwrap_err(), &folder));
}

#[test]
fn missing_values_are_replaced_by_what_the_training_samples_teach() {
    let folder = csv("x,y,class\n1,10,0\n,20,1\n3,,2\n100,60,0\n");
    let mut source = Table { path: "table.csv", missing: Missing::Mean, ..Table::USUAL };
    let load = |source| Dataset::training(&Source::Csv(source), folder.path(), &PAIRS);
    let (training, held_out) = load(source).unwrap().split(&drawn(0.25), 1).unwrap();
    let known: Vec<f32> = training
        .inputs()
        .chunks(2)
        .map(|sample| sample[0])
        .filter(|&x| [1.0, 3.0, 100.0].contains(&x))
        .collect();
    let mean = known.iter().sum::<f32>() / known.len() as f32;
    assert!(training.inputs().iter().chain(&*held_out.inputs()).all(|number| number.is_finite()));
    assert!(known.len() == 3 || training.inputs().chunks(2).any(|sample| sample[0] == mean), "{mean}");
    // What was learned travels with the weights.
    let about = training.about().clone();
    let again = Dataset::again(&Source::Csv(source), folder.path(), &PAIRS, &about).unwrap();
    let mut all: Vec<u32> =
        training.inputs().iter().chain(&*held_out.inputs()).map(|x| x.to_bits()).collect();
    let mut same: Vec<u32> = again.inputs().iter().map(|x| x.to_bits()).collect();
    all.sort_unstable();
    same.sort_unstable();
    assert_eq!(all, same);
    source.missing = Missing::Drop;
    let dropped = load(source).unwrap();
    assert_eq!((dropped.len(), dropped.notes().len()), (2, 1));
    source.missing = Missing::Refused;
    insta::assert_snapshot!(message(&load(source).unwrap_err(), &folder));
}

#[test]
fn a_stratified_split_holds_out_the_same_share_of_each_class() {
    let classes: Vec<u32> = (0..200).map(|i| u32::from(i % 10 == 0) + 2 * u32::from(i % 20 == 1)).collect();
    let data = Dataset::new(&[1], vec![0.0; 200], Targets::Classes(classes)).unwrap();
    for seed in 0..20 {
        let (_, held_out) =
            data.clone().split(&HeldOut::Share { share: 0.2, stratified: true }, seed).unwrap();
        let found = held_out.targets().unwrap().classes().to_vec();
        let count = |class| found.iter().filter(|&&found| found == class).count();
        assert_eq!([0, 1, 2].map(count), [34, 4, 2]);
    }
}

#[test]
fn each_sample_is_held_out_by_one_fold() {
    let classes: Vec<u32> = (0..203).map(|i| u32::from(i % 10 == 0) + 2 * u32::from(i % 20 == 1)).collect();
    let rows = (0..203).map(|row| row as f32).collect();
    let data = Dataset::new(&[1], rows, Targets::Classes(classes)).unwrap();
    for (seed, stratified) in (0..10).flat_map(|seed| [(seed, true), (seed, false)]) {
        let mut all = vec![];
        for fold in 0..5 {
            let held_out = HeldOut::Fold { fold, count: 5, stratified };
            let (training, held_out) = data.clone().split(&held_out, seed).unwrap();
            assert_eq!(training.len() + held_out.len(), 203);
            assert!((40..=41).contains(&held_out.len()));
            let found = held_out.targets().unwrap().classes().to_vec();
            let count = |class| found.iter().filter(|&&found| found == class).count();
            assert!(!stratified || ((4..=5).contains(&count(1)) && (2..=3).contains(&count(2))));
            all.extend(held_out.inputs().iter().map(|&row| row as usize));
        }
        all.sort_unstable();
        assert_eq!(all, (0..203).collect::<Vec<_>>());
    }
    let [several, many] = [
        HeldOut::Folds { count: 5, stratified: true },
        HeldOut::Fold { fold: 0, count: 204, stratified: true },
    ]
    .map(|held_out| data.clone().split(&held_out, 0).unwrap_err().to_string());
    assert_eq!(several, "the recipe is one of 5 trainings, each with another fold held out");
    assert_eq!(many, "203 samples cannot be divided into 204 folds");
}

#[test]
fn groups_stay_on_one_side() {
    let rows: String = (0..120).map(|i| format!("{i},0,{},p{}\n", i % 3, i * 7 % 25)).collect();
    let folder = csv(&format!("x,y,class,patient\n{rows}"));
    let label = &[Column::Named("class")];
    let source =
        Source::Csv(Table { path: "table.csv", label, by: &[Column::Named("patient")], ..Table::USUAL });
    for seed in 0..10 {
        let data = Dataset::training(&source, folder.path(), &PAIRS).unwrap();
        let (training, held_out) =
            data.split(&HeldOut::Share { share: 0.25, stratified: true }, seed).unwrap();
        let patients = |data: &Dataset| {
            data.inputs().chunks(2).map(|x| x[0] as u32 * 7 % 25).collect::<std::collections::BTreeSet<_>>()
        };
        assert!(patients(&training).is_disjoint(&patients(&held_out)));
        assert!((24..=36).contains(&held_out.len()), "{}", held_out.len());
    }
    let fold = |fold, count| HeldOut::Fold { fold, count, stratified: true };
    let held = (0..5).map(|i| {
        let data = Dataset::training(&source, folder.path(), &PAIRS).unwrap();
        let (_, held_out) = data.split(&fold(i, 5), 1).unwrap();
        held_out.inputs().chunks(2).map(|x| x[0] as u32 * 7 % 25).collect::<std::collections::BTreeSet<_>>()
    });
    assert_eq!(held.map(|patients| patients.len()).collect::<Vec<_>>(), [5; 5], "groups of about one size");
    let one = Source::Csv(Table { path: "one.csv", label, by: &[Column::Named("patient")], ..Table::USUAL });
    fs::write(folder.path().join("one.csv"), "x,y,class,patient\n1,2,0,a\n3,4,1,a\n5,6,2,a\n").unwrap();
    let data = Dataset::training(&one, folder.path(), &PAIRS).unwrap();
    let problem = data.clone().split(&fold(0, 2), 0).unwrap_err();
    assert_eq!(problem.to_string(), "1 group cannot be divided into 2 folds");
    let problem = data.split(&drawn(0.5), 0).unwrap_err();
    assert_eq!(problem.to_string(), "its samples are of 1 group, which cannot be divided as the recipe says");
}

const IGNORING: Loss =
    Loss::WeightedCrossEntropy { logits: false, weights: &[], smoothing: 0.0, ignore: Some(-100) };
/// The label that does not count, as memory has it.
const IGNORED: u32 = -100_i32 as u32;

#[test]
fn a_label_that_does_not_count_may_be_negative() {
    let two = Interface { output: &[2], loss: IGNORING, ..PAIRS };
    let text = "1,2,0\n3,4,-100\n5,6,1\n7,8,1\n9,0,0\n";
    let data = load(text, &[Column::Last], &two).unwrap();
    assert_eq!(data.targets(), Some(TargetsRef::Classes(&[0, IGNORED, 1, 1, 0])));
    assert_eq!(data.notes(), ["1 of 5 samples has the label -100, which does not count"]);
    assert_eq!(data.answer(1), "-100");
    // It is a stratum of its own, and takes no memory.
    let (training, held_out) = data.split(&HeldOut::Share { share: 0.4, stratified: true }, 1).unwrap();
    assert_eq!((training.len(), held_out.len()), (3, 2));
    // Beside names of classes, and beside numbers that are counted anew.
    let folder = csv("1,2,7\n3,4,-100\n5,6,3\n");
    let named = Table { categories: &[Column::At(2)], path: "table.csv", ..Table::USUAL };
    let names = Dataset::training(&Source::Csv(named), folder.path(), &two).unwrap();
    assert_eq!(names.targets(), Some(TargetsRef::Classes(&[1, IGNORED, 0])));
    assert_eq!(names.classes(), ["3", "7"]);
    let anew = load("1,2,7\n3,4,-100\n5,6,3\n", &[Column::Last], &two).unwrap();
    assert_eq!(anew.targets(), Some(TargetsRef::Classes(&[1, IGNORED, 0])));
    let other = load("1,2,0\n3,4,-1\n5,6,1\n", &[Column::Last], &two).unwrap_err();
    assert!(other.contains("found `-1`") || other.contains("found -1"), "{other}");
}
