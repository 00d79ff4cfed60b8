use super::*;
use crate::kernels::testing::{assert_close, numbers, on_each_isa};

const ADAM: Adam = Adam { beta1: 0.9, beta2: 0.999, eps: 1e-8 };

const START: [f32; 5] = [0.5, -1.0, 0.0, 2.0, -0.25];

fn gradients(step: usize) -> [f32; 5] {
    std::array::from_fn(|i| (((step * 5 + i) * 37 % 19) as f32 - 9.0) / 8.0)
}

/// Returns the weights after four steps.
fn four(mut step: impl FnMut(u64, &mut [f32], &[f32])) -> [f32; 5] {
    let mut w = START;
    for k in 0..4 {
        step(k as u64 + 1, &mut w, &gradients(k));
    }
    w
}

#[test]
fn four_steps_as_pytorch_takes_them() {
    on_each_isa(|| {
        let w = four(|_, w, g| assert_eq!(Sgd.update(0.1, Penalty::NONE, w, g), 0.0));
        assert_close(&w, &[0.612500011920929, -1.0749998092651367, -0.025, 2.0250000953674316, -0.175], 1e-7);

        let mut v = [0.0; 5];
        let w = four(|_, w, g| {
            Momentum { momentum: 0.9 }.update(0.1, Penalty::NONE, w, g, &mut v);
        });
        let want = [
            0.7800124883651733,
            -1.4236375093460083,
            -0.31052500009536743,
            1.802587628364563,
            -0.3342999517917633,
        ];
        assert_close(&w, &want, 2e-7);

        let mut v = [0.0; 5];
        let w = four(|_, w, g| {
            Nesterov { momentum: 0.9 }.update(0.1, Penalty::NONE, w, g, &mut v);
        });
        let want = [
            0.864511251449585,
            -1.4562737941741943,
            -0.3044724762439728,
            1.8473289012908936,
            -0.2508699595928192,
        ];
        assert_close(&w, &want, 2e-7);

        let (mut m, mut v) = ([0.0; 5], [0.0; 5]);
        let w = four(|step, w, g| {
            ADAM.update(step, 0.1, Penalty::NONE, w, g, [&mut m, &mut v]);
        });
        let want = [
            0.6779195070266724,
            -1.2699172496795654,
            -0.23840443789958954,
            1.799430251121521,
            -0.40653982758522034,
        ];
        assert_close(&w, &want, 2e-7);

        let (mut m, mut v) = ([0.0; 5], [0.0; 5]);
        let adam = Adam { beta1: 0.8, beta2: 0.95, eps: 1e-2 };
        let w = four(|step, w, g| {
            adam.update(step, 0.05, Penalty::NONE, w, g, [&mut m, &mut v]);
        });
        let want = [
            0.5830789804458618,
            -1.123923659324646,
            -0.10727109014987946,
            1.9122563600540161,
            -0.3155026137828827,
        ];
        assert_close(&w, &want, 2e-7);
    });
}

#[test]
fn a_penalty_is_part_of_the_loss() {
    on_each_isa(|| {
        let penalty = Penalty { l1: 0.01, l2: 0.02 };
        let (mut v, mut penalties) = ([0.0; 5], Vec::new());
        let w = four(|_, w, g| {
            penalties.push(Momentum { momentum: 0.9 }.update(0.1, penalty, w, g, &mut v));
        });
        let want = [
            0.7499269247055054,
            -1.373906135559082,
            -0.3008618652820587,
            1.7250255346298218,
            -0.3136204779148102,
        ];
        assert_close(&w, &want, 2e-7);
        let want = [0.14374999701976776, 0.1471487432718277, 0.1502162665128708, 0.15381073951721191];
        assert_close(&penalties, &want, 1e-8);
    });
}

#[test]
fn large_tensors_are_updated_whole_and_alike_for_any_threads() {
    let len = 70_001;
    let (start, g): (Vec<f32>, Vec<f32>) = (numbers(1, len), numbers(2, len));
    let penalty = Penalty { l1: 1e-3, l2: 1e-2 };
    let run = || -> (f32, Vec<f32>, Vec<f32>, Vec<f32>) {
        let (mut w, mut m, mut v) = (start.clone(), numbers(3, len), vec![0.5f32; len]);
        let value = ADAM.update(9, 0.01, penalty, &mut w, &g, [&mut m, &mut v]);
        (value, w, m, v)
    };
    let pools = [1, 2, 5].map(|threads| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool of few threads")
    });
    on_each_isa(|| {
        let found = run();
        for pool in &pools {
            assert_eq!(pool.install(run), found);
        }
        let (absolute, square) = start
            .iter()
            .fold((0.0, 0.0), |(a, s), &w| (a + f64::from(w).abs(), s + f64::from(w) * f64::from(w)));
        assert_close(&[found.0], &[1e-3 * absolute + 1e-2 * square], 1e-6);
        let m = numbers(3, len);
        for i in 0..len {
            let w = f64::from(start[i]);
            let g = f64::from(g[i]) + 1e-3 * w.signum() + 2e-2 * w;
            let first = 0.9 * f64::from(m[i]) + 0.1 * g;
            let second = 0.999 * 0.5 + 0.001 * g * g;
            let root = (second / (1.0 - 0.999f64.powi(9))).sqrt();
            let want = w - 0.01 * first / (1.0 - 0.9f64.powi(9)) / (root + 1e-8);
            assert_close(&[found.1[i], found.2[i], found.3[i]], &[want, first, second], 3e-7);
        }
    });
}

#[test]
#[should_panic(expected = "left == right")]
fn lengths_must_agree() {
    Sgd.update(0.1, Penalty::NONE, &mut [0.0; 3], &[0.0; 4]);
}

#[test]
fn lanes_are_added_in_their_order() {
    for len in [0, 5, 4096, 50_001] {
        for count in 0..5 {
            let parts: Vec<Vec<f32>> = (0..count).map(|i| numbers(i as u64, len)).collect();
            let mut want = vec![0.0; len];
            for (i, part) in parts.iter().enumerate() {
                for (want, part) in want.iter_mut().zip(part) {
                    *want = if i == 0 { *part } else { *want + part };
                }
            }
            let mut out = vec![f32::NAN; len];
            reduce(|i| &parts[i], count, &mut out);
            assert_eq!(out, want);
        }
    }
}
