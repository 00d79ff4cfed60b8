//! The parameters as a struct with a field for each layer, and their initial numbers.

use super::calls::float;
use super::describe::shape;
use super::names;
use super::shapes::array;
use crate::graph::{Graph, LayerId, Param, Role};
use crate::ops::Init;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

pub(super) fn items(graph: &Graph) -> TokenStream {
    let doc = format!(
        " The parameters of {}, in PyTorch's layout: {} numbers are learned.",
        graph.name,
        graph.learned()
    );
    let structure = structure(graph, &doc, &format_ident!("Params"), |_| true);
    let init = initial(graph);
    quote! {
        #structure
        #init
    }
}

/// The same structure for what goes with each learned number: its gradient, its momentum.
pub(super) fn gradients(graph: &Graph) -> TokenStream {
    let doc = " What goes with each learned number: its gradient, or the optimizer's memory of it.";
    if graph.params.iter().all(learned) {
        return quote!(#[doc = #doc] pub type Gradients = Params;);
    }
    structure(graph, doc, &format_ident!("Gradients"), learned)
}

/// Whether training changes it through a gradient.
pub(super) fn learned(param: &Param) -> bool {
    !param.frozen && param.role != Role::Statistic
}

fn structure(graph: &Graph, doc: &str, name: &Ident, include: fn(&Param) -> bool) -> TokenStream {
    let mut fields = Vec::new();
    let mut names = Vec::new();
    let mut shapes = Vec::new();
    for layer in layers(graph) {
        let own: Vec<&Param> = graph.params.iter().filter(|p| p.layer == layer && include(p)).collect();
        if own.is_empty() {
            continue;
        }
        let described = graph.layer(layer);
        let field = names::field(graph, layer);
        let layer_type = layer_type(&own);
        let tensors: Vec<String> =
            own.iter().map(|p| format!("{} {}", tensor_name(p), shape(&p.shape))).collect();
        let doc = format!(" {} · {}", described.text, tensors.join(", "));
        fields.push(quote!(#[doc = #doc] pub #field: #layer_type));
        names.push(field);
        for param in own {
            let (name, shape) = (&param.name, array(&param.shape));
            shapes.push(quote!((#name, &#shape)));
        }
    }
    quote! {
        #[doc = #doc]
        #[derive(Clone, Debug)]
        pub struct #name {
            #(#fields,)*
        }

        impl Layers for #name {
            const SHAPES: Shapes = &[#(#shapes,)*];
            layers!(#(#names),*);
        }
    }
}

/// The runtime's type for a layer with these parameters.
fn layer_type(own: &[&Param]) -> TokenStream {
    let sizes: Vec<Literal> = own.iter().map(|p| Literal::usize_unsuffixed(p.len())).collect();
    match (own, &sizes[..]) {
        ([_], [weight]) => quote!(Weight<#weight>),
        ([_, _], [weight, bias]) => quote!(Affine<#weight, #bias>),
        (_, [channels, ..]) => quote!(Norm<#channels>),
        (_, []) => quote!(()),
    }
}

/// The layers that have parameters, in source order.
fn layers(graph: &Graph) -> Vec<LayerId> {
    let mut layers: Vec<LayerId> = graph.params.iter().map(|p| p.layer).collect();
    layers.dedup();
    layers
}

/// `weight` of `conv1.weight`.
pub(super) fn tensor_name(param: &Param) -> Ident {
    format_ident!("{}", param.name.rsplit('.').next().unwrap_or(&param.name))
}

/// `conv1.weight` as a path of fields.
pub(super) fn field(graph: &Graph, param: &Param) -> TokenStream {
    let layer = names::field(graph, param.layer);
    let tensor = tensor_name(param);
    quote!(#layer.#tensor)
}

fn initial(graph: &Graph) -> TokenStream {
    let lines = graph.params.iter().enumerate().filter_map(|(i, param)| {
        let field = field(graph, param);
        let index = Literal::usize_unsuffixed(i);
        let [fan_in, fan_out] = fans(&param.shape).map(Literal::usize_unsuffixed);
        Some(match param.init {
            Init::Zeros => return None,
            Init::Ones => quote!(p.#field.fill(1.0);),
            Init::Constant(number) => {
                let number = float(number);
                quote!(p.#field.fill(#number);)
            }
            Init::HeNormal => quote!(init::he_normal(seed, #index, #fan_in, &mut p.#field);),
            Init::HeUniform => quote!(init::he_uniform(seed, #index, #fan_in, &mut p.#field);),
            Init::GlorotNormal => {
                quote!(init::glorot_normal(seed, #index, #fan_in, #fan_out, &mut p.#field);)
            }
            Init::GlorotUniform => {
                quote!(init::glorot_uniform(seed, #index, #fan_in, #fan_out, &mut p.#field);)
            }
        })
    });
    quote! {
        impl Params {
            /// The parameters before training; what is not named here starts at zero.
            pub fn init(seed: u64) -> Params {
                let mut p = Params::zeros();
                #(#lines)*
                p
            }
        }
    }
}

/// Fan-in and fan-out, counted as PyTorch does: channels times the window's taps.
fn fans(shape: &[usize]) -> [usize; 2] {
    let taps: usize = shape.iter().skip(2).product();
    [shape.get(1).unwrap_or(&1) * taps, shape[0] * taps]
}
