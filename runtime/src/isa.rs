//! The instruction set that kernels run with, chosen once when the program starts.
//!
//! A kernel is written once, as a `Kernel` over plain slices and `[f32; 16]` blocks. `dispatch` compiles it for each
//! instruction set and calls the one that this machine has.

use crate::sealed::{Sealed, seal};
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU8, Ordering};

mod plain;
#[cfg(target_arch = "x86_64")]
mod x86;

pub(crate) use plain::Separate;

#[cfg(target_arch = "aarch64")]
use plain::Fused;
#[cfg(target_arch = "x86_64")]
use x86::{Fused, FusedNarrow};

/// An instruction set that kernels are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Isa {
    /// The target's guaranteed instructions; multiplication and addition round separately.
    Portable = 1,
    /// AVX2 with fused multiply-add: 8 floats an instruction.
    Avx2 = 2,
    /// AVX-512 F, BW, DQ and VL: 16 floats an instruction.
    Avx512 = 3,
}

/// The chosen set; 0 until the first use.
static CHOSEN: AtomicU8 = AtomicU8::new(0);

impl Isa {
    /// All sets, the least first.
    pub const ALL: [Isa; 3] = [Isa::Portable, Isa::Avx2, Isa::Avx512];

    /// Returns the best set that this machine has.
    pub fn best() -> Isa {
        Isa::ALL.into_iter().rev().find(|isa| isa.is_available()).unwrap_or(Isa::Portable)
    }

    /// Returns the set's name for people.
    pub fn name(self) -> &'static str {
        match self {
            Isa::Portable => "portable",
            Isa::Avx2 => "AVX2",
            Isa::Avx512 => "AVX-512",
        }
    }

    /// Returns true if this machine has all instructions that kernels for this set are compiled with.
    pub fn is_available(self) -> bool {
        match self {
            Isa::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => avx2::is_available(),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => avx512::is_available(),
            #[cfg(not(target_arch = "x86_64"))]
            Isa::Avx2 | Isa::Avx512 => false,
        }
    }

    /// Returns the set that kernels run with.
    #[inline]
    pub fn current() -> Isa {
        match CHOSEN.load(Ordering::Relaxed) {
            1 => Isa::Portable,
            2 => Isa::Avx2,
            3 => Isa::Avx512,
            _ => Isa::limit(Isa::Avx512),
        }
    }

    /// Lets kernels of the whole program use this set at most, for tests and comparisons; says what they use now.
    ///
    /// A model that was made under another limit keeps its weights in that set's order: it predicts as well, but slowly. Make
    /// models after the limit is set.
    pub fn limit(most: Isa) -> Isa {
        let chosen = most.min(Isa::best());
        CHOSEN.store(chosen as u8, Ordering::Relaxed);
        chosen
    }
}

/// The arithmetic of an instruction set: how a product is added (fused where the machine can, in two roundings where it
/// would have to be emulated), and blocks of 16 floats that stay in registers.
///
/// A type that stands for instructions beyond the target's is private to this module, and only functions that are compiled
/// for these instructions name it. The trait is sealed. So a kernel that gets such a type runs where they are there.
#[doc(hidden)]
pub trait Arithmetic: Sealed + Copy {
    /// The number of blocks that stay in registers as sums while a product's operands pass by.
    const ACCUMULATORS: usize;

    /// A block of 16 floats.
    type Block: Copy;

    /// Computes `a * b + c`
    fn mul_add(a: f32, b: f32, c: f32) -> f32;

    /// Returns a block of 16 equal floats.
    fn splat(x: f32) -> Self::Block;
    /// Loads a block from memory.
    fn load(x: &[f32; 16]) -> Self::Block;
    /// Loads up to 16 floats into the first lanes, and zeros into the others.
    #[inline(always)]
    fn load_part(x: &[f32]) -> Self::Block {
        let mut block = [0.0; 16];
        block[..x.len()].copy_from_slice(x);
        Self::load(&block)
    }
    /// Stores a block to memory.
    fn store(block: Self::Block) -> [f32; 16];
    /// Computes `a + b`
    fn block_add(a: Self::Block, b: Self::Block) -> Self::Block;
    /// Computes `a * b + c`
    fn block_mul_add(a: Self::Block, b: Self::Block, c: Self::Block) -> Self::Block;

    /// Returns the sum of each block's floats, always by halves: the first 8 and the last 8, then the first 4
    /// and the last 4 of these, and so on.
    #[inline(always)]
    fn sums(blocks: [Self::Block; 16]) -> Self::Block {
        let mut sums = [0.0; 16];
        for i in 0..16 {
            let mut parts = Self::store(blocks[i]);
            for half in [8, 4, 2, 1] {
                for l in 0..half {
                    parts[l] += parts[l + half];
                }
            }
            sums[i] = parts[0];
        }
        Self::load(&sums)
    }

    /// Computes the sums of 16 rows of 4 floats that lie in 4 consecutive blocks.
    #[inline(always)]
    fn sums_of_fours(blocks: [Self::Block; 4]) -> Self::Block {
        let mut sums = [0.0; 16];
        for i in 0..4 {
            let parts = Self::store(blocks[i]);
            for j in 0..4 {
                sums[4 * i + j] = (parts[4 * j] + parts[4 * j + 2]) + (parts[4 * j + 1] + parts[4 * j + 3]);
            }
        }
        Self::load(&sums)
    }

    /// Turns rows into columns: the first floats of all blocks, the second ones, and so on.
    #[inline(always)]
    fn transpose(blocks: [Self::Block; 8]) -> [[f32; 8]; 16] {
        let mut columns = [[0.0; 8]; 16];
        for i in 0..8 {
            let row = Self::store(blocks[i]);
            for l in 0..16 {
                columns[l][i] = row[l];
            }
        }
        columns
    }
}

/// Work that can be compiled for any instruction set. `run` and all that it calls must be `#[inline(always)]`,
/// or it is compiled for the target's baseline.
#[doc(hidden)]
pub trait Kernel {
    /// The result of the work.
    type Output;
    /// Does the work.
    fn run<M: Arithmetic>(self) -> Self::Output;
}

/// Runs a kernel with the current instruction set.
#[inline]
pub(crate) fn dispatch<K: Kernel>(kernel: K) -> K::Output {
    #[cfg(target_arch = "x86_64")]
    match Isa::current() {
        // SAFETY: `Isa::current` never exceeds `Isa::best`, which is available, and so is all below it.
        Isa::Avx512 => return unsafe { avx512::run(kernel) },
        // SAFETY: as above.
        Isa::Avx2 => return unsafe { avx2::run(kernel) },
        Isa::Portable => {}
    }
    #[cfg(target_arch = "aarch64")]
    return kernel.run::<Fused>();
    #[cfg(not(target_arch = "aarch64"))]
    portable(kernel)
}

/// Runs a kernel with the target's baseline. Kept out of line so that the AVX variants do not reserve stack
/// space for it.
#[cfg(not(target_arch = "aarch64"))]
#[inline(never)]
fn portable<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<Separate>()
}

/// The way in which a kernel gets its instructions from generated code: chosen at the call ([`Any`]), or
/// those that the calling code is compiled for ([`in_one_piece`]).
#[doc(hidden)]
pub trait Instructions: Sealed + Copy {
    /// Returns true if a kernel is compiled together with others, so that it must run in this thread.
    fn together(self) -> bool;

    /// Runs a kernel.
    fn run<K: Kernel>(self, kernel: K) -> K::Output;
}

/// The best instructions of the machine, chosen at each call.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Any;

seal!(Any);

impl Instructions for Any {
    #[inline(always)]
    fn together(self) -> bool {
        false
    }

    #[inline(always)]
    fn run<K: Kernel>(self, kernel: K) -> K::Output {
        dispatch(kernel)
    }
}

/// The instructions of `M`; only [`in_one_piece`] creates it, where these instructions are available.
#[derive(Clone, Copy)]
struct Only<M>(PhantomData<M>);

impl<M: Arithmetic> Sealed for Only<M> {}

impl<M: Arithmetic> Instructions for Only<M> {
    #[inline(always)]
    fn together(self) -> bool {
        true
    }

    #[inline(always)]
    fn run<K: Kernel>(self, kernel: K) -> K::Output {
        kernel.run::<M>()
    }
}

/// Many kernels on so few numbers that calling one costs as much as its work: generated code for small networks. `run` must
/// be `#[inline(always)]`.
#[doc(hidden)]
pub trait Piece {
    /// The result of the kernels.
    type Output;
    /// Calls the kernels with these instructions.
    fn run(self, m: impl Instructions) -> Self::Output;
}

/// Runs kernels that are compiled together for each instruction set.
#[doc(hidden)]
#[inline]
pub fn in_one_piece<P: Piece>(piece: P) -> P::Output {
    dispatch(Together(piece))
}

struct Together<P>(P);

impl<P: Piece> Kernel for Together<P> {
    type Output = P::Output;
    #[inline(always)]
    fn run<M: Arithmetic>(self) -> P::Output {
        self.0.run(Only::<M>(PhantomData))
    }
}

/// Compiles kernels for an instruction set and detects it: both follow from one list of features.
#[cfg(target_arch = "x86_64")]
macro_rules! compiled_for {
    ($name:ident, $arithmetic:ident, [$($feature:tt),*]) => {
        mod $name {
            use super::{Kernel, $arithmetic};

            #[cfg(test)]
            pub(super) const FEATURES: &[&str] = &[$($feature),*];

            pub(super) fn is_available() -> bool {
                $(is_x86_feature_detected!($feature))&&*
            }

            $(#[target_feature(enable = $feature)])*
            pub(super) fn run<K: Kernel>(kernel: K) -> K::Output {
                kernel.run::<$arithmetic>()
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
compiled_for!(avx512, Fused, ["avx512f", "avx512bw", "avx512dq", "avx512vl", "avx2", "fma"]);
#[cfg(target_arch = "x86_64")]
compiled_for!(avx2, FusedNarrow, ["avx2", "fma"]);

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;
    use crate::kernels::testing::on_each_isa;

    /// The results of each operation on these numbers.
    struct Operations<'a>(&'a [f32]);

    impl Kernel for Operations<'_> {
        type Output = Vec<f32>;
        #[inline(always)]
        fn run<M: Arithmetic>(self) -> Vec<f32> {
            let block = |i: usize| M::load(self.0[16 * i..].first_chunk().expect("16 numbers"));
            let mut found = vec![M::mul_add(self.0[0], self.0[1], self.0[2])];
            for count in 0..=16 {
                // At the end of its allocation, so that tools see what is read beyond.
                let part = self.0[..count].to_vec();
                found.extend(M::store(M::load_part(&part)));
            }
            found.extend(M::store(M::block_mul_add(block(0), block(1), block(2))));
            found.extend(M::store(M::block_add(block(3), M::splat(7.0))));
            found.extend(M::store(M::sums(std::array::from_fn(block))));
            found.extend(M::store(M::sums_of_fours(std::array::from_fn(block))));
            found.extend(M::transpose(std::array::from_fn(block)).as_flattened());
            found
        }
    }

    #[test]
    fn operations_are_the_same_with_each_set() {
        // Small integers are not rounded.
        let numbers: Vec<f32> = (0..256).map(|i| (i * 37 % 101) as f32).collect();
        let want = Operations(&numbers).run::<Separate>();
        on_each_isa(|| assert_eq!(dispatch(Operations(&numbers)), want));
    }

    /// The sets below the best one must be available too, because a limit may choose any of them.
    #[test]
    fn a_better_set_has_all_features_of_those_below() {
        assert!(avx2::FEATURES.iter().all(|feature| avx512::FEATURES.contains(feature)));
    }

    #[test]
    fn the_best_set_is_available() {
        assert!(Isa::best().is_available());
        assert!(Isa::Portable.is_available());
        for isa in Isa::ALL {
            assert_eq!(isa.is_available(), isa <= Isa::best());
        }
    }
}
