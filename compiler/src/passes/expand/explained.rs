//! Values that a caller looks at: feature maps, and outputs with the choice of what is explained of them.

use super::Expansion;
use crate::graph::{LayerId, ValueId};
use crate::kernels::layout::{Layout, caller_layout, reorders};
use crate::kernels::tape::{Chosen, Element, Extent, Id, Map};

impl Expansion<'_> {
    /// Gives a value in between to the caller.
    pub(super) fn map(&mut self, v: ValueId, of: Id, layer: LayerId) {
        let value = self.graph.value(v);
        let name = format!("{}_map", self.tape.value(of).name);
        let copy = self.tape.push(name, value.shape.clone(), Extent::Given, Element::Float);
        self.op(caller_layout(&value.shape), vec![of], vec![], vec![copy], layer);
        self.tape.maps.push(Map { of, copy, gradient: None });
    }

    /// Gives the output to the caller, and takes the choice of what is explained of it.
    pub(super) fn explained(&mut self) {
        let v = self.graph.outputs[0];
        let layer = self.graph.producer(v).map_or(LayerId(0), |node| node.layer);
        let output = self.read(v, layer);
        let shape = self.graph.value(v).shape.clone();
        // A copy: what the caller has is no part of the network, and has no gradient.
        let copy = self.tape.push("outputs".into(), shape.clone(), Extent::Given, Element::Float);
        self.op(caller_layout(&shape), vec![output], vec![], vec![copy], layer);
        self.tape.outputs.push(copy);
        let given = self.tape.push("chosen".into(), shape.clone(), Extent::Given, Element::Float);
        let mut factors = given;
        if reorders(&shape) {
            factors = self.sample("chosen_last".into(), shape);
            self.op(Layout::ChannelsLast, vec![given], vec![], vec![factors], layer);
        }
        self.tape.chosen = Some(Chosen { output, given, factors });
    }
}
