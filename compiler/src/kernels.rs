//! The kernels that networks are compiled to calls of, one room for each family.
//!
//! A room owns everything that the compiler knows of its kernels: their constants, their [`Facts`], the rule of their gradient, their
//! generated call and types, and the rules by which they are joined with others. [`crate::passes`] and [`crate::codegen`] ask
//! [`Kernel`] and name no family. To add a family, write its room and name it in the list below.

mod cost;
pub(crate) mod fuse;
pub(crate) mod gradient;
mod room;
pub(crate) mod scope;
pub(crate) mod tape;
#[cfg(test)]
mod tests;
pub(crate) mod types;

use crate::ops::Activation;
use gradient::Backward;
use proc_macro2::TokenStream;
use room::Room;
pub(crate) use room::{Covers, Facts, Function, Reach, Work};
use scope::Scope;
use tape::{Id, Op};
use types::Types;

/// Makes each family a module, a variant of [`Kernel`] and convertible to it.
macro_rules! families {
    ($($module:ident: $family:ident,)*) => {
        $(pub(crate) mod $module;)*

        /// A kernel with its constants.
        #[derive(Clone, Debug, PartialEq)]
        pub(crate) enum Kernel {
            $($family($module::$family),)*
        }

        $(
            impl From<$module::$family> for Kernel {
                fn from(kernel: $module::$family) -> Kernel {
                    Kernel::$family(kernel)
                }
            }
        )*

        impl Kernel {
            fn room(&self) -> &dyn Room {
                match self {
                    $(Kernel::$family(kernel) => kernel,)*
                }
            }

            fn room_mut(&mut self) -> &mut dyn Room {
                match self {
                    $(Kernel::$family(kernel) => kernel,)*
                }
            }
        }
    };
}

families! {
    layout: Layout,
    conv: Conv,
    dense: Dense,
    bias: BiasGrad,
    pool: Pool,
    adaptive_pool: AdaptivePool,
    upsample: Upsample,
    remap: Remap,
    depth: DepthTaps,
    restride: Restride,
    scale: Scale,
    elementwise: Elementwise,
    concat: Concat,
    batch_norm: BatchNorm,
    sample_norm: SampleNorm,
    dropout: Dropout,
    activation: Activate,
    prelu: Prelu,
    softmax: Softmax,
    across: Across,
    loss: Loss,
    reduce: Reduce,
}

impl Kernel {
    /// Returns the facts that passes decide by.
    pub(crate) fn facts(&self) -> Facts<'_> {
        self.room().facts()
    }

    /// Returns whether one call covers the whole batch, between the lanes' work.
    pub(crate) fn is_whole(&self) -> bool {
        match self.facts().covers {
            Covers::Tile => false,
            Covers::Batch(_) => true,
        }
    }

    /// Returns the name that `explain` shows, with the activation that the kernel applies.
    pub(crate) fn name(&self) -> String {
        self.room().name()
    }

    /// Appends what carries the gradient `dy` of the call's first result to its inputs and parameters.
    pub(crate) fn differentiate(&self, op: &Op, dy: Id, backward: &mut Backward<'_>) {
        self.room().differentiate(op, dy, backward);
    }

    /// Returns the statements of a call.
    pub(crate) fn call(&self, op: &Op, scope: &Scope<'_>) -> TokenStream {
        self.room().call(op, scope)
    }

    /// Adds the types that the kernel is specialised for.
    pub(crate) fn types(&self, op: &Op, types: &mut Types<'_>) {
        self.room().types(op, types);
    }

    /// Returns the activation that the kernel applies to its result, of kernels that can.
    pub(crate) fn activation_mut(&mut self) -> Option<&mut Option<Activation>> {
        self.room_mut().activation_mut()
    }

    /// Returns how much of a batch a call covers, of kernels that leave it to `place`.
    pub(crate) fn reach_mut(&mut self) -> Option<&mut Reach> {
        self.room_mut().reach_mut()
    }
}
