//! Values of a command line, read by the grammar of the language as parts of a `train` block around them.

use netwright_grammar::ast::{Expr, ExprKind, Item, Setting};
use netwright_grammar::{Diagnostic, FileId, Label, Span, parse};

/// The code of brackets without partners.
const UNBALANCED: &str = "E0101";

/// Reads the values of a setting, which begin at an offset of the text.
pub(super) fn setting(file: FileId, text: &str, at: usize, key: &str) -> Result<Setting, Vec<Diagnostic>> {
    let place = Place { file, text, at, before: format!("train x {{ {key} ") };
    let mut setting = place.read(" }")?;
    setting.values.iter_mut().for_each(|value| place.shift_value(value));
    Ok(setting)
}

/// Reads the value of an argument of a setting.
pub(super) fn argument(file: FileId, text: &str, at: usize, key: &str) -> Result<Expr, Vec<Diagnostic>> {
    let place = Place { file, text, at, before: format!("train x {{ {key} set(") };
    let setting = place.read(") }")?;
    if let [Expr { node: ExprKind::Call(call), .. }] = &setting.values[..]
        && let [arg] = &call.args[..]
        && arg.name.is_none()
    {
        let mut value = arg.value.clone();
        place.shift_value(&mut value);
        return Ok(value);
    }
    Err(vec![place.several()])
}

/// A value in its text, and the text before it that makes a source of it.
struct Place<'t> {
    file: FileId,
    text: &'t str,
    at: usize,
    before: String,
}

impl Place<'_> {
    /// Reads the setting that text, value and the text `after` make.
    fn read(&self, after: &str) -> Result<Setting, Vec<Diagnostic>> {
        let source = format!("{}{}{after}", self.before, &self.text[self.at..]);
        let (tree, mut found) = parse(self.file, &source);
        if let Some(unbalanced) = found.iter().find(|diagnostic| diagnostic.code == UNBALANCED) {
            let problem = self.whole("a bracket in this value has no partner");
            // Its partner may be one of those around the value.
            let place = self.shifted(unbalanced.span());
            return Err(vec![if place.start < place.end {
                problem.also(place, "this one")
            } else {
                problem
            }]);
        }
        if !found.is_empty() {
            let labels = found.iter_mut().flat_map(|diagnostic| &mut diagnostic.labels);
            labels.for_each(|Label { span, .. }| *span = self.shifted(*span));
            return Err(found);
        }
        match &tree.items[..] {
            [Item::Train(train)] if train.settings.len() == 1 => Ok(train.settings[0].clone()),
            _ => Err(vec![self.several()]),
        }
    }

    fn whole(&self, message: &str) -> Diagnostic {
        let value = Span { file: self.file, start: self.at as u32, end: self.text.len() as u32 };
        Diagnostic::error("E0501", value, message)
    }

    fn several(&self) -> Diagnostic {
        self.whole("this is more than a value")
            .help("set several settings one after another: `--set lr=1e-3 epochs=20`")
    }

    /// Returns the place in the text of a place in the source.
    fn shifted(&self, span: Span) -> Span {
        let shift = |offset: u32| {
            let offset = (offset as usize + self.at).saturating_sub(self.before.len());
            offset.clamp(self.at, self.text.len()) as u32
        };
        Span { file: self.file, start: shift(span.start), end: shift(span.end) }
    }

    fn shift(&self, span: &mut Span) {
        *span = self.shifted(*span);
    }

    fn shift_value(&self, value: &mut Expr) {
        self.shift(&mut value.span);
        match &mut value.node {
            ExprKind::List(items) => items.iter_mut().for_each(|item| self.shift_value(item)),
            ExprKind::Call(call) => {
                self.shift(&mut call.span);
                self.shift(&mut call.name.span);
                for arg in &mut call.args {
                    self.shift(&mut arg.span);
                    arg.name.iter_mut().for_each(|name| self.shift(&mut name.span));
                    self.shift_value(&mut arg.value);
                }
            }
            ExprKind::Unary(_, operand) | ExprKind::Range(operand) => self.shift_value(operand),
            ExprKind::Binary(operator, left, right) => {
                self.shift(&mut operator.span);
                self.shift_value(left);
                self.shift_value(right);
            }
            ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Quantity(..)
            | ExprKind::Dims(_)
            | ExprKind::Text(_)
            | ExprKind::Bool(_)
            | ExprKind::Name(_)
            | ExprKind::Error => {}
        }
    }
}
