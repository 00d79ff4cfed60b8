//! The best parameters so far, and when to stop.

use super::{EarlyStop, Trained};
use crate::metrics::Measured;

/// The best parameters so far by the held-out samples, if the recipe stops early; otherwise nothing is kept.
#[derive(Clone, Debug)]
pub struct Best<P> {
    kept: Option<Kept<P>>,
}

#[derive(Clone, Debug)]
struct Kept<P> {
    stop: EarlyStop,
    params: P,
    /// The watched value as a number that falls when it improves; infinite before the first epoch.
    value: f64,
    /// The epoch, counted from 1; 0 before the first that is better than none.
    epoch: usize,
}

impl<P: Clone> Best<P> {
    /// Creates the state before the first epoch; memory for the best parameters is taken once.
    pub fn new(stop: Option<EarlyStop>, params: &P) -> Best<P> {
        Best { kept: stop.map(|stop| Kept { stop, params: params.clone(), value: f64::INFINITY, epoch: 0 }) }
    }

    /// Notes what an epoch, counted from 1, has led to; returns whether to stop.
    ///
    /// Where there is no accuracy, the loss is watched. What is NaN, infinite or not defined is no improvement, and never
    /// the best.
    pub fn update(&mut self, epoch: usize, held_out: Option<&Measured>, params: &P) -> bool {
        let (Some(kept), Some(held_out)) = (&mut self.kept, held_out) else { return false };
        let value = held_out.watched(kept.stop.on);
        if value < kept.value {
            kept.params.clone_from(params);
            (kept.value, kept.epoch) = (value, epoch);
        }
        epoch - kept.epoch >= kept.stop.patience
    }

    /// Returns the best epoch so far; `None` if nothing is watched, or what is watched was never defined.
    pub fn epoch(&self) -> Option<usize> {
        self.kept.as_ref().map(|kept| kept.epoch).filter(|&epoch| epoch > 0)
    }

    /// Returns the best parameters, or else the last ones.
    pub fn finish(self, last: &P, epochs: usize) -> Trained<P> {
        let best = self.epoch();
        let params = match self.kept {
            Some(kept) if best.is_some() => kept.params,
            _ => last.clone(),
        };
        Trained { params, epochs, best }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Evaluation;
    use crate::train::Watch;

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
