//! Finds what leads back to itself, among imports and among blocks.

/// One edge of a directed graph on which a cycle closes, and the nodes of that cycle.
#[derive(Debug, PartialEq)]
pub(super) struct Cycle<T> {
    /// The edge that leads back.
    pub(super) closing: T,
    /// The nodes from the one that it leads to, to the one that it leaves.
    pub(super) path: Vec<usize>,
}

/// Returns a cycle for each edge that leads back in a depth-first search from the nodes in order. Without
/// these edges the graph has no cycles. It does not recurse: a file may hold many thousands of blocks.
pub(super) fn find<T: Copy>(edges: &[Vec<(usize, T)>]) -> Vec<Cycle<T>> {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    let mut state = vec![State::New; edges.len()];
    let mut cycles = vec![];
    for root in 0..edges.len() {
        if state[root] != State::New {
            continue;
        }
        state[root] = State::Open;
        let mut path = vec![(root, 0)];
        while let Some((node, next)) = path.last_mut() {
            let Some(&(to, label)) = edges[*node].get(*next) else {
                state[*node] = State::Done;
                path.pop();
                continue;
            };
            *next += 1;
            match state[to] {
                State::New => {
                    state[to] = State::Open;
                    path.push((to, 0));
                }
                State::Open => {
                    let nodes = path.iter().map(|(node, _)| *node).skip_while(|node| *node != to);
                    cycles.push(Cycle { closing: label, path: nodes.collect() });
                }
                State::Done => {}
            }
        }
    }
    cycles
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_edge_that_leads_back() {
        let edges = vec![vec![(1, 'a')], vec![(2, 'b')], vec![(1, 'c'), (3, 'd')], vec![]];
        assert_eq!(find(&edges), vec![Cycle { closing: 'c', path: vec![1, 2] }]);
    }

    #[test]
    fn two_ways_to_one_node_are_no_cycle() {
        let edges = vec![vec![(1, ()), (2, ())], vec![(3, ())], vec![(3, ())], vec![]];
        assert_eq!(find(&edges), vec![]);
    }

    #[test]
    fn a_node_can_lead_to_itself() {
        assert_eq!(find(&[vec![(0, 'x')]]), vec![Cycle { closing: 'x', path: vec![0] }]);
    }
}
