//! Stand-in for the module of a network whose text has errors: its API as far as the text tells, so that a
//! program that uses the network has no errors besides.
//!
//! The one error that the compiler is told is the value of the constant `OUTPUT`. Every type here has that constant as an argument, and
//! rustc reports nothing about a type whose argument has an error already: neither fields and methods that the stub lacks, nor lengths
//! that differ.

use super::interface::nested;
use super::names::module_name;
use crate::names::{camel, variable};
use crate::tokens::number;
use netwright_grammar::ast::{Call, ExprKind, File, Item, Network, Stmt, Train};
use netwright_grammar::{FileId, parse};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// Returns a module for each network that a text seems to describe; `error` is an expression that reports an error.
pub fn skeletons(runtime: &TokenStream, text: &str, error: &TokenStream) -> Vec<TokenStream> {
    let (file, _) = parse(FileId(0), text);
    let mut names: Vec<&str> = vec![];
    let mut modules = vec![];
    for (name, outline) in outlines(&file, text) {
        // Two that would be one module are an error already.
        if !names.iter().any(|known| module_name(known) == module_name(name)) {
            names.push(name);
            modules.push(module(runtime, name, &outline, error));
        }
    }
    modules
}

/// Facts known about a network in spite of its errors.
#[derive(Default)]
struct Outline<'a> {
    /// Names and shapes of the inputs, as far as they could be read.
    inputs: Vec<(Option<&'a str>, Option<Vec<usize>>)>,
    /// Names that `output` gives.
    outputs: Vec<&'a str>,
    batch: Option<usize>,
    /// True if a step takes inputs, a target for each, and a rate.
    is_plain: bool,
}

/// Networks that could be read, then those that are only trained here or only named in what could not be read.
fn outlines<'a>(file: &'a File, text: &'a str) -> Vec<(&'a str, Outline<'a>)> {
    let trains: Vec<&Train> = file.items.iter().filter_map(train).collect();
    let networks = file.items.iter().filter_map(|item| match item {
        Item::Network(network) => Some(network),
        _ => None,
    });
    let read = networks.flat_map(|network| {
        let own = trains.iter().filter(|train| train.network.node == network.name.node);
        let names = std::iter::once(&network.name).chain(own.filter_map(|train| train.name.as_ref()));
        names.map(|name| (name.node.as_str(), outline(network, &name.node, &trains)))
    });
    let trained = trains.iter().map(|train| (train.trained().node.as_str(), Outline::default()));
    let named = named(text).map(|name| (name, Outline::default()));
    read.chain(trained).chain(named).collect()
}

fn train(item: &Item) -> Option<&Train> {
    match item {
        Item::Train(train) => Some(train),
        _ => None,
    }
}

fn outline<'a>(network: &'a Network, name: &str, trains: &[&Train]) -> Outline<'a> {
    let mut outline = Outline::default();
    let mut losses: Vec<&Call> = vec![];
    for statement in &network.body {
        match statement {
            Stmt::Input { name, shape, .. } => {
                outline.inputs.push((name.as_ref().map(|name| name.node.as_str()), sizes(&shape.node)));
            }
            Stmt::Output { name, training_only: false, .. } => outline.outputs.push(&name.node),
            Stmt::Loss { call, .. } => losses.push(call),
            _ => {}
        }
    }
    let settings = || {
        let own = trains.iter().filter(|train| train.trained().node == name);
        own.flat_map(|train| &train.settings)
    };
    let batch = settings().find(|setting| setting.key.node == "batch");
    outline.batch = batch.and_then(|setting| whole(&setting.values.first()?.node));
    let is_given = |call: &Call| {
        let to = |name: &String| name == "to";
        call.args.iter().all(|arg| !arg.name.as_ref().is_some_and(|name| to(&name.node)))
    };
    outline.is_plain = outline.inputs.len() == 1
        && outline.outputs.len() < 2
        && matches!(&losses[..], [loss] if is_given(loss))
        && settings().all(|setting| setting.key.node != "weights");
    outline
}

/// The sizes of a shape.
fn sizes(shape: &ExprKind) -> Option<Vec<usize>> {
    let ExprKind::List(sizes) = shape else { return None };
    sizes.iter().map(|size| whole(&size.node)).collect()
}

/// The numbers of a value of this shape.
fn len(sizes: &[usize]) -> Option<usize> {
    sizes.iter().try_fold(1usize, |product, &size| product.checked_mul(size))
}

fn whole(value: &ExprKind) -> Option<usize> {
    match value {
        ExprKind::Int(value) => usize::try_from(*value).ok(),
        _ => None,
    }
}

/// Returns the names after `network`, whatever else is wrong with the text.
fn named(text: &str) -> impl Iterator<Item = &str> {
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let rests = text.match_indices("network").map(|(at, word)| &text[at + word.len()..]);
    rests
        .filter_map(|rest| rest.strip_prefix(char::is_whitespace)?.split_once('{'))
        .map(|(head, _)| head.trim())
        .filter(move |name| is_name(name))
}

fn module(runtime: &TokenStream, network: &str, outline: &Outline<'_>, error: &TokenStream) -> TokenStream {
    let name = module_name(network);
    let batch = number(outline.batch.unwrap_or(super::DEFAULT_BATCH));
    let private = quote!(#runtime::__private);
    let sizes: Vec<_> = match &outline.inputs[..] {
        [_] => vec![format_ident!("INPUT")],
        several => several
            .iter()
            .map(|(name, _)| format_ident!("INPUT_{}", variable(name.unwrap_or("input")).to_uppercase()))
            .collect(),
    };
    let arrays: Vec<_> = match &outline.inputs[..] {
        [_] => vec![format_ident!("Input")],
        several => several
            .iter()
            .map(|(name, _)| format_ident!("{}", camel(&format!("input_{}", name.unwrap_or("input")))))
            .collect(),
    };
    let args: Vec<_> = outline
        .inputs
        .iter()
        .map(|(name, _)| format_ident!("{}", variable(name.unwrap_or("input"))))
        .collect();
    let inputs = outline.inputs.iter().enumerate().map(|(at, (_, shape))| {
        let (size, array) = (&sizes[at], &arrays[at]);
        // Two inputs of one name are an error already.
        let is_first = |names: &[Ident]| !names[..at].contains(&names[at]);
        let known = shape.as_deref().and_then(|shape| Some((shape, len(shape)?)));
        let (len, nested) =
            known.map_or((quote!(OUTPUT), quote!(stubs::Unknown<{ OUTPUT }>)), |(shape, len)| {
                let len = number(len);
                (quote!(#len), nested(shape))
            });
        let size = is_first(&sizes).then(|| quote!(pub const #size: usize = #len;));
        let array = is_first(&arrays).then(|| quote!(pub type #array = #nested;));
        quote!(#size #array)
    });
    let unknown = match &outline.inputs[..] {
        [] => quote!(
            pub const INPUT: usize = OUTPUT;
            pub type Input = stubs::Unknown<{ OUTPUT }>;
        ),
        _ => quote!(),
    };
    let several = match &outline.outputs[..] {
        [] | [_] => None,
        names => {
            let mut sizes: Vec<_> =
                names.iter().map(|name| format_ident!("OUTPUT_{}", variable(name).to_uppercase())).collect();
            sizes.sort_unstable();
            sizes.dedup();
            Some(quote!(#(pub const #sizes: usize = OUTPUT;)*))
        }
    };
    let predict = (!args.is_empty()).then(|| {
        let (one, many) = match several {
            None => (quote!([f32; OUTPUT]), Some(quote!(, outputs: &mut [[f32; OUTPUT]]))),
            Some(_) => (quote!(Outputs), None),
        };
        // Those of several outputs have more arguments.
        let batch = many.map(|outputs| {
            quote! {
                pub fn predict_batch(&self, #(#args: &[impl #private::SampleArray<#sizes, #arrays>]),* #outputs) {
                    ::core::unreachable!()
                }
            }
        });
        quote! {
            pub fn predict(&self, #(#args: &impl #private::Sample<#sizes, #arrays>),*) -> #one {
                ::core::unreachable!()
            }
            #batch
        }
    });
    let (step, train) = match outline.is_plain {
        false => (
            quote!(),
            quote!(
                pub const train: stubs::Unknown<{ OUTPUT }> = stubs::Unknown;
            ),
        ),
        true => (
            quote! {
                pub fn step(
                    &mut self, #(#args: &[impl #private::SampleArray<#sizes, #arrays>]),*, targets: &[Target], rate: f32
                ) -> f32 {
                    ::core::unreachable!()
                }
            },
            quote! {
                pub fn train(
                    #(#args: &[impl #private::SampleArray<#sizes, #arrays>]),*,
                    targets: &[Target],
                ) -> ::core::result::Result<#runtime::train::Trained<Params>, #runtime::train::Error> {
                    ::core::unreachable!()
                }
            },
        ),
    };
    quote! {
        #[allow(dead_code, missing_docs, non_upper_case_globals, unreachable_pub, unused_variables)]
        pub mod #name {
            pub const OUTPUT: usize = #error;
            pub const BATCH: usize = #batch;
            #(#inputs)*
            #unknown
            #several
            pub type Params = stubs::Params<{ OUTPUT }>;
            pub type Gradients = stubs::Params<{ OUTPUT }>;
            pub type Model = stubs::Model<{ OUTPUT }>;
            pub type Trainer = stubs::Trainer<{ OUTPUT }>;
            pub type Program = stubs::Unknown<{ OUTPUT }>;
            pub type Samples<'a> = stubs::Unknown<{ OUTPUT }>;
            pub type Outputs = stubs::Unknown<{ OUTPUT }>;
            pub type Workspace = stubs::Unknown<{ OUTPUT }>;
            pub type Losses = stubs::Unknown<{ OUTPUT }>;
            pub type Evaluations = stubs::Unknown<{ OUTPUT }>;
            type Target = stubs::Unknown<{ OUTPUT }>;
            pub const RECIPE: stubs::Unknown<{ OUTPUT }> = stubs::Unknown;
            pub const train_with: stubs::Unknown<{ OUTPUT }> = stubs::Unknown;
            #train
            impl Params {
                pub fn init(seed: u64) -> Params { ::core::unreachable!() }
            }
            impl Model {
                pub fn new(params: Params) -> Model { ::core::unreachable!() }
                pub fn params(&self) -> &Params { ::core::unreachable!() }
                #predict
            }
            impl Trainer {
                pub fn new(params: Params, seed: u64) -> Trainer { ::core::unreachable!() }
                pub fn params(&self) -> &Params { ::core::unreachable!() }
                pub fn params_mut(&mut self) -> &mut Params { ::core::unreachable!() }
                pub fn gradients(&self) -> &Gradients { ::core::unreachable!() }
                pub fn penalty(&self) -> f32 { ::core::unreachable!() }
                #step
            }
            mod stubs {
                #[derive(Clone, Copy, Debug)]
                pub struct Unknown<const ERROR: usize>;
                #[derive(Clone, Debug)]
                pub struct Params<const ERROR: usize>;
                #[derive(Clone, Debug)]
                pub struct Model<const ERROR: usize>;
                #[derive(Clone, Debug)]
                pub struct Trainer<const ERROR: usize>;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> String {
        let modules = skeletons(&quote!(nw), text, &quote!(wrong!()));
        modules.into_iter().map(|module| module.to_string() + "\n").collect()
    }

    #[test]
    fn names_are_found_in_any_text() {
        let text = "network A{ network {\nnetwork  Big_2 { networks C { network D } network E {";
        assert_eq!(named(text).collect::<Vec<_>>(), ["A", "Big_2", "E"]);
        let modules = code("network A { input [2] dens(1) }\nnetwork B {\ntrain C { }");
        for module in ["mod a {", "mod b {"] {
            assert_eq!(modules.matches(module).count(), 1, "{modules}");
        }
        assert!(code("import \"c.net\" train C { epoch 3 }").contains("mod c {"));
        assert!(code("dense(3)").is_empty());
    }

    #[test]
    fn what_could_be_read_is_in_the_signatures() {
        let one = code("network A { input [2, 3] dens(1) loss mse }\ntrain A { batch 7 }");
        assert!(one.contains("const OUTPUT : usize = wrong ! ()"), "{one}");
        assert!(one.contains("const INPUT : usize = 6") && one.contains("const BATCH : usize = 7"), "{one}");
        assert!(one.contains("type Input = [[f32 ; 3] ; 2]"), "{one}");
        let predict = "fn predict (& self , input : & impl nw :: __private :: Sample < INPUT , Input >) -> [f32 ; OUTPUT]";
        assert!(one.contains(predict), "{one}");
        let step = "fn step (& mut self , input : & [impl nw :: __private :: SampleArray < INPUT , Input >] , targets";
        assert!(one.contains(step), "{one}");
        let two = code("network A { input a [2] input b [c] from a output a output b }");
        assert!(two.contains("INPUT_A : usize = 2") && two.contains("INPUT_B : usize = OUTPUT"), "{two}");
        assert!(
            two.contains("b : & impl nw :: __private :: Sample < INPUT_B , InputB >) -> Outputs")
                && two.contains("OUTPUT_B")
        );
        assert!(!two.contains("fn step"), "{two}");
    }
}
