//! Random networks that are valid, for tests that hold for every network.

mod layers;
mod losses;
pub mod recipes;

pub use losses::LOSSES;

use layers::Writer;

/// Random numbers that are the same everywhere ([SplitMix64](https://prng.di.unimi.it/splitmix64.c)).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Creates the source of a seed's numbers.
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// Draws any 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Draws a whole number from `low` to `high`, both included.
    pub fn whole(&mut self, low: usize, high: usize) -> usize {
        low + (self.bits() % (high - low + 1) as u64) as usize
    }

    /// Draws a number from `low` to below `high` that is exactly a 32-bit number, so that both precisions
    /// begin with the same.
    pub fn number(&mut self, low: f64, high: f64) -> f64 {
        let unit = (self.bits() >> 11) as f64 / (1u64 << 53) as f64;
        f64::from((low + unit * (high - low)) as f32)
    }

    /// Returns true `chance` of 100 times.
    pub fn percent(&mut self, chance: usize) -> bool {
        self.whole(0, 99) < chance
    }

    /// Draws one of several items.
    pub fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.whole(0, from.len() - 1)]
    }
}

/// The number of lines after which a network goes to its head.
const LINES: usize = 14;

/// Returns the text of a valid network and its recipe, drawn from all operations and options of the language.
///
/// Its images have at most 20 channels, it has ten layers and rarely more than twenty, and a layer takes some ten thousand
/// multiplications, so that the interpreter is quick with it. The recipe's batch has at most 6 samples, and never so
/// few that a batch norm would have less than 4 numbers to take its statistics of.
pub fn network(seed: u64) -> String {
    write(Writer::new(seed))
}

/// Like [`network`], but a training step draws no random number, so that it can be compared number by number.
pub fn network_without_dropout(seed: u64) -> String {
    let mut writer = Writer::new(seed);
    writer.dropout = false;
    write(writer)
}

fn write(mut writer: Writer) -> String {
    writer.inputs();
    for _ in 0..writer.random.whole(0, 8) {
        if writer.text.lines().count() < LINES {
            writer.layer(0);
        }
    }
    writer.close_skips();
    heads(&mut writer);
    let train = train(&mut writer);
    let batch = writer.batch;
    format!(
        "{}network Random {{\n{}}}\n\ntrain Random {{\n    batch {batch}\n{train}}}\n",
        writer.blocks(),
        writer.text
    )
}

/// Writes one output with its loss or two, or several outputs.
fn heads(writer: &mut Writer) {
    if !writer.random.percent(25) {
        let (last, loss) = head(writer);
        writer.line(&last);
        let more = writer.random.percent(15);
        let weight = if more { writer.weight() } else { None };
        writer.line(&format!("loss {}", with(&loss, &weight)));
        if more {
            let kind = loss.split('(').next().unwrap_or_default();
            let others: Vec<&str> =
                ["mse", "mae", "smooth_l1"].into_iter().filter(|other| *other != kind).collect();
            let (other, weight) = (writer.random.pick(&others), writer.weight());
            writer.line(&format!("loss {}", with(other, &weight)));
        }
        return;
    }
    let trunk = writer.alias();
    let mut endings = Vec::new();
    for name in ["first", "second"] {
        writer.go_on_from(&trunk);
        let (last, loss) = head(writer);
        writer.line(&format!("{last} as {name}"));
        endings.push((name, with(&loss, &Some(format!("on={name}")))));
    }
    if writer.random.percent(40) && !writer.first_input.1.is_empty() {
        writer.go_on_from(&trunk);
        let input = again(writer);
        let loss = if writer.random.percent(50) { "mse" } else { "huber(delta=0.5)" };
        endings.push(("again", with(loss, &Some(format!("on=again, to={input}")))));
    }
    for (name, _) in &endings {
        writer.line(&format!("output {name}"));
    }
    // An output needs no loss.
    if writer.random.percent(20) {
        writer.line(&format!("loss {}", endings[0].1));
        return;
    }
    for (_, loss) in &endings {
        let weight = writer.weight();
        writer.line(&format!("loss {}", with(loss, &weight)));
    }
}

/// Writes a loss with one more option.
fn with(loss: &str, option: &Option<String>) -> String {
    match (option, loss.strip_suffix(')')) {
        (None, _) => loss.to_string(),
        (Some(option), Some(options)) => format!("{options}, {option})"),
        (Some(option), None) => format!("{loss}({option})"),
    }
}

/// Writes an output of the first input's shape, named `again`; returns that input's name.
fn again(writer: &mut Writer) -> String {
    let (name, shape) = writer.first_input.clone();
    writer.features();
    writer.line("dense(3) tanh");
    let last = format!("dense({})", shape.iter().product::<usize>());
    if shape.len() == 1 {
        writer.line(&format!("{last} as again"));
    } else {
        writer.line(&format!("{last} reshape({shape:?}) as again"));
    }
    name
}

/// Writes a head up to its last layer; returns that layer and a loss that fits it.
fn head(writer: &mut Writer) -> (String, String) {
    let classes = writer.random.whole(2, 9);
    let image = writer.shape.len() == 3;
    let last = if image && writer.random.percent(35) {
        format!("conv({classes}, 1x1)")
    } else {
        writer.features();
        format!("dense({classes})")
    };
    let (activation, loss) = LOSSES[writer.random.whole(0, LOSSES.len() - 1)];
    let loss = match loss {
        "cross_entropy" if writer.random.percent(40) => {
            let weights: Vec<String> = (0..classes).map(|class| format!("{}", 1 + class * 3 % 4)).collect();
            format!("cross_entropy(weights=[{}])", weights.join(", "))
        }
        loss => loss.to_string(),
    };
    if activation.is_empty() {
        return (last, loss);
    }
    writer.line(&last);
    (activation.to_string(), loss)
}

/// All of them, some with options.
const OPTIMIZERS: [&str; 19] = [
    "sgd(lr=0.05)",
    "momentum(lr=0.02)",
    "nesterov(lr=0.02)",
    "sgd(lr=0.02, momentum=0.8, nesterov=true)",
    "adam(lr=0.01)",
    "adam(lr=0.005, beta1=0.8, beta2=0.99, eps=1e-6)",
    "adamw(lr=0.01)",
    "amsgrad",
    "nadam(momentum_decay=0.01)",
    "radam(weight_decay=0.1)",
    "adamax",
    "adagrad(lr_decay=0.1, initial=0.01)",
    "adadelta",
    "rmsprop(lr=0.005, momentum=0.5, centered=true)",
    "rmsprop",
    "adafactor(lr=0.02, weight_decay=0.1)",
    "lion",
    "lamb",
    "lamb(weight_decay=0)",
];

/// All of them, some with options.
const SCHEDULES: [&str; 12] = [
    "constant(warmup=1)",
    "step(3)",
    "multi_step([2, 5], factor=0.5)",
    "exponential(0.9)",
    "polynomial(power=2, last=0.1)",
    "inverse_sqrt(warmup=2)",
    "cosine(warmup=1)",
    "cosine_restarts(2, growth=2)",
    "one_cycle",
    "cyclic(2)",
    "cyclic(1, fall=3, low=0.2)",
    "step(1, factor=0.5)",
];

fn train(writer: &mut Writer) -> String {
    // Some cross-entropies have a mean of their own.
    let averaged = ["weights=", "ignore_index"].iter().any(|option| writer.text.contains(option));
    let (labelled, random) = (writer.labelled, &mut writer.random);
    let optimizer = random.pick(&OPTIMIZERS);
    let mut text = format!("    optimizer {optimizer}\n    seed {}\n", random.whole(0, 1000));
    if !averaged && random.percent(20) {
        text += "    weights given\n";
    }
    let regularize = random.pick(&[
        "l2(1e-3)",
        "l1(1e-3)",
        "l1(1e-4, biases=true) l2(1e-3, biases=true)",
        "l2(1e-3, biases=true, norms=true)",
        "elastic(1e-4, 1e-3)",
        "",
        "",
        "",
    ]);
    if !regularize.is_empty() {
        text += &format!("    regularize {regularize}\n");
    } else if random.percent(30) {
        // Far above all gradients, because tests look at these as they are.
        let clip = random.pick(&["value(1e6)", "norm(1e6)", "global_norm(1e6)"]);
        text += &format!("    clip {clip}\n");
    }
    if ["adamw(lr=0.01)", "radam(weight_decay=0.1)", "lamb"].contains(&optimizer) && random.percent(50) {
        text += "    decay \"*.weight\" 20\n";
    }
    if labelled && random.percent(50) {
        text += "    freeze stem\n";
    } else if labelled && random.percent(50) {
        text += "    rate stem 0.5\n";
    }
    // Losses with different means cannot be accumulated together.
    let one_mean = !averaged || writer.text.matches("loss ").count() == 1;
    for (chance, setting) in [(10, "accumulate 2"), (10, "ema 0.9")] {
        if random.percent(chance) && (one_mean || setting != "accumulate 2") {
            text += &format!("    {setting}\n");
        }
    }
    if random.percent(30) {
        text += &format!("    schedule {}\n", random.pick(&SCHEDULES));
    }
    text
}
