//! The network as one would write it without a compiler: loops over arrays, weights by input so that the
//! inner loop runs over outputs and the compiler can use vectors.

use crate::small;

/// A dense layer: weights of an input lie side by side.
#[derive(Clone)]
struct Dense<const I: usize, const O: usize> {
    weight: [[f32; O]; I],
    bias: [f32; O],
}

impl<const I: usize, const O: usize> Dense<I, O> {
    /// Creates a layer from rows of weights by output.
    fn of(rows: &[f32], bias: &[f32]) -> Self {
        let mut weight = [[0.0; O]; I];
        for i in 0..I {
            for o in 0..O {
                weight[i][o] = rows[o * I + i];
            }
        }
        Dense { weight, bias: bias.try_into().expect("a bias for each output") }
    }

    #[inline]
    fn forward(&self, x: &[f32; I]) -> [f32; O] {
        let mut y = self.bias;
        for i in 0..I {
            for o in 0..O {
                y[o] += x[i] * self.weight[i][o];
            }
        }
        y
    }

    /// Computes the gradient of the inputs; then the weights take a step.
    #[inline]
    fn backward(&mut self, x: &[f32; I], dy: &[f32; O], rate: f32) -> [f32; I] {
        let mut dx = [0.0; I];
        for i in 0..I {
            for o in 0..O {
                dx[i] += dy[o] * self.weight[i][o];
                self.weight[i][o] -= rate * x[i] * dy[o];
            }
        }
        for o in 0..O {
            self.bias[o] -= rate * dy[o];
        }
        dx
    }
}

/// The network.
#[derive(Clone)]
pub(crate) struct ByHand {
    dense1: Dense<4, 32>,
    dense2: Dense<32, 16>,
    dense3: Dense<16, 8>,
    dense4: Dense<8, 3>,
}

impl ByHand {
    /// Creates the network with the parameters of the compiled one.
    pub(crate) fn of(p: &small::Params) -> ByHand {
        ByHand {
            dense1: Dense::of(&p.dense1.weight, &p.dense1.bias),
            dense2: Dense::of(&p.dense2.weight, &p.dense2.bias),
            dense3: Dense::of(&p.dense3.weight, &p.dense3.bias),
            dense4: Dense::of(&p.dense4.weight, &p.dense4.bias),
        }
    }

    /// Returns the probabilities of the three classes.
    pub(crate) fn predict(&self, x: &[f32; 4]) -> [f32; 3] {
        let h1 = relu(self.dense1.forward(x));
        let h2 = relu(self.dense2.forward(&h1));
        let h3 = relu(self.dense3.forward(&h2));
        softmax(self.dense4.forward(&h3))
    }

    /// Takes a step; returns the loss before it.
    pub(crate) fn step(&mut self, x: &[f32; 4], target: u32, rate: f32) -> f32 {
        let h1 = relu(self.dense1.forward(x));
        let h2 = relu(self.dense2.forward(&h1));
        let h3 = relu(self.dense3.forward(&h2));
        let y = softmax(self.dense4.forward(&h3));
        let loss = -y[target as usize].ln();
        let mut dy = y;
        dy[target as usize] -= 1.0;
        let d3 = self.dense4.backward(&h3, &dy, rate);
        let d2 = self.dense3.backward(&h2, &where_positive(d3, &h3), rate);
        let d1 = self.dense2.backward(&h1, &where_positive(d2, &h2), rate);
        self.dense1.backward(x, &where_positive(d1, &h1), rate);
        loss
    }
}

#[inline]
fn relu<const N: usize>(x: [f32; N]) -> [f32; N] {
    x.map(|x| x.max(0.0))
}

#[inline]
fn where_positive<const N: usize>(mut d: [f32; N], y: &[f32; N]) -> [f32; N] {
    for (d, y) in d.iter_mut().zip(y) {
        *d = if *y > 0.0 { *d } else { 0.0 };
    }
    d
}

#[inline]
fn softmax(x: [f32; 3]) -> [f32; 3] {
    let most = x[0].max(x[1]).max(x[2]);
    let powers = x.map(|x| (x - most).exp());
    let sum: f32 = powers.iter().sum();
    powers.map(|power| power / sum)
}
