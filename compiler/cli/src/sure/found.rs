//! The numbers that a program has found.

use crate::error::Error;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Answers to some samples.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    pub(crate) network: String,
    pub(crate) kind: Kind,
    /// The names of classes or outputs, one for each number of an answer.
    pub(crate) names: Vec<String>,
    /// True if each answer is the mean of several.
    pub(crate) has_spread: bool,
    pub(super) calibration: Vec<Calibration>,
    pub(crate) copies: Option<Copies>,
    pub(crate) samples: Vec<Sample>,
}

/// The kind of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One of several classes.
    Classes,
    /// A yes or no each.
    Labels,
    Numbers,
    /// Probabilities for each place, which are no more than summed up.
    Masks,
    /// A copy of the sample.
    Copies,
}

/// The temperature of a network.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Calibration {
    pub(super) weights: String,
    pub(super) temperature: f64,
    pub(super) fitted: Option<Fitted>,
}

/// The fit of a temperature to held-out samples.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fitted {
    pub(super) outcome: String,
    pub(super) samples: u64,
    /// The negative log-likelihood and the expected calibration error, each before and after.
    pub(super) nll: [f64; 2],
    pub(super) ece: [f64; 2],
}

/// The held-out samples of an autoencoder.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Copies {
    pub(super) held_out: u64,
    pub(super) quantile: f64,
    pub(super) threshold: Option<f64>,
}

/// An answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sample {
    pub(crate) file: String,
    /// The word for samples of the file and the sample's number, if it has several.
    pub(crate) place: Option<(String, u64)>,
    pub(crate) mean: Vec<f64>,
    pub(crate) spread: Vec<f64>,
    pub(crate) doubt: Option<Doubt>,
    pub(crate) copy: Option<Copy>,
}

/// Measures of doubt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Doubt {
    pub(crate) entropy: f64,
    pub(crate) margin: f64,
    pub(crate) information: f64,
}

/// The error of a copy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Copy {
    pub(crate) error: f64,
    /// The share of held-out samples whose error is smaller.
    pub(crate) rank: Option<f64>,
    /// True if it is above the threshold.
    pub(crate) unlike: Option<bool>,
}

impl Found {
    /// Reads what a program has written.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(crate) fn read(file: &Path) -> Result<Found, Error> {
        let text = fs::read_to_string(file).map_err(|cause| Error::Read { path: file.into(), cause })?;
        let facts = serde_json::from_str(&text).ok();
        facts.as_ref().and_then(Found::of).ok_or_else(|| Error::Unfit {
            message: format!("{}: is not what a program of this version writes", file.display()),
            help: "this is a mistake in Netwright: please report it with the file".into(),
        })
    }

    fn of(facts: &Value) -> Option<Found> {
        let texts = facts["classes"].as_array()?.iter().filter_map(Value::as_str);
        let classes: Vec<String> = texts.map(String::from).collect();
        let outputs = usize::try_from(facts["outputs"].as_u64()?).ok()?;
        let samples = facts["samples"].as_array()?.iter().map(Sample::of).collect::<Option<Vec<_>>>()?;
        let (kind, names, samples) = match (facts["kind"].as_str()?, outputs) {
            ("labels", 1) => {
                let both = samples.into_iter().map(Sample::of_both).collect();
                (Kind::Classes, named(&classes, 2, ""), both)
            }
            ("classes", count) => (Kind::Classes, named(&classes, count, ""), samples),
            ("labels", count) => (Kind::Labels, named(&classes, count, "output "), samples),
            ("numbers", count) => (Kind::Numbers, named(&classes, count, "output "), samples),
            ("masks", _) => (Kind::Masks, vec![], samples),
            ("copies", _) => (Kind::Copies, vec![], samples),
            _ => return None,
        };
        let all = facts["calibration"].as_array()?.iter();
        Some(Found {
            network: facts["network"].as_str()?.into(),
            kind,
            names,
            has_spread: facts["of"].as_u64()? > 1 || facts["passes"].as_u64().is_some(),
            calibration: all.map(Calibration::of).collect::<Option<_>>()?,
            copies: Copies::of(&facts["copies"]),
            samples,
        })
    }
}

/// Returns the names of classes or outputs, or else their numbers after `prefix`.
fn named(classes: &[String], count: usize, prefix: &str) -> Vec<String> {
    match classes.len() == count {
        true => classes.to_vec(),
        false => {
            (0..count).map(|at| classes.get(at).cloned().unwrap_or_else(|| format!("{prefix}{at}"))).collect()
        }
    }
}

impl Calibration {
    fn of(facts: &Value) -> Option<Calibration> {
        Some(Calibration {
            weights: facts["weights"].as_str()?.into(),
            temperature: facts["temperature"].as_f64()?,
            fitted: Fitted::of(&facts["fitted"]),
        })
    }
}

impl Fitted {
    fn of(facts: &Value) -> Option<Fitted> {
        let both = |name: &str| Some([facts[name][0].as_f64()?, facts[name][1].as_f64()?]);
        Some(Fitted {
            outcome: facts["outcome"].as_str()?.into(),
            samples: facts["samples"].as_u64()?,
            nll: both("nll")?,
            ece: both("ece")?,
        })
    }
}

impl Copies {
    fn of(facts: &Value) -> Option<Copies> {
        Some(Copies {
            held_out: facts["held_out"].as_u64()?,
            quantile: facts["quantile"].as_f64()?,
            threshold: facts["threshold"].as_f64(),
        })
    }
}

impl Sample {
    fn of(facts: &Value) -> Option<Sample> {
        let numbers = |name: &str| facts[name].as_array().map_or(vec![], |all| floats(all));
        let place = &facts["place"];
        Some(Sample {
            file: facts["file"].as_str()?.into(),
            place: place[0].as_str().map(String::from).zip(place[1].as_u64()),
            mean: numbers("mean"),
            spread: numbers("spread"),
            doubt: Doubt::of(facts),
            copy: Copy::of(facts),
        })
    }

    /// Says the probability of a no beside that of a yes.
    fn of_both(self) -> Sample {
        let yes = self.mean.first().copied().unwrap_or(f64::NAN);
        let spread = self.spread.first().copied().unwrap_or(f64::NAN);
        Sample { mean: vec![1.0 - yes, yes], spread: vec![spread; 2], ..self }
    }

    /// Returns the number of the likeliest class, the first of several.
    pub(crate) fn answer(&self) -> usize {
        let likelier = |best: usize, at: usize| if self.mean[at] > self.mean[best] { at } else { best };
        (1..self.mean.len()).fold(0, likelier)
    }
}

impl Doubt {
    fn of(facts: &Value) -> Option<Doubt> {
        let [entropy, margin, information] =
            ["entropy", "margin", "information"].map(|name| facts[name].as_f64());
        Some(Doubt { entropy: entropy?, margin: margin?, information: information? })
    }
}

impl Copy {
    fn of(facts: &Value) -> Option<Copy> {
        Some(Copy {
            error: facts["error"].as_f64()?,
            rank: facts["rank"].as_f64(),
            unlike: facts["unlike"].as_bool(),
        })
    }
}

fn floats(all: &[Value]) -> Vec<f64> {
    all.iter().map(|number| number.as_f64().unwrap_or(f64::NAN)).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use serde_json::json;

    /// Answers of two networks to three pictures.
    pub(in crate::sure) fn found() -> Found {
        let sample = |file: &str, mean: [f64; 2], margin: f64| {
            json!({
                "file": file, "place": null, "mean": mean, "spread": [0.1, 0.1],
                "entropy": 1.0 - margin, "margin": margin, "information": margin / 2.0,
            })
        };
        let fitted = json!({ "outcome": "fitted", "samples": 60, "nll": [0.5, 0.4], "ece": [0.1, 0.02] });
        let facts = json!({
            "network": "Scans", "kind": "classes", "classes": ["benign", "malignant"], "outputs": 2, "of": 2,
            "passes": null,
            "calibration": [{ "weights": "a.safetensors", "temperature": 1.5, "fitted": fitted }],
            "copies": null,
            "samples": [
                sample("a.png", [0.96875, 0.03125], 0.9375),
                sample("b, c.png", [0.375, 0.625], 0.25),
                sample("d.png", [0.0, 1.0], 1.0),
            ],
        });
        Found::of(&facts).unwrap()
    }

    #[test]
    fn one_output_of_a_yes_says_both() {
        let sample = json!({ "file": "t.csv", "place": ["line", 7], "mean": [0.25], "spread": [0.5] });
        let facts = json!({
            "network": "N", "kind": "labels", "classes": ["well", "ill"], "outputs": 1, "of": 1, "passes": 4,
            "calibration": [], "copies": null, "samples": [sample],
        });
        let found = Found::of(&facts).unwrap();
        assert_eq!((found.kind, &found.names[..]), (Kind::Classes, &["well".to_string(), "ill".into()][..]));
        assert_eq!(
            (&found.samples[0].mean[..], &found.samples[0].spread[..]),
            (&[0.75, 0.25][..], &[0.5, 0.5][..])
        );
        assert_eq!(found.samples[0].place, Some(("line".into(), 7)));
        assert!(found.has_spread);
    }
}
