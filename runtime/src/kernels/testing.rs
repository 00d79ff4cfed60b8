//! Helpers of the kernels' tests.

use super::isa::Isa;
use std::sync::Mutex;

static LIMIT: Mutex<()> = Mutex::new(());

/// Runs a test once with each instruction set that this machine has.
pub(crate) fn on_each_isa(test: impl Fn()) {
    let _only = LIMIT.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    for isa in Isa::ALL.into_iter().filter(|isa| isa.is_available()) {
        Isa::limit(isa);
        test();
    }
}

/// Runs `before` and then `after` once with each instruction set, in every order of two.
pub(crate) fn on_each_pair_of_isas(before: impl Fn(), after: impl Fn()) {
    let _only = LIMIT.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    for first in Isa::ALL.into_iter().filter(|isa| isa.is_available()) {
        for second in Isa::ALL.into_iter().filter(|isa| isa.is_available()) {
            Isa::limit(first);
            before();
            Isa::limit(second);
            after();
        }
    }
}

/// Returns numbers in [-1, 1) that look random, the same for the same seed.
pub(crate) fn numbers(seed: u64, count: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x2545_f491_4f6c_dd1d;
    (0..count)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1 << 23) as f32 - 1.0
        })
        .collect()
}

/// Asserts that every number is within `tolerance` of its reference, relative to the larger of 1 and the reference.
#[track_caller]
pub(crate) fn assert_close(found: &[f32], reference: &[f64], tolerance: f64) {
    assert_eq!(found.len(), reference.len());
    for (i, (&f, &r)) in found.iter().zip(reference).enumerate() {
        let error = (f64::from(f) - r).abs() / r.abs().max(1.0);
        assert!(error <= tolerance, "element {i}: {f} instead of {r} (error {error:e})");
    }
}
