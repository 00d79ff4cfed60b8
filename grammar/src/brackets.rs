//! A look at brackets, texts and comments before parsing: what is left open is said at its opening, and nesting is bounded,
//! so that the parser's recursion is.

use crate::diagnostic::Diagnostic;
use crate::recover;
use crate::span::{FileId, Span};
use crate::trivia::Trivia;

/// Deeper nesting than this is an error.
const DEEPEST: usize = 64;

/// Finds white space and comments, and what is wrong with brackets.
pub(crate) fn check(file: FileId, text: &str) -> (Trivia, Vec<Diagnostic>) {
    let mut trivia = Trivia::default();
    let found = look(file, text, &mut trivia);
    (trivia, found)
}

fn look(file: FileId, text: &str, trivia: &mut Trivia) -> Vec<Diagnostic> {
    let at = |start: usize, len: usize| Span { file, start: start as u32, end: (start + len) as u32 };
    let bytes = text.as_bytes();
    let mut open: Vec<(u8, usize)> = Vec::new();
    let mut found = Vec::new();
    let mut signs = 0;
    // The number of consecutive `else` at each depth, and where a brace has just been closed: each nests in the one before.
    let mut elses = [0; DEEPEST + 1];
    let mut closed = false;
    let mut i = 0;
    while i < bytes.len() {
        let rest = &bytes[i..];
        let is_space = bytes[i].is_ascii_whitespace() || rest.starts_with(b"//") || rest.starts_with(b"/*");
        if !is_space && std::mem::take(&mut closed) {
            let chain = &mut elses[open.len()];
            let goes_on = rest.starts_with(b"els") || rest.starts_with(b"elif");
            *chain = if goes_on { *chain + 1 } else { 0 };
            if *chain > DEEPEST {
                found.push(
                    Diagnostic::error("E0104", at(i, 4), format!("more than {DEEPEST} conditions in a row"))
                        .help("give some of them to a `block` of their own"),
                );
                return found;
            }
        }
        match bytes[i] {
            b' ' | b'\t' | b'\r' | b'\n' => {
                trivia.push(i..i + 1);
                i += 1;
            }
            b'/' if rest.starts_with(b"//") => {
                let len = rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
                trivia.push(i..i + len);
                i += len;
            }
            b'/' if rest.starts_with(b"/*") => match comment(rest) {
                Some(len) => {
                    trivia.push(i..i + len);
                    i += len;
                }
                None => {
                    found.push(
                        Diagnostic::error("E0103", at(i, 2), "unterminated comment")
                            .help("close it with `*/`"),
                    );
                    return found;
                }
            },
            b'"' => {
                let end = rest[1..].iter().position(|&b| b == b'"' || b == b'\n').map(|end| end + 1);
                match end {
                    Some(end) if rest[end] == b'"' => i += end + 1,
                    _ => {
                        found.push(
                            Diagnostic::error("E0102", at(i, 1), "unterminated text")
                                .help("close it with `\"` on the same line"),
                        );
                        return found;
                    }
                }
            }
            bracket @ (b'{' | b'(' | b'[') => {
                open.push((bracket, i));
                if open.len() == DEEPEST + 1 {
                    found.push(
                        Diagnostic::error(
                            "E0104",
                            at(i, 1),
                            format!("brackets are nested more than {DEEPEST} deep"),
                        )
                        .help("give the inner part a name as a `block`"),
                    );
                    return found;
                }
                i += 1;
            }
            bracket @ (b'}' | b')' | b']') => {
                let opening = match bracket {
                    b'}' => b'{',
                    b')' => b'(',
                    _ => b'[',
                };
                match open.last() {
                    Some(&(last, _)) if last == opening => {
                        open.pop();
                        closed = bracket == b'}';
                    }
                    Some(&(last, start)) if open.iter().any(|(other, _)| *other == opening) => {
                        let missing = closing(last);
                        let diagnostic = Diagnostic::error("E0101", at(start, 1), unclosed(last))
                            .also(at(i, 1), format!("this closes what is around `{}`", char::from(last)));
                        // Where the arguments stop being arguments.
                        let stop = if last == b'(' { recover::end_of_args(&text[start..i]) } else { None };
                        let before = stop.map_or("", |stop| text[..start + stop].trim_end());
                        found.push(diagnostic.help(match last_word(before) {
                            "" => format!("add `{missing}`"),
                            word => format!("add `{missing}` after `{word}`"),
                        }));
                        return found;
                    }
                    _ => {
                        let mut diagnostic = Diagnostic::error(
                            "E0101",
                            at(i, 1),
                            format!("`{}` closes nothing", char::from(bracket)),
                        );
                        if let Some(&(last, start)) = open.last() {
                            diagnostic = diagnostic.also(
                                at(start, 1),
                                format!("this is open, and closed by `{}`", closing(last)),
                            );
                        }
                        found.push(diagnostic.help("remove it"));
                        return found;
                    }
                }
                i += 1;
            }
            _ => i += 1,
        }
        // A row of signs nests as brackets do.
        signs = match bytes.get(i) {
            Some(b'-') => signs + 1,
            Some(b' ' | b'\n' | b'\t' | b'\r') => signs,
            _ => 0,
        };
        if signs > DEEPEST {
            found.push(Diagnostic::error("E0104", at(i, 1), "too many signs in a row"));
            return found;
        }
    }
    for (bracket, start) in open {
        found.push(
            Diagnostic::error("E0101", at(start, 1), unclosed(bracket))
                .help(format!("add `{}`", closing(bracket))),
        );
    }
    found
}

fn unclosed(bracket: u8) -> String {
    format!("`{}` is not closed", char::from(bracket))
}

/// Returns the last word of a text's last line, back to white space or an opening bracket.
fn last_word(text: &str) -> &str {
    let line = text.rsplit('\n').next().unwrap_or_default();
    line.rsplit(|c: char| c.is_whitespace() || "([{".contains(c)).next().unwrap_or_default()
}

fn closing(bracket: u8) -> char {
    match bracket {
        b'{' => '}',
        b'(' => ')',
        _ => ']',
    }
}

/// Returns the length of a comment, which may hold comments.
fn comment(bytes: &[u8]) -> Option<usize> {
    let mut depth = 0usize;
    let mut i = 0;
    while i + 1 < bytes.len() {
        match &bytes[i..i + 2] {
            b"/*" => {
                depth += 1;
                if depth > DEEPEST {
                    return None;
                }
                i += 2;
            }
            b"*/" => {
                depth -= 1;
                i += 2;
                if depth == 0 {
                    return Some(i);
                }
            }
            _ => i += 1,
        }
    }
    None
}
