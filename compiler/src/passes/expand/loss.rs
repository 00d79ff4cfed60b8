//! Losses as kernels, with what they compare.

use super::Expansion;
use crate::graph::{LayerId, ValueId};
use crate::kernels::layout::{Layout, reorders};
use crate::kernels::loss;
use crate::kernels::tape::{Element, Extent, Id};
use crate::names::{part, variable};
use crate::ops::{Loss, TargetKind};

impl Expansion<'_> {
    pub(super) fn losses(&mut self) {
        let graph = self.graph;
        if graph.weighed {
            let weights = self.tape.push("weights".into(), vec![1], Extent::Given, Element::Float);
            self.tape.weights = Some(weights);
        }
        for (used, name) in graph.losses.iter().zip(graph.loss_names()) {
            let shape = &graph.value(used.value).shape;
            let (of, loss) = graph.compared(used);
            let layer = graph.producer(used.value).map_or(LayerId(0), |n| n.layer);
            let y = self.read(of, layer);
            let targets = match graph.with_targets().count() {
                0 | 1 => "targets".to_string(),
                _ => format!("{}_targets", variable(&name)),
            };
            let target = match used.target {
                Some(input) => self.read(input, layer),
                None => self.targets(&targets, loss.targets(), shape, layer),
            };
            let dy = self.sample(format!("d_{}", self.tape.value(y).name), shape.clone());
            let sum = if graph.losses.len() > 1 { format!("loss_{}", part(&name)) } else { "loss".into() };
            let sum = self.tape.push(sum, vec![1], Extent::Partial, Element::Float);
            let mut reads = vec![y, target];
            if let Loss::CrossEntropy(ce) = &loss
                && ce.is_weighted()
            {
                let share = format!("{targets}_share");
                let share = self.tape.push(share, vec![1], Extent::Whole, Element::Float);
                let weigh = loss::Loss::WeighTargets(ce.clone(), shape[0]);
                self.op(weigh, vec![target], vec![], vec![share], layer);
                reads.push(share);
            }
            reads.extend(self.tape.weights);
            self.op(loss::Loss::Compare(loss, used.weight), reads, vec![], vec![dy, sum], layer);
            self.tape.outputs.push(sum);
        }
    }

    /// Gives the logits of an output to callers that ask for them.
    pub(super) fn logits(&mut self, at: usize, logits: ValueId, layer: LayerId) {
        let x = self.read(logits, layer);
        let name = match self.graph.outputs.len() {
            1 => "logits".to_string(),
            _ => format!("{}_logits", variable(&self.graph.output_names[at])),
        };
        let shape = self.graph.value(logits).shape.clone();
        let logits = self.tape.push(name, shape, Extent::Given, Element::Float);
        self.op(Layout::Logits, vec![x], vec![], vec![logits], layer);
        self.tape.logits.push((at, logits));
    }

    /// Adds the targets for an output of this shape as the caller gives them, and returns them channels last.
    fn targets(&mut self, name: &str, kind: TargetKind, shape: &[usize], layer: LayerId) -> Id {
        let (shape, element) = match kind {
            TargetKind::Class => (vec![shape[1..].iter().product()], Element::Class),
            TargetKind::Share | TargetKind::Number => (shape.to_vec(), Element::Float),
        };
        let given = self.tape.push(name.into(), shape.clone(), Extent::Given, element);
        self.tape.targets.push(given);
        if !reorders(&shape) {
            return given;
        }
        let last = self.sample(format!("{name}_last"), shape);
        self.op(Layout::ChannelsLast, vec![given], vec![], vec![last], layer);
        last
    }
}
