//! The arithmetic of every operator, one file each.
//!
//! Activations lie sample by sample, channels last: `[n, height, width, channels]`. Parameters lie as PyTorch has them;
//! what a kernel wants in another order is packed once per step. Every function here is serial unless its name ends in `_batch`.

pub mod activation;
pub mod batch_norm;
mod blocks;
pub mod concat;
#[allow(
    clippy::manual_memcpy,
    clippy::needless_range_loop,
    reason = "tiles of a constant size are indexed so that they unroll"
)]
pub mod conv;
#[allow(
    clippy::manual_memcpy,
    clippy::needless_range_loop,
    reason = "tiles of a constant size are indexed so that they unroll"
)]
pub mod dense;
pub mod depth;
mod double;
pub mod drop_units;
pub mod dropout;
pub mod elementwise;
mod exp;
#[allow(
    clippy::manual_memcpy,
    clippy::needless_range_loop,
    reason = "tiles of a constant size are indexed so that they unroll"
)]
mod gemm;
pub mod glu;
pub mod layout;
pub mod local_response;
pub mod log_softmax;
pub mod loss;
pub mod noise;
pub mod pool;
pub mod prelu;
pub mod remap;
pub mod restride;
pub mod sample_norm;
pub mod scale;
pub mod softmax;
#[cfg(test)]
mod special;
#[cfg(test)]
pub(crate) mod testing;
pub mod upsample;

pub use crate::isa;
