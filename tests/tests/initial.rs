//! Initial parameters of generated networks.

netwright::network!("cases/initial_weights.net");

use start::Params;

#[test]
fn weights_begin_as_they_are_asked_to() {
    let p = Params::init(5);
    assert!(p.dense5.weight.iter().all(|x| *x == 0.25));
    assert!(p.dense2.weight.iter().all(|x| (-0.1..=0.2).contains(x)));
    let mean = p.dense3.weight.iter().sum::<f32>() / p.dense3.weight.len() as f32;
    assert!((mean - 0.5).abs() < 0.01, "{mean}");
    assert!(p.dense4.weight.iter().all(|x| x.abs() <= 0.04));
    // 2 groups of 2 channels, windows of 3x3.
    let ones: Vec<usize> = (0..p.conv2.weight.len()).filter(|i| p.conv2.weight[*i] == 1.0).collect();
    assert_eq!(ones, [4, 18 + 9 + 4, 36 + 4, 54 + 9 + 4]);
    let row = |i: usize| &p.dense1.weight[i * 1320..][..1320];
    let along = |a: usize, b: usize| row(a).iter().zip(row(b)).map(|(x, y)| x * y).sum::<f32>();
    assert!((along(3, 3) - 4.0).abs() < 1e-4 && along(3, 4).abs() < 1e-4);
    // He's with the fan of outputs: 4 channels of 9 places.
    let variance = p.conv1.weight.iter().map(|x| x * x).sum::<f32>() / p.conv1.weight.len() as f32;
    assert!((variance / (2.0 / 36.0) - 1.0).abs() < 0.4, "{variance}");
    assert_ne!(Params::init(6).conv1.weight, p.conv1.weight);
}

#[test]
fn layers_of_several_parts_learn() {
    let input = [[0.5; start::INPUT]; 2];
    let mut trainer = start::Trainer::new(Params::init(5), 5);
    let before = trainer.params().clone();
    let loss = trainer.step(&input, &[1, 1], 0.01);
    assert!(loss.is_finite());
    assert_ne!(trainer.params().wide_pointwise.weight, before.wide_pointwise.weight);
    assert_ne!(trainer.params().wide_depthwise.weight, before.wide_depthwise.weight);
}
