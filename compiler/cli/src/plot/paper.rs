//! Size, colours and axes that all plots share.

use crate::error::Error;
use plotters::chart::MeshStyle;
use plotters::prelude::*;
use std::fmt::Display;

/// Colours of a light page. A style sheet in the file replaces them on a dark one.
pub(super) const PAPER: RGBColor = RGBColor(255, 255, 255);
pub(crate) const INK: RGBColor = RGBColor(31, 35, 40);
pub(crate) const FAINT: RGBColor = RGBColor(216, 222, 228);
pub(crate) const MAIN: RGBColor = RGBColor(9, 105, 218);
pub(super) const PALE: RGBColor = RGBColor(150, 190, 235);
pub(crate) const MARK: RGBColor = RGBColor(188, 76, 0);
/// Colours of lines that are told apart, after those of Okabe and Ito (2008), which colour-blind readers tell apart, too.
pub(crate) const SERIES: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 142, 106),
    RGBColor(170, 68, 153),
    RGBColor(140, 109, 0),
    RGBColor(86, 110, 130),
];

/// The colours in their order, and those of a dark page.
const DARK: [(RGBColor, RGBColor); 12] = [
    (PAPER, RGBColor(13, 17, 23)),
    (INK, RGBColor(230, 237, 243)),
    (FAINT, RGBColor(48, 54, 61)),
    (MAIN, RGBColor(88, 166, 255)),
    (PALE, RGBColor(45, 85, 135)),
    (MARK, RGBColor(240, 136, 62)),
    (SERIES[0], RGBColor(86, 180, 233)),
    (SERIES[1], RGBColor(255, 140, 60)),
    (SERIES[2], RGBColor(40, 200, 150)),
    (SERIES[3], RGBColor(225, 130, 205)),
    (SERIES[4], RGBColor(230, 190, 60)),
    (SERIES[5], RGBColor(160, 185, 205)),
];

pub(crate) type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

/// Draws on an empty page of this size, in pixels.
pub(crate) fn page<E: Display>(
    size: (u32, u32),
    draw: impl FnOnce(&Area<'_>) -> Result<(), E>,
) -> Result<String, Error> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        let failed = |cause: &dyn Display| Error::Plot(cause.to_string());
        area.fill(&PAPER).map_err(|cause| failed(&cause))?;
        draw(&area).map_err(|cause| failed(&cause))?;
        area.present().map_err(|cause| failed(&cause))?;
    }
    Ok(styled(&svg))
}

/// Returns rules that replace each colour by that of a dark page.
fn rules() -> String {
    let css = |colour: RGBColor| format!("#{:02X}{:02X}{:02X}", colour.0, colour.1, colour.2);
    let rules = DARK.map(|(light, dark)| {
        let (light, dark) = (css(light), css(dark));
        format!("[fill=\"{light}\"]{{fill:{dark}}}[stroke=\"{light}\"]{{stroke:{dark}}}")
    });
    rules.concat()
}

/// Returns the style sheet of a page in which plots stand without one of their own. Paper is white, whatever the reader prefers.
pub(crate) fn dark() -> String {
    format!("@media screen and (prefers-color-scheme:dark){{{}}}\n", rules())
}

/// Puts a style sheet into an SVG that gives it other colours on dark pages.
fn styled(svg: &str) -> String {
    let style = format!("<style>@media (prefers-color-scheme:dark){{{}}}</style>\n", rules());
    match svg.split_once(">\n") {
        Some((head, rest)) => format!("{head}>\n{style}{rest}"),
        None => svg.into(),
    }
}

/// Returns the style of texts of this size, in pixels.
pub(crate) fn words(size: u32) -> TextStyle<'static> {
    ("sans-serif", size).into_font().color(&INK)
}

/// Gives axes the style that all plots share, with labels and names of these sizes, in pixels.
pub(crate) fn plain<'m, 'a, 'b, X: Ranged, Y: Ranged, B: DrawingBackend>(
    mesh: &'m mut MeshStyle<'a, 'b, X, Y, B>,
    [labels, names]: [u32; 2],
) -> &'m mut MeshStyle<'a, 'b, X, Y, B> {
    mesh.light_line_style(TRANSPARENT)
        .bold_line_style(FAINT)
        .axis_style(INK)
        .label_style(words(labels))
        .axis_desc_style(words(names))
}

/// Writes a number of an axis with as many digits as it needs.
pub(crate) fn number(x: f64) -> String {
    let rounded: f64 = format!("{x:.3e}").parse().unwrap_or(x);
    if rounded != 0.0 && !(1e-3..1e5).contains(&rounded.abs()) {
        format!("{rounded:e}")
    } else {
        rounded.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_they_need() {
        let written = [0.0, 0.1 + 0.2, 1e-6, 0.25, 1500.0, 2e7].map(number);
        assert_eq!(written, ["0", "0.3", "1e-6", "0.25", "1500", "2e7"]);
    }

    #[test]
    fn all_colours_change_on_dark_pages() {
        let svg = page((40, 30), |area| {
            let line = [PAPER, INK, FAINT, MAIN, PALE, MARK].into_iter().chain(SERIES);
            line.enumerate().try_for_each(|(at, colour)| area.draw_pixel((at as i32, 1), &colour))
        })
        .unwrap();
        assert!(svg.starts_with("<svg width=\"40\" height=\"30\""), "{svg}");
        let (sheet, drawn) = svg.split_once("</style>").unwrap();
        for part in drawn.split("fill=\"").skip(1) {
            let colour = part.split('"').next().unwrap();
            assert!(sheet.contains(&format!("[fill=\"{colour}\"]")), "{colour}");
        }
    }
}
