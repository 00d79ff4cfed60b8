//! Adds layers to the graph: finds the shape that comes out, and says how the shape that went in came about.

use super::eval::{self, Env};
use super::frame::Frame;
use super::naming::MAX_NAME;
use super::unfold::{Fact, Unfolder};
use crate::args::{Args, Arguments};
use crate::graph::{Layer, LayerId, Node, Param, ParamId, Value, ValueId};
use crate::ops::{Entry, JoinEntry, Misfit, Operator, Split, find_join};
use netwright_grammar::ast::{Arg, Call, ExprKind, Ident};
use netwright_grammar::{Diagnostic, Span};
use std::collections::BTreeSet;

/// The largest number of layers.
const MAX_LAYERS: usize = 100_000;
/// The most numbers in one value or parameter.
pub(super) const MAX_NUMBERS: u64 = 1 << 31;
/// The number of earlier layers that an error shows.
const TRACE_SHOWN: usize = 6;
/// The beginning of layers' labels.
const GIVES: &str = "gives ";
/// The end of the label of a place that was passed several times.
const LAST_TIME: &str = " the last time";
/// The number of layers that are searched for them.
const TRACE_SEARCHED: usize = 1000;

impl Unfolder<'_> {
    /// Adds a value of unknown shape, for what follows an error.
    pub(super) fn unknown(&mut self, span: Span) -> ValueId {
        self.value(vec![], String::new(), None, Fact { known: false, span, uses: 0, instance: self.instance })
    }

    /// Adds a value of a shape, for an input.
    pub(super) fn input(&mut self, shape: Vec<usize>, name: String, span: Span) -> ValueId {
        self.value(shape, name, None, Fact { known: true, span, uses: 0, instance: self.instance })
    }

    /// Notes that something takes the value.
    pub(super) fn consume(&mut self, value: Option<ValueId>) {
        if let Some(value) = value {
            self.facts[value.0].uses += 1;
        }
    }

    /// Returns the current value; an error if there is none yet.
    pub(super) fn current(&mut self, span: Span, frame: &mut Frame) -> ValueId {
        if let Some(value) = frame.current {
            return value;
        }
        self.sink.push(
            Diagnostic::error("E0612", span, "there is nothing yet that this could be applied to")
                .help("begin the network with its input, such as `input [1, 28, 28]`"),
        );
        self.uncertain = true;
        let value = self.unknown(span);
        frame.current = Some(value);
        value
    }

    /// Adds a layer of one input.
    pub(super) fn operator(
        &mut self,
        label: Option<&Ident>,
        call: &Call,
        entry: &Entry,
        frame: &mut Frame,
    ) -> ValueId {
        let input = self.current(call.span, frame);
        let given = self.given(call, &frame.env);
        let directions = self.directions(input);
        let mut args = Args::bind(&entry.signature, call.span, given, self.sink).over(directions);
        let op = entry.read(&mut args);
        let (failed, parts) = (args.failed(), args.take_parts());
        let name = self.name(label, entry.signature.name, call.name.span);
        if failed {
            self.consume(Some(input));
            return self.unknown(call.span);
        }
        let mut value = input;
        for (part, op) in parts.before {
            let text = op.text();
            value = self.apply(op, vec![value], format!("{name}.{part}"), text, call);
        }
        let name = parts.last.map_or(name.clone(), |part| format!("{name}.{part}"));
        let text = op.text();
        self.apply(op, vec![value], name, text, call)
    }

    /// Applies `split(2) as a, b`: parts of the current value, each with its name; the last of them goes on.
    pub(super) fn split(&mut self, label: Option<&Ident>, call: &Call, names: &[Ident], frame: &mut Frame) {
        let input = self.current(call.span, frame);
        let given = self.given(call, &frame.env);
        let mut args = Args::bind(&Split::SIGNATURE, call.span, given, self.sink);
        let split = Split::read(&mut args);
        let failed = args.failed();
        let name = self.name(label, Split::NAME, call.name.span);
        let known = !failed && self.facts[input.0].known;
        let ranges = match known.then(|| split.ranges(&self.graph.values[input.0].shape)) {
            None => None,
            Some(Ok(ranges)) => Some(ranges),
            Some(Err(misfit)) => {
                self.push_traced(misfit_at(misfit, call.span), &[input]);
                None
            }
        };
        if !failed && names.len() != split.count() {
            let count = split.count();
            let message = format!("this makes {count} parts, which take {count} names");
            let found = match names.len() {
                0 => "no name".into(),
                1 => "one name".into(),
                names => format!("{names} names"),
            };
            let listed: Vec<String> = ('a'..='z').take(count).map(String::from).collect();
            self.sink.push(Diagnostic::error("E0213", call.span, message).here(found).help(format!(
                "write `{} as {}`",
                split.text(),
                listed.join(", ")
            )));
        }
        for (i, alias) in names.iter().enumerate() {
            let part = ranges.as_ref().and_then(|ranges| ranges.get(i));
            frame.current = Some(match part {
                Some(&range) => {
                    let op = split.part(range);
                    let text = op.text();
                    self.apply(op, vec![input], format!("{name}.{}", alias.node), text, call)
                }
                None => {
                    self.consume(Some(input));
                    self.unknown(call.span)
                }
            });
            self.alias(Some(alias), frame);
        }
        // It goes on, with or without its name.
        if let Some(last) = names.last() {
            self.sink.mark(last.span);
        }
        if names.is_empty() {
            self.consume(Some(input));
            frame.current = Some(self.unknown(call.span));
        }
    }

    /// Returns the number of directions in which a value extends; for features and after an error, that of
    /// the network's input.
    fn directions(&self, value: ValueId) -> usize {
        let shapes = [Some(value), self.graph.inputs.first().copied()].into_iter().flatten();
        let mut shapes = shapes.map(|value| &self.graph.values[value.0].shape);
        shapes.find(|shape| shape.len() > 1).map_or(2, |shape| shape.len() - 1)
    }

    /// Applies `add(skip)` to the current value and named ones.
    pub(super) fn join_named(
        &mut self,
        label: Option<&Ident>,
        call: &Call,
        join: &'static JoinEntry,
        frame: &mut Frame,
    ) -> ValueId {
        let mut inputs = vec![self.current(call.span, frame)];
        let mut others = vec![];
        let mut options = vec![];
        for arg in &call.args {
            if !self.step(arg.span) {
                break;
            }
            match (&arg.name, &arg.value.node) {
                (None, ExprKind::Name(name)) => {
                    let name = Ident { node: name.clone(), span: arg.value.span };
                    let value = self.lookup(&name, frame);
                    inputs.push(value.unwrap_or_else(|| self.unknown(arg.span)));
                    others.push(name.node);
                }
                (Some(name), _) if join.signature.params.iter().any(|(param, _)| *param == name.node) => {
                    options.push(arg);
                }
                (Some(option), _) => {
                    let message = format!("`{}` has no argument `{}`", call.name.node, option.node);
                    let taken = match join.signature.params {
                        [] => "names of values".to_string(),
                        [(name, _), ..] => format!("names of values and `{name}`"),
                    };
                    self.sink.push(
                        Diagnostic::error("E0302", option.span, message).help(format!("it takes {taken}")),
                    );
                    inputs.push(self.unknown(arg.span));
                }
                _ => {
                    let message = format!("`{}` takes names of values", call.name.node);
                    self.sink.push(
                        Diagnostic::error("E0305", arg.span, message)
                            .help("a value gets its name by `as`, as in `relu as skip`"),
                    );
                    inputs.push(self.unknown(arg.span));
                }
            }
        }
        let (op, failed) = self.join_operator(join, call, &options, &frame.env);
        let name = self.name(label, op.kind(), call.name.span);
        if others.is_empty() && inputs.len() == 1 && !failed {
            let message = format!("`{}` needs the name of another value", call.name.node);
            self.sink.push(
                Diagnostic::error("E0301", call.span, message)
                    .help(format!("name a value by `as skip`, then write `{}(skip)`", call.name.node)),
            );
            self.consume(Some(inputs[0]));
            return self.unknown(call.span);
        }
        if failed {
            inputs.iter().for_each(|input| self.consume(Some(*input)));
            return self.unknown(call.span);
        }
        let own = op.text();
        let text = match own.strip_suffix(')').and_then(|own| own.split_once('(')) {
            Some((kind, options)) => format!("{kind}({}, {options})", others.join(", ")),
            None => format!("{own}({})", others.join(", ")),
        };
        self.apply(op, inputs, name, text, call)
    }

    /// Reads the join with these options, and whether something was wrong with them.
    fn join_operator(
        &mut self,
        join: &'static JoinEntry,
        call: &Call,
        options: &[&Arg],
        env: &Env,
    ) -> (Operator, bool) {
        let given = options.iter().map(|arg| eval::argument(arg, env, self.sink)).collect();
        let arguments = Arguments { given, incomplete: call.unread.is_some() };
        let mut args = Args::bind(&join.signature, call.span, arguments, self.sink);
        (join.read(&mut args), args.failed())
    }

    /// Applies the join after the ways of a branch, and returns its value.
    pub(super) fn join_arms(&mut self, call: &Call, results: Vec<ValueId>, env: &Env) -> ValueId {
        let problem = match find_join(&call.name.node) {
            None => Some(
                Diagnostic::error(
                    "E0201",
                    call.name.span,
                    format!("`{}` does not join the ways of a branch", call.name.node),
                )
                .help("write `add` for their sum, `mul` for their product, `sub`, `max`, or `concat` to put their channels side by side"),
            ),
            Some(_) if call.args.iter().any(|arg| arg.name.is_none()) => Some(
                Diagnostic::error(
                    "E0303",
                    call.args[0].span,
                    format!("`{}` after a branch takes no names", call.name.node),
                )
                .help("it joins the ways of the branch; another value can be joined after it"),
            ),
            Some(join) if results.len() > 1 => {
                let options: Vec<&Arg> = call.args.iter().collect();
                let (op, failed) = self.join_operator(join, call, &options, env);
                let name = self.name(None, op.kind(), call.name.span);
                if !failed {
                    let text = op.text();
                    return self.apply(op, results, name, text, call);
                }
                None
            }
            Some(_) => None,
        };
        problem.into_iter().for_each(|problem| self.sink.push(problem));
        results.into_iter().for_each(|value| self.consume(Some(value)));
        self.unknown(call.span)
    }

    /// Adds one node and its layer; an error of shape is reported and leaves an unknown value.
    fn apply(
        &mut self,
        op: Operator,
        inputs: Vec<ValueId>,
        name: String,
        text: String,
        call: &Call,
    ) -> ValueId {
        let span = call.span;
        inputs.iter().for_each(|input| self.consume(Some(*input)));
        if self.graph.layers.len() == MAX_LAYERS {
            let message = format!("this network has more than {MAX_LAYERS} layers");
            self.stop(
                Diagnostic::error("E0608", span, message)
                    .help("repeats and blocks multiply one another: make one of them smaller"),
            );
        }
        if self.stopped {
            return self.unknown(span);
        }
        let layer = LayerId(self.graph.layers.len());
        self.graph.layers.push(Layer::new(name.clone(), text, span));
        let known = inputs.iter().all(|input| self.facts[input.0].known);
        let shape = if known { self.checked_shape(&op, &inputs, call) } else { None };
        let params = match &shape {
            Some((_, true)) => self.params(&op, inputs[0], layer, span),
            _ => vec![],
        };
        let fact = Fact { known: shape.is_some(), span, uses: 0, instance: self.instance };
        let shape = shape.map(|(shape, _)| shape).unwrap_or_default();
        let output = self.value(shape, name, Some(layer), fact);
        self.graph.nodes.push(Node { op, inputs, params, output, layer });
        output
    }

    /// Returns the shape that comes out, and whether the operator applies without an error.
    fn checked_shape(
        &mut self,
        op: &Operator,
        inputs: &[ValueId],
        call: &Call,
    ) -> Option<(Vec<usize>, bool)> {
        let shapes: Vec<&[usize]> =
            inputs.iter().map(|input| self.graph.values[input.0].shape.as_slice()).collect();
        match op.shape(&shapes) {
            Ok(shape) if numbers(&shape) > MAX_NUMBERS => {
                let diagnostic =
                    Diagnostic::error("E0407", call.span, "the result of this layer is too large")
                        .here(format!("gives {shape:?}, {} numbers", numbers(&shape)))
                        .help(format!("the limit is {MAX_NUMBERS}"));
                self.push_traced(diagnostic, inputs);
                None
            }
            Ok(shape) => Some((shape, true)),
            Err(misfit) => {
                let recover = misfit.recover.clone();
                let misfit = misfit.of_part(op.kind(), &call.name.node);
                self.push_traced(misfit_at(misfit, call.span), inputs);
                recover.map(|shape| (shape, false))
            }
        }
    }

    fn params(&mut self, op: &Operator, input: ValueId, layer: LayerId, span: Span) -> Vec<ParamId> {
        let specs = op.params(&self.graph.values[input.0].shape);
        let mut ids = vec![];
        for spec in specs {
            if numbers(&spec.shape) > MAX_NUMBERS {
                let message = format!("the {} of this layer would be too large", spec.name);
                let diagnostic = Diagnostic::error("E0407", span, message)
                    .here(format!("{:?}, {} numbers", spec.shape, numbers(&spec.shape)))
                    .help(format!("the limit is {MAX_NUMBERS}"));
                self.push_traced(diagnostic, &[input]);
                continue;
            }
            ids.push(ParamId(self.graph.params.len()));
            self.graph.params.push(Param {
                name: format!("{}.{}", self.graph.layers[layer.0].name, spec.name),
                shape: spec.shape,
                init: spec.init,
                role: spec.role,
                frozen: false,
                layer,
            });
        }
        ids
    }

    /// Reports an error together with how the shapes of these values came about: what changed them last, and the input.
    fn push_traced(&mut self, mut diagnostic: Diagnostic, values: &[ValueId]) {
        if self.sink.has(&diagnostic) {
            self.sink.push(diagnostic);
            return;
        }
        let each = (TRACE_SHOWN / values.len()).max(1);
        for value in values {
            let steps = self.steps_to(*value);
            let mut shown = 0;
            for (index, (place, shape)) in steps.iter().enumerate() {
                let start = index + 1 == steps.len();
                let changes = start || steps[index + 1].1 != *shape;
                if !changes || shown == each && !start {
                    continue;
                }
                shown += 1;
                match diagnostic.labels.iter_mut().find(|label| label.span == *place) {
                    Some(label)
                        if label.text.starts_with(GIVES) && !label.text.ends_with(&format!("{shape:?}")) =>
                    {
                        // A repeat comes by the same place several times; the latest was labelled first.
                        if !label.text.ends_with(LAST_TIME) {
                            label.text.push_str(LAST_TIME);
                        }
                    }
                    Some(_) => {}
                    None if start && self.facts[value.0].known => {
                        diagnostic = diagnostic.also(*place, format!("starts as {shape:?}"));
                    }
                    None => diagnostic = diagnostic.also(*place, format!("{GIVES}{shape:?}")),
                }
            }
        }
        self.sink.push(diagnostic);
    }

    /// Returns the way back from a value to an input, by first inputs: for each layer, or use of a block that
    /// does not contain the present place, where it is and what shape it gives.
    fn steps_to(&self, value: ValueId) -> Vec<(Span, Vec<usize>)> {
        let mut inside = BTreeSet::new();
        let mut next = self.instance;
        while let Some(instance) = next {
            inside.insert(instance);
            next = self.instances[instance].parent;
        }
        let mut steps: Vec<(Span, Vec<usize>)> = vec![];
        let mut last_outside = None;
        let mut value = value;
        for _ in 0..TRACE_SEARCHED {
            let fact = &self.facts[value.0];
            let mut outside = None;
            let mut next = fact.instance;
            while let Some(instance) = next.filter(|instance| !inside.contains(instance)) {
                outside = Some(instance);
                next = self.instances[instance].parent;
            }
            if outside.is_none() || outside != last_outside {
                let place = outside.map_or(fact.span, |instance| self.instances[instance].span);
                steps.push((place, self.graph.values[value.0].shape.clone()));
            }
            last_outside = outside;
            match self.graph.producer(value) {
                Some(node) => value = node.inputs[0],
                None => break,
            }
        }
        steps
    }

    pub(super) fn name(&mut self, label: Option<&Ident>, kind: &str, span: Span) -> String {
        let name = match label {
            Some(label) => self.names.labelled(label, self.sink),
            None => self.names.automatic(kind, span),
        };
        if name.len() > MAX_NAME {
            let message = "the name of this layer becomes too long";
            self.stop(
                Diagnostic::error("E0205", span, message).help(format!(
                    "with the labels and blocks around it, it has more than {MAX_NAME} letters"
                )),
            );
        }
        name
    }

    fn value(&mut self, shape: Vec<usize>, name: String, layer: Option<LayerId>, fact: Fact) -> ValueId {
        let id = ValueId(self.graph.values.len());
        self.graph.values.push(Value { shape, name, layer });
        self.facts.push(fact);
        id
    }
}

/// Returns a misfit as a diagnostic at a place.
pub(super) fn misfit_at(misfit: Misfit, span: Span) -> Diagnostic {
    let mut diagnostic = Diagnostic::error(misfit.code, span, misfit.message).here(misfit.found);
    diagnostic.help = misfit.help;
    diagnostic
}

/// Returns the number of elements of a shape.
pub(super) fn numbers(shape: &[usize]) -> u64 {
    shape.iter().fold(1, |all, size| all.saturating_mul(*size as u64))
}
