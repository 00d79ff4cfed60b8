//! Writes a scene as SVG.

use super::palette::{Paint, Theme};
use super::scene::{Anchor, Mark, Scene, Step};
use std::fmt::Write;

/// Writes a scene as one `svg` element, which stands in a file of its own or in a page of HTML. Its colours follow the reader's
/// preference for light or dark; programs that know no such preference show the light ones.
pub fn svg(scene: &Scene) -> String {
    let [width, height] = scene.size;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"netwright\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" \
         role=\"img\" aria-label=\"{2}\"><!-- Drawn by Netwright -->\n",
        number(width),
        number(height),
        escaped(&scene.title)
    );
    out.push_str("<style>\n");
    out.push_str(".netwright text{font-family:ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace}\n");
    out.push_str(".netwright .wire{stroke-width:1.3}\n");
    out.push_str(&rules(Theme::Light));
    let _ = writeln!(out, "@media (prefers-color-scheme:dark){{\n{}}}\n</style>", rules(Theme::Dark));
    scene.marks.iter().for_each(|mark| write_mark(mark, &mut out));
    out.push_str("</svg>\n");
    out
}

/// Returns a rule of CSS for each role.
fn rules(theme: Theme) -> String {
    Paint::all().fold(String::new(), |mut rules, paint| {
        let colours = paint.colours(theme);
        let [fill, stroke] =
            [colours.fill, colours.stroke].map(|colour| colour.map_or("none".into(), |colour| colour.hex()));
        let _ = writeln!(rules, ".netwright .{}{{fill:{fill};stroke:{stroke}}}", class(paint));
        rules
    })
}

fn class(paint: Paint) -> String {
    match paint {
        Paint::Page => "page".into(),
        Paint::Title => "title".into(),
        Paint::Note => "note".into(),
        Paint::Code => "code".into(),
        Paint::Fact => "fact".into(),
        Paint::Frame => "frame".into(),
        Paint::Inner => "inner".into(),
        Paint::Heading => "heading".into(),
        Paint::Badge => "badge".into(),
        Paint::Times => "times".into(),
        Paint::Wire => "wire".into(),
        Paint::Tip => "tip".into(),
        Paint::Input => "input".into(),
        Paint::Output => "output".into(),
        Paint::Heat(step) => format!("heat{step}"),
    }
}

fn write_mark(mark: &Mark, out: &mut String) {
    // Writing to a string cannot fail.
    let _ = match mark {
        Mark::Box { paint, area, radius } => {
            let [x, y, width, height] = area.map(number);
            let radius = if *radius > 0.0 { format!(" rx=\"{}\"", number(*radius)) } else { String::new() };
            writeln!(
                out,
                "<rect class=\"{}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"{radius}/>",
                class(*paint)
            )
        }
        Mark::Line { paint, steps } => {
            writeln!(out, "<path class=\"{}\" d=\"{}\"/>", class(*paint), path(steps))
        }
        Mark::Text { paint, at, anchor, size, bold, text } => {
            let anchor = match anchor {
                Anchor::Start => "",
                Anchor::Middle => " text-anchor=\"middle\"",
                Anchor::End => " text-anchor=\"end\"",
            };
            let bold = if *bold { " font-weight=\"bold\"" } else { "" };
            let [x, y] = at.map(number);
            writeln!(
                out,
                "<text class=\"{}\" x=\"{x}\" y=\"{y}\" font-size=\"{}\"{anchor}{bold}>{}</text>",
                class(*paint),
                number(*size),
                escaped(text)
            )
        }
        Mark::Begin(text) => writeln!(out, "<g><title>{}</title>", escaped(text)),
        Mark::End => writeln!(out, "</g>"),
    };
}

fn path(steps: &[Step]) -> String {
    let point = |at: &[f64; 2]| format!("{} {}", number(at[0]), number(at[1]));
    let step = |step: &Step| match step {
        Step::Move(to) => format!("M{}", point(to)),
        Step::Line(to) => format!("L{}", point(to)),
        Step::Curve(by, to) => format!("Q{} {}", point(by), point(to)),
        Step::Close => "Z".into(),
    };
    steps.iter().map(step).collect()
}

/// Formats a length in tenths of a pixel.
fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_string)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
