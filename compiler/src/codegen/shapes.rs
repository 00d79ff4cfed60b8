//! The constants of convolutions and pools: a type for each, which kernels are specialised for.

use super::emit::emit;
use super::names;
use crate::graph::{Graph, LayerId};
use crate::passes::Plan;
use crate::tape::{Kind, Pooling, Remap, Window};
use netwright_model::{Algorithm, usual};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

/// How a transposed convolution is described.
const MIRRORED: &str = ", described by the convolution that goes the other way";

/// The types of all plans' kernels: prediction can have some that training has not, of an output without a loss.
pub(super) fn items(graph: &Graph, plans: &[&Plan]) -> TokenStream {
    let mut done: Vec<(LayerId, bool)> = Vec::new();
    let mut types = Vec::new();
    let mut first = |layer: LayerId, depth: bool| {
        let new = !done.contains(&(layer, depth));
        done.extend(new.then_some((layer, depth)));
        new
    };
    for op in plans.iter().flat_map(|plan| &plan.tape.ops) {
        if let Kind::Dense { sizes, .. } = &op.kind {
            if !first(op.layer, false) {
                continue;
            }
            let (name, doc) = described(graph, op.layer);
            let [inputs, outputs] = [sizes.inputs, sizes.outputs].map(Literal::usize_unsuffixed);
            types.push(quote! {
                #[doc = #doc]
                pub(super) type #name = super::Dense<#inputs, #outputs>;
            });
            continue;
        }
        if let Kind::Upsample(sizes) = &op.kind {
            if !first(op.layer, sizes.depth) {
                continue;
            }
            let (name, doc) = described_part(graph, op.layer, sizes.depth);
            let (input, scale) = (array(&sizes.input), array(&sizes.scale));
            types.push(quote! {
                #[doc = #doc]
                pub(super) struct #name;
                impl super::Upsample for #name {
                    const INPUT: [usize; 3] = #input;
                    const SCALE: [usize; 2] = #scale;
                }
            });
            continue;
        }
        if let Kind::Remap(part) = &op.kind {
            if first(part.layer, part.depth) {
                types.push(remap(graph, part));
            }
            continue;
        }
        if let Kind::Restride(order) = &op.kind {
            if !first(op.layer, false) {
                continue;
            }
            let (name, doc) = described(graph, op.layer);
            let (sizes, strides) = (array(&order.sizes), array(&order.strides));
            types.push(quote! {
                #[doc = #doc]
                pub(super) struct #name;
                impl super::Restride for #name {
                    const SIZES: [usize; 5] = #sizes;
                    const STRIDES: [usize; 5] = #strides;
                }
            });
            continue;
        }
        let (windows, pools): (Vec<(&Window, &str)>, Vec<&Pooling>) = match &op.kind {
            Kind::Conv { window, pool, .. } => (vec![(window, "")], pool.iter().collect()),
            Kind::ConvTransposed { window, .. } => (vec![(window, MIRRORED)], vec![]),
            Kind::MaxPool(pool) | Kind::AvgPool(pool) => (vec![], vec![pool]),
            _ => continue,
        };
        for (window, how) in windows {
            if first(window.layer, false) {
                types.push(conv(graph, window, how));
            }
        }
        for pooling in pools {
            if first(pooling.layer, pooling.depth) {
                types.push(pool(graph, pooling));
            }
        }
    }
    if types.is_empty() {
        return TokenStream::new();
    }
    quote! {
        /// What kernels are specialised for; sizes are channels, height, width.
        mod shape {
            #(#types)*
        }
    }
}

/// `shape::Conv1`
pub(super) fn path(graph: &Graph, layer: LayerId) -> TokenStream {
    let name = names::shape(graph, layer);
    quote!(shape::#name)
}

/// `shape::MaxPool1Depth` of a kernel along the depth, else as [`path`].
pub(super) fn part_path(graph: &Graph, layer: LayerId, depth: bool) -> TokenStream {
    let (name, _) = described_part(graph, layer, depth);
    quote!(shape::#name)
}

fn conv(graph: &Graph, window: &Window, how: &str) -> TokenStream {
    let (input, output) = (array(&window.input), array(&window.output));
    let kernel = array(&window.conv.kernel);
    let stride = unless(&window.conv.stride, usual::STRIDE, "STRIDE");
    let pad = unless(&window.conv.pad, usual::PAD, "PAD");
    let dilation = unless(&window.conv.dilation, usual::DILATION, "DILATION");
    let groups = (window.conv.groups != usual::GROUPS).then(|| {
        let groups = Literal::usize_unsuffixed(window.conv.groups);
        quote!(const GROUPS: usize = #groups;)
    });
    let packing = window.packing();
    let algorithm = |algorithm: Algorithm, name: &str| {
        let (name, value) = (format_ident!("{name}"), emit(&algorithm));
        (algorithm != usual::ALGORITHM).then(|| quote!(const #name: super::Algorithm = super::#value;))
    };
    let (forward, backward) =
        (algorithm(packing.forward, "FORWARD"), algorithm(packing.backward, "BACKWARD"));
    let (name, doc) = described(graph, window.layer);
    let doc = format!("{doc}{how}");
    quote! {
        #[doc = #doc]
        pub(super) struct #name;
        impl super::Conv for #name {
            const INPUT: [usize; 3] = #input;
            const OUTPUT: [usize; 3] = #output;
            const KERNEL: [usize; 2] = #kernel;
            #stride
            #pad
            #dilation
            #groups
            #forward
            #backward
        }
    }
}

fn pool(graph: &Graph, pool: &Pooling) -> TokenStream {
    let (input, output) = (array(&pool.input), array(&pool.output));
    let (window, stride) = (array(&pool.window), array(&pool.stride));
    let pad = unless(&pool.pad, usual::PAD, "PAD");
    let count_pad = (pool.count_pad != usual::COUNT_PAD).then(|| {
        let count_pad = pool.count_pad;
        quote!(const COUNT_PAD: bool = #count_pad;)
    });
    let (name, doc) = described_part(graph, pool.layer, pool.depth);
    quote! {
        #[doc = #doc]
        pub(super) struct #name;
        impl super::Pool for #name {
            const INPUT: [usize; 3] = #input;
            const OUTPUT: [usize; 3] = #output;
            const WINDOW: [usize; 2] = #window;
            const STRIDE: [usize; 2] = #stride;
            #pad
            #count_pad
        }
    }
}

fn remap(graph: &Graph, part: &Remap) -> TokenStream {
    let (name, doc) = described_part(graph, part.layer, part.depth);
    let (input, output) = (array(&part.input), array(&part.output));
    let start = (part.start != usual::START).then(|| {
        let start = part.start.map(Literal::isize_unsuffixed);
        quote!(const START: [isize; 3] = [#(#start),*];)
    });
    let step = (part.step != usual::STEP).then(|| {
        let step = array(&part.step);
        quote!(const STEP: [usize; 3] = #step;)
    });
    let border = (part.border != usual::BORDER).then(|| {
        let border = emit(&part.border);
        quote!(const BORDER: super::Border = super::#border;)
    });
    quote! {
        #[doc = #doc]
        pub(super) struct #name;
        impl super::Remap for #name {
            const INPUT: [usize; 3] = #input;
            const OUTPUT: [usize; 3] = #output;
            #start
            #step
            #border
        }
    }
}

fn described(graph: &Graph, layer: LayerId) -> (Ident, String) {
    (names::shape(graph, layer), format!(" {}", graph.layer(layer).text))
}

/// With its own name and text for what goes along the depth of a volume.
fn described_part(graph: &Graph, layer: LayerId, depth: bool) -> (Ident, String) {
    let (name, doc) = described(graph, layer);
    if depth { (names::depth_shape(graph, layer), format!("{doc}, along the depth")) } else { (name, doc) }
}

/// `[1, 28, 28]`
pub(super) fn array(sizes: &[usize]) -> TokenStream {
    let sizes = sizes.iter().map(|&s| Literal::usize_unsuffixed(s));
    quote!([#(#sizes),*])
}

fn unless(pair: &[usize; 2], usual: [usize; 2], name: &str) -> Option<TokenStream> {
    let (name, value) = (format_ident!("{name}"), array(pair));
    (*pair != usual).then(|| quote!(const #name: [usize; 2] = #value;))
}
