use super::*;
use crate::app::testing::Params;
use crate::storage::{TensorMut, TensorRef};
use safetensors::tensor::{Dtype, View};
use std::borrow::Cow;
use std::fs::{self, File};

fn params() -> Params {
    Params { weight: vec![1.0, -2.5, f32::MIN_POSITIVE, 0.1, 3e38, 0.0], bias: vec![0.5, -0.0, 7.0] }
}

fn metadata() -> Metadata {
    Metadata {
        network: "Clouds".into(),
        spec: "nets/clouds.net".into(),
        seed: Some(7),
        normalization: Normalization::new(vec![0.1307, -1e-9], vec![1.0 / 3.0, 12_345.678]),
        classes: vec!["malignant, or not".into(), "not so".into()],
        data: vec!["pictures".into()],
        samples: Some(Samples::new(vec![Fingerprint(1), Fingerprint(2)], vec![Fingerprint(3)])),
        manifest: Some(Box::new(manifest())),
    }
}

fn manifest() -> Manifest {
    Manifest {
        version: "0.1.0".into(),
        texts: vec![("clouds.net".into(), "network Clouds {\n    input [2]\n}\n".into())],
        set: vec!["lr=1e-3".into()],
        epochs: 5,
        fold: Some((1, 3)),
        training: Fingerprinted { count: 100, hash: 12 },
        ..Manifest::default()
    }
}

/// Returns the error as people see it, without the folder.
fn message(error: &Error, folder: &Path) -> String {
    let help = error.help().map_or_else(String::new, |help| format!("\nhelp: {help}"));
    format!("{error}{help}").replace(&format!("{}/", folder.display()), "")
}

#[test]
fn what_is_saved_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.safetensors");
    save(&file, &params(), &metadata()).unwrap();
    let mut loaded = Params::zeros();
    assert_eq!(load(&file, &mut loaded).unwrap(), metadata());
    assert_eq!(loaded, params());
    assert!(loaded.bias[1].is_sign_negative());
}

#[test]
fn the_same_weights_make_the_same_file() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = ["a", "b"].map(|name| {
        let file = folder.path().join(name);
        save(&file, &params(), &metadata()).unwrap();
        fs::read(file).unwrap()
    });
    assert_eq!(bytes[0], bytes[1]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "no temporary file is left");
}

#[test]
fn an_older_file_is_replaced_or_stays() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.safetensors");
    fs::write(&file, "older").unwrap();
    save(&file, &params(), &Metadata::default()).unwrap();
    assert_eq!(load(&file, &mut Params::zeros()).unwrap(), Metadata::default());
    let before = fs::read(&file).unwrap();
    // A folder stands where the file shall be: writing fails, and leaves nothing behind.
    let blocked = folder.path().join("b.safetensors");
    fs::create_dir_all(blocked.join("inside")).unwrap();
    assert!(matches!(save(&blocked, &params(), &metadata()), Err(Error::Kept { kept: Kept::Directory, .. })));
    assert!(check_writable(&blocked).is_err());
    assert!(check_writable(&folder.path().join("no/folder/c.safetensors")).is_err());
    check_writable(&file).unwrap();
    assert_eq!(fs::read(&file).unwrap(), before);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[cfg(unix)]
#[test]
fn others_may_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let [plain, saved] = ["plain", "saved"].map(|name| folder.path().join(name));
    fs::write(&plain, "").unwrap();
    save(&saved, &params(), &metadata()).unwrap();
    let modes = [plain, saved].map(|file| fs::metadata(file).unwrap().permissions().mode());
    assert_eq!(modes[0], modes[1]);
}

/// A network that has one layer of other names and shapes.
struct Other(Vec<f32>);

impl Parameters for Other {
    fn tensors(&self) -> Vec<TensorRef<'_>> {
        vec![
            TensorRef { name: "conv1.weight", shape: &[2, 1, 1, 1], data: &self.0[..2] },
            TensorRef { name: "dense1.weight", shape: &[2, 3], data: &self.0[2..] },
        ]
    }
    fn tensors_mut(&mut self) -> Vec<TensorMut<'_>> {
        Vec::new()
    }
}

#[test]
fn every_difference_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("other.safetensors");
    let other = Metadata { network: "Other".into(), ..Metadata::default() };
    save(&file, &Other(vec![0.0; 8]), &other).unwrap();
    let mut loaded = params();
    let error = load(&file, &mut loaded).unwrap_err();
    insta::assert_snapshot!(message(&error, folder.path()));
    assert_eq!(loaded, params(), "nothing is changed");
}

/// A tensor of any type.
struct Raw(Dtype, Vec<usize>, Vec<u8>);

impl Raw {
    /// Creates a tensor of F32 numbers.
    fn floats(shape: &[usize], numbers: &[f32]) -> Raw {
        Raw(Dtype::F32, shape.into(), numbers.iter().flat_map(|number| number.to_le_bytes()).collect())
    }
}

impl View for Raw {
    fn dtype(&self) -> Dtype {
        self.0
    }
    fn shape(&self) -> &[usize] {
        &self.1
    }
    fn data(&self) -> Cow<'_, [u8]> {
        (&self.2[..]).into()
    }
    fn data_len(&self) -> usize {
        self.2.len()
    }
}

/// Writes a file from elsewhere.
fn foreign(file: &Path, tensors: Vec<(&str, Raw)>) {
    fs::write(file, serialize(tensors, None).unwrap()).unwrap();
}

#[test]
fn other_types_are_widened_or_rounded_or_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("typed.safetensors");
    let numbers = [1.0, -2.5, 0.125, 0.0, 3.0, 65_504.0];
    let bytes = |kind: Dtype| -> Vec<u8> {
        let number = |x: f32| match kind {
            Dtype::F64 => f64::from(x).to_le_bytes().to_vec(),
            Dtype::F32 => x.to_le_bytes().to_vec(),
            // All of these numbers but the last are the upper half of an F32; 65504 is 0x7bff as F16.
            Dtype::BF16 => x.to_le_bytes()[2..].to_vec(),
            _ => {
                let bits = x.to_bits();
                let half = match x {
                    0.0 => 0,
                    _ => (bits >> 16 & 0x8000) | ((bits >> 23 & 0xff) - 112) << 10 | (bits >> 13 & 0x3ff),
                };
                (half as u16).to_le_bytes().to_vec()
            }
        };
        numbers.into_iter().flat_map(number).collect()
    };
    let bias = || ("dense1.bias", Raw::floats(&[3], &[1.0, 2.0, 3.0]));
    let typed =
        |kind, bytes: Vec<u8>| foreign(&file, vec![("dense1.weight", Raw(kind, vec![3, 2], bytes)), bias()]);
    for kind in [Dtype::F16, Dtype::BF16, Dtype::F64] {
        typed(kind, bytes(kind));
        for transferred in [false, true] {
            let mut loaded = Params::zeros();
            let changes = match transferred {
                false => read(&file, &mut loaded).unwrap().changes,
                true => {
                    let transfer = transfer(&file, &mut loaded, &[], &["dense1.weight"]).unwrap();
                    assert_eq!((transfer.matched, transfer.tensors), (2, 2));
                    transfer.changes
                }
            };
            let mut wanted = numbers.to_vec();
            if kind == Dtype::BF16 {
                wanted[5] = 65_280.0;
            }
            assert_eq!((loaded.weight, loaded.bias), (wanted, vec![1.0, 2.0, 3.0]), "{kind:?}");
            assert_eq!(changes.rounded, usize::from(kind == Dtype::F64));
            assert_eq!(changes.notes().len(), changes.rounded);
        }
    }
    let mut told = vec![];
    let others = [Dtype::I64, Dtype::U8, Dtype::BOOL, Dtype::F8_E4M3, Dtype::C64];
    for kind in others {
        typed(kind, vec![0; 6 * kind.bitsize() / 8]);
        let mut loaded = params();
        let by_load = message(&load(&file, &mut loaded).unwrap_err(), folder.path());
        let by_transfer = message(&transfer(&file, &mut loaded, &[], &[]).unwrap_err(), folder.path());
        assert_eq!(by_load, by_transfer);
        assert_eq!(loaded, params(), "nothing is changed");
        told.push(by_load);
    }
    typed(Dtype::F64, [1.0, 2.0, 1e39, 4.0, 5.0, 6.0].map(f64::to_le_bytes).concat());
    let mut loaded = params();
    told.push(message(&load(&file, &mut loaded).unwrap_err(), folder.path()));
    assert_eq!(loaded, params(), "nothing is changed");
    insta::assert_snapshot!(told.join("\n\n"));
}

/// Returns the network's tensors under other names.
fn named(names: [&'static str; 2]) -> Vec<(&'static str, Raw)> {
    let Params { weight, bias } = params();
    vec![(names[0], Raw::floats(&[3, 2], &weight)), (names[1], Raw::floats(&[3], &bias))]
}

#[test]
fn pytorch_counts_batches_unseen() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("torch.safetensors");
    for name in ["batch_norm1.num_batches_tracked", "num_batches_tracked"] {
        let mut tensors = named(["dense1.weight", "dense1.bias"]);
        tensors.push((name, Raw(Dtype::I64, vec![], vec![0; 8])));
        foreign(&file, tensors);
        let mut loaded = Params::zeros();
        let Loaded { metadata, changes } = read(&file, &mut loaded).unwrap();
        assert_eq!((loaded, metadata), (params(), Metadata::default()));
        assert_eq!(changes, Changes::default());
        let transfer = transfer(&file, &mut Params::zeros(), &[], &[]).unwrap();
        assert_eq!((transfer.matched, transfer.misfits.0.len()), (2, 0));
    }
}

#[test]
fn a_common_prefix_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("torch.safetensors");
    let cases = [
        ("module.", ["module.dense1.weight", "module.dense1.bias"]),
        ("_orig_mod.", ["_orig_mod.dense1.weight", "_orig_mod.dense1.bias"]),
        ("_orig_mod.module.", ["_orig_mod.module.dense1.weight", "_orig_mod.module.dense1.bias"]),
    ];
    for (prefix, names) in cases {
        let mut tensors = named(names);
        let counter = format!("{prefix}bn.num_batches_tracked");
        tensors.push((&counter, Raw(Dtype::I64, vec![], vec![0; 8])));
        foreign(&file, tensors);
        let mut loaded = Params::zeros();
        let changes = read(&file, &mut loaded).unwrap().changes;
        assert_eq!((loaded, &*changes.prefix), (params(), prefix));
        let mut loaded = Params::zeros();
        let transfer = transfer(&file, &mut loaded, &[], &["dense1.bias"]).unwrap();
        assert_eq!((loaded, &*transfer.changes.prefix), (params(), prefix));
        assert!(transfer.to_string().contains(&format!("`{prefix}` was removed")), "{transfer}");
    }
    // A prefix of some names only is none.
    foreign(&file, named(["module.dense1.weight", "dense1.bias"]));
    let error = load(&file, &mut Params::zeros()).unwrap_err();
    let mut told = vec![message(&error, folder.path())];
    let mut tensors = named(["module.dense1.weight", "module.dense1.bias"]);
    tensors.push(("module.head.weight", Raw::floats(&[1], &[0.0])));
    foreign(&file, tensors);
    told.push(message(&load(&file, &mut Params::zeros()).unwrap_err(), folder.path()));
    insta::assert_snapshot!(told.join("\n\n"));
}

#[test]
fn rules_give_tensors_other_names() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("torch.safetensors");
    let mut tensors = named(["layer1.0.weight", "layer1.0.bias"]);
    tensors.push(("layer1.1.weight", Raw::floats(&[1], &[0.0])));
    tensors.push(("layer1.1.num_batches_tracked", Raw(Dtype::I64, vec![], vec![0; 8])));
    foreign(&file, tensors);
    let rule = |pattern, name| Rename { pattern, name };
    let with = |rules: &[Rename]| {
        let mut loaded = Params::zeros();
        let found = transfer(&file, &mut loaded, rules, &["dense1.bias"]);
        assert_eq!(found.is_err(), loaded == Params::zeros());
        match found {
            Ok(transfer) => {
                assert_eq!(loaded, params());
                transfer.to_string().replace(&folder.path().display().to_string(), "")
            }
            Err(error) => message(&error, folder.path()),
        }
    };
    // The first rule that fits counts.
    let rules = [rule("layer1.0.*", "dense1.*"), rule("layer*.*.weight", "dense*.*.weight")];
    let told = [
        with(&rules),
        with(&[rule("layer1.0.*", "model.dense1.*"), rule("layer1.1.*", "model.*")]),
        with(&[rule("layer*.0.*", "dense*.*"), rule("layer", "dense")]),
        with(&[rule("layer*.*.weight", "dense1.weight**")]),
        with(&[rule("layer1.*.bias", "bias*")]),
    ];
    insta::assert_snapshot!(told.join("\n\n"));
}

/// Writes a file that is only as long as its header says.
fn sparse(file: &Path, header: &str, len: u64) {
    let header = header.as_bytes();
    let bytes = [&(header.len() as u64).to_le_bytes()[..], header].concat();
    fs::write(file, &bytes).unwrap();
    File::options().write(true).open(file).unwrap().set_len(bytes.len() as u64 + len).unwrap();
}

#[test]
fn a_large_file_of_another_network_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("large.safetensors");
    // Had they to be read, these 32 GB would take longer than anybody waits.
    let len = 1u64 << 35;
    let tensor = |name: &str, shape: &str, from: u64, to: u64| {
        format!(r#""{name}":{{"dtype":"F32","shape":{shape},"data_offsets":[{from},{to}]}}"#)
    };
    sparse(&file, &format!("{{{}}}", tensor("huge", &format!("[{}]", len / 4), 0, len)), len);
    let started = std::time::Instant::now();
    let mut loaded = params();
    let mut told = vec![message(&load(&file, &mut loaded).unwrap_err(), folder.path())];
    told.push(message(&transfer(&file, &mut loaded, &[], &[]).unwrap_err(), folder.path()));
    // The network's own tensors are read, and no others.
    let own =
        [tensor("huge", &format!("[{}]", (len - 36) / 4), 36, len), tensor("dense1.weight", "[3,2]", 0, 24)];
    let header = format!("{{{},{},{}}}", own[0], own[1], tensor("dense1.bias", "[3]", 24, 36));
    sparse(&file, &header, len);
    let transfer = transfer(&file, &mut loaded, &[], &["dense1.bias"]).unwrap();
    assert_eq!((transfer.matched, transfer.misfits.0.len(), loaded), (2, 1, Params::zeros()));
    for len in [len - 1, len + 1] {
        sparse(&file, &header, len);
        assert!(matches!(load(&file, &mut Params::zeros()), Err(Error::Truncated { .. })));
    }
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
    insta::assert_snapshot!(told.join("\n\n"));
}

#[test]
fn headers_that_are_too_long_are_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bomb.safetensors");
    for (claimed, len) in
        [(u64::MAX, 9u64), (1 << 63, 1 << 33), (5_000_000_000, 6_000_000_000), (99_000_000, 1 << 33)]
    {
        fs::write(&file, claimed.to_le_bytes()).unwrap();
        File::options().write(true).open(&file).unwrap().set_len(len).unwrap();
        assert!(matches!(load(&file, &mut Params::zeros()), Err(Error::Foreign { .. })), "{claimed}");
    }
}

#[test]
fn an_empty_header_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("empty.safetensors");
    fs::write(&file, [&[0; 8][..], b"{}"].concat()).unwrap();
    let mut loaded = params();
    assert!(matches!(load(&file, &mut loaded), Err(Error::Foreign { .. })));
    assert_eq!(loaded, params(), "nothing is changed");
}

#[test]
fn metadata_that_cannot_be_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("odd.safetensors");
    let entries = |text: &str| HashMap::from([(ENTRY.to_string(), text.to_string())]);
    let own = || named(["dense1.weight", "dense1.bias"]);
    let long = format!("version: 2\nseed: {}", "7\u{1b}".repeat(99));
    let mut told = vec![];
    for text in ["version: 2\nnetwork: A\nseed: abc", "version: 0.1.0\nstd: 0\nmean: 0", "version: 4", &long]
    {
        fs::write(&file, serialize(own(), Some(entries(text))).unwrap()).unwrap();
        let mut loaded = Params::zeros();
        told.push(message(&load(&file, &mut loaded).unwrap_err(), folder.path()));
        assert!(matches!(transfer(&file, &mut loaded, &[], &[]), Err(Error::Metadata { .. })));
        assert_eq!(loaded, Params::zeros(), "nothing is changed");
    }
    // A file that could not be read is not written.
    fs::write(&file, "older").unwrap();
    let normalization = Normalization::new(vec![f64::NAN], vec![1.0]);
    let error = save(&file, &params(), &Metadata { normalization, ..metadata() }).unwrap_err();
    told.push(message(&error, folder.path()));
    assert_eq!(fs::read(&file).unwrap(), b"older");
    insta::assert_snapshot!(told.join("\n\n"));
}

#[test]
fn files_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.safetensors");
    let mut messages = vec![message(&load(&file, &mut Params::zeros()).unwrap_err(), folder.path())];
    save(&file, &params(), &metadata()).unwrap();
    let whole = fs::read(&file).unwrap();
    for len in [whole.len() - 5, 100, 8, 3, 0] {
        fs::write(&file, &whole[..len]).unwrap();
        messages.push(message(&load(&file, &mut Params::zeros()).unwrap_err(), folder.path()));
    }
    let longer = [&whole[..], b"more"].concat();
    for bytes in [&longer[..], b"This is just some text.", b"\x93NUMPY\x01\x00v\x00{'descr': '<f4'}"] {
        fs::write(&file, bytes).unwrap();
        messages.push(message(&load(&file, &mut Params::zeros()).unwrap_err(), folder.path()));
    }
    insta::assert_snapshot!(messages.join("\n\n"));
}

#[test]
fn an_altered_file_never_loads() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.safetensors");
    save(&file, &params(), &metadata()).unwrap();
    let whole = fs::read(&file).unwrap();
    for at in 0..whole.len() {
        for bit in 0..8 {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << bit;
            fs::write(&file, &bytes).unwrap();
            let mut loaded = Params::zeros();
            assert!(load(&file, &mut loaded).is_err(), "byte {at}, bit {bit}");
            assert_eq!(loaded, Params::zeros(), "nothing is changed");
            assert!(transfer(&file, &mut loaded, &[], &[]).is_err(), "byte {at}, bit {bit}");
        }
    }
    let last = whole.len() - 1;
    fs::write(&file, [&whole[..last], &[whole[last] ^ 1]].concat()).unwrap();
    insta::assert_snapshot!(message(&load(&file, &mut Params::zeros()).unwrap_err(), folder.path()));
}

#[test]
fn a_copy_by_another_tool_loads() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.safetensors");
    save(&file, &params(), &metadata()).unwrap();
    let bytes = fs::read(&file).unwrap();
    let stored = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let (_, header) = safetensors::SafeTensors::read_metadata(&bytes).unwrap();
    let mut entries = header.metadata().clone().unwrap();
    entries.insert("format".into(), "pt".into());
    fs::write(&file, serialize(stored.tensors(), Some(entries.clone())).unwrap()).unwrap();
    assert_eq!(load(&file, &mut Params::zeros()).unwrap(), metadata());
    // Tensors of another network with this one's metadata are not what was saved.
    let names: Vec<&str> = params().tensors().iter().map(|tensor| tensor.name).collect();
    let others = vec![(names[0], Raw::floats(&[3, 2], &[1.0; 6])), (names[1], Raw::floats(&[3], &[1.0; 3]))];
    fs::write(&file, serialize(others, Some(entries)).unwrap()).unwrap();
    assert!(matches!(load(&file, &mut Params::zeros()), Err(Error::Altered { .. })));
}

#[test]
fn inputs_are_scaled() {
    let mut inputs = [1.0, 2.0, 3.0, 4.0];
    Normalization::default().apply(&mut inputs);
    assert_eq!(inputs, [1.0, 2.0, 3.0, 4.0]);
    Normalization::new(vec![1.0], vec![2.0]).apply(&mut inputs);
    assert_eq!(inputs, [0.0, 0.5, 1.0, 1.5]);
    let each = Normalization::new(vec![1.0, 0.0], vec![1.0, 0.5]);
    each.apply(&mut inputs);
    assert_eq!(inputs, [-1.0, 1.0, 0.0, 3.0]);
    assert!(each.fits(2) && !each.fits(4) && Normalization::default().fits(4));
}

#[test]
fn what_fits_is_transferred_and_the_rest_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.safetensors");
    let names: Vec<&str> = params().tensors().iter().map(|tensor| tensor.name).collect();
    // Two tensors of the network's, of which one has another shape, and one that it does not have.
    let stored = Renamed(names[0], vec![2.0; 6], names[1]);
    save(&file, &stored, &metadata()).unwrap();
    let mut into = Params::zeros();
    let transfer = transfer(&file, &mut into, &[], &[names[0]]).unwrap();
    assert_eq!((into.weight.clone(), into.bias.clone()), (vec![2.0; 6], vec![0.0; 3]));
    let told = transfer.to_string().replace(&format!("{}/", folder.path().display()), "");
    insta::assert_snapshot!(told);
    let error = super::transfer(&file, &mut into, &[], &[names[1]]).unwrap_err();
    insta::assert_snapshot!(message(&error, folder.path()));
    save(&file, &Other(vec![1.0; 8]), &metadata()).unwrap();
    let before = into.clone();
    assert!(matches!(super::transfer(&file, &mut into, &[], &[]), Err(Error::Misfit { .. })));
    assert_eq!(into, before);
}

/// A tensor of six numbers, and two others.
struct Renamed(&'static str, Vec<f32>, &'static str);

impl Parameters for Renamed {
    fn tensors(&self) -> Vec<TensorRef<'_>> {
        vec![
            TensorRef { name: self.0, shape: &[3, 2], data: &self.1 },
            TensorRef { name: self.2, shape: &[2], data: &self.1[..2] },
            TensorRef { name: "head.weight", shape: &[3, 1], data: &self.1[..3] },
        ]
    }
    fn tensors_mut(&mut self) -> Vec<TensorMut<'_>> {
        Vec::new()
    }
}
