//! Whether names of a text change nothing but names of its code.
//!
//! A network is compiled twice: with neutral names that nothing else has, and with names that generated code could take for
//! its own. The second code must be the first with other names, and two names of the first must never become one. So no
//! field, item or variable is defined twice, and nothing shadows what the code calls, whatever the runtime is.

use netwright_compiler::{Options, Severity, generate, parse_program};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A text with places for names: `@L1` for labels, `@I1` inputs, `@V1` values, `@B1` blocks, `@N1` networks.
#[derive(Clone, Copy, Debug)]
pub struct Template {
    /// What it is about.
    pub name: &'static str,
    /// The text.
    pub text: &'static str,
}

/// Networks that together use all kinds of generated functions.
pub const TEMPLATES: &[Template] = &[
    Template {
        name: "an image",
        text: "block @B1(width) { @L1: conv(width, 3x3, pad=1, bias=false) @L2: batch_norm @L3: relu }
            network @N1 {
                input @I1 [2, 8, 8]
                @L4: @B1(4)
                @L5: { @L6: conv(6, 3x3, pad=1) @L7: relu @L8: max_pool(2x2) } as @V1
                branch { { @L9: conv(6, 1x1) @L10: tanh } { @L11: avg_pool(3x3, stride=1, pad=1) } } add
                @L12: dropout(10%)
                @L13: concat(@V1)
                @L14: global_max_pool flatten
                @L15: dense(6) @L16: prelu
                @L17: dense(3) @L18: softmax
                loss cross_entropy
            }
            train @N1 {
                batch 8 optimizer lion(weight_decay=0.1) ema 0.9 accumulate 2 clip norm(1) constrain max_norm(2)
                regularize l2(1e-4) weights given validate 10% stop early freeze \"@L4\" unfreeze \"@L4\" after(2)
            }",
    },
    Template {
        name: "several",
        text: "network @N1 {
                input @I1 [4]
                input @I2 [3]
                from @I1
                @L1: dense(8) @L2: tanh concat(@I2)
                @L3: dense(6) @L4: sigmoid as @V1
                @L5: dense(3) @L6: softmax as @V2
                from @V1
                @L7: dense(1) as @V3
                output @V2
                output @V3
                loss cross_entropy(on=@V2)
                loss mse(on=@V3, weight=0.5)
            }
            train @N1 { batch 8 optimizer adam regularize l1(1e-4) schedule cosine(warmup=1) }",
    },
    Template {
        name: "wide",
        text: "network @N1 {
                input @I1 [40]
                @L1: dense(900) @L2: relu
                @L3: layer_norm
                @L4: dense(700) @L5: gelu
                @L6: dropout(10%)
                @L7: dense(3)
                loss mae
            }
            train @N1 { batch 8 optimizer rmsprop(momentum=0.5, centered=true) clip global_norm(1) }",
    },
    Template {
        name: "many kernels",
        text: "network @N1 {
                input @I1 [4, 8, 8]
                @L1: depthwise_conv(3x3, pad=1) @L2: leaky_relu
                @L3: group_norm(2)
                @L4: spatial_dropout(10%)
                @L5: conv_transpose(4, 2x2, stride=2) @L6: silu
                @L7: adaptive_avg_pool(6) as @V1
                @L8: local_response_norm(3)
                @L9: adaptive_max_pool(4)
                @L10: gaussian_noise(0.1)
                @L11: upsample(2)
                @L12: pad(1) @L13: crop(6x6) as @V2
                from @V1 add(@V2)
                @L14: pixel_unshuffle(2)
                @L15: global_avg_pool
                flatten
                @L16: dense(4) @L17: log_softmax
                loss kl_divergence(logits=true)
            }
            train @N1 { batch 4 optimizer lamb freeze \"@L1\" }",
    },
    Template {
        name: "volumes",
        text: "network @N1 {
                input @I1 [2, 4, 6, 6]
                @L1: conv(3, 3x3x3, pad=1) @L2: relu
                @L3: max_pool(2x2x2)
                @L4: instance_norm
                @L5: conv_transpose(2, 2x2x2, stride=2)
                @L6: avg_pool(2x2x2)
                flatten
                @L7: dense(2) @L8: sigmoid
                loss binary_cross_entropy
            }
            train @N1 { batch 4 optimizer adadelta }",
    },
    Template {
        name: "data",
        text: "network @N1 {
                input @I1 [1, 8, 8]
                @L1: { @L2: conv(4, 3x3, bias=false) @L3: batch_norm @L4: relu @L5: max_pool(2x2) flatten }
                @L6: dense(5) @L7: tanh
                @L8: dense(3) @L9: softmax
                loss cross_entropy
            }
            train @N1 { data idx(\"images\", only=[1, 2, 3]) batch 8 optimizer nadam freeze \"@L1\" unfreeze \"@L1\" after(2) ema 0.9 }",
    },
];

impl Template {
    /// The places for names, in the order of their first use.
    pub fn places(&self) -> Vec<&'static str> {
        let mut places: Vec<&str> = vec![];
        for (at, _) in self.text.match_indices('@') {
            let rest = &self.text[at..];
            let end = rest[1..].find(|c: char| !c.is_ascii_alphanumeric()).map_or(rest.len(), |end| end + 1);
            if !places.contains(&&rest[..end]) {
                places.push(&rest[..end]);
            }
        }
        places
    }

    /// The text with these names; neutral ones elsewhere.
    pub fn with(&self, names: &BTreeMap<&str, String>) -> String {
        let mut text = self.text.to_string();
        // `@L1` is the beginning of `@L10`.
        for place in self.places().into_iter().rev().collect::<Vec<_>>() {
            let name = names.get(place).cloned().unwrap_or_else(|| neutral(place));
            text = replaced(&text, place, &name);
        }
        text
    }

    /// The code of the text with these names.
    ///
    /// # Errors
    /// The codes of what is wrong with it.
    pub fn code(&self, names: &BTreeMap<&str, String>) -> Result<TokenStream, Vec<String>> {
        let text = self.with(names);
        let (program, found) = parse_program("test.net", &text, &super::programs::NoImports);
        let errors = found.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
        let errors: Vec<String> = errors.map(|error| format!("{} {}", error.code, error.message)).collect();
        if !errors.is_empty() {
            return Err(errors);
        }
        let options = Options { training_loop: self.name == "data", ..Options::default() };
        let model = program.models.first().expect("a template has one network");
        Ok(generate(model, &options))
    }
}

fn replaced(text: &str, place: &str, name: &str) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(place) {
        let end = at + place.len();
        let whole = !rest[end..].starts_with(|c: char| c.is_ascii_digit());
        result += &rest[..at];
        result += if whole { name } else { place };
        rest = &rest[end..];
    }
    result + rest
}

/// A name that nothing else has.
pub fn neutral(place: &str) -> String {
    let number = &place[2..];
    match &place[1..2] {
        "N" => format!("Zqn{number}"),
        kind => format!("zq{}{number}", kind.to_lowercase()),
    }
}

/// Whether a code is another one with other names.
///
/// # Errors
/// Where it is not, and why.
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
    /// What the names of each scope have become.
    to: BTreeMap<(String, String), String>,
    /// Whose names they were.
    from: BTreeMap<(String, String), String>,
}

/// Where tokens stand.
#[derive(Clone)]
struct Scope {
    /// The generated module.
    module: String,
    /// The function, or nothing.
    function: String,
    /// Whether functions are methods.
    in_impl: bool,
    /// Whether all names are fields, as those of `layers!`.
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

/// The scope of a group.
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

/// The names among which this one must differ; `None` for lifetimes.
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

/// All words that a text might take for its names and generated code for its own: Rust's, the language's, those that the
/// runtime exports to generated code, and every identifier of the templates' code.
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
        ["d", "x", "y", "_", "_1", "a_", "sweep2", "gather2", "input_2", "targets_2", "loss_2"]
            .map(str::to_string),
    );
    // Words with numbers, `add1`, are the names of layers without a label: a label that is one gives them others.
    let numbered =
        |word: &str| ["add1", "flatten1", "concat1"].iter().any(|name| word.to_lowercase().contains(name));
    words.retain(|word| !word.to_lowercase().contains("zq") && !numbered(word));
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

/// What a place's name is given to.
pub const KINDS: [(char, &str); 5] =
    [('L', "labels"), ('I', "inputs"), ('V', "values"), ('B', "blocks"), ('N', "networks")];

/// The words that the language takes as names of each of [`KINDS`], and what it says of the others.
pub fn sorted(words: &[String]) -> (Vec<Vec<String>>, Vec<(&'static str, &'static str, String)>) {
    let mut refused = vec![];
    let lists = KINDS.iter().map(|(kind, described)| {
        let mut accepted: Vec<String> = vec![];
        for word in words {
            let text = TINY.replace(&format!("@{kind}"), word);
            let text = KINDS.iter().fold(text, |text, (kind, _)| {
                text.replace(&format!("@{kind}"), &format!("Zq{kind}").to_lowercase())
            });
            let (_, found) = parse_program("test.net", &text, &super::programs::NoImports);
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

/// A different word for each place of a template, beginning with a certain one of those that the language takes.
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
