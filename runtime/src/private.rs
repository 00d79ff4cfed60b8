//! The items that generated code names; no part of the public interface.
//!
//! Types and modules only: a label, a value or a layer's function of generated code is in lower case, and would shadow a
//! function of the same name, but never a path such as `pool::max_pool`.

#[cfg(feature = "train")]
pub use crate::data::{Batches, Dataset};
pub use crate::input::{Sample, SampleArray};
pub use crate::isa::{Instructions, Piece};
pub use crate::kernels::activation::Activation;
pub use crate::kernels::activation::kinds::*;
pub use crate::kernels::conv::{Algorithm, Conv};
pub use crate::kernels::local_response::LocalResponse;
pub use crate::kernels::pool::Pool;
pub use crate::kernels::remap::{Border, Remap};
pub use crate::kernels::restride::Restride;
pub use crate::kernels::upsample::Upsample;
pub use crate::kernels::{
    activation, batch_norm, concat, conv, dense, depth, drop_units, dropout, elementwise, glu, isa, layout,
    local_response, log_softmax, loss, noise, pool, prelu, remap, restride, sample_norm, scale, softmax,
    upsample,
};
pub use crate::layers::{
    Affine, ConvKernels, Dense, Layer, Layers, Norm, PoolKernels, RemapKernels, RestrideKernels, Shapes,
    UpsampleKernels, Weight,
};
pub use crate::memory::{Batch, Lane, Shared, Slot, Spare, Step, Tile};
pub use crate::optim::{
    Adadelta, Adafactor, Adagrad, Adam, AdamW, Adamax, AmsGrad, Lamb, Lion, Momentum, NAdam, Nesterov,
    Penalty, RAdam, RmsProp, Sgd, average, clip, constrain,
};
pub use crate::state::{self, Carried};
#[cfg(feature = "train")]
pub use crate::{app, data, weights};
pub use crate::{
    augment::{self, Augment, Augmentation},
    metrics::{self, Average, Evaluation, Mean, Measured, Metric, Metrics},
    samples::{SampleWeights, TargetsRef},
    schedule::{self, Course, Plateau, Schedule},
    train::{
        self, Answer, Arrays, Cache, Channels, Column, Compared, Damaged, Dicom, EarlyStop,
        Error as TrainError, Fit, Header, HeldOut, Joint, Log, Loss, Missing, Nifti, Part, Pictures, Plane,
        Pointwise, Predict, Recipe, Rename, Run, Save, Scaling, Source, Start, Table, Trained, Watch,
    },
};
pub use crate::{layers, storage};
pub use netwright_model::Head;

/// Initial parameters.
pub mod init {
    pub use crate::init::*;
}

/// Rules that generated code calls by the names above.
pub mod optim {
    pub use crate::optim::*;
}

/// A program's own samples.
pub mod samples {
    pub use crate::samples::*;
}

/// Scheduling of work on threads.
pub mod parallel {
    pub use crate::memory::{lanes, optional};
    pub use crate::parallel::share;
}

/// Reduction over lanes.
pub mod reduce {
    pub use crate::memory::{sum_lanes, total};
}

pub use crate::__carried as carried;
pub use crate::__if_train as if_train;
pub use crate::__update as update;
#[cfg(feature = "macros")]
pub use netwright_macros::network as compile_network;
pub use std::fmt;

/// Code of this version of the compiler fits this version of the runtime: `netwright-compiler` and `netwright` must be
/// of the same version.
#[allow(non_camel_case_types)]
pub struct MadeFor0_1_0;
