//! Random signals and volumes, as the beginnings of networks that go on as images or features.

use super::{CHANNELS, WORK, Writer};
use std::fmt::Write as _;

/// The largest length of a signal, and side of a volume.
const SIDES: [usize; 2] = [20, 5];

impl Writer {
    /// Writes an input with some layers after it.
    pub(super) fn ranked(&mut self) {
        let signal = self.random.percent(50);
        let (directions, side) = if signal { (1, SIDES[0]) } else { (3, SIDES[1]) };
        self.shape = vec![self.random.whole(1, 5)];
        for _ in 0..directions {
            let size = self.random.whole(1, side);
            self.shape.push(size);
        }
        self.line(&format!("input {:?}", self.shape));
        self.first_input = ("input".into(), self.shape.clone());
        for _ in 0..self.random.whole(1, 4) {
            match self.random.whole(0, 16) {
                0..4 => self.ranked_conv(),
                4 => self.ranked_transpose(),
                5 | 6 => self.ranked_pool(),
                7 => self.ranked_upsample(),
                8 => self.ranked_pad(),
                9 => self.rows(),
                10 => self.norm(),
                11..=13 => self.ranked_move(),
                _ => self.activation(),
            }
        }
        if self.random.percent(60) {
            return self.features();
        }
        let rest: usize = self.shape[2..].iter().product();
        self.shape = vec![self.shape[0], self.shape[1], rest];
        self.line(&format!("reshape({:?})", self.shape));
    }

    /// Writes `dense` along the last axis.
    pub(super) fn rows(&mut self) {
        let rows: usize = self.shape[..self.shape.len() - 1].iter().product();
        let last = self.shape[self.shape.len() - 1];
        let units = self.random.whole(1, 8.min(1 + WORK / (rows * last)));
        let bias = self.random.pick(&["", "", ", bias=false"]);
        self.line(&format!("dense({units}, axis=last{bias})"));
        let end = self.shape.len() - 1;
        self.shape[end] = units;
    }

    fn ranked_conv(&mut self) {
        let (mut kernel, mut stride, mut pad, mut dilation, mut sizes) =
            (vec![], vec![], vec![], vec![], vec![]);
        for &size in &self.shape.clone()[1..] {
            let (own_pad, own_dilation) = (self.random.whole(0, 1), self.random.whole(1, 4) / 4 + 1);
            let own_kernel = self.random.whole(1, 3.min((size + 2 * own_pad - 1) / own_dilation + 1));
            let own_stride = self.random.whole(1, 5) / 5 + 1;
            sizes.push((size + 2 * own_pad - own_dilation * (own_kernel - 1) - 1) / own_stride + 1);
            kernel.push(own_kernel);
            stride.push(own_stride);
            pad.push(own_pad);
            dilation.push(own_dilation);
        }
        let c = self.shape[0];
        let options = options(&[("stride", &stride, 1), ("pad", &pad, 0), ("dilation", &dilation, 1)]);
        if self.random.percent(20) {
            self.line(&format!("depthwise_conv({}{options})", list(&kernel)));
            self.shape = [&[c], &sizes[..]].concat();
            return;
        }
        let groups = self.groups(c);
        let each = sizes.iter().chain(&kernel).product::<usize>() * c / groups;
        let channels = groups * self.random.whole(1, (CHANNELS.min(1 + WORK / each) / groups).max(1));
        let bias = self.random.pick(&["", "", ", bias=false"]);
        let grouped = if groups > 1 { format!(", groups={groups}") } else { String::new() };
        self.line(&format!("conv({channels}, {}{options}{grouped}{bias})", list(&kernel)));
        self.shape = [&[channels], &sizes[..]].concat();
    }

    fn ranked_transpose(&mut self) {
        let (mut kernel, mut stride, mut more, mut sizes) = (vec![], vec![], vec![], vec![]);
        for &size in &self.shape.clone()[1..] {
            let own_stride = if size > 8 { 1 } else { self.random.whole(1, 2) };
            let (own_kernel, own_more) = (self.random.whole(1, 3), self.random.whole(0, own_stride - 1));
            sizes.push((size - 1) * own_stride + own_kernel + own_more);
            kernel.push(own_kernel);
            stride.push(own_stride);
            more.push(own_more);
        }
        let each = self.shape.iter().chain(&kernel).product::<usize>();
        let channels = self.random.whole(1, 6.min(1 + WORK / each));
        let options = options(&[("stride", &stride, 1), ("output_pad", &more, 0)]);
        self.line(&format!("conv_transpose({channels}, {}{options})", list(&kernel)));
        self.shape = [&[channels], &sizes[..]].concat();
    }

    fn ranked_pool(&mut self) {
        if self.random.percent(20) {
            let size: Vec<usize> = self.shape[1..].to_vec();
            let size: Vec<usize> = size.iter().map(|&size| self.random.whole(1, size + 1)).collect();
            let kind = self.random.pick(&["adaptive_avg_pool", "adaptive_max_pool"]);
            self.line(&format!("{kind}({})", list(&size)));
            self.shape = [&self.shape[..1], &size[..]].concat();
            return;
        }
        let (mut window, mut stride, mut pad, mut sizes) = (vec![], vec![], vec![], vec![]);
        let ceil = self.random.percent(30);
        for &size in &self.shape.clone()[1..] {
            let own = self.random.whole(1, 3.min(size));
            let (own_stride, own_pad) = (self.random.whole(1, 3), self.random.whole(0, own / 2));
            let steps = size + 2 * own_pad - own;
            let up = steps.div_ceil(own_stride);
            let more = ceil && up * own_stride < size + own_pad;
            sizes.push(if more { up + 1 } else { steps / own_stride + 1 });
            window.push(own);
            stride.push(own_stride);
            pad.push(own_pad);
        }
        let mut options = options(&[("stride", &stride, usize::MAX), ("pad", &pad, 0)]);
        let kind = self.random.pick(&["max_pool", "avg_pool"]);
        if kind == "avg_pool" && pad.iter().any(|pad| *pad > 0) {
            options += self.random.pick(&["", ", count_pad=false"]);
        }
        if ceil {
            options += ", ceil=true";
        }
        self.line(&format!("{kind}({}{options})", list(&window)));
        self.shape = [&self.shape[..1], &sizes[..]].concat();
    }

    fn ranked_upsample(&mut self) {
        let linear = if self.shape.len() == 2 { ", mode=linear" } else { ", mode=trilinear" };
        let mode = self.random.pick(&["", linear]);
        let mut scale = vec![];
        for size in &mut self.shape[1..] {
            let own = if *size > 6 { 1 } else { self.random.whole(1, 2) };
            *size *= own;
            scale.push(own);
        }
        self.line(&format!("upsample({}{mode})", list(&scale)));
    }

    fn ranked_pad(&mut self) {
        let mode = self.random.pick(&["", ", mode=replicate", ", mode=circular"]);
        let mut border = vec![];
        for size in &mut self.shape[1..] {
            let sides = [self.random.whole(0, 1), self.random.whole(0, 1)];
            *size += sides[0] + sides[1];
            border.extend(sides);
        }
        self.line(&format!("pad({border:?}{mode})"));
    }
}

fn options(options: &[(&str, &Vec<usize>, usize)]) -> String {
    let mut text = String::new();
    for (name, sizes, default) in options {
        if sizes.iter().any(|size| size != default) {
            let _ = write!(text, ", {name}={}", list(sizes));
        }
    }
    text
}

/// Formats sizes: `[2, 1]`, or `2` where all are the same.
fn list(sizes: &[usize]) -> String {
    if sizes.iter().all(|size| *size == sizes[0]) { sizes[0].to_string() } else { format!("{sizes:?}") }
}
