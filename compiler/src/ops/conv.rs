//! Convolution.

use super::Init;

/// `conv(channels, KxK, stride=1, pad=0, dilation=1, groups=1, bias=true, init=he_uniform)`:
/// [torch.nn.Conv2d](https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html). Pairs are height, width.
#[derive(Clone, Debug, PartialEq)]
pub struct Conv {
    /// How many channels come out.
    pub channels: usize,
    /// The window.
    pub kernel: [usize; 2],
    /// Steps of the window.
    pub stride: [usize; 2],
    /// Zeros around the image.
    pub pad: [usize; 2],
    /// Distance between the window's taps.
    pub dilation: [usize; 2],
    /// Independent groups of channels.
    pub groups: usize,
    /// Whether a bias is added.
    pub bias: bool,
    /// The weights before training.
    pub init: Init,
}
