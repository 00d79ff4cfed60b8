//! Makes a scene of a drawing and its places.

use super::palette::Paint;
use super::place::{Area, BADGE, CODE, FACT, MARGIN, Places, ROW, badge, place};
use super::route::{Route, route};
use super::scene::{Anchor, Mark, Scene, Step, width};
use super::{Card, CardKind, Drawing, text};

/// The room around everything.
const BORDER: f64 = 24.0;
/// The size of the network's name.
const TITLE: f64 = 18.0;
/// The height of the title with the line below it.
const HEAD: f64 = 56.0;
/// The height of the legend.
const FOOT: f64 = 48.0;
/// The radius of corners of boxes.
const ROUND: f64 = 5.0;
/// The radius of bends of lines.
const BEND: f64 = 7.0;
/// The distance of the frame that lies behind another one.
const BEHIND: f64 = 4.0;
/// The length and half the width of a tip.
const TIP: [f64; 2] = [7.0, 3.6];
/// The width and height of a step of the legend.
const SWATCH: [f64; 2] = [26.0, 12.0];

/// Finds the places of a drawing and makes a scene of it.
pub(super) fn compose(drawing: &Drawing) -> Scene {
    let places = place(drawing);
    let headings: Vec<Area> = drawing
        .frames
        .iter()
        .zip(&places.frames)
        .flat_map(|(frame, area)| {
            let title = [area[0] + 10.0, area[1] + 5.0, width(&frame.title, FACT), FACT + 4.0];
            let badge = badge_area(badge(frame), *area);
            [(!frame.title.is_empty(), title), (frame.times > 1, badge)]
                .into_iter()
                .filter(|(is, _)| *is)
                .map(|(_, area)| area)
        })
        .collect();
    let routes = route(drawing, &places, &headings);
    let [left, right] = bounds(&places, drawing, &routes);
    let legend = legend(drawing);
    let content = right - left;
    let wide = [content, width(&drawing.title, TITLE), width(&drawing.summary, FACT), legend.1];
    let wide = wide.into_iter().fold(0.0, f64::max);
    let size = [wide + 2.0 * BORDER, places.all[3] + HEAD + FOOT + 2.0 * BORDER].map(f64::ceil);
    let origin = [BORDER + (wide - content) / 2.0 - left, BORDER + HEAD];
    let mut scene = Scene { title: format!("The network {}", drawing.title), size, marks: vec![] };
    scene.marks.push(Mark::Box { paint: Paint::Page, area: [0.0, 0.0, size[0], size[1]], radius: 0.0 });
    scene.text(Paint::Title, [BORDER, BORDER + TITLE - 3.0], TITLE, &drawing.title);
    scene.text(Paint::Note, [BORDER, BORDER + TITLE + 15.0], FACT, &drawing.summary);
    let mut inside = vec![];
    let painter = Painter { drawing, places: &places };
    painter.frames(&mut inside);
    routes.iter().for_each(|route| line(route, &mut inside));
    painter.cards(&mut inside);
    painter.names(&routes, &mut inside);
    scene.add(inside, origin);
    scene.add(legend.0, [BORDER, size[1] - BORDER - FOOT + 26.0]);
    scene
}

/// Returns the leftmost and the rightmost place that anything needs.
fn bounds(places: &Places, drawing: &Drawing, routes: &[Route]) -> [f64; 2] {
    let points = routes.iter().flat_map(|route| &route.points).map(|point| [point[0]; 2]);
    let labels = routes.iter().zip(&drawing.links);
    let labels = labels.filter_map(|(route, link)| {
        let left = route.label?[0];
        Some([left, left + width(&link.name, FACT)])
    });
    let boxes = places.cards.iter().chain(&places.frames).map(|area| [area[0], area[0] + area[2] + BEHIND]);
    let all = boxes.chain(points).chain(labels);
    all.fold([f64::MAX, f64::MIN], |[left, right], [from, to]| [left.min(from), right.max(to)])
}

/// Returns the area of a frame's number of repetitions, at the frame's upper right corner.
fn badge_area(width: f64, [left, top, frame, _]: Area) -> Area {
    [left + frame - width - 10.0, top - BADGE / 2.0, width, BADGE]
}

/// Returns the legend, which begins at the origin, and its width.
fn legend(drawing: &Drawing) -> (Vec<Mark>, f64) {
    let [least, most] = drawing.bytes();
    let mut marks = vec![];
    let mut x = 0.0;
    let write = |text: &str, x: &mut f64, marks: &mut Vec<Mark>| {
        marks.push(written(Paint::Note, [*x, SWATCH[1] - 2.0], FACT, text));
        *x += width(text, FACT) + 8.0;
    };
    write("output of a layer, per sample:", &mut x, &mut marks);
    let steps = drawing.heats();
    let first = if steps == Paint::HEATS { "≤ " } else { "" };
    let lowest = if steps == Paint::HEATS { most >> (steps - 1) } else { least };
    write(&format!("{first}{}", text::bytes(lowest)), &mut x, &mut marks);
    for step in 0..steps {
        let area = [x, 0.0, SWATCH[0], SWATCH[1]];
        let heat = (Paint::HEATS - 1) * step / (steps - 1).max(1);
        marks.push(Mark::Box { paint: Paint::Heat(heat), area, radius: 2.0 });
        x += SWATCH[0] + 2.0;
    }
    x += 6.0;
    if steps > 1 {
        write(&text::bytes(most), &mut x, &mut marks);
    }
    (marks, x)
}

fn written(paint: Paint, at: [f64; 2], size: f64, text: &str) -> Mark {
    let bold = matches!(paint, Paint::Title | Paint::Heading | Paint::Times);
    Mark::Text { paint, at, anchor: Anchor::Start, size, bold, text: text.to_string() }
}

impl Scene {
    fn text(&mut self, paint: Paint, at: [f64; 2], size: f64, text: &str) {
        self.marks.push(written(paint, at, size, text));
    }

    /// Adds marks whose origin lies at this point.
    fn add(&mut self, marks: Vec<Mark>, [x, y]: [f64; 2]) {
        let to = |[a, b]: [f64; 2]| [a + x, b + y];
        let step = |step: Step| match step {
            Step::Move(at) => Step::Move(to(at)),
            Step::Line(at) => Step::Line(to(at)),
            Step::Curve(by, at) => Step::Curve(to(by), to(at)),
            Step::Close => Step::Close,
        };
        let moved = |mark: Mark| match mark {
            Mark::Box { paint, area: [left, top, width, height], radius } => {
                Mark::Box { paint, area: [left + x, top + y, width, height], radius }
            }
            Mark::Line { paint, steps } => Mark::Line { paint, steps: steps.into_iter().map(step).collect() },
            Mark::Text { paint, at, anchor, size, bold, text } => {
                Mark::Text { paint, at: to(at), anchor, size, bold, text }
            }
            other @ (Mark::Begin(_) | Mark::End) => other,
        };
        self.marks.extend(marks.into_iter().map(moved));
    }
}

struct Painter<'a> {
    drawing: &'a Drawing,
    places: &'a Places,
}

impl Painter<'_> {
    fn frames(&self, marks: &mut Vec<Mark>) {
        let mut depths: Vec<usize> = vec![];
        for (frame, &area) in self.drawing.frames.iter().zip(&self.places.frames) {
            let depth = frame.parent.map_or(0, |parent| depths[parent] + 1);
            depths.push(depth);
            let paint = if depth % 2 == 0 { Paint::Frame } else { Paint::Inner };
            let parameters = match frame.parameters {
                0 => "no params".to_string(),
                number => format!("{} params", text::count(number)),
            };
            marks.push(Mark::Begin(format!("{}: {parameters}", frame.label())));
            let [left, top, width, height] = area;
            if frame.times > 1 {
                let behind = [left + BEHIND, top + BEHIND, width, height];
                marks.push(Mark::Box { paint, area: behind, radius: 2.0 * ROUND });
            }
            marks.push(Mark::Box { paint, area, radius: 2.0 * ROUND });
            if !frame.title.is_empty() {
                marks.push(written(Paint::Heading, [left + 10.0, top + 17.0], FACT, &frame.title));
            }
            if frame.times > 1 {
                let [left, top, width, height] = badge_area(badge(frame), area);
                let area = [left, top, width, height];
                marks.push(Mark::Box { paint: Paint::Badge, area, radius: BADGE / 2.0 });
                let at = [left + width / 2.0, top + height - 5.0];
                let text = frame.repetitions();
                let (paint, anchor) = (Paint::Times, Anchor::Middle);
                marks.push(Mark::Text { paint, at, anchor, size: FACT, bold: true, text });
            }
            marks.push(Mark::End);
        }
    }

    fn cards(&self, marks: &mut Vec<Mark>) {
        for (card, &area) in self.drawing.cards.iter().zip(&self.places.cards) {
            let paint = match card.kind {
                CardKind::Input => Paint::Input,
                CardKind::Output => Paint::Output,
                CardKind::Layer | CardKind::Join => Paint::Heat(self.drawing.heat(card)),
            };
            let radius = if card.kind.is_layer() { ROUND } else { 3.0 * ROUND };
            marks.push(Mark::Begin(tip(card)));
            marks.push(Mark::Box { paint, area, radius });
            let middle = area[0] + area[2] / 2.0;
            let mut base = area[1] + MARGIN + 12.0;
            let anchor = Anchor::Middle;
            for (i, row) in card.rows.iter().enumerate() {
                let (at, text) = ([middle, base], row.clone());
                marks.push(Mark::Text { paint: Paint::Code, at, anchor, size: CODE, bold: i == 0, text });
                base += ROW;
            }
            let (at, text) = ([middle, base], text::facts(card));
            marks.push(Mark::Text { paint: Paint::Fact, at, anchor, size: FACT, bold: false, text });
            marks.push(Mark::End);
        }
    }

    fn names(&self, routes: &[Route], marks: &mut Vec<Mark>) {
        for (link, route) in self.drawing.links.iter().zip(routes) {
            if let Some(at) = route.label {
                marks.push(written(Paint::Note, at, FACT, &link.name));
            }
        }
    }
}

/// Returns the text that programs show where the pointer is on a box.
fn tip(card: &Card) -> String {
    let parameters = text::parameters(card.parameters);
    let mut parts = vec![card.name.clone(), card.shape.clone(), text::bytes(card.bytes)];
    parts.extend(Some(parameters).filter(|text| !text.is_empty()));
    parts.join(" · ")
}

/// Draws a line with round bends and a tip.
fn line(route: &Route, marks: &mut Vec<Mark>) {
    let points = &route.points;
    let [.., before, end] = points[..] else { return };
    let mut steps = vec![Step::Move(points[0])];
    for corner in points.windows(3) {
        let [from, at, to] = [corner[0], corner[1], corner[2]];
        let room = distance(from, at).min(distance(at, to)) / 2.0;
        let radius = BEND.min(room);
        steps.push(Step::Line(towards(at, from, radius)));
        steps.push(Step::Curve(at, towards(at, to, radius)));
    }
    let [length, half] = TIP;
    let base = towards(end, before, length);
    steps.push(Step::Line(towards(end, before, length - 1.0)));
    marks.push(Mark::Line { paint: Paint::Wire, steps });
    let across = [(end[1] - base[1]) / length * half, (end[0] - base[0]) / length * half];
    let tip = vec![
        Step::Move(end),
        Step::Line([base[0] + across[0], base[1] - across[1]]),
        Step::Line([base[0] - across[0], base[1] + across[1]]),
        Step::Close,
    ];
    marks.push(Mark::Line { paint: Paint::Tip, steps: tip });
}

fn distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

/// Returns the point at a distance from one point on the way to another.
fn towards(from: [f64; 2], to: [f64; 2], length: f64) -> [f64; 2] {
    let all = distance(from, to);
    if all == 0.0 {
        return from;
    }
    [0, 1].map(|axis| from[axis] + (to[axis] - from[axis]) * length / all)
}
