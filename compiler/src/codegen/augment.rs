//! The `augment` list as a constant of the recipe.

use super::calls::{float, number};
use super::emit::double;
use crate::Model;
use crate::ops::TargetKind;
use crate::recipe::{Augment, Operation, Recipe, Resample};
use proc_macro2::TokenStream;
use quote::quote;

/// What the recipe does to samples, and what its targets are to that.
pub(super) fn constant(model: &Model, recipe: &Recipe) -> TokenStream {
    if recipe.augment.is_empty() {
        return quote!(Augmentation::NONE);
    }
    let graph = &model.graph;
    let used = &graph.losses[0];
    let (input, output) = (&graph.value(graph.inputs[0]).shape, &graph.value(used.value).shape);
    let [height, width] = match input[..] {
        [_, height, width] => [height, width],
        _ => [1, 1],
    };
    let of_pixels = height * width > 1 && matches!(output[..], [_, h, w] if [h, w] == [height, width]);
    let targets = match used.loss.targets() {
        _ if !of_pixels || used.target.is_some() => quote!(Labels),
        TargetKind::Number => quote!(Images),
        TargetKind::Class | TargetKind::Share => quote!(Masks),
    };
    let operations = recipe.augment.iter().map(|Augment { operation, p, .. }| {
        let (operation, p) = (one(operation, [height, width]), float(*p));
        quote!(Augment { operation: augment::Operation::#operation, p: #p })
    });
    quote! {
        Augmentation {
            operations: &[#(#operations),*],
            targets: augment::Targets::#targets,
        }
    }
}

fn one(operation: &Operation, [height, width]: [usize; 2]) -> TokenStream {
    let size = |size: [usize; 2]| {
        let [height, width] = size.map(number);
        quote!(height: #height, width: #width)
    };
    match *operation {
        Operation::Rotate { angle, resample } => {
            let (angle, resample) = (double(angle), self::resample(resample));
            quote!(Rotate { degrees: #angle, resample: #resample })
        }
        Operation::Shift { distance, resample } => {
            let [y, x] = [height, width].map(|side| double(distance.along(side)));
            let resample = self::resample(resample);
            quote!(Shift { y: #y, x: #x, resample: #resample })
        }
        Operation::Zoom { amount, resample } => {
            let (amount, resample) = (double(amount), self::resample(resample));
            quote!(Zoom { amount: #amount, resample: #resample })
        }
        Operation::Shear { angle, resample } => {
            let (angle, resample) = (double(angle), self::resample(resample));
            quote!(Shear { degrees: #angle, resample: #resample })
        }
        Operation::Affine { rotate, shift, zoom, shear, resample } => {
            let [y, x] = [height, width].map(|side| double(shift.along(side)));
            let [rotate, zoom, shear] = [rotate, zoom, shear].map(double);
            let resample = self::resample(resample);
            quote! {
                Affine { degrees: #rotate, y: #y, x: #x, zoom: #zoom, shear: #shear, resample: #resample }
            }
        }
        Operation::Elastic { alpha, sigma, resample } => {
            let ([alpha, sigma], resample) = ([alpha, sigma].map(double), self::resample(resample));
            quote!(Elastic { alpha: #alpha, sigma: #sigma, resample: #resample })
        }
        Operation::FlipHorizontal => quote!(FlipHorizontal),
        Operation::FlipVertical => quote!(FlipVertical),
        Operation::RandomCrop { size: window } => {
            let size = size(window);
            quote!(RandomCrop { #size })
        }
        Operation::CenterCrop { size: window } => {
            let size = size(window);
            quote!(CenterCrop { #size })
        }
        Operation::PadAndCrop { pad, resample } => {
            let (pad, resample) = (number(pad), self::resample(resample));
            quote!(PadAndCrop { pad: #pad, resample: #resample })
        }
        Operation::Brightness { amount } => amount_of(&quote!(Brightness), amount),
        Operation::Contrast { amount } => amount_of(&quote!(Contrast), amount),
        Operation::Saturation { amount } => amount_of(&quote!(Saturation), amount),
        Operation::Gamma { amount } => amount_of(&quote!(Gamma), amount),
        Operation::SaltAndPepper { amount } => amount_of(&quote!(SaltAndPepper), amount),
        Operation::Hue { angle } => {
            let angle = float(angle);
            quote!(Hue { degrees: #angle })
        }
        Operation::Greyscale => quote!(Greyscale),
        Operation::Invert => quote!(Invert),
        Operation::GaussianNoise { std } => {
            let std = float(std);
            quote!(GaussianNoise { std: #std })
        }
        Operation::Blur { sigma } => {
            let sigma = double(sigma);
            quote!(Blur { sigma: #sigma })
        }
        Operation::Erase { smallest, largest, aspect, fill } => {
            let [smallest, largest, aspect] = [smallest, largest, aspect].map(double);
            let fill = match fill.map(float) {
                Some(fill) => quote!(Some(#fill)),
                None => quote!(None),
            };
            quote!(Erase { smallest: #smallest, largest: #largest, aspect: #aspect, fill: #fill })
        }
        Operation::Mixup { alpha } => {
            let alpha = double(alpha);
            quote!(Mixup { alpha: #alpha })
        }
        Operation::Cutmix { alpha } => {
            let alpha = double(alpha);
            quote!(Cutmix { alpha: #alpha })
        }
    }
}

fn amount_of(name: &TokenStream, amount: f64) -> TokenStream {
    let amount = float(amount);
    quote!(#name { amount: #amount })
}

fn resample(Resample { fill, nearest }: Resample) -> TokenStream {
    let fill = float(fill);
    let interpolation = if nearest { quote!(Nearest) } else { quote!(Bilinear) };
    quote!(augment::Resample { fill: #fill, interpolation: augment::Interpolation::#interpolation })
}
