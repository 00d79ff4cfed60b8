//! The syntax tree of every construct, each under the text it was read from.

use netwright_grammar::{FileId, parse};

/// Returns the text, then its tree without places.
fn tree(text: &str) -> String {
    let (file, diagnostics) = parse(FileId(0), text);
    assert!(diagnostics.is_empty(), "{text}\n{diagnostics:#?}");
    format!("{text}\n----\n{}", without_places(&format!("{file:#?}")))
}

/// Returns debug output with `Spanned { node: X, span: .. }` as X.
fn without_places(debug: &str) -> String {
    let mut kept: Vec<String> = vec![];
    // True for each open brace of a `Spanned`, which leaves no line of its own.
    let mut open: Vec<bool> = vec![];
    let mut in_span = false;
    for line in debug.lines() {
        let word = line.trim();
        let depth = open.iter().filter(|&&hidden| !hidden).count();
        if in_span {
            in_span = word != "},";
            continue;
        }
        let bare = |text: &str| text.strip_prefix("node: ").unwrap_or(text).to_string();
        match word {
            word if word.ends_with("Span {") => in_span = true,
            "unread: None," | "unread: []," => {}
            word if word.ends_with("Spanned {") => {
                let head = bare(word.strip_suffix("Spanned {").unwrap_or_default());
                if !head.is_empty() {
                    kept.push(format!("{}{head}", "  ".repeat(depth)));
                }
                open.push(true);
            }
            word if word.ends_with(['{', '(', '[']) => {
                push(&mut kept, depth, &bare(word));
                open.push(false);
            }
            word if word.starts_with(['}', ')', ']']) => {
                if open.pop() == Some(false) {
                    kept.push(format!("{}{word}", "  ".repeat(depth.saturating_sub(1))));
                }
            }
            word => push(&mut kept, depth, &bare(word)),
        }
    }
    folded(&kept)
}

/// Joins the lines of each bracket that fits on one line.
fn folded(lines: &[String]) -> String {
    let mut done: Vec<String> = vec![];
    let mut open: Vec<usize> = vec![];
    for line in lines {
        done.push(line.clone());
        if line.ends_with(['{', '(', '[']) {
            open.push(done.len() - 1);
        } else if line.trim().starts_with(['}', ')', ']'])
            && let Some(start) = open.pop()
        {
            let inner: Vec<&str> = done[start + 1..done.len() - 1].iter().map(|line| line.trim()).collect();
            let one = format!("{}{}{}", done[start], inner.join(" ").trim_end_matches(','), line.trim());
            if one.chars().count() <= 110 && !inner.iter().any(|line| line.ends_with(['{', '(', '['])) {
                done.truncate(start);
                done.push(one);
            }
        }
    }
    done.join("\n")
}

/// Adds a line, to the end of `name: ` if that waits for its value.
fn push(kept: &mut Vec<String>, depth: usize, word: &str) {
    match kept.last_mut() {
        Some(last) if last.ends_with(": ") => last.push_str(word),
        _ => kept.push(format!("{}{word}", "  ".repeat(depth))),
    }
}

macro_rules! trees {
    ($($name:ident: $text:expr;)*) => {
        $(
            #[test]
            fn $name() {
                insta::assert_snapshot!(tree($text));
            }
        )*
    };
}

trees! {
    ranges: "network A { dense(units in [1, 2]) choose { relu } { tanh } } train A { epochs in [1, 2] optimizer adam(lr in log(1e-4, 1e-1)) }";
    words_of_ranges: "network A { choose dense(in) choose(in=1) } train A { freeze in }";
    allow: "allow softmax-of-one, unused-name\nnetwork A { }";
    import: "import \"blocks/residual.net\"";
    block_without_parameters: "block stem { relu }";
    block_with_parameters: "block residual(channels, stride=1,) { conv(channels, 3x3, stride=stride) }";
    inputs: "network A { input [1, 28, 28] input image [3, 8 * 2, 8,] }";
    layers: "network A { relu conv(16, 3x3, pad=1) stem: dense(10) dense(3) as logits last: softmax as result }";
    several_names: "network A { split(2) as a, b parts: split([1, 2], axis=width) as near, far relu }";
    group: "network A { stem: { relu } as skip { tanh } }";
    branch: "network A { both: branch { left: { relu } { } { tanh } } concat as joined branch { { } } add }";
    repeat: "network A { repeat 3 { relu } repeat n * 2 { { tanh } } }";
    conditions: "network A { if a > 1 { relu } if b == 2 { tanh } else if not c { sigmoid } else { softmax } }";
    values_by_name: "network A { from skip output mask output edge training only loss mse loss cross_entropy(on=mask, weight=0.5) }";
    train_under_a_name: "train A as slow_one { epochs 5 }";
    train: "train A { data idx(\"mnist\") normalize(mean=0.1, std=0.3) validate 10% freeze stem head epochs 5 from \"a.safetensors\" }";
    keys_as_names: "block noisy(rate, data=1) { dropout(rate) conv(data * 2, 3) add(batch) }";
    settings_end_where_keys_begin: "train A { freeze stem batch 3 rate head 10 \"a*\" 0.1 decay \"*.bias\" 0 ema(0.9) clip norm(1) accumulate 2 }";
    numbers: "train A { seed 1_000 epochs 12 batch 0.5 clip 1e-3 ema 1.5E+8 memory 9223372036854775808 }";
    quantities: "train A { augment rotate(10deg) shift(2px) crop(5%) memory 64MB weights 1.5GB save 3KB }";
    dims: "network A { conv(1, 3x3) pool(2x3x4) }";
    precedence: "network A { a(1 + 2 * 3 - 4 / 5, (1 + 2) * 3, -a * b, a or b and not c == d) }";
    lists_and_choices: "network A { a([1, [2, x], \"t\"], same, true, false, cosine(warmup=1), -1) }";
    comments: "// one\nnetwork /* two /* nested */ */ A { // three\n relu /**/ }";
    words_within_words: "network networks { inputs input_2 iffy notes(order, android=trueish) }";
}

#[test]
fn several_items() {
    insta::assert_snapshot!(tree("import \"a.net\" block a { } network B { a } train B { epochs 1 }"));
}
