//! Penalties in generated code: constants, and a function for their value where the optimizer does not tell it in every step.

use super::names::param_field as field;
use super::settings::marked;
use crate::graph::{Graph, Param};
use crate::recipe::{Recipe, Terms};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// Penalties that a recipe adds to the loss.
pub(super) struct Penalties<'a> {
    graph: &'a Graph,
    recipe: &'a Recipe,
    /// Parameters that are penalised, and the number of the penalty in `kinds`.
    params: Vec<(&'a Param, usize)>,
    /// Different penalties, `[l1, l2]`.
    kinds: Vec<[f64; 2]>,
}

impl<'a> Penalties<'a> {
    pub(super) fn new(graph: &'a Graph, recipe: &'a Recipe) -> Penalties<'a> {
        let (mut params, mut kinds) = (vec![], vec![]);
        for param in &graph.params {
            let Terms { l1, l2, .. } = recipe.terms(param);
            if [l1, l2] == [0.0, 0.0] {
                continue;
            }
            let at = kinds.iter().position(|kind| *kind == [l1, l2]).unwrap_or_else(|| {
                kinds.push([l1, l2]);
                kinds.len() - 1
            });
            params.push((param, at));
        }
        Penalties { graph, recipe, params, kinds }
    }

    /// Returns true if there are any penalties.
    pub(super) fn any(&self) -> bool {
        !self.params.is_empty()
    }

    /// The name of a parameter's penalty.
    pub(super) fn constant(&self, param: &Param) -> Option<Ident> {
        let Terms { l1, l2, .. } = self.recipe.terms(param);
        self.kinds.iter().position(|kind| *kind == [l1, l2]).map(|at| self.name(at))
    }

    /// `PENALTY`, or `PENALTY1` and so on.
    fn name(&self, at: usize) -> Ident {
        if self.kinds.len() == 1 { format_ident!("PENALTY") } else { format_ident!("PENALTY{}", at + 1) }
    }

    pub(super) fn constants(&self) -> TokenStream {
        let constants = self.kinds.iter().enumerate().map(|(at, &[l1, l2])| {
            let (name, l1, l2) = (self.name(at), marked(l1), marked(l2));
            quote! {
                /// Added to the loss: l1 · ‖w‖₁ + l2 · ‖w‖².
                const #name: Penalty = Penalty { l1: #l1, l2: #l2 };
            }
        });
        quote!(#(#constants)*)
    }

    /// Fields of penalised parameters, and their penalties.
    fn fields(&self) -> (Vec<TokenStream>, Vec<Ident>) {
        self.params.iter().map(|&(param, at)| (field(self.graph, param), self.name(at))).unzip()
    }

    /// A function for their value.
    pub(super) fn value(&self) -> TokenStream {
        let (fields, names) = self.fields();
        quote! {
            impl Trainer {
                /// The penalties' part of the loss.
                fn penalties(&self) -> f32 {
                    let params = &self.params;
                    #(#names.of(&params.#fields))+*
                }
            }
        }
    }
}
