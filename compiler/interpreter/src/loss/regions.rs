//! Losses that compare an output with its target as wholes: directions and regions.

use ndarray::{ArrayD, Axis, Zip};

/// Computes
/// [torch.nn.CosineEmbeddingLoss](https://docs.pytorch.org/docs/stable/generated/torch.nn.CosineEmbeddingLoss.html)
/// of a pair that should agree, with 10⁻¹² added to both squared lengths; over channels, for each pixel.
pub(super) fn cosine(x: &ArrayD<f64>, target: &ArrayD<f64>) -> (f64, ArrayD<f64>) {
    let count = (x.len() / x.shape()[1]) as f64;
    let mut total = 0.0;
    let mut gradient = ArrayD::zeros(x.raw_dim());
    let rows = Zip::from(gradient.lanes_mut(Axis(1))).and(x.lanes(Axis(1))).and(target.lanes(Axis(1)));
    rows.for_each(|mut gradient, x, t| {
        let (xx, tt) = (x.dot(&x) + 1e-12, t.dot(&t) + 1e-12);
        let cosine = x.dot(&t) / (xx * tt).sqrt();
        total += 1.0 - cosine;
        for ((slope, x), t) in gradient.iter_mut().zip(x).zip(t) {
            *slope = (cosine * x / xx - t / (xx * tt).sqrt()) / count;
        }
    });
    (total / count, gradient)
}

/// Computes `1 - (I + s) / (I + α (P - I) + β (T - I) + s)`, where I, P and T are the sums of `p t`, `p` and
/// `t` over a region: a channel of an image, or a list of features. Of nothing and nothing it is 0.
pub(super) fn overlap(options: [f64; 3], x: &ArrayD<f64>, target: &ArrayD<f64>) -> (f64, ArrayD<f64>) {
    let [alpha, beta, smooth] = options;
    let regions = if x.ndim() == 2 { x.shape()[0] } else { x.shape()[0] * x.shape()[1] };
    let flat = |array: &ArrayD<f64>| {
        let rows = array.to_shape((regions, array.len() / regions)).expect("regions are equal parts");
        rows.to_owned()
    };
    let mut total = 0.0;
    let mut gradient = ndarray::Array2::zeros((regions, x.len() / regions));
    let (outputs, targets) = (flat(x), flat(target));
    let pairs = outputs.outer_iter().zip(targets.outer_iter());
    for (mut gradient, (p, t)) in gradient.outer_iter_mut().zip(pairs) {
        let both = p.dot(&t);
        let top = both + smooth;
        let bottom = both + alpha * (p.sum() - both) + beta * (t.sum() - both) + smooth;
        if bottom == 0.0 {
            continue;
        }
        total += 1.0 - top / bottom;
        for (slope, t) in gradient.iter_mut().zip(&t) {
            let rise = (1.0 - alpha - beta) * t + alpha;
            *slope = (top * rise / bottom - t) / bottom / regions as f64;
        }
    }
    let gradient = gradient.into_dyn().into_shape_with_order(x.raw_dim()).expect("as many numbers");
    (total / regions as f64, gradient)
}
