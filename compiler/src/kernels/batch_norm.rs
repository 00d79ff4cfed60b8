//! Batch normalisation: by the statistics of the batch, or by running ones.

use super::gradient::Backward;
use super::reduce::Reduce;
use super::room::{Covers, Facts, Function, Reach, Room, Sum, Work, acted};
use super::scope::{Scope, activation, layer_field};
use super::tape::{Extent, Id, Op};
use super::types::Types;
use crate::ops::Activation;
use crate::tokens::{float, number};
use proc_macro2::TokenStream;
use quote::quote;

/// Kernels of batch normalisation. Variants list the values read, `;` the parameters read, `→` the values
/// written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum BatchNorm {
    /// x → moments of a lane
    Moments {
        /// The number of channels.
        channels: usize,
    },
    /// moments; running mean, running variance → mean and 1 / σ
    FinishMoments(Statistics),
    /// x, statistics; weight, bias → y
    Normalize {
        /// The number of channels.
        channels: usize,
        /// The activation that is applied to the result.
        activation: Option<Activation>,
    },
    /// x, dy, statistics → sums of dy x̂ and of dy
    GradSums {
        /// The number of channels.
        channels: usize,
    },
    /// sums of a normalisation → gradients of its weight and bias
    SplitSums,
    /// dy, x, statistics, sums; weight → dx
    InputGrad {
        /// The number of pixels.
        pixels: usize,
    },
    /// x; weight, bias, running mean, running variance → y
    NormalizeRunning(Statistics, Option<Activation>),
    /// dy; weight, running variance → dx
    RunningGrad(Statistics),
}

/// Options of a batch norm's statistics.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Statistics {
    /// The number of channels.
    pub(crate) channels: usize,
    /// The number that is added to the variance.
    pub(crate) eps: f64,
    /// The share of a new batch in the running statistics.
    pub(crate) momentum: f64,
}

impl Room for BatchNorm {
    fn facts(&self) -> Facts<'_> {
        Facts {
            covers: match self {
                BatchNorm::FinishMoments(_) => Covers::Batch(Work::FinishStatistics),
                BatchNorm::SplitSums => Covers::Batch(Work::SumGradients),
                BatchNorm::Moments { .. }
                | BatchNorm::Normalize { .. }
                | BatchNorm::GradSums { .. }
                | BatchNorm::InputGrad { .. }
                | BatchNorm::NormalizeRunning(..)
                | BatchNorm::RunningGrad(_) => Covers::Tile,
            },
            image: None,
            random: false,
            in_place: match self {
                BatchNorm::InputGrad { .. } | BatchNorm::RunningGrad(_) => true,
                BatchNorm::Moments { .. }
                | BatchNorm::FinishMoments(_)
                | BatchNorm::Normalize { .. }
                | BatchNorm::GradSums { .. }
                | BatchNorm::SplitSums
                | BatchNorm::NormalizeRunning(..) => false,
            },
            packs: false,
            optional_results: false,
            sum: match self {
                BatchNorm::Moments { .. } | BatchNorm::GradSums { .. } => {
                    Some(Sum { row: None, over_batch: false })
                }
                BatchNorm::FinishMoments(_)
                | BatchNorm::Normalize { .. }
                | BatchNorm::SplitSums
                | BatchNorm::InputGrad { .. }
                | BatchNorm::NormalizeRunning(..)
                | BatchNorm::RunningGrad(_) => None,
            },
            weights_per_sample: 0,
            function: match self {
                BatchNorm::Moments { .. } | BatchNorm::InputGrad { .. } => Function::OfInput,
                BatchNorm::FinishMoments(_)
                | BatchNorm::Normalize { .. }
                | BatchNorm::GradSums { .. }
                | BatchNorm::SplitSums
                | BatchNorm::NormalizeRunning(..)
                | BatchNorm::RunningGrad(_) => Function::OfLayer,
            },
            in_one_piece: None,
            loss: None,
        }
    }

    fn name(&self) -> String {
        match self {
            BatchNorm::Moments { .. } => "moments".into(),
            BatchNorm::FinishMoments(_) => "finish_moments".into(),
            BatchNorm::Normalize { activation, .. } => acted("normalize", *activation),
            BatchNorm::GradSums { .. } => "norm_sums".into(),
            BatchNorm::SplitSums => "split_norm_sums".into(),
            BatchNorm::InputGrad { .. } => "norm_input_grad".into(),
            BatchNorm::NormalizeRunning(_, activation) => acted("normalize_running", *activation),
            BatchNorm::RunningGrad(_) => "norm_running_grad".into(),
        }
    }

    fn differentiate(&self, op: &Op, dy: Id, backward: &mut Backward<'_>) {
        match *self {
            BatchNorm::Normalize { channels, .. } => by_batch(op, channels, dy, backward),
            BatchNorm::NormalizeRunning(statistics, _) => {
                let params = vec![op.params[0], op.params[3]];
                let kernel = BatchNorm::RunningGrad(statistics);
                backward.input_gradient(op, op.reads[0], kernel, vec![dy], params);
            }
            // The rule of the normalisation accounts for these, or no forward pass has them.
            BatchNorm::Moments { .. }
            | BatchNorm::FinishMoments(_)
            | BatchNorm::GradSums { .. }
            | BatchNorm::SplitSums
            | BatchNorm::InputGrad { .. }
            | BatchNorm::RunningGrad(_) => {}
        }
    }

    fn call(&self, op: &Op, scope: &Scope<'_>) -> TokenStream {
        let norm = scope.params_of(op.layer);
        match self {
            BatchNorm::Moments { channels } => {
                let (c, [x, moments]) = (number(*channels), scope.through(op));
                quote!(batch_norm::moments::<#c>(#x, #moments);)
            }
            BatchNorm::FinishMoments(statistics) => {
                let (eps, momentum) = (float(statistics.eps), float(statistics.momentum));
                let [moments, stats] = scope.through(op);
                quote!(#norm.finish(lanes, #moments, #eps, #momentum, #stats);)
            }
            BatchNorm::Normalize { activation: a, .. } => {
                let (a, [x, stats], [y]) = (activation(*a), scope.reads(op), scope.writes(op));
                quote!(#norm.normalize(#a, #x, #stats, #y);)
            }
            BatchNorm::GradSums { channels } => {
                let (c, [x, dy, stats], [sums]) = (number(*channels), scope.reads(op), scope.writes(op));
                quote!(batch_norm::backward_sums::<#c>(#x, #dy, #stats, #sums);)
            }
            BatchNorm::SplitSums => {
                let ([sums], layer) = (scope.reads(op), layer_field(scope.graph, op.layer));
                quote!(gradients.#layer.copy_from(#sums);)
            }
            BatchNorm::InputGrad { pixels } => {
                let (moved, pixels) = (scope.moved(op), number(*pixels));
                let ([_, x, stats, sums], [dx]) = (scope.reads(op), scope.writes(op));
                quote! {
                    #moved
                    #norm.input_grad(#x, #dx, #stats, #sums, step.samples * #pixels);
                }
            }
            BatchNorm::NormalizeRunning(statistics, a) => {
                let (eps, a, [x, y]) = (float(statistics.eps), activation(*a), scope.through(op));
                quote!(#norm.apply_running(#a, #x, #eps, #y);)
            }
            BatchNorm::RunningGrad(statistics) => {
                let (eps, moved, [dx]) = (float(statistics.eps), scope.moved(op), scope.writes(op));
                quote!(#moved #norm.running_grad(#eps, #dx);)
            }
        }
    }

    fn types(&self, _: &Op, _: &mut Types<'_>) {}

    fn activation_mut(&mut self) -> Option<&mut Option<Activation>> {
        match self {
            BatchNorm::Normalize { activation, .. } | BatchNorm::NormalizeRunning(_, activation) => {
                Some(activation)
            }
            BatchNorm::Moments { .. }
            | BatchNorm::FinishMoments(_)
            | BatchNorm::GradSums { .. }
            | BatchNorm::SplitSums
            | BatchNorm::InputGrad { .. }
            | BatchNorm::RunningGrad(_) => None,
        }
    }

    fn reach_mut(&mut self) -> Option<&mut Reach> {
        None
    }
}

/// Appends the gradient of Ioffe and Szegedy 2015, with both sums taken over the whole batch before any
/// input's gradient.
fn by_batch(op: &Op, channels: usize, dy: Id, backward: &mut Backward<'_>) {
    let [x, stats] = [op.reads[0], op.reads[1]];
    let name = backward.layer_name(op);
    let learned = op.params.iter().any(|&param| backward.learns(param));
    if !learned && !backward.needs(x) {
        return;
    }
    let partial = backward.value(&format!("d_{name}_sums"), vec![2 * channels], Extent::Partial);
    let sums = backward.value(&format!("d_{name}_total"), vec![2 * channels], Extent::Whole);
    backward.push(BatchNorm::GradSums { channels }, vec![x, dy, stats], vec![], vec![partial], op);
    backward.push(Reduce, vec![partial], vec![], vec![sums], op);
    if learned {
        let gradients = op.params.iter().map(|&param| backward.gradient(param)).collect();
        backward.push(BatchNorm::SplitSums, vec![sums], vec![], gradients, op);
    }
    let kernel = BatchNorm::InputGrad { pixels: backward.len(x) / channels };
    backward.input_gradient(op, x, kernel, vec![dy, x, stats, sums], vec![op.params[0]]);
}
