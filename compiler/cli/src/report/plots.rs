//! The kinds of plots that a page has.

use crate::error::Error;
use crate::plot::{Area, FAINT, INK, MAIN, MARK, SERIES, number, page, plain, words};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

/// The size of a plot, in pixels: small enough for a telephone to show its letters.
const SIZE: (u32, u32) = (460, 300);

/// A scale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Axis {
    #[default]
    Linear,
    Log,
}

/// The axes of a plot, and what stands on it besides lines.
#[derive(Clone, Debug, Default)]
pub(super) struct Chart<'a> {
    pub(super) x: &'a str,
    pub(super) y: &'a str,
    pub(super) y_axis: Axis,
    /// The range of each axis; that of the points if it is not given.
    pub(super) x_range: Option<[f64; 2]>,
    pub(super) y_range: Option<[f64; 2]>,
    /// The place of a vertical line.
    pub(super) mark: Option<f64>,
    /// True if a line from corner to corner says what chance or perfection would be.
    pub(super) diagonal: bool,
    /// True if places between whole numbers have no meaning, as those between epochs.
    pub(super) whole: bool,
    /// True if a horizontal line lies at 0.
    pub(super) zero: bool,
    /// True if the names of lines stand at the lower corner, where curves leave room.
    pub(super) legend_below: bool,
}

/// The colour of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    Main,
    Mark,
    Pale,
    /// One of several that are told apart.
    Series(usize),
}

impl Ink {
    fn colour(self) -> RGBAColor {
        match self {
            Ink::Main => MAIN.mix(1.0),
            Ink::Mark => MARK.mix(1.0),
            Ink::Pale => MAIN.mix(0.5),
            Ink::Series(at) => SERIES[at % SERIES.len()].mix(1.0),
        }
    }
}

/// A line.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// The name in the legend; empty if it has none there.
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64)>,
    pub(super) ink: Ink,
}

/// One axis of a plot.
#[derive(Clone, Copy)]
struct Side<'a> {
    name: &'a str,
    range: [f64; 2],
    /// Returns the label of a place.
    label: &'a dyn Fn(&f64) -> String,
}

impl<'a> Side<'a> {
    /// Returns an axis of numbers.
    fn of(name: &'a str, range: [f64; 2]) -> Side<'a> {
        Side { name, range, label: &|x| number(*x) }
    }
}

type Failed<'b> = DrawingAreaErrorKind<<SVGBackend<'b> as DrawingBackend>::ErrorType>;
type Plot<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// Draws axes, their labels and a mesh.
fn axes<'a, 'b>(area: &'a Area<'b>, x: Side<'_>, y: Side<'_>) -> Result<Plot<'a, 'b>, Failed<'b>> {
    let ([left, right], [low, high]) = (x.range, y.range);
    let mut plot = ChartBuilder::on(area)
        .margin(10)
        .margin_right(18)
        .x_label_area_size(38)
        .y_label_area_size(58)
        .build_cartesian_2d(left..right, low..high)?;
    plain(&mut plot.configure_mesh(), [13, 14])
        .x_labels(7)
        .y_labels(6)
        .x_desc(x.name)
        .y_desc(y.name)
        .x_label_formatter(x.label)
        .y_label_formatter(y.label)
        .draw()?;
    Ok(plot)
}

/// Lines with more points show them by their bends alone.
const MOST_DOTS: usize = 30;

/// Draws lines. A logarithmic axis is a linear one of logarithms: that of the library never ends where numbers are very far apart.
pub(super) fn lines(chart: &Chart<'_>, series: &[Line]) -> Result<String, Error> {
    let given = |point: &(f64, f64)| match chart.y_axis {
        Axis::Linear => Some(*point),
        Axis::Log => (point.1 > 0.0).then(|| (point.0, point.1.log10())),
    };
    let points = |line: &Line| line.points.iter().filter_map(given).collect::<Vec<_>>();
    let drawn: Vec<Line> = series.iter().map(|line| Line { points: points(line), ..line.clone() }).collect();
    let all = || drawn.iter().flat_map(|line| &line.points);
    let [left, right] = chart.x_range.unwrap_or_else(|| range(all().map(|point| point.0), 0.0));
    let [low, high] = match (chart.y_range, chart.y_axis) {
        (Some(range), _) => range,
        (None, Axis::Linear) => range(all().map(|point| point.1), 0.05),
        // From one power of ten, which has a label, to another.
        (None, Axis::Log) => {
            let [low, high] = range(all().map(|point| point.1), 0.0);
            [low.floor(), high.ceil().max(low.floor() + 1.0)]
        }
    };
    page(SIZE, |area| {
        let x = |x: &f64| if chart.whole && x.fract() != 0.0 { String::new() } else { number(*x) };
        let y = |y: &f64| match chart.y_axis {
            // The sum of steps misses zero by its rounding.
            Axis::Linear if y.abs() < 1e-9 * (high - low) => "0".into(),
            Axis::Linear => number(*y),
            Axis::Log if y.fract() == 0.0 => number(10f64.powf(*y)),
            Axis::Log => String::new(),
        };
        let (x, y) = (
            Side { name: chart.x, range: [left, right], label: &x },
            Side { name: chart.y, range: [low, high], label: &y },
        );
        let mut plot = axes(area, x, y)?;
        if chart.diagonal {
            plot.draw_series(LineSeries::new([(left, low), (right, high)], FAINT.stroke_width(2)))?;
        }
        if let Some(mark) = chart.mark {
            plot.draw_series(LineSeries::new([(mark, low), (mark, high)], INK.mix(0.55).stroke_width(1)))?;
        }
        for line in &drawn {
            let colour = line.ink.colour();
            let points = || line.points.iter().map(|&(x, y)| (x, y.clamp(low, high)));
            let width = if line.ink == Ink::Pale { 1 } else { 2 };
            plot.draw_series(LineSeries::new(points(), colour.stroke_width(width)))?;
            if line.points.len() <= MOST_DOTS && line.ink != Ink::Pale {
                plot.draw_series(points().map(|point| Circle::new(point, 3, colour.filled())))?;
            }
        }
        legend(&plot, series, chart.legend_below)
    })
}

/// Writes the names of lines at a right corner, each in its colour.
fn legend<'b>(plot: &Plot<'_, 'b>, series: &[Line], below: bool) -> Result<(), Failed<'b>> {
    let area = plot.plotting_area().strip_coord_spec();
    let (width, height) = area.dim_in_pixel();
    let named = series.iter().filter(|line| !line.name.is_empty());
    let longest = named.clone().map(|line| line.name.chars().count()).max().unwrap_or(0) as i32;
    let left = width as i32 - 8 * longest - 28;
    let top = if below { height as i32 - 8 - 17 * named.clone().count() as i32 } else { 6 };
    for (at, line) in named.enumerate() {
        let (top, colour) = (top + 17 * at as i32, line.ink.colour());
        area.draw(&PathElement::new([(left, top + 6), (left + 16, top + 6)], colour.stroke_width(3)))?;
        area.draw(&Text::new(line.name.clone(), (left + 21, top), words(13)))?;
    }
    Ok(())
}

/// Draws points.
pub(super) fn dots(chart: &Chart<'_>, points: &[(f64, f64)]) -> Result<String, Error> {
    let [left, right] = chart.x_range.unwrap_or_else(|| range(points.iter().map(|point| point.0), 0.04));
    let [low, high] = chart.y_range.unwrap_or_else(|| range(points.iter().map(|point| point.1), 0.04));
    page(SIZE, |area| {
        let mut plot = axes(area, Side::of(chart.x, [left, right]), Side::of(chart.y, [low, high]))?;
        if chart.diagonal {
            plot.draw_series(LineSeries::new([(left, low), (right, high)], MARK.stroke_width(1)))?;
        }
        if chart.zero {
            plot.draw_series(LineSeries::new([(left, 0.0), (right, 0.0)], MARK.stroke_width(1)))?;
        }
        let ink = MAIN.mix(if points.len() > 300 { 0.4 } else { 0.7 });
        plot.draw_series(points.iter().map(|&point| Circle::new(point, 2, ink.filled())))?;
        Ok::<_, Failed<'_>>(())
    })
}

/// A bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bars {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) height: f64,
}

/// Draws bars.
pub(super) fn bars(x: &str, y: &str, bars: &[Bars]) -> Result<String, Error> {
    let [left, right] = range(bars.iter().flat_map(|bar| [bar.from, bar.to]), 0.0);
    let most = bars.iter().map(|bar| bar.height).fold(0.0, f64::max).max(1.0);
    page(SIZE, |area| {
        let mut plot = axes(area, Side::of(x, [left, right]), Side::of(y, [0.0, 1.05 * most]))?;
        let full = bars.iter().filter(|bar| bar.height > 0.0);
        plot.draw_series(full.map(|bar| {
            let gap = 0.06 * (bar.to - bar.from);
            Rectangle::new([(bar.from + gap, 0.0), (bar.to - gap, bar.height)], MAIN.filled())
        }))?;
        Ok::<_, Failed<'_>>(())
    })
}

/// Columns of a histogram over time: for each, its place and the share of each row.
#[derive(Clone, Debug)]
pub(super) struct Heat {
    pub(super) columns: Vec<(f64, Vec<f64>)>,
    /// The range of the rows together.
    pub(super) rows: [f64; 2],
}

/// The size of a small plot.
const SMALL: (u32, u32) = (300, 190);

/// Draws a histogram over time, darker where more is.
pub(super) fn heat(heat: &Heat, x: &str, label: &dyn Fn(&f64) -> String) -> Result<String, Error> {
    let [low, high] = heat.rows;
    let mut edges: Vec<f64> = heat.columns.windows(2).map(|pair| (pair[0].0 + pair[1].0) / 2.0).collect();
    let (first, last) = (
        heat.columns.first().map_or(0.0, |column| column.0),
        heat.columns.last().map_or(1.0, |column| column.0),
    );
    edges.insert(0, first - 0.5);
    edges.push(last + 0.5);
    page(SMALL, |area| {
        let mut plot = ChartBuilder::on(area)
            .margin(6)
            .margin_right(12)
            .x_label_area_size(32)
            .y_label_area_size(46)
            .build_cartesian_2d(edges[0]..edges[edges.len() - 1], low..high)?;
        plot.configure_mesh()
            .disable_mesh()
            .axis_style(INK)
            .label_style(words(12))
            .axis_desc_style(words(12))
            .x_labels(5)
            .y_labels(5)
            .x_desc(x)
            .x_label_formatter(&|x| number(*x))
            .y_label_formatter(&|y| label(y))
            .draw()?;
        for (at, (_, shares)) in heat.columns.iter().enumerate() {
            let most = shares.iter().copied().fold(0.0, f64::max);
            let step = (high - low) / shares.len().max(1) as f64;
            for (row, share) in shares.iter().enumerate().filter(|(_, share)| **share > 0.0) {
                let from = low + row as f64 * step;
                let ink = MAIN.mix(0.12 + 0.88 * share / most);
                plot.draw_series([Rectangle::new(
                    [(edges[at], from), (edges[at + 1], from + step)],
                    ink.filled(),
                )])?;
            }
        }
        Ok::<_, Failed<'_>>(())
    })
}

/// Numbers that are larger leave the page.
const FARTHEST: f64 = 1e100;

/// Returns the range of some values, with room on both sides.
pub(super) fn range(values: impl Iterator<Item = f64>, room: f64) -> [f64; 2] {
    let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in values.filter(|value| value.abs() < FARTHEST) {
        (least, most) = (least.min(value), most.max(value));
    }
    if least > most {
        return [0.0, 1.0];
    }
    let own = room * (most - least);
    if most - least < 1e-9 * most.abs().max(1e-12) {
        let half = if most == 0.0 { 0.5 } else { 0.5 * most.abs() };
        return [least - half, most + half];
    }
    [least - own, most + own]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(points: &[(f64, f64)]) -> Line {
        Line { name: "training".into(), points: points.to_vec(), ink: Ink::Main }
    }

    #[test]
    fn lines_have_axes_names_and_dots() {
        let chart = Chart { x: "epoch", y: "loss", mark: Some(2.0), ..Chart::default() };
        let svg = lines(&chart, &[line(&[(1.0, 2.0), (2.0, 1.0), (3.0, 1.5)])]).unwrap();
        for part in ["epoch", "loss", "training"] {
            assert!(svg.contains(&format!("\n{part}\n")), "{part}: {svg}");
        }
        assert_eq!(svg.matches("<circle").count(), 3);
    }

    #[test]
    fn odd_values_are_drawn() {
        for points in [vec![], vec![(1.0, 0.0)], vec![(1.0, 1e300), (2.0, -1e300)], vec![(1.0, 5.0); 3]] {
            for y_axis in [Axis::Linear, Axis::Log] {
                lines(&Chart { y_axis, ..Chart::default() }, &[line(&points)]).unwrap();
            }
        }
    }
}
