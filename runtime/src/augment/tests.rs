use super::geometry::{Matrix, Smooth, Warp, compose, inverse, rotation};
use super::*;
use crate::data::{self, Batches, Dataset, TargetsRef};
use crate::rng::{Draw, Purpose, Stream};
use crate::weights::Normalization;

mod pixels;

const PLAIN: Resample = Resample { fill: 0.25, interpolation: Interpolation::Bilinear };
const NEAREST: Resample = Resample { interpolation: Interpolation::Nearest, ..PLAIN };

fn draw(seed: u64) -> Draw {
    Stream::new(seed, Purpose::Augment, 7, 1).draw()
}

/// Returns random numbers from 0 to 1.
fn image(len: usize, seed: u64) -> Vec<f32> {
    let mut draw = Stream::new(seed, Purpose::Init, 0, 0).draw();
    (0..len).map(|_| draw.uniform()).collect()
}

/// Applies one operation to an image, with the draws of `seed`.
fn moved(operation: Operation, image: &[f32], [height, width]: [usize; 2], seed: u64) -> Vec<f32> {
    let mut warp = Warp::new(height, width);
    assert!(warp.push(operation, &mut draw(seed)));
    warp.trace();
    let mut image = image.to_vec();
    warp.apply(&mut image, None);
    image
}

/// Warps an image by the definition: each pixel of the source counts for a pixel by a tent around the place
/// that it comes from, which solves a linear system.
fn naive(matrix: Matrix, image: &[f32], [height, width]: [usize; 2], fill: f64) -> Vec<f32> {
    let [a, b, c, d, e, f] = matrix;
    let mut moved = vec![];
    for y in 0..height {
        for x in 0..width {
            let (right, below) = (x as f64 - c, y as f64 - f);
            let from_x = (right * e - b * below) / (a * e - b * d);
            let from_y = (a * below - right * d) / (a * e - b * d);
            let mut sum = 0.0;
            let mut all = 0.0;
            for i in 0..height {
                for j in 0..width {
                    let tent = |at: f64, from: f64| (1.0 - (at - from).abs()).max(0.0);
                    let weight = tent(i as f64, from_y) * tent(j as f64, from_x);
                    sum += weight * f64::from(image[i * width + j]);
                    all += weight;
                }
            }
            moved.push((sum + (1.0 - all) * fill) as f32);
        }
    }
    moved
}

#[track_caller]
fn assert_near(found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len());
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!((found - expected).abs() <= tolerance, "{i}: {found} is not {expected}");
    }
}

#[test]
fn quarter_turns_and_flips_are_exact() {
    #[rustfmt::skip]
    let marked = [
        1.0, 2.0, 3.0,
        4.0, 5.0, 6.0,
        7.0, 8.0, 9.0,
    ];
    let mut warp = Warp::new(3, 3);
    warp.about_the_middle(rotation(90.0));
    warp.trace();
    let mut turned = marked.to_vec();
    warp.apply(&mut turned, None);
    assert_eq!(turned, [3.0, 6.0, 9.0, 2.0, 5.0, 8.0, 1.0, 4.0, 7.0], "counter-clockwise");
    let flipped = moved(Operation::FlipHorizontal, &marked, [3, 3], 0);
    assert_eq!(flipped, [3.0, 2.0, 1.0, 6.0, 5.0, 4.0, 9.0, 8.0, 7.0]);
    let flipped = moved(Operation::FlipVertical, &marked, [3, 3], 0);
    assert_eq!(flipped, [7.0, 8.0, 9.0, 4.0, 5.0, 6.0, 1.0, 2.0, 3.0]);
}

#[test]
fn bilinear_images_are_those_of_tents() {
    let size = [7, 9];
    let image = image(63, 1);
    let (x, y) = (4.0, 3.0);
    let about = |[a, b, c, d, e, f]: Matrix| {
        compose(
            [1.0, 0.0, x + c, 0.0, 1.0, y + f],
            compose([a, b, 0.0, d, e, 0.0], [1.0, 0.0, -x, 0.0, 1.0, -y]),
        )
    };
    for seed in 0..20 {
        let mut d = draw(seed);
        let mut within = |limit: f64| (2.0 * f64::from(d.uniform()) - 1.0) * limit;
        let [u, v, w, s, t] = std::array::from_fn(|_| within(1.0));
        let turn = |share: f64, degrees: f64| {
            let (sin, cos) = (share * degrees).to_radians().sin_cos();
            [cos, sin, 0.0, -sin, cos, 0.0]
        };
        let tan = |share: f64, degrees: f64| (share * degrees).to_radians().tan();
        let cases = [
            (Operation::Rotate { degrees: 40.0, resample: PLAIN }, about(turn(u, 40.0))),
            (Operation::Shift { y: 2.5, x: 1.5, resample: PLAIN }, [1.0, 0.0, 1.5 * v, 0.0, 1.0, 2.5 * u]),
            (
                Operation::Zoom { amount: 0.5, resample: PLAIN },
                about([1.0 + 0.5 * u, 0.0, 0.0, 0.0, 1.0 + 0.5 * u, 0.0]),
            ),
            (
                Operation::Shear { degrees: 30.0, resample: PLAIN },
                about([1.0, tan(u, 30.0), 0.0, 0.0, 1.0, 0.0]),
            ),
            (Operation::Affine { degrees: 20.0, y: 1.0, x: 2.0, zoom: 0.3, shear: 10.0, resample: PLAIN }, {
                let z = 1.0 + 0.3 * s;
                let shear = [1.0, tan(t, 10.0), 0.0, 0.0, 1.0, 0.0];
                let linear = compose(turn(u, 20.0), compose([z, 0.0, 0.0, 0.0, z, 0.0], shear));
                compose([1.0, 0.0, 2.0 * w, 0.0, 1.0, v], about(linear))
            }),
        ];
        for (operation, matrix) in cases {
            let expected = naive(matrix, &image, size, 0.25);
            assert_near(&moved(operation, &image, size, seed), &expected, 2e-6);
        }
    }
}

#[test]
fn neighbours_are_composed_so_that_nothing_is_lost_between() {
    let size = [5, 6];
    let image = image(30, 2);
    let mut warp = Warp::new(5, 6);
    let away: Matrix = [1.0, 0.0, 4.0, 0.0, 1.0, -3.0];
    warp.affine(away);
    warp.affine(inverse(away));
    warp.about_the_middle(rotation(25.0));
    warp.about_the_middle(rotation(-10.0));
    warp.trace();
    let mut moved = image.clone();
    warp.apply(&mut moved, Some(PLAIN));
    let (x, y) = (2.5, 2.0);
    let turn = compose([1.0, 0.0, x, 0.0, 1.0, y], compose(rotation(15.0), [1.0, 0.0, -x, 0.0, 1.0, -y]));
    assert_near(&moved, &naive(turn, &image, size, 0.25), 2e-6);
}

#[test]
fn the_nearest_pixel_is_taken() {
    let (height, width) = (6, 8);
    let image = image(48, 3);
    for seed in 0..20 {
        let operation = Operation::Rotate { degrees: 45.0, resample: NEAREST };
        let turned = moved(operation, &image, [height, width], seed);
        let angle = (45.0 * (2.0 * f64::from(draw(seed).uniform()) - 1.0)).to_radians();
        for (at, found) in turned.iter().enumerate() {
            let (x, y) = ((at % width) as f64 - 3.5, (at / width) as f64 - 2.5);
            let from = [x * angle.cos() - y * angle.sin() + 3.5, x * angle.sin() + y * angle.cos() + 2.5];
            // In the middle between two pixels either may be the nearest.
            if from.iter().any(|at| ((at - at.floor()) - 0.5).abs() < 1e-4) {
                continue;
            }
            let [column, row] = from.map(|at| at.round() as i64);
            let inside = (0..8).contains(&column) && (0..6).contains(&row);
            let expected = if inside { image[(row * 8 + column) as usize] } else { 0.25 };
            assert_eq!(*found, expected, "{at} turned by {angle}");
        }
    }
}

#[test]
fn padded_and_cropped_images_are_shifted_by_whole_pixels() {
    let (height, width, pad) = (5, 4, 2);
    let image = image(20, 4);
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..400 {
        let moved = moved(Operation::PadAndCrop { pad, resample: PLAIN }, &image, [height, width], seed);
        let shifts = (-2..=2).flat_map(|y| (-2..=2).map(move |x| (y, x)));
        let found = shifts.filter(|&(dy, dx): &(i32, i32)| {
            (0..20).all(|i| {
                let (y, x) = ((i / 4) - dy, (i % 4) - dx);
                let inside = (0..5).contains(&y) && (0..4).contains(&x);
                moved[i as usize] == if inside { image[(y * 4 + x) as usize] } else { 0.25 }
            })
        });
        let found: Vec<_> = found.collect();
        assert_eq!(found.len(), 1, "{moved:?}");
        seen.extend(found);
    }
    assert_eq!(seen.len(), 25, "all shifts come about");
}

#[test]
fn windows_are_enlarged_to_the_image() {
    #[rustfmt::skip]
    let marked = [
        9.0, 9.0, 9.0, 9.0,
        9.0, 0.0, 4.0, 9.0,
        9.0, 8.0, 12.0, 9.0,
        9.0, 9.0, 9.0, 9.0,
    ];
    let cropped = moved(Operation::CenterCrop { height: 2, width: 2 }, &marked, [4, 4], 0);
    // As torch.nn.functional.interpolate(x, size=4, mode="bilinear", align_corners=False).
    #[rustfmt::skip]
    let expected = [
        0.0, 1.0, 3.0, 4.0,
        2.0, 3.0, 5.0, 6.0,
        6.0, 7.0, 9.0, 10.0,
        8.0, 9.0, 11.0, 12.0,
    ];
    assert_eq!(cropped, expected);
    let windows: std::collections::BTreeSet<_> = (0..100)
        .map(|seed| {
            let cropped =
                moved(Operation::RandomCrop { height: 1, width: 1 }, &[0.0, 1.0, 2.0, 3.0], [2, 2], seed);
            assert!(cropped.iter().all(|x| *x == cropped[0]));
            cropped[0] as u8
        })
        .collect();
    assert_eq!(windows.len(), 4);
}

#[test]
fn smoothing_is_a_convolution_with_a_gaussian() {
    let (height, width, sigma) = (6, 5, 1.3);
    let plane = image(30, 5);
    let mut smoothed = plane.clone();
    Smooth::default().apply(&mut smoothed, width, sigma);
    let reach = (3.0f64 * sigma).ceil() as i32;
    let mut expected = vec![];
    for y in 0..height {
        for x in 0..width as i32 {
            let (mut sum, mut all) = (0.0, 0.0);
            for i in -reach..=reach {
                for j in -reach..=reach {
                    let weight = (-f64::from(i * i + j * j) / (2.0 * sigma * sigma)).exp();
                    let (row, column) = ((y + i).clamp(0, height - 1), (x + j).clamp(0, width as i32 - 1));
                    sum += weight * f64::from(plane[(row * width as i32 + column) as usize]);
                    all += weight;
                }
            }
            expected.push((sum / all) as f32);
        }
    }
    assert_near(&smoothed, &expected, 1e-6);
}

#[test]
fn elastic_images_follow_smooth_fields() {
    let (height, width) = (6, 5);
    let image = image(30, 6);
    let (alpha, sigma) = (3.0, 1.5);
    let moved = moved(Operation::Elastic { alpha, sigma, resample: PLAIN }, &image, [height, width], 9);
    let mut draw = draw(9);
    let mut field = || {
        let mut field: Vec<f32> = (0..30).map(|_| 2.0 * draw.uniform() - 1.0).collect();
        Smooth::default().apply(&mut field, width, sigma);
        field
    };
    let (right, below) = (field(), field());
    for at in 0..30 {
        let (x, y) = (alpha * f64::from(right[at]), alpha * f64::from(below[at]));
        let expected = naive([1.0, 0.0, -x, 0.0, 1.0, -y], &image, [height, width], 0.25)[at];
        assert!((moved[at] - expected).abs() < 1e-5, "{at}: {} is not {expected}", moved[at]);
    }
    assert!(right.iter().any(|x| x.abs() > 0.1), "pixels are moved");
}

fn dataset(count: usize, shape: [usize; 3], targets: data::Targets) -> Dataset {
    let len = shape.iter().product::<usize>();
    Dataset::new(&shape, image(count * len, 8), targets).unwrap()
}

fn classes(count: usize) -> data::Targets {
    data::Targets::Classes((0..count as u32).map(|i| i % 4).collect())
}

/// Returns the inputs and numbers of some epochs, in the order in which they are handed out.
fn epochs(batches: &mut Batches<'_>, seed: u64, epochs: std::ops::Range<usize>) -> Vec<(Vec<f32>, Vec<f32>)> {
    let mut all = vec![];
    for epoch in epochs {
        batches.shuffle(seed, epoch);
        while let Some(batch) = batches.next().unwrap() {
            let values = match batch.targets {
                TargetsRef::Values(values) => values.to_vec(),
                TargetsRef::Classes(classes) => classes.iter().map(|class| *class as f32).collect(),
            };
            all.push((batch.inputs.to_vec(), values));
        }
    }
    all
}

const SOME: &[Augment] = &[
    Augment { operation: Operation::Rotate { degrees: 20.0, resample: PLAIN }, p: 0.8 },
    Augment { operation: Operation::Elastic { alpha: 3.0, sigma: 1.0, resample: PLAIN }, p: 0.5 },
    Augment { operation: Operation::FlipHorizontal, p: 0.5 },
    Augment { operation: Operation::Hue { degrees: 40.0 }, p: 0.7 },
    Augment { operation: Operation::Mixup { alpha: 0.4 }, p: 0.5 },
    Augment { operation: Operation::Erase { smallest: 0.02, largest: 0.4, aspect: 0.3, fill: None }, p: 0.5 },
    Augment { operation: Operation::Cutmix { alpha: 1.0 }, p: 0.5 },
    Augment { operation: Operation::GaussianNoise { std: 0.1 }, p: 0.5 },
];
const SEVERAL: Augmentation = Augmentation { operations: SOME, targets: Targets::Labels };

#[test]
fn batches_do_not_depend_on_who_prepares_them() {
    let mut data = dataset(37, [3, 6, 5], classes(37)).one_hot(4);
    data.scale_later(Normalization::new(vec![0.5], vec![0.2]));
    let run = |threads: usize, seed: u64| {
        let mut batches = Batches::new(&data, 4).augmented_by(SEVERAL, threads).unwrap();
        epochs(&mut batches, seed, 1..4)
    };
    let expected = run(0, 3);
    assert_eq!(expected.len(), 30);
    for threads in [1, 2, 3] {
        assert_eq!(run(threads, 3), expected, "{threads} threads");
    }
    assert_ne!(run(1, 4), expected);
    assert_ne!(expected[..10], expected[10..20], "epochs differ");
    // An epoch that is broken off leaves nothing behind.
    let mut batches = Batches::new(&data, 4).augmented_by(SEVERAL, 2).unwrap();
    batches.shuffle(3, 1);
    assert!(batches.next().unwrap().is_some() && batches.next().unwrap().is_some());
    assert_eq!(epochs(&mut batches, 3, 1..4), expected);
}

#[test]
fn a_sample_is_changed_the_same_in_whatever_batch() {
    let operations = &[SOME[0], SOME[1], SOME[2], SOME[3], SOME[5], SOME[7]];
    let augmentation =
        Augmentation { operations: Box::leak(Box::new(*operations)), targets: Targets::Labels };
    let data = dataset(23, [3, 6, 5], classes(23));
    let run = |size: usize| {
        let mut batches = Batches::new(&data, size).augmented_by(augmentation, 1).unwrap();
        epochs(&mut batches, 3, 1..3).into_iter().flat_map(|(inputs, _)| inputs).collect::<Vec<_>>()
    };
    assert_eq!(run(1), run(7));
    assert_eq!(run(7), run(23));
}

#[test]
fn nothing_is_done_with_probability_0() {
    let data = dataset(9, [3, 6, 5], classes(9)).one_hot(4);
    let never: Vec<Augment> = SOME.iter().map(|augment| Augment { p: 0.0, ..*augment }).collect();
    let augmentation = Augmentation { operations: never.leak(), targets: Targets::Labels };
    let mut batches = Batches::new(&data, 4).augmented_by(augmentation, 1).unwrap();
    assert_eq!(epochs(&mut batches, 3, 1..3), epochs(&mut Batches::new(&data, 4), 3, 1..3));
}

#[test]
fn masks_move_with_their_images() {
    let shape = [1, 6, 5];
    let images = image(12 * 30, 8);
    // Two channels: the image's bright pixels, and its dark ones.
    let masks: Vec<f32> = images
        .chunks_exact(30)
        .flat_map(|image| {
            let bright = image.iter().map(|x| f32::from(u8::from(*x > 0.5)));
            bright.clone().chain(bright.map(|x| 1.0 - x)).collect::<Vec<_>>()
        })
        .collect();
    let data = Dataset::new(&shape, images, data::Targets::Values(masks)).unwrap();
    const NONE: Resample = Resample { fill: 0.0, interpolation: Interpolation::Nearest };
    let operations: &'static [Augment] = &[
        Augment { operation: Operation::Rotate { degrees: 30.0, resample: NONE }, p: 1.0 },
        Augment { operation: Operation::PadAndCrop { pad: 2, resample: NONE }, p: 0.5 },
        Augment { operation: Operation::FlipVertical, p: 0.5 },
        Augment { operation: Operation::Cutmix { alpha: 1.0 }, p: 0.5 },
    ];
    let augmentation = Augmentation { operations, targets: Targets::Masks };
    let mut batches = Batches::new(&data, 4).augmented_by(augmentation, 1).unwrap();
    let mut moved = 0;
    for (images, masks) in epochs(&mut batches, 1, 1..3) {
        for (image, mask) in images.chunks_exact(30).zip(masks.chunks_exact(60)) {
            for (at, &x) in image.iter().enumerate() {
                let dark = x > 0.0 && x <= 0.5;
                let expected = [f32::from(u8::from(x > 0.5)), f32::from(u8::from(dark))];
                assert_eq!([mask[at], mask[30 + at]], expected);
            }
            moved += usize::from(image.contains(&0.0));
        }
    }
    assert!(moved > 5, "{moved}");
}

#[test]
fn what_cannot_be_augmented_is_told() {
    let one = |operation: Operation| {
        let operations: &'static [Augment] = vec![Augment { operation, p: 1.0 }].leak();
        Augmentation { operations, targets: Targets::Labels }
    };
    let grey = dataset(3, [1, 4, 4], classes(3));
    let mut bright = grey.clone();
    bright.inputs_mut()[5] = 1.5;
    let features = Dataset::new(&[8], image(24, 1), classes(3)).unwrap();
    let masks = Augmentation { targets: Targets::Masks, ..one(Operation::FlipVertical) };
    let errors = [
        one(Operation::Invert).check(&features),
        one(Operation::Greyscale).check(&grey),
        one(Operation::CenterCrop { height: 5, width: 2 }).check(&grey),
        one(Operation::Mixup { alpha: 1.0 }).check(&grey),
        one(Operation::Brightness { amount: 0.1 }).check(&bright),
        masks.check(&grey),
    ];
    let texts = errors.map(|error| {
        let error = error.unwrap_err();
        format!("{error}\n  {}", error.help().unwrap())
    });
    insta::assert_snapshot!(texts.join("\n"));
    assert_eq!(one(Operation::FlipVertical).check(&bright), Ok([1, 4, 4]));
    assert_eq!(one(Operation::Mixup { alpha: 1.0 }).check(&features.one_hot(4)), Ok([8, 1, 1]));
}
