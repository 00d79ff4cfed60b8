//! This pass gives every value its place in memory: values that never live at the same time share it, and a kernel that
//! can work in place does.

use super::place::{Place, TILE_BYTES};
use super::schedule::Schedule;
use crate::kernels::tape::{Element, Extent, Id, Tape};

/// Floats (or bytes) that every place is a multiple of, so that each starts at a cache line.
const ALIGN: usize = 16;

/// The place of every value, and the sizes of the memories.
#[derive(Clone, Debug, PartialEq)]
pub struct Memory {
    /// The slot of each value of the tape; `None` for values that the plan does not hold.
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

/// The place of one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The memory that holds the value.
    pub home: Home,
    /// The offset of its first number there.
    pub at: usize,
    /// Numbers of one sample, or of the whole.
    pub len: usize,
}

/// The memory that holds a value, and the samples it is kept for.
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
    /// Returns the bytes that a step works in, without parameters, their gradients and the optimizer's state.
    pub fn bytes(&self, place: &Place) -> usize {
        place.lanes * (4 * self.lane_floats + self.lane_bytes) + 4 * (self.shared_floats + self.batch_floats)
    }
}

/// Plans with the largest tile whose values stay in cache.
pub(super) fn plan(tape: &Tape, schedule: &Schedule, place: Place) -> (Place, Memory) {
    let lives = lives(tape, schedule);
    let mut place = place;
    loop {
        if place.tile == 1 || least(tape, &lives, &place) <= TILE_BYTES {
            let memory = layout(tape, &lives, &place);
            let floats = memory.lane_floats - memory.partial_floats;
            if place.tile == 1 || 4 * floats + memory.lane_bytes <= TILE_BYTES {
                return (place, memory);
            }
        }
        place.tile = place.tile.div_ceil(2);
    }
}

/// Returns the bytes that a tile's values take at least, however they are laid out: of those that live at one
/// time the most.
fn least(tape: &Tape, lives: &[Option<Life>], place: &Place) -> usize {
    let mut changes: Vec<(usize, isize)> = Vec::new();
    for (i, life) in roots(lives) {
        if let Home::Tile | Home::Lane = life.home {
            let bytes =
                room(tape, i, life.home, place).next_multiple_of(ALIGN) * width(tape.values[i].element);
            changes.extend([(life.first, bytes as isize), (life.last + 1, -(bytes as isize))]);
        }
    }
    changes.sort_unstable();
    let sums = changes.iter().scan(0, |sum, (_, change)| {
        *sum += change;
        Some(*sum)
    });
    sums.max().unwrap_or_default() as usize
}

/// Returns the values that others share the memory of, or none.
fn roots(lives: &[Option<Life>]) -> impl Iterator<Item = (usize, Life)> + '_ {
    let roots = lives.iter().enumerate().filter_map(|(i, life)| Some((i, (*life)?)));
    roots.filter(|(i, life)| life.root.0 == *i)
}

/// Returns the number of elements that a value needs room for.
fn room(tape: &Tape, i: usize, home: Home, place: &Place) -> usize {
    let value = &tape.values[i];
    if value.extent == Extent::Scratch { value.len() } else { value.len() * samples(home, place) }
}

/// Returns the bytes of a number in a lane's memory.
fn width(element: Element) -> usize {
    if element == Element::Byte { 1 } else { 4 }
}

/// The time for which a value is needed: from the first to the last group that touches it, as positions in
/// the schedule. Of values that share memory, the root has the times of all.
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
                    touch.batch |= op.kernel.is_whole();
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
    let mut last_read = vec![0; tape.values.len()];
    for (position, &i) in order.iter().enumerate() {
        tape.ops[i].reads.iter().for_each(|id| last_read[id.0] = position);
    }
    for (position, &i) in order.iter().enumerate() {
        let op = &tape.ops[i];
        if !op.kernel.facts().in_place {
            continue;
        }
        let [from, to] = [op.reads[0], op.writes[0]];
        let twice = op.reads[1..].contains(&from);
        // No lane may write a value of the batch that all lanes read: each has its own rows of the result alone.
        let by_lanes = |home| home == Home::Batch && !op.kernel.is_whole();
        if let (Some(a), Some(b), false) = (lives[from.0], lives[to.0], last_read[from.0] > position || twice)
            && a.home == b.home
            && !by_lanes(a.home)
            && matches!(a.home, Home::Tile | Home::Lane | Home::Batch)
            && tape.value(from).len() == tape.value(to).len()
        {
            lives[to.0] = Some(Life { root: a.root, ..b });
            if let Some(root) = &mut lives[a.root.0] {
                (root.first, root.last) = (root.first.min(b.first), root.last.max(b.last));
            }
        }
    }
}

fn layout(tape: &Tape, lives: &[Option<Life>], place: &Place) -> Memory {
    let mut lane = Region::default();
    let mut bytes = Region::default();
    let mut shared = Region::default();
    let mut batch = Region::default();
    let mut at = vec![0; lives.len()];
    for (i, _) in roots(lives).filter(|(_, life)| life.home == Home::Partial) {
        at[i] = lane.keep(tape.values[i].len());
    }
    let partial_floats = lane.size;
    let mut rest: Vec<(usize, Life)> = roots(lives).filter(|(_, life)| life.home != Home::Partial).collect();
    let size = |i: usize, home: Home| tape.values[i].len() * samples(home, place);
    rest.sort_by_key(|&(i, life)| (std::cmp::Reverse(size(i, life.home)), i));
    for (i, life) in rest {
        let len = room(tape, i, life.home, place);
        at[i] = match (life.home, tape.values[i].element) {
            (Home::Whole, _) => shared.keep(len),
            (Home::Batch, _) => batch.put(len, life),
            (_, Element::Byte) => bytes.put(len, life),
            _ => lane.put(len, life),
        };
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

/// Returns the number of samples for which a value is kept.
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
    /// The offset after the values that are kept, at which values that live for a time begin.
    base: usize,
    /// The places taken, from the lowest to the highest.
    taken: Vec<Taken>,
    size: usize,
}

/// A place that is taken for a time.
#[derive(Clone, Copy)]
struct Taken {
    start: usize,
    end: usize,
    first: usize,
    last: usize,
}

impl Region {
    /// Takes a place for good, after all others. Values that live for a time come later.
    fn keep(&mut self, len: usize) -> usize {
        let at = self.base;
        self.base += len.next_multiple_of(ALIGN);
        self.size = self.base;
        at
    }

    /// Takes the lowest place that is free through the life time.
    fn put(&mut self, len: usize, life: Life) -> usize {
        let (len, Life { first, last, .. }) = (len.next_multiple_of(ALIGN), life);
        let mut at = self.base;
        for other in self.taken.iter().filter(|other| other.first <= last && first <= other.last) {
            if at + len <= other.start {
                break;
            }
            at = at.max(other.end);
        }
        let end = at + len;
        let place = self.taken.partition_point(|other| (other.start, other.end) <= (at, end));
        self.taken.insert(place, Taken { start: at, end, first, last });
        self.size = self.size.max(end);
        at
    }
}
