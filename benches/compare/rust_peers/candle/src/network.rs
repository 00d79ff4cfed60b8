//! The networks in Candle. Layers find their tensors by the names of Netwright's weights files.

use candle_core::{Device, Tensor, Var};
use candle_nn::{BatchNorm, Conv2d, Conv2dConfig, Dropout, Linear, Module, ModuleT};
use protocol::{Result, Weights};
use std::collections::HashMap;

/// A network and what it learns.
pub struct Network {
    layers: Vec<Layer>,
    pub learned: Vec<Var>,
}

enum Layer {
    Conv(Conv2d),
    Dense(Linear),
    BatchNorm(BatchNorm),
    Dropout(Dropout),
    Relu,
    MaxPool,
    GlobalAvgPool,
    Flatten,
    /// The long way and the short way.
    Residual(Vec<Layer>, Vec<Layer>),
}

impl Network {
    pub fn new(name: &str, weights: &Weights) -> Result<Network> {
        let mut b = Builder { weights, learned: Vec::new(), counts: HashMap::new(), prefix: String::new() };
        let layers = match name {
            "mlp" => mlp(&mut b),
            "lenet" => lenet(&mut b),
            "mnist_cnn" => mnist_cnn(&mut b),
            "resnet20" => resnet20(&mut b),
            _ => Err(format!("there is no network {name}").into()),
        }?;
        Ok(Network { layers, learned: b.learned })
    }

    pub fn forward(&self, x: &Tensor, training: bool) -> candle_core::Result<Tensor> {
        forward(&self.layers, x, training)
    }
}

fn mlp(b: &mut Builder<'_>) -> Result<Vec<Layer>> {
    use Layer::{Flatten, Relu};
    Ok(vec![Flatten, b.dense()?, Relu, b.dense()?, Relu, b.dense()?])
}

fn lenet(b: &mut Builder<'_>) -> Result<Vec<Layer>> {
    use Layer::{Flatten, MaxPool, Relu};
    let mut layers = vec![b.conv(1, 2)?, Relu, MaxPool, b.conv(1, 0)?, Relu, MaxPool, Flatten];
    layers.extend([b.dense()?, Relu, b.dense()?, Relu, b.dense()?]);
    Ok(layers)
}

fn mnist_cnn(b: &mut Builder<'_>) -> Result<Vec<Layer>> {
    use Layer::{Flatten, MaxPool, Relu};
    let dropout = |p| Layer::Dropout(Dropout::new(p));
    let mut layers = vec![b.conv(1, 0)?, Relu, b.conv(1, 0)?, Relu, MaxPool, dropout(0.25), Flatten];
    layers.extend([b.dense()?, Relu, dropout(0.5), b.dense()?]);
    Ok(layers)
}

fn resnet20(b: &mut Builder<'_>) -> Result<Vec<Layer>> {
    let mut layers = vec![b.conv(1, 1)?, b.batch_norm()?, Layer::Relu];
    for stride in [1, 1, 1, 2, 1, 1, 2, 1, 1] {
        layers.push(b.residual(stride)?);
    }
    layers.extend([Layer::GlobalAvgPool, b.dense()?]);
    Ok(layers)
}

fn forward(layers: &[Layer], x: &Tensor, training: bool) -> candle_core::Result<Tensor> {
    let mut x = x.clone();
    for layer in layers {
        x = match layer {
            Layer::Conv(conv) => conv.forward(&x)?,
            Layer::Dense(dense) => dense.forward(&x)?,
            Layer::BatchNorm(norm) => norm.forward_t(&x, training)?,
            Layer::Dropout(dropout) => dropout.forward(&x, training)?,
            Layer::Relu => x.relu()?,
            Layer::MaxPool if training => max_pool(&x)?,
            Layer::MaxPool => x.max_pool2d(2)?,
            Layer::GlobalAvgPool => x.mean((2, 3))?,
            Layer::Flatten => x.flatten_from(1)?,
            Layer::Residual(long, short) => {
                (forward(long, &x, training)? + forward(short, &x, training)?)?.relu()?
            }
        };
    }
    Ok(x)
}

/// Pools by 2x2. The gradient of Candle's own divides by the window's size, so that all before it learns too
/// slowly.
fn max_pool(x: &Tensor) -> candle_core::Result<Tensor> {
    let (n, c, h, w) = x.dims4()?;
    x.reshape((n * c * h / 2, 2, w / 2, 2))?.max(3)?.max(1)?.reshape((n, c, h / 2, w / 2))
}

/// Counts layers of each kind to know their names.
struct Builder<'a> {
    weights: &'a Weights,
    learned: Vec<Var>,
    counts: HashMap<String, usize>,
    prefix: String,
}

impl Builder<'_> {
    fn conv(&mut self, stride: usize, padding: usize) -> Result<Layer> {
        let name = self.name("conv");
        let config = Conv2dConfig { stride, padding, ..Conv2dConfig::default() };
        let bias =
            self.weights.has(&format!("{name}.bias")).then(|| self.learn(&name, "bias")).transpose()?;
        Ok(Layer::Conv(Conv2d::new(self.learn(&name, "weight")?, bias, config)))
    }

    fn dense(&mut self) -> Result<Layer> {
        let name = self.name("dense");
        Ok(Layer::Dense(Linear::new(self.learn(&name, "weight")?, Some(self.learn(&name, "bias")?))))
    }

    fn batch_norm(&mut self) -> Result<Layer> {
        let name = self.name("batch_norm");
        let (mean, var) = (self.tensor(&name, "running_mean")?, self.tensor(&name, "running_var")?);
        let (weight, bias) = (self.learn(&name, "weight")?, self.learn(&name, "bias")?);
        Ok(Layer::BatchNorm(BatchNorm::new(mean.dims1()?, mean, var, weight, bias, 1e-5)?))
    }

    fn residual(&mut self, stride: usize) -> Result<Layer> {
        let name = self.name("residual");
        let outer = (std::mem::replace(&mut self.prefix, name + "."), std::mem::take(&mut self.counts));
        let long = vec![
            self.conv(stride, 1)?,
            self.batch_norm()?,
            Layer::Relu,
            self.conv(1, 1)?,
            self.batch_norm()?,
        ];
        let short = if stride > 1 { vec![self.conv(stride, 0)?, self.batch_norm()?] } else { vec![] };
        (self.prefix, self.counts) = outer;
        Ok(Layer::Residual(long, short))
    }

    fn name(&mut self, kind: &str) -> String {
        let count = self.counts.entry(kind.to_string()).or_default();
        *count += 1;
        format!("{}{kind}{count}", self.prefix)
    }

    fn learn(&mut self, layer: &str, part: &str) -> Result<Tensor> {
        let variable = Var::from_tensor(&self.tensor(layer, part)?)?;
        self.learned.push(variable.clone());
        Ok(variable.as_tensor().clone())
    }

    fn tensor(&self, layer: &str, part: &str) -> Result<Tensor> {
        let (shape, numbers) = self.weights.get(&format!("{layer}.{part}"))?;
        Ok(Tensor::from_slice(numbers, shape, &Device::Cpu)?)
    }
}
