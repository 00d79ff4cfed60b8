//! One text makes the same module with and without the runtime's feature `train`, but for the loop on data.

use netwright_tests::project::Project;

const NETWORK: &str = r#"
netwright::network! {
    network Iris {
        input [4]
        frozen: dense(8) tanh
        dense(3) softmax
        loss cross_entropy
    }

    train Iris {
        data      csv("iris.csv", label=last)
        batch     4
        optimizer sgd(lr=0.1)
        freeze    frozen
    }
}

pub fn step() -> f32 {
    let mut trainer = iris::Trainer::new(iris::Params::init(iris::RECIPE.seed), 1);
    let mut features = [[0.0; iris::FEATURES]];
    trainer.features(&[[5.1, 3.5, 1.4, 0.2]], &mut features);
    trainer.step(&[[5.1, 3.5, 1.4, 0.2]], &[0], 0.1) + trainer.step_features(&features, &[0], 0.1)
}
"#;

const LOOP: &str = "
pub fn name() -> &'static str {
    let _ = iris::train;
    <iris::Program as netwright::app::App>::NAME
}
";

#[test]
fn a_feature_only_adds() {
    let tmp = env!("CARGO_TARGET_TMPDIR");
    let without = Project::new(tmp, "without_train", &["macros"]);
    without.write("src/lib.rs", NETWORK);
    without.check();
    let with = Project::new(tmp, "with_train", &["macros", "train"]);
    with.write("src/lib.rs", &format!("{NETWORK}{LOOP}"));
    with.check();
}
