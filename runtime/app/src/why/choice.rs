//! The number that is explained: which logits it is the sum of.

use super::super::predict::{Meaning, classes};
use super::super::{args, class_name};
use netwright::app::Explained;
use netwright::metrics::class_of;
use netwright::train::{Answers, Error};
use netwright_model::Head;

/// The number that is explained, and how it is said.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Choice {
    /// The factor of each logit.
    pub(super) factors: Vec<f32>,
    /// The name of the class or output.
    pub(super) name: String,
    /// The sum of the logits, each times its factor.
    pub(super) value: f64,
    /// The probability that the network gives the class, where it gives one.
    pub(super) probability: Option<f64>,
    /// The number of places that are explained together, and that of all places.
    pub(super) places: [usize; 2],
    /// The depth in a volume, from 0 to 1, that as many of the places are above as below.
    pub(super) depth: Option<f64>,
}

impl Choice {
    /// Chooses as options say: a class and a region, or else the answer that the network gives.
    ///
    /// # Errors
    /// If there is no such class or region.
    pub(super) fn of<P: Explained>(
        logits: &[f32],
        meaning: Meaning,
        names: &[String],
        options: &args::Why,
    ) -> Result<Choice, Error> {
        let head = match (P::HEAD, P::loss().answers()) {
            (Head::None, Answers::Classes { logits: true }) => Head::Softmax,
            (Head::None, Answers::YesOrNo { logits: true, .. }) => Head::Sigmoid,
            (head, _) => head,
        };
        let output = Output { shape: P::OUTPUT, meaning, head, names, logits };
        let class = options.class.as_deref().map(|class| output.class(class)).transpose()?;
        let region = options.at.as_deref().map(|at| output.region(at)).transpose()?;
        Ok(output.choice(class, region))
    }
}

/// A network's answer to one sample.
struct Output<'a> {
    shape: &'a [usize],
    meaning: Meaning,
    /// The activation that makes probabilities of the logits.
    head: Head,
    names: &'a [String],
    logits: &'a [f32],
}

impl Output<'_> {
    fn channels(&self) -> usize {
        self.shape[0]
    }

    fn places(&self) -> usize {
        self.shape[1..].iter().product()
    }

    /// Returns true if a single number says yes or no.
    fn is_one_answer(&self) -> bool {
        matches!(self.meaning, Meaning::YesOrNo { .. }) && self.logits.len() == 1
    }

    /// Returns the class of this name or number.
    fn class(&self, class: &str) -> Result<usize, Error> {
        let count = if self.is_one_answer() { 2 } else { self.channels() };
        let named = self.names.iter().take(count).position(|name| name == class);
        let found = named.or_else(|| class.parse().ok().filter(|&number: &usize| number < count));
        found.ok_or_else(|| {
            let known = match self.names.len() {
                0 => format!("a number from 0 to {}", count - 1),
                _ => self.names.iter().take(count).cloned().collect::<Vec<_>>().join(", "),
            };
            Error::Choice {
                option: "--class",
                reason: format!("there is no class `{class}`; expected {known}"),
            }
        })
    }

    /// Returns the places of a region: `x,y`, or `x,y,width,height`.
    fn region(&self, at: &str) -> Result<Vec<usize>, Error> {
        let wrong = |reason: String| Error::Choice { option: "--at", reason };
        let axes = &self.shape[1..];
        if self.places() < 2 {
            return Err(wrong("the output has no places, so leave it out".into()));
        }
        let numbers: Option<Vec<usize>> = at.split(',').map(|number| number.trim().parse().ok()).collect();
        let numbers = numbers.filter(|numbers| [axes.len(), 2 * axes.len()].contains(&numbers.len()));
        let names = ["x", "y", "z"][..axes.len().min(3)].join(",");
        let Some(numbers) = numbers else {
            return Err(wrong(format!(
                "expected `{names}` of a place, or `{names}` and as many sizes, found `{at}`"
            )));
        };
        let (first, sizes) = numbers.split_at(axes.len());
        let mut places = vec![0];
        // Widths come first, and are the last axis.
        for (axis, &len) in axes.iter().enumerate() {
            let back = axes.len() - 1 - axis;
            let (first, size) = (first[back], sizes.get(back).copied().unwrap_or(1));
            if size == 0 || first.saturating_add(size) > len {
                let name = ["x", "y", "z"].get(back).copied().unwrap_or("axis");
                return Err(wrong(format!(
                    "{name} is from 0 to {}, found {first} and {size} places",
                    len - 1
                )));
            }
            places = places
                .iter()
                .flat_map(|place| (first..first + size).map(move |at| place * len + at))
                .collect();
        }
        Ok(places)
    }

    fn choice(&self, class: Option<usize>, region: Option<Vec<usize>>) -> Choice {
        if self.is_one_answer() {
            return self.yes_or_no(class);
        }
        let places = self.places();
        let region_is_given = region.is_some();
        let mut region = region.unwrap_or_else(|| (0..places).collect());
        let answers: Vec<Option<usize>> = self.answers();
        let class = class.unwrap_or_else(|| self.usual(&region, &answers));
        if places > 1 && !region_is_given && self.meaning != Meaning::Numbers {
            let own: Vec<usize> =
                region.iter().copied().filter(|&place| answers[place] == Some(class)).collect();
            // A class that is found nowhere is explained everywhere.
            if !own.is_empty() {
                region = own;
            }
        }
        let mut factors = vec![0.0; self.logits.len()];
        region.iter().for_each(|place| factors[class * places + place] = 1.0);
        let value = super::probe::dot(self.logits, &factors);
        let shares = region.iter().map(|&place| self.share(class, place)).sum::<Option<f64>>();
        let probability = shares.map(|sum| sum / region.len() as f64);
        let name = match self.meaning {
            Meaning::Classes => class_name(self.names, class),
            Meaning::YesOrNo { .. } | Meaning::Numbers if self.channels() == 1 => "output".into(),
            Meaning::YesOrNo { .. } | Meaning::Numbers => match self.names.get(class) {
                Some(name) => name.clone(),
                None => format!("output {class}"),
            },
        };
        let depth = self.depth(&region);
        Choice { factors, name, value, probability, places: [region.len(), places], depth }
    }

    /// Returns the depth of the middle one of some places, if the output is a volume.
    fn depth(&self, region: &[usize]) -> Option<f64> {
        let &[_, depth, height, width] = self.shape else { return None };
        let mut slices: Vec<usize> = region.iter().map(|place| place / (height * width)).collect();
        slices.sort_unstable();
        slices.get(slices.len() / 2).map(|&slice| (slice as f64 + 0.5) / depth as f64)
    }

    /// Chooses the answer of a single number, whose value is that of the logit, or of its opposite.
    fn yes_or_no(&self, class: Option<usize>) -> Choice {
        let logit = self.logits[0];
        let class = class.unwrap_or(usize::from(logit > self.border()));
        let sign = if class == 1 { 1.0 } else { -1.0 };
        let names = ["no", "yes"];
        let name = self.names.get(class).map_or(names[class.min(1)], String::as_str);
        let probability = self.share(0, 0).map(|yes| if class == 1 { yes } else { 1.0 - yes });
        let value = f64::from(sign) * f64::from(logit);
        Choice { factors: vec![sign], name: name.into(), value, probability, places: [1, 1], depth: None }
    }

    /// Returns the border above which a number is a yes.
    fn border(&self) -> f32 {
        match (self.head, self.meaning) {
            (Head::None, Meaning::YesOrNo { border, .. }) => border,
            _ => 0.0,
        }
    }

    /// Returns the likeliest class of each place, or the number of the output that says yes.
    fn answers(&self) -> Vec<Option<usize>> {
        let places = self.places();
        match self.meaning {
            Meaning::YesOrNo { .. } if self.channels() == 1 => {
                self.logits.iter().map(|&logit| (logit > self.border()).then_some(0)).collect()
            }
            Meaning::YesOrNo { .. } | Meaning::Classes => classes(self.logits, places).collect(),
            Meaning::Numbers => vec![None; places],
        }
    }

    /// Returns the class that most places of the region have; the first class of many places is their background, and is taken only where
    /// there is no other.
    fn usual(&self, region: &[usize], answers: &[Option<usize>]) -> usize {
        if let ([place], Meaning::Classes | Meaning::YesOrNo { .. }) = (region, self.meaning) {
            return answers[*place].unwrap_or(0);
        }
        let mut counts = vec![0.0f32; self.channels()];
        region.iter().filter_map(|&place| answers[place]).for_each(|class| counts[class] += 1.0);
        if counts.iter().skip(1).any(|&count| count > 0.0) {
            counts[0] = 0.0;
        }
        class_of(&counts).unwrap_or(0)
    }

    /// Returns the probability of a class at a place.
    fn share(&self, class: usize, place: usize) -> Option<f64> {
        let places = self.places();
        let logit = f64::from(self.logits[class * places + place]);
        match self.head {
            Head::None => None,
            Head::Sigmoid => Some(1.0 / (1.0 + (-logit).exp())),
            Head::Softmax => {
                let all = self.logits.iter().skip(place).step_by(places).map(|&other| f64::from(other));
                Some(1.0 / all.map(|other| (other - logit).exp()).sum::<f64>())
            }
        }
    }
}

#[cfg(test)]
mod tests;
