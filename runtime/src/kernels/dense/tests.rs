use super::super::activation::{Activation, Identity, LeakyRelu, Relu};
use super::super::isa::Isa;
use super::super::testing::{assert_close, numbers, on_each_isa, on_each_pair_of_isas};
use super::*;

/// Checks every kernel against the definition, and the shared ones against the serial ones.
fn check<const I: usize, const O: usize>() {
    check_batches::<I, O>(&[0, 1, 2, 3, 4, 5, 7, 8, 13]);
}

/// Checks all kernels of a layer with these sizes and batches.
fn check_batches<const I: usize, const O: usize>(batches: &[usize]) {
    // Rounding errors grow with the number of terms.
    let tolerance = I.max(O) as f64 * 5e-8 + 1e-5;
    on_each_isa(|| {
        for &n in batches {
            let (x, w, dy, bias) = (numbers(1, n * I), numbers(2, I * O), numbers(3, n * O), numbers(4, O));
            let (mut y, mut dx, mut dw) = (vec![0.0; n * O], vec![0.0; n * I], vec![0.0; O * I]);
            for s in 0..n {
                for o in 0..O {
                    for i in 0..I {
                        let (x, w, dy) =
                            (f64::from(x[s * I + i]), f64::from(w[o * I + i]), f64::from(dy[s * O + o]));
                        y[s * O + o] += x * w;
                        dx[s * I + i] += dy * w;
                        dw[o * I + i] += dy * x;
                    }
                }
            }

            let (mut found, mut shared) = (vec![f32::NAN; y.len()], vec![f32::NAN; y.len()]);
            forward::<I, O, _>(n, Identity, &x, &w, None, &mut found);
            assert_close(&found, &y, tolerance);
            forward::<I, O, _>(n, LeakyRelu(0.25), &x, &w, Some(&bias), &mut found);
            forward_batch::<I, O, _>(n, LeakyRelu(0.25), &x, &w, Some(&bias), &mut shared);
            for (i, y) in y.iter_mut().enumerate() {
                *y += f64::from(bias[i % O]);
                *y *= if *y > 0.0 { 1.0 } else { 0.25 };
            }
            assert_close(&found, &y, tolerance);
            assert_eq!(found, shared);

            let mut packed = vec![f32::NAN; packed_len::<I, O>()];
            pack::<I, O>(&w, &mut packed);
            let mut found = vec![f32::NAN; n * O];
            forward_packed::<I, O, _>(n, LeakyRelu(0.25), &x, &packed, Some(&bias), &mut found);
            assert_close(&found, &y, tolerance);
            for s in 0..n {
                let (mut alone, x) = (vec![f32::NAN; O], &x[s * I..(s + 1) * I]);
                forward_packed::<I, O, _>(1, LeakyRelu(0.25), x, &packed, Some(&bias), &mut alone);
                assert_eq!(alone, &found[s * O..(s + 1) * O], "alone as in a batch");
            }

            let (mut found, mut shared) = (vec![f32::NAN; dx.len()], vec![f32::NAN; dx.len()]);
            input_grad::<I, O, _>(n, &dy, &w, Identity.at(&[]), &mut found);
            assert_close(&found, &dx, tolerance);
            input_grad::<I, O, _>(n, &dy, &w, Relu.at(&x), &mut found);
            input_grad_batch::<I, O, _>(n, &dy, &w, Relu.at(&x), &mut shared);
            for (dx, &x) in dx.iter_mut().zip(&x) {
                *dx *= if x > 0.0 { 1.0 } else { 0.0 };
            }
            assert_close(&found, &dx, tolerance);
            assert_eq!(found, shared);

            let (mut found, mut shared) = (vec![0.0; dw.len()], vec![f32::NAN; dw.len()]);
            weight_grad::<I, O>(n, &x, &dy, &mut found);
            weight_grad_batch::<I, O>(n, &x, &dy, &mut shared);
            assert_close(&found, &dw, 2e-5);
            assert_eq!(found, shared);
            if n == 1 {
                let mut one = vec![f32::NAN; dw.len()];
                weight_grad_of_one::<I, O>(&x, &dy, &mut one);
                assert_eq!(found, one);
            }
            weight_grad::<I, O>(n, &x, &dy, &mut found);
            assert_close(&found, &dw.iter().map(|dw| 2.0 * dw).collect::<Vec<_>>(), 4e-5);

            let (mut found, mut shared) = (vec![0.0; O], vec![f32::NAN; O]);
            conv::bias_grad::<O>(&dy, &mut found);
            bias_grad_batch::<O>(&dy, &mut shared);
            assert_eq!(found, shared);
        }
    });
}

/// Checks that weights which were packed under one limit of the instruction set are right under every other.
fn check_packed_elsewhere<const I: usize, const O: usize>() {
    let n = 9;
    let (x, w, bias) = (numbers(1, n * I), numbers(2, I * O), numbers(4, O));
    let y = |s: usize, o: usize| -> f64 {
        let products = (0..I).map(|i| f64::from(x[s * I + i]) * f64::from(w[o * I + i]));
        let y = products.sum::<f64>() + f64::from(bias[o]);
        if y > 0.0 { y } else { 0.25 * y }
    };
    let y: Vec<f64> = (0..n * O).map(|at| y(at / O, at % O)).collect();
    let packed = std::cell::RefCell::new(vec![f32::NAN; packed_len::<I, O>()]);
    on_each_pair_of_isas(
        || pack::<I, O>(&w, &mut packed.borrow_mut()),
        || {
            for n in [1, 2, n] {
                let mut found = vec![f32::NAN; n * O];
                let a = LeakyRelu(0.25);
                forward_packed::<I, O, _>(n, a, &x[..n * I], &packed.borrow(), Some(&bias), &mut found);
                assert_close(&found, &y[..n * O], I as f64 * 5e-8 + 1e-5);
            }
        },
    );
}

#[test]
fn packed_weights_know_their_order() {
    check_packed_elsewhere::<1, 1>();
    check_packed_elsewhere::<17, 10>();
    check_packed_elsewhere::<30, 100>();
    check_packed_elsewhere::<400, 120>();
    check_packed_elsewhere::<333, 257>();
}

/// Checks that packed weights give the same bits with each instruction set that fuses multiply-adds.
fn check_bits<const I: usize, const O: usize>() {
    let most = 19;
    let (x, w, bias) = (numbers(1, most * I), numbers(2, I * O), numbers(4, O));
    let first = std::cell::RefCell::new(None);
    on_each_isa(|| {
        if Isa::current() == Isa::Portable {
            return;
        }
        let mut packed = vec![f32::NAN; packed_len::<I, O>()];
        pack::<I, O>(&w, &mut packed);
        let results = [1, 2, 6, most].map(|n| {
            let mut found = vec![f32::NAN; n * O];
            forward_packed::<I, O, _>(n, Identity, &x[..n * I], &packed, Some(&bias), &mut found);
            found
        });
        assert_eq!(first.borrow_mut().get_or_insert_with(|| results.clone()), &results, "[{I}] to [{O}]");
    });
}

#[test]
fn fused_instruction_sets_have_the_same_bits() {
    // One to four blocks in a panel, several panels, and runs of every number.
    check_bits::<1, 1>();
    check_bits::<23, 10>();
    check_bits::<31, 16>();
    check_bits::<84, 10>();
    check_bits::<9, 20>();
    check_bits::<100, 32>();
    check_bits::<50, 48>();
    check_bits::<333, 40>();
    check_bits::<77, 64>();
    check_bits::<400, 120>();
    check_bits::<2100, 257>();
}

#[test]
#[should_panic(expected = "the weights have not been packed")]
fn weights_that_were_not_packed_are_refused() {
    let packed = [0.0; packed_len::<2, 1>()];
    forward_packed::<2, 1, _>(1, Identity, &[1.0, 2.0], &packed, None, &mut [0.0]);
}

#[test]
fn small() {
    check::<1, 1>();
    check::<3, 2>();
    check::<13, 7>();
    check::<16, 1>();
    check::<17, 10>();
}

#[test]
fn lenet() {
    check::<400, 120>();
    check::<120, 84>();
    check::<84, 10>();
}

#[test]
fn shared() {
    check::<784, 130>();
    check::<333, 257>();
    check::<15, 1500>();
    check::<1500, 15>();
}

/// The layers have more inputs than stay in a cache, and more samples than meet them at once.
#[test]
fn long_rows() {
    check_batches::<2300, 3>(&[1, 9, 70]);
    check_batches::<3333, 70>(&[1, 50]);
}

#[test]
fn threads_do_not_matter() {
    const I: usize = 300;
    const O: usize = 199;
    const N: usize = 21;
    let (x, w, dy, bias) = (numbers(1, N * I), numbers(2, I * O), numbers(3, N * O), numbers(4, O));
    on_each_isa(|| {
        let run = |threads| {
            let pool =
                rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool of threads");
            pool.install(|| {
                let mut results = [vec![0.0; N * O], vec![0.0; N * I], vec![0.0; I * O], vec![0.0; O]];
                let [y, dx, dw, db] = &mut results;
                forward_batch::<I, O, _>(N, Relu, &x, &w, Some(&bias), y);
                input_grad_batch::<I, O, _>(N, &dy, &w, Relu.at(&x), dx);
                weight_grad_batch::<I, O>(N, &x, &dy, dw);
                bias_grad_batch::<O>(&dy, db);
                results
            })
        };
        let one = run(1);
        for threads in [2, 3, 8] {
            assert_eq!(one, run(threads), "{threads} threads");
        }
    });
}
