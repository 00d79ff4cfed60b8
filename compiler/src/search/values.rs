//! The values of a range.

use super::places::Found;
use netwright_grammar::ast::{Call, Expr, ExprKind, UnaryOp};
use netwright_grammar::{Diagnostic, Span};
use std::ops::Range;

/// The values that a range has.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// `log(1e-4, 1e-1)`, `linear(0.0, 0.5)`: numbers between two others, which they include.
    Between {
        /// The lowest number.
        low: f64,
        /// The highest number.
        high: f64,
        /// True if each ratio is as likely as another, and not each difference.
        is_log: bool,
        /// True for whole numbers alone.
        is_whole: bool,
        /// The unit, such as `deg`; empty for plain numbers.
        unit: &'static str,
    },
    /// `[32, 64, 128]`: the texts of some values.
    Each(Vec<String>),
    /// `choose { ... } { ... }`: the parts of the text between the braces.
    Ways(Vec<Range<usize>>),
}

/// A value that was picked from a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pick {
    /// The text of a value.
    Value(String),
    /// The number of a way, counted from 0.
    Way(usize),
}

/// Valid forms of a range.
const FORMS: &str = "write `log(1e-4, 1e-1)`, `linear(0.0, 0.5)`, or a list such as `[32, 64, 128]`";

impl Values {
    pub(super) fn read(found: &Found<'_>, text: &str) -> Result<Values, Diagnostic> {
        match found {
            Found::Arg { values, .. } | Found::Setting { values, .. } => Values::of(values, text),
            Found::Choose { arms, span } => match arms.len() {
                0 | 1 => Err(wrong(*span, "`choose` has a single way")
                    .help("write each way in braces: `choose { dense(64) relu } { dense(32) tanh }`")),
                _ => Ok(Values::Ways(
                    arms.iter().map(|arm| arm.span.start as usize + 1..arm.span.end as usize - 1).collect(),
                )),
            },
        }
    }

    fn of(values: &Expr, text: &str) -> Result<Values, Diagnostic> {
        match &values.node {
            ExprKind::List(items) if items.is_empty() => {
                Err(wrong(values.span, "this range is empty").help(FORMS))
            }
            ExprKind::List(items) => {
                let each = items.iter().map(|item| match is_plain(item) {
                    true => Ok(text[item.span.range()].to_string()),
                    false => Err(wrong(item.span, "a value of a range is written out")
                        .help("write numbers, names, texts or calls, without operators")),
                });
                each.collect::<Result<_, _>>().map(Values::Each)
            }
            ExprKind::Call(call) if ["log", "linear"].contains(&call.name.node.as_str()) => between(call),
            _ => Err(wrong(values.span, "this is no range").help(FORMS)),
        }
    }

    /// Returns the value at a place from 0 to 1 (excluded) of the range: if places are drawn evenly, so are values.
    pub fn pick(&self, place: f64) -> Pick {
        let nth = |count: usize| ((place * count as f64) as usize).min(count - 1);
        match self {
            Values::Each(texts) => Pick::Value(texts[nth(texts.len())].clone()),
            Values::Ways(ways) => Pick::Way(nth(ways.len())),
            &Values::Between { low, high, is_log, is_whole, unit } => {
                // Each whole number has all up to the next one.
                let end = if is_whole { high + 1.0 } else { high };
                let x = if is_log { low * (end / low).powf(place) } else { low + place * (end - low) };
                let x = if is_whole { x.floor() } else { short(x) };
                Pick::Value(format!("{}{unit}", written(x.clamp(low, high))))
            }
        }
    }
}

/// Rounds to three digits, so that texts show what was tried.
fn short(x: f64) -> f64 {
    format!("{x:.2e}").parse().unwrap_or(x)
}

fn written(x: f64) -> String {
    if x == 0.0 || (1e-2..1e6).contains(&x.abs()) { x.to_string() } else { format!("{x:e}") }
}

fn wrong(span: Span, message: &str) -> Diagnostic {
    Diagnostic::error("E0702", span, message)
}

/// Returns true if an expression's text is all of it, so that it can be copied.
fn is_plain(value: &Expr) -> bool {
    match &value.node {
        ExprKind::Unary(_, operand) => is_plain(operand),
        ExprKind::List(items) => items.iter().all(is_plain),
        ExprKind::Binary(..) | ExprKind::Range(_) | ExprKind::Error => false,
        ExprKind::Call(call) => call.unread.is_none(),
        ExprKind::Int(_)
        | ExprKind::Float(_)
        | ExprKind::Quantity(..)
        | ExprKind::Dims(_)
        | ExprKind::Text(_)
        | ExprKind::Bool(_)
        | ExprKind::Name(_) => true,
    }
}

/// A number with its unit, and whether it is written as a whole one.
struct Bound {
    value: f64,
    unit: &'static str,
    is_whole: bool,
}

fn bound(value: &Expr) -> Option<Bound> {
    Some(match &value.node {
        ExprKind::Int(value) => Bound { value: *value as f64, unit: "", is_whole: true },
        ExprKind::Float(value) => Bound { value: *value, unit: "", is_whole: false },
        ExprKind::Quantity(value, unit) => Bound { value: *value, unit: unit.text(), is_whole: false },
        ExprKind::Unary(UnaryOp::Negate, operand) => {
            let bound = bound(operand)?;
            Bound { value: -bound.value, ..bound }
        }
        _ => return None,
    })
}

fn between(call: &Call) -> Result<Values, Diagnostic> {
    let name = call.name.node.as_str();
    let example = if name == "log" { "`log(1e-4, 1e-1)`" } else { "`linear(0.0, 0.5)`" };
    let bounds: Vec<Option<Bound>> =
        call.args.iter().map(|arg| bound(&arg.value).filter(|_| arg.name.is_none())).collect();
    let [Some(low), Some(high)] = &bounds[..] else {
        return Err(wrong(call.span, &format!("`{name}` takes its lowest and its highest number"))
            .help(format!("write two numbers, as in {example}")));
    };
    if low.unit != high.unit {
        return Err(wrong(call.span, "the numbers of this range have different units")
            .help("write both with the same unit, as in `linear(5deg, 20deg)`"));
    }
    let is_log = name == "log";
    if is_log && low.value <= 0.0 {
        return Err(wrong(call.args[0].span, "the numbers of `log` are above 0")
            .help("write `linear(...)` for a range that begins with 0"));
    }
    if !(low.value < high.value && high.value.is_finite()) {
        return Err(wrong(call.span, "the first number of a range is the lower one")
            .help(format!("write the lowest number first, as in {example}")));
    }
    let is_whole = low.is_whole && high.is_whole;
    Ok(Values::Between { low: low.value, high: high.value, is_log, is_whole, unit: low.unit })
}
