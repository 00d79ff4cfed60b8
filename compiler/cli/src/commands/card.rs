//! Writes a model card of weights.

use super::show;
use crate::args::{Card, Network};
use crate::error::Error;
use crate::output::{self, Content, sealed};
use crate::report::{self, Facts};
use crate::{select, weights};
use netwright_build::Source;
use netwright_compiler::Overrides;
use std::path::Path;
use std::process::ExitCode;

pub(crate) fn run(options: &Card) -> Result<ExitCode, Error> {
    let file = &options.weights;
    let weights = weights::read(file)?;
    let Some(manifest) = weights.manifest.as_ref().filter(|manifest| !manifest.texts.is_empty()) else {
        return Err(Error::Unfit {
            message: format!(
                "{}: holds no text of its training, so there is nothing to write a card from",
                file.display()
            ),
            help: "name weights that `netwright train` of this version has saved".into(),
        });
    };
    let overrides = Overrides { network: Some(weights.network.clone()), settings: manifest.set.clone() };
    let source =
        select::checked(Source::of_texts(Path::new(&manifest.texts[0].0), &manifest.texts, &overrides))?;
    let network = Network { file: file.clone(), network: Some(weights.network.clone()) };
    let model = select::network(&source, &network)?;
    let folder = report::folder(file);
    let facts = if folder.exists() { Some(Facts::read(&folder)?) } else { None };
    let card = report::card(file, &weights, manifest, model, facts.as_ref())?;
    let Some(to) = &options.output else {
        show(&card.text)?;
        return Ok(ExitCode::SUCCESS);
    };
    output::write(to, sealed(&card.text).as_bytes(), Content::Card)?;
    show(&format!("card: {}, with {} places to fill in\n", to.display(), card.open))?;
    Ok(ExitCode::SUCCESS)
}
