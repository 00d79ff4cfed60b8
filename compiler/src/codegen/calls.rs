//! Each kernel call as Rust.

use super::emit::emit;
use super::{names, params, shapes};
use crate::graph::{Graph, LayerId, ParamId};
use crate::ops::{Across, Activation, Noise, Spread};
use crate::passes::{Plan, reorders};
use crate::tape::{Columns, Extent, Factor, Grouping, Id, Kind, Op, Reach, Remap, Restride, Units};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

/// Where a call stands: how it names samples, values and parameters.
pub(super) struct Scope<'a> {
    pub(super) graph: &'a Graph,
    pub(super) plan: &'a Plan,
    /// How many samples a call covers.
    pub(super) n: TokenStream,
    /// The parameters' struct.
    pub(super) params: TokenStream,
    /// Values that share memory have one name in a function.
    pub(super) aliases: Vec<(Id, Id)>,
    /// Whether calls name their instructions, `M`.
    pub(super) piece: bool,
}

impl Scope<'_> {
    /// The name of a value in the function.
    pub(super) fn var(&self, id: Id) -> Ident {
        names::value(self.plan, self.alias(id))
    }

    fn alias(&self, id: Id) -> Id {
        self.aliases.iter().find(|(from, _)| *from == id).map_or(id, |(_, to)| *to)
    }

    /// A kernel, `forward::<3>`, or for one piece with others `forward_in::<3>`, which [`Scope::instructions`] precede.
    pub(super) fn kernel(&self, name: &str, generics: &[TokenStream]) -> TokenStream {
        let name = if self.piece { format_ident!("{name}_in") } else { format_ident!("{name}") };
        if generics.is_empty() { quote!(#name) } else { quote!(#name::<#(#generics),*>) }
    }

    /// The first argument in one piece.
    pub(super) fn instructions(&self) -> TokenStream {
        if self.piece { quote!(m,) } else { TokenStream::new() }
    }

    fn len(&self, id: Id) -> Literal {
        number(self.plan.tape.value(id).len())
    }

    fn param(&self, id: ParamId) -> TokenStream {
        let field = params::field(self.graph, self.graph.param(id));
        let params = &self.params;
        quote!(#params.#field)
    }

    /// The place of a value that is a parameter's gradient.
    pub(super) fn gradient(&self, id: Id) -> Option<TokenStream> {
        let Extent::Gradient(param) = self.plan.tape.value(id).extent else { return None };
        let field = params::field(self.graph, self.graph.param(param));
        Some(quote!(g.#field))
    }

    fn bias(&self, ids: &[ParamId]) -> TokenStream {
        match ids {
            [] => quote!(None),
            [id, ..] => {
                let bias = self.param(*id);
                quote!(Some(&#bias))
            }
        }
    }

    /// `x` copied to where a kernel replaces it, unless it lies there.
    pub(super) fn moved(&self, from: Id, to: Id) -> TokenStream {
        let (a, b) = (self.var(from), self.var(to));
        if self.alias(from) == self.alias(to) { TokenStream::new() } else { quote!(#b.copy_from_slice(#a);) }
    }

    /// The statements of one call.
    pub(super) fn call(&self, op: &Op) -> TokenStream {
        match op.writes.iter().position(|&id| self.plan.tape.is_logits(id)) {
            Some(at) if op.kind != Kind::Logits => self.with_logits(op, at),
            _ => self.kernel_call(op),
        }
    }

    /// A kernel with an activation joined to it, whose logits the caller may ask for.
    fn with_logits(&self, op: &Op, at: usize) -> TokenStream {
        let (logits, y) = (op.writes[at], op.writes[0]);
        let mut joined = op.clone();
        joined.writes.remove(at);
        let mut bare = joined.clone();
        let Some(activation) = bare.kind.activation_mut().and_then(Option::take) else {
            return self.kernel_call(&joined);
        };
        let then =
            |kind, writes| Op { kind, reads: vec![y], params: vec![], writes: vec![writes], ..op.clone() };
        let (give, activate) = (then(Kind::Logits, logits), then(Kind::Activate(activation), y));
        let (give, activate) = (self.give_logits(&give), self.kernel_call(&activate));
        let (joined, bare) = (self.kernel_call(&joined), self.kernel_call(&bare));
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

    /// The copy of logits to the caller.
    fn give_logits(&self, op: &Op) -> TokenStream {
        let (x, logits) = (self.var(op.reads[0]), self.var(op.writes[0]));
        if reorders(&self.plan.tape.value(op.writes[0]).shape) {
            let (n, [c, pixels]) = (&self.images(op), self.planes(op.writes[0]));
            quote!(layout::to_channels_first::<#c, #pixels>(#n, #x, #logits);)
        } else {
            quote!(#logits.copy_from_slice(#x);)
        }
    }

    fn kernel_call(&self, op: &Op) -> TokenStream {
        let (n, m) = (&self.images(op), self.instructions());
        let read = |i: usize| self.var(op.reads[i]);
        let written = |i: usize| self.var(op.writes[i]);
        match &op.kind {
            Kind::ToChannelsLast => {
                let (x, y, [c, pixels]) = (read(0), written(0), self.planes(op.writes[0]));
                quote!(layout::to_channels_last::<#c, #pixels>(#n, #x, #y);)
            }
            Kind::ToChannelsFirst => {
                let (x, y, [c, pixels]) = (read(0), written(0), self.planes(op.reads[0]));
                quote!(layout::to_channels_first::<#c, #pixels>(#n, #x, #y);)
            }
            Kind::Logits => {
                let (logits, give) = (written(0), self.give_logits(op));
                quote!(if !#logits.is_empty() { #give })
            }
            Kind::Pack(window) => {
                let (shape, w, y) =
                    (shapes::path(self.graph, window.layer), self.param(op.params[0]), written(0));
                quote!(#shape::pack(&#w, #y);)
            }
            Kind::PackTransposed(window) => {
                let (shape, w, y) =
                    (shapes::path(self.graph, window.layer), self.param(op.params[0]), written(0));
                quote!(#shape::pack_transposed(&#w, #y);)
            }
            Kind::PackDense(_) => {
                let (shape, w, y) = (self.shape(op), self.param(op.params[0]), written(0));
                quote!(#shape::pack(&#w, #y);)
            }
            Kind::PackFolded(window, norm) => {
                let (shape, eps) = (shapes::path(self.graph, window.layer), float(norm.eps));
                let (bias_of_conv, norm) = (&op.params[1..op.params.len() - 4], op.joined[0]);
                let (w, bias) = (self.param(op.params[0]), self.bias(bias_of_conv));
                let (norm, packed, folded) = (self.params_of(norm), written(0), written(1));
                quote!(#shape::pack_folded(&#w, #bias, &#norm, #eps, #packed, #folded);)
            }
            Kind::Conv { window, activation: a, pool, argmax, folded, residual } => {
                let (shape, a, x, packed) =
                    (shapes::path(self.graph, window.layer), activation(*a), read(0), read(1));
                let (bias, y) = (self.bias(&op.params), written(0));
                let bias = if *folded {
                    let bias = read(2);
                    quote!(Some(#bias))
                } else {
                    bias
                };
                if *residual {
                    let residual = read(op.reads.len() - 1);
                    return quote!(#shape::forward_add(#n, #a, #x, #packed, #bias, #residual, #y););
                }
                let Some(pool) = pool else {
                    return quote!(#shape::forward(#n, #a, #x, #packed, #bias, #y););
                };
                let (pool, scratch) = (shapes::part_path(self.graph, pool.layer, pool.depth), written(1));
                let argmax = if *argmax {
                    let argmax = written(2);
                    quote!(Some(#argmax))
                } else {
                    quote!(None)
                };
                quote!(#shape::forward_max_pool(#pool, #n, #a, #x, #packed, #bias, #scratch, #y, #argmax);)
            }
            Kind::ConvInputGrad(window) => {
                let (shape, dy, packed, dx) =
                    (shapes::path(self.graph, window.layer), read(0), read(1), written(0));
                quote!(#shape::input_grad(#n, #dy, #packed, #dx);)
            }
            Kind::ConvWeightGrad { window, reach } => {
                let (shape, x, dy, grad) =
                    (shapes::path(self.graph, window.layer), read(0), read(1), written(0));
                let kernel = reaching(*reach, quote!(weight_grad), quote!(weight_grad_batch));
                quote!(#shape::#kernel(#n, #x, #dy, #grad);)
            }
            Kind::ConvTransposed { window, activation: a } => {
                let (shape, a, x, packed) =
                    (shapes::path(self.graph, window.layer), activation(*a), read(0), read(1));
                let (bias, y) = (self.bias(&op.params), written(0));
                quote!(#shape::forward_transposed(#n, #a, #x, #packed, #bias, #y);)
            }
            Kind::UnpackGrad(window) => {
                let (shape, packed, grad) = (shapes::path(self.graph, window.layer), read(0), written(0));
                quote!(#shape::unpack_grad(#packed, #grad);)
            }
            Kind::Dense { activation: a, packed: true, .. } => {
                let (shape, a, x, packed, y) = (self.shape(op), activation(*a), read(0), read(1), written(0));
                let bias = self.bias(&op.params);
                let kernel = self.kernel("forward_packed", &[]);
                quote!(#shape::#kernel(#m #n, #a, #x, #packed, #bias, #y);)
            }
            Kind::Dense { activation: a, reach, .. } => {
                let (shape, a, x, y) = (self.shape(op), activation(*a), read(0), written(0));
                let (w, bias) = (self.param(op.params[0]), self.bias(&op.params[1..]));
                let kernel = reaching(*reach, self.kernel("forward", &[]), quote!(forward_batch));
                quote!(#shape::#kernel(#m #n, #a, #x, &#w, #bias, #y);)
            }
            Kind::DenseInputGrad { slope, reach, .. } => {
                let (shape, dy, dx, w) = (self.shape(op), read(0), written(0), self.param(op.params[0]));
                let slope = match slope {
                    Some(slope) => {
                        let (a, y) = (activation(Some(*slope)), read(1));
                        quote!(#a.at(#y))
                    }
                    None => quote!(Identity.at(&[])),
                };
                let kernel = reaching(*reach, self.kernel("input_grad", &[]), quote!(input_grad_batch));
                quote!(#shape::#kernel(#m #n, #dy, &#w, #slope, #dx);)
            }
            Kind::DenseWeightGrad { reach: Reach::One, .. } => {
                let (shape, x, dy) = (self.shape(op), read(0), read(1));
                let grad = self.gradient(op.writes[0]).expect(STRAIGHT);
                let kernel = self.kernel("weight_grad_of_one", &[]);
                quote!(#shape::#kernel(#m #x, #dy, &mut #grad);)
            }
            Kind::DenseWeightGrad { reach, .. } => {
                let (shape, x, dy, grad) = (self.shape(op), read(0), read(1), written(0));
                let kernel = reaching(*reach, self.kernel("weight_grad", &[]), quote!(weight_grad_batch));
                quote!(#shape::#kernel(#m #n, #x, #dy, #grad);)
            }
            Kind::BiasGrad { reach: Reach::One, .. } => {
                let (dy, grad) = (read(0), self.gradient(op.writes[0]).expect(STRAIGHT));
                quote!(#grad.copy_from_slice(#dy);)
            }
            Kind::BiasGrad { channels, reach } => {
                let (channels, dy, grad) = (number(*channels), read(0), written(0));
                let tile = self.kernel("bias_grad", &[quote!(#channels)]);
                let kernel =
                    reaching(*reach, quote!(conv::#tile), quote!(dense::bias_grad_batch::<#channels>));
                quote!(#kernel(#m #dy, #grad);)
            }
            Kind::MaxPool(pool) => {
                let (shape, x, y) =
                    (shapes::part_path(self.graph, pool.layer, pool.depth), read(0), written(0));
                let argmax = match op.writes.get(1) {
                    Some(&argmax) => {
                        let argmax = self.var(argmax);
                        quote!(Some(#argmax))
                    }
                    None => quote!(None),
                };
                quote!(#shape::max_pool(#n, #x, #y, #argmax);)
            }
            Kind::MaxPoolGrad(pool) => {
                let (shape, dy, argmax, dx) =
                    (shapes::part_path(self.graph, pool.layer, pool.depth), read(0), read(1), written(0));
                quote!(#shape::max_pool_grad(#n, #dy, #argmax, #dx);)
            }
            Kind::AvgPool(pool) => {
                let (shape, x, y) =
                    (shapes::part_path(self.graph, pool.layer, pool.depth), read(0), written(0));
                quote!(#shape::avg_pool(#n, #x, #y);)
            }
            Kind::AvgPoolGrad(pool) => {
                let (shape, dy, dx) =
                    (shapes::part_path(self.graph, pool.layer, pool.depth), read(0), written(0));
                quote!(#shape::avg_pool_grad(#n, #dy, #dx);)
            }
            Kind::GlobalAvgPool(c, pixels) => {
                let (c, pixels, x, y) = (number(*c), number(*pixels), read(0), written(0));
                quote!(pool::global_avg_pool_forward::<#c, #pixels>(#n, #x, #y);)
            }
            Kind::GlobalAvgPoolGrad(c, pixels) => {
                let (c, pixels, dy, dx) = (number(*c), number(*pixels), read(0), written(0));
                quote!(pool::global_avg_pool_backward::<#c, #pixels>(#n, #dy, #dx);)
            }
            Kind::GlobalMaxPool(c, pixels) => {
                let (c, pixels, x, y) = (number(*c), number(*pixels), read(0), written(0));
                quote!(pool::global_max_pool_forward::<#c, #pixels>(#n, #x, #y);)
            }
            Kind::GlobalMaxPoolGrad(c, pixels) => {
                let (c, pixels, dy, x, dx) = (number(*c), number(*pixels), read(0), read(1), written(0));
                quote!(pool::global_max_pool_backward::<#c, #pixels>(#n, #x, #dy, #dx);)
            }
            Kind::AdaptiveAvgPool(sizes) => {
                let (sizes, x, y) = (sizes.map(number), read(0), written(0));
                quote!(pool::adaptive_avg_pool_forward::<#(#sizes),*>(#n, #x, #y);)
            }
            Kind::AdaptiveAvgPoolGrad(sizes) => {
                let (sizes, dy, dx) = (sizes.map(number), read(0), written(0));
                quote!(pool::adaptive_avg_pool_backward::<#(#sizes),*>(#n, #dy, #dx);)
            }
            Kind::AdaptiveMaxPool(sizes) => {
                let (sizes, x, y) = (sizes.map(number), read(0), written(0));
                quote!(pool::adaptive_max_pool_forward::<#(#sizes),*>(#n, #x, #y);)
            }
            Kind::AdaptiveMaxPoolGrad(sizes) => {
                let (sizes, dy, x, dx) = (sizes.map(number), read(0), read(1), written(0));
                quote!(pool::adaptive_max_pool_backward::<#(#sizes),*>(#n, #x, #dy, #dx);)
            }
            Kind::Upsample(sizes) => {
                let (shape, x, y) =
                    (shapes::part_path(self.graph, sizes.layer, sizes.depth), read(0), written(0));
                let kernel = format_ident!("{}", sizes.mode.name());
                quote!(#shape::#kernel(#n, #x, #y);)
            }
            Kind::UpsampleGrad(sizes) => {
                let (shape, dy, dx) =
                    (shapes::part_path(self.graph, sizes.layer, sizes.depth), read(0), written(0));
                let kernel = format_ident!("{}_grad", sizes.mode.name());
                quote!(#shape::#kernel(#n, #dy, #dx);)
            }
            Kind::Remap(Remap { layer, depth, .. }) => {
                let (shape, x, y) = (shapes::part_path(self.graph, *layer, *depth), read(0), written(0));
                quote!(#shape::take(#n, #x, #y);)
            }
            Kind::RemapGrad(Remap { layer, depth, .. }) => {
                let (shape, dy, dx) = (shapes::part_path(self.graph, *layer, *depth), read(0), written(0));
                quote!(#shape::take_grad(#n, #dy, #dx);)
            }
            Kind::Restride(Restride { layer, .. }) => {
                let (shape, x, y) = (shapes::path(self.graph, *layer), read(0), written(0));
                quote!(#shape::reorder(#n, #x, #y);)
            }
            Kind::RestrideGrad(Restride { layer, .. }) => {
                let (shape, dy, dx) = (shapes::path(self.graph, *layer), read(0), written(0));
                quote!(#shape::reorder_grad(#n, #dy, #dx);)
            }
            Kind::DepthTaps(taps) => {
                let (taps, x, y) = (emit(taps), read(0), written(0));
                quote!(depth::gather(#taps, #n, #x, #y);)
            }
            Kind::DepthTapsGrad(taps) => {
                let (taps, bias, dy, dx) = (emit(taps), self.bias(&op.params), read(0), written(0));
                quote!(depth::scatter(#taps, #n, #bias, #dy, #dx);)
            }
            Kind::Mul(factor) => {
                let (kernel, a, b, y) = (factor_kernel(factor, ""), read(0), read(1), written(0));
                quote!(#kernel(#a, #b, #y);)
            }
            Kind::FactorGrad(factor) => {
                let (kernel, dy, x, grad) = (factor_kernel(factor, "_grad"), read(0), read(1), written(0));
                quote!(#kernel(#dy, #x, #grad);)
            }
            Kind::Sub | Kind::Max => {
                let (a, b, y) = (read(0), read(1), written(0));
                let kernel = format_ident!("{}", if op.kind == Kind::Sub { "sub" } else { "max" });
                quote!(elementwise::#kernel(#a, #b, #y);)
            }
            Kind::Negate => {
                let (x, y) = (read(0), written(0));
                quote!(elementwise::negate(#x, #y);)
            }
            Kind::MaxGrad => {
                let (dy, a, b, da) = (read(0), read(1), read(2), written(0));
                quote!(elementwise::max_grad(#dy, #a, #b, #da);)
            }
            Kind::Moments(c) => {
                let (c, x, moments) = (number(*c), read(0), written(0));
                quote!(batch_norm::moments::<#c>(#x, #moments);)
            }
            Kind::Normalize(_, a) => {
                let (a, x, stats, y, norm) = (activation(*a), read(0), read(1), written(0), self.layer(op));
                quote!(#norm.normalize(#a, #x, #stats, #y);)
            }
            Kind::NormSums(c) => {
                let (c, x, dy, stats, sums) = (number(*c), read(0), read(1), read(2), written(0));
                quote!(batch_norm::backward_sums::<#c>(#x, #dy, #stats, #sums);)
            }
            Kind::NormInputGrad(_, pixels) => {
                let (pixels, x, stats, sums) = (number(*pixels), read(1), read(2), read(3));
                let (norm, dx, moved) = (self.layer(op), written(0), self.moved(op.reads[0], op.writes[0]));
                quote! {
                    #moved
                    #norm.input_grad(#x, #dx, #stats, #sums, s.samples * #pixels);
                }
            }
            Kind::NormalizeRunning(norm, a) => {
                let (eps, a, x, y) = (float(norm.eps), activation(*a), read(0), written(0));
                let norm = self.layer(op);
                quote!(#norm.apply_running(#a, #x, #eps, #y);)
            }
            Kind::NormRunningGrad(norm) => {
                let (eps, dx) = (float(norm.eps), written(0));
                let (norm, moved) = (self.layer(op), self.moved(op.reads[0], op.writes[0]));
                quote!(#moved #norm.running_grad(#eps, #dx);)
            }
            Kind::ReorderParam(channels, pixels) => {
                let (c, pixels) = (number(*channels), number(*pixels));
                let (w, y) = (self.param(op.params[0]), written(0));
                quote!(layout::to_channels_last::<#c, #pixels>(1, &#w, #y);)
            }
            Kind::SampleNorm(grouping, a) => {
                let (sizes, eps, a) = (sample_norm(grouping), float(grouping.eps), activation(*a));
                let (x, y) = (read(0), written(0));
                let mut affine = op.reads[1..].iter().map(|&id| {
                    let packed = self.var(id);
                    quote!(#packed)
                });
                let mut params = op.params.iter().map(|&id| {
                    let param = self.param(id);
                    quote!(&#param)
                });
                let mut next = |there: bool| {
                    let array = if op.reads.len() > 1 { affine.next() } else { params.next() };
                    array.filter(|_| there).map_or(quote!(None), |array| quote!(Some(#array)))
                };
                let (weight, bias) = (next(grouping.weights > 0), next(grouping.bias));
                let stats = op.writes.get(1).map_or(quote!(None), |&stats| {
                    let stats = self.var(stats);
                    quote!(Some(#stats))
                });
                quote!(sample_norm::forward::<#sizes, _>(#a, #x, #weight, #bias, #eps, #y, #stats);)
            }
            Kind::SampleNormInputGrad(grouping) => {
                let (sizes, x, stats, dx) = (sample_norm(grouping), read(1), read(2), written(0));
                let moved = self.moved(op.reads[0], op.writes[0]);
                let weight = match (op.reads.get(3), op.params.first()) {
                    (Some(&packed), _) => {
                        let packed = self.var(packed);
                        quote!(Some(#packed))
                    }
                    (None, Some(&weight)) => {
                        let weight = self.param(weight);
                        quote!(Some(&#weight))
                    }
                    (None, None) => quote!(None),
                };
                quote!(#moved sample_norm::input_grad::<#sizes>(#x, #stats, #weight, #dx);)
            }
            Kind::SampleNormWeightGrad(grouping) => {
                let (sizes, x, dy, stats, grad) =
                    (sample_norm(grouping), read(0), read(1), read(2), written(0));
                quote!(sample_norm::weight_grad::<#sizes>(#x, #dy, #stats, #grad);)
            }
            Kind::Dropout(p) => {
                let (x, y, mask) = (read(0), written(0), written(1));
                let (p, len, layer) =
                    (float(*p), self.len(op.writes[0]), Literal::u32_unsuffixed(op.layer.0 as u32));
                quote!(dropout::forward(s.dropout(#layer), dropout::Place::new(t.first, #len), #p, #x, #y, #mask);)
            }
            Kind::DropoutGrad(p) => {
                let (p, mask, dx, moved) =
                    (float(*p), read(1), written(0), self.moved(op.reads[0], op.writes[0]));
                quote!(#moved dropout::backward(#p, #mask, #dx);)
            }
            Kind::DropUnits(p, units) => {
                let (x, y, mask, sizes) = (read(0), written(0), written(1), drop_units(units));
                let (p, layer) = (float(*p), Literal::u32_unsuffixed(op.layer.0 as u32));
                quote!(drop_units::forward::<#sizes>(s.dropout(#layer), t.first, #p, #x, #y, #mask);)
            }
            Kind::DropUnitsGrad(p, units) => {
                let (mask, dx, sizes) = (read(1), written(0), drop_units(units));
                let (p, moved) = (float(*p), self.moved(op.reads[0], op.writes[0]));
                quote!(#moved drop_units::backward::<#sizes>(#p, #mask, #dx);)
            }
            Kind::AlphaDropout(p) => {
                let (x, y, mask) = (read(0), written(0), written(1));
                let (p, [scale, shift, dropped]) = (float(*p), Noise::alpha(*p).map(float));
                let (len, layer) = (self.len(op.writes[0]), Literal::u32_unsuffixed(op.layer.0 as u32));
                quote! {
                    dropout::alpha(
                        s.dropout(#layer), dropout::Place::new(t.first, #len), #p,
                        dropout::Alpha { scale: #scale, shift: #shift, dropped: #dropped },
                        #x, #y, #mask,
                    );
                }
            }
            Kind::AlphaDropoutGrad(p) => {
                let (mask, dx, [scale, ..]) = (read(1), written(0), Noise::alpha(*p).map(float));
                let moved = self.moved(op.reads[0], op.writes[0]);
                quote!(#moved dropout::alpha_backward(#scale, #mask, #dx);)
            }
            Kind::Noise(deviation) => {
                let (x, y, deviation) = (read(0), written(0), float(*deviation));
                let (len, layer) = (self.len(op.writes[0]), Literal::u32_unsuffixed(op.layer.0 as u32));
                quote!(noise::forward(s.dropout(#layer), dropout::Place::new(t.first, #len), #deviation, #x, #y);)
            }
            Kind::Activate(a) => {
                let (a, x, y) = (activation(Some(*a)), read(0), written(0));
                if x == y {
                    let kernel = self.kernel("forward", &[]);
                    quote!(activation::#kernel(#m #a, #y);)
                } else {
                    let kernel = self.kernel("map", &[]);
                    quote!(activation::#kernel(#m #a, #x, #y);)
                }
            }
            Kind::ActivationGrad(a) => {
                let (a, y, dx) = (activation(Some(*a)), read(1), written(0));
                let moved = self.moved(op.reads[0], op.writes[0]);
                let kernel = self.kernel("backward", &[]);
                quote!(#moved activation::#kernel(#m #a, #y, #dx);)
            }
            Kind::Prelu(slopes) => {
                let (c, x, y, w) = (number(*slopes), read(0), written(0), self.param(op.params[0]));
                quote!(prelu::forward::<#c>(#x, &#w, #y);)
            }
            Kind::PreluInputGrad(slopes) => {
                let (c, x, dx, w) = (number(*slopes), read(1), written(0), self.param(op.params[0]));
                let moved = self.moved(op.reads[0], op.writes[0]);
                quote!(#moved prelu::input_grad::<#c>(#x, &#w, #dx);)
            }
            Kind::PreluSlopeGrad(slopes) => {
                let (c, x, dy, grad) = (number(*slopes), read(0), read(1), written(0));
                quote!(prelu::slope_grad::<#c>(#x, #dy, #grad);)
            }
            Kind::Softmax(c) => {
                let (c, y, moved) = (number(*c), written(0), self.moved(op.reads[0], op.writes[0]));
                let kernel = self.kernel("forward", &[quote!(#c)]);
                quote!(#moved softmax::#kernel(#m #y);)
            }
            Kind::SoftmaxGrad(c) => {
                let (c, y, dx) = (number(*c), read(1), written(0));
                let moved = self.moved(op.reads[0], op.writes[0]);
                let kernel = self.kernel("backward", &[quote!(#c)]);
                quote!(#moved softmax::#kernel(#m #y, #dx);)
            }
            Kind::Across(function, c) => {
                let (c, y, moved) = (number(*c), written(0), self.moved(op.reads[0], op.writes[0]));
                match across(*function) {
                    None => quote!(#moved log_softmax::forward::<#c>(#y);),
                    Some(norm) => quote!(#moved #norm.forward::<#c>(#y);),
                }
            }
            Kind::AcrossGrad(function, c) => {
                let (c, of, dx) = (number(*c), read(1), written(0));
                let moved = self.moved(op.reads[0], op.writes[0]);
                match across(*function) {
                    None => quote!(#moved log_softmax::backward::<#c>(#of, #dx);),
                    Some(norm) => quote!(#moved #norm.backward::<#c>(#of, #dx);),
                }
            }
            Kind::Add(a) => self.sum(*a, op),
            Kind::Concat(columns) => {
                let y = written(0);
                let parts = op.reads.iter().zip(columns).map(|(&id, columns)| {
                    let (x, columns) = (self.var(id), self.columns(columns));
                    quote!(concat::copy_in::<#columns>(#x, #y);)
                });
                quote!(#(#parts)*)
            }
            Kind::ConcatGrad(columns) => {
                let (dy, dx, columns) = (read(0), written(0), self.columns(columns));
                quote!(concat::copy_out::<#columns>(#dy, #dx);)
            }
            Kind::Loss(loss, weight) => self.loss(loss, *weight, op),
            // Training writes these in one line each, without names for what they touch.
            Kind::Reduce
            | Kind::FinishMoments(_)
            | Kind::ReorderGrad(..)
            | Kind::SplitNormSums(_)
            | Kind::WeighTargets(..) => TokenStream::new(),
        }
    }

    /// How many images or rows a call covers: of each sample as many as its value holds, which is one but for the slices of
    /// volumes and the rows of a dense layer along an axis.
    fn images(&self, op: &Op) -> TokenStream {
        let unit: usize = match &op.kind {
            Kind::Conv { window, .. } | Kind::ConvWeightGrad { window, .. } => window.input.iter().product(),
            Kind::ConvInputGrad(window) | Kind::ConvTransposed { window, .. } => {
                window.output.iter().product()
            }
            Kind::Dense { sizes, .. } | Kind::DenseWeightGrad { sizes, .. } => sizes.inputs,
            Kind::DenseInputGrad { sizes, .. } => sizes.outputs,
            Kind::MaxPool(pool) | Kind::AvgPool(pool) => pool.input.iter().product(),
            Kind::MaxPoolGrad(pool) | Kind::AvgPoolGrad(pool) => pool.output.iter().product(),
            Kind::AdaptiveAvgPool([c, h, w, ..]) | Kind::AdaptiveMaxPool([c, h, w, ..]) => c * h * w,
            Kind::AdaptiveAvgPoolGrad([c, _, _, down, across])
            | Kind::AdaptiveMaxPoolGrad([c, _, _, down, across]) => c * down * across,
            Kind::Upsample(sizes) => sizes.input.iter().product(),
            Kind::UpsampleGrad(sizes) => sizes.input.iter().chain(&sizes.scale).product(),
            Kind::Remap(part) => part.input.iter().product(),
            Kind::RemapGrad(part) => part.output.iter().product(),
            _ => return self.n.clone(),
        };
        let (n, images) = (&self.n, self.plan.tape.value(op.reads[0]).len() / unit.max(1));
        if images == 1 {
            return n.clone();
        }
        let images = number(images);
        quote!(#n * #images)
    }

    /// `y = activation(first + second + ...)`; the first term may lie where the sum goes.
    fn sum(&self, a: Option<Activation>, op: &Op) -> TokenStream {
        let y = self.var(op.writes[0]);
        let terms: Vec<Ident> = op.reads[1..].iter().map(|&id| self.var(id)).collect();
        let Some(last) = terms.len().checked_sub(1) else { return self.moved(op.reads[0], op.writes[0]) };
        let calls = terms.iter().enumerate().map(|(i, term)| {
            let a = activation(a.filter(|_| i == last));
            let first = self.var(op.reads[0]);
            if i == 0 && self.alias(op.reads[0]) != self.alias(op.writes[0]) {
                quote!(elementwise::add(#a, #first, #term, #y);)
            } else {
                quote!(elementwise::add_assign(#a, #y, #term);)
            }
        });
        quote!(#(#calls)*)
    }

    /// The parameters of the call's layer.
    fn layer(&self, op: &Op) -> TokenStream {
        self.params_of(op.layer)
    }

    fn params_of(&self, layer: LayerId) -> TokenStream {
        let (params, layer) = (&self.params, names::field(self.graph, layer));
        quote!(#params.#layer)
    }

    fn shape(&self, op: &Op) -> TokenStream {
        shapes::path(self.graph, op.layer)
    }

    fn columns(&self, columns: &Columns) -> TokenStream {
        let (part, whole, at) = (number(columns.part), number(columns.whole), number(columns.at));
        quote!(#part, #whole, #at)
    }

    /// Channels and pixels of an image.
    fn planes(&self, id: Id) -> [Literal; 2] {
        let shape = &self.plan.tape.value(id).shape;
        [number(shape[0]), number(shape[1..].iter().product())]
    }
}

/// The kernel that multiplies by a factor, or the one that makes its gradient.
fn factor_kernel(factor: &Factor, suffix: &str) -> TokenStream {
    let (c, pixels) = (number(factor.channels), number(factor.pixels));
    match factor.spread {
        Spread::Same => quote!(elementwise::mul),
        Spread::Channels => {
            let kernel = format_ident!("channels{suffix}");
            quote!(scale::#kernel::<#c, #pixels>)
        }
        Spread::Pixels => {
            let kernel = format_ident!("pixels{suffix}");
            quote!(scale::#kernel::<#c>)
        }
    }
}

/// Channels, pixels, and what is dropped together.
fn drop_units(units: &Units) -> TokenStream {
    let [c, pixels, units] = [units.channels, units.pixels, units.units].map(number);
    quote!(#c, #pixels, #units)
}

/// Channels, pixels, groups, and whether the mean is subtracted.
fn sample_norm(grouping: &Grouping) -> TokenStream {
    let [c, pixels, groups] = [grouping.channels, grouping.pixels, grouping.groups].map(number);
    let centered = grouping.centered;
    quote!(#c, #pixels, #groups, #centered)
}

/// What [`Reach::One`] says of an operation.
const STRAIGHT: &str = "what is not a sum of parts is written to the parameter's gradient";

fn reaching(reach: Reach, tile: TokenStream, batch: TokenStream) -> TokenStream {
    match reach {
        Reach::Tile | Reach::One => tile,
        Reach::Batch => batch,
    }
}

/// An activation as a value of the runtime.
fn activation(activation: Option<Activation>) -> TokenStream {
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

pub(super) fn number(n: usize) -> Literal {
    Literal::usize_unsuffixed(n)
}

/// A number of the source as the nearest `f32`, written as short as it can be.
pub(super) fn float(x: f64) -> Literal {
    let short = format!("{:?}", x as f32);
    short.parse().unwrap_or_else(|_| Literal::f32_unsuffixed(x as f32))
}

/// A local response norm; `None` for a softmax's logarithm.
fn across(function: Across) -> Option<TokenStream> {
    let Across::LocalResponse { size, alpha, beta, k } = function else { return None };
    let (size, [alpha, beta, k]) = (number(size), [alpha, beta, k].map(float));
    Some(quote!(LocalResponse { size: #size, alpha: #alpha, beta: #beta, k: #k }))
}
