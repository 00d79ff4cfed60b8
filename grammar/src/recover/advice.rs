//! Habits of other languages at the place where reading stopped, and how the same is written here.

use super::{Context, Source};
use crate::span::Span;

/// Words by which other languages begin a part of a file.
const ITEMS: &[(&[&str], &str)] = &[
    (
        &["def", "fn", "func", "function", "macro", "define", "layer", "class", "module"],
        "a part that is used many times is written `block name(parameters) { ... }`",
    ),
    (&["model", "net", "graph"], "a network is written `network Name { ... }`"),
    (
        &["let", "const", "var", "val", "set"],
        "there are no constants: write the value itself, or make it the parameter of a block",
    ),
    (&["use", "include", "from", "require"], "another file is imported by `import \"file.net\"`"),
];

const LISTS: &str = "sizes are written `3x3` or `[3, 3]`, and lists stand in square brackets";

/// Words by which other languages begin a loop.
pub(crate) const LOOPS: &[&str] = &["for", "foreach", "while", "loop", "do"];

/// Returns how the language writes a part of a file that other languages begin with `word`.
pub(super) fn of_item(word: &str) -> Option<&'static str> {
    ITEMS.iter().find(|(words, _)| words.contains(&word)).map(|(_, advice)| *advice)
}

/// Returns advice on the text at a place, if it is a known habit of another language.
pub(super) fn advice(source: Source<'_>, at: Span, context: Context<'_>) -> Option<String> {
    let before = source.text[..at.start as usize].trim_end();
    let rest = &source.text[at.start as usize..];
    let first = rest.chars().next()?;
    let layers = matches!(context, Context::Stmt(_) | Context::Arm);
    let settings = matches!(context, Context::Setting | Context::Value { .. });
    let starts = |signs: &[&str]| signs.iter().any(|sign| rest.starts_with(sign));
    let text = match first {
        _ if is_invisible(first) => "write a plain space instead of it, or remove it",
        '\'' | '`' | '‘' | '’' | '“' | '”' | '„' | '«' | '»' => {
            "write a text in straight double quotation marks, as in `\"data.csv\"`; a word such as `same` has none"
        }
        '#' => "a comment begins with `//`",
        '=' | '(' | ':' if layers && before.ends_with("input") => {
            "write the shape of an input in square brackets, as in `input [1, 28, 28]`"
        }
        '-' | '=' | '|' | '>' | '+' | ',' | ';' | '.'
            if layers && starts(&["->", "=>", "|", ">", "+", ",", ";", "."]) =>
        {
            "layers follow one another without a sign between them"
        }
        ',' if settings && opened(before.rsplit('\n').next()?) == Some('(') => LISTS,
        ',' | ';' if settings => "settings and their values follow one another without a sign between them",
        '.' if settings => "write a name with dots in quotation marks, as in `\"body.dense1\"`",
        '=' if matches!(context, Context::Value { last: Some(_), .. }) => {
            "arguments stand in parentheses, as in `adam(lr=1e-3)`"
        }
        ',' | ';' if matches!(context, Context::Item) => {
            "the parts of a file follow one another without a sign between them"
        }
        ':' if matches!(context, Context::Args(_)) => {
            "write the name of an argument before `=`, as in `lr=1e-3`"
        }
        '(' if settings => LISTS,
        '(' if matches!(context, Context::Item) => "only blocks have parameters",
        '*' | '^' | '%' | '?' | '&' | '|' | '!' => {
            "arithmetic is `+`, `-`, `*` and `/`; conditions are joined by `and`, `or` and `not`"
        }
        _ => match context {
            Context::Args(whole) => return of_args(source, whole, at, before, first),
            _ if first.is_alphabetic() && !first.is_ascii() => "names consist of a-z, A-Z, 0-9 and _",
            _ => return None,
        },
    };
    Some(text.to_string())
}

/// Returns advice on text inside of parentheses.
fn of_args(source: Source<'_>, whole: Span, at: Span, before: &str, first: char) -> Option<String> {
    let inside = &source.text[whole.start as usize..at.start as usize];
    let ends_a_value = before.ends_with(|c: char| c.is_alphanumeric() || "_)]\"%".contains(c));
    match first {
        ',' if opened(inside) == Some('(') && is_group(inside) => Some(LISTS.into()),
        '[' if ends_a_value && !before.ends_with(char::is_numeric) => Some("a list cannot be indexed".into()),
        _ if first.is_alphabetic() && !first.is_ascii() => {
            Some("names consist of a-z, A-Z, 0-9 and _".into())
        }
        _ if ends_a_value && (first.is_alphanumeric() || "_([\"".contains(first)) => {
            Some(format!("add `,` before `{}`", &source.text[at.range()]))
        }
        _ => None,
    }
}

/// Returns the innermost bracket that is open at the end, and where.
fn innermost(text: &str) -> Option<(usize, char)> {
    let mut open = vec![];
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' | '{' => open.push((at, c)),
            ')' | ']' | '}' => _ = open.pop(),
            _ => {}
        }
    }
    open.pop()
}

/// Returns the signs that can follow a value inside the innermost open bracket at the end of a text.
pub(super) fn signs(text: &str) -> &'static [&'static str] {
    match opened(text) {
        Some('(') if is_group(text) => &["`)`"],
        Some('(') => &["`,`", "`)`"],
        Some('[') => &["`,`", "`]`"],
        _ => &[],
    }
}

fn opened(text: &str) -> Option<char> {
    innermost(text).map(|(_, bracket)| bracket)
}

/// Returns true if the innermost open bracket encloses a value instead of the arguments of a call.
fn is_group(text: &str) -> bool {
    innermost(text).is_some_and(|(at, _)| {
        let before = text[..at].trim_end();
        at > 0 && !before.ends_with(|c: char| c.is_alphanumeric() || c == '_')
    })
}

/// Returns the values at the beginning of a text, with commas between them, if it begins as no name does.
pub(super) fn value(rest: &str) -> Option<&str> {
    if !rest.starts_with(|c: char| c.is_ascii_digit() || "\"[-(".contains(c)) || rest.starts_with("->") {
        return None;
    }
    let (mut depth, mut before) = (0usize, ' ');
    let end = rest.find(|c: char| {
        depth = match c {
            '(' | '[' => depth + 1,
            ')' | ']' => depth.saturating_sub(1),
            _ => depth,
        };
        let ends = "{}\n".contains(c) || c.is_whitespace() && depth == 0 && before != ',';
        before = c;
        ends
    });
    Some(rest[..end.unwrap_or(rest.len())].trim_end_matches([',', ';', ' ']))
}

/// Returns true if a character looks like a space or like nothing.
pub(super) fn is_invisible(c: char) -> bool {
    !c.is_ascii() && c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// Returns the name of an invisible character in messages.
pub(super) fn name(c: char) -> &'static str {
    match c {
        '\u{a0}' | '\u{202f}' => "a no-break space",
        '\u{feff}' => "a byte order mark",
        c if c.is_whitespace() => "an unusual space",
        _ => "an invisible character",
    }
}
