//! Charts: axes, lines, dots and labels.

use super::pixels::{Scale, pixels};
use super::{Anchor, Ink, Sheet};
use crate::Failure;
use plotters::coord::Shift;
use plotters::prelude::*;

/// A mark on a chart; places are in its coordinates.
#[derive(Clone, Debug)]
pub(crate) enum Mark {
    /// A line, with its name in the legend unless that is empty.
    Line { name: String, ink: Ink, width: u32, points: Vec<[f64; 2]> },
    /// A thin line beside others of its kind.
    Pale { ink: Ink, points: Vec<[f64; 2]> },
    /// Dots, with their name in the legend unless that is empty.
    Dots { name: String, ink: Ink, radius: u32, points: Vec<[f64; 2]> },
    /// Crosses, for readers who do not tell them from dots by their colour.
    Crosses { name: String, ink: Ink, points: Vec<[f64; 2]> },
    /// A label, some pixels to the right and below its place.
    Label { text: String, ink: Ink, at: [f64; 2], moved: [f64; 2], anchor: Anchor },
    /// Probabilities at the places of a grid with this width, row after row from above, behind everything else.
    Field { width: usize, numbers: Vec<f32> },
}

/// A chart in a rectangle of a sheet, given by its corner and size in pixels.
#[derive(Clone, Debug)]
pub(crate) struct Chart<'a> {
    pub(crate) at: [u32; 2],
    pub(crate) size: [u32; 2],
    pub(crate) title: &'a str,
    pub(crate) x: &'a str,
    pub(crate) y: &'a str,
    pub(crate) xs: [f64; 2],
    pub(crate) ys: [f64; 2],
    /// True if the vertical axis has the powers of ten; its range and places are logarithms then.
    pub(crate) powers: bool,
}

/// Room for the title and the legend, for labels at the left and below, and at the right, in pixels.
const HEAD: u32 = 46;
const LEFT: u32 = 56;
const FOOT: u32 = 40;
const RIGHT: u32 = 12;
/// The width of a letter, in pixels, as far as it can be known.
const LETTER: f64 = 7.0;

impl Chart<'_> {
    /// Returns the corner and the size of the plot itself.
    fn plot(&self) -> ([f64; 2], [f64; 2]) {
        let [width, height] = [self.size[0] - LEFT - RIGHT, self.size[1] - HEAD - FOOT].map(f64::from);
        ([f64::from(self.at[0] + LEFT), f64::from(self.at[1] + HEAD)], [width, height])
    }

    /// Returns the pixel of a place.
    pub(crate) fn pixel(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let (corner, size) = self.plot();
        let part = |at: f64, [low, high]: [f64; 2]| (at - low) / (high - low);
        [corner[0] + part(x, self.xs) * size[0], corner[1] + (1.0 - part(y, self.ys)) * size[1]]
    }

    /// Draws the chart.
    pub(crate) fn draw(&self, sheet: &mut Sheet, marks: &[Mark]) -> Result<(), Failure> {
        let (corner, size) = self.plot();
        for mark in marks {
            if let Mark::Field { width, numbers } = mark {
                pixels(sheet, corner, size[0] / *width as f64, *width, numbers, Scale::Classes);
            }
        }
        let drawn = self.axes_and_lines(sheet.size, marks)?;
        sheet.add(&drawn);
        sheet.title([corner[0], f64::from(self.at[1]) + 16.0], self.title);
        self.legend(sheet, marks);
        for mark in marks {
            if let Mark::Label { text, ink, at, moved, anchor } = mark {
                let [x, y] = self.pixel(*at);
                sheet.text([x + moved[0], y + moved[1]], *anchor, *ink, text);
            }
        }
        Ok(())
    }

    /// Draws what the library draws, and returns it without the frame of a file.
    fn axes_and_lines(&self, sheet: [u32; 2], marks: &[Mark]) -> Result<String, Failure> {
        let mut svg = String::new();
        {
            let page = SVGBackend::with_string(&mut svg, (sheet[0], sheet[1])).into_drawing_area();
            self.plotted(&page, marks).map_err(|cause| cause.to_string())?;
            page.present()?;
        }
        let inner = svg.split_once(">\n").and_then(|(_, rest)| rest.rsplit_once("</svg>"));
        Ok(inner.map(|(inner, _)| lean(inner)).unwrap_or_default())
    }

    fn plotted<'b>(
        &self,
        page: &DrawingArea<SVGBackend<'b>, Shift>,
        marks: &[Mark],
    ) -> Result<(), DrawingAreaErrorKind<<SVGBackend<'b> as DrawingBackend>::ErrorType>> {
        let (at, size) = (self.at, self.size);
        let area = page.clone().shrink((at[0], at[1] + HEAD), (size[0] - RIGHT, size[1] - HEAD));
        let mut plot = ChartBuilder::on(&area)
            .x_label_area_size(FOOT)
            .y_label_area_size(LEFT)
            .build_cartesian_2d(self.xs[0]..self.xs[1], self.ys[0]..self.ys[1])?;
        let words = |size: u32| ("sans-serif", size).into_font().color(&colour(Ink::Text));
        let power = |y: &f64| if y.fract() == 0.0 { format!("1e{y}") } else { String::new() };
        let label = |y: &f64| if self.powers { power(y) } else { number(*y) };
        let is_field = marks.iter().any(|mark| matches!(mark, Mark::Field { .. }));
        let grid = if is_field { TRANSPARENT } else { colour(Ink::Faint).mix(1.0) };
        plot.configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(grid)
            .axis_style(colour(Ink::Text))
            .label_style(words(12))
            .axis_desc_style(words(13))
            .x_labels(6)
            .y_labels(5)
            .x_desc(self.x)
            .y_desc(self.y)
            .x_label_formatter(&|x| number(*x))
            .y_label_formatter(&label)
            .draw()?;
        let inside = |[x, y]: [f64; 2]| (x, y.clamp(self.ys[0].min(self.ys[1]), self.ys[1].max(self.ys[0])));
        for mark in marks {
            match mark {
                Mark::Line { ink, width, points, .. } => {
                    let style = colour(*ink).stroke_width(*width);
                    plot.draw_series(LineSeries::new(points.iter().map(|at| inside(*at)), style))?;
                }
                Mark::Pale { ink, points } => {
                    let style = colour(*ink).mix(0.45).stroke_width(1);
                    plot.draw_series(LineSeries::new(points.iter().map(|at| inside(*at)), style))?;
                }
                Mark::Dots { ink, radius, points, .. } => {
                    let dot = |at: &[f64; 2]| Circle::new(inside(*at), *radius, colour(*ink).filled());
                    plot.draw_series(points.iter().map(dot))?;
                }
                Mark::Crosses { ink, points, .. } => {
                    let cross = |at: &[f64; 2]| Cross::new(inside(*at), 3, colour(*ink).stroke_width(2));
                    plot.draw_series(points.iter().map(cross))?;
                }
                Mark::Label { .. } | Mark::Field { .. } => {}
            }
        }
        Ok(())
    }

    /// Writes the names of lines and dots above the plot, each after a sample of it.
    fn legend(&self, sheet: &mut Sheet, marks: &[Mark]) {
        let [mut left, top] = [self.plot().0[0], f64::from(self.at[1] + HEAD) - 9.0];
        for mark in marks {
            let (name, ink) = match mark {
                Mark::Line { name, ink, .. }
                | Mark::Dots { name, ink, .. }
                | Mark::Crosses { name, ink, .. } => (name, *ink),
                Mark::Pale { .. } | Mark::Label { .. } | Mark::Field { .. } => continue,
            };
            if name.is_empty() {
                continue;
            }
            let middle = top - 4.0;
            match mark {
                Mark::Line { .. } => sheet.line([left, middle], [left + 16.0, middle], ink, 3.0),
                Mark::Crosses { .. } => {
                    sheet.line([left + 5.0, middle - 3.0], [left + 11.0, middle + 3.0], ink, 2.0);
                    sheet.line([left + 5.0, middle + 3.0], [left + 11.0, middle - 3.0], ink, 2.0);
                }
                _ => sheet.bar([left + 5.0, middle - 3.0], [6.0, 6.0], ink),
            }
            sheet.text([left + 21.0, top], Anchor::Start, Ink::Text, name);
            left += 21.0 + LETTER * name.chars().count() as f64 + 12.0;
        }
    }
}

fn colour(ink: Ink) -> RGBColor {
    let [_, r, g, b] = ink.rgb().to_be_bytes();
    RGBColor(r, g, b)
}

/// Writes a number of an axis with as many digits as it needs.
fn number(x: f64) -> String {
    let rounded: f64 = format!("{x:.3e}").parse().unwrap_or(x);
    // Sums of steps miss zero by their rounding.
    if rounded.abs() < 1e-9 { "0".into() } else { rounded.to_string() }
}

/// Leaves out attributes that say what is usual, and those that the whole picture has.
fn lean(svg: &str) -> String {
    svg.replace(" opacity=\"1\"", "")
        .replace(" font-family=\"sans-serif\"", "")
        .replace(" stroke-width=\"1\"", "")
}
