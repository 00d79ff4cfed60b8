//! Types, sizes and streams that may differ from use to use, and the parameters that stand for them.

use super::Use;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};

/// Something in the calls that may differ from use to use.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Hole {
    /// A type that calls are made of, and its trait.
    Type(Ident, Ident),
    /// A type that is given to a call, and its trait.
    Given(Ident, Ident),
    /// A size, and how it is called.
    Size(String, &'static str),
    /// The number of a stream of random numbers.
    Stream(String),
}

/// Parameters of a shared function that stand for types, sizes and streams.
pub(super) struct Generics {
    /// The tokens of each hole.
    pub(super) written: Vec<TokenStream>,
    pub(super) parameters: Vec<Generic>,
}

/// A parameter of a shared function.
pub(super) struct Generic {
    pub(super) name: Ident,
    /// A hole that has its values, and the first of these.
    pub(super) hole: usize,
    pub(super) first: Hole,
}

impl Generics {
    /// One for all holes that have the same values in every use; none for those that have one value.
    pub(super) fn of(uses: &[Use]) -> Generics {
        let mut generics = Generics { written: vec![], parameters: vec![] };
        let values = |hole: usize| uses.iter().map(move |one| &one.holes[hole]);
        for (hole, first) in uses[0].holes.iter().enumerate() {
            let varies = values(hole).any(|other| !other.equals(first));
            let equal = |other: &&Generic| values(other.hole).zip(values(hole)).all(|(a, b)| a.equals(b));
            let written = match (varies, generics.parameters.iter().find(equal)) {
                (false, _) => first.tokens(),
                (true, Some(known)) => known.name.to_token_stream(),
                (true, None) => {
                    let name = generics.name(&first.name());
                    let written = name.to_token_stream();
                    generics.parameters.push(Generic { name, hole, first: first.clone() });
                    written
                }
            };
            generics.written.push(written);
        }
        generics
    }

    pub(super) fn name(&self, wanted: &str) -> Ident {
        let mut name = wanted.to_string();
        let mut numbered = (2..).map(|number| format!("{wanted}{number}"));
        while self.parameters.iter().any(|other| other.name == name) {
            name = numbered.next().unwrap_or_default();
        }
        format_ident!("{name}")
    }

    /// `<Shape: Conv, const CHANNELS: usize>`
    pub(super) fn parameters(&self) -> Option<TokenStream> {
        let types = self.parameters.iter().filter_map(|Generic { name, first, .. }| match first {
            Hole::Type(_, bound) => Some(quote!(#name: #bound)),
            _ => None,
        });
        let sizes = self.parameters.iter().filter_map(|Generic { name, first, .. }| match first {
            Hole::Size(..) => Some(quote!(const #name: usize)),
            _ => None,
        });
        let all: Vec<TokenStream> = types.chain(sizes).collect();
        (!all.is_empty()).then(|| quote!(<#(#all),*>))
    }

    /// `::<shape::Residual1Conv1, 8>`
    pub(super) fn arguments(&self, used: &Use) -> Option<TokenStream> {
        let of = |wanted: fn(&Hole) -> bool| {
            let list = self.parameters.iter().filter(move |generic| wanted(&generic.first));
            list.map(|generic| used.holes[generic.hole].tokens())
        };
        let types = of(|hole| matches!(hole, Hole::Type(..)));
        let all: Vec<TokenStream> = types.chain(of(|hole| matches!(hole, Hole::Size(..)))).collect();
        (!all.is_empty()).then(|| quote!(::<#(#all),*>))
    }

    /// `, pool: impl Pool, stream: u32`
    pub(super) fn given_parameters(&self) -> TokenStream {
        let list = self.parameters.iter().filter_map(|Generic { name, first, .. }| match first {
            Hole::Given(_, bound) => Some(quote!(, #name: impl #bound)),
            Hole::Stream(_) => Some(quote!(, #name: u32)),
            Hole::Type(..) | Hole::Size(..) => None,
        });
        list.collect()
    }

    /// `, shape::MaxPool1, 7`
    pub(super) fn given(&self, used: &Use) -> TokenStream {
        let list = self.parameters.iter().filter(|Generic { first, .. }| match first {
            Hole::Given(..) | Hole::Stream(_) => true,
            Hole::Type(..) | Hole::Size(..) => false,
        });
        let values = list.map(|generic| used.holes[generic.hole].tokens());
        quote!(#(, #values)*)
    }
}

impl Hole {
    /// The same value for the same purpose.
    pub(super) fn equals(&self, other: &Hole) -> bool {
        match (self, other) {
            (Hole::Size(a, _), Hole::Size(b, _)) => a == b,
            _ => self == other,
        }
    }

    /// A value in generated code.
    pub(super) fn tokens(&self) -> TokenStream {
        match self {
            Hole::Type(name, _) | Hole::Given(name, _) => quote!(shape::#name),
            Hole::Size(number, _) | Hole::Stream(number) => number.parse().unwrap_or_default(),
        }
    }

    /// The name of a parameter for it.
    pub(super) fn name(&self) -> String {
        match self {
            Hole::Type(..) => "Shape".into(),
            Hole::Given(_, bound) => bound.to_string().to_lowercase(),
            Hole::Size(_, name) => (*name).into(),
            Hole::Stream(_) => "stream".into(),
        }
    }
}
