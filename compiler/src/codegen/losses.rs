//! Losses as calls of kernels, and as what outputs are measured by.

use super::calls::{Scope, float, number};
use super::emit::{double, emit, emit_variant};
use crate::ops::{CrossEntropy, Loss};
use crate::tape::Op;
use proc_macro2::TokenStream;
use quote::quote;

type Measured<'a> = netwright_model::Loss<&'a [f64]>;

impl Scope<'_> {
    /// The statements that replace outputs by their weighed gradients and add up the loss.
    pub(super) fn loss(&self, loss: &Loss, weight: f64, op: &Op) -> TokenStream {
        let (y, sum) = (self.var(op.writes[0]), self.var(op.writes[1]));
        let targets = self.var(op.reads[1]);
        let moved = self.moved(op.reads[0], op.writes[0]);
        let shape = &self.plan.tape.value(op.reads[0]).shape;
        let (len, pixels): (usize, usize) = (shape.iter().product(), shape[1..].iter().product());
        let classes = number(shape[0]);
        // A sample's own weight, in front of a factor of all.
        let weight_of = self.plan.tape.weights.map(|_| quote!(weight *));
        let weighed = |scale: TokenStream| {
            let factor = float(weight);
            if weight == 1.0 { scale } else { quote!(#factor * #scale) }
        };
        let mean = |terms: usize| {
            let terms = number(terms);
            quote!(#weight_of s.mean_of(#terms))
        };
        let statement = |call: &dyn Fn(TokenStream) -> TokenStream, scale: TokenStream| {
            let call = call(weighed(scale.clone()));
            let sum = quote!(#sum[0] += #call * #scale;);
            let Some(weights) = self.plan.tape.weights.map(|id| self.var(id)) else {
                return quote!(#moved #sum);
            };
            let [y_len, t_len] = [op.reads[0], op.reads[1]].map(|id| number(self.plan.tape.value(id).len()));
            quote! {
                #moved
                let rows = #y.chunks_exact_mut(#y_len).zip(#targets.chunks_exact(#t_len));
                for ((#y, #targets), weight) in rows.zip(#weights) {
                    #sum
                }
            }
        };
        let mean_of = |kernel: TokenStream, m: TokenStream, terms: usize| {
            statement(&|slope| quote!(loss::#kernel(#m #targets, #slope, #y)), mean(terms))
        };
        let of_all = |kernel: TokenStream, terms: usize| mean_of(kernel, TokenStream::new(), terms);
        let common = |name: &str, generics: &[TokenStream], terms: usize| {
            mean_of(self.kernel(name, generics), self.instructions(), terms)
        };
        match loss {
            Loss::Mse => common("mse", &[], len),
            Loss::BinaryCrossEntropy { logits, pos_weight: 1.0 } => {
                if *logits {
                    common("sigmoid_binary_cross_entropy", &[], len)
                } else {
                    of_all(quote!(binary_cross_entropy), len)
                }
            }
            Loss::CrossEntropy(ce) if ce.is_plain() && ce.logits => {
                common("softmax_cross_entropy", &[quote!(#classes)], pixels)
            }
            Loss::CrossEntropy(ce) if ce.is_plain() => of_all(quote!(cross_entropy::<#classes>), pixels),
            // The language has these of a softmax or of logits alone, and the softmax was joined to them.
            Loss::CrossEntropy(ce) => {
                let classes = self::classes(ce, shape[0]);
                let kernel = if ce.shares { quote!(of_shares) } else { quote!(of_classes) };
                let scale = match op.reads.get(2) {
                    Some(&share) if ce.is_weighted() => {
                        let share = self.var(share);
                        quote!(#share[0])
                    }
                    _ => mean(pixels),
                };
                statement(&|slope| quote!(#classes.#kernel(#targets, #slope, #y)), scale)
            }
            Loss::KlDivergence { .. } => of_all(quote!(softmax_kl_divergence::<#classes>), pixels),
            Loss::Cosine => of_all(quote!(cosine::<#classes>), pixels),
            Loss::Dice { .. } | Loss::Iou { .. } | Loss::Tversky { .. } => {
                let overlap = overlap(loss);
                let regions = len / places(shape);
                let (places, count) = (number(places(shape)), number(regions));
                let call =
                    |slope: TokenStream| quote!(#overlap.loss::<#count, #places>(#targets, #slope, #y));
                statement(&call, mean(regions))
            }
            Loss::Mae
            | Loss::Huber { .. }
            | Loss::SmoothL1 { .. }
            | Loss::Hinge
            | Loss::PoissonNll { .. }
            | Loss::BinaryCrossEntropy { .. }
            | Loss::Focal { .. } => {
                // The kernels of single numbers have the names and fields of the losses that measure them.
                let function = emit_variant(&measure(loss, shape));
                let call =
                    |slope: TokenStream| quote!(loss::elementwise(loss::#function, #targets, #slope, #y));
                statement(&call, mean(len))
            }
        }
    }
}

/// What a cross-entropy does with each class.
pub(super) fn classes(ce: &CrossEntropy, classes: usize) -> TokenStream {
    let (classes, weights) = (number(classes), ce.weights.iter().map(|weight| float(*weight)));
    let (smoothing, ignore) = (float(ce.label_smoothing), emit(&ce.ignore_index));
    quote!(loss::Classes::<#classes> { weights: &[#(#weights),*], smoothing: #smoothing, ignore: #ignore })
}

fn overlap(loss: &Loss) -> TokenStream {
    let [alpha, beta, smooth] = loss.overlap().unwrap_or_default().map(double);
    quote!(loss::Overlap { alpha: #alpha, beta: #beta, smooth: #smooth })
}

/// How many numbers are compared as one region: a list of features, or a channel of an image.
fn places(shape: &[usize]) -> usize {
    if shape.len() == 1 { shape[0] } else { shape[1..].iter().product() }
}

/// The loss that measures outputs of this shape.
pub(super) fn measure<'a>(loss: &'a Loss, shape: &[usize]) -> Measured<'a> {
    let outputs = shape.iter().product();
    match loss {
        Loss::Mse => Measured::Mse,
        Loss::Mae => Measured::Mae,
        Loss::Huber { delta } => Measured::Huber { delta: *delta },
        Loss::SmoothL1 { beta } => Measured::SmoothL1 { beta: *beta },
        Loss::Hinge => Measured::Hinge,
        Loss::PoissonNll { log_input, full, eps } => {
            Measured::PoissonNll { log_input: *log_input, full: *full, eps: *eps }
        }
        Loss::BinaryCrossEntropy { logits, pos_weight } => {
            Measured::BinaryCrossEntropy { logits: *logits, pos_weight: *pos_weight }
        }
        Loss::Focal { logits, gamma, alpha } => {
            Measured::Focal { logits: *logits, gamma: *gamma, alpha: *alpha }
        }
        Loss::CrossEntropy(ce) if ce.is_plain() => Measured::CrossEntropy { logits: ce.logits },
        Loss::CrossEntropy(ce) => {
            let (logits, weights, smoothing) = (ce.logits, ce.weights.as_slice(), ce.label_smoothing);
            match ce.shares {
                true => Measured::SoftCrossEntropy { logits, classes: outputs, weights, smoothing },
                false => {
                    Measured::WeightedCrossEntropy { logits, weights, smoothing, ignore: ce.ignore_index }
                }
            }
        }
        Loss::KlDivergence { logits } => Measured::KlDivergence { logits: *logits, classes: outputs },
        Loss::Cosine => Measured::Cosine { outputs },
        Loss::Dice { .. } | Loss::Iou { .. } | Loss::Tversky { .. } => {
            let [alpha, beta, smooth] = loss.overlap().unwrap_or_default();
            Measured::Overlap { places: places(shape), alpha, beta, smooth }
        }
    }
}
