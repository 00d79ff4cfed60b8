//! Normalisation by a sample's own statistics: layer, instance, group and RMS norms.

use super::bias::BiasGrad;
use super::gradient::Backward;
use super::room::{Covers, Facts, Function, Reach, Room, Sum, Work, acted};
use super::scope::{Scope, activation};
use super::tape::{Id, Op};
use super::types::Types;
use crate::ops::Activation;
use crate::tokens::{float, number};
use proc_macro2::TokenStream;
use quote::quote;

/// Kernels of normalisations by a sample's own statistics. Variants list the values read, `;` the parameters
/// read, `→` the values written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum SampleNorm {
    /// ; a weight or bias for each number of an image → the same, channels last
    ReorderParam {
        /// The number of channels.
        channels: usize,
        /// The number of pixels.
        pixels: usize,
    },
    /// gradient of such a parameter, channels last → gradient
    ReorderGrad {
        /// The number of channels.
        channels: usize,
        /// The number of pixels.
        pixels: usize,
    },
    /// x, reordered weight?, reordered bias?; weight?, bias? → y, statistics?
    Forward(Grouping, Option<Activation>),
    /// dy, x, statistics, reordered weight?; weight? → dx
    InputGrad(Grouping),
    /// x, dy, statistics → gradient of the weight
    WeightGrad(Grouping),
}

/// A normalisation by a sample's own statistics with everything known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Grouping {
    /// The number of channels.
    pub(crate) channels: usize,
    /// Pixels whose numbers share statistics.
    pub(crate) pixels: usize,
    /// Groups of neighbouring channels, each with statistics of its own.
    pub(crate) groups: usize,
    /// True if the mean is subtracted.
    pub(crate) centered: bool,
    /// The number that is added to the variance.
    pub(crate) eps: f64,
    /// Numbers of the weight, which [`SampleNorm::Forward`] has if it is not 0.
    pub(crate) weights: usize,
    /// True if there is a bias.
    pub(crate) bias: bool,
}

impl Grouping {
    /// Returns the channels, pixels, groups, and whether the mean is subtracted.
    fn tokens(&self) -> TokenStream {
        let [c, pixels, groups] = [self.channels, self.pixels, self.groups].map(number);
        let centered = self.centered;
        quote!(#c, #pixels, #groups, #centered)
    }
}

impl Room for SampleNorm {
    fn facts(&self) -> Facts<'_> {
        Facts {
            covers: match self {
                SampleNorm::ReorderParam { .. } => Covers::Batch(Work::PackWeights),
                SampleNorm::ReorderGrad { .. } => Covers::Batch(Work::SumGradients),
                SampleNorm::Forward(..) | SampleNorm::InputGrad(_) | SampleNorm::WeightGrad(_) => Covers::Tile,
            },
            image: None,
            random: false,
            in_place: match self {
                SampleNorm::InputGrad(_) => true,
                SampleNorm::ReorderParam { .. }
                | SampleNorm::ReorderGrad { .. }
                | SampleNorm::Forward(..)
                | SampleNorm::WeightGrad(_) => false,
            },
            packs: match self {
                SampleNorm::ReorderParam { .. } => true,
                SampleNorm::ReorderGrad { .. }
                | SampleNorm::Forward(..)
                | SampleNorm::InputGrad(_)
                | SampleNorm::WeightGrad(_) => false,
            },
            optional_results: match self {
                SampleNorm::Forward(..) => true,
                SampleNorm::ReorderParam { .. }
                | SampleNorm::ReorderGrad { .. }
                | SampleNorm::InputGrad(_)
                | SampleNorm::WeightGrad(_) => false,
            },
            sum: match self {
                SampleNorm::WeightGrad(_) => Some(Sum { row: None, over_batch: false }),
                SampleNorm::ReorderParam { .. }
                | SampleNorm::ReorderGrad { .. }
                | SampleNorm::Forward(..)
                | SampleNorm::InputGrad(_) => None,
            },
            weights_per_sample: 0,
            function: Function::OfLayer,
            in_one_piece: None,
            loss: None,
        }
    }

    fn name(&self) -> String {
        match self {
            SampleNorm::ReorderParam { .. } => "reorder_param".into(),
            SampleNorm::ReorderGrad { .. } => "reorder_grad".into(),
            SampleNorm::Forward(_, activation) => acted("sample_norm", *activation),
            SampleNorm::InputGrad(_) => "sample_norm_input_grad".into(),
            SampleNorm::WeightGrad(_) => "sample_norm_weight_grad".into(),
        }
    }

    fn differentiate(&self, op: &Op, dy: Id, backward: &mut Backward<'_>) {
        match *self {
            SampleNorm::Forward(grouping, _) => gradients(op, grouping, dy, backward),
            // The norm's own rule accounts for these, or no forward pass has them.
            SampleNorm::ReorderParam { .. }
            | SampleNorm::ReorderGrad { .. }
            | SampleNorm::InputGrad(_)
            | SampleNorm::WeightGrad(_) => {}
        }
    }

    fn call(&self, op: &Op, scope: &Scope<'_>) -> TokenStream {
        match self {
            SampleNorm::ReorderParam { channels, pixels } => {
                let (c, pixels) = (number(*channels), number(*pixels));
                let (w, [y]) = (scope.weight(op), scope.writes(op));
                quote!(layout::to_channels_last::<#c, #pixels>(1, &#w, #y);)
            }
            SampleNorm::ReorderGrad { channels, pixels } => {
                let (c, pixels, [from, to]) = (number(*channels), number(*pixels), scope.through(op));
                quote!(layout::to_channels_first::<#c, #pixels>(1, #from, #to);)
            }
            SampleNorm::Forward(grouping, a) => {
                let (sizes, eps, a) = (grouping.tokens(), float(grouping.eps), activation(*a));
                let [x, y] = scope.through(op);
                let (mut packed, mut params) = (op.reads[1..].iter().copied(), op.params.iter().copied());
                let mut next = |there: bool| {
                    if op.reads.len() > 1 {
                        scope.optional(packed.next().filter(|_| there))
                    } else {
                        scope.optional_param(params.next().filter(|_| there))
                    }
                };
                let (weight, bias) = (next(grouping.weights > 0), next(grouping.bias));
                let stats = scope.optional(op.writes.get(1).copied());
                quote!(sample_norm::forward::<#sizes, _>(#a, #x, #weight, #bias, #eps, #y, #stats);)
            }
            SampleNorm::InputGrad(grouping) => {
                let (sizes, moved) = (grouping.tokens(), scope.moved(op));
                let ([_, x, stats], [dx]) = (scope.reads(op), scope.writes(op));
                let weight = match op.reads.get(3) {
                    Some(&packed) => scope.optional(Some(packed)),
                    None => scope.optional_param(op.params.first().copied()),
                };
                quote!(#moved sample_norm::input_grad::<#sizes>(#x, #stats, #weight, #dx);)
            }
            SampleNorm::WeightGrad(grouping) => {
                let (sizes, [x, dy, stats], [grad]) =
                    (grouping.tokens(), scope.reads(op), scope.writes(op));
                quote!(sample_norm::weight_grad::<#sizes>(#x, #dy, #stats, #grad);)
            }
        }
    }

    fn types(&self, _: &Op, _: &mut Types<'_>) {}

    fn activation_mut(&mut self) -> Option<&mut Option<Activation>> {
        match self {
            SampleNorm::Forward(_, activation) => Some(activation),
            SampleNorm::ReorderParam { .. }
            | SampleNorm::ReorderGrad { .. }
            | SampleNorm::InputGrad(_)
            | SampleNorm::WeightGrad(_) => None,
        }
    }

    fn reach_mut(&mut self) -> Option<&mut Reach> {
        None
    }
}

/// Appends the gradients. The statistics are the sample's own, so its gradient needs no other sample.
fn gradients(op: &Op, grouping: Grouping, dy: Id, backward: &mut Backward<'_>) {
    let [x, stats] = [op.reads[0], op.writes[1]];
    let packed = op.reads.get(1).copied();
    let of_image = packed.map(|_| [grouping.channels, grouping.pixels]);
    let mut params = op.params.iter().copied();
    let weight = params.next().filter(|_| grouping.weights > 0);
    if let Some(weight) = weight.filter(|&param| backward.learns(param)) {
        backward.summed_as(op, weight, SampleNorm::WeightGrad(grouping), vec![x, dy, stats], of_image);
    }
    if let Some(bias) = params.next().filter(|&param| backward.learns(param)) {
        let channels = backward.graph().param(bias).len();
        backward.summed_as(op, bias, BiasGrad::of(channels), vec![dy], of_image);
    }
    let reads = [dy, x, stats].into_iter().chain(packed).collect();
    let params = weight.filter(|_| packed.is_none()).into_iter().collect();
    backward.input_gradient(op, x, SampleNorm::InputGrad(grouping), reads, params);
}
