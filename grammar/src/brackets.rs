//! A look at brackets, texts and comments before parsing: what is left open is said at its opening, and nesting is bounded,
//! so that the parser's recursion is.

use crate::diagnostic::Diagnostic;
use crate::span::{FileId, Span};

/// Deeper nesting than this is an error.
const DEEPEST: usize = 64;

pub(crate) fn check(file: FileId, text: &str) -> Vec<Diagnostic> {
    let at = |start: usize, len: usize| Span { file, start: start as u32, end: (start + len) as u32 };
    let bytes = text.as_bytes();
    let mut open: Vec<(u8, usize)> = Vec::new();
    let mut found = Vec::new();
    let mut signs = 0;
    // How many `else` stand in a row at each depth, and where a brace has just been closed: each nests in the one before.
    let mut elses = [0; DEEPEST + 1];
    let mut closed = false;
    let mut i = 0;
    while i < bytes.len() {
        let rest = &bytes[i..];
        let is_space = bytes[i].is_ascii_whitespace() || rest.starts_with(b"//") || rest.starts_with(b"/*");
        if !is_space && std::mem::take(&mut closed) {
            let chain = &mut elses[open.len()];
            *chain = if rest.starts_with(b"else") { *chain + 1 } else { 0 };
            if *chain > DEEPEST {
                found.push(
                    Diagnostic::error("E0104", at(i, 4), format!("more than {DEEPEST} conditions in a row"))
                        .help("give some of them to a `block` of their own"),
                );
                return found;
            }
        }
        match bytes[i] {
            b'/' if rest.starts_with(b"//") => {
                i += rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
            }
            b'/' if rest.starts_with(b"/*") => match comment(rest) {
                Some(len) => i += len,
                None => {
                    found.push(
                        Diagnostic::error("E0103", at(i, 2), "this comment does not end")
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
                            Diagnostic::error("E0102", at(i, 1), "this text does not end")
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
                    Some(&(last, start)) => {
                        let last_char = char::from(last);
                        found.push(
                            Diagnostic::error(
                                "E0101",
                                at(i, 1),
                                format!("`{}` closes nothing: `{last_char}` is open", char::from(bracket)),
                            )
                            .also(at(start, 1), "opened here"),
                        );
                        return found;
                    }
                    None => {
                        found.push(Diagnostic::error(
                            "E0101",
                            at(i, 1),
                            format!("`{}` closes nothing", char::from(bracket)),
                        ));
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
            Diagnostic::error("E0101", at(start, 1), format!("`{}` is not closed", char::from(bracket)))
                .help(format!("add `{}`", closing(bracket))),
        );
    }
    found
}

fn closing(bracket: u8) -> char {
    match bracket {
        b'{' => '}',
        b'(' => ')',
        _ => ']',
    }
}

/// The length of a comment, which may hold comments.
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
