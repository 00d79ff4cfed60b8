//! Tables: the columns that a recipe names, the number of inputs, and the labels.

use super::{Known, Look, Misfit, labels, some};
use netwright_compiler::Interface;
use netwright_compiler::recipe::Column;
use netwright_data::files;
use netwright_data::table::{Format, Layout, Problem, Text};
use netwright_model::Table;
use std::io::Read;
use std::path::Path;

/// A table of this size is read whole; of a larger one, the beginning.
const MOST: usize = 8 << 20;

/// A table's text, and whether it is all of it.
pub(super) struct Beginning {
    pub(super) text: Text,
    pub(super) whole: bool,
}

/// Reads a table, or its beginning; `None` if only the training can tell what is wrong with it.
pub(super) fn read(file: &Path, format: &Format) -> Option<Result<Beginning, netwright_data::Error>> {
    let error = |problem: netwright_data::Problem| Some(Err(netwright_data::Error::new(file, problem)));
    let mut bytes = vec![];
    let input = match files::open(file, "table") {
        Ok(input) => input,
        Err(problem) => return error(problem),
    };
    if let Err(cause) = input.take(MOST as u64 + 1).read_to_end(&mut bytes) {
        return error(files::unreadable(cause));
    }
    let whole = bytes.len() <= MOST;
    if !whole {
        // Of a table in UTF-16 a byte is half a letter.
        let end = bytes.iter().rposition(|&byte| byte == b'\n').filter(|_| !bytes.contains(&0))?;
        bytes.truncate(end + 1);
    }
    match Text::parse(file, bytes, format) {
        Ok(text) => Some(Ok(Beginning { text, whole })),
        // The cut may be in the middle of a quoted text.
        Err(_) if !whole => None,
        Err(error) => Some(Err(error)),
    }
}

pub(super) fn look(look: &mut Look<'_>, recipe: &Table<String, Vec<Column>>, known: &mut Known) {
    let columns = Columns::of(recipe);
    let recipe = columns.recipe(recipe);
    let file = look.path();
    let format = match Format::of(&recipe) {
        Ok(format) => format,
        Err(problem) => return refuse(look, &recipe, &file, &problem),
    };
    let format = known.layout.as_ref().map_or(format.clone(), |layout| layout.format(&format));
    let Beginning { text, whole } = match read(&file, &format) {
        None => return,
        Some(Ok(beginning)) => beginning,
        Some(Err(error)) => return other(look, &recipe, &error),
    };
    let is_first = known.layout.is_none();
    let layout = match &known.layout {
        Some(layout) => layout.clone(),
        None => match learn(&text, &recipe, look.interface) {
            Ok(layout) => layout,
            Err(error) => return other(look, &recipe, &error),
        },
    };
    let has_categories = layout.inputs().iter().any(|input| input.meaning.is_category());
    if (whole || !has_categories) && is_first && !fits(look, &layout) {
        return;
    }
    if whole {
        match layout.samples(&text, !look.interface.to_input) {
            Err(error) => return other(look, &recipe, &error),
            Ok(samples) if !look.interface.to_input => {
                let names = if text.classes().is_empty() { &known.classes[..] } else { &[] };
                match labels::check(&samples.labels, look.interface, names, true) {
                    Ok(classes) if is_first => known.classes = classes,
                    Ok(_) => {}
                    Err(misfit) => look.mislabelled("label", misfit),
                }
            }
            Ok(_) => {}
        }
    }
    if is_first && whole {
        known.layout = Some(layout);
    }
}

/// Learns the columns of a table for a network.
fn learn(
    text: &Text,
    recipe: &netwright_data::table::Recipe<'_>,
    interface: &Interface,
) -> Result<Layout, netwright_data::Error> {
    let inputs = interface.input.iter().product();
    Layout::learn_for(text, recipe, inputs, labels::width(interface), interface.to_input)
}

/// Returns true if the table's samples are inputs of the network; else reports that they are not.
fn fits(look: &mut Look<'_>, layout: &Layout) -> bool {
    let (shape, input) = (layout.shape(), &look.interface.input);
    let fits = layout.fits(input);
    if !fits {
        let features = layout.features();
        let labels = match layout.labels() {
            [] => String::new(),
            labels => {
                let names =
                    labels.iter().map(|label| label.heading.argument()).collect::<Vec<_>>().join(", ");
                format!(" beside the label {names}")
            }
        };
        let found = match shape[..] {
            [1] => "1 input".to_string(),
            [count] => format!("{count} inputs"),
            _ => format!("samples of shape {shape:?}"),
        };
        let message =
            format!("{} has {found}{labels}, and the network takes {input:?}", look.data.source.path());
        let help = format!(
            "write `input {shape:?}`, or choose by `columns=[...]` or `drop=[...]`: {}",
            some(&features)
        );
        look.misfit("path", Misfit::new(message, help));
    }
    fits
}

/// Reports a problem of a table at the argument that it is about.
fn refuse(look: &mut Look<'_>, recipe: &netwright_data::table::Recipe<'_>, file: &Path, problem: &Problem) {
    let message = format!("{}: {problem}", file.display());
    look.refuse(argument(recipe, problem), message, problem.help());
}

fn other(look: &mut Look<'_>, recipe: &netwright_data::table::Recipe<'_>, error: &netwright_data::Error) {
    match &error.problem {
        netwright_data::Problem::Table(problem) => refuse(look, recipe, &error.file, problem),
        _ => look.refuse("path", error.to_string(), error.help()),
    }
}

/// Returns the argument that a problem is about.
fn argument(recipe: &netwright_data::table::Recipe<'_>, problem: &Problem) -> &'static str {
    let lists = [
        ("label", recipe.label),
        ("columns", recipe.columns),
        ("drop", recipe.drop),
        ("categories", recipe.categories),
        ("by", recipe.by),
    ];
    use netwright_model::Column;
    let names = |wanted: Column<&str>| {
        lists.iter().find(|(_, columns)| columns.contains(&wanted)).map_or("path", |(name, _)| *name)
    };
    match problem {
        Problem::NoColumn { name, .. } | Problem::NoNames { name } => names(Column::Named(name)),
        Problem::ColumnNumber { number, .. } => names(Column::At(*number)),
        Problem::LabelColumns { .. } | Problem::MissingLabel { .. } => "label",
        Problem::Twice { argument, .. } | Problem::Option { argument, .. } => argument,
        Problem::Overlap { one, .. } if one.contains("label") => "label",
        Problem::Missing { .. } => "missing",
        _ => "path",
    }
}

/// The columns of a recipe, borrowed.
pub(super) struct Columns<'a>([Vec<netwright_model::Column<&'a str>>; 6]);

impl<'a> Columns<'a> {
    fn of(recipe: &'a Table<String, Vec<Column>>) -> Columns<'a> {
        let lists =
            [&recipe.label, &recipe.columns, &recipe.drop, &recipe.categories, &recipe.by, &recipe.key];
        Columns(lists.map(|columns| borrowed(columns)))
    }

    fn recipe(&'a self, recipe: &'a Table<String, Vec<Column>>) -> netwright_data::table::Recipe<'a> {
        let [label, columns, drop, categories, by, key] = &self.0;
        Table {
            path: &recipe.path,
            label,
            columns,
            drop,
            categories,
            separator: &recipe.separator,
            decimal: &recipe.decimal,
            header: recipe.header,
            missing: recipe.missing,
            by,
            key,
            window: recipe.window,
            step: recipe.step,
            ahead: recipe.ahead,
        }
    }
}

/// Returns columns with borrowed names.
pub(super) fn borrowed(columns: &[Column]) -> Vec<netwright_model::Column<&str>> {
    let named = columns.iter().map(|column| match column {
        Column::First => netwright_model::Column::First,
        Column::Last => netwright_model::Column::Last,
        Column::At(at) => netwright_model::Column::At(*at),
        Column::Named(name) => netwright_model::Column::Named(name.as_str()),
    });
    named.collect()
}
