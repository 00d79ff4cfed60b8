//! The plan as Rust: a module of items for each network.
//!
//! Generated code names one module of the runtime, `netwright::__private`; [`paths`] spells it. All else comes out of that module, so
//! that the runtime may have any name.

mod around;
mod augment;
mod describe;
mod explanation;
mod features;
mod flat;
mod function;
mod inference;
mod interface;
mod joint;
mod metrics;
mod names;
mod optimizer;
mod own;
mod params;
mod parts;
mod paths;
mod penalties;
mod predictor;
#[cfg(feature = "pretty")]
mod pretty;
mod recipe;
mod sampling;
mod settings;
mod shared;
mod skeleton;
mod spec;
mod training;
mod training_loop;
mod update;

pub use names::module_name;
#[cfg(feature = "pretty")]
pub use pretty::pretty;
pub use skeleton::skeletons;

use crate::graph::Param;
use crate::kernels::types::Types;
use crate::passes::{Goal, Mode, Plan, plan};
use crate::program::Model;
use crate::question::Question;
use crate::recipe::{BATCH, Optimizer, Phase, Recipe};
use proc_macro2::TokenStream;
use quote::quote;

/// Options of the generated code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Leaves out everything that only training needs.
    pub inference_only: bool,
    /// Makes the training step return the gradient of the input too.
    pub input_gradient: bool,
    /// Adds the training loop on the recipe's data, for a runtime with the feature `train`. A recipe without data has a loop
    /// for a program's own samples in any case.
    pub training_loop: bool,
    /// Adds the program that predicts, for a runtime with the feature `train` and a network of one input and one output whose code
    /// is for [inference only](Options::inference_only).
    pub predictor: bool,
    /// Puts what needs the runtime's feature `train` into its macro `if_train!`, which drops it where the feature is off: what is
    /// generated then depends on no feature.
    pub only_if_train: bool,
    /// Leaves out everything of the recipe that does not shape the code: [`generate_program`] says it apart.
    pub given: bool,
}

/// The code of a program, and the settings that it is given when it starts.
#[derive(Clone, Debug)]
pub struct Started {
    /// The items of the network's module, or of a program that looks at the data of its recipe.
    pub code: TokenStream,
    /// The settings, an expression of Rust; `None` for a program that needs none.
    pub settings: Option<String>,
}

impl Options {
    /// Wraps items that need the runtime's feature `train`, if they shall compile without it.
    fn of_train(&self, items: TokenStream) -> TokenStream {
        if self.only_if_train { quote!(if_train! { #items }) } else { items }
    }
}

/// Samples a step takes at most, for a network without a recipe.
const DEFAULT_BATCH: usize = 32;

/// The items of a network's module, for a crate that calls the runtime `netwright`.
pub fn generate(model: &Model, options: &Options) -> TokenStream {
    generate_for(&paths::runtime(), model, options)
}

/// The texts that a program is made of.
#[derive(Clone, Copy, Debug, Default)]
pub struct Origin<'t> {
    /// The name and the text of the file, then those of what it imports.
    pub texts: &'t [(String, String)],
    /// The settings that the command line has put in place of the text's: `lr=1e-3`.
    pub set: &'t [String],
}

/// The program of a network whose recipe names data.
///
/// Texts that differ in numbers and paths of their recipes alone have the same code.
pub fn generate_program(model: &Model, origin: Origin<'_>) -> Started {
    let options = Options { training_loop: true, given: true, ..Options::default() };
    started(marked(&paths::runtime(), model, &options), model, origin)
}

fn started(code: TokenStream, model: &Model, Origin { texts, set }: Origin<'_>) -> Started {
    let (code, numbers) = settings::given(code);
    let texts = texts.iter().map(|(name, text)| quote!((#name, #text)));
    let settings = model.recipe.as_ref().map(|recipe| {
        let (spec, recipe) = (spec::lines(model, recipe), recipe::expression(model, recipe));
        let settings = quote! {
            Settings {
                recipe: #recipe, spec: &[#(#spec),*], numbers: &[#(#numbers),*], set: &[#(#set),*], texts: &[#(#texts),*]
            }
        };
        settings.to_string()
    });
    Started { code, settings }
}

/// The items of a network's module, for a crate in which the path `runtime` leads to the runtime.
pub fn generate_for(runtime: &TokenStream, model: &Model, options: &Options) -> TokenStream {
    settings::constants(marked(runtime, model, options))
}

/// The items of a module in which the numbers of the recipe are marked.
fn marked(runtime: &TokenStream, model: &Model, options: &Options) -> TokenStream {
    let header = paths::header(runtime);
    let training = training_plan(model, options);
    let evaluates =
        model.recipe.as_ref().is_some_and(|recipe| options.training_loop || recipe.data.is_none());
    let inference = plan(&model.graph, &predicting(model, evaluates && training.is_some()));
    let description = describe::module(model, training.as_ref(), &inference);
    let params = params::items(&model.graph);
    // Prediction can have some that training has not, of an output without a loss.
    let plans = training.iter().chain([&inference]);
    let types = Types::of(&model.graph, plans.flat_map(|plan| &plan.tape.ops));
    let shapes = types.module();
    let predict = inference::items(&model.graph, &inference, &types);
    let train = training.as_ref().zip(model.recipe.as_ref()).map(|(plan, recipe)| {
        let step = training::items(model, recipe, plan, &types, options);
        let plans: Vec<_> =
            recipe.phases.iter().filter_map(|phase| later_plan(model, phase, options)).collect();
        let phases =
            recipe.phases.iter().zip(&plans).map(|(phase, plan)| later(model, recipe, phase, plan, options));
        let plans: Vec<&Plan> = std::iter::once(plan).chain(&plans).collect();
        let recipe = recipe::items(model, &plans, &inference, options);
        quote!(#step #(#phases)* #recipe)
    });
    let predictor = (options.predictor && options.inference_only).then(|| predictor::items(model));
    quote! {
        #description
        #header
        #params
        #shapes
        #train
        #predict
        #predictor
    }
}

/// The items of a program that looks at the data of a network's recipe, without the network; nothing if the recipe names no data.
pub fn generate_data(model: &Model) -> Started {
    let header = paths::header(&paths::runtime());
    let recipe = model.recipe.as_ref().filter(|recipe| recipe.data.is_some());
    let items = recipe.map(|_| recipe::described(model));
    started(quote!(#header #items), model, Origin::default())
}

/// The program that explains the answers of a network, by a question about it.
pub fn generate_explanation(model: &Model, question: &Question, origin: Origin<'_>) -> Started {
    started(explanation::program(&paths::header(&paths::runtime()), model, question), model, origin)
}

/// The program that shows the feature maps of a network, those of a question about it.
pub fn generate_maps(model: &Model, question: &Question, origin: Origin<'_>) -> Started {
    started(explanation::maps_program(&paths::header(&paths::runtime()), model, question), model, origin)
}

/// The program that says how sure the answers of a network are, by a question about it.
pub fn generate_sampling(model: &Model, question: &Question, origin: Origin<'_>) -> Started {
    started(sampling::program(&paths::header(&paths::runtime()), model, question), model, origin)
}

/// Returns the plan of a training in a later phase.
fn later_plan(model: &Model, phase: &Phase, options: &Options) -> Option<Plan> {
    training_plan(&model.in_phase(phase), options)
}

/// The training step of a later phase, in a module of its own.
fn later(model: &Model, recipe: &Recipe, phase: &Phase, plan: &Plan, options: &Options) -> TokenStream {
    let model = model.in_phase(phase);
    let name = names::phase(phase);
    let doc = format!(
        " The training step after {} epochs: {}. A trainer of it begins with the parameters of the one before.",
        phase.after, phase.change
    );
    let types = Types::of(&model.graph, plan.tape.ops.iter());
    let shapes = types.module();
    let step = training::items(&model, recipe, plan, &types, options);
    let traits = recipe::phase_items(&model, plan, options);
    quote! {
        #[doc = #doc]
        pub mod #name {
            use super::*;
            #shapes
            #step
            #traits
        }
    }
}

/// Returns the plan of a training step; `None` if there is nothing to train.
pub fn training_plan(model: &Model, options: &Options) -> Option<Plan> {
    if options.inference_only || model.recipe.is_none() || model.graph.losses.is_empty() {
        return None;
    }
    let goal = Goal {
        mode: Mode::Training,
        batch: batch(model),
        input_gradient: options.input_gradient,
        features: features::are_wanted(model, options),
        logits: false,
        maps: vec![],
        guided: false,
    };
    Some(plan(&model.graph, &goal))
}

/// Returns the plan of a prediction.
pub fn inference_plan(model: &Model) -> Plan {
    plan(&model.graph, &predicting(model, false))
}

/// Predicts; with `logits` for evaluations too, whose losses are computed from what training computes them from.
fn predicting(model: &Model, logits: bool) -> Goal {
    Goal {
        mode: Mode::Inference,
        batch: batch(model),
        input_gradient: false,
        features: false,
        logits,
        maps: vec![],
        guided: false,
    }
}

/// Returns the number of numbers that an optimizer keeps for a learned parameter.
pub(crate) fn remembered(optimizer: &Optimizer, param: &Param) -> usize {
    optimizer::rule(optimizer, false).remembered(param)
}

fn batch(model: &Model) -> usize {
    model.recipe.as_ref().map_or(BATCH, |r| r.batch)
}
