//! Labels in recipes: which parameters a setting is for, and what is wrong with labels that name none.

use super::library::Library;
use super::recipe::own_values;
use crate::args::{Args, Signature, list};
use crate::graph::{Graph, Param};
use crate::recipe::{Only, Phase, Recipe, names, prefixes};
use crate::sink::Sink;
use netwright_grammar::ast::{ExprKind, Ident, Setting, Train};
use netwright_grammar::{Diagnostic, Span, Spanned, nearest};

/// Reads the argument `only`: a label, a pattern or a list of them; all parameters if it is not given.
pub(super) fn only(args: &mut Args<'_>) -> Only {
    const EXPECTED: &str = "a label, a pattern such as \"conv*\", or a list of them";
    Only(args.names("only", EXPECTED))
}

/// `after(epochs)`: when something is frozen or learns again.
pub(super) const AFTER: Signature<'static> =
    Signature { name: "after", positional: 1, params: &[("epochs", None)] };

/// A line of `freeze` or `unfreeze`.
struct Frozen<'a> {
    key: &'a Ident,
    /// The number of epochs before the change.
    after: usize,
    labels: Vec<(&'a str, Span)>,
}

impl<'a> Frozen<'a> {
    fn new(setting: &'a Setting, library: &Library<'_>) -> Frozen<'a> {
        let mut line = Frozen { key: &setting.key, after: 0, labels: vec![] };
        let mut understood = setting.is_whole();
        for value in own_values(setting, library).0 {
            match &value.node {
                ExprKind::Name(name) | ExprKind::Text(name) => line.labels.push((name, value.span)),
                ExprKind::Call(call) => {
                    line.after = match call.args.first().map(|arg| &arg.value.node) {
                        Some(&ExprKind::Int(epochs)) => usize::try_from(epochs).unwrap_or_default(),
                        _ => 0,
                    };
                    understood &= line.after > 0 && call.name.node == AFTER.name;
                }
                _ => {}
            }
        }
        if !understood {
            line.labels.clear();
        }
        line
    }

    fn freezes(&self) -> bool {
        self.key.node == "freeze"
    }

    /// Does what it says; reports labels of nothing that it could change.
    fn apply(&self, graph: &mut Graph, sink: &mut Sink) {
        let purpose = if self.freezes() { "to freeze" } else { "to unfreeze" };
        for &(pattern, span) in &self.labels {
            let (mut found, mut changed) = (false, false);
            for param in graph.params.iter_mut().filter(|param| names(pattern, &param.name)) {
                found = true;
                changed |= param.frozen != self.freezes();
                param.frozen = self.freezes();
            }
            // From the beginning on, more than one label may name the same layers.
            let counts = changed || (self.freezes() && self.after == 0);
            if !found {
                sink.push(nothing(pattern, span, purpose, graph));
            } else if !counts {
                let (state, order) = match self.freezes() {
                    true => ("is frozen already", "remove it here"),
                    false => (
                        "is not frozen here",
                        "write `freeze` for it before; lines are read from the first to the last",
                    ),
                };
                sink.push(Diagnostic::error("E0507", span, format!("`{pattern}` {state}")).help(order));
            }
        }
    }

    /// Describes a change of frozen parameters: `` `stem` learns too``.
    fn change(&self) -> String {
        let labels: Vec<String> = self.labels.iter().map(|(label, _)| format!("`{label}`")).collect();
        let (labels, many) = (list(&labels, "and"), labels.len() > 1);
        match (self.freezes(), many) {
            (true, false) => format!("{labels} is frozen"),
            (true, true) => format!("{labels} are frozen"),
            (false, false) => format!("{labels} learns too"),
            (false, true) => format!("{labels} learn too"),
        }
    }
}

/// Sets what `freeze` and `unfreeze` name, and says what changes after some epochs.
pub(super) fn freeze(
    train: &Train,
    library: &Library<'_>,
    graph: &mut Graph,
    epochs: Option<usize>,
    sink: &mut Sink,
) -> Vec<Phase> {
    let settings = train.settings.iter().filter(|s| ["freeze", "unfreeze"].contains(&s.key.node.as_str()));
    let mut lines: Vec<Frozen<'_>> = settings.map(|setting| Frozen::new(setting, library)).collect();
    lines.sort_by_key(|line| line.after);
    let (first, later) = lines.split_at(lines.partition_point(|line| line.after == 0));
    first.iter().for_each(|line| line.apply(graph, sink));
    let mut phases: Vec<Phase> = vec![];
    if later.is_empty() {
        return phases;
    }
    let mut now = graph.clone();
    for line in later {
        if let Some(epochs) = epochs.filter(|epochs| line.after >= *epochs) {
            sink.push(
                Diagnostic::error("E0506", line.key.span, "the training ends before this")
                    .here(format!("after {} epochs", line.after))
                    .help(format!("it has {epochs} epochs")),
            );
        }
        line.apply(&mut now, sink);
        let frozen = now.params.iter().map(|param| param.frozen).collect();
        match phases.last_mut().filter(|phase| phase.after == line.after) {
            Some(phase) => {
                phase.frozen = frozen;
                phase.change = format!("{}, {}", phase.change, line.change());
            }
            None => phases.push(Phase { after: line.after, frozen, change: line.change() }),
        }
    }
    phases
}

/// Returns the graph with those parameters frozen that never learn.
pub(super) fn never_learned(graph: &Graph, phases: &[Phase]) -> Graph {
    let mut graph = graph.clone();
    for (at, param) in graph.params.iter_mut().enumerate() {
        param.frozen &= phases.iter().all(|phase| phase.frozen[at]);
    }
    graph
}

/// Returns the error for a label of no parameter.
fn nothing(pattern: &str, span: Span, purpose: &str, graph: &Graph) -> Diagnostic {
    if let Some(layer) = graph.layers.iter().find(|layer| names(pattern, &layer.name)) {
        let message = format!("`{pattern}` has no parameters {purpose}");
        return Diagnostic::error("E0507", span, message)
            .also(layer.span, format!("this is `{}`", layer.name))
            .help("remove it here; `netwright explain` lists the parameters");
    }
    let message = format!("`{pattern}` names no layer of `{}`", graph.name);
    let diagnostic = Diagnostic::error("E0507", span, message);
    let known = graph.params.iter().flat_map(|param| prefixes(&param.name));
    match nearest(pattern, known) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic.help(
            "give the layers that are meant a label, as in `stem: conv(16, 3x3)`, or use a pattern such as \"conv*\"",
        ),
    }
}

/// One thing that a recipe says of some parameters.
struct Saying<'a> {
    /// `rate`
    what: &'static str,
    only: &'a Only,
    span: Span,
    is_for: Box<dyn Fn(&Param) -> bool + 'a>,
    /// Advice for a label that names only parameters of other roles.
    help: &'static str,
}

/// Checks that every label names a parameter that its setting can change, and that no parameter is told the
/// same thing twice.
pub(super) fn check(recipe: &Recipe, graph: &Graph, sink: &mut Sink) {
    let rates = recipe.rates.iter().map(|rate| ("rate", rate));
    let decays = recipe.decays.iter().map(|decay| ("decay", decay));
    let factors = rates.chain(decays).map(|(what, factor)| Saying {
        what,
        only: &factor.only,
        span: factor.span,
        is_for: Box::new(move |param| factor.is_for(param)),
        help: "",
    });
    let penalties = recipe.penalties.iter().flat_map(|penalty| {
        let parts = [("l1", penalty.l1), ("l2", penalty.l2)].into_iter().filter(|(_, factor)| *factor != 0.0);
        parts.map(move |(what, _)| Saying {
            what,
            only: &penalty.only,
            span: penalty.span,
            is_for: Box::new(move |param| penalty.is_for(param)),
            help: "penalties count weights; with `biases=true` and `norms=true` they count those too",
        })
    });
    let bounds = recipe.max_norms.iter().map(|bound| Saying {
        what: "max_norm",
        only: &bound.only,
        span: bound.span,
        is_for: Box::new(move |param| bound.is_for(param)),
        help: "`max_norm` is for weights",
    });
    let all: Vec<Saying<'_>> = factors.chain(penalties).chain(bounds).collect();
    for (at, saying) in all.iter().enumerate() {
        // Both parts of `elastic` have the same labels.
        if all[..at].iter().all(|other| other.span != saying.span) {
            labels(saying, graph, sink);
        }
        let twice = all[..at].iter().filter(|other| other.what == saying.what).find_map(|other| {
            let both = |param: &&Param| (other.is_for)(param) && (saying.is_for)(param);
            graph.params.iter().find(both).map(|param| (other, param))
        });
        if let Some((other, param)) = twice {
            let message = format!("`{}` has two values of `{}`", param.name, saying.what);
            sink.push(
                Diagnostic::error("E0506", saying.span, message)
                    .also(other.span, "the first")
                    .help("let each parameter be named once"),
            );
        }
    }
}

fn labels(saying: &Saying<'_>, graph: &Graph, sink: &mut Sink) {
    for Spanned { node: pattern, span } in &saying.only.0 {
        let named: Vec<&Param> = graph.params.iter().filter(|param| names(pattern, &param.name)).collect();
        if named.iter().any(|param| (saying.is_for)(param)) {
            continue;
        }
        let nothing_else = || format!("`{pattern}` names nothing that `{}` could change", saying.what);
        sink.push(if named.is_empty() {
            nothing(pattern, *span, "to learn", graph)
        } else if named.iter().all(|param| !param.is_learned()) {
            Diagnostic::error("E0507", *span, nothing_else())
                .here("what it names is frozen or not learned")
                .help("remove it here, or do not freeze it")
        } else {
            let found: Vec<String> = named.iter().map(|param| format!("`{}`", param.name)).take(4).collect();
            Diagnostic::error("E0507", *span, nothing_else())
                .here(format!("it names {}", found.join(", ")))
                .help(saying.help)
        });
    }
}
