//! From pest's pairs to the syntax tree.

use crate::ast::*;
use crate::diagnostic::Diagnostic;
use crate::generated::Rule;
use crate::recover;
use crate::span::{FileId, Span, Spanned};
use pest::iterators::{Pair, Pairs};

pub(crate) struct Builder<'a> {
    pub(crate) file: FileId,
    pub(crate) text: &'a str,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// How deep the expression read last nests.
    pub(crate) depth: usize,
    /// How deep the deepest argument of the present call nests.
    pub(crate) deepest: usize,
}

/// Expressions that nest deeper are errors: whoever walks the tree recurses as deep.
const MAX_DEPTH: usize = 128;

impl<'a> Builder<'a> {
    pub(crate) fn file(&mut self, pairs: Pairs<'a, Rule>) -> File {
        let mut items = Vec::new();
        for pair in pairs.flat_map(Pair::into_inner) {
            match pair.as_rule() {
                Rule::import => items.push(Item::Import(self.import(pair))),
                Rule::block => items.push(Item::Block(self.block(pair))),
                Rule::network => items.push(Item::Network(self.network(pair))),
                Rule::train => items.push(Item::Train(self.train(pair))),
                Rule::bad_item => self.bad(&pair, recover::Context::Item),
                _ => {}
            }
        }
        File { items }
    }

    fn span(&self, pair: &Pair<'_, Rule>) -> Span {
        let span = pair.as_span();
        // A rule that ends in something optional may reach over white space behind it.
        let end = span.start() + self.text[span.start()..span.end()].trim_end().len();
        Span { file: self.file, start: span.start() as u32, end: end as u32 }
    }

    fn bad(&mut self, pair: &Pair<'_, Rule>, context: recover::Context) {
        let span = self.span(pair);
        self.diagnostics.push(recover::explain(self.file, self.text, span, context));
    }

    fn name(&self, pair: &Pair<'_, Rule>) -> Ident {
        Spanned { node: pair.as_str().to_string(), span: self.span(pair) }
    }

    fn import(&mut self, pair: Pair<'a, Rule>) -> Import {
        let span = self.span(&pair);
        let mut path = Spanned { node: String::new(), span };
        for inner in pair.into_inner().filter(|p| p.as_rule() == Rule::text) {
            path = Spanned { node: unquoted(inner.as_str()), span: self.span(&inner) };
        }
        Import { path, span }
    }

    fn block(&mut self, pair: Pair<'a, Rule>) -> Block {
        let span = self.span(&pair);
        let mut block =
            Block { name: Spanned { node: String::new(), span }, params: vec![], body: vec![], span };
        for inner in pair.into_inner() {
            match inner.as_rule() {
                Rule::name => block.name = self.name(&inner),
                Rule::block_params => {
                    block.params = inner.into_inner().map(|p| self.block_param(p)).collect();
                }
                Rule::body => block.body = self.body(inner),
                _ => {}
            }
        }
        block
    }

    fn block_param(&mut self, pair: Pair<'a, Rule>) -> BlockParam {
        let span = self.span(&pair);
        let mut param = BlockParam { name: Spanned { node: String::new(), span }, default: None };
        for inner in pair.into_inner() {
            match inner.as_rule() {
                Rule::name => param.name = self.name(&inner),
                _ => param.default = Some(self.expr(inner)),
            }
        }
        param
    }

    fn network(&mut self, pair: Pair<'a, Rule>) -> Network {
        let span = self.span(&pair);
        let mut network = Network { name: Spanned { node: String::new(), span }, body: vec![], span };
        for inner in pair.into_inner() {
            match inner.as_rule() {
                Rule::name => network.name = self.name(&inner),
                Rule::body => network.body = self.body(inner),
                _ => {}
            }
        }
        network
    }

    fn body(&mut self, pair: Pair<'a, Rule>) -> Vec<Stmt> {
        let mut stmts = Vec::new();
        for inner in pair.into_inner() {
            match inner.as_rule() {
                Rule::close => {}
                Rule::bad_stmt => {
                    self.bad(&inner, recover::Context::Stmt);
                    stmts.push(Stmt::Error(self.span(&inner)));
                }
                _ => stmts.push(self.stmt(inner, None)),
            }
        }
        stmts
    }

    fn stmt(&mut self, pair: Pair<'a, Rule>, label: Option<Ident>) -> Stmt {
        let span = self.span(&pair);
        match pair.as_rule() {
            Rule::input => {
                let (mut name, mut shape) = (None, Spanned { node: ExprKind::Error, span });
                for inner in pair.into_inner() {
                    match inner.as_rule() {
                        Rule::name => name = Some(self.name(&inner)),
                        Rule::list => shape = self.expr(inner),
                        _ => {}
                    }
                }
                Stmt::Input { name, shape, span }
            }
            Rule::branch => self.branch(pair, label, span),
            Rule::repeat => {
                let (mut count, mut body) = (Spanned { node: ExprKind::Error, span }, vec![]);
                for inner in pair.into_inner() {
                    match inner.as_rule() {
                        Rule::body => body = self.body(inner),
                        Rule::expr => count = self.expr(inner),
                        _ => {}
                    }
                }
                Stmt::Repeat { count, body, span }
            }
            Rule::cond => {
                let mut condition = Spanned { node: ExprKind::Error, span };
                let (mut then, mut otherwise) = (None, vec![]);
                for inner in pair.into_inner() {
                    match inner.as_rule() {
                        Rule::expr => condition = self.expr(inner),
                        Rule::body if then.is_none() => then = Some(self.body(inner)),
                        Rule::body => otherwise = self.body(inner),
                        Rule::cond => otherwise = vec![self.stmt(inner, None)],
                        _ => {}
                    }
                }
                Stmt::If { condition, then: then.unwrap_or_default(), otherwise, span }
            }
            Rule::from => Stmt::From { name: self.only_name(pair), span },
            Rule::output => Stmt::Output { name: self.only_name(pair), span },
            Rule::loss => {
                let call = pair.into_inner().find(|p| p.as_rule() == Rule::call).map(|call| self.call(call));
                call.map_or(Stmt::Error(span), |call| Stmt::Loss { call, span })
            }
            Rule::group => {
                let (mut body, mut alias) = (vec![], None);
                for inner in pair.into_inner() {
                    match inner.as_rule() {
                        Rule::alias => alias = Some(self.only_name(inner)),
                        _ => body = self.body(inner),
                    }
                }
                Stmt::Group { label, body, alias, span }
            }
            Rule::labelled => {
                let mut inner = pair.into_inner();
                let label = inner.next().map(|label| self.only_name(label));
                inner.next().map_or(Stmt::Error(span), |stmt| self.stmt(stmt, label))
            }
            Rule::layer => {
                let mut inner = pair.into_inner();
                let call = inner.next().map(|call| self.call(call));
                let names = inner.next().into_iter().flat_map(Pair::into_inner);
                let names = names.filter(|name| name.as_rule() == Rule::name);
                let aliases = names.map(|name| self.name(&name)).collect();
                call.map_or(Stmt::Error(span), |call| Stmt::Layer { label, call, aliases })
            }
            _ => Stmt::Error(span),
        }
    }

    fn branch(&mut self, pair: Pair<'a, Rule>, label: Option<Ident>, span: Span) -> Stmt {
        let (mut arms, mut join, mut alias) = (vec![], None, None);
        for inner in pair.into_inner() {
            match inner.as_rule() {
                Rule::arm => {
                    let span = self.span(&inner);
                    let mut arm = Arm { label: None, body: vec![], span };
                    for part in inner.into_inner() {
                        match part.as_rule() {
                            Rule::label => arm.label = Some(self.only_name(part)),
                            _ => arm.body = self.body(part),
                        }
                    }
                    arms.push(arm);
                }
                Rule::call => join = Some(self.call(inner)),
                Rule::alias => alias = Some(self.only_name(inner)),
                _ => {}
            }
        }
        join.map_or(Stmt::Error(span), |join| Stmt::Branch { label, arms, join, alias, span })
    }

    /// The name inside a label, an alias, `from` or `output`.
    fn only_name(&mut self, pair: Pair<'a, Rule>) -> Ident {
        let span = self.span(&pair);
        let name = pair.into_inner().find(|p| p.as_rule() == Rule::name);
        name.map_or(Spanned { node: String::new(), span }, |name| self.name(&name))
    }

    fn train(&mut self, pair: Pair<'a, Rule>) -> Train {
        let span = self.span(&pair);
        let mut train = Train { network: Spanned { node: String::new(), span }, settings: vec![], span };
        for inner in pair.into_inner() {
            match inner.as_rule() {
                Rule::name => train.network = self.name(&inner),
                Rule::setting => {
                    let span = self.span(&inner);
                    let mut parts = inner.into_inner();
                    if let Some(key) = parts.next() {
                        let key = self.name(&key);
                        train.settings.push(Setting {
                            key,
                            values: parts.map(|v| self.expr(v)).collect(),
                            span,
                        });
                    }
                }
                Rule::bad_setting => self.bad(&inner, recover::Context::Setting),
                _ => {}
            }
        }
        train
    }

    fn call(&mut self, pair: Pair<'a, Rule>) -> Call {
        let span = self.span(&pair);
        let mut call = Call { name: Spanned { node: String::new(), span }, args: vec![], span };
        for inner in pair.into_inner() {
            match inner.as_rule() {
                // `to=input` names the input that has no name of its own.
                Rule::name | Rule::kw_input | Rule::kw_loss => call.name = self.name(&inner),
                _ => call.args = inner.into_inner().map(|arg| self.arg(arg)).collect(),
            }
        }
        call
    }

    fn arg(&mut self, pair: Pair<'a, Rule>) -> Arg {
        let span = self.span(&pair);
        let (mut name, mut value) = (None, Spanned { node: ExprKind::Error, span });
        for inner in pair.into_inner() {
            match inner.as_rule() {
                Rule::arg_name => name = Some(self.only_name(inner)),
                _ => value = self.expr(inner),
            }
        }
        self.deepest = self.deepest.max(self.depth);
        Arg { name, value, span }
    }

    fn expr(&mut self, pair: Pair<'a, Rule>) -> Expr {
        let span = self.span(&pair);
        self.depth = 0;
        let node = match pair.as_rule() {
            Rule::expr => return self.chain(pair, |_| Some(BinaryOp::Or)),
            Rule::conj => return self.chain(pair, |_| Some(BinaryOp::And)),
            Rule::comparison | Rule::sum | Rule::product => return self.chain(pair, operator),
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

    /// Operands with operators between them, which bind to the left; `or` and `and` leave no pair of their own.
    fn chain(&mut self, pair: Pair<'a, Rule>, op: impl Fn(&str) -> Option<BinaryOp>) -> Expr {
        let span = self.span(&pair);
        let mut inner = pair.into_inner().filter(|p| !matches!(p.as_rule(), Rule::kw_or | Rule::kw_and));
        let Some(first) = inner.next() else { return error(span) };
        let mut left = self.expr(first);
        let mut depth = self.depth;
        while let Some(next) = inner.next() {
            let at = self.span(&next);
            let is_operator = matches!(next.as_rule(), Rule::compare | Rule::plus | Rule::times);
            let (written, right) = if is_operator { (next.as_str(), inner.next()) } else { ("", Some(next)) };
            let (Some(right), Some(op)) = (right, op(written)) else { return error(span) };
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
            let at =
                if is_operator { at } else { Span { start: left.span.end, end: right.span.start, ..at } };
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
        _ => return None,
    })
}

fn unquoted(text: &str) -> String {
    text.trim_matches('"').to_string()
}
