//! The training step: a struct that owns all memory, a function for each phase, layer and direction.

use super::calls::{Scope, float, number};
use super::features::{Features, StepParts};
use super::function::{Exchange, Style, Sweep, has_method, mentions, parameters, slots, sweep};
use super::{Options, describe, features, interface, losses, names, params, parts, update};
use crate::Model;
use crate::graph::Graph;
use crate::passes::{Home, Phase, Plan};
use crate::recipe::Recipe;
use crate::tape::{Extent, Id, Kind};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

pub(super) fn items(model: &Model, recipe: &Recipe, plan: &Plan, options: &Options) -> TokenStream {
    let graph = &model.graph;
    let gradients = params::gradients(graph);
    let constants = constants(plan);
    let mut used = Vec::new();
    let mut functions = Vec::new();
    let mut phases = Vec::new();
    let mut sweeps = Vec::new();
    for (i, phase) in plan.schedule.phases.iter().enumerate() {
        if phase.lanes {
            let first = !plan.schedule.phases[..i].iter().any(|p| p.lanes);
            let count = plan.schedule.phases[..=i].iter().filter(|p| p.lanes).count();
            let style = Style {
                at: format_ident!("at"),
                name: &|layer, backward| format!("{layer}_{}", if backward { "backward" } else { "forward" }),
                clears: first,
                piece: format_ident!("Sweep{count}"),
            };
            let doc = describe::sweep(graph, phase);
            let name = format_ident!("sweep{count}");
            let made = sweep(graph, plan, phase, name, &doc, &style, &mut used);
            phases.push(lanes_call(plan, &made));
            functions.push(made.items.clone());
            sweeps.push(Some(made));
        } else {
            let count = plan.schedule.phases[..=i].iter().filter(|p| !p.lanes).count();
            let name = if i == 0 { format_ident!("prepare") } else { format_ident!("gather{count}") };
            let (call, function) = whole_phase(graph, plan, phase, &name);
            phases.push(call);
            functions.push(function);
            sweeps.push(None);
        }
    }
    let features = features::items(graph, plan, &sweeps, &phases, &mut used);
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
    let weigh = plan.tape.ops.iter().find(|op| matches!(op.kind, Kind::WeighTargets(..)));
    match weigh {
        None => quote!(n as f32),
        Some(op) => {
            let share = names::slot(plan, op.writes[0]);
            quote!(average::terms(self.shared.get(at::#share)[0]))
        }
    }
}

fn constants(plan: &Plan) -> TokenStream {
    let place = &plan.place;
    let [batch, lanes, lane, tile] = [place.batch, place.lanes, place.lane, place.tile].map(number);
    let bytes = number(plan.memory.bytes(place));
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
        /// Bytes that a training step works in, beside parameters, gradients and the optimizer's memory.
        pub const WORKSPACE: usize = #bytes;
    }
}

/// The call of a lanes' phase.
pub(super) fn lanes_call(plan: &Plan, sweep: &Sweep) -> TokenStream {
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
        let (x, len) = (names::value(plan, id), number(plan.tape.value(id).len()));
        quote!((&mut #x[..], #len))
    });
    let mut parts: Vec<TokenStream> = parts.collect();
    let mut written: Vec<Ident> = sweep.writes.iter().map(|&id| names::value(plan, id)).collect();
    let features = format_ident!("features");
    if let Some(Exchange::Store(_)) = sweep.exchange {
        parts.push(quote!((&mut features[..], FEATURES)));
        written.push(features.clone());
    }
    let reads: Vec<TokenStream> = sweep
        .reads
        .iter()
        .map(|&id| {
            let x = names::value(plan, id);
            if plan.memory.slots[id.0].is_some() { quote!(&*#x) } else { quote!(#x) }
        })
        .collect();
    let rebind = reads.iter().zip(&sweep.reads).filter(|(_, id)| plan.memory.slots[id.0].is_some()).map(
        |(read, &id)| {
            let x = names::value(plan, id);
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
                let s = Step::new(&self.params, &self.shared, n, self.seed, self.steps);
                #name(self.lanes[0].with(n), &s, &mut self.gradients #(, #reads)* #(, #written)* #(, #loaded)*);
            }
        };
    }
    let reads = sweep.reads.iter().map(|&id| names::value(plan, id));
    let args = reads.chain(written.iter().cloned()).chain(loaded);
    if batch_ids.is_empty() && written.is_empty() {
        return quote!(self.each_lane(n, |lane, s| #name(lane, s #(, #args)*)););
    }
    let call = quote!(#name(lane, &s #(, #args)*));
    quote! {
        {
            #views
            #(#rebind)*
            let s = Step::new(&self.params, &self.shared, n, self.seed, self.steps);
            parallel::lanes(&mut self.lanes, LANE, n, [#(#parts),*], |lane, [#(#written),*]| #call);
        }
    }
}

/// `let [h1, h2] = self.batch.get(n, [at::H1, at::H2]);`
fn batch_views(plan: &Plan, ids: &[Id], batch: &TokenStream) -> TokenStream {
    if ids.is_empty() {
        return TokenStream::new();
    }
    let vars = ids.iter().map(|&id| names::value(plan, id));
    let slots = ids.iter().map(|&id| names::slot(plan, id));
    quote!(let [#(#vars),*] = #batch.get(n, [#(at::#slots),*]);)
}

/// A function for the calls of a phase that cover the whole batch, and its call.
pub(super) fn whole_phase(
    graph: &Graph,
    plan: &Plan,
    phase: &Phase,
    name: &Ident,
) -> (TokenStream, TokenStream) {
    let ops: Vec<usize> = phase.groups.iter().flat_map(|g| g.ops.iter().copied()).collect();
    let mut given: Vec<Id> = Vec::new();
    let scope = Scope { graph, plan, n: quote!(n), params: quote!(p), aliases: Vec::new(), piece: false };
    let mut statements = Vec::new();
    for &i in &ops {
        let op = &plan.tape.ops[i];
        let mut batch = Vec::new();
        let mut binds = Vec::new();
        for &id in op.reads.iter().chain(&op.writes) {
            let var = names::value(plan, id);
            if let Some(gradient) = scope.gradient(id) {
                binds.push(quote!(let #var = &mut #gradient;));
            }
            match (plan.memory.slots[id.0].map(|s| s.home), plan.tape.value(id).extent) {
                (Some(Home::Batch), _) => batch.push(id),
                (Some(Home::Whole), _) if op.writes.contains(&id) => {
                    let slot = names::slot(plan, id);
                    binds.push(quote!(let #var = shared.get_mut(at::#slot);));
                }
                (_, Extent::Given) if !given.contains(&id) => given.push(id),
                _ => {}
            }
        }
        let views = batch_views(plan, &batch, &quote!(batch));
        let call = scope.call(op);
        let body = quote!(#views #(#binds)* #call);
        // A statement needs a block of its own only for what it binds.
        statements.push(tidy(plan, op, &scope).unwrap_or(quote!({ #body })));
    }
    let params = parameters(plan, &given, &[]);
    let args = given.iter().map(|&id| names::value(plan, id));
    let doc = describe::whole(plan, phase);
    let n = if ops.iter().any(|&i| {
        matches!(
            plan.tape.ops[i].kind,
            Kind::Dense { .. }
                | Kind::DenseInputGrad { .. }
                | Kind::DenseWeightGrad { .. }
                | Kind::ConvWeightGrad { .. }
                | Kind::BiasGrad { .. }
        )
    }) {
        (quote!(, n: usize), quote!(n,))
    } else {
        (quote!(), quote!())
    };
    let (n_param, n_arg) = n;
    let statements = quote!(#(#statements)*);
    let fields =
        [("params", "p"), ("gradients", "g"), ("lanes", "lanes"), ("shared", "shared"), ("batch", "batch")]
            .into_iter()
            .filter(|(_, name)| mentions(&statements, name))
            .map(|(field, name)| {
                let (field, name) = (format_ident!("{field}"), format_ident!("{name}"));
                if field == name { quote!(#field) } else { quote!(#field: #name) }
            });
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

/// The calls that every network has many of, on one line each.
fn tidy(plan: &Plan, op: &crate::tape::Op, scope: &Scope<'_>) -> Option<TokenStream> {
    let target = |id: Id| match scope.gradient(id) {
        Some(gradient) => quote!(&mut #gradient),
        None => {
            let slot = names::slot(plan, id);
            quote!(shared.get_mut(at::#slot))
        }
    };
    match &op.kind {
        Kind::Reduce => {
            let (part, sum) = (names::slot(plan, op.reads[0]), target(op.writes[0]));
            Some(quote!(reduce::sum_lanes(lanes, at::#part, #sum);))
        }
        Kind::Pack(window) | Kind::PackTransposed(window) => {
            let shape = super::shapes::path(scope.graph, window.layer);
            let field = params::field(scope.graph, scope.graph.param(op.params[0]));
            let out = target(op.writes[0]);
            let kernel =
                if matches!(op.kind, Kind::Pack(_)) { quote!(pack) } else { quote!(pack_transposed) };
            Some(quote!(#shape::#kernel(&p.#field, #out);))
        }
        Kind::UnpackGrad(window) => {
            let shape = super::shapes::path(scope.graph, window.layer);
            let (from, to) = (names::slot(plan, op.reads[0]), target(op.writes[0]));
            Some(quote!(#shape::unpack_grad(shared.get(at::#from), #to);))
        }
        Kind::ReorderParam(channels, pixels) => {
            let field = params::field(scope.graph, scope.graph.param(op.params[0]));
            let (c, pixels, out) = (number(*channels), number(*pixels), target(op.writes[0]));
            Some(quote!(layout::to_channels_last::<#c, #pixels>(1, &p.#field, #out);))
        }
        Kind::ReorderGrad(channels, pixels) => {
            let (from, to) = (names::slot(plan, op.reads[0]), target(op.writes[0]));
            let (c, pixels) = (number(*channels), number(*pixels));
            Some(quote!(layout::to_channels_first::<#c, #pixels>(1, shared.get(at::#from), #to);))
        }
        Kind::FinishMoments(norm) => {
            let (moments, stats) = (names::slot(plan, op.reads[0]), target(op.writes[0]));
            let layer = names::field(scope.graph, op.layer);
            let (eps, momentum) = (float(norm.eps), float(norm.momentum));
            Some(quote!(p.#layer.finish(lanes, at::#moments, #eps, #momentum, #stats);))
        }
        Kind::WeighTargets(ce, classes) => {
            let (classes, targets) = (losses::classes(ce, *classes), names::value(plan, op.reads[0]));
            let share = target(op.writes[0]);
            Some(quote!(#share[0] = #classes.share(#targets);))
        }
        Kind::SplitNormSums(_) => {
            let (sums, layer) = (names::slot(plan, op.reads[0]), names::field(scope.graph, op.layer));
            Some(quote!(g.#layer.copy_from(shared.get(at::#sums));))
        }
        _ => None,
    }
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
    let (x, x_len): (Vec<_>, Vec<_>) = inputs.iter().map(|port| (&port.arg, &port.len)).unzip();
    let (t, target_type): (Vec<_>, Vec<_>) = targets.iter().map(|target| (&target.arg, &target.item)).unzip();
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
            let (x, dx) = (names::value(plan, input), names::value(plan, gradient));
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
    let [floats, bytes, shared, batch] = [
        plan.memory.lane_floats,
        plan.memory.lane_bytes,
        plan.memory.shared_floats,
        plan.memory.batch_floats,
    ]
    .map(number);
    let update::Update { fields, init, copies, calls, methods, docs, gradients, .. } = update;
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
            x_len: x_len[0],
            given,
            others: others.clone(),
            begin,
            end,
            least,
        })
    });
    let each_lane = has_method(&quote!(#(#phases)* #features), "each_lane").then(|| {
        quote! {
            /// Runs `work` on every lane's share of `n` samples, on any thread.
            fn each_lane(&mut self, n: usize, work: impl Fn(&mut Lane, &Step<Params>) + Send + Sync) {
                let s = Step::new(&self.params, &self.shared, n, self.seed, self.steps);
                parallel::lanes(&mut self.lanes, LANE, n, [], |lane, []| work(lane, &s));
            }
        }
    });
    let name = &graph.name;
    let doc = format!(" Trains {name}: owns the parameters and all memory that a step works in.");
    quote! {
        #[doc = #doc]
        #[derive(Clone, Debug)]
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

        impl Trainer {
            /// Starts from these parameters; `seed` is that of dropout.
            pub fn new(params: Params, seed: u64) -> Trainer {
                Trainer {
                    #copies
                    params,
                    gradients: Gradients::zeros(),
                    #init
                    lanes: std::array::from_fn(|lane| Lane::new(lane, TILE, #floats, #bytes)),
                    shared: Shared::new(#shared),
                    batch: Batch::zeros(#batch),
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
                &mut self, #(#x: &[[f32; #x_len]],)* #given rate: f32 #(#gradient_arg)*
            ) -> f32 {
                let n = #n.len();
                assert!(#below < n && n <= BATCH #(&& #others.len() == n)*, #lengths);
                #checks
                #(let #x = #x.as_flattened();)*
                #(#target_flat)*
                #(#gradient_flat)*
                parallel::enter(|| {
                    #(#phases)*
                    #end
                })
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
