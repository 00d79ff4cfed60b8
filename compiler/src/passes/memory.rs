//! This pass gives every value its place in memory: values that never live at the same time share it, and a kernel that
//! can work in place does.

use super::place::{Place, TILE_BYTES};
use super::schedule::Schedule;
use crate::tape::{Element, Extent, Id, Kind, Tape};

/// Floats (or bytes) that every place is a multiple of, so that each starts at a cache line.
const ALIGN: usize = 16;

/// Where everything lies.
#[derive(Clone, Debug, PartialEq)]
pub struct Memory {
    /// For each value of the tape; `None` for what the plan does not hold.
    pub slots: Vec<Option<Slot>>,
    /// Floats of a lane.
    pub lane_floats: usize,
    /// Bytes of a lane.
    pub lane_bytes: usize,
    /// The lanes' partial sums lie first: this many floats are zero when a step begins.
    pub partial_floats: usize,
    /// Floats that all lanes read: packed weights and statistics.
    pub shared_floats: usize,
    /// Floats of values that calls for the whole batch read or write.
    pub batch_floats: usize,
}

/// Where one value lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// In which memory.
    pub home: Home,
    /// Offset of its first number there.
    pub at: usize,
    /// Numbers of one sample, or of the whole.
    pub len: usize,
}

/// In which memory a value lies, and how many samples of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// The lane's, for the samples of the current tile.
    Tile,
    /// The lane's, for all its samples.
    Lane,
    /// The lane's, once.
    Partial,
    /// The batch's, for all samples.
    Batch,
    /// The shared one, once.
    Whole,
}

impl Memory {
    /// Bytes that a step works in, without parameters, their gradients and the optimizer's state.
    pub fn bytes(&self, place: &Place) -> usize {
        place.lanes * (4 * self.lane_floats + self.lane_bytes) + 4 * (self.shared_floats + self.batch_floats)
    }
}

/// Plans with the largest tile whose values stay in cache.
pub(super) fn plan(tape: &Tape, schedule: &Schedule, place: Place) -> (Place, Memory) {
    let lives = lives(tape, schedule);
    let mut place = place;
    loop {
        let memory = layout(tape, schedule, &lives, &place);
        let floats = memory.lane_floats - memory.partial_floats;
        if place.tile == 1 || 4 * floats + memory.lane_bytes <= TILE_BYTES {
            return (place, memory);
        }
        place.tile = place.tile.div_ceil(2);
    }
}

/// When a value is needed: from the first to the last group that touches it, as positions in the schedule.
#[derive(Clone, Copy, Debug)]
struct Life {
    first: usize,
    last: usize,
    home: Home,
    /// The value whose memory it takes over.
    root: Id,
}

fn lives(tape: &Tape, schedule: &Schedule) -> Vec<Option<Life>> {
    let mut touched: Vec<Option<Touch>> = vec![None; tape.values.len()];
    let mut phase_groups = Vec::new();
    let mut time = 0;
    for (p, phase) in schedule.phases.iter().enumerate() {
        let start = time;
        for group in &phase.groups {
            for &op in &group.ops {
                let op = &tape.ops[op];
                for id in op.reads.iter().chain(&op.writes) {
                    let touch = touched[id.0].get_or_insert(Touch {
                        first: time,
                        last: time,
                        phases: (p, p),
                        batch: false,
                    });
                    touch.last = time;
                    touch.phases.1 = p;
                    touch.batch |= op.kind.is_whole();
                }
            }
            time += 1;
        }
        phase_groups.push((start, time - 1));
    }
    let mut lives: Vec<Option<Life>> = Vec::with_capacity(tape.values.len());
    for (i, touch) in touched.iter().enumerate() {
        let life = touch.and_then(|touch| {
            let home = match tape.values[i].extent {
                Extent::Given | Extent::Gradient(_) => return None,
                Extent::Partial => Home::Partial,
                Extent::Whole => Home::Whole,
                Extent::Sample if touch.batch => Home::Batch,
                Extent::Sample if touch.phases.0 != touch.phases.1 => Home::Lane,
                Extent::Sample | Extent::Scratch => Home::Tile,
            };
            // A lane's later tiles come back to the beginning of a phase, so what outlives a tile lives through whole phases.
            let (first, last) = match home {
                Home::Tile => (touch.first, touch.last),
                _ => (phase_groups[touch.phases.0].0, phase_groups[touch.phases.1].1),
            };
            Some(Life { first, last, home, root: Id(i) })
        });
        lives.push(life);
    }
    share_in_place(tape, schedule, &mut lives);
    lives
}

#[derive(Clone, Copy)]
struct Touch {
    first: usize,
    last: usize,
    phases: (usize, usize),
    batch: bool,
}

/// Lets a kernel's result take over the memory of its first input, where nothing reads that input later.
fn share_in_place(tape: &Tape, schedule: &Schedule, lives: &mut [Option<Life>]) {
    let order: Vec<usize> =
        schedule.phases.iter().flat_map(|p| &p.groups).flat_map(|g| g.ops.iter().copied()).collect();
    for (position, &i) in order.iter().enumerate() {
        let op = &tape.ops[i];
        if !works_in_place(&op.kind) {
            continue;
        }
        let [from, to] = [op.reads[0], op.writes[0]];
        let read_later = order[position + 1..].iter().any(|&later| tape.ops[later].reads.contains(&from));
        let twice = op.reads[1..].contains(&from);
        // What all lanes read of a batch none of them may write: each has its own rows of the result alone.
        let by_lanes = |home| home == Home::Batch && !op.kind.is_whole();
        if let (Some(a), Some(b), false) = (lives[from.0], lives[to.0], read_later || twice)
            && a.home == b.home
            && !by_lanes(a.home)
            && matches!(a.home, Home::Tile | Home::Lane | Home::Batch)
            && tape.value(from).len() == tape.value(to).len()
        {
            let root = a.root;
            let (first, last) = (a.first.min(b.first), a.last.max(b.last));
            lives[to.0] = Some(Life { first, last, root, ..b });
            for life in lives.iter_mut().flatten().filter(|l| l.root == root) {
                (life.first, life.last) = (life.first.min(first), life.last.max(last));
            }
        }
    }
}

/// Kernels that replace their first input.
fn works_in_place(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Activate(_)
            | Kind::ActivationGrad(_)
            | Kind::PreluInputGrad(_)
            | Kind::Softmax(_)
            | Kind::SoftmaxGrad(_)
            | Kind::Across(..)
            | Kind::AcrossGrad(..)
            | Kind::DropoutGrad(_)
            | Kind::DropUnitsGrad(..)
            | Kind::AlphaDropoutGrad(_)
            | Kind::NormInputGrad(..)
            | Kind::NormRunningGrad(_)
            | Kind::SampleNormInputGrad(_)
            | Kind::Loss(..)
            | Kind::Add(_)
    )
}

fn layout(tape: &Tape, schedule: &Schedule, lives: &[Option<Life>], place: &Place) -> Memory {
    let roots: Vec<usize> = (0..lives.len()).filter(|&i| lives[i].is_some_and(|l| l.root.0 == i)).collect();
    let mut lane = Region::default();
    let mut bytes = Region::default();
    let mut shared = Region::default();
    let mut batch = Region::default();
    let mut at = vec![0; lives.len()];
    let forever = (0, schedule.phases.iter().map(|p| p.groups.len()).sum());
    let size = |i: usize, home: Home| tape.values[i].len() * samples(home, place);
    for &i in roots.iter().filter(|&&i| lives[i].is_some_and(|l| l.home == Home::Partial)) {
        at[i] = lane.put(tape.values[i].len(), forever);
    }
    let partial_floats = lane.size;
    let mut rest: Vec<(usize, Life)> = roots
        .iter()
        .filter_map(|&i| lives[i].map(|l| (i, l)))
        .filter(|(_, l)| l.home != Home::Partial)
        .collect();
    rest.sort_by_key(|&(i, life)| (std::cmp::Reverse(size(i, life.home)), i));
    for (i, life) in rest {
        let region = match (life.home, tape.values[i].element) {
            (Home::Whole, _) => &mut shared,
            (Home::Batch, _) => &mut batch,
            (_, Element::Byte) => &mut bytes,
            _ => &mut lane,
        };
        let life_time = if life.home == Home::Whole { forever } else { (life.first, life.last) };
        let scratch = tape.values[i].extent == Extent::Scratch;
        at[i] = region.put(if scratch { tape.values[i].len() } else { size(i, life.home) }, life_time);
    }
    let slot = |i: usize| {
        lives[i].map(|l| {
            let home = if tape.values[i].extent == Extent::Scratch { Home::Partial } else { l.home };
            Slot { home, at: at[l.root.0], len: tape.values[i].len() }
        })
    };
    Memory {
        slots: (0..lives.len()).map(slot).collect(),
        lane_floats: lane.size,
        lane_bytes: bytes.size,
        partial_floats,
        shared_floats: shared.size,
        batch_floats: batch.size,
    }
}

/// How many samples of a value are kept.
fn samples(home: Home, place: &Place) -> usize {
    match home {
        Home::Tile => place.tile,
        Home::Lane => place.lane,
        Home::Batch => place.lanes * place.lane,
        Home::Partial | Home::Whole => 1,
    }
}

/// One memory that is being filled.
#[derive(Default)]
struct Region {
    taken: Vec<(usize, usize, (usize, usize))>,
    size: usize,
}

impl Region {
    /// The lowest place that is free through the life time.
    fn put(&mut self, len: usize, life: (usize, usize)) -> usize {
        let len = len.next_multiple_of(ALIGN);
        let mut meanwhile: Vec<(usize, usize)> = self
            .taken
            .iter()
            .filter(|(_, _, other)| other.0 <= life.1 && life.0 <= other.1)
            .map(|&(start, end, _)| (start, end))
            .collect();
        meanwhile.sort_unstable();
        let mut at = 0;
        for (start, end) in meanwhile {
            if at + len <= start {
                break;
            }
            at = at.max(end);
        }
        self.taken.push((at, at + len, life));
        self.size = self.size.max(at + len);
        at
    }
}
