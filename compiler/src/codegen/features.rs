//! The features of a frozen front: what computes them, and the step that begins with them. Both call the functions of the
//! whole step, so that not a bit differs.

use super::function::{Context, Exchange, Run, Style, part};
use super::training::{Made, lanes_call, whole_phase};
use super::{Options, describe, names, own};
use crate::passes::{Front, Group, Home, Phase, Plan};
use crate::program::Model;
use crate::tokens::number;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// The two halves of a step.
pub(super) struct Features {
    /// A constant and the functions.
    pub(super) items: TokenStream,
    /// The statements that turn samples into features.
    front: Vec<TokenStream>,
    /// The statements that turn features into gradients.
    rest: Vec<TokenStream>,
}

/// Returns true if a training could use features: it has the same samples in every epoch, and memory for
/// them.
pub(super) fn are_wanted(model: &Model, options: &Options) -> bool {
    let same = model
        .recipe
        .as_ref()
        .is_some_and(|recipe| recipe.data.is_some() && recipe.augment.is_empty() && recipe.memory.is_none());
    // Features are those of one input.
    same && options.training_loop && !options.input_gradient && own::is_plain(&model.graph)
}

/// The halves of the step with these phases, if it has a front: sweeps of those that lanes go through, and calls of all.
pub(super) fn items(
    context: Context<'_>,
    sweeps: &[Made],
    calls: &[TokenStream],
    [used, methods]: [&mut names::Functions; 2],
) -> Option<Features> {
    let plan = context.plan;
    let front = plan.front.as_ref()?;
    let len = number(plan.tape.value(front.features).len());
    let mut items = quote! {
        /// Numbers that the frozen front makes of a sample.
        pub const FEATURES: usize = #len;
    };
    let mut half = |in_front: bool| {
        let mut half = Half { context, front, in_front, begun: false, exchanged: false };
        let phases = plan.schedule.phases.iter().zip(sweeps).zip(calls).enumerate();
        let calls = phases.filter_map(|(at, ((phase, sweep), call))| {
            let (call, functions) = half.phase(at, phase, sweep, call, [&mut *used, &mut *methods])?;
            items.extend(functions);
            Some(call)
        });
        calls.collect::<Vec<_>>()
    };
    let (mut front_calls, mut rest_calls) = (half(true), half(false));
    if is_of_batch(plan, front) {
        let (x, slot) = (names::value(&plan.tape, front.features), names::slot(&plan.tape, front.features));
        let view = quote!(let [#x] = self.batch.get(samples, [at::#slot]););
        front_calls.push(quote!(#view features.copy_from_slice(#x);));
        rest_calls.insert(0, quote!(#view #x.copy_from_slice(features);));
    }
    Some(Features { items, front: front_calls, rest: rest_calls })
}

/// Returns true if calls for the whole batch find the features where they lie.
fn is_of_batch(plan: &Plan, front: &Front) -> bool {
    plan.memory.slots[front.features.0].is_some_and(|slot| slot.home == Home::Batch)
}

/// The calls of the front, or all others.
struct Half<'a> {
    context: Context<'a>,
    front: &'a Front,
    in_front: bool,
    /// True if a phase of the lanes came before.
    begun: bool,
    /// True if a phase of the lanes has taken or given the features.
    exchanged: bool,
}

impl Half<'_> {
    fn has(&self, group: &Group) -> bool {
        self.front.ops[group.ops[0]] == self.in_front
    }

    /// Returns the half's part of a phase, if it has one: the call, and the functions that the whole phase
    /// lacks.
    fn phase(
        &mut self,
        at: usize,
        phase: &Phase,
        made: &Made,
        call: &TokenStream,
        [used, methods]: [&mut names::Functions; 2],
    ) -> Option<(TokenStream, TokenStream)> {
        let &mut Half { context, front, in_front, .. } = self;
        let Context { graph, plan, .. } = context;
        let groups: Vec<Group> = phase.groups.iter().filter(|group| self.has(group)).cloned().collect();
        if groups.is_empty() {
            return None;
        }
        let all = groups.len() == phase.groups.len();
        let half = if in_front { "front" } else { "rest" };
        let own = Phase { lanes: phase.lanes, groups };
        let sweep = match made {
            Made::Sweep(sweep) => sweep,
            Made::Whole(_) if all => return Some((call.clone(), quote!())),
            Made::Whole(name) => {
                let name = names::function(methods, &format!("{name}_{half}"));
                return Some(whole_phase(context, &own, &name));
            }
        };
        let touches = |group: &Group| {
            let mut ops = group.ops.iter().map(|&op| &plan.tape.ops[op]);
            ops.any(|op| op.reads.iter().chain(&op.writes).any(|id| *id == front.features))
        };
        let exchanges = !is_of_batch(plan, front) && !self.exchanged && own.groups.iter().any(touches);
        self.exchanged |= exchanges;
        // The first to need them takes them for all.
        let exchange = match (exchanges, in_front) {
            (false, _) => None,
            (true, true) => Some(Exchange::Store(front.features)),
            (true, false) => Some(Exchange::Load(front.features)),
        };
        let begins = !std::mem::replace(&mut self.begun, true);
        let clears = !in_front && begins;
        let whole_clears = !plan.schedule.phases[..at].iter().any(|phase| phase.lanes);
        if all && exchange.is_none() && clears == whole_clears {
            return Some((call.clone(), quote!()));
        }
        let name = names::function(used, &format!("{}_{half}", sweep.name));
        let piece = names::piece(&name);
        let style = Style { at: format_ident!("at"), name: &|_, _| String::new(), clears, piece };
        let doc = describe::sweep(graph, &own);
        let run = Run { name, doc: &doc, style: &style, exchange };
        let made = part(graph, plan, phase, sweep, |group| self.has(group), run);
        Some((lanes_call(graph, plan, &made), made.items))
    }
}

impl Features {
    /// Methods of the trainer.
    pub(super) fn methods(&self, step: &StepParts<'_>) -> TokenStream {
        let Features { front, rest, .. } = self;
        let StepParts { x, x_any, given, others, begin, end, least } = step;
        let below = number(least - 1);
        let rows = format!("{least} to {{BATCH}} rows, the same number in every argument");
        let too_few = if *least > 1 { "fewer than 2 rows, which a batch norm needs" } else { "no rows" };
        let panics =
            format!(" If there are {too_few}, more than [`BATCH`], or not as many in every argument.");
        quote! {
            /// What the frozen front makes of up to [`BATCH`] samples, for [`step_features`](Trainer::step_features).
            ///
            /// # Panics
            /// If there are no samples, more than [`BATCH`], or not as many rows of features.
            pub fn features(&mut self, #x: &[#x_any], features: &mut [[f32; FEATURES]]) {
                let samples = #x.len();
                assert!(0 < samples && samples <= BATCH && features.len() == samples, "1 to {BATCH} samples, and a row of features for each");
                let (#x, features) = (SampleArray::rows(#x).as_flattened(), features.as_flattened_mut());
                #(#front)*
            }

            /// [`step`](Trainer::step) on samples of which only the features are given; to the bit, it does the same.
            ///
            /// # Panics
            #[doc = #panics]
            #[track_caller]
            pub fn step_features(&mut self, features: &[[f32; FEATURES]], #given rate: f32) -> f32 {
                let samples = features.len();
                assert!(#below < samples && samples <= BATCH #(&& #others.len() == samples)*, #rows);
                let features = features.as_flattened();
                #begin
                #(#rest)*
                #end
            }
        }
    }
}

/// Parts of a step besides its phases.
pub(super) struct StepParts<'a> {
    /// The samples, and the type of one.
    pub(super) x: &'a Ident,
    pub(super) x_any: &'a TokenStream,
    /// Arguments.
    pub(super) given: TokenStream,
    /// The names of the other arguments.
    pub(super) others: Vec<&'a Ident>,
    /// The statements that check the arguments and flatten them.
    pub(super) begin: TokenStream,
    /// The statements after the phases.
    pub(super) end: TokenStream,
    /// The fewest rows.
    pub(super) least: usize,
}
