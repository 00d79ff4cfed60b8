//! The step and the prediction on flat slices, which code calls that knows no shapes.

use super::{Options, interface, names, own, training};
use crate::graph::Graph;
use crate::ops::TargetKind;
use crate::passes::Plan;
use crate::program::Model;
use crate::recipe::Recipe;
use crate::tokens::number;
use proc_macro2::TokenStream;
use quote::quote;

/// The step and the prediction on flat slices, which programs that know no shapes call.
pub(super) fn traits(model: &Model, recipe: &Recipe, plan: &Plan, options: &Options) -> TokenStream {
    // The loop calls the step of several inputs or targets itself.
    if !own::is_plain(&model.graph) {
        return TokenStream::new();
    }
    let finish = (recipe.accumulate > 1).then(|| {
        quote! {
            fn finish(&mut self, rate: f32) {
                Trainer::finish(self, rate);
            }
        }
    });
    let result = recipe.ema.map(|_| {
        quote! {
            fn result(&self) -> &Params {
                &self.average
            }
        }
    });
    let more = quote!(#finish #result);
    // Nobody asks for the inputs' gradients here.
    let (gradients, sizes) = interface::input_gradients(plan);
    let slopes = [
        quote!(#(let mut #gradients = vec![[0.0; #sizes]; inputs.len() / INPUT];)*),
        quote!(#(, &mut #gradients)*),
    ];
    let graph = &model.graph;
    let x = names::input(graph, graph.inputs[0]);
    let output = &graph.value(graph.losses[0].value).shape;
    let pixels: usize = output[1..].iter().product();
    if to_input(graph) {
        return flat(graph, &quote!(_), &slopes[0], [&quote!(#x), &slopes[1]], &more);
    }
    let (variant, targets) = match graph.losses[0].loss.targets() {
        TargetKind::Class if pixels == 1 => (quote!(classes), quote!(targets)),
        TargetKind::Class => {
            let pixels = number(pixels);
            (quote!(classes), quote!(targets.as_chunks::<#pixels>().0))
        }
        TargetKind::Share | TargetKind::Number => (quote!(values), quote!(targets)),
    };
    let read = quote!(let targets = targets.#variant(););
    let declare = &slopes[0];
    let step =
        flat(graph, &quote!(targets), &quote!(#read #declare), [&quote!(#x, #targets), &slopes[1]], &more);
    let featured = plan.front.is_some().then(|| options.of_train(featured(graph, &read, &targets)));
    quote!(#step #featured)
}

/// The halves of a step that begins with a frozen front.
fn featured(graph: &Graph, read: &TokenStream, targets: &TokenStream) -> TokenStream {
    let x = names::input(graph, graph.inputs[0]);
    let (weights, given) = match graph.weighed {
        true => (quote!(weights), quote!(weights,)),
        false => (quote!(_), quote!()),
    };
    quote! {
        impl train::Featured for Trainer {
            const FEATURES: usize = FEATURES;

            fn features(&mut self, inputs: &[f32], features: &mut [f32]) {
                let #x = inputs.as_chunks::<INPUT>().0;
                Trainer::features(self, #x, features.as_chunks_mut().0);
            }

            fn step_features(
                &mut self, features: &[f32], targets: TargetsRef<'_>, #weights: &[f32], rate: f32
            ) -> f32 {
                #read
                Trainer::step_features(self, features.as_chunks().0, #targets, #given rate)
            }
        }
    }
}

/// Returns true if the loss compares with the input, so that there are no targets.
pub(super) fn to_input(graph: &Graph) -> bool {
    graph.losses.iter().any(|used| used.target.is_some())
}

fn flat(
    graph: &Graph,
    targets: &TokenStream,
    read: &TokenStream,
    [arguments, gradients]: [&TokenStream; 2],
    more: &TokenStream,
) -> TokenStream {
    let x = names::input(graph, graph.inputs[0]);
    let step = if graph.weighed {
        quote! {
            fn step(&mut self, inputs: &[f32], targets: TargetsRef<'_>, rate: f32) -> f32 {
                static EQUAL: [f32; BATCH] = [1.0; BATCH];
                self.step_weighed(inputs, targets, &EQUAL[..inputs.len() / INPUT], rate)
            }

            fn step_weighed(
                &mut self, inputs: &[f32], #targets: TargetsRef<'_>, weights: &[f32], rate: f32
            ) -> f32 {
                #read
                let #x = inputs.as_chunks::<INPUT>().0;
                Trainer::step(self, #arguments, weights, rate #gradients)
            }
        }
    } else {
        quote! {
            fn step(&mut self, inputs: &[f32], #targets: TargetsRef<'_>, rate: f32) -> f32 {
                #read
                let #x = inputs.as_chunks::<INPUT>().0;
                Trainer::step(self, #arguments, rate #gradients)
            }
        }
    };
    let least = match training::fewest(graph) {
        1 => TokenStream::new(),
        least => {
            let least = number(least);
            quote!(const LEAST: usize = #least;)
        }
    };
    quote! {
        impl train::Trainer for Trainer {
            type Params = Params;
            #least

            fn new(params: Params, seed: u64) -> Trainer {
                Trainer::new(params, seed)
            }

            #step

            #more

            fn params(&self) -> &Params {
                &self.params
            }

            fn params_mut(&mut self) -> &mut Params {
                &mut self.params
            }
        }
    }
}

/// The prediction on flat slices, with logits where losses need them.
pub(super) fn predict(graph: &Graph, predicted: &Plan) -> TokenStream {
    match own::is_plain(graph) {
        true => prediction(!graph.with_logits().is_empty()),
        false => of_several(graph, predicted),
    }
}

/// The prediction of a network with several inputs or outputs: all samples of one stand before those of the next.
fn of_several(graph: &Graph, predicted: &Plan) -> TokenStream {
    let (x, y) = (interface::inputs(graph), interface::outputs(graph));
    let (x_args, x_sizes): (Vec<_>, Vec<_>) = x.iter().map(|port| (&port.arg, &port.size)).unzip();
    let (y_args, y_sizes): (Vec<_>, Vec<_>) = y.iter().map(|port| (&port.arg, &port.size)).unzip();
    let logits = predicted.tape.logits.iter().map(|&(of, id)| (of, names::value(&predicted.tape, id)));
    let logits: Vec<_> = logits.collect();
    let x_rows = quote!(#(#x_args.as_chunks::<#x_sizes>().0,)*);
    let y_rows = quote!(#(#y_args.as_chunks_mut::<#y_sizes>().0,)*);
    let begin = quote! {
        let samples = inputs.len() / (#(#x_sizes)+*);
        let [#(#x_args),*] = train::parted(inputs, samples, [#(#x_sizes),*]);
        let [#(#y_args),*] = train::parted_mut(outputs, samples, [#(#y_sizes),*]);
    };
    let with_logits = (!logits.is_empty()).then(|| {
        let slots = (0..y.len()).map(|at| match logits.iter().find(|(of, _)| *of == at) {
            Some((_, name)) => quote!(#name),
            None => quote!(_),
        });
        let rows = logits.iter().map(|(of, name)| {
            let size = y_sizes[*of];
            quote!(#name.as_chunks_mut::<#size>().0)
        });
        quote! {
            fn predict_with_logits(&self, inputs: &[f32], outputs: &mut [f32], logits: &mut Vec<f32>) {
                logits.resize(outputs.len(), 0.0);
                #begin
                let [#(#slots),*] = train::parted_mut(logits, samples, [#(#y_sizes),*]);
                Model::predict_with_logits(self, #x_rows #y_rows #(#rows),*);
            }
        }
    });
    quote! {
        impl Predict for Model {
            type Params = Params;
            const OUTPUT: usize = #(#y_sizes)+*;

            fn new(params: Params) -> Model {
                Model::new(params)
            }

            fn predict(&self, inputs: &[f32], outputs: &mut [f32]) {
                #begin
                self.predict_batch(#x_rows #y_rows);
            }

            #with_logits
        }
    }
}

/// The prediction on flat slices, of outputs alone unless `with_logits`.
pub(super) fn prediction(with_logits: bool) -> TokenStream {
    let logits = with_logits.then(|| {
        quote! {
            fn predict_with_logits(&self, inputs: &[f32], outputs: &mut [f32], logits: &mut Vec<f32>) {
                logits.resize(outputs.len(), 0.0);
                let (inputs, outputs) = (inputs.as_chunks::<INPUT>().0, outputs.as_chunks_mut::<OUTPUT>().0);
                Model::predict_with_logits(self, inputs, outputs, logits.as_chunks_mut::<OUTPUT>().0);
            }
        }
    });
    quote! {
        impl Predict for Model {
            type Params = Params;
            const OUTPUT: usize = OUTPUT;

            fn new(params: Params) -> Model {
                Model::new(params)
            }

            fn predict(&self, inputs: &[f32], outputs: &mut [f32]) {
                self.predict_batch(inputs.as_chunks::<INPUT>().0, outputs.as_chunks_mut::<OUTPUT>().0);
            }

            #logits
        }
    }
}
