//! Texts from the file system.

use crate::Error;
use netwright_compiler::render::{Colour, render};
use netwright_compiler::{Diagnostic, Loader, Overrides, Program, Severity, decode, parse_program_with};
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

/// Loader of imported files, relative to the folder of the file that imports them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Files;

impl Loader for Files {
    fn load(&self, from: &str, path: &str) -> Result<(String, String), String> {
        let folder = Path::new(from).parent().unwrap_or(Path::new(""));
        let file = straight(&folder.join(path));
        let bytes = fs::read(&file).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => format!("there is no file {}", file.display()),
            _ => format!("{}: {error}", file.display()),
        })?;
        let text = decode(bytes).map_err(|problem| format!("{} {problem}", file.display()))?;
        Ok((text, file.display().to_string()))
    }
}

/// A compiled file with all there is to say about it.
#[derive(Debug)]
pub struct Source {
    /// The file's name in diagnostics.
    pub name: String,
    /// The networks that have no error.
    pub program: Program,
    /// The diagnostics, in the order of their places.
    pub diagnostics: Vec<Diagnostic>,
}

impl Source {
    /// Reads a file and what it imports, and checks that code can be made of it.
    ///
    /// # Errors
    /// If it cannot be read; what is wrong inside is among the diagnostics.
    pub fn read(path: &Path) -> Result<Source, Error> {
        Source::read_with(path, &Overrides::default())
    }

    /// Reads a file as [`read`](Source::read) does, with some settings of its `train` blocks replaced.
    ///
    /// # Errors
    /// As [`read`](Source::read).
    pub fn read_with(path: &Path, overrides: &Overrides) -> Result<Source, Error> {
        Ok(Source::of_text(path, &text(path)?, overrides))
    }

    /// Compiles a text as if it stood in a file: what it imports is relative to the file's folder.
    pub fn of_text(path: &Path, text: &str, overrides: &Overrides) -> Source {
        let name = straight(path).display().to_string();
        let (program, diagnostics) = parse_program_with(&name, text, &Files, overrides);
        Source { name, program, diagnostics }
    }

    /// Returns true if an error keeps code from being generated.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// Returns all diagnostics as people read them.
    pub fn render(&self) -> String {
        render(&self.diagnostics, &self.program.sources, Colour::Plain)
    }

    /// Returns a line for each warning.
    pub fn warnings(&self) -> impl Iterator<Item = String> {
        let warnings = self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Warning);
        warnings.map(|warning| {
            let span = warning.span();
            let Some((file, text)) = self.program.sources.files.get(usize::from(span.file.0)) else {
                return warning.message.clone();
            };
            let line = 1 + text.bytes().take(span.start as usize).filter(|&byte| byte == b'\n').count();
            let help = warning.help.first().map_or_else(String::new, |help| format!("; {help}"));
            format!("{file}:{line}: {}{help}", warning.message)
        })
    }
}

/// Reads the text of a file.
///
/// # Errors
/// If it cannot be read, or is no text.
pub fn text(path: &Path) -> Result<String, Error> {
    let bytes = fs::read(path).map_err(|source| Error::Read { file: path.into(), source })?;
    decode(bytes).map_err(|source| Error::Encoding { file: path.into(), source })
}

/// Returns the path without detours, so that a file has one name however it is imported.
fn straight(path: &Path) -> PathBuf {
    let mut parts: Vec<Component<'_>> = Vec::new();
    for part in path.components() {
        match (part, parts.last()) {
            (Component::CurDir, _) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.into_iter().collect()
}
