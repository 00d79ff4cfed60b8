//! The tape, the schedule and the memory plan as text, for people and for snapshots.

use crate::codegen::size;
use crate::graph::Graph;
use crate::ops::{Activation, Spread};
use crate::passes::{Home, Plan};
use crate::tape::{Element, Extent, Factor, Id, Kind, Op, Reach, Tape};
use std::fmt::Write;

/// The kernel calls of a plan: what is read; which parameters, and what is written.
pub fn tape(graph: &Graph, tape: &Tape) -> String {
    tape.ops.iter().fold(String::new(), |mut text, op| {
        let _ = writeln!(text, "{}", call(graph, tape, op));
        text
    })
}

/// The phases, with the calls of each.
pub fn schedule(graph: &Graph, plan: &Plan) -> String {
    let mut text = String::new();
    for (i, phase) in plan.schedule.phases.iter().enumerate() {
        let who = if phase.lanes { "each lane" } else { "the whole batch" };
        let _ = writeln!(text, "phase {}: {who}", i + 1);
        for group in &phase.groups {
            let direction = if group.backward { "backward" } else { "forward" };
            let _ = writeln!(text, "  {} {direction}", graph.layer(group.layer).name);
            for &op in &group.ops {
                let _ = writeln!(text, "    {}", call(graph, &plan.tape, &plan.tape.ops[op]));
            }
        }
    }
    text
}

/// How the batch is cut, and where every value lies.
pub fn memory(plan: &Plan) -> String {
    let (place, memory) = (&plan.place, &plan.memory);
    let mut text = String::new();
    let _ = writeln!(
        text,
        "batch {} = {} lanes of {}, {} samples at a time",
        place.batch, place.lanes, place.lane, place.tile
    );
    let lane = 4 * memory.lane_floats + memory.lane_bytes;
    let _ =
        writeln!(text, "a lane {}, of which partial sums {}", size(lane), size(4 * memory.partial_floats));
    let _ = writeln!(text, "shared {}", size(4 * memory.shared_floats));
    let _ = writeln!(text, "whole-batch values {}", size(4 * memory.batch_floats));
    let _ = writeln!(text, "all {}", size(memory.bytes(place)));
    let mut slots: Vec<_> = memory
        .slots
        .iter()
        .enumerate()
        .filter_map(|(i, slot)| slot.map(|s| (s, plan.tape.value(Id(i)))))
        .collect();
    slots.sort_by(|(a, x), (b, y)| {
        (a.home as usize, x.element as usize, a.at, &x.name).cmp(&(
            b.home as usize,
            y.element as usize,
            b.at,
            &y.name,
        ))
    });
    for (slot, value) in slots {
        let home = match slot.home {
            Home::Tile => "a sample of the tile",
            Home::Lane => "a sample of the lane",
            Home::Partial => "a lane",
            Home::Batch => "a sample of the batch",
            Home::Whole => "in all",
        };
        let unit = if value.element == Element::Byte { "bytes" } else { "floats" };
        let _ = writeln!(text, "{:>8}  {:<32} {} {unit} {home}", slot.at, value.name, slot.len);
    }
    text
}

fn call(graph: &Graph, tape: &Tape, op: &Op) -> String {
    let names =
        |ids: &[Id]| ids.iter().map(|&id| tape.value(id).name.as_str()).collect::<Vec<_>>().join(", ");
    let params: Vec<&str> = op.params.iter().map(|&p| graph.param(p).name.as_str()).collect();
    let params = if params.is_empty() { String::new() } else { format!("; {}", params.join(", ")) };
    let written: Vec<String> = op
        .writes
        .iter()
        .map(|&id| {
            let value = tape.value(id);
            match value.extent {
                Extent::Partial => format!("+{}", value.name),
                _ => value.name.clone(),
            }
        })
        .collect();
    format!("{}({}{params}) → {}", kernel(&op.kind), names(&op.reads), written.join(", "))
}

/// What a factor is spread over.
fn over(factor: &Factor) -> &'static str {
    match factor.spread {
        Spread::Same => "",
        Spread::Channels => "_channels",
        Spread::Pixels => "_pixels",
    }
}

/// The name of a kernel, with the activation that it applies.
pub fn kernel(kind: &Kind) -> String {
    let acted = |name: &str, a: &Option<Activation>| match a {
        Some(a) => format!("{name}_{}", a.kind()),
        None => name.to_string(),
    };
    let reach = |name: String, reach: &Reach| match reach {
        Reach::Tile => name,
        Reach::One => format!("{name}_one"),
        Reach::Batch => format!("{name}_batch"),
    };
    match kind {
        Kind::ToChannelsLast => "to_channels_last".into(),
        Kind::ToChannelsFirst => "to_channels_first".into(),
        Kind::Pack(_) => "pack".into(),
        Kind::PackFolded(..) => "pack_folded".into(),
        Kind::PackTransposed(_) => "pack_transposed".into(),
        Kind::PackDense(_) => "pack".into(),
        Kind::Conv { window, activation, pool, residual, .. } => {
            let name = if window.fewer_products(false) { "conv_winograd" } else { "conv" };
            let name = acted(&format!("{name}{}", if *residual { "_add" } else { "" }), activation);
            if pool.is_some() { name + "_max_pool" } else { name }
        }
        Kind::ConvInputGrad(window) if window.fewer_products(true) => "conv_input_grad_winograd".into(),
        Kind::ConvInputGrad(_) => "conv_input_grad".into(),
        Kind::ConvWeightGrad { reach: r, .. } => reach("conv_weight_grad".into(), r),
        Kind::ConvTransposed { activation, .. } => acted("conv_transposed", activation),
        Kind::UnpackGrad(_) => "unpack_grad".into(),
        Kind::Dense { activation, reach: r, .. } => reach(acted("dense", activation), r),
        Kind::DenseInputGrad { slope, reach: r, .. } => reach(acted("dense_input_grad", slope), r),
        Kind::DenseWeightGrad { reach: r, .. } => reach("dense_weight_grad".into(), r),
        Kind::BiasGrad { reach: r, .. } => reach("bias_grad".into(), r),
        Kind::MaxPool(_) => "max_pool".into(),
        Kind::MaxPoolGrad(_) => "max_pool_grad".into(),
        Kind::AvgPool(_) => "avg_pool".into(),
        Kind::AvgPoolGrad(_) => "avg_pool_grad".into(),
        Kind::GlobalAvgPool(..) => "global_avg_pool".into(),
        Kind::GlobalAvgPoolGrad(..) => "global_avg_pool_grad".into(),
        Kind::GlobalMaxPool(..) => "global_max_pool".into(),
        Kind::GlobalMaxPoolGrad(..) => "global_max_pool_grad".into(),
        Kind::AdaptiveAvgPool(_) => "adaptive_avg_pool".into(),
        Kind::AdaptiveAvgPoolGrad(_) => "adaptive_avg_pool_grad".into(),
        Kind::AdaptiveMaxPool(_) => "adaptive_max_pool".into(),
        Kind::AdaptiveMaxPoolGrad(_) => "adaptive_max_pool_grad".into(),
        Kind::Upsample(op) => format!("upsample_{}", op.mode.name()),
        Kind::UpsampleGrad(op) => format!("upsample_{}_grad", op.mode.name()),
        Kind::Remap(_) => "remap".into(),
        Kind::RemapGrad(_) => "remap_grad".into(),
        Kind::DepthTaps(_) => "depth_taps".into(),
        Kind::DepthTapsGrad(_) => "depth_taps_grad".into(),
        Kind::Restride(_) => "restride".into(),
        Kind::RestrideGrad(_) => "restride_grad".into(),
        Kind::Mul(factor) => format!("mul{}", over(factor)),
        Kind::FactorGrad(factor) => format!("factor_grad{}", over(factor)),
        Kind::Sub => "sub".into(),
        Kind::Negate => "negate".into(),
        Kind::Max => "max".into(),
        Kind::MaxGrad => "max_grad".into(),
        Kind::Moments(_) => "moments".into(),
        Kind::FinishMoments(_) => "finish_moments".into(),
        Kind::Normalize(_, a) => acted("normalize", a),
        Kind::NormSums(_) => "norm_sums".into(),
        Kind::NormInputGrad(..) => "norm_input_grad".into(),
        Kind::NormalizeRunning(_, a) => acted("normalize_running", a),
        Kind::NormRunningGrad(_) => "norm_running_grad".into(),
        Kind::ReorderParam(..) => "reorder_param".into(),
        Kind::ReorderGrad(..) => "reorder_grad".into(),
        Kind::SampleNorm(_, a) => acted("sample_norm", a),
        Kind::SampleNormInputGrad(_) => "sample_norm_input_grad".into(),
        Kind::SampleNormWeightGrad(_) => "sample_norm_weight_grad".into(),
        Kind::Dropout(p) => format!("dropout[{p}]"),
        Kind::DropoutGrad(_) => "dropout_grad".into(),
        Kind::DropUnits(p, units) => {
            format!("drop_{}[{p}]", if units.units == 1 { "sample" } else { "channels" })
        }
        Kind::DropUnitsGrad(..) => "drop_units_grad".into(),
        Kind::AlphaDropout(p) => format!("alpha_dropout[{p}]"),
        Kind::AlphaDropoutGrad(_) => "alpha_dropout_grad".into(),
        Kind::Noise(deviation) => format!("noise[{deviation}]"),
        Kind::Activate(a) => acted("activate", &Some(*a)),
        Kind::ActivationGrad(a) => acted("activation_grad", &Some(*a)),
        Kind::Prelu(_) => "prelu".into(),
        Kind::PreluInputGrad(_) => "prelu_input_grad".into(),
        Kind::PreluSlopeGrad(_) => "prelu_slope_grad".into(),
        Kind::Softmax(_) => "softmax".into(),
        Kind::Logits => "logits".into(),
        Kind::SoftmaxGrad(_) => "softmax_grad".into(),
        Kind::Across(op, _) => op.kind().into(),
        Kind::AcrossGrad(op, _) => format!("{}_grad", op.kind()),
        Kind::Add(a) => acted("add", a),
        Kind::Concat(_) => "concat".into(),
        Kind::ConcatGrad(_) => "concat_grad".into(),
        Kind::Loss(loss, weight) => {
            let applied = loss.applies().map_or_else(String::new, |op| format!("{}_", op.kind()));
            let weight = if *weight == 1.0 { String::new() } else { format!("{weight} ") };
            format!("{weight}loss_{applied}{}", loss.kind())
        }
        Kind::WeighTargets(..) => "weigh_targets".into(),
        Kind::Reduce => "sum_lanes".into(),
        Kind::SplitNormSums(_) => "split_norm_sums".into(),
    }
}
