//! This pass joins kernels, by rules that stand in the kernels' rooms. Each goes over the whole tape before the next.

use super::Mode;
use crate::kernels::fuse::Joining;
use crate::kernels::tape::Tape;
use crate::kernels::{activation, conv, dense, pool};

/// A rule joins the call at a place to another, if they fit.
type Rule = fn(&mut Joining<'_>, usize);

/// Rules for predictions alone: gradients need the values that these do not keep.
const OF_PREDICTION: [Rule; 2] = [conv::fold_norm, conv::add_residual];

const RULES: [Rule; 4] =
    [activation::join_to_sums, pool::pass_slope_through, pool::join_to_convolution, dense::join_slope];

pub(super) fn fuse(tape: &mut Tape, mode: Mode) {
    let own: &[Rule] = match mode {
        Mode::Training | Mode::Explanation => &[],
        Mode::Inference | Mode::Sampling => &OF_PREDICTION,
    };
    let mut joining = Joining::new(tape);
    for rule in own.iter().chain(&RULES) {
        for i in 0..joining.len() {
            if joining.is_kept(i) {
                rule(&mut joining, i);
            }
        }
    }
    joining.finish();
}
