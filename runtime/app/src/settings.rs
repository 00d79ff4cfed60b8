//! The settings that a program is started with, from a file or else from what the program brings with it.

use netwright::__app::bundle::Own;
use netwright::app::settings;
pub(super) use netwright::app::settings::{origin, told};
use netwright_model::Unread;
use std::fs;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Errors of settings.
#[derive(Debug, Error)]
pub(super) enum SettingsError {
    #[error("`--settings FILE` is missing")]
    Missing,
    #[error("cannot read the settings in {}: {cause}", .file.display())]
    Read { file: PathBuf, cause: std::io::Error },
    #[error("{}: {cause}", .file.display())]
    Content { file: PathBuf, cause: Unread },
}

/// Reads the settings that the program is started with, from a file or else from what it brings with it. Those of a program that needs
/// none are passed over.
pub(super) fn read(file: Option<&Path>, own: Option<&Own>, needed: bool) -> Result<(), SettingsError> {
    if !needed {
        return Ok(());
    }
    let own = own.and_then(|own| Some((&*own.path, own.settings.clone()?)));
    let (file, text) = match (file, own) {
        (Some(file), _) => {
            let text = fs::read_to_string(file);
            (file, text.map_err(|cause| SettingsError::Read { file: file.into(), cause })?)
        }
        (None, Some(own)) => own,
        (None, None) => return Err(SettingsError::Missing),
    };
    settings::start(&text).map_err(|cause| SettingsError::Content { file: file.into(), cause })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_before_anything_else() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("settings");
        let problem = |file: Option<&Path>| read(file, None, true).unwrap_err().to_string();
        assert_eq!(problem(None), "`--settings FILE` is missing");
        assert!(problem(Some(&file)).starts_with("cannot read the settings in "));
        fs::write(&file, "Settings { recipe: Recipe { data: None } }").unwrap();
        assert!(
            problem(Some(&file)).ends_with(": recipe: `Recipe` has no `test`"),
            "{}",
            problem(Some(&file))
        );
        assert!(read(None, None, false).is_ok());
    }
}
