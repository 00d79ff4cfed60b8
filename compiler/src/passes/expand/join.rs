//! Joins as kernels.

use super::Expansion;
use crate::graph::Node;
use crate::kernels::concat::{Columns, Concat};
use crate::kernels::elementwise::Elementwise;
use crate::kernels::scale::{Factor, Scale};
use crate::kernels::tape::Id;
use crate::ops::{Axis, Join, Spread, spread};

impl Expansion<'_> {
    pub(super) fn join(&mut self, join: Join, node: &Node) -> Id {
        match join {
            Join::Add => self.one_call(Elementwise::Add(None), node),
            Join::Sub => self.one_call(Elementwise::Sub, node),
            Join::Concat(axis) => {
                let shapes = node.inputs.iter().map(|&v| self.shape(v));
                let columns = columns(axis, shapes, self.shape(node.output));
                self.one_call(Concat::Join(columns), node)
            }
            Join::Mul => self.product(node),
            Join::Max => self.maximum(node),
        }
    }

    /// Adds a chain of products of two; the first factor has the shape of the whole.
    fn product(&mut self, node: &Node) -> Id {
        let (reads, name) = (self.reads(node), self.name(node));
        let shape = self.graph.value(node.output).shape.clone();
        let spreads = node.inputs.iter().map(|v| spread(&self.graph.value(*v).shape, &shape));
        let mut factors: Vec<(Id, Spread)> = reads.iter().copied().zip(spreads.flatten()).collect();
        factors.sort_by_key(|(_, spread)| *spread != Spread::Same);
        let (channels, pixels) = (shape[0], shape[1..].iter().product());
        let mut y = factors[0].0;
        for (i, &(factor, spread)) in factors.iter().enumerate().skip(1) {
            let name = if i + 1 < factors.len() { format!("{name}_part{i}") } else { name.clone() };
            let next = self.sample(name, shape.clone());
            let kernel = Scale::By(Factor { spread, channels, pixels });
            self.op(kernel, vec![y, factor], vec![], vec![next], node.layer);
            y = next;
        }
        y
    }

    /// Adds a chain of maxima of two.
    fn maximum(&mut self, node: &Node) -> Id {
        let (reads, name) = (self.reads(node), self.name(node));
        let shape = self.graph.value(node.output).shape.clone();
        let mut y = reads[0];
        for (i, &other) in reads.iter().enumerate().skip(1) {
            let name = if i + 1 < reads.len() { format!("{name}_part{i}") } else { name.clone() };
            let next = self.sample(name, shape.clone());
            self.op(Elementwise::Max, vec![y, other], vec![], vec![next], node.layer);
            y = next;
        }
        y
    }
}

/// Returns the place of each part. Parts along the first axis after the channels are runs of a sample's
/// numbers, those along a later one runs of what has one place along the axes before it, such as a row.
fn columns<'s>(axis: Axis, parts: impl Iterator<Item = &'s [usize]>, whole: &[usize]) -> Vec<Columns> {
    let pixels: usize = whole[1..].iter().product();
    let place = axis.place(whole.len()).unwrap_or_default();
    let (each, rows): (usize, usize) = match place {
        0 => (1, pixels),
        _ => (whole[0] * whole[place + 1..].iter().product::<usize>(), whole[1..place].iter().product()),
    };
    let mut at = 0;
    let part = |shape: &[usize]| {
        let part = shape[place] * each;
        at += part;
        Columns { part, whole: whole[place] * each, at: at - part, pixels: rows }
    };
    parts.map(part).collect()
}
