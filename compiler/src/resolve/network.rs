//! A network as a whole: its inputs, outputs and losses, and what must hold of them together.

use super::eval::{self, Env};
use super::frame::{Frame, UNNAMED};
use super::layers::{MAX_NUMBERS, misfit_at, numbers};
use super::library::Library;
use super::naming;
use super::unfold::Unfolder;
use crate::advice;
use crate::args::{Args, Datum, MAX_SIZE, list};
use crate::graph::tell_apart;
use crate::graph::{Graph, LossUse, ValueId};
use crate::names::variable;
use crate::ops::{Activation, Loss, Operator, TargetKind, losses};
use crate::sink::Sink;
use netwright_grammar::ast::{Call, Expr, Ident, Network, Stmt};
use netwright_grammar::{Diagnostic, Span, nearest};
use std::collections::BTreeMap;

/// Builds the graph of a network; `None` if there were errors, in it or in the blocks that it uses.
pub(super) fn build(network: &Network, library: &Library<'_>, sink: &mut Sink) -> Option<Graph> {
    let before = sink.errors();
    let mut unfolder = Unfolder::new(&network.name.node, library, sink);
    let mut frame = Frame::new(usize::from(network.span.file.0), Env::default(), None);
    for stmt in &network.body {
        if unfolder.stopped {
            break;
        }
        match stmt {
            Stmt::Input { name, shape, span } => {
                unfolder.input_statement(name.as_ref(), shape, *span, &mut frame);
            }
            Stmt::Output { name, training_only, span } => {
                unfolder.output_statement(name, *training_only, *span, &frame);
            }
            Stmt::Loss { call, span } => unfolder.loss_statement(call, *span, &mut frame),
            _ => unfolder.statement(stmt, &mut frame),
        }
    }
    unfolder.finish(network, &frame);
    naming::check_fields(&unfolder.graph, unfolder.sink);
    let Unfolder { mut graph, facts, stopped, uncertain, .. } = unfolder;
    let complete = !stopped && !uncertain && facts.iter().all(|fact| fact.known);
    tell_apart(&mut graph.layers);
    (complete && sink.errors() == before).then_some(graph)
}

impl Unfolder<'_> {
    fn input_statement(&mut self, name: Option<&Ident>, shape: &Expr, span: Span, frame: &mut Frame) {
        let value = match self.input_shape(shape) {
            Some(shape) => {
                let name = name.map_or(UNNAMED, |name| name.node.as_str());
                self.input(shape, name.to_string(), span)
            }
            None => self.unknown(span),
        };
        if name.is_none()
            && let Some(first) =
                self.graph.inputs.iter().find(|input| self.graph.value(**input).name == UNNAMED)
        {
            self.sink.push(
                Diagnostic::error("E0203", span, "of several inputs, each needs a name")
                    .also(self.facts[first.0].span, "this one has none either")
                    .help("write `input left [1, 28, 28]` and `input right [1, 28, 28]`"),
            );
        }
        self.graph.inputs.push(value);
        frame.current = Some(value);
        if let Some(name) = name {
            self.alias(Some(name), frame);
            self.sink.mark(name.span);
        }
    }

    fn input_shape(&mut self, expr: &Expr) -> Option<Vec<usize>> {
        const EXPECTED: &str =
            "[features], [channels, length], [channels, height, width] or [channels, depth, height, width]";
        let value = eval::eval(expr, &Env::default(), self.sink);
        let Datum::List(items) = value else {
            if value != Datum::Poison {
                let message = "the shape of an input is a list of sizes";
                let diagnostic = Diagnostic::error("E0406", expr.span, message)
                    .here(format!("found {}", value.describe()))
                    .help(format!("write {EXPECTED}, such as `input [1, 28, 28]`"));
                self.sink.push(diagnostic);
            }
            return None;
        };
        let mut shape = vec![];
        for item in &items {
            match &item.node {
                Datum::Int(size) if (1..=MAX_SIZE as i64).contains(size) => shape.push(*size as usize),
                Datum::Poison => return None,
                other => {
                    self.sink.push(
                        Diagnostic::error("E0406", item.span, "this cannot be a size of an input")
                            .here(format!("found {}", other.describe()))
                            .help(format!("a size is a whole number from 1 to {MAX_SIZE}")),
                    );
                    return None;
                }
            }
        }
        let problem = match shape.as_slice() {
            [_, ..] if shape.len() <= 4 && numbers(&shape) <= MAX_NUMBERS => return Some(shape),
            [_, ..] if shape.len() <= 4 => Diagnostic::error("E0407", expr.span, "this input is too large")
                .here(format!("{} numbers", numbers(&shape)))
                .help(format!("the limit is {MAX_NUMBERS}")),
            _ => Diagnostic::error("E0406", expr.span, "an input has one to four sizes")
                .here(format!("found {}", shape.len()))
                .help(format!("a shape is {EXPECTED}; the batch is not part of it")),
        };
        self.sink.push(problem);
        None
    }

    fn output_statement(&mut self, name: &Ident, training_only: bool, span: Span, frame: &Frame) {
        let Some(value) = self.lookup(name, frame) else { return };
        if self.is_output(value) {
            let message = format!("`{}` is an output already", name.node);
            self.sink.push(Diagnostic::error("E0611", span, message).help("remove one of the two"));
            return;
        }
        self.consume(Some(value));
        if training_only {
            self.graph.auxiliary.push((value, name.node.clone()));
        } else {
            self.graph.outputs.push(value);
            self.graph.output_names.push(name.node.clone());
        }
    }

    fn is_output(&self, value: ValueId) -> bool {
        self.graph.all_outputs().any(|(output, _)| output == value)
    }

    fn loss_statement(&mut self, call: &Call, span: Span, frame: &mut Frame) {
        let Some(entry) = losses().find(|loss| loss.signature.name == call.name.node) else {
            let message = format!("there is no loss `{}`", call.name.node);
            let diagnostic = Diagnostic::error("E0201", call.name.span, message);
            let names = losses().map(|loss| loss.signature.name);
            self.sink.push(match nearest(&call.name.node, names) {
                Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                None => {
                    let names: Vec<String> = losses().map(|loss| loss.signature.name.to_string()).collect();
                    diagnostic.help(format!("the losses are {}", list(&names, "and")))
                }
            });
            return;
        };
        let given = self.given(call, &frame.env);
        let mut args = Args::bind(&entry.signature, call.span, given, self.sink);
        let loss = entry.read(&mut args);
        let weight = args.positive("weight");
        let mut named = |argument, what| {
            let given = args.spanned(argument).cloned()?;
            let name = args.name(argument);
            if name.is_none() {
                args.wrong_kind(argument, &given, what);
            }
            name
        };
        let name = named("on", "the name of a value");
        let to = named("to", "the name of an input or an output");
        if args.failed() {
            self.uncertain = true;
            return;
        }
        let value = match name {
            Some(name) => match self.lookup(&name, frame) {
                Some(value) => value,
                None => return,
            },
            None => self.current(span, frame),
        };
        let (mut target, mut like) = (None, None);
        if let Some(to) = to {
            match self.output_named(&to, frame) {
                Some(output) => like = Some(output).filter(|output| *output != value),
                None => match self.input_named(&to, frame) {
                    Some(input) => target = Some(input),
                    None => return,
                },
            }
        }
        self.graph.losses.push(LossUse { loss, value, target, like, weight, span });
    }

    /// Returns the output of this name, if there is one before the loss; inputs go before.
    fn output_named(&mut self, name: &Ident, frame: &Frame) -> Option<ValueId> {
        let is_input = |input: &ValueId| self.graph.value(*input).name == name.node;
        let (place, value) = frame.values.find(&name.node)?;
        let is_output = self.is_output(value) && !self.graph.inputs.iter().any(is_input);
        if is_output {
            self.sink.mark(place);
        }
        is_output.then_some(value)
    }

    /// Returns the input of this name; that without a name is called `input`.
    fn input_named(&mut self, name: &Ident, frame: &Frame) -> Option<ValueId> {
        let inputs = self.graph.inputs.iter().copied();
        let names: Vec<(String, ValueId)> =
            inputs.map(|input| (self.graph.value(input).name.clone(), input)).collect();
        if let Some((_, input)) = names.iter().find(|(input, _)| *input == name.node) {
            return Some(*input);
        }
        self.uncertain = true;
        if self.may_be_unread(&name.node) {
            return None;
        }
        let message = format!("there is no input named `{}`", name.node);
        let mut diagnostic = Diagnostic::error("E0202", name.span, message);
        if frame.values.find(&name.node).is_some() {
            let help = "this is the name of a layer's value: a loss compares outputs with an input, or with the targets that training is given";
            diagnostic = diagnostic.help(help);
        }
        let names: Vec<String> = names.iter().map(|(input, _)| format!("`to={input}`")).collect();
        self.sink.push(diagnostic.help(format!("write {}", list(&names, "or"))));
        None
    }

    /// Closes the network: its outputs, and whether everything in it is of use.
    fn finish(&mut self, network: &Network, frame: &Frame) {
        if self.stopped {
            return;
        }
        if self.graph.inputs.is_empty() && !self.uncertain {
            let message = format!("the network `{}` has no input", network.name.node);
            self.sink.push(
                Diagnostic::error("E0601", network.name.span, message)
                    .help("begin with its shape, such as `input [1, 28, 28]` or `input [30]`"),
            );
            return;
        }
        if self.graph.nodes.is_empty() {
            if self.facts.iter().all(|fact| fact.known) {
                let message = format!("the network `{}` has no layers", network.name.node);
                self.sink.push(
                    Diagnostic::error("E0605", network.name.span, message)
                        .help("write layers after the input, such as `dense(10) softmax`"),
                );
            }
            return;
        }
        if self.graph.outputs.is_empty()
            && let Some(last) = frame.current
            && !self.is_output(last)
        {
            self.consume(Some(last));
            self.graph.outputs.push(last);
            self.graph.output_names.push("output".into());
        }
        if !self.uncertain {
            self.check_uses();
            self.check_names();
            self.check_losses();
            self.check_auxiliary();
        }
        for (span, name) in std::mem::take(&mut self.aliases) {
            if !self.sink.is_used(span) && !self.uncertain {
                let message = format!("the name `{name}` is never used");
                self.sink.push(
                    advice::UNUSED_NAME
                        .at(span, message)
                        .help("use it in `add`, `concat`, `from` or `output`, or remove it"),
                );
            }
        }
    }

    fn check_uses(&mut self) {
        for (index, fact) in self.facts.iter().enumerate() {
            if fact.uses > 0 {
                continue;
            }
            let name = &self.graph.values[index].name;
            let diagnostic = if self.graph.values[index].layer.is_some() {
                Diagnostic::error("E0603", fact.span, format!("the result of `{name}` is never used")).help(
                    "give it a name by `as` and make it an `output`, join it by `add` or `concat`, or remove the layer",
                )
            } else if self.graph.inputs.contains(&ValueId(index)) && fact.known {
                Diagnostic::error("E0602", fact.span, format!("the input `{name}` is never used")).help(
                    format!("go on from it by `from {name}`, join it by `concat({name})`, or remove it"),
                )
            } else {
                continue;
            };
            self.sink.push(diagnostic);
        }
    }

    /// Reports inputs and outputs that would be one argument of a step or a prediction: `Price` and `price`.
    fn check_names(&mut self) {
        let inputs = self.graph.inputs.iter().map(|&input| (input, self.graph.value(input).name.clone()));
        let outputs = self.graph.all_outputs().map(|(value, name)| (value, name.to_string()));
        let mut arguments: BTreeMap<String, (ValueId, String)> = BTreeMap::new();
        for (value, name) in inputs.chain(outputs) {
            let argument = variable(&name);
            let Some((first, other)) = arguments.insert(argument.clone(), (value, name.clone())) else {
                continue;
            };
            // Inputs without names have another error.
            if first == value || (other == UNNAMED && name == UNNAMED) {
                continue;
            }
            let message = format!("`{other}` and `{name}` would be one argument, `{argument}`");
            self.sink.push(
                Diagnostic::error("E0204", self.facts[value.0].span, message)
                    .also(self.facts[first.0].span, format!("this is `{other}`"))
                    .help("inputs and outputs become arguments: give one of the two another name"),
            );
        }
    }

    /// Reports an output of training alone that no loss reads, and a training whose predictions no loss measures.
    fn check_auxiliary(&mut self) {
        for (value, name) in &self.graph.auxiliary {
            if !self.graph.losses.iter().any(|used| used.value == *value) {
                let message = format!("`{name}` is for training only, and no loss is computed from it");
                self.sink.push(Diagnostic::error("E0613", self.facts[value.0].span, message).help(format!(
                    "add a loss, such as `loss mse(on={name})`, or remove the output and its layers"
                )));
            }
        }
        let Some((first, name)) = self.graph.auxiliary.first() else { return };
        if self.graph.outputs.is_empty() {
            self.sink.push(
                Diagnostic::error("E0613", self.facts[first.0].span, "all outputs are for training only")
                    .here(format!("`{name}` is one"))
                    .help("end the network with the layers that predictions come from, or make their value an `output` too"),
            );
        } else if let Some(used) = self.graph.losses.first()
            && !self.graph.losses.iter().any(|used| self.graph.is_measured(used))
        {
            self.sink.push(
                Diagnostic::error("E0613", used.span, "all losses are of outputs for training only")
                    .also(
                        self.facts[self.graph.outputs[0].0].span,
                        "predictions are this, and no loss measures it",
                    )
                    .help("add a loss of the output that predictions have"),
            );
        }
    }

    fn check_losses(&mut self) {
        let mut losses = std::mem::take(&mut self.graph.losses);
        if let [LossUse { weight, span, .. }] = losses[..]
            && weight != 1.0
        {
            let message = "`weight` weighs losses against each other, and this is the only one";
            self.sink.push(
                Diagnostic::error("E0309", span, message)
                    .help("remove it; how far a step goes is the optimizer's `lr`"),
            );
        }
        for (index, used) in losses.iter().enumerate() {
            let LossUse { loss, value, target, span, .. } = used;
            if !self.is_output(*value) {
                let mut diagnostic =
                    Diagnostic::error("E0604", *span, "this loss is of a value that is no output");
                if let Some(output) = self.graph.outputs.first() {
                    diagnostic = diagnostic.also(self.facts[output.0].span, "this makes the output");
                }
                self.sink.push(diagnostic.help(
                    "put the loss after the last layer, or name its value by `as` and make it an `output` too",
                ));
                continue;
            }
            if let Some(first) = losses[..index].iter().find(|other| {
                other.value == *value && other.loss.kind() == loss.kind() && other.target == *target
            }) {
                self.sink.push(
                    Diagnostic::error("E0611", *span, "this output has the same loss already")
                        .also(first.span, "first here")
                        .help("remove one of the two"),
                );
            }
            if self.facts[value.0].known {
                self.check_loss(loss, *value, *span);
            }
            if let Some(input) = *target {
                self.check_target(used, input);
            }
            if let Some(like) = used.like {
                self.check_like(used, like);
            }
        }
        // Metrics and labels are those of the first.
        losses.sort_by_key(|used| !self.graph.is_measured(used));
        self.graph.losses = losses;
    }

    /// Checks that an input that stands for targets has their shape, and that the targets are no classes.
    fn check_target(&mut self, used: &LossUse, input: ValueId) {
        let (name, kind) = (&self.graph.value(input).name, used.loss.kind());
        if used.loss.targets() == TargetKind::Class {
            let message = format!("`{kind}` compares with classes, and an input holds numbers");
            self.sink.push(
                Diagnostic::error("E0606", used.span, message)
                    .help(format!("write `loss mse(to={name})`, or remove `to` and give it targets")),
            );
            return;
        }
        if !self.facts[used.value.0].known || !self.facts[input.0].known {
            return;
        }
        let [output, target] = [used.value, input].map(|value| &self.graph.value(value).shape);
        if output != target {
            let message = format!("the output and the input `{name}` have different shapes");
            self.sink.push(
                Diagnostic::error("E0404", used.span, message)
                    .here(format!("{output:?} and {target:?}"))
                    .also(self.facts[used.value.0].span, "the output")
                    .help(format!(
                        "end in as many numbers as the input has, such as by `reshape({target:?})`"
                    )),
            );
        }
    }

    /// Checks that an output whose targets are shared has the shape of the one they are shared with.
    fn check_like(&mut self, used: &LossUse, like: ValueId) {
        if !self.facts[used.value.0].known || !self.facts[like.0].known {
            return;
        }
        let [output, target] = [used.value, like].map(|value| &self.graph.value(value).shape);
        if output != target {
            self.sink.push(
                Diagnostic::error(
                    "E0404",
                    used.span,
                    "outputs of different shapes cannot share their targets",
                )
                .here(format!("{output:?} and {target:?}"))
                .also(self.facts[used.value.0].span, "this output")
                .also(self.facts[like.0].span, "the output whose targets it shares")
                .help("bring both to one shape, such as by `upsample`, or remove `to`"),
            );
        }
    }

    fn check_loss(&mut self, loss: &Loss, value: ValueId, span: Span) {
        if let Err(misfit) = loss.check(&self.graph.value(value).shape) {
            self.sink.push(misfit_at(misfit, span).also(self.facts[value.0].span, "the output"));
            return;
        }
        let producer = self.graph.producer(value).map(|node| &node.op);
        let needed = loss.needs();
        if needed.is_empty() || producer.is_some_and(|producer| needed.contains(producer)) {
            return;
        }
        let what = match needed {
            [Operator::Softmax] => "the probabilities of the classes",
            [_] => "a probability",
            _ => "probabilities",
        };
        let names: Vec<String> = needed.iter().map(|op| format!("`{}`", op.kind())).collect();
        let needed = list(&names, "or");
        let found = producer.map_or("the input", Operator::kind);
        let mut diagnostic =
            Diagnostic::error("E0606", span, format!("`{}` needs {what}, which {needed} gives", loss.kind()))
                .also(self.facts[value.0].span, format!("the output comes from `{found}`"));
        diagnostic = match producer {
            Some(Operator::Activation(Activation::Sigmoid)) => diagnostic.help(
                "`sigmoid` goes with `binary_cross_entropy`; for one class of several, write `softmax` instead",
            ),
            Some(Operator::Softmax) => diagnostic.help(
                "`softmax` goes with `cross_entropy`; for answers that do not exclude one another, write `sigmoid` instead",
            ),
            _ => {
                let diagnostic = diagnostic.help(format!("put {needed} after the last layer"));
                match loss.of_logits() {
                    Some(_) => diagnostic.help(format!(
                        "or write `{}(logits=true)`: the loss then applies {needed} itself, and the network's output stays without it",
                        loss.kind()
                    )),
                    None => diagnostic,
                }
            }
        };
        self.sink.push(diagnostic);
    }
}
