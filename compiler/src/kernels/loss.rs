//! Losses: gradients of outputs, and sums over samples.

use super::gradient::Backward;
use super::room::{Covers, Facts, Function, Reach, Room, Sum, Work};
use super::scope::Scope;
use super::tape::{Id, Op};
use super::types::Types;
use crate::emit::{emit, emit_variant};
use crate::ops::{self, Activation, CrossEntropy, Pointwise};
use crate::tokens::{double, float, number};
use proc_macro2::TokenStream;
use quote::quote;

type Measured<'a> = netwright_model::Loss<&'a [f64]>;

/// Kernels of losses. Variants list the values read, and `→` those written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Loss {
    /// target → one by the sum of its classes' weights: classes
    WeighTargets(CrossEntropy, usize),
    /// y, target, share of a weight? → dy, sum of losses: with the loss's weight among others; of logits wherever an activation
    /// before it was joined to it
    Compare(ops::Loss, f64),
}

impl Room for Loss {
    fn facts(&self) -> Facts<'_> {
        Facts {
            covers: match self {
                Loss::WeighTargets(..) => Covers::Batch(Work::WeighTargets),
                Loss::Compare(..) => Covers::Tile,
            },
            image: None,
            random: false,
            in_place: match self {
                Loss::WeighTargets(..) => false,
                Loss::Compare(..) => true,
            },
            packs: false,
            optional_results: false,
            sum: match self {
                Loss::WeighTargets(..) => None,
                Loss::Compare(..) => Some(Sum { row: None, over_batch: false }),
            },
            weights_per_sample: 0,
            function: Function::OfLayer,
            in_one_piece: match self {
                Loss::WeighTargets(..) => None,
                Loss::Compare(..) => Some(0),
            },
            loss: match self {
                Loss::WeighTargets(..) => None,
                Loss::Compare(loss, _) => Some(loss),
            },
        }
    }

    fn name(&self) -> String {
        match self {
            Loss::WeighTargets(..) => "weigh_targets".into(),
            Loss::Compare(loss, weight) => {
                let applied = loss.applies().map_or_else(String::new, |op| format!("{}_", op.kind()));
                let weight = if *weight == 1.0 { String::new() } else { format!("{weight} ") };
                format!("{weight}loss_{applied}{}", loss.kind())
            }
        }
    }

    // A loss's first result is the gradient.
    fn differentiate(&self, _: &Op, _: Id, _: &mut Backward<'_>) {}

    fn call(&self, op: &Op, scope: &Scope<'_>) -> TokenStream {
        match self {
            Loss::WeighTargets(ce, classes) => {
                let (classes, [targets, share]) = (class_weights(ce, *classes), scope.through(op));
                quote!(#share[0] = #classes.share(#targets);)
            }
            Loss::Compare(loss, weight) => compare(loss, *weight, op, scope),
        }
    }

    fn types(&self, _: &Op, _: &mut Types<'_>) {}

    fn activation_mut(&mut self) -> Option<&mut Option<Activation>> {
        None
    }

    fn reach_mut(&mut self) -> Option<&mut Reach> {
        None
    }
}

/// Returns the statements that replace outputs by their weighed gradients and add up the loss.
fn compare(loss: &ops::Loss, weight: f64, op: &Op, scope: &Scope<'_>) -> TokenStream {
    let (y, sum) = (scope.var(op.writes[0]), scope.var(op.writes[1]));
    let targets = scope.var(op.reads[1]);
    let (moved, replaced) = (scope.moved(op), scope.replaced(op));
    let shape = &scope.tape.value(op.reads[0]).shape;
    let (len, pixels): (usize, usize) = (shape.iter().product(), shape[1..].iter().product());
    let classes = number(shape[0]);
    // A sample's own weight, in front of a factor of all.
    let weight_of = scope.tape.weights.map(|_| quote!(weight *));
    let weighed = |scale: TokenStream| {
        let factor = float(weight);
        if weight == 1.0 { scale } else { quote!(#factor * #scale) }
    };
    let mean = |terms: usize| {
        let terms = number(terms);
        quote!(#weight_of step.mean_of(#terms))
    };
    let statement = |call: &dyn Fn(TokenStream) -> TokenStream, scale: TokenStream| {
        let call = call(weighed(scale.clone()));
        let sum = quote!(#sum[0] += #call * #scale;);
        let Some(weights) = scope.tape.weights.map(|id| scope.var(id)) else {
            return quote!(#moved #replaced #sum);
        };
        let [y_len, t_len] = [op.reads[0], op.reads[1]].map(|id| number(scope.tape.value(id).len()));
        quote! {
            #moved
            #replaced
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
        mean_of(scope.kernel(name, generics), scope.instructions(), terms)
    };
    match loss {
        ops::Loss::Each(Pointwise::Mse) => common("mse", &[], len),
        ops::Loss::Each(Pointwise::BinaryCrossEntropy { logits, pos_weight: 1.0 }) => {
            if *logits {
                common("sigmoid_binary_cross_entropy", &[], len)
            } else {
                of_all(quote!(binary_cross_entropy), len)
            }
        }
        ops::Loss::CrossEntropy(ce) if ce.is_plain() && ce.logits => {
            common("softmax_cross_entropy", &[quote!(#classes)], pixels)
        }
        ops::Loss::CrossEntropy(ce) if ce.is_plain() => of_all(quote!(cross_entropy::<#classes>), pixels),
        // The language has these of a softmax or of logits alone, and the softmax was joined to them.
        ops::Loss::CrossEntropy(ce) => {
            let classes = class_weights(ce, shape[0]);
            let kernel = if ce.shares { quote!(of_shares) } else { quote!(of_classes) };
            let scale = match op.reads.get(2) {
                Some(&share) if ce.is_weighted() => {
                    let share = scope.var(share);
                    quote!(#share[0])
                }
                _ => mean(pixels),
            };
            statement(&|slope| quote!(#classes.#kernel(#targets, #slope, #y)), scale)
        }
        ops::Loss::KlDivergence { .. } => of_all(quote!(softmax_kl_divergence::<#classes>), pixels),
        ops::Loss::Cosine => of_all(quote!(cosine::<#classes>), pixels),
        ops::Loss::Dice { .. } | ops::Loss::Iou { .. } | ops::Loss::Tversky { .. } => {
            let overlap = overlap(loss);
            let regions = len / places(shape);
            let (places, count) = (number(places(shape)), number(regions));
            let call =
                |slope: TokenStream| quote!(#overlap.loss::<#count, #places>(#targets, #slope, #y));
            statement(&call, mean(regions))
        }
        ops::Loss::Each(of) => {
            // The kernels of these have their names and fields.
            let function = emit_variant(of);
            let call =
                |slope: TokenStream| quote!(loss::elementwise(loss::#function, #targets, #slope, #y));
            statement(&call, mean(len))
        }
    }
}

/// Returns the expression of a cross-entropy's options.
fn class_weights(ce: &CrossEntropy, classes: usize) -> TokenStream {
    let (classes, weights) = (number(classes), ce.weights.iter().map(|weight| float(*weight)));
    let (smoothing, ignore) = (float(ce.label_smoothing), emit(&ce.ignore_index));
    quote!(loss::Classes::<#classes> { weights: &[#(#weights),*], smoothing: #smoothing, ignore: #ignore })
}

fn overlap(loss: &ops::Loss) -> TokenStream {
    let [alpha, beta, smooth] = loss.overlap().unwrap_or_default().map(double);
    quote!(loss::Overlap { alpha: #alpha, beta: #beta, smooth: #smooth })
}

/// Returns the number of numbers that are compared as one region: a list of features, or a channel of an
/// image.
fn places(shape: &[usize]) -> usize {
    if shape.len() == 1 { shape[0] } else { shape[1..].iter().product() }
}

/// Returns the loss that measures outputs of this shape.
pub(crate) fn measure<'a>(loss: &'a ops::Loss, shape: &[usize]) -> Measured<'a> {
    let outputs = shape.iter().product();
    match loss {
        ops::Loss::Each(of) => Measured::Each(*of),
        ops::Loss::CrossEntropy(ce) if ce.is_plain() => Measured::CrossEntropy { logits: ce.logits },
        ops::Loss::CrossEntropy(ce) => {
            let (logits, weights, smoothing) = (ce.logits, ce.weights.as_slice(), ce.label_smoothing);
            match ce.shares {
                true => Measured::SoftCrossEntropy { logits, classes: outputs, weights, smoothing },
                false => {
                    Measured::WeightedCrossEntropy { logits, weights, smoothing, ignore: ce.ignore_index }
                }
            }
        }
        ops::Loss::KlDivergence { logits } => Measured::KlDivergence { logits: *logits, classes: outputs },
        ops::Loss::Cosine => Measured::Cosine { outputs },
        ops::Loss::Dice { .. } | ops::Loss::Iou { .. } | ops::Loss::Tversky { .. } => {
            let [alpha, beta, smooth] = loss.overlap().unwrap_or_default();
            Measured::Overlap { places: places(shape), alpha, beta, smooth }
        }
    }
}
