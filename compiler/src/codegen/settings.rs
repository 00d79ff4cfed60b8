//! Numbers of a recipe in the code of a step: constants, or settings that a program is given when it starts.
//!
//! They do not shape the code, so that a program whose numbers are settings is compiled once for all of them.

use crate::tokens::{double, float};
use proc_macro2::{Group, Ident, Literal, Spacing, TokenStream, TokenTree};
use quote::quote;
use std::collections::BTreeMap;

/// The name by which a number is known until it becomes one or the other.
const MARK: &str = "__setting";

/// Returns a number of the recipe as an `f32`, or as the type that its place has.
pub(super) fn marked(x: f64) -> TokenStream {
    mark(&float(x))
}

/// Returns a number of the recipe as an `f64`.
pub(super) fn marked_double(x: f64) -> TokenStream {
    mark(&double(x))
}

/// Like [`marked`], where nothing but the number says its type.
pub(super) fn marked_single(x: f64) -> TokenStream {
    let number = float(x);
    quote!(__setting!(#number f32))
}

fn mark(number: &Literal) -> TokenStream {
    quote!(__setting!(#number))
}

/// Returns the code with the numbers as constants.
pub(super) fn constants(tokens: TokenStream) -> TokenStream {
    Walk { numbers: None }.walk(tokens, &Known::default())
}

/// Returns the code with the numbers as settings and without docs, which tell them, and the numbers in their order.
pub(super) fn given(tokens: TokenStream) -> (TokenStream, Vec<TokenStream>) {
    let mut walk = Walk { numbers: Some(vec![]) };
    let code = walk.walk(tokens, &Known::default());
    (code, walk.numbers.unwrap_or_default())
}

/// Constants that are made of such numbers, by their names.
type Known = BTreeMap<String, TokenStream>;

struct Walk {
    /// The numbers that are settings; `None` if they are constants.
    numbers: Option<Vec<TokenStream>>,
}

impl Walk {
    fn walk(&mut self, tokens: TokenStream, outer: &Known) -> TokenStream {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut known = outer.clone();
        // Their names may stand before them.
        let taken = self.take_constants(&tokens, &mut known);
        let mut out = TokenStream::new();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let rest = &tokens[at..];
            if let Some((_, end)) = taken.iter().find(|(start, _)| *start == at) {
                at = *end;
                continue;
            }
            if let Some((number, kind)) = marked_number(rest) {
                out.extend(self.number(number, kind));
                at += 3;
                continue;
            }
            if self.numbers.is_some()
                && let Some(length) = doc_length(rest)
            {
                at += length;
                continue;
            }
            match token {
                TokenTree::Group(group) => {
                    let mut inner = Group::new(group.delimiter(), self.walk(group.stream(), &known));
                    inner.set_span(group.span());
                    out.extend([TokenTree::Group(inner)]);
                }
                TokenTree::Ident(name) => match known.get(&name.to_string()) {
                    Some(value) => out.extend(quote!((#value))),
                    None => out.extend([token.clone()]),
                },
                TokenTree::Punct(_) | TokenTree::Literal(_) => out.extend([token.clone()]),
            }
            at += 1;
        }
        out
    }

    fn number(&mut self, number: TokenStream, kind: Option<TokenTree>) -> TokenStream {
        match &mut self.numbers {
            None => quote!(#number),
            Some(numbers) => {
                let at = Literal::usize_unsuffixed(numbers.len());
                numbers.push(number);
                let kind = kind.map(|kind| quote!(::<#kind>));
                quote!(app::settings::number #kind (#at))
            }
        }
    }

    /// Finds constants that are made of settings, which cannot be constants any more; returns their ranges.
    fn take_constants(&mut self, tokens: &[TokenTree], known: &mut Known) -> Vec<(usize, usize)> {
        let mut taken = vec![];
        if self.numbers.is_none() {
            return taken;
        }
        // The parameters in `fn conv<const CHANNELS: usize, const PIXELS: usize>` are no constants.
        let is_parameter = |at: usize| {
            let before = at.checked_sub(1).map(|before| &tokens[before]);
            matches!(before, Some(TokenTree::Punct(punct)) if matches!(punct.as_char(), '<' | ','))
        };
        for at in (0..tokens.len()).filter(|at| !is_parameter(*at)) {
            let Some((name, value, length)) = constant(&tokens[at..]) else { continue };
            if contains_mark(&value) {
                let value = self.walk(value, &Known::new());
                known.insert(name.to_string(), value);
                taken.push((at, at + length));
            }
        }
        taken
    }
}

/// Returns the name and the value of the constant that begins here, and the number of its tokens.
fn constant(tokens: &[TokenTree]) -> Option<(&Ident, TokenStream, usize)> {
    let [TokenTree::Ident(word), TokenTree::Ident(name), TokenTree::Punct(colon), rest @ ..] = tokens else {
        return None;
    };
    if word != "const" || colon.as_char() != ':' {
        return None;
    }
    let is = |token: &TokenTree, c: char| matches!(token, TokenTree::Punct(punct) if punct.as_char() == c);
    let end = rest.iter().position(|token| is(token, ';'))?;
    let begin = rest[..end].iter().position(|token| is(token, '='))?;
    Some((name, rest[begin + 1..end].iter().cloned().collect(), end + 4))
}

fn contains_mark(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(name) => name == MARK,
        TokenTree::Group(group) => contains_mark(&group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// Returns the number whose mark begins here, with its sign, and its type if the mark has one.
fn marked_number(tokens: &[TokenTree]) -> Option<(TokenStream, Option<TokenTree>)> {
    let [TokenTree::Ident(mark), TokenTree::Punct(_), TokenTree::Group(group), ..] = tokens else {
        return None;
    };
    if mark != MARK {
        return None;
    }
    let is_type = |token: &TokenTree| matches!(token, TokenTree::Ident(_));
    let (kind, number): (Vec<_>, Vec<_>) = group.stream().into_iter().partition(is_type);
    Some((number.into_iter().collect(), kind.into_iter().next()))
}

/// Returns the number of tokens of the doc comment that begins here.
fn doc_length(tokens: &[TokenTree]) -> Option<usize> {
    let is_doc = |group: &Group| {
        let first = group.stream().into_iter().next();
        matches!(first, Some(TokenTree::Ident(name)) if name == "doc")
    };
    match tokens {
        [TokenTree::Punct(hash), TokenTree::Group(group), ..] if hash.as_char() == '#' && is_doc(group) => {
            Some(2)
        }
        [TokenTree::Punct(hash), TokenTree::Punct(inner), TokenTree::Group(group), ..]
            if hash.as_char() == '#' && inner.spacing() == Spacing::Alone && is_doc(group) =>
        {
            Some(3)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step() -> TokenStream {
        let (momentum, l2, ema) = (marked(-0.9), marked(1e-4), marked_double(0.999));
        let factor = marked_single(0.5);
        quote! {
            #![doc = " Ten epochs."]
            fn shared<const CHANNELS: usize, const PIXELS: usize>() {}
            /// Added to the loss.
            const PENALTY: Penalty = Penalty { l1: 0.0, l2: #l2 };
            const ROWS: usize = 3;
            fn update() {
                Momentum { momentum: #momentum }.update(PENALTY, ROWS);
                follow(#ema, #factor * rate);
            }
        }
    }

    #[test]
    fn numbers_are_constants_or_settings() {
        let constants = constants(step()).to_string();
        let wanted = quote! {
            #![doc = " Ten epochs."]
            fn shared<const CHANNELS: usize, const PIXELS: usize>() {}
            /// Added to the loss.
            const PENALTY: Penalty = Penalty { l1: 0.0, l2: 0.0001 };
            const ROWS: usize = 3;
            fn update() {
                Momentum { momentum: -0.9 }.update(PENALTY, ROWS);
                follow(0.999, 0.5 * rate);
            }
        };
        assert_eq!(constants, wanted.to_string());
        let (code, numbers) = given(step());
        let wanted = quote! {
            fn shared<const CHANNELS: usize, const PIXELS: usize>() {}
            const ROWS: usize = 3;
            fn update() {
                Momentum { momentum: app::settings::number(1) }
                    .update((Penalty { l1: 0.0, l2: app::settings::number(0) }), ROWS);
                follow(app::settings::number(2), app::settings::number::<f32>(3) * rate);
            }
        };
        assert_eq!(code.to_string(), wanted.to_string());
        assert_eq!(
            numbers.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["0.0001", "- 0.9", "0.999", "0.5"]
        );
    }
}
