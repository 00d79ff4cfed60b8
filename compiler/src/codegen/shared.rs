//! Functions that several layers share.
//!
//! A block that is used several times, and a `repeat`, unfold to layers whose functions do the same: they make the same calls of
//! kernels, on values that stand in the same relation to each other. Such functions are written once. What differs from use to
//! use becomes an argument:
//!
//! | what differs | in the function | in a call of it |
//! | --- | --- | --- |
//! | where the values lie | `[input, conv]: [Slot; 2]` | `[at::STEM_RELU1, at::RESIDUAL1_CONV1]` |
//! | values of the caller | `input: &[f32]` | `input` |
//! | parameters | `norm: &Norm<CHANNELS>` | `&step.params.residual1_batch_norm1` |
//! | types of kernels | `Shape: Conv` | `shape::Residual1Conv1` |
//! | sizes | `const CHANNELS: usize` | `8` |
//! | streams of random numbers | `stream: u32` | `7` |
//!
//! Equality is that of the tokens of the calls, after everything in this table has been taken out of them ([`Reader`]): no room of a
//! kernel has to know that its calls are shared. A type or a size that is the same in all uses stays in the function.
//!
//! Uses that differ in types or sizes share a function from [`WORTH_A_GENERIC`] on: two layers are easier to read as they are.
//! Layers that are compiled in one piece, functions that compute nothing but losses, and those that write gradients straight to
//! their place keep their own.

use super::function::{Context, Touched, in_one_piece, losses, mentions, writes_gradients};
use super::{describe, names, params};
use crate::graph::{Graph, LayerId, Param};
use crate::kernels::tape::Id;
use crate::kernels::types::{Nature, Types};
use crate::passes::Group;
use crate::tokens::number;
use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use std::collections::{HashMap, HashSet};
use std::fmt::Write;

/// Uses from which on a function is worth its generic parameters.
const WORTH_A_GENERIC: usize = 3;

/// The shared functions of a plan.
pub(super) struct Shared {
    /// The family and the place in it of each group that shares its function, by its first call.
    members: HashMap<usize, (usize, usize)>,
    families: Vec<Family>,
}

/// Groups that share a function.
struct Family {
    uses: Vec<Use>,
    /// Known once the function has been written.
    name: Option<Ident>,
    generics: Generics,
}

/// One use of a function, and everything that is special about it.
struct Use {
    group: Group,
    /// Types, sizes and streams, in the order in which the calls have them.
    holes: Vec<Hole>,
    /// Layers whose parameters are read.
    layers: Vec<LayerId>,
    /// Values that lie in slots, and the caller's.
    slots: Vec<Id>,
    outside: Vec<Id>,
}

/// Something in the calls that may differ from use to use.
#[derive(Clone, Debug, PartialEq)]
enum Hole {
    /// A type that calls are made of, and its trait.
    Type(Ident, Ident),
    /// A type that is given to a call, and its trait.
    Given(Ident, Ident),
    /// A size, and how it is called.
    Size(String, &'static str),
    /// The number of a stream of random numbers.
    Stream(String),
}

impl Shared {
    /// Finds the groups of a plan that share functions.
    pub(super) fn find(context: Context<'_>) -> Shared {
        let plan = context.plan;
        let mut known: HashMap<String, usize> = HashMap::new();
        let mut families: Vec<Vec<Use>> = vec![];
        // Groups whose calls need not be written to see that they are those of another.
        let mut seen: HashMap<String, (usize, usize)> = HashMap::new();
        let phases = plan.schedule.phases.iter().filter(|phase| phase.lanes && !in_one_piece(plan, phase));
        for group in phases.flat_map(|phase| &phase.groups) {
            if writes_gradients(plan, &group.ops) || !losses(context.graph, plan, group).is_empty() {
                continue;
            }
            let touched = Touched::of(plan, group);
            let looks = looks(context, group, &touched);
            if let Some(&(family, first)) = seen.get(&looks) {
                let family: &mut Vec<Use> = &mut families[family];
                let used = family[first].of_namesake(context, group, &touched);
                family.push(used);
                continue;
            }
            let Some((key, used)) = read(context, group, &touched) else { continue };
            let next = families.len();
            let family = *known.entry(key).or_insert(next);
            if family == next {
                families.push(vec![]);
            }
            seen.insert(looks, (family, families[family].len()));
            families[family].push(used);
        }
        families.retain(|uses| {
            let same = uses.iter().all(|one| one.holes == uses[0].holes);
            uses.len() >= WORTH_A_GENERIC || (uses.len() > 1 && same)
        });
        let mut members = HashMap::new();
        for (family, uses) in families.iter().enumerate() {
            members.extend(uses.iter().enumerate().map(|(i, one)| (one.group.ops[0], (family, i))));
        }
        let family = |uses: Vec<Use>| Family { generics: Generics::of(&uses), uses, name: None };
        Shared { members, families: families.into_iter().map(family).collect() }
    }

    /// The call of a group's function, and the function if it has not been written yet; `None` for a group that has one of its own.
    pub(super) fn call(
        &mut self,
        context: Context<'_>,
        group: &Group,
        at: &Ident,
        name: impl FnOnce([String; 2]) -> Ident,
    ) -> Option<(TokenStream, TokenStream)> {
        let &(family, member) = self.members.get(&group.ops[0])?;
        let family = &mut self.families[family];
        let mut item = TokenStream::new();
        let function = match &family.name {
            Some(function) => function.clone(),
            None => {
                let function = name(family.kinds(context));
                item = family.function(context, &function)?;
                family.name = Some(function.clone());
                function
            }
        };
        let (used, generics) = (&family.uses[member], &family.generics);
        let types = generics.arguments(used);
        let params = used.layers.iter().map(|&layer| {
            let field = names::field(context.graph, layer);
            quote!(, &step.params.#field)
        });
        let given = generics.given(used);
        let slots: Vec<Ident> = used.slots.iter().map(|&id| names::slot(&context.plan.tape, id)).collect();
        let slots = (!slots.is_empty()).then(|| quote!(, [#(#at::#slots),*]));
        let outside = used.outside.iter().map(|&id| names::value(&context.plan.tape, id));
        Some((quote!(#function #types (tile, step #(#params)* #given #slots #(, #outside)*);), item))
    }
}

impl Family {
    /// Returns a name for the layers, `residual_conv`, and a longer one in case that is taken, `residual_conv_batch_norm`.
    fn kinds(&self, context: Context<'_>) -> [String; 2] {
        let Context { graph, plan, .. } = context;
        let parts: Vec<(Option<String>, String)> =
            self.uses.iter().map(|one| kind(&graph.layer(one.group.layer).name)).collect();
        let (block, own) = &parts[0];
        let own = match parts.iter().all(|(_, other)| other == own) {
            true => own.clone(),
            false => graph.node(self.uses[0].group.layer).op.kind().to_string(),
        };
        let layers = describe::layers(plan, &self.uses[0].group);
        let all: Vec<&str> = layers.iter().map(|&layer| graph.node(layer).op.kind()).collect();
        let block =
            block.as_ref().filter(|block| parts.iter().all(|(other, _)| other.as_ref() == Some(block)));
        [own, all.join("_")].map(|own| block.map_or_else(|| own.clone(), |block| format!("{block}_{own}")))
    }

    /// The function, made of the calls of the first use.
    fn function(&self, context: Context<'_>, name: &Ident) -> Option<TokenStream> {
        let Context { graph, plan, .. } = context;
        let first = &self.uses[0];
        let touched = Touched::of(plan, &first.group);
        let calls = touched.calls(context, &first.group, false);
        let known = Known::of(context, &first.group, &touched);
        let mut locals = Locals::new(graph, first);
        let layers: Vec<(LayerId, Ident)> =
            first.layers.iter().map(|&layer| (layer, locals.layer(graph, layer))).collect();
        let variables = known.locals(context, &touched, &mut locals);
        let (generics, open) = (&self.generics, vec![]);
        let mut writer = Writer { variables: &variables, layers: &layers, generics, next: 0, open };
        let body = writer.write(&known, calls)?;
        let mut params = vec![];
        for (layer, local) in &layers {
            let layer_type = writer.write(&known, layer_type(graph, *layer))?;
            params.push(quote!(, #local: &#layer_type));
        }
        let variable = |id| &variables[known.variable(&names::value(&plan.tape, id))];
        let slots: Vec<&Ident> = touched.slots().into_iter().map(variable).collect();
        let count = number(slots.len());
        let slots_param = (!slots.is_empty()).then(|| quote!(, [#(#slots),*]: [Slot; #count]));
        let outside = touched.parameters(plan, |id| variable(id).clone());
        let shared = touched.shared.iter().map(|&id| variable(id));
        let view = |field: &str, ids: &[Id]| {
            let (field, vars) =
                (format_ident!("{field}"), ids.iter().map(|&id| variable(id)).collect::<Vec<_>>());
            (!vars.is_empty()).then(|| quote!(let [#(#vars),*] = tile.#field.get([#(#vars),*]);))
        };
        let (floats, bytes) = (view("floats", &touched.floats), view("bytes", &touched.bytes));
        let body = quote!(#(let #shared = step.shared(#shared);)* #floats #bytes #body);
        let [tile, step] = ["tile", "step"]
            .map(|used| format_ident!("{}{used}", if mentions(&body, used) { "" } else { "_" }));
        let (types, given) = (self.generics.parameters(), self.generics.given_parameters());
        let groups: Vec<&Group> = self.uses.iter().map(|one| &one.group).collect();
        let doc = describe::groups(graph, plan, &groups);
        Some(quote! {
            #[doc = #doc]
            fn #name #types (#tile: &mut Tile, #step: &Step<Params> #(#params)* #given #slots_param #outside) {
                #body
            }
        })
    }
}

/// The block that a layer is in, and what it is in there, both without numbers: `residual2.conv1` as `residual` and `conv`.
fn kind(name: &str) -> (Option<String>, String) {
    let plain = |word: &str| {
        let plain = word.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('_');
        crate::names::part(if plain.is_empty() { word } else { plain })
    };
    let mut words = name.rsplit('.');
    let own = words.next().map_or_else(String::new, plain);
    (words.next().map(plain), own)
}

/// The type of a layer's parameters.
fn layer_type(graph: &Graph, layer: LayerId) -> TokenStream {
    let own: Vec<&Param> = graph.node(layer).params.iter().map(|&id| graph.param(id)).collect();
    params::layer_type(&own)
}

/// Reads a use of a function, and the text that it has in common with every other use.
fn read(context: Context<'_>, group: &Group, touched: &Touched) -> Option<(String, Use)> {
    let known = Known::of(context, group, touched);
    let mut reader = Reader { key: String::new(), holes: vec![], layers: vec![] };
    for (kind, ids) in [("shared", &touched.shared), ("floats", &touched.floats), ("bytes", &touched.bytes)] {
        let _ = write!(reader.key, "{kind} {} ", ids.len());
    }
    let _ = write!(reader.key, "{} ", if group.backward { "backward" } else { "forward" });
    let given = touched.parameters(context.plan, |id| {
        format_ident!("v{}", known.variable(&names::value(&context.plan.tape, id)))
    });
    let _ = write!(reader.key, "{given} ");
    walk(&known, touched.calls(context, group, false), "", &mut reader)?;
    let mut at = 0;
    while let Some(&layer) = reader.layers.get(at) {
        walk(&known, layer_type(context.graph, layer), "", &mut reader)?;
        at += 1;
    }
    let Reader { key, holes, layers } = reader;
    let (slots, outside) = (touched.slots(), touched.outside().collect());
    Some((key, Use { group: group.clone(), holes, layers, slots, outside }))
}

/// Returns a text that is the same for groups whose calls differ only in the names of values and layers: kernels and their types,
/// and the relations of the values. Groups of a `repeat` have it in common, and it costs much less than their calls.
fn looks(context: Context<'_>, group: &Group, touched: &Touched) -> String {
    let Context { graph, plan, types } = context;
    let layers = layers_of(context, group);
    let layer = |id: LayerId| layers.iter().position(|other| *other == id);
    let local = |id: Id| touched.all.iter().position(|other| *other == id);
    let mut text = format!("{} {:?}", group.backward, layer(group.layer));
    for &op in &group.ops {
        let op = &plan.tape.ops[op];
        // Layers with equal constants have one type.
        let kernel = format!("{:?}", op.kernel);
        let mut parts = kernel.split("LayerId(");
        text.extend(parts.next());
        for part in parts {
            let (number, rest) = part.split_once(')').unwrap_or((part, ""));
            let id = LayerId(number.parse().unwrap_or_default());
            let _ = write!(text, "{:?} {:?} {rest}", layer(id), types.of_layer(id));
        }
        let _ = write!(text, " {:?} {:?}", layer(op.layer), types.of_layer(op.layer));
        op.joined.iter().for_each(|&id| text.extend([" joined ".into(), format!("{:?}", layer(id))]));
        for &id in op.reads.iter().chain(&op.writes) {
            let _ = write!(text, " {:?} {}", local(id), plan.tape.is_logits(id));
        }
        for &id in &op.params {
            let param = graph.param(id);
            let _ = write!(text, " {} {:?} {:?}", names::tensor_name(param), layer(param.layer), param.shape);
        }
    }
    for &id in &touched.all {
        let (value, home) = (plan.tape.value(id), plan.memory.slots[id.0].map(|slot| slot.home));
        let name = local(touched.places.name_of(id));
        let _ = write!(text, " {home:?} {:?} {:?} {:?} {name:?}", value.shape, value.extent, value.element);
    }
    for &(from, to) in &touched.places.replaced {
        let _ = write!(text, " {:?} for {:?}", local(to), local(from));
    }
    text
}

/// The layers of a group's calls and parameters, in an order that is the same for groups with the same calls.
fn layers_of(Context { graph, plan, .. }: Context<'_>, group: &Group) -> Vec<LayerId> {
    let of = |&op: &usize| {
        let op = &plan.tape.ops[op];
        let params = op.params.iter().map(|&id| graph.param(id).layer);
        [op.layer].into_iter().chain(op.joined.iter().copied()).chain(params).collect::<Vec<_>>()
    };
    group.ops.iter().flat_map(of).collect()
}

impl Use {
    /// A use by a group that looks the same.
    fn of_namesake(&self, context: Context<'_>, group: &Group, touched: &Touched) -> Use {
        let [mine, others] = [&self.group, group].map(|group| layers_of(context, group));
        let other = |layer: LayerId| mine.iter().position(|id| *id == layer).map_or(layer, |at| others[at]);
        let hole = |hole: &Hole| match hole {
            Hole::Stream(number) => {
                Hole::Stream(other(LayerId(number.parse().unwrap_or_default())).0.to_string())
            }
            Hole::Type(..) | Hole::Given(..) | Hole::Size(..) => hole.clone(),
        };
        Use {
            group: group.clone(),
            holes: self.holes.iter().map(hole).collect(),
            layers: self.layers.iter().map(|&layer| other(layer)).collect(),
            slots: touched.slots(),
            outside: touched.outside().collect(),
        }
    }
}

/// The names in the calls of a group that differ from use to use.
struct Known<'a> {
    types: &'a Types<'a>,
    /// The number of each variable: those in slots first, then the caller's, then others.
    variables: HashMap<String, usize>,
    /// Variables in the order of their numbers.
    ids: Vec<Id>,
    /// The layers of the parameters' fields.
    fields: HashMap<String, LayerId>,
}

impl<'a> Known<'a> {
    fn of(context: Context<'a>, group: &Group, touched: &Touched) -> Known<'a> {
        let Context { graph, plan, types } = context;
        let mut known = Known { types, variables: HashMap::new(), ids: vec![], fields: HashMap::new() };
        for id in touched.slots().into_iter().chain(touched.outside()).chain(touched.all.iter().copied()) {
            let name = plan.tape.value(id).name.clone();
            let next = known.ids.len();
            if *known.variables.entry(name).or_insert(next) == next {
                known.ids.push(id);
            }
        }
        for layer in layers_of(context, group) {
            known.fields.insert(names::field(graph, layer).to_string(), layer);
        }
        known
    }

    fn variable(&self, name: &Ident) -> usize {
        self.variables[&name.to_string()]
    }

    /// The variables' names in a shared function.
    fn locals(&self, context: Context<'_>, touched: &Touched, locals: &mut Locals) -> Vec<Ident> {
        let written: HashSet<_> = touched.written.iter().collect();
        let name = |id: &Id| locals.value(&context.plan.tape.value(*id).name, written.contains(id));
        self.ids.iter().map(name).collect()
    }
}

/// Names of variables in a function that layers of several blocks share.
struct Locals {
    /// Prefix of the names of the first block's values.
    block: String,
    used: HashSet<String>,
}

impl Locals {
    fn new(graph: &Graph, first: &Use) -> Locals {
        let name = &graph.layer(first.group.layer).name;
        let block =
            name.rsplit_once('.').map_or_else(String::new, |(block, _)| crate::names::part(block) + "_");
        let used = ["tile", "step", "gradients", "stream", "shape", "at"].map(String::from);
        Locals { block, used: HashSet::from(used) }
    }

    fn unique(&mut self, name: &str) -> Ident {
        let mut unique = name.to_string();
        let mut numbered = (2..).map(|number| format!("{name}_{number}"));
        while !self.used.insert(unique.clone()) {
            unique = numbered.next().unwrap_or_default();
        }
        format_ident!("{unique}")
    }

    /// The parameters of a layer.
    fn layer(&mut self, graph: &Graph, layer: LayerId) -> Ident {
        let kind = graph.node(layer).op.kind();
        self.unique(if kind.ends_with("norm") { "norm" } else { "learned" })
    }

    /// `residual2_conv1_packed` as `conv_packed`, `d_residual2_conv1` as `d_conv`; a value of another block as `input`.
    fn value(&mut self, name: &str, written: bool) -> Ident {
        let (gradient, name) = name.strip_prefix("d_").map_or(("", name), |name| ("d_", name));
        let own = match name.strip_prefix(&self.block) {
            Some(own) => {
                own.split('_').map(plain).filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_")
            }
            None if written == gradient.is_empty() => "output".into(),
            None => "input".into(),
        };
        let name = if own.is_empty() { name } else { &own };
        let name = crate::names::variable(&format!("{gradient}{name}"));
        self.unique(&name)
    }
}

/// A word without the number at its end.
fn plain(word: &str) -> &str {
    word.trim_end_matches(|c: char| c.is_ascii_digit())
}

/// Parameters of a shared function that stand for types, sizes and streams.
struct Generics {
    /// The tokens of each hole.
    written: Vec<TokenStream>,
    parameters: Vec<Generic>,
}

/// A parameter of a shared function.
struct Generic {
    name: Ident,
    /// A hole that has its values, and the first of these.
    hole: usize,
    first: Hole,
}

impl Generics {
    /// One for all holes that have the same values in every use; none for those that have one value.
    fn of(uses: &[Use]) -> Generics {
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

    fn name(&self, wanted: &str) -> Ident {
        let mut name = wanted.to_string();
        let mut numbered = (2..).map(|number| format!("{wanted}{number}"));
        while self.parameters.iter().any(|other| other.name == name) {
            name = numbered.next().unwrap_or_default();
        }
        format_ident!("{name}")
    }

    /// `<Shape: Conv, const CHANNELS: usize>`
    fn parameters(&self) -> Option<TokenStream> {
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
    fn arguments(&self, used: &Use) -> Option<TokenStream> {
        let of = |wanted: fn(&Hole) -> bool| {
            let list = self.parameters.iter().filter(move |generic| wanted(&generic.first));
            list.map(|generic| used.holes[generic.hole].tokens())
        };
        let types = of(|hole| matches!(hole, Hole::Type(..)));
        let all: Vec<TokenStream> = types.chain(of(|hole| matches!(hole, Hole::Size(..)))).collect();
        (!all.is_empty()).then(|| quote!(::<#(#all),*>))
    }

    /// `, pool: impl Pool, stream: u32`
    fn given_parameters(&self) -> TokenStream {
        let list = self.parameters.iter().filter_map(|Generic { name, first, .. }| match first {
            Hole::Given(_, bound) => Some(quote!(, #name: impl #bound)),
            Hole::Stream(_) => Some(quote!(, #name: u32)),
            Hole::Type(..) | Hole::Size(..) => None,
        });
        list.collect()
    }

    /// `, shape::MaxPool1, 7`
    fn given(&self, used: &Use) -> TokenStream {
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
    fn equals(&self, other: &Hole) -> bool {
        match (self, other) {
            (Hole::Size(a, _), Hole::Size(b, _)) => a == b,
            _ => self == other,
        }
    }

    /// A value in generated code.
    fn tokens(&self) -> TokenStream {
        match self {
            Hole::Type(name, _) | Hole::Given(name, _) => quote!(shape::#name),
            Hole::Size(number, _) | Hole::Stream(number) => number.parse().unwrap_or_default(),
        }
    }

    /// The name of a parameter for it.
    fn name(&self) -> String {
        match self {
            Hole::Type(..) => "Shape".into(),
            Hole::Given(_, bound) => bound.to_string().to_lowercase(),
            Hole::Size(_, name) => (*name).into(),
            Hole::Stream(_) => "stream".into(),
        }
    }
}

/// Part of a call, as [`walk`] meets it.
enum Piece {
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
trait Sink {
    fn take(&mut self, piece: Piece);
}

/// Makes a text of calls that is the same for every use.
struct Reader {
    key: String,
    holes: Vec<Hole>,
    layers: Vec<LayerId>,
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
struct Writer<'a> {
    variables: &'a [Ident],
    layers: &'a [(LayerId, Ident)],
    generics: &'a Generics,
    /// The next hole.
    next: usize,
    /// Groups that are open, with their tokens so far.
    open: Vec<TokenStream>,
}

impl Writer<'_> {
    /// The tokens with everything that differs replaced.
    fn write(&mut self, known: &Known<'_>, tokens: TokenStream) -> Option<TokenStream> {
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
fn walk(known: &Known<'_>, tokens: TokenStream, callee: &str, sink: &mut impl Sink) -> Option<()> {
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
fn size_name(of: &str, at: usize) -> &'static str {
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
