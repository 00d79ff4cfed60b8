//! The ranges of a syntax tree.

use netwright_grammar::ast::{Arg, Arm, Call, Expr, ExprKind, File, Item, Setting, Stmt};
use netwright_grammar::{Diagnostic, Span};
use std::ops::Range;

/// A range of a syntax tree.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found<'a> {
    /// `lr in log(1e-4, 1e-1)`, with the key of its setting, if it stands in one, and the name of its call.
    Arg { arg: &'a Arg, name: &'a str, values: &'a Expr, key: Option<&'a str>, call: &'a str },
    /// `epochs in [5, 10]`
    Setting { setting: &'a Setting, values: &'a Expr },
    /// `choose { ... } { ... }`
    Choose { arms: &'a [Arm], span: Span },
}

impl<'a> Found<'a> {
    /// Returns the part of the text that a value takes the place of, and the text before the value.
    pub(super) fn replaced(&self) -> (Range<usize>, String) {
        match self {
            Found::Arg { arg, name, .. } => (arg.span.range(), format!("{name}=")),
            Found::Setting { setting, values } => {
                (setting.key.span.to(values.span).range(), format!("{} ", setting.key.node))
            }
            Found::Choose { span, .. } => (span.range(), String::new()),
        }
    }

    /// Returns the name of the argument or the setting.
    pub(super) fn name(&self) -> &'a str {
        match self {
            Found::Arg { name, .. } => name,
            Found::Setting { setting, .. } => &setting.key.node,
            Found::Choose { .. } => "choose",
        }
    }

    /// Returns the name with that of the call: `dense.units`.
    pub(super) fn path(&self) -> String {
        match self {
            Found::Arg { name, call, .. } => format!("{call}.{name}"),
            Found::Setting { .. } | Found::Choose { .. } => self.name().into(),
        }
    }

    /// Says that the range is no value.
    pub(super) fn refusal(&self) -> Diagnostic {
        let search = "`netwright tune FILE` tries some of them, and writes a text with the best";
        let (span, message, help) = match self {
            Found::Choose { span, .. } => {
                return Diagnostic::error(
                    "E0701",
                    *span,
                    "`choose` leaves open which of its ways the network takes",
                )
                .help(search)
                .help("or keep one of the ways, without `choose` and its braces");
            }
            Found::Arg { arg, name, key: None, .. } => (
                arg.span,
                format!("`{name}` has a range of values"),
                format!("or write one, as in `{name}=...`"),
            ),
            Found::Arg { arg, name, key: Some(key), .. } => {
                let path =
                    if (*key, *name) == ("optimizer", "lr") { "lr".into() } else { format!("{key}.{name}") };
                let help =
                    format!("or give one: write `{name}=...`, or `--set {path}=...` on the command line");
                (arg.span, format!("`{name}` has a range of values"), help)
            }
            Found::Setting { setting, values } => {
                let key = &setting.key.node;
                let help =
                    format!("or give one: write `{key} ...`, or `--set {key}=...` on the command line");
                (setting.key.span.to(values.span), format!("`{key}` has a range of values"), help)
            }
        };
        Diagnostic::error("E0701", span, message).help(search).help(help)
    }
}

/// Returns the ranges of a tree, in the order of the text.
pub(super) fn find(file: &File) -> Vec<Found<'_>> {
    let mut found = vec![];
    for item in &file.items {
        match item {
            Item::Block(block) => {
                block
                    .params
                    .iter()
                    .filter_map(|param| param.default.as_ref())
                    .for_each(|x| expr(x, None, &mut found));
                body(&block.body, &mut found);
            }
            Item::Network(network) => body(&network.body, &mut found),
            Item::Train(train) => train.settings.iter().for_each(|setting| of_setting(setting, &mut found)),
            Item::Import(_) | Item::Allow(_) | Item::Error(_) => {}
        }
    }
    found
}

fn body<'a>(stmts: &'a [Stmt], found: &mut Vec<Found<'a>>) {
    for stmt in stmts {
        match stmt {
            Stmt::Input { shape, .. } => expr(shape, None, found),
            Stmt::Layer { call, .. } | Stmt::Loss { call, .. } => of_call(call, None, found),
            Stmt::Group { body: stmts, .. } => body(stmts, found),
            Stmt::Branch { arms, join, .. } => {
                arms.iter().for_each(|arm| body(&arm.body, found));
                of_call(join, None, found);
            }
            Stmt::Choose { arms, span } => {
                found.push(Found::Choose { arms, span: *span });
                arms.iter().for_each(|arm| body(&arm.body, found));
            }
            Stmt::Repeat { count, body: stmts, .. } => {
                expr(count, None, found);
                body(stmts, found);
            }
            Stmt::If { condition, then, otherwise, .. } => {
                expr(condition, None, found);
                body(then, found);
                body(otherwise, found);
            }
            Stmt::From { .. } | Stmt::Output { .. } | Stmt::Error(_) => {}
        }
    }
}

fn of_setting<'a>(setting: &'a Setting, found: &mut Vec<Found<'a>>) {
    for value in &setting.values {
        match &value.node {
            ExprKind::Range(values) => found.push(Found::Setting { setting, values }),
            _ => expr(value, Some(&setting.key.node), found),
        }
    }
}

fn of_call<'a>(call: &'a Call, key: Option<&'a str>, found: &mut Vec<Found<'a>>) {
    for arg in &call.args {
        match (&arg.value.node, &arg.name) {
            (ExprKind::Range(values), Some(name)) => {
                let (name, call) = (name.node.as_str(), call.name.node.as_str());
                found.push(Found::Arg { arg, name, values, key, call });
            }
            _ => expr(&arg.value, key, found),
        }
    }
}

/// Finds ranges inside an expression; those inside the values of a range are part of these.
fn expr<'a>(value: &'a Expr, key: Option<&'a str>, found: &mut Vec<Found<'a>>) {
    match &value.node {
        ExprKind::List(items) => items.iter().for_each(|item| expr(item, key, found)),
        ExprKind::Call(call) => of_call(call, key, found),
        ExprKind::Unary(_, operand) => expr(operand, key, found),
        ExprKind::Binary(_, left, right) => {
            expr(left, key, found);
            expr(right, key, found);
        }
        ExprKind::Range(_)
        | ExprKind::Int(_)
        | ExprKind::Float(_)
        | ExprKind::Quantity(..)
        | ExprKind::Dims(_)
        | ExprKind::Text(_)
        | ExprKind::Bool(_)
        | ExprKind::Name(_)
        | ExprKind::Error => {}
    }
}
