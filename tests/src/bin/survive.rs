//! Kills trainings at random moments and resumes them: `cargo run --release -p netwright-tests --bin survive -- 100`.
//!
//! The number is that of the kills, which several recipes share. Each training must end with the bytes of the unbroken one.

use netwright_tests::survival::{Outcome, RECIPE, RECIPES, Trial};
use std::process::ExitCode;

netwright::network! {
    // Momentum, dropout, a rate that falls, early stopping and a penalty.
    network Dropped { input [4] dense(16) tanh dropout(0.3) dense(3) softmax loss cross_entropy }
    train Dropped {
        data       csv("points.csv") standardize
        validate   20%
        epochs     60
        batch      8
        optimizer  momentum(lr=0.02)
        regularize l2(1e-4)
        schedule   on_plateau(factor=0.7, patience=1)
        stop       early(patience=50)
        save       every(minutes=0.0005)
        seed       3
    }

    // Images that move, gradients of several batches and an average of the parameters.
    network Moved {
        input [1, 8, 8]
        conv(6, 3x3, pad=1, bias=false) batch_norm relu max_pool(2x2) flatten dropout(0.2) dense(4) softmax
        loss cross_entropy
    }
    train Moved {
        data       idx("digits")
        validate   20%
        augment    rotate(10deg) shift(1px) erase(p=0.3)
        epochs     12
        batch      10
        optimizer  adamw(lr=1e-3)
        accumulate 3
        ema        0.9
        schedule   cosine(warmup=1)
        save       every(minutes=0.0005)
        seed       4
    }

    // A front that is frozen at first, whose features are kept.
    network Phased {
        input [4]
        stem: { dense(16, bias=false) batch_norm relu }
        dropout(10%)
        dense(3) softmax
        loss cross_entropy
    }
    train Phased {
        data      csv("points.csv") standardize
        validate  20%
        epochs    60
        batch     8
        optimizer adam(lr=1e-3)
        ema       0.9
        save      every(minutes=0.0005)
        seed      5
        freeze    stem
        unfreeze  stem after(25)
    }

    // Three trainings in a row.
    network Folded { input [4] dense(8) relu dropout(0.2) dense(3) softmax loss cross_entropy }
    train Folded {
        data      csv("points.csv") standardize
        folds     3
        epochs    20
        batch     8
        optimizer rmsprop(lr=1e-3, momentum=0.5)
        save      every(minutes=0.0005)
        seed      6
    }
}

fn main() -> ExitCode {
    if let Ok(recipe) = std::env::var(RECIPE) {
        return match recipe.as_str() {
            "dropped" => netwright_app::main::<dropped::Program>(),
            "moved" => netwright_app::main::<moved::Program>(),
            "phased" => netwright_app::main::<phased::Program>(),
            "folded" => netwright_app::main::<folded::Program>(),
            other => panic!("there is no recipe `{other}`"),
        };
    }
    let kills = std::env::args().nth(1).and_then(|kills| kills.parse().ok()).unwrap_or(100);
    let program = std::env::current_exe().expect("a path");
    let folder = tempfile::tempdir().expect("a folder");
    let mut failed = false;
    for (place, recipe) in RECIPES.into_iter().enumerate() {
        let own = kills / RECIPES.len() + usize::from(place < kills % RECIPES.len());
        let trial = Trial::new(&program, recipe, &folder.path().join(recipe));
        let Outcome { killed, resumed, is_same } = trial.survive(own, place as u64 + 1);
        let verdict = if is_same { "the bytes of the unbroken training" } else { "OTHER BYTES" };
        println!("{recipe:>8}: killed {killed} times, resumed {resumed} times: {verdict}");
        failed |= !is_same;
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
