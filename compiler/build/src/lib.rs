//! Compiles `.net` files from a build script.
//!
//! ```no_run
//! // build.rs
//! fn main() -> Result<(), netwright_build::Error> {
//!     netwright_build::compile("src/lenet.net")
//! }
//! ```
//!
//! The code is a module for each network of the file, named after it in lower case:
//!
//! ```text
//! include!(concat!(env!("OUT_DIR"), "/lenet.rs"));
//! let model = lenet5::Model::new(lenet5::Params::init(42));
//! ```
//!
//! It calls the crate `netwright`, which must be a dependency of the same version, at least with its feature `runtime`; [`Config::runtime`] is for a dependency that was renamed.

mod error;
mod files;

pub use error::Error;
pub use files::{Files, Source, text};
pub use netwright_compiler::{Diagnostic, EncodingError};

use netwright_compiler::{Options, generate_for, module_name, pretty};
use quote::{format_ident, quote};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// Compiles a file, which is given relative to the package's folder, to `OUT_DIR/<its name>.rs`.
///
/// Training steps and prediction are generated for networks with a `train` block, prediction for the others. Where the block names
/// no `data`, there is also `train`, its loop on a program's own samples.
///
/// # Errors
/// If the file or one that it imports cannot be read, has an error, or the code cannot be written.
pub fn compile(path: impl AsRef<Path>) -> Result<(), Error> {
    Config::default().compile(path)
}

/// Options of a compilation; the default compiles everything into `OUT_DIR`.
#[derive(Clone, Debug, Default)]
pub struct Config {
    options: Options,
    out_dir: Option<PathBuf>,
    runtime: Option<String>,
}

impl Config {
    /// Leaves out everything that only training needs: no gradients, the smallest memory.
    #[must_use]
    pub fn inference_only(mut self) -> Config {
        self.options.inference_only = true;
        self
    }

    /// Makes the training step return the gradient of its input too.
    #[must_use]
    pub fn input_gradient(mut self) -> Config {
        self.options.input_gradient = true;
        self
    }

    /// Adds the training loop on the `train` block's data; the runtime needs its feature `train` then. Without `data`, the code
    /// has a loop for a program's own samples in any case.
    #[must_use]
    pub fn training_loop(mut self) -> Config {
        self.options.training_loop = true;
        self
    }

    /// Sets the folder for the generated code, `OUT_DIR` by default.
    #[must_use]
    pub fn out_dir(mut self, folder: impl Into<PathBuf>) -> Config {
        self.out_dir = Some(folder.into());
        self
    }

    /// Sets the name under which `Cargo.toml` lists the crate `netwright`, if it is another one: `nw` for `nw = { package = "netwright" }`.
    #[must_use]
    pub fn runtime(mut self, name: impl Into<String>) -> Config {
        self.runtime = Some(name.into());
        self
    }

    /// Compiles a file as [`compile`] does.
    ///
    /// # Errors
    /// As [`compile`].
    pub fn compile(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        println!("cargo::rerun-if-changed={}", path.display());
        let source = Source::read(path)?;
        for (file, _) in &source.program.sources.files {
            println!("cargo::rerun-if-changed={file}");
        }
        if source.has_errors() {
            let report = source.render();
            return Err(Error::Invalid { file: path.into(), diagnostics: source.diagnostics, report });
        }
        for warning in source.warnings() {
            println!("cargo::warning={warning}");
        }
        let folder = match &self.out_dir {
            Some(folder) => folder.clone(),
            None => env::var_os("OUT_DIR").map(PathBuf::from).ok_or(Error::NoOutDir)?,
        };
        let name = path.file_stem().unwrap_or(path.as_os_str());
        let file = folder.join(name).with_extension("rs");
        fs::write(&file, self.code(&source)?).map_err(|source| Error::Write { file, source })
    }

    fn code(&self, source: &Source) -> Result<String, Error> {
        // Cargo makes the same of a dependency's name.
        let crate_name = self.runtime.as_deref().unwrap_or("netwright").replace('-', "_");
        if !is_crate_name(&crate_name) {
            return Err(Error::Runtime { name: crate_name });
        }
        let crate_name = format_ident!("{crate_name}");
        let runtime = quote!(::#crate_name);
        let modules = source.program.models.iter().map(|model| {
            let (name, items) =
                (module_name(&model.graph.name), generate_for(&runtime, model, &self.options));
            quote! {
                pub mod #name { #items }
            }
        });
        pretty(quote!(#(#modules)*))
            .map_err(|cause| Error::Generated { name: source.name.clone(), source: cause.into() })
    }
}

/// Returns whether a dependency can have this name.
fn is_crate_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.len() > usize::from(name.starts_with('_'))
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests;
