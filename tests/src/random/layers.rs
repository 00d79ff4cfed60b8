//! Random layers, with the shapes that come out of them.

mod convolutions;
mod groups;
mod moves;
mod ranks;

use super::Random;
use netwright_compiler::catalogue::Kind;
use netwright_compiler::ops::{Facts, Group};
use netwright_compiler::{NoFiles, parse_program};
use std::fmt::Write as _;
use std::sync::LazyLock;

/// The most multiplications of one layer and sample.
const WORK: usize = 20_000;
/// The most channels.
const CHANNELS: usize = 20;
/// The most features.
const FEATURES: usize = 40;

/// Activations with options away from their defaults.
const WITH_OPTIONS: [&str; 5] =
    ["elu(0.5)", "gelu(tanh)", "softplus(2)", "prelu(0.1, per_channel=true)", "leaky_relu(0.2)"];

/// Calculations, after what keeps them finite.
const CALCULATIONS: [&str; 5] =
    ["scale(-0.5)", "shift(0.3)", "abs shift(1) log", "tanh exp", "square shift(0.5) sqrt"];

/// Every activation that the language has, and those with options.
static ACTIVATIONS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let is_activation = |name: &&str| {
        let text = format!("network Alone {{ input [3] {name} loss mse }}");
        let (program, _) = parse_program("alone.net", &text, &NoFiles);
        let nodes = program.models.iter().flat_map(|model| &model.graph.nodes);
        let facts: Vec<Facts> = nodes.map(|node| node.op.facts()).collect();
        matches!(facts[..], [only] if only.group == Group::Activation && only.activation)
    };
    let names = Kind::Layer.items().into_iter().map(|item| item.name());
    names.filter(is_activation).chain(WITH_OPTIONS).collect()
});

/// Initial weights that a layer may have.
const INITS: [&str; 14] = [
    "he_uniform(gain=1)",
    "he_normal(fan=mean)",
    "glorot_uniform",
    "glorot_normal(gain=2)",
    "lecun_uniform",
    "lecun_normal(fan=out)",
    "zeros",
    "ones",
    "constant(0.5)",
    "uniform(-0.1, 0.2)",
    "normal(0.1, mean=0.5)",
    "truncated_normal(0.02)",
    "orthogonal",
    "identity(gain=2)",
];

const RESIDUAL: &str = "block residual(channels, stride=1) {
    branch {
        { conv(channels, 3x3, stride=stride, pad=1, bias=false) batch_norm relu
          conv(channels, 3x3, pad=1, bias=false) batch_norm }
        { if stride > 1 { conv(channels, 1x1, stride=stride, bias=false) batch_norm } }
    } add
    relu
}

";
const SQUEEZE: &str = "block squeeze(channels, wide=true) {
    conv(channels, 1x1) leaky_relu
    if wide { conv(channels * 2, 3x3, pad=1) tanh } else { conv(channels * 2, 1x1) }
}

";
const UNIT: &str = "block Unit(units, p=0.2) {
    dense(units) relu
    if p > 0 { dropout(p) }
}

";

/// A text under construction, at a current value.
pub(super) struct Writer {
    pub(super) random: Random,
    pub(super) text: String,
    /// The shape of the current value.
    pub(super) shape: Vec<usize>,
    /// Samples a step.
    pub(super) batch: usize,
    /// True if there may be dropout.
    pub(super) dropout: bool,
    /// True if a layer has the label `stem`.
    pub(super) labelled: bool,
    /// The name and the shape of the first input.
    pub(super) first_input: (String, Vec<usize>),
    /// Named values that can be joined to the current one.
    skips: Vec<Skip>,
    names: usize,
    depth: usize,
    used: [bool; 3],
}

/// A named value.
#[derive(Clone)]
pub(super) struct Skip {
    name: String,
    shape: Vec<usize>,
}

impl Writer {
    pub(super) fn new(seed: u64) -> Writer {
        let mut random = Random::new(seed);
        let batch = random.whole(1, 6);
        Writer {
            random,
            text: String::new(),
            shape: Vec::new(),
            batch,
            dropout: true,
            labelled: false,
            first_input: (String::new(), Vec::new()),
            skips: Vec::new(),
            names: 0,
            depth: 1,
            used: [false; 3],
        }
    }

    /// Returns the blocks that the text uses.
    pub(super) fn blocks(&self) -> String {
        let texts = [RESIDUAL, SQUEEZE, UNIT].into_iter().zip(self.used);
        texts.filter(|(_, used)| *used).map(|(text, _)| text).collect()
    }

    pub(super) fn line(&mut self, text: &str) {
        let _ = writeln!(self.text, "{:1$}{text}", "", 4 * self.depth);
    }

    /// Writes one input, or two that are brought together as features.
    pub(super) fn inputs(&mut self) {
        if self.random.percent(12) {
            return self.ranked();
        }
        if self.random.percent(85) {
            self.shape = self.input_shape();
            self.first_input = ("input".into(), self.shape.clone());
            self.line(&format!("input {:?}", self.shape));
            if self.random.percent(30) {
                self.stem();
            }
            return;
        }
        let (first, second) = (self.input_shape(), self.input_shape());
        self.line(&format!("input left {first:?}"));
        self.line(&format!("input right {second:?}"));
        self.first_input = ("left".into(), first.clone());
        self.line("from left");
        self.shape = first;
        self.layer(1);
        self.features();
        let left = self.alias();
        self.go_on_from(&Skip { name: "right".into(), shape: second });
        self.features();
        self.dense();
        self.join("concat", &left);
    }

    fn input_shape(&mut self) -> Vec<usize> {
        if self.random.percent(30) {
            return vec![self.random.whole(1, FEATURES)];
        }
        let side = if self.random.percent(20) { 14 } else { 8 };
        vec![self.random.whole(1, 8), self.random.whole(1, side), self.random.whole(1, side)]
    }

    fn stem(&mut self) {
        self.labelled = true;
        if self.shape.len() == 1 {
            let units = self.random.whole(1, FEATURES);
            self.line(&format!("stem: dense({units})"));
            self.shape = vec![units];
        } else if self.norm_fits() && self.random.percent(50) {
            let channels = self.random.whole(1, 8);
            self.line(&format!("stem: {{ conv({channels}, 3x3, pad=1, bias=false) batch_norm relu }}"));
            self.shape[0] = channels;
        } else {
            let channels = self.random.whole(1, 8);
            self.line(&format!("stem: conv({channels}, 3x3, pad=1)"));
            self.shape[0] = channels;
        }
    }

    /// Names the current value, for [`Writer::go_on_from`] or a join.
    pub(super) fn alias(&mut self) -> Skip {
        self.names += 1;
        let name = format!("v{}", self.names);
        let same = if self.shape.len() == 3 { "conv(C, 1x1)" } else { "dense(C)" };
        let layer = self.random.pick(&["tanh", "leaky_relu(0.1)", "relu", same]);
        self.line(&format!("{} as {name}", layer.replace('C', &self.shape[0].to_string())));
        Skip { name, shape: self.shape.clone() }
    }

    pub(super) fn go_on_from(&mut self, skip: &Skip) {
        self.line(&format!("from {}", skip.name));
        self.shape.clone_from(&skip.shape);
    }

    /// Sometimes, how much a loss counts.
    pub(super) fn weight(&mut self) -> Option<String> {
        let weight = self.random.pick(&["0.25", "0.5", "1.5", "2"]);
        self.random.percent(60).then(|| format!("weight={weight}"))
    }

    /// Makes features of an image.
    pub(super) fn features(&mut self) {
        if self.shape.len() > 1 {
            if self.random.percent(30) {
                self.line("global_avg_pool");
                self.shape[1..].fill(1);
            }
            self.line("flatten");
            self.shape = vec![self.shape.iter().product()];
        }
    }

    /// Writes any layer or group of layers. Deeper inside of branches and repeats, `depth` keeps it simple.
    pub(super) fn layer(&mut self, depth: usize) {
        let image = self.shape.len() == 3;
        match self.random.whole(0, 99) {
            0..14 => self.activation(),
            14..22 => self.norm(),
            22..25 => self.dropout(),
            25..35 if depth == 0 => {
                let skip = self.alias();
                self.skips.push(skip);
            }
            35..45 if depth < 2 => self.branch(depth),
            45..50 if depth < 2 => self.repeat(depth),
            50..60 if depth == 0 => self.join_a_skip(),
            60..66 => self.block(),
            66..68 if depth < 2 => self.gate(),
            68..80 if image => self.pool(),
            80..84 if image => self.depthwise(),
            84..86 if image && depth == 0 => self.features(),
            86..89 if image => self.conv_transpose(),
            89..91 if image => self.upsample(),
            91..94 if image => self.moved(),
            94 if image => self.rows(),
            _ if image => self.conv(),
            _ => self.dense(),
        }
    }

    fn dense(&mut self) {
        let units = self.random.whole(1, FEATURES.min(1 + WORK / self.shape[0]));
        let options =
            self.random.pick(&["", "", "", ", bias=false", ", init=INIT", ", bias=false, init=INIT"]);
        let options = options.replace("INIT", self.random.pick(&INITS));
        self.line(&format!("dense({units}{options})"));
        self.shape = vec![units];
    }

    fn pool(&mut self) {
        let [c, h, w] = self.image();
        match self.random.whole(0, 19) {
            0 => {
                self.line("global_max_pool");
                self.shape = vec![c, 1, 1];
                return;
            }
            1 | 2 => {
                let size = [self.random.whole(1, h + 1), self.random.whole(1, w + 1)];
                let kind = self.random.pick(&["adaptive_avg_pool", "adaptive_max_pool"]);
                self.line(&format!("{kind}([{}, {}])", size[0], size[1]));
                self.shape = vec![c, size[0], size[1]];
                return;
            }
            3 | 4 => {
                let size = [self.random.whole(1, 3.min(h)), self.random.whole(1, 3.min(w))];
                let p = self.random.pick(&["", ", p=1", ", p=2.5", ", p=3"]);
                self.line(&format!("lp_pool({}x{}{p})", size[0], size[1]));
                self.shape = vec![c, h / size[0], w / size[1]];
                return;
            }
            _ => {}
        }
        let window = [self.random.whole(1, 3.min(h)), self.random.whole(1, 3.min(w))];
        let pad = if self.random.percent(35) { window.map(|size| size / 2) } else { [0, 0] };
        let stride = if self.random.percent(50) { window } else { self.pair(1, 3, 70) };
        let average = self.random.percent(50);
        let mut text =
            format!("{}({}x{}", if average { "avg_pool" } else { "max_pool" }, window[0], window[1]);
        if stride != window {
            let _ = write!(text, ", stride={}", pair(stride));
        }
        option(&mut text, "pad", pad, 0);
        if average && pad != [0, 0] && self.random.percent(50) {
            text += ", count_pad=false";
        }
        let ceil = self.random.percent(25);
        if ceil {
            text += ", ceil=true";
        }
        self.line(&format!("{text})"));
        let slide = |size: usize, axis: usize| {
            let stops = (size + 2 * pad[axis] - window[axis]) / stride[axis] + 1;
            let reached = (stops - 1) * stride[axis] + window[axis];
            let more = reached < size + 2 * pad[axis] && stops * stride[axis] < size + pad[axis];
            stops + usize::from(ceil && more)
        };
        self.shape = vec![c, slide(h, 0), slide(w, 1)];
    }

    fn activation(&mut self) {
        if self.random.percent(5) {
            let calculation = self.random.pick(&CALCULATIONS);
            return self.line(calculation);
        }
        if self.random.percent(40) {
            let kind = self.random.pick(&ACTIVATIONS);
            return self.line(kind);
        }
        let kinds = ["relu", "relu", "leaky_relu", "sigmoid", "tanh", "tanh", "softmax", "log_softmax"];
        // The softmax of a single number is 1.
        let count = if self.shape[0] > 1 { kinds.len() } else { kinds.len() - 2 };
        let kind = self.random.pick(&kinds[..count]);
        self.line(kind);
    }

    fn norm(&mut self) {
        if self.random.percent(50) {
            self.sample_norm();
        } else if self.norm_fits() {
            let options =
                self.random.pick(&["", "", "(eps=0.001)", "(momentum=0.3)", "(eps=1e-3, momentum=0.05)"]);
            self.line(&format!("batch_norm{options}"));
        } else {
            self.activation();
        }
    }

    /// Writes a normalisation of at least 4 numbers together, so that they do not depend on rounding alone.
    fn sample_norm(&mut self) {
        let pixels: usize = self.shape[1..].iter().product();
        let (channels, image) = (self.shape[0], self.shape.len() > 1);
        let together = |groups: usize| channels / groups * pixels;
        match self.random.whole(0, 6) {
            6 => {
                let options =
                    self.random.pick(&["5", "2, alpha=0.5", "3, alpha=1, beta=0.6, k=2", "4, beta=0.5"]);
                self.line(&format!("local_response_norm({options})"));
            }
            0 if image && pixels >= 4 => {
                let options = self.random.pick(&["", "(affine=true)", "(eps=0.01)"]);
                self.line(&format!("instance_norm{options}"));
            }
            1 | 2 => {
                let fitting: Vec<usize> =
                    (1..=channels).filter(|&g| channels.is_multiple_of(g) && together(g) >= 4).collect();
                let Some(last) = fitting.len().checked_sub(1) else { return self.activation() };
                let groups = fitting[self.random.whole(0, last)];
                let options = self.random.pick(&["", "", ", affine=false", ", eps=0.01"]);
                self.line(&format!("group_norm({groups}{options})"));
            }
            3 if image && channels >= 4 => {
                let kind = self.random.pick(&[
                    "layer_norm(over=channels)",
                    "layer_norm(over=channels, bias=false)",
                    "rms_norm(over=channels)",
                ]);
                self.line(kind);
            }
            _ if together(1) >= 4 => {
                let kind = self.random.pick(&[
                    "layer_norm",
                    "layer_norm(bias=false)",
                    "layer_norm(eps=1e-3, affine=false)",
                    "rms_norm",
                    "rms_norm(eps=0.01, affine=false)",
                ]);
                self.line(kind);
            }
            _ => self.activation(),
        }
    }

    fn dropout(&mut self) {
        if !self.dropout {
            return self.activation();
        }
        let p = self.random.pick(&["0.1", "0.25", "0.5"]);
        let kind = self.random.pick(&[
            "dropout",
            "dropout",
            "dropout",
            "alpha_dropout",
            "stochastic_depth",
            "gaussian_noise",
            "spatial_dropout",
        ]);
        let kind = if self.shape.len() == 1 && kind == "spatial_dropout" { "dropout" } else { kind };
        self.line(&format!("{kind}({p})"));
    }

    /// Returns true if a batch norm has enough numbers per channel.
    fn norm_fits(&self) -> bool {
        self.batch * self.shape[1..].iter().product::<usize>() >= 4
    }

    fn image(&self) -> [usize; 3] {
        [self.shape[0], self.shape[1], self.shape[2]]
    }

    /// Draws two numbers: different ones this often of 100 times, else `low` or the same.
    fn pair(&mut self, low: usize, high: usize, chance: usize) -> [usize; 2] {
        if !self.random.percent(chance) {
            return [low, low];
        }
        let first = self.random.whole(low, high);
        if self.random.percent(60) { [first, first] } else { [first, self.random.whole(low, high)] }
    }
}

fn option(text: &mut String, name: &str, value: [usize; 2], default: usize) {
    if value != [default; 2] {
        let _ = write!(text, ", {name}={}", pair(value));
    }
}

fn pair(value: [usize; 2]) -> String {
    if value[0] == value[1] { value[0].to_string() } else { format!("{value:?}") }
}
