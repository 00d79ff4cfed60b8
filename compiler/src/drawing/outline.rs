//! Makes cards, frames and links of a graph.

use super::fold::{Fold, first_pass, fold};
use super::text;
use super::{Card, CardKind, Drawing, Frame, Item, ItemShape, Link};
use crate::graph::{Graph, Node, SectionKind, ValueId};
use crate::ops::{Group, Operator};
use crate::table;
use std::collections::BTreeMap;
use std::ops::Range;

/// Draws a graph.
pub(super) fn outline(graph: &Graph) -> Drawing {
    let fold = fold(graph);
    let mut outline = Outline::new(graph, &fold);
    outline.inputs();
    outline.layers();
    outline.outputs();
    outline.name_links();
    let Outline { mut cards, links, .. } = outline;
    let mut nesting = Nesting::new(graph, &fold, &outline.card_of);
    let layers = nesting.items(None, 0..graph.layers.len());
    let single = |card: usize| Item { shape: ItemShape::Card(card), cards: card..card + 1 };
    let first_output = cards.len() - graph.all_outputs().count();
    let items =
        (0..graph.inputs.len()).map(single).chain(layers).chain((first_output..cards.len()).map(single));
    let items: Vec<Item> = items.collect();
    note_frames(&items, None, &mut cards);
    let totals = table::totals(&table::layers(graph));
    let summary = format!(
        "{} parameters · {} FLOPs and {} of activations per sample",
        text::count(totals.parameters),
        text::count(totals.flops),
        text::bytes(totals.activation_bytes)
    );
    Drawing { title: graph.name.clone(), summary, cards, frames: nesting.frames, links, items }
}

/// Tells each card its innermost frame.
fn note_frames(items: &[Item], around: Option<usize>, cards: &mut [Card]) {
    for item in items {
        match &item.shape {
            ItemShape::Card(card) => cards[*card].frame = around,
            ItemShape::Frame { frame, items } => note_frames(items, Some(*frame), cards),
            ItemShape::Branch(arms) => arms.iter().for_each(|arm| note_frames(arm, around, cards)),
        }
    }
}

/// The cards and links as they are made.
struct Outline<'a> {
    graph: &'a Graph,
    fold: &'a Fold,
    cards: Vec<Card>,
    links: Vec<Link>,
    /// The card of each layer that is drawn; of others that of the layer that stands for them.
    card_of: Vec<usize>,
    /// The layers that each layer stands for, itself first.
    passes: Vec<Vec<usize>>,
    /// The innermost section of each layer.
    section: Vec<Option<usize>>,
    /// The number of layers that are drawn, and of outputs, that take each value.
    uses: BTreeMap<Source, usize>,
}

/// A value that is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    /// The input in this position.
    Input(usize),
    /// The result of this layer.
    Layer(usize),
}

impl<'a> Outline<'a> {
    fn new(graph: &'a Graph, fold: &'a Fold) -> Outline<'a> {
        let mut passes = vec![vec![]; graph.layers.len()];
        fold.of.iter().enumerate().for_each(|(layer, &drawn)| passes[drawn].push(layer));
        let mut section = vec![None; graph.layers.len()];
        // A branch ends with its join, after which a sequence goes on.
        let is_branch = |&&i: &&usize| graph.sections[i].kind == SectionKind::Branch;
        for &i in fold.sections.iter().filter(|i| !is_branch(i)) {
            first_pass(&graph.sections[i]).for_each(|layer| section[layer] = Some(i));
        }
        let card_of = vec![0; graph.layers.len()];
        let mut outline = Outline {
            graph,
            fold,
            cards: vec![],
            links: vec![],
            card_of,
            passes,
            section,
            uses: BTreeMap::new(),
        };
        let used = graph.nodes.iter().filter(|node| outline.is_drawn(node)).flat_map(|node| &node.inputs);
        let outputs = graph.all_outputs().map(|(value, _)| value);
        for value in used.copied().chain(outputs).collect::<Vec<_>>() {
            *outline.uses.entry(outline.source(value)).or_default() += 1;
        }
        outline
    }

    fn is_drawn(&self, node: &Node) -> bool {
        self.fold.of[node.layer.0] == node.layer.0
    }

    fn source(&self, value: ValueId) -> Source {
        match self.graph.value(value).layer {
            Some(layer) => Source::Layer(self.fold.of[layer.0]),
            None => {
                let at = self.graph.inputs.iter().position(|&input| input == value);
                Source::Input(at.unwrap_or_default())
            }
        }
    }

    /// Returns the card that makes a value.
    fn card(&self, value: ValueId) -> usize {
        match self.source(value) {
            Source::Input(at) => at,
            Source::Layer(layer) => self.card_of[layer],
        }
    }

    fn inputs(&mut self) {
        for value in self.graph.inputs.iter().map(|&input| self.graph.value(input)) {
            let shape = text::shape(&[&value.shape]);
            let text = if value.name == "input" { "input".into() } else { format!("input {}", value.name) };
            self.cards.push(Card {
                kind: CardKind::Input,
                name: value.name.clone(),
                rows: vec![text],
                bytes: bytes(&value.shape),
                shape,
                parameters: [0; 2],
                frame: None,
            });
        }
    }

    fn layers(&mut self) {
        for node in self.graph.nodes.iter().filter(|node| node.layer.0 == self.fold.of[node.layer.0]) {
            match self.follows(node) {
                true => self.extend(node),
                false => self.begin(node),
            }
        }
        for layer in 0..self.card_of.len() {
            self.card_of[layer] = self.card_of[self.fold.of[layer]];
        }
    }

    /// Returns true if a layer is a line in the card of the layer before: it acts on each number of a value that nothing else
    /// takes.
    fn follows(&self, node: &Node) -> bool {
        let [input] = node.inputs[..] else { return false };
        let Some(before) = self.graph.value(input).layer.map(|layer| layer.0) else { return false };
        let acts =
            matches!(node.op.facts().group, Group::Norm | Group::Noise | Group::Activation | Group::Across);
        let same = self.graph.value(input).shape == self.graph.value(node.output).shape;
        let alone = self.uses.get(&self.source(input)) == Some(&1);
        let next = before + 1 == node.layer.0 && self.section[before] == self.section[node.layer.0];
        acts && same && alone && next && self.fold.of[before] == before
    }

    fn extend(&mut self, node: &Node) {
        let at = self.cards.len() - 1;
        let parameters = self.parameters(node);
        let card = &mut self.cards[at];
        card.rows.push(row(self.graph, node));
        for (sum, more) in card.parameters.iter_mut().zip(parameters) {
            *sum += more;
        }
        self.card_of[node.layer.0] = at;
    }

    fn begin(&mut self, node: &Node) {
        let at = self.cards.len();
        let shapes: Vec<&[usize]> =
            self.outputs_of(node).map(|value| self.graph.value(value).shape.as_slice()).collect();
        self.cards.push(Card {
            kind: if matches!(node.op, Operator::Join(_)) { CardKind::Join } else { CardKind::Layer },
            name: self.graph.layer(node.layer).name.clone(),
            rows: vec![row(self.graph, node)],
            bytes: shapes.iter().map(|shape| bytes(shape)).max().unwrap_or_default(),
            shape: text::shape(&shapes),
            parameters: self.parameters(node),
            frame: None,
        });
        for (slot, &input) in node.inputs.iter().enumerate() {
            self.links.push(Link { from: self.card(input), to: at, slot, name: self.alias(input) });
        }
        self.card_of[node.layer.0] = at;
    }

    /// Returns the results of a layer in all passes.
    fn outputs_of(&self, node: &Node) -> impl Iterator<Item = ValueId> {
        self.passes[node.layer.0].iter().map(|&layer| self.graph.nodes[layer].output)
    }

    /// Returns the fewest and the most numbers that a layer learns in a pass.
    fn parameters(&self, node: &Node) -> [u64; 2] {
        let of = |&layer: &usize| {
            let params = self.graph.nodes[layer].params.iter().map(|&param| self.graph.param(param));
            params.filter(|param| param.role.is_learned()).map(|param| param.len() as u64).sum::<u64>()
        };
        let all = self.passes[node.layer.0].iter().map(of);
        [all.clone().min(), all.max()].map(Option::unwrap_or_default)
    }

    fn alias(&self, value: ValueId) -> String {
        let mut names = self.graph.aliases.iter().filter(|(named, _)| *named == value);
        let of_input = self.graph.value(value).layer.is_none();
        names.next().filter(|_| !of_input).map(|(_, name)| name.clone()).unwrap_or_default()
    }

    fn outputs(&mut self) {
        let losses = self.graph.losses.iter();
        let losses: Vec<(ValueId, String)> =
            losses.map(|used| (used.value, format!("loss {}", self.graph.loss_text(used)))).collect();
        let graph = self.graph;
        for (value, name) in graph.all_outputs() {
            let shape = &graph.value(value).shape;
            let text = match graph.outputs.contains(&value) {
                true if graph.outputs.len() > 1 => format!("output {name}"),
                true => "output".into(),
                false => format!("{name}, training only"),
            };
            let own = losses.iter().filter(|(of, _)| *of == value).map(|(_, text)| text.clone());
            let (from, to) = (self.card(value), self.cards.len());
            self.links.push(Link { from, to, slot: 0, name: String::new() });
            self.cards.push(Card {
                kind: CardKind::Output,
                name: name.into(),
                rows: std::iter::once(text).chain(own).collect(),
                shape: text::shape(&[shape]),
                parameters: [0; 2],
                bytes: bytes(shape),
                frame: None,
            });
        }
    }

    /// Leaves the names at those links that would not be clear without.
    fn name_links(&mut self) {
        let mut into: BTreeMap<usize, usize> = BTreeMap::new();
        self.links.iter().for_each(|link| *into.entry(link.to).or_default() += 1);
        for link in &mut self.links {
            if into[&link.to] == 1 || link.to == link.from + 1 {
                link.name.clear();
            }
        }
    }
}

/// Returns the line of a layer: its text, with its label if it has one.
fn row(graph: &Graph, node: &Node) -> String {
    let layer = graph.layer(node.layer);
    let own = layer.name.rsplit('.').next().unwrap_or_default();
    let number = own.strip_prefix(node.op.kind());
    let automatic = number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    if automatic { layer.text.clone() } else { format!("{own}: {}", layer.text) }
}

fn bytes(shape: &[usize]) -> u64 {
    4 * shape.iter().map(|&size| size as u64).product::<u64>()
}

/// The frames as they are made.
struct Nesting<'a> {
    graph: &'a Graph,
    card_of: &'a [usize],
    fold: &'a Fold,
    /// The sections that are drawn, by the one around them.
    children: BTreeMap<Option<usize>, Vec<usize>>,
    frames: Vec<Frame>,
    /// The frame that is being filled.
    around: Option<usize>,
}

impl<'a> Nesting<'a> {
    fn new(graph: &'a Graph, fold: &'a Fold, card_of: &'a [usize]) -> Nesting<'a> {
        let mut children: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
        for &section in &fold.sections {
            children.entry(graph.sections[section].parent).or_default().push(section);
        }
        Nesting { graph, card_of, fold, children, frames: vec![], around: None }
    }

    /// Returns the items of a section, whose layers of one pass these are.
    fn items(&mut self, section: Option<usize>, layers: Range<usize>) -> Vec<Item> {
        let mut items = vec![];
        let mut at = layers.start;
        for child in self.children.get(&section).cloned().unwrap_or_default() {
            let range = self.graph.sections[child].layers.clone();
            self.cards(at..range.start, &mut items);
            self.section(child, &mut items);
            at = range.end;
        }
        self.cards(at..layers.end, &mut items);
        items
    }

    /// Adds the cards that begin with one of these layers.
    fn cards(&self, layers: Range<usize>, items: &mut Vec<Item>) {
        for layer in layers {
            let card = self.card_of[layer];
            let begins = layer == 0 || self.card_of[layer - 1] != card;
            if begins && self.fold.of[layer] == layer {
                items.push(Item { shape: ItemShape::Card(card), cards: card..card + 1 });
            }
        }
    }

    fn section(&mut self, section: usize, items: &mut Vec<Item>) {
        let found = &self.graph.sections[section];
        if found.layers.is_empty() {
            return;
        }
        match &found.kind {
            SectionKind::Block(title) | SectionKind::Label(title) => {
                items.push(self.frame(title, 1, section, section));
            }
            SectionKind::Repeat(1) | SectionKind::Arm => {
                items.extend(self.items(Some(section), found.layers.clone()));
            }
            SectionKind::Repeat(times) => {
                items.push(match self.only_block(section) {
                    Some((title, block)) => self.frame(title, *times, section, block),
                    None => self.frame("", *times, section, section),
                });
            }
            SectionKind::Branch => items.extend(self.branch(section)),
        }
    }

    /// Returns the block or label that is all of a repeat.
    fn only_block(&self, repeat: usize) -> Option<(&'a str, usize)> {
        let [child] = self.children.get(&Some(repeat))?[..] else { return None };
        let found = &self.graph.sections[child];
        match &found.kind {
            SectionKind::Block(title) | SectionKind::Label(title)
                if found.layers == first_pass(&self.graph.sections[repeat]) =>
            {
                Some((title, child))
            }
            _ => None,
        }
    }

    /// Makes a frame of all that is in the inner section. Its parameters are those of the outer one.
    fn frame(&mut self, title: &str, times: usize, outer: usize, inner: usize) -> Item {
        let (graph, frame) = (self.graph, self.frames.len());
        let layers = graph.sections[outer].layers.clone();
        let params = layers.flat_map(|layer| &graph.nodes[layer].params).map(|&param| graph.param(param));
        let parameters = params.filter(|param| param.role.is_learned()).map(|param| param.len() as u64).sum();
        self.frames.push(Frame { title: title.to_string(), times, parameters, parent: self.around });
        let around = self.around.replace(frame);
        let layers = first_pass(&graph.sections[inner]);
        let items = self.items(Some(inner), layers.clone());
        self.around = around;
        let cards = self.card_of[layers.start]..self.card_of[layers.end - 1] + 1;
        Item { cards, shape: ItemShape::Frame { frame, items } }
    }

    /// Makes the arms of a branch and, after them, the card that joins them.
    fn branch(&mut self, section: usize) -> Vec<Item> {
        let layers = self.graph.sections[section].layers.clone();
        let arms = self.children.get(&Some(section)).cloned().unwrap_or_default();
        let items = |arm: usize| self.items(Some(arm), self.graph.sections[arm].layers.clone());
        let arms: Vec<Vec<Item>> = arms.into_iter().map(items).collect();
        let join = self.card_of[layers.end - 1];
        let start = arms.iter().flatten().map(|item| item.cards.start).min().unwrap_or(join);
        let branch = Item { cards: start..join, shape: ItemShape::Branch(arms) };
        vec![branch, Item { cards: join..join + 1, shape: ItemShape::Card(join) }]
    }
}
