//! SGD with momentum, which candle-nn does not have.

use candle_core::{Result, Tensor, Var, backprop::GradStore};
use candle_nn::Optimizer;

/// `v = momentum · v + g; w -= lr · v`.
pub struct Momentum {
    /// Variables with their velocities.
    moving: Vec<(Var, Tensor)>,
    rate: f64,
}

impl Optimizer for Momentum {
    type Config = f64;

    fn new(variables: Vec<Var>, rate: f64) -> Result<Self> {
        let moving = variables.into_iter().map(|variable| {
            let velocity = variable.zeros_like()?;
            Ok((variable, velocity))
        });
        Ok(Momentum { moving: moving.collect::<Result<_>>()?, rate })
    }

    fn step(&mut self, gradients: &GradStore) -> Result<()> {
        for (variable, velocity) in &mut self.moving {
            if let Some(gradient) = gradients.get(variable) {
                *velocity = ((&*velocity * protocol::MOMENTUM)? + gradient)?.detach();
                variable.set(&(variable.as_tensor() - (&*velocity * self.rate)?)?)?;
            }
        }
        Ok(())
    }

    fn learning_rate(&self) -> f64 {
        self.rate
    }

    fn set_learning_rate(&mut self, rate: f64) {
        self.rate = rate;
    }
}
