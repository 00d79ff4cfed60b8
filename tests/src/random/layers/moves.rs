//! Random moves of numbers: other shapes, parts and borders; and gates.

use super::{CHANNELS, Writer};

/// The most pixels along an axis that a border may make, or a shuffle.
const SIDE: usize = 16;

impl Writer {
    /// Writes a layer that moves an image's numbers.
    pub(super) fn moved(&mut self) {
        let [c, h, w] = self.image();
        match self.random.whole(0, 9) {
            0 => {
                let order = *self.random.pick(&[&[0, 2, 1], &[1, 0, 2], &[1, 2, 0], &[2, 0, 1], &[2, 1, 0]]);
                let shape = order.map(|axis: usize| [c, h, w][axis]);
                if shape[0] > CHANNELS {
                    return self.activation();
                }
                self.line(&format!("permute({order:?})"));
                self.shape = shape.to_vec();
            }
            1 => {
                let divisors: Vec<usize> =
                    (1..=CHANNELS.min(c * h)).filter(|d| (c * h).is_multiple_of(*d)).collect();
                let channels = divisors[self.random.whole(0, divisors.len() - 1)];
                if c * h / channels > SIDE {
                    return self.activation();
                }
                self.line(&format!("reshape([{channels}, -1, {w}])"));
                self.shape = vec![channels, c * h / channels, w];
            }
            2 => {
                let axis = self.random.whole(0, 2);
                let size = self.shape[axis];
                let from = self.random.whole(0, size - 1);
                let to = self.random.whole(from + 1, size);
                let step = self.random.whole(1, 2);
                let name = ["channels", "height", "width"][axis];
                self.line(&format!("slice({name}, {from}, {to}, step={step})"));
                self.shape[axis] = (to - from).div_ceil(step);
            }
            3 => {
                let size = [self.random.whole(1, h), self.random.whole(1, w)];
                let at = [self.random.whole(0, h - size[0]), self.random.whole(0, w - size[1])];
                let at = if self.random.percent(50) { format!(", at={at:?}") } else { String::new() };
                self.line(&format!("crop({size:?}{at})"));
                self.shape = vec![c, size[0], size[1]];
            }
            4 | 5 => self.border(),
            6 => {
                let room = |r: usize| h * r <= SIDE && w * r <= SIDE;
                let fits = |r: &usize| c.is_multiple_of(r * r) && room(*r);
                let (c, scale) = match [3, 2].into_iter().find(fits) {
                    Some(scale) => (c, scale),
                    None if room(2) => {
                        let channels = 4 * self.random.whole(1, 3);
                        self.line(&format!("conv({channels}, 1x1)"));
                        (channels, 2)
                    }
                    None => return self.border(),
                };
                self.line(&format!("pixel_shuffle({scale})"));
                self.shape = vec![c / (scale * scale), h * scale, w * scale];
            }
            _ => {
                let fits = |r: &usize| h.is_multiple_of(*r) && w.is_multiple_of(*r) && c * r * r <= CHANNELS;
                let Some(scale) = [3, 2].into_iter().find(fits) else { return self.border() };
                self.line(&format!("pixel_unshuffle({scale})"));
                self.shape = vec![c * scale * scale, h / scale, w / scale];
            }
        }
    }

    /// Writes a layer that moves the numbers of a signal or a volume.
    pub(super) fn ranked_move(&mut self) {
        let names: &[&str] = match self.shape.len() {
            2 => &["channels", "length"],
            _ => &["channels", "depth", "height", "width"],
        };
        let axis = self.random.whole(0, names.len() - 1);
        let (name, size) = (names[axis], self.shape[axis]);
        match self.random.whole(0, 5) {
            0 => {
                let mut order: Vec<usize> = (0..names.len()).collect();
                let other = self.random.whole(0, names.len() - 1);
                order.swap(axis, other);
                order.rotate_left(1);
                let shape: Vec<usize> = order.iter().map(|&axis| self.shape[axis]).collect();
                self.line(&format!("permute({order:?})"));
                self.shape = shape;
            }
            1 => {
                let sizes: Vec<usize> = self.shape[1..].to_vec();
                let size: Vec<usize> = sizes.iter().map(|&size| self.random.whole(1, size)).collect();
                let at: Vec<usize> =
                    size.iter().zip(&sizes).map(|(size, whole)| self.random.whole(0, whole - size)).collect();
                let at = if self.random.percent(50) { format!(", at={at:?}") } else { String::new() };
                self.line(&format!("crop({size:?}{at})"));
                self.shape.splice(1.., size);
            }
            2 if size.is_multiple_of(2) => {
                self.line(&format!("{{ split(2, axis={name}) as near, far tanh add(near) }}"));
                self.shape[axis] /= 2;
            }
            3 if size < SIDE => {
                let more = self.random.whole(1, (SIDE - size).min(size));
                self.line(&format!(
                    "branch {{ {{ slice({name}, end={more}) tanh }} {{ }} }} concat(axis={name})"
                ));
                self.shape[axis] += more;
            }
            _ => {
                let from = self.random.whole(0, size - 1);
                let to = self.random.whole(from + 1, size);
                let step = self.random.whole(1, 2);
                self.line(&format!("slice({name}, {from}, {to}, step={step})"));
                self.shape[axis] = (to - from).div_ceil(step);
            }
        }
    }

    fn border(&mut self) {
        let [c, h, w] = self.image();
        let mode = self.random.pick(&["zeros", "reflect", "replicate", "circular"]);
        let most = |size: usize| match mode {
            "reflect" => (size - 1).min(3),
            "circular" => size.min(3),
            _ => 3,
        };
        let most = [most(h), most(h), most(w), most(w)];
        let border = most.map(|most| self.random.whole(0, most));
        let mode = if mode == "zeros" { String::new() } else { format!(", mode={mode}") };
        let shape = [c, h + border[0] + border[1], w + border[2] + border[3]];
        if shape[1] > SIDE || shape[2] > SIDE {
            return self.activation();
        }
        self.line(&format!("pad({border:?}{mode})"));
        self.shape = shape.to_vec();
    }

    /// Writes a branch that scales the channels or the pixels of an image, or parts laid side by side.
    pub(super) fn gate(&mut self) {
        if self.shape[0].is_multiple_of(2) && self.random.percent(30) {
            // The same in one layer.
            let glu = self.shape[0].is_multiple_of(4);
            self.line(if glu { "glu" } else { "{ split(2) as near, far sigmoid mul(near) }" });
            self.shape[0] /= 2;
            return;
        }
        if self.shape.len() == 1 {
            return self.line("branch { { tanh } { sigmoid } } mul");
        }
        let [c, h, w] = self.image();
        match self.random.whole(0, 4) {
            0 => {
                let mean = if w % 2 == 1 { "mean(height) mean(width)" } else { "global_avg_pool" };
                self.line(&format!("branch {{ {{ {mean} conv({c}, 1x1) sigmoid }} {{ }} }} mul"));
            }
            1 => self.line(&format!("branch {{ {{ }} {{ global_max_pool flatten dense({c}) tanh }} }} mul")),
            2 if h > w => self.line("branch { { } { mean(channels) sigmoid } } mul"),
            2 => self.line("branch { { } { conv(1, 1x1) sigmoid } } mul"),
            3 if h < SIDE => {
                let rows = self.random.whole(1, (SIDE - h).min(h));
                self.line(&format!(
                    "branch {{ {{ slice(height, 0, {rows}) tanh }} {{ }} }} concat(axis=height)"
                ));
                self.shape[1] += rows;
            }
            _ if w < SIDE => {
                let columns = self.random.whole(1, (SIDE - w).min(w));
                self.line(&format!(
                    "branch {{ {{ }} {{ slice(width, end={columns}) relu }} }} concat(axis=width)"
                ));
                self.shape[2] += columns;
            }
            _ => self.activation(),
        }
    }
}
