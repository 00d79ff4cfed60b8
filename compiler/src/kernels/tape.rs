//! The kernel IR of a network: the kernel calls of a training step or a prediction, in their order.
//!
//! [`crate::passes`] makes it of a [`Graph`](crate::graph::Graph), step by step; code is generated from the last form.
//! Images lie channels last here, but shapes are still written channels first.

use super::Kernel;
use crate::graph::{LayerId, ParamId, Shape};
use std::collections::BTreeSet;

/// A network as a straight line of kernel calls.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tape {
    /// The values that are computed or given.
    pub values: Vec<Value>,
    /// The kernel calls, in the order of execution.
    pub ops: Vec<Op>,
    /// The network's inputs, given by the caller.
    pub inputs: Vec<Id>,
    /// The targets that outputs are compared with in training, given by the caller.
    pub targets: Vec<Id>,
    /// The weight of each sample, if the caller gives it.
    pub weights: Option<Id>,
    /// The results: for a prediction the outputs, for a training step the losses and then the inputs'
    /// gradients.
    pub outputs: Vec<Id>,
    /// The logits that a caller of a prediction may ask for, each with the position of the output that is
    /// made from it.
    pub logits: Vec<(usize, Id)>,
    /// The inputs with gradients, if these are wanted, and the gradients.
    pub input_gradients: Vec<(Id, Id)>,
    /// The values in between that a caller gets a copy of.
    pub maps: Vec<Map>,
    /// The gradient that the output of an explanation is given by the caller.
    pub chosen: Option<Chosen>,
    /// The names that values have or had.
    names: BTreeSet<String>,
}

/// A value in between that a caller gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Map {
    /// The value inside of the network.
    pub of: Id,
    /// The caller's copy of it.
    pub copy: Id,
    /// The caller's copy of its gradient, in an explanation.
    pub gradient: Option<Id>,
}

/// The caller's choice of what is explained: a factor for each number of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The output inside of the network.
    pub output: Id,
    /// The factors as the caller gives them.
    pub given: Id,
    /// The factors in the output's layout: its gradient.
    pub factors: Id,
}

/// An index into [`Tape::values`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(pub usize);

/// A value of the kernel IR.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// A Rust name that no other value has: `conv1`, `d_conv1`, `max_pool1_argmax`.
    pub name: String,
    /// The shape of one sample's value, or of the whole, as [`Value::extent`] says.
    pub shape: Shape,
    /// The number of values of that shape, and their origin.
    pub extent: Extent,
    /// Bytes for masks and positions, floats for everything else.
    pub element: Element,
}

impl Value {
    /// Returns the number of elements of one sample's value, or of the whole.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Returns true if there are no numbers.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Lifetime of a value and owner of its memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// One value per sample, in the caller's memory.
    Given,
    /// One value per sample.
    Sample,
    /// A sum over samples that each lane has its own part of.
    Partial,
    /// One value for the whole step.
    Whole,
    /// The gradient of a parameter, with the parameter's shape.
    Gradient(ParamId),
    /// Room that one kernel call needs; nothing is kept in it.
    Scratch,
}

/// Type of a value's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// `f32`
    Float,
    /// `u8`
    Byte,
    /// `u32` class indices
    Class,
}

/// One kernel call.
#[derive(Clone, Debug, PartialEq)]
pub struct Op {
    /// The kernel, with its constants.
    pub(crate) kernel: Kernel,
    /// Values it reads.
    pub reads: Vec<Id>,
    /// Parameters it reads.
    pub params: Vec<ParamId>,
    /// Values it writes; a [`Extent::Partial`] is added to.
    pub writes: Vec<Id>,
    /// The layer that the call computes.
    pub layer: LayerId,
    /// The other layers whose work was joined to the call.
    pub joined: Vec<LayerId>,
    /// True if the call belongs to the backward pass.
    pub backward: bool,
}

impl Tape {
    /// Returns the value with this index.
    pub fn value(&self, id: Id) -> &Value {
        &self.values[id.0]
    }

    /// Adds a new value; a name that is taken gets a number.
    pub(crate) fn push(&mut self, name: String, shape: Shape, extent: Extent, element: Element) -> Id {
        let name = self.unique(name);
        self.values.push(Value { name, shape, extent, element });
        Id(self.values.len() - 1)
    }

    /// Gives a value another name; one that is taken gets a number.
    pub(crate) fn rename(&mut self, id: Id, name: String) {
        self.values[id.0].name = self.unique(name);
    }

    fn unique(&mut self, name: String) -> String {
        if self.names.insert(name.clone()) {
            return name;
        }
        let mut count = 2;
        while !self.names.insert(format!("{name}_{count}")) {
            count += 1;
        }
        format!("{name}_{count}")
    }

    /// Returns for each value the first operation that reads it.
    pub(crate) fn first_readers(&self) -> Vec<Option<usize>> {
        let mut readers = vec![None; self.values.len()];
        for (i, op) in self.ops.iter().enumerate() {
            for id in &op.reads {
                readers[id.0].get_or_insert(i);
            }
        }
        readers
    }

    /// Returns for each value the operation that writes it first.
    pub(crate) fn writers(&self) -> Vec<Option<usize>> {
        let mut writers = vec![None; self.values.len()];
        for (i, op) in self.ops.iter().enumerate() {
            for id in &op.writes {
                writers[id.0].get_or_insert(i);
            }
        }
        writers
    }

    /// Keeps the operations for which there is a `true`.
    pub(crate) fn keep(&mut self, kept: Vec<bool>) {
        let mut kept = kept.into_iter();
        self.ops.retain(|_| kept.next().unwrap_or(true));
    }

    /// Returns true if a value is logits that a caller may ask for.
    pub(crate) fn is_logits(&self, id: Id) -> bool {
        self.logits.iter().any(|(_, logits)| *logits == id)
    }
}
