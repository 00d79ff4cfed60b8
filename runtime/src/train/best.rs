//! The best parameters so far, and when to stop.

use super::{EarlyStop, Trained, Watch};
use crate::metrics::Measured;
use crate::state::{Carried, Part, PartMut};

/// The best parameters so far by the held-out samples: if the recipe stops early, or the training is saved on its way. Otherwise
/// nothing is kept.
#[derive(Clone, Debug)]
pub(super) struct Best<P> {
    kept: Option<Kept<P>>,
}

#[derive(Clone, Debug)]
struct Kept<P> {
    on: Watch,
    /// The epochs without progress that are tolerated, if the recipe stops early; then the best parameters are the result.
    patience: Option<usize>,
    /// Memory for the parameters; without early stopping, it is taken when there are some.
    params: Option<P>,
    /// The watched value as a number that falls when it improves; infinite before the first epoch.
    value: f64,
    /// The epoch, counted from 1; 0 before the first that is better than none.
    epoch: usize,
}

impl<P: Clone> Best<P> {
    /// Creates the state before the first epoch; memory for the best parameters is taken once.
    pub(super) fn new(stop: Option<EarlyStop>, params: &P) -> Best<P> {
        let kept = |stop: EarlyStop| {
            let (on, patience, params) = (stop.on, Some(stop.patience), Some(params.clone()));
            Kept { on, patience, params, value: f64::INFINITY, epoch: 0 }
        };
        Best { kept: stop.map(kept) }
    }

    /// Keeps the best parameters by their loss if the recipe does not stop early.
    pub(super) fn watch_anyway(&mut self) {
        let (on, patience, params) = (Watch::ValLoss, None, None);
        self.kept.get_or_insert(Kept { on, patience, params, value: f64::INFINITY, epoch: 0 });
    }

    /// Makes room for parameters that are restored.
    pub(super) fn reserve(&mut self, params: &P) {
        if let Some(kept) = &mut self.kept {
            kept.params.get_or_insert_with(|| params.clone());
        }
    }

    /// Notes what an epoch, counted from 1, has led to; returns whether to stop.
    ///
    /// Where there is no accuracy, the loss is watched. What is NaN, infinite or not defined is no improvement, and never
    /// the best.
    pub(super) fn update(&mut self, epoch: usize, held_out: Option<&Measured>, params: &P) -> bool {
        let (Some(kept), Some(held_out)) = (&mut self.kept, held_out) else { return false };
        let value = held_out.watched(kept.on);
        if value < kept.value {
            match &mut kept.params {
                Some(best) => best.clone_from(params),
                none => *none = Some(params.clone()),
            }
            (kept.value, kept.epoch) = (value, epoch);
        }
        kept.patience.is_some_and(|patience| epoch - kept.epoch >= patience)
    }

    /// Returns the best epoch so far; `None` if the recipe does not stop early, or what is watched was never defined.
    pub(super) fn epoch(&self) -> Option<usize> {
        let kept = self.kept.as_ref().filter(|kept| kept.patience.is_some())?;
        Some(kept.epoch).filter(|&epoch| epoch > 0)
    }

    /// Returns the best epoch so far and its parameters, whether the recipe stops early or not.
    pub(super) fn best(&self) -> Option<(usize, &P)> {
        let kept = self.kept.as_ref().filter(|kept| kept.epoch > 0)?;
        Some((kept.epoch, kept.params.as_ref()?))
    }

    /// Returns the best parameters if the recipe stops early, or else the last ones.
    pub(super) fn finish(self, last: &P, epochs: usize) -> Trained<P> {
        let best = self.epoch();
        let params = self.kept.and_then(|kept| kept.params).filter(|_| best.is_some());
        Trained { params: params.unwrap_or_else(|| last.clone()), epochs, best }
    }
}

impl<P: Carried> Carried for Best<P> {
    fn parts<'a>(&'a self, name: &str, parts: &mut Vec<(String, Part<'a>)>) {
        if let Some(kept) = &self.kept {
            kept.value.parts(&format!("{name}.value"), parts);
            kept.epoch.parts(&format!("{name}.epoch"), parts);
            kept.params.iter().for_each(|params| params.parts(&format!("{name}.params"), parts));
        }
    }

    fn parts_mut<'a>(&'a mut self, name: &str, parts: &mut Vec<(String, PartMut<'a>)>) {
        if let Some(kept) = &mut self.kept {
            kept.value.parts_mut(&format!("{name}.value"), parts);
            kept.epoch.parts_mut(&format!("{name}.epoch"), parts);
            kept.params.iter_mut().for_each(|params| params.parts_mut(&format!("{name}.params"), parts));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Evaluation;

    fn measured(loss: f64, accuracy: Option<f64>) -> Measured {
        Measured::new(Evaluation { loss, accuracy }, 60, 0)
    }

    fn run(stop: EarlyStop, losses: &[f64], accuracies: &[f64]) -> Trained<usize> {
        let mut best = Best::new(Some(stop), &0);
        for (i, (&loss, &accuracy)) in losses.iter().zip(accuracies).enumerate() {
            let held_out = measured(loss, Some(accuracy));
            if best.update(i + 1, Some(&held_out), &(i + 1)) {
                return best.finish(&(i + 1), i + 1);
            }
        }
        best.finish(&losses.len(), losses.len())
    }

    const LOSSES: [f64; 7] = [3.0, 2.0, 2.5, 1.9, 1.9, f64::NAN, 2.0];
    const ACCURACIES: [f64; 7] = [0.5, 0.6, 0.6, 0.6, 0.7, 0.7, 0.6];

    #[test]
    fn it_waits_for_the_patience_and_keeps_the_best() {
        let stop = EarlyStop { patience: 2, on: Watch::ValLoss };
        let trained = run(stop, &LOSSES, &ACCURACIES);
        assert_eq!((trained.params, trained.epochs, trained.best), (4, 6, Some(4)));
        let trained = run(EarlyStop { patience: 1, ..stop }, &LOSSES, &ACCURACIES);
        assert_eq!((trained.params, trained.epochs, trained.best), (2, 3, Some(2)));
        let trained = run(EarlyStop { patience: 4, ..stop }, &LOSSES, &ACCURACIES);
        assert_eq!((trained.params, trained.epochs, trained.best), (4, 7, Some(4)));
    }

    #[test]
    fn a_beginning_without_a_number_is_forgotten() {
        let stop = EarlyStop { patience: 3, on: Watch::ValLoss };
        for first in [f64::NAN, f64::INFINITY] {
            let trained = run(stop, &[first, first, 1.0, 0.5, 0.6, 0.6, 0.6], &[0.5; 7]);
            assert_eq!((trained.params, trained.epochs, trained.best), (4, 7, Some(4)), "{first}");
            let trained = run(stop, &[first; 7], &[0.5; 7]);
            assert_eq!((trained.epochs, trained.best), (3, None), "{first}");
        }
    }

    #[test]
    fn accuracy_is_better_when_it_is_larger() {
        let trained = run(EarlyStop { patience: 3, on: Watch::ValAccuracy }, &LOSSES, &ACCURACIES);
        assert_eq!((trained.params, trained.epochs, trained.best), (5, 7, Some(5)));
    }

    #[test]
    fn without_a_stop_the_last_are_kept() {
        let mut best = Best::new(None, &0);
        for epoch in 1..=3 {
            let held_out = measured(epoch as f64, None);
            assert!(!best.update(epoch, Some(&held_out), &epoch));
        }
        assert_eq!(best.epoch(), None);
        let trained = best.finish(&3, 3);
        assert_eq!((trained.params, trained.best), (3, None));
    }

    #[cfg(feature = "train")]
    #[test]
    fn a_metric_improves_in_its_direction() {
        use crate::metrics::{Average, Metric, Value};
        let best = |metric: Metric, values: [Option<f64>; 5]| {
            let stop = EarlyStop { patience: 9, on: Watch::Val(metric) };
            let mut best = Best::new(Some(stop), &0);
            for (epoch, value) in (1..).zip(values) {
                let scores = [(metric, Value::Number(value))].into_iter().collect();
                let held_out = Measured { scores, ..measured(1.0, None) };
                assert!(!best.update(epoch, Some(&held_out), &epoch));
            }
            best.finish(&5, 5).best
        };
        let values = [None, Some(0.5), Some(0.25), Some(0.75), None];
        assert_eq!(best(Metric::F1(Average::Macro), values), Some(4));
        assert_eq!(best(Metric::Rmse(Average::Macro), values), Some(3));
        // Never defined: none is the best.
        assert_eq!(best(Metric::Kappa, [None; 5]), None);
        assert_eq!(best(Metric::Rmse(Average::Macro), [Some(f64::NAN); 5]), None);
    }

    #[test]
    fn a_loss_that_is_nan_is_never_the_best() {
        for loss in [f64::NAN, f64::INFINITY] {
            let mut best = Best::new(Some(EarlyStop { patience: 2, on: Watch::ValLoss }), &0);
            assert!(!best.update(1, Some(&measured(loss, None)), &1));
            assert_eq!(best.epoch(), None);
            assert!(best.update(2, Some(&measured(loss, None)), &2));
            let trained = best.finish(&2, 2);
            assert_eq!((trained.params, trained.best), (2, None));
        }
    }
}
