//! Normalisation by a sample's own statistics: layer, group, instance and root-mean-square normalisation.

use super::rank::{kind_of, not_an_image};
use super::room::{Facts, Group, ParamSpec, Room};
use super::text::{Text, name_of, plain_text};
use super::{Args, Entry, Init, Misfit, Operator, Role, Shape, product};
use crate::args::{MAX_SIZE, Signature, list};

/// `layer_norm`, `group_norm`, `instance_norm` or `rms_norm`: parts of a sample, each normalised by itself.
///
/// [torch.nn.LayerNorm](https://docs.pytorch.org/docs/stable/generated/torch.nn.LayerNorm.html),
/// [GroupNorm](https://docs.pytorch.org/docs/stable/generated/torch.nn.GroupNorm.html),
/// [InstanceNorm2d](https://docs.pytorch.org/docs/stable/generated/torch.nn.InstanceNorm2d.html) and
/// [RMSNorm](https://docs.pytorch.org/docs/stable/generated/torch.nn.RMSNorm.html).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SampleNorm {
    /// The numbers that share their statistics.
    pub parts: Parts,
    /// True if the mean is subtracted; otherwise numbers are divided by the root of the mean square.
    pub centered: bool,
    /// The number that is added to the variance, or to the mean square.
    pub eps: f64,
    /// True if the result is scaled by learned weights.
    pub affine: bool,
    /// True if learned biases are added to the result.
    pub bias: bool,
}

/// The numbers of a sample that are normalised together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parts {
    /// All of them; each has a weight of its own.
    Sample,
    /// The channels of each pixel; each channel has a weight.
    Pixels,
    /// This number of groups of neighbouring channels, over all pixels; each channel has a weight.
    Groups(usize),
    /// Each channel over all pixels.
    Channels,
}

const OVER: &[(&str, Parts)] = &[("sample", Parts::Sample), ("channels", Parts::Pixels)];

const LAYER_NORM: Entry = Entry {
    signature: Signature {
        name: "layer_norm",
        positional: 0,
        params: &[
            ("over", Some("sample")),
            ("eps", Some("1e-5")),
            ("affine", Some("true")),
            ("bias", Some("true")),
        ],
    },
    read: |args: &mut Args<'_>| {
        let parts = args.choice("over", OVER);
        let (eps, affine) = (args.positive("eps"), args.flag("affine"));
        let bias = args.flag_or("bias", affine);
        if args.given("bias") && !affine {
            args.reject(
                "E0309",
                "bias",
                "`bias` says nothing without `affine`",
                "`affine` is false",
                "leave `bias` out: `affine=false` means neither weights nor biases",
            );
        }
        Operator::SampleNorm(SampleNorm { parts, centered: true, eps, affine, bias })
    },
};

const GROUP_NORM: Entry = Entry {
    signature: Signature {
        name: "group_norm",
        positional: 1,
        params: &[("groups", None), ("eps", Some("1e-5")), ("affine", Some("true"))],
    },
    read: |args: &mut Args<'_>| {
        let parts = Parts::Groups(args.whole("groups", 1..=MAX_SIZE));
        let (eps, affine) = (args.positive("eps"), args.flag("affine"));
        Operator::SampleNorm(SampleNorm { parts, centered: true, eps, affine, bias: affine })
    },
};

const INSTANCE_NORM: Entry = Entry {
    signature: Signature {
        name: "instance_norm",
        positional: 0,
        params: &[("eps", Some("1e-5")), ("affine", Some("false"))],
    },
    read: |args: &mut Args<'_>| {
        let (eps, affine) = (args.positive("eps"), args.flag("affine"));
        Operator::SampleNorm(SampleNorm { parts: Parts::Channels, centered: true, eps, affine, bias: affine })
    },
};

const RMS_NORM: Entry = Entry {
    signature: Signature {
        name: "rms_norm",
        positional: 0,
        params: &[("over", Some("sample")), ("eps", Some("1.1920929e-7")), ("affine", Some("true"))],
    },
    read: |args: &mut Args<'_>| {
        let parts = args.choice("over", OVER);
        let (eps, affine) = (args.positive("eps"), args.flag("affine"));
        Operator::SampleNorm(SampleNorm { parts, centered: false, eps, affine, bias: false })
    },
};

impl SampleNorm {
    /// Returns the number of elements of an input of this shape that share their statistics.
    pub fn together(&self, input: &[usize]) -> usize {
        let pixels: usize = input[1..].iter().product();
        match self.parts {
            Parts::Sample => input[0] * pixels,
            Parts::Pixels => input[0],
            Parts::Groups(groups) => input[0] / groups * pixels,
            Parts::Channels => pixels,
        }
    }
}

pub(super) const ENTRIES: &[Entry] = &[LAYER_NORM, GROUP_NORM, INSTANCE_NORM, RMS_NORM];

impl Room for SampleNorm {
    fn kind(&self) -> &'static str {
        match self.parts {
            Parts::Groups(_) => "group_norm",
            Parts::Channels => "instance_norm",
            Parts::Sample | Parts::Pixels if self.centered => "layer_norm",
            Parts::Sample | Parts::Pixels => "rms_norm",
        }
    }

    fn text(&self) -> String {
        let text = Text::new(self.kind());
        let text = match self.parts {
            Parts::Groups(groups) => text.arg(&groups),
            parts => text.option("over", &parts, |parts| name_of(OVER, parts)),
        };
        text.option("eps", &self.eps, |eps| format!("{eps:e}"))
            .option("affine", &self.affine, plain_text)
            .unless("bias", &self.bias, &(self.affine && self.centered), plain_text)
            .finish()
    }

    fn shape(&self, inputs: &[&[usize]]) -> Result<Shape, Misfit> {
        let input = inputs[0];
        let (name, channels) = (self.kind(), input[0]);
        let image = input.len() > 1;
        let mended = |misfit: Misfit| Misfit { recover: Some(input.to_vec()), ..misfit };
        if self.parts == Parts::Channels && !image {
            return Err(mended(not_an_image(name, input)));
        }
        if self.parts == Parts::Pixels && !image {
            let misfit = Misfit::new(
                "E0401",
                format!("`{name}(over=channels)` takes an image, not a list of features"),
                format!("found {input:?}, expected [channels, height, width]"),
            );
            return Err(mended(misfit.help(format!("write `{name}`: features are normalised all together"))));
        }
        if let Parts::Groups(groups) = self.parts
            && channels % groups != 0
        {
            let misfit = Misfit::new(
                "E0403",
                format!("{groups} groups cannot share {channels} channels evenly"),
                format!("found {input:?}"),
            );
            let divisors: Vec<String> =
                (1..=channels.min(1024)).filter(|g| channels % g == 0).map(|g| g.to_string()).collect();
            return Err(mended(
                misfit.help(format!("of {channels} channels, `groups` can be {}", list(&divisors, "or"))),
            ));
        }
        if self.centered && self.together(input) == 1 {
            let misfit = Misfit::new(
                "E0408",
                format!("`{name}` would normalise single numbers, which makes all of them 0"),
                format!("{} of shape {input:?}", kind_of(input)),
            );
            return Err(mended(misfit.help(match self.parts {
                Parts::Groups(_) => "use fewer groups, or `layer_norm`, which normalises a sample as a whole",
                Parts::Channels => "put it where a channel has several numbers, or use `group_norm`",
                Parts::Sample | Parts::Pixels => "remove it, or put it where there are several numbers",
            })));
        }
        Ok(input.to_vec())
    }

    fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
        let shape = if self.parts == Parts::Sample { input.to_vec() } else { vec![input[0]] };
        let spec = |name, init| ParamSpec { name, shape: shape.clone(), init, role: Role::Norm };
        let mut params = vec![];
        if self.affine {
            params.push(spec("weight", Init::Ones));
        }
        if self.bias {
            params.push(spec("bias", Init::Zeros));
        }
        params
    }

    fn flops(&self, inputs: &[&[usize]], _: &[usize]) -> u64 {
        // Statistics, their application, weights and biases.
        let statistics = if self.centered { 4 } else { 2 };
        let applied = if self.centered { 2 } else { 1 };
        let each = statistics + applied + u64::from(self.affine) + u64::from(self.bias);
        product(inputs[0]).saturating_mul(each)
    }

    fn facts(&self) -> Facts {
        Facts { group: Group::Norm, follows: false, affine: false, activation: false, weights: None }
    }

    fn does_nothing(&self, _: &[usize]) -> Option<&'static str> {
        None
    }
}
