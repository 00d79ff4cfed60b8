//! The page: HTML that stands alone, and the files beside it.

use super::Training;
use crate::output::PAGE as MADE;
use crate::plot::dark;
use std::fmt::Write;

/// The style of the page, without the colours of plots.
const STYLE: &str = include_str!("page.css");
/// The script of a page that is served while a training goes on.
const LIVE: &str = include_str!("live.js");
/// The policy of a page: nothing is fetched from anywhere.
const ALONE: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
/// The policy of a page that fetches itself again.
const SERVED: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'unsafe-inline'; connect-src 'self'";
/// The sentence of a page before there is anything to show.
pub(super) const STILL: &str = "The training has not begun yet: data is read, or its program is compiled.";
/// The attribute that names the file of a picture.
const PART: &str = "data-part=\"";

/// A page on its way.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// The sections so far, and the whole page when it is finished.
    pub(super) html: String,
    pub(super) parts: Vec<Part>,
    /// The layer in whose outputs the training has diverged, in a sentence.
    pub(super) diverged: Option<String>,
    /// The identifiers and titles of the sections.
    sections: Vec<(&'static str, &'static str)>,
}

/// A file beside the page.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

impl Page {
    /// Begins the page of a training that has diverged in this layer, if it has.
    pub(super) fn new(diverged: Option<String>) -> Page {
        Page { diverged, ..Page::default() }
    }

    /// Adds a section.
    pub(super) fn section(&mut self, id: &'static str, title: &'static str, html: &str) {
        self.sections.push((id, title));
        // Writing to a string cannot fail.
        let _ = writeln!(self.html, "<section id=\"{id}\">\n<h2>{title}</h2>\n{html}</section>\n");
    }

    /// Adds a section before all others.
    pub(super) fn first(&mut self, id: &'static str, title: &'static str, html: &str) {
        let others = std::mem::take(&mut self.html);
        let sections = std::mem::take(&mut self.sections);
        self.section(id, title, html);
        self.html += &others;
        self.sections.extend(sections);
    }

    /// Keeps a file beside the page.
    pub(super) fn keep(&mut self, name: &str, bytes: Vec<u8>) {
        self.parts.push(Part { name: name.into(), bytes });
    }

    /// Returns a figure of an SVG image, which is kept as a file, too.
    pub(super) fn svg(&mut self, name: &str, svg: &str, alt: &str, class: &str) -> String {
        self.keep(name, svg.as_bytes().to_vec());
        figure(name, svg, alt, class, "")
    }

    /// Returns a plot with its title and what is to be said of it.
    pub(super) fn plot(&mut self, name: &str, svg: &str, title: &str, caption: &str) -> String {
        self.keep(name, svg.as_bytes().to_vec());
        let caption = match caption {
            "" => String::new(),
            caption => format!("<figcaption><b>{}</b> {caption}</figcaption>\n", escaped(title)),
        };
        figure(name, &without_style(svg), title, "plot", &caption)
    }

    /// Makes the whole page.
    pub(super) fn finish(self, training: &Training<'_>) -> Page {
        let facts = training.facts;
        let network = escaped(facts.network());
        let links = self.sections.iter().map(|(id, title)| format!("<a href=\"#{id}\">{title}</a>"));
        let links = links.collect::<Vec<_>>().join("\n");
        let version = env!("CARGO_PKG_VERSION");
        let (state, subtitle) = state(training);
        let html = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<!-- {MADE} {version} -->\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{ALONE}\">\n\
             <title>{network}: report</title>\n\
             <link rel=\"icon\" href=\"data:,\">\n<style>\n{STYLE}{}</style>\n</head>\n<body data-state=\"{state}\">\n\
             <header>\n<h1>{network}</h1>\n<p class=\"subtitle\">{}</p>\n<nav>\n{links}\n</nav>\n</header>\n<main>\n{}</main>\n\
             <footer><p>{MADE} {version}. <code>netwright report</code> makes this page again from <code>facts.json</code> beside it.</p></footer>\n\
             </body>\n</html>\n",
            dark(),
            escaped(&subtitle),
            self.html,
        );
        Page { html, ..self }
    }
}

/// Returns a page that fetches itself again and again, until its training is over.
pub(super) fn live(html: &str) -> String {
    let html = html.replacen(ALONE, SERVED, 1);
    html.replacen("</body>", &format!("<script>\n{LIVE}</script>\n</body>"), 1)
}

/// Returns a page that says why there is no other.
pub(super) fn waiting(why: &str) -> String {
    live(&format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"{ALONE}\">\n\
         <title>Report</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n{STYLE}</style>\n</head>\n<body data-state=\"waiting\">\n\
         <header><h1>Report</h1></header>\n<main><p>{}</p></main>\n</body>\n</html>\n",
        escaped(why)
    ))
}

/// Returns the state of the training, in a word and in a sentence.
fn state(training: &Training<'_>) -> (String, String) {
    let facts = training.facts;
    let epochs = facts.epochs();
    let (last, planned) = (epochs.last().map_or(0, |epoch| epoch.number), facts.count("manifest.epochs"));
    let why = facts.text("why");
    let after = format!("{last} of {planned} epochs");
    let sentence = match facts.text("state") {
        "complete" => format!("Trained for {after}."),
        "stopped" => format!("Trained for {after}: {why}."),
        "running" => format!("In training: {after} so far. This page shows what there is."),
        "interrupted" => format!("Interrupted after {after}: {why}."),
        "diverged" => format!("Diverged after {after}: {why}."),
        _ => format!("Ended after {after}: {why}."),
    };
    (facts.text("state").into(), sentence)
}

/// Returns the names of the files that a page has beside it.
pub(super) fn parts_of(html: &str) -> impl Iterator<Item = &str> {
    let names = html.split(PART).skip(1).filter_map(|rest| rest.split('"').next());
    // A page that was altered must not lead anywhere else.
    names.filter(|name| !name.contains(['/', '\\']) && (name.ends_with(".svg") || name.ends_with(".png")))
}

/// Returns a table of names and values.
pub(super) fn facts_table(rows: &[(&str, String)]) -> String {
    let row = |(name, value): &(&str, String)| {
        format!("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n", escaped(name), escaped(value))
    };
    format!("<table class=\"facts\">\n{}</table>\n", rows.iter().map(row).collect::<String>())
}

/// Returns a table with a header, whose first column are names and whose others are numbers.
pub(super) fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let head: String =
        header.iter().map(|title| format!("<th scope=\"col\">{}</th>", escaped(title))).collect();
    let row = |row: &Vec<String>| {
        let cells = row.iter().enumerate().map(|(at, cell)| match at {
            0 => format!("<th scope=\"row\">{}</th>", escaped(cell)),
            _ => format!("<td>{}</td>", escaped(cell)),
        });
        format!("<tr>{}</tr>\n", cells.collect::<String>())
    };
    let rows: String = rows.iter().map(row).collect();
    format!(
        "<div class=\"wide\"><table class=\"numbers\">\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody></table></div>\n"
    )
}

/// Returns a text in which no letter means anything to HTML.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Formats a number with as many digits as tell something.
pub(super) fn short(x: f64) -> String {
    match x.abs() {
        _ if !x.is_finite() => "undefined".into(),
        0.0 => "0".into(),
        size if (1e-3..1e5).contains(&size) => {
            let digits = (3 - size.log10().floor() as i32).clamp(0, 5) as usize;
            format!("{x:.digits$}")
        }
        _ => format!("{x:.2e}"),
    }
}

/// Formats a share in per cent.
pub(super) fn percent(share: f64) -> String {
    match share {
        share if !share.is_finite() => "undefined".into(),
        share => format!("{:.1} %", 100.0 * share),
    }
}

/// Returns a figure of an SVG image that lies beside the page, too.
fn figure(name: &str, svg: &str, alt: &str, class: &str, caption: &str) -> String {
    format!(
        "<figure class=\"{class}\" {PART}{name}\" role=\"img\" aria-label=\"{}\">\n{}{caption}</figure>\n",
        escaped(alt),
        screen_only(svg)
    )
}

/// Takes the style sheet out of a plot: the page has it once.
fn without_style(svg: &str) -> String {
    match (svg.find("<style>"), svg.find("</style>\n")) {
        (Some(start), Some(end)) if start < end => {
            format!("{}{}", &svg[..start], &svg[end + "</style>\n".len()..])
        }
        _ => svg.into(),
    }
}

/// Returns a picture whose dark colours are for screens alone: paper is white.
fn screen_only(svg: &str) -> String {
    svg.replace("@media (prefers-color-scheme:dark)", "@media screen and (prefers-color-scheme:dark)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let numbers = [0.0, 0.98765, 12.3456, 1234.5678, 1e-7, -0.5, f64::NAN].map(short);
        assert_eq!(numbers, ["0", "0.9877", "12.35", "1235", "1.00e-7", "-0.5000", "undefined"]);
    }

    #[test]
    fn only_files_beside_the_page_are_its_parts() {
        let html = "<figure data-part=\"a.svg\"></figure><figure data-part=\"../b.svg\"><i data-part=\"facts.json\">";
        assert_eq!(parts_of(html).collect::<Vec<_>>(), ["a.svg"]);
    }

    #[test]
    fn a_part_is_drawn_and_kept() {
        let mut page = Page::default();
        let svg = "<svg a>\n<style>@media (prefers-color-scheme:dark){x}</style>\n<rect/></svg>\n";
        let html = page.plot("a.svg", svg, "A < B", "says nothing");
        assert!(html.contains("<svg a>\n<rect/></svg>") && html.contains("A &lt; B"), "{html}");
        assert_eq!((page.parts.len(), &page.parts[0].bytes[..]), (1, svg.as_bytes()));
    }
}
