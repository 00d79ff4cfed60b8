//! The program that says how sure answers are: predictions without the last activation, and the same with layers of noise at work.

use super::explanation::{frame, given, goal, module};
use super::function::Context;
use super::interface;
use crate::emit::emit;
use crate::kernels::types::Types;
use crate::passes::{Mode, Plan, plan};
use crate::program::Model;
use crate::question::Question;
use proc_macro2::TokenStream;
use quote::quote;

/// Returns the code of a program that samples answers.
pub(super) fn program(header: &TokenStream, model: &Model, question: &Question) -> TokenStream {
    let graph = &question.graph;
    let predicting = plan(graph, &goal(Mode::Inference, false, question, false));
    let sampling = plan(graph, &goal(Mode::Sampling, false, question, false));
    let types = Types::of(graph, [&predicting, &sampling].into_iter().flat_map(|plan| &plan.tape.ops));
    let passes = passes(question, &sampling, &types);
    let frame = frame(header, model, Context { graph, plan: &predicting, types: &types });
    let (given, head, noisy) = (given(model), emit(&question.head), question.has_noise());
    let recipe = model.has_data().then(|| {
        quote! {
            fn recipe() -> Option<Recipe> {
                Some(app::settings::recipe())
            }
        }
    });
    quote! {
        #frame
        #passes

        impl app::Sampled for Program {
            #given
            const HEAD: Head = #head;
            const NOISY: bool = #noisy;
            type Passes = passes::Insight;

            #recipe
        }
    }
}

/// Returns a module that takes samples through the layers while those of noise are at work.
fn passes(question: &Question, plan: &Plan, types: &Types<'_>) -> TokenStream {
    let x = interface::inputs(&question.graph).remove(0).arg;
    let face = |new: &TokenStream, calls: &TokenStream| {
        quote! {
            impl app::Passes for Insight {
                type Params = Params;

                #new

                fn pass(&mut self, inputs: &[f32], seed: u64, number: u64, outputs: &mut [f32]) {
                    let samples = inputs.len() / INPUT;
                    let #x = inputs;
                    let lane = parallel::share(samples, LANES, TILE);
                    let step = Step::new(&self.params, &self.shared, samples, seed, number);
                    #calls
                }
            }
        }
    };
    module(question, plan, types, ("passes", " Predictions with layers of noise at work."), face)
}
