//! Expressions: everything has its value when the network is compiled.

use crate::args::{Applied, Arguments, Datum, Given, Parameter, Word, list, unknown_name};
use crate::sink::Sink;
use netwright_grammar::ast::{Arg, BinaryOp, Call, Expr, ExprKind, UnaryOp};
use netwright_grammar::{Diagnostic, Span, Spanned, nearest};

/// The parameters of the block around an expression.
#[derive(Clone, Debug, Default)]
pub(super) struct Env {
    entries: Vec<(String, Datum, Span)>,
}

impl Env {
    /// Adds a parameter; its place is where the block declares it.
    pub(super) fn define(&mut self, name: &str, value: Datum, place: Span) {
        self.entries.push((name.to_string(), value, place));
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|(name, _, _)| name.as_str())
    }
}

/// Evaluates the value of an expression, with its place.
pub(super) fn spanned(expr: &Expr, env: &Env, sink: &mut Sink) -> Spanned<Datum> {
    Spanned { node: eval(expr, env, sink), span: expr.span }
}

/// Evaluates the value of an expression; [`Datum::Poison`] where an error was reported.
pub(super) fn eval(expr: &Expr, env: &Env, sink: &mut Sink) -> Datum {
    let mut declared = vec![];
    let value = written(expr, env, sink).settle(&mut declared);
    declared.into_iter().for_each(|place| sink.mark(place));
    value
}

/// Evaluates the arguments of a call.
pub(super) fn arguments(call: &Call, env: &Env, sink: &mut Sink) -> Arguments {
    let given = call.args.iter().map(|arg| argument(arg, env, sink)).collect();
    Arguments { given, incomplete: call.unread.is_some() }
}

/// Evaluates one argument.
pub(super) fn argument(arg: &Arg, env: &Env, sink: &mut Sink) -> Given {
    let value = Spanned { node: written(&arg.value, env, sink), span: arg.value.span };
    Given { name: arg.name.clone(), value, span: arg.span }
}

/// Returns the value of an expression, in which names of block parameters are still names.
fn written(expr: &Expr, env: &Env, sink: &mut Sink) -> Datum {
    match &expr.node {
        ExprKind::Int(value) => Datum::Int(*value),
        ExprKind::Float(value) => Datum::Float(*value),
        ExprKind::Quantity(value, unit) => Datum::Quantity(*value, *unit),
        ExprKind::Dims(sizes) => Datum::Dims(sizes.clone()),
        ExprKind::Text(text) => Datum::Text(text.clone()),
        ExprKind::Bool(value) => Datum::Bool(*value),
        ExprKind::Name(name) => match env.entries.iter().find(|(entry, _, _)| entry == name) {
            Some((_, value, place)) => {
                let word = Word::new(name, expr.span, None, String::new());
                Datum::Parameter(Box::new(Parameter { word, value: value.clone(), place: *place }))
            }
            None => {
                let near = nearest(name, env.names()).map(str::to_string);
                let known = env.names().map(|name| format!("`{name}`")).collect::<Vec<_>>();
                Datum::Word(Word::new(name, expr.span, near, list(&known, "and")))
            }
        },
        ExprKind::List(items) => {
            let item = |item: &Expr| Spanned { node: written(item, env, sink), span: item.span };
            let items: Vec<Spanned<Datum>> = items.iter().map(item).collect();
            match items.iter().find(|item| item.node.is_list()) {
                Some(inner) => {
                    sink.push(
                        Diagnostic::error("E0305", inner.span, "a list cannot hold a list")
                            .help("write its items one after another: `[3, 5]`"),
                    );
                    Datum::Poison
                }
                None => Datum::List(items),
            }
        }
        ExprKind::Call(call) => {
            let given = arguments(call, env, sink);
            Datum::Call(Applied { name: call.name.node.clone(), span: call.name.span, given })
        }
        ExprKind::Unary(op, operand) => {
            let value = known(operand, env, sink);
            unary(*op, value, expr.span, sink)
        }
        ExprKind::Binary(op, left, right) => {
            let left = known(left, env, sink);
            match (op.node, &left) {
                (BinaryOp::And, Datum::Bool(false)) => return Datum::Bool(false),
                (BinaryOp::Or, Datum::Bool(true)) => return Datum::Bool(true),
                _ => {}
            }
            let right = known(right, env, sink);
            binary(op, &left, &right, expr.span, sink)
        }
        // A range is refused before.
        ExprKind::Range(_) | ExprKind::Error => Datum::Poison,
    }
}

/// Returns the value of an operand, where a bare name can only be a parameter.
fn known(expr: &Expr, env: &Env, sink: &mut Sink) -> Datum {
    match eval(expr, env, sink) {
        Datum::Word(word) => {
            sink.push(unknown_name(&word));
            Datum::Poison
        }
        value => value,
    }
}

fn unary(op: UnaryOp, value: Datum, span: Span, sink: &mut Sink) -> Datum {
    match (op, value) {
        (_, Datum::Poison) => Datum::Poison,
        (UnaryOp::Negate, Datum::Int(value)) => match value.checked_neg() {
            Some(value) => Datum::Int(value),
            None => too_large(span, sink),
        },
        (UnaryOp::Negate, Datum::Float(value)) => Datum::Float(-value),
        (UnaryOp::Negate, Datum::Quantity(value, unit)) => Datum::Quantity(-value, unit),
        (UnaryOp::Not, Datum::Bool(value)) => Datum::Bool(!value),
        (op, value) => {
            let (symbol, kind) = match op {
                UnaryOp::Negate => ("-", "a number"),
                UnaryOp::Not => ("not", "`true` or `false`"),
            };
            let message = format!("`{symbol}` needs {kind}");
            sink.push(Diagnostic::error("E0308", span, message).here(format!("found {}", value.describe())));
            Datum::Poison
        }
    }
}

fn binary(op: &Spanned<BinaryOp>, left: &Datum, right: &Datum, span: Span, sink: &mut Sink) -> Datum {
    use BinaryOp as B;
    if *left == Datum::Poison || *right == Datum::Poison {
        return Datum::Poison;
    }
    let result = match (left, op.node, right) {
        (Datum::Int(a), op, Datum::Int(b)) => match whole(op, *a, *b) {
            Ok(value) => value,
            Err(Problem::TooLarge) => return too_large(span, sink),
            Err(Problem::DivisionByZero) => {
                sink.push(
                    Diagnostic::error("E0308", span, "division by 0")
                        .help("`if` can leave a layer out where the divisor is 0"),
                );
                return Datum::Poison;
            }
        },
        (Datum::Int(_) | Datum::Float(_), op, Datum::Int(_) | Datum::Float(_)) => {
            real(op, as_float(left), as_float(right))
        }
        (Datum::Bool(a), B::And, Datum::Bool(b)) => Some(Datum::Bool(*a && *b)),
        (Datum::Bool(a), B::Or, Datum::Bool(b)) => Some(Datum::Bool(*a || *b)),
        (Datum::Bool(a), B::Equal, Datum::Bool(b)) => Some(Datum::Bool(a == b)),
        (Datum::Bool(a), B::NotEqual, Datum::Bool(b)) => Some(Datum::Bool(a != b)),
        (Datum::Text(a), B::Equal, Datum::Text(b)) => Some(Datum::Bool(a == b)),
        (Datum::Text(a), B::NotEqual, Datum::Text(b)) => Some(Datum::Bool(a != b)),
        _ => None,
    };
    match result {
        Some(Datum::Float(value)) if !value.is_finite() => too_large(span, sink),
        Some(value) => value,
        None => {
            let message = format!(
                "`{}` does not apply to {} and {}",
                symbol(op.node),
                left.describe(),
                right.describe()
            );
            sink.push(Diagnostic::error("E0308", op.span, message).help(
                "arithmetic is for numbers; `==` and `!=` also compare texts, and `true` with `false`",
            ));
            Datum::Poison
        }
    }
}

/// The reason why whole numbers have no result.
enum Problem {
    TooLarge,
    DivisionByZero,
}

fn whole(op: BinaryOp, a: i64, b: i64) -> Result<Option<Datum>, Problem> {
    let number = |result: Option<i64>| result.map(Datum::Int).ok_or(Problem::TooLarge);
    Ok(Some(match op {
        BinaryOp::Add => number(a.checked_add(b))?,
        BinaryOp::Subtract => number(a.checked_sub(b))?,
        BinaryOp::Multiply => number(a.checked_mul(b))?,
        BinaryOp::Divide if b == 0 => return Err(Problem::DivisionByZero),
        BinaryOp::Divide if a.checked_rem(b) != Some(0) => Datum::Float(a as f64 / b as f64),
        BinaryOp::Divide => number(a.checked_div(b))?,
        BinaryOp::Equal => Datum::Bool(a == b),
        BinaryOp::NotEqual => Datum::Bool(a != b),
        BinaryOp::Less => Datum::Bool(a < b),
        BinaryOp::LessEqual => Datum::Bool(a <= b),
        BinaryOp::Greater => Datum::Bool(a > b),
        BinaryOp::GreaterEqual => Datum::Bool(a >= b),
        BinaryOp::And | BinaryOp::Or => return Ok(None),
    }))
}

fn real(op: BinaryOp, a: f64, b: f64) -> Option<Datum> {
    Some(match op {
        BinaryOp::Add => Datum::Float(a + b),
        BinaryOp::Subtract => Datum::Float(a - b),
        BinaryOp::Multiply => Datum::Float(a * b),
        BinaryOp::Divide => Datum::Float(a / b),
        BinaryOp::Equal => Datum::Bool(a == b),
        BinaryOp::NotEqual => Datum::Bool(a != b),
        BinaryOp::Less => Datum::Bool(a < b),
        BinaryOp::LessEqual => Datum::Bool(a <= b),
        BinaryOp::Greater => Datum::Bool(a > b),
        BinaryOp::GreaterEqual => Datum::Bool(a >= b),
        BinaryOp::And | BinaryOp::Or => return None,
    })
}

fn as_float(value: &Datum) -> f64 {
    match value {
        Datum::Int(value) => *value as f64,
        Datum::Float(value) => *value,
        _ => f64::NAN,
    }
}

/// The range of numbers.
const RANGE: &str = "whole numbers have 64 bits, others must be finite";

fn too_large(span: Span, sink: &mut Sink) -> Datum {
    sink.push(Diagnostic::error("E0308", span, "this number is too large").help(RANGE));
    Datum::Poison
}

fn symbol(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => "+",
        BinaryOp::Subtract => "-",
        BinaryOp::Multiply => "*",
        BinaryOp::Divide => "/",
        BinaryOp::Equal => "==",
        BinaryOp::NotEqual => "!=",
        BinaryOp::Less => "<",
        BinaryOp::LessEqual => "<=",
        BinaryOp::Greater => ">",
        BinaryOp::GreaterEqual => ">=",
        BinaryOp::And => "and",
        BinaryOp::Or => "or",
    }
}
