//! Losses as calls of kernels, and as what outputs are measured by.

use super::calls::{Scope, number};
use super::recipe::double;
use crate::ops::Loss;
use crate::tape::Op;
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

impl Scope<'_> {
    /// The statements that replace outputs by their gradients and add up the loss.
    pub(super) fn loss(&self, loss: &Loss, op: &Op) -> TokenStream {
        let (y, sum) = (self.var(op.writes[0]), self.var(op.writes[1]));
        let targets = self.var(op.reads[1]);
        let moved = self.moved(op.reads[0], op.writes[0]);
        let shape = &self.plan.tape.value(op.reads[0]).shape;
        let (len, pixels) = (shape.iter().product(), shape[1..].iter().product());
        let classes = number(shape[0]);
        let mean = |kernel: TokenStream, terms: usize| {
            let terms = number(terms);
            quote!(#moved #sum[0] += loss::#kernel(#targets, s.mean_of(#terms), #y) * s.mean_of(#terms);)
        };
        match loss {
            Loss::Mse => mean(quote!(mse), len),
            Loss::BinaryCrossEntropy { logits, pos_weight: 1.0 } => {
                let kernel = if *logits { "sigmoid_binary_cross_entropy" } else { "binary_cross_entropy" };
                let kernel = format_ident!("{kernel}");
                mean(quote!(#kernel), len)
            }
            Loss::CrossEntropy { logits: true } => mean(quote!(softmax_cross_entropy::<#classes>), pixels),
            Loss::CrossEntropy { logits: false } => mean(quote!(cross_entropy::<#classes>), pixels),
            Loss::Mae
            | Loss::Huber { .. }
            | Loss::SmoothL1 { .. }
            | Loss::Hinge
            | Loss::PoissonNll { .. }
            | Loss::BinaryCrossEntropy { .. }
            | Loss::Focal { .. } => {
                let function = described(loss);
                let (terms, targets) = (number(len), &targets);
                quote! {
                    #moved
                    #sum[0] += loss::elementwise(loss::#function, #targets, s.mean_of(#terms), #y)
                        * s.mean_of(#terms);
                }
            }
        }
    }
}

/// A variant of the runtime's losses, or for those of single numbers the kernel's type of the same name:
/// `Huber { delta: 0.5 }`.
pub(super) fn described(loss: &Loss) -> TokenStream {
    match loss {
        Loss::Mse => quote!(Mse),
        Loss::Mae => quote!(Mae),
        Loss::Huber { delta } => {
            let delta = double(*delta);
            quote!(Huber { delta: #delta })
        }
        Loss::SmoothL1 { beta } => {
            let beta = double(*beta);
            quote!(SmoothL1 { beta: #beta })
        }
        Loss::Hinge => quote!(Hinge),
        Loss::PoissonNll { log_input, full, eps } => {
            let eps = double(*eps);
            quote!(PoissonNll { log_input: #log_input, full: #full, eps: #eps })
        }
        Loss::BinaryCrossEntropy { logits, pos_weight } => {
            let pos_weight = double(*pos_weight);
            quote!(BinaryCrossEntropy { logits: #logits, pos_weight: #pos_weight })
        }
        Loss::Focal { logits, gamma, alpha } => {
            let [gamma, alpha]: [Literal; 2] = [gamma, alpha].map(|number| double(*number));
            quote!(Focal { logits: #logits, gamma: #gamma, alpha: #alpha })
        }
        Loss::CrossEntropy { logits } => quote!(CrossEntropy { logits: #logits }),
    }
}
