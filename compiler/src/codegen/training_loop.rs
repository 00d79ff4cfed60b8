//! The training loop, written out for a network's types: of the samples of a data set, or of a program's own.

use super::{interface, names, own};
use crate::graph::Graph;
use crate::passes::Plan;
use crate::program::Model;
use crate::recipe::Recipe;
use crate::tokens::number;
use proc_macro2::TokenStream;
use quote::quote;

/// Source of a loop's batches.
pub(super) struct Feed {
    name: TokenStream,
    doc: String,
    errors: &'static str,
    /// Parameters of the function.
    params: TokenStream,
    /// The statements before the first phase.
    begin: TokenStream,
    /// The beginning of each phase, and its step on a batch.
    phases: Vec<[TokenStream; 2]>,
    /// The condition under which a phase begins at all, beside that of its loop.
    guarded: bool,
    /// `Some(batch) = batches.next()?`
    next: TokenStream,
    /// Statements that prepare a batch.
    prepare: TokenStream,
    /// Samples of the batch, and of an epoch.
    counts: [TokenStream; 2],
    /// The call that compares parameters with the held-out samples, as the tokens before the parameters, the
    /// arguments after them, and the tokens after the call.
    score: [TokenStream; 3],
}

impl Feed {
    /// The samples of data sets, on flat slices.
    pub(super) fn data(graph: &Graph, recipe: &Recipe, plans: &[&Plan]) -> Feed {
        let (step, weights, weighed) = match graph.weighed {
            true => {
                (quote!(step_weighed), Some(quote!(batch.weights,)), Some(quote!(.weighed(recipe.weights))))
            }
            false => (quote!(step), None, None),
        };
        let at_least = at_least(graph, recipe);
        // Where a phase has features, its batches are of these.
        let featured = plans.iter().any(|plan| plan.front.is_some());
        let batches = |data: TokenStream| quote!(let mut batches = Batches::new(#data, BATCH) #at_least #weighed.augmented(recipe.augment)?;);
        let begin = match featured {
            true => quote!(let steps = training.len().div_ceil(BATCH);),
            false => {
                let batches = batches(quote!(training));
                quote!(#batches let steps = batches.count();)
            }
        };
        let phase = |plan: &&Plan| {
            if !own::is_plain(graph) {
                return of_several(graph, plan);
            }
            let data = match (featured, plan.front.is_some()) {
                (false, _) => quote!(),
                (true, false) => batches(quote!(training)),
                (true, true) => {
                    let batches = batches(quote!(data));
                    quote! {
                        let features = train::features(&mut trainer, recipe, training, run.log())?;
                        let data = features.as_ref().unwrap_or(training);
                        #batches
                    }
                }
            };
            let step =
                quote!(train::Trainer::#step(&mut trainer, batch.inputs, batch.targets, #weights rate));
            let step = match plan.front {
                None => step,
                Some(_) => quote! {
                    match &features {
                        Some(_) => train::Featured::step_features(&mut trainer, batch.inputs, batch.targets, batch.weights, rate),
                        None => #step,
                    }
                },
            };
            [data, step]
        };
        Feed {
            name: quote!(train),
            doc: String::new(),
            errors: " If the samples cannot be read or augmented as the recipe says, or the loss becomes NaN or infinite.",
            params: quote!(training: &Dataset, held_out: &Dataset),
            begin,
            phases: plans.iter().map(phase).collect(),
            guarded: featured,
            next: quote!(Some(batch) = batches.next()?),
            prepare: quote!(),
            counts: [quote!(batch.len), quote!(training.len())],
            score: [quote!(train::measure::<Model>), quote!(held_out, recipe), quote!(?)],
        }
    }

    /// A program's own samples, as the step takes them.
    pub(super) fn own(graph: &Graph, recipe: &Recipe, plans: &[&Plan]) -> Feed {
        let at_least = at_least(graph, recipe);
        let at_least = at_least.map(|call| quote!(let mut batches = batches #call;));
        let bind = if at_least.is_some() { quote!(batches) } else { quote!(mut batches) };
        let phase = |plan: &&Plan| {
            let args = interface::given(graph, plan).into_iter().map(|given| given.arg);
            let (gradients, sizes) = interface::input_gradients(plan);
            [
                quote!(#(let mut #gradients = vec![[0.0; #sizes]; BATCH];)*),
                quote!(trainer.step(#(&batch.#args,)* rate #(, &mut #gradients[..rows.len()])*)),
            ]
        };
        Feed {
            name: quote!(train_with),
            doc: " [`train`] by a recipe that may differ from [`RECIPE`], from these parameters, and with a listener: \
                  a closure that is called after each epoch, or any [`Log`]."
                .into(),
            errors: " As [`train`], or if the recipe's batches do not fit the step.",
            params: quote!(samples: Samples<'_>),
            begin: quote! {
                let (#bind, held_out) = samples.split(recipe)?;
                #at_least
                let (mut batch, mut kept) = (Gathered::default(), Gathered::default());
                kept.take(&samples, &held_out);
                let steps = batches.count();
            },
            phases: plans.iter().map(phase).collect(),
            guarded: false,
            next: quote!(Some(rows) = batches.next()),
            prepare: quote!(batch.take(&samples, rows);),
            counts: [quote!(rows.len()), quote!(batches.len())],
            score: [quote!(validate), quote!(&kept), quote!()],
        }
    }
}

/// The beginning of a phase, and its step on a batch of several inputs or targets.
fn of_several(graph: &Graph, plan: &Plan) -> [TokenStream; 2] {
    let inputs = (0..graph.inputs.len()).map(|at| {
        let at = number(at);
        quote!(batch.input(#at).as_chunks().0)
    });
    let given = graph.losses.iter().enumerate().filter(|(_, used)| used.target.is_none());
    let targets = given.zip(interface::targets(plan)).map(|((at, used), target)| {
        let at = number(at);
        let places = number(graph.value(used.value).shape[1..].iter().product());
        match (target.is_class, target.is_plain) {
            (true, true) => quote!(batch.target(#at).classes()),
            (true, false) => quote!(batch.target(#at).classes().as_chunks::<#places>().0),
            (false, _) => quote!(batch.target(#at).values()),
        }
    });
    let weights = graph.weighed.then(|| quote!(batch.weights,));
    let (gradients, sizes) = interface::input_gradients(plan);
    [
        quote!(#(let mut #gradients = vec![[0.0; #sizes]; BATCH];)*),
        quote!(trainer.step(#(#inputs,)* #(#targets,)* #weights rate #(, &mut #gradients[..batch.len])*)),
    ]
}

/// A call that leaves no batch of a single sample, for networks that cannot learn from one.
fn at_least(graph: &Graph, recipe: &Recipe) -> Option<TokenStream> {
    recipe.needs_several_samples(graph).map(|_| quote!(.at_least(2)?))
}

/// Describes a training for people: `60 epochs of shuffled batches of 32, at a constant rate`.
pub(super) fn described(recipe: &Recipe) -> String {
    let schedule = match recipe.schedule.describe() {
        None => "at a constant rate".to_string(),
        Some(how) => format!("at a rate that {how}"),
    };
    format!("{} epochs of shuffled batches of {}, {schedule}", recipe.epochs, recipe.batch)
}

/// The loop of a course book.
pub(super) fn training_loop(model: &Model, recipe: &Recipe, feed: &Feed) -> TokenStream {
    let Feed { name, errors, params, begin, guarded, next, prepare, counts: [len, samples], score, .. } =
        feed;
    let doc = match feed.doc.is_empty() {
        true => format!(" Trains {}: {}.", model.graph.name, described(recipe)),
        false => feed.doc.clone(),
    };
    // The update with what is left of an epoch's batches has the rate of its last step.
    let finish = (recipe.accumulate > 1).then(|| quote!(trainer.finish(run.last_rate());));
    // The fields of another phase's trainer are its own.
    let kept = match (recipe.ema.is_some(), recipe.phases.is_empty()) {
        (true, true) => quote!(&trainer.average),
        (true, false) => quote!(trainer.average()),
        (false, true) => quote!(&trainer.params),
        (false, false) => quote!(trainer.params()),
    };
    let epochs = |until: TokenStream, phase: &[TokenStream; 2]| {
        let ([begin, step], [compare, with, checked]) = (phase, score);
        let epochs = quote! {
            #begin
            while run.begins_epoch(#until) {
                batches.shuffle(recipe.seed, run.epoch());
                batches.skip(run.batches());
                while let #next {
                    #prepare
                    let rate = run.rate();
                    let loss = #step;
                    run.end_step(loss, #len, &trainer)?;
                }
                #finish
                let score = #compare(#kept, #with) #checked;
                run.end_epoch(score, #samples, #kept, &trainer)?;
            }
        };
        // A phase that is not reached computes no features; their memory is free when their phase ends.
        if *guarded { quote!(if run.goes_on(#until) { #epochs }) } else { epochs }
    };
    let mut phases = vec![];
    for (phase, pieces) in recipe.phases.iter().zip(&feed.phases) {
        let (until, next) = (number(phase.after), names::phase(phase));
        phases.push(epochs(quote!(recipe.epochs.min(#until)), pieces));
        phases.push(quote! {
            if run.is_over() {
                return Ok(run.finish(#kept));
            }
            let mut trainer = #next::Trainer::new(trainer.params().clone(), recipe.seed);
            run.resume(&mut trainer)?;
        });
    }
    phases.push(epochs(quote!(recipe.epochs), &feed.phases[feed.phases.len() - 1]));
    quote! {
        #[doc = #doc]
        ///
        /// # Errors
        #[doc = #errors]
        pub fn #name(
            recipe: &Recipe,
            params: Params,
            #params,
            log: &mut dyn Log,
        ) -> Result<Trained<Params>, TrainError> {
            #begin
            let mut run = Run::new(recipe, steps, &params, log)?;
            let mut trainer = Trainer::new(params, recipe.seed);
            run.resume(&mut trainer)?;
            #(#phases)*
            Ok(run.finish(#kept))
        }
    }
}
