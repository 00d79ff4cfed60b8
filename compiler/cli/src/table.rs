//! The table of a network's layers, fitted to the terminal.

use comfy_table::{CellAlignment, ContentLineStyle, LineStyle, Table, TableStyle};
use netwright_compiler::graph::Node;
use netwright_compiler::ops::Operator;
use netwright_compiler::passes::Plan;
use netwright_compiler::table::{layers as rows, totals};
use netwright_compiler::{Model, Options, dump, inference_plan, size, training_plan};

/// A line under the header, and nothing more.
pub(crate) const STYLE: TableStyle = TableStyle::new()
    .header_lines(ContentLineStyle::none())
    .header_separator(LineStyle::new('─', '─', '─', '─'))
    .content_lines(ContentLineStyle::none());

/// A plan and its purpose.
pub(crate) enum Work {
    /// A step of the training.
    Step(Plan),
    /// Predictions, where nothing is trained.
    Prediction(Plan),
}

impl Work {
    /// Plans a training step, or a prediction if the network has nothing to train.
    pub(crate) fn of(model: &Model, options: &Options) -> Work {
        training_plan(model, options).map_or_else(|| Work::Prediction(inference_plan(model)), Work::Step)
    }

    pub(crate) fn plan(&self) -> &Plan {
        let (Work::Step(plan) | Work::Prediction(plan)) = self;
        plan
    }
}

/// Returns the number of columns if standard output is a terminal; none for a file or a pipe.
pub(crate) fn terminal_width() -> Option<usize> {
    Table::new().width().map(usize::from)
}

/// Returns a line for each layer with the bytes of its output per sample, the totals, and the memory of the
/// plan.
pub(crate) fn layers(model: &Model, work: &Work, width: Option<usize>) -> String {
    lay_out(model, work, &[], width)
}

/// Renders the table of `layers` with the kernels that compute each layer instead of its bytes.
pub(crate) fn layers_with_kernels(model: &Model, work: &Work, width: Option<usize>) -> String {
    let mut kernels = dump::kernels(&model.graph, work.plan());
    let of_layer = |node: &Node| {
        let names = std::mem::take(&mut kernels[node.layer.0]);
        // What costs something and has no kernel is done by the one before.
        let fused = names.is_empty() && !matches!(node.op, Operator::Flatten | Operator::Noise(_));
        if fused { "↑".to_string() } else { names.join(", ") }
    };
    lay_out(model, work, &model.graph.nodes.iter().map(of_layer).collect::<Vec<_>>(), width)
}

fn lay_out(model: &Model, work: &Work, kernels: &[String], width: Option<usize>) -> String {
    let graph = &model.graph;
    let rows = rows(graph);
    let last = if kernels.is_empty() { "memory" } else { "kernel" };
    let mut cells = vec![["layer", "", "output", "parameters", "FLOPs", last].map(String::from)];
    for input in &graph.inputs {
        let value = graph.value(*input);
        let mut line = <[String; 6]>::default();
        (line[0], line[2]) = (value.name.clone(), shape(&value.shape));
        cells.push(line);
    }
    for (i, row) in rows.iter().enumerate() {
        let [parameters, flops] =
            [row.parameters, row.flops].map(|n| if n > 0 { number(n) } else { String::new() });
        let last = kernels.get(i).cloned().unwrap_or_else(|| size(row.activation_bytes as usize));
        cells.push([row.name.clone(), row.text.clone(), shape(&row.shape), parameters, flops, last]);
    }
    let totals = totals(&rows);
    let [parameters, flops] = [totals.parameters, totals.flops].map(number);
    let last = if kernels.is_empty() { size(totals.activation_bytes as usize) } else { String::new() };
    cells.push([graph.name.clone(), String::new(), String::new(), parameters, flops, last]);
    format!("{}\n{}\n", aligned(cells, kernels.is_empty(), width), memory(work))
}

/// Descriptions give way where a line would be longer than the terminal, down to this.
const SHORTEST: usize = 12;

fn aligned(mut cells: Vec<[String; 6]>, ends_in_numbers: bool, terminal: Option<usize>) -> String {
    let width = |column: usize| cells.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let others: usize = [0, 2, 3, 4, 5].map(|column| width(column) + 2).iter().sum();
    if let Some(terminal) = terminal {
        // Two for the gap after the description, two for the ends of the rule.
        let room = terminal.saturating_sub(others + 4).max(SHORTEST);
        for line in &mut cells {
            line[1] = short(&line[1], room);
        }
    }
    let mut table = Table::new();
    table.load_style(STYLE);
    let mut lines = cells.into_iter();
    table.set_header(lines.next().unwrap_or_default());
    table.add_rows(lines);
    for (i, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 1));
        if i == 3 || i == 4 || (i == 5 && ends_in_numbers) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.lines().map(|line| line.trim().to_string()).collect::<Vec<_>>().join("\n")
}

/// Formats the totals of a network: `LeNet5 with 61,706 parameters, 845,194 FLOPs per sample`.
pub(crate) fn summary(model: &Model) -> String {
    let totals = totals(&rows(&model.graph));
    let [parameters, flops] = [totals.parameters, totals.flops].map(number);
    format!("{} with {parameters} parameters, {flops} FLOPs per sample", model.graph.name)
}

fn memory(work: &Work) -> String {
    let place = &work.plan().place;
    let what = match work {
        Work::Step(_) => "a training step",
        Work::Prediction(_) => "the prediction",
    };
    format!(
        "{what} of {} samples works in {}: {} lanes of {}, {} at a time",
        place.batch,
        size(work.plan().memory.bytes(place)),
        place.lanes,
        place.lane,
        place.tile
    )
}

/// Formats a shape: `6×14×14`.
pub(crate) fn shape(shape: &[usize]) -> String {
    shape.iter().map(usize::to_string).collect::<Vec<_>>().join("×")
}

/// Shortens a text to at most `room` letters.
fn short(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.into();
    }
    text.chars().take(room - 1).chain(['…']).collect()
}

/// Formats a number with commas between thousands.
fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use netwright_build::Files;
    use netwright_compiler::parse_program;

    /// The narrowest terminal that the table is made for.
    const WIDTH: usize = 100;

    fn model(text: &str) -> (Model, Work) {
        let (program, diagnostics) = parse_program("net.net", text, &Files);
        assert!(diagnostics.iter().all(|diagnostic| !diagnostic.is_error()), "{diagnostics:?}");
        let model = program.models.into_iter().next().unwrap();
        let work = Work::of(&model, &Options::default());
        (model, work)
    }

    #[test]
    fn a_table_fits_a_terminal() {
        let (model, work) = model(
            "network Small {
                input [3, 32, 32]
                stem: { conv(16, 3x3, stride=2, pad=1, groups=1, bias=false) batch_norm relu }
                conv(32, 3x3) relu max_pool(2x2)
                flatten dropout(0.5) dense(10) softmax
                loss cross_entropy
            }
            train Small { epochs 3 }",
        );
        let width = Some(WIDTH);
        let tables =
            [layers(&model, &work, width), layers_with_kernels(&model, &work, width), summary(&model)];
        assert!(tables.iter().flat_map(|table| table.lines()).all(|line| line.chars().count() <= WIDTH));
        insta::assert_snapshot!(tables.join("\n"));
        let whole = layers(&model, &work, None);
        assert!(
            !whole.contains('…') && whole.contains("conv(16, 3x3, stride=2, pad=1, bias=false)"),
            "{whole}"
        );
        assert_eq!(whole, layers(&model, &work, Some(1000)));
    }

    #[test]
    fn a_network_without_a_recipe_only_predicts() {
        let (model, work) = model("network A { input [3] dense(2) }");
        let table = layers(&model, &work, None);
        assert!(
            table.contains("the prediction of 32 samples works in") && !table.contains("step"),
            "{table}"
        );
    }

    #[test]
    fn numbers_have_commas() {
        assert_eq!([0, 999, 1000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
    }
}
