//! The settings of a `train` block, one by one.

use super::eval::{self, Env};
use super::options::{PENALTIES, SCALINGS, SOURCES, STOPS, choose};
use super::sink::Sink;
use super::{augment, metrics};
use super::{optimizers, schedules};
use crate::args::{Args, Datum, Given, Signature};
use crate::recipe::{Column, Data, EarlyStop, Penalty, Recipe, Scaling, Source};
use netwright_grammar::ast::{Expr, ExprKind, Ident};
use netwright_grammar::{Diagnostic, Span};

/// Reads one setting.
pub(super) struct Reader<'a> {
    pub(super) key: &'a Ident,
    pub(super) values: &'a [Expr],
    /// Key and values.
    pub(super) span: Span,
    pub(super) sink: &'a mut Sink,
}

/// The most epochs, and samples in a batch.
const MAX_COUNT: usize = 1_000_000;

impl<'a> Reader<'a> {
    /// Puts the setting into the recipe.
    pub(super) fn read_into(&mut self, recipe: &mut Recipe) {
        match self.key.node.as_str() {
            "data" => recipe.data = self.data(),
            "test" => recipe.test = self.data(),
            "validate" => {
                recipe.validate = self.single(|args| {
                    let share = args.fraction("validate", 0.1);
                    if share <= 0.0 || share >= 1.0 {
                        args.reject(
                            "E0306",
                            "validate",
                            "some samples must be held out, and some left to train with",
                            format!("this is {}%", share * 100.0),
                            "write a share such as `10%`",
                        );
                    }
                    share
                });
            }
            "epochs" => recipe.epochs = self.single(|args| args.whole("epochs", 1..=MAX_COUNT, 1)),
            "batch" => recipe.batch = self.single(|args| args.whole("batch", 1..=MAX_COUNT, 1)),
            "seed" => recipe.seed = self.single(|args| args.whole("seed", 0..=i64::MAX as usize, 0)) as u64,
            "from" => recipe.from = Some(self.single(|args| args.text("from"))),
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
            "regularize" => recipe.penalty = self.penalty(),
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
            "freeze" => self.freeze(),
            _ => {}
        }
    }

    fn data(&mut self) -> Option<Data> {
        let (first, rest) = match self.values.split_first() {
            Some(values) => values,
            None => {
                self.no_value();
                return None;
            }
        };
        let source = self.source(first);
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
        Some(Data { source: source?, scaling })
    }

    fn source(&mut self, value: &Expr) -> Option<Source> {
        let (name, mut args) = choose(value, SOURCES, "a source of data", self.sink)?;
        let path = args.text("path");
        let source = match name {
            "idx" => Source::Idx { path },
            _ => Source::Csv { path, label: label_column(&mut args) },
        };
        (!args.failed()).then_some(source)
    }

    fn scaling(&mut self, value: &Expr) -> Option<Scaling> {
        let (name, mut args) = choose(value, SCALINGS, "a way to scale samples", self.sink)?;
        let scaling = match name {
            "normalize" => {
                Scaling::Normalize { mean: args.number("mean", 0.0), std: args.positive("std", 1.0) }
            }
            _ => Scaling::Standardize,
        };
        (!args.failed()).then_some(scaling)
    }

    fn penalty(&mut self) -> Penalty {
        let mut penalty = Penalty::default();
        let mut first: Option<(&str, Span)> = None;
        if self.values.is_empty() {
            self.no_value();
        }
        for value in self.values {
            let Some((name, mut args)) = choose(value, PENALTIES, "a penalty", self.sink) else { continue };
            let factor = args.positive("factor", 0.0);
            let (biases, norms) = (args.flag("biases", false), args.flag("norms", false));
            if args.failed() {
                continue;
            }
            match first {
                Some((other, span)) if other == name => self.sink.push(
                    Diagnostic::error("E0503", value.span, format!("`{name}` is set twice"))
                        .also(span, "first here")
                        .help("remove one of the two"),
                ),
                Some((_, span)) if (biases, norms) != (penalty.biases, penalty.norms) => self.sink.push(
                    Diagnostic::error("E0506", value.span, "both penalties must count the same parameters")
                        .also(span, "this one counts others")
                        .help("give both the same `biases` and `norms`"),
                ),
                _ => {}
            }
            first = Some((name, value.span));
            (penalty.biases, penalty.norms) = (biases, norms);
            match name {
                "l1" => penalty.l1 = factor,
                _ => penalty.l2 = factor,
            }
        }
        penalty
    }

    fn stop(&mut self, value: &Expr) -> Option<EarlyStop> {
        let (_, mut args) = choose(value, STOPS, "a reason to stop", self.sink)?;
        let patience = args.whole("patience", 1..=MAX_COUNT, 3);
        let on = metrics::watched(&mut args)?;
        (!args.failed()).then_some(EarlyStop { patience, on })
    }

    fn freeze(&mut self) {
        if self.values.is_empty() {
            self.no_value();
        }
        for value in self.values {
            if !matches!(value.node, ExprKind::Name(_) | ExprKind::Text(_) | ExprKind::Error) {
                self.sink.push(
                    Diagnostic::error("E0504", value.span, "`freeze` takes labels of layers")
                        .help("write a label, as in `freeze stem`, or a pattern in quotation marks, as in `freeze \"residual*\"`"),
                );
            }
        }
    }

    /// Reads a setting that is one number or text.
    fn single<T: Default>(&mut self, read: impl FnOnce(&mut Args<'_>) -> T) -> T {
        let Some(value) = self.only_value() else { return T::default() };
        let name = self.key.node.as_str();
        let signature = Signature { name, positional: 1, params: &[(name, None)] };
        let given =
            Given { name: None, value: eval::spanned(value, &Env::default(), self.sink), span: value.span };
        let mut args = Args::bind(&signature, self.span, vec![given], self.sink);
        read(&mut args)
    }

    /// The value of a setting that has one.
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

    fn no_value(&mut self) {
        let key = self.key;
        let example = match key.node.as_str() {
            "data" | "test" => "csv(\"data.csv\")",
            "augment" => "rotate(10deg) shift(2px)",
            "validate" => "10%",
            "epochs" => "10",
            "batch" => "32",
            "optimizer" => "adam(lr=1e-3)",
            "schedule" => "cosine(warmup=1)",
            "regularize" => "l2(1e-4)",
            "stop" => "early(patience=3)",
            "metrics" => "f1 roc_auc confusion",
            "from" => "\"weights.safetensors\"",
            "freeze" => "stem",
            _ => "1",
        };
        self.sink.push(
            Diagnostic::error("E0504", key.span, format!("`{}` has no value", key.node))
                .help(format!("write for example `{} {example}`", key.node)),
        );
    }
}

fn label_column(args: &mut Args<'_>) -> Column {
    match args.datum("label") {
        None => Column::Last,
        Some(Datum::Int(_)) => Column::At(args.whole("label", 0..=MAX_COUNT, 0)),
        Some(Datum::Word(word)) if word.name == "last" => Column::Last,
        Some(Datum::Word(word)) if word.name == "first" => Column::First,
        Some(_) => {
            args.unknown_choice("label", &["first", "last"], "the number of a column, counted from 0, ");
            Column::Last
        }
    }
}
