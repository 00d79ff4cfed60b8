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
        #[derive(Clone, Debug)]
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
    let logits = logits(plan, y);
    // What a lane reads and writes, in the order in which its layers do.
    let place = |all: &[Id], id: &Id| all.iter().position(|other| other == id).unwrap_or_default();
    let sweep = sweeps.first();
    let reads: Vec<&Ident> =
        sweep.iter().flat_map(|s| &s.reads).map(|id| &args[place(&plan.tape.inputs, id)]).collect();
    let writes: Vec<Id> = sweep.iter().flat_map(|s| &s.writes).copied().collect();
    let target = |id: &Id| match (plan.tape.is_logits(*id), y.len()) {
        (true, _) => quote!(&mut []),
        (false, 1) => y[0].whole(&quote!(outputs)),
        (false, _) => {
            let port = &y[place(&plan.tape.outputs, id)];
            let field = &port.field;
            port.whole(&quote!(outputs.#field))
        }
    };
    let targets = writes.iter().map(target);
    let (one, answer, empty) = if let [y] = y {
        ("The output", y.owned(), y.zeros())
    } else {
        let zeros = y.iter().map(Port::zeros);
        ("The outputs", quote!(Outputs), quote!(Outputs { #(#out_fields: #zeros),* }))
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
    let written: Vec<Ident> = writes.iter().map(|&id| names::value(plan, id)).collect();
    let [logit_args, logit_sizes]: [Vec<&Ident>; 2] =
        [logits.iter().map(|(arg, _)| arg).collect(), logits.iter().map(|(_, size)| size).collect()];
    let all = Lanes { args: &args, outs: &outs, out_sizes: &out_sizes };
    let body = all.body(&reads, &written, &logits);
    let (inputs, outputs) = match (&args[..], &outs[..]) {
        ([_], [_]) => (vec![format_ident!("inputs")], vec![format_ident!("outputs")]),
        _ => (args.clone(), outs.clone()),
    };
    let (samples, panics, lengths) = match (&args[..], &outs[..]) {
        ([_], [_]) => ("inputs", "as many outputs as inputs", "an output for each input"),
        _ => ("samples", "as many of each input and output", "as many of each input and output"),
    };
    let doc = format!(" The outputs for any number of {samples}, by all threads.");
    let panics = format!(" If there are not {panics}.");
    let (first, others) = (&inputs[0], inputs[1..].iter().chain(&outputs).collect::<Vec<_>>());
    let check = match &others[..] {
        [only] => quote!(assert_eq!(#first.len(), #only.len(), #lengths);),
        _ => quote!(let n = #first.len(); assert!(#(#others.len() == n)&&*, #lengths);),
    };
    let count = quote!(let n = #first.len(););
    let given = quote!(#(#inputs: &[[f32; #sizes]],)* #(#outputs: &mut [[f32; #out_sizes]]),*);
    if logits.is_empty() {
        let count_once = (others.len() == 1).then_some(count);
        return quote! {
            #one

            #[doc = #doc]
            ///
            /// # Panics
            #[doc = #panics]
            pub fn predict_batch(&mut self, #given) {
                #check
                #count_once
                #body
            }
        };
    }
    let none = logits.iter().map(|_| quote!(&mut []));
    quote! {
        #one

        #[doc = #doc]
        ///
        /// # Panics
        #[doc = #panics]
        pub fn predict_batch(&mut self, #given) {
            #check
            self.predict_lanes(#(#inputs,)* #(#outputs,)* #(#none),*);
        }

        /// The same outputs, and the logits that training computes the loss from: the logarithm of a probability that was
        /// rounded is not the loss.
        ///
        /// # Panics
        /// If there are not as many of each.
        pub fn predict_with_logits(&mut self, #given #(, #logit_args: &mut [[f32; #logit_sizes]])*) {
            #check
            assert!(#(#logit_args.len() == #first.len())&&*, "as many logits as outputs");
            self.predict_lanes(#(#inputs,)* #(#outputs,)* #(#logit_args.as_flattened_mut()),*);
        }

        /// The outputs, and the logits unless their slice is empty.
        fn predict_lanes(&mut self, #given #(, #logit_args: &mut [f32])*) {
            #count
            #body
        }
    }
}

/// The logits that a caller may ask for, each with the constant of its size.
fn logits(plan: &Plan, y: &[Port]) -> Vec<(Ident, Ident)> {
    plan.tape.logits.iter().map(|&(at, id)| (names::value(plan, id), y[at].size.clone())).collect()
}

/// What samples are read from and written to.
struct Lanes<'a> {
    args: &'a [Ident],
    outs: &'a [Ident],
    out_sizes: &'a [Ident],
}

impl Lanes<'_> {
    /// Takes all samples through the layers, lane by lane.
    fn body(&self, reads: &[&Ident], written: &[Ident], logits: &[(Ident, Ident)]) -> TokenStream {
        let Lanes { args, outs, out_sizes } = self;
        let optional = logits.iter().map(|(arg, size)| quote!(parallel::optional(#arg, #size)));
        let logits: Vec<&Ident> = logits.iter().map(|(arg, _)| arg).collect();
        let (flat, parts) = if let ([x], [_]) = (*args, *outs) {
            let y = format_ident!("y");
            (
                quote!(let (#x, #y) = (inputs.as_flattened(), outputs.as_flattened_mut());),
                quote!((#y, OUTPUT)),
            )
        } else {
            (
                quote!(#(let #args = #args.as_flattened();)*),
                quote!(#((#outs.as_flattened_mut(), #out_sizes)),*),
            )
        };
        quote! {
            let lane = parallel::share(n, predict_at::LANES, predict_at::TILE);
            let s = Step::of(&self.params, &self.shared, n);
            #flat
            parallel::enter(|| {
                parallel::lanes(&mut self.lanes, lane, n, [#parts #(, #optional)*], |lane, [#(#outs),* #(, #logits)*]| {
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
