//! A walk through the calls of a function: to compare it with others, and to write it for all of them.

use super::generics::{Generics, Hole};
use super::known::Known;
use crate::graph::LayerId;
use crate::kernels::types::Nature;
use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use std::fmt::Write;

/// Part of a call, as [`walk`] meets it.
pub(super) enum Piece {
    /// A token that all uses have.
    Token(TokenTree),
    Open(Delimiter),
    Close(Delimiter),
    /// A variable by its number.
    Variable(usize),
    /// The parameters of a layer.
    Layer(LayerId),
    Hole(Hole),
}

/// Receiver of the parts that a walk meets.
pub(super) trait Sink {
    fn take(&mut self, piece: Piece);
}

/// Makes a text of calls that is the same for every use.
pub(super) struct Reader {
    pub(super) key: String,
    pub(super) holes: Vec<Hole>,
    pub(super) layers: Vec<LayerId>,
}

impl Sink for Reader {
    fn take(&mut self, piece: Piece) {
        // A string takes everything in.
        let _ = match piece {
            Piece::Token(token) => write!(self.key, "{token} "),
            Piece::Open(delimiter) => write!(self.key, "{delimiter:?} "),
            Piece::Close(_) => write!(self.key, "End "),
            Piece::Variable(number) => write!(self.key, "v{number} "),
            Piece::Layer(layer) => {
                let known = self.layers.iter().position(|other| *other == layer);
                let at = known.unwrap_or(self.layers.len());
                if known.is_none() {
                    self.layers.push(layer);
                }
                write!(self.key, "p{at} ")
            }
            Piece::Hole(hole) => {
                let written = match &hole {
                    Hole::Type(_, bound) => write!(self.key, "T {bound} "),
                    Hole::Given(_, bound) => write!(self.key, "G {bound} "),
                    Hole::Size(..) => write!(self.key, "N "),
                    Hole::Stream(_) => write!(self.key, "S "),
                };
                self.holes.push(hole);
                written
            }
        };
    }
}

/// Writes a function with its own names for what differs.
pub(super) struct Writer<'a> {
    pub(super) variables: &'a [Ident],
    pub(super) layers: &'a [(LayerId, Ident)],
    pub(super) generics: &'a Generics,
    /// The next hole.
    pub(super) next: usize,
    /// Groups that are open, with their tokens so far.
    pub(super) open: Vec<TokenStream>,
}

impl Writer<'_> {
    /// The tokens with everything that differs replaced.
    pub(super) fn write(&mut self, known: &Known<'_>, tokens: TokenStream) -> Option<TokenStream> {
        self.open.push(TokenStream::new());
        walk(known, tokens, "", self)?;
        self.open.pop()
    }
}

impl Sink for Writer<'_> {
    fn take(&mut self, piece: Piece) {
        let tokens = match piece {
            Piece::Token(token) => token.into(),
            Piece::Open(_) => return self.open.push(TokenStream::new()),
            Piece::Close(delimiter) => {
                let inside = self.open.pop().unwrap_or_default();
                TokenTree::Group(proc_macro2::Group::new(delimiter, inside)).into()
            }
            Piece::Variable(number) => self.variables[number].to_token_stream(),
            Piece::Layer(layer) => {
                let known = self.layers.iter().find(|(other, _)| *other == layer);
                known.map(|(_, local)| local.to_token_stream()).unwrap_or_default()
            }
            Piece::Hole(_) => {
                self.next += 1;
                self.generics.written[self.next - 1].clone()
            }
        };
        if let Some(open) = self.open.last_mut() {
            open.extend(tokens);
        }
    }
}

/// Goes through calls, or through the arguments of `callee`; `None` if there is something that no function could share.
pub(super) fn walk(known: &Known<'_>, tokens: TokenStream, callee: &str, sink: &mut impl Sink) -> Option<()> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let ident = |at: usize| match tokens.get(at) {
        Some(TokenTree::Ident(ident)) => Some(ident),
        _ => None,
    };
    let mark =
        |at: usize, mark: char| matches!(tokens.get(at), Some(TokenTree::Punct(p)) if p.as_char() == mark);
    let path = |at: usize| mark(at, ':') && mark(at + 1, ':');
    // The function or type whose sizes are being read, and how many have been.
    let mut sizes: Option<(String, usize)> = None;
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let after_dot = at > 0 && mark(at - 1, '.');
        let after_path = at > 0 && mark(at - 1, ':');
        match token {
            TokenTree::Group(group) => {
                if at > 0 && ident(at - 1).is_some_and(|name| name == "dropout") {
                    sink.take(Piece::Open(group.delimiter()));
                    sink.take(Piece::Hole(Hole::Stream(group.stream().to_string())));
                } else {
                    sink.take(Piece::Open(group.delimiter()));
                    let callee = if at > 0 {
                        ident(at - 1).map_or_else(String::new, Ident::to_string)
                    } else {
                        String::new()
                    };
                    walk(known, group.stream(), &callee, sink)?;
                }
                sink.take(Piece::Close(group.delimiter()));
            }
            TokenTree::Ident(name) if name == "step" && mark(at + 1, '.') && ident(at + 2)? == "params" => {
                sink.take(Piece::Layer(*known.fields.get(&ident(at + 4)?.to_string())?));
                at += 4;
            }
            TokenTree::Ident(name) if name == "shape" && path(at + 1) => {
                let name = ident(at + 3)?;
                let is_path = path(at + 4);
                match (known.types.nature(name)?, is_path) {
                    (Nature::Trait(bound), true) => sink.take(Piece::Hole(Hole::Type(name.clone(), bound))),
                    (Nature::Trait(bound), false) => sink.take(Piece::Hole(Hole::Given(name.clone(), bound))),
                    (Nature::Sized(of, numbers), true) => {
                        let list = numbers
                            .iter()
                            .enumerate()
                            .map(|(i, number)| (number.to_string(), size_name(&of.to_string(), i)));
                        quote!(#of::<).into_iter().for_each(|token| sink.take(Piece::Token(token)));
                        for (number, name) in list {
                            sink.take(Piece::Hole(Hole::Size(number, name)));
                            quote!(,).into_iter().for_each(|token| sink.take(Piece::Token(token)));
                        }
                        quote!(>).into_iter().for_each(|token| sink.take(Piece::Token(token)));
                    }
                    (Nature::Sized(..), false) => return None,
                }
                at += 3;
            }
            TokenTree::Ident(name) => match known.variables.get(&name.to_string()) {
                Some(&number) if !after_dot && !after_path && !mark(at + 1, ':') => {
                    sink.take(Piece::Variable(number));
                }
                _ => sink.take(Piece::Token(token.clone())),
            },
            TokenTree::Literal(number) => {
                let after_times = at > 0 && mark(at - 1, '*');
                let whole = number.to_string().bytes().all(|b| b.is_ascii_digit());
                match &mut sizes {
                    Some((of, count)) if whole => {
                        sink.take(Piece::Hole(Hole::Size(number.to_string(), size_name(of, *count))));
                        *count += 1;
                    }
                    None if whole && after_times => {
                        sink.take(Piece::Hole(Hole::Size(number.to_string(), "PIXELS")));
                    }
                    // Of `dropout::Place::new`: the numbers of a sample.
                    None if whole && callee == "new" => {
                        sink.take(Piece::Hole(Hole::Size(number.to_string(), "NUMBERS")));
                    }
                    _ => sink.take(Piece::Token(token.clone())),
                }
            }
            TokenTree::Punct(p) => {
                if p.as_char() == '<' {
                    let name = (0..at).rev().find_map(ident);
                    sizes = Some((name.map_or_else(String::new, Ident::to_string), 0));
                } else if p.as_char() == '>' {
                    sizes = None;
                }
                sink.take(Piece::Token(token.clone()));
            }
        }
        at += 1;
    }
    Some(())
}

/// The name of the size that is number `at` of a function's or a type's.
pub(super) fn size_name(of: &str, at: usize) -> &'static str {
    match (of, at) {
        ("Dense", 0) => "INPUTS",
        ("Dense", 1) => "OUTPUTS",
        ("Weight" | "Affine", 0) => "WEIGHTS",
        ("Affine", 1) => "BIASES",
        ("Norm" | "moments" | "backward_sums" | "bias_grad", 0) => "CHANNELS",
        ("global_avg_pool_forward" | "global_avg_pool_backward", 0) => "CHANNELS",
        ("global_avg_pool_forward" | "global_avg_pool_backward", 1) => "PIXELS",
        _ => "SIZE",
    }
}
