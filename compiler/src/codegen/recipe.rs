//! A recipe as a constant, and what follows it: the training loop, and the program of a network with data.

use super::training_loop::{Feed, training_loop};
use super::{Options, augment, flat, joint, metrics, own, parts, spec};
use crate::emit::emit;
use crate::kernels::loss::measure;
use crate::passes::Plan;
use crate::program::Model;
use crate::recipe::{Data, Pretrained, Recipe, Save, Scaling, Weights};
use crate::tokens::{array, double, number};
use netwright_model::{SampleWeights, Start};
use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote};

/// Returns the items of a recipe, for the plans of the training's phases and that of predictions.
pub(super) fn items(model: &Model, plans: &[&Plan], predicted: &Plan, options: &Options) -> TokenStream {
    let Some(recipe) = &model.recipe else { return TokenStream::new() };
    match (&recipe.data, options.training_loop) {
        (None, _) => own_samples(model, recipe, plans, predicted),
        (Some(_), true) => program(model, recipe, plans, predicted, options),
        // The recipe is that of the command; programs take the steps themselves.
        (Some(_), false) => TokenStream::new(),
    }
}

/// Returns the items of a recipe without data: a program trains with samples of its own.
fn own_samples(model: &Model, recipe: &Recipe, plans: &[&Plan], predicted: &Plan) -> TokenStream {
    let (constant, samples) = (constant(model, recipe), own::items(model, plans[0]));
    let training_loop = training_loop(model, recipe, &Feed::own(&model.graph, recipe, plans));
    let compare = match own::is_plain(&model.graph) {
        true => flat::predict(&model.graph, predicted),
        false => parts::evaluation(&model.graph, plans[0], predicted),
    };
    quote!(#constant #samples #training_loop #compare)
}

/// Returns the items of a recipe that names data.
fn program(
    model: &Model,
    recipe: &Recipe,
    plans: &[&Plan],
    predicted: &Plan,
    options: &Options,
) -> TokenStream {
    let constant = (!options.given).then(|| constant(model, recipe));
    let traits = flat::traits(model, recipe, plans[0], options);
    let predict = flat::predict(&model.graph, predicted);
    let training_loop = training_loop(model, recipe, &Feed::data(&model.graph, recipe, plans));
    let name = &model.graph.name;
    let shapes = Shapes::of(model);
    let source = if options.given {
        let recipe = given();
        quote! {
            #recipe

            fn spec() -> &'static [&'static str] {
                app::settings::spec()
            }
        }
    } else {
        let spec = spec::lines(model, recipe);
        quote! {
            fn recipe() -> Recipe {
                RECIPE
            }

            fn spec() -> &'static [&'static str] {
                &[#(#spec),*]
            }
        }
    };
    let program = quote! {
        /// The network as a program: `netwright_app::main::<Program>()`.
        pub struct Program;

        impl app::App for Program {
            const NAME: &'static str = #name;
            #shapes
            type Params = Params;
            type Model = Model;

            #source

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

/// Returns the items of a program that looks at a recipe's data: the recipe and the shapes of the network, which is not compiled.
pub(super) fn described(model: &Model) -> TokenStream {
    let (name, shapes) = (&model.graph.name, Shapes::of(model));
    let recipe = given();
    quote! {
        /// The recipe as a program: `netwright_app::describe::<Program>()`.
        pub struct Program;

        impl app::Described for Program {
            const NAME: &'static str = #name;
            #shapes
            #recipe
        }
    }
}

/// Returns what makes a program take its recipe from its settings.
fn given() -> TokenStream {
    quote! {
        const GIVEN: bool = true;

        fn recipe() -> Recipe {
            app::settings::recipe()
        }
    }
}

/// The shapes of a network's input and output, of several the first input and the output of the first loss, as constants of a program.
pub(super) struct Shapes {
    input: TokenStream,
    output: TokenStream,
    to_input: bool,
}

impl Shapes {
    pub(super) fn of(model: &Model) -> Shapes {
        let graph = &model.graph;
        let output = graph.losses.first().map_or(graph.outputs[0], |used| used.value);
        let [input, output] = [graph.inputs[0], output].map(|v| array(&graph.value(v).shape));
        Shapes { input, output, to_input: graph.losses.first().is_some_and(|used| used.target.is_some()) }
    }
}

impl ToTokens for Shapes {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Shapes { input, output, to_input } = self;
        let to_input = to_input.then(|| {
            quote!(
                const TO_INPUT: bool = true;
            )
        });
        tokens.extend(quote! {
            const INPUT: &'static [usize] = &#input;
            const OUTPUT: &'static [usize] = &#output;
            #to_input
        });
    }
}

/// Returns the items that the training loop needs of a later phase's trainer.
pub(super) fn phase_items(model: &Model, plan: &Plan, options: &Options) -> TokenStream {
    let recipe = model.recipe.as_ref().filter(|recipe| options.training_loop && recipe.data.is_some());
    recipe.map(|recipe| flat::traits(model, recipe, plan, options)).unwrap_or_default()
}

fn constant(model: &Model, recipe: &Recipe) -> TokenStream {
    let recipe = of_batch(model, recipe, &quote!(BATCH));
    quote! {
        /// The settings of the source's `train` block.
        pub const RECIPE: Recipe = #recipe;
    }
}

/// Returns the recipe as an expression that needs no other item.
pub(super) fn expression(model: &Model, recipe: &Recipe) -> TokenStream {
    of_batch(model, recipe, &number(recipe.batch).to_token_stream())
}

fn of_batch(model: &Model, recipe: &Recipe, batch: &TokenStream) -> TokenStream {
    let source = |data: &Data| joint::source(&model.graph, data);
    let [data, test] = [&recipe.data, &recipe.test].map(|data| match data {
        None => quote!(None),
        Some(data) => {
            let source = source(data);
            quote!(Some(#source))
        }
    });
    let held_out = match recipe.held_out.source() {
        None => emit(&recipe.held_out.as_ref().map(|data| &data.source)),
        Some(data) => {
            let source = source(data);
            quote!(HeldOut::Source(#source))
        }
    };
    // Each of several sources has a scaling of its own.
    let scaling = recipe.data.as_ref().filter(|_| own::is_plain(&model.graph));
    let scaling = emit(&scaling.map_or(Scaling::None, |data| data.scaling));
    let augment = augment::constant(model, recipe);
    let (schedule, metrics) = (emit(&recipe.schedule), metrics::constant(model, recipe));
    let stop = emit(&recipe.stop);
    let weights = emit(&match &recipe.weights {
        None | Some(Weights::Given) => SampleWeights::Equal,
        Some(Weights::Balanced) => SampleWeights::Balanced,
        Some(Weights::Classes(weights)) => {
            SampleWeights::ByClass(weights.iter().map(|&weight| weight as f32).collect::<Vec<_>>())
        }
    });
    let from = emit(&recipe.from.as_ref().map(|Pretrained { file, renames }| {
        let frozen = model.graph.params.iter().filter(|param| param.frozen).map(|param| &param.name);
        Start { file, renames, frozen: frozen.collect::<Vec<_>>() }
    }));
    let loss = {
        let used = &model.graph.losses[0];
        emit(&measure(&used.loss, &model.graph.value(used.value).shape))
    };
    // A program saves itself.
    let save = emit(if recipe.data.is_some() { &recipe.save } else { &Save::Never });
    let rate = double(recipe.optimizer.rate());
    let (epochs, seed) = (number(recipe.epochs), Literal::u64_unsuffixed(recipe.seed));
    quote! {
        Recipe {
            data: #data,
            test: #test,
            scaling: #scaling,
            augment: #augment,
            held_out: #held_out,
            epochs: #epochs,
            batch: #batch,
            rate: #rate,
            schedule: #schedule,
            stop: #stop,
            metrics: #metrics,
            weights: #weights,
            seed: #seed,
            from: #from,
            save: #save,
            loss: #loss,
        }
    }
}
