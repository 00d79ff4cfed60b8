use super::*;
use crate::storage::TensorMut;
use crate::train::testing::Params;

fn params() -> Params {
    Params { weight: vec![1.0, -2.5, f32::MIN_POSITIVE, 0.1, 3e38, 0.0], bias: vec![0.5, -0.0, 7.0] }
}

fn metadata() -> Metadata {
    Metadata {
        network: "Clouds".into(),
        spec: "nets/clouds.net".into(),
        seed: Some(7),
        normalization: Normalization { mean: vec![0.1307, -1e-9], std: vec![1.0 / 3.0, 12_345.678] },
        classes: vec!["malignant".into(), "not so".into()],
    }
}

/// The error as people see it, without the folder.
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

#[test]
fn other_types_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("half.safetensors");
    struct Half(&'static [usize]);
    impl View for Half {
        fn dtype(&self) -> Dtype {
            Dtype::F16
        }
        fn shape(&self) -> &[usize] {
            self.0
        }
        fn data(&self) -> Cow<'_, [u8]> {
            vec![0; self.data_len()].into()
        }
        fn data_len(&self) -> usize {
            2 * self.0.iter().product::<usize>()
        }
    }
    let tensors = [("dense1.weight", Half(&[3, 2])), ("dense1.bias", Half(&[3]))];
    fs::write(&file, serialize(tensors, None).unwrap()).unwrap();
    insta::assert_snapshot!(message(&load(&file, &mut Params::zeros()).unwrap_err(), folder.path()));
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
fn no_damage_makes_it_panic() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.safetensors");
    save(&file, &params(), &metadata()).unwrap();
    let whole = fs::read(&file).unwrap();
    for at in 0..whole.len() {
        for bit in [0x01, 0x20, 0x80] {
            let mut bytes = whole.clone();
            bytes[at] ^= bit;
            fs::write(&file, &bytes).unwrap();
            // Numbers may change unseen; nothing else may be taken for the network's weights.
            let _ = load(&file, &mut Params::zeros());
        }
    }
}

#[test]
fn inputs_are_scaled() {
    let mut inputs = [1.0, 2.0, 3.0, 4.0];
    Normalization::default().apply(&mut inputs);
    assert_eq!(inputs, [1.0, 2.0, 3.0, 4.0]);
    Normalization { mean: vec![1.0], std: vec![2.0] }.apply(&mut inputs);
    assert_eq!(inputs, [0.0, 0.5, 1.0, 1.5]);
    let each = Normalization { mean: vec![1.0, 0.0], std: vec![1.0, 0.5] };
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
    let transfer = transfer(&file, &mut into, &[names[0]]).unwrap();
    assert_eq!((into.weight.clone(), into.bias.clone()), (vec![2.0; 6], vec![0.0; 3]));
    let told = transfer.to_string().replace(&format!("{}/", folder.path().display()), "");
    insta::assert_snapshot!(told);
    let error = super::transfer(&file, &mut into, &[names[1]]).unwrap_err();
    insta::assert_snapshot!(message(&error, folder.path()));
    save(&file, &Other(vec![1.0; 8]), &metadata()).unwrap();
    let before = into.clone();
    assert!(matches!(super::transfer(&file, &mut into, &[]), Err(Error::Misfit { .. })));
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
