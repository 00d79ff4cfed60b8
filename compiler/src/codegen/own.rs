//! A program's own samples: arrays of the network's sizes, divided and gathered for the training loop.

use super::training_loop::described;
use super::{interface, parts};
use crate::emit::emit;
use crate::graph::{Graph, LossUse};
use crate::ops::Loss;
use crate::passes::Plan;
use crate::program::Model;
use crate::tokens::{array, number};
use proc_macro2::TokenStream;
use quote::quote;

/// Returns true if the network has one input, one output and one loss, as [`Predict`](super::flat::predict)
/// needs it.
pub(super) fn is_plain(graph: &Graph) -> bool {
    [graph.inputs.len(), graph.outputs.len(), graph.losses.len()] == [1; 3]
}

/// The samples of a network whose recipe names no data, and the function that trains with them.
pub(super) fn items(model: &Model, plan: &Plan) -> TokenStream {
    let graph = &model.graph;
    let Some(recipe) = &model.recipe else { return TokenStream::new() };
    let given = interface::given(graph, plan);
    let (args, items): (Vec<_>, Vec<_>) = given.iter().map(|given| (&given.arg, &given.item)).unzip();
    let any: Vec<_> = given.iter().map(|given| &given.any).collect();
    let inputs: Vec<_> = given.iter().filter(|given| given.is_input).map(|given| &given.arg).collect();
    let docs = given.iter().map(|given| &given.doc);
    let names = args.iter().map(ToString::to_string);
    let checks = checks(graph, plan);
    let classes = classes(graph, plan);
    let validate = validate(graph, plan);
    let doc = format!(" Trains {} with a program's own samples: {}.", graph.name, described(recipe));
    quote! {
        #[doc = #doc]
        ///
        /// The result is a function of the samples, their order and the recipe, for any number of threads.
        ///
        /// # Errors
        /// If there are too few samples, not as many of each, a label that is no class, or the loss becomes NaN or infinite.
        pub fn train(#(#args: &[#any]),*) -> Result<Trained<Params>, TrainError> {
            self::train_with(&RECIPE, Params::init(RECIPE.seed), Samples::of(#(#args),*), &mut ())
        }

        /// Samples to train with, as many of each.
        #[derive(Clone, Copy, Debug)]
        pub struct Samples<'a> {
            #(#[doc = #docs] pub #args: &'a [#items],)*
        }

        impl<'a> Samples<'a> {
            /// Takes inputs in a row or as nested arrays.
            pub fn of(#(#args: &'a [#any]),*) -> Samples<'a> {
                #(let #inputs = SampleArray::rows(#inputs);)*
                Samples { #(#args),* }
            }

            /// Checks the samples; divides them into the batches to train with and the rows that are held out.
            fn split(&self, recipe: &Recipe) -> Result<(samples::Order, Vec<u32>), TrainError> {
                #checks
                train::split(recipe, BATCH, &[#((#names, self.#args.len())),*], #classes)
            }
        }

        /// Copies of some samples.
        #[derive(Default)]
        struct Gathered {
            #(#args: Vec<#items>,)*
        }

        impl Gathered {
            /// Puts copies of these rows in place of what is here.
            fn take(&mut self, from: &Samples<'_>, rows: &[u32]) {
                #(samples::gather(from.#args, 1, rows, &mut self.#args);)*
            }
        }

        #validate
    }
}

/// Statements that look for labels of classes that there are not.
fn checks(graph: &Graph, plan: &Plan) -> TokenStream {
    let losses = graph.losses.iter().filter(|used| used.target.is_none());
    let check = |(used, target): (&LossUse, interface::Target)| {
        if !target.is_class {
            return TokenStream::new();
        }
        let (arg, name) = (&target.arg, target.arg.to_string());
        let shape = &graph.value(used.value).shape;
        let (classes, pixels) = (number(shape[0]), number(shape[1..].iter().product()));
        let flat = if target.is_plain { quote!() } else { quote!(.as_flattened()) };
        let ignored = match &used.loss {
            Loss::CrossEntropy(ce) => ce.ignore_index,
            _ => None,
        };
        let ignored = emit(&ignored);
        quote!(train::check_classes(#name, self.#arg #flat, #pixels, #classes, #ignored)?;)
    };
    losses.zip(interface::targets(plan)).map(check).collect()
}

/// Returns the targets of the first loss, by whose classes samples are held out; `None` if it compares with an input.
fn classes(graph: &Graph, plan: &Plan) -> TokenStream {
    let own = graph.losses.first().is_some_and(|used| used.target.is_none());
    match interface::targets(plan).first().filter(|_| own) {
        None => quote!(None),
        Some(target) => {
            let arg = &target.arg;
            let flat = if target.is_plain { quote!(self.#arg) } else { quote!(self.#arg.as_flattened()) };
            let kind = if target.is_class { quote!(Classes) } else { quote!(Values) };
            quote!(Some(TargetsRef::#kind(#flat)))
        }
    }
}

/// Returns the code that compares parameters with held-out samples.
fn validate(graph: &Graph, plan: &Plan) -> TokenStream {
    let (inputs, targets) = (interface::inputs(graph), interface::targets(plan));
    let x = &inputs[0].arg;
    let compared = if is_plain(graph) {
        let shape = array(&graph.value(graph.losses[0].value).shape);
        let targets = match targets.first() {
            None => quote!(None),
            Some(target) => {
                let arg = &target.arg;
                let flat =
                    if target.is_plain { quote!(&samples.#arg) } else { quote!(samples.#arg.as_flattened()) };
                let kind = if target.is_class { quote!(Classes) } else { quote!(Values) };
                quote!(Some(TargetsRef::#kind(#flat)))
            }
        };
        quote! {
            train::score::<Model>(params, RECIPE.loss, &#shape, samples.#x.len(), samples.#x.as_flattened(), #targets)
        }
    } else {
        let compared = parts::compared(graph, &targets);
        let args = inputs.iter().map(|port| &port.arg).chain(compared.iter().map(|target| &target.arg));
        let accuracy = match &parts::measured(graph)[..] {
            [(_, field)] => quote!(found.#field.accuracy),
            _ => quote!(None),
        };
        quote! {
            if samples.#x.is_empty() {
                return None;
            }
            let found = Model::new(params.clone()).evaluate(#(&samples.#args),*);
            Some(Measured::new(Evaluation { loss: found.loss(), accuracy: #accuracy }, samples.#x.len(), 0))
        }
    };
    quote! {
        /// Compares the outputs for held-out samples with their targets, if there are any.
        fn validate(params: &Params, samples: &Gathered) -> Option<Measured> {
            #compared
        }
    }
}
