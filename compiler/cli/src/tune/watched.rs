//! The number by which a search compares candidates.

use crate::error::Error;
use netwright_compiler::recipe::Recipe;
use netwright_model::Watch;
use serde_json::Value;

/// A number of the training's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Watched {
    /// The key in the log: `val_loss`, `val_f1`.
    pub(crate) name: String,
    /// True if lower values are better.
    pub(crate) falls: bool,
}

/// The value after some epochs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Seen {
    /// The number, of which a lower one is better; `None` if the training has diverged, or the number is undefined.
    pub(crate) value: Option<f64>,
    /// The epochs that were trained.
    pub(crate) epochs: usize,
}

impl Watched {
    /// Finds the number that a command line names, or else the one that early stopping watches, or else the held-out loss.
    pub(crate) fn of(recipe: &Recipe, wanted: Option<&str>) -> Result<Watched, Error> {
        let metrics = recipe.metrics.iter().map(|metric| metric.measure).filter(|metric| metric.is_simple());
        let mut known = vec![
            Watched { name: Watch::ValLoss.name(), falls: true },
            Watched { name: Watch::ValAccuracy.name(), falls: false },
        ];
        let others = metrics.map(|metric| Watched { name: Watch::Val(metric).name(), falls: metric.falls() });
        known.extend(others.filter(|other| other.name != known[1].name).collect::<Vec<_>>());
        let usual = recipe.stop.map_or(Watch::ValLoss, |stop| stop.on).name();
        let wanted = wanted
            .map_or(usual, |name| if name.starts_with("val_") { name.into() } else { format!("val_{name}") });
        let names: Vec<String> = known.iter().map(|known| known.name.clone()).collect();
        known.into_iter().find(|known| known.name == wanted).ok_or_else(|| Error::Unfit {
            message: format!("the training has no number `{wanted}` to compare candidates by"),
            help: format!("name one of {}, or add one to `metrics`", names.join(", ")),
        })
    }

    /// Reads a log up to some epochs: the best epoch's number if the recipe keeps the best, or else the last one's. `None` if the log does not
    /// reach as far, or has no such number.
    pub(crate) fn read(&self, log: &str, until: usize) -> Option<Seen> {
        let lines: Vec<Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let of = |line: &Value, key: &str| line.get(key).and_then(Value::as_u64).map(|epoch| epoch as usize);
        let epochs: Vec<&Value> =
            lines.iter().filter(|line| of(line, "epoch").is_some_and(|epoch| epoch <= until)).collect();
        let diverged = lines.iter().any(|line| line.get("set").is_some_and(|set| set == "diverged"));
        let last = epochs.last().copied();
        if diverged && last.is_none_or(|last| of(last, "epoch") < Some(until)) {
            return Some(Seen { value: None, epochs: epochs.len() });
        }
        let last = last?;
        // It may have ended before.
        let is_over = lines.iter().any(|line| line.get("set").is_some());
        if epochs.len() < until && !is_over {
            return None;
        }
        let line = match of(last, "best") {
            Some(best) => epochs.iter().find(|line| of(line, "epoch") == Some(best))?,
            None => last,
        };
        let value = line.get(&self.name)?.as_f64();
        Some(Seen { value: value.map(|value| if self.falls { value } else { -value }), epochs: epochs.len() })
    }

    /// Returns a value as the log has it.
    pub(crate) fn shown(&self, value: f64) -> f64 {
        if self.falls { value } else { -value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = r#"{"epoch":1,"epochs":9,"loss":2.0,"val_loss":0.5,"val_accuracy":0.25}
{"epoch":2,"epochs":9,"loss":1.0,"val_loss":0.25,"val_accuracy":0.5}
{"epoch":3,"epochs":9,"loss":1.0,"val_loss":0.75,"val_accuracy":null}
"#;

    fn loss() -> Watched {
        Watched { name: "val_loss".into(), falls: true }
    }

    fn seen(value: f64, epochs: usize) -> Option<Seen> {
        Some(Seen { value: Some(value), epochs })
    }

    #[test]
    fn the_number_is_that_of_the_last_epoch_or_of_the_best() {
        let accuracy = Watched { name: "val_accuracy".into(), falls: false };
        assert_eq!(loss().read(LOG, 1), seen(0.5, 1));
        assert_eq!(loss().read(LOG, 3), seen(0.75, 3));
        assert_eq!((accuracy.read(LOG, 2), accuracy.shown(-0.5)), (seen(-0.5, 2), 0.5));
        assert_eq!(accuracy.read(LOG, 3), Some(Seen { value: None, epochs: 3 }));
        let best = LOG.replace("\"epoch\":3,", "\"epoch\":3,\"best\":2,");
        assert_eq!(loss().read(&best, 3), seen(0.25, 3));
    }

    #[test]
    fn a_training_that_ends_early_has_a_number_for_all_that_follow() {
        assert_eq!(loss().read(LOG, 4), None);
        let stopped = format!("{LOG}{{\"set\":\"held_out\",\"samples\":9,\"loss\":0.75}}\n");
        assert_eq!(loss().read(&stopped, 9), seen(0.75, 3));
        let diverged = format!("{LOG}{{\"set\":\"diverged\"}}\n");
        assert_eq!(loss().read(&diverged, 9), Some(Seen { value: None, epochs: 3 }));
        assert_eq!(loss().read(&diverged, 3), seen(0.75, 3));
        assert_eq!(loss().read("{\"set\":\"diverged\"}\n", 1), Some(Seen { value: None, epochs: 0 }));
    }

    #[test]
    fn logs_without_the_number_are_no_result() {
        assert_eq!(loss().read("", 1), None);
        assert_eq!(loss().read("{\"epoch\":1,\"loss\":2.0}\n", 1), None);
    }
}
