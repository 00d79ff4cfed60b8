//! Layers with their weights; it counts layers of each kind to know their names.

use super::{Layer, Residual};
use burn::module::{Param, RunningState};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig, PaddingConfig2d};
use burn::prelude::Backend;
use burn::tensor::{Tensor, TensorData};
use protocol::{Result, Weights};
use std::collections::HashMap;

pub(super) struct Builder<'a> {
    weights: &'a Weights,
    counts: HashMap<String, usize>,
    prefix: String,
}

impl<'a> Builder<'a> {
    pub(super) fn new(weights: &'a Weights) -> Self {
        Builder { weights, counts: HashMap::new(), prefix: String::new() }
    }

    pub(super) fn conv<B: Backend>(&mut self, stride: usize, pad: usize) -> Result<Layer<B>> {
        Ok(Layer::Conv(self.conv2d(stride, pad)?))
    }

    pub(super) fn batch_norm<B: Backend>(&mut self) -> Result<Layer<B>> {
        Ok(Layer::BatchNorm(self.norm()?))
    }

    pub(super) fn several_dense<B: Backend>(&mut self, count: usize) -> Result<Vec<Linear<B>>> {
        (0..count).map(|_| self.dense()).collect()
    }

    pub(super) fn residual<B: Backend>(&mut self, stride: usize) -> Result<Layer<B>> {
        let name = self.name("residual");
        let outer = (std::mem::replace(&mut self.prefix, name + "."), std::mem::take(&mut self.counts));
        let residual = Residual {
            conv1: self.conv2d(stride, 1)?,
            batch_norm1: self.norm()?,
            conv2: self.conv2d(1, 1)?,
            batch_norm2: self.norm()?,
            short: if stride > 1 { Some((self.conv2d(stride, 0)?, self.norm()?)) } else { None },
        };
        (self.prefix, self.counts) = outer;
        Ok(Layer::Residual(residual))
    }

    fn conv2d<B: Backend>(&mut self, stride: usize, pad: usize) -> Result<Conv2d<B>> {
        let name = self.name("conv");
        let (shape, _) = self.weights.get(&format!("{name}.weight"))?;
        let biased = self.weights.has(&format!("{name}.bias"));
        let mut conv = Conv2dConfig::new([shape[1], shape[0]], [shape[2], shape[3]])
            .with_stride([stride, stride])
            .with_padding(PaddingConfig2d::Explicit(pad, pad, pad, pad))
            .with_bias(biased)
            .init(&B::Device::default());
        conv.weight = Param::from_tensor(self.tensor(&name, "weight")?);
        if biased {
            conv.bias = Some(Param::from_tensor(self.tensor(&name, "bias")?));
        }
        Ok(conv)
    }

    /// Builds a dense layer; Burn's weights are input by output.
    fn dense<B: Backend>(&mut self) -> Result<Linear<B>> {
        let name = self.name("dense");
        let (shape, numbers) = self.weights.get(&format!("{name}.weight"))?;
        let (outputs, inputs) = (shape[0], shape[1]);
        let turned: Vec<f32> =
            (0..inputs * outputs).map(|i| numbers[i % outputs * inputs + i / outputs]).collect();
        let device = B::Device::default();
        let mut dense = LinearConfig::new(inputs, outputs).init(&device);
        dense.weight =
            Param::from_tensor(Tensor::from_data(TensorData::new(turned, [inputs, outputs]), &device));
        dense.bias = Some(Param::from_tensor(self.tensor(&name, "bias")?));
        Ok(dense)
    }

    fn norm<B: Backend>(&mut self) -> Result<BatchNorm<B>> {
        let name = self.name("batch_norm");
        let gamma: Tensor<B, 1> = self.tensor(&name, "weight")?;
        let mut norm = BatchNormConfig::new(gamma.dims()[0]).init(&B::Device::default());
        norm.gamma = Param::from_tensor(gamma);
        norm.beta = Param::from_tensor(self.tensor(&name, "bias")?);
        norm.running_mean = RunningState::new(self.tensor(&name, "running_mean")?);
        norm.running_var = RunningState::new(self.tensor(&name, "running_var")?);
        Ok(norm)
    }

    fn name(&mut self, kind: &str) -> String {
        let count = self.counts.entry(kind.to_string()).or_default();
        *count += 1;
        format!("{}{kind}{count}", self.prefix)
    }

    fn tensor<B: Backend, const D: usize>(&self, layer: &str, part: &str) -> Result<Tensor<B, D>> {
        let (shape, numbers) = self.weights.get(&format!("{layer}.{part}"))?;
        Ok(Tensor::from_data(TensorData::new(numbers.to_vec(), shape.to_vec()), &B::Device::default()))
    }
}
