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
//! Equality is that of the tokens of the calls, after everything in this table has been taken out of them ([`walk`]): no room of a
//! kernel has to know that its calls are shared. A type or a size that is the same in all uses stays in the function.
//!
//! Uses that differ in types or sizes share a function from [`WORTH_A_GENERIC`] on: two layers are easier to read as they are.
//! Layers that are compiled in one piece, functions that compute nothing but losses, and those that write gradients straight to
//! their place keep their own.

mod generics;
mod known;
mod walk;

use super::function::{Context, Touched, in_one_piece, losses, mentions, writes_gradients};
use super::{describe, names, params};
use crate::graph::{Graph, LayerId, Param};
use crate::kernels::tape::Id;
use crate::passes::Group;
use crate::tokens::number;
use generics::{Generics, Hole};
use known::{Known, Locals};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use std::collections::HashMap;
use std::fmt::Write;
use walk::{Reader, Writer, walk};

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
