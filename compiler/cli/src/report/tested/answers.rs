//! Classes: metrics, confusion matrix, curves, calibration and mistakes.

use super::super::facts::Facts;
use super::super::page::{Page, escaped, percent, short, table};
use super::super::plots::{Bars, Chart, Ink, Line, bars, lines};
use super::super::statistics::{Calibration, Ranking, Tallies, bootstrap};
use super::super::words::{Said, Tone};
use super::{Measure, Table, Tested, certainty, class_names, heading, measures, mistakes};
use crate::error::Error;

/// Classes that have a matrix, and curves that are told apart.
const MATRIX: usize = 20;
const CURVES: usize = 6;
/// The commonest confusions of more classes.
const CONFUSIONS: usize = 20;
/// A calibration error above which probabilities cannot be taken at their word.
const UNCALIBRATED: f64 = 0.05;

/// Outputs for samples of known classes.
struct Answers {
    names: Vec<String>,
    /// The share of each class, sample after sample.
    shares: Vec<f32>,
    classes: Vec<Option<usize>>,
    answers: Vec<Option<usize>>,
    /// True if shares are probabilities.
    are_probabilities: bool,
}

impl Answers {
    fn new(names: Vec<String>, shares: Vec<f32>, classes: &[i32], are_probabilities: bool) -> Answers {
        let count = names.len();
        let class = |class: &i32| usize::try_from(*class).ok().filter(|class| *class < count);
        let answers = shares.chunks_exact(count).map(likeliest).collect();
        Answers { classes: classes.iter().map(class).collect(), names, shares, answers, are_probabilities }
    }

    fn pairs(&self) -> Vec<(Option<usize>, Option<usize>)> {
        self.classes.iter().copied().zip(self.answers.iter().copied()).collect()
    }

    /// Ranks all samples by the share of a class.
    fn ranking(&self, class: usize) -> Ranking {
        let count = self.names.len();
        let shares = self.shares.iter().skip(class).step_by(count);
        Ranking::new(
            shares
                .zip(&self.classes)
                .map(|(share, own)| (*share, own.filter(|_| !share.is_nan()).map(|own| own == class))),
        )
    }

    /// Returns the probability of each sample's answer, and whether it is right.
    fn calibration(&self) -> Calibration {
        let count = self.names.len();
        let samples = self.shares.chunks_exact(count).zip(self.pairs());
        Calibration::new(samples.map(|(row, (class, answer))| {
            let (class, answer) = (class?, answer?);
            Some((f64::from(row[answer]), class == answer))
        }))
    }

    /// Returns the natural logarithm of each sample's own share, less than zero; `None` where it does not count.
    fn logarithms(&self) -> Vec<Option<f64>> {
        let rows = self.shares.chunks_exact(self.names.len()).zip(&self.classes);
        rows.map(|(row, class)| Some(f64::from(row[(*class)?]).max(1e-12).ln())).collect()
    }
}

/// Returns the class with the largest share; `None` if one is NaN.
fn likeliest(row: &[f32]) -> Option<usize> {
    if row.iter().any(|share| share.is_nan()) {
        return None;
    }
    // The first of several.
    (0..row.len()).rev().max_by(|&a, &b| row[a].total_cmp(&row[b]))
}

/// Writes the section on samples of several classes.
pub(super) fn write(facts: &Facts, page: &mut Page, html: &mut String) -> Result<Tested, Error> {
    let (Some(outputs), Some(classes)) = (facts.numbers("test.outputs"), facts.integers("test.targets"))
    else {
        return Ok(Tested::default());
    };
    let count = outputs.shape.get(1).copied().unwrap_or(0);
    if count < 2 {
        return Ok(Tested::default());
    }
    let names = class_names(&facts.list("test.classes"), count);
    tell(&Answers::new(names, outputs.numbers, &classes.numbers, true), facts, page, html)
}

/// Writes the section on samples of a yes or no: two classes.
pub(super) fn write_yes_or_no(facts: &Facts, page: &mut Page, html: &mut String) -> Result<Tested, Error> {
    let (Some(outputs), Some(labels)) = (facts.numbers("test.outputs"), facts.numbers("test.targets")) else {
        return Ok(Tested::default());
    };
    let names = match facts.list("test.classes") {
        names if names.len() == 2 => names,
        _ => vec!["no".into(), "yes".into()],
    };
    let border = facts.number("test.border").unwrap_or(0.5) as f32;
    let are_probabilities = facts.get("test.of_shares").as_bool().unwrap_or(false);
    // Scores are moved so that one above the border is the larger of two.
    let shares = outputs.numbers.iter().flat_map(|&yes| match are_probabilities {
        true => [1.0 - yes, yes],
        false => [border - yes, yes - border],
    });
    let classes: Vec<i32> = labels.numbers.iter().map(|&label| i32::from(label > 0.5)).collect();
    tell(&Answers::new(names, shares.collect(), &classes, are_probabilities), facts, page, html)
}

fn tell(answers: &Answers, facts: &Facts, page: &mut Page, html: &mut String) -> Result<Tested, Error> {
    let all = measured(answers);
    let everything = vec![1; answers.classes.len()];
    let tallies = Tallies::new(answers.names.len(), &answers.pairs(), &everything);
    *html += &measures(&all);
    *html += &confusion(answers);
    let each = per_class(answers, &tallies);
    *html += &heading("Each class");
    if each.rows.len() < answers.names.len() {
        let (shown, all) = (each.rows.len(), answers.names.len());
        *html += &format!("<p>The {shown} of {all} classes with the lowest F1.</p>\n");
    }
    *html += &each.html();
    *html += "<div class=\"plots\">\n";
    *html += &curves(answers, page)?;
    let calibration = answers.calibration();
    if answers.are_probabilities {
        *html += &reliability(&calibration, &everything, page)?;
    }
    *html += "</div>\n";
    *html += &mistakes::write(facts, page, &|sample| explained(answers, sample));
    let mut said = vec![];
    said.extend(all.first().map(|accuracy| certainty(accuracy, answers.classes.len())));
    said.extend(weakest(answers, &tallies));
    said.extend(chance(answers, &tallies));
    let error = calibration.error(&everything);
    if answers.are_probabilities && error > UNCALIBRATED {
        let surplus = calibration.surplus();
        said.push(Said::new(
            Tone::Warn,
            if surplus > 0.0 { "It is too sure" } else { "It is not sure enough" },
            format!(
                "Its probabilities are off by {} on average (ECE): the mean probability of its answers is {} {} the share of right ones.",
                percent(error),
                percent(surplus.abs()),
                if surplus > 0.0 { "above" } else { "below" }
            ),
            "Label smoothing, early stopping or temperature scaling bring them closer.",
        ));
    }
    Ok(Tested { said, measures: all, each: Some(each) })
}

fn measured(answers: &Answers) -> Vec<Measure> {
    let count = answers.names.len();
    let pairs = answers.pairs();
    let rankings: Vec<Ranking> = (0..count).map(|class| answers.ranking(class)).collect();
    // Of two classes, the second is the one to be found.
    let ranked = if count == 2 { &rankings[1..] } else { &rankings[..] };
    let calibration = answers.calibration();
    let logarithms = answers.logarithms();
    let is_pair = count == 2;
    let mut names: Vec<(&str, bool)> = vec![("accuracy", true), ("balanced accuracy", true)];
    names.extend(match is_pair {
        true => [("sensitivity (recall)", true), ("specificity", true), ("precision", true), ("F1", true)],
        false => [
            ("precision, mean of classes", true),
            ("recall, mean of classes", true),
            ("F1, mean of classes", true),
            ("Cohen's kappa", false),
        ],
    });
    names.extend([
        ("Matthews' correlation", false),
        ("ROC AUC", false),
        ("average precision (PR AUC)", false),
    ]);
    if answers.are_probabilities {
        names.extend([("cross-entropy", false), ("calibration error (ECE)", true)]);
    }
    let cost = 12 + 4 * ranked.len();
    let intervals = bootstrap(answers.classes.len(), cost, |counts| {
        let tallies = Tallies::new(count, &pairs, counts);
        let mut values = vec![tallies.accuracy(), tallies.mean(Tallies::recall)];
        values.extend(match is_pair {
            true => [tallies.recall(1), tallies.specificity(1), tallies.precision(1), tallies.f1(1)],
            false => [
                tallies.mean(Tallies::precision),
                tallies.mean(Tallies::recall),
                tallies.mean(Tallies::f1),
                tallies.kappa(),
            ],
        });
        values.push(tallies.matthews());
        let areas: Vec<[f64; 2]> = ranked.iter().map(|ranking| ranking.areas(counts)).collect();
        values.extend([0, 1].map(|at| mean(areas.iter().map(|areas| areas[at]))));
        if answers.are_probabilities {
            let terms =
                logarithms.iter().zip(counts).filter_map(|(log, count)| Some((-(*log)?, f64::from(*count))));
            let (sum, weight) =
                terms.fold((0.0, 0.0), |(sum, all), (loss, count)| (sum + loss * count, all + count));
            values.extend([sum / weight, calibration.error(counts)]);
        }
        values
    });
    Measure::of(&names, intervals)
}

fn mean(numbers: impl Iterator<Item = f64>) -> f64 {
    let defined: Vec<f64> = numbers.filter(|number| !number.is_nan()).collect();
    defined.iter().sum::<f64>() / defined.len() as f64
}

/// Returns the confusion matrix, or the commonest confusions of many classes.
fn confusion(answers: &Answers) -> String {
    let count = answers.names.len();
    let mut counts = vec![0_usize; count * count];
    for (class, answer) in answers.pairs() {
        if let (Some(class), Some(answer)) = (class, answer) {
            counts[class * count + answer] += 1;
        }
    }
    if count > MATRIX {
        return confusions(answers, &counts);
    }
    let head: String =
        answers.names.iter().map(|name| format!("<th scope=\"col\">{}</th>", escaped(name))).collect();
    let row = |class: usize| {
        let own = &counts[class * count..][..count];
        let total = own.iter().sum::<usize>().max(1) as f64;
        let cell = |(answer, &cell): (usize, &usize)| {
            let kind = if answer == class { "right" } else { "wrong" };
            // A mistake is rare: its colour shows it sooner.
            let part = 65.0 * (cell as f64 / total).powf(if answer == class { 1.0 } else { 0.5 });
            let text = if cell == 0 { "·".into() } else { cell.to_string() };
            format!("<td class=\"{kind}\" style=\"--part:{part:.0}\">{text}</td>")
        };
        let cells: String = own.iter().enumerate().map(cell).collect();
        format!("<tr><th scope=\"row\">{}</th>{cells}</tr>\n", escaped(&answers.names[class]))
    };
    let rows: String = (0..count).map(row).collect();
    format!(
        "{}<p>Rows are the true classes, columns the network's answers.</p>\n<div class=\"wide\"><table class=\"matrix\" id=\"confusion\"><thead><tr><th></th>{head}</tr></thead>\n<tbody>{rows}</tbody></table></div>\n",
        heading("Confusion matrix")
    )
}

fn confusions(answers: &Answers, counts: &[usize]) -> String {
    let count = answers.names.len();
    let mut wrong: Vec<(usize, usize, usize)> = (0..count * count)
        .map(|at| (counts[at], at / count, at % count))
        .filter(|(times, class, answer)| *times > 0 && class != answer)
        .collect();
    wrong.sort_by_key(|&(times, class, answer)| (std::cmp::Reverse(times), class, answer));
    let row = |&(times, class, answer): &(usize, usize, usize)| {
        vec![answers.names[class].clone(), answers.names[answer].clone(), times.to_string()]
    };
    let rows: Vec<Vec<String>> = wrong.iter().take(CONFUSIONS).map(row).collect();
    format!(
        "{}<p>The commonest of {count} classes.</p>\n{}",
        heading("Confusions"),
        table(&["class", "answer", "times"], &rows)
    )
}

/// Classes that have a row in the table.
const MOST_ROWS: usize = 50;

/// Returns the numbers of each class, or of the classes that are found worst.
fn per_class(answers: &Answers, tallies: &Tallies) -> Table {
    let everything = vec![1; answers.classes.len()];
    let row = |class: usize| {
        let [auc, ap] = answers.ranking(class).areas(&everything);
        let shares =
            [tallies.precision(class), tallies.recall(class), tallies.specificity(class), tallies.f1(class)];
        let mut row = vec![answers.names[class].clone(), tallies.samples(class).to_string()];
        row.extend(shares.map(percent));
        row.extend([auc, ap].map(short));
        row
    };
    let count = answers.names.len();
    let mut order: Vec<usize> = (0..count).collect();
    if count > MOST_ROWS {
        let key = |class: &usize| if tallies.f1(*class).is_nan() { 2.0 } else { tallies.f1(*class) };
        order.sort_by(|a, b| key(a).total_cmp(&key(b)));
        order.truncate(MOST_ROWS);
    }
    let header = vec!["class", "samples", "precision", "recall", "specificity", "F1", "ROC AUC", "PR AUC"];
    Table { header, rows: order.into_iter().map(row).collect() }
}

fn curves(answers: &Answers, page: &mut Page) -> Result<String, Error> {
    let count = answers.names.len();
    let shown: Vec<usize> = if count == 2 { vec![1] } else { (0..count.min(MATRIX)).collect() };
    let ink = |at: usize| match shown.len() {
        1 => Ink::Main,
        2..=CURVES => Ink::Series(at),
        _ => Ink::Pale,
    };
    let [mut roc, mut pr]: [Vec<Line>; 2] = Default::default();
    for (at, &class) in shown.iter().enumerate() {
        let [of_roc, of_pr] = answers.ranking(class).curves();
        let name =
            if (2..=CURVES).contains(&shown.len()) { answers.names[class].clone() } else { String::new() };
        roc.push(Line { name: name.clone(), points: of_roc, ink: ink(at) });
        pr.push(Line { name, points: of_pr, ink: ink(at) });
    }
    let unit = Some([0.0, 1.0]);
    let chart = Chart { x_range: unit, y_range: unit, legend_below: true, ..Chart::default() };
    let of = match (count, shown.len() < count) {
        (2, _) => format!("of {} against {}.", escaped(&answers.names[1]), escaped(&answers.names[0])),
        (_, false) => "of each class against all others.".into(),
        (_, true) => format!("of the first {MATRIX} classes, each against all others."),
    };
    let mut html = String::new();
    let own = Chart {
        x: "share of others taken for it (1 − specificity)",
        y: "share found (sensitivity)",
        diagonal: true,
        ..chart.clone()
    };
    html += &page.plot("roc.svg", &lines(&own, &roc)?, "Receiver operating characteristic", &of);
    let own = Chart { x: "share found (recall)", y: "precision", ..chart };
    html += &page.plot("pr.svg", &lines(&own, &pr)?, "Precision and recall", &of);
    Ok(html)
}

fn reliability(calibration: &Calibration, everything: &[u32], page: &mut Page) -> Result<String, Error> {
    let bins = calibration.bins(everything);
    let full = || bins.iter().filter(|bin| bin.samples > 0.0);
    let line = Line {
        name: String::new(),
        points: full().map(|bin| (bin.said, bin.right)).collect(),
        ink: Ink::Main,
    };
    let unit = Some([0.0, 1.0]);
    let chart = Chart {
        x: "probability of the answer",
        y: "share of right answers",
        x_range: unit,
        y_range: unit,
        diagonal: true,
        ..Chart::default()
    };
    let caption = format!(
        "On the diagonal, answers are as often right as they say. Expected calibration error {}.",
        percent(calibration.error(everything))
    );
    let mut html = page.plot("calibration.svg", &lines(&chart, &[line])?, "Reliability", &caption);
    let edges = bins.len() as f64;
    let heights: Vec<Bars> = bins
        .iter()
        .enumerate()
        .map(|(at, bin)| Bars { from: at as f64 / edges, to: (at + 1) as f64 / edges, height: bin.samples })
        .collect();
    let svg = bars("probability of the answer", "samples", &heights)?;
    html += &page.plot(
        "confidence.svg",
        &svg,
        "How sure it is",
        "Samples by the probability of the network's answer.",
    );
    Ok(html)
}

/// Describes a mistake.
fn explained(answers: &Answers, sample: usize) -> String {
    let count = answers.names.len();
    let row = answers.shares.get(sample * count..(sample + 1) * count).unwrap_or_default();
    let name =
        |class: Option<usize>| class.and_then(|class| answers.names.get(class)).cloned().unwrap_or_default();
    let (class, answer) =
        (answers.classes.get(sample).copied().flatten(), answers.answers.get(sample).copied().flatten());
    let share = |class: Option<usize>| {
        class.and_then(|class| row.get(class)).map_or(f64::NAN, |share| f64::from(*share))
    };
    let write = |x: f64| if answers.are_probabilities { percent(x) } else { short(x) };
    format!(
        "is <b>{}</b> ({}), taken for <b>{}</b> ({})",
        escaped(&name(class)),
        write(share(class)),
        escaped(&name(answer)),
        write(share(answer))
    )
}

/// A class whose recall is so far below the mean stands out.
const BEHIND: f64 = 0.1;

/// Names the class that is found worst, if it is far behind the others.
fn weakest(answers: &Answers, tallies: &Tallies) -> Option<Said> {
    let classes = (0..answers.names.len()).filter(|class| !tallies.recall(*class).is_nan());
    let class = classes.min_by(|a, b| tallies.recall(*a).total_cmp(&tallies.recall(*b)))?;
    let (recall, mean) = (tallies.recall(class), tallies.mean(Tallies::recall));
    (mean - recall > BEHIND).then(|| {
        Said::new(
            Tone::Warn,
            format!("Class {} is found worst", answers.names[class]),
            format!(
                "Of its {} samples {} are found; the mean of the classes is {}.",
                tallies.samples(class),
                percent(recall),
                percent(mean)
            ),
            "Look at its mistakes below; more samples of it, or class weights, may help.",
        )
    })
}

/// Says that a network is no better than always answering the commonest class.
fn chance(answers: &Answers, tallies: &Tallies) -> Option<Said> {
    let most = (0..answers.names.len()).max_by(|a, b| tallies.samples(*a).total_cmp(&tallies.samples(*b)))?;
    let total: f64 = (0..answers.names.len()).map(|class| tallies.samples(class)).sum();
    let always = tallies.samples(most) / total;
    (tallies.accuracy() <= always).then(|| {
        Said::new(
            Tone::Bad,
            "It is no better than a guess",
            format!(
                "Its accuracy is {}; always answering {} would give {}.",
                percent(tallies.accuracy()),
                answers.names[most],
                percent(always)
            ),
            "Look at the rate, the scaling of inputs, and whether labels belong to their samples.",
        )
    })
}
