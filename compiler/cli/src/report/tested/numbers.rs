//! Numbers: errors, scatter and residuals.

use super::super::facts::{Array, Facts};
use super::super::page::{Page, escaped, percent, short};
use super::super::plots::{Bars, Chart, bars, dots, range};
use super::super::statistics::{Errors, Interval, bootstrap};
use super::super::words::{Said, Tone};
use super::{Measure, Table, Tested, class_names, heading, masks, measures, mistakes};
use crate::error::Error;

/// Outputs that have plots, and a row in the table.
const PLOTTED: usize = 3;
const ROWS: usize = 24;
/// Dots of a plot.
const DOTS: usize = 1500;

pub(super) fn write(facts: &Facts, page: &mut Page, html: &mut String) -> Result<Tested, Error> {
    let mut tested = Tested::default();
    if let (Some(outputs), Some(targets)) = (facts.numbers("test.outputs"), facts.numbers("test.targets")) {
        tested = errors(&outputs, &targets, facts, page, html)?;
    } else if let Some(errors) = facts.numbers("test.errors") {
        tested.measures = of_samples(&errors.numbers, page, html)?;
    }
    *html += &masks::images(facts, page);
    *html += &mistakes::write(facts, page, &|sample| explained(facts, sample));
    Ok(tested)
}

fn errors(
    outputs: &Array<f32>,
    targets: &Array<f32>,
    facts: &Facts,
    page: &mut Page,
    html: &mut String,
) -> Result<Tested, Error> {
    let count = outputs.shape.get(1).copied().unwrap_or(1).max(1);
    let samples = outputs.numbers.len() / count;
    if samples == 0 {
        return Ok(Tested::default());
    }
    let names = class_names(&facts.list("test.classes"), count);
    let pairs = |output: usize| {
        let numbers = outputs.numbers.iter().skip(output).step_by(count);
        numbers
            .zip(targets.numbers.iter().skip(output).step_by(count))
            .map(|(y, t)| [f64::from(*y), f64::from(*t)])
    };
    let shown = count.min(ROWS);
    let each: Vec<Errors> = (0..count).map(|output| Errors::new(pairs(output))).collect();
    let known = [
        ("mean absolute error", false),
        ("root mean square error", false),
        ("R², share of variance explained", false),
        ("mean error (bias)", false),
    ];
    let intervals = bootstrap(samples, 10 * count, |counts| {
        let all: Vec<[f64; 4]> = each.iter().map(|errors| errors.all(counts)).collect();
        (0..4).map(|at| all.iter().map(|errors| errors[at]).sum::<f64>() / all.len() as f64).collect()
    });
    let all = Measure::of(&known, intervals);
    *html += &measures(&all);
    let each = (shown > 1).then(|| {
        let everything = vec![1; samples];
        let row = |output: usize| {
            let own = each[output].all(&everything);
            std::iter::once(names[output].clone()).chain(own.map(short)).collect::<Vec<String>>()
        };
        let header = vec!["output", "mean absolute error", "root mean square error", "R²", "bias"];
        Table { header, rows: (0..shown).map(row).collect() }
    });
    if let Some(each) = &each {
        *html += &heading("Each output");
        *html += &each.html();
    }
    *html += "<div class=\"plots\">\n";
    for (output, name) in names.iter().enumerate().take(shown.min(PLOTTED)) {
        let all: Vec<[f64; 2]> = pairs(output).filter(|pair| pair.iter().all(|x| x.is_finite())).collect();
        let step = all.len().div_ceil(DOTS).max(1);
        let some = || all.iter().step_by(step);
        let title = |what: &str| match count {
            1 => what.to_string(),
            _ => format!("{what}, output {name}"),
        };
        let both = range(some().flatten().copied(), 0.04);
        let chart = Chart {
            x: "target",
            y: "output",
            x_range: Some(both),
            y_range: Some(both),
            diagonal: true,
            ..Chart::default()
        };
        let points: Vec<(f64, f64)> = some().map(|pair| (pair[1], pair[0])).collect();
        let part = if step > 1 { format!(" Every {step}th sample is shown.") } else { String::new() };
        let caption = format!("On the diagonal, outputs are right.{part}");
        *html += &page.plot(
            &format!("scatter{output}.svg"),
            &dots(&chart, &points)?,
            &escaped(&title("Output and target")),
            &caption,
        );
        let residuals: Vec<f64> = all.iter().map(|pair| pair[0] - pair[1]).collect();
        let [low, high] = range(some().map(|pair| pair[0] - pair[1]), 0.06);
        let most = low.abs().max(high.abs());
        let chart = Chart {
            x: "output",
            y: "output − target",
            y_range: Some([-most, most]),
            zero: true,
            ..Chart::default()
        };
        let points: Vec<(f64, f64)> = some().map(|pair| (pair[0], pair[0] - pair[1])).collect();
        let caption = "A shape in them is something that the network has not learned; a funnel is noise that grows with the output.";
        *html += &page.plot(
            &format!("residuals{output}.svg"),
            &dots(&chart, &points)?,
            &escaped(&title("Residuals")),
            caption,
        );
        *html += &page.plot(
            &format!("errors{output}.svg"),
            &bars("output − target", "samples", &histogram(&residuals))?,
            &escaped(&title("Residuals by size")),
            "",
        );
    }
    *html += "</div>\n";
    Ok(Tested { said: said(&all, samples), measures: all, each })
}

fn said(all: &[Measure], samples: usize) -> Vec<Said> {
    let find = |name: &str| all.iter().find(|measure| measure.name.starts_with(name));
    let mut said = vec![];
    if let Some(r2) = find("R²") {
        let Interval { value, low, .. } = r2.interval;
        let numbers = format!(
            "On {samples} samples it explains {} of the variance; the 95 % interval of R² is {}.",
            percent(value),
            r2.range()
        );
        if value <= 0.0 {
            said.push(Said::new(
                Tone::Bad,
                "It is no better than the mean",
                numbers,
                "Look at the rate, the scaling of inputs and targets, and whether these belong together.",
            ));
        } else if r2.interval.width() > 0.2 || low <= 0.0 {
            said.push(Said::new(
                Tone::Warn,
                "There are too few samples to tell",
                numbers,
                "More test samples, or `folds`, make the interval narrower.",
            ));
        } else {
            said.push(Said::new(Tone::Good, "Its error is known well", numbers, ""));
        }
    }
    if let (Some(bias), Some(rmse)) = (find("mean error"), find("root"))
        && bias.interval.low * bias.interval.high > 0.0
        && bias.interval.value.abs() > 0.25 * rmse.interval.value
    {
        said.push(Said::new(
            Tone::Warn,
            "Its outputs are off to one side",
            format!("The mean error is {} ({}).", short(bias.interval.value), bias.range()),
            "The samples may be from elsewhere than those to train with, or the loss may weigh one side more.",
        ));
    }
    said
}

/// Measures outputs of which only each sample's error is known, and draws these as a histogram.
fn of_samples(errors: &[f32], page: &mut Page, html: &mut String) -> Result<Vec<Measure>, Error> {
    let errors: Vec<f64> = errors.iter().map(|error| f64::from(*error)).collect();
    let intervals = bootstrap(errors.len(), 2, |counts| {
        let sum: f64 = errors.iter().zip(counts).map(|(error, count)| error * f64::from(*count)).sum();
        vec![(sum / errors.len() as f64).sqrt()]
    });
    let all = Measure::of(&[("root mean square error", false)], intervals);
    let svg = bars("mean square error of a sample", "samples", &histogram(&errors))?;
    let plot = page.plot("sample_errors.svg", &svg, "Errors of samples", "");
    *html += &format!("{}<div class=\"plots\">\n{plot}</div>\n", measures(&all));
    Ok(all)
}

/// Returns a histogram of about as many bars as the square root of the numbers.
pub(super) fn histogram(numbers: &[f64]) -> Vec<Bars> {
    let finite: Vec<f64> = numbers.iter().copied().filter(|x| x.is_finite()).collect();
    let count = (finite.len() as f64).sqrt().ceil().clamp(5.0, 40.0) as usize;
    let [low, high] = range(finite.iter().copied(), 0.0);
    let width = (high - low) / count as f64;
    let mut heights = vec![0.0; count];
    finite.iter().for_each(|x| heights[(((x - low) / width) as usize).min(count - 1)] += 1.0);
    let bar = |(at, height): (usize, f64)| Bars {
        from: low + at as f64 * width,
        to: low + (at + 1) as f64 * width,
        height,
    };
    heights.into_iter().enumerate().map(bar).collect()
}

/// Describes the outputs of a sample and what they should be.
fn explained(facts: &Facts, sample: usize) -> String {
    let (Some(outputs), Some(targets)) = (facts.numbers("test.outputs"), facts.numbers("test.targets"))
    else {
        return match facts.numbers("test.errors").and_then(|errors| errors.numbers.get(sample).copied()) {
            Some(error) => format!("mean square error <b>{}</b>", short(f64::from(error))),
            None => String::new(),
        };
    };
    let count = outputs.shape.get(1).copied().unwrap_or(1).max(1);
    let row = |array: &Array<f32>| {
        array.numbers.get(sample * count..(sample + 1) * count).unwrap_or_default().to_vec()
    };
    let (row, wanted) = (row(&outputs), row(&targets));
    if count > 3 {
        let square: f64 =
            row.iter().zip(&wanted).map(|(y, t)| f64::from(y - t).powi(2)).sum::<f64>() / count as f64;
        return format!("mean square error <b>{}</b>", short(square));
    }
    let write = |row: &[f32]| row.iter().map(|x| short(f64::from(*x))).collect::<Vec<_>>().join(", ");
    format!("is <b>{}</b>, taken for <b>{}</b>", write(&wanted), write(&row))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_a_bar() {
        let bars = histogram(&[0.0, 1.0, 2.0, 2.0, f64::NAN]);
        assert_eq!(bars.iter().map(|bar| bar.height).sum::<f64>(), 4.0);
        assert_eq!(bars[bars.len() - 1].height, 2.0);
        assert_eq!(histogram(&[]).iter().map(|bar| bar.height).sum::<f64>(), 0.0);
    }
}
