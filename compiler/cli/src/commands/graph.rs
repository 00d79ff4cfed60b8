//! Draws networks.

use super::show;
use crate::args::{Graph, Ground, Picture};
use crate::error::Error;
use crate::output::{self, Content};
use crate::{picture, select};
use netwright_compiler::drawing::{Drawing, Scene, Theme, svg};
use std::path::Path;
use std::process::ExitCode;

pub(crate) fn run(options: &Graph) -> Result<ExitCode, Error> {
    let output = options.output.as_deref();
    let form = form(options.format, output)?;
    if options.theme.is_some() && form != Picture::Png {
        return Err(Error::idle(
            "--theme",
            "it is for PNG images; an SVG follows the reader's preference, and texts have no colours",
            "leave it out, or write a PNG image by `--output net.png`",
        ));
    }
    let source = select::read(&options.network.file)?;
    let model = select::network(&source, &options.network)?;
    let drawing = Drawing::new(&model.graph);
    let content = match form {
        Picture::Svg => svg(&scene(&drawing)?).into_bytes(),
        Picture::Png => picture::png(&scene(&drawing)?, theme(options.theme.unwrap_or(Ground::Light)))?,
        Picture::Dot => drawing.dot().into_bytes(),
        Picture::Mermaid => drawing.mermaid().into_bytes(),
    };
    match output {
        Some(file) => output::write(file, &content, Content::Picture)?,
        None => show(&String::from_utf8_lossy(&content))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns the form that is asked for, or that of the file's ending.
fn form(asked: Option<Picture>, output: Option<&Path>) -> Result<Picture, Error> {
    let unfit = |message: String, help: &str| Err(Error::Unfit { message, help: help.into() });
    match (asked, output) {
        (Some(Picture::Png), None) => {
            unfit("a PNG image does not go to standard output".into(), "name a file by `--output net.png`")
        }
        (Some(form), _) => Ok(form),
        (None, None) => Ok(Picture::Mermaid),
        (None, Some(file)) => {
            let ending = file.extension().unwrap_or_default().to_string_lossy().to_lowercase();
            match ending.as_str() {
                "svg" => Ok(Picture::Svg),
                "png" => Ok(Picture::Png),
                "dot" | "gv" => Ok(Picture::Dot),
                "mmd" | "mermaid" => Ok(Picture::Mermaid),
                _ => unfit(
                    format!("the ending of {} names no form of a picture", file.display()),
                    "end it in .svg, .png, .dot or .mmd, or choose a form by `--format`",
                ),
            }
        }
    }
}

fn scene(drawing: &Drawing) -> Result<Scene, Error> {
    drawing.scene().ok_or_else(|| Error::Unfit {
        message: format!(
            "`{}` has {} boxes, and a picture has at most {}",
            drawing.title,
            drawing.cards.len(),
            Drawing::MAX_CARDS
        ),
        help: "write equal layers in a row as `repeat`, which is drawn once, or write DOT by `--format dot`"
            .into(),
    })
}

fn theme(ground: Ground) -> Theme {
    match ground {
        Ground::Light => Theme::Light,
        Ground::Dark => Theme::Dark,
    }
}
