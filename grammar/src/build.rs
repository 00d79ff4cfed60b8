//! Conversion of pest's pairs to the syntax tree.

mod expr;

use crate::ast::*;
use crate::diagnostic::Diagnostic;
use crate::generated::Rule;
use crate::recover::{self, Context, Source};
use crate::span::{FileId, Span, Spanned};
use crate::trivia::Trivia;
use pest::iterators::{Pair, Pairs};

pub(crate) struct Builder<'a> {
    pub(crate) file: FileId,
    pub(crate) text: &'a str,
    pub(crate) trivia: Trivia,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// The nesting depth of the expression that was read last.
    pub(crate) depth: usize,
    /// The greatest nesting depth among the arguments of the present call.
    pub(crate) deepest: usize,
}

impl<'a> Builder<'a> {
    pub(crate) fn file(&mut self, pairs: Pairs<'a, Rule>) -> File {
        let mut items = Vec::new();
        for pair in pairs.flat_map(Pair::into_inner) {
            match pair.as_rule() {
                Rule::import => items.push(Item::Import(self.import(pair))),
                Rule::block => items.push(Item::Block(self.block(pair))),
                Rule::network => items.push(Item::Network(self.network(pair))),
                Rule::train => items.push(Item::Train(self.train(pair))),
                Rule::allow => items.push(Item::Allow(self.allow(pair))),
                Rule::bad_item => items.push(Item::Error(self.bad(&pair, Context::Item))),
                _ => {}
            }
        }
        File { items }
    }

    fn span(&self, pair: &Pair<'_, Rule>) -> Span {
        let span = pair.as_span();
        self.trivia.trim(self.file, span.start()..span.end())
    }

    pub(crate) fn source(&self) -> Source<'_> {
        Source { file: self.file, text: self.text, trivia: &self.trivia }
    }

    /// Explains what no rule fits.
    fn bad(&mut self, pair: &Pair<'_, Rule>, context: Context<'_>) -> Span {
        let span = self.span(pair);
        let found = self.source().explain(span, context);
        self.diagnostics.push(found);
        span
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

    fn allow(&self, pair: Pair<'a, Rule>) -> Allow {
        let span = self.span(&pair);
        let lints = pair.into_inner().filter(|inner| inner.as_rule() == Rule::lint).map(|lint| {
            let span = self.span(&lint);
            let words: Vec<&str> = lint.into_inner().map(|word| word.as_str()).collect();
            Spanned { node: words.join("-"), span }
        });
        Allow { lints: lints.collect(), span }
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
                    let span = self.span(&inner);
                    let before = self.doubtful(&mut stmts, span);
                    self.bad(&inner, Context::Stmt(before.as_deref()));
                    stmts.push(Stmt::Error(span));
                }
                _ => stmts.push(self.stmt(inner, None)),
            }
        }
        stmts
    }

    /// Marks names that stand alone before something unreadable on the same line and may be a part of it:
    /// `dense` in `dense 10`. They are marked, so that nothing else is said of them. The name directly before
    /// it is returned, or the word of a loop.
    fn doubtful(&self, stmts: &mut [Stmt], unread: Span) -> Option<String> {
        let mut last = None;
        for stmt in stmts.iter_mut().rev() {
            let Stmt::Layer { label: None, call, aliases } = stmt else { break };
            let between = &self.text[call.span.start as usize..unread.start as usize];
            if call.span != call.name.span || !aliases.is_empty() || between.contains('\n') {
                break;
            }
            call.unread = Some(unread);
            if last.is_none() || recover::LOOPS.contains(&call.name.node.as_str()) {
                last = Some(call.name.node.clone());
            }
        }
        last
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
            Rule::cond | Rule::elif => {
                let mut condition = Spanned { node: ExprKind::Error, span };
                let (mut then, mut otherwise) = (None, vec![]);
                for inner in pair.into_inner() {
                    match inner.as_rule() {
                        Rule::expr => condition = self.expr(inner),
                        Rule::body if then.is_none() => then = Some(self.body(inner)),
                        Rule::body => otherwise = self.body(inner),
                        Rule::cond => otherwise = vec![self.stmt(inner, None)],
                        Rule::elif => otherwise = vec![self.stmt(inner, None)],
                        Rule::kw_elif => {
                            let word = inner.as_str();
                            self.diagnostics.push(
                                Diagnostic::error(
                                    "E0107",
                                    self.span(&inner),
                                    format!("there is no `{word}`"),
                                )
                                .help("write `else if`"),
                            );
                        }
                        _ => {}
                    }
                }
                Stmt::If { condition, then: then.unwrap_or_default(), otherwise, span }
            }
            Rule::choose => {
                let arms = pair.into_inner().filter(|inner| inner.as_rule() == Rule::body);
                let arms = arms.map(|body| {
                    let span = self.span(&body);
                    Arm { label: None, body: self.body(body), span }
                });
                Stmt::Choose { arms: arms.collect(), span }
            }
            Rule::from => Stmt::From { name: self.only_name(pair), span },
            Rule::output => {
                let training_only = pair.clone().into_inner().any(|p| p.as_rule() == Rule::training_only);
                Stmt::Output { name: self.only_name(pair), training_only, span }
            }
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
            Rule::assigned => {
                let mut inner = pair.into_inner();
                let name = inner.next().map(|name| self.name(&name));
                let stmt = inner.next().map_or(Stmt::Error(span), |stmt| self.stmt(stmt, label));
                name.map_or(Stmt::Error(span), |name| self.assigned(name, stmt))
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

    /// Reads `x = conv(8, 3)` as what was meant, and reports an error.
    fn assigned(&mut self, name: Ident, mut stmt: Stmt) -> Stmt {
        let written = match &stmt {
            Stmt::Layer { call, .. } => &self.text[call.span.range()],
            _ => "{ ... }",
        };
        self.diagnostics.push(
            Diagnostic::error("E0107", name.span, "a layer gives its result to no variable")
                .help(format!("write `{written} as {}`: the name of a value follows its layer", name.node))
                .help(format!(
                    "a label, which names the layer's parameters, is written `{}: ...`",
                    name.node
                )),
        );
        match &mut stmt {
            Stmt::Layer { aliases, .. } if aliases.is_empty() => aliases.push(name),
            Stmt::Group { alias, .. } | Stmt::Branch { alias, .. } => _ = alias.get_or_insert(name),
            _ => {}
        }
        stmt
    }

    fn branch(&mut self, pair: Pair<'a, Rule>, label: Option<Ident>, span: Span) -> Stmt {
        let (mut arms, mut join, mut alias) = (vec![], None, None);
        let mut unread = None;
        for inner in pair.into_inner() {
            match inner.as_rule() {
                Rule::bad_arm => {
                    let span = self.span(&inner);
                    // The first says it for all.
                    if unread.replace(span).is_none() {
                        self.bad(&inner, Context::Arm);
                    }
                    arms.push(Arm { label: None, body: vec![Stmt::Error(span)], span });
                }
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

    /// Returns the name inside a label, an alias, `from` or `output`.
    fn only_name(&mut self, pair: Pair<'a, Rule>) -> Ident {
        let span = self.span(&pair);
        let is_name = |p: &Pair<'_, Rule>| matches!(p.as_rule(), Rule::name | Rule::kw_input | Rule::ordinal);
        let name = pair.into_inner().find(is_name);
        name.map_or(Spanned { node: String::new(), span }, |name| self.name(&name))
    }

    fn train(&mut self, pair: Pair<'a, Rule>) -> Train {
        let span = self.span(&pair);
        let network = Spanned { node: String::new(), span };
        let mut train = Train { network, name: None, settings: vec![], unread: vec![], span };
        let mut names = 0;
        for inner in pair.into_inner() {
            match inner.as_rule() {
                Rule::name if names == 0 => {
                    train.network = self.name(&inner);
                    names += 1;
                }
                Rule::name => train.name = Some(self.name(&inner)),
                Rule::setting => train.settings.extend(self.setting(inner)),
                Rule::bad_setting => train.unread.push(self.bad(&inner, Context::Setting)),
                _ => {}
            }
        }
        train
    }

    fn setting(&mut self, pair: Pair<'a, Rule>) -> Option<Setting> {
        let span = self.span(&pair);
        let mut parts = pair.into_inner();
        let key = self.name(&parts.next()?);
        let mut setting = Setting { key, values: vec![], unread: None, span };
        let mut is_range = false;
        for part in parts {
            if part.as_rule() == Rule::kw_in_values {
                is_range = true;
            } else if part.as_rule() == Rule::bad_setting {
                let last = setting.values.last().map(|value| value.span);
                let context = Context::Value { key: &setting.key.node, last };
                setting.unread = Some(self.bad(&part, context));
            } else {
                let value = self.expr(part);
                let is_range = std::mem::take(&mut is_range);
                setting.values.push(if is_range { range(value) } else { value });
            }
        }
        Some(setting)
    }
}

/// Returns values of which a search takes one.
fn range(values: Expr) -> Expr {
    Spanned { span: values.span, node: ExprKind::Range(Box::new(values)) }
}

fn unquoted(text: &str) -> String {
    text.trim_matches('"').to_string()
}
