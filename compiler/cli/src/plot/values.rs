//! The plot of a search: for each range, the result over the value.

use super::paper::{MAIN, MARK, PALE, number, page, plain, words};
use crate::error::Error;
use plotters::coord::ranged1d::{AsRangedCoord, ValueFormatter};
use plotters::prelude::*;

/// The values of one range and the results.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Panel {
    /// The range's name.
    pub(crate) name: String,
    pub(crate) scale: Scale,
    pub(crate) dots: Vec<Dot>,
}

/// The axis of values.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Scale {
    Linear(f64, f64),
    Log(f64, f64),
    /// Names of values that have no order; those of dots are their numbers.
    Names(Vec<String>),
}

/// A candidate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Dot {
    pub(crate) value: f64,
    pub(crate) result: f64,
    pub(crate) rank: Rank,
}

/// The part of the search that a candidate has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    LeftOut,
    Last,
    Best,
}

const WIDTH: u32 = 400;
const HEIGHT: u32 = 300;
const HEAD: u32 = 30;
const COLUMNS: usize = 2;

/// Draws a panel for each range, on one axis of results.
pub(crate) fn values(title: &str, result: &str, panels: &[Panel]) -> Result<String, Error> {
    let columns = panels.len().clamp(1, COLUMNS);
    let rows = panels.len().div_ceil(columns).max(1);
    let results = range(panels.iter().flat_map(|panel| &panel.dots).map(|dot| dot.result));
    page((WIDTH * columns as u32, HEIGHT * rows as u32 + HEAD), |area| {
        let (head, body) = area.split_vertically(HEAD);
        head.draw(&Text::new(title.to_string(), (16, 10), words(17)))?;
        for (panel, area) in panels.iter().zip(body.split_evenly((rows, columns))) {
            let draw = Draw { area: &area, panel, result, results };
            match &panel.scale {
                Scale::Log(low, high) => {
                    draw.on((*low..*high).log_scale(), 5, &|value| format!("{value:.0e}"))?;
                }
                Scale::Linear(low, high) => draw.on(*low..*high, 5, &|value| number(*value))?,
                Scale::Names(names) => {
                    // Labels stand where the names do, not between them.
                    let label = |value: &f64| match (value.fract() == 0.0, names.get(*value as usize)) {
                        (true, Some(name)) if *value >= 0.0 => short(name),
                        _ => String::new(),
                    };
                    draw.on(-1.0..names.len() as f64, names.len() + 2, &label)?;
                }
            }
        }
        Ok::<_, DrawingAreaErrorKind<_>>(())
    })
}

/// Everything that a panel shows.
struct Draw<'a, 'b> {
    area: &'a super::paper::Area<'b>,
    panel: &'a Panel,
    result: &'a str,
    results: [f64; 2],
}

impl<'b> Draw<'_, 'b> {
    fn on<X>(
        &self,
        axis: X,
        labels: usize,
        label: &dyn Fn(&f64) -> String,
    ) -> Result<(), DrawingAreaErrorKind<<SVGBackend<'b> as DrawingBackend>::ErrorType>>
    where
        X: AsRangedCoord<Value = f64>,
        X::CoordDescType: ValueFormatter<f64>,
    {
        let [bottom, top] = self.results;
        let mut chart = ChartBuilder::on(self.area)
            .margin(12)
            .x_label_area_size(42)
            .y_label_area_size(60)
            .build_cartesian_2d::<X, std::ops::Range<f64>>(axis, bottom..top)?;
        plain(&mut chart.configure_mesh(), [12, 14])
            .x_labels(labels)
            .y_labels(5)
            .x_desc(&self.panel.name)
            .y_desc(self.result)
            .x_label_formatter(&label)
            .y_label_formatter(&|result| number(*result))
            .draw()?;
        let mut dots = self.panel.dots.clone();
        // The best stand above the others.
        dots.sort_by_key(|dot| dot.rank);
        chart.draw_series(dots.iter().map(|dot| {
            let (size, colour) = match dot.rank {
                Rank::LeftOut => (3, PALE),
                Rank::Last => (4, MAIN),
                Rank::Best => (6, MARK),
            };
            Circle::new((dot.value, dot.result.clamp(bottom, top)), size, colour.filled())
        }))?;
        Ok(())
    }
}

/// Returns the range of results to show: the better three quarters of them decide it, since a few may be far off.
fn range(results: impl Iterator<Item = f64>) -> [f64; 2] {
    let mut results: Vec<f64> = results.filter(|result| result.is_finite()).collect();
    results.sort_by(f64::total_cmp);
    let (Some(&least), Some(&most)) = (results.first(), results.last()) else { return [0.0, 1.0] };
    let at = |part: f64| results[((results.len() - 1) as f64 * part) as usize];
    let spread = (at(0.75) - at(0.25)).max(1e-9 * at(0.75).abs()).max(f64::MIN_POSITIVE);
    let [low, high] = [least.max(at(0.25) - 3.0 * spread), most.min(at(0.75) + 3.0 * spread)];
    let room = 0.06 * (high - low).max(1e-3 * high.abs()).max(1e-9);
    [low - room, high + room]
}

/// Shortens a name to what stands below an axis.
fn short(name: &str) -> String {
    const MOST: usize = 14;
    match name.chars().count() {
        0..=MOST => name.into(),
        _ => name.chars().take(MOST - 1).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dots(values: &[f64]) -> Vec<Dot> {
        let ranks = [Rank::Best, Rank::Last, Rank::LeftOut];
        let dot = |(at, &value): (usize, &f64)| Dot { value, result: 0.1 + at as f64, rank: ranks[at % 3] };
        values.iter().enumerate().map(dot).collect()
    }

    #[test]
    fn each_range_has_a_panel() {
        let panels = [
            Panel { name: "lr".into(), scale: Scale::Log(1e-4, 1e-1), dots: dots(&[1e-3, 1e-2, 5e-2]) },
            Panel { name: "p".into(), scale: Scale::Linear(0.0, 0.5), dots: dots(&[0.1]) },
            Panel {
                name: "optimizer".into(),
                scale: Scale::Names(vec!["sgd".into(), "adam(lr=1e-3, beta1=0.8)".into()]),
                dots: dots(&[0.0, 1.0, 1.0]),
            },
        ];
        let svg = values("LeNet5", "val_loss", &panels).unwrap();
        for part in ["lr", "optimizer", "val_loss", "sgd", "adam(lr=1e-3,…", "1e-3"] {
            assert!(svg.contains(&format!("\n{part}\n")), "{part}: {svg}");
        }
        assert_eq!(svg.matches("<circle").count(), 7);
    }

    #[test]
    fn odd_results_are_drawn() {
        for results in [vec![], vec![0.0], vec![f64::NAN], vec![1.0, 1.0], vec![0.5, 0.6, 1e30]] {
            let dot = |&result: &f64| Dot { value: 0.5, result, rank: Rank::Last };
            let dots = results.iter().filter(|result| result.is_finite()).map(dot).collect();
            values("N", "val_loss", &[Panel { name: "p".into(), scale: Scale::Linear(0.0, 1.0), dots }])
                .unwrap();
        }
        let [low, high] = range([0.5, 0.6, 0.55, 0.52, 1e30].into_iter());
        assert!(low < 0.5 && high < 1.0, "one that is far off decides nothing: {low} {high}");
        values("N", "val_loss", &[]).unwrap();
    }
}
