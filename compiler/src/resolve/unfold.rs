//! Unfolds the statements of a network into its graph: blocks, repeats, conditions and branches.

use super::eval::{self, Env};
use super::frame::Frame;
use super::library::Library;
use super::naming::{Names, lower_case};
use super::section::title;
use crate::advice;
use crate::args::{Args, Arguments, Datum, Signature, unknown_name};
use crate::graph::{Graph, SectionKind};
use crate::ops::{self, Split};
use crate::sink::Sink;
use netwright_grammar::ast::{Arm, Block, Call, Expr, ExprKind, Ident, Stmt};
use netwright_grammar::{Diagnostic, Span, Spanned};
use std::collections::BTreeMap;

/// The state of a network's unfolding.
pub(super) struct Unfolder<'a> {
    pub(super) library: &'a Library<'a>,
    pub(super) sink: &'a mut Sink,
    pub(super) graph: Graph,
    /// The facts about each value besides the graph.
    pub(super) facts: Vec<Fact>,
    pub(super) names: Names,
    /// Values by the places of the `as` that name them.
    pub(super) aliases: BTreeMap<Span, String>,
    /// True if something could not be read or found, so that uses of values may be missing.
    pub(super) uncertain: bool,
    /// The places that could not be read so far.
    pub(super) unread: Vec<Span>,
    /// All uses of blocks so far.
    pub(super) instances: Vec<Instance>,
    /// The use of a block that is being unfolded.
    pub(super) instance: Option<usize>,
    /// The section that is being unfolded, an index into those of the graph.
    pub(super) section: Option<usize>,
    /// A limit was met; nothing more is unfolded.
    pub(super) stopped: bool,
    steps: usize,
    depth: usize,
}

/// Facts about a value besides its shape.
pub(super) struct Fact {
    /// True if the shape is known; otherwise an error was reported.
    pub(super) known: bool,
    /// The place of the layer that computes the value.
    pub(super) span: Span,
    /// The number of nodes and outputs that use the value.
    pub(super) uses: usize,
    /// The use of a block that made it, an index into [`Unfolder::instances`].
    pub(super) instance: Option<usize>,
}

/// One use of a block.
pub(super) struct Instance {
    /// The place of the use.
    pub(super) span: Span,
    /// The use of the block around it.
    pub(super) parent: Option<usize>,
}

/// Statements, arguments and repetitions after which unfolding stops.
const MAX_STEPS: usize = 1_000_000;
/// The greatest depth to which blocks, braces and repeats may nest.
const MAX_DEPTH: usize = 128;
/// The largest count of a repeat.
const MAX_REPEAT: usize = 100_000;

impl<'a> Unfolder<'a> {
    /// Creates the state of a network that has nothing yet.
    pub(super) fn new(name: &str, library: &'a Library<'a>, sink: &'a mut Sink) -> Unfolder<'a> {
        let graph = Graph {
            name: name.to_string(),
            layers: vec![],
            sections: vec![],
            aliases: vec![],
            values: vec![],
            nodes: vec![],
            params: vec![],
            inputs: vec![],
            outputs: vec![],
            output_names: vec![],
            auxiliary: vec![],
            losses: vec![],
            weighed: false,
        };
        Unfolder {
            library,
            sink,
            graph,
            facts: vec![],
            names: Names::new(),
            aliases: BTreeMap::new(),
            uncertain: false,
            unread: vec![],
            instances: vec![],
            instance: None,
            section: None,
            stopped: false,
            steps: 0,
            depth: 0,
        }
    }

    /// Counts one step of work; false when it is too much.
    pub(super) fn step(&mut self, span: Span) -> bool {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            self.stop(
                Diagnostic::error("E0608", span, "unfolding this network takes too long").help(format!(
                    "it stops after {MAX_STEPS} steps: repeats and blocks multiply one another"
                )),
            );
        }
        if self.sink.is_full() {
            self.stopped = true;
            self.uncertain = true;
        }
        !self.stopped
    }

    /// Reports that a limit is met.
    pub(super) fn stop(&mut self, diagnostic: Diagnostic) {
        if !self.stopped {
            self.sink.push(diagnostic);
        }
        self.stopped = true;
        self.uncertain = true;
    }

    /// Unfolds one statement inside a network or a block.
    pub(super) fn statement(&mut self, stmt: &Stmt, frame: &mut Frame) {
        match stmt {
            Stmt::Layer { label, call, aliases } => {
                if !self.step(call.span) {
                    return;
                }
                if call.name.node == Split::NAME {
                    return self.split(label.as_ref(), call, aliases, frame);
                }
                self.call(label.as_ref(), call, frame);
                self.alias(aliases.first(), frame);
                if let Some(second) = aliases.get(1) {
                    let message = format!("`{}` gives one value, which takes one name", call.name.node);
                    self.sink.push(
                        Diagnostic::error("E0213", second.span, message)
                            .help("`split` gives several: `split(2) as a, b`"),
                    );
                }
            }
            Stmt::Group { label, body, alias, span } => {
                if body.is_empty() {
                    self.does_nothing(*span, "these braces are empty");
                }
                self.scoped(label.as_ref(), *span, |this| this.braces(body, *span, frame));
                self.alias(alias.as_ref(), frame);
            }
            Stmt::Branch { label, arms, join, alias, span } => {
                self.scoped(label.as_ref(), *span, |this| this.branch(arms, join, *span, frame));
                self.alias(alias.as_ref(), frame);
            }
            Stmt::Repeat { count, body, span } => self.repeat(count, body, *span, frame),
            Stmt::If { condition, then, otherwise, span } => {
                if then.is_empty() && otherwise.is_empty() {
                    self.does_nothing(*span, "this condition decides about nothing");
                }
                match self.condition(condition, frame) {
                    Some(true) => self.braces(then, *span, frame),
                    Some(false) => self.braces(otherwise, *span, frame),
                    None => {
                        self.uncertain = true;
                        frame.current = Some(self.unknown(*span));
                    }
                }
            }
            Stmt::From { name, .. } => {
                frame.current = Some(match self.lookup(name, frame) {
                    Some(value) => value,
                    None => self.unknown(name.span),
                });
            }
            Stmt::Input { span, .. } => self.misplaced("input", *span, frame),
            Stmt::Output { span, .. } => self.misplaced("output", *span, frame),
            Stmt::Loss { span, .. } => self.misplaced("loss", *span, frame),
            // It is refused before.
            Stmt::Choose { span, .. } => {
                self.uncertain = true;
                frame.current = Some(self.unknown(*span));
            }
            Stmt::Error(span) => {
                self.uncertain = true;
                self.unread.push(*span);
                frame.current = Some(self.unknown(*span));
            }
        }
    }

    /// Unfolds the statements between two braces; names given there end with them.
    pub(super) fn braces(&mut self, body: &[Stmt], span: Span, frame: &mut Frame) {
        let outside = frame.values.mark();
        self.nested(span, |this| this.statements(body, frame));
        frame.values.end(outside);
    }

    /// Evaluates the values of a call's arguments.
    pub(super) fn given(&mut self, call: &Call, env: &Env) -> Arguments {
        call.args.iter().for_each(|arg| _ = self.step(arg.span));
        eval::arguments(call, env, self.sink)
    }

    /// Warns of something that has no effect.
    pub(super) fn does_nothing(&mut self, span: Span, message: &str) {
        self.sink.push(advice::DOES_NOTHING.at(span, message).help("remove it"));
    }

    fn statements(&mut self, body: &[Stmt], frame: &mut Frame) {
        for stmt in body {
            if self.stopped {
                return;
            }
            self.statement(stmt, frame);
        }
    }

    fn nested(&mut self, span: Span, inside: impl FnOnce(&mut Self)) {
        if self.depth == MAX_DEPTH {
            let message = format!("blocks and braces nest more than {MAX_DEPTH} deep here");
            self.stop(
                Diagnostic::error("E0609", span, message)
                    .help("use `repeat` for many layers in a row, and fewer blocks inside of blocks"),
            );
        }
        if self.step(span) {
            self.depth += 1;
            inside(self);
            self.depth -= 1;
        }
    }

    fn scoped(&mut self, label: Option<&Ident>, span: Span, inside: impl FnOnce(&mut Self)) {
        let Some(label) = label else { return inside(self) };
        let name = self.names.labelled(label, self.sink);
        self.names.enter(&name);
        self.sectioned(SectionKind::Label(label.node.clone()), span, inside);
        self.names.leave();
    }

    fn call(&mut self, label: Option<&Ident>, call: &Call, frame: &mut Frame) {
        let name = call.name.node.as_str();
        if let Some(join) = ops::find_join(name) {
            let value = self.join_named(label, call, join, frame);
            frame.current = Some(value);
        } else if let Some(entry) = ops::find(name) {
            let value = self.operator(label, call, entry, frame);
            frame.current = Some(value);
        } else if name == ops::LINEAR {
            self.linear(label, call, frame);
        } else if let Some(block) = self.library.block(frame.file, name) {
            self.sink.mark(block.name.span);
            self.block(label, call, block, frame);
        } else {
            // A name before something unreadable may be a part of that.
            if call.unread.is_none()
                && !self.sink.repeats("E0201", call.name.span)
                && let Some(mut unknown) = self.library.unknown_layer(frame.file, &call.name)
            {
                if frame.values.find(name).is_some() {
                    let help = format!(
                        "`{name}` names a value: join it by `add({name})`, or go on from it by `from {name}`"
                    );
                    unknown.help = vec![help];
                }
                self.sink.push(unknown);
            }
            self.uncertain = true;
            self.consume(frame.current);
            frame.current = Some(self.unknown(call.span));
        }
    }

    fn block(&mut self, label: Option<&Ident>, call: &Call, block: &Block, frame: &mut Frame) {
        if self.library.is_recursive(block) {
            self.consume(frame.current);
            frame.current = Some(self.unknown(call.span));
            return;
        }
        if block.body.is_empty() {
            self.does_nothing(block.span, "this block is empty");
        }
        let given = self.given(call, &frame.env);
        let title = title(label, call, &given);
        let params: Vec<(&str, Option<&str>)> = block
            .params
            .iter()
            .map(|param| {
                let default = param.default.as_ref().map(|default| self.library.text(default.span));
                (param.name.node.as_str(), default)
            })
            .collect();
        let signature = Signature { name: &block.name.node, positional: params.len(), params: &params };
        let mut args: Args<'_> = Args::bind(&signature, call.span, given, self.sink);
        let values: Vec<Option<Datum>> = params.iter().map(|(name, _)| args.datum(name).cloned()).collect();
        let mut env = Env::default();
        for (param, value) in block.params.iter().zip(values) {
            let value = match (value, &param.default) {
                (Some(value), _) => value,
                // A statement that could not be read may have set it.
                (None, Some(default)) if call.unread.is_none() => eval::eval(default, &env, self.sink),
                (None, _) => Datum::Poison,
            };
            env.define(&param.name.node, value, param.name.span);
        }
        let name = match label {
            Some(label) => self.names.labelled(label, self.sink),
            None => self.names.automatic(&lower_case(&block.name.node), call.name.span),
        };
        let mut inner = Frame::new(usize::from(block.span.file.0), env, frame.current);
        self.names.enter(&name);
        self.sink.enter(call.span, format!("in this use of `{}`", block.name.node));
        let around = self.instance.replace(self.instances.len());
        self.instances.push(Instance { span: call.span, parent: around });
        self.sectioned(SectionKind::Block(title), call.span, |this| {
            this.nested(call.span, |this| this.statements(&block.body, &mut inner));
        });
        self.instance = around;
        self.sink.leave();
        self.names.leave();
        frame.current = inner.current;
    }

    fn branch(&mut self, arms: &[Arm], join: &Call, span: Span, frame: &mut Frame) {
        let start = self.current(span, frame);
        let mut results = vec![];
        let around = self.begin(SectionKind::Branch, span);
        for arm in arms {
            frame.current = Some(start);
            self.sectioned(SectionKind::Arm, arm.span, |this| {
                this.scoped(arm.label.as_ref(), arm.span, |this| this.braces(&arm.body, arm.span, frame));
            });
            results.extend(frame.current);
        }
        let unread = arms.iter().any(|arm| matches!(arm.body[..], [Stmt::Error(_)]));
        if arms.len() < 2 && !unread {
            self.sink.push(Diagnostic::error("E0610", span, "a branch needs at least two ways").help(
                "an empty way `{}` passes the value on, as in `branch { { conv(8, 3x3, pad=1) } {} } add`",
            ));
        }
        let value = self.join_arms(join, results, &frame.env);
        self.end(around);
        frame.current = Some(value);
    }

    fn repeat(&mut self, count: &Expr, body: &[Stmt], span: Span, frame: &mut Frame) {
        if body.is_empty() {
            self.does_nothing(span, "this repeats nothing");
        }
        let value = eval::spanned(count, &frame.env, self.sink);
        let times = match self.count(&value) {
            Some(0) if matches!(count.node, ExprKind::Int(_)) => {
                let message = "repeating something 0 times leaves it out";
                self.sink.push(Diagnostic::error("E0306", count.span, message).help("remove the repeat"));
                0
            }
            Some(times) => times,
            None => 1,
        };
        self.names.enter_repeat();
        self.sectioned(SectionKind::Repeat(times), span, |this| {
            for _ in 0..times {
                if this.stopped {
                    break;
                }
                this.braces(body, span, frame);
            }
        });
        self.names.leave_repeat();
    }

    fn count(&mut self, value: &Spanned<Datum>) -> Option<usize> {
        match &value.node {
            Datum::Int(count) => {
                let times = usize::try_from(*count).ok().filter(|times| *times <= MAX_REPEAT);
                if times.is_none() {
                    let message = "this cannot be a number of repetitions";
                    self.sink.push(
                        Diagnostic::error("E0306", value.span, message)
                            .here(format!("this is {count}"))
                            .help(format!("it must be from 1 to {MAX_REPEAT}")),
                    );
                }
                times
            }
            Datum::Poison => None,
            Datum::Word(word) => {
                self.sink.push(unknown_name(word));
                None
            }
            other => {
                let message = "the number of repetitions must be a whole number";
                self.sink.push(
                    Diagnostic::error("E0305", value.span, message)
                        .here(format!("found {}", other.describe())),
                );
                None
            }
        }
    }

    fn condition(&mut self, condition: &Expr, frame: &Frame) -> Option<bool> {
        if !self.step(condition.span) {
            return None;
        }
        match eval::eval(condition, &frame.env, self.sink) {
            Datum::Bool(holds) => Some(holds),
            Datum::Poison => None,
            Datum::Word(word) => {
                self.sink.push(unknown_name(&word));
                None
            }
            other => {
                let message = "a condition must be `true` or `false`";
                self.sink.push(
                    Diagnostic::error("E0305", condition.span, message)
                        .here(format!("found {}", other.describe()))
                        .help("compare it, as in `if stride > 1 { ... }`"),
                );
                None
            }
        }
    }

    fn misplaced(&mut self, what: &str, span: Span, frame: &mut Frame) {
        let message = format!("`{what}` is inside a block or braces");
        self.sink.push(
            Diagnostic::error("E0607", span, message).help(
                "inputs, outputs and losses belong to the network: write it directly between its braces",
            ),
        );
        self.uncertain = true;
        if what == "input" {
            frame.current = Some(self.unknown(span));
        }
    }
}
