//! Geometric operations, composed to one map by which an image is read once.

use super::{Interpolation, Operation, Resample};
use crate::rng::Draw;

/// `[a, b, c, d, e, f]`: a pixel at `(x, y)` goes to `(a x + b y + c, d x + e y + f)`.
pub(super) type Matrix = [f64; 6];

/// Returns the map that applies `first`, then `then`.
pub(super) fn compose(then: Matrix, first: Matrix) -> Matrix {
    let [a, b, c, d, e, f] = then;
    let [g, h, i, j, k, l] = first;
    [a * g + b * j, a * h + b * k, a * i + b * l + c, d * g + e * j, d * h + e * k, d * i + e * l + f]
}

/// Returns the inverse; the matrices here can all be inverted.
pub(super) fn inverse([a, b, c, d, e, f]: Matrix) -> Matrix {
    let det = a * e - b * d;
    let [a, b, d, e] = [e / det, -b / det, -d / det, a / det];
    [a, b, -(a * c + b * f), d, e, -(d * c + e * f)]
}

/// Returns a rotation, counter-clockwise for a viewer of the image, whose rows go down.
pub(super) fn rotation(degrees: f64) -> Matrix {
    let (sin, cos) = degrees.to_radians().sin_cos();
    [cos, sin, 0.0, -sin, cos, 0.0]
}

/// Draws a number that is uniform within ±`limit`.
pub(super) fn within(draw: &mut Draw, limit: f64) -> f64 {
    (2.0 * f64::from(draw.uniform()) - 1.0) * limit
}

/// One step of a map.
#[derive(Clone, Copy, Debug)]
enum Stage {
    /// An affine map of pixels.
    Affine(Matrix),
    /// A field of distances that pixels come from: the offset of the field of `x`, which that of `y` follows.
    Field(usize),
    /// A window with its first row and column, enlarged to the image's size.
    Window { y: f64, x: f64, height: f64, width: f64 },
}

/// Geometric operations in their order, as one map. Its memory is used again.
#[derive(Debug)]
pub(super) struct Warp {
    height: usize,
    width: usize,
    stages: Vec<Stage>,
    fields: Vec<f32>,
    /// The source place of each pixel.
    places: Vec<[f32; 2]>,
    resample: Option<Resample>,
    smooth: Smooth,
    image: Vec<f32>,
}

impl Warp {
    pub(super) fn new(height: usize, width: usize) -> Warp {
        Warp {
            height,
            width,
            stages: vec![],
            fields: vec![],
            places: vec![],
            resample: None,
            smooth: Smooth::default(),
            image: vec![],
        }
    }

    /// Returns true if the map moves nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.stages.is_empty()
    }

    /// Returns true if an operation that reads an image in this way can be composed with the map.
    pub(super) fn takes(&self, resample: Option<Resample>) -> bool {
        match (self.resample, resample) {
            (Some(mine), Some(other)) => mine == other,
            _ => true,
        }
    }

    pub(super) fn clear(&mut self) {
        self.stages.clear();
        self.fields.clear();
        self.resample = None;
    }

    /// Adds an operation; returns whether it is a geometric one.
    pub(super) fn push(&mut self, operation: Operation, draw: &mut Draw) -> bool {
        let (height, width) = (self.height as f64, self.width as f64);
        match operation {
            Operation::Rotate { degrees, .. } => self.about_the_middle(rotation(within(draw, degrees))),
            Operation::Shift { y, x, .. } => {
                let (y, x) = (within(draw, y), within(draw, x));
                self.affine([1.0, 0.0, x, 0.0, 1.0, y]);
            }
            Operation::Zoom { amount, .. } => {
                let factor = 1.0 + within(draw, amount);
                self.about_the_middle([factor, 0.0, 0.0, 0.0, factor, 0.0]);
            }
            Operation::Shear { degrees, .. } => {
                let tan = within(draw, degrees).to_radians().tan();
                self.about_the_middle([1.0, tan, 0.0, 0.0, 1.0, 0.0]);
            }
            Operation::Affine { degrees, y, x, zoom, shear, .. } => {
                let rotation = rotation(within(draw, degrees));
                let (y, x) = (within(draw, y), within(draw, x));
                let factor = 1.0 + within(draw, zoom);
                let tan = within(draw, shear).to_radians().tan();
                let zoomed = compose([factor, 0.0, 0.0, 0.0, factor, 0.0], [1.0, tan, 0.0, 0.0, 1.0, 0.0]);
                let [a, b, _, d, e, _] = compose(rotation, zoomed);
                self.about_the_middle([a, b, x, d, e, y]);
            }
            Operation::Elastic { alpha, sigma, .. } => self.elastic(alpha, sigma, draw),
            Operation::FlipHorizontal => self.affine([-1.0, 0.0, width - 1.0, 0.0, 1.0, 0.0]),
            Operation::FlipVertical => self.affine([1.0, 0.0, 0.0, 0.0, -1.0, height - 1.0]),
            Operation::RandomCrop { height, width } => {
                // Sides of images are far below 2^32.
                let y = draw.below((self.height - height + 1) as u32);
                let x = draw.below((self.width - width + 1) as u32);
                self.window(y as usize, x as usize, height, width);
            }
            Operation::CenterCrop { height, width } => {
                self.window((self.height - height) / 2, (self.width - width) / 2, height, width);
            }
            Operation::PadAndCrop { pad, .. } => {
                let mut distance = || f64::from(draw.below(2 * pad as u32 + 1)) - pad as f64;
                let (y, x) = (distance(), distance());
                self.affine([1.0, 0.0, x, 0.0, 1.0, y]);
            }
            _ => return false,
        }
        self.resample = self.resample.or(operation.resample());
        true
    }

    /// Adds a map of pixels.
    pub(super) fn affine(&mut self, matrix: Matrix) {
        match self.stages.last_mut() {
            Some(Stage::Affine(before)) => *before = compose(matrix, *before),
            _ => self.stages.push(Stage::Affine(matrix)),
        }
    }

    /// Adds a map of distances from the middle.
    pub(super) fn about_the_middle(&mut self, [a, b, c, d, e, f]: Matrix) {
        let (x, y) = ((self.width as f64 - 1.0) / 2.0, (self.height as f64 - 1.0) / 2.0);
        self.affine([a, b, x - a * x - b * y + c, d, e, y - d * x - e * y + f]);
    }

    pub(super) fn window(&mut self, y: usize, x: usize, height: usize, width: usize) {
        let [y, x, height, width] = [y, x, height, width].map(|size| size as f64);
        self.stages.push(Stage::Window { y, x, height, width });
    }

    fn elastic(&mut self, alpha: f64, sigma: f64, draw: &mut Draw) {
        let (first, len) = (self.fields.len(), self.height * self.width);
        self.fields.extend((0..2 * len).map(|_| (2.0 * draw.uniform() - 1.0) * alpha as f32));
        for field in self.fields[first..].chunks_exact_mut(len) {
            self.smooth.apply(field, self.width, sigma);
        }
        self.stages.push(Stage::Field(first));
    }

    /// Finds out where each pixel comes from.
    pub(super) fn trace(&mut self) {
        let (height, width) = (self.height, self.width);
        for stage in &mut self.stages {
            if let Stage::Affine(matrix) = stage {
                *matrix = inverse(*matrix);
            }
        }
        self.places.clear();
        for y in 0..height {
            for x in 0..width {
                let mut place = [x as f64, y as f64];
                for stage in self.stages.iter().rev() {
                    place = self.before(*stage, place);
                }
                self.places.push([place[0] as f32, place[1] as f32]);
            }
        }
    }

    /// Returns the place of a pixel before a stage whose matrix is inverted.
    fn before(&self, stage: Stage, [x, y]: [f64; 2]) -> [f64; 2] {
        let (height, width) = (self.height as f64, self.width as f64);
        match stage {
            Stage::Affine([a, b, c, d, e, f]) => [a * x + b * y + c, d * x + e * y + f],
            Stage::Field(first) => {
                let len = self.height * self.width;
                // Beyond the image it moves as at the border.
                let place = [x.clamp(0.0, width - 1.0) as f32, y.clamp(0.0, height - 1.0) as f32];
                let at = |first: usize| {
                    let field = &self.fields[first..][..len];
                    f64::from(bilinear(field, [self.height, self.width], place, 0.0))
                };
                [x + at(first), y + at(first + len)]
            }
            Stage::Window { y: top, x: left, height: h, width: w } => {
                let inside = |at: f64, size: f64, window: f64| {
                    ((at + 0.5) * window / size - 0.5).clamp(0.0, window - 1.0)
                };
                [left + inside(x, width, w), top + inside(y, height, h)]
            }
        }
    }

    /// Moves an image's pixels, as [`trace`](Warp::trace) has found.
    pub(super) fn apply(&mut self, image: &mut [f32], how: Option<Resample>) {
        let resample = Resample { fill: 0.0, interpolation: Interpolation::Bilinear };
        let Resample { fill, interpolation } = how.or(self.resample).unwrap_or(resample);
        let size = [self.height, self.width];
        self.image.clear();
        self.image.extend_from_slice(image);
        let len = self.height * self.width;
        for (to, from) in image.chunks_exact_mut(len).zip(self.image.chunks_exact(len)) {
            match interpolation {
                Interpolation::Bilinear => {
                    for (to, &place) in to.iter_mut().zip(&self.places) {
                        *to = bilinear(from, size, place, fill);
                    }
                }
                Interpolation::Nearest => {
                    for (to, &[x, y]) in to.iter_mut().zip(&self.places) {
                        *to = pixel(from, size, (x + 0.5).floor() as i32, (y + 0.5).floor() as i32, fill);
                    }
                }
            }
        }
    }
}

#[inline]
fn pixel(from: &[f32], [height, width]: [usize; 2], x: i32, y: i32, fill: f32) -> f32 {
    // Negative numbers are far beyond every image.
    let (x, y) = (x as u32 as usize, y as u32 as usize);
    if x < width && y < height { from[y * width + x] } else { fill }
}

#[inline]
fn bilinear(from: &[f32], size: [usize; 2], [x, y]: [f32; 2], fill: f32) -> f32 {
    let (left, top) = (x.floor(), y.floor());
    let (right_share, bottom_share) = (x - left, y - top);
    let (left, top) = (left as i32, top as i32);
    let row = |y: i32| {
        let a = pixel(from, size, left, y, fill);
        let b = pixel(from, size, left.saturating_add(1), y, fill);
        a + right_share * (b - a)
    };
    let (a, b) = (row(top), row(top.saturating_add(1)));
    a + bottom_share * (b - a)
}

/// A filter that smooths planes by Gaussians; the border's pixels go on beyond it. Its memory is used again.
#[derive(Debug, Default)]
pub(super) struct Smooth {
    weights: Vec<f32>,
    line: Vec<f32>,
}

impl Smooth {
    /// Smooths a plane of rows of `width` by a Gaussian of `sigma` pixels, cut off at three times that.
    pub(super) fn apply(&mut self, plane: &mut [f32], width: usize, sigma: f64) {
        let radius = (3.0 * sigma).ceil() as usize;
        if radius == 0 {
            return;
        }
        let bell = |at: usize| (-0.5 * ((at as f64 - radius as f64) / sigma).powi(2)).exp();
        let total: f64 = (0..=2 * radius).map(bell).sum();
        self.weights.clear();
        self.weights.extend((0..=2 * radius).map(|at| (bell(at) / total) as f32));
        let height = plane.len() / width;
        for row in 0..height {
            self.smooth(plane, row * width, width, 1);
        }
        for column in 0..width {
            self.smooth(plane, column, height, width);
        }
    }

    /// Smooths one line of `len` numbers, the first at `first` and the others `step` apart.
    fn smooth(&mut self, plane: &mut [f32], first: usize, len: usize, step: usize) {
        let radius = self.weights.len() / 2;
        let at = |i: usize| first + i.saturating_sub(radius).min(len - 1) * step;
        self.line.clear();
        self.line.extend((0..len + 2 * radius).map(|i| plane[at(i)]));
        for i in 0..len {
            let terms = self.weights.iter().zip(&self.line[i..]);
            plane[first + i * step] = terms.map(|(weight, x)| weight * x).sum();
        }
    }
}
