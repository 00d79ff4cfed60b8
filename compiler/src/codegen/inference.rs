//! Prediction: the forward pass alone, with nothing kept that only training needs.

use super::calls::{Scope, number};
use super::function::{Style, Sweep, slots, sweep};
use super::interface::{self, Port};
use super::{describe, names};
use crate::graph::Graph;
use crate::passes::Plan;
use crate::tape::Id;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

pub(super) fn items(graph: &Graph, plan: &Plan) -> TokenStream {
    let at = format_ident!("predict_at");
    let mut used = Vec::new();
    let style = Style {
        at: at.clone(),
        name: &|layer, _| format!("{layer}_predict"),
        clears: false,
        piece: format_ident!("Pass"),
    };
    let mut functions = Vec::new();
    for phase in plan.schedule.phases.iter().filter(|p| p.lanes) {
        let doc = " Takes a lane's samples through all layers.";
        functions.push(sweep(graph, plan, phase, format_ident!("predict"), doc, &style, &mut used));
    }
    let scope =
        Scope { graph, plan, n: quote!(n), params: quote!(params), aliases: Vec::new(), piece: false };
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
    let (x, y) = (interface::inputs(graph), interface::outputs(graph));
    let [lanes, tile, floats, bytes, shared] = [
        plan.place.lanes,
        plan.place.tile,
        plan.memory.lane_floats,
        plan.memory.lane_bytes,
        plan.memory.shared_floats,
    ]
    .map(number);
    let predict = predictions(plan, &functions, &x, &y);
    let functions: Vec<TokenStream> = functions.into_iter().map(|f| f.items).collect();
    let doc = describe::model(graph);
    let constants = x.iter().chain(&y).map(Port::constant);
    let outputs = interface::outputs_struct(graph, &y);
    let body = quote! {
        #[doc = #doc]
        pub struct Model {
            params: Params,
            shared: Shared,
            lanes: [Lane; predict_at::LANES],
        }

        #(#constants)*
        #outputs

        impl Model {
            /// Prepares these parameters for prediction.
            pub fn new(params: Params) -> Model {
                let #shared_mut shared = Shared::new(#shared);
                #(#packs)*
                Model { params, shared, lanes: std::array::from_fn(|lane| Lane::new(lane, predict_at::TILE, #floats, #bytes)) }
            }

            #predict

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

/// Prediction for one sample and for many.
fn predictions(plan: &Plan, sweeps: &[Sweep], x: &[Port], y: &[Port]) -> TokenStream {
    let fields = |ports: &[Port]| -> [Vec<Ident>; 3] {
        [|p: &Port| p.arg.clone(), |p: &Port| p.size.clone(), |p: &Port| p.field.clone()]
            .map(|part: fn(&Port) -> Ident| ports.iter().map(part).collect())
    };
    let ([args, sizes, _], [outs, out_sizes, out_fields]) = (fields(x), fields(y));
    // What a lane reads and writes, in the order in which its layers do.
    let place = |all: &[Id], id: &Id| all.iter().position(|other| other == id).unwrap_or_default();
    let sweep = sweeps.first();
    let reads: Vec<&Ident> =
        sweep.iter().flat_map(|s| &s.reads).map(|id| &args[place(&plan.tape.inputs, id)]).collect();
    let writes: Vec<usize> =
        sweep.iter().flat_map(|s| &s.writes).map(|id| place(&plan.tape.outputs, id)).collect();
    let (one, answer, empty, targets) = if y.len() == 1 {
        let targets = writes.iter().map(|_| quote!(&mut outputs)).collect::<Vec<_>>();
        ("The output", quote!([f32; OUTPUT]), quote!([0.0; OUTPUT]), targets)
    } else {
        let empty = quote!(Outputs { #(#out_fields: [0.0; #out_sizes]),* });
        let field = |&at: &usize| {
            let field = &out_fields[at];
            quote!(&mut outputs.#field)
        };
        ("The outputs", quote!(Outputs), empty, writes.iter().map(field).collect())
    };
    let sample = if x.len() == 1 { "input" } else { "sample" };
    let one_doc = format!(" {one} for one {sample}, by this thread alone.");
    let one = quote! {
        #[doc = #one_doc]
        pub fn predict(&mut self, #(#args: &[f32; #sizes]),*) -> #answer {
            let mut outputs = #empty;
            let s = Step::of(&self.params, &self.shared, 1);
            predict(self.lanes[0].with(1), &s #(, #reads)* #(, #targets)*);
            outputs
        }
    };
    if let ([x], [_]) = (&args[..], &outs[..]) {
        return quote! {
            #one

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
        };
    }
    let first = &args[0];
    let others = args[1..].iter().chain(&outs);
    let written = writes.iter().map(|&at| &outs[at]);
    quote! {
        #one

        /// The outputs for any number of samples, by all threads.
        ///
        /// # Panics
        /// If there are not as many of each input and output.
        pub fn predict_batch(
            &mut self, #(#args: &[[f32; #sizes]],)* #(#outs: &mut [[f32; #out_sizes]]),*
        ) {
            let n = #first.len();
            assert!(#(#others.len() == n)&&*, "as many of each input and output");
            let lane = parallel::share(n, predict_at::LANES, predict_at::TILE);
            let s = Step::of(&self.params, &self.shared, n);
            #(let #args = #args.as_flattened();)*
            parallel::enter(|| {
                parallel::lanes(&mut self.lanes, lane, n, [#((#outs.as_flattened_mut(), #out_sizes)),*], |lane, [#(#outs),*]| {
                    predict(lane, &s #(, #reads)* #(, #written)*);
                });
            });
        }
    }
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
