//! Prediction: the forward pass alone, with nothing kept that only training needs.

use super::function::{Context, Style, Sweep, slots, sweep};
use super::interface::{self, Port};
use super::shared::Shared;
use super::{describe, names};
use crate::graph::Graph;
use crate::kernels::scope::{Scope, SharedPlaces, Values};
use crate::kernels::tape::Id;
use crate::kernels::types::Types;
use crate::passes::Plan;
use crate::tokens::number;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

pub(super) fn items(graph: &Graph, plan: &Plan, types: &Types<'_>) -> TokenStream {
    let at = format_ident!("predict_at");
    let context = Context { graph, plan, types };
    let mut used = names::Functions::new(plan);
    let mut shared = Shared::find(context);
    let style = Style {
        at: at.clone(),
        name: &|layer, _| format!("{layer}_predict"),
        clears: false,
        piece: format_ident!("Pass"),
    };
    let mut functions = Vec::new();
    for phase in plan.schedule.phases.iter().filter(|p| p.lanes) {
        let doc = " Takes a lane's samples through all layers.";
        functions.push(sweep(context, phase, format_ident!("predict"), doc, &style, &mut shared, &mut used));
    }
    let packs = packs(context, &at);
    let shared_mut = if packs.is_empty() { quote!() } else { quote!(mut) };
    let (x, y) = (interface::inputs(graph), interface::outputs(graph));
    let predict = predictions(plan, &functions, &x, &y);
    let functions: Vec<TokenStream> = functions.into_iter().map(|f| f.items).collect();
    let doc = describe::model(graph);
    let constants = x.iter().chain(&y).map(Port::constant);
    let arrays = x.iter().map(Port::alias);
    let outputs = interface::outputs_struct(graph, &y);
    let body = quote! {
        #[doc = #doc]
        ///
        /// It does not change: any number of threads may predict with it at the same time.
        #[derive(Clone)]
        pub struct Model {
            params: Params,
            shared: Shared,
        }

        impl fmt::Debug for Model {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct("Model").finish_non_exhaustive()
            }
        }

        /// Memory that a prediction works in. A thread keeps one of its own from its first prediction on; a caller that
        /// keeps one decides when the memory is taken, and given back.
        #[derive(Clone, Debug)]
        pub struct Workspace {
            lanes: [Lane; prediction::LANES],
        }

        impl Workspace {
            /// Takes the memory.
            pub fn new() -> Workspace {
                Workspace {
                    lanes: std::array::from_fn(|lane| Lane::new(
                        lane, prediction::TILE, prediction::LANE_FLOATS, prediction::LANE_BYTES,
                    )),
                }
            }
        }

        impl Default for Workspace {
            fn default() -> Workspace {
                Workspace::new()
            }
        }

        thread_local! {
            /// What this thread's predictions work in.
            static SPARE: Spare<Workspace> = const { Spare::new() };
        }

        #(#constants)*
        #(#arrays)*
        #outputs

        impl Model {
            /// Prepares these parameters for prediction.
            pub fn new(params: Params) -> Model {
                let #shared_mut shared = Shared::new(prediction::SHARED_FLOATS);
                #(#packs)*
                Model { params, shared }
            }

            #predict

            /// The parameters.
            pub fn params(&self) -> &Params {
                &self.params
            }
        }
        #(#functions)*
    };
    let (sizes, slots) = (sizes(plan), slots(plan, &at, &body));
    quote!(#sizes #slots #body)
}

/// Statements that pack parameters for the kernels.
pub(super) fn packs(Context { graph, plan, types }: Context<'_>, at: &Ident) -> Vec<TokenStream> {
    let scope = Scope {
        graph,
        tape: &plan.tape,
        types,
        n: quote!(samples),
        params: quote!(params),
        places: SharedPlaces::default(),
        piece: false,
        values: Values::Variables,
    };
    plan.tape
        .ops
        .iter()
        .filter(|op| op.kernel.facts().packs)
        .map(|op| {
            let vars = op.writes.iter().map(|&id| names::value(&plan.tape, id));
            let slots = op.writes.iter().map(|&id| names::slot(&plan.tape, id));
            let call = scope.call(op);
            if op.writes.len() == 1 {
                quote!(#(let #vars = shared.get_mut(#at::#slots);)* #call)
            } else {
                quote!(let [#(#vars),*] = shared.several([#(#at::#slots),*]); #call)
            }
        })
        .collect()
}

/// Prediction for one sample and for many.
fn predictions(plan: &Plan, sweeps: &[Sweep], x: &[Port], y: &[Port]) -> TokenStream {
    let fields = |ports: &[Port]| -> [Vec<Ident>; 3] {
        [|p: &Port| p.arg.clone(), |p: &Port| p.size.clone(), |p: &Port| p.field.clone()]
            .map(|part: fn(&Port) -> Ident| ports.iter().map(part).collect())
    };
    let ([args, sizes, _], [outs, out_sizes, out_fields]) = (fields(x), fields(y));
    let one_any: Vec<_> = x.iter().map(Port::sample).collect();
    let any: Vec<_> = x.iter().map(Port::samples).collect();
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
        pub fn predict(&self, #(#args: &#one_any),*) -> #answer {
            Spare::with(&SPARE, |workspace| self.predict_in(workspace, #(#args),*))
        }

        /// The same in the caller's memory.
        pub fn predict_in(&self, workspace: &mut Workspace, #(#args: &#one_any),*) -> #answer {
            let mut outputs = #empty;
            #(let #args = #args.numbers();)*
            let step = Step::of(&self.params, &self.shared, 1);
            predict(workspace.lanes[0].with(1), &step #(, #reads)* #(, #targets)*);
            outputs
        }
    };
    let written: Vec<Ident> = writes.iter().map(|&id| names::value(&plan.tape, id)).collect();
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
        _ => quote!(let samples = #first.len(); assert!(#(#others.len() == samples)&&*, #lengths);),
    };
    let count = quote!(let samples = #first.len(););
    let rows = quote!(#(let #inputs = SampleArray::rows(#inputs);)*);
    let written_to = quote!(#(#outputs: &mut [[f32; #out_sizes]]),*);
    let given = quote!(#(#inputs: &[#any],)* #written_to);
    let flat = quote!(#(#inputs: &[[f32; #sizes]],)* #written_to);
    let none: Vec<TokenStream> = logits.iter().map(|_| quote!(, &mut [])).collect();
    let with_logits = (!logits.is_empty()).then(|| {
        quote! {
            /// The same outputs, and the logits that training computes the loss from: the logarithm of a probability that was
            /// rounded is not the loss.
            ///
            /// # Panics
            /// If there are not as many of each.
            #[track_caller]
            pub fn predict_with_logits(&self, #given #(, #logit_args: &mut [[f32; #logit_sizes]])*) {
                #check
                #rows
                assert!(#(#logit_args.len() == #first.len())&&*, "as many logits as outputs");
                Spare::with(&SPARE, |workspace| {
                    self.predict_lanes(workspace, #(#inputs,)* #(#outputs,)* #(#logit_args.as_flattened_mut()),*);
                });
            }
        }
    });
    let lanes_doc = match logits.is_empty() {
        true => " The outputs, lane by lane.",
        false => " The outputs, and the logits unless their slice is empty.",
    };
    quote! {
        #one

        #[doc = #doc]
        ///
        /// # Panics
        #[doc = #panics]
        #[track_caller]
        pub fn predict_batch(&self, #given) {
            #check
            #rows
            Spare::with(&SPARE, |workspace| self.predict_lanes(workspace, #(#inputs,)* #(#outputs),* #(#none)*));
        }

        /// The same in the caller's memory.
        ///
        /// # Panics
        #[doc = #panics]
        #[track_caller]
        pub fn predict_batch_in(&self, workspace: &mut Workspace, #given) {
            #check
            #rows
            self.predict_lanes(workspace, #(#inputs,)* #(#outputs),* #(#none)*);
        }

        #with_logits

        #[doc = #lanes_doc]
        fn predict_lanes(&self, workspace: &mut Workspace, #flat #(, #logit_args: &mut [f32])*) {
            #count
            #body
        }
    }
}

/// The logits that a caller may ask for, each with the constant of its size.
fn logits(plan: &Plan, y: &[Port]) -> Vec<(Ident, Ident)> {
    plan.tape.logits.iter().map(|&(at, id)| (names::value(&plan.tape, id), y[at].size.clone())).collect()
}

/// Slices that samples are read from and written to.
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
            let y = format_ident!("outputs");
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
            let lane = parallel::share(samples, prediction::LANES, prediction::TILE);
            let step = Step::of(&self.params, &self.shared, samples);
            #flat
            parallel::lanes(&mut workspace.lanes, lane, samples, [#parts #(, #optional)*], |lane, [#(#outs),* #(, #logits)*]| {
                predict(lane, &step #(, #reads)* #(, #written)*);
            });
        }
    }
}

/// Returns the constants of a prediction's lanes, tiles and memory.
fn sizes(plan: &Plan) -> TokenStream {
    let (place, memory) = (&plan.place, &plan.memory);
    let [lanes, tile] = [place.lanes, place.tile].map(number);
    let [floats, bytes, shared] = [memory.lane_floats, memory.lane_bytes, memory.shared_floats].map(number);
    quote! {
        /// How samples are cut for prediction, and the memory that it works in.
        mod prediction {
            /// Lanes that threads take.
            pub(super) const LANES: usize = #lanes;
            /// Samples of a lane that go through the layers together.
            pub(super) const TILE: usize = #tile;
            /// Floats of a lane's memory.
            pub(super) const LANE_FLOATS: usize = #floats;
            /// Bytes of a lane's memory: masks.
            pub(super) const LANE_BYTES: usize = #bytes;
            /// Floats that all lanes read: packed weights.
            pub(super) const SHARED_FLOATS: usize = #shared;
        }
    }
}
