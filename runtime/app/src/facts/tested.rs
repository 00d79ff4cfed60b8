//! Outputs for samples that a training did not learn from, as far as a report shows them.

mod masks;

use super::arrays::Arrays;
use super::pictures::{Pictures, Range, are_pictures};
use super::samples::{About, unscaled};
use masks::Masks;
use netwright::app::App;
use netwright::augment::Rows;
use netwright::metrics::{class_of, probabilities};
use netwright::train::TargetsRef;
use netwright::train::{Answers, Loss};
use netwright::train::{Piece, Predict};
use serde_json::{Map, Value, json};

/// Numbers of outputs that are kept; of more samples than have room, the first.
const MOST_NUMBERS: usize = 1 << 22;
/// Outputs of a sample that are kept; of larger ones there are errors only.
const MOST_OUTPUTS: usize = 64;
/// Mistakes of one kind.
const MISTAKES: usize = 12;
/// A class that does not count.
const IGNORED: i32 = -1;

/// Outputs with their targets.
#[derive(Debug)]
pub(crate) struct Tested {
    loss: Loss,
    outputs: Vec<f32>,
    of: Kind,
    samples: usize,
    kept: usize,
    /// Numbers of one output.
    len: usize,
    shape: &'static [usize],
    /// The numbers of other outputs that a sample has before this one.
    before: usize,
}

#[derive(Debug)]
enum Kind {
    Nothing,
    /// Shares of classes, and the class of each sample.
    Classes(Vec<i32>),
    /// Answers of yes and no, and what they should be.
    Labels(Vec<f32>),
    /// A class or a yes and no for each place.
    Masks(Masks),
    /// Numbers, and those that they should be.
    Numbers(Vec<f32>),
    /// The mean square error of each sample, of outputs that are too long to be kept.
    Errors(Vec<f32>),
}

impl Tested {
    /// Prepares for outputs of this shape, channels first, before which a sample has `before` numbers of other outputs.
    pub(crate) fn new(loss: Loss, shape: &'static [usize], before: usize) -> Tested {
        let len: usize = shape.iter().product();
        let places = shape.iter().skip(1).product::<usize>();
        let of = match loss.answers() {
            _ if len == 0 => Kind::Nothing,
            Answers::Classes { .. } | Answers::YesOrNo { .. } if places > 1 => {
                Kind::Masks(Masks::new(loss, shape, before))
            }
            Answers::Classes { .. } => Kind::Classes(vec![]),
            Answers::YesOrNo { .. } => Kind::Labels(vec![]),
            Answers::Numbers if len > MOST_OUTPUTS => Kind::Errors(vec![]),
            Answers::Numbers => Kind::Numbers(vec![]),
        };
        Tested { loss, outputs: vec![], of, samples: 0, kept: 0, len, shape, before }
    }

    /// Adds the outputs that the first loss compares.
    pub(crate) fn add(&mut self, piece: &Piece<'_>) {
        if piece.len != self.len {
            self.of = Kind::Nothing;
        }
        let count = piece.outputs.len() / self.len.max(1);
        self.samples += count;
        match &mut self.of {
            Kind::Nothing => return,
            Kind::Masks(masks) => return masks.add(piece),
            Kind::Errors(errors) => {
                if let TargetsRef::Values(targets) = piece.targets {
                    let rows = piece.outputs.chunks_exact(self.len).zip(targets.chunks_exact(self.len));
                    errors.extend(rows.map(|(row, wanted)| mean_square(row, wanted)));
                }
                return;
            }
            Kind::Classes(_) | Kind::Labels(_) | Kind::Numbers(_) => {}
        }
        let room = (MOST_NUMBERS / self.len).saturating_sub(self.kept).min(count);
        if room == 0 {
            return;
        }
        let outputs = &piece.outputs[..room * self.len];
        let targets = piece.targets.of_samples(0..room, count);
        let fits = match (&mut self.of, targets) {
            (Kind::Classes(known), TargetsRef::Classes(classes)) => {
                let class = |&class: &u32| if self.loss.ignores(class) { IGNORED } else { class as i32 };
                known.extend(classes.iter().map(class));
                classes.len() == room
            }
            // Shares of classes, of which the largest is meant.
            (Kind::Classes(known), TargetsRef::Values(shares)) => {
                let class = |row: &[f32]| class_of(row).map_or(IGNORED, |class| class as i32);
                known.extend(shares.chunks_exact(self.len).map(class));
                shares.len() == outputs.len()
            }
            (Kind::Labels(known) | Kind::Numbers(known), TargetsRef::Values(values)) => {
                known.extend(values);
                values.len() == outputs.len()
            }
            // A class as numbers: 1 for the sample's own.
            (Kind::Labels(known) | Kind::Numbers(known), TargetsRef::Classes(classes)) => {
                let len = self.len;
                let row = |&class: &u32| (0..len).map(move |at| f32::from(u8::from(at == class as usize)));
                known.extend(classes.iter().flat_map(row));
                classes.len() == room && len > 1
            }
            _ => false,
        };
        if !fits {
            self.of = Kind::Nothing;
            return;
        }
        self.kept += room;
        for row in outputs.chunks_exact(self.len) {
            self.outputs.extend(probabilities(self.loss, row).into_iter().map(|p| p as f32));
        }
    }

    /// Returns facts about the outputs; numbers and pictures become arrays.
    pub(super) fn facts<A: App>(self, about: &About<'_, A>, arrays: &mut Arrays) -> Map<String, Value> {
        let Tested { loss, outputs, of, samples, kept, len, shape, before } = self;
        let mut facts = Map::new();
        let mut tell = |key: &str, value: Value| drop(facts.insert(key.into(), value));
        tell("classes", json!(about.classes));
        tell("samples", samples.into());
        tell("kept", kept.into());
        tell("outputs", len.into());
        if let Answers::YesOrNo { border, logits } = loss.answers() {
            tell("border", f64::from(if logits { 0.5 } else { border }).into());
            tell("of_shares", loss.of_shares().into());
        }
        match of {
            Kind::Nothing => tell("kind", Value::Null),
            Kind::Classes(classes) => {
                tell("kind", "classes".into());
                let lists = of_classes(&outputs, &classes, len);
                tell("mistakes", shown(&lists, about, arrays));
                arrays.numbers("test.outputs", &[kept, len], &outputs);
                arrays.integers("test.targets", &[kept], &classes);
            }
            Kind::Labels(labels) => {
                tell("kind", "labels".into());
                if len == 1 {
                    // The two classes of a yes or no.
                    let both: Vec<f32> = outputs.iter().flat_map(|&yes| [1.0 - yes, yes]).collect();
                    let classes: Vec<i32> = labels.iter().map(|&label| i32::from(label > 0.5)).collect();
                    tell("mistakes", shown(&of_classes(&both, &classes, 2), about, arrays));
                }
                arrays.numbers("test.outputs", &[kept, len], &outputs);
                arrays.numbers("test.targets", &[kept, len], &labels);
            }
            Kind::Numbers(numbers) => {
                tell("kind", "numbers".into());
                let rows = outputs.chunks_exact(len).zip(numbers.chunks_exact(len));
                let errors: Vec<f32> = rows.map(|(row, wanted)| mean_square(row, wanted)).collect();
                tell("mistakes", shown(&[("largest", largest(&errors))], about, arrays));
                arrays.numbers("test.outputs", &[kept, len], &outputs);
                arrays.numbers("test.targets", &[kept, len], &numbers);
            }
            Kind::Errors(errors) => {
                tell("kind", "errors".into());
                tell("mistakes", shown(&[("largest", largest(&errors))], about, arrays));
                if are_pictures(shape) {
                    tell("examples", compared(shape, before, &errors, about, arrays));
                }
                arrays.numbers("test.errors", &[errors.len()], &errors);
            }
            Kind::Masks(masks) => {
                tell("kind", "masks".into());
                tell("channels", masks.channels().into());
                tell("examples", masks.examples(about, arrays));
                masks.keep(arrays);
            }
        }
        facts
    }
}

fn mean_square(row: &[f32], wanted: &[f32]) -> f32 {
    let squares = row.iter().zip(wanted).map(|(x, t)| (f64::from(*x) - f64::from(*t)).powi(2));
    (squares.sum::<f64>() / row.len() as f64) as f32
}

/// Returns the samples with the largest numbers.
fn largest(errors: &[f32]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..errors.len()).collect();
    order.sort_by(|&a, &b| errors[b].total_cmp(&errors[a]).then(a.cmp(&b)));
    order.truncate(MISTAKES);
    order
}

/// Returns the mistakes whose right answer seemed the least likely, and those that seemed the surest.
fn of_classes(outputs: &[f32], classes: &[i32], len: usize) -> [(&'static str, Vec<usize>); 2] {
    let wrong = outputs.chunks_exact(len).zip(classes).enumerate().filter_map(|(sample, (row, &class))| {
        let answer = class_of(row)?;
        let right = *row.get(usize::try_from(class).ok()?)?;
        (answer as i32 != class).then_some((sample, right, row[answer]))
    });
    let wrong: Vec<(usize, f32, f32)> = wrong.collect();
    let first = |key: fn(&(usize, f32, f32)) -> f32| {
        let mut order = wrong.clone();
        order.sort_by(|a, b| key(a).total_cmp(&key(b)).then(a.0.cmp(&b.0)));
        order.into_iter().take(MISTAKES).map(|(sample, ..)| sample).collect()
    };
    [("worst", first(|wrong| wrong.1)), ("surest", first(|wrong| -wrong.2))]
}

/// Names the samples of some lists, and keeps their pictures, each once.
fn shown<A: App>(lists: &[(&str, Vec<usize>)], about: &About<'_, A>, arrays: &mut Arrays) -> Value {
    let mut all: Vec<usize> = lists.iter().flat_map(|(_, samples)| samples.iter().copied()).collect();
    all.sort_unstable();
    all.dedup();
    let shape = about.data.pictures().shape();
    let mut pictures = Pictures::default();
    if are_pictures(shape) {
        for &sample in &all {
            let Ok(input) = unscaled(about.data, about.normalization, sample) else { return Value::Null };
            pictures.add(&input, shape, Range::of(&input));
        }
        pictures.keep("test.pictures", &[all.len()], arrays);
    }
    let names: Vec<String> = all.iter().map(|&sample| about.data.name(sample)).collect();
    let lists: Map<String, Value> =
        lists.iter().map(|(name, samples)| ((*name).to_string(), json!(samples))).collect();
    json!({"samples": all, "names": names, "lists": lists})
}

/// Examples of each kind: best, median, worst.
const EXAMPLES: usize = 3;

/// Returns the samples with the smallest, the middle and the largest errors, by the names of these.
fn ranked(errors: &[f32]) -> Vec<(&'static str, usize)> {
    let mut order: Vec<usize> = (0..errors.len()).filter(|&sample| !errors[sample].is_nan()).collect();
    order.sort_by(|&a, &b| errors[a].total_cmp(&errors[b]).then(a.cmp(&b)));
    let count = EXAMPLES.min(order.len().div_ceil(3));
    let middle = (order.len() / 2).saturating_sub(count / 2).min(order.len() - count);
    let parts = [("best", 0), ("median", middle), ("worst", order.len() - count)];
    let part = |(name, from): (&'static str, usize)| {
        order[from..from + count].iter().map(move |&sample| (name, sample)).collect::<Vec<_>>()
    };
    parts.into_iter().flat_map(part).collect()
}

/// Keeps pictures of samples, of outputs for them and of what these should be.
fn compared<A: App>(
    shape: &[usize],
    before: usize,
    errors: &[f32],
    about: &About<'_, A>,
    arrays: &mut Arrays,
) -> Value {
    let examples = ranked(errors);
    let [mut inputs, mut outputs, mut targets] = <[Pictures; 3]>::default();
    let seen = about.data.pictures().shape();
    for &(_, sample) in &examples {
        let Ok(input) = unscaled(about.data, about.normalization, sample) else { return Value::Null };
        let Some([output, wanted]) = predicted(about, before, shape.iter().product(), sample) else {
            return Value::Null;
        };
        let range = Range::of(&wanted);
        inputs.add(&input, seen, Range::of(&input));
        outputs.add(&output, shape, range);
        targets.add(&wanted, shape, range);
    }
    let axes = [examples.len()];
    inputs.keep("test.example.inputs", &axes, arrays);
    outputs.keep("test.example.outputs", &axes, arrays);
    targets.keep("test.example.targets", &axes, arrays);
    listed(&examples, errors, about)
}

/// Returns the output for a sample, and what it should be.
fn predicted<A: App>(
    about: &About<'_, A>,
    before: usize,
    len: usize,
    sample: usize,
) -> Option<[Vec<f32>; 2]> {
    let (mut inputs, mut room) = (vec![], Rows::default());
    about.data.read(sample..sample + 1, &mut inputs).ok()?;
    let mut outputs = vec![0.0; A::Model::OUTPUT];
    about.model.predict(&inputs, &mut outputs);
    let targets = about.data.targets_of(sample..sample + 1, &mut room).ok()?;
    let wanted = match targets {
        Some(TargetsRef::Values(values)) => values.to_vec(),
        None => inputs,
        Some(TargetsRef::Classes(_)) => return None,
    };
    let output = outputs.get(before..before + len)?.to_vec();
    (wanted.len() == len).then_some([output, wanted])
}

/// Describes examples.
fn listed<A: App>(examples: &[(&str, usize)], errors: &[f32], about: &About<'_, A>) -> Value {
    let example = |&(rank, sample): &(&str, usize)| json!({"rank": rank, "sample": sample, "name": about.data.name(sample), "error": errors[sample]});
    examples.iter().map(example).collect::<Vec<_>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_ranked_by_what_was_missed_and_by_what_was_said() {
        let outputs = [0.6, 0.3, 0.1, 0.2, 0.5, 0.3, 0.45, 0.15, 0.4, 0.9, 0.05, 0.05];
        let [(_, worst), (_, surest)] = of_classes(&outputs, &[2, 0, 1, 0], 3);
        assert_eq!((worst, surest), (vec![0, 2, 1], vec![0, 1, 2]));
        let [(_, worst), _] = of_classes(&[f32::NAN, 0.0, 0.0, 1.0], &[0, IGNORED], 2);
        assert!(worst.is_empty(), "neither NaN nor what is ignored is a mistake");
    }

    #[test]
    fn examples_are_the_best_the_middle_and_the_worst() {
        let errors: Vec<f32> = (0..20).map(|at| ((at * 7) % 20) as f32).collect();
        let ranked = ranked(&errors);
        let of = |rank: &str| -> Vec<f32> {
            let own = ranked.iter().filter(|(name, _)| *name == rank);
            own.map(|(_, sample)| errors[*sample]).collect()
        };
        assert_eq!(
            [of("best"), of("median"), of("worst")],
            [[0.0, 1.0, 2.0], [9.0, 10.0, 11.0], [17.0, 18.0, 19.0]]
        );
        assert_eq!(super::ranked(&[1.0]).len(), 3);
        assert!(super::ranked(&[]).is_empty());
    }

    #[test]
    fn outputs_are_kept_with_what_they_should_be() {
        let mut tested = Tested::new(Loss::CrossEntropy { logits: true }, &[2], 0);
        let classes = [1, 0];
        let (outputs, targets) = (&[0.0, 0.0, 9.0, 9.0], TargetsRef::Classes(&classes));
        tested.add(&Piece { outputs, logits: &[], targets, len: 2 });
        assert_eq!((tested.outputs, tested.samples, tested.kept), (vec![0.5; 4], 2, 2));
        assert!(matches!(tested.of, Kind::Classes(known) if known == [1, 0]));
        let mut tested = Tested::new(Loss::MSE, &[2], 0);
        tested.add(&Piece { outputs, logits: &[], targets, len: 2 });
        assert!(matches!(tested.of, Kind::Numbers(known) if known == [0.0, 1.0, 1.0, 0.0]));
    }
}
