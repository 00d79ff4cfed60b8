//! Predicts for images and tables.

use super::{App, Output, args, class_name, interface, load, table};
use crate::data::Dataset;
use crate::metrics::{class_of, probabilities};
use crate::train::{Answers, Error, Loss, Predict, predict};

/// Classes that an image's answer shows.
const SHOWN: usize = 5;

pub(super) fn run<A: App>(options: &args::Predict, out: &mut Output) -> Result<(), Error> {
    let (params, metadata) = load::<A>(&options.weights)?;
    let model = A::Model::new(params);
    let interface = interface::<A>();
    let mut failed = None;
    for (i, file) in options.files.iter().enumerate() {
        let mut samples = Dataset::to_predict(file, &A::RECIPE.source(), &interface)?;
        samples.normalize(&metadata.normalization);
        let count = samples.inputs().len() / interface.inputs();
        let outputs = predict(&model, samples.inputs(), count);
        if i > 0 {
            out.say("");
        }
        if options.files.len() > 1 {
            out.say(&format!("{}:", file.display()));
        }
        let rows: Vec<Vec<f64>> =
            outputs.chunks_exact(interface.outputs()).map(|row| probabilities(A::RECIPE.loss, row)).collect();
        out.say(&answers(A::RECIPE.loss, &rows, samples.lines(), &metadata.classes));
        let nan = rows.iter().filter(|row| row.iter().any(|x| x.is_nan())).count();
        if nan > 0 {
            failed.get_or_insert(Error::NanOutputs { file: file.clone(), nan, samples: count });
        }
    }
    failed.map_or(Ok(()), Err)
}

/// Returns the answers as a table: the likeliest classes of an image, a line for each line of a table.
fn answers(loss: Loss, rows: &[Vec<f64>], lines: &[u64], classes: &[String]) -> String {
    let percent = |share: f64| format!("{:.2}%", 100.0 * share);
    let yes_or_no = probability_of_yes(loss) && rows.iter().all(|row| row.len() == 1);
    let kind = match loss.answers() {
        Answers::Classes { .. } => Kind::Classes,
        _ if yes_or_no => Kind::Classes,
        Answers::YesOrNo { .. } | Answers::Numbers => Kind::Numbers,
    };
    // The probability of a yes says that of a no.
    let of_classes = |row: &[f64]| if yes_or_no { vec![1.0 - row[0], row[0]] } else { row.to_vec() };
    let mut table_rows = Vec::new();
    match (kind, rows, lines) {
        (Kind::Classes, [row], []) => {
            let probabilities = of_classes(row);
            table_rows.push(vec!["class".into(), "probability".into()]);
            if class_of(&probabilities).is_none() {
                table_rows.push(unknown().to_vec());
                return table(&table_rows);
            }
            let mut order: Vec<usize> = (0..probabilities.len()).collect();
            order.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]));
            let best = order.into_iter().take(SHOWN);
            table_rows
                .extend(best.map(|class| vec![class_name(classes, class), percent(probabilities[class])]));
        }
        (Kind::Classes, ..) => {
            table_rows.push(vec!["line".into(), "class".into(), "probability".into()]);
            for (row, line) in rows.iter().zip(lines) {
                let probabilities = of_classes(row);
                let answer = match class_of(&probabilities) {
                    Some(class) => [class_name(classes, class), percent(probabilities[class])],
                    None => unknown(),
                };
                table_rows.push([line.to_string()].into_iter().chain(answer).collect());
            }
        }
        (Kind::Numbers, ..) => {
            let numbered = !lines.is_empty();
            let names = (0..rows.first().map_or(0, Vec::len)).map(|output| format!("output {output}"));
            table_rows.push(numbered.then(|| "line".into()).into_iter().chain(names).collect());
            for (i, row) in rows.iter().enumerate() {
                let line = lines.get(i).map(u64::to_string);
                table_rows.push(line.into_iter().chain(row.iter().map(|x| format!("{x:.6}"))).collect());
            }
        }
    }
    table(&table_rows)
}

/// Returns the class and probability where the outputs are NaN: no class is the likeliest.
fn unknown() -> [String; 2] {
    ["-".into(), "NaN".into()]
}

/// Returns true if outputs, as probabilities, are those of a yes.
fn probability_of_yes(loss: Loss) -> bool {
    matches!(loss.answers(), Answers::YesOrNo { .. }) && loss.of_shares()
}

enum Kind {
    /// One of several classes.
    Classes,
    /// Numbers, as in a regression.
    Numbers,
}
