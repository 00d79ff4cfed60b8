//! Measures of a recipe's metrics on a network's outputs.

use super::classification::{Counts, Labels, PerClass, TopK, answered};
use super::ranking::{Ranking, Rankings};
use super::segmentation::Places;
use super::{ClassCounts, Confusion, Metric, Metrics, Regression, Scores, Value, class_of, probabilities};
use crate::recipe::{Answers, Loss};
use crate::samples::TargetsRef;

/// Accumulator of a recipe's metrics over outputs with their targets, batch after batch.
#[derive(Clone, Debug)]
pub struct Measure {
    metrics: Metrics,
    loss: Loss,
    /// True if a metric needs counts of right and wrong answers.
    counted: bool,
    counts: Option<Tally>,
    /// The confusion matrix, only if a metric needs it: it takes memory for every pair of classes.
    confusion: Option<Confusion>,
    top: Vec<(usize, TopK)>,
    rankings: Option<Rankings>,
    errors: Option<Regression>,
    /// A row of outputs in 64 bits, as the measures need it.
    numbers: Vec<f64>,
}

/// Right and wrong answers.
#[derive(Clone, Debug)]
enum Tally {
    /// Samples of one of several classes.
    Classes(ClassCounts),
    /// Samples with a yes or no.
    YesOrNo(ClassCounts),
    /// Samples with several yeses or noes.
    Labels(Labels),
}

/// The target of a sample or of a place of it.
enum Truth<'a> {
    Class(usize),
    Labels(&'a [f32]),
    Numbers(&'a [f32]),
}

impl Measure {
    /// Creates a measure of outputs that this loss compares, without samples yet.
    pub fn new(metrics: Metrics, loss: Loss) -> Measure {
        let asks = |of: fn(Metric) -> bool| metrics.of.iter().any(|&metric| of(metric));
        let top = metrics.of.iter().filter_map(|metric| match metric {
            Metric::TopK(k) => Some((*k, TopK::new(*k))),
            _ => None,
        });
        Measure {
            metrics,
            loss,
            counted: asks(|metric| !metric.is_error() && !metric.is_ranking()),
            counts: None,
            confusion: None,
            top: top.collect(),
            rankings: asks(Metric::is_ranking).then(|| Rankings::new(metrics.channels)),
            errors: asks(Metric::is_error).then(|| Regression::new(metrics.channels)),
            numbers: Vec::new(),
        }
    }

    /// Adds outputs, sample after sample and each with its channels first; classes may be those of pixels.
    ///
    /// # Panics
    /// If there are not as many outputs as targets ask for.
    pub fn add(&mut self, outputs: &[f32], targets: TargetsRef<'_>) {
        if self.metrics.of.is_empty() {
            return;
        }
        let channels = self.metrics.channels;
        let (mut row, mut target) = (self.places(), self.places());
        match targets {
            TargetsRef::Classes(classes) => {
                assert_eq!(outputs.len(), channels * classes.len(), "{channels} outputs for each class");
                for (at, &class) in classes.iter().enumerate() {
                    if !self.loss.ignores(class) {
                        self.place(row.at(outputs, at), &Truth::Class(class as usize));
                    }
                }
            }
            TargetsRef::Values(values) => {
                assert_eq!(outputs.len(), values.len(), "a target for each output");
                for at in 0..values.len() / channels {
                    let t = target.at(values, at);
                    let truth = match self.loss.answers() {
                        // A target that is NaN is of no class.
                        Answers::Classes { .. } => match class_of(t) {
                            Some(class) => Truth::Class(class),
                            None => continue,
                        },
                        Answers::YesOrNo { .. } => Truth::Labels(t),
                        Answers::Numbers => Truth::Numbers(t),
                    };
                    self.place(row.at(outputs, at), &truth);
                }
            }
        }
    }

    /// Returns the values so far.
    pub fn finish(&self) -> Scores {
        self.metrics.of.iter().map(|&metric| (metric, self.value(metric))).collect()
    }

    fn places(&self) -> Places {
        Places::new(self.metrics.channels, self.metrics.pixels)
    }

    fn place(&mut self, row: &[f32], truth: &Truth<'_>) {
        if self.counted {
            self.count(row, truth);
        }
        if let Truth::Class(class) = *truth {
            self.top.iter_mut().for_each(|(_, top)| top.add(class, row));
        }
        if self.rankings.is_none() && self.errors.is_none() {
            return;
        }
        self.numbers.clear();
        match self.loss.answers() {
            Answers::Classes { logits: true } => self.numbers.extend(probabilities(self.loss, row)),
            _ => self.numbers.extend(row.iter().map(|&x| f64::from(x))),
        }
        if let Some(rankings) = &mut self.rankings {
            let meant = |at: usize| match truth {
                Truth::Class(class) => at == *class,
                Truth::Labels(t) | Truth::Numbers(t) => t[at] > 0.5,
            };
            // For a yes or no, logits tell more than probabilities, which round to 0 and 1.
            rankings.add(self.numbers.iter().enumerate().map(|(at, &score)| (score, meant(at))));
        }
        if let Some(errors) = &mut self.errors {
            let logits = matches!(self.loss.answers(), Answers::YesOrNo { logits: true, .. });
            let number = |x: f64| if logits { 1.0 / (1.0 + (-x).exp()) } else { x };
            let target = |at: usize| match truth {
                Truth::Class(class) => f64::from(u8::from(at == *class)),
                Truth::Labels(t) | Truth::Numbers(t) => f64::from(t[at]),
            };
            errors.add(self.numbers.iter().enumerate().map(|(at, &x)| (number(x), target(at))));
        }
    }

    fn count(&mut self, row: &[f32], truth: &Truth<'_>) {
        let border = match self.loss.answers() {
            Answers::YesOrNo { border, .. } => border,
            Answers::Classes { .. } | Answers::Numbers => 0.5,
        };
        let channels = self.metrics.channels;
        match truth {
            Truth::Numbers(_) => {}
            Truth::Class(class) => self.answer(Tally::Classes, channels, *class, class_of(row)),
            Truth::Labels([t]) => {
                let t = *t;
                let yes = answered(row[0], border, t > 0.5);
                self.answer(Tally::YesOrNo, 2, usize::from(t > 0.5), Some(usize::from(yes)));
            }
            Truth::Labels(t) => {
                let tally = self.counts.get_or_insert_with(|| Tally::Labels(Labels::new(channels)));
                if let Tally::Labels(labels) = tally {
                    labels.add(t.iter().zip(row).map(|(&t, &y)| (t > 0.5, answered(y, border, t > 0.5))));
                }
            }
        }
    }

    /// Counts an answer that is one of several classes; `None` if the outputs are NaN.
    fn answer(
        &mut self,
        tally: fn(ClassCounts) -> Tally,
        classes: usize,
        class: usize,
        answer: Option<usize>,
    ) {
        let tally = self.counts.get_or_insert_with(|| tally(ClassCounts::empty(classes)));
        if let Tally::Classes(counts) | Tally::YesOrNo(counts) = tally {
            counts.add(class, answer);
        }
        if self.metrics.of.contains(&Metric::Confusion) {
            self.confusion.get_or_insert_with(|| Confusion::empty(classes)).add(class, answer);
        }
    }

    fn value(&self, metric: Metric) -> Value {
        let of_all = |of: fn(&ClassCounts) -> Option<f64>| {
            Value::Number(match &self.counts {
                Some(Tally::Classes(counts) | Tally::YesOrNo(counts)) => of(counts),
                Some(Tally::Labels(_)) | None => None,
            })
        };
        let per_class = |average, of| self.per_class().value(average, of);
        let ranked = |average, of| match &self.rankings {
            Some(rankings) => rankings.value(average, of),
            None => Value::Number(None),
        };
        let error = |of: &dyn Fn(&Regression) -> Value| self.errors.as_ref().map_or(Value::Number(None), of);
        match metric {
            Metric::Accuracy => Value::Number(match &self.counts {
                Some(Tally::Classes(counts) | Tally::YesOrNo(counts)) => counts.accuracy(),
                Some(Tally::Labels(labels)) => labels.per_class().accuracy(),
                None => None,
            }),
            Metric::TopK(k) => {
                Value::Number(self.top.iter().find(|(known, _)| *known == k).and_then(|(_, top)| top.value()))
            }
            Metric::BalancedAccuracy => of_all(ClassCounts::balanced_accuracy),
            Metric::Matthews => of_all(ClassCounts::matthews),
            Metric::Kappa => of_all(ClassCounts::kappa),
            Metric::Precision(average) => per_class(average, Counts::precision),
            Metric::Recall(average) => per_class(average, Counts::recall),
            Metric::Specificity(average) => per_class(average, Counts::specificity),
            Metric::F1(average) | Metric::Dice(average) => per_class(average, Counts::f1),
            Metric::Iou(average) => per_class(average, Counts::iou),
            Metric::RocAuc(average) => ranked(average, Ranking::roc_auc),
            Metric::PrAuc(average) => ranked(average, Ranking::average_precision),
            Metric::Mae(average) => error(&|errors| errors.mae(average)),
            Metric::Rmse(average) => error(&|errors| errors.rmse(average)),
            Metric::R2(average) => error(&|errors| errors.r2(average)),
            Metric::Confusion => match (&self.confusion, &self.counts) {
                (Some(confusion), _) => Value::Confusion(confusion.clone()),
                (None, Some(Tally::Labels(labels))) => Value::Labels(labels.per_class().counts().to_vec()),
                (None, _) => Value::Confusion(Confusion::empty(self.metrics.channels)),
            },
        }
    }

    /// Returns the counts of each class or label; of a yes or no, those of the yes.
    fn per_class(&self) -> PerClass {
        match &self.counts {
            Some(Tally::Classes(counts)) => counts.per_class(),
            Some(Tally::YesOrNo(counts)) => PerClass::new(counts.per_class().counts()[1..].to_vec(), true),
            Some(Tally::Labels(labels)) => labels.per_class(),
            None => PerClass::new(vec![Counts::default(); self.metrics.channels], false),
        }
    }
}
