//! Diagnostics for text that matches no rule: where reading stopped, what was expected there and what was
//! found.

mod advice;

pub(crate) use advice::LOOPS;

use crate::Rules;
use crate::diagnostic::Diagnostic;
use crate::generated::Rule;
use crate::span::{FileId, Span};
use crate::suggest::nearest;
use crate::trivia::Trivia;
use crate::{KEYS, RESERVED};
use pest::Parser;
use pest::error::{Error, ErrorVariant, InputLocation};

/// The construct in which unreadable text was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Context<'a> {
    /// The top level of a file.
    Item,
    /// The body of a network or block, after this name without parentheses on the same line, or after the
    /// word of a loop.
    Stmt(Option<&'a str>),
    /// The text between the braces of a branch.
    Arm,
    /// The arguments between the parentheses at this place.
    Args(Span),
    /// A `train` block, where a setting would begin.
    Setting,
    /// The text after a setting's key or, if it has values, after the last one.
    Value {
        /// The setting's.
        key: &'a str,
        /// The place of the last value.
        last: Option<Span>,
    },
}

/// A text to speak of.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) file: FileId,
    pub(crate) text: &'a str,
    pub(crate) trivia: &'a Trivia,
}

/// The text at a place.
struct Found<'a> {
    /// The text from there on.
    rest: &'a str,
    /// The word there; empty if it is a sign.
    word: &'a str,
    span: Span,
}

impl Found<'_> {
    fn shown(&self) -> String {
        match (self.word, self.rest.chars().next()) {
            ("", None) => "the end of the text".into(),
            ("", Some(c)) if advice::is_invisible(c) => {
                format!("{} (U+{:04X})", advice::name(c), u32::from(c))
            }
            ("", Some(c)) => format!("`{c}`"),
            (word, _) => format!("`{word}`"),
        }
    }
}

/// Returns the offset at which arguments in parentheses stop being readable, if they do.
pub(crate) fn end_of_args(text: &str) -> Option<usize> {
    Rules::parse(Rule::only_args, text).err().map(|error| place(&error))
}

fn place(error: &Error<Rule>) -> usize {
    match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    }
}

impl<'a> Source<'a> {
    /// Explains a piece of text that was swallowed.
    pub(crate) fn explain(self, span: Span, context: Context<'_>) -> Diagnostic {
        let first = self.found(span.start as usize);
        match context {
            Context::Item => self.item(span, &first),
            Context::Stmt(before) => self.stmt(span, &first, before),
            Context::Arm => Diagnostic::error("E0107", first.span, format!("expected `{{`, found {}", first.shown()))
                .help("write each way of a branch in braces, as in `branch { { conv(8, 3x3, pad=1) relu } {} } add`"),
            Context::Args(whole) => {
                let found = self.retry(whole, Rule::only_args, context);
                found.unwrap_or_else(|| unexpected("E0107", &first))
            }
            Context::Setting => {
                let found = Diagnostic::error("E0108", first.span, format!("expected a setting, found {}", first.shown()));
                match (nearest(first.word, KEYS), advice::advice(self, first.span, context)) {
                    (Some(near), _) => found.help(format!("did you mean `{near}`?")),
                    (None, Some(advice)) => found.help(advice),
                    (None, None) => found.help(format!("the settings are {}", KEYS.join(", "))),
                }
            }
            Context::Value { key, last } => self.value(span, &first, key, last),
        }
    }

    fn item(self, span: Span, first: &Found<'_>) -> Diagnostic {
        let rule = match first.word {
            "import" => Rule::import,
            "block" => Rule::block,
            "network" => Rule::network,
            "train" => Rule::train,
            "allow" => Rule::allow,
            word => {
                let expected = "expected `network`, `train`, `block`, `import` or `allow`";
                let found =
                    Diagnostic::error("E0106", first.span, format!("{expected}, found {}", first.shown()));
                return match (
                    nearest(word, ["import", "block", "network", "train", "allow"]),
                    advice::of_item(word),
                ) {
                    (_, Some(advice)) => found.help(advice),
                    (Some(near), None) => found.help(format!("did you mean `{near}`?")),
                    (None, None) => match advice::advice(self, first.span, Context::Item) {
                        Some(advice) => found.help(advice),
                        None => found,
                    },
                };
            }
        };
        let found = self.retry(span, rule, Context::Item).unwrap_or_else(|| unexpected("E0107", first));
        match rule {
            Rule::import => found.help("write `import \"file.net\"`"),
            Rule::allow => found.help("write `allow` and the name of a lint, as in `allow softmax-of-one`"),
            _ => found,
        }
    }

    fn stmt(self, span: Span, first: &Found<'_>, before: Option<&str>) -> Diagnostic {
        let error = |message: &str| Diagnostic::error("E0107", first.span, message);
        if let Some(word) = before.filter(|word| advice::LOOPS.contains(word)) {
            return error(&format!("there is no `{word}`"))
                .help("write `repeat 3 { ... }`, which writes its body three times");
        }
        let context = Context::Stmt(before);
        let rule = match first.word {
            "input" => Rule::input,
            "branch" => Rule::branch,
            "repeat" => Rule::repeat,
            "if" => Rule::cond,
            "from" => Rule::from,
            "output" => Rule::output,
            "loss" => Rule::loss,
            "else" => return error("`else` without an `if` before it"),
            "as" => return error("`as` names the value of a layer, but there is no layer before it"),
            word if RESERVED.contains(&word) => {
                return error(&format!("`{word}` cannot stand here: it is a word of the language"));
            }
            _ if first.rest.starts_with('(') => Rule::args,
            _ => Rule::layer,
        };
        if let Some(layer) = before
            && let Some(value) = advice::value(first.rest)
        {
            return error(&format!("the arguments of `{layer}` stand in parentheses"))
                .help(format!("write `{layer}({value})`"));
        }
        self.retry(span, rule, context).unwrap_or_else(|| {
            unexpected("E0107", first).help("a body holds layers such as `conv(16, 3x3)`, `name: layer`, `branch`, `repeat`, `if`, `from`, `output` and `loss`")
        })
    }

    fn value(self, span: Span, first: &Found<'_>, key: &str, last: Option<Span>) -> Diagnostic {
        let context = Context::Value { key, last };
        if last.is_none() && first.rest.starts_with(['=', ':']) {
            let value: String =
                first.rest[1..].trim_start().chars().take_while(|c| !c.is_whitespace()).collect();
            let message = format!("the value of `{key}` follows it directly");
            return Diagnostic::error("E0108", first.span, message).help(format!("write `{key} {value}`"));
        }
        if advice::value(first.rest).is_some()
            && let Some(found) = self.retry(span, Rule::expr, context)
        {
            return found;
        }
        let found = Diagnostic::error(
            "E0108",
            first.span,
            format!("expected a value or a setting, found {}", first.shown()),
        );
        match advice::advice(self, first.span, context) {
            Some(advice) => found.help(advice),
            None => found.help(format!("the settings are {}", KEYS.join(", "))),
        }
    }

    /// Reads the text again by one rule, to learn where that stops.
    fn retry(self, span: Span, rule: Rule, context: Context<'_>) -> Option<Diagnostic> {
        let start = span.start as usize;
        // The rule may need more than was swallowed: a head whose body follows.
        let end = if matches!(context, Context::Args(_)) { span.end as usize } else { self.text.len() };
        let error = Rules::parse(rule, &self.text[start..end]).err()?;
        // Signs have no rules of their own, so that pest does not name them.
        let inside = &self.text[start..start + place(&error)];
        let signs = if matches!(context, Context::Args(_)) { advice::signs(inside) } else { &[] };
        let found = self.diagnostic_with(start, &error, signs);
        match advice::advice(self, found.span(), context) {
            Some(advice) => Some(found.help(advice)),
            None => Some(found),
        }
    }

    /// Returns the text at a place, after any white space.
    fn found(self, at: usize) -> Found<'a> {
        let start = self.trivia.skip(at);
        let rest = &self.text[start..];
        let is_number = rest.starts_with(|c: char| c.is_ascii_digit());
        let in_word = |c: char| c.is_alphanumeric() || c == '_' || is_number && c == '.';
        let word = rest.len() - rest.trim_start_matches(in_word).len();
        let len = word.max(rest.chars().next().map_or(0, char::len_utf8));
        let span = Span { file: self.file, start: start as u32, end: (start + len) as u32 };
        Found { rest, word: &rest[..word], span }
    }

    /// Returns pest's error in the language's words.
    pub(crate) fn diagnostic(self, offset: usize, error: &Error<Rule>) -> Diagnostic {
        self.diagnostic_with(offset, error, &[])
    }

    /// Builds the diagnostic with `signs` added to what is expected wherever an operator could follow.
    fn diagnostic_with(self, offset: usize, error: &Error<Rule>, signs: &[&'static str]) -> Diagnostic {
        let found = self.found(offset + place(error));
        let expected = match &error.variant {
            ErrorVariant::ParsingError { positives, .. } => {
                let mut words: Vec<&str> = positives.iter().filter_map(|&rule| in_words(rule)).collect();
                words.sort_unstable();
                words.dedup();
                if words.contains(&OPERATOR) {
                    words.splice(0..0, signs.iter().copied());
                }
                listed(&words)
            }
            ErrorVariant::CustomError { .. } => String::new(),
        };
        if expected.is_empty() {
            return unexpected("E0107", &found);
        }
        let message = format!("expected {expected}, found {}", found.shown());
        let diagnostic = Diagnostic::error("E0107", found.span, message);
        match RESERVED.contains(&found.word) {
            true => {
                diagnostic.help(format!("`{}` is a word of the language and cannot be a name", found.word))
            }
            false => diagnostic,
        }
    }
}

const OPERATOR: &str = "an operator";

fn unexpected(code: &'static str, found: &Found<'_>) -> Diagnostic {
    Diagnostic::error(code, found.span, format!("unexpected {}", found.shown()))
}

fn listed(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_string(),
        [rest @ .., last] => format!("{} or {last}", rest.join(", ")),
    }
}

/// Returns a rule as a reader of the language would call it; `None` for what would only lengthen the list.
fn in_words(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::name | Rule::label | Rule::ordinal | Rule::reserved => "a name",
        Rule::call | Rule::layer => "a layer",
        Rule::args => "`(`",
        Rule::arg | Rule::arg_name => "an argument",
        Rule::body | Rule::arm | Rule::group => "`{`",
        Rule::close => "`}`",
        Rule::list => "a list such as `[1, 28, 28]`",
        Rule::text => "a text in quotes",
        Rule::lint | Rule::lint_word => "the name of a lint",
        Rule::block_params => "`(`",
        Rule::block_param => "a parameter",
        Rule::alias | Rule::aliases => "`as`",
        Rule::expr
        | Rule::conj
        | Rule::comparison
        | Rule::sum
        | Rule::product
        | Rule::unary
        | Rule::atom
        | Rule::number
        | Rule::digits
        | Rule::truth
        | Rule::call_value
        | Rule::paren => "a value",
        Rule::kw_as => "`as`",
        Rule::kw_else => "`else`",
        Rule::compare | Rule::plus | Rule::times => OPERATOR,
        _ => return None,
    })
}
