//! A picture to train with, and a mask.
#![no_main]

use libfuzzer_sys::fuzz_target;
use netwright_data::picture::{Decoder, Fit, Masks, Meaning, Wanted, decode_mask};

fuzz_target!(|bytes: &[u8]| {
    let mut decoder = Decoder::new();
    for (channels, fit) in [(1, Fit::Stretch), (3, Fit::Pad), (4, Fit::Crop)] {
        let wanted = Wanted { channels, size: Some([4, 5]), fit, background: 1.0 };
        match decoder.decode(bytes, &wanted) {
            Ok(picture) => assert_eq!(picture.pixels.len(), channels * 4 * 5),
            Err(problem) => assert!(!problem.to_string().is_empty()),
        }
    }
    for meaning in [Meaning::Indices, Meaning::YesOrNo, Meaning::Colours(&[[0; 3], [255; 3]])] {
        let wanted = Masks { meaning, size: Some([4, 5]), fit: Fit::Crop, outside: 0 };
        if let Ok(mask) = decode_mask(bytes, &wanted) {
            assert_eq!(mask.classes.len(), 4 * 5);
        }
    }
});
