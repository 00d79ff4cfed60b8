//! The place in generated code where a call stands: how it names samples, values and parameters.

use super::Kernel;
use super::activation::Activate;
use super::layout::{Layout, give_logits};
use super::tape::{Extent, Id, Op, Tape};
use super::types::Types;
use crate::graph::{Graph, LayerId, Param, ParamId, depth_type, kernel_type};
use crate::names;
use crate::ops::Activation;
use crate::tokens::{float, number};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

/// The place of a call.
pub(crate) struct Scope<'a> {
    pub(crate) graph: &'a Graph,
    pub(crate) tape: &'a Tape,
    pub(crate) types: &'a Types<'a>,
    /// The expression of the number of samples that a call covers.
    pub(crate) n: TokenStream,
    /// The parameters' struct.
    pub(crate) params: TokenStream,
    /// Values that share memory.
    pub(crate) places: SharedPlaces,
    /// True if calls name their instructions, `M`.
    pub(crate) piece: bool,
    /// The form in which calls name values.
    pub(crate) values: Values,
}

/// Values of a function that lie in one place.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedPlaces {
    /// A value, and the later one whose name it has.
    pub(crate) aliases: Vec<(Id, Id)>,
    /// A value, and the gradient that a loss replaces it by.
    pub(crate) replaced: Vec<(Id, Id)>,
}

impl SharedPlaces {
    /// Returns the value whose name another has.
    pub(crate) fn name_of(&self, id: Id) -> Id {
        self.aliases.iter().find(|(from, _)| *from == id).map_or(id, |(_, to)| *to)
    }

    /// Returns true if a value replaces another.
    pub(crate) fn replaces(&self, id: Id) -> bool {
        self.replaced.iter().any(|(_, to)| *to == id)
    }
}

/// The form in which calls name values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Values {
    /// A variable for each value.
    Variables,
    /// The values' places: in the memory that lanes share, in a lane, or in the parameters' gradients.
    Places,
}

impl Scope<'_> {
    /// Returns the statements of a call.
    pub(crate) fn call(&self, op: &Op) -> TokenStream {
        match op.writes.iter().position(|&id| self.tape.is_logits(id)) {
            // The copy itself writes nothing else.
            None | Some(0) => op.kernel.call(op, self),
            Some(at) => self.with_logits(op, at),
        }
    }

    /// Returns a kernel with an activation joined to it, whose logits the caller may ask for.
    fn with_logits(&self, op: &Op, at: usize) -> TokenStream {
        let (logits, y) = (op.writes[at], op.writes[0]);
        let mut joined = op.clone();
        joined.writes.remove(at);
        let mut bare = joined.clone();
        let Some(activation) = bare.kernel.activation_mut().and_then(Option::take) else {
            return joined.kernel.call(&joined, self);
        };
        let then = |kernel: Kernel, result| Op {
            kernel,
            reads: vec![y],
            params: vec![],
            writes: vec![result],
            ..op.clone()
        };
        let give = give_logits(&then(Layout::Logits.into(), logits), self);
        let activate = then(Activate::Forward(activation).into(), y);
        let [joined, bare, activate] = [joined, bare, activate].map(|op| op.kernel.call(&op, self));
        let logits = self.var(logits);
        quote! {
            if #logits.is_empty() {
                #joined
            } else {
                #bare
                #give
                #activate
            }
        }
    }

    /// Returns the variable of a value.
    pub(crate) fn var(&self, id: Id) -> Ident {
        value(self.tape, self.places.name_of(id))
    }

    /// Returns the first values that a call reads.
    ///
    /// # Panics
    /// If there are fewer.
    pub(super) fn reads<const N: usize>(&self, op: &Op) -> [TokenStream; N] {
        std::array::from_fn(|i| self.read(op.reads[i]))
    }

    /// Returns the first values that a call writes.
    ///
    /// # Panics
    /// If there are fewer.
    pub(super) fn writes<const N: usize>(&self, op: &Op) -> [TokenStream; N] {
        std::array::from_fn(|i| self.written(op.writes[i]))
    }

    /// Returns the only value that a call reads, and the only one that it writes.
    pub(super) fn through(&self, op: &Op) -> [TokenStream; 2] {
        [self.read(op.reads[0]), self.written(op.writes[0])]
    }

    /// Returns a value that a call reads.
    pub(super) fn read(&self, id: Id) -> TokenStream {
        let slot = slot(self.tape, id);
        match (self.values, self.tape.value(id).extent) {
            (Values::Places, Extent::Partial) => quote!(at::#slot),
            (Values::Places, Extent::Whole) => quote!(shared.get(at::#slot)),
            _ => {
                let var = self.var(id);
                quote!(#var)
            }
        }
    }

    /// Returns a value that a call writes.
    pub(super) fn written(&self, id: Id) -> TokenStream {
        match (self.values, self.gradient(id)) {
            (Values::Places, Some(gradient)) => quote!(&mut #gradient),
            (Values::Places, None) => {
                let slot = slot(self.tape, id);
                quote!(shared.get_mut(at::#slot))
            }
            (Values::Variables, _) => {
                let var = self.var(id);
                quote!(#var)
            }
        }
    }

    /// Returns `Some(x)` of a value that may be there.
    pub(super) fn optional(&self, id: Option<Id>) -> TokenStream {
        let Some(id) = id else { return quote!(None) };
        let x = self.var(id);
        quote!(Some(#x))
    }

    /// Returns `Some(&p.dense1.bias)` of a parameter that may be there.
    pub(super) fn optional_param(&self, id: Option<ParamId>) -> TokenStream {
        let Some(id) = id else { return quote!(None) };
        let param = self.param(id);
        quote!(Some(&#param))
    }

    /// Returns the first of a call's parameters.
    pub(super) fn weight(&self, op: &Op) -> TokenStream {
        self.param(op.params[0])
    }

    fn param(&self, id: ParamId) -> TokenStream {
        let (params, field) = (&self.params, param_field(self.graph, self.graph.param(id)));
        quote!(#params.#field)
    }

    /// Returns the parameters of a layer.
    pub(super) fn params_of(&self, layer: LayerId) -> TokenStream {
        let (params, field) = (&self.params, layer_field(self.graph, layer));
        quote!(#params.#field)
    }

    /// Returns the place of a value that is a parameter's gradient.
    pub(crate) fn gradient(&self, id: Id) -> Option<TokenStream> {
        let Extent::Gradient(param) = self.tape.value(id).extent else { return None };
        let field = param_field(self.graph, self.graph.param(param));
        Some(quote!(gradients.#field))
    }

    /// Returns the place of the gradient that a call writes straight to it.
    pub(super) fn straight(&self, op: &Op) -> TokenStream {
        self.gradient(op.writes[0])
            .expect("what is not a sum of parts is written to the parameter's gradient")
    }

    /// Returns a kernel, `forward::<3>`, or for one piece with others `forward_in::<3>`, which
    /// [`Scope::instructions`] precede.
    pub(super) fn kernel(&self, name: &str, generics: &[TokenStream]) -> TokenStream {
        let name = if self.piece { format_ident!("{name}_in") } else { format_ident!("{name}") };
        if generics.is_empty() { quote!(#name) } else { quote!(#name::<#(#generics),*>) }
    }

    /// Returns the first argument in one piece.
    pub(super) fn instructions(&self) -> TokenStream {
        if self.piece { quote!(instructions,) } else { TokenStream::new() }
    }

    /// Returns the number of images or rows that a call covers: for each sample as many as its value holds,
    /// which is one but for the slices of volumes and the rows of a dense layer along an axis.
    pub(super) fn images(&self, op: &Op) -> TokenStream {
        let n = &self.n;
        let Some(image) = op.kernel.facts().image else { return n.clone() };
        match self.tape.value(op.reads[0]).len() / image.max(1) {
            1 => n.clone(),
            images => {
                let images = number(images);
                quote!(#n * #images)
            }
        }
    }

    /// Returns the statement that copies `x` to where a kernel replaces it, unless it lies there.
    pub(super) fn moved(&self, op: &Op) -> TokenStream {
        let (from, to) = (op.reads[0], op.writes[0]);
        if self.in_place(op) {
            return TokenStream::new();
        }
        let (a, b) = (self.var(from), self.var(to));
        quote!(#b.copy_from_slice(#a);)
    }

    /// Returns true if the result of a call lies where its first input does.
    pub(super) fn in_place(&self, op: &Op) -> bool {
        let [from, to] = [op.reads[0], op.writes[0]].map(|id| self.places.name_of(id));
        from == to || self.places.replaced.contains(&(from, to))
    }

    /// Returns the variable of what a call replaces, as that of its result.
    pub(super) fn replaced(&self, op: &Op) -> TokenStream {
        let [from, to] = [op.reads[0], op.writes[0]].map(|id| self.places.name_of(id));
        if !self.places.replaced.contains(&(from, to)) {
            return TokenStream::new();
        }
        let [from, to] = [self.var(from), self.var(to)];
        quote!(let #to = #from;)
    }

    /// Returns the channels and pixels of an image.
    pub(super) fn planes(&self, id: Id) -> [Literal; 2] {
        let shape = &self.tape.value(id).shape;
        [number(shape[0]), number(shape[1..].iter().product())]
    }

    /// Returns the type of a layer's kernel: `shape::Conv1`.
    pub(super) fn shape(&self, layer: LayerId) -> TokenStream {
        self.part_shape(layer, false)
    }

    /// Returns `shape::MaxPool1Depth` for a kernel along the depth, else as [`Scope::shape`].
    pub(super) fn part_shape(&self, layer: LayerId, depth: bool) -> TokenStream {
        let name = self.types.name(layer, depth);
        quote!(shape::#name)
    }

    /// Returns the stream of random numbers of a call.
    pub(super) fn random(&self, op: &Op) -> TokenStream {
        let layer = Literal::u32_unsuffixed(op.layer.0 as u32);
        quote!(step.dropout(#layer))
    }
}

/// Returns a layer's field among the parameters.
pub(crate) fn layer_field(graph: &Graph, layer: LayerId) -> Ident {
    format_ident!("{}", names::snake(&graph.layer(layer).name))
}

/// Returns a parameter among all: `conv1.weight`.
pub(crate) fn param_field(graph: &Graph, param: &Param) -> TokenStream {
    let (layer, tensor) = (layer_field(graph, param.layer), tensor_name(param));
    quote!(#layer.#tensor)
}

/// Returns the name of a layer's kernel type; of several that would be one, all but the first get an ending.
pub(super) fn layer_type(graph: &Graph, layer: LayerId, depth: bool) -> Ident {
    let layer = graph.layer(layer);
    let name = if depth { depth_type(layer) } else { kernel_type(layer) };
    format_ident!("{name}")
}

/// Returns the name of a value in a function.
pub(crate) fn value(tape: &Tape, id: Id) -> Ident {
    format_ident!("{}", tape.value(id).name)
}

/// Returns the name of a value's slot.
pub(crate) fn slot(tape: &Tape, id: Id) -> Ident {
    format_ident!("{}", tape.value(id).name.to_uppercase())
}

/// Returns an activation as a value of the runtime.
pub(super) fn activation(activation: Option<Activation>) -> TokenStream {
    let Some(activation) = activation else { return quote!(Identity) };
    match activation {
        Activation::Relu => quote!(Relu),
        Activation::LeakyRelu(slope) => {
            let slope = float(slope);
            quote!(LeakyRelu(#slope))
        }
        Activation::Sigmoid => quote!(Sigmoid),
        Activation::Tanh => quote!(Tanh),
        Activation::Relu6 => quote!(Relu6),
        Activation::Elu(alpha) => {
            let alpha = float(alpha);
            quote!(Elu(#alpha))
        }
        Activation::Selu => quote!(Selu),
        Activation::Gelu => quote!(Gelu),
        Activation::GeluTanh => quote!(GeluTanh),
        Activation::Silu => quote!(Silu),
        Activation::HardSwish => quote!(HardSwish),
        Activation::HardSigmoid => quote!(HardSigmoid),
        Activation::Softplus(beta) => {
            let beta = float(beta);
            quote!(Softplus(#beta))
        }
        Activation::Softsign => quote!(Softsign),
        Activation::Mish => quote!(Mish),
        Activation::HardTanh { min, max } => {
            let (min, max) = (float(min), float(max));
            quote!(HardTanh { min: #min, max: #max })
        }
        Activation::LogSigmoid => quote!(LogSigmoid),
        Activation::Scale(by) => {
            let by = float(by);
            quote!(Scale(#by))
        }
        Activation::Shift(by) => {
            let by = float(by);
            quote!(Shift(#by))
        }
        Activation::Exp => quote!(Exp),
        Activation::Log => quote!(Ln),
        Activation::Abs => quote!(Abs),
        Activation::Sqrt => quote!(Sqrt),
        Activation::Square => quote!(Square),
        Activation::Power(p) => {
            let p = float(p);
            quote!(Power(#p))
        }
        Activation::Root { p, count } => {
            let (p, count) = (float(p), float(count as f64));
            quote!(Root { p: #p, count: #count })
        }
    }
}

/// Returns `weight` of `conv1.weight`.
pub(crate) fn tensor_name(param: &Param) -> Ident {
    format_ident!("{}", param.name.rsplit('.').next().unwrap_or(&param.name))
}
