//! The learning-rate range test: a training at rates that rise from step to step, of which nothing is kept but the losses
//! (Smith: *Cyclical Learning Rates for Training Neural Networks*, 2017).

mod curve;

use super::{Output, args, check_log, interface, prepared, settings, table};
use curve::{Curve, Found, Rule};
use indicatif::{ProgressBar, ProgressStyle};
use netwright::__app::files;
use netwright::app::App;
use netwright::data::Dataset;
use netwright::metrics::Metrics;
use netwright::schedule::{Course, Schedule};
use netwright::state::Snapshot;
use netwright::train::Recipe;
use netwright::train::{Epoch, Error, Log, Moment, Saver, State};
use std::io::{self, IsTerminal, Write, stderr};
use std::path::Path;

/// The most lines of the table.
const LINES: usize = 20;
/// The length of the bar of the highest loss before the lowest, and of the longest bar.
const BAR: usize = 32;
const LONGEST: f64 = 40.0;

pub(super) fn run<A: App>(options: &args::Lr, out: &mut Output) -> Result<(), Error> {
    check(options)?;
    let log = options.log.as_ref().zip(check_log(options.log.as_ref())?);
    let Prepared { params, training, nothing, recipe } = prepare::<A>(options)?;
    if let Some(text) = settings::told() {
        out.say(&text);
    }
    let [from, to] = options.rates;
    let (name, samples, steps) = (A::NAME, training.len(), options.steps);
    let range = format!("from {} to {}", short(from), short(to));
    out.say(&format!("{name}: {samples} samples to train with, {steps} steps at rates {range}"));
    let mut recorder = Recorder::new(&recipe, options.steps);
    let done = A::train(&recipe, params, &training, &nothing, &mut recorder);
    let curve = recorder.finish();
    match done {
        // The test has all of its steps, or the loss has diverged.
        Ok(_) | Err(Error::Ended) => {}
        Err(error) => return Err(error),
    }
    Some(lines(&curve)).filter(|text| !text.is_empty()).into_iter().for_each(|text| out.say(&text));
    out.say(&ending(&curve, options));
    let found = curve.found();
    out.say(&match &found {
        Some(found) => suggestion(*found),
        None => format!("no suggestion: the loss falls at no rate {range}"),
    });
    if let Some((file, destination)) = log {
        let failed = |source| Error::Log { file: file.clone(), source };
        let mut log = files::open(file, &destination).map_err(failed)?;
        match write(&mut log, &curve, found) {
            // A reader who has seen enough and is gone is no error.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(failed(error)),
            _ => {}
        }
    }
    Ok(())
}

fn check(options: &args::Lr) -> Result<(), Error> {
    let [from, to] = options.rates;
    let choice = |option, reason: &str| Err(Error::Choice { option, reason: reason.into() });
    if !(from > 0.0 && (from as f32) > 0.0 && from.is_finite()) {
        return choice("--from", "the first rate is a number above 0");
    }
    if !(to > from && (to as f32).is_finite()) {
        return choice("--to", "the last rate is a number above the first, up to 3.4e38");
    }
    if options.steps < curve::LEAST_STEPS {
        return choice("--steps", &format!("a curve needs at least {} steps", curve::LEAST_STEPS));
    }
    Ok(())
}

/// Everything that the test needs.
struct Prepared<P> {
    params: P,
    training: Dataset,
    /// Samples to measure with: none.
    nothing: Dataset,
    recipe: Recipe,
}

fn prepare<A: App>(options: &args::Lr) -> Result<Prepared<A::Params>, Error> {
    let root: &Path = &options.data_root;
    let recipe = A::recipe();
    let recipe = Recipe { seed: options.seed.unwrap_or(recipe.seed), ..recipe };
    // Of folds the first is as good as any.
    let first = recipe.folds().next();
    let recipe = first.unwrap_or(recipe);
    let mut params = A::init(recipe.seed);
    let all = Dataset::training(&recipe.source(), root, &interface::<A>())?;
    let (mut training, mut nothing) = prepared::split(all, &recipe, root)?;
    nothing.truncate(0);
    if let Some(limit) = options.limit {
        training.truncate(limit);
    }
    let (normalization, _) = training.measured(recipe.scaling)?;
    prepared::scale(&mut training, &recipe, &normalization);
    prepared::start(&mut params, &recipe, root)?;
    let [from, to] = options.rates;
    let steps = options.steps;
    let schedule = Schedule { warmup: 0.0, course: Course::Geometric { last: to / from, steps } };
    // An epoch has a step at least.
    let recipe = Recipe { epochs: steps, rate: from, schedule, stop: None, metrics: Metrics::NONE, ..recipe };
    Ok(Prepared { params, training, nothing, recipe })
}

/// Listener that notes the loss of each step, and ends the training.
struct Recorder<'a> {
    recipe: &'a Recipe,
    steps: usize,
    curve: Curve,
    bar: Option<ProgressBar>,
}

impl Recorder<'_> {
    fn new(recipe: &Recipe, steps: usize) -> Recorder<'_> {
        let bar = stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{pos:>9} {bar:32} {percent:>3}% {msg}");
            let style = style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━╸─");
            ProgressBar::new(steps as u64).with_style(style)
        });
        Recorder { recipe, steps, curve: Curve::default(), bar }
    }

    fn finish(self) -> Curve {
        self.bar.iter().for_each(ProgressBar::finish_and_clear);
        self.curve
    }
}

impl Log for Recorder<'_> {
    fn begin(&mut self, _: usize, _: usize, _: usize) {}

    fn step(&mut self, _: f64) {
        self.bar.iter().for_each(|bar| bar.inc(1));
    }

    fn end(&mut self, _: &Epoch) {}

    fn saver(&mut self) -> Option<&mut dyn Saver> {
        Some(self)
    }
}

impl Saver for Recorder<'_> {
    fn stored(&mut self) -> Option<Snapshot> {
        None
    }

    fn note(&mut self, moment: Moment, state: &State<'_>) -> Result<Option<String>, Error> {
        // A step that has diverged is not counted.
        let at = match moment {
            Moment::Step => state.step - 1,
            Moment::Diverged => state.step,
            Moment::Epoch | Moment::Last => return Ok(None),
        };
        let rate = self.recipe.rate(at, 1);
        let diverged = self.curve.push(f64::from(rate), f64::from(state.loss));
        if diverged || self.curve.points.len() >= self.steps { Err(Error::Ended) } else { Ok(None) }
    }
}

/// Returns a table of some of the steps, with a bar for each loss.
fn lines(curve: &Curve) -> String {
    let points = &curve.points;
    if points.is_empty() {
        return String::new();
    }
    let every = points.len().div_ceil(LINES).max(1);
    let shown: Vec<_> = points.iter().skip((points.len() - 1) % every).step_by(every).collect();
    let smoothed = || shown.iter().map(|point| point.smoothed);
    // Losses are at least 0, as a rule; then a bar is as long as its loss. One that has diverged is cut off.
    let (zero, most) = (smoothed().fold(0.0, f64::min), curve.most_before_lowest());
    let bar =
        |x: f64| "█".repeat(((x - zero) / (most - zero) * BAR as f64).round().clamp(0.0, LONGEST) as usize);
    let head = ["rate", "loss", "smoothed"].map(String::from).to_vec();
    let rows = shown.iter().map(|point| {
        vec![format!("{:.1e}", point.rate), format!("{:.4}", point.loss), format!("{:.4}", point.smoothed)]
    });
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(rows).collect();
    let bars = std::iter::once(String::new()).chain(smoothed().map(bar));
    let text = table(&rows);
    let lines = text.lines().zip(bars).map(|(line, bar)| format!("{line}  {bar}").trim_end().to_string());
    lines.collect::<Vec<_>>().join("\n")
}

/// Writes a rate that is given, not found.
fn short(rate: f64) -> String {
    if (1e-3..1e4).contains(&rate) { rate.to_string() } else { format!("{rate:e}") }
}

/// Says why the test has ended.
fn ending(curve: &Curve, options: &args::Lr) -> String {
    let (count, last) = (curve.points.len(), curve.points.last());
    match (curve.broken, last) {
        (Some(rate), _) => format!("the loss is NaN or infinite at rate {rate:.1e}, in step {}", count + 1),
        (None, Some(last)) if count < options.steps => {
            format!("the loss has diverged at rate {:.1e}, in step {count}", last.rate)
        }
        _ => format!("all {count} steps are done"),
    }
}

/// States the suggestion and its rule.
fn suggestion(found: Found) -> String {
    let (rate, rule) = found.suggestion();
    let steepest = format!("falls fastest at {:.1e}", found.steepest);
    let limit = match found.limit {
        Some(limit) => format!("has lost half of its fall at {limit:.1e}"),
        None => "does not rise again".into(),
    };
    let rule = match rule {
        Rule::Steepest => {
            "the rate of the steepest fall, which is below a tenth of the rate where the loss rises"
        }
        Rule::Tenth => {
            "a tenth of the rate where the loss rises, which is below the rate of the steepest fall"
        }
    };
    let rule = if found.limit.is_none() { "the rate of the steepest fall" } else { rule };
    format!("the smoothed loss {steepest} and {limit}\nsuggestion: lr={rate:.1e} ({rule})")
}

/// Writes the log for programs: a line of JSON for each step, and one for the suggestion.
fn write(log: &mut dyn Write, curve: &Curve, found: Option<Found>) -> io::Result<()> {
    for (at, point) in curve.points.iter().enumerate() {
        let (step, rate, loss, smoothed) = (at + 1, point.rate, point.loss, point.smoothed);
        writeln!(log, "{{\"step\":{step},\"rate\":{rate:?},\"loss\":{loss:?},\"smoothed\":{smoothed:?}}}")?;
    }
    if let Some(found) = found {
        let (rate, rule) = found.suggestion();
        let rule = match rule {
            Rule::Steepest => "steepest",
            Rule::Tenth => "tenth",
        };
        let limit = found.limit.map_or("null".into(), |limit| format!("{limit:?}"));
        writeln!(
            log,
            "{{\"suggestion\":{rate:?},\"rule\":\"{rule}\",\"steepest\":{:?},\"limit\":{limit}}}",
            found.steepest
        )?;
    }
    log.flush()
}
