//! The plot of a metric on changed samples: a panel for each change.

use super::paper::{MAIN, MARK, number, page, plain, words};
use crate::error::Error;
use plotters::prelude::*;

/// A metric over the amounts of a change.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Curve {
    pub(crate) name: String,
    /// The unit of the amounts.
    pub(crate) unit: &'static str,
    /// The amount that changes nothing, if there is one.
    pub(crate) without: Option<f64>,
    /// Amounts and the metric at each.
    pub(crate) points: Vec<[f64; 2]>,
}

const WIDTH: u32 = 300;
const HEIGHT: u32 = 240;
const HEAD: u32 = 34;
const COLUMNS: usize = 4;

/// Draws a panel for each change, on one axis of the metric, and in each the metric of unchanged samples.
pub(crate) fn curves(title: &str, metric: &str, unchanged: f64, curves: &[Curve]) -> Result<String, Error> {
    let columns = curves.len().clamp(1, COLUMNS);
    let rows = curves.len().div_ceil(columns).max(1);
    let all = || {
        let points = curves.iter().flat_map(|curve| &curve.points).map(|point| point[1]);
        points.chain([unchanged]).filter(|x| x.is_finite())
    };
    let (low, high) = (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
    let (low, high) = if low <= high { (low, high) } else { (0.0, 1.0) };
    let room = 0.08 * (high - low).max(1e-3 * high.abs()).max(1e-9);
    let range = (low - room)..(high + room);
    page((WIDTH * columns as u32, HEIGHT * rows as u32 + HEAD), |area| {
        let (head, body) = area.split_vertically(HEAD);
        head.draw(&Text::new(title.to_string(), (16, 12), words(17)))?;
        for (curve, area) in curves.iter().zip(body.split_evenly((rows, columns))) {
            let mut points: Vec<(f64, f64)> = curve.points.iter().map(|[x, y]| (*x, *y)).collect();
            points.extend(curve.without.map(|x| (x, unchanged)));
            points.retain(|(_, y)| y.is_finite());
            points.sort_by(|(a, _), (b, _)| a.total_cmp(b));
            let [first, last] = [points.first(), points.last()].map(|end| end.map_or(0.0, |(x, _)| *x));
            let margin = 0.04 * (last - first).max(1e-6);
            let mut chart = ChartBuilder::on(&area)
                .caption(&curve.name, words(15))
                .margin(10)
                .x_label_area_size(40)
                .y_label_area_size(56)
                .build_cartesian_2d((first - margin)..(last + margin), range.clone())?;
            plain(&mut chart.configure_mesh(), [12, 13])
                .x_labels(6)
                .y_labels(5)
                .x_desc(curve.unit)
                .y_desc(metric)
                .x_label_formatter(&|x| number(*x))
                .y_label_formatter(&|y| number(*y))
                .draw()?;
            let ends = [(first - margin, unchanged), (last + margin, unchanged)];
            if unchanged.is_finite() {
                chart.draw_series(DashedLineSeries::new(ends, 5, 4, MARK.stroke_width(2)))?;
            }
            chart.draw_series(LineSeries::new(points.iter().copied(), MAIN.stroke_width(2)))?;
            chart.draw_series(points.iter().map(|point| Circle::new(*point, 3, MAIN.filled())))?;
        }
        Ok::<_, DrawingAreaErrorKind<_>>(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_has_a_panel() {
        let curve = |name: &str, points: &[[f64; 2]]| Curve {
            name: name.into(),
            unit: "factor",
            without: Some(1.0),
            points: points.to_vec(),
        };
        let all = [curve("gamma", &[[0.5, 0.25], [2.0, 0.5]]), curve("noise", &[])];
        let svg = curves("LeNet5 on changed samples", "accuracy", 0.75, &all).unwrap();
        for part in
            ["LeNet5 on changed samples", "gamma", "noise", "factor", "accuracy", "prefers-color-scheme"]
        {
            assert!(svg.contains(part), "{part}: {svg}");
        }
        // Points of the curve, the unchanged one included.
        assert_eq!(svg.matches("<circle").count(), 4);
        curves("nothing", "loss", f64::NAN, &[]).unwrap();
        curves("NaN", "loss", f64::NAN, &all).unwrap();
    }
}
