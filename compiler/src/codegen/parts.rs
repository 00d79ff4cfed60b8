//! The parts of a loss that is a weighted sum: of a training step, and of predictions for samples with targets.

use super::interface::{self, Target};
use super::names;
use crate::emit::emit;
use crate::graph::{Graph, LossUse};
use crate::kernels::loss::measure;
use crate::names::snake;
use crate::passes::Plan;
use crate::tokens::{double, float};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

/// The struct of a step's losses; nothing where there is one loss, which `step` returns.
pub(super) fn items(graph: &Graph) -> TokenStream {
    if graph.losses.len() < 2 {
        return TokenStream::new();
    }
    let losses = losses(graph);
    let fields = losses.iter().map(|(_, field)| field);
    let docs = losses.iter().map(|(used, _)| doc(graph, used));
    let sum = weighted(&losses, &quote!(), float);
    quote! {
        /// The losses of a step, each a mean before it is weighed.
        #[derive(Clone, Copy, Debug, Default, PartialEq)]
        pub struct Losses {
            #(#[doc = #docs] pub #fields: f32,)*
        }

        impl Losses {
            /// Their weighted sum.
            pub fn sum(&self) -> f32 {
                #sum
            }
        }
    }
}

/// Returns the code by which a step adds up its loss.
pub(super) fn total(graph: &Graph, plan: &Plan) -> TokenStream {
    let slots = plan.tape.outputs[..graph.losses.len()].iter().map(|&id| names::slot(&plan.tape, id));
    if graph.losses.len() < 2 {
        return quote!(let loss = #(reduce::total(&self.lanes, at::#slots))*;);
    }
    let fields = losses(graph).into_iter().map(|(_, field)| field);
    quote! {
        self.losses = Losses { #(#fields: reduce::total(&self.lanes, at::#slots)),* };
        let loss = self.losses.sum();
    }
}

/// Returns the code that compares predictions with targets by each of several losses, for a runtime with the
/// feature `train`.
pub(super) fn evaluation(graph: &Graph, plan: &Plan, predicted: &Plan) -> TokenStream {
    let (x, y) = (interface::inputs(graph), interface::outputs(graph));
    if graph.losses.len() < 2 && x.len() < 2 && y.len() < 2 {
        return TokenStream::new();
    }
    let all = interface::targets(plan);
    let targets = compared(graph, &all);
    let measured = measured(graph);
    let fields: Vec<&Ident> = measured.iter().map(|(_, field)| field).collect();
    let docs = measured.iter().map(|(used, _)| doc(graph, used));
    let loss = weighted(&measured, &quote!(.loss), double);
    let mut given = targets.iter();
    let logits = predicted.tape.logits.iter().map(|&(of, id)| (of, names::value(&predicted.tape, id)));
    let logits: Vec<(usize, Ident)> = logits.collect();
    let parts = measured.iter().map(|(used, field)| {
        let at = graph.outputs.iter().position(|output| *output == used.value).unwrap_or_default();
        let (output, shape) = (&y[at].arg, y[at].shape());
        let measure = emit(&measure(&used.loss, &graph.value(used.value).shape));
        let compared = match used.target {
            Some(input) => {
                let input = names::input(graph, input);
                quote!(TargetsRef::Values(#input.as_flattened()))
            }
            None => given.next().map_or_else(TokenStream::new, |target| {
                let flat = &target.flat;
                if target.is_class {
                    quote!(TargetsRef::Classes(#flat))
                } else {
                    quote!(TargetsRef::Values(#flat))
                }
            }),
        };
        let absorbs = graph.compared(used).0 != used.value;
        let logits = logits
            .iter()
            .find(|(of, _)| absorbs && *of == at)
            .map_or(quote!(&[]), |(_, name)| quote!(&#name));
        quote!(#field: Evaluation::of_shape(#measure, #shape, &#output, #logits, #compared))
    });
    let parts: Vec<TokenStream> = parts.collect();
    let (x_args, x_any): (Vec<_>, Vec<_>) = x.iter().map(|port| (&port.arg, port.samples())).unzip();
    let [y_args, y_sizes] = [|p: &interface::Port| p.arg.clone(), |p: &interface::Port| p.size.clone()]
        .map(|part| y.iter().map(part).collect::<Vec<Ident>>());
    let (target_args, target_items): (Vec<_>, Vec<_>) = targets.iter().map(|t| (&t.arg, &t.item)).unzip();
    // The same numbers row by row, for what predicts.
    let rows = |name: &Ident, size: &Ident| quote!(#name.as_chunks_mut::<#size>().0);
    let (logit_args, logit_sizes): (Vec<&Ident>, Vec<&Ident>) =
        logits.iter().map(|(of, name)| (name, &y_sizes[*of])).unzip();
    let y_rows = y_args.iter().zip(&y_sizes).map(|(name, size)| rows(name, size));
    let logit_rows = logit_args.iter().zip(&logit_sizes).map(|(name, size)| rows(name, size));
    let predict = match logits.is_empty() {
        true => quote!(self.predict_batch(#(#x_args,)* #(#y_rows),*);),
        false => quote!(self.predict_with_logits(#(#x_args,)* #(#y_rows,)* #(#logit_rows),*);),
    };
    let checks = targets.iter().map(|target| &target.check);
    let wrong_label = targets.iter().any(|target| target.is_class).then(|| {
        quote! {
            ///
            /// If a target is not a class. The message names the sample.
        }
    });
    let (first, others) = (x_args[0], x_args[1..].iter().chain(&target_args));
    quote! {
        /// What predictions are worth by each loss.
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct Evaluations {
            #(#[doc = #docs] pub #fields: Evaluation,)*
        }

        impl Evaluations {
            /// The weighted sum of the losses.
            pub fn loss(&self) -> f64 {
                #loss
            }
        }

        impl Model {
            /// Compares the outputs for any number of samples with their targets.
            ///
            /// # Panics
            /// If there are no samples, or not as many of each input and target.
            #wrong_label
            #[track_caller]
            pub fn evaluate(
                &self, #(#x_args: &[#x_any],)* #(#target_args: &[#target_items]),*
            ) -> Evaluations {
                let samples = #first.len();
                assert!(0 < samples #(&& #others.len() == samples)*, "samples, as many of each input and target");
                #(#checks)*
                #(let #x_args = SampleArray::rows(#x_args);)*
                #(let mut #y_args = vec![0.0; samples * #y_sizes];)*
                #(let mut #logit_args = vec![0.0; samples * #logit_sizes];)*
                #predict
                Evaluations { #(#parts),* }
            }
        }
    }
}

/// The losses, each with its field.
fn losses(graph: &Graph) -> Vec<(&LossUse, Ident)> {
    let fields = graph.loss_names().into_iter().map(|name| format_ident!("{}", snake(&name)));
    graph.losses.iter().zip(fields).collect()
}

/// The losses that predictions are measured by, each with its field.
pub(super) fn measured(graph: &Graph) -> Vec<(&LossUse, Ident)> {
    losses(graph).into_iter().filter(|(used, _)| graph.is_measured(used)).collect()
}

/// Returns those of the targets of a step that predictions are compared with.
pub(super) fn compared<'a>(graph: &Graph, targets: &'a [Target]) -> Vec<&'a Target> {
    let measured = graph.with_targets().filter(|used| graph.is_measured(used)).count();
    targets[..measured].iter().collect()
}

fn doc(graph: &Graph, used: &LossUse) -> String {
    format!(" {}", graph.loss_text(used))
}

/// Returns `self.kind + 0.5 * self.price`, each followed by `part`.
fn weighted(
    losses: &[(&LossUse, Ident)],
    part: &TokenStream,
    literal: impl Fn(f64) -> Literal,
) -> TokenStream {
    let terms = losses.iter().map(|(used, field)| {
        let weight = literal(used.weight);
        if used.weight == 1.0 { quote!(self.#field #part) } else { quote!(#weight * self.#field #part) }
    });
    quote!(#(#terms)+*)
}
