//! Writes a drawing as a graph of DOT, which Graphviz lays out.

use super::palette::{Paint, Theme};
use super::{CardKind, Drawing, text};
use std::fmt::Write;

/// Writes the graph: a cluster for each frame.
pub(super) fn write(drawing: &Drawing) -> String {
    let mut out = format!("digraph {} {{\n", quoted(&drawing.title));
    out.push_str("    // Drawn by Netwright: render it with `dot -Tsvg`.\n");
    let _ = writeln!(
        out,
        "    label={}; labelloc=t;",
        quoted(&format!("{}\n{}", drawing.title, drawing.summary))
    );
    out.push_str("    graph [fontname=\"Helvetica\", ranksep=0.35];\n");
    out.push_str("    node [shape=box, style=\"rounded,filled\", fontname=\"Courier\", fontsize=11];\n");
    out.push_str("    edge [fontname=\"Helvetica\", fontsize=10];\n");
    frames(drawing, None, 1, &mut out);
    for link in &drawing.links {
        let label =
            if link.name.is_empty() { String::new() } else { format!(" [label={}]", quoted(&link.name)) };
        let _ = writeln!(out, "    n{} -> n{}{label};", link.from, link.to);
    }
    out.push_str("}\n");
    out
}

/// Writes the cards of a frame, and then the frames in it; `None` is the whole drawing.
fn frames(drawing: &Drawing, frame: Option<usize>, depth: usize, out: &mut String) {
    let indent = "    ".repeat(depth);
    for (i, card) in drawing.cards.iter().enumerate().filter(|(_, card)| card.frame == frame) {
        let mut rows = card.rows.clone();
        rows.push(text::facts(card));
        let paint = match card.kind {
            CardKind::Input => Paint::Input,
            CardKind::Output => Paint::Output,
            CardKind::Layer | CardKind::Join => Paint::Heat(drawing.heat(card)),
        };
        let colour = paint.colours(Theme::Light).fill.map(|colour| colour.hex()).unwrap_or_default();
        let _ = writeln!(out, "{indent}n{i} [label={}, fillcolor=\"{colour}\"];", quoted(&rows.join("\n")));
    }
    for (i, inner) in drawing.frames.iter().enumerate().filter(|(_, inner)| inner.parent == frame) {
        let _ = writeln!(out, "{indent}subgraph cluster_{i} {{");
        let _ = writeln!(out, "{indent}    label={}; style=rounded;", quoted(&inner.label()));
        frames(drawing, Some(i), depth + 1, out);
        let _ = writeln!(out, "{indent}}}");
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
