//! The `augment` list of a `train` block, and whether it fits the network.

use super::options::choose;
use crate::args::{Args, Datum, MAX_PAD, MAX_WINDOW, Signature};
use crate::graph::Graph;
use crate::ops::{Loss, TargetKind};
use crate::recipe::{Augment, Length, Recipe};
use crate::sink::Sink;
use netwright_grammar::Diagnostic;
use netwright_grammar::ast::Expr;
use netwright_model::{Interpolation, Operation, Resample};

type Param = (&'static str, Option<&'static str>);

const ALWAYS: Param = ("p", Some("1"));
const HALF: Param = ("p", Some("0.5"));
const FILL: Param = ("fill", Some("0"));
const INTERPOLATION: Param = ("interpolation", Some("bilinear"));

const fn augment(name: &'static str, params: &'static [Param]) -> Signature<'static> {
    Signature { name, positional: 1, params }
}

/// Every operation.
pub(crate) const AUGMENTS: &[Signature<'static>] = &[
    augment("rotate", &[("angle", None), FILL, INTERPOLATION, ALWAYS]),
    augment("shift", &[("distance", None), FILL, INTERPOLATION, ALWAYS]),
    augment("zoom", &[("amount", None), FILL, INTERPOLATION, ALWAYS]),
    augment("shear", &[("angle", None), FILL, INTERPOLATION, ALWAYS]),
    Signature {
        name: "affine",
        positional: 0,
        params: &[
            ("rotate", Some("0deg")),
            ("shift", Some("0px")),
            ("zoom", Some("0")),
            ("shear", Some("0deg")),
            FILL,
            INTERPOLATION,
            ALWAYS,
        ],
    },
    Signature {
        name: "elastic",
        positional: 0,
        params: &[("alpha", None), ("sigma", None), FILL, INTERPOLATION, ALWAYS],
    },
    augment("flip", &[("direction", None), HALF]),
    augment("random_crop", &[("size", None), ALWAYS]),
    augment("center_crop", &[("size", None), ALWAYS]),
    augment("pad_and_crop", &[("pad", None), FILL, ALWAYS]),
    augment("brightness", &[("amount", None), ALWAYS]),
    augment("contrast", &[("amount", None), ALWAYS]),
    augment("saturation", &[("amount", None), ALWAYS]),
    augment("hue", &[("angle", None), ALWAYS]),
    augment("gamma", &[("amount", None), ALWAYS]),
    Signature { name: "greyscale", positional: 0, params: &[("p", Some("0.1"))] },
    Signature { name: "invert", positional: 0, params: &[HALF] },
    augment("gaussian_noise", &[("std", None), ALWAYS]),
    augment("salt_and_pepper", &[("amount", None), ALWAYS]),
    augment("blur", &[("sigma", None), ALWAYS]),
    Signature {
        name: "erase",
        positional: 0,
        params: &[
            ("smallest", Some("2%")),
            ("largest", Some("40%")),
            ("aspect", Some("0.3")),
            ("fill", Some("random")),
            HALF,
        ],
    },
    augment("mixup", &[("alpha", Some("0.2")), ALWAYS]),
    augment("cutmix", &[("alpha", Some("1")), ALWAYS]),
];

/// The widest blur, in pixels.
const MAX_SIGMA: f64 = 100.0;

/// Reads one operation; `None` if it has an error.
pub(super) fn read(value: &Expr, sink: &mut Sink) -> Option<Augment> {
    let (name, mut args) = choose(value, AUGMENTS, "an augmentation", sink)?;
    let args = &mut args;
    let mut shift = None;
    let operation = match name {
        "rotate" => Operation::Rotate { degrees: args.angle("angle", 180.0), resample: resample(args) },
        "shift" => {
            shift = Some(args.length("distance"));
            Operation::Shift { y: 0.0, x: 0.0, resample: resample(args) }
        }
        "zoom" => Operation::Zoom { amount: zoom(args, "amount"), resample: resample(args) },
        "shear" => Operation::Shear { degrees: args.angle("angle", 80.0), resample: resample(args) },
        "affine" => affine(args, &mut shift),
        "elastic" => {
            Operation::Elastic { alpha: args.positive("alpha"), sigma: sigma(args), resample: resample(args) }
        }
        "flip" => {
            let directions =
                [("horizontal", Operation::FlipHorizontal), ("vertical", Operation::FlipVertical)];
            args.choice("direction", &directions)
        }
        "random_crop" => {
            let [height, width] = args.pair("size", 1..=MAX_WINDOW);
            Operation::RandomCrop { height, width }
        }
        "center_crop" => {
            let [height, width] = args.pair("size", 1..=MAX_WINDOW);
            Operation::CenterCrop { height, width }
        }
        "pad_and_crop" => {
            Operation::PadAndCrop { pad: args.pixels("pad", MAX_PAD), resample: resample(args) }
        }
        "brightness" => Operation::Brightness { amount: args.part("amount") as f32 },
        "contrast" => Operation::Contrast { amount: args.part("amount") as f32 },
        "saturation" => Operation::Saturation { amount: args.part("amount") as f32 },
        "hue" => Operation::Hue { degrees: args.angle("angle", 180.0) as f32 },
        "gamma" => Operation::Gamma { amount: args.positive("amount") as f32 },
        "greyscale" => Operation::Greyscale,
        "invert" => Operation::Invert,
        "gaussian_noise" => Operation::GaussianNoise { std: args.positive("std") as f32 },
        "salt_and_pepper" => Operation::SaltAndPepper { amount: args.part("amount") as f32 },
        "blur" => Operation::Blur { sigma: sigma(args) },
        "erase" => erase(args),
        "mixup" => Operation::Mixup { alpha: args.positive("alpha") },
        _ => Operation::Cutmix { alpha: args.positive("alpha") },
    };
    let p = args.fraction("p");
    if p == 0.0 {
        args.reject(
            "E0306",
            "p",
            format!("`{name}` would never be applied"),
            "its probability is 0",
            format!("remove `{name}`"),
        );
    }
    (!args.failed()).then_some(Augment { operation, shift, p, span: value.span })
}

fn resample(args: &mut Args<'_>) -> Resample {
    let ways = [("bilinear", Interpolation::Bilinear), ("nearest", Interpolation::Nearest)];
    Resample { fill: args.number("fill") as f32, interpolation: args.choice("interpolation", &ways) }
}

fn zoom(args: &mut Args<'_>, name: &str) -> f64 {
    let amount = args.part(name);
    if amount > 0.95 {
        args.reject(
            "E0306",
            name,
            "nothing of the image would be left",
            format!("images would shrink to {:.0}%", 100.0 * (1.0 - amount)),
            "it must be at most 95%; 10% is common",
        );
    }
    amount
}

fn sigma(args: &mut Args<'_>) -> f64 {
    let sigma = args.positive("sigma");
    if sigma > MAX_SIGMA {
        args.reject(
            "E0306",
            "sigma",
            "this smooths more than any image is wide",
            format!("this is {sigma}"),
            format!("it is in pixels, at most {MAX_SIGMA}"),
        );
    }
    sigma
}

fn affine(args: &mut Args<'_>, shift: &mut Option<Length>) -> Operation {
    let any = ["rotate", "shift", "zoom", "shear"].iter().any(|name| args.given(name));
    if !any {
        args.reject(
            "E0301",
            "affine",
            "`affine` has nothing to do",
            "all its parts are 0",
            "write for example `affine(rotate=10deg, shift=2px, zoom=10%, shear=5deg)`",
        );
    }
    let degrees = args.angle("rotate", 180.0);
    *shift = Some(args.length("shift"));
    Operation::Affine {
        degrees,
        y: 0.0,
        x: 0.0,
        zoom: zoom(args, "zoom"),
        shear: args.angle("shear", 80.0),
        resample: resample(args),
    }
}

fn erase(args: &mut Args<'_>) -> Operation {
    let (smallest, largest) = (args.part("smallest"), args.part("largest"));
    if smallest > largest {
        args.reject(
            "E0309",
            "smallest",
            "the smallest area is above the largest",
            format!("from {smallest} to {largest}"),
            "exchange the two",
        );
    }
    let random = args.word("fill", &["random"]).is_some();
    let fill = if random || !args.given("fill") { None } else { Some(fill(args)) };
    Operation::Erase { smallest, largest, aspect: args.part("aspect"), fill }
}

fn fill(args: &mut Args<'_>) -> f32 {
    match args.datum("fill") {
        Some(Datum::Int(_) | Datum::Float(_)) => args.number("fill") as f32,
        _ => {
            args.unknown_choice("fill", &["random"], "a number, or ");
            0.0
        }
    }
}

/// Checks the list against the network.
pub(super) fn check(recipe: &Recipe, graph: &Graph, sink: &mut Sink) {
    let Some(first) = recipe.augment.first() else { return };
    if recipe.data.is_none() {
        sink.push(
            Diagnostic::error("E0506", first.span, "there is no data to augment")
                .help("add `data`: augmentation belongs to the training loop on it"),
        );
        return;
    }
    let shapes = graph.inputs.iter().map(|input| &graph.value(*input).shape);
    let mut pictures = shapes.clone().filter(|shape| shape.len() == 3 || graph.inputs.len() == 1);
    let Some(shape) = pictures.next().or_else(|| shapes.clone().next()) else { return };
    if let Some(other) = pictures.find(|other| other[1..] != shape[1..]) {
        sink.push(
            Diagnostic::error(
                "E0510",
                first.span,
                "pictures of different sizes cannot be augmented together",
            )
            .here(format!("inputs of shape {shape:?} and {other:?}"))
            .help("bring all pictures to one size: the same happens to those of one sample"),
        );
        return;
    }
    for augment in &recipe.augment {
        // Outputs that are compared with their input follow it by themselves.
        let given = graph.losses.iter().filter(|used| used.target.is_none());
        let targets = || {
            given
                .clone()
                .find_map(|used| of_targets(augment, shape, &graph.value(used.value).shape, &used.loss))
        };
        if let Some(diagnostic) = misfit(augment, shape).or_else(targets) {
            sink.push(diagnostic);
        }
    }
}

/// Returns the error for an operation that does not fit the inputs.
fn misfit(augment: &Augment, shape: &[usize]) -> Option<Diagnostic> {
    let error =
        |message: &str, here: String| Some(Diagnostic::error("E0510", augment.span, message).here(here));
    let operation = &augment.operation;
    let [channels, height, width] = match *shape {
        [channels, height, width] => [channels, height, width],
        _ if operation.of_images() => {
            return error(
                "this changes images `[channels, height, width]`, and the network takes something else",
                format!("its input has shape {shape:?}"),
            )
            .map(|error| {
                error
                    .help("if its numbers are pixels, write `input [channels, height, width]` and `flatten` first")
                    .help("`mixup` takes any input, and a layer `gaussian_noise` adds noise to any")
            });
        }
        _ => return None,
    };
    if operation.of_colours() && channels != 3 {
        return error("this needs red, green and blue", format!("the images have {channels} channels"))
            .map(|error| error.help("`brightness`, `contrast`, `gamma` and `invert` take any images"));
    }
    let image = format!("the images are {height}x{width}");
    match augment.on([height, width]) {
        Operation::RandomCrop { height: h, width: w } | Operation::CenterCrop { height: h, width: w } => {
            let too_large = h > height || w > width;
            if too_large {
                return error("the window is larger than the images", image);
            }
            if [h, w] == [height, width] {
                return error("the window is the whole image: this changes nothing", image)
                    .map(|error| error.help("`pad_and_crop(4)` moves images and keeps their size"));
            }
        }
        Operation::PadAndCrop { pad, .. } if pad >= height.min(width) => {
            return error("images can be moved out of sight", image).map(|e| e.help("4 is common"));
        }
        Operation::Shift { y, x, .. } | Operation::Affine { y, x, .. }
            if y >= height as f64 || x >= width as f64 =>
        {
            return error("images can be moved out of sight", image).map(|e| e.help("10% is common"));
        }
        _ => {}
    }
    None
}

/// Returns the error for an operation that does not fit the targets.
fn of_targets(augment: &Augment, shape: &[usize], output: &[usize], loss: &Loss) -> Option<Diagnostic> {
    let operation = &augment.operation;
    if operation.mixes() && loss.targets() == TargetKind::Class {
        return Some(
            Diagnostic::error("E0510", augment.span, "targets would be of two classes at once")
                .here(format!("`{}` takes one class", loss.text()))
                .help("write `loss cross_entropy(targets=shares)`, which takes a share for each class"),
        );
    }
    if operation.mixes() && loss.takes_sides() {
        return Some(
            Diagnostic::error("E0510", augment.span, "targets would be between yes and no")
                .here(format!("`{}` takes nothing between", loss.kind()))
                .help("write `loss binary_cross_entropy` after `sigmoid`"),
        );
    }
    if (operation.moves() || matches!(operation, Operation::Cutmix { .. }))
        && let ([_, height, width], &[_, h, w]) = (shape, output)
        && (h > 1 || w > 1)
        && [h, w] != [*height, *width]
    {
        return Some(
            Diagnostic::error(
                "E0510",
                augment.span,
                "targets are images of another size, and could not follow",
            )
            .here(format!("inputs are {height}x{width}, outputs {h}x{w}"))
            .help("operations that move no pixels can be used, such as `brightness` or `erase`"),
        );
    }
    None
}
