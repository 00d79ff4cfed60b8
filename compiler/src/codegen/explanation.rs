//! The program that explains answers: predictions without the last activation, the gradient of what is chosen of them, and feature
//! maps on the way.

use super::function::{Context, Style, Sweep, slots, sweep};
use super::recipe::Shapes;
use super::shared::Shared;
use super::{describe, flat, inference, interface, names, params, predictor};
use crate::emit::emit;
use crate::graph::Graph;
use crate::kernels::tape::Id;
use crate::kernels::types::Types;
use crate::ops::Operator;
use crate::passes::{Goal, Mode, Plan, plan};
use crate::program::Model;
use crate::question::Question;
use crate::tokens::{array, number};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

/// The most samples that go through the layers together.
const TOGETHER: usize = 64;

/// Returns the code of a program that explains.
pub(super) fn program(header: &TokenStream, model: &Model, question: &Question) -> TokenStream {
    let graph = &question.graph;
    let predicting = plan(graph, &goal(Mode::Inference, false, question, false));
    let plain = plan(graph, &goal(Mode::Explanation, false, question, true));
    let guided = plan(graph, &goal(Mode::Explanation, true, question, false));
    let types = Types::of(graph, [&predicting, &plain, &guided].into_iter().flat_map(|plan| &plan.tape.ops));
    let doc = " The gradient of what is chosen of the outputs, by the input and by the feature map.";
    let plain = insight(question, &plain, &types, "gradients", doc);
    let doc = " The same gradient by the input, but as guided backpropagation has it: a ReLU lets only positive ones back.";
    let guided = insight(question, &guided, &types, "guided", doc);
    let frame = frame(header, model, Context { graph, plan: &predicting, types: &types });
    let (head, given) = (emit(&question.head), given(model));
    quote! {
        #frame
        #plain
        #guided

        impl app::Explained for Program {
            #given
            const HEAD: Head = #head;
            type Gradients = gradients::Insight;
            type Guided = guided::Insight;
        }
    }
}

/// Returns the code of a program that shows feature maps.
pub(super) fn maps_program(header: &TokenStream, model: &Model, question: &Question) -> TokenStream {
    let graph = &question.graph;
    let predicting = plan(graph, &goal(Mode::Inference, false, question, false));
    let shown = plan(graph, &goal(Mode::Inference, false, question, true));
    let types = Types::of(graph, [&predicting, &shown].into_iter().flat_map(|plan| &plan.tape.ops));
    let shown = insight(question, &shown, &types, "maps", " The feature maps.");
    let frame = frame(header, model, Context { graph, plan: &predicting, types: &types });
    let given = given(model);
    let filters = match filters(graph) {
        Some(name) => quote!(Some(#name)),
        None => quote!(None),
    };
    quote! {
        #frame
        #shown

        impl app::Shown for Program {
            #given
            const FILTERS: Option<&'static str> = #filters;
            type Maps = maps::Insight;
        }
    }
}

/// Returns what all programs of questions have: parameters, shapes, and a prediction of logits by a plan.
pub(super) fn frame(header: &TokenStream, model: &Model, predicting: Context<'_>) -> TokenStream {
    let Context { graph, plan, types } = predicting;
    let (description, params, shapes) =
        (describe::module(model, None, plan), params::items(&model.graph), types.module());
    let (predict, flat, traits) =
        (inference::items(graph, plan, types), flat::prediction(false), predicts(model));
    quote! {
        #description
        #header
        #params
        #shapes
        #predict
        #flat
        #traits
    }
}

pub(super) fn goal(mode: Mode, guided: bool, question: &Question, maps: bool) -> Goal {
    Goal {
        mode,
        batch: TOGETHER,
        input_gradient: mode == Mode::Explanation,
        features: false,
        logits: false,
        maps: if maps { question.maps.clone() } else { vec![] },
        guided,
    }
}

/// Returns the name of the weights of the first convolution.
fn filters(graph: &Graph) -> Option<&str> {
    let is_convolution = |op: &Operator| matches!(op, Operator::Conv(_) | Operator::DepthwiseConv(_));
    let first = graph.nodes.iter().find(|node| is_convolution(&node.op))?;
    first.params.first().map(|&weight| graph.param(weight).name.as_str())
}

pub(super) fn given(model: &Model) -> Option<TokenStream> {
    model.has_data().then(|| {
        quote!(
            const GIVEN: bool = true;
        )
    })
}

/// The program as one that reads samples and weights as predictions do.
fn predicts(model: &Model) -> TokenStream {
    let (name, shapes) = (&model.graph.name, Shapes::of(model));
    let described = if model.has_data() {
        quote! {
            fn loss() -> Loss {
                app::settings::recipe().loss
            }

            fn data() -> Option<Source> {
                app::settings::recipe().data
            }

            fn scaling() -> Scaling {
                app::settings::recipe().scaling
            }
        }
    } else {
        let loss = emit(&predictor::loss(&model.graph));
        quote! {
            fn loss() -> Loss {
                #loss
            }
        }
    };
    quote! {
        /// The network as a program.
        pub struct Program;

        impl app::Predictor for Program {
            const NAME: &'static str = #name;
            #shapes
            type Params = Params;
            type Model = Model;

            #described

            fn init(seed: u64) -> Params {
                Params::init(seed)
            }
        }
    }
}

/// Returns a module that takes samples through a plan which gives more than outputs.
fn insight(question: &Question, plan: &Plan, types: &Types<'_>, name: &str, doc: &str) -> TokenStream {
    let seen = Seen { plan, question };
    let maps = question.maps.iter().take(plan.tape.maps.len()).map(|&map| {
        let value = question.graph.value(map);
        let (name, shape) = (&value.name, array(&value.shape));
        quote!((#name, &#shape))
    });
    let maps: Vec<TokenStream> = maps.collect();
    let face = |new: &TokenStream, calls: &TokenStream| {
        let look = seen.look(calls);
        quote! {
            impl app::Insight for Insight {
                type Params = Params;
                const MAPS: &'static [(&'static str, &'static [usize])] = &[#(#maps),*];

                #new

                #look
            }
        }
    };
    module(question, plan, types, (name, doc), face)
}

/// Returns a module with its own lanes that takes samples through a plan; `face` makes the implementation of a trait from the function
/// that prepares parameters and the calls for all lanes.
pub(super) fn module(
    question: &Question,
    plan: &Plan,
    types: &Types<'_>,
    (name, doc): (&str, &str),
    face: impl Fn(&TokenStream, &TokenStream) -> TokenStream,
) -> TokenStream {
    let graph = &question.graph;
    let context = Context { graph, plan, types };
    let (module, at) = (format_ident!("{name}"), format_ident!("at"));
    let mut used = names::Functions::new(plan);
    let mut shared = Shared::find(context);
    let style = Style {
        at: at.clone(),
        name: &|layer, backward| format!("{layer}_{}", if backward { "backward" } else { "forward" }),
        clears: false,
        piece: format_ident!("Pass"),
    };
    let run = names::function(&mut used, "look");
    let phases = plan.schedule.phases.iter().filter(|phase| phase.lanes);
    let doc_of_run = " Takes a lane's samples through all layers.";
    let sweeps: Vec<Sweep> = phases
        .map(|phase| sweep(context, phase, run.clone(), doc_of_run, &style, &mut shared, &mut used))
        .collect();
    let packs = inference::packs(context, &at);
    let shared_mut = if packs.is_empty() { quote!() } else { quote!(mut) };
    let seen = Seen { plan, question };
    let calls = sweeps.iter().map(|sweep| seen.call(&run, sweep));
    let new = quote! {
        fn new(params: Params) -> Insight {
            let #shared_mut shared = Shared::new(SHARED_FLOATS);
            #(#packs)*
            let lanes = std::array::from_fn(|lane| Lane::new(lane, TILE, LANE_FLOATS, LANE_BYTES));
            Insight { params, shared, lanes }
        }
    };
    let face = face(&new, &quote!(#(#calls)*));
    let functions = sweeps.iter().map(|sweep| &sweep.items);
    let (place, memory) = (&plan.place, &plan.memory);
    let [lanes, tile] = [place.lanes, place.tile].map(number);
    let [floats, bytes, shared] = [memory.lane_floats, memory.lane_bytes, memory.shared_floats].map(number);
    let body = quote! {
        /// The parameters, and the memory that the work needs.
        pub struct Insight {
            params: Params,
            shared: Shared,
            lanes: [Lane; LANES],
        }

        #face
        #(#functions)*
    };
    let slots = slots(plan, &at, &body);
    quote! {
        #[doc = #doc]
        pub mod #module {
            use super::*;

            /// Lanes that threads take.
            const LANES: usize = #lanes;
            /// Samples of a lane that go through the layers together.
            const TILE: usize = #tile;
            /// Floats of a lane's memory.
            const LANE_FLOATS: usize = #floats;
            /// Bytes of a lane's memory: positions.
            const LANE_BYTES: usize = #bytes;
            /// Floats that all lanes read: packed weights.
            const SHARED_FLOATS: usize = #shared;

            #slots
            #body
        }
    }
}

/// The slices that a caller gives, by the values of a plan.
struct Seen<'a> {
    plan: &'a Plan,
    question: &'a Question,
}

impl Seen<'_> {
    /// The function that gets everything of the samples.
    fn look(&self, calls: &TokenStream) -> TokenStream {
        let sizes: Vec<Literal> = self.maps().map(|(_, len)| number(len)).collect();
        let ([maps, slopes], explains) = (self.map_names(), self.plan.tape.chosen.is_some());
        let given = if explains { quote!(chosen) } else { quote!(_) };
        let slope = if explains { quote!(slopes) } else { quote!(slopes: _) };
        let map_slopes = (explains && !maps.is_empty())
            .then(|| quote!(let [#(#slopes),*] = train::parted_mut(map_slopes, samples, [#(#sizes),*]);));
        let parts = (!maps.is_empty())
            .then(|| quote!(let [#(#maps),*] = train::parted_mut(maps, samples, [#(#sizes),*]);));
        let unused = match (maps.is_empty(), explains) {
            (true, _) => quote!(maps: _, map_slopes: _),
            (false, true) => quote!(maps, map_slopes),
            (false, false) => quote!(maps, map_slopes: _),
        };
        let x = interface::inputs(&self.question.graph).remove(0).arg;
        quote! {
            fn look(&mut self, inputs: &[f32], #given: &[f32], seen: app::Seen<'_>) {
                let samples = inputs.len() / INPUT;
                let app::Seen { outputs, #slope, #unused } = seen;
                #parts
                #map_slopes
                let #x = inputs;
                let lane = parallel::share(samples, LANES, TILE);
                let step = Step::of(&self.params, &self.shared, samples);
                #calls
            }
        }
    }

    /// A call of the function that takes a lane's samples through the layers.
    fn call(&self, run: &Ident, sweep: &Sweep) -> TokenStream {
        let reads = sweep.reads.iter().map(|id| self.read(*id));
        let (names, sizes): (Vec<Ident>, Vec<Literal>) =
            sweep.writes.iter().map(|id| self.written(*id)).unzip();
        quote! {
            parallel::lanes(&mut self.lanes, lane, samples, [#((#names, #sizes)),*], |lane, [#(#names),*]| {
                #run(lane, &step #(, #reads)* #(, #names)*);
            });
        }
    }

    fn read(&self, id: Id) -> TokenStream {
        match self.plan.tape.chosen {
            Some(chosen) if chosen.given == id => quote!(chosen),
            _ => {
                let input = names::value(&self.plan.tape, id);
                quote!(#input)
            }
        }
    }

    /// The caller's slice that a value is written to, and the numbers of a sample.
    fn written(&self, id: Id) -> (Ident, Literal) {
        let tape = &self.plan.tape;
        let [maps, slopes] = self.map_names();
        let of_map = tape.maps.iter().position(|map| map.copy == id).map(|at| maps[at].clone());
        let of_slope = tape.maps.iter().position(|map| map.gradient == Some(id)).map(|at| slopes[at].clone());
        let is_slope = tape.input_gradients.iter().any(|(_, gradient)| *gradient == id);
        let name = of_map.or(of_slope).unwrap_or_else(|| match is_slope {
            true => format_ident!("slopes"),
            false => format_ident!("outputs"),
        });
        (name, number(tape.value(id).len()))
    }

    fn maps(&self) -> impl Iterator<Item = (Id, usize)> + '_ {
        self.plan.tape.maps.iter().map(|map| (map.copy, self.plan.tape.value(map.copy).len()))
    }

    fn map_names(&self) -> [Vec<Ident>; 2] {
        let count = self.plan.tape.maps.len();
        ["map", "map_slope"].map(|name| (0..count).map(|at| format_ident!("{name}_{at}")).collect())
    }
}
