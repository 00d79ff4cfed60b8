//! The end of a step: the optimizer's update, a line for each learned parameter, and what comes before and after it.

use super::around;
use super::names::param_field as field;
use super::optimizer::{Rule, matrices, rule};
use super::params::learned;
use super::penalties::Penalties;
use super::settings::{marked, marked_single};
use crate::graph::{Graph, Param};
use crate::program::Model;
use crate::recipe::Recipe;
use crate::tokens::number;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// The end of a step.
pub(super) struct Update {
    /// Constants and functions.
    pub(super) items: TokenStream,
    /// Fields of the trainer, and their values before the first step.
    pub(super) fields: TokenStream,
    pub(super) init: TokenStream,
    /// Values that are made of the parameters, before the trainer takes these.
    pub(super) copies: TokenStream,
    /// The calls of a step that has its loss and gradients.
    pub(super) calls: TokenStream,
    /// Methods for callers.
    pub(super) methods: TokenStream,
    /// The docs for callers of a step.
    pub(super) docs: TokenStream,
    /// The description of the gradients that a caller sees.
    pub(super) gradients: String,
    /// The trainer's fields that one step leaves to the next, besides parameters, seed and steps.
    pub(super) carried: Vec<TokenStream>,
}

/// The end of the step of a network that has a recipe.
///
/// `terms` is an expression for the number of terms that a step's gradients are the means of.
pub(super) fn items(model: &Model, recipe: &Recipe, terms: &TokenStream) -> Update {
    let graph = &model.graph;
    let params: Vec<&Param> = graph.params.iter().filter(|p| learned(p)).collect();
    let penalties = Penalties::new(graph, recipe);
    // Where gradients are accumulated, each step has its penalties.
    let valued = penalties.any() && recipe.accumulate > 1;
    let rule = rule(&recipe.optimizer, recipe.accumulate > 1);
    // A struct of its own, so that no field of the optimizer can be one of the trainer.
    let (state, state_field, state_init) = state(&rule, &params);
    let mut carried: Vec<TokenStream> = rule.state.iter().map(|memory| quote!(state.#memory)).collect();
    let (constants, value) = (penalties.constants(), valued.then(|| penalties.value()));
    let constrain = around::constrain(graph, recipe);
    let updates = if recipe.accumulate > 1 { quote!(updates) } else { quote!(steps) };
    let follow = recipe.ema.map(|stays| around::follow(graph, stays, &updates));
    let accumulate = (recipe.accumulate > 1).then(|| around::accumulate(graph, recipe.accumulate, &params));
    let update = update(graph, recipe, &params, &penalties, valued, &rule);

    let value_call = valued.then(|| quote!(self.penalty = self.penalties();));
    let update_call =
        if valued { quote!(self.update(rate);) } else { quote!(self.penalty = self.update(rate);) };
    let mut calls = TokenStream::new();
    calls.extend(update_call);
    calls.extend(constrain.is_some().then(|| quote!(self.constrain();)));
    calls.extend(follow.is_some().then(|| quote!(self.follow();)));
    let [mut methods, mut fields, mut init, mut copies, mut docs] =
        std::array::from_fn(|_| TokenStream::new());
    if accumulate.is_some() {
        methods.extend(around::finish(&calls));
        docs = quote! {
            ///
            /// Every [`ACCUMULATE`]th call updates the parameters; [`finish`](Trainer::finish) does so with fewer batches.
        };
        fields.extend(quote!(accumulated: Gradients, batches: usize, terms: f32, updates: u64,));
        init.extend(quote!(accumulated: Gradients::zeros(), batches: 0, terms: 0.0, updates: 0,));
        carried.extend([quote!(accumulated), quote!(batches), quote!(terms), quote!(updates)]);
        calls = quote! {
            self.accumulate(#terms);
            if self.batches == ACCUMULATE {
                self.finish(rate);
            }
        };
    }
    if follow.is_some() {
        methods.extend(around::average());
        fields.extend(quote!(average: Params,));
        copies.extend(quote!(average: params.clone(),));
        carried.push(quote!(average));
    }
    Update {
        items: quote!(#state #constants #value #accumulate #update #constrain #follow),
        fields: quote!(#state_field #fields),
        init: quote!(#state_init #init),
        copies,
        calls: quote!(#value_call #calls),
        methods,
        docs,
        gradients: gradients(recipe),
        carried,
    }
}

/// Returns the struct of what the optimizer remembers, the trainer's field of it, and its value before the first step.
fn state(rule: &Rule, params: &[&Param]) -> (TokenStream, TokenStream, TokenStream) {
    let memories = &rule.state;
    if memories.is_empty() {
        return Default::default();
    }
    let (doc, kind, zeros) = if rule.factored {
        let numbers = number(params.iter().map(|param| rule.remembered(param)).sum());
        let doc = " What the optimizer remembers: of a matrix a number for each row and each column.";
        (doc, quote!(Vec<f32>), quote!(vec![0.0; #numbers]))
    } else {
        (
            " What the optimizer remembers of each learned number.",
            quote!(Gradients),
            quote!(Gradients::zeros()),
        )
    };
    (
        quote! {
            #[doc = #doc]
            #[derive(Clone)]
            struct State {
                #(#memories: #kind,)*
            }
        },
        quote!(state: State,),
        quote!(state: State { #(#memories: #zeros),* },),
    )
}

/// Describes the gradients that a caller sees.
fn gradients(recipe: &Recipe) -> String {
    let of = if recipe.accumulate > 1 {
        "The gradients of the last step's mean loss or, after an update, of the mean over all its samples"
    } else {
        "The gradients of the last step's mean loss"
    };
    format!(" {of}, without penalties and before clipping.")
}

/// Parameters from which on those with the same rule are updated by one macro: a line each would be longer than all else.
const LINES: usize = 12;

/// Parameters by their penalty and the changes of the rule.
#[derive(Default)]
struct Groups(Vec<(Ident, TokenStream, Vec<TokenStream>)>);

impl Groups {
    fn add(&mut self, penalty: Ident, changed: TokenStream, field: TokenStream) {
        let text = changed.to_string();
        match self.0.iter_mut().find(|(p, c, _)| *p == penalty && c.to_string() == text) {
            Some((.., fields)) => fields.push(field),
            None => self.0.push((penalty, changed, vec![field])),
        }
    }

    /// `update!(rule, PENALTY, [params, gradients, state.velocity], conv1.weight, conv2.weight);`
    fn calls(&self, state: &[Ident]) -> Vec<TokenStream> {
        let call = |(penalty, changed, fields): &(Ident, TokenStream, Vec<TokenStream>)| quote!(update!(rule #changed, #penalty, [params, gradients #(, state.#state)*], #(#fields),*););
        self.0.iter().map(call).collect()
    }
}

/// The optimizer. It adds the penalties' gradients and clips, and returns the penalties unless they are `valued` elsewhere.
fn update(
    graph: &Graph,
    recipe: &Recipe,
    params: &[&Param],
    penalties: &Penalties<'_>,
    valued: bool,
    rule: &Rule,
) -> TokenStream {
    let Rule { doc, rule: tokens, state, factored } = rule;
    let mut remembered = 0;
    let none = format_ident!("NONE");
    let constant = |param: &Param| penalties.constant(param).unwrap_or_else(|| none.clone());
    let wholes: Vec<TokenStream> = params
        .iter()
        .map(|param| {
            let (field, constant) = (field(graph, param), constant(param));
            quote!(#constant.on(&params.#field, &gradients.#field))
        })
        .collect();
    let clip = recipe.clip.map(|clip| around::clip(clip, &wholes));
    let rates = params.iter().any(|param| recipe.terms(param).rate != 1.0);
    let decays = params.iter().any(|param| recipe.terms(param).decay != 1.0);
    let weight_decay = recipe.optimizer.weight_decay().unwrap_or_default();
    // How the rule is changed for a parameter.
    let changed = |param: &Param| {
        let factor = recipe.terms(param).rate;
        let rate = rates.then(|| {
            let number = marked_single(factor);
            if factor == 1.0 { quote!(.at_rate(rate)) } else { quote!(.at_rate(#number * rate)) }
        });
        let decay = decays.then(|| {
            let number = marked(weight_decay * recipe.terms(param).decay);
            quote!(.with_decay(#number))
        });
        quote!(#rate #decay)
    };
    let mut groups = Groups::default();
    let lines = params.iter().enumerate().map(|(at, param)| {
        let scaled = clip.as_ref().and_then(|clip| clip.each.get(at));
        let (field, constant, changed) = (field(graph, param), constant(param), changed(param));
        let update = match matrices(&param.shape) {
            _ if !factored => quote!(update),
            None => quote!(update_vector),
            Some([rows, columns]) => {
                let [rows, columns] = [rows, columns].map(number);
                quote!(update_matrices::<#rows, #columns>)
            }
        };
        let range = [remembered, remembered + rule.remembered(param)];
        remembered = range[1];
        let [start, end] = range.map(number);
        let memories = state.iter().map(|name| match factored {
            true => quote!(&mut state.#name[#start..#end]),
            false => quote!(&mut state.#name.#field),
        });
        let line = quote!(rule #changed #scaled.#update(#constant, &mut params.#field, &gradients.#field #(, #memories)*););
        groups.add(constant, changed, field);
        line
    });
    let mut lines: Vec<TokenStream> = lines.collect();
    let apart = clip.as_ref().is_some_and(|clip| !clip.each.is_empty());
    // The penalties are added up in the order of the parameters.
    let penalised = groups.0.iter().filter(|(penalty, ..)| *penalty != none).count();
    if lines.len() > LINES && penalised < 2 && !apart && !factored {
        lines = groups.calls(state);
    }
    let unpenalised = params.iter().any(|param| constant(param) == none).then(|| {
        quote!(
            const NONE: Penalty = Penalty::NONE;
        )
    });
    let returns = (!valued).then(|| quote!(-> f32));
    let end = (!valued).then(|| quote!(rule.penalty()));
    let clip_doc = clip.as_ref().map(|clip| {
        let doc = &clip.doc;
        quote!(#[doc = ""] #[doc = #doc])
    });
    let clipped = clip.as_ref().map(|clip| {
        let all = &clip.all;
        quote!(let mut rule = rule #all;)
    });
    let changes = clip.is_none() && !lines.is_empty();
    let binding = if changes { quote!(let mut rule) } else { quote!(let rule) };
    let docs = (!valued).then(|| {
        quote! {
            ///
            /// Returns the penalties' part of the loss.
        }
    });
    let states = (!state.is_empty()).then(|| quote!(state,));
    quote! {
        impl Trainer {
            #[doc = #doc]
            #clip_doc
            #docs
            fn update(&mut self, rate: f32) #returns {
                #binding = #tokens;
                let Trainer { params, gradients, #states .. } = self;
                #unpenalised
                #clipped
                #(#lines)*
                #end
            }
        }
    }
}
