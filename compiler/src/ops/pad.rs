//! Borders around signals, images and volumes.

use super::rank::{extents, thing};
use super::room::{Facts, Group, ParamSpec, Room};
use super::text::{Text, sizes_text};
use super::{Args, Entry, Misfit, Operator, Shape, Spatial};
use crate::args::{MAX_PAD, Signature};
pub use netwright_model::Border;

/// `pad(border, mode=zeros)`, as [torch.nn.functional.pad](https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pad.html)
/// makes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Pad {
    /// Widths before and after the input, along each direction.
    pub border: Vec<[usize; 2]>,
    /// The numbers of the border.
    pub mode: Border,
}

/// Borders by their names.
pub(super) const BORDERS: &[(&str, Border)] = &{
    let mut named = [("", Border::Zeros); Border::ALL.len()];
    let mut i = 0;
    while i < named.len() {
        named[i] = (Border::ALL[i].name(), Border::ALL[i]);
        i += 1;
    }
    named
};

pub(super) const ENTRIES: &[Entry] = &[Entry {
    signature: Signature { name: "pad", positional: 1, params: &[("border", None), ("mode", Some("zeros"))] },
    read: |args: &mut Args<'_>| {
        let border = read_border(args);
        Operator::Pad(Pad { border, mode: args.choice("mode", BORDERS) })
    },
}];

/// Reads one width, one for each direction, or two for each.
fn read_border(args: &mut Args<'_>) -> Vec<[usize; 2]> {
    let directions = args.directions();
    let expected = match directions {
        1 => "a whole number or [before, after]",
        2 => "a whole number, [height, width] or [above, below, left, right]",
        _ => "a whole number, [depth, height, width] or [front, back, above, below, left, right]",
    };
    let given = args.whole_list("border", 0..=MAX_PAD as i64, expected);
    let widths: Vec<usize> = given.iter().map(|&width| width as usize).collect();
    match widths.as_slice() {
        [width] => vec![[*width; 2]; directions],
        each if each.len() == 2 * directions => {
            each.chunks_exact(2).map(|sides| [sides[0], sides[1]]).collect()
        }
        each if each.len() == directions => each.iter().map(|width| [*width; 2]).collect(),
        other => {
            let help = format!("write `pad(1)` for a border of one all around the {}", thing(directions + 1));
            let message = format!("`border` of `pad` must be {expected}");
            args.reject("E0305", "border", message, format!("found a list of {}", other.len()), help);
            vec![[0; 2]; directions]
        }
    }
}

impl Room for Pad {
    fn kind(&self) -> &'static str {
        "pad"
    }

    fn text(&self) -> String {
        let text = Text::new("pad");
        let text = match self.border.iter().all(|[before, after]| before == after) {
            true => text.arg(&sizes_text(&Spatial::from_fn(self.border.len(), |axis| self.border[axis][0]))),
            false => text.arg(&format!("{:?}", self.border.concat())),
        };
        text.option("mode", &self.mode, |mode| mode.name().to_string()).finish()
    }

    fn shape(&self, inputs: &[&[usize]]) -> Result<Shape, Misfit> {
        let directions = self.border.len();
        let sizes = extents("pad", directions, inputs[0])?;
        for (axis, (&size, border)) in sizes.iter().zip(&self.border).enumerate() {
            let most = match self.mode {
                Border::Zeros | Border::Replicate => continue,
                Border::Reflect => size - 1,
                Border::Circular => size,
            };
            if border.iter().any(|border| *border > most) {
                let direction = match directions {
                    1 => "length",
                    _ => ["depth", "height", "width"][axis + 3 - directions],
                };
                return Err(Misfit::new(
                    "E0409",
                    format!("a border of this kind can be at most {most} here"),
                    format!("the {direction} of the {} is {size}", thing(directions + 1)),
                )
                .help("`mode=replicate` and `mode=zeros` make borders of any size"));
            }
        }
        let padded = sizes.iter().zip(&self.border).map(|(size, [before, after])| before + size + after);
        Ok(inputs[0][..1].iter().copied().chain(padded).collect())
    }

    fn params(&self, _: &[usize]) -> Vec<ParamSpec> {
        vec![]
    }

    fn flops(&self, _: &[&[usize]], _: &[usize]) -> u64 {
        0
    }

    fn facts(&self) -> Facts {
        Facts { group: Group::Move, follows: false, affine: true, activation: false, weights: None }
    }

    fn does_nothing(&self, _: &[usize]) -> Option<&'static str> {
        self.border.iter().all(|border| *border == [0; 2]).then_some("its border is 0")
    }
}
