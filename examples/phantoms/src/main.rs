//! Segmentation with a U-Net: `cargo run --release -p example-phantoms`.
//!
//! Makes phantoms, trains the network of `examples/unet.net` to find their lesions, saves its weights as `unet.safetensors`, and draws
//! what it found for some phantoms that it has not seen into `phantoms.png`: the image, the truth, the network's answer.

mod phantom;

use netwright::metrics::{Average, Segmentation, Value};
use netwright::rng::{Purpose, Stream};
use netwright::weights::Metadata;
use phantom::{PIXELS, Phantom, SIDE};

netwright::network!("../unet.net");

const TRAINING: usize = 320;
const TEST: usize = 80;
const EPOCHS: u64 = 10;
const SEED: u64 = 1;
const RATE: f32 = 3e-3;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let phantoms: Vec<Phantom> =
        (0..TRAINING + TEST).map(|number| Phantom::new(SEED, number, true)).collect();
    let (training, test) = phantoms.split_at(TRAINING);

    let mut trainer = unet::Trainer::new(unet::Params::init(SEED), SEED);
    let steps = EPOCHS * TRAINING.div_ceil(unet::BATCH) as u64;
    let mut step = 0;
    println!("epoch    loss    dice");
    for epoch in 1..=EPOCHS {
        let mut sum = 0.0;
        for batch in shuffled(epoch).chunks(unet::BATCH) {
            let images: Vec<[f32; PIXELS]> = batch.iter().map(|&i| training[i].image).collect();
            let masks: Vec<[f32; PIXELS]> = batch.iter().map(|&i| training[i].mask).collect();
            // Half a cosine, from the whole rate to none.
            let part = step as f32 / steps as f32;
            let rate = RATE * 0.5 * (1.0 + (std::f32::consts::PI * part).cos());
            sum += trainer.step(&images, &masks, rate) * batch.len() as f32;
            step += 1;
        }
        let answers = predict(trainer.params(), test);
        println!("{epoch:5}  {:6.4}  {:6.4}", sum / TRAINING as f32, dice(test, &answers));
    }

    let answers = predict(trainer.params(), test);
    draw(&test[..8], &answers).save("phantoms.png")?;
    netwright::weights::save("unet.safetensors".as_ref(), trainer.params(), &Metadata::default())?;
    println!("phantoms.png: images, lesions, and what the network takes for lesions");
    Ok(())
}

/// Returns the training's phantoms in another order for each epoch.
fn shuffled(epoch: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..TRAINING).collect();
    let mut draw = Stream::new(SEED, Purpose::Shuffle, epoch, 0).draw();
    for last in (1..order.len()).rev() {
        order.swap(last, draw.below(last as u32 + 1) as usize);
    }
    order
}

/// Returns for each phantom and pixel the probability of a lesion.
fn predict(params: &unet::Params, phantoms: &[Phantom]) -> Vec<[f32; PIXELS]> {
    let model = unet::Model::new(params.clone());
    phantoms.iter().map(|phantom| model.predict(&phantom.image)).collect()
}

/// Returns dice's coefficient over the pixels of all phantoms.
fn dice(phantoms: &[Phantom], answers: &[[f32; PIXELS]]) -> f64 {
    let mut found = Segmentation::of_masks(1, 0.5);
    for (phantom, answer) in phantoms.iter().zip(answers) {
        found.add_masks(answer, &phantom.mask);
    }
    match found.dice(Average::Macro) {
        Value::Number(Some(dice)) => dice,
        _ => f64::NAN,
    }
}

/// Draws a column for each phantom: its image, its mask and the answer.
fn draw(phantoms: &[Phantom], answers: &[[f32; PIXELS]]) -> image::GrayImage {
    let side = SIDE as u32;
    image::GrayImage::from_fn(side * phantoms.len() as u32, side * 3, |x, y| {
        let phantom = &phantoms[(x / side) as usize];
        let rows = [&phantom.image, &phantom.mask, &answers[(x / side) as usize]];
        let pixel = rows[(y / side) as usize][(y % side * side + x % side) as usize];
        image::Luma([(pixel.clamp(0.0, 1.0) * 255.0) as u8])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A few steps must already do better than to answer the same everywhere.
    #[test]
    fn the_network_learns_to_find_lesions() {
        let phantoms: Vec<Phantom> = (0..24).map(|number| Phantom::new(SEED, number, true)).collect();
        let (training, test) = phantoms.split_at(16);
        let images: Vec<[f32; PIXELS]> = training.iter().map(|phantom| phantom.image).collect();
        let masks: Vec<[f32; PIXELS]> = training.iter().map(|phantom| phantom.mask).collect();
        let mut trainer = unet::Trainer::new(unet::Params::init(SEED), SEED);
        for step in 0..60 {
            let batch = step % 2 * unet::BATCH..(step % 2 + 1) * unet::BATCH;
            trainer.step(&images[batch.clone()], &masks[batch], 3e-3);
        }
        let everywhere = dice(test, &vec![[1.0; PIXELS]; test.len()]);
        let found = dice(test, &predict(trainer.params(), test));
        assert!(found > 0.5 && found > 2.0 * everywhere, "{found} against {everywhere}");
    }
}
