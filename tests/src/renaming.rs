//! Checks that names of a text change nothing but names of its code.
//!
//! A network is compiled twice: with neutral names that nothing else has, and with names that generated code could take for
//! its own. The second code must be the first with other names, and two names of the first must never become one. So no
//! field, item or variable is defined twice, and nothing shadows what the code calls, whatever the runtime is.

mod templates;

pub use templates::{TEMPLATES, Template, neutral};

use netwright_compiler::{NoFiles, Severity, parse_program};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Checks that a code is another one with other names.
///
/// # Errors
/// If it is not; the text gives the place and the reason.
pub fn compare(neutral: TokenStream, named: TokenStream) -> Result<(), String> {
    let mut renaming = Renaming::default();
    renaming.streams(
        neutral,
        named,
        &Scope {
            module: String::new(),
            function: String::new(),
            in_impl: false,
            fields: false,
            braces: false,
        },
    )
}

/// Names by their scopes.
#[derive(Default)]
struct Renaming {
    /// The new names by scope and old name.
    to: BTreeMap<(String, String), String>,
    /// The old names by scope and new name.
    from: BTreeMap<(String, String), String>,
}

/// The place of tokens.
#[derive(Clone)]
struct Scope {
    /// The generated module.
    module: String,
    /// The function, or nothing.
    function: String,
    /// True if functions are methods.
    in_impl: bool,
    /// True if all names are fields, as those of `layers!`.
    fields: bool,
    braces: bool,
}

impl Renaming {
    fn streams(&mut self, a: TokenStream, b: TokenStream, scope: &Scope) -> Result<(), String> {
        let (a, b): (Vec<TokenTree>, Vec<TokenTree>) = (a.into_iter().collect(), b.into_iter().collect());
        if a.len() != b.len() {
            return Err(format!("{} tokens are {}", show(&a), show(&b)));
        }
        let (mut scope, outer) = (scope.clone(), scope.function.clone());
        for at in 0..a.len() {
            if word(&a, at.checked_sub(1)).as_deref() == Some("fn") {
                scope.function = word(&a, Some(at)).unwrap_or_default();
            }
            self.token((&a, &b), at, &scope)?;
            // A body ends its function.
            if matches!(&a[at], TokenTree::Group(group) if group.delimiter() == Delimiter::Brace) {
                scope.function.clone_from(&outer);
            }
        }
        Ok(())
    }

    fn token(
        &mut self,
        (a, b): (&[TokenTree], &[TokenTree]),
        at: usize,
        scope: &Scope,
    ) -> Result<(), String> {
        match (&a[at], &b[at]) {
            (TokenTree::Group(_), TokenTree::Group(_)) if is_attribute(a, at) => {}
            (TokenTree::Group(x), TokenTree::Group(y)) if x.delimiter() == y.delimiter() => {
                let inner = inner(a, at, scope, x.delimiter());
                self.streams(x.stream(), y.stream(), &inner)?;
            }
            (TokenTree::Ident(x), TokenTree::Ident(y)) => {
                let (x, y) = (x.to_string(), y.to_string());
                if let Some(space) = space(a, at, scope) {
                    self.rename(&space, &x, &y).map_err(|why| format!("{why}: {}", show(around(b, at))))?;
                }
            }
            (TokenTree::Punct(x), TokenTree::Punct(y)) if x.as_char() == y.as_char() => {}
            (TokenTree::Literal(_), TokenTree::Literal(_)) => {}
            (x, y) => return Err(format!("`{x}` became `{y}` in {}", show(around(b, at)))),
        }
        Ok(())
    }

    fn rename(&mut self, space: &str, from: &str, to: &str) -> Result<(), String> {
        // These avoid the names of values.
        let avoids = |ending: &str| from.ends_with(ending) && to == format!("{from}_2");
        if !from.to_lowercase().contains("zq") && from != to && !avoids("_front") && !avoids("_rest") {
            return Err(format!("`{from}` is the generator's word, and became `{to}`"));
        }
        // Structs have names of the text or words of the generator, but for those whose fields are arguments too.
        if space == "fields" && from == to {
            return Ok(());
        }
        let old = self.to.insert((space.into(), from.into()), to.into());
        if let Some(old) = old.filter(|old| old != to) {
            return Err(format!("{space}: `{from}` became `{old}` and `{to}`"));
        }
        let old = self.from.insert((space.into(), to.into()), from.into());
        match old.filter(|old| old != from) {
            Some(old) => Err(format!("{space}: `{old}` and `{from}` became `{to}`")),
            None => Ok(()),
        }
    }
}

fn punct(tokens: &[TokenTree], at: Option<usize>, wanted: char) -> bool {
    matches!(at.and_then(|at| tokens.get(at)), Some(TokenTree::Punct(found)) if found.as_char() == wanted)
}

fn word(tokens: &[TokenTree], at: Option<usize>) -> Option<String> {
    match at.and_then(|at| tokens.get(at)) {
        Some(TokenTree::Ident(ident)) => Some(ident.to_string()),
        _ => None,
    }
}

fn is_attribute(tokens: &[TokenTree], at: usize) -> bool {
    let sign = |count| punct(tokens, at.checked_sub(count), '#');
    sign(1) || punct(tokens, at.checked_sub(1), '!') && sign(2)
}

/// Returns the scope of a group.
fn inner(tokens: &[TokenTree], at: usize, scope: &Scope, delimiter: Delimiter) -> Scope {
    let back = |count| at.checked_sub(count);
    let fields = punct(tokens, back(1), '!') && word(tokens, back(2)).as_deref() == Some("layers");
    let braces = delimiter == Delimiter::Brace;
    let scope = Scope { fields, braces, in_impl: false, ..scope.clone() };
    if !braces {
        return scope;
    }
    if word(tokens, back(2)).as_deref() == Some("mod") {
        // A later phase has the network's own names.
        let module = word(tokens, back(1)).unwrap_or_default();
        let module = if module.starts_with("after_") { scope.module.clone() } else { module };
        return Scope { module, ..scope };
    }
    let ends = |token: &&TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() != Delimiter::Brace,
        TokenTree::Punct(mark) => mark.as_char() != ';',
        _ => true,
    };
    let head: Vec<String> = tokens[..at].iter().rev().take_while(ends).map(ToString::to_string).collect();
    let has = |word: &str| head.iter().any(|token| token == word);
    Scope { in_impl: has("impl") && !has("fn"), ..scope }
}

/// Returns the names among which this one must differ; `None` for lifetimes.
fn space(tokens: &[TokenTree], at: usize, scope: &Scope) -> Option<String> {
    let back = |count| at.checked_sub(count);
    let path = |at: Option<usize>| punct(tokens, at, ':') && punct(tokens, at.map(|at| at + 1), ':');
    let before = word(tokens, back(1)).unwrap_or_default();
    if punct(tokens, back(1), '\'') {
        return None;
    }
    let called = matches!(tokens.get(at + 1), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis)
        || path(Some(at + 1));
    let member = punct(tokens, back(1), '.') && !punct(tokens, back(2), '.');
    if member && called || before == "fn" && scope.in_impl {
        return Some("methods".into());
    }
    let set = scope.braces
        && punct(tokens, Some(at + 1), ':')
        && !path(Some(at + 1))
        && !["let", "mut", "const", "static"].contains(&before.as_str());
    if scope.fields || member || set {
        return Some("fields".into());
    }
    if path(back(2)) {
        let of = word(tokens, back(3)).unwrap_or_default();
        return Some(format!("in {of}"));
    }
    if path(Some(at + 1)) || before == "mod" {
        return Some("paths".into());
    }
    if punct(tokens, Some(at + 1), '!') && !punct(tokens, Some(at + 2), '=') {
        return Some("macros".into());
    }
    Some(format!("names of {} {}", scope.module, scope.function))
}

fn around(tokens: &[TokenTree], at: usize) -> &[TokenTree] {
    &tokens[at.saturating_sub(8)..(at + 8).min(tokens.len())]
}

fn show(tokens: &[TokenTree]) -> String {
    let text = tokens.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    text.chars().take(300).collect()
}

/// Words of Rust, its prelude and primitive types.
const RUST: &str = "as async await break const continue crate dyn else enum extern false fn for if impl in let loop match mod move mut
    pub ref return self Self static struct super trait true type unsafe use where while abstract become box do final gen macro
    override priv try typeof unsized virtual yield macro_rules raw safe union auto default
    Option Some None Result Ok Err Vec String Box Send Sync Sized Copy Clone Drop Fn FnMut FnOnce Iterator Default Eq Ord From Into
    AsRef ToOwned drop vec assert assert_eq panic println format std core alloc netwright test cfg derive doc
    bool char str u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64";

/// Returns all words that a text might take for its names and generated code for its own: Rust's, the
/// language's, those that the runtime exports to generated code, and every identifier of the templates' code.
pub fn vocabulary() -> Vec<String> {
    let mut words: Vec<String> = RUST.split_whitespace().map(str::to_string).collect();
    words.extend(netwright_compiler::reserved_words().into_iter().map(str::to_string));
    let private = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime/src/private.rs");
    let private = std::fs::read_to_string(private).expect("the runtime's exports are there");
    identifiers(private.parse().expect("they are Rust"), &mut words);
    for template in TEMPLATES {
        let code = template.code(&BTreeMap::new()).expect("the neutral names are fine");
        identifiers(code, &mut words);
    }
    words.extend(
        [
            "d",
            "x",
            "y",
            "_",
            "_1",
            "a_",
            "forward_and_backward",
            "sum_gradients",
            "input_2",
            "targets_2",
            "loss_2",
        ]
        .map(str::to_string),
    );
    // Words with numbers, `add1`, are the names of layers without a label: a label that is one gives them others.
    let numbered =
        |word: &str| ["add1", "flatten1", "concat1"].iter().any(|name| word.to_lowercase().contains(name));
    // A name without letters becomes `layer`, and two names that become one are an error.
    let is_layer = |word: &str| word.eq_ignore_ascii_case("layer");
    words.retain(|word| !word.to_lowercase().contains("zq") && !numbered(word) && !is_layer(word));
    let lower: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    words.extend(lower);
    words.sort_unstable();
    words.dedup();
    words
}

fn identifiers(tokens: TokenStream, words: &mut Vec<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => identifiers(group.stream(), words),
            TokenTree::Ident(ident) => words.push(ident.to_string()),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// The kinds of things that placeholders name.
pub const KINDS: [(char, &str); 5] =
    [('L', "labels"), ('I', "inputs"), ('V', "values"), ('B', "blocks"), ('N', "networks")];

/// A kind of names, the code of what the language says, and the word.
pub type Refused = (&'static str, &'static str, String);

/// Returns the words that the language takes as names of each of [`KINDS`], and what it says of the others.
pub fn sorted(words: &[String]) -> (Vec<Vec<String>>, Vec<Refused>) {
    let mut refused = vec![];
    let lists = KINDS.iter().map(|(kind, described)| {
        let mut accepted: Vec<String> = vec![];
        for word in words {
            let text = TINY.replace(&format!("@{kind}"), word);
            let text = KINDS.iter().fold(text, |text, (kind, _)| {
                text.replace(&format!("@{kind}"), &format!("Zq{kind}").to_lowercase())
            });
            let (_, found) = parse_program("test.net", &text, &NoFiles);
            match found.iter().find(|diagnostic| diagnostic.severity == Severity::Error) {
                None => accepted.push(word.clone()),
                Some(error) => refused.push((*described, error.code, word.clone())),
            }
        }
        accepted
    });
    (lists.collect(), refused)
}

const TINY: &str =
    "block @B { relu } network @N { input @I [4] @L: dense(3) as @V @B() concat(@V) loss mse }";

/// Returns a different word for each place of a template, beginning with a certain one of those that the
/// language takes.
pub fn assignment(
    template: &Template,
    lists: &[Vec<String>],
    first: usize,
) -> BTreeMap<&'static str, String> {
    let places = template.places();
    let mut taken = BTreeSet::new();
    let mut named = BTreeMap::new();
    for (number, &place) in places.iter().enumerate() {
        let kind = KINDS.iter().position(|(kind, _)| place[1..].starts_with(*kind)).unwrap_or_default();
        let list = &lists[kind];
        let step = (list.len() / places.len()).max(1);
        let candidates = (0..list.len()).map(|more| &list[(first + number * step + more) % list.len()]);
        // Names that are one but for their case or their `_` are an error of the text.
        let plain = |word: &str| word.replace('_', "").to_lowercase();
        if let Some(word) = candidates.into_iter().find(|word| taken.insert(plain(word))) {
            named.insert(place, word.clone());
        }
    }
    named
}
