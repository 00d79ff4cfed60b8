//! The training step: a struct that owns all memory, a function for each phase, layer and direction.

use super::features::{Features, StepParts};
use super::function::{Context, Exchange, Style, Sweep, has_method, mentions, parameters, row, slots, sweep};
use super::interface::{self, Port};
use super::shared::Shared;
use super::{Options, describe, features, names, params, parts, update};
use crate::graph::Graph;
use crate::kernels::scope::{Scope, SharedPlaces, Values};
use crate::kernels::tape::{Extent, Id, Op};
use crate::kernels::types::Types;
use crate::passes::{Home, Phase, Plan};
use crate::program::Model;
use crate::recipe::Recipe;
use crate::tokens::number;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// A phase as functions.
pub(super) enum Made {
    /// Functions of lanes.
    Sweep(Sweep),
    /// A function for the whole batch, by its name.
    Whole(Ident),
}

pub(super) fn items(
    model: &Model,
    recipe: &Recipe,
    plan: &Plan,
    types: &Types<'_>,
    options: &Options,
) -> TokenStream {
    let graph = &model.graph;
    let gradients = params::gradients(graph);
    let constants = constants(plan);
    let context = Context { graph, plan, types };
    let mut used = names::Functions::new(plan);
    let mut shared = Shared::find(context);
    let mut methods = names::Functions::default();
    let mut functions = Vec::new();
    let mut phases = Vec::new();
    let mut sweeps = Vec::new();
    let is_only = !has_several_sweeps(plan);
    for (i, phase) in plan.schedule.phases.iter().enumerate() {
        let made = if phase.lanes {
            let name = names::function(&mut used, &describe::sweep_name(graph, phase, is_only));
            let style = Style {
                at: format_ident!("at"),
                name: &|layer, backward| format!("{layer}_{}", if backward { "backward" } else { "forward" }),
                clears: !plan.schedule.phases[..i].iter().any(|phase| phase.lanes),
                piece: names::piece(&name),
            };
            let doc = describe::sweep(graph, phase);
            let made = sweep(context, phase, name, &doc, &style, &mut shared, &mut used);
            phases.push(lanes_call(graph, plan, &made));
            functions.push(made.items.clone());
            Made::Sweep(made)
        } else {
            let name = names::function(&mut methods, &describe::whole_name(plan, phase));
            let (call, function) = whole_phase(context, phase, &name);
            phases.push(call);
            functions.push(function);
            Made::Whole(name)
        };
        sweeps.push(made);
    }
    let features = features::items(context, &sweeps, &phases, [&mut used, &mut methods]);
    functions.extend(features.iter().map(|features| features.items.clone()));
    let functions = quote!(#(#functions)*);
    let parts = parts::items(graph);
    let update = update::items(model, recipe, &terms(plan));
    let trainer = trainer(model, plan, options, &phases, &update, features.as_ref());
    let rule = update.items;
    let body = quote!(#trainer #functions);
    let slots = slots(plan, &format_ident!("at"), &body);
    quote! {
        #constants
        #slots
        #gradients
        #parts
        #body
        #rule
    }
}

/// Number of terms that a step's loss is the mean of: its samples, or the sum of its targets' weights.
fn terms(plan: &Plan) -> TokenStream {
    let is_weighed = |op: &&Op| op.kernel.facts().loss.is_some() && op.reads.len() > 2;
    let share = |id: &&Id| plan.tape.value(**id).extent == Extent::Whole;
    let weighed = plan.tape.ops.iter().filter(is_weighed).find_map(|op| op.reads.iter().find(share));
    match weighed {
        None => quote!(samples as f32),
        Some(&share) => {
            let share = names::slot(&plan.tape, share);
            quote!(average::terms(self.shared.get(at::#share)[0]))
        }
    }
}

fn constants(plan: &Plan) -> TokenStream {
    let (place, memory) = (&plan.place, &plan.memory);
    let [batch, lanes, lane, tile] = [place.batch, place.lanes, place.lane, place.tile].map(number);
    let [sums, floats, bytes] = [memory.partial_floats, memory.lane_floats, memory.lane_bytes].map(number);
    let [shared, of_batch] = [memory.shared_floats, memory.batch_floats].map(number);
    let workspace = number(plan.memory.bytes(place));
    quote! {
        /// Samples a training step takes at most.
        pub const BATCH: usize = #batch;
        /// A batch is cut into lanes that threads take; sums over samples are made lane by lane, so that they do not
        /// depend on the number of threads.
        const LANES: usize = #lanes;
        /// Samples of a lane.
        const LANE: usize = #lane;
        /// Samples of a lane that go through the layers together, small enough to stay in a core's cache.
        const TILE: usize = #tile;
        /// Floats of a lane's memory.
        const LANE_FLOATS: usize = #floats;
        /// Those at its beginning that hold the lane's sums over samples.
        const LANE_SUMS: usize = #sums;
        /// Bytes of a lane's memory: masks and positions.
        const LANE_BYTES: usize = #bytes;
        /// Floats that all lanes read: packed weights and statistics.
        const SHARED_FLOATS: usize = #shared;
        /// Floats of values that are kept for the whole batch.
        const BATCH_FLOATS: usize = #of_batch;
        /// Bytes that a training step works in, beside parameters, gradients and the optimizer's memory.
        pub const WORKSPACE: usize = #workspace;
    }
}

/// Returns whether lanes go through several phases.
fn has_several_sweeps(plan: &Plan) -> bool {
    plan.schedule.phases.iter().filter(|phase| phase.lanes).count() > 1
}

/// The call of a lanes' phase.
pub(super) fn lanes_call(graph: &Graph, plan: &Plan, sweep: &Sweep) -> TokenStream {
    let name = &sweep.name;
    let batch_ids: Vec<Id> = sweep
        .reads
        .iter()
        .chain(&sweep.writes)
        .copied()
        .filter(|&id| plan.memory.slots[id.0].is_some())
        .collect();
    let views = batch_views(plan, &batch_ids, &quote!(self.batch));
    let parts = sweep.writes.iter().map(|&id| {
        let (x, len) = (names::value(&plan.tape, id), row(graph, plan, id, &format_ident!("at")));
        quote!((&mut #x[..], #len))
    });
    let mut parts: Vec<TokenStream> = parts.collect();
    let mut written: Vec<Ident> = sweep.writes.iter().map(|&id| names::value(&plan.tape, id)).collect();
    let features = format_ident!("features");
    if let Some(Exchange::Store(_)) = sweep.exchange {
        parts.push(quote!((&mut features[..], FEATURES)));
        written.push(features.clone());
    }
    let reads: Vec<TokenStream> = sweep
        .reads
        .iter()
        .map(|&id| {
            let x = names::value(&plan.tape, id);
            if plan.memory.slots[id.0].is_some() { quote!(&*#x) } else { quote!(#x) }
        })
        .collect();
    let rebind = reads.iter().zip(&sweep.reads).filter(|(_, id)| plan.memory.slots[id.0].is_some()).map(
        |(read, &id)| {
            let x = names::value(&plan.tape, id);
            quote!(let #x = #read;)
        },
    );
    let loaded: Vec<Ident> =
        matches!(sweep.exchange, Some(Exchange::Load(_))).then_some(features).into_iter().collect();
    if sweep.gradients {
        // There is one sample, and so one lane.
        let written = written.iter().map(|x| quote!(&mut #x[..]));
        return quote! {
            {
                #views
                let step = Step::new(&self.params, &self.shared, samples, self.seed, self.steps);
                #name(self.lanes[0].with(samples), &step, &mut self.gradients #(, #reads)* #(, #written)* #(, #loaded)*);
            }
        };
    }
    let reads = sweep.reads.iter().map(|&id| names::value(&plan.tape, id));
    let args = reads.chain(written.iter().cloned()).chain(loaded);
    if batch_ids.is_empty() && written.is_empty() {
        let by_reference = has_several_sweeps(plan).then(|| quote!(&));
        return quote!(self.each_lane(samples, #by_reference |lane, step| #name(lane, step #(, #args)*)););
    }
    let call = quote!(#name(lane, &step #(, #args)*));
    quote! {
        {
            #views
            #(#rebind)*
            let step = Step::new(&self.params, &self.shared, samples, self.seed, self.steps);
            parallel::lanes(&mut self.lanes, LANE, samples, [#(#parts),*], |lane, [#(#written),*]| #call);
        }
    }
}

/// `let [h1, h2] = self.batch.get(n, [at::H1, at::H2]);`
fn batch_views(plan: &Plan, ids: &[Id], batch: &TokenStream) -> TokenStream {
    if ids.is_empty() {
        return TokenStream::new();
    }
    let vars = ids.iter().map(|&id| names::value(&plan.tape, id));
    let slots = ids.iter().map(|&id| names::slot(&plan.tape, id));
    quote!(let [#(#vars),*] = #batch.get(samples, [#(at::#slots),*]);)
}

/// A function for the calls of a phase that cover the whole batch, and its call.
pub(super) fn whole_phase(
    Context { graph, plan, types }: Context<'_>,
    phase: &Phase,
    name: &Ident,
) -> (TokenStream, TokenStream) {
    let ops: Vec<usize> = phase.groups.iter().flat_map(|g| g.ops.iter().copied()).collect();
    let mut given: Vec<Id> = Vec::new();
    let mut scope = Scope {
        graph,
        tape: &plan.tape,
        types,
        n: quote!(samples),
        params: quote!(params),
        places: SharedPlaces::default(),
        piece: false,
        values: Values::Variables,
    };
    let mut statements = Vec::new();
    for &i in &ops {
        let op = &plan.tape.ops[i];
        let touched = || op.reads.iter().chain(&op.writes).copied();
        for id in touched().filter(|&id| plan.tape.value(id).extent == Extent::Given) {
            if !given.contains(&id) {
                given.push(id);
            }
        }
        let is_of_batch = |id: &Id| plan.memory.slots[id.0].is_some_and(|slot| slot.home == Home::Batch);
        let batch: Vec<Id> = touched().filter(is_of_batch).collect();
        if batch.is_empty() {
            scope.values = Values::Places;
            statements.push(scope.call(op));
            continue;
        }
        scope.values = Values::Variables;
        let views = batch_views(plan, &batch, &quote!(batch));
        let binds = op.writes.iter().filter_map(|&id| {
            let var = names::value(&plan.tape, id);
            let slot = names::slot(&plan.tape, id);
            match (scope.gradient(id), plan.memory.slots[id.0].map(|slot| slot.home)) {
                (Some(gradient), _) => Some(quote!(let #var = &mut #gradient;)),
                (None, Some(Home::Whole)) => Some(quote!(let #var = shared.get_mut(at::#slot);)),
                (None, _) => None,
            }
        });
        let call = scope.call(op);
        // A statement needs a block of its own for what it binds.
        statements.push(quote!({ #views #(#binds)* #call }));
    }
    let params = parameters(plan, &given, &[]);
    let args = given.iter().map(|&id| names::value(&plan.tape, id));
    let doc = describe::whole(plan, phase);
    let statements = quote!(#(#statements)*);
    let (n_param, n_arg) = if mentions(&statements, "samples") {
        (quote!(, samples: usize), quote!(samples,))
    } else {
        Default::default()
    };
    let fields = ["params", "gradients", "lanes", "shared", "batch"]
        .into_iter()
        .filter(|field| mentions(&statements, field))
        .map(|field| format_ident!("{field}"));
    let function = quote! {
        impl Trainer {
            #[doc = #doc]
            fn #name(&mut self #n_param #params) {
                let Trainer { #(#fields,)* .. } = self;
                #statements
            }
        }
    };
    (quote!(self.#name(#n_arg #(#args),*);), function)
}

/// The fewest samples of a step: two where a batch norm would take its statistics of a single number.
pub(super) fn fewest(graph: &Graph) -> usize {
    if graph.lone_batch_norm(|id| graph.param(id).frozen).is_some() { 2 } else { 1 }
}

fn trainer(
    model: &Model,
    plan: &Plan,
    options: &Options,
    phases: &[TokenStream],
    update: &update::Update,
    features: Option<&Features>,
) -> TokenStream {
    let graph = &model.graph;
    let (inputs, targets) = (interface::inputs(graph), interface::targets(plan));
    let x: Vec<_> = inputs.iter().map(|port| &port.arg).collect();
    let (t, target_type): (Vec<_>, Vec<_>) = targets.iter().map(|target| (&target.arg, &target.item)).unzip();
    let x_any: Vec<_> = inputs.iter().map(Port::samples).collect();
    let n = x[0];
    let weights: Vec<Ident> = interface::weights(plan).into_iter().collect();
    let others: Vec<&Ident> = x[1..].iter().copied().chain(t.iter().copied()).chain(&weights).collect();
    let least = fewest(graph);
    let with = match (x.len(), t.len(), weights.is_empty()) {
        (1, 0, true) => "",
        (1, 1, true) => " with a target each",
        (_, _, true) => ", as many of each input and target",
        (_, _, false) => ", as many of each input, target and weight",
    };
    let lengths = format!("{least} to {{BATCH}} samples{with}");
    let others_differ = match (x.len(), t.len(), weights.is_empty()) {
        (1, 0, true) => "",
        (1, 1, true) => ", or not as many targets",
        (_, _, true) => ", or not as many of each input and target",
        (_, _, false) => ", or not as many of each input, target and weight",
    };
    let too_few = if least > 1 { "fewer than 2 samples, which a batch norm needs" } else { "no samples" };
    let panics = format!(" If there are {too_few}, more than [`BATCH`]{others_differ}.");
    let below = number(least - 1);
    let weighed = (!weights.is_empty()).then(|| {
        quote! {
            ///
            /// A sample's loss counts as much as its weight says; the sum is divided by the number of samples.
        }
    });
    let wrong_label = targets.iter().any(|target| target.is_class).then(|| {
        quote! {
            ///
            /// If a target is not a class. The message names the sample.
        }
    });
    let wrong_weight = (!weights.is_empty()).then(|| {
        quote! {
            ///
            /// If a weight is negative, infinite or NaN.
        }
    });
    let checks = {
        let labels = targets.iter().map(|target| &target.check);
        let names = weights.iter().map(Ident::to_string);
        quote!(#(#labels)* #(loss::check_weights(#names, #weights);)*)
    };
    let target_flat: Vec<TokenStream> = targets
        .iter()
        .map(|target| {
            let (name, flat) = (&target.arg, &target.flat);
            match (target.is_plain, targets.len()) {
                (true, 1) => quote!(let #name: &[u32] = #name;),
                (true, _) => quote!(),
                (false, _) => quote!(let #name = #flat;),
            }
        })
        .collect();
    let gradient = options.input_gradient.then(|| {
        plan.tape.input_gradients.iter().map(|&(input, gradient)| {
            let (x, dx) = (names::value(&plan.tape, input), names::value(&plan.tape, gradient));
            let len = number(plan.tape.value(input).len());
            (quote!(, #dx: &mut [[f32; #len]]), quote!(let #dx = #dx.as_flattened_mut(); assert_eq!(#dx.len(), #x.len(), "a gradient for each input");))
        })
    });
    let (gradient_arg, gradient_flat): (Vec<_>, Vec<_>) = gradient.into_iter().flatten().unzip();
    let total = parts::total(graph, plan);
    let several = graph.losses.len() > 1;
    let parts_field = several.then(|| quote!(losses: Losses,));
    let parts_init = several.then(|| quote!(losses: Losses::default(),));
    let parts_method = several.then(|| {
        quote! {
            /// The losses of the last step, each before it is weighed, without penalties.
            pub fn losses(&self) -> Losses {
                self.losses
            }
        }
    });
    let update::Update { fields, init, copies, calls, methods, docs, gradients, carried, .. } = update;
    let given = quote!(#(#t: &[#target_type],)* #(#weights: &[f32],)*);
    let end = quote! {
        #total
        self.steps += 1;
        #calls
        loss + self.penalty
    };
    let features = features.map(|features| {
        let begin = quote!(#checks #(#target_flat)*);
        let (given, end) = (given.clone(), end.clone());
        features.methods(&StepParts {
            x: n,
            x_any: &x_any[0],
            given,
            others: others.clone(),
            begin,
            end,
            least,
        })
    });
    // One loop for the work of all phases, so that rustc compiles it once.
    let work = match has_several_sweeps(plan) {
        true => quote!(&(dyn Fn(&mut Lane, &Step<Params>) + Sync)),
        false => quote!(impl Fn(&mut Lane, &Step<Params>) + Send + Sync),
    };
    let each_lane = has_method(&quote!(#(#phases)* #features), "each_lane").then(|| {
        quote! {
            /// Runs `work` on every lane's share of the samples, on any thread.
            fn each_lane(&mut self, samples: usize, work: #work) {
                let step = Step::new(&self.params, &self.shared, samples, self.seed, self.steps);
                parallel::lanes(&mut self.lanes, LANE, samples, [], |lane, []| work(lane, &step));
            }
        }
    });
    let name = &graph.name;
    let doc = format!(" Trains {name}: owns the parameters and all memory that a step works in.");
    quote! {
        #[doc = #doc]
        #[derive(Clone)]
        pub struct Trainer {
            params: Params,
            gradients: Gradients,
            #fields
            lanes: [Lane; LANES],
            shared: Shared,
            batch: Batch,
            seed: u64,
            steps: u64,
            penalty: f32,
            #parts_field
        }

        impl fmt::Debug for Trainer {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct("Trainer").field("steps", &self.steps).finish_non_exhaustive()
            }
        }

        /// A step leaves this to the next one; the rest of the trainer is memory to work in.
        impl Carried for Trainer {
            carried!(params, #(#carried,)* seed, steps; gradients);
        }

        impl train::Resumable for Trainer {}

        impl Trainer {
            /// Starts from these parameters; `seed` is that of dropout.
            pub fn new(params: Params, seed: u64) -> Trainer {
                Trainer {
                    #copies
                    params,
                    gradients: Gradients::zeros(),
                    #init
                    lanes: std::array::from_fn(|lane| Lane::new(lane, TILE, LANE_FLOATS, LANE_BYTES)),
                    shared: Shared::new(SHARED_FLOATS),
                    batch: Batch::zeros(BATCH_FLOATS),
                    seed,
                    steps: 0,
                    penalty: 0.0,
                    #parts_init
                }
            }

            /// One step of training on up to [`BATCH`] samples; returns their mean loss before it, with penalties.
            #weighed
            #docs
            ///
            /// # Panics
            #[doc = #panics]
            #wrong_label
            #wrong_weight
            #[track_caller]
            pub fn step(
                &mut self, #(#x: &[#x_any],)* #given rate: f32 #(#gradient_arg)*
            ) -> f32 {
                let samples = #n.len();
                assert!(#below < samples && samples <= BATCH #(&& #others.len() == samples)*, #lengths);
                #checks
                #(let #x = SampleArray::rows(#x).as_flattened();)*
                #(#target_flat)*
                #(#gradient_flat)*
                #(#phases)*
                #end
            }

            #features

            #each_lane

            #methods
            #parts_method

            /// The penalties' part of the last step's loss.
            pub fn penalty(&self) -> f32 {
                self.penalty
            }

            /// The parameters as they are now.
            pub fn params(&self) -> &Params {
                &self.params
            }

            /// The parameters, to be changed from outside.
            pub fn params_mut(&mut self) -> &mut Params {
                &mut self.params
            }

            #[doc = #gradients]
            pub fn gradients(&self) -> &Gradients {
                &self.gradients
            }
        }
    }
}
