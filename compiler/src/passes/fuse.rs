//! This pass joins kernels: an activation with the sums it acts on, a max pool with the convolution before it, and an
//! activation's slope with the matrix product that makes its gradient; for prediction also a norm with the convolution
//! before it, whose weights then hold it, and a sum with the convolution that makes one of its parts. Logits that a caller may ask
//! for do not keep an activation from being joined.

use super::Mode;
use crate::tape::{Element, Extent, Id, Kind, Op, Tape};

pub(super) fn fuse(tape: &mut Tape, mode: Mode) {
    if mode == Mode::Inference {
        norms(tape);
        sums(tape);
    }
    activations(tape);
    slopes_through_pools(tape);
    pools(tape);
    slopes(tape);
}

/// Whether nothing but operation `i` reads the value and no caller sees it.
fn only_read_by(tape: &Tape, id: Id, i: usize) -> bool {
    tape.value(id).extent == Extent::Sample && tape.readers(id).all(|reader| reader == i)
}

/// The operation that gives a value to callers as logits, if only that and operation `i` read it.
fn logits_of(tape: &Tape, id: Id, i: usize) -> Option<usize> {
    let logits = tape.readers(id).find(|&reader| tape.ops[reader].kind == Kind::Logits)?;
    let alone = tape.readers(id).all(|reader| reader == i || reader == logits);
    (tape.value(id).extent == Extent::Sample && alone).then_some(logits)
}

/// A convolution and the norm by running statistics behind it become one convolution with other weights.
fn norms(tape: &mut Tape) {
    let mut i = 0;
    while i < tape.ops.len() {
        if !fold(tape, i) {
            i += 1;
        }
    }
}

/// Folds operation `i` into the one before it, if it is a norm behind a convolution.
fn fold(tape: &mut Tape, i: usize) -> bool {
    let Kind::NormalizeRunning(norm, None) = tape.ops[i].kind else { return false };
    let x = tape.ops[i].reads[0];
    let Some(conv) = tape.writer(x).filter(|_| only_read_by(tape, x, i)) else { return false };
    let Kind::Conv { activation: None, pool: None, folded: false, .. } = tape.ops[conv].kind else {
        return false;
    };
    let packed = tape.ops[conv].reads[1];
    let Some(pack) = tape.writer(packed) else { return false };
    let Kind::Pack(window) = tape.ops[pack].kind.clone() else { return false };
    let removed = tape.ops.remove(i);
    let name = tape.value(x).name.clone();
    let bias = tape.push(format!("{name}_bias"), vec![norm.channels], Extent::Whole, Element::Float);
    let of_conv = std::mem::take(&mut tape.ops[conv].params);
    let pack = &mut tape.ops[pack];
    pack.kind = Kind::PackFolded(window, norm);
    pack.params.extend(of_conv);
    pack.params.extend(removed.params);
    pack.joined.push(removed.layer);
    pack.writes.push(bias);
    let conv = &mut tape.ops[conv];
    if let Kind::Conv { folded, .. } = &mut conv.kind {
        *folded = true;
    }
    conv.reads.push(bias);
    conv.writes = removed.writes;
    conv.joined.push(removed.layer);
    true
}

/// A sum of two is made by the convolution that makes one of them, if the other is there by then.
fn sums(tape: &mut Tape) {
    let mut i = 0;
    while i < tape.ops.len() {
        let Some((conv, other)) = summand(tape, i) else {
            i += 1;
            continue;
        };
        let removed = tape.ops.remove(i);
        let conv = &mut tape.ops[conv];
        if let Kind::Conv { residual, .. } = &mut conv.kind {
            *residual = true;
        }
        conv.reads.push(other);
        conv.writes = removed.writes;
        conv.joined.push(removed.layer);
    }
}

/// If operation `i` is a sum of two: a convolution that makes one of them for it alone, and the other.
fn summand(tape: &Tape, i: usize) -> Option<(usize, Id)> {
    let (Kind::Add(None), &[a, b]) = (&tape.ops[i].kind, &tape.ops[i].reads[..]) else { return None };
    let fits = |(of, other): (Id, Id)| {
        let conv = tape.writer(of).filter(|_| of != other && only_read_by(tape, of, i))?;
        let plain =
            matches!(tape.ops[conv].kind, Kind::Conv { activation: None, pool: None, residual: false, .. });
        let ready = tape.writer(other).is_none_or(|writer| writer < conv);
        (plain && ready).then_some((conv, other))
    };
    [(a, b), (b, a)].into_iter().find_map(fits)
}

/// Sums and the activation behind them become one call, when nothing else wants the sums: neither another layer nor the
/// slope of an activation that needs its input.
fn activations(tape: &mut Tape) {
    let mut i = 0;
    while i < tape.ops.len() {
        let Kind::Activate(activation) = tape.ops[i].kind else {
            i += 1;
            continue;
        };
        let x = tape.ops[i].reads[0];
        let logits = logits_of(tape, x, i);
        let writer = tape.writer(x).filter(|_| logits.is_some() || only_read_by(tape, x, i));
        let slot = writer.and_then(|w| tape.ops[w].kind.activation_mut());
        if let (Some(slot @ None), Some(w)) = (slot, writer) {
            *slot = Some(activation);
            let removed = tape.ops.remove(i);
            tape.ops[w].writes[0] = removed.writes[0];
            tape.ops[w].joined.push(removed.layer);
            if let Some(logits) = logits {
                // It stands between the two.
                let removed = tape.ops.remove(logits);
                tape.ops[w].writes.extend(removed.writes);
                i -= 1;
            }
        } else {
            i += 1;
        }
    }
}

/// Where the slope follows from the activation's output, the slope at a max pool's input is the slope at its output, where
/// the pool took it from: so it can be applied to the few outputs instead of the many inputs, and the inputs need not be kept.
fn slopes_through_pools(tape: &mut Tape) {
    for i in 1..tape.ops.len() {
        let Kind::ActivationGrad(activation) = tape.ops[i].kind else { continue };
        if activation.slope_needs_input() {
            continue;
        }
        let [dpre, before] = [tape.ops[i].reads[0], tape.ops[i].reads[1]];
        let Some(p) = tape.writer(dpre).filter(|_| only_read_by(tape, dpre, i)) else { continue };
        let Kind::MaxPoolGrad(pool) = tape.ops[p].kind.clone() else { continue };
        let pooled = tape.ops.iter().find(|op| matches!(op.kind, Kind::MaxPool(_)) && op.reads[0] == before);
        let Some(pooled) = pooled.map(|op| op.writes[0]) else { continue };
        let [dy, argmax] = [tape.ops[p].reads[0], tape.ops[p].reads[1]];
        let sloped = tape.value(dy).clone();
        let sloped =
            tape.push(format!("{}_sloped", sloped.name), sloped.shape, sloped.extent, sloped.element);
        let dx = tape.ops[i].writes[0];
        let (pool_layer, activation_layer) = (tape.ops[p].layer, tape.ops[i].layer);
        let at = |kind, reads, writes, layer| Op {
            kind,
            reads,
            params: vec![],
            writes,
            layer,
            joined: vec![],
            backward: true,
        };
        tape.ops[p] = at(Kind::ActivationGrad(activation), vec![dy, pooled], vec![sloped], activation_layer);
        tape.ops[i] = at(Kind::MaxPoolGrad(pool), vec![sloped, argmax], vec![dx], pool_layer);
    }
}

/// A convolution and the max pool behind it become one call that keeps one sample's convolution at a time.
fn pools(tape: &mut Tape) {
    let mut i = 0;
    while i < tape.ops.len() {
        let Kind::MaxPool(pooling) = tape.ops[i].kind.clone() else {
            i += 1;
            continue;
        };
        let x = tape.ops[i].reads[0];
        let writer = tape.writer(x).filter(|_| only_read_by(tape, x, i));
        let with_argmax = tape.ops[i].writes.len() > 1;
        // Of a volume, the pool of a later kernel may see other images, and one slice alone is no sample.
        let samples = tape.value(x).len() == pooling.input.iter().product::<usize>();
        let fused = writer.is_some_and(|w| match &mut tape.ops[w].kind {
            Kind::Conv { window, pool: pool @ None, argmax, residual: false, .. }
                if samples && window.output == pooling.input =>
            {
                *pool = Some(pooling);
                *argmax = with_argmax;
                true
            }
            _ => false,
        });
        if let (true, Some(w)) = (fused, writer) {
            let scratch = &mut tape.values[x.0];
            (scratch.extent, scratch.element) = (Extent::Scratch, Element::Float);
            let name = format!("{}_scratch", scratch.name);
            tape.rename(x, name);
            let pooled = tape.ops.remove(i);
            tape.ops[w].joined.push(pooled.layer);
            tape.ops[w].writes = [vec![pooled.writes[0], x], pooled.writes[1..].to_vec()].concat();
        } else {
            i += 1;
        }
    }
}

/// A dense layer's input gradient is multiplied by the slope of the activation before it while it is in registers.
fn slopes(tape: &mut Tape) {
    let mut i = 0;
    while i < tape.ops.len() {
        let Kind::ActivationGrad(activation) = tape.ops[i].kind else {
            i += 1;
            continue;
        };
        let [d, y] = [tape.ops[i].reads[0], tape.ops[i].reads[1]];
        let writer = tape.writer(d).filter(|_| only_read_by(tape, d, i));
        let slot = writer.and_then(|w| match &mut tape.ops[w].kind {
            Kind::DenseInputGrad { slope: slope @ None, .. } => Some(slope),
            _ => None,
        });
        if let (Some(slot), Some(w)) = (slot, writer) {
            *slot = Some(activation);
            tape.ops[w].reads.push(y);
            tape.ops[w].writes[0] = tape.ops[i].writes[0];
            tape.ops.remove(i);
        } else {
            i += 1;
        }
    }
}
