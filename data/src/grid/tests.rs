//! Tests of fitting arrays.

use super::*;

fn grid(shape: &[usize], data: Vec<f32>) -> Grid {
    Grid { channels: data.len() / shape.iter().product::<usize>(), shape: shape.to_vec(), data }
}

/// Numbers without a pattern.
fn noise(count: usize) -> Vec<f32> {
    (0..count).map(|i| ((i * 7919 + 13) % 1009) as f32 / 1009.0).collect()
}

#[test]
fn an_array_of_the_size_stays_as_it_is() {
    let one = grid(&[2, 3, 2], noise(24));
    for fit in [Fit::Exact, Fit::Stretch, Fit::Pad, Fit::Crop] {
        assert_eq!(one.clone().fitted(&[2, 3, 2], fit, 9.0, Interpolation::Linear).unwrap(), one);
    }
}

#[test]
fn a_padded_volume_is_in_the_middle_of_the_background() {
    let fitted = grid(&[1, 2, 1], vec![1.0, 2.0, 3.0, 4.0]);
    let fitted = fitted.fitted(&[3, 2, 3], Fit::Pad, -5.0, Interpolation::Linear).unwrap();
    let slice = |first: f32, second: f32| [-5.0, first, -5.0, -5.0, second, -5.0];
    let around = [-5.0; 6];
    let wanted: Vec<f32> = [around, slice(1.0, 2.0), around, around, slice(3.0, 4.0), around].concat();
    assert_eq!((fitted.channels, fitted.data), (2, wanted));
}

#[test]
fn a_cropped_volume_loses_both_sides_of_all_axes_but_one() {
    let data = (0..4 * 2 * 6).map(|i| i as f32).collect();
    let fitted = grid(&[4, 2, 6], data).fitted(&[2, 2, 2], Fit::Crop, 0.0, Interpolation::Linear).unwrap();
    assert_eq!(fitted.data, [14.0, 15.0, 20.0, 21.0, 26.0, 27.0, 32.0, 33.0]);
}

#[test]
fn depth_is_scaled_linearly_and_masks_by_the_nearest() {
    let column = |interpolation| {
        grid(&[2, 1, 1], vec![0.0, 100.0]).fitted(&[4, 1, 1], Fit::Stretch, 0.0, interpolation).unwrap().data
    };
    assert_eq!(column(Interpolation::Linear), [0.0, 25.0, 75.0, 100.0]);
    assert_eq!(column(Interpolation::Nearest), [0.0, 0.0, 100.0, 100.0]);
    let shrunk = grid(&[4, 1, 1], vec![0.0, 0.0, 1.0, 1.0]);
    let shrunk = shrunk.fitted(&[2, 1, 1], Fit::Stretch, 0.0, Interpolation::Linear).unwrap();
    // Pillow: Image.fromarray([[0, 0, 1, 1]], "F").resize((2, 1), BILINEAR)
    assert!((shrunk.data[0] - 1.0 / 7.0).abs() < 1e-6, "{:?}", shrunk.data);
}

#[test]
fn another_size_is_an_error_that_names_the_fits() {
    let error = grid(&[2, 3, 4], noise(24)).fitted(&[2, 2, 2], Fit::Exact, 0.0, Interpolation::Linear);
    let error = error.unwrap_err();
    assert_eq!(error.to_string(), "has a size of 2 x 3 x 4, expected 2 x 2 x 2");
    assert!(error.help().unwrap().ends_with("`input [channels, 2, 3, 4]`"));
}

/// The same numbers as a picture have the same result.
#[cfg(feature = "pictures")]
#[test]
fn pictures_and_arrays_are_fitted_alike() {
    use crate::picture::{Decoder, Picture, Pixels, Wanted, encode_png};
    for (size, wanted) in [([7, 13], [5, 3]), ([3, 2], [11, 17]), ([20, 10], [8, 8]), ([9, 9], [4, 6])] {
        let bytes: Vec<u8> = noise(size[0] * size[1]).iter().map(|x| (x * 255.0) as u8).collect();
        let pixels = Pixels::Bytes(bytes.clone());
        let picture = Picture { channels: 1, height: size[0], width: size[1], pixels };
        let png = encode_png(&picture).unwrap();
        for fit in [Fit::Stretch, Fit::Pad, Fit::Crop] {
            let as_wanted = Wanted { channels: 1, size: Some(wanted), fit, background: 0.2 };
            let picture = Decoder::new().decode(&png, &as_wanted).unwrap().pixels.values();
            let floats = bytes.iter().map(|&byte| f32::from(byte) / 255.0).collect();
            let fitted = grid(&size, floats).fitted(&wanted, fit, 0.2, Interpolation::Linear).unwrap();
            for (one, other) in picture.iter().zip(&fitted.data) {
                // A picture's bytes are rounded.
                assert!((one - other).abs() < 0.51 / 255.0, "{size:?} {wanted:?} {fit:?}: {one} {other}");
            }
        }
    }
}
