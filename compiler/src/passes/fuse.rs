//! This pass joins kernels, by rules that stand in the kernels' rooms. Each goes over the whole tape before the next.

use super::Mode;
use crate::kernels::fuse::Joining;
use crate::kernels::tape::Tape;
use crate::kernels::{activation, conv, dense, pool, restride};

/// A rule joins the call at a place to another, if they fit.
type Rule = fn(&mut Joining<'_>, usize);

/// Rules for what samples go through, before its gradient is derived.
const OF_FORWARD: [Rule; 1] = [restride::join_orders];

/// Rules for predictions alone: gradients need the values that these do not keep.
const OF_PREDICTION: [Rule; 2] = [conv::fold_norm, conv::add_residual];

const RULES: [Rule; 4] =
    [activation::join_to_sums, pool::pass_slope_through, pool::join_to_convolution, dense::join_slope];

pub(super) fn fuse(tape: &mut Tape, mode: Mode) {
    let own: &[Rule] = match mode {
        Mode::Training | Mode::Explanation => &[],
        Mode::Inference | Mode::Sampling => &OF_PREDICTION,
    };
    apply(tape, own.iter().chain(&RULES));
}

/// Joins kernels of a tape that is not differentiated yet: what is one call then has one gradient.
pub(super) fn join_forward(tape: &mut Tape) {
    apply(tape, OF_FORWARD.iter());
}

fn apply<'r>(tape: &mut Tape, rules: impl Iterator<Item = &'r Rule>) {
    let mut joining = Joining::new(tape);
    for rule in rules {
        for i in 0..joining.len() {
            if joining.is_kept(i) {
                rule(&mut joining, i);
            }
        }
    }
    joining.finish();
}
