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

/// Loader of texts that are no files, by the paths that they would have.
struct Texts<'t>(Vec<(PathBuf, &'t str)>);

impl Loader for Texts<'_> {
    fn load(&self, from: &str, path: &str) -> Result<(String, String), String> {
        let folder = Path::new(from).parent().unwrap_or(Path::new(""));
        let wanted = straight(&folder.join(path));
        let found = self.0.iter().find(|(path, _)| *path == wanted);
        let (_, text) = found.ok_or_else(|| format!("there is no text {}", wanted.display()))?;
        Ok(((*text).to_string(), wanted.display().to_string()))
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
    /// The settings that were replaced: `lr=1e-3`.
    pub set: Vec<String>,
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
        Source::of(path, text, &Files, overrides)
    }

    /// Reads a text and those that it imports, as they are returned by [`texts`](Source::texts), as if the first were the file `path`.
    pub fn of_texts(path: &Path, texts: &[(String, String)], overrides: &Overrides) -> Source {
        let folder = path.parent().unwrap_or(Path::new(""));
        let texts = texts.iter().enumerate().map(|(at, (name, text))| {
            let path = if at == 0 { straight(path) } else { straight(&folder.join(name)) };
            (path, text.as_str())
        });
        let texts = Texts(texts.collect());
        Source::of(path, texts.0.first().map_or("", |(_, text)| text), &texts, overrides)
    }

    fn of(path: &Path, text: &str, loader: &dyn Loader, overrides: &Overrides) -> Source {
        let name = straight(path).display().to_string();
        let (program, diagnostics) = parse_program_with(&name, text, loader, overrides);
        Source { name, program, diagnostics, set: overrides.settings.clone() }
    }

    /// Returns the text of the file and those that it imports, each with its path from the file's folder: they are the same wherever
    /// the folder is.
    pub fn texts(&self) -> Vec<(String, String)> {
        let files = &self.program.sources.files;
        // Each setting is a text of its own, after all others.
        let files = &files[..files.len().saturating_sub(self.set.len())];
        let folder = Path::new(&self.name).parent().unwrap_or(Path::new(""));
        files.iter().map(|(name, text)| (path_from(folder, Path::new(name)), text.clone())).collect()
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

/// Returns the path of a file from a folder, with `/` between its parts.
fn path_from(folder: &Path, file: &Path) -> String {
    let shared = folder.components().zip(file.components()).take_while(|(own, other)| own == other).count();
    let up = folder.components().skip(shared).map(|_| "..".to_string());
    let down = file.components().skip(shared).map(|part| part.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<_>>().join("/")
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
