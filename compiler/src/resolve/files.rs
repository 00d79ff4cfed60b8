//! Reads the source and the files it imports, each once.

use super::cycles;
use crate::program::{Loader, Sources};
use crate::sink::Sink;
use netwright_grammar::ast::{File, Item};
use netwright_grammar::{Diagnostic, FileId, Span};

/// All texts and their trees; a [`FileId`] is an index into each list.
pub(crate) struct Files {
    pub(crate) sources: Sources,
    pub(crate) trees: Vec<File>,
    /// The files that each file imports, with the places of the imports.
    pub(super) imports: Vec<Vec<(usize, Span)>>,
    /// True for each file with an import that could not be loaded.
    pub(super) incomplete: Vec<bool>,
}

const BYTE_ORDER_MARK: char = '\u{feff}';
/// More files than this are an error.
const MAX_FILES: usize = 1000;

/// Parses a text and everything it imports.
pub(crate) fn read(name: &str, text: &str, loader: &dyn Loader, sink: &mut Sink) -> Files {
    let mut files = Files { sources: Sources::default(), trees: vec![], imports: vec![], incomplete: vec![] };
    files.add(name.to_string(), text.to_string(), sink);
    let mut next = 0;
    while next < files.trees.len() {
        let wanted: Vec<(String, Span)> = files.trees[next]
            .items
            .iter()
            .filter_map(|item| match item {
                Item::Import(import) => Some((import.path.node.clone(), import.path.span)),
                _ => None,
            })
            .collect();
        for (path, span) in wanted {
            files.import(next, &path, span, loader, sink);
        }
        next += 1;
    }
    files.check_cycles(sink);
    files
}

impl Files {
    fn add(&mut self, name: String, mut text: String, sink: &mut Sink) -> usize {
        let id = self.trees.len();
        // Some editors put a byte order mark before a text; it is no part of what was written.
        if text.starts_with(BYTE_ORDER_MARK) {
            text.drain(..BYTE_ORDER_MARK.len_utf8());
        }
        let (tree, diagnostics) = netwright_grammar::parse(FileId(id as u16), &text);
        diagnostics.into_iter().for_each(|diagnostic| sink.push(diagnostic));
        self.sources.files.push((name, text));
        self.trees.push(tree);
        self.imports.push(vec![]);
        self.incomplete.push(false);
        id
    }

    /// Adds a text that is no file and has no items.
    pub(super) fn append(&mut self, name: String, text: String) {
        self.sources.files.push((name, text));
        self.trees.push(File::default());
        self.imports.push(vec![]);
        self.incomplete.push(false);
    }

    fn import(&mut self, from: usize, path: &str, span: Span, loader: &dyn Loader, sink: &mut Sink) {
        let (text, name) = match loader.load(&self.sources.files[from].0, path) {
            Ok(found) => found,
            Err(reason) => {
                self.incomplete[from] = true;
                sink.push(
                    Diagnostic::error("E0208", span, format!("cannot import {path:?}"))
                        .here(reason)
                        .help("the path is relative to the folder of this file"),
                );
                return;
            }
        };
        let id = match self.sources.files.iter().position(|(known, _)| *known == name) {
            Some(id) => id,
            None if self.trees.len() == MAX_FILES => {
                self.incomplete[from] = true;
                let message = format!("more than {MAX_FILES} files are imported");
                sink.push(Diagnostic::error("E0208", span, message));
                return;
            }
            None => self.add(name, text, sink),
        };
        if let Some((_, first)) = self.imports[from].iter().find(|(known, _)| *known == id) {
            sink.push(
                Diagnostic::error("E0214", span, format!("{path:?} is imported twice"))
                    .also(*first, "first here")
                    .help("remove one of the two"),
            );
            return;
        }
        self.imports[from].push((id, span));
    }

    fn check_cycles(&self, sink: &mut Sink) {
        for cycle in cycles::find(&self.imports) {
            let mut names: Vec<&str> =
                cycle.path.iter().map(|file| self.sources.files[*file].0.as_str()).collect();
            names.push(names[0]);
            sink.push(
                Diagnostic::error("E0209", cycle.closing, "this import leads back to the file itself")
                    .here(names.join(" → "))
                    .help("move what both need into a third file that imports neither"),
            );
        }
    }
}
