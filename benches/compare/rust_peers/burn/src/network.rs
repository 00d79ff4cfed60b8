//! The networks in Burn. Layers find their tensors by the names of Netwright's weights files.

mod builder;

use builder::Builder;
use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{BatchNorm, Dropout, DropoutConfig, Linear, Relu};
use burn::prelude::Backend;
use burn::tensor::Tensor;
use protocol::{Result, Weights};

/// Layers on images, and the dense layers after them.
#[derive(Module, Debug)]
pub struct Network<B: Backend> {
    images: Vec<Layer<B>>,
    dense: Vec<Linear<B>>,
    /// The dropout of the numbers that the last dense layer takes.
    dropout: Dropout,
}

/// A layer on images.
#[derive(Module, Debug)]
#[allow(clippy::large_enum_variant)]
enum Layer<B: Backend> {
    Conv(Conv2d<B>),
    BatchNorm(BatchNorm<B>),
    Dropout(Dropout),
    Relu(Relu),
    MaxPool(MaxPool2d),
    Residual(Residual<B>),
    GlobalAvgPool(burn::nn::pool::AdaptiveAvgPool2d),
}

#[derive(Module, Debug)]
struct Residual<B: Backend> {
    conv1: Conv2d<B>,
    batch_norm1: BatchNorm<B>,
    conv2: Conv2d<B>,
    batch_norm2: BatchNorm<B>,
    /// The convolution of the shortcut; `None` where the shape stays.
    short: Option<(Conv2d<B>, BatchNorm<B>)>,
}

impl<B: Backend> Network<B> {
    pub fn new(name: &str, weights: &Weights) -> Result<Network<B>> {
        let b = &mut Builder::new(weights);
        match name {
            "mlp" => Ok(Network { images: vec![], dense: b.several_dense(3)?, dropout: dropout(0.0) }),
            "lenet" => lenet(b),
            "mnist_cnn" => mnist_cnn(b),
            "resnet20" => resnet20(b),
            _ => Err(format!("there is no network {name}").into()),
        }
    }

    /// Logits for images.
    pub fn forward(&self, x: Tensor<B, 4>) -> Tensor<B, 2> {
        let x = self.images.iter().fold(x, |x, layer| layer.forward(x)).flatten(1, 3);
        let last = self.dense.len() - 1;
        self.dense.iter().enumerate().fold(x, |x, (i, dense)| {
            if i < last {
                burn::tensor::activation::relu(dense.forward(x))
            } else {
                dense.forward(self.dropout.forward(x))
            }
        })
    }
}

impl<B: Backend> Layer<B> {
    fn forward(&self, x: Tensor<B, 4>) -> Tensor<B, 4> {
        match self {
            Layer::Conv(layer) => layer.forward(x),
            Layer::BatchNorm(layer) => layer.forward(x),
            Layer::Dropout(layer) => layer.forward(x),
            Layer::Relu(layer) => layer.forward(x),
            Layer::MaxPool(layer) => layer.forward(x),
            Layer::Residual(layer) => layer.forward(x),
            Layer::GlobalAvgPool(layer) => layer.forward(x),
        }
    }
}

impl<B: Backend> Residual<B> {
    fn forward(&self, x: Tensor<B, 4>) -> Tensor<B, 4> {
        use burn::tensor::activation::relu;
        let y = relu(self.batch_norm1.forward(self.conv1.forward(x.clone())));
        let y = self.batch_norm2.forward(self.conv2.forward(y));
        relu(match &self.short {
            Some((conv, norm)) => y + norm.forward(conv.forward(x)),
            None => y + x,
        })
    }
}

fn lenet<B: Backend>(b: &mut Builder<'_>) -> Result<Network<B>> {
    let images = vec![b.conv(1, 2)?, relu(), max_pool(), b.conv(1, 0)?, relu(), max_pool()];
    Ok(Network { images, dense: b.several_dense(3)?, dropout: dropout(0.0) })
}

fn mnist_cnn<B: Backend>(b: &mut Builder<'_>) -> Result<Network<B>> {
    let images =
        vec![b.conv(1, 0)?, relu(), b.conv(1, 0)?, relu(), max_pool(), Layer::Dropout(dropout(0.25))];
    Ok(Network { images, dense: b.several_dense(2)?, dropout: dropout(0.5) })
}

fn resnet20<B: Backend>(b: &mut Builder<'_>) -> Result<Network<B>> {
    let mut images = vec![b.conv(1, 1)?, b.batch_norm()?, relu()];
    for stride in [1, 1, 1, 2, 1, 1, 2, 1, 1] {
        images.push(b.residual(stride)?);
    }
    images.push(Layer::GlobalAvgPool(burn::nn::pool::AdaptiveAvgPool2dConfig::new([1, 1]).init()));
    Ok(Network { images, dense: b.several_dense(1)?, dropout: dropout(0.0) })
}

fn relu<B: Backend>() -> Layer<B> {
    Layer::Relu(Relu::new())
}

fn max_pool<B: Backend>() -> Layer<B> {
    Layer::MaxPool(MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init())
}

fn dropout(p: f64) -> Dropout {
    DropoutConfig::new(p).init()
}
