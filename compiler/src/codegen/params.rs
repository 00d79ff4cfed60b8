//! The parameters as a struct with a field for each layer, and their initial numbers.

use super::describe::shape;
use super::function::mentions;
use super::names;
use crate::graph::{Graph, Param, ParamId, Role};
use crate::ops::{Fan, Init, Named, Scaled};
use crate::tokens::{array, double, float};
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

/// Returns the structure for numbers that go with each learned number: its gradient, its momentum.
pub(super) fn gradients(graph: &Graph) -> TokenStream {
    let doc = " What goes with each learned number: its gradient, or the optimizer's memory of it.";
    if graph.params.iter().all(learned) {
        return quote!(#[doc = #doc] pub type Gradients = Params;);
    }
    structure(graph, doc, &format_ident!("Gradients"), learned)
}

/// Returns true if training changes the parameter through a gradient.
pub(super) fn learned(param: &Param) -> bool {
    !param.frozen && param.role != Role::Statistic
}

fn structure(graph: &Graph, doc: &str, name: &Ident, include: fn(&Param) -> bool) -> TokenStream {
    let mut fields = Vec::new();
    let mut names = Vec::new();
    let mut shapes = Vec::new();
    for params in graph.params.chunk_by(|a, b| a.layer == b.layer) {
        let own: Vec<&Param> = params.iter().filter(|p| include(p)).collect();
        let Some(layer) = own.first().map(|param| param.layer) else { continue };
        let described = graph.layer(layer);
        let field = names::field(graph, layer);
        let layer_type = layer_type(&own);
        let tensors: Vec<String> =
            own.iter().map(|p| format!("{} {}", names::tensor_name(p), shape(&p.shape))).collect();
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
pub(super) fn layer_type(own: &[&Param]) -> TokenStream {
    let sizes: Vec<Literal> = own.iter().map(|p| Literal::usize_unsuffixed(p.len())).collect();
    match (own, &sizes[..]) {
        ([_], [weight]) => quote!(Weight<#weight>),
        ([_, _], [weight, bias]) => quote!(Affine<#weight, #bias>),
        (_, [channels, ..]) => quote!(Norm<#channels>),
        (_, []) => quote!(()),
    }
}

fn initial(graph: &Graph) -> TokenStream {
    let lines = (0..graph.params.len()).filter_map(|index| first_values(graph, ParamId(index)));
    let lines: Vec<TokenStream> = lines.collect();
    let seed = if mentions(&quote!(#(#lines)*), "seed") { quote!(seed) } else { quote!(_seed) };
    let body = match lines.is_empty() {
        true => quote!(Params::zeros()),
        false => quote!(let mut params = Params::zeros(); #(#lines)* params),
    };
    quote! {
        impl Params {
            /// The parameters before training; what is not named here starts at zero.
            pub fn init(#seed: u64) -> Params {
                #body
            }
        }
    }
}

/// The line that fills a parameter; none if it starts at zero.
fn first_values(graph: &Graph, id: ParamId) -> Option<TokenStream> {
    let param = graph.param(id);
    let field = names::param_field(graph, param);
    let index = Literal::usize_unsuffixed(id.0);
    Some(match param.init {
        Init::Zeros => return None,
        Init::Ones => quote!(params.#field.fill(1.0);),
        Init::Constant(number) => {
            let number = float(number);
            quote!(params.#field.fill(#number);)
        }
        Init::Uniform { low, high } => {
            let (low, high) = (double(low), double(high));
            quote!(init::uniform(seed, #index, #low, #high, &mut params.#field);)
        }
        Init::Normal { std, mean } => {
            let (std, mean) = (double(std), double(mean));
            quote!(init::normal(seed, #index, #mean, #std, &mut params.#field);)
        }
        Init::TruncatedNormal { std, mean } => {
            let (std, mean) = (double(std), double(mean));
            quote!(init::truncated_normal(seed, #index, #mean, #std, &mut params.#field);)
        }
        Init::Scaled(scaled) => scaled_values(scaled, param, &index, &field),
        Init::Orthogonal { gain } => {
            let (gain, rows) = (double(gain), Literal::usize_unsuffixed(param.shape[0]));
            quote!(init::orthogonal(seed, #index, #rows, #gain, &mut params.#field);)
        }
        Init::Identity { gain } => {
            let taps: usize = param.shape.iter().skip(2).product();
            let middle = param.shape.iter().skip(2).fold(0, |middle, size| middle * size + size / 2);
            let rows = param.shape[0] / graph.groups_of(id);
            let [rows, columns, taps, middle] =
                [rows, param.shape[1], taps, middle].map(Literal::usize_unsuffixed);
            let gain = double(gain);
            quote!(init::identity([#rows, #columns, #taps], #middle, #gain, &mut params.#field);)
        }
    })
}

fn scaled_values(scaled: Scaled, param: &Param, index: &Literal, field: &TokenStream) -> TokenStream {
    let [fan_in, fan_out] = fans(&param.shape);
    let usual = if scaled.after == Named::Glorot { Fan::Mean } else { Fan::In };
    if scaled.fan == usual && scaled.gain == scaled.after.gain() {
        let name = format_ident!("{}", scaled.after.name(scaled.uniform));
        let fans = match scaled.after {
            Named::Glorot => vec![fan_in, fan_out],
            _ => vec![fan_in],
        };
        let fans = fans.into_iter().map(Literal::usize_unsuffixed);
        return quote!(init::#name(seed, #index, #(#fans,)* &mut params.#field););
    }
    let fan = match scaled.fan {
        Fan::In => fan_in as f64,
        Fan::Out => fan_out as f64,
        Fan::Mean => (fan_in + fan_out) as f64 / 2.0,
    };
    let std = scaled.gain / fan.sqrt();
    if scaled.uniform {
        let bound = 3f64.sqrt() * std;
        let (low, high) = (double(-bound), double(bound));
        quote!(init::uniform(seed, #index, #low, #high, &mut params.#field);)
    } else {
        let std = double(std);
        quote!(init::normal(seed, #index, 0.0, #std, &mut params.#field);)
    }
}

/// Fan-in and fan-out, counted as PyTorch does: channels times the window's taps.
fn fans(shape: &[usize]) -> [usize; 2] {
    let taps: usize = shape.iter().skip(2).product();
    [shape.get(1).unwrap_or(&1) * taps, shape[0] * taps]
}
