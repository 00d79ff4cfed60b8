//! Model cards of trained weights.

mod common;

use common::{XOR, XOR_TABLE, folder, run};
use safetensors::tensor::{Dtype, TensorView};
use std::fs;

#[test]
fn a_card_is_written_and_never_over_what_a_person_has_added() {
    let folder = folder(&[("xor.net", XOR), ("xor.csv", XOR_TABLE)]);
    let trained = run(&folder, "train xor.net --quiet");
    assert!(trained.contains("report: Xor.report/index.html"), "{trained}");
    let shown = run(&folder, "card Xor.safetensors");
    let open = shown.matches("- **To fill in:** ").count();
    assert!(
        shown.contains("# Model card: Xor\n") && shown.contains("- Date: ") && shown.contains(" GMT.\n"),
        "{shown}"
    );
    assert!(shown.contains(&format!("{open} places are marked")), "{shown}");
    let card = folder.path().join("card.md");
    let wrote = format!("card: card.md, with {open} places to fill in\n");
    for _ in 0..2 {
        assert_eq!(run(&folder, "card Xor.safetensors -o card.md").split_once('\n').unwrap().1, wrote);
    }
    let written = fs::read_to_string(&card).unwrap();
    let told = shown.split_once('\n').unwrap().1;
    assert!(written.starts_with(told.trim_end()), "{written}");
    let filled = written.replacen("**To fill in:** the licence", "Licence: MIT", 1);
    fs::write(&card, &filled).unwrap();
    let refused = run(&folder, "card Xor.safetensors -o card.md");
    assert!(
        refused.contains("card.md is not a model card as Netwright has written it, so it is not overwritten"),
        "{refused}"
    );
    assert_eq!(fs::read_to_string(&card).unwrap(), filled);
    // The weights alone say less.
    fs::remove_dir_all(folder.path().join("Xor.report")).unwrap();
    let less = run(&folder, "card Xor.safetensors");
    assert!(less.matches("**To fill in:** ").count() > open && less.contains("there is no report"), "{less}");
}

#[test]
fn weights_that_tell_nothing_have_no_card() {
    let folder = folder(&[("table.csv", XOR_TABLE)]);
    let tensor = TensorView::new(Dtype::F32, vec![1], &[0; 4]).unwrap();
    let bytes = safetensors::serialize([("dense1.weight", tensor)], None).unwrap();
    fs::write(folder.path().join("other.safetensors"), bytes).unwrap();
    let told =
        ["card other.safetensors", "card none.safetensors", "card table.csv"].map(|args| run(&folder, args));
    insta::assert_snapshot!(told.join("\n"));
}
