//! Shows what layers make of a picture.

use super::why::{Answer, Asked, unfit};
use crate::args::Show;
use crate::cache::Place;
use crate::commands::show;
use crate::error::Error;
use crate::program::Task;
use crate::select;
use crate::why::Maps;
use netwright_compiler::question::{Look, Question};
use std::path::PathBuf;
use std::process::ExitCode;

pub(crate) fn run(options: &Show, place: &Place) -> Result<ExitCode, Error> {
    let source = select::read(&options.network.file)?;
    let model = select::predictable(&source, &options.network)?;
    let question = Question::new(&model.graph, Look::All).map_err(unfit)?;
    if question.maps.is_empty() {
        return Err(Error::Unfit {
            message: format!("`{}` has no feature maps: no layer's output is an image", model.graph.name),
            help: "`netwright explain FILE` shows the layers".into(),
        });
    }
    let asked =
        Asked { file: &options.network.file, weights: options.weights.as_ref(), inputs: &options.inputs };
    let fit = options.fit.iter().map(|fit| ("--fit", fit.name().to_string())).collect();
    let maps = match asked.ask(&source, model, place, Task::Show(&question), fit)? {
        Answer::Found(file) => Maps::read(file.path())?,
        Answer::Failed(code) => return Ok(code),
    };
    let output = options.output.clone();
    let output = output.unwrap_or_else(|| PathBuf::from(format!("{}.maps", model.graph.name)));
    let files = maps.write(&output, usize::from(options.channels))?;
    let lines: Vec<String> = files.iter().map(|file| format!("{}\n", file.display())).collect();
    show(&lines.concat())?;
    Ok(ExitCode::SUCCESS)
}
