//! A recipe as a constant, and what follows it: the training loop, and the program of a network with data.

use super::calls::{float, number};
use super::training_loop::{Feed, training_loop};
use super::{Options, augment, flat, losses, metrics, own, parts, shapes};
use crate::Model;
use crate::passes::Plan;
use crate::recipe::{Column, Course, Data, EarlyStop, Recipe, Scaling, Source, Watch, Weights};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// For the plans of the training's phases and that of predictions.
pub(super) fn items(model: &Model, plans: &[&Plan], predicted: &Plan, options: &Options) -> TokenStream {
    let Some(recipe) = &model.recipe else { return TokenStream::new() };
    match (&recipe.data, options.training_loop) {
        (None, _) => own_samples(model, recipe, plans, predicted),
        (Some(_), true) => program(model, recipe, plans, options),
        // The recipe is that of the command; programs take the steps themselves.
        (Some(_), false) => TokenStream::new(),
    }
}

/// For a recipe without data: a program trains with samples of its own.
fn own_samples(model: &Model, recipe: &Recipe, plans: &[&Plan], predicted: &Plan) -> TokenStream {
    let (constant, samples) = (constant(model, recipe), own::items(model, plans[0]));
    let training_loop = training_loop(model, recipe, &Feed::own(&model.graph, recipe, plans));
    let compare = match own::is_plain(&model.graph) {
        true => flat::predict(&model.graph),
        false => parts::evaluation(&model.graph, plans[0], predicted),
    };
    quote!(#constant #samples #training_loop #compare)
}

/// For a recipe that names data, which then fits: one input, one output and one loss.
fn program(model: &Model, recipe: &Recipe, plans: &[&Plan], options: &Options) -> TokenStream {
    let constant = constant(model, recipe);
    let traits = flat::traits(model, recipe, plans[0], options);
    let predict = flat::predict(&model.graph);
    let training_loop = training_loop(model, recipe, &Feed::data(&model.graph, recipe, plans));
    let name = &model.graph.name;
    let [input, output] =
        [model.graph.inputs[0], model.graph.outputs[0]].map(|v| shapes::array(&model.graph.value(v).shape));
    let to_input = flat::to_input(&model.graph).then(|| {
        quote!(
            const TO_INPUT: bool = true;
        )
    });
    let program = quote! {
        /// The network as a program: `netwright::app::main::<Program>()`.
        pub struct Program;

        impl app::App for Program {
            const NAME: &'static str = #name;
            const INPUT: &'static [usize] = &#input;
            const OUTPUT: &'static [usize] = &#output;
            const RECIPE: Recipe = RECIPE;
            #to_input
            type Params = Params;
            type Trainer = Trainer;
            type Model = Model;

            fn init(seed: u64) -> Params {
                Params::init(seed)
            }

            fn train(
                recipe: &Recipe,
                params: Params,
                training: &Dataset,
                held_out: &Dataset,
                log: &mut dyn Log,
            ) -> Result<Trained<Params>, TrainError> {
                train(recipe, params, training, held_out, log)
            }
        }
    };
    let [training_loop, program] = [training_loop, program].map(|items| options.of_train(items));
    quote!(#constant #training_loop #traits #predict #program)
}

/// What the training loop needs of a later phase's trainer.
pub(super) fn phase_items(model: &Model, plan: &Plan, options: &Options) -> TokenStream {
    let recipe = model.recipe.as_ref().filter(|recipe| options.training_loop && recipe.data.is_some());
    recipe.map(|recipe| flat::traits(model, recipe, plan, options)).unwrap_or_default()
}

fn constant(model: &Model, recipe: &Recipe) -> TokenStream {
    let source = |data: &Data| match &data.source {
        Source::Idx { path, only, first: None } if only.is_empty() => quote!(Source::Idx { path: #path }),
        Source::Idx { path, only, first } => {
            let only = only.iter().map(|class| Literal::u32_unsuffixed(*class));
            let first = match first {
                Some(first) => {
                    let first = number(*first);
                    quote!(Some(#first))
                }
                None => quote!(None),
            };
            quote!(Source::IdxPart { path: #path, only: &[#(#only),*], first: #first })
        }
        Source::Csv { path, label } => {
            let label = match label {
                Column::First => quote!(Column::First),
                Column::Last => quote!(Column::Last),
                Column::At(at) => {
                    let at = number(*at);
                    quote!(Column::At(#at))
                }
            };
            quote!(Source::Csv { path: #path, label: #label })
        }
    };
    let weights = match &recipe.weights {
        None | Some(Weights::Given) => quote!(SampleWeights::Equal),
        Some(Weights::Balanced) => quote!(SampleWeights::Balanced),
        Some(Weights::Classes(weights)) => {
            let weights = weights.iter().map(|weight| float(*weight));
            quote!(SampleWeights::ByClass(&[#(#weights),*]))
        }
    };
    let optional = |tokens: Option<TokenStream>| tokens.map_or(quote!(None), |t| quote!(Some(#t)));
    let data = optional(recipe.data.as_ref().map(source));
    let test = optional(recipe.test.as_ref().map(source));
    let scaling = match recipe.data.as_ref().map_or(&Scaling::None, |d| &d.scaling) {
        Scaling::None => quote!(Scaling::None),
        Scaling::Normalize { mean, std } => {
            let (mean, std) = (double(*mean), double(*std));
            quote!(Scaling::Normalize { mean: #mean, std: #std })
        }
        Scaling::Standardize => quote!(Scaling::Standardize),
    };
    let augment = augment::constant(model, recipe);
    let (warmup, course) = (double(recipe.schedule.warmup), course(recipe));
    let schedule = quote!(Schedule { warmup: #warmup, course: #course });
    let metrics = metrics::constant(model, recipe);
    let stop = optional(recipe.stop.as_ref().map(|EarlyStop { patience, on }| {
        let (patience, on) = (number(*patience), watch(recipe, on));
        quote!(EarlyStop { patience: #patience, on: #on })
    }));
    let from = optional(recipe.from.as_ref().map(|file| {
        let frozen = model.graph.params.iter().filter(|param| param.frozen).map(|param| &param.name);
        quote!(Start { file: #file, frozen: &[#(#frozen),*] })
    }));
    let loss = {
        let used = &model.graph.losses[0];
        losses::measure(&used.loss, &model.graph.value(used.value).shape)
    };
    let (validate, rate) = (double(recipe.validate), double(recipe.optimizer.rate()));
    let (epochs, seed) = (number(recipe.epochs), Literal::u64_unsuffixed(recipe.seed));
    quote! {
        /// What the source's `train` block says.
        pub const RECIPE: Recipe = Recipe {
            data: #data,
            test: #test,
            scaling: #scaling,
            augment: #augment,
            validate: #validate,
            epochs: #epochs,
            batch: BATCH,
            rate: #rate,
            schedule: #schedule,
            stop: #stop,
            metrics: #metrics,
            weights: #weights,
            seed: #seed,
            from: #from,
            loss: #loss,
        };
    }
}

/// A number of the source, as short as it can be written.
pub(super) fn double(x: f64) -> Literal {
    format!("{x:?}").parse().unwrap_or_else(|_| Literal::f64_unsuffixed(x))
}

fn course(recipe: &Recipe) -> TokenStream {
    match &recipe.schedule.course {
        Course::Constant => quote!(Course::Constant),
        Course::Step { every, factor } => {
            let (every, factor) = (double(*every), double(*factor));
            quote!(Course::Step { every: #every, factor: #factor })
        }
        Course::MultiStep { after, factor } => {
            let (after, factor) = (after.iter().map(|epoch| double(*epoch)), double(*factor));
            quote!(Course::MultiStep { after: &[#(#after),*], factor: #factor })
        }
        Course::Exponential { factor } => {
            let factor = double(*factor);
            quote!(Course::Exponential { factor: #factor })
        }
        Course::Polynomial { power, last } => {
            let (power, last) = (double(*power), double(*last));
            quote!(Course::Polynomial { power: #power, last: #last })
        }
        Course::InverseSqrt => quote!(Course::InverseSqrt),
        Course::Cosine { last } => {
            let last = double(*last);
            quote!(Course::Cosine { last: #last })
        }
        Course::CosineRestarts { period, growth, last } => {
            let [period, growth, last] = [*period, *growth, *last].map(double);
            quote!(Course::CosineRestarts { period: #period, growth: #growth, last: #last })
        }
        Course::OneCycle { rise, first, last } => {
            let [rise, first, last] = [*rise, *first, *last].map(double);
            quote!(Course::OneCycle { rise: #rise, first: #first, last: #last })
        }
        Course::Cyclic { low, rise, fall } => {
            let [low, rise, fall] = [*low, *rise, *fall].map(double);
            quote!(Course::Cyclic { low: #low, rise: #rise, fall: #fall })
        }
        Course::OnPlateau { factor, patience, threshold, cooldown, last, on } => {
            let [factor, threshold, last] = [*factor, *threshold, *last].map(double);
            let ([patience, cooldown], on) = ([*patience, *cooldown].map(number), watch(recipe, on));
            quote!(Course::OnPlateau {
                factor: #factor, patience: #patience, threshold: #threshold, cooldown: #cooldown, last: #last, on: #on
            })
        }
    }
}

fn watch(recipe: &Recipe, on: &Watch) -> TokenStream {
    match on {
        Watch::ValLoss => quote!(Watch::ValLoss),
        Watch::ValAccuracy => quote!(Watch::ValAccuracy),
        Watch::Val(name) => metrics::watch(recipe, name),
    }
}
