//! Weights from elsewhere: networks of `pretrained/` whose parameters have the names and shapes of torchvision's state dicts
//! (`pretrained/*.txt`, made by `make_names.py`), by their labels or by the rules of `from`.

use netwright_compiler::{Model, parse_program};
use netwright_tests::sources::{self, Folder};
use std::collections::BTreeMap;
use std::fs;

/// The parameters of a network, and statistics of its batch norms: shapes by name.
type Shapes = BTreeMap<String, Vec<usize>>;

fn model(file: &str, network: &str) -> Model {
    let text = fs::read_to_string(sources::folder("pretrained").join(file)).expect("the text is there");
    let (program, diagnostics) = parse_program(file, &text, &Folder("pretrained"));
    assert!(diagnostics.iter().all(|diagnostic| !diagnostic.is_error()), "{diagnostics:?}");
    program.models.into_iter().find(|model| model.graph.name == network).expect("the network is there")
}

fn of_network(model: &Model) -> Shapes {
    model.graph.params.iter().map(|param| (param.name.clone(), param.shape.clone())).collect()
}

/// Reads a list of names and shapes; counters of batches have no shape.
fn of_torchvision(name: &str) -> Shapes {
    let file = sources::folder("pretrained").join(format!("{name}.txt"));
    let text = fs::read_to_string(file).expect("the list is there");
    let tensors = text.lines().filter_map(|line| line.split_once(' '));
    tensors
        .map(|(name, shape)| {
            let sizes = shape.split('x').map(|size| size.parse().expect("a size"));
            (name.to_string(), sizes.collect())
        })
        .collect()
}

#[test]
fn labels_give_parameters_the_names_of_torchvision() {
    for (file, network, list, tensors) in [
        ("resnet.net", "ResNet18", "resnet18", 102),
        ("resnet.net", "ResNet50", "resnet50", 267),
        ("densenet121.net", "DenseNet121", "densenet121", 606),
        ("mobilenet_v2.net", "MobileNetV2", "mobilenet_v2", 262),
    ] {
        let expected = of_torchvision(list);
        assert_eq!(expected.len(), tensors, "{list}");
        assert_eq!(of_network(&model(file, network)), expected, "{network}");
    }
}

#[test]
fn rules_give_tensors_the_names_of_parameters() {
    let model = model("renamed.net", "Lungs");
    let recipe = model.recipe.as_ref().expect("a recipe");
    let renames = &recipe.from.as_ref().expect("weights to start from").renames;
    let renamed: Shapes = of_torchvision("resnet18")
        .into_iter()
        .map(|(name, shape)| (renames.iter().find_map(|rename| rename.apply(&name)).unwrap_or(name), shape))
        .collect();
    let (mut own, mut theirs) = (of_network(&model), renamed);
    // The last layer is another one, and begins anew.
    for name in ["weight", "bias"] {
        assert!(own.remove(&format!("head.{name}")).is_some());
        assert!(theirs.remove(&format!("fc.{name}")).is_some());
    }
    assert_eq!(own, theirs);
}
