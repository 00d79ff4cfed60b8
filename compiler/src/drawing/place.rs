//! Finds a place for each box: a sequence goes from top to bottom along a spine, arms of a branch stand side by side, and so do
//! the strands of a sequence that goes on from an earlier value. Nothing overlaps by construction.

use super::scene::width;
use super::{Drawing, Frame, Item, ItemShape, text};
use std::collections::BTreeMap;

/// The size of the text in boxes.
pub(super) const CODE: f64 = 12.5;
/// The size of shapes, numbers and titles of frames.
pub(super) const FACT: f64 = 11.0;
/// The height of a line in a box.
pub(super) const ROW: f64 = 17.0;
/// The room between a box's edge and its text, above and below.
pub(super) const MARGIN: f64 = 8.0;
/// The height of a number of repetitions.
pub(super) const BADGE: f64 = 17.0;
/// The room between boxes one below the other.
const GAP: f64 = 28.0;
/// The room above and below the arms of a branch, in which lines go to the sides.
const FAN: f64 = 36.0;
/// The way from the fork before a branch down to its arms.
const FORK: f64 = 18.0;
/// The room between boxes side by side.
const BESIDE: f64 = 26.0;
/// The room between a frame and what is in it.
const PADDING: f64 = 16.0;
/// The same in a frame without a title.
const NARROW: f64 = 10.0;
/// The height of a frame's title.
const HEADING: f64 = 26.0;
/// The room for a line beside boxes.
pub(super) const TRACK: f64 = 14.0;

/// A rectangle: left, top, width and height.
pub(super) type Area = [f64; 4];

/// The places of everything.
#[derive(Default)]
pub(super) struct Places {
    /// The area of each card.
    pub(super) cards: Vec<Area>,
    /// The area of each frame.
    pub(super) frames: Vec<Area>,
    /// The middles of the arms without a box, by the card that joins the branch and the arm's number.
    pub(super) lanes: BTreeMap<(usize, usize), f64>,
    /// The forks before branches, by the card that joins the branch.
    pub(super) forks: BTreeMap<usize, Fork>,
    /// The fork, by its join, from which each card at the beginning of an arm takes its value.
    pub(super) fork_of: BTreeMap<usize, usize>,
    /// The area of all.
    pub(super) all: Area,
}

/// The point at which a value goes to the arms of a branch.
#[derive(Clone, Copy, Default)]
pub(super) struct Fork {
    pub(super) at: [f64; 2],
    /// The fork of the branch around it, by its join, if the branch is the beginning of one of its arms.
    pub(super) before: Option<usize>,
}

/// Finds the places. The spine of the whole drawing begins at the origin.
pub(super) fn place(drawing: &Drawing) -> Places {
    let Part { left, right, height, marks } = Placer { drawing }.sequence(&drawing.items);
    let mut places = Places {
        cards: vec![Area::default(); drawing.cards.len()],
        frames: vec![Area::default(); drawing.frames.len()],
        lanes: BTreeMap::new(),
        forks: BTreeMap::new(),
        fork_of: BTreeMap::new(),
        all: [-left, 0.0, left + right, height],
    };
    places.find_forks(&drawing.items, None);
    for (key, area) in marks {
        match key {
            Key::Fork(join) => places.forks.entry(join).or_default().at = [area[0], area[1]],
            Key::Card(card) => places.cards[card] = area,
            Key::Frame(frame) => places.frames[frame] = area,
            Key::Lane(join, slot) => _ = places.lanes.insert((join, slot), area[0]),
        }
    }
    places
}

impl Places {
    /// Finds the forks of a sequence, which goes on from this one.
    fn find_forks(&mut self, items: &[Item], from: Option<usize>) {
        for (at, item) in items.iter().enumerate() {
            let from = from.filter(|_| at == 0);
            match &item.shape {
                ItemShape::Card(card) => _ = from.map(|fork| self.fork_of.insert(*card, fork)),
                ItemShape::Frame { items, .. } => self.find_forks(items, from),
                ItemShape::Branch(arms) => {
                    let join = item.cards.end;
                    self.forks.insert(join, Fork { at: [0.0; 2], before: from });
                    arms.iter().for_each(|arm| self.find_forks(arm, Some(join)));
                }
            }
        }
    }
}

/// Returns the width of a frame's number of repetitions; 0 for one.
pub(super) fn badge(frame: &Frame) -> f64 {
    if frame.times > 1 { width(&frame.repetitions(), FACT) + 14.0 } else { 0.0 }
}

/// Boxes with places relative to the upper end of their spine.
#[derive(Default)]
struct Part {
    /// The room to the left of the spine.
    left: f64,
    /// The room to the right of the spine.
    right: f64,
    height: f64,
    marks: Vec<(Key, Area)>,
}

enum Key {
    Card(usize),
    Frame(usize),
    /// The middle of an arm without a box.
    Lane(usize, usize),
    /// The fork before the branch of a join.
    Fork(usize),
}

impl Part {
    /// Adds the boxes of another part, whose spine begins at this point.
    fn add(&mut self, other: Part, [x, y]: [f64; 2]) {
        self.left = self.left.max(other.left - x);
        self.right = self.right.max(other.right + x);
        self.height = self.height.max(other.height + y);
        let moved =
            |(key, [left, top, width, height]): (Key, Area)| (key, [left + x, top + y, width, height]);
        self.marks.extend(other.marks.into_iter().map(moved));
    }
}

struct Placer<'a> {
    drawing: &'a Drawing,
}

impl Placer<'_> {
    fn item(&self, item: &Item) -> Part {
        match &item.shape {
            ItemShape::Card(card) => self.card(*card),
            ItemShape::Frame { frame, items } => self.frame(*frame, items),
            ItemShape::Branch(arms) => self.branch(arms, item.cards.end),
        }
    }

    fn card(&self, at: usize) -> Part {
        let card = &self.drawing.cards[at];
        let rows = card.rows.iter().map(|row| width(row, CODE));
        let half = rows.fold(width(&text::facts(card), FACT), f64::max).max(76.0) / 2.0 + 12.0;
        let height = (card.rows.len() + 1) as f64 * ROW + 2.0 * MARGIN - 2.0;
        Part {
            left: half,
            right: half,
            height,
            marks: vec![(Key::Card(at), [-half, 0.0, 2.0 * half, height])],
        }
    }

    fn frame(&self, at: usize, items: &[Item]) -> Part {
        let frame = &self.drawing.frames[at];
        let inside = self.sequence(items);
        let [heading, padding] =
            if frame.title.is_empty() { [NARROW + 4.0, NARROW] } else { [HEADING, PADDING] };
        let title = if frame.title.is_empty() { 0.0 } else { width(&frame.title, FACT) + 2.0 * PADDING };
        let badge = if frame.times > 1 { badge(frame) + PADDING } else { 0.0 };
        // Lines come in between the title and the number.
        let left = (inside.left + padding).max(title);
        let right = (inside.right + padding).max(badge);
        let height = heading + inside.height + padding;
        let area = [-left, 0.0, left + right, height];
        let mut part = Part { left, right, height, marks: vec![(Key::Frame(at), area)] };
        part.add(inside, [0.0, heading]);
        part
    }

    fn branch(&self, arms: &[Vec<Item>], join: usize) -> Part {
        let lane = |slot| Part {
            left: TRACK,
            right: TRACK,
            height: 0.0,
            marks: vec![(Key::Lane(join, slot), Area::default())],
        };
        let part =
            |(slot, arm): (usize, &Vec<Item>)| if arm.is_empty() { lane(slot) } else { self.sequence(arm) };
        let parts: Vec<Part> = arms.iter().enumerate().map(part).collect();
        let mut end = 0.0;
        let mut spines = vec![];
        for (i, part) in parts.iter().enumerate() {
            let room = if i > 0 { BESIDE } else { 0.0 };
            spines.push(end + room + part.left);
            end += room + part.left + part.right;
        }
        let filled = || spines.iter().zip(arms).filter(|(_, arm)| !arm.is_empty()).map(|(spine, _)| *spine);
        let middle = end / 2.0;
        let near = filled().find(|spine| filled().count() == 1 || (spine - middle).abs() < BESIDE);
        let spine = near.unwrap_or(middle);
        let mut all = Part::default();
        all.marks.push((Key::Fork(join), [0.0, -FORK, 0.0, 0.0]));
        for (part, at) in parts.into_iter().zip(spines) {
            all.add(part, [at - spine, 0.0]);
        }
        all
    }

    fn sequence(&self, items: &[Item]) -> Part {
        let sources: Vec<Vec<usize>> = (0..items.len()).map(|at| self.sources(items, at)).collect();
        let parts: Vec<Part> = items.iter().map(|item| self.item(item)).collect();
        let mut tops: Vec<f64> = vec![];
        for (item, sources) in items.iter().zip(&sources) {
            let below = |&source: &usize| {
                let gap = if items[source].is_branch() || item.is_branch() { FAN } else { GAP };
                tops[source] + parts[source].height + gap
            };
            let first = if item.is_branch() { FORK } else { 0.0 };
            tops.push(sources.iter().map(below).fold(first, f64::max));
        }
        let bottoms: Vec<f64> = tops.iter().zip(&parts).map(|(top, part)| top + part.height).collect();
        let strands = strands(&sources, &bottoms);
        let mut strand_of = vec![0; items.len()];
        for (strand, members) in strands.iter().enumerate() {
            members.iter().for_each(|&item| strand_of[item] = strand);
        }
        let mut placed: Vec<Strand> = vec![];
        for (strand, members) in strands.iter().enumerate() {
            let [first, last] = [members[0], members[members.len() - 1]];
            let extent =
                |side: fn(&Part) -> f64| members.iter().map(|&item| side(&parts[item])).fold(0.0, f64::max);
            let mut new = Strand {
                left: extent(|part| part.left),
                right: extent(|part| part.right) + self.tracks(items, members),
                top: tops[first],
                bottom: bottoms[last],
                spine: 0.0,
            };
            let source = sources[first].last().map(|&source| strand_of[source]).filter(|&of| of < strand);
            new.find_room(source.map_or(0.0, |of| placed[of].spine), &placed);
            placed.push(new);
        }
        let mut all = Part::default();
        for ((part, &top), &strand) in parts.into_iter().zip(&tops).zip(&strand_of) {
            all.add(part, [placed[strand].spine, top]);
        }
        for strand in placed {
            all.left = all.left.max(strand.left - strand.spine);
            all.right = all.right.max(strand.right + strand.spine);
        }
        all
    }

    /// Returns the earlier items of a sequence that an item takes values from.
    fn sources(&self, items: &[Item], at: usize) -> Vec<usize> {
        if items[at].cards.is_empty() {
            return at.checked_sub(1).into_iter().collect();
        }
        let cards = &items[at].cards;
        let from =
            self.drawing.links_into(cards).iter().map(|link| link.from).filter(|from| *from < cards.start);
        let mut sources: Vec<usize> = from.filter_map(|from| position(items, from)).collect();
        if at > 0 && items[at - 1].is_branch() {
            sources.push(at - 1);
        }
        sources.sort_unstable();
        sources.dedup();
        sources
    }

    /// Returns the room for lines that pass by items of a strand.
    fn tracks(&self, items: &[Item], strand: &[usize]) -> f64 {
        let mut passing = vec![0.0; strand.len()];
        let mut seen = vec![];
        for (place, &item) in strand.iter().enumerate() {
            for link in self.drawing.links_into(&items[item].cards) {
                let Some(from) = position(items, link.from) else { continue };
                let Some(start) = strand.iter().position(|&member| member == from) else { continue };
                let is_arm = place > 0 && items[strand[place - 1]].is_branch() && start + 2 == place;
                if start + 1 >= place || is_arm || seen.contains(&(link.from, place)) {
                    continue;
                }
                seen.push((link.from, place));
                let room = TRACK + if link.name.is_empty() { 0.0 } else { width(&link.name, FACT) + 6.0 };
                passing[start + 1..place].iter_mut().for_each(|sum| *sum += room);
            }
        }
        passing.into_iter().fold(0.0, f64::max)
    }
}

/// Returns the item that a card is in.
fn position(items: &[Item], card: usize) -> Option<usize> {
    let at = items.partition_point(|item| item.cards.end <= card);
    items.get(at).filter(|item| item.cards.contains(&card)).map(|_| at)
}

/// Divides the items of a sequence: an item goes on from the last item of a strand if it takes its value, of several from the lowest
/// one, and begins a new strand otherwise.
fn strands(sources: &[Vec<usize>], bottoms: &[f64]) -> Vec<Vec<usize>> {
    let mut strands: Vec<Vec<usize>> = vec![];
    // The strand that an item is the last of.
    let mut ends: Vec<Option<usize>> = vec![None; sources.len()];
    for (at, sources) in sources.iter().enumerate() {
        let found = sources.iter().rev().filter(|&&source| ends[source].is_some());
        let lowest = found.max_by(|a, b| bottoms[**a].total_cmp(&bottoms[**b]));
        let strand = lowest.and_then(|&source| ends[source].take()).unwrap_or_else(|| {
            strands.push(vec![]);
            strands.len() - 1
        });
        strands[strand].push(at);
        ends[at] = Some(strand);
    }
    strands
}

/// A strand of a sequence.
struct Strand {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    spine: f64,
}

impl Strand {
    /// Moves the spine as near to `wish` as there is room.
    fn find_room(&mut self, wish: f64, others: &[Strand]) {
        let beside: Vec<&Strand> = others
            .iter()
            .filter(|other| other.top < self.bottom + GAP && self.top < other.bottom + GAP)
            .collect();
        let free = |spine: f64| {
            beside.iter().all(|other| {
                spine - self.left >= other.spine + other.right + BESIDE - 0.01
                    || spine + self.right <= other.spine - other.left - BESIDE + 0.01
            })
        };
        let right = beside.iter().map(|other| other.spine + other.right + BESIDE + self.left);
        let left = beside.iter().map(|other| other.spine - other.left - BESIDE - self.right);
        let mut spines: Vec<f64> = std::iter::once(wish).chain(right).chain(left).collect();
        // Of two as near, the one on the right comes first.
        spines.sort_by(|a, b| (a - wish).abs().total_cmp(&(b - wish).abs()));
        self.spine = spines.into_iter().find(|&spine| free(spine)).unwrap_or(wish);
    }
}
