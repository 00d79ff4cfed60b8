//! Arguments and results of generated functions: an argument for each input and target, a field for each of
//! several outputs.

use super::{describe, names};
use crate::emit::emit;
use crate::graph::{Graph, ValueId};
use crate::kernels::tape::{Element, Id};
use crate::names::{camel, snake, variable};
use crate::ops::Loss;
use crate::passes::Plan;
use crate::tokens::{array, number};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

/// Numbers of the largest output that is returned by value: 16 KB. Larger ones would overflow the stack of a thread.
const MOST_BY_VALUE: usize = 4096;

/// An input or an output.
pub(super) struct Port {
    /// The name as an argument.
    pub(super) arg: Ident,
    /// The name as a field.
    pub(super) field: Ident,
    /// The constant of its size.
    pub(super) size: Ident,
    /// The type of its nested arrays.
    array: Ident,
    pub(super) len: Literal,
    /// The name in the source; `input` or `output` where there is only one.
    name: String,
    shape: Vec<usize>,
}

/// The inputs; an only one keeps its name as an argument.
pub(super) fn inputs(graph: &Graph) -> Vec<Port> {
    let port = |(at, &id): (usize, &ValueId)| {
        let (arg, size) = (names::input(graph, id), input_size(graph, at));
        let name = if graph.inputs.len() > 1 { graph.value(id).name.clone() } else { "input".into() };
        Port { array: input_array(graph, at), ..Port::new(graph, id, arg, size, name) }
    };
    graph.inputs.iter().enumerate().map(port).collect()
}

/// The outputs.
pub(super) fn outputs(graph: &Graph) -> Vec<Port> {
    let port = |(at, (&id, name)): (usize, (&ValueId, &String))| {
        let (arg, name) = match graph.outputs.len() {
            1 => (format_ident!("outputs"), "output".into()),
            _ => (format_ident!("{}", variable(name)), name.clone()),
        };
        Port::new(graph, id, arg, output_size(graph, at), name)
    };
    graph.outputs.iter().zip(&graph.output_names).enumerate().map(port).collect()
}

/// The constant of an input's size, by the input's place.
pub(super) fn input_size(graph: &Graph, at: usize) -> Ident {
    match &graph.inputs[..] {
        [_] => format_ident!("INPUT"),
        several => size("INPUT", &graph.value(several[at]).name),
    }
}

/// The type of an input's nested arrays, by the input's place.
fn input_array(graph: &Graph, at: usize) -> Ident {
    let name = |id: &ValueId| camel(&format!("input_{}", graph.value(*id).name));
    match &graph.inputs[..] {
        [_] => format_ident!("Input"),
        several => {
            // `a_1` and `a1` would be one type.
            let earlier = several[..at].iter().filter(|id| name(id) == name(&several[at])).count();
            format_ident!("{}{}", name(&several[at]), "_".repeat(earlier))
        }
    }
}

/// The constant of an output's size, by the output's place.
pub(super) fn output_size(graph: &Graph, at: usize) -> Ident {
    match &graph.output_names[..] {
        [_] => format_ident!("OUTPUT"),
        several => size("OUTPUT", &several[at]),
    }
}

impl Port {
    fn new(graph: &Graph, id: ValueId, arg: Ident, size: Ident, name: String) -> Port {
        let shape = graph.value(id).shape.clone();
        let (len, field) = (number(shape.iter().product()), format_ident!("{}", snake(&name)));
        Port { arg, field, size, array: format_ident!("Output"), len, name, shape }
    }

    /// The constant of its size.
    pub(super) fn constant(&self) -> TokenStream {
        let (size, len) = (&self.size, &self.len);
        let doc =
            format!(" Numbers of one {}: {}, channels first.", self.quoted(), describe::shape(&self.shape));
        quote! {
            #[doc = #doc]
            pub const #size: usize = #len;
        }
    }

    /// The type of an input's nested arrays.
    pub(super) fn alias(&self) -> TokenStream {
        let (array, size) = (&self.array, &self.size);
        let nested = nested(&self.shape);
        let doc = match &self.shape[..] {
            [_] => format!(" One {}.", self.quoted()),
            _ => format!(
                " One {} as nested arrays, channels first; `[f32; {size}]` has the same numbers in a row.",
                self.quoted()
            ),
        };
        quote! {
            #[doc = #doc]
            pub type #array = #nested;
        }
    }

    /// The type of one sample in any form, behind a reference.
    pub(super) fn sample(&self) -> TokenStream {
        let (size, array) = (&self.size, &self.array);
        quote!(impl Sample<#size, #array>)
    }

    /// The type of samples in any form, in a slice.
    pub(super) fn samples(&self) -> TokenStream {
        let (size, array) = (&self.size, &self.array);
        quote!(impl SampleArray<#size, #array>)
    }

    /// `&[3, 8, 8]`
    pub(super) fn shape(&self) -> TokenStream {
        let shape = array(&self.shape);
        quote!(&#shape)
    }

    /// The type of one output that a caller gets: `[f32; OUTPUT]`, on the heap if it is large.
    pub(super) fn owned(&self) -> TokenStream {
        let size = &self.size;
        if self.is_large() { quote!(Box<[f32; #size]>) } else { quote!([f32; #size]) }
    }

    /// An output that nothing is written to yet.
    pub(super) fn zeros(&self) -> TokenStream {
        let size = &self.size;
        if self.is_large() { quote!(storage::boxed()) } else { quote!([0.0; #size]) }
    }

    /// One output as a slice to write to.
    pub(super) fn whole(&self, output: &TokenStream) -> TokenStream {
        if self.is_large() { quote!(&mut #output[..]) } else { quote!(&mut #output) }
    }

    fn is_large(&self) -> bool {
        self.shape.iter().product::<usize>() > MOST_BY_VALUE
    }

    fn quoted(&self) -> String {
        if matches!(&self.name[..], "input" | "output") {
            self.name.clone()
        } else {
            format!("`{}`", self.name)
        }
    }
}

/// `[[[f32; 8]; 8]; 3]`
pub(super) fn nested(shape: &[usize]) -> TokenStream {
    shape.iter().rev().fold(quote!(f32), |element, &len| {
        let len = number(len);
        quote!([#element; #len])
    })
}

fn size(prefix: &str, name: &str) -> Ident {
    format_ident!("{prefix}_{}", variable(name).to_uppercase())
}

/// Returns the struct of several outputs of one sample.
pub(super) fn outputs_struct(graph: &Graph, ports: &[Port]) -> TokenStream {
    if ports.len() == 1 {
        return TokenStream::new();
    }
    let doc = format!(" What {} says of one sample.", graph.name);
    let fields = ports.iter().map(|port| {
        let (field, owned) = (&port.field, port.owned());
        let order = if port.shape.len() > 1 { ", channels first" } else { "" };
        let doc = format!(" {}{order}.", describe::shape(&port.shape));
        quote! {
            #[doc = #doc]
            pub #field: #owned,
        }
    });
    let copy = (!ports.iter().any(Port::is_large)).then(|| quote!(Copy,));
    quote! {
        #[doc = #doc]
        #[derive(Clone, #copy Debug, PartialEq)]
        pub struct Outputs { #(#fields)* }
    }
}

/// Target that a training step compares an output with.
pub(super) struct Target {
    pub(super) arg: Ident,
    /// One sample's.
    pub(super) item: TokenStream,
    /// The argument as numbers in a row; itself where it is that.
    pub(super) flat: TokenStream,
    pub(super) is_class: bool,
    /// True if the target is one class per sample.
    pub(super) is_plain: bool,
    /// The check of the classes, on the caller's line.
    pub(super) check: TokenStream,
}

/// The argument that says how much each sample counts, if there is one.
pub(super) fn weights(plan: &Plan) -> Option<Ident> {
    plan.tape.weights.map(|id| names::value(&plan.tape, id))
}

/// An array that a training step takes, with a row for each sample.
pub(super) struct Given {
    pub(super) arg: Ident,
    /// One sample's.
    pub(super) item: TokenStream,
    /// One sample's as a caller may have it.
    pub(super) any: TokenStream,
    pub(super) is_input: bool,
    pub(super) doc: String,
}

/// All arrays of a step, in its order: inputs, targets, and how much each sample counts.
pub(super) fn given(graph: &Graph, plan: &Plan) -> Vec<Given> {
    let inputs = inputs(graph).into_iter().map(|port| {
        let (len, doc) = (&port.len, format!(" {}.", text(&port.shape)));
        Given { item: quote!([f32; #len]), any: port.samples(), is_input: true, arg: port.arg, doc }
    });
    let losses = graph.losses.iter().filter(|used| used.target.is_none());
    let targets = losses.zip(targets(plan)).map(|(used, target)| {
        let shape = &graph.value(used.value).shape;
        let doc = match target.is_class {
            true if target.is_plain => format!(" A class each, from 0 to {}.", shape[0] - 1),
            true => format!(" A class for each place, from 0 to {}.", shape[0] - 1),
            false => format!(" What the output should be: {}.", text(shape)),
        };
        Given { arg: target.arg, any: target.item.clone(), item: target.item, is_input: false, doc }
    });
    let weights = weights(plan).map(|arg| Given {
        arg,
        item: quote!(f32),
        any: quote!(f32),
        is_input: false,
        doc: " How much each sample counts in the loss.".into(),
    });
    inputs.chain(targets).chain(weights).collect()
}

/// `[2, 8, 8], channels first`
fn text(shape: &[usize]) -> String {
    let order = if shape.len() > 1 { ", channels first" } else { "" };
    format!("{}{order}", describe::shape(shape))
}

/// One for each loss that is given targets.
pub(super) fn targets(plan: &Plan) -> Vec<Target> {
    let target = |&id: &Id| {
        let value = plan.tape.value(id);
        let (arg, len) = (names::value(&plan.tape, id), number(value.len()));
        let is_class = value.element == Element::Class;
        let is_plain = is_class && value.len() == 1;
        let element = if is_class { quote!(u32) } else { quote!(f32) };
        let item = if is_plain { element } else { quote!([#element; #len]) };
        let flat = if is_plain { quote!(#arg) } else { quote!(#arg.as_flattened()) };
        let check = if is_class { check(plan, id, &arg, &flat) } else { TokenStream::new() };
        Target { arg, item, flat, is_class, is_plain, check }
    };
    plan.tape.targets.iter().map(target).collect()
}

/// `loss::Labels::of(10).check("targets", targets);`
fn check(plan: &Plan, target: Id, arg: &Ident, flat: &TokenStream) -> TokenStream {
    let uses = plan.tape.ops.iter().filter(|op| op.reads.get(1) == Some(&target));
    let checks = uses.filter_map(|op| match op.kernel.facts().loss {
        Some(Loss::CrossEntropy(ce)) => {
            let shape = &plan.tape.value(op.reads[0]).shape;
            let (classes, places) = (number(shape[0]), shape[1..].iter().product());
            let at_places = (places > 1).then(|| {
                let places = number(places);
                quote!(.at_places(#places))
            });
            let ignoring = ce.ignore_index.map(|label| {
                let label = emit(&label);
                quote!(.ignoring(#label))
            });
            let name = arg.to_string();
            Some(quote!(loss::Labels::of(#classes)#at_places #ignoring.check(#name, #flat);))
        }
        _ => None,
    });
    checks.collect()
}

/// The arguments of a step for the gradients of the inputs, if it has any, and the numbers of each.
pub(super) fn input_gradients(plan: &Plan) -> (Vec<Ident>, Vec<Literal>) {
    let gradients = plan.tape.input_gradients.iter();
    gradients.map(|&(input, id)| (names::value(&plan.tape, id), number(plan.tape.value(input).len()))).unzip()
}
