//! Records of trainings for other programs: the log, and curves for TensorBoard, each if it is asked for.

use super::folds::Set;
use super::{Lines, args, finish, log};
use netwright::metrics::{Measured, Metric};
use netwright::train::{Epoch, Error, Log, TensorBoard};
use std::io;
use std::path::Path;

pub(super) struct Records<'a> {
    options: &'a args::Train,
    /// The log, if it is written.
    pub(super) lines: Option<Lines>,
    board: Option<TensorBoard>,
}

impl<'a> Records<'a> {
    /// Opens nothing yet: an older log is written over when nothing is left that could be wrong.
    pub(super) fn new(options: &'a args::Train) -> Records<'a> {
        Records { options, lines: None, board: None }
    }

    /// Opens what is not open yet.
    pub(super) fn open(&mut self, metrics: &[Metric]) -> Result<(), Error> {
        let args::Train { log: file, tensorboard, resume, .. } = self.options;
        if self.lines.is_none() {
            self.lines = log(file.as_ref(), metrics, *resume)?;
        }
        if let (None, Some(folder)) = (&self.board, tensorboard) {
            self.board = Some(TensorBoard::new(folder).map_err(of_board(folder))?);
        }
        Ok(())
    }

    /// Begins the training of a fold, counted from 1.
    pub(super) fn begin_fold(&mut self, fold: usize) {
        self.lines.iter_mut().for_each(|lines| lines.begin_fold(fold));
        self.board.iter_mut().for_each(|board| board.begin_fold(fold));
    }

    /// Goes on after an older log's first `epochs` epochs.
    pub(super) fn go_on(&mut self, epochs: usize) {
        self.lines.iter_mut().for_each(|lines| lines.go_on(epochs));
    }

    /// Writes what was measured on a set of samples. Curves have held-out samples from epoch to epoch.
    pub(super) fn result(&mut self, set: Set, result: &Measured, classes: &[String]) {
        if let Some(lines) = &mut self.lines {
            lines.result(&set.name().replace(' ', "_"), result.samples, result, classes);
        }
        if let Some(board) = self.board.as_mut().filter(|_| set == Set::Test) {
            board.result("test", result);
        }
    }

    /// Ends all records, and returns the first failure of a write.
    pub(super) fn finish(self) -> Result<(), Error> {
        let args::Train { log: file, tensorboard, .. } = self.options;
        if let Some(lines) = self.lines {
            finish(file.as_ref(), lines)?;
        }
        match (self.board, tensorboard) {
            (Some(board), Some(folder)) => board.finish().map_err(of_board(folder)),
            _ => Ok(()),
        }
    }
}

fn of_board(folder: &Path) -> impl FnOnce(io::Error) -> Error {
    move |source| Error::Board { folder: folder.to_path_buf(), source }
}

impl Log for Records<'_> {
    fn begin(&mut self, _: usize, _: usize, _: usize) {}

    fn step(&mut self, _: f64) {}

    fn end(&mut self, epoch: &Epoch) {
        self.lines.end(epoch);
        self.board.end(epoch);
    }
}
