//! Candle's side of the comparison, on its CPU device.

mod momentum;
mod network;

use candle_core::{Device, Tensor};
use candle_nn::{AdamW, Optimizer, ParamsAdamW, loss};
use momentum::Momentum;
use network::Network;
use protocol::{Case, Mode, Result, Weights};
use serde_json::Value;
use std::path::{Path, PathBuf};

fn main() -> Result<()> {
    let folder: PathBuf = std::env::args_os().nth(1).ok_or("usage: candle-peer FOLDER_OF_WEIGHTS")?.into();
    protocol::serve("candle 0.11.1", |case, mode, seconds| {
        if mode == Mode::Train {
            train(&folder, case, seconds)
        } else {
            predict(&folder, case, mode, seconds)
        }
    })
}

fn train(folder: &Path, case: &Case, seconds: f64) -> Result<Value> {
    let network = Network::new(case.name, &Weights::load(folder, case)?)?;
    let learned = network.learned.clone();
    if case.adam {
        let plain = ParamsAdamW { lr: case.rate, weight_decay: 0.0, ..ParamsAdamW::default() };
        train_with(AdamW::new(learned, plain)?, &network, case, seconds)
    } else {
        train_with(Momentum::new(learned, case.rate)?, &network, case, seconds)
    }
}

fn train_with(mut optimizer: impl Optimizer, network: &Network, case: &Case, seconds: f64) -> Result<Value> {
    let x = Tensor::from_vec(case.inputs(Mode::Train), &case.dims(Mode::Train), &Device::Cpu)?;
    let y = if case.masks {
        let [n, _, h, w] = case.dims(Mode::Train);
        Tensor::from_vec(case.mask(), (n, 1, h, w), &Device::Cpu)?
    } else {
        Tensor::from_vec(case.classes(), case.batch, &Device::Cpu)?
    };
    protocol::losses(seconds, || {
        let logits = network.forward(&x, true)?;
        let loss = if case.masks {
            loss::binary_cross_entropy_with_logit(&logits, &y)
        } else {
            loss::cross_entropy(&logits, &y)
        }?;
        optimizer.backward_step(&loss)?;
        Ok(loss.to_scalar()?)
    })
}

fn predict(folder: &Path, case: &Case, mode: Mode, seconds: f64) -> Result<Value> {
    let network = Network::new(case.name, &Weights::load(folder, case)?)?;
    let dims = case.dims(mode);
    let x = Tensor::from_vec(case.inputs(mode), &dims, &Device::Cpu)?;
    let outputs = network.forward(&x, false)?.flatten_all()?.to_vec1()?;
    protocol::report(seconds, &outputs, dims[0], || {
        std::hint::black_box(network.forward(&x, false)?);
        Ok(())
    })
}
