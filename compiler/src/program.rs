//! Input and result of a compilation.

use crate::graph::{Graph, LossUse, ValueId};
use crate::kernels::loss::measure;
use crate::recipe::{Answer, Data, Phase, Recipe, answers, parts};
use netwright_model::{Loss, Pointwise};

/// Loader of imported files.
pub trait Loader {
    /// Loads the text of `path`, as written in an import of the file named `from`, with the name that
    /// diagnostics shall show.
    ///
    /// # Errors
    /// If it cannot be read; the sentence gives the reason.
    fn load(&self, from: &str, path: &str) -> Result<(String, String), String>;
}

/// The loader of a text that stands alone: an import is an error.
#[derive(Clone, Copy, Debug)]
pub struct NoFiles;

impl Loader for NoFiles {
    fn load(&self, _: &str, path: &str) -> Result<(String, String), String> {
        Err(format!("{path} is not there"))
    }
}

/// Settings that a command line puts in place of those of a `train` block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// The network whose `train` block they are for; every block of the text if `None`.
    pub network: Option<String>,
    /// The settings: `lr=1e-3`, `epochs=20`, `stop.patience=5`, `augment.rotate=5deg`.
    pub settings: Vec<String>,
}

/// The texts of a compilation; a [`FileId`](netwright_grammar::FileId) is an index into them.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The name and text of each file.
    pub files: Vec<(String, String)>,
}

/// The networks that a source text describes.
#[derive(Clone, Debug)]
pub struct Program {
    /// The texts, with the imported ones.
    pub sources: Sources,
    /// The networks, in source order.
    pub models: Vec<Model>,
}

/// A network and its training.
#[derive(Clone, Debug)]
pub struct Model {
    /// The network's graph.
    pub graph: Graph,
    /// The training recipe, if the source has one.
    pub recipe: Option<Recipe>,
}

/// The data that a network with one input, one output and one loss takes, or one input of several.
#[derive(Clone, Debug, PartialEq)]
pub struct Interface {
    /// The shape of one input, channels first.
    pub input: Vec<usize>,
    /// The shape of one output, channels first.
    pub output: Vec<usize>,
    /// True if targets are indices of classes.
    pub of_indices: bool,
    /// True if targets are numbers from 0 to 1.
    pub of_shares: bool,
    /// True if targets are -1 and 1, and texts are two of them.
    pub of_signs: bool,
    /// The label whose samples do not count, if there is one.
    pub ignored: Option<i32>,
    /// True if the output is compared with the input, so that data needs no labels.
    pub to_input: bool,
}

impl Interface {
    fn of(graph: &Graph, input: Vec<usize>, used: &LossUse) -> Interface {
        let output = graph.value(used.value).shape.clone();
        let loss = measure(&used.loss, &output);
        Interface {
            input,
            output,
            of_indices: loss.of_indices(),
            of_shares: loss.of_shares(),
            of_signs: matches!(loss, Loss::Each(Pointwise::Hinge)),
            ignored: loss.ignored(),
            to_input: used.target.is_some(),
        }
    }
}

impl Model {
    /// Returns true if the recipe names the samples, so that a program of the network can train.
    pub fn has_data(&self) -> bool {
        self.recipe.as_ref().is_some_and(|recipe| recipe.data.is_some())
    }

    /// Returns the data that the network takes; `None` if it has several inputs, outputs or losses.
    pub fn interface(&self) -> Option<Interface> {
        let graph = &self.graph;
        let (&[input], &[_], [used]) = (&graph.inputs[..], &graph.outputs[..], &graph.losses[..]) else {
            return None;
        };
        Some(Interface::of(graph, graph.value(input).shape.clone(), used))
    }

    /// Returns the data that each of several inputs takes, in their order, with the number of losses that compare with its labels; nothing
    /// if an input has no source, or the network is one of [`interface`](Model::interface).
    pub fn interfaces(&self, data: &Data) -> Vec<(Interface, usize)> {
        let graph = &self.graph;
        let Some(parts) = parts(graph, data).filter(|_| self.interface().is_none()) else { return vec![] };
        let Ok(answers) = answers(graph, &parts) else { return vec![] };
        let interface = |(at, input): (usize, &ValueId)| {
            let is_own = |answer: &Answer| matches!(answer, Answer::Labels { part, .. } if *part == at);
            let mut uses = graph.losses.iter().zip(&answers).filter(|(_, answer)| is_own(answer));
            let count = uses.clone().count();
            let input = graph.value(*input).shape.clone();
            match uses.next() {
                Some((used, _)) => (Interface::of(graph, input, used), count),
                None => {
                    let output = input.clone();
                    let none = Interface {
                        input,
                        output,
                        of_indices: false,
                        of_shares: false,
                        of_signs: false,
                        ignored: None,
                        to_input: true,
                    };
                    (none, 0)
                }
            }
        };
        graph.inputs.iter().enumerate().map(interface).collect()
    }

    /// Returns the model with the frozen parameters of a later phase of its training.
    pub fn in_phase(&self, phase: &Phase) -> Model {
        let mut model = self.clone();
        for (param, &frozen) in model.graph.params.iter_mut().zip(&phase.frozen) {
            param.frozen = frozen;
        }
        model
    }
}
