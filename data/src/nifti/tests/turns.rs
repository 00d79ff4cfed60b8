//! Directions, slices and resampling.

use super::*;

/// Returns the bytes 0, 1, 2 and so on.
fn counted(count: u8) -> Vec<u8> {
    (0..count).collect()
}

#[test]
fn up_is_contiguous_and_channels_come_first() {
    let found = volume(&Fields::of(&[2, 1, 2, 2]), &counted(8));
    assert_eq!((found.header.shape, found.header.channels), ([2, 1, 2], 2));
    assert_eq!(found.data, [0.0, 2.0, 1.0, 3.0, 4.0, 6.0, 5.0, 7.0]);
    assert_eq!(found.header.axes, "RAS");
}

#[test]
fn flipped_and_exchanged_axes_are_turned() {
    // The first axis goes down, the second to the left, the third to the front.
    let sform = Some([[0.0, -2.0, 0.1, 9.0], [0.0, 0.0, 3.0, 8.0], [-4.0, 0.0, 0.0, 7.0]]);
    let found = volume(&Fields { sform, ..Fields::of(&[2, 3, 1]) }, &counted(6));
    assert_eq!((&*found.header.axes, found.header.shape), ("ILA", [3, 1, 2]));
    assert_eq!(found.data, [5.0, 4.0, 3.0, 2.0, 1.0, 0.0]);
    let [right, front, up] = found.header.spacing;
    assert_eq!((right, up), (2.0, 4.0));
    assert!((front - 9.01f64.sqrt()).abs() < 1e-6);
}

#[test]
fn an_oblique_map_takes_the_closest_directions_once_each() {
    // Both of the first axes are the closest to the right; nibabel gives it to the one that is closer.
    let sform = Some([[0.8, 0.75, 0.0, 0.0], [0.6, 0.66, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]);
    let found = volume(&Fields { sform, ..Fields::of(&[2, 1, 1]) }, &counted(2));
    assert_eq!(found.header.axes, "RAS");
}

#[test]
fn a_quaternion_turns_where_no_other_map_is_given() {
    let rotated = |qform, handedness| {
        let fields = Fields {
            sform: None,
            qform: Some(qform),
            pixdim: [handedness, 1.0, 2.0, 3.0],
            ..Fields::of(&[2, 2, 2])
        };
        volume(&fields, &counted(8)).header
    };
    assert_eq!(rotated([0.0; 6], 1.0).axes, "RAS");
    assert_eq!(rotated([0.0; 6], 0.0).axes, "RAS");
    assert_eq!(rotated([0.0; 6], -1.0).axes, "RAI");
    assert_eq!(rotated([0.0, 1.0, 0.0, 0.0, 0.0, 0.0], -1.0).axes, "LAS");
    let half = 0.5f64.sqrt();
    let turned = rotated([0.0, 0.0, half, 0.0, 0.0, 0.0], 1.0);
    assert_eq!((&*turned.axes, turned.spacing.map(|spacing| spacing as f32)), ("ALS", [2.0, 1.0, 3.0]));
}

#[test]
fn without_any_map_the_first_axis_goes_to_the_left() {
    let fields = Fields { sform: None, pixdim: [0.0, 2.0, 0.0, 3.0], ..Fields::of(&[2, 2, 2]) };
    let found = volume(&fields, &counted(8));
    assert_eq!((&*found.header.axes, found.header.spacing), ("LAS", [2.0, 1.0, 3.0]));
    assert_eq!(found.data, [1.0, 5.0, 3.0, 7.0, 0.0, 4.0, 2.0, 6.0]);
}

#[test]
fn metres_and_micrometres_become_millimetres() {
    let spacing = |units| volume(&Fields { units, ..Fields::of(&[1, 1, 1]) }, &[0]).header.spacing[0];
    assert_eq!([1, 2, 3, 0].map(spacing), [1000.0, 1.0, 0.001, 1.0]);
}

#[test]
fn slices_stand_upright() {
    // volume[right, front, up] = 100 right + 10 front + up, with 2 x 3 x 4 voxels
    let mut voxels = vec![];
    for up in 0..4 {
        for front in 0..3 {
            voxels.extend([10 * front + up, 100 + 10 * front + up]);
        }
    }
    let found = volume(&Fields::of(&[2, 3, 4]), &voxels);
    let slice = |plane, index| {
        let slice = found.slice(plane, index).expect("a slice");
        (slice.rows, slice.columns, slice.data)
    };
    let expected = [20.0, 120.0, 10.0, 110.0, 0.0, 100.0].map(|first| first + 3.0);
    assert_eq!(slice(Plane::Axial, 3), (3, 2, expected.into()));
    let expected = [13.0, 113.0, 12.0, 112.0, 11.0, 111.0, 10.0, 110.0];
    assert_eq!(slice(Plane::Coronal, 1), (4, 2, expected.into()));
    let expected = [3.0, 13.0, 23.0, 2.0, 12.0, 22.0, 1.0, 11.0, 21.0, 0.0, 10.0, 20.0];
    assert_eq!(slice(Plane::Sagittal, 0), (4, 3, expected.into()));
    assert_eq!([Plane::Sagittal, Plane::Coronal, Plane::Axial].map(|plane| found.slices(plane)), [2, 3, 4]);
    assert_eq!(found.slice(Plane::Axial, 4), None);
}

#[test]
fn resampling_keeps_the_centre_and_the_outermost_voxels() {
    let fields = Fields {
        sform: Some([[2.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]),
        ..Fields::of(&[3, 1, 1])
    };
    let found = volume(&fields, &[0, 10, 30]);
    let linear = found.resampled(1.0, Interpolation::Linear).expect("a small volume");
    assert_eq!((linear.header.shape, linear.header.spacing), ([6, 1, 1], [1.0; 3]));
    assert_eq!(linear.data, [0.0, 2.5, 7.5, 15.0, 25.0, 30.0]);
    let nearest = found.resampled(1.0, Interpolation::Nearest).expect("a small volume");
    assert_eq!(nearest.data, [0.0, 0.0, 10.0, 10.0, 30.0, 30.0]);
    let coarse = found.resampled(100.0, Interpolation::Linear).expect("a small volume");
    assert_eq!((coarse.header.shape, coarse.data), ([1, 1, 1], vec![10.0]));
    let same = found.resampled(2.0, Interpolation::Linear).expect("a small volume");
    assert_eq!((same.header.shape, same.data), ([3, 1, 1], vec![0.0, 10.0, 30.0]));
}

#[test]
fn a_stack_is_the_axial_slices_from_bottom_to_top() {
    let fields = Fields::of(&[2, 3, 4, 1, 2]);
    let volume = volume(&fields, &(0..48).collect::<Vec<u8>>());
    let stack = volume.stacked();
    assert_eq!((stack.channels, &stack.shape[..]), (2, &[4, 3, 2][..]));
    for z in 0..4 {
        let slice = volume.slice(Plane::Axial, z).unwrap();
        let planes = [z * 6..(z + 1) * 6, 24 + z * 6..24 + (z + 1) * 6];
        let same: Vec<f32> = planes.into_iter().flat_map(|plane| stack.data[plane].to_vec()).collect();
        assert_eq!(slice.data, same);
    }
}

#[test]
fn places_stay_when_axes_are_turned() {
    let sform = Some([[-2.0, 0.1, 0.0, 40.0], [0.05, 0.0, 1.5, -30.0], [0.0, -3.0, 0.2, 12.0]]);
    let found = volume(&Fields { sform, ..Fields::of(&[3, 4, 5]) }, &counted(60)).header;
    assert_eq!((found.shape, &*found.axes), ([3, 5, 4], "LIA"));
    // By nibabel's `as_closest_canonical`.
    let wanted = [[2.0, 0.0, -0.1, 36.3], [-0.05, 1.5, 0.0, -29.9], [0.0, 0.2, 3.0, 3.0]];
    for (found, wanted) in found.affine.iter().flatten().zip(wanted.iter().flatten()) {
        assert!((found - wanted).abs() < 1e-5, "{found} is not {wanted}");
    }
}

#[test]
fn resampled_voxels_keep_their_places() {
    let affine = [[2.0, 0.0, 0.0, 10.0], [0.0, 1.0, 0.0, 20.0], [0.0, 0.0, 4.0, 30.0]];
    let header =
        Header { shape: [6, 8, 3], channels: 1, spacing: [2.0, 1.0, 4.0], axes: "RAS".into(), affine };
    let volume = Volume { header, data: vec![0.0; 144] };
    let found = volume.resampled(3.0, Interpolation::Linear).unwrap().header;
    assert_eq!(found.shape, [4, 3, 4]);
    // The centre is where it was.
    let centre = |header: &Header| -> [f64; 3] {
        header.affine.map(|row| {
            (0..3).map(|axis| row[axis] * (header.shape[axis] as f64 - 1.0) / 2.0).sum::<f64>() + row[3]
        })
    };
    assert_eq!(centre(&found), centre(&volume.header));
    assert_eq!([found.affine[0][0], found.affine[1][1], found.affine[2][2]], [3.0; 3]);
}
