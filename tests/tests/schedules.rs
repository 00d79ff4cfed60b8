//! Schedules as the language reads them against PyTorch's schedulers; `golden/schedules.py` says what the file holds.

use netwright::schedule::{Course, Plateau, Schedule, Watch};
use netwright_compiler::recipe;
use netwright_tests::programs::model;
use serde_json::Value;

/// The file has twelve digits; a plateau's factor has 32 bits.
const TOLERANCE: f64 = 1e-7;

fn schedule(text: &str, epochs: u64) -> recipe::Schedule {
    let text = format!(
        "network Net {{ input [4] dense(3) softmax loss cross_entropy }}
        train Net {{ data csv(\"data.csv\") validate 10% epochs {epochs} schedule {text} }}"
    );
    model(&text).recipe.expect("a recipe").schedule
}

/// Returns the schedule that the generated constant would hold.
fn running(schedule: recipe::Schedule) -> Schedule {
    use recipe::Course as From;
    let course = match schedule.course {
        From::Constant => Course::Constant,
        From::Step { every, factor } => Course::Step { every, factor },
        From::MultiStep { after, factor } => Course::MultiStep { after: after.leak(), factor },
        From::Exponential { factor } => Course::Exponential { factor },
        From::Polynomial { power, last } => Course::Polynomial { power, last },
        From::InverseSqrt => Course::InverseSqrt,
        From::Cosine { last } => Course::Cosine { last },
        From::CosineRestarts { period, growth, last } => Course::CosineRestarts { period, growth, last },
        From::OneCycle { rise, first, last } => Course::OneCycle { rise, first, last },
        From::Cyclic { low, rise, fall } => Course::Cyclic { low, rise, fall },
        From::Geometric { last, steps } => Course::Geometric { last, steps },
        From::OnPlateau { factor, patience, threshold, cooldown, last, on } => {
            Course::OnPlateau { factor, patience, threshold, cooldown, last, on }
        }
    };
    Schedule { warmup: schedule.warmup, course }
}

fn numbers(list: &Value) -> Vec<f64> {
    list.as_array().expect("a list").iter().map(|number| number.as_f64().expect("a number")).collect()
}

#[test]
fn factors_are_those_of_pytorch() {
    let cases: Vec<Value> =
        serde_json::from_str(include_str!("../golden/schedules/pytorch.json")).expect("JSON");
    assert!(cases.len() >= 25, "only {} cases", cases.len());
    for case in &cases {
        let whole = |key: &str| case[key].as_u64().expect("a whole number");
        let (epochs, steps) = (whole("epochs"), whole("steps"));
        let text = case["schedule"].as_str().expect("a text");
        let schedule = running(schedule(text, epochs));
        let mut plateau = Plateau::new(&schedule);
        let wanted = numbers(&case["factors"]);
        assert_eq!(wanted.len() as u64, epochs * steps, "{text}");
        for (step, want) in wanted.into_iter().enumerate() {
            if let (Course::OnPlateau { on, .. }, true) =
                (schedule.course, step > 0 && (step as u64).is_multiple_of(steps))
            {
                let seen = numbers(&case["watched"])[step / steps as usize - 1];
                plateau.note(if on == Watch::ValAccuracy { -seen } else { seen });
            }
            let found =
                schedule.factor(step as u64, steps as usize, epochs as usize) * f64::from(plateau.factor());
            assert!((found - want).abs() < TOLERANCE, "{text}: step {step} has {found}, PyTorch says {want}");
        }
    }
}
