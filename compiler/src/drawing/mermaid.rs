//! Writes a drawing as a flowchart of Mermaid, which GitHub and many editors show.

use super::palette::{Paint, Theme};
use super::{CardKind, Drawing, text};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Writes the flowchart: a subgraph for each frame.
pub(super) fn write(drawing: &Drawing) -> String {
    let mut out = format!("---\ntitle: {}\n---\nflowchart TB\n", drawing.title);
    let _ = writeln!(out, "    %% Drawn by Netwright: {}", drawing.summary);
    frames(drawing, None, 1, &mut out);
    for link in &drawing.links {
        let label = if link.name.is_empty() { String::new() } else { format!("|{}|", escaped(&link.name)) };
        let _ = writeln!(out, "    n{} -->{label} n{}", link.from, link.to);
    }
    let mut classes: BTreeSet<(String, Paint)> =
        (0..drawing.cards.len()).map(|card| class(drawing, card)).collect();
    if !drawing.frames.is_empty() {
        let frames: Vec<String> = (0..drawing.frames.len()).map(|frame| format!("f{frame}")).collect();
        let _ = writeln!(out, "    class {} frame", frames.join(","));
        classes.insert(("frame".into(), Paint::Frame));
    }
    for (name, paint) in classes {
        let colours = paint.colours(Theme::Light);
        let hex = |colour: Option<super::Colour>| colour.map(|colour| colour.hex()).unwrap_or_default();
        let ink = Paint::Code.colours(Theme::Light).fill;
        let [fill, stroke, ink] = [colours.fill, colours.stroke, ink].map(hex);
        let _ = writeln!(out, "    classDef {name} fill:{fill},stroke:{stroke},color:{ink}");
    }
    out
}

/// Writes the cards of a frame, and then the frames in it; `None` is the whole drawing.
fn frames(drawing: &Drawing, frame: Option<usize>, depth: usize, out: &mut String) {
    let indent = "    ".repeat(depth);
    for (i, card) in drawing.cards.iter().enumerate().filter(|(_, card)| card.frame == frame) {
        let mut rows = card.rows.clone();
        rows.push(text::facts(card));
        let label = rows.iter().map(|row| escaped(row)).collect::<Vec<_>>().join("<br>");
        let [open, close] = if card.kind.is_layer() { ["[", "]"] } else { ["([", "])"] };
        let _ = writeln!(out, "{indent}n{i}{open}\"{label}\"{close}:::{}", class(drawing, i).0);
    }
    for (i, inner) in drawing.frames.iter().enumerate().filter(|(_, inner)| inner.parent == frame) {
        let _ = writeln!(out, "{indent}subgraph f{i} [\"{}\"]", escaped(&inner.label()));
        frames(drawing, Some(i), depth + 1, out);
        let _ = writeln!(out, "{indent}end");
    }
}

/// Returns the name of a card's colours, and the colours.
fn class(drawing: &Drawing, card: usize) -> (String, Paint) {
    let card = &drawing.cards[card];
    match card.kind {
        CardKind::Input => ("given".into(), Paint::Input),
        CardKind::Output => ("made".into(), Paint::Output),
        CardKind::Layer | CardKind::Join => {
            let heat = drawing.heat(card);
            (format!("memory{heat}"), Paint::Heat(heat))
        }
    }
}

/// Replaces what Mermaid reads as its own: quotes, and the signs of HTML.
fn escaped(text: &str) -> String {
    text.replace('#', "#35;")
        .replace('&', "#amp;")
        .replace('"', "#quot;")
        .replace('<', "#lt;")
        .replace('>', "#gt;")
}
