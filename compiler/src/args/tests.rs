//! Words of options beside block parameters of the same names.

use super::{Args, Arguments, Datum, Given, Parameter, Signature, Word};
use crate::ops::{self, JOINS, Split};
use crate::sink::Sink;
use crate::{Diagnostic, NoFiles, Span, parse_program, table};
use netwright_grammar::Spanned;
use std::fmt::Debug;

/// A function that reads arguments; its result is compared as text.
type Read<'a, P> = &'a dyn Fn(&mut Args<'_, P>) -> Box<dyn Debug>;

/// Returns the outcome for a layer over `directions` directions.
fn read<P: Default + Debug>(
    signature: &Signature<'_>,
    read: Read<'_, P>,
    directions: usize,
    name: &str,
    datum: Datum,
) -> (String, Vec<Diagnostic>) {
    let given = |name: &str, node: Datum| {
        let span = Span::default();
        let name = Some(Spanned { node: name.to_string(), span });
        Given { name, value: Spanned { node, span }, span }
    };
    let required = signature.params.iter().filter(|(param, default)| default.is_none() && *param != name);
    let mut all: Vec<Given> = required.map(|(param, _)| given(param, Datum::Int(2))).collect();
    all.push(given(name, datum));
    let mut sink = Sink::default();
    let arguments = Arguments { given: all, incomplete: false };
    let mut args = Args::bind(signature, Span::default(), arguments, &mut sink).over(directions);
    let text = format!("{:?} {:?}", read(&mut args), args.noted);
    (text, sink.finish())
}

fn word(name: &str) -> Word {
    Word::new(name, Span::default(), None, String::new())
}

/// Returns the words that an option can be, by what is said where it is another.
fn words(param: &str, found: &[Diagnostic]) -> Vec<String> {
    let subject = format!("`{param}`");
    let help = found
        .iter()
        .filter(|found| found.code == "E0307" && found.message.starts_with(&subject))
        .flat_map(|found| &found.help);
    let quoted =
        help.filter(|help| help.starts_with("it can be")).flat_map(|help| help.split('`').skip(1).step_by(2));
    let is_word =
        |text: &&str| text.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit());
    quoted
        .filter(is_word)
        .filter(|word| !word.starts_with(|c: char| c.is_ascii_digit()))
        .map(String::from)
        .collect()
}

/// Compares each word of a signature's options with block parameters of its name; returns how many options it looked at.
fn check<P: Default + Debug>(signature: &Signature<'_>, reads: Read<'_, P>) -> usize {
    let mut checked = 0;
    for (directions, (param, _)) in (1..=3).flat_map(|n| signature.params.iter().map(move |param| (n, param)))
    {
        let read = |datum| read(signature, reads, directions, param, datum);
        let (_, found) = read(Datum::Word(word("no_such_word")));
        for known in words(param, &found) {
            let plain = read(Datum::Word(word(&known)));
            for value in
                [Datum::Int(512), Datum::Bool(true), Datum::Text("x".into()), Datum::Word(word("other"))]
            {
                let parameter = Parameter { word: word(&known), value, place: Span::default() };
                let beside = read(Datum::Parameter(Box::new(parameter)));
                assert_eq!(beside, plain, "{known} of {param} of {}", signature.name);
            }
            checked += 1;
        }
    }
    checked
}

#[test]
fn a_word_of_an_option_goes_before_a_block_parameter() {
    let mut checked = 0;
    for entry in ops::entries() {
        checked += check(&entry.signature, &|args| Box::new(entry.read(args)));
    }
    for join in JOINS {
        checked += check(&join.signature, &|args| Box::new(join.read(args)));
    }
    for loss in ops::losses() {
        checked += check(&loss.signature, &|args| Box::new(loss.read(args)));
    }
    checked += check(&Split::SIGNATURE, &|args| Box::new(Split::read(args)));
    // All words of `axis`, `pad`, `pad_mode`, `mode`, `over`, `init`, `approximate` and their like.
    assert!(checked > 100, "only {checked}");
}

fn checked(text: &str) -> (String, Vec<Diagnostic>) {
    let (program, found) = parse_program("test.net", text, &NoFiles);
    (program.models.iter().map(|model| table::dump(&model.graph)).collect(), found)
}

#[test]
fn words_inside_of_a_block_with_parameters_of_their_names() {
    let body = "conv(CHANNELS, 3, pad=same, pad_mode=zeros, init=he_normal(fan=out)) layer_norm(over=channels)
        conv(OUT, 3, pad=same, init=zeros) split([OUT / 2, OUT / 2], axis=channels) as a, b
        concat(a, axis=width) slice(width, 0, WIDTH) crop([2, 2], at=center) dense(OUT, axis=last) gelu(tanh)";
    let text = |names: [&str; 3], others: &str| {
        let [channels, out, width] = names;
        let body = body.replace("CHANNELS", channels).replace("OUT", out).replace("WIDTH", width);
        format!(
            "block b({channels}, {out}, {width}{others}) {{ {body} }}
             network N {{ input [3, 8, 8] b(6, 4, 5) }}"
        )
    };
    let others = ", same=1, zeros=2, last=3, center=4, tanh=5";
    let (graph, found) = checked(&text(["channels", "out", "width"], others));
    let (same, none) = checked(&text(["c", "o", "w"], ""));
    assert!(!graph.is_empty() && none.is_empty(), "{none:?}");
    assert_eq!(graph, same);
    // Parameters that no option reads are reported as unused.
    assert_eq!(found.len(), 5, "{found:?}");
    assert!(
        found.iter().all(|found| found.code == "unused-parameter" && found.help[0].contains("another name"))
    );
}

#[test]
fn a_word_can_be_passed_by_a_parameter_of_another_name() {
    let text = |mode: &str| {
        format!(
            "block up(how, edge) {{ upsample(2, mode=how) conv(4, 3, pad={mode}) }}
             block around(how) {{ up(how, same) }}
             network N {{ input [3, 8, 8] around(bilinear) }}"
        )
    };
    let (graph, found) = checked(&text("edge"));
    assert!(graph.contains("bilinear") && found.is_empty(), "{graph} {found:?}");
    let (_, found) = checked(&text("how"));
    assert_eq!(found.iter().map(|found| found.code).collect::<Vec<_>>(), ["E0307"]);
}
