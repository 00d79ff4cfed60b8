//! The passes, in their order. Each is a function in its own file; what holds after each stands between them.

mod differentiate;
mod expand;
mod front;
mod fuse;
mod memory;
mod place;
mod prune;
mod schedule;

use crate::graph::{Graph, ValueId};
use crate::kernels::tape::Tape;
pub use expand::Mode;
pub use front::Front;
pub use memory::{Home, Memory, Slot};
pub use place::Place;
pub use schedule::{Group, Phase, Schedule};

/// The plan that is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Goal {
    /// Training, prediction, explanation or sampling.
    pub mode: Mode,
    /// The number of samples of a step, at most.
    pub batch: usize,
    /// True if the gradient of the input is wanted too.
    pub input_gradient: bool,
    /// True if the features of a frozen front are wanted apart.
    pub features: bool,
    /// True if a caller of a prediction can ask for the logits that a loss is computed from.
    pub logits: bool,
    /// Values in between that a caller gets, too: feature maps.
    pub maps: Vec<ValueId>,
    /// True if gradients go back through a ReLU only where they are positive.
    pub guided: bool,
}

/// All decisions about how to compute a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The kernel calls.
    pub tape: Tape,
    /// The division of a batch into lanes and tiles.
    pub place: Place,
    /// The frozen front, if its features are wanted apart.
    pub front: Option<Front>,
    /// The order of the calls, with the synchronisation points.
    pub schedule: Schedule,
    /// The place of every value in memory.
    pub memory: Memory,
}

/// Decides how to compute a network.
pub fn plan(graph: &Graph, goal: &Goal) -> Plan {
    let mut tape = expand::expand(graph, goal);
    // Every value has one writer, which stands before its readers. Images lie channels last.
    fuse::join_forward(&mut tape);
    // No reordering stands beside another that it could do as well.
    if goal.mode.has_gradients() {
        differentiate::differentiate(graph, &mut tape, goal);
        // Every parameter that is learned has its gradient written exactly once, and no other parameter has any.
    }
    prune::prune(&mut tape);
    // Everything computed is read, returned, or a gradient.
    fuse::fuse(&mut tape, goal.mode);
    // No activation stands alone after the only kernel that could have applied it.
    let place = place::place(&mut tape, goal.mode, goal.batch);
    // Every kernel covers either a tile or the whole batch.
    let front = if goal.features { front::front(graph, &tape) } else { None };
    // Samples enter the rest of the tape only through the features.
    let schedule = schedule::schedule(graph, &tape, front.as_ref());
    // Between two phases, all lanes wait for each other; within one, no lane needs another's results. No group has calls
    // of the front and others.
    let (place, memory) = memory::plan(&tape, &schedule, place);
    // Two values that live at the same time never share memory.
    Plan { tape, place, front, schedule, memory }
}
