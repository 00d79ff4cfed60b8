//! Burn's side of the comparison, on its CPU backend Flex.

mod network;

use burn::backend::{Autodiff, Flex};
use burn::module::AutodiffModule;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{AdamConfig, GradientsParams, Optimizer, SgdConfig};
use burn::prelude::Backend;
use burn::tensor::backend::AutodiffBackend;
use burn::tensor::{ElementConversion, Int, Tensor, TensorData};
use network::Network;
use protocol::{Case, Mode, Result, Weights};
use serde_json::Value;
use std::path::Path;

fn main() -> Result<()> {
    let folder = std::env::args_os().nth(1).ok_or("usage: burn-peer FOLDER_OF_WEIGHTS")?;
    serve::<Flex>("burn 0.21.0 (flex)", Path::new(&folder))
}

fn serve<B: Backend>(version: &str, folder: &Path) -> Result<()> {
    protocol::serve(version, |case, mode, seconds| {
        let weights = Weights::load(folder, case)?;
        if mode != Mode::Train {
            predict::<B>(&weights, case, mode, seconds)
        } else if case.adam {
            train::<Autodiff<B>>(AdamConfig::new().with_epsilon(1e-8).init(), &weights, case, seconds)
        } else {
            let momentum = MomentumConfig::new().with_momentum(protocol::MOMENTUM).with_dampening(0.0);
            train::<Autodiff<B>>(
                SgdConfig::new().with_momentum(Some(momentum)).init(),
                &weights,
                case,
                seconds,
            )
        }
    })
}

fn train<B: AutodiffBackend>(
    mut optimizer: impl Optimizer<Network<B>, B>,
    weights: &Weights,
    case: &Case,
    seconds: f64,
) -> Result<Value> {
    let device = B::Device::default();
    let mut network = Some(Network::<B>::new(case.name, weights)?);
    let x = images::<B>(case, Mode::Train);
    let classes: Vec<i64> = case.classes().into_iter().map(i64::from).collect();
    let y = Tensor::<B, 1, Int>::from_data(TensorData::new(classes, [case.batch]), &device);
    let loss_of = CrossEntropyLossConfig::new().init(&device);
    protocol::losses(seconds, || {
        let model = network.take().ok_or("the last step has failed")?;
        let loss = loss_of.forward(model.forward(x.clone()), y.clone());
        let value = loss.clone().into_scalar().elem();
        let gradients = GradientsParams::from_grads(loss.backward(), &model);
        network = Some(optimizer.step(case.rate, model, gradients));
        Ok(value)
    })
}

fn predict<B: Backend>(weights: &Weights, case: &Case, mode: Mode, seconds: f64) -> Result<Value> {
    let network = Network::<Autodiff<B>>::new(case.name, weights)?.valid();
    let x = images::<B>(case, mode);
    let outputs: Vec<f32> = network.forward(x.clone()).into_data().to_vec().map_err(|e| format!("{e:?}"))?;
    protocol::report(seconds, &outputs, x.dims()[0], || {
        // Reading the result makes sure that it has been computed.
        std::hint::black_box(network.forward(x.clone()).into_data());
        Ok(())
    })
}

fn images<B: Backend>(case: &Case, mode: Mode) -> Tensor<B, 4> {
    Tensor::from_data(TensorData::new(case.inputs(mode), case.dims(mode)), &B::Device::default())
}
