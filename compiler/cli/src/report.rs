//! The report of a training: one page, made of the facts that its program has left, with its pictures beside it.
//!
//! | part | module | says |
//! | --- | --- | --- |
//! | facts | `facts` | what the program has written |
//! | statistics | `statistics` | metrics with intervals, curves, calibration |
//! | words | `words` | what a practitioner would say, with the numbers that it rests on |
//! | sections | `asked`, `network`, `data`, `course`, `tested`, `layers`, `cost` | one each of the page's sections |
//! | the interpreter | `looked`, `units`, `divergence` | which units do nothing, and which layer's outputs were too large |
//! | page | `page`, `pictures`, `plots` | HTML, PNG and SVG |
//! | card | `card` | a model card, with what a person must add marked |
//! | watch | `watch` | the page of a training on its way, for a browser on this machine |

mod asked;
mod card;
mod cost;
mod course;
mod data;
mod divergence;
mod facts;
mod layers;
mod looked;
mod markdown;
mod network;
mod page;
mod pictures;
mod plots;
mod statistics;
mod tested;
#[cfg(test)]
mod tests;
mod units;
mod watch;
mod words;

pub(crate) use card::card;
pub(crate) use facts::{Facts, folder};
pub(crate) use watch::Watch;

use crate::error::Error;
use crate::output::{self, Content};
use netwright_build::Source;
use netwright_compiler::Model;
use page::Page;
use std::fs;
use std::path::{Path, PathBuf};
use tested::Tested;

/// The page's file in the folder of a report.
pub(crate) const PAGE: &str = "index.html";

/// A training with the text that it was made of.
struct Training<'a> {
    facts: &'a Facts,
    source: &'a Source,
    model: &'a Model,
}

impl<'a> Training<'a> {
    /// Finds the network of some facts in their text.
    fn new(facts: &'a Facts, source: &'a Source) -> Result<Training<'a>, Error> {
        let found = source.program.models.iter().find(|model| model.graph.name == facts.network());
        let model = found.ok_or_else(|| facts.unfit("the text in it does not describe its network"))?;
        Ok(Training { facts, source, model })
    }
}

/// A report that was written.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) page: PathBuf,
    /// The layer in whose outputs the training has diverged, in a sentence.
    pub(crate) diverged: Option<String>,
}

/// Writes the report on the facts in a folder.
///
/// # Errors
/// If the facts cannot be read, or a file cannot be written or is none of a report.
pub(crate) fn write(folder: &Path) -> Result<Written, Error> {
    let facts = Facts::read(folder)?;
    let Page { html, parts, diverged, .. } = page(&facts)?;
    let path = folder.join(PAGE);
    let old = fs::read_to_string(&path).unwrap_or_default();
    output::write(&path, html.as_bytes(), Content::Page)?;
    for part in &parts {
        let content = if part.name.ends_with(".svg") { Content::Plot } else { Content::Picture };
        output::write(&folder.join(&part.name), &part.bytes, content)?;
    }
    // Parts of an older page, and nothing else.
    for name in page::parts_of(&old).filter(|name| parts.iter().all(|part| part.name != *name)) {
        let _ = fs::remove_file(folder.join(name));
    }
    Ok(Written { page: path, diverged })
}

/// Makes the page.
fn page(facts: &Facts) -> Result<Page, Error> {
    let source = facts.source();
    let training = Training::new(facts, &source)?;
    let mut page = Page::new(divergence::layer(&training));
    told(&training, &mut page)?;
    Ok(page.finish(&training))
}

/// Writes all sections; returns the remarks and the results that they hold.
fn told(training: &Training<'_>, page: &mut Page) -> Result<Tested, Error> {
    asked::write(training, page);
    network::write(training, page)?;
    data::write(training, page);
    course::write(training, page)?;
    let mut said = words::all(training, page.diverged.as_deref());
    let mut tested = tested::write(training, page)?;
    said.append(&mut tested.said);
    said.extend(layers::write(training, page)?);
    cost::write(training, page);
    said.sort_by_key(|said| said.tone);
    page.first("words", "In words", &words::html(&said));
    Ok(Tested { said, ..tested })
}
