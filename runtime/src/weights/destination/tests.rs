use super::super::{load, save};
use super::*;
use crate::app::testing::Params;
use std::fs;

fn params(bias: f32) -> Params {
    Params { bias: vec![bias; 3], ..Params::zeros() }
}

fn of(network: &str, spec: &str) -> Metadata {
    Metadata { network: network.into(), spec: spec.into(), ..Metadata::default() }
}

fn bias(file: &Path) -> f32 {
    let mut params = Params::zeros();
    load(file, &mut params).unwrap();
    params.bias[0]
}

/// Parameters of a network with another number of outputs.
struct Larger(Vec<f32>);

impl Parameters for Larger {
    fn tensors(&self) -> Vec<crate::storage::TensorRef<'_>> {
        let mut tensors = vec![];
        for (name, shape) in [("dense1.weight", &[4, 2][..]), ("dense1.bias", &[4])] {
            let data = &self.0[..shape.iter().product()];
            tensors.push(crate::storage::TensorRef { name, shape, data });
        }
        tensors
    }
    fn tensors_mut(&mut self) -> Vec<crate::storage::TensorMut<'_>> {
        vec![]
    }
}

#[test]
fn only_weights_of_the_same_network_are_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.safetensors");
    let message = |metadata: &Metadata| {
        let error = check_replaceable(&file, &params(0.0), metadata, Others::Kept).unwrap_err();
        let help = error.help().unwrap_or_default();
        format!("{error}\nhelp: {help}").replace(&format!("{}/", folder.path().display()), "")
    };
    let replaceable =
        |metadata: &Metadata, others| check_replaceable(&file, &params(0.0), metadata, others).is_ok();
    let mine = of("LeNet", "nets/a.net");
    assert!(replaceable(&mine, Others::Kept), "nothing is there");
    save(&file, &params(1.0), &mine).unwrap();
    assert!(replaceable(&mine, Others::Kept), "the same once more");
    let mut messages = vec![message(&of("LeNet", "nets/b.net")), message(&of("ResNet", "nets/a.net"))];
    assert!(replaceable(&of("ResNet", "nets/b.net"), Others::Replaced));
    // Neither is said where it is not known.
    assert!(replaceable(&of("LeNet", ""), Others::Kept));
    save(&file, &params(1.0), &of("LeNet", "")).unwrap();
    assert!(replaceable(&mine, Others::Kept));
    save(&file, &params(1.0), &Metadata::default()).unwrap();
    messages.push(message(&mine));
    save(&file, &Larger(vec![0.0; 8]), &mine).unwrap();
    messages.push(message(&mine));
    assert!(replaceable(&mine, Others::Replaced));
    // A file that holds no weights is never replaced.
    fs::write(&file, "my diary").unwrap();
    messages.push(message(&mine));
    assert!(!replaceable(&mine, Others::Replaced) && check_writable(&file).is_err());
    insta::assert_snapshot!(messages.join("\n\n"));
}

#[test]
fn what_has_appeared_meanwhile_is_not_lost() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.safetensors");
    let (a, b) = (of("LeNet", "a.net"), of("LeNet", "b.net"));
    let save_anew = |bias, metadata| super::save_anew(&file, &params(bias), metadata, Others::Kept).unwrap();
    assert_eq!(save_anew(1.0, &a).0, file);
    let (saved, cause) = save_anew(2.0, &b);
    assert_eq!(saved, folder.path().join("a-2.safetensors"));
    assert!(matches!(cause, Some(Error::Others { .. })));
    assert_eq!(save_anew(3.0, &a).0, file);
    assert_eq!(save_anew(4.0, &b).0, saved, "its own, of the time before");
    assert_eq!((bias(&file), bias(&saved)), (3.0, 4.0));
    // Whatever it is.
    fs::write(&file, "my diary").unwrap();
    assert_eq!(save_anew(5.0, &of("LeNet", "c.net")).0, folder.path().join("a-3.safetensors"));
    assert_eq!(fs::read_to_string(&file).unwrap(), "my diary");
    super::save_anew(&saved, &params(6.0), &a, Others::Replaced).unwrap();
    assert_eq!(bias(&saved), 6.0);
}

#[cfg(unix)]
#[test]
fn links_and_devices_stay() {
    let folder = tempfile::tempdir().unwrap();
    let [link, target] = ["link.safetensors", "target.safetensors"].map(|name| folder.path().join(name));
    std::os::unix::fs::symlink("target.safetensors", &link).unwrap();
    let metadata = of("LeNet", "");
    for number in [1.0, 2.0] {
        save(&link, &params(number), &metadata).unwrap();
        assert!(link.is_symlink() && !target.is_symlink());
        assert_eq!(bias(&target), number);
    }
    let null = Path::new("/dev/null");
    for refused in [save(null, &params(1.0), &metadata), check_writable(null)] {
        assert!(matches!(refused, Err(Error::Kept { kept: Kept::CharacterDevice, .. })));
    }
    assert!(matches!(check_writable(folder.path()), Err(Error::Kept { kept: Kept::Directory, .. })));
}

#[test]
fn numbers_stand_before_the_extension() {
    for (file, second) in [("w.safetensors", "w-2.safetensors"), ("a/w", "a/w-2"), ("v1.2.st", "v1.2-2.st")] {
        assert_eq!(numbered(Path::new(file), 2), Path::new(second));
        assert_eq!(numbered(Path::new(file), 1), Path::new(file));
    }
}
