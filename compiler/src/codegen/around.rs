//! Code around an update: gradients are accumulated and clipped before it, weights bounded and averaged after
//! it.

use super::names::param_field as field;
use super::settings::{marked, marked_double};
use crate::graph::{Graph, Param, ParamId};
use crate::recipe::{Clip, Recipe};
use crate::tokens::number;
use proc_macro2::TokenStream;
use quote::quote;

fn fields(graph: &Graph, params: &[&Param]) -> Vec<TokenStream> {
    params.iter().map(|param| field(graph, param)).collect()
}

/// Code that gives clipped gradients to a rule.
pub(super) struct Clipped {
    /// The description of the clipping in the update's doc.
    pub(super) doc: String,
    /// The call after the rule, for all parameters: `.clipped(...)`.
    pub(super) all: TokenStream,
    /// The call after the rule, for each parameter: `.scaled(...)`.
    pub(super) each: Vec<TokenStream>,
}

/// `wholes` are the gradients with their penalties' slopes: `PENALTY.on(&p.dense1.weight, &g.dense1.weight)`.
pub(super) fn clip(clip: Clip, wholes: &[TokenStream]) -> Clipped {
    let (doc, all, each) = match clip {
        Clip::Value(most) => {
            let number = marked(most);
            let doc = format!(" It brings every number of the gradients between -{most} and {most}.");
            (doc, quote!(.clipped(clip::Within(#number))), vec![])
        }
        Clip::Norm(most) => {
            let number = marked(most);
            let doc = format!(" It scales each gradient so that its norm is at most {most}.");
            let each = wholes.iter().map(|whole| quote!(.scaled(clip::norm(#number, [#whole]))));
            (doc, quote!(.clipped(clip::Scaled::NONE)), each.collect())
        }
        Clip::GlobalNorm(most) => {
            let number = marked(most);
            let doc =
                format!(" It scales all gradients so that the norm of all their numbers is at most {most}.");
            (doc, quote!(.clipped(clip::norm(#number, [#(#wholes),*]))), vec![])
        }
    };
    Clipped { doc, all, each }
}

/// Returns the statements that bound weights; `None` if no weight is bounded.
pub(super) fn constrain(graph: &Graph, recipe: &Recipe) -> Option<TokenStream> {
    let bounded = graph.params.iter().enumerate().filter_map(|(index, param)| {
        let most = marked(recipe.terms(param).max_norm?);
        let field = field(graph, param);
        let [groups, inputs, outputs, taps] = graph.weight_layout(ParamId(index));
        Some(if groups * inputs == 1 {
            let row = number(taps);
            quote!(constrain::max_norm(#most, #row, &mut params.#field);)
        } else {
            let [groups, inputs, outputs, taps] = [groups, inputs, outputs, taps].map(number);
            quote!({
                const LAYOUT: constrain::Layout =
                    constrain::Layout { groups: #groups, inputs: #inputs, outputs: #outputs, taps: #taps };
                constrain::max_norm_across(#most, LAYOUT, &mut params.#field);
            })
        })
    });
    let lines: Vec<TokenStream> = bounded.collect();
    (!lines.is_empty()).then(|| {
        quote! {
            impl Trainer {
                /// Scales the weights that make one output so that their norm is at most the bound.
                fn constrain(&mut self) {
                    let params = &mut self.params;
                    #(#lines)*
                }
            }
        }
    })
}

/// All tensors follow, running statistics too; `updates` is the field that counts the updates.
pub(super) fn follow(graph: &Graph, stays: f64, updates: &TokenStream) -> TokenStream {
    let params: Vec<&Param> = graph.params.iter().collect();
    let (fields, number) = (fields(graph, &params), marked_double(stays));
    let doc =
        format!(" Moves the average towards the parameters: {stays} of it stays, less in the first updates.");
    quote! {
        impl Trainer {
            #[doc = #doc]
            fn follow(&mut self) {
                let stays = average::warmed(#number, self.#updates);
                let Trainer { params, average, .. } = self;
                #(average::follow(stays, &params.#fields, &mut average.#fields);)*
            }
        }
    }
}

/// The method for what follows.
pub(super) fn average() -> TokenStream {
    quote! {
        /// The exponential moving average of the parameters, which is what is validated and saved.
        pub fn average(&self) -> &Params {
            &self.average
        }
    }
}

/// Sums of gradients over batches.
pub(super) fn accumulate(graph: &Graph, batches: usize, params: &[&Param]) -> TokenStream {
    let (fields, batches) = (fields(graph, params), number(batches));
    quote! {
        /// Batches that make one update, by the mean gradient of all their samples.
        pub const ACCUMULATE: usize = #batches;

        impl Trainer {
            /// Adds a batch's gradients, which are means of so many terms, to the sums.
            fn accumulate(&mut self, terms: f32) {
                let Trainer { gradients, accumulated: sum, .. } = self;
                #(average::add(terms, &gradients.#fields, &mut sum.#fields);)*
                self.batches += 1;
                self.terms += terms;
            }

            /// Turns the sums into mean gradients.
            fn mean(&mut self) {
                let Trainer { gradients, accumulated: sum, terms, .. } = self;
                #(average::take(*terms, &mut sum.#fields, &mut gradients.#fields);)*
                (self.batches, self.terms) = (0, 0.0);
            }
        }
    }
}

/// The method that updates with what was accumulated.
pub(super) fn finish(calls: &TokenStream) -> TokenStream {
    quote! {
        /// Updates with the mean gradient of all samples since the last update, if there are any: every [`ACCUMULATE`]th
        /// step does, and the end of an epoch needs it.
        pub fn finish(&mut self, rate: f32) {
            if self.batches == 0 {
                return;
            }
            self.mean();
            self.updates += 1;
            #calls
        }
    }
}
