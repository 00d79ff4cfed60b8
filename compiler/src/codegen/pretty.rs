//! Generated code as text, laid out as rustfmt would with the project's settings: prettyplease breaks lines sooner.

use proc_macro2::token_stream::IntoIter;
use proc_macro2::{Delimiter, Group, Spacing, TokenStream, TokenTree};
use std::fmt::Write;
use std::iter::Peekable;
use std::str::Lines;

/// Columns of a line at most.
const WIDTH: usize = 110;

/// Items as a person would have laid them out.
///
/// # Errors
/// If the tokens are not Rust, which is a mistake in the generator.
pub fn pretty(items: TokenStream) -> Result<String, syn::Error> {
    let file = |attrs, items| syn::File { shebang: None, frontmatter: None, attrs, items };
    let mut text = String::new();
    // One at a time: the syntax tree of all items would take much more memory than their text.
    for item in Items(items.into_iter()) {
        if let Some((module, constants)) = constants(&item) {
            let module = prettyplease::unparse(&syn::parse2(module)?);
            let head = module.trim_end().strip_suffix('}').unwrap_or(&module);
            add(&mut text, &format!("{head}{constants}"));
            continue;
        }
        let parse = |input: syn::parse::ParseStream<'_>| {
            let attributes = input.call(syn::Attribute::parse_inner)?;
            let item = if input.is_empty() { vec![] } else { vec![input.parse()?] };
            Ok(file(attributes, item))
        };
        add(&mut text, &joined(&prettyplease::unparse(&syn::parse::Parser::parse2(parse, item)?)));
    }
    Ok(text)
}

/// Tokens cut after each item; the attributes of the module go with the first.
struct Items(IntoIter);

impl Iterator for Items {
    type Item = TokenStream;

    fn next(&mut self) -> Option<TokenStream> {
        let mut item = vec![];
        // The braces of a value do not end its item: the first word tells.
        let mut is_value = None;
        for token in &mut self.0 {
            let ends = match &token {
                TokenTree::Ident(word) => {
                    if is_value.is_none() && word != "pub" {
                        is_value = Some(["const", "static", "type", "use"].iter().any(|start| word == start));
                    }
                    false
                }
                TokenTree::Punct(mark) => mark.as_char() == ';',
                TokenTree::Group(group) => group.delimiter() == Delimiter::Brace && is_value != Some(true),
                TokenTree::Literal(_) => false,
            };
            item.push(token);
            if ends {
                break;
            }
        }
        (!item.is_empty()).then(|| item.into_iter().collect())
    }
}

/// Adds an item, with an empty line between those that have bodies.
fn add(text: &mut String, item: &str) {
    let before = text.trim_end_matches('\n').rsplit('\n').next().unwrap_or_default().to_string();
    let mut before = before.as_str();
    for line in item.lines() {
        let indent = line.len() - line.trim_start().len();
        let after_item = before.len() - before.trim_start().len() == indent
            && (before.trim() == "}" || (indent == 0 && before.ends_with(';')));
        let begins_item =
            ["///", "#[", "fn ", "pub fn ", "impl "].iter().any(|start| line.trim_start().starts_with(start));
        if after_item && begins_item && indent <= 4 {
            text.push('\n');
        }
        text.push_str(line);
        text.push('\n');
        before = line;
    }
}

/// Splits a module of constants that take one line each into the module without its content and the lines. Parsing thousands of them
/// would take most of the time.
fn constants(item: &TokenStream) -> Option<(TokenStream, String)> {
    let mut tokens: Vec<TokenTree> = item.clone().into_iter().collect();
    let is_module = |token: &TokenTree| matches!(token, TokenTree::Ident(word) if word == "mod");
    let Some(TokenTree::Group(content)) = tokens.pop().filter(|_| tokens.iter().any(is_module)) else {
        return None;
    };
    let mut lines = String::from("\n");
    for item in Items(content.stream().into_iter()) {
        let mut line = String::from("    ");
        flat(item, &mut line)?;
        if line.len() > WIDTH {
            return None;
        }
        lines.push_str(line.trim_end());
        lines.push('\n');
    }
    lines.push_str("}\n");
    let empty = TokenTree::Group(Group::new(Delimiter::Brace, TokenStream::new()));
    Some((tokens.into_iter().chain([empty]).collect(), lines))
}

/// Writes names, numbers, calls and lists in one line; `None` for anything else.
fn flat(tokens: TokenStream, line: &mut String) -> Option<()> {
    for token in tokens {
        match token {
            TokenTree::Ident(word) => {
                if line.ends_with(|last: char| last.is_ascii_alphanumeric() || last == ')') {
                    line.push(' ');
                }
                let _ = write!(line, "{word}");
            }
            TokenTree::Literal(number) => {
                let _ = write!(line, "{number}");
            }
            TokenTree::Punct(mark) => match (mark.as_char(), mark.spacing()) {
                (':', Spacing::Joint) => line.push(':'),
                (':', Spacing::Alone) if line.ends_with(':') => line.push(':'),
                (':', Spacing::Alone) => line.push_str(": "),
                ('=', Spacing::Alone) => line.push_str(" = "),
                (',', Spacing::Alone) => line.push_str(", "),
                (';', Spacing::Alone) => line.push(';'),
                _ => return None,
            },
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ('(', ')'),
                    Delimiter::Bracket => ('[', ']'),
                    Delimiter::Brace | Delimiter::None => return None,
                };
                line.push(open);
                flat(group.stream(), line)?;
                line.push(close);
            }
        }
    }
    Some(())
}

/// Puts each list and each chain of calls that fits into one line into one line.
fn joined(code: &str) -> String {
    let mut lines: Vec<String> = Vec::with_capacity(code.lines().count());
    let mut rest = code.lines().peekable();
    while let Some(line) = rest.next() {
        let line = pattern(line, &mut rest);
        let line = with_field(&mut lines, line);
        // A chain ends before a line that does not go on with it.
        if !line.trim_start().starts_with('.') {
            join_chain(&mut lines);
        }
        let closes = line.trim_start().starts_with([')', ']', '>']);
        if !closes || !join_list(&mut lines, &line) {
            let line = if closes { join_open_chain(&mut lines, line) } else { line };
            lines.push(line);
        }
    }
    lines.join("\n") + "\n"
}

/// Returns a pattern that spans several lines as one line if it fits: prettyplease does not indent its lines.
fn pattern<'a>(line: &'a str, rest: &mut Peekable<Lines<'a>>) -> String {
    let start = line.trim_start();
    let list = start.strip_prefix("let ").unwrap_or(start);
    if !list.starts_with('[') || list.contains(']') || !list.ends_with(',') {
        return line.into();
    }
    let ahead = rest.clone();
    let end = ahead.clone().position(|line| line.contains(']'));
    let Some(end) = end.filter(|end| ahead.clone().take(*end).all(is_part)) else { return line.into() };
    let inside: Vec<&str> = ahead.take(end + 1).map(str::trim).collect();
    let all = format!("{line} {}", inside.join(" ")).replace(", ]", "]");
    if all.len() > WIDTH {
        return line.into();
    }
    rest.by_ref().take(end + 1).for_each(drop);
    all
}

/// Moves the owner of a field that begins a line from the end of the line before.
fn with_field(lines: &mut [String], line: String) -> String {
    let depth = indent(&line);
    match lines.last_mut() {
        Some(before) if line[depth..].starts_with('.') && indent(before) == depth => {
            let is_name = |word: &str| word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            let at = before.rfind(' ').filter(|at| *at > depth && is_name(&before[at + 1..]));
            let Some(at) = at else { return line };
            let owner = before.split_off(at);
            format!("{}{}{}", &line[..depth], owner.trim(), &line[depth..])
        }
        _ => line,
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Returns whether a line is part of an expression that may share its line with others.
fn is_part(line: &str) -> bool {
    !line.contains("//") && !line.ends_with([';', '{', '}'])
}

/// Puts the list that `end` closes into the line that opens it, if it has one line for each item and fits.
fn join_list(lines: &mut Vec<String>, end: &str) -> bool {
    let depth = indent(end);
    let Some(start) = lines.iter().rposition(|line| indent(line) <= depth && !line.is_empty()) else {
        return false;
    };
    let (open, items) = (&lines[start], &lines[start + 1..]);
    let is_list = indent(open) == depth
        && open.ends_with(['(', '[', '<'])
        && items.iter().all(|item| {
            indent(item) == depth + 4 && is_part(item) && !item.trim_start().starts_with(['.', ')', ']'])
        });
    let length =
        open.len() + items.iter().map(|item| item.len() - depth - 3).sum::<usize>() + end.len() - depth;
    if !is_list || length > WIDTH + 2 {
        return false;
    }
    let inside: Vec<&str> = items.iter().map(|item| item.trim()).collect();
    let inside = inside.join(" ");
    let inside = inside.strip_suffix(',').unwrap_or(&inside);
    let line = format!("{open}{inside}{}", end.trim_start());
    if line.len() > WIDTH {
        return false;
    }
    lines.truncate(start);
    lines.push(line);
    true
}

/// Puts the chain of calls that the last lines are into one line, if it fits.
fn join_chain(lines: &mut Vec<String>) {
    let Some(start) = lines.iter().rposition(|line| !line.trim_start().starts_with('.')) else { return };
    if lines.last().is_some_and(|last| last.ends_with(['(', '[', '{', '|', '<'])) {
        return;
    }
    let (head, calls) = (&lines[start], &lines[start + 1..]);
    let depth = indent(head) + 4;
    let fits = head.len() + calls.iter().map(|call| call.trim().len()).sum::<usize>() <= WIDTH;
    if calls.is_empty() || !fits || !is_part(head) || calls.iter().any(|call| indent(call) != depth) {
        return;
    }
    let line: String = std::iter::once(head.as_str()).chain(calls.iter().map(|call| call.trim())).collect();
    lines.truncate(start);
    lines.push(line);
}

/// Puts a chain whose last call has a list of several lines into the line that opens the list, and gives the end of the list.
fn join_open_chain(lines: &mut Vec<String>, end: String) -> String {
    let depth = indent(&end);
    let open = lines.iter().rposition(|line| indent(line) <= depth && !line.is_empty());
    let Some(open) = open.filter(|open| end.ends_with(';') && lines[*open].trim_start().starts_with('.'))
    else {
        return end;
    };
    let Some(start) = lines[..open].iter().rposition(|line| !line.trim_start().starts_with('.')) else {
        return end;
    };
    let chain = &lines[start + 1..=open];
    let length = lines[start].len() + chain.iter().map(|call| call.trim().len()).sum::<usize>();
    let is_chain = indent(&lines[start]) + 4 == depth && chain.iter().all(|call| indent(call) == depth);
    if !is_chain || !is_part(&lines[start]) || length > WIDTH {
        return end;
    }
    let line: String =
        std::iter::once(lines[start].as_str()).chain(chain.iter().map(|call| call.trim())).collect();
    let items: Vec<String> =
        lines[open + 1..].iter().map(|item| item.get(4..).unwrap_or_default().into()).collect();
    lines.truncate(start);
    lines.push(line);
    lines.extend(items);
    end[4..].into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: &str) -> String {
        pretty(code.parse().expect("these are tokens")).expect("it is Rust")
    }

    #[test]
    fn lists_and_chains_that_fit_stand_in_one_line() {
        let code = of("fn f(first_argument: &mut Something, second_argument: &Something, third_argument: &Something) {
            let [first_variable_of_all, second_variable] = something.with_a_name.get([at::FIRST_OF_ALL, at::SECOND]);
        }");
        let line =
            "fn f(first_argument: &mut Something, second_argument: &Something, third_argument: &Something) {";
        assert!(code.starts_with(line), "{code}");
        assert_eq!(code.lines().count(), 3, "{code}");
    }

    #[test]
    fn nothing_is_longer_than_a_line() {
        let arguments =
            |name: &str| (0..9).map(|i| format!("{name}_argument_{i}")).collect::<Vec<_>>().join(", ");
        let code = of(&format!(
            "fn f() {{ call({}, other({}), [{}]); }}",
            arguments("x"),
            arguments("longer"),
            arguments("y")
        ));
        assert!(code.lines().all(|line| line.len() <= WIDTH), "{code}");
        assert!(code.lines().count() > 5, "{code}");
    }

    #[test]
    fn items_are_cut_where_they_end() {
        let code = "#![allow(dead_code)] const A: B = B { c: 1 }; pub fn d<const N: usize>() {} struct E; impl F for E {} m! { g }";
        assert_eq!(Items(code.parse::<TokenStream>().expect("these are tokens").into_iter()).count(), 5);
    }
}
