//! The optimizer's update: one line for each learned parameter.

use super::calls::float;
use super::optimizer::{Rule, rule};
use super::params::{field, learned};
use crate::Model;
use crate::graph::{Param, Role};
use crate::recipe::{Penalty, Recipe};
use proc_macro2::TokenStream;
use quote::quote;

pub(super) struct Update {
    /// Names of the optimizer's memories.
    pub(super) fields: TokenStream,
    /// The function.
    pub(super) items: TokenStream,
}

pub(super) fn items(model: &Model) -> Update {
    let Some(recipe) = &model.recipe else { return Update { fields: quote!(), items: quote!() } };
    let Rule { doc, rule, state } = rule(&recipe.optimizer);
    let params: Vec<&Param> = model.graph.params.iter().filter(|p| learned(p)).collect();
    let penalised = params.iter().any(|p| penalty(recipe, p) != Penalty::default());
    let lines = params.iter().map(|param| {
        let field = field(&model.graph, param);
        let memories = state.iter().map(|name| quote!(&mut #name.#field));
        let penalty_value = penalty(recipe, param);
        let constant = if penalty_value == Penalty::default() { quote!(NONE) } else { quote!(PENALTY) };
        quote!(rule.update(#constant, &mut p.#field, &g.#field #(, #memories)*);)
    });
    let constant = if penalised {
        let (l1, l2) = (float(recipe.penalty.l1), float(recipe.penalty.l2));
        quote! {
            /// Added to the loss: l1 · ‖w‖₁ + l2 · ‖w‖².
            const PENALTY: Penalty = Penalty { l1: #l1, l2: #l2 };
        }
    } else {
        quote!()
    };
    let unpenalised = params.iter().any(|p| penalty(recipe, p) == Penalty::default()).then(|| {
        quote!(
            const NONE: Penalty = Penalty::NONE;
        )
    });
    let items = quote! {
        #constant
        impl Trainer {
            #[doc = #doc]
            ///
            /// Returns the penalties' part of the loss.
            fn update(&mut self, rate: f32) -> f32 {
                let mut rule = #rule;
                let Trainer { params: p, gradients: g, #(#state,)* .. } = self;
                #unpenalised
                #(#lines)*
                rule.penalty()
            }
        }
    };
    Update { fields: quote!(#(#state)*), items }
}

/// The penalty on one parameter: weights only, unless the recipe says more.
fn penalty(recipe: &Recipe, param: &Param) -> Penalty {
    let counts = match param.role {
        Role::Weight => true,
        Role::Bias => recipe.penalty.biases,
        Role::Norm => recipe.penalty.norms,
        Role::Slope | Role::Statistic => false,
    };
    let Penalty { l1, l2, .. } = recipe.penalty;
    if counts && (l1 != 0.0 || l2 != 0.0) { recipe.penalty } else { Penalty::default() }
}
