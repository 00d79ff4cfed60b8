//! Names of samples by their number of axes: features, a signal, an image or a volume.

use super::Misfit;

/// Returns the name in messages of samples with this number of axes.
pub(super) fn kind_of_rank(axes: usize) -> &'static str {
    match axes {
        1 => "a list of features",
        2 => "a signal",
        3 => "an image",
        _ => "a volume",
    }
}

/// Returns the name of samples without an article.
pub(super) fn thing(axes: usize) -> &'static str {
    kind_of_rank(axes).rsplit(' ').next().unwrap_or_default()
}

/// Returns the name of a shape in messages.
pub(super) fn kind_of(shape: &[usize]) -> &'static str {
    kind_of_rank(shape.len())
}

/// Returns the form of shapes with this number of axes.
pub(super) fn form_of_rank(axes: usize) -> &'static str {
    match axes {
        1 => "[features]",
        2 => "[channels, length]",
        3 => "[channels, height, width]",
        _ => "[channels, depth, height, width]",
    }
}

/// Returns the sizes after the channels, or the error for values that do not extend in this number of
/// directions.
pub(super) fn extents<'a>(name: &str, directions: usize, input: &'a [usize]) -> Result<&'a [usize], Misfit> {
    let sizes = input.get(1..).filter(|sizes| sizes.len() == directions);
    sizes.ok_or_else(|| not_this(name, directions + 1, input))
}

/// Returns the error for anything else where an image is needed.
pub(super) fn not_an_image(name: &str, input: &[usize]) -> Misfit {
    not_this(name, 3, input)
}

fn not_this(name: &str, axes: usize, input: &[usize]) -> Misfit {
    let misfit = Misfit::new(
        "E0401",
        format!("`{name}` takes {}, not {}", kind_of_rank(axes), kind_of(input)),
        format!("found {input:?}, expected {}", form_of_rank(axes)),
    );
    match (input, axes) {
        (&[channels, length], 3) => misfit.help(format!(
            "`reshape([{channels}, 1, {length}])` before it makes an image of height 1 of the signal"
        )),
        (&[channels, depth, height, width], 3) => misfit.help(format!(
            "`reshape([{}, {height}, {width}])` before it makes an image of the volume, with a channel for each slice",
            channels * depth
        )),
        _ => misfit.help(format!(
            "put `{name}` before `flatten` and `dense`, which give up the {}",
            match axes {
                2 => "signal's direction",
                3 => "image's two directions",
                _ => "volume's three directions",
            }
        )),
    }
}
