//! Prediction: the forward pass alone, with nothing kept that only training needs.

use super::calls::{Scope, number};
use super::function::{Style, slots, sweep};
use super::{describe, names};
use crate::graph::Graph;
use crate::passes::Plan;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

pub(super) fn items(graph: &Graph, plan: &Plan) -> TokenStream {
    let at = format_ident!("predict_at");
    let mut used = Vec::new();
    let style = Style { at: at.clone(), name: &|layer, _| format!("{layer}_predict"), clears: false };
    let mut functions = Vec::new();
    for phase in plan.schedule.phases.iter().filter(|p| p.lanes) {
        let doc = " Takes a lane's samples through all layers.";
        functions.push(sweep(graph, plan, phase, format_ident!("predict"), doc, &style, &mut used));
    }
    let scope = Scope { graph, plan, n: quote!(n), params: quote!(params), aliases: Vec::new() };
    let packs: Vec<TokenStream> = plan
        .tape
        .ops
        .iter()
        .filter(|op| op.kind.packs())
        .map(|op| {
            let vars = op.writes.iter().map(|&id| names::value(plan, id));
            let slots = op.writes.iter().map(|&id| names::slot(plan, id));
            let call = scope.call(op);
            if op.writes.len() == 1 {
                quote!(#(let #vars = shared.get_mut(#at::#slots);)* #call)
            } else {
                quote!(let [#(#vars),*] = shared.several([#(#at::#slots),*]); #call)
            }
        })
        .collect();
    let shared_mut = if packs.is_empty() { quote!() } else { quote!(mut) };
    let input = graph.value(graph.inputs[0]);
    let output = graph.value(graph.outputs[0]);
    let x = names::input(graph);
    let [x_len, y_len] = [&input.shape, &output.shape].map(|s| number(s.iter().product()));
    let [lanes, tile, floats, bytes, shared] = [
        plan.place.lanes,
        plan.place.tile,
        plan.memory.lane_floats,
        plan.memory.lane_bytes,
        plan.memory.shared_floats,
    ]
    .map(number);
    let functions: Vec<TokenStream> = functions.into_iter().map(|f| f.items).collect();
    let doc = describe::model(graph);
    let [input_doc, output_doc] = [("input", input), ("output", output)]
        .map(|(what, v)| format!(" Numbers of one {what}: {}, channels first.", describe::shape(&v.shape)));
    let body = quote! {
        #[doc = #doc]
        pub struct Model {
            params: Params,
            shared: Shared,
            lanes: [Lane; predict_at::LANES],
        }

        #[doc = #input_doc]
        pub const INPUT: usize = #x_len;
        #[doc = #output_doc]
        pub const OUTPUT: usize = #y_len;

        impl Model {
            /// Prepares these parameters for prediction.
            pub fn new(params: Params) -> Model {
                let #shared_mut shared = Shared::new(#shared);
                #(#packs)*
                Model { params, shared, lanes: std::array::from_fn(|lane| Lane::new(lane, predict_at::TILE, #floats, #bytes)) }
            }

            /// The output for one input, by this thread alone.
            pub fn predict(&mut self, #x: &[f32; INPUT]) -> [f32; OUTPUT] {
                let mut outputs = [0.0; OUTPUT];
                let s = Step::of(&self.params, &self.shared, 1);
                predict(self.lanes[0].with(1), &s, #x, &mut outputs);
                outputs
            }

            /// The outputs for any number of inputs, by all threads.
            ///
            /// # Panics
            /// If there are not as many outputs as inputs.
            pub fn predict_batch(&mut self, inputs: &[[f32; INPUT]], outputs: &mut [[f32; OUTPUT]]) {
                assert_eq!(inputs.len(), outputs.len(), "an output for each input");
                let n = inputs.len();
                let lane = parallel::share(n, predict_at::LANES, predict_at::TILE);
                let s = Step::of(&self.params, &self.shared, n);
                let (#x, y) = (inputs.as_flattened(), outputs.as_flattened_mut());
                parallel::enter(|| {
                    parallel::lanes(&mut self.lanes, lane, n, [(y, OUTPUT)], |lane, [outputs]| {
                        predict(lane, &s, #x, outputs);
                    });
                });
            }

            /// The parameters.
            pub fn params(&self) -> &Params {
                &self.params
            }
        }
        #(#functions)*
    };
    let slots = slots(plan, &at, &body);
    let slots = with_cut(slots, &lanes, &tile);
    quote!(#slots #body)
}

/// The slots' module with the constants of how samples are cut.
fn with_cut(slots: TokenStream, lanes: &proc_macro2::Literal, tile: &proc_macro2::Literal) -> TokenStream {
    let inner = slots.into_iter().last().and_then(|token| match token {
        proc_macro2::TokenTree::Group(group) => Some(group.stream()),
        _ => None,
    });
    quote! {
        /// How samples are cut for prediction, and where each value lies.
        mod predict_at {
            #inner
            /// Lanes that threads take.
            pub(super) const LANES: usize = #lanes;
            /// Samples of a lane.
            pub(super) const TILE: usize = #tile;
        }
    }
}
