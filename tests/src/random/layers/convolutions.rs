//! Random convolutions of all kinds, and upsampling.

use super::{CHANNELS, WORK, Writer, option, pair};
use std::fmt::Write as _;

/// The largest side that a transposed convolution makes by strides, or upsampling.
const SIDE: usize = 16;

impl Writer {
    pub(super) fn conv(&mut self) {
        let [c, h, w] = self.image();
        let dilation = self.pair(1, 2, 25);
        let mut sides = self.pair(0, 2, 50).map(|pad| [pad; 2]);
        if self.random.percent(15) {
            sides = sides.map(|_| [self.random.whole(0, 2), self.random.whole(0, 2)]);
        }
        let padded = |size: usize, axis: usize| size + sides[axis][0] + sides[axis][1];
        let fit = |size: usize, axis: usize| (padded(size, axis) - 1) / dilation[axis] + 1;
        let kernel = [self.random.whole(1, 5.min(fit(h, 0))), self.random.whole(1, 5.min(fit(w, 1)))];
        let kernel = if self.random.percent(50) { [kernel[0].min(kernel[1]); 2] } else { kernel };
        let stride = self.pair(1, 3, 30);
        let groups = self.groups(c);

        let slide = |size: usize, axis: usize| {
            (padded(size, axis) - dilation[axis] * (kernel[axis] - 1) - 1) / stride[axis] + 1
        };
        let (height, width) = (slide(h, 0), slide(w, 1));
        let each = height * width * kernel[0] * kernel[1] * c / groups;
        let most = (CHANNELS.min(1 + WORK / each) / groups).max(1);
        let channels = groups * self.random.whole(1, most);

        let mut text = format!("conv({channels}, {}x{}", kernel[0], kernel[1]);
        option(&mut text, "stride", stride, 1);
        match sides {
            [[above, below], [left, right]] if above != below || left != right => {
                let _ = write!(text, ", pad={:?}", [above, below, left, right]);
            }
            sides => option(&mut text, "pad", sides.map(|[before, _]| before), 0),
        }
        let most = sides.map(|sides| sides[0].max(sides[1]));
        if most != [0, 0] && self.random.percent(30) {
            let fitting = if most[0] < h && most[1] < w {
                &["replicate", "reflect", "circular"][..]
            } else {
                &["replicate"]
            };
            let _ = write!(text, ", pad_mode={}", self.random.pick(fitting));
        }
        option(&mut text, "dilation", dilation, 1);
        if groups > 1 {
            let _ = write!(text, ", groups={groups}");
        }
        text += self.random.pick(&[
            "",
            "",
            "",
            ", bias=false",
            ", init=he_normal(fan=out)",
            ", init=orthogonal",
            ", bias=false, init=glorot_normal",
        ]);
        self.line(&format!("{text})"));
        self.shape = vec![channels, height, width];
    }

    pub(super) fn depthwise(&mut self) {
        let [c, h, w] = self.image();
        let (stride, more) = (self.random.whole(1, 2), self.random.whole(1, 1 + CHANNELS / c.max(10)));
        let mut channels = c * more;
        let stride_text = if stride == 1 { String::new() } else { format!(", stride={stride}") };
        let bias = self.random.pick(&["", ", bias=false"]);
        if self.random.percent(50) {
            self.line(&format!("conv({channels}, 3x3{stride_text}, pad=1, groups={c}{bias})"));
        } else {
            let more = if more == 1 { String::new() } else { format!(", multiplier={more}") };
            if self.random.percent(40) {
                channels = self.random.whole(1, CHANNELS);
                self.line(&format!("separable_conv({channels}, 3x3{stride_text}, pad=1{more}{bias})"));
            } else {
                self.line(&format!("depthwise_conv(3x3{stride_text}, pad=1{more}{bias})"));
            }
        }
        self.shape = vec![channels, (h - 1) / stride + 1, (w - 1) / stride + 1];
    }

    pub(super) fn upsample(&mut self) {
        let [c, h, w] = self.image();
        let most = [(SIDE / h).clamp(1, 3), (SIDE / w).clamp(1, 3)];
        let scale = [self.random.whole(1, most[0]), self.random.whole(1, most[1])];
        let mode = self.random.pick(&["", ", mode=bilinear", ", mode=nearest"]);
        self.line(&format!("upsample({}{mode})", pair(scale)));
        self.shape = vec![c, h * scale[0], w * scale[1]];
    }

    pub(super) fn conv_transpose(&mut self) {
        let [c, h, w] = self.image();
        let dilation = self.pair(1, 2, 20);
        let kernel = [self.random.whole(1, 4), self.random.whole(1, 4)];
        let kernel = if self.random.percent(50) { [kernel[0]; 2] } else { kernel };
        let whole = |size: usize, stride: usize, axis: usize| {
            (size - 1) * stride + dilation[axis] * (kernel[axis] - 1) + 1
        };
        let mut stride = self.pair(1, 3, 70);
        let (mut pad, mut more) = ([0, 0], [0, 0]);
        let even = self.random.percent(50);
        for (axis, size) in [(0, h), (1, w)] {
            if whole(size, stride[axis], axis) > SIDE {
                stride[axis] = 1;
            }
            let most = (whole(size, stride[axis], axis) - 1) / 2;
            pad[axis] = if even { 0 } else { self.random.whole(0, most.min(2)) };
            let most = stride[axis].max(dilation[axis]) - 1;
            more[axis] = if self.random.percent(40) { 0 } else { self.random.whole(0, most) };
        }
        let groups = self.groups(c);
        let each = h * w * kernel[0] * kernel[1] * c / groups;
        let most = (CHANNELS.min(1 + WORK / each) / groups).max(1);
        let channels = groups * self.random.whole(1, most);

        let mut text = format!("conv_transpose({channels}, {}x{}", kernel[0], kernel[1]);
        option(&mut text, "stride", stride, 1);
        option(&mut text, "pad", pad, 0);
        option(&mut text, "output_pad", more, 0);
        option(&mut text, "dilation", dilation, 1);
        if groups > 1 {
            let _ = write!(text, ", groups={groups}");
        }
        text += self.random.pick(&["", "", ", bias=false", ", init=glorot_uniform"]);
        self.line(&format!("{text})"));
        let size = |size: usize, axis: usize| whole(size, stride[axis], axis) + more[axis] - 2 * pad[axis];
        self.shape = vec![channels, size(h, 0), size(w, 1)];
    }

    /// Draws a number of groups: mostly one, else any that divides the channels.
    pub(super) fn groups(&mut self, channels: usize) -> usize {
        let divisors: Vec<usize> = (1..=channels).filter(|groups| channels.is_multiple_of(*groups)).collect();
        if self.random.percent(25) { divisors[self.random.whole(0, divisors.len() - 1)] } else { 1 }
    }
}
