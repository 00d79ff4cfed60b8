//! Finds a line for each link: straight where nothing is in its way, around the boxes otherwise.

use super::place::{Area, FACT, Places, TRACK};
use super::scene::width;
use super::{Drawing, Link};

/// A line from one box to another, from corner to corner, and the place of its name.
#[derive(Clone, Debug, Default)]
pub(super) struct Route {
    /// The corners, of which the first and the last are on the edges of boxes.
    pub(super) points: Vec<[f64; 2]>,
    /// The left end of the base line of the link's name.
    pub(super) label: Option<[f64; 2]>,
}

/// Returns a route for each link, and the area that all of them take.
pub(super) fn route(drawing: &Drawing, places: &Places, headings: &[Area]) -> Vec<Route> {
    let mut router = Router { drawing, places, soft: headings.to_vec(), taken: vec![] };
    let mut order: Vec<usize> = (0..drawing.links.len()).collect();
    let length = |&link: &usize| {
        let Link { from, to, .. } = drawing.links[link];
        places.cards[to][1] - places.cards[from][1]
    };
    // Short lines leave little choice, and long ones go around them.
    order.sort_by(|a, b| length(a).total_cmp(&length(b)));
    let mut routes = vec![Route::default(); drawing.links.len()];
    for link in order {
        routes[link] = router.route(link);
    }
    routes
}

/// The room between a line and a box beside it.
const CLEAR: f64 = 5.0;
/// The way down from a box, or to it, before a line goes to the side.
const STEM: f64 = 14.0;
/// The number of places beside boxes that a line tries.
const TRIED: usize = 128;
/// The cost of a corner, in pixels.
const CORNER: f64 = 20.0;
/// The cost of crossing another line.
const CROSSING: f64 = 60.0;
/// The cost of passing by on the left.
const LEFT: f64 = 240.0;
/// The cost of crossing text.
const TEXT: f64 = 400.0;
/// The cost of lying on another line.
const SHARED: f64 = 2_000.0;
/// The cost of crossing a box.
const HIT: f64 = 100_000.0;

struct Router<'a> {
    drawing: &'a Drawing,
    places: &'a Places,
    /// Texts, which are better not crossed.
    soft: Vec<Area>,
    /// The parts of earlier lines, with their links.
    taken: Vec<(usize, Segment)>,
}

/// A part of a line: horizontal or vertical.
#[derive(Clone, Copy)]
struct Segment {
    from: [f64; 2],
    to: [f64; 2],
}

impl Segment {
    /// Returns the least and the greatest coordinate along an axis.
    fn range(&self, axis: usize) -> [f64; 2] {
        [self.from[axis].min(self.to[axis]), self.from[axis].max(self.to[axis])]
    }

    fn is_vertical(&self) -> bool {
        self.from[0] == self.to[0]
    }

    fn length(&self) -> f64 {
        (self.from[0] - self.to[0]).abs() + (self.from[1] - self.to[1]).abs()
    }

    /// Returns true if the segment comes nearer than `room` to an area.
    fn meets(&self, [left, top, width, height]: Area, room: f64) -> bool {
        let [[x0, x1], [y0, y1]] = [self.range(0), self.range(1)];
        x1 > left - room && x0 < left + width + room && y1 > top - room && y0 < top + height + room
    }

    /// Returns the length of the part that lies on another segment, or beside it.
    fn shared(&self, other: &Segment) -> f64 {
        if self.is_vertical() != other.is_vertical() {
            return 0.0;
        }
        let (across, along) = if self.is_vertical() { (0, 1) } else { (1, 0) };
        if (self.from[across] - other.from[across]).abs() > 4.0 {
            return 0.0;
        }
        let ([a, b], [c, d]) = (self.range(along), other.range(along));
        (b.min(d) - a.max(c)).max(0.0)
    }

    fn crosses(&self, other: &Segment) -> bool {
        if self.is_vertical() == other.is_vertical() {
            return false;
        }
        let (vertical, horizontal) = if self.is_vertical() { (self, other) } else { (other, self) };
        let ([x0, x1], [y0, y1]) = (horizontal.range(0), vertical.range(1));
        let (x, y) = (vertical.from[0], horizontal.from[1]);
        x0 < x && x < x1 && y0 < y && y < y1
    }
}

fn segments(points: &[[f64; 2]]) -> impl Iterator<Item = Segment> {
    points.windows(2).map(|pair| Segment { from: pair[0], to: pair[1] })
}

/// The place that a line goes to.
#[derive(Clone, Copy)]
struct Goal {
    /// A box, or a point without a size.
    area: Area,
    /// True if a line may end at the left or right edge.
    has_sides: bool,
}

impl Router<'_> {
    fn route(&mut self, at: usize) -> Route {
        let link = &self.drawing.links[at];
        let lane = self.places.lanes.get(&(link.to, link.slot)).copied();
        let fork = match lane {
            Some(_) => Some(link.to),
            None => self.places.fork_of.get(&link.to).copied().filter(|_| link.slot == 0),
        };
        let forks = self.forks(fork);
        let card = self.places.cards[link.to];
        let goal = match forks.first() {
            Some(&[x, y]) => Goal { area: [x, y, 0.0, 0.0], has_sides: false },
            None => Goal { area: card, has_sides: true },
        };
        let ways = self.ways(link, goal);
        let mut points = self.cheapest(link, ways);
        let ends = forks.iter().skip(1).map(|&[x, y]| [x, y]);
        let ends = ends.chain(lane.map(|lane| [lane, card[1] - STEM]));
        for [x, y] in ends.chain((!forks.is_empty()).then_some([middle(card), card[1]])) {
            let from = points.last().map_or(y, |last| last[1]);
            points.extend([[x, from], [x, y]]);
        }
        let points = simplified(&points);
        let label = self.label(&link.name, &points);
        self.soft.extend(label);
        self.taken.extend(segments(&points).map(|segment| (at, segment)));
        Route { points, label: label.map(|[left, top, _, height]| [left, top + height - 3.0]) }
    }

    /// Returns the place of a link's name: beside the longest vertical part of the line, or above the longest horizontal part; none for
    /// a line too short to need a name.
    fn label(&self, name: &str, points: &[[f64; 2]]) -> Option<Area> {
        const PARTS: [f64; 5] = [0.5, 0.3, 0.7, 0.15, 0.85];
        if name.is_empty() {
            return None;
        }
        let [width, height] = [width(name, FACT), FACT + 4.0];
        let (vertical, horizontal): (Vec<Segment>, Vec<Segment>) =
            segments(points).partition(Segment::is_vertical);
        let longest = |parts: Vec<Segment>| {
            let long = parts.into_iter().filter(|part| part.length() > 3.0 * STEM);
            long.max_by(|a, b| a.length().total_cmp(&b.length()))
        };
        let at = |segment: &Segment, part: f64| {
            [0, 1].map(|axis| segment.from[axis] + (segment.to[axis] - segment.from[axis]) * part)
        };
        let places: Vec<Area> = match (longest(vertical), longest(horizontal)) {
            (Some(line), _) => {
                let is_left = points.first().is_some_and(|first| line.from[0] < first[0]);
                let place = |part: f64| {
                    let [x, y] = at(&line, part);
                    let sides = [x + 5.0, x - 5.0 - width].map(|x| [x, y - height / 2.0, width, height]);
                    if is_left { [sides[1], sides[0]] } else { sides }
                };
                PARTS.into_iter().flat_map(place).collect()
            }
            (None, Some(line)) => {
                let place = |part: f64| {
                    let [x, y] = at(&line, part);
                    [x - width / 2.0, y - height - 1.0, width, height]
                };
                PARTS.into_iter().map(place).collect()
            }
            (None, None) => return None,
        };
        let is_free = |place: &&Area| {
            let boxes = self.places.cards.iter().chain(&self.soft).any(|area| overlap(*area, **place));
            let lines = self.taken.iter().any(|(_, line)| line.meets(**place, 0.0));
            !boxes && !lines
        };
        places.iter().find(is_free).or(places.first()).copied()
    }

    /// Returns the points of a fork and of those before it, the first one first.
    fn forks(&self, fork: Option<usize>) -> Vec<[f64; 2]> {
        let found = |join: &usize| self.places.forks.get(join);
        let chain =
            std::iter::successors(fork.as_ref().and_then(found), |fork| fork.before.as_ref().and_then(found));
        let mut points: Vec<[f64; 2]> = chain.map(|fork| fork.at).collect();
        points.reverse();
        points
    }

    /// Returns the ways that a line can go; if one of the first is free, no other.
    fn ways(&self, link: &Link, goal: Goal) -> Vec<Vec<[f64; 2]>> {
        let (from, to) = (self.places.cards[link.from], goal.area);
        let [below, above] = [from[1] + from[3], to[1]];
        let [start, end] = [middle(from), middle(to)];
        if (start - end).abs() < 0.5 {
            let straight = vec![[end, below], [end, above]];
            if self.is_free(link, &straight) {
                return vec![straight];
            }
        }
        let step = |y: f64| vec![[start, below], [start, y], [end, y], [end, above]];
        let steps = [step(below + STEM), step(above - STEM)];
        if let Some(free) = steps.iter().find(|way| self.is_free(link, way)) {
            return vec![free.clone()];
        }
        let mut ways = steps.to_vec();
        for x in self.beside(from, to) {
            let [from_side, to_side] = [from, to].map(|area| side(area, x));
            let [from_y, to_y] = [from, to].map(|area| area[1] + area[3] / 2.0);
            let [upper, lower] = [below + STEM, above - STEM];
            let [leaves, enters] = [from, to].map(|area| is_beside(area, x));
            if leaves {
                ways.push(vec![[from_side, from_y], [x, from_y], [x, lower], [end, lower], [end, above]]);
            }
            ways.push(vec![
                [start, below],
                [start, upper],
                [x, upper],
                [x, lower],
                [end, lower],
                [end, above],
            ]);
            if leaves && enters && goal.has_sides {
                ways.push(vec![[from_side, from_y], [x, from_y], [x, to_y], [to_side, to_y]]);
            }
            if enters && goal.has_sides {
                ways.push(vec![[start, below], [start, upper], [x, upper], [x, to_y], [to_side, to_y]]);
            }
        }
        // From the side of a box and down onto another one.
        if is_beside(from, end) {
            let from_y = from[1] + from[3] / 2.0;
            ways.push(vec![[side(from, end), from_y], [end, from_y], [end, above]]);
        }
        ways
    }

    /// Returns places beside what is between two boxes, the nearest first.
    fn beside(&self, from: Area, to: Area) -> Vec<f64> {
        let between = |area: &&Area| area[1] < to[1] + to[3] && from[1] < area[1] + area[3];
        let [start, end] = [middle(from), middle(to)];
        let found = [&self.places.cards, &self.places.frames, &self.soft];
        let found = found.into_iter().flatten().filter(between);
        let sides = |area: &Area| {
            let [left, right] = [area[0], area[0] + area[2]];
            (0..4).map(|k| (f64::from(k) + 0.6) * TRACK).flat_map(move |room| [left - room, right + room])
        };
        let mut places: Vec<f64> = found.flat_map(sides).collect();
        let distance = |x: &f64| (x - start).abs() + (x - end).abs();
        places.sort_by(f64::total_cmp);
        places.dedup_by(|a, b| (*a - *b).abs() < 0.5);
        places.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
        places.truncate(TRIED);
        // Those beyond everything are always free.
        places.extend((0..4).map(|k| self.places.all[0] + self.places.all[2] + f64::from(k) * TRACK));
        places
    }

    /// Returns the way that costs least, the first of several.
    fn cheapest(&self, link: &Link, ways: Vec<Vec<[f64; 2]>>) -> Vec<[f64; 2]> {
        let mut best = (f64::MAX, vec![]);
        for way in ways {
            if let Some(cost) = self.cost_below(best.0, link, &way) {
                best = (cost, way);
            }
        }
        best.1
    }

    fn is_free(&self, link: &Link, way: &[[f64; 2]]) -> bool {
        self.cost_below(shortest(way) + CROSSING, link, way).is_some()
    }

    /// Returns the cost of a way, if it is below a limit.
    fn cost_below(&self, limit: f64, link: &Link, way: &[[f64; 2]]) -> Option<f64> {
        // Lines pass by on one side, where there is room for them, rather than on both.
        let [from, to] = [link.from, link.to].map(|card| self.places.cards[card][0]);
        let left = if way.iter().any(|point| point[0] < from.min(to)) { LEFT } else { 0.0 };
        let mut cost = shortest(way) + left;
        for segment in segments(way) {
            if cost >= limit {
                return None;
            }
            cost += TEXT * self.soft.iter().filter(|&&area| segment.meets(area, 1.0)).count() as f64;
            cost += self.boxes(link, &segment) + self.frames(link, &segment) + self.lines(link, &segment);
        }
        Some(cost).filter(|cost| *cost < limit)
    }

    /// Returns the cost of crossing boxes.
    fn boxes(&self, link: &Link, segment: &Segment) -> f64 {
        let hits = self.places.cards.iter().enumerate().filter(|&(card, &area)| {
            let room = if card == link.from || card == link.to { -0.5 } else { CLEAR };
            segment.meets(area, room)
        });
        HIT * hits.count() as f64
    }

    /// Returns the cost of crossing earlier lines, or lying on them. Lines of one value part from one another, and lines to one box meet.
    fn lines(&self, link: &Link, segment: &Segment) -> f64 {
        let cost = |(other, taken): &(usize, Segment)| {
            let other = &self.drawing.links[*other];
            let is_strange = other.from != link.from && other.to != link.to;
            let shared = if is_strange && segment.shared(taken) > 0.0 { SHARED } else { 0.0 };
            shared + if segment.crosses(taken) { CROSSING } else { 0.0 }
        };
        self.taken.iter().map(cost).sum()
    }

    /// Returns the cost of lying on the edges of frames, and of passing through those that have nothing to do with the link.
    fn frames(&self, link: &Link, segment: &Segment) -> f64 {
        let [x0, _] = segment.range(0);
        let ends = [link.from, link.to].map(|card| self.places.cards[card]);
        let cost = |area: &Area| {
            let [left, _, width, _] = *area;
            let along =
                segment.is_vertical() && [left, left + width].iter().any(|edge| (edge - x0).abs() < CLEAR);
            let strange = !ends.iter().any(|end| contains(*area, *end));
            let along = if along && segment.meets(*area, CLEAR) { 2.0 } else { 0.0 };
            let strange = if strange && segment.meets(*area, 0.0) { 3.0 } else { 0.0 };
            CROSSING * (along + strange)
        };
        self.places.frames.iter().map(cost).sum()
    }
}

/// Returns the cost of a way's length and corners, which is the least that it can cost.
fn shortest(way: &[[f64; 2]]) -> f64 {
    let length: f64 = segments(way).map(|segment| segment.length()).sum();
    length + CORNER * (way.len() - 2) as f64
}

/// Returns true if two areas have a part in common.
fn overlap(a: Area, b: Area) -> bool {
    [0, 1].iter().all(|&axis| a[axis] < b[axis] + b[axis + 2] && b[axis] < a[axis] + a[axis + 2])
}

/// Returns true if an area has another one in it.
fn contains(area: Area, other: Area) -> bool {
    [0, 1].iter().all(|&axis| {
        area[axis] <= other[axis] && other[axis] + other[axis + 2] <= area[axis] + area[axis + 2]
    })
}

/// Leaves out points at which a line does not turn.
fn simplified(points: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let mut all: Vec<[f64; 2]> = vec![];
    for &point in points {
        let same = |a: f64, b: f64| (a - b).abs() < 0.01;
        if all.last().is_some_and(|last| same(last[0], point[0]) && same(last[1], point[1])) {
            continue;
        }
        if let [.., before, last] = all[..]
            && [0, 1].iter().any(|&axis| same(before[axis], last[axis]) && same(last[axis], point[axis]))
        {
            all.pop();
        }
        all.push(point);
    }
    all
}

fn middle(area: Area) -> f64 {
    area[0] + area[2] / 2.0
}

/// Returns true if there is room for the tip of a line between a box and `x`.
fn is_beside(area: Area, x: f64) -> bool {
    x < area[0] - STEM + 2.0 || x > area[0] + area[2] + STEM - 2.0
}

/// Returns the edge of a box that is nearer to `x`.
fn side(area: Area, x: f64) -> f64 {
    if x > middle(area) { area[0] + area[2] } else { area[0] }
}
