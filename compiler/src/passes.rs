//! The passes, in their order. Each is a function in its own file; what holds after each stands between them.

mod differentiate;
mod expand;
mod front;
mod fuse;
mod memory;
mod place;
mod prune;
mod schedule;

use crate::graph::Graph;
use crate::kernels::tape::Tape;
pub use expand::Mode;
pub use front::Front;
pub use memory::{Home, Memory, Slot};
pub use place::Place;
pub use schedule::{Group, Phase, Schedule};

/// What shall be made of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Goal {
    /// Training or prediction.
    pub mode: Mode,
    /// Samples a step takes at most.
    pub batch: usize,
    /// Whether the gradient of the input is wanted too.
    pub input_gradient: bool,
    /// Whether what a frozen front makes of samples is wanted apart.
    pub features: bool,
    /// Whether a prediction can be asked for the logits that a loss is computed from.
    pub logits: bool,
}

/// Everything decided about how to compute a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What is called.
    pub tape: Tape,
    /// How a batch is cut.
    pub place: Place,
    /// What never changes, if that is wanted apart.
    pub front: Option<Front>,
    /// In which order, between which synchronisation points.
    pub schedule: Schedule,
    /// Where every value lies.
    pub memory: Memory,
}

/// Decides how to compute a network.
pub fn plan(graph: &Graph, goal: &Goal) -> Plan {
    let mut tape = expand::expand(graph, goal.mode, goal.logits);
    // Every value has one writer, which stands before its readers. Images lie channels last.
    if goal.mode == Mode::Training {
        differentiate::differentiate(graph, &mut tape, goal.input_gradient);
        // Every parameter that is learned has its gradient written exactly once, and no other parameter has any.
    }
    prune::prune(&mut tape);
    // Everything computed is read, returned, or a gradient.
    fuse::fuse(&mut tape, goal.mode);
    // No activation stands alone behind the only kernel that could have applied it.
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
