//! The update rules.

/// The update rule, with PyTorch's definitions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Optimizer {
    /// `w -= lr g`
    Sgd {
        /// The rate.
        lr: f64,
    },
    /// `v = μ v + g; w -= lr v`
    Momentum {
        /// The rate.
        lr: f64,
        /// μ
        momentum: f64,
    },
    /// `v = μ v + g; w -= lr (g + μ v)`
    Nesterov {
        /// The rate.
        lr: f64,
        /// μ
        momentum: f64,
    },
    /// [torch.optim.Adam](https://docs.pytorch.org/docs/stable/generated/torch.optim.Adam.html)
    Adam {
        /// The rate.
        lr: f64,
        /// The decay of the first moment.
        beta1: f64,
        /// The decay of the second moment.
        beta2: f64,
        /// The number that is added to the root of the second moment.
        eps: f64,
    },
    /// [torch.optim.Adagrad](https://docs.pytorch.org/docs/stable/generated/torch.optim.Adagrad.html)
    Adagrad {
        /// The rate.
        lr: f64,
        /// The speed at which the rate falls.
        lr_decay: f64,
        /// The initial value of the sum of squares.
        initial: f64,
        /// The number that is added to the root of the sum.
        eps: f64,
    },
    /// [torch.optim.Adadelta](https://docs.pytorch.org/docs/stable/generated/torch.optim.Adadelta.html)
    Adadelta {
        /// The rate.
        lr: f64,
        /// The decay of the averages.
        rho: f64,
        /// The number that is added under the roots.
        eps: f64,
    },
    /// [torch.optim.RMSprop](https://docs.pytorch.org/docs/stable/generated/torch.optim.RMSprop.html)
    RmsProp {
        /// The rate.
        lr: f64,
        /// The decay of the averages.
        alpha: f64,
        /// The number that is added to the root of the average.
        eps: f64,
        /// The momentum of the scaled gradients; 0 for none.
        momentum: f64,
        /// True if the gradient's variance takes the place of its square.
        centered: bool,
    },
    /// [`Adam` with `amsgrad=True`](https://docs.pytorch.org/docs/stable/generated/torch.optim.Adam.html)
    AmsGrad {
        /// The rate.
        lr: f64,
        /// The decay of the first moment.
        beta1: f64,
        /// The decay of the second moment.
        beta2: f64,
        /// The number that is added to the root of the second moment.
        eps: f64,
        /// The decoupled weight decay, as a factor of the rate.
        weight_decay: f64,
    },
    /// [torch.optim.AdamW](https://docs.pytorch.org/docs/stable/generated/torch.optim.AdamW.html)
    AdamW {
        /// The rate.
        lr: f64,
        /// The decay of the first moment.
        beta1: f64,
        /// The decay of the second moment.
        beta2: f64,
        /// The number that is added to the root of the second moment.
        eps: f64,
        /// The decoupled weight decay, as a factor of the rate.
        weight_decay: f64,
    },
    /// [torch.optim.NAdam](https://docs.pytorch.org/docs/stable/generated/torch.optim.NAdam.html)
    NAdam {
        /// The rate.
        lr: f64,
        /// The decay of the first moment.
        beta1: f64,
        /// The decay of the second moment.
        beta2: f64,
        /// The number that is added to the root of the second moment.
        eps: f64,
        /// The decoupled weight decay, as a factor of the rate.
        weight_decay: f64,
        /// The speed at which the momentum rises.
        momentum_decay: f64,
    },
    /// [torch.optim.RAdam](https://docs.pytorch.org/docs/stable/generated/torch.optim.RAdam.html)
    RAdam {
        /// The rate.
        lr: f64,
        /// The decay of the first moment.
        beta1: f64,
        /// The decay of the second moment.
        beta2: f64,
        /// The number that is added to the root of the second moment.
        eps: f64,
        /// The decoupled weight decay, as a factor of the rate.
        weight_decay: f64,
    },
    /// [torch.optim.Adamax](https://docs.pytorch.org/docs/stable/generated/torch.optim.Adamax.html)
    Adamax {
        /// The rate.
        lr: f64,
        /// The decay of the first moment.
        beta1: f64,
        /// The decay of the largest gradient.
        beta2: f64,
        /// The number that is added to the gradient's size.
        eps: f64,
    },
    /// [torch.optim.Adafactor](https://docs.pytorch.org/docs/stable/generated/torch.optim.Adafactor.html)
    Adafactor {
        /// The rate.
        lr: f64,
        /// The exponent of the step's number in the share of the newest gradient.
        beta2_decay: f64,
        /// The least root of the averages.
        eps1: f64,
        /// The least size of the weights that a step is relative to.
        eps2: f64,
        /// The root mean square above which a step is scaled down.
        d: f64,
        /// The decoupled weight decay, as a factor of the rate.
        weight_decay: f64,
    },
    /// [Chen et al. 2023](https://arxiv.org/abs/2302.06675)
    Lion {
        /// The rate.
        lr: f64,
        /// Share of the average in the step.
        beta1: f64,
        /// The decay of the average.
        beta2: f64,
        /// The decoupled weight decay, as a factor of the rate.
        weight_decay: f64,
    },
    /// [You et al. 2020](https://arxiv.org/abs/1904.00962)
    Lamb {
        /// The rate.
        lr: f64,
        /// The decay of the first moment.
        beta1: f64,
        /// The decay of the second moment.
        beta2: f64,
        /// The number that is added to the root of the second moment.
        eps: f64,
        /// The factor of the weight in the step.
        weight_decay: f64,
    },
}

impl Optimizer {
    /// Returns the name in the language.
    pub fn name(&self) -> &'static str {
        match self {
            Optimizer::Sgd { .. } => "sgd",
            Optimizer::Momentum { .. } => "momentum",
            Optimizer::Nesterov { .. } => "nesterov",
            Optimizer::Adam { .. } => "adam",
            Optimizer::Adagrad { .. } => "adagrad",
            Optimizer::Adadelta { .. } => "adadelta",
            Optimizer::RmsProp { .. } => "rmsprop",
            Optimizer::AmsGrad { .. } => "amsgrad",
            Optimizer::AdamW { .. } => "adamw",
            Optimizer::NAdam { .. } => "nadam",
            Optimizer::RAdam { .. } => "radam",
            Optimizer::Adamax { .. } => "adamax",
            Optimizer::Adafactor { .. } => "adafactor",
            Optimizer::Lion { .. } => "lion",
            Optimizer::Lamb { .. } => "lamb",
        }
    }

    /// Returns the rate before any schedule.
    pub fn rate(&self) -> f64 {
        match *self {
            Optimizer::Sgd { lr }
            | Optimizer::Momentum { lr, .. }
            | Optimizer::Nesterov { lr, .. }
            | Optimizer::Adam { lr, .. }
            | Optimizer::Adagrad { lr, .. }
            | Optimizer::Adadelta { lr, .. }
            | Optimizer::RmsProp { lr, .. }
            | Optimizer::AmsGrad { lr, .. }
            | Optimizer::AdamW { lr, .. }
            | Optimizer::NAdam { lr, .. }
            | Optimizer::RAdam { lr, .. }
            | Optimizer::Adamax { lr, .. }
            | Optimizer::Adafactor { lr, .. }
            | Optimizer::Lion { lr, .. }
            | Optimizer::Lamb { lr, .. } => lr,
        }
    }

    /// Returns the decoupled weight decay; `None` if the optimizer has none.
    pub fn weight_decay(&self) -> Option<f64> {
        match *self {
            Optimizer::AmsGrad { weight_decay, .. }
            | Optimizer::AdamW { weight_decay, .. }
            | Optimizer::NAdam { weight_decay, .. }
            | Optimizer::RAdam { weight_decay, .. }
            | Optimizer::Adafactor { weight_decay, .. }
            | Optimizer::Lion { weight_decay, .. }
            | Optimizer::Lamb { weight_decay, .. } => Some(weight_decay),
            _ => None,
        }
    }

    /// Returns the optimizer with its weight decay, if it has one, multiplied by a factor.
    #[must_use]
    pub fn decaying(mut self, factor: f64) -> Optimizer {
        if let Optimizer::AmsGrad { weight_decay, .. }
        | Optimizer::AdamW { weight_decay, .. }
        | Optimizer::NAdam { weight_decay, .. }
        | Optimizer::RAdam { weight_decay, .. }
        | Optimizer::Adafactor { weight_decay, .. }
        | Optimizer::Lion { weight_decay, .. }
        | Optimizer::Lamb { weight_decay, .. } = &mut self
        {
            *weight_decay *= factor;
        }
        self
    }

    /// Returns true if the optimizer divides the gradient by its usual size, so that a penalty's part of it
    /// loses its meaning.
    pub fn is_adaptive(&self) -> bool {
        !matches!(self, Optimizer::Sgd { .. } | Optimizer::Momentum { .. } | Optimizer::Nesterov { .. })
    }
}
