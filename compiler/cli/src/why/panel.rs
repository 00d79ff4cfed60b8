//! A map over its picture.

use super::colour::{Rgb, Scale, mix};
use super::found::{Explanations, Found, Sample};

/// Pictures are enlarged to about this width.
const WIDTH: usize = 224;
/// The share of a map's numbers that is beyond the ends of its scale: a few outliers would make all others pale.
const OUTLIERS: f64 = 0.005;

/// Pixels, row after row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Image {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) pixels: Vec<Rgb>,
}

/// A picture of the sheet.
#[derive(Debug)]
pub(super) struct Panel {
    /// The method whose map it shows; `None` for the sample itself.
    pub(super) method: Option<String>,
    pub(super) title: String,
    /// A second line.
    pub(super) remark: String,
    pub(super) scale: Option<Scale>,
    pub(super) image: Image,
}

/// Returns the sample and its maps as pictures; `None` if it is no image. Of a volume the slice is drawn that is asked for, or else that of the
/// explained places, or else the middle one.
pub(super) fn panels(found: &Explanations, sample: &Sample, slice: Option<usize>) -> Option<Vec<Panel>> {
    // Lines of a table are told, even where a network makes an image of them.
    if !found.columns.is_empty() {
        return None;
    }
    let plane = Plane::of(sample, slice)?;
    let grey = plane.grey(sample);
    let own = Panel {
        method: None,
        title: "sample".into(),
        remark: plane.remark.clone(),
        scale: None,
        image: enlarged(plane.width, &plane.colours(sample)),
    };
    let maps = sample.found.iter().filter_map(|found| panel(found, &plane, &grey));
    Some(std::iter::once(own).chain(maps).collect())
}

fn panel(found: &Found, plane: &Plane, grey: &[u8]) -> Option<Panel> {
    let (scale, map) = flat(found, plane)?;
    let most = bound(&map);
    let pixel = |(&number, &grey): (&f32, &u8)| {
        let number = if most > 0.0 { number / most } else { 0.0 };
        let below = match scale {
            // Much is bright, and so must nothing else be.
            Scale::Amount => mix([grey; 3], [0; 3], 0.45),
            // Both colours are dark at their ends.
            Scale::Sign => mix([grey; 3], [255; 3], 0.6),
        };
        mix(below, scale.colour(number.clamp(-1.0, 1.0)), scale.share(number))
    };
    let pixels: Vec<Rgb> = map.iter().zip(grey).map(pixel).collect();
    let remark = match found.completeness {
        Some(complete) => format!("sum {:.4} of {:.4}", complete.sum, complete.difference),
        None => String::new(),
    };
    Some(Panel {
        method: Some(found.method.clone()),
        title: found.method.replace('-', " "),
        remark,
        scale: Some(scale),
        image: enlarged(plane.width, &pixels),
    })
}

/// Returns the scale of a method's numbers, and one number for each pixel.
fn flat(found: &Found, plane: &Plane) -> Option<(Scale, Vec<f32>)> {
    let places: usize = plane.axes.iter().product();
    let channels =
        found.map.len().checked_div(places).filter(|channels| channels * places == found.map.len())?;
    let planes: Vec<&[f32]> =
        (0..channels).map(|channel| plane.slice(&found.map[channel * places..][..places])).collect();
    let at = |pixel: usize| planes.iter().map(move |plane| plane[pixel]);
    let pixels = 0..plane.width * plane.height;
    Some(match &*found.method {
        // What belongs to a pixel's channels adds up.
        "integrated-gradients" | "occlusion" => (Scale::Sign, pixels.map(|pixel| at(pixel).sum()).collect()),
        "grad-cam" => (Scale::Amount, pixels.map(|pixel| at(pixel).sum()).collect()),
        _ => (
            Scale::Amount,
            pixels.map(|pixel| at(pixel).fold(0.0, |most: f32, x| most.max(x.abs()))).collect(),
        ),
    })
}

/// Returns the number that the scale ends with.
fn bound(map: &[f32]) -> f32 {
    let mut sizes: Vec<f32> = map.iter().map(|x| x.abs()).filter(|x| x.is_finite()).collect();
    sizes.sort_by(f32::total_cmp);
    let most = sizes.last().copied().unwrap_or(0.0);
    let at = ((1.0 - OUTLIERS) * sizes.len() as f64) as usize;
    // A map of few numbers is all outliers.
    sizes.get(at).copied().filter(|&bound| bound > 0.05 * most).unwrap_or(most)
}

/// The plane of a sample that is drawn: all of an image, or a slice of a volume.
struct Plane {
    /// The sizes of a channel.
    axes: Vec<usize>,
    height: usize,
    width: usize,
    /// The first number of the plane in a channel.
    first: usize,
    remark: String,
}

impl Plane {
    fn of(sample: &Sample, slice: Option<usize>) -> Option<Plane> {
        let axes = sample.shape.get(1..)?.to_vec();
        let &[height, width] = axes.last_chunk::<2>()?;
        let (first, remark) = match axes[..] {
            [depth, ..] if axes.len() == 3 => {
                let explained = sample.depth.map(|part| (part * depth as f64) as usize);
                let slice = slice.or(explained).unwrap_or(depth / 2).min(depth - 1);
                (slice * height * width, format!("slice {slice} of 0 to {}", depth - 1))
            }
            _ => (0, String::new()),
        };
        Some(Plane { axes, height, width, first, remark })
    }

    /// Returns the plane's numbers of a channel.
    fn slice<'c>(&self, channel: &'c [f32]) -> &'c [f32] {
        &channel[self.first..][..self.height * self.width]
    }

    /// Returns the sample's colours: red, green and blue if it has three channels, else the first channel as grey. Numbers that
    /// are not from 0 to 1 are spread between their least and their largest.
    fn colours(&self, sample: &Sample) -> Vec<Rgb> {
        let places: usize = self.axes.iter().product();
        let channels = sample.shape[0];
        let shown = if channels == 3 { 3 } else { 1 };
        let planes: Vec<&[f32]> =
            (0..shown).map(|channel| self.slice(&sample.numbers[channel * places..][..places])).collect();
        let (least, most) =
            planes.iter().copied().flatten().fold((f32::MAX, f32::MIN), |(a, b), &x| (a.min(x), b.max(x)));
        let (least, most) = if least >= -0.01 && most <= 1.01 { (0.0, 1.0) } else { (least, most) };
        let byte = |x: f32| {
            (255.0 * ((x - least) / (most - least).max(f32::MIN_POSITIVE)).clamp(0.0, 1.0)).round() as u8
        };
        let pixel = |pixel: usize| std::array::from_fn(|colour| byte(planes[colour.min(shown - 1)][pixel]));
        (0..self.width * self.height).map(pixel).collect()
    }

    /// Returns the sample's brightness.
    fn grey(&self, sample: &Sample) -> Vec<u8> {
        let bright = |[red, green, blue]: Rgb| {
            (0.299 * f32::from(red) + 0.587 * f32::from(green) + 0.114 * f32::from(blue)).round() as u8
        };
        self.colours(sample).into_iter().map(bright).collect()
    }
}

/// Returns an image each of whose pixels is a square, so that small ones can be seen.
fn enlarged(width: usize, pixels: &[Rgb]) -> Image {
    let times = (WIDTH / width).max(1);
    let rows = pixels.chunks_exact(width).flat_map(|row| {
        let wide: Vec<Rgb> = row.iter().flat_map(|&pixel| std::iter::repeat_n(pixel, times)).collect();
        std::iter::repeat_n(wide, times).flatten()
    });
    Image { width: width * times, height: pixels.len() / width * times, pixels: rows.collect() }
}
