//! The types that kernels are specialised for.

use crate::graph::Graph;
use crate::kernels::types::Types;
use crate::passes::Plan;
use proc_macro2::TokenStream;
use quote::quote;

/// The types of all plans' kernels: prediction can have some that training has not, of an output without a loss.
pub(super) fn items(graph: &Graph, plans: &[&Plan]) -> TokenStream {
    let mut types = Types::new(graph);
    for op in plans.iter().flat_map(|plan| &plan.tape.ops) {
        op.kernel.types(op, &mut types);
    }
    let types = types.into_items();
    if types.is_empty() {
        return TokenStream::new();
    }
    quote! {
        /// What kernels are specialised for; sizes are channels, height, width.
        mod shape {
            #(#types)*
        }
    }
}
