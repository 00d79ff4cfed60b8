use super::*;
use crate::kernels::activation::{Identity, Relu};
use crate::kernels::testing::{assert_close, numbers, on_each_isa};

/// Results of a training step for a batch whose lanes have one tile each.
struct Step {
    stats: Vec<f32>,
    running: [Vec<f32>; 2],
    y: Vec<f32>,
    sums: Vec<f32>,
    dx: Vec<f32>,
}

struct Layer {
    gamma: Vec<f32>,
    beta: Vec<f32>,
    mean: Vec<f32>,
    var: Vec<f32>,
    eps: f32,
    momentum: f32,
}

impl Layer {
    fn new(c: usize) -> Layer {
        Layer {
            gamma: numbers(1, c),
            beta: numbers(2, c),
            mean: numbers(3, c),
            var: numbers(4, c).iter().map(|v| v + 1.5).collect(),
            eps: 1e-5,
            momentum: 0.1,
        }
    }

    fn step<const C: usize>(&self, x: &[f32], dy: &[f32], tile: usize, lanes: usize) -> Step {
        let rows = x.len() / C;
        let mut partials = vec![vec![0.0; 2 * C + 1]; lanes];
        for (i, x) in x.chunks(tile * C).enumerate() {
            moments::<C>(x, &mut partials[i % lanes]);
        }
        let mut stats = vec![f32::NAN; 2 * C];
        let mut running = [self.mean.clone(), self.var.clone()];
        let [mean, var] = &mut running;
        let partials = partials.iter().map(Vec::as_slice);
        finish::<C>(partials, self.eps, self.momentum, &mut stats, mean, var);
        let mut y = vec![f32::NAN; x.len()];
        normalize::<C, _>(Identity, x, &stats, &self.gamma, &self.beta, &mut y);
        let mut sums = vec![0.0; 2 * C];
        for (x, dy) in x.chunks(tile * C).zip(dy.chunks(tile * C)) {
            backward_sums::<C>(x, dy, &stats, &mut sums);
        }
        let mut dx = vec![f32::NAN; x.len()];
        input_grad::<C>(x, dy, &stats, &self.gamma, &sums, rows, &mut dx);
        let mut in_place = dy.to_vec();
        input_grad_in_place::<C>(x, &mut in_place, &stats, &self.gamma, &sums, rows);
        assert_eq!(in_place, dx);
        Step { stats, running, y, sums, dx }
    }
}

fn widen(x: &[f32]) -> Vec<f64> {
    x.iter().map(|&x| f64::from(x)).collect()
}

/// Computes `y` in 64 bits by the definition.
fn reference(layer: &Layer, x: &[f64]) -> Vec<f64> {
    let c = layer.gamma.len();
    let n = (x.len() / c) as f64;
    let mut y = x.to_vec();
    for k in 0..c {
        let column = || x.iter().skip(k).step_by(c);
        let mean = column().sum::<f64>() / n;
        let variance = column().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
        for y in y.iter_mut().skip(k).step_by(c) {
            let normal = (*y - mean) / (variance + f64::from(layer.eps)).sqrt();
            *y = normal * f64::from(layer.gamma[k]) + f64::from(layer.beta[k]);
        }
    }
    y
}

fn check<const C: usize>(rows: usize, tile: usize, lanes: usize) {
    let layer = Layer::new(C);
    let x: Vec<f32> = numbers(5, rows * C).iter().enumerate().map(|(i, x)| x + (i % C % 5) as f32).collect();
    let dy = numbers(6, rows * C);
    let step = layer.step::<C>(&x, &dy, tile, lanes);
    let wide = widen(&x);
    let y = reference(&layer, &wide);
    assert_close(&step.y, &y, 2e-5);

    let loss =
        |x: &[f64]| -> f64 { reference(&layer, x).iter().zip(&dy).map(|(y, &d)| y * f64::from(d)).sum() };
    let h = 1e-5;
    for i in (0..x.len()).step_by(x.len() / 16 + 1) {
        let (mut more, mut less) = (wide.clone(), wide.clone());
        more[i] += h;
        less[i] -= h;
        let slope = (loss(&more) - loss(&less)) / (2.0 * h);
        assert!((f64::from(step.dx[i]) - slope).abs() < 2e-4, "dx[{i}]: {} not {slope}", step.dx[i]);
    }
    for k in 0..C {
        let rows = (0..rows).map(|r| r * C + k);
        let dbeta: f64 = rows.clone().map(|i| f64::from(dy[i])).sum();
        let normal = |i: usize| (y[i] - f64::from(layer.beta[k])) / f64::from(layer.gamma[k]);
        let dgamma: f64 = rows.map(|i| f64::from(dy[i]) * normal(i)).sum();
        assert_close(&[step.sums[k], step.sums[C + k]], &[dgamma, dbeta], 3e-5);
    }
}

#[test]
fn agrees_with_the_definition() {
    on_each_isa(|| {
        check::<1>(7, 7, 1);
        check::<3>(40, 7, 2);
        check::<6>(33, 10, 3);
        check::<64>(50, 8, 2);
        check::<95>(11, 2, 4);
        check::<160>(64, 64, 1);
    });
}

#[test]
fn agrees_with_pytorch() {
    let x: Vec<f32> =
        (0..15).map(|i| ((i * 37 % 19) as f32 - 9.0) / 4.0 + if i % 3 == 0 { 100.0 } else { 0.0 }).collect();
    let dy: Vec<f32> = (0..15).map(|i| ((i * 11 % 7) as f32 - 3.0) / 2.0).collect();
    let layer = Layer {
        gamma: vec![1.5, -0.5, 0.25],
        beta: vec![0.1, 0.2, -0.3],
        mean: vec![1.0, 2.0, 3.0],
        var: vec![0.5, 1.0, 2.0],
        eps: 1e-3,
        momentum: 0.2,
    };
    on_each_isa(|| {
        let step = layer.step::<3>(&x, &dy, 2, 2);
        let y = [
            -2.41216552,
            -0.506792718,
            0.053396349,
            1.956817996,
            -0.153396357,
            -0.123301832,
            1.137633587,
            0.200000003,
            -0.300000012,
            0.318449177,
            0.553396363,
            -0.476698192,
            -0.500735232,
            0.906792724,
            -0.653396372,
        ];
        // The first channel's mean is 100, where a float has no more than 5 decimals.
        assert_close(&step.y, &y, 8e-6);
        assert_close(&step.running[0], &[20.81, 1.75, 2.5], 1e-7);
        assert_close(&step.running[1], &[0.87125, 1.08125, 1.88125], 1e-6);
        let dx = [
            -0.539462904,
            -0.329794756,
            -0.329711063,
            0.280011072,
            0.164939225,
            0.329899373,
            -0.453895921,
            0.659673206,
            0.164918302,
            -1.187802915,
            -0.494775828,
            -6.277e-05,
            1.901150668,
            -4.1847e-05,
            -0.165043842,
        ];
        assert_close(&step.dx, &dx, 8e-6);
        assert_close(&step.sums, &[3.003676168, -0.35339636, 2.120378163, 0.0, -0.5, -1.0], 2e-6);

        let mut y = [f32::NAN; 15];
        let Layer { gamma, beta, .. } = &layer;
        let [mean, var] = &step.running;
        apply_running::<3, _>(Identity, &x, mean, var, gamma, beta, 1e-3, &mut y);
        let want = [
            123.67281839,
            -0.040312414,
            -0.391111127,
            130.097191584,
            0.320156211,
            -0.527777799,
            128.89262161,
            0.680624837,
            -0.664444471,
            127.688051637,
            1.041093462,
            -0.801111143,
            126.483481663,
            1.401562088,
            -0.937777815,
        ];
        assert_close(&y, &want, 1e-6);
    });
}

#[test]
fn a_large_mean_costs_no_digits() {
    on_each_isa(|| {
        let noise = numbers(7, 6000);
        let x: Vec<f32> = noise.iter().map(|x| (x * 64.0).round() / 64.0 + 8192.0).collect();
        let step = Layer::new(2).step::<2>(&x, &noise, 100, 3);
        for k in 0..2 {
            let column = || x.iter().skip(k).step_by(2).map(|&x| f64::from(x));
            let mean = column().sum::<f64>() / 3000.0;
            let variance = column().map(|x| (x - mean).powi(2)).sum::<f64>() / 3000.0;
            assert_close(&[step.stats[k]], &[mean], 1e-7);
            assert_close(&[step.stats[2 + k]], &[1.0 / (variance + 1e-5).sqrt()], 1e-5);
        }
    });
}

#[test]
fn empty_lanes_and_single_rows() {
    let layer = Layer { eps: 0.0, momentum: 0.5, ..Layer::new(2) };
    let step = layer.step::<2>(&[3.0, 4.0], &[1.0, 1.0], 1, 3);
    assert_eq!(step.stats, [3.0, 4.0, 0.0, 0.0]);
    assert_eq!(step.y, layer.beta);
    assert_eq!(step.running[1], [layer.var[0] * 0.5, layer.var[1] * 0.5]);
}

#[test]
fn the_activation_comes_last() {
    on_each_isa(|| {
        let (x, stats) = ([1.0, 2.0, 3.0, 4.0], [2.5, 0.5]);
        let mut y = [0.0; 4];
        normalize::<1, _>(Relu, &x, &stats, &[2.0], &[1.0], &mut y);
        assert_eq!(y, [0.0, 0.5, 1.5, 2.5]);
        apply_running::<1, _>(Relu, &x, &[2.5], &[3.0], &[2.0], &[1.0], 1.0, &mut y);
        assert_eq!(y, [0.0, 0.5, 1.5, 2.5]);
    });
}
