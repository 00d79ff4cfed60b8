//! Operations that change the values of pixels, or mix samples.

use super::super::colour::{self, from_hsv, to_hsv};
use super::super::mix::{self, Pair, beta};
use super::super::noise::{self, rectangle};
use super::*;
use proptest::prelude::*;

#[test]
fn colours_are_those_of_their_formulas() {
    let len = 20;
    let image = image(60, 11);
    let grey = |at: usize| {
        let [r, g, b] = [0, 1, 2].map(|c| f64::from(image[c * len + at]));
        0.299 * r + 0.587 * g + 0.114 * b
    };
    let mean = (0..len).map(grey).sum::<f64>() / len as f64;
    type Change = fn(&mut [f32], f32);
    type Formula<'a> = &'a dyn Fn(usize, f64) -> f64;
    let changes: [(Change, Formula<'_>); 5] = [
        (colour::brightness, &|_, x| 1.3 * x),
        (|image, f| colour::contrast(image, 20, f), &|_, x| 1.3 * x - 0.3 * mean),
        (|image, f| colour::saturation(image, 20, f), &|at, x| 1.3 * x - 0.3 * grey(at)),
        (colour::gamma, &|_, x| x.powf(1.3)),
        (|image, _| colour::saturation(image, 20, 0.0), &|at, _| grey(at)),
    ];
    for (change, formula) in changes {
        let mut changed = image.clone();
        change(&mut changed, 1.3);
        let expected = image.iter().enumerate();
        let expected = expected.map(|(i, &x)| formula(i % len, f64::from(x)).clamp(0.0, 1.0) as f32);
        assert_near(&changed, &expected.collect::<Vec<_>>(), 1e-6);
    }
    let mut plain = image[..len].to_vec();
    colour::contrast(&mut plain, len, 0.5);
    let mean = image[..len].iter().sum::<f32>() / len as f32;
    let expected = image[..len].iter().map(|x| (x + mean) / 2.0);
    assert_near(&plain, &expected.collect::<Vec<_>>(), 1e-6);
}

#[test]
fn colours_without_a_choice() {
    let len = 4;
    let image = image(12, 13);
    let mut inverted = image.clone();
    assert!(colour::apply(Operation::Invert, &mut inverted, len, &mut draw(1)));
    assert_near(&inverted, &image.iter().map(|x| 1.0 - x).collect::<Vec<_>>(), 1e-7);
    let mut grey = image.clone();
    assert!(colour::apply(Operation::Greyscale, &mut grey, len, &mut draw(1)));
    let expected = |at: usize| 0.299 * image[at] + 0.587 * image[len + at] + 0.114 * image[2 * len + at];
    assert_near(&grey, &(0..12).map(|i| expected(i % len)).collect::<Vec<_>>(), 1e-6);
}

#[test]
fn factors_are_uniform_about_one() {
    // A grey of one half, so that nothing is cut off: what comes out says which factor was drawn.
    let drawn = |operation: Operation| {
        let of_seed = |seed: u64| {
            let mut pixel = [0.5];
            assert!(colour::apply(operation, &mut pixel, 1, &mut draw(seed)));
            f64::from(pixel[0])
        };
        (0..4000).map(of_seed).collect::<Vec<_>>()
    };
    let factors: Vec<f64> =
        drawn(Operation::Brightness { amount: 0.4 }).into_iter().map(|x| (2.0 * x - 0.6) / 0.8).collect();
    let powers = drawn(Operation::Gamma { amount: 0.5 }).into_iter().map(|x| -x.log2());
    let powers: Vec<f64> = powers.map(|g| (g.ln() / 1.5f64.ln() + 1.0) / 2.0).collect();
    for mut shares in [factors, powers] {
        shares.sort_by(f64::total_cmp);
        // Kolmogorov and Smirnov: the distance of an empirical distribution to the true one, at 1 in 10,000.
        let count = shares.len() as f64;
        let distances = shares.iter().enumerate().map(|(i, x)| (x - (i as f64 + 0.5) / count).abs());
        let distance = distances.fold(0.0, f64::max);
        assert!(distance < 2.2 / count.sqrt(), "{distance}");
    }
}

#[test]
fn hues_turn_round_the_circle() {
    let sixths = [
        [1.0, 0.0, 0.0],
        [1.0, 1.0, 0.0],
        [0.0, 1.0, 0.0],
        [0.0, 1.0, 1.0],
        [0.0, 0.0, 1.0],
        [1.0, 0.0, 1.0],
        [1.0, 0.0, 0.0],
    ];
    for pair in sixths.windows(2) {
        let mut pixel = pair[0].to_vec();
        colour::hue(&mut pixel, 1, 1.0 / 6.0);
        assert_near(&pixel, &pair[1], 1e-6);
    }
    let image = image(300, 12);
    for pixel in image.chunks_exact(3) {
        let pixel = [pixel[0], pixel[1], pixel[2]];
        assert_near(&from_hsv(to_hsv(pixel)), &pixel, 1e-6);
        // Python's colorsys.rgb_to_hsv(0.2, 0.4, 0.6)
    }
    assert_near(&to_hsv([0.2, 0.4, 0.6]), &[0.583_333_3, 0.666_666_7, 0.6], 1e-6);
    let mut greys = vec![0.3, 0.3, 0.3];
    colour::hue(&mut greys, 1, 0.4);
    assert_eq!(greys, [0.3, 0.3, 0.3]);
}

fn noisy(operation: Operation, image: &mut [f32], size: [usize; 2], seed: u64) {
    assert!(noise::apply(operation, image, size, &mut Smooth::default(), &mut draw(seed)));
}

#[test]
fn noise_has_its_deviation_and_its_share() {
    let size = [100, 100];
    let mut image = vec![0.5; 10_000];
    noisy(Operation::GaussianNoise { std: 0.05 }, &mut image, size, 1);
    let mean = image.iter().sum::<f32>() / 1e4;
    let deviation = (image.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / 1e4).sqrt();
    assert!((mean - 0.5).abs() < 0.0025 && (deviation - 0.05).abs() < 0.002, "{mean} {deviation}");

    let mut image = vec![0.5; 30_000];
    noisy(Operation::SaltAndPepper { amount: 0.2 }, &mut image, size, 1);
    let (salt, pepper) =
        [1.0, 0.0].map(|value| image[..10_000].iter().filter(|x| **x == value).count() as i32).into();
    assert!((salt - 1000).abs() < 150 && (pepper - 1000).abs() < 150, "{salt} {pepper}");
    assert_eq!(image[..10_000], image[10_000..20_000], "channels together");
    assert_eq!(image[..10_000], image[20_000..]);
}

#[test]
fn blurring_keeps_the_mean_of_what_is_far_from_the_border() {
    let mut image = vec![0.0; 41 * 41];
    image[20 * 41 + 20] = 1.0;
    noisy(Operation::Blur { sigma: 3.0 }, &mut image, [41, 41], 4);
    let total: f32 = image.iter().sum();
    assert!((total - 1.0).abs() < 1e-5 && image[20 * 41 + 20] < 0.9, "{total}");
}

#[test]
fn erased_rectangles_have_the_shape_they_shall_have() {
    let size = [64, 48];
    let mut d = draw(5);
    for _ in 0..500 {
        let [top, left, rows, columns] = rectangle(size, [0.02, 0.4], 0.3, &mut d).unwrap();
        assert!(top + rows <= 64 && left + columns <= 48);
        let (area, ratio) = ((rows * columns) as f64 / 3072.0, rows as f64 / columns as f64);
        // Sides are rounded to whole pixels.
        assert!((0.015..=0.42).contains(&area) && (0.25..=3.9).contains(&ratio), "{area} {ratio}");
    }
    let mut image = vec![0.5; 3 * 64 * 48];
    noisy(
        Operation::Erase { smallest: 0.1, largest: 0.1, aspect: 1.0, fill: Some(0.75) },
        &mut image,
        size,
        1,
    );
    let erased = image.iter().filter(|x| **x == 0.75).count();
    assert_eq!(erased, 3 * 18 * 18, "a square of a tenth, in all channels");
    assert!(image.iter().all(|x| [0.5, 0.75].contains(x)));
    noisy(Operation::Erase { smallest: 0.1, largest: 0.1, aspect: 1.0, fill: None }, &mut image, size, 2);
    assert!(image.iter().filter(|x| ![0.5, 0.75].contains(*x)).count() > 3 * 18 * 18 - 5);
}

#[test]
fn shares_have_the_moments_of_beta() {
    for alpha in [0.05, 0.2, 1.0, 4.0] {
        let mut d = draw(6);
        let n = 20_000;
        let shares: Vec<f64> = (0..n).map(|_| beta(&mut d, alpha)).collect();
        assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)));
        let mean = shares.iter().sum::<f64>() / f64::from(n);
        let variance = shares.iter().map(|share| (share - 0.5).powi(2)).sum::<f64>() / f64::from(n);
        let expected = 0.25 / (2.0 * alpha + 1.0);
        assert!((mean - 0.5).abs() < 5.0 * (expected / f64::from(n)).sqrt(), "{alpha}: {mean}");
        assert!((variance - expected).abs() < 0.05 * expected, "{alpha}: {variance}");
    }
}

#[test]
fn mixed_samples_and_targets_have_the_same_shares() {
    let (ones, zeros) = (vec![1.0; 24], vec![0.0; 24]);
    let mut inside = 0;
    for seed in 0..200 {
        for operation in [Operation::Mixup { alpha: 1.0 }, Operation::Cutmix { alpha: 1.0 }] {
            let (mut sample, mut target) = (zeros.clone(), vec![0.0, 1.0]);
            let mut pair =
                Pair { sample: &mut sample, target: &mut target, other: &ones, other_target: &[1.0, 0.0] };
            mix::apply(operation, [4, 6], Targets::Labels, &mut pair, &mut draw(seed));
            let share = sample.iter().sum::<f32>() / 24.0;
            assert_near(&target, &[share, 1.0 - share], 1e-6);
            let values = |x: &f32| *x == 0.0 || *x == 1.0;
            match operation {
                Operation::Mixup { .. } => assert!(sample.iter().all(|x| *x == sample[0])),
                _ => assert!(sample.iter().all(values)),
            }
            inside += usize::from(share > 0.01 && share < 0.99);
        }
    }
    assert!(inside > 300, "{inside}");
}

fn any_operation() -> impl Strategy<Value = Operation> {
    let resample = (0.0f32..=1.0, any::<bool>()).prop_map(|(fill, nearest)| {
        if nearest { Resample { fill, ..NEAREST } } else { Resample { fill, ..PLAIN } }
    });
    let amount = 0.01f64..0.9;
    (0..24usize, resample, amount).prop_map(|(which, resample, amount)| {
        let small = amount as f32;
        match which {
            0 => Operation::Rotate { degrees: 180.0 * amount, resample },
            1 => Operation::Shift { y: 5.0 * amount, x: 4.0 * amount, resample },
            2 => Operation::Zoom { amount, resample },
            3 => Operation::Shear { degrees: 80.0 * amount, resample },
            4 => Operation::Affine {
                degrees: 90.0 * amount,
                y: 1.0,
                x: 2.0,
                zoom: amount,
                shear: 20.0,
                resample,
            },
            5 => Operation::Elastic { alpha: 20.0 * amount, sigma: 3.0 * amount, resample },
            6 => Operation::FlipHorizontal,
            7 => Operation::FlipVertical,
            8 => Operation::RandomCrop { height: 3, width: 2 },
            9 => Operation::CenterCrop { height: 2, width: 4 },
            10 => Operation::PadAndCrop { pad: 2, resample },
            11 => Operation::Brightness { amount: small },
            12 => Operation::Contrast { amount: small },
            13 => Operation::Saturation { amount: small },
            14 => Operation::Hue { degrees: 180.0 * small },
            15 => Operation::Gamma { amount: 5.0 * small },
            16 => Operation::Greyscale,
            17 => Operation::Invert,
            18 => Operation::GaussianNoise { std: small },
            19 => Operation::SaltAndPepper { amount: small },
            20 => Operation::Blur { sigma: 9.0 * amount },
            21 => Operation::Erase { smallest: 0.02, largest: 0.02 + amount, aspect: 0.3, fill: None },
            22 => Operation::Mixup { alpha: amount },
            _ => Operation::Cutmix { alpha: 3.0 * amount },
        }
    })
}

proptest! {
    #[test]
    fn pixels_stay_between_black_and_white(
        operations in prop::collection::vec((any_operation(), 0.0f32..=1.0), 1..6),
        seed in any::<u64>(),
    ) {
        let operations: Vec<Augment> =
            operations.into_iter().map(|(operation, p)| Augment { operation, p }).collect();
        let augmentation = Augmentation { operations: operations.leak(), targets: Targets::Labels };
        let data = dataset(5, [3, 6, 5], classes(5)).one_hot(4);
        let mut batches = Batches::new(&data, 3).augmented_by(augmentation, 0).unwrap();
        for (inputs, targets) in epochs(&mut batches, seed, 1..3) {
            prop_assert!(inputs.iter().all(|x| (-1e-5..=1.0 + 1e-5).contains(x)), "{inputs:?}");
            for target in targets.chunks_exact(4) {
                prop_assert!((target.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{target:?}");
            }
        }
    }
}
