use super::super::activation::{Identity, LeakyRelu, Relu};
use super::super::pool::{Pool, max_pool_forward};
use super::super::testing::{assert_close, numbers, on_each_isa};
use super::*;
use crate::parallel::Direction;
use std::cell::RefCell;

macro_rules! shape {
    ($name:ident: $in:expr => $out:expr, kernel $kernel:expr $(, $constant:ident $value:expr)*) => {
        struct $name;
        impl Conv for $name {
            const INPUT: [usize; 3] = $in;
            const OUTPUT: [usize; 3] = $out;
            const KERNEL: [usize; 2] = $kernel;
            $(shape!(@ $constant $value);)*
        }
    };
    (@ stride $value:expr) => { const STRIDE: [usize; 2] = $value; };
    (@ pad $value:expr) => { const PAD: [usize; 2] = $value; };
    (@ dilation $value:expr) => { const DILATION: [usize; 2] = $value; };
    (@ winograd $value:expr) => {
        const FORWARD: Algorithm = Algorithm::Winograd;
        const BACKWARD: Algorithm = Algorithm::Winograd;
    };
    (@ groups $value:expr) => { const GROUPS: usize = $value; };
}

shape!(LeNet1: [1, 28, 28] => [6, 28, 28], kernel [5, 5], pad [2, 2]);
shape!(LeNet2: [6, 14, 14] => [16, 10, 10], kernel [5, 5]);
shape!(FromOne: [1, 12, 12] => [32, 10, 10], kernel [3, 3]);
shape!(FromThree: [3, 9, 11] => [16, 9, 11], kernel [3, 3], pad [1, 1]);
shape!(FromThreeHalved: [3, 15, 11] => [20, 8, 6], kernel [7, 7], stride [2, 2], pad [3, 3]);
shape!(Wide: [32, 9, 8] => [64, 7, 6], kernel [3, 3]);
shape!(WidePadded: [64, 8, 8] => [64, 8, 8], kernel [3, 3], pad [1, 1]);
shape!(Odd: [5, 7, 9] => [7, 7, 9], kernel [3, 3], pad [1, 1]);
shape!(OddWide: [17, 6, 5] => [83, 6, 5], kernel [3, 3], pad [1, 1]);
shape!(Halved: [16, 9, 8] => [32, 5, 4], kernel [3, 3], stride [2, 2], pad [1, 1]);
shape!(HalvedPointwise: [16, 8, 8] => [32, 4, 4], kernel [1, 1], stride [2, 2]);
shape!(Pointwise: [48, 5, 7] => [18, 5, 7], kernel [1, 1]);
shape!(PointwisePadded: [3, 4, 4] => [2, 6, 6], kernel [1, 1], pad [1, 1]);
shape!(ThirdUneven: [4, 11, 13] => [10, 3, 7], kernel [5, 2], stride [3, 2], pad [1, 1]);
shape!(StrideBeyondKernel: [3, 10, 10] => [4, 3, 3], kernel [2, 2], stride [4, 3]);
shape!(Dilated: [6, 12, 12] => [9, 8, 10], kernel [3, 3], pad [0, 1], dilation [2, 2]);
shape!(DilatedHalved: [2, 13, 14] => [17, 6, 4], kernel [3, 2], stride [2, 4], pad [2, 3], dilation [2, 6]);
shape!(Grouped: [12, 6, 7] => [18, 6, 7], kernel [3, 3], pad [1, 1], groups 3);
shape!(GroupedWide: [64, 5, 5] => [40, 5, 5], kernel [3, 3], pad [1, 1], groups 2);
shape!(GroupedMultiplier: [4, 6, 6] => [8, 3, 3], kernel [3, 3], stride [2, 2], pad [1, 1], groups 4);
shape!(Depthwise: [20, 8, 9] => [20, 8, 9], kernel [3, 3], pad [1, 1], groups 20);
shape!(DepthwiseThin: [3, 8, 9] => [3, 4, 5], kernel [5, 3], stride [2, 2], pad [2, 1], groups 3);
shape!(DepthwiseWide: [80, 6, 6] => [80, 5, 4], kernel [2, 3], groups 80);
shape!(DepthwiseDilated: [33, 9, 9] => [33, 3, 9], kernel [3, 3], stride [2, 1], pad [0, 2], dilation [2, 2], groups 33);
shape!(Narrow: [16, 7, 6] => [2, 7, 6], kernel [1, 1]);
shape!(NarrowWide: [48, 7, 6] => [7, 4, 3], kernel [3, 3], stride [2, 2], pad [1, 1]);
shape!(NarrowGrouped: [32, 5, 6] => [10, 5, 6], kernel [3, 3], pad [1, 1], groups 2);
shape!(NarrowBack: [10, 9, 9] => [64, 4, 4], kernel [3, 3], stride [2, 2], groups 2);
shape!(Squares: [16, 6, 8] => [16, 6, 8], kernel [3, 3], pad [1, 1], winograd ());
shape!(SquaresOdd: [32, 7, 9] => [48, 7, 9], kernel [3, 3], pad [1, 1], winograd ());
shape!(SquaresInside: [64, 9, 6] => [80, 7, 4], kernel [3, 3], winograd ());
shape!(SquaresMany: [160, 4, 5] => [112, 6, 7], kernel [3, 3], pad [2, 2], winograd ());
shape!(SquareAlone: [16, 1, 1] => [128, 1, 1], kernel [3, 3], pad [1, 1], winograd ());
shape!(MorePadding: [3, 4, 4] => [5, 8, 9], kernel [3, 3], pad [3, 4]);
shape!(KernelBeyondInput: [8, 3, 2] => [16, 3, 2], kernel [7, 5], pad [3, 2]);
shape!(LessThanPadding: [2, 6, 6] => [3, 3, 2], kernel [3, 3], pad [1, 2]);
shape!(Doubling: [16, 8, 10] => [32, 4, 5], kernel [2, 2], stride [2, 2]);
shape!(BeyondReach: [6, 9, 8] => [10, 4, 3], kernel [2, 3], stride [2, 2], pad [0, 1], dilation [1, 3]);
shape!(Smallest: [1, 1, 1] => [1, 1, 1], kernel [1, 1]);
shape!(Panels: [64, 2, 2] => [256, 2, 2], kernel [1, 1]);
shape!(PanelsOverlap: [20, 3, 3] => [200, 2, 2], kernel [3, 3], stride [2, 2], pad [1, 1]);
shape!(PanelsGrouped: [224, 3, 2] => [256, 3, 2], kernel [1, 1], groups 2);
shape!(PanelsOfSquares: [64, 2, 2] => [128, 2, 2], kernel [3, 3], pad [1, 1], winograd ());
shape!(ManyChannels: [1100, 2, 2] => [3, 2, 2], kernel [2, 2], pad [1, 1]);

/// Calls `product` with the indices of every input, weight and output of which the convolution takes a product.
fn products<S: Conv>(n: usize, mut product: impl FnMut(usize, usize, usize)) {
    let ([c, h, w], [oc, oh, ow], [kh, kw]) = (S::INPUT, S::OUTPUT, S::KERNEL);
    let (ci, co) = (c / S::GROUPS, oc / S::GROUPS);
    for output in 0..n * oh * ow * oc {
        let (channel, pixel) = (output % oc, output / oc);
        let (sample, oy, ox) = (pixel / (oh * ow), pixel / ow % oh, pixel % ow);
        for weight in 0..ci * kh * kw {
            let (i, ky, kx) = (weight / (kh * kw), weight / kw % kh, weight % kw);
            let y = (oy * S::STRIDE[0] + ky * S::DILATION[0]).wrapping_sub(S::PAD[0]);
            let x = (ox * S::STRIDE[1] + kx * S::DILATION[1]).wrapping_sub(S::PAD[1]);
            if y < h && x < w {
                let input = ((sample * h + y) * w + x) * c + channel / co * ci + i;
                product(input, channel * ci * kh * kw + weight, output);
            }
        }
    }
}

/// Checks every kernel against the definition.
fn check<S: Conv>() {
    on_each_isa(|| {
        for n in [0, 1, 2, 5] {
            let x = numbers(1, n * Of::<S>::IN);
            let dy = numbers(2, n * Of::<S>::OUT);
            let w = numbers(3, Of::<S>::WEIGHTS);
            let bias = numbers(4, S::OUTPUT[0]);
            let mut packed = vec![f32::NAN; packed_len::<S>()];
            let mut transposed = vec![f32::NAN; packed_transposed_len::<S>()];
            pack::<S>(&w, &mut packed);
            pack_transposed::<S>(&w, &mut transposed);

            let (mut y, mut dx, mut dw) = (vec![0.0; dy.len()], vec![0.0; x.len()], vec![0.0; w.len()]);
            products::<S>(n, |input, weight, output| {
                y[output] += f64::from(x[input]) * f64::from(w[weight]);
                dx[input] += f64::from(dy[output]) * f64::from(w[weight]);
                dw[weight] += f64::from(dy[output]) * f64::from(x[input]);
            });

            // Rounding errors grow with the number of terms.
            let tolerance = (Of::<S>::TAPS * Of::<S>::CI) as f64 * 2e-8 + 1e-5;
            let mut found = vec![f32::NAN; y.len()];
            forward::<S, _>(n, Identity, &x, &packed, None, &mut found);
            assert_close(&found, &y, tolerance);
            forward::<S, _>(n, LeakyRelu(0.25), &x, &packed, Some(&bias), &mut found);
            for (i, y) in y.iter_mut().enumerate() {
                *y += f64::from(bias[i % bias.len()]);
                *y *= if *y > 0.0 { 1.0 } else { 0.25 };
            }
            assert_close(&found, &y, tolerance);

            let residual = numbers(5, y.len());
            let mut sum = vec![f32::NAN; y.len()];
            forward_add::<S, _>(n, LeakyRelu(1.0), &x, &packed, Some(&bias), &residual, &mut sum);
            forward::<S, _>(n, Identity, &x, &packed, Some(&bias), &mut found);
            let want: Vec<_> =
                found.iter().zip(&residual).map(|(y, r)| f64::from(*y) + f64::from(*r)).collect();
            assert_close(&sum, &want, tolerance);

            let mut found = vec![f32::NAN; dx.len()];
            input_grad::<S>(n, &dy, &transposed, &mut found);
            assert_close(&found, &dx, 2e-5);

            let bias = numbers(5, S::INPUT[0]);
            for (i, dx) in dx.iter_mut().enumerate() {
                *dx += f64::from(bias[i % bias.len()]);
                *dx *= if *dx > 0.0 { 1.0 } else { 0.25 };
            }
            forward_transposed::<S, _>(n, LeakyRelu(0.25), &dy, &transposed, Some(&bias), &mut found);
            assert_close(&found, &dx, 2e-5);

            let mut grad = vec![0.0; grad_len::<S>()];
            weight_grad::<S>(n, &x, &dy, &mut grad);
            let mut found = vec![f32::NAN; dw.len()];
            unpack_grad::<S>(&grad, &mut found);
            assert_close(&found, &dw, 1e-4);
            // Again: it adds.
            weight_grad::<S>(n, &x, &dy, &mut grad);
            unpack_grad::<S>(&grad, &mut found);
            assert_close(&found, &dw.iter().map(|dw| 2.0 * dw).collect::<Vec<_>>(), 1e-4);
            weight_grad_batch::<S>(n, &x, &dy, &mut grad);
            unpack_grad::<S>(&grad, &mut found);
            assert_close(&found, &dw, 1e-4);
        }
    });
}

macro_rules! check {
    ($($test:ident: $($shape:ty),*;)*) => { $(
        #[test]
        fn $test() {
            $(check::<$shape>();)*
        }
    )* };
}

check! {
    thin: LeNet1, LeNet2, FromOne, FromThree, FromThreeHalved;
    wide: Wide, WidePadded, ManyChannels;
    odd: Odd, OddWide, Smallest;
    strided: Halved, HalvedPointwise, ThirdUneven, StrideBeyondKernel;
    pointwise: Pointwise, PointwisePadded;
    dilated: Dilated, DilatedHalved;
    grouped: Grouped, GroupedWide, GroupedMultiplier;
    depthwise: Depthwise, DepthwiseThin, DepthwiseWide, DepthwiseDilated;
    narrow: Narrow, NarrowWide, NarrowGrouped, NarrowBack;
    fewer_products: Squares, SquaresOdd, SquaresInside, SquaresMany, SquareAlone;
    transposed: Doubling, BeyondReach;
    panels: Panels, PanelsOverlap, PanelsGrouped, PanelsOfSquares;
    unusual_padding: MorePadding, KernelBeyondInput, LessThanPadding;
}

#[test]
fn help_changes_no_bit() {
    fn check<S: Conv>() {
        let n = 40;
        let (x, w) = (numbers(1, n * Of::<S>::IN), numbers(2, Of::<S>::WEIGHTS));
        let mut packed = vec![0.0; packed_len::<S>()];
        pack::<S>(&w, &mut packed);
        let (mut helped, mut alone) = (vec![0.0; n * Of::<S>::OUT], vec![0.0; n * Of::<S>::OUT]);
        forward::<S, _>(n, Relu, &x, &packed, None, &mut helped);
        rayon::join(|| forward::<S, _>(n, Relu, &x, &packed, None, &mut alone), || ());
        assert!(helped == alone);
        Direction::turn();
        forward::<S, _>(n, Relu, &x, &packed, None, &mut helped);
        assert!(helped == alone, "the other way round");

        let mut packed = vec![0.0; packed_transposed_len::<S>()];
        pack_transposed::<S>(&w, &mut packed);
        let (mut dx, mut dx_alone) = (vec![0.0; x.len()], vec![0.0; x.len()]);
        input_grad::<S>(n, &alone, &packed, &mut dx);
        rayon::join(|| input_grad::<S>(n, &alone, &packed, &mut dx_alone), || ());
        assert!(dx == dx_alone);
    }
    on_each_isa(|| {
        check::<LeNet1>();
        check::<LeNet2>();
        check::<WidePadded>();
        check::<OddWide>();
        check::<NarrowWide>();
        check::<Depthwise>();
        check::<FromThree>();
        check::<Squares>();
        check::<SquaresOdd>();
        check::<Panels>();
        check::<PanelsOverlap>();
        check::<PanelsOfSquares>();
    });
}

/// The instruction set may change between the packing of weights and their use.
#[test]
fn weights_are_packed_in_one_order() {
    fn check<S: Conv>() {
        let w = numbers(1, Of::<S>::WEIGHTS);
        let pack = || {
            let [mut forward, mut back] =
                [packed_len::<S>(), packed_transposed_len::<S>()].map(|len| vec![0.0; len]);
            pack::<S>(&w, &mut forward);
            pack_transposed::<S>(&w, &mut back);
            [forward, back].concat()
        };
        let first = RefCell::new(vec![]);
        on_each_isa(|| {
            let packed = pack();
            let mut first = first.borrow_mut();
            if first.is_empty() {
                first.extend(packed.iter().map(|&w| f64::from(w)));
            }
            // Winograd's are sums.
            assert_close(&packed, &first, 1e-6);
        });
    }
    check::<LeNet1>();
    check::<FromThreeHalved>();
    check::<OddWide>();
    check::<GroupedWide>();
    check::<DepthwiseWide>();
    check::<NarrowWide>();
    check::<NarrowBack>();
    check::<SquaresOdd>();
    check::<SquaresMany>();
    check::<PanelsOverlap>();
    check::<PanelsGrouped>();
}

#[test]
fn bias_gradient_is_the_sum_over_pixels() {
    fn check<const C: usize>() {
        for pixels in [0, 1, 15, 16, 67] {
            let dy = numbers(5, pixels * C);
            let mut grad = vec![0.5; C];
            bias_grad::<C>(&dy, &mut grad);
            let sum = |c| dy.iter().skip(c).step_by(C).map(|&dy| f64::from(dy)).sum::<f64>();
            assert_close(&grad, &(0..C).map(|c| 0.5 + sum(c)).collect::<Vec<_>>(), 1e-5);
        }
    }
    on_each_isa(|| {
        check::<1>();
        check::<6>();
        check::<15>();
        check::<16>();
        check::<83>();
        check::<128>();
    });
}

struct Halves;
impl Pool for Halves {
    const INPUT: [usize; 3] = [6, 28, 28];
    const OUTPUT: [usize; 3] = [6, 14, 14];
    const WINDOW: [usize; 2] = [2, 2];
    const STRIDE: [usize; 2] = [2, 2];
}

#[test]
fn pooling_afterwards_is_the_same() {
    on_each_isa(|| {
        let n = 3;
        let (x, w, bias) = (numbers(1, n * 784), numbers(2, 150), numbers(3, 6));
        let mut packed = vec![0.0; packed_len::<LeNet1>()];
        pack::<LeNet1>(&w, &mut packed);
        let mut y = vec![0.0; n * 6 * 784];
        forward::<LeNet1, _>(n, Relu, &x, &packed, Some(&bias), &mut y);
        let (mut pooled, mut argmax) = (vec![0.0; n * 6 * 196], vec![0; n * 6 * 196]);
        max_pool_forward::<Halves>(n, &y, &mut pooled, Some(&mut argmax));

        let mut scratch = vec![f32::NAN; 6 * 784];
        let (mut found, mut found_argmax) = (vec![f32::NAN; pooled.len()], vec![u8::MAX; pooled.len()]);
        let mut run = |found: &mut [f32], argmax| {
            forward_max_pool::<LeNet1, Halves, _>(
                n,
                Relu,
                &x,
                &packed,
                Some(&bias),
                &mut scratch,
                found,
                argmax,
            );
        };
        run(&mut found, None);
        assert_eq!(found, pooled);
        found.fill(f32::NAN);
        run(&mut found, Some(&mut found_argmax));
        assert_eq!((found, found_argmax), (pooled, argmax));
    });
}
