//! The training loop, the recipe that it follows, and what a program around them needs.

use super::calls::{float, number};
use super::{Options, augment, losses, metrics, names, parts, shapes};
use crate::Model;
use crate::graph::Graph;
use crate::ops::TargetKind;
use crate::passes::Plan;
use crate::recipe::{Column, Course, Data, EarlyStop, Recipe, Scaling, Source, Watch, Weights};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// For the plans of the training's phases.
pub(super) fn items(model: &Model, plans: &[&Plan], options: &Options) -> TokenStream {
    if !options.training_loop {
        return TokenStream::new();
    }
    let (evaluation, program) = (parts::evaluation(&model.graph, plans[0]), program(model, plans));
    quote!(#evaluation #program)
}

/// For a recipe that names data, which then fits: one input, one output and one loss.
fn program(model: &Model, plans: &[&Plan]) -> TokenStream {
    let with_data = |recipe: &&Recipe| recipe.data.is_some();
    let Some(recipe) = model.recipe.as_ref().filter(with_data) else { return TokenStream::new() };
    let constant = constant(model, recipe);
    let traits = traits(model, recipe, plans[0]);
    let predict = predict();
    let training_loop = training_loop(model, recipe, plans);
    let name = &model.graph.name;
    let [input, output] =
        [model.graph.inputs[0], model.graph.outputs[0]].map(|v| shapes::array(&model.graph.value(v).shape));
    let to_input = to_input(&model.graph).then(|| {
        quote!(
            const TO_INPUT: bool = true;
        )
    });
    quote! {
        #constant
        #training_loop
        #traits
        #predict

        /// The network as a program: `netwright::app::main::<Program>()`.
        pub struct Program;

        impl ::netwright::app::App for Program {
            const NAME: &'static str = #name;
            const INPUT: &'static [usize] = &#input;
            const OUTPUT: &'static [usize] = &#output;
            const RECIPE: Recipe = RECIPE;
            #to_input
            type Params = Params;
            type Trainer = Trainer;
            type Model = Model;

            fn init(seed: u64) -> Params {
                Params::init(seed)
            }

            fn train(
                recipe: &Recipe,
                params: Params,
                training: &Dataset,
                held_out: &Dataset,
                log: &mut dyn Log,
            ) -> Result<Trained<Params>, TrainError> {
                train(recipe, params, training, held_out, log)
            }
        }
    }
}

/// What the training loop needs of a later phase's trainer.
pub(super) fn phase_items(model: &Model, plan: &Plan, options: &Options) -> TokenStream {
    let recipe = model.recipe.as_ref().filter(|recipe| options.training_loop && recipe.data.is_some());
    recipe.map(|recipe| traits(model, recipe, plan)).unwrap_or_default()
}

/// The very loop of a course book, written out for this network's types.
fn training_loop(model: &Model, recipe: &Recipe, plans: &[&Plan]) -> TokenStream {
    let schedule = match recipe.schedule.describe() {
        None => "at a constant rate".to_string(),
        Some(how) => format!("at a rate that {how}"),
    };
    let doc = format!(
        " Trains {}: {} epochs of shuffled batches of {}, {schedule}.",
        model.graph.name, recipe.epochs, recipe.batch
    );
    let on_plateau = matches!(recipe.schedule.course, Course::OnPlateau { .. });
    let begin = on_plateau.then(|| quote!(let mut plateau = Plateau::new(&recipe.schedule);));
    let factor = on_plateau.then(|| quote!(*plateau.factor()));
    let watch = on_plateau.then(|| quote!(plateau.update(score.as_ref());));
    // The rate of an epoch's last step is that of the update with what is left of its batches.
    let (last, finish) = match recipe.accumulate {
        1 => (quote!(let), None),
        _ => (quote!(), Some(quote!(trainer.finish(rate);))),
    };
    let (step, weights, weighed) = match model.graph.weighed {
        true => (quote!(step_weighed), Some(quote!(batch.weights,)), Some(quote!(.weighed(recipe.weights)))),
        false => (quote!(step), None, None),
    };
    let declare = finish.is_some().then(|| quote!(let mut rate = 0.0;));
    // The fields of another phase's trainer are its own.
    let kept = match (recipe.ema.is_some(), recipe.phases.is_empty()) {
        (true, true) => quote!(&trainer.average),
        (true, false) => quote!(trainer.average()),
        (false, true) => quote!(&trainer.params),
        (false, false) => quote!(trainer.params()),
    };
    // Where a phase has features, its batches are of these.
    let featured = plans.iter().any(|plan| plan.front.is_some());
    let count = match featured {
        true => quote!(let steps = training.len().div_ceil(BATCH);),
        false => quote! {
            let mut batches = Batches::new(training, BATCH) #weighed.augmented(recipe.augment)?;
            let steps = batches.count();
        },
    };
    let batches = |plan: &Plan| {
        let data = match (featured, plan.front.is_some()) {
            (false, _) => return TokenStream::new(),
            (true, false) => quote!(let data = training;),
            (true, true) => quote! {
                let features = train::features(&mut trainer, recipe, training, log);
                let data = features.as_ref().unwrap_or(training);
            },
        };
        quote!(#data let mut batches = Batches::new(data, BATCH) #weighed.augmented(recipe.augment)?;)
    };
    let epochs = |until: TokenStream, plan: &Plan| {
        let batches = batches(plan);
        let step = quote!(train::Trainer::#step(&mut trainer, batch.inputs, batch.targets, #weights rate));
        let step = match plan.front {
            None => step,
            Some(_) => quote! {
                match &features {
                    Some(_) => train::Featured::step_features(&mut trainer, batch.inputs, batch.targets, batch.weights, rate),
                    None => #step,
                }
            },
        };
        let epochs = quote! {
            #batches
            while epoch < #until && !stop {
                epoch += 1;
                log.begin(epoch, recipe.epochs, steps);
                let start = Instant::now();
                let mut mean = Mean::default();
                #declare
                batches.shuffle(recipe.seed, epoch);
                while let Some(batch) = batches.next() {
                    #last rate = recipe.rate(step, steps) #factor;
                    let loss = #step;
                    if !loss.is_finite() {
                        return Err(TrainError::Diverged { epoch, step, loss, rate });
                    }
                    mean.add(loss, batch.len);
                    step += 1;
                    log.step(mean.value());
                }
                #finish
                let seconds = start.elapsed().as_secs_f64();
                let score = measure::<Model>(#kept, held_out, recipe);
                stop = best.update(epoch, score.as_ref(), #kept);
                #watch
                log.end(&Epoch {
                    epoch,
                    epochs: recipe.epochs,
                    loss: mean.value(),
                    held_out: score,
                    samples: training.len(),
                    seconds,
                    best: best.epoch(),
                });
            }
        };
        // A phase that is not reached computes no features; their memory is free when their phase ends.
        if featured { quote!(if epoch < #until && !stop { #epochs }) } else { epochs }
    };
    let mut phases = vec![];
    for (phase, plan) in recipe.phases.iter().zip(plans) {
        let (until, next) = (number(phase.after), names::phase(phase));
        phases.push(epochs(quote!(recipe.epochs.min(#until)), plan));
        phases.push(quote!(let mut trainer = #next::Trainer::new(trainer.params().clone(), recipe.seed);));
    }
    phases.push(epochs(quote!(recipe.epochs), plans[plans.len() - 1]));
    quote! {
        #[doc = #doc]
        ///
        /// # Errors
        /// If the samples cannot be augmented as the recipe says, or the loss is no number any more.
        pub fn train(
            recipe: &Recipe,
            params: Params,
            training: &Dataset,
            held_out: &Dataset,
            log: &mut dyn Log,
        ) -> Result<Trained<Params>, TrainError> {
            let mut best = Best::new(recipe.stop, &params);
            #begin
            let mut trainer = Trainer::new(params, recipe.seed);
            #count
            recipe.check_rates(steps)?;
            let (mut epoch, mut step, mut stop) = (0, 0, false);
            #(#phases)*
            Ok(best.finish(#kept, epoch))
        }
    }
}

fn constant(model: &Model, recipe: &Recipe) -> TokenStream {
    let source = |data: &Data| match &data.source {
        Source::Idx { path, only, first: None } if only.is_empty() => quote!(Source::Idx { path: #path }),
        Source::Idx { path, only, first } => {
            let only = only.iter().map(|class| Literal::u32_unsuffixed(*class));
            let first = match first {
                Some(first) => {
                    let first = number(*first);
                    quote!(Some(#first))
                }
                None => quote!(None),
            };
            quote!(Source::IdxPart { path: #path, only: &[#(#only),*], first: #first })
        }
        Source::Csv { path, label } => {
            let label = match label {
                Column::First => quote!(Column::First),
                Column::Last => quote!(Column::Last),
                Column::At(at) => {
                    let at = number(*at);
                    quote!(Column::At(#at))
                }
            };
            quote!(Source::Csv { path: #path, label: #label })
        }
    };
    let weights = match &recipe.weights {
        None | Some(Weights::Given) => quote!(SampleWeights::Equal),
        Some(Weights::Balanced) => quote!(SampleWeights::Balanced),
        Some(Weights::Classes(weights)) => {
            let weights = weights.iter().map(|weight| float(*weight));
            quote!(SampleWeights::ByClass(&[#(#weights),*]))
        }
    };
    let optional = |tokens: Option<TokenStream>| tokens.map_or(quote!(None), |t| quote!(Some(#t)));
    let data = recipe.data.as_ref().map(source);
    let test = optional(recipe.test.as_ref().map(source));
    let scaling = match recipe.data.as_ref().map_or(&Scaling::None, |d| &d.scaling) {
        Scaling::None => quote!(Scaling::None),
        Scaling::Normalize { mean, std } => {
            let (mean, std) = (float(*mean), float(*std));
            quote!(Scaling::Normalize { mean: #mean, std: #std })
        }
        Scaling::Standardize => quote!(Scaling::Standardize),
    };
    let augment = augment::constant(model, recipe);
    let (warmup, course) = (double(recipe.schedule.warmup), course(recipe));
    let schedule = quote!(Schedule { warmup: #warmup, course: #course });
    let metrics = metrics::constant(model, recipe);
    let stop = optional(recipe.stop.as_ref().map(|EarlyStop { patience, on }| {
        let (patience, on) = (number(*patience), watch(recipe, on));
        quote!(EarlyStop { patience: #patience, on: #on })
    }));
    let from = optional(recipe.from.as_ref().map(|file| {
        let frozen = model.graph.params.iter().filter(|param| param.frozen).map(|param| &param.name);
        quote!(Start { file: #file, frozen: &[#(#frozen),*] })
    }));
    let loss = {
        let used = &model.graph.losses[0];
        losses::measure(&used.loss, &model.graph.value(used.value).shape)
    };
    let (validate, rate) = (double(recipe.validate), double(recipe.optimizer.rate()));
    let (epochs, seed) = (number(recipe.epochs), Literal::u64_unsuffixed(recipe.seed));
    quote! {
        /// What the source's `train` block says.
        pub const RECIPE: Recipe = Recipe {
            data: #data,
            test: #test,
            scaling: #scaling,
            augment: #augment,
            validate: #validate,
            epochs: #epochs,
            batch: BATCH,
            rate: #rate,
            schedule: #schedule,
            stop: #stop,
            metrics: #metrics,
            weights: #weights,
            seed: #seed,
            from: #from,
            loss: #loss,
        };
    }
}

/// The step and the prediction on flat slices, which programs that know no shapes call.
fn traits(model: &Model, recipe: &Recipe, plan: &Plan) -> TokenStream {
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
    let graph = &model.graph;
    let x = names::input(graph, graph.inputs[0]);
    let output = &graph.value(graph.losses[0].value).shape;
    let pixels: usize = output[1..].iter().product();
    if to_input(graph) {
        return flat(graph, &quote!(_), &quote!(), &quote!(#x), &more);
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
    let step = flat(graph, &quote!(targets), &read, &quote!(#x, #targets), &more);
    let featured = plan.front.is_some().then(|| featured(graph, &read, &targets));
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

/// Whether the loss compares with the input, so that there are no targets.
fn to_input(graph: &Graph) -> bool {
    graph.losses[0].target.is_some()
}

fn flat(
    graph: &Graph,
    targets: &TokenStream,
    read: &TokenStream,
    arguments: &TokenStream,
    more: &TokenStream,
) -> TokenStream {
    let x = names::input(graph, graph.inputs[0]);
    let step = if graph.weighed {
        quote! {
            fn step(&mut self, inputs: &[f32], targets: TargetsRef<'_>, rate: f32) -> f32 {
                let weights = [1.0; BATCH];
                self.step_weighed(inputs, targets, &weights[..inputs.len() / INPUT], rate)
            }

            fn step_weighed(
                &mut self, inputs: &[f32], #targets: TargetsRef<'_>, weights: &[f32], rate: f32
            ) -> f32 {
                #read
                let #x = inputs.as_chunks::<INPUT>().0;
                Trainer::step(self, #arguments, weights, rate)
            }
        }
    } else {
        quote! {
            fn step(&mut self, inputs: &[f32], #targets: TargetsRef<'_>, rate: f32) -> f32 {
                #read
                let #x = inputs.as_chunks::<INPUT>().0;
                Trainer::step(self, #arguments, rate)
            }
        }
    };
    quote! {
        impl train::Trainer for Trainer {
            type Params = Params;

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

/// The prediction on flat slices.
fn predict() -> TokenStream {
    quote! {
        impl Predict for Model {
            type Params = Params;
            const OUTPUT: usize = OUTPUT;

            fn new(params: Params) -> Model {
                Model::new(params)
            }

            fn predict(&mut self, inputs: &[f32], outputs: &mut [f32]) {
                self.predict_batch(inputs.as_chunks::<INPUT>().0, outputs.as_chunks_mut::<OUTPUT>().0);
            }
        }
    }
}

/// A number of the source, as short as it can be written.
pub(super) fn double(x: f64) -> Literal {
    format!("{x:?}").parse().unwrap_or_else(|_| Literal::f64_unsuffixed(x))
}

fn course(recipe: &Recipe) -> TokenStream {
    match &recipe.schedule.course {
        Course::Constant => quote!(Course::Constant),
        Course::Step { every, factor } => {
            let (every, factor) = (double(*every), double(*factor));
            quote!(Course::Step { every: #every, factor: #factor })
        }
        Course::MultiStep { after, factor } => {
            let (after, factor) = (after.iter().map(|epoch| double(*epoch)), double(*factor));
            quote!(Course::MultiStep { after: &[#(#after),*], factor: #factor })
        }
        Course::Exponential { factor } => {
            let factor = double(*factor);
            quote!(Course::Exponential { factor: #factor })
        }
        Course::Polynomial { power, last } => {
            let (power, last) = (double(*power), double(*last));
            quote!(Course::Polynomial { power: #power, last: #last })
        }
        Course::InverseSqrt => quote!(Course::InverseSqrt),
        Course::Cosine { last } => {
            let last = double(*last);
            quote!(Course::Cosine { last: #last })
        }
        Course::CosineRestarts { period, growth, last } => {
            let [period, growth, last] = [*period, *growth, *last].map(double);
            quote!(Course::CosineRestarts { period: #period, growth: #growth, last: #last })
        }
        Course::OneCycle { rise, first, last } => {
            let [rise, first, last] = [*rise, *first, *last].map(double);
            quote!(Course::OneCycle { rise: #rise, first: #first, last: #last })
        }
        Course::Cyclic { low, rise, fall } => {
            let [low, rise, fall] = [*low, *rise, *fall].map(double);
            quote!(Course::Cyclic { low: #low, rise: #rise, fall: #fall })
        }
        Course::OnPlateau { factor, patience, threshold, cooldown, last, on } => {
            let [factor, threshold, last] = [*factor, *threshold, *last].map(double);
            let ([patience, cooldown], on) = ([*patience, *cooldown].map(number), watch(recipe, on));
            quote!(Course::OnPlateau {
                factor: #factor, patience: #patience, threshold: #threshold, cooldown: #cooldown, last: #last, on: #on
            })
        }
    }
}

fn watch(recipe: &Recipe, on: &Watch) -> TokenStream {
    match on {
        Watch::ValLoss => quote!(Watch::ValLoss),
        Watch::ValAccuracy => quote!(Watch::ValAccuracy),
        Watch::Val(name) => metrics::watch(recipe, name),
    }
}
