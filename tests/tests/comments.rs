//! Doc comments name their item or say what it does; none begins like a clause of a sentence that is not there.
//!
//! Code in `quote!` is left out: its comments belong to generated code.

use proc_macro2::{TokenStream, TokenTree};
use std::fs;
use std::path::{Path, PathBuf};

/// First words of comments that do not say what an item is: "What it is.", "Whether it is learned.", "Of one sample.".
const HEADLESS: &[&str] = &[
    "As", "Behind", "For", "How", "Its", "Of", "Their", "Those", "To", "What", "Where", "Whether", "Which",
    "Who", "Whose", "Why", "With", "Without",
];

/// Returns the Rust files of a folder and its folders, without those that cargo has made.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![];
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match path.is_dir() {
            true if name == "target" || name.starts_with('.') => {}
            true => found.extend(sources(&path)),
            false if name.ends_with(".rs") => found.push(path),
            false => {}
        }
    }
    found.sort();
    found
}

/// Adds the first lines of all doc comments outside of `quote!`.
fn first_lines(tokens: TokenStream, lines: &mut Vec<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    // The length of the comment's tokens tells `///` from `//!`.
    let (mut at, mut before) = (0, None);
    while at < tokens.len() {
        let rest = &tokens[at..];
        let (line, len) = match rest {
            [TokenTree::Punct(hash), TokenTree::Group(group), ..] if hash.as_char() == '#' => {
                (doc(group.stream()), 2)
            }
            [TokenTree::Punct(hash), TokenTree::Punct(bang), TokenTree::Group(group), ..]
                if hash.as_char() == '#' && bang.as_char() == '!' =>
            {
                (doc(group.stream()), 3)
            }
            [TokenTree::Ident(name), TokenTree::Punct(bang), TokenTree::Group(_), ..]
                if bang.as_char() == '!' && (name == "quote" || name == "quote_spanned") =>
            {
                (None, 3)
            }
            [TokenTree::Group(group), ..] => {
                first_lines(group.stream(), lines);
                (None, 1)
            }
            _ => (None, 1),
        };
        at += len;
        let kind = line.is_some().then_some(len);
        lines.extend(line.filter(|_| kind != before));
        before = kind;
    }
}

/// Returns the text of `doc = "text"`.
fn doc(attribute: TokenStream) -> Option<String> {
    let tokens: Vec<TokenTree> = attribute.into_iter().collect();
    match &tokens[..] {
        [TokenTree::Ident(name), TokenTree::Punct(_), TokenTree::Literal(text)] if name == "doc" => {
            Some(text.to_string().trim_matches('"').trim().to_string())
        }
        _ => None,
    }
}

fn is_headless(line: &str) -> bool {
    HEADLESS.contains(&line.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default())
}

#[test]
fn comments_begin_with_a_noun_or_a_verb() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let (mut seen, mut wrong) = (0, vec![]);
    for folder in
        ["benches", "compiler", "data", "examples", "grammar", "macros", "model", "runtime", "tests"]
    {
        for file in sources(&root.join(folder)) {
            let text = fs::read_to_string(&file).expect("a source");
            let Ok(tokens) = text.parse() else { panic!("{} is not Rust", file.display()) };
            let mut lines = vec![];
            first_lines(tokens, &mut lines);
            seen += lines.len();
            let name = file.strip_prefix(&root).expect("a file of the repository").display();
            wrong.extend(lines.iter().filter(|line| is_headless(line)).map(|line| format!("{name}: {line}")));
        }
    }
    assert!(seen > 4_000, "only {seen} comments were looked at");
    let rule = "name the item (\"The number of elements.\") or say what it does (\"Returns ...\")";
    assert!(wrong.is_empty(), "{rule}:\n{}", wrong.join("\n"));
}

#[test]
fn a_headless_comment_is_found() {
    let text = "
        //! A module.
        /// Whether it is learned.
        /// Not the first line.
        pub struct A {
            /// The number of elements.
            ///
            /// What follows is a paragraph.
            len: usize,
            /// Of one sample.
            shape: usize,
        }
        fn generate() { quote! { /** Whatever. */ /// What it is.
            const A: usize = 1; } }
        const TEXT: &str = \"/// Why.\";
    ";
    let mut lines = vec![];
    first_lines(text.parse().expect("Rust"), &mut lines);
    assert_eq!(lines, ["A module.", "Whether it is learned.", "The number of elements.", "Of one sample."]);
    assert_eq!(lines.iter().map(|line| is_headless(line)).collect::<Vec<_>>(), [false, true, false, true]);
}
