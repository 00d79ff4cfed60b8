//! Tables of measurements for people.

use super::{class_name, table};
use netwright::metrics::{Confusion, Metric, Scores, Value};

/// A matrix of more classes fits on no screen.
pub(super) const MOST_CLASSES: usize = 20;
/// The number of mistakes that are shown instead of a matrix that is too large.
const MISTAKES: usize = 10;

/// Returns the numbers, then what there is of each class; empty if there is nothing.
pub(super) fn scores(scores: &Scores, classes: &[String]) -> String {
    let mut numbers = Vec::new();
    for (metric, value) in scores.iter() {
        // The line of the loss tells it.
        if let (Value::Number(value), true) = (value, metric != Metric::Accuracy) {
            numbers.push(vec![metric.name(), number(*value)]);
        }
    }
    let numbers = if numbers.is_empty() { String::new() } else { aligned(numbers) };
    let texts = [numbers, parts(scores, classes)];
    texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n")
}

/// Returns what there is of each class; empty if there is nothing.
pub(super) fn parts(scores: &Scores, classes: &[String]) -> String {
    let mut parts = Vec::from_iter(per_class(scores, classes));
    for (_, value) in scores.iter() {
        match value {
            Value::Confusion(confusion) => parts.push(matrix(confusion, classes)),
            Value::Labels(labels) => {
                let header = ["", "right yes", "wrong yes", "wrong no", "right no"].map(String::from);
                let rows = labels.iter().enumerate().map(|(label, counts)| {
                    let counts = [
                        counts.true_positives,
                        counts.false_positives,
                        counts.false_negatives,
                        counts.true_negatives,
                    ];
                    [class_name(classes, label)].into_iter().chain(counts.map(count)).collect()
                });
                parts.push(table(&[header.to_vec()].into_iter().chain(rows).collect::<Vec<_>>()));
            }
            Value::Number(_) | Value::PerClass(_) => {}
        }
    }
    parts.join("\n\n")
}

/// Returns the matrix, or the commonest mistakes if it is too large.
pub(super) fn matrix(confusion: &Confusion, classes: &[String]) -> String {
    let count_of = confusion.classes();
    if count_of > MOST_CLASSES {
        return mistakes(confusion, classes);
    }
    let names = (0..count_of).map(|class| class_name(classes, class));
    let header = std::iter::once(String::new()).chain(names.clone()).collect();
    let rows = names.enumerate().map(|(class, name)| {
        std::iter::once(name).chain(confusion.row(class).iter().copied().map(count)).collect()
    });
    let table = table(&std::iter::once(header).chain(rows).collect::<Vec<_>>());
    let unanswered = match confusion.unanswered() {
        0 => String::new(),
        count => format!("\nnot in the table: {count} without an answer, because the outputs are NaN"),
    };
    format!("rows: the true class; columns: the network's answer\n{table}{unanswered}")
}

fn mistakes(confusion: &Confusion, classes: &[String]) -> String {
    let count_of = confusion.classes();
    let wrong = (0..count_of).flat_map(|class| {
        let row = confusion.row(class).iter().enumerate();
        row.filter(move |(answer, count)| *answer != class && **count > 0)
            .map(move |(answer, &count)| (count, class, answer))
    });
    let mut wrong: Vec<_> = wrong.collect();
    wrong.sort_by_key(|&(count, class, answer)| (std::cmp::Reverse(count), class, answer));
    let header = ["class", "answer", "times"].map(String::from).to_vec();
    let rows = wrong.iter().take(MISTAKES).map(|&(count, class, answer)| {
        vec![class_name(classes, class), class_name(classes, answer), count.to_string()]
    });
    let table = table(&std::iter::once(header).chain(rows).collect::<Vec<_>>());
    format!("the commonest mistakes of {count_of} classes\n{table}")
}

/// Returns a row for each class, with a column for each measure that has a number for it.
fn per_class(scores: &Scores, classes: &[String]) -> Option<String> {
    let columns: Vec<(Metric, &[Option<f64>])> = scores
        .iter()
        .filter_map(|(metric, value)| match value {
            Value::PerClass(numbers) => Some((metric, &numbers[..])),
            _ => None,
        })
        .collect();
    let rows = columns.first()?.1.len();
    let is_output = columns.iter().all(|(metric, _)| metric.is_error());
    let titles = columns.iter().map(|(metric, _)| {
        let name = metric.name();
        name.trim_end_matches("_per_class").trim_end_matches("_per_output").to_string()
    });
    let header = [if is_output { "output" } else { "class" }.to_string()].into_iter().chain(titles).collect();
    let rows = (0..rows).map(|row| {
        let name = if is_output { row.to_string() } else { class_name(classes, row) };
        [name].into_iter().chain(columns.iter().map(|(_, numbers)| number(numbers[row]))).collect()
    });
    Some(table(&std::iter::once(header).chain(rows).collect::<Vec<_>>()))
}

fn number(x: Option<f64>) -> String {
    x.map_or_else(|| "undefined".into(), |x| format!("{x:.4}"))
}

fn count(count: usize) -> String {
    if count == 0 { "·".into() } else { count.to_string() }
}

/// Aligns rows of a table: names to the left, numbers to the right.
fn aligned(rows: Vec<Vec<String>>) -> String {
    let width = rows.iter().map(|row| row[0].chars().count()).max().unwrap_or(0);
    let named = rows.into_iter().map(|mut row| {
        row[0] = format!("{:<width$}", row[0]);
        row
    });
    table(&named.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use netwright::metrics::{Average, Labels};

    #[test]
    fn all_kinds_of_values() {
        let mut confusion = Confusion::empty(2);
        [(0, 0), (0, 0), (1, 0)].into_iter().for_each(|(class, answer)| confusion.add(class, answer));
        let mut labels = Labels::new(2);
        labels.add([(true, true), (false, true)]);
        let each = confusion.per_class();
        let values = [
            (Metric::Accuracy, Value::Number(confusion.accuracy())),
            (Metric::BalancedAccuracy, Value::Number(confusion.balanced_accuracy())),
            (Metric::RocAuc(Average::Macro), Value::Number(None)),
            (Metric::Precision(Average::None), Value::PerClass(each.each(|class| class.precision()))),
            (Metric::RocAuc(Average::None), Value::PerClass(vec![Some(1.0), None])),
            (Metric::Confusion, Value::Confusion(confusion)),
            (Metric::Confusion, Value::Labels(labels.per_class().counts().to_vec())),
        ];
        let text = scores(&values.into_iter().collect(), &["benign".into(), "malignant".into()]);
        let outputs = [(Metric::Rmse(Average::None), Value::PerClass(vec![Some(0.5), Some(12.0)]))];
        insta::assert_snapshot!(format!("{text}\n\n{}", scores(&outputs.into_iter().collect(), &[])));
    }

    #[test]
    fn nothing_is_nothing() {
        assert_eq!(scores(&Scores::default(), &[]), "");
    }

    #[test]
    fn of_many_classes_the_commonest_mistakes_are_shown() {
        let mut confusion = Confusion::empty(30);
        for class in 0..30 {
            (0..class).for_each(|_| confusion.add(class, (class + 1) % 30));
            confusion.add(class, class);
        }
        insta::assert_snapshot!(matrix(&confusion, &[]));
    }
}
