//! Identity of a training: its text, its seed and its data.

use netwright::checkpoint::{Error, version};
use netwright::state::Snapshot;
use netwright::train::Recipe;
use netwright::weights::{Fingerprint, Fingerprinted};
use netwright_model::Hash;
use std::path::Path;

/// The facts of a training that one which goes on with it must share.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    network: &'static str,
    /// The layers and the settings.
    spec: Vec<String>,
    seed: u64,
    epochs: usize,
    /// The samples to train with and those held out.
    samples: [Fingerprinted; 2],
    /// True if the rates depend on the number of epochs.
    is_of_a_length: bool,
    /// The numbers of epochs for which the training was begun, and had gone on, before this one.
    earlier: Vec<String>,
}

/// The keys of the samples, and their names for people.
const SAMPLES: [(&str, &str); 2] = [("training", "to train with"), ("held out", "held out")];

/// The key of the numbers of epochs that a training had before it went on for more.
const EARLIER: &str = "earlier epochs";

fn fingerprinted(samples: &[Fingerprint]) -> Fingerprinted {
    let mut hash = Hash::default();
    samples.iter().for_each(|Fingerprint(sample)| hash.wide(*sample));
    Fingerprinted { count: samples.len(), hash: hash.finish() }
}

fn text(Fingerprinted { count, hash }: Fingerprinted) -> String {
    format!("{count} {hash:016x}")
}

/// Describes the settings that change what a training computes and are not in the code of its step. The files of the samples are not
/// among them: the samples themselves are compared.
fn settings(recipe: &Recipe) -> [String; 8] {
    let Recipe {
        data: _,
        test: _,
        scaling,
        augment,
        held_out: _,
        epochs: _,
        batch,
        rate,
        schedule,
        stop,
        metrics: _,
        weights,
        seed: _,
        from: _,
        save: _,
        loss,
    } = recipe;
    [
        format!("scaling {scaling:?}"),
        format!("augment {augment:?}"),
        format!("batch {batch}"),
        format!("rate {rate}"),
        format!("schedule {schedule:?}"),
        format!("stop {stop:?}"),
        format!("weights {weights:?}"),
        format!("loss {loss:?}"),
    ]
}

impl Identity {
    pub(crate) fn new(
        network: &'static str,
        spec: &'static [&'static str],
        recipe: &Recipe,
        samples: [&[Fingerprint]; 2],
    ) -> Identity {
        let samples = samples.map(fingerprinted);
        let spec = spec.iter().map(ToString::to_string).chain(settings(recipe)).collect();
        let (seed, epochs) = (recipe.seed, recipe.epochs);
        let is_of_a_length = recipe.schedule.course.is_of_a_length();
        Identity { network, spec, seed, epochs, samples, is_of_a_length, earlier: vec![] }
    }

    /// Returns the samples to train with and those held out.
    pub(crate) fn samples(&self) -> [Fingerprinted; 2] {
        self.samples
    }

    /// Notes the numbers of epochs of the training that goes on, by the facts of its checkpoint.
    pub(super) fn follow(&mut self, found: &[(String, String)]) {
        let values = |wanted: &'static str| {
            found.iter().filter(move |(key, _)| key == wanted).map(|(_, value)| value.clone())
        };
        let last = values("epochs").filter(|epochs| *epochs != self.epochs.to_string());
        self.earlier = values(EARLIER).chain(last).collect();
    }

    /// Says why no training at once is this one, if it has gone on for more epochs at rates that depend on their number.
    pub(super) fn obstacle(&self) -> Option<String> {
        let earlier = self.earlier.join(", then ");
        (self.is_of_a_length && !earlier.is_empty())
            .then(|| format!("the training was begun for {earlier} epochs, and went on to {}", self.epochs))
    }

    /// Returns the lines of a checkpoint.
    pub(super) fn facts(&self, epoch: usize, step: u64) -> Vec<(&'static str, String)> {
        let mut facts = vec![
            version(),
            ("network", self.network.into()),
            ("seed", self.seed.to_string()),
            ("epochs", self.epochs.to_string()),
            ("epoch", epoch.to_string()),
            ("step", step.to_string()),
        ];
        facts.extend(SAMPLES.iter().zip(&self.samples).map(|((key, _), samples)| (*key, text(*samples))));
        facts.extend(self.earlier.iter().map(|epochs| (EARLIER, epochs.clone())));
        facts.extend(self.spec.iter().map(|line| ("spec", line.clone())));
        facts
    }

    /// Checks that a checkpoint's training is this one, though this one may have more epochs.
    pub(super) fn check(&self, file: &Path, found: &[(String, String)]) -> Result<(), Error> {
        let value = |key: &str| found.iter().find(|(k, _)| k == key).map_or("", |(_, value)| value);
        let (key, expected) = version();
        if value(key) != expected {
            return Err(Error::Version { file: file.into(), expected, found: value(key).into() });
        }
        let mut differences = vec![];
        if value("network") != self.network {
            differences.push(format!("the network was `{}`, and is `{}`", value("network"), self.network));
        }
        if value("seed") != self.seed.to_string() {
            differences.push(format!("the seed was {}, and is {}", value("seed"), self.seed));
        }
        // Another seed divides them in another way.
        let samples = SAMPLES.iter().zip(&self.samples).filter(|_| differences.is_empty());
        let samples = samples.collect::<Vec<_>>();
        for ((key, name), samples) in samples {
            let (count, hash) = value(key).split_once(' ').unwrap_or_default();
            if count != samples.count.to_string() {
                differences.push(format!("there were {count} samples {name}, and are {}", samples.count));
            } else if hash != format!("{:016x}", samples.hash) {
                differences.push(format!("the samples {name} are others, or in another order"));
            }
        }
        let spec: Vec<&str> =
            found.iter().filter(|(key, _)| key == "spec").map(|(_, line)| &**line).collect();
        if spec != self.spec {
            let before = differences.len();
            let gone = spec
                .iter()
                .filter(|line| !self.spec.iter().any(|own| own == *line))
                .map(|line| format!("then: {line}"));
            let new = self
                .spec
                .iter()
                .filter(|line| !spec.contains(&line.as_str()))
                .map(|line| format!("now: {line}"));
            differences.extend(gone.chain(new));
            if differences.len() == before {
                differences.push("the lines of the text stand in another order".into());
            }
        }
        if !differences.is_empty() {
            return Err(Error::Other { file: file.into(), differences });
        }
        match value("epochs").parse() {
            Ok(found) if found > self.epochs => {
                Err(Error::Fewer { file: file.into(), expected: self.epochs, found })
            }
            _ => Ok(()),
        }
    }

    /// Returns true if the training of a checkpoint has reached its end.
    pub(super) fn is_over(facts: &[(String, String)], snapshot: &Snapshot) -> bool {
        let number = |name: &str| snapshot.numbers.get(name).map(String::as_str).unwrap_or_default();
        let epochs = facts.iter().find(|(key, _)| key == "epochs").map_or("", |(_, value)| value);
        number("progress.stopped") == "true" || number("progress.epochs") == epochs
    }
}
