//! Random parts of several layers: branches, repeats, blocks and joins with named values.

use super::{CHANNELS, Skip, WORK, Writer};

impl Writer {
    /// Joins those named values that still can be.
    pub(in crate::random) fn close_skips(&mut self) {
        for _ in 0..self.skips.len() {
            self.join_a_skip();
        }
    }

    pub(super) fn repeat(&mut self, depth: usize) {
        let branches = depth == 0 && self.random.percent(30);
        let times = if branches { 2 } else { self.random.whole(2, 3) };
        self.line(&format!("repeat {times} {{"));
        self.depth += 1;
        let shape = self.shape.clone();
        self.arm(&shape, 1);
        if branches {
            self.branch(2);
            if self.shape != shape {
                self.arm(&shape, 1);
            }
        }
        self.depth -= 1;
        self.line("}");
    }

    pub(super) fn branch(&mut self, depth: usize) {
        let join =
            self.random.pick(&["add", "add", "add", "concat", "concat", "concat", "mul", "max", "sub"]);
        let add = join != "concat";
        let start = self.shape.clone();
        let stride = if start.len() == 3 && depth < 2 && self.random.percent(25) { 2 } else { 1 };
        let mut target: Vec<usize> = start.iter().map(|size| (size - 1) / stride + 1).collect();
        target[0] = if self.random.percent(50) { start[0] } else { self.random.whole(1, 10) };
        let stride = if target[1..] == start[1..] { 1 } else { stride };

        self.line("branch {");
        self.depth += 1;
        let mut channels = 0;
        let mut empty = false;
        for arm in 0..if join == "sub" { 2 } else { self.random.whole(2, 3) } {
            if !add && arm > 0 {
                target[0] = self.random.whole(1, 6);
            }
            self.shape.clone_from(&start);
            if target == start && !empty && self.random.percent(25) {
                empty = true;
                self.line("{ }");
            } else {
                self.names += 1;
                let label =
                    if self.random.percent(10) { format!("way{}: ", self.names) } else { String::new() };
                self.line(&format!("{label}{{"));
                self.depth += 1;
                self.arm(&target, stride);
                self.depth -= 1;
                self.line("}");
            }
            channels += target[0];
        }
        self.depth -= 1;
        self.line(&format!("}} {join}"));
        self.shape = target;
        if !add {
            self.shape[0] = channels;
        }
    }

    /// Writes layers that end in a shape: that of the current value divided by the stride, and any number of
    /// channels.
    fn arm(&mut self, target: &[usize], stride: usize) {
        if self.random.percent(30) {
            self.activation();
        }
        if target.len() == 1 {
            self.line(&format!("dense({})", target[0]));
        } else {
            let strides = if stride == 1 { String::new() } else { format!(", stride={stride}") };
            let same_channels = target[0] == self.shape[0];
            let work = self.shape[0] * target[0] * target[1] * target[2];
            match self.random.whole(0, 6) {
                0 if same_channels => {
                    let kind = self.random.pick(&["max_pool(3x3", "avg_pool(3x3"]);
                    self.line(&format!("{kind}, stride={stride}, pad=1)"));
                }
                1 if same_channels => {
                    self.line(&format!("conv({}, 3x3{strides}, pad=1, groups={0})", target[0]));
                }
                2 if stride == 1 && 9 * work <= WORK => {
                    self.line(&format!("conv({}, 3x3, pad=same, bias=false)", target[0]));
                }
                3 if 9 * work <= WORK => {
                    self.line(&format!("conv({}, 3x3{strides}, pad=2, dilation=2)", target[0]));
                }
                4 if 15 * work <= WORK => {
                    self.line(&format!("conv({}, 3x5{strides}, pad=[1, 2])", target[0]));
                }
                5 if 9 * work <= WORK => self.line(&format!("conv({}, 3x3{strides}, pad=1)", target[0])),
                _ => self.line(&format!("conv({}, 1x1{strides})", target[0])),
            }
        }
        self.shape = target.to_vec();
        match self.random.whole(0, 4) {
            0 => self.activation(),
            1 => self.norm(),
            _ => {}
        }
    }

    pub(super) fn block(&mut self) {
        let kind = if self.shape.len() == 1 { 2 } else { self.random.whole(0, 1) };
        if kind == 0 {
            let [_, h, w] = self.image();
            let keep = self.random.percent(60);
            let (channels, stride) = if keep { (self.shape[0], 1) } else { (self.random.whole(1, 10), 2) };
            let shape = vec![channels, (h - 1) / stride + 1, (w - 1) / stride + 1];
            let work = 9 * channels * channels.max(self.shape[0]) * h * w;
            if work > WORK || self.batch * shape[1] * shape[2] < 4 {
                return self.conv();
            }
            let stride = if keep { "" } else { ", stride=2" };
            self.line(&format!("residual({channels}{stride})"));
            self.shape = shape;
        } else if kind == 1 {
            let channels = self.random.whole(1, 4);
            let wide = self.random.pick(&["", ", wide=false"]);
            self.line(&format!("squeeze({channels}{wide})"));
            self.shape[0] = channels * 2;
        } else {
            let units = self.random.whole(2, 20);
            let p = if self.dropout { self.random.pick(&["", ", p=0", ", p=0.5"]) } else { ", p=0" };
            self.line(&format!("Unit({units}{p})"));
            self.shape = vec![units];
        }
        self.used[kind] = true;
    }

    pub(super) fn join_a_skip(&mut self) {
        let fitting = |skip: &&Skip| {
            let (a, b) = (&skip.shape, &self.shape);
            a == b || (a.len() == b.len() && a[1..] == b[1..] && a[0] + b[0] <= 2 * CHANNELS)
        };
        let Some(skip) = self.skips.iter().find(fitting).cloned() else { return };
        let kind = match skip.shape == self.shape && self.random.percent(70) {
            true => self.random.pick(&["add", "add", "add", "mul", "max", "sub"]),
            false => "concat",
        };
        self.join(kind, &skip);
        self.skips.retain(|other| other.name != skip.name);
    }

    pub(super) fn join(&mut self, kind: &str, skip: &Skip) {
        self.line(&format!("{kind}({})", skip.name));
        if kind == "concat" {
            self.shape[0] += skip.shape[0];
        }
    }
}
