//! A function for each group of calls, and one that takes a lane through all of a phase's groups.

use super::shared::Shared;
use super::{describe, interface, names};
use crate::graph::Graph;
use crate::kernels::scope::{Scope, SharedPlaces, Values};
use crate::kernels::tape::{Element, Extent, Id, Op};
use crate::kernels::types::Types;
use crate::passes::{Group, Home, Phase, Plan};
use crate::tokens::{array, number};
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use std::collections::HashSet;

/// The functions of a lanes' phase.
pub(super) struct Sweep {
    /// The function that takes a lane through the phase.
    pub(super) name: Ident,
    /// Values of the whole batch that it reads.
    pub(super) reads: Vec<Id>,
    /// Values of the whole batch that it writes: each lane gets its own rows.
    pub(super) writes: Vec<Id>,
    /// The exchange of a frozen front's features with the caller, if there is one.
    pub(super) exchange: Option<Exchange>,
    /// True if the function writes gradients of parameters to their place: those of a batch's only sample.
    pub(super) gradients: bool,
    /// All the functions.
    pub(super) items: TokenStream,
    /// A call of each group's function.
    calls: Vec<TokenStream>,
    /// True if the function is compiled in one piece.
    piece: bool,
}

/// Exchange of a frozen front's features by a part of a phase; a whole phase has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exchange {
    /// Takes them from the caller.
    Load(Id),
    /// Gives them to the caller.
    Store(Id),
}

/// Differences between training's functions and prediction's.
pub(super) struct Style<'a> {
    /// The module of the slots.
    pub(super) at: Ident,
    /// The naming of a group's function.
    pub(super) name: &'a dyn Fn(&str, bool) -> String,
    /// True if partial sums are zeroed when the phase begins.
    pub(super) clears: bool,
    /// The struct that holds the arguments of a phase which is compiled in one piece.
    pub(super) piece: Ident,
}

/// Weights up to which a network of dense layers is compiled in one piece for each instruction set: calls of kernels would
/// take as long as their work.
const WEIGHTS_IN_ONE_PIECE: usize = 16 * 1024;
/// Calls that are compiled together at most.
const CALLS_IN_ONE_PIECE: usize = 64;

/// Returns whether a phase is compiled in one piece.
pub(super) fn in_one_piece(plan: &Plan, phase: &Phase) -> bool {
    let ops: Vec<usize> = phase.groups.iter().flat_map(|group| group.ops.iter().copied()).collect();
    let weights = ops.iter().map(|&op| plan.tape.ops[op].kernel.facts().in_one_piece).sum::<Option<usize>>();
    ops.len() <= CALLS_IN_ONE_PIECE && weights.is_some_and(|weights| weights <= WEIGHTS_IN_ONE_PIECE)
}

/// A network, its plan and its kernels' types: the sources of its functions.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) graph: &'a Graph,
    pub(super) plan: &'a Plan,
    pub(super) types: &'a Types<'a>,
}

pub(super) fn sweep(
    context: Context<'_>,
    phase: &Phase,
    name: Ident,
    doc: &str,
    style: &Style<'_>,
    shared: &mut Shared,
    used: &mut names::Functions,
) -> Sweep {
    let Context { graph, plan, .. } = context;
    let all: Vec<usize> = phase.groups.iter().flat_map(|g| g.ops.iter().copied()).collect();
    let piece = in_one_piece(plan, phase);
    let instructions = piece.then(|| quote!(instructions,));
    let mut functions = Vec::new();
    let mut calls = Vec::new();
    for group in &phase.groups {
        let named = |[short, long]: [String; 2]| {
            let [short, long] = [short, long].map(|kind| (style.name)(&kind, group.backward));
            let name = if used.is_free(&short) { short } else { long };
            names::function(used, &name)
        };
        if let Some((call, function)) = shared.call(context, group, &style.at, named) {
            calls.push(call);
            functions.push(function);
            continue;
        }
        let layer = crate::names::part(&graph.layer(group.layer).name);
        let function = match &losses(graph, plan, group)[..] {
            [] => (style.name)(&layer, group.backward),
            [(name, _)] => format!("{}_loss", crate::names::part(name)),
            _ => format!("{layer}_losses"),
        };
        let function = names::function(used, &function);
        let (mine, my_writes) = outside(plan, &group.ops);
        let args = mine.iter().chain(&my_writes).map(|&id| names::value(&plan.tape, id));
        let g = writes_gradients(plan, &group.ops).then(|| quote!(, gradients));
        calls.push(quote!(#function(#instructions tile, step #g #(, #args)*);));
        functions.push(group_function(context, group, &function, style, piece));
    }
    let whole = Lines { graph, plan, ops: &all, calls: &calls, exchange: None, piece };
    let (reads, writes, run) = whole.function(&name, doc, style);
    let items = quote!(#run #(#functions)*);
    let gradients = writes_gradients(plan, &all);
    Sweep { name, reads, writes, exchange: None, gradients, items, calls, piece }
}

/// The function of some of a phase's groups, by the functions that the whole phase has for them.
pub(super) fn part(
    graph: &Graph,
    plan: &Plan,
    phase: &Phase,
    whole: &Sweep,
    chosen: impl Fn(&Group) -> bool,
    run: Run<'_>,
) -> Sweep {
    let Run { name, doc, style, exchange } = run;
    let groups = phase.groups.iter().zip(&whole.calls).filter(|(group, _)| chosen(group));
    let (groups, calls): (Vec<&Group>, Vec<TokenStream>) = groups.map(|(g, call)| (g, call.clone())).unzip();
    let ops: Vec<usize> = groups.iter().flat_map(|group| group.ops.iter().copied()).collect();
    let lines = Lines { graph, plan, ops: &ops, calls: &calls, exchange, piece: whole.piece };
    let (reads, writes, items) = lines.function(&name, doc, style);
    let gradients = writes_gradients(plan, &ops);
    Sweep { name, reads, writes, exchange, gradients, items, calls, piece: whole.piece }
}

/// Settings of the function for a part of a phase.
pub(super) struct Run<'a> {
    pub(super) name: Ident,
    pub(super) doc: &'a str,
    pub(super) style: &'a Style<'a>,
    pub(super) exchange: Option<Exchange>,
}

/// Statements that a lane's tiles go through.
struct Lines<'a> {
    graph: &'a Graph,
    plan: &'a Plan,
    ops: &'a [usize],
    calls: &'a [TokenStream],
    exchange: Option<Exchange>,
    piece: bool,
}

impl Lines<'_> {
    /// Values of the whole batch that are read and written, and the function.
    fn function(&self, name: &Ident, doc: &str, style: &Style<'_>) -> (Vec<Id>, Vec<Id>, TokenStream) {
        let &Lines { graph, plan, ops, calls, exchange, piece } = self;
        let (reads, writes) = outside(plan, ops);
        let at = &style.at;
        let read_rows = reads.iter().map(|&id| {
            let (x, len) = (names::value(&plan.tape, id), row(graph, plan, id, at));
            quote!(let #x = tile.rows(#x, #len);)
        });
        let write_rows = writes.iter().map(|&id| {
            let (x, len) = (names::value(&plan.tape, id), row(graph, plan, id, at));
            match plan.tape.is_logits(id) {
                true => quote!(let #x = tile.optional_rows_mut(#x, #len);),
                false => quote!(let #x = tile.rows_mut(#x, #len);),
            }
        });
        let (load, store, features, features_field) = match exchange {
            None => Default::default(),
            Some(Exchange::Load(id)) => {
                let slot = names::slot(&plan.tape, id);
                (
                    quote!(tile.load(#at::#slot, features);),
                    quote!(),
                    quote!(, features: &[f32]),
                    quote!(features: &'a [f32],),
                )
            }
            Some(Exchange::Store(id)) => {
                let slot = names::slot(&plan.tape, id);
                let params = (quote!(, features: &mut [f32]), quote!(features: &'a mut [f32],));
                (quote!(), quote!(tile.store(#at::#slot, features);), params.0, params.1)
            }
        };
        let params = parameters(plan, &reads, &writes);
        let gradients = writes_gradients(plan, ops);
        let clear = (style.clears && plan.memory.partial_floats > 0).then(|| quote!(lane.clear(LANE_SUMS);));
        let tile = quote!(#(#read_rows)* #(#write_rows)* #load #(#calls)* #store);
        let body = if piece {
            // Not a closure: it would be compiled for the target's baseline if it were not inlined.
            quote!(#clear let mut tiles = lane.cut(); while let Some(tile) = &mut tiles.next() { #tile })
        } else {
            quote!(#clear lane.tiles(|tile| { #tile });)
        };
        let (body, struct_) = if piece {
            let mut args: Vec<Ident> =
                reads.iter().chain(&writes).map(|&id| names::value(&plan.tape, id)).collect();
            args.extend(exchange.map(|_| format_ident!("features")));
            let piece = &style.piece;
            let fields = fields(plan, &reads, &writes);
            let (g, g_field) = if gradients {
                (quote!(, gradients), quote!(gradients: &'a mut Gradients,))
            } else {
                Default::default()
            };
            let struct_ = quote! {
                /// The layers are so small that they are compiled in one piece for each instruction set.
                struct #piece<'a> {
                    lane: &'a mut Lane,
                    step: &'a Step<'a, Params>,
                    #g_field
                    #fields
                    #features_field
                }

                impl Piece for #piece<'_> {
                    type Output = ();

                    #[inline(always)]
                    fn run(self, instructions: impl Instructions) {
                        let #piece { lane, step #g #(, #args)* } = self;
                        #body
                    }
                }
            };
            (quote!(isa::in_one_piece(#piece { lane, step #g #(, #args)* });), struct_)
        } else {
            (body, TokenStream::new())
        };
        let g_param = gradients.then(|| quote!(, gradients: &mut Gradients));
        let function = quote! {
            #[doc = #doc]
            fn #name(lane: &mut Lane, step: &Step<Params> #g_param #params #features) {
                #body
            }
            #struct_
        };
        (reads, writes, function)
    }
}

/// Names and texts of the losses that a group computes, if it does nothing else and the network has several.
pub(super) fn losses(graph: &Graph, plan: &Plan, group: &Group) -> Vec<(String, String)> {
    let ops = || group.ops.iter().map(|&op| &plan.tape.ops[op]);
    let is_loss = |op: &Op| op.kernel.facts().loss.is_some();
    // What a caller gives may come in another order first.
    let prepares = |op: &Op| {
        op.params.is_empty() && op.reads.iter().all(|&id| plan.tape.value(id).extent == Extent::Given)
    };
    if graph.losses.len() < 2 || !ops().all(|op| is_loss(op) || prepares(op)) {
        return vec![];
    }
    let names = graph.loss_names();
    let sums = ops().filter(|op| is_loss(op)).map(|op| op.writes[1]);
    let at = sums.filter_map(|sum| plan.tape.outputs.iter().position(|&output| output == sum));
    at.map(|at| (names[at].clone(), graph.loss_text(&graph.losses[at]))).collect()
}

/// The numbers of a sample's row of a value of the caller or of the whole batch.
pub(super) fn row(graph: &Graph, plan: &Plan, id: Id, at: &Ident) -> TokenStream {
    let tape = &plan.tape;
    let place = |ids: &[Id], id: Id| ids.iter().position(|other| *other == id);
    let logits = tape.logits.iter().find(|(_, logits)| *logits == id).map(|(output, _)| *output);
    let of_gradient = tape.input_gradients.iter().find(|(_, gradient)| *gradient == id);
    let input = of_gradient.map_or(id, |(input, _)| *input);
    if let Some(input) = place(&tape.inputs, input) {
        return interface::input_size(graph, input).into_token_stream();
    }
    if let Some(output) = logits.or_else(|| place(&tape.outputs, id)) {
        return interface::output_size(graph, output).into_token_stream();
    }
    if plan.memory.slots[id.0].is_some() {
        let slot = names::slot(tape, id);
        return quote!(#at::#slot.numbers());
    }
    number(tape.value(id).len()).into_token_stream()
}

/// Values of the caller or of the whole batch that these operations read and write.
fn outside(plan: &Plan, ops: &[usize]) -> (Vec<Id>, Vec<Id>) {
    let is_outside = |id: &&Id| match plan.memory.slots[id.0] {
        None => plan.tape.value(**id).extent == Extent::Given,
        Some(slot) => slot.home == Home::Batch,
    };
    let mut writes: Vec<Id> = Vec::new();
    for &op in ops {
        for &id in plan.tape.ops[op].writes.iter().filter(is_outside) {
            push_new(&mut writes, id);
        }
    }
    let mut reads: Vec<Id> = Vec::new();
    for &op in ops {
        for &id in plan.tape.ops[op].reads.iter().filter(is_outside).filter(|id| !writes.contains(id)) {
            push_new(&mut reads, id);
        }
    }
    (reads, writes)
}

/// Returns true if these operations write gradients of parameters to their place.
pub(super) fn writes_gradients(plan: &Plan, ops: &[usize]) -> bool {
    let mut written = ops.iter().flat_map(|&op| &plan.tape.ops[op].writes);
    written.any(|&id| matches!(plan.tape.value(id).extent, Extent::Gradient(_)))
}

fn push_new(list: &mut Vec<Id>, id: Id) {
    if !list.contains(&id) {
        list.push(id);
    }
}

fn element(plan: &Plan, id: Id) -> TokenStream {
    match plan.tape.value(id).element {
        Element::Float => quote!(f32),
        Element::Byte => quote!(u8),
        Element::Class => quote!(u32),
    }
}

/// `x: &'a [f32], targets: &'a [u32],`
fn fields(plan: &Plan, reads: &[Id], writes: &[Id]) -> TokenStream {
    let field = |id: Id, mutable: TokenStream| {
        let (name, element) = (names::value(&plan.tape, id), element(plan, id));
        quote!(#name: &'a #mutable [#element],)
    };
    let reads = reads.iter().map(|&id| field(id, quote!()));
    let writes = writes.iter().map(|&id| field(id, quote!(mut)));
    quote!(#(#reads)* #(#writes)*)
}

/// `, x: &[f32], targets: &[u32], d_dense2: &mut [f32]`
pub(super) fn parameters(plan: &Plan, reads: &[Id], writes: &[Id]) -> TokenStream {
    parameters_named(plan, reads, writes, |id| names::value(&plan.tape, id))
}

fn parameters_named(plan: &Plan, reads: &[Id], writes: &[Id], name: impl Fn(Id) -> Ident) -> TokenStream {
    let element = |id: Id| element(plan, id);
    let reads = reads.iter().map(|&id| {
        let (name, element) = (name(id), element(id));
        quote!(, #name: &[#element])
    });
    let writes = writes.iter().map(|&id| {
        let (name, element) = (name(id), element(id));
        quote!(, #name: &mut [#element])
    });
    quote!(#(#reads)* #(#writes)*)
}

/// Values that the calls of a group touch.
pub(super) struct Touched {
    /// All values.
    pub(super) all: Vec<Id>,
    /// Values that are written.
    pub(super) written: Vec<Id>,
    /// Values that all lanes read, and those in the lane's floats and bytes; of values that lie in one place, one.
    pub(super) shared: Vec<Id>,
    pub(super) floats: Vec<Id>,
    pub(super) bytes: Vec<Id>,
    /// Values of the caller or of the whole batch.
    reads: Vec<Id>,
    writes: Vec<Id>,
    pub(super) places: SharedPlaces,
}

impl Touched {
    pub(super) fn of(plan: &Plan, group: &Group) -> Touched {
        let (mut all, mut written): (Vec<Id>, Vec<Id>) = (vec![], vec![]);
        for &op in &group.ops {
            let op = &plan.tape.ops[op];
            op.reads.iter().chain(&op.writes).for_each(|&id| push_new(&mut all, id));
            written.extend(&op.writes);
        }
        let places = shared_places(plan, &group.ops, &all);
        let [mut floats, mut bytes, mut shared]: [Vec<Id>; 3] = Default::default();
        for &id in &all {
            let Some(slot) = plan.memory.slots[id.0] else { continue };
            let kept = places.name_of(id);
            if places.replaces(kept) {
                continue;
            }
            match (slot.home, plan.tape.value(id).element) {
                (Home::Batch, _) => {}
                (Home::Whole, _) => shared.push(id),
                (_, Element::Byte) => push_new(&mut bytes, kept),
                _ => push_new(&mut floats, kept),
            }
        }
        let (reads, writes) = outside(plan, &group.ops);
        Touched { all, written, shared, floats, bytes, reads, writes, places }
    }

    /// Returns the values that lie in slots.
    pub(super) fn slots(&self) -> Vec<Id> {
        [&self.shared[..], &self.floats, &self.bytes].concat()
    }

    /// Values of the caller or of the whole batch.
    pub(super) fn outside(&self) -> impl Iterator<Item = Id> {
        self.reads.iter().chain(&self.writes).copied()
    }

    /// `, x: &[f32], targets: &[u32], d_dense2: &mut [f32]`
    pub(super) fn parameters(&self, plan: &Plan, name: impl Fn(Id) -> Ident) -> TokenStream {
        parameters_named(plan, &self.reads, &self.writes, name)
    }

    /// The calls.
    pub(super) fn calls(
        &self,
        Context { graph, plan, types }: Context<'_>,
        group: &Group,
        piece: bool,
    ) -> TokenStream {
        let scope = Scope {
            graph,
            tape: &plan.tape,
            types,
            n: quote!(tile.samples),
            params: quote!(step.params),
            places: self.places.clone(),
            piece,
            values: Values::Variables,
        };
        group.ops.iter().map(|&op| scope.call(&plan.tape.ops[op])).collect()
    }
}

fn group_function(
    context: Context<'_>,
    group: &Group,
    name: &Ident,
    style: &Style<'_>,
    piece: bool,
) -> TokenStream {
    let Context { graph, plan, .. } = context;
    let at = &style.at;
    let touched = Touched::of(plan, group);
    let calls = touched.calls(context, group, piece);
    let Touched { shared, floats, bytes, reads, writes, .. } = touched;
    let shared = shared.iter().map(|&id| {
        let (var, slot) = (names::value(&plan.tape, id), names::slot(&plan.tape, id));
        quote!(let #var = step.shared(#at::#slot);)
    });
    let views = |field: TokenStream, ids: &[Id]| {
        if ids.is_empty() {
            return TokenStream::new();
        }
        let vars = ids.iter().map(|&id| names::value(&plan.tape, id));
        let slots = ids.iter().map(|&id| names::slot(&plan.tape, id));
        quote!(let [#(#vars),*] = tile.#field.get([#(#at::#slots),*]);)
    };
    let (floats, bytes) = (views(quote!(floats), &floats), views(quote!(bytes), &bytes));
    let params = parameters(plan, &reads, &writes);
    let texts: Vec<String> = losses(graph, plan, group).into_iter().map(|(_, text)| text).collect();
    let doc = match texts.is_empty() {
        true => describe::group(graph, plan, group),
        false => format!(" {}", texts.join(", ")),
    };
    let body = quote!(#(#shared)* #floats #bytes #calls);
    let s = if mentions(&body, "step") { format_ident!("step") } else { format_ident!("_step") };
    let t = if mentions(&body, "tile") { format_ident!("tile") } else { format_ident!("_tile") };
    let inline = piece.then(|| quote!(#[inline(always)]));
    let used = if mentions(&body, "instructions") {
        format_ident!("instructions")
    } else {
        format_ident!("_instructions")
    };
    let instructions = piece.then(|| quote!(#used: impl Instructions,));
    let g = writes_gradients(plan, &group.ops).then(|| quote!(, gradients: &mut Gradients));
    quote! {
        #[doc = #doc]
        #inline
        fn #name(#instructions #t: &mut Tile, #s: &Step<Params> #g #params) {
            #body
        }
    }
}

/// Returns true if a variable or a function of this name occurs in the tokens.
pub(super) fn mentions(tokens: &TokenStream, name: &str) -> bool {
    has(tokens, name, false)
}

/// Returns true if a method of this name is called in the tokens.
pub(super) fn has_method(tokens: &TokenStream, name: &str) -> bool {
    has(tokens, name, true)
}

/// Returns true if an identifier occurs, after a single dot (`member`) or not.
fn has(tokens: &TokenStream, name: &str, member: bool) -> bool {
    let mut dots = 0;
    tokens.clone().into_iter().any(|token| {
        let behind = std::mem::replace(&mut dots, 0);
        match token {
            TokenTree::Group(group) => has(&group.stream(), name, member),
            TokenTree::Ident(ident) => ident == name && (behind == 1) == member,
            TokenTree::Punct(mark) => {
                dots = if mark.as_char() == '.' { behind + 1 } else { 0 };
                false
            }
            TokenTree::Literal(_) => false,
        }
    })
}

/// All names of a module's items that the tokens have: `at::NAME`.
fn items(tokens: TokenStream, module: &Ident, found: &mut HashSet<Ident>) {
    // How much of `at::` stands before the token.
    let mut before = 0;
    for token in tokens {
        before = match token {
            TokenTree::Group(group) => {
                items(group.stream(), module, found);
                0
            }
            TokenTree::Ident(ident) => {
                let is_module = usize::from(ident == *module);
                if before == 3 {
                    found.insert(ident);
                }
                is_module
            }
            TokenTree::Punct(mark) if mark.as_char() == ':' && (1..3).contains(&before) => before + 1,
            _ => 0,
        };
    }
}

/// Values of a function that lie in the same place go by the name of the last of them; but what a gradient replaces keeps its
/// own until then.
fn shared_places(plan: &Plan, ops: &[usize], touched: &[Id]) -> SharedPlaces {
    let place = |id: Id| Some((plan.memory.slots[id.0]?, plan.tape.value(id).element == Element::Byte));
    let ops = || ops.iter().map(|&op| &plan.tape.ops[op]);
    let of_loss: Vec<Id> =
        ops().filter(|op| op.kernel.facts().loss.is_some()).map(|op| op.writes[0]).collect();
    let mut shared = SharedPlaces::default();
    for (i, &id) in touched.iter().enumerate() {
        let is_there = |other: &&Id| place(id).is_some() && place(id) == place(**other);
        let later = touched[i + 1..].iter().filter(is_there);
        let (gradients, values): (Vec<Id>, Vec<Id>) = later.partition(|other| of_loss.contains(other));
        if let Some(&last) = values.last() {
            shared.aliases.push((id, last));
        } else if let Some(&gradient) = gradients.last() {
            shared.replaced.push((id, gradient));
        }
    }
    shared
}

/// The constants of the slots that generated functions name.
pub(super) fn slots(plan: &Plan, module: &Ident, code: &TokenStream) -> TokenStream {
    let mut mentioned = HashSet::new();
    items(code.clone(), module, &mut mentioned);
    let constants = (0..plan.tape.values.len()).filter_map(|i| {
        let slot = plan.memory.slots[i]?;
        let name = names::slot(&plan.tape, Id(i));
        if !mentioned.contains(&name) {
            return None;
        }
        let at = number(slot.at);
        let home = match slot.home {
            Home::Tile => quote!(tile),
            Home::Lane => quote!(lane),
            Home::Partial | Home::Whole => quote!(once),
            Home::Batch => quote!(batch),
        };
        let shape = array(&plan.tape.value(Id(i)).shape);
        Some(quote!(pub(super) const #name: Slot = Slot::#home(#at, #shape);))
    });
    let constants: Vec<_> = constants.collect();
    if constants.is_empty() {
        return TokenStream::new();
    }
    quote! {
        /// Where each value lies: its first number, and its shape for each sample of a tile, lane or batch, or `once`.
        /// Values that are never needed at the same time share a place.
        mod #module {
            use super::Slot;
            #(#constants)*
        }
    }
}
