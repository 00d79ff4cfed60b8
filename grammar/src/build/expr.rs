//! Calls and expressions.

use super::{Builder, range, unquoted};
use crate::ast::*;
use crate::diagnostic::Diagnostic;
use crate::generated::Rule;
use crate::recover::Context;
use crate::span::{Span, Spanned};
use pest::iterators::Pair;

/// Expressions that nest deeper are errors: whoever walks the tree recurses as deep.
const MAX_DEPTH: usize = 128;

impl<'a> Builder<'a> {
    pub(super) fn call(&mut self, pair: Pair<'a, Rule>) -> Call {
        let span = self.span(&pair);
        let name = Spanned { node: String::new(), span };
        let mut call = Call { name, args: vec![], unread: None, span };
        for inner in pair.into_inner() {
            match inner.as_rule() {
                // `to=input` names the input that has no name of its own.
                Rule::name | Rule::kw_input | Rule::kw_loss => call.name = self.name(&inner),
                _ => self.args(inner, &mut call),
            }
        }
        call
    }

    fn args(&mut self, pair: Pair<'a, Rule>, call: &mut Call) {
        let whole = self.span(&pair);
        for inner in pair.into_inner() {
            if inner.as_rule() != Rule::bad_args {
                let arg = self.arg(inner);
                call.args.push(arg);
                continue;
            }
            call.unread = Some(self.bad(&inner, Context::Args(whole)));
            // Without a comma after it, the last argument is a part of what could not be read.
            let end = call.args.last().map_or(inner.as_span().start(), |last| last.span.end as usize);
            if !self.text[end..inner.as_span().start()].contains(',') {
                call.args.pop();
            }
        }
    }

    fn arg(&mut self, pair: Pair<'a, Rule>) -> Arg {
        let span = self.span(&pair);
        let (mut name, mut value) = (None, Spanned { node: ExprKind::Error, span });
        let mut is_range = false;
        for inner in pair.into_inner() {
            match inner.as_rule() {
                Rule::arg_name => {
                    is_range = inner.clone().into_inner().any(|part| part.as_rule() == Rule::kw_in);
                    name = Some(self.only_name(inner));
                }
                _ => value = self.expr(inner),
            }
        }
        if is_range {
            value = range(value);
            self.depth += 1;
        }
        self.deepest = self.deepest.max(self.depth);
        Arg { name, value, span }
    }

    pub(super) fn expr(&mut self, pair: Pair<'a, Rule>) -> Expr {
        let span = self.span(&pair);
        self.depth = 0;
        let node = match pair.as_rule() {
            Rule::expr | Rule::conj | Rule::comparison | Rule::sum | Rule::product => {
                return self.chain(pair);
            }
            Rule::unary => {
                let mut inner = pair.into_inner();
                let first = inner.next();
                match (first, inner.next()) {
                    (Some(sign), Some(atom)) => {
                        let op = if sign.as_str() == "-" { UnaryOp::Negate } else { UnaryOp::Not };
                        let operand = Box::new(self.expr(atom));
                        self.depth += 1;
                        ExprKind::Unary(op, operand)
                    }
                    (Some(atom), None) => return self.expr(atom),
                    _ => ExprKind::Error,
                }
            }
            Rule::paren => return pair.into_inner().next().map_or(error(span), |inner| self.expr(inner)),
            Rule::truth => ExprKind::Bool(pair.as_str() == "true"),
            Rule::text => ExprKind::Text(unquoted(pair.as_str())),
            Rule::list => {
                let mut items = vec![];
                let mut deepest = 0;
                for item in pair.into_inner() {
                    items.push(self.expr(item));
                    deepest = deepest.max(self.depth);
                }
                self.depth = deepest + 1;
                ExprKind::List(items)
            }
            Rule::number => self.number(pair, span),
            Rule::call_value => {
                let bare = pair.clone().into_inner().count() == 1;
                let outer = std::mem::take(&mut self.deepest);
                let call = self.call(pair);
                self.depth = std::mem::replace(&mut self.deepest, outer) + 1;
                if bare { ExprKind::Name(call.name.node) } else { ExprKind::Call(call) }
            }
            _ => ExprKind::Error,
        };
        Spanned { node, span }
    }

    /// Operands with operators between them, which bind to the left.
    fn chain(&mut self, pair: Pair<'a, Rule>) -> Expr {
        let span = self.span(&pair);
        let mut inner = pair.into_inner();
        let Some(first) = inner.next() else { return error(span) };
        let mut left = self.expr(first);
        let mut depth = self.depth;
        while let Some(sign) = inner.next() {
            let at = self.span(&sign);
            let (Some(right), Some(op)) = (inner.next(), operator(sign.as_str())) else { return error(span) };
            let right = self.expr(right);
            depth = depth.max(self.depth) + 1;
            if depth > MAX_DEPTH {
                self.depth = 0;
                self.diagnostics.push(
                    Diagnostic::error("E0104", span, "this expression is too long")
                        .help(format!("an expression nests at most {MAX_DEPTH} operators, lists and calls")),
                );
                return error(span);
            }
            let span = left.span.to(right.span);
            let op = Spanned { node: op, span: at };
            left = Spanned { node: ExprKind::Binary(op, Box::new(left), Box::new(right)), span };
        }
        self.depth = depth;
        left
    }

    fn number(&mut self, pair: Pair<'a, Rule>, span: Span) -> ExprKind {
        let mut inner = pair.into_inner();
        let digits = inner.next().map_or("", |d| d.as_str()).replace('_', "");
        let Some(suffix) = inner.next().map(|s| s.as_str()) else {
            let whole = digits.bytes().all(|b| b.is_ascii_digit());
            let parsed = if whole { digits.parse().ok().map(ExprKind::Int) } else { None };
            return parsed.or_else(|| digits.parse().ok().map(ExprKind::Float)).unwrap_or(ExprKind::Error);
        };
        let unit = match suffix {
            "%" => Some(Unit::Percent),
            "deg" => Some(Unit::Degrees),
            "px" => Some(Unit::Pixels),
            "KB" => Some(Unit::Kilobytes),
            "MB" => Some(Unit::Megabytes),
            "GB" => Some(Unit::Gigabytes),
            _ => None,
        };
        if let (Some(unit), Ok(number)) = (unit, digits.parse()) {
            return ExprKind::Quantity(number, unit);
        }
        let dims: Option<Vec<u32>> = format!("{digits}{suffix}").split('x').map(|d| d.parse().ok()).collect();
        if let Some(dims) = dims.filter(|d| d.len() > 1) {
            return ExprKind::Dims(dims);
        }
        self.diagnostics.push(
            Diagnostic::error("E0105", span, format!("`{digits}{suffix}` is no number"))
                .here(format!("`{suffix}` is no unit"))
                .help("sizes are written `3x3`; the units are `%`, `deg`, `px`, `KB`, `MB` and `GB`"),
        );
        ExprKind::Error
    }
}

fn error(span: Span) -> Expr {
    Spanned { node: ExprKind::Error, span }
}

fn operator(written: &str) -> Option<BinaryOp> {
    Some(match written {
        "+" => BinaryOp::Add,
        "-" => BinaryOp::Subtract,
        "*" => BinaryOp::Multiply,
        "/" => BinaryOp::Divide,
        "==" => BinaryOp::Equal,
        "!=" => BinaryOp::NotEqual,
        "<" => BinaryOp::Less,
        "<=" => BinaryOp::LessEqual,
        ">" => BinaryOp::Greater,
        ">=" => BinaryOp::GreaterEqual,
        "and" => BinaryOp::And,
        "or" => BinaryOp::Or,
        _ => return None,
    })
}
