//! No place that is spoken of begins or ends in white space or a comment, wherever these stand.

use netwright_grammar::{FileId, parse};
use proptest::prelude::*;
use std::fs;
use std::path::Path;

/// Returns for each byte whether it is part of white space or of a comment; independent of the parser.
fn blank(text: &str) -> Vec<bool> {
    let bytes = text.as_bytes();
    let mut blank = vec![false; bytes.len()];
    let (mut at, mut depth, mut in_line, mut in_text) = (0, 0usize, false, false);
    while at < bytes.len() {
        let two = bytes.get(at..at + 2).unwrap_or_default();
        let mut len = 1;
        let mut is_blank = true;
        match bytes[at] {
            b'\n' => (in_line, in_text) = (false, false),
            _ if in_line => {}
            _ if in_text => {
                in_text = bytes[at] != b'"';
                is_blank = false;
            }
            _ if two == b"/*" => (len, depth) = (2, depth + 1),
            _ if two == b"*/" && depth > 0 => (len, depth) = (2, depth - 1),
            _ if depth > 0 => {}
            _ if two == b"//" => in_line = true,
            b' ' | b'\t' | b'\r' => {}
            byte => {
                in_text = byte == b'"';
                is_blank = false;
            }
        }
        blank[at..at + len].fill(is_blank);
        at += len;
    }
    blank
}

/// Returns every place in a debug text: `Span { file: FileId(0), start: 3, end: 7 }`.
fn places(debug: &str) -> Vec<(usize, usize)> {
    let number = |text: &str| text.split(|c: char| !c.is_ascii_digit()).next().and_then(|n| n.parse().ok());
    debug
        .split("start: ")
        .skip(1)
        .filter_map(|rest| Some((number(rest)?, number(rest.split("end: ").nth(1)?)?)))
        .collect()
}

fn check(text: &str) -> usize {
    let (tree, diagnostics) = parse(FileId(0), text);
    let labels: Vec<_> = diagnostics.iter().flat_map(|found| &found.labels).collect();
    let places = places(&format!("{tree:?} {labels:?}"));
    let blank = blank(text);
    for &(start, end) in &places {
        assert!(start <= end && end <= text.len());
        let whole = || format!("{:?} of {text}", &text[start..end]);
        // A whole file that could not be read has no tokens.
        if start < end && (start, end) != (0, text.len()) {
            assert!(!blank[start] && !blank[end - 1], "{}", whole());
        }
    }
    places.len()
}

/// Returns all texts of the repository.
fn texts() -> Vec<String> {
    let mut texts = vec![];
    for folder in ["../examples", "../tests/cases", "../tests/cases/parts", "../tests/errors"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let nets = files.into_iter().filter(|file| file.extension().is_some_and(|kind| kind == "net"));
        texts.extend(nets.map(|file| fs::read_to_string(file).unwrap()));
    }
    texts
}

/// White space and comments in all their kinds, with brackets and quotation marks that mean nothing.
const BLANKS: [&str; 8] = [
    " ",
    "\n",
    "\t\r\n  ",
    " // so ) \"\n",
    "// }\n// {\n",
    "/* ( */",
    " /* a /* } */ \" */\t",
    "/**/ // ]\n",
];

/// Returns the text with other white space, also where there was none.
fn spread(text: &str, picks: &[usize]) -> String {
    let blank = blank(text);
    let mut picks = picks.iter().cycle();
    let mut next = || BLANKS[picks.next().copied().unwrap_or_default() % BLANKS.len()];
    let mut spread = String::new();
    let mut in_text = false;
    for (at, letter) in text.char_indices() {
        if blank[at] {
            if at == 0 || !blank[at - 1] {
                // Neither a name nor a sign must grow into the next.
                spread.push(' ');
                spread += next();
                spread.push(' ');
            }
            continue;
        }
        in_text ^= letter == '"';
        let apart = "(){}[],:".contains(letter) && !in_text;
        if apart {
            spread += next();
        }
        spread.push(letter);
        if apart {
            spread += next();
        }
    }
    spread
}

#[test]
fn places_end_with_what_they_are_about() {
    let texts = texts();
    let places: usize = texts.iter().map(|text| check(text)).sum();
    assert!(texts.len() > 100 && places > 10_000, "{} texts, {places} places", texts.len());
    check(
        "network A {\n    input [3] // so\n    relu // so\n    if 1 > 2 /* a */ and /* b */ true { relu } // so\n}\n",
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn places_hold_no_white_space(text in prop::sample::select(texts()), picks in prop::collection::vec(0..8usize, 1..40)) {
        let spread = spread(&text, &picks);
        check(&spread);
        let errors = |text: &str| parse(FileId(0), text).1.iter().map(|found| found.code).collect::<Vec<_>>();
        if errors(&text).is_empty() {
            prop_assert_eq!(errors(&spread), Vec::<&str>::new(), "{}", spread);
        }
    }
}
