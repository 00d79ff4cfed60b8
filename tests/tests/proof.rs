//! Generated code against PyTorch's numbers: the state after the steps of every training of `golden`, and enough of the other cases
//! to use each layer and each loss once. `cargo run --release -p netwright-tests --bin prove` takes all cases; `src/prove.rs` says what is compared.

use netwright_tests::project::Project;
use netwright_tests::{golden, prove};

#[test]
fn generated_code_agrees_with_pytorch() {
    let trials = prove::some(golden::cases());
    let trainings = trials.iter().filter(|trial| trial.case.name.starts_with("train_")).count();
    assert!(trainings >= 60 && trials.len() >= trainings + 40, "only {} cases", trials.len());
    let project = Project::new(env!("CARGO_TARGET_TMPDIR"), "proof", &[]);
    let prove::Proof { findings, unequal } = prove::prove(&project, &trials, 2);
    let failures = prove::failures(&findings);
    assert!(failures.is_empty(), "{}\n{}", prove::table(&trials, &findings), failures.join("\n"));
    assert!(unequal.is_empty(), "{}", unequal.join("\n"));
}
