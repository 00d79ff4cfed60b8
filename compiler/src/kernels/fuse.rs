//! A tape whose calls are joined: what the rules of kernels change it by.

use super::tape::{Element, Extent, Id, Op, Tape, Value};

/// A tape with each value's writer and readers. Calls that were joined to others keep their place until the end, so that
/// every other keeps its own.
pub(crate) struct Joining<'t> {
    tape: &'t mut Tape,
    writer: Vec<Option<usize>>,
    readers: Vec<Vec<usize>>,
    kept: Vec<bool>,
}

impl Joining<'_> {
    /// Creates a tape with nothing joined yet.
    pub(crate) fn new(tape: &mut Tape) -> Joining<'_> {
        let mut readers = vec![Vec::new(); tape.values.len()];
        for (i, op) in tape.ops.iter().enumerate() {
            op.reads.iter().for_each(|id| readers[id.0].push(i));
        }
        Joining { writer: tape.writers(), readers, kept: vec![true; tape.ops.len()], tape }
    }

    /// Takes out the calls that were joined to others.
    pub(crate) fn finish(self) {
        self.tape.keep(self.kept);
    }

    /// Returns the number of calls, joined ones included.
    pub(crate) fn len(&self) -> usize {
        self.tape.ops.len()
    }

    /// Returns true if the call at a place has not been joined to another.
    pub(crate) fn is_kept(&self, i: usize) -> bool {
        self.kept[i]
    }

    /// Returns the call at a place.
    pub(super) fn op(&self, i: usize) -> &Op {
        &self.tape.ops[i]
    }

    /// Returns the value with this index.
    pub(super) fn value(&self, id: Id) -> &Value {
        self.tape.value(id)
    }

    /// Returns the call that writes a value.
    pub(super) fn writer(&self, id: Id) -> Option<usize> {
        self.writer[id.0]
    }

    /// Returns the calls that read a value.
    pub(super) fn readers(&self, id: Id) -> &[usize] {
        &self.readers[id.0]
    }

    /// Returns the call that writes a value which only call `i` reads, and no caller.
    pub(super) fn writer_for(&self, id: Id, i: usize) -> Option<usize> {
        self.writer(id).filter(|_| self.is_only_for(id, &[i]))
    }

    /// Returns the only call that reads a value, which no caller does.
    pub(super) fn reader_of(&self, id: Id) -> Option<usize> {
        let &[reader] = self.readers(id) else { return None };
        self.is_only_for(id, &[reader]).then_some(reader)
    }

    /// Returns true if only these calls read a value, and no caller.
    pub(super) fn is_only_for(&self, id: Id, calls: &[usize]) -> bool {
        let inside = self.value(id).extent == Extent::Sample;
        inside && self.readers(id).iter().all(|reader| calls.contains(reader))
    }

    /// Changes the call at a place.
    pub(super) fn edit(&mut self, i: usize, change: impl FnOnce(&mut Op)) {
        self.unlink(i);
        change(&mut self.tape.ops[i]);
        self.link(i);
    }

    /// Takes out the call at a place, whose work another does from now on.
    pub(super) fn remove(&mut self, i: usize) -> Op {
        self.unlink(i);
        self.kept[i] = false;
        self.tape.ops[i].clone()
    }

    /// Adds a new value of floats like another, of another name.
    pub(super) fn value_like(&mut self, id: Id, name: String) -> Id {
        let Value { shape, extent, .. } = self.value(id).clone();
        self.new_value(name, shape, extent)
    }

    /// Adds a new value of floats.
    pub(super) fn new_value(&mut self, name: String, shape: Vec<usize>, extent: Extent) -> Id {
        self.writer.push(None);
        self.readers.push(Vec::new());
        self.tape.push(name, shape, extent, Element::Float)
    }

    /// Makes of a value the room that one call needs.
    pub(super) fn make_scratch(&mut self, id: Id) {
        let value = &mut self.tape.values[id.0];
        (value.extent, value.element) = (Extent::Scratch, Element::Float);
        let name = format!("{}_scratch", value.name);
        self.tape.rename(id, name);
    }

    fn unlink(&mut self, i: usize) {
        let op = &self.tape.ops[i];
        for id in &op.reads {
            self.readers[id.0].retain(|&reader| reader != i);
        }
        for id in &op.writes {
            if self.writer[id.0] == Some(i) {
                self.writer[id.0] = None;
            }
        }
    }

    fn link(&mut self, i: usize) {
        let op = &self.tape.ops[i];
        op.reads.iter().for_each(|id| self.readers[id.0].push(i));
        for id in &op.writes {
            self.writer[id.0].get_or_insert(i);
        }
    }
}
