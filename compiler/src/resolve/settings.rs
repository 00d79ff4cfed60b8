//! The settings of a `train` block, one by one.

use super::eval::{self, Env};
use super::options::{CLIPS, CONSTRAINTS, DRAWS, PENALTIES, RENAMES, SAVES, SCALINGS, STOPS, choose};
use super::{augment, factors, labels, metrics, optimizers, schedules, sources};
use crate::args::{Args, Arguments, Datum, Signature};
use crate::recipe::{
    Budget, Clip, Data, EarlyStop, HeldOut, MaxNorm, Penalty, Pretrained, Recipe, Rename, Save, Scaling,
    Weights,
};
use crate::sink::Sink;
use netwright_grammar::ast::{Expr, ExprKind, Ident};
use netwright_grammar::{Diagnostic, Span};

/// Reader of one setting.
pub(super) struct Reader<'a> {
    pub(super) key: &'a Ident,
    pub(super) values: &'a [Expr],
    /// The place of key and values.
    pub(super) span: Span,
    pub(super) sink: &'a mut Sink,
}

const VALIDATE: Signature<'static> =
    Signature { name: "validate", positional: 1, params: &[("validate", None)] };

const FROM: Signature<'static> = Signature { name: "from", positional: 1, params: &[("from", None)] };

const FOLDS: Signature<'static> = Signature { name: "folds", positional: 1, params: &[("folds", None)] };

/// The most trainings that one recipe asks for.
const MAX_FOLDS: usize = 100;

/// The most epochs, and samples in a batch.
pub(super) const MAX_COUNT: usize = 1_000_000;

impl<'a> Reader<'a> {
    /// Puts the setting into the recipe.
    pub(super) fn read_into(&mut self, recipe: &mut Recipe) {
        match self.key.node.as_str() {
            "data" => recipe.data = self.data(),
            "test" => recipe.test = self.data(),
            "validate" => self.validate(recipe),
            "folds" => self.folds(recipe),
            "epochs" => recipe.epochs = self.single(|args| args.whole("epochs", 1..=MAX_COUNT)),
            "batch" => recipe.batch = self.single(|args| args.whole("batch", 1..=MAX_COUNT)),
            "seed" => recipe.seed = self.single(|args| args.whole("seed", 0..=i64::MAX as usize)) as u64,
            "from" => recipe.from = self.from(),
            "optimizer" => {
                if let Some(value) = self.only_value() {
                    recipe.optimizer = optimizers::read(value, self.sink).unwrap_or(recipe.optimizer);
                }
            }
            "schedule" => {
                if let Some(value) = self.only_value() {
                    recipe.schedule = schedules::read(value, self.sink).unwrap_or_default();
                }
            }
            "rate" => recipe.rates.extend(factors::read(self)),
            "decay" => recipe.decays.extend(factors::read(self)),
            "regularize" => recipe.penalties = self.penalties(),
            "clip" => {
                if let Some(value) = self.only_value() {
                    recipe.clip = self.clip(value);
                }
            }
            "constrain" => recipe.max_norms = self.max_norms(),
            "accumulate" => {
                recipe.accumulate = self.single(|args| args.whole("accumulate", 1..=MAX_COUNT));
            }
            "ema" => recipe.ema = Some(self.single(ema)),
            "stop" => {
                if let Some(value) = self.only_value() {
                    recipe.stop = self.stop(value);
                }
            }
            "augment" => {
                if self.values.is_empty() {
                    self.no_value();
                }
                recipe.augment =
                    self.values.iter().filter_map(|value| augment::read(value, self.sink)).collect();
            }
            "metrics" => {
                if self.values.is_empty() {
                    self.no_value();
                }
                recipe.metrics = metrics::read_all(self.values, self.sink);
            }
            "weights" => recipe.weights = self.single(weights),
            "memory" => {
                let bytes = self.single(|args| args.bytes("memory"));
                recipe.memory = bytes.map(|bytes| Budget { bytes, span: self.span });
            }
            "save" => {
                if let Some(value) = self.only_value() {
                    recipe.save = self.save(value).unwrap_or(Save::USUAL);
                }
            }
            "freeze" | "unfreeze" => self.freeze(),
            _ => {}
        }
    }

    /// Reads a share and how it is drawn, or a source of its own.
    fn validate(&mut self, recipe: &mut Recipe) {
        let [first, rest @ ..] = self.values else { return self.no_value() };
        if sources::is_source(first) || sources::is_named(self.values, 0) {
            recipe.held_out = self.data().map_or(HeldOut::None, HeldOut::Source);
            return;
        }
        let value = eval::spanned(first, &Env::default(), self.sink);
        let mut args = Args::<()>::bind(&VALIDATE, self.span, Arguments::one(value), self.sink);
        let share = args.fraction("validate");
        if share <= 0.0 || share >= 1.0 {
            args.reject(
                "E0306",
                "validate",
                "some samples must be held out, and some left to train with",
                format!("this is {}%", share * 100.0),
                "write a share such as `10%`",
            );
        }
        recipe.held_out = HeldOut::Share { share, stratified: self.is_stratified(rest) };
    }

    /// Reads the number of parts that are held out in turn, and how they are drawn.
    fn folds(&mut self, recipe: &mut Recipe) {
        let [first, rest @ ..] = self.values else { return self.no_value() };
        let value = eval::spanned(first, &Env::default(), self.sink);
        let mut args = Args::<()>::bind(&FOLDS, self.span, Arguments::one(value), self.sink);
        let count = args.whole("folds", 2..=MAX_FOLDS);
        recipe.held_out = HeldOut::Folds { count, stratified: self.is_stratified(rest) };
    }

    /// Reads the way in which held-out samples are drawn.
    fn is_stratified(&mut self, values: &[Expr]) -> bool {
        let mut stratified = true;
        for value in values {
            // There is one way besides the usual one.
            stratified &= choose(value, DRAWS, "a way to hold samples out", self.sink).is_none();
        }
        if let [_, more, ..] = values {
            let message = format!("`{}` takes one way to hold samples out", self.key.node);
            self.sink.push(Diagnostic::error("E0504", more.span, message).help("remove this"));
        }
        stratified
    }

    /// Reads a file and the rules by which its tensors get other names.
    fn from(&mut self) -> Option<Pretrained> {
        let Some((first, rest)) = self.values.split_first() else {
            self.no_value();
            return None;
        };
        let value = eval::spanned(first, &Env::default(), self.sink);
        let mut args = Args::<()>::bind(&FROM, self.span, Arguments::one(value), self.sink);
        let file = args.text("from");
        let mut renames = vec![];
        for value in rest {
            let Some((_, mut args)) = choose(value, RENAMES, "a way to read weights", self.sink) else {
                continue;
            };
            let [pattern, name] = ["pattern", "name"].map(|argument| args.text(argument));
            let stars = |text: &str| text.matches('*').count();
            if !args.failed() && stars(&pattern) != stars(&name) {
                let (found, expected) = (stars(&name), stars(&pattern));
                args.reject(
                    "E0306",
                    "name",
                    "each `*` of the name stands for one of the pattern",
                    format!("this has {found}, and the pattern {expected}"),
                    "write as many, in the same order",
                );
            }
            renames.push(Rename { pattern, name });
        }
        Some(Pretrained { file, renames })
    }

    /// Reads a source, or several, each after the name of its input.
    fn data(&mut self) -> Option<Data> {
        let values = self.values;
        if values.is_empty() {
            self.no_value();
            return None;
        }
        let begins: Vec<usize> = (0..values.len()).filter(|at| sources::is_named(values, *at)).collect();
        if begins.first() != Some(&0) {
            return match begins.first() {
                None => self.part(None, values),
                Some(&named) => {
                    self.sink.push(
                        Diagnostic::error("E0504", values[0].span, "each of several sources has the name of an input")
                            .also(values[named].span, "this one has")
                            .help("write for example `data image images(\"scans.csv\", key=id) facts csv(\"facts.csv\", key=id)`"),
                    );
                    None
                }
            };
        }
        let ends = begins.iter().skip(1).copied().chain([values.len()]);
        let mut parts: Vec<Data> = vec![];
        let mut whole = true;
        for (begin, end) in begins.iter().copied().zip(ends) {
            let Some(input) = sources::name(&values[begin]) else { continue };
            let twice = |part: &&Data| part.input.as_ref().is_some_and(|other| other.node == input.node);
            if let Some(first) = parts.iter().find(twice).and_then(|part| part.input.as_ref()) {
                self.sink.push(
                    Diagnostic::error("E0503", input.span, format!("`{}` has two sources", input.node))
                        .also(first.span, "first here")
                        .help("remove one of the two: each input has one source"),
                );
                whole = false;
            }
            match self.part(Some(input), &values[begin + 1..end]) {
                Some(part) => parts.push(part),
                None => whole = false,
            }
        }
        let mut parts = parts.into_iter();
        let first = parts.next().filter(|_| whole)?;
        Some(Data { beside: parts.collect(), ..first })
    }

    /// Reads a source and the scaling of its samples.
    fn part(&mut self, input: Option<Ident>, values: &[Expr]) -> Option<Data> {
        let (first, rest) = values.split_first()?;
        let source = sources::read(first, self.sink);
        let mut scaling = Scaling::None;
        for (index, value) in rest.iter().enumerate() {
            if index > 0 {
                self.sink.push(
                    Diagnostic::error("E0504", value.span, "samples are scaled once")
                        .also(rest[0].span, "first here")
                        .help("keep `normalize`, with numbers of your own, or `standardize`"),
                );
            }
            scaling = self.scaling(value).unwrap_or(Scaling::None);
        }
        Some(Data { input, source: source?, scaling, places: sources::places(first), beside: vec![] })
    }

    fn scaling(&mut self, value: &Expr) -> Option<Scaling> {
        let (name, mut args) = choose(value, SCALINGS, "a way to scale samples", self.sink)?;
        let scaling = match name {
            "normalize" => Scaling::Normalize { mean: args.number("mean"), std: args.positive("std") },
            _ => Scaling::Standardize,
        };
        (!args.failed()).then_some(scaling)
    }

    fn penalties(&mut self) -> Vec<Penalty> {
        if self.values.is_empty() {
            self.no_value();
        }
        let mut penalties: Vec<Penalty> = vec![];
        for value in self.values {
            let Some((name, mut args)) = choose(value, PENALTIES, "a penalty", self.sink) else { continue };
            let (l1, l2) = match name {
                "l1" => (args.positive("factor"), 0.0),
                "l2" => (0.0, args.positive("factor")),
                _ => (args.positive("l1"), args.positive("l2")),
            };
            let (biases, norms) = (args.flag("biases"), args.flag("norms"));
            let only = labels::only(&mut args);
            if args.failed() {
                continue;
            }
            let twice = |other: &&Penalty| other.l1 * l1 > 0.0 || other.l2 * l2 > 0.0;
            let for_all = |other: &&Penalty| other.only.0.is_empty() && only.0.is_empty();
            if let Some(other) = penalties.iter().filter(twice).find(for_all) {
                let span = other.span;
                self.twice(name, value.span, span);
                continue;
            }
            penalties.push(Penalty { l1, l2, biases, norms, only, span: value.span });
        }
        penalties
    }

    fn max_norms(&mut self) -> Vec<MaxNorm> {
        if self.values.is_empty() {
            self.no_value();
        }
        let mut bounds: Vec<MaxNorm> = vec![];
        for value in self.values {
            let Some((name, mut args)) = choose(value, CONSTRAINTS, "a constraint", self.sink) else {
                continue;
            };
            let (most, only) = (args.positive("most"), labels::only(&mut args));
            if args.failed() {
                continue;
            }
            if let Some(other) = bounds.iter().find(|other| other.only.0.is_empty() && only.0.is_empty()) {
                let span = other.span;
                self.twice(name, value.span, span);
                continue;
            }
            bounds.push(MaxNorm { most, only, span: value.span });
        }
        bounds
    }

    /// Reports something that is said of all parameters twice.
    fn twice(&mut self, name: &str, span: Span, first: Span) {
        self.sink.push(
            Diagnostic::error("E0503", span, format!("`{name}` is set twice"))
                .also(first, "first here")
                .help("remove one of the two, or say by `only=` which parameters each is for"),
        );
    }

    fn clip(&mut self, value: &Expr) -> Option<Clip> {
        let (name, mut args) = choose(value, CLIPS, "a way to clip gradients", self.sink)?;
        let most = args.positive("most");
        let clip = match name {
            "value" => Clip::Value(most),
            "norm" => Clip::Norm(most),
            _ => Clip::GlobalNorm(most),
        };
        (!args.failed()).then_some(clip)
    }

    fn stop(&mut self, value: &Expr) -> Option<EarlyStop> {
        let (_, mut args) = choose(value, STOPS, "a reason to stop", self.sink)?;
        let patience = args.whole("patience", 1..=MAX_COUNT);
        let on = metrics::watched(&mut args)?;
        (!args.failed()).then_some(EarlyStop { patience, on })
    }

    fn save(&mut self, value: &Expr) -> Option<Save> {
        let (name, mut args) = choose(value, SAVES, "a time to save", self.sink)?;
        if name == "none" {
            return (!args.failed()).then_some(Save::Never);
        }
        let epochs = args.whole("epochs", 1..=MAX_COUNT);
        let minutes = args.positive("minutes");
        let keep = args.whole("keep", 1..=MAX_COUNT);
        (!args.failed()).then_some(Save::Every { epochs, minutes, keep })
    }

    fn freeze(&mut self) {
        if self.values.is_empty() {
            self.no_value();
        }
        let key = self.key.node.as_str();
        let mut after: Option<&Expr> = None;
        for value in self.values {
            match &value.node {
                ExprKind::Name(_) | ExprKind::Text(_) | ExprKind::Error => {}
                ExprKind::Call(call) if call.name.node == "after" => {
                    if let Some(first) = after.replace(value) {
                        let span = first.span;
                        self.twice("after", value.span, span);
                    }
                    if let Some((_, mut args)) = choose(value, &[labels::AFTER], "a time", self.sink) {
                        args.whole("epochs", 1..=MAX_COUNT);
                    }
                }
                _ => self.sink.push(
                    Diagnostic::error("E0504", value.span, format!("`{key}` takes labels of layers"))
                        .help(format!("write a label, as in `{key} stem`, or a pattern in quotation marks, as in `{key} \"residual*\"`"))
                        .help(format!("`{key} stem after(5)` is for the epochs after the fifth")),
                ),
            }
        }
        if let Some(after) = after.filter(|_| self.values.len() == 1) {
            self.sink.push(
                Diagnostic::error("E0504", after.span, format!("this does not say what to {key}"))
                    .help(format!("write labels before it, as in `{key} stem after(5)`")),
            );
        }
    }

    /// Reads a setting that is one number or text.
    fn single<T: Default>(&mut self, read: impl FnOnce(&mut Args<'_>) -> T) -> T {
        let Some(value) = self.only_value() else { return T::default() };
        let name = self.key.node.as_str();
        let signature = Signature { name, positional: 1, params: &[(name, None)] };
        let given = Arguments::one(eval::spanned(value, &Env::default(), self.sink));
        let mut args = Args::bind(&signature, self.span, given, self.sink);
        read(&mut args)
    }

    /// Returns the value of a setting that has one.
    fn only_value(&mut self) -> Option<&'a Expr> {
        match self.values {
            [] => {
                self.no_value();
                None
            }
            [value] => Some(value),
            [_, more, ..] => {
                self.sink.push(
                    Diagnostic::error("E0504", more.span, format!("`{}` takes one value", self.key.node))
                        .also(self.values[0].span, "this is the first")
                        .help("remove one of the two"),
                );
                None
            }
        }
    }

    pub(super) fn no_value(&mut self) {
        let key = self.key;
        let example = match key.node.as_str() {
            "data" | "test" => "csv(\"data.csv\")",
            "augment" => "rotate(10deg) shift(2px)",
            "validate" => "10%",
            "folds" => "5",
            "epochs" => "10",
            "batch" => "32",
            "optimizer" => "adam(lr=1e-3)",
            "schedule" => "cosine(warmup=1)",
            "regularize" => "l2(1e-4)",
            "rate" => "head 10",
            "decay" => "\"*.bias\" 0",
            "accumulate" => "4",
            "ema" => "0.999",
            "clip" => "global_norm(1)",
            "constrain" => "max_norm(2)",
            "stop" => "early(patience=3)",
            "metrics" => "f1 roc_auc confusion",
            "from" => "\"weights.safetensors\"",
            "freeze" => "stem",
            "unfreeze" => "stem after(5)",
            "memory" => "64MB",
            "save" => "every(epochs=5)",
            "weights" => "balanced",
            _ => "1",
        };
        self.sink.push(
            Diagnostic::error("E0504", key.span, format!("`{}` has no value", key.node))
                .help(format!("write for example `{} {example}`", key.node)),
        );
    }
}

/// Reads the weights of the samples.
fn weights(args: &mut Args<'_>) -> Option<Weights> {
    const WORDS: &[&str] = &["balanced", "given"];
    match args.word("weights", WORDS) {
        Some("balanced") => return Some(Weights::Balanced),
        Some(_) => return Some(Weights::Given),
        None => {}
    }
    match args.datum("weights") {
        Some(Datum::List(_)) => {
            let weights = args.numbers("weights");
            if weights.iter().any(|weight| *weight < 0.0) || weights.iter().all(|weight| *weight == 0.0) {
                let help = "write numbers of at least 0, and one above it";
                args.reject(
                    "E0306",
                    "weights",
                    "`weights` is out of range",
                    format!("these are {weights:?}"),
                    help,
                );
            }
            (!args.failed()).then_some(Weights::Classes(weights))
        }
        _ => {
            args.unknown_choice("weights", WORDS, "a list of numbers such as `[1, 3]`, ");
            None
        }
    }
}

/// Reads the share of an average that is kept.
fn ema(args: &mut Args<'_>) -> f64 {
    let stays = args.fraction("ema");
    if stays <= 0.0 || stays >= 1.0 {
        let help = "write the share of the average that stays at each update, such as `ema 0.999`";
        args.reject(
            "E0306",
            "ema",
            "the average must move, and must not forget everything",
            format!("this is {stays}"),
            help,
        );
    }
    stays
}
