//! What to say of text that no rule fits: the place where reading stopped, what was expected there and what was found.

use crate::Rules;
use crate::diagnostic::Diagnostic;
use crate::generated::Rule;
use crate::span::{FileId, Span};
use crate::{KEYS, RESERVED};
use pest::Parser;
use pest::error::{Error, ErrorVariant, InputLocation};

/// Where the text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Context {
    /// At the top level of a file.
    Item,
    /// In the body of a network or block.
    Stmt,
    /// In a `train` block.
    Setting,
}

/// Explains a piece of text that was swallowed.
pub(crate) fn explain(file: FileId, text: &str, span: Span, context: Context) -> Diagnostic {
    let slice = &text[span.range()];
    let word: String = slice.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let first = Span {
        end: span.start + word.len().max(slice.chars().next().map_or(0, char::len_utf8)) as u32,
        ..span
    };
    match context {
        Context::Item => {
            let rule = match word.as_str() {
                "import" => Rule::import,
                "block" => Rule::block,
                "network" => Rule::network,
                "train" => Rule::train,
                _ => {
                    let items = ["import", "block", "network", "train"];
                    return suggest(
                        Diagnostic::error(
                            "E0106",
                            first,
                            format!(
                                "expected `network`, `train`, `block` or `import`, found {}",
                                shown(slice, &word)
                            ),
                        ),
                        &word,
                        &items,
                    );
                }
            };
            retry(file, text, span, rule).unwrap_or_else(|| unexpected(first, slice, &word))
        }
        Context::Stmt => {
            let rule = match word.as_str() {
                "input" => Rule::input,
                "branch" => Rule::branch,
                "repeat" => Rule::repeat,
                "if" => Rule::cond,
                "from" => Rule::from,
                "output" => Rule::output,
                "loss" => Rule::loss,
                "else" => {
                    return Diagnostic::error("E0107", first, "`else` without an `if` before it");
                }
                "as" => {
                    return Diagnostic::error(
                        "E0107",
                        first,
                        "`as` names the value of a layer, and no layer stands before it",
                    );
                }
                _ if RESERVED.contains(&word.as_str()) => {
                    return Diagnostic::error(
                        "E0107",
                        first,
                        format!("`{word}` cannot stand here: it is a word of the language"),
                    );
                }
                _ if slice.starts_with('(') => Rule::args,
                _ => Rule::layer,
            };
            retry(file, text, span, rule).unwrap_or_else(|| unexpected(first, slice, &word))
        }
        Context::Setting => {
            let near = Diagnostic::error(
                "E0108",
                first,
                format!("expected a setting, found {}", shown(slice, &word)),
            )
            .help(format!("the settings are {}", KEYS.join(", ")));
            suggest(near, &word, &KEYS)
        }
    }
}

/// Reads the text again by one rule, to learn where that stops.
fn retry(file: FileId, text: &str, span: Span, rule: Rule) -> Option<Diagnostic> {
    // The rule may need more than was swallowed: a head whose body follows.
    let rest = &text[span.start as usize..];
    Rules::parse(rule, rest).err().map(|error| diagnostic(file, text, span.start as usize, &error))
}

fn unexpected(span: Span, slice: &str, word: &str) -> Diagnostic {
    Diagnostic::error("E0107", span, format!("unexpected {}", shown(slice, word)))
        .help("a body holds layers such as `conv(16, 3x3)`, `name: layer`, `branch`, `repeat`, `if`, `from`, `output` and `loss`")
}

/// pest's error in the language's words.
pub(crate) fn diagnostic(file: FileId, text: &str, offset: usize, error: &Error<Rule>) -> Diagnostic {
    let at = offset
        + match error.location {
            InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
        };
    let rest = text[at..].trim_start();
    let start = text.len() - rest.len();
    let word: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let len = word.len().max(rest.chars().next().map_or(0, char::len_utf8));
    let span = Span { file, start: start as u32, end: (start + len) as u32 };
    let found = shown(rest, &word);
    let expected = match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => {
            let mut words: Vec<&str> = positives.iter().filter_map(|&rule| in_words(rule)).collect();
            words.sort_unstable();
            words.dedup();
            listed(&words)
        }
        ErrorVariant::CustomError { .. } => String::new(),
    };
    let message = if expected.is_empty() {
        format!("unexpected {found}")
    } else {
        format!("expected {expected}, found {found}")
    };
    let mut diagnostic = Diagnostic::error("E0107", span, message);
    if RESERVED.contains(&word.as_str()) {
        diagnostic = diagnostic.help(format!("`{word}` is a word of the language and cannot be a name"));
    }
    diagnostic
}

fn shown(text: &str, word: &str) -> String {
    match (word, text.chars().next()) {
        ("", None) => "the end of the text".into(),
        ("", Some(c)) => format!("`{c}`"),
        (word, _) => format!("`{word}`"),
    }
}

fn listed(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_string(),
        [rest @ .., last] => format!("{} or {last}", rest.join(", ")),
    }
}

/// A rule as a reader of the language would call it; `None` for what would only lengthen the list.
fn in_words(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::name | Rule::label | Rule::reserved => "a name",
        Rule::call | Rule::layer => "a layer",
        Rule::args => "`(`",
        Rule::arg | Rule::arg_name => "an argument",
        Rule::body | Rule::arm | Rule::group => "`{`",
        Rule::close => "`}`",
        Rule::list => "a list such as `[1, 28, 28]`",
        Rule::text => "a text in quotes",
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
        Rule::compare | Rule::plus | Rule::times => "an operator",
        _ => return None,
    })
}

/// Names a similar word, at a distance of at most a third of its length.
fn suggest(diagnostic: Diagnostic, word: &str, known: &[&str]) -> Diagnostic {
    let near = known.iter().map(|k| (distance(word, k), *k)).min();
    match near {
        Some((d, k)) if !word.is_empty() && d <= k.len().div_ceil(3) => {
            diagnostic.help(format!("did you mean `{k}`?"))
        }
        _ => diagnostic,
    }
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = before + usize::from(x != *y);
            before = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(before + 1);
        }
    }
    row[b.len()]
}
