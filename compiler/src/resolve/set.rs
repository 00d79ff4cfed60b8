//! Settings that a command line puts in place of those of a `train` block: `lr=1e-3`, `stop.patience=5`.
//!
//! They change the syntax tree before anything reads it, so that all rules and messages are those of the text. Each is a text of its
//! own, which messages show.

use super::files::Files;
use crate::args::list;
use crate::program::Overrides;
use crate::sink::Sink;
use netwright_grammar::ast::{Arg, Call, Expr, ExprKind, Item, Setting, Train};
use netwright_grammar::{Diagnostic, FileId, KEYS, Span, Spanned, nearest};

mod value;

/// The name of such a text in messages.
const NAME: &str = "--set";

/// Puts settings in place of those of the text's `train` blocks, or of that of the chosen network.
pub(crate) fn apply(files: &mut Files, overrides: &Overrides, sink: &mut Sink) {
    for text in &overrides.settings {
        let file = FileId(files.trees.len() as u16);
        files.append(NAME.into(), text.clone());
        let change = match Change::read(file, text) {
            Ok(change) => change,
            Err(problem) => {
                sink.push(problem);
                continue;
            }
        };
        let trains = files.trees[0].items.iter_mut().filter_map(|item| match item {
            Item::Train(train) => Some(train),
            _ => None,
        });
        let chosen =
            |train: &&mut Train| overrides.network.as_ref().is_none_or(|name| *name == train.trained().node);
        let mut problems = vec![];
        let mut trains = trains.filter(chosen).peekable();
        if trains.peek().is_none() {
            let message = "there is no `train` block whose settings could be set";
            problems.push(Diagnostic::error("E0501", change.path[0].span, message));
        }
        for train in trains {
            problems.extend(change.make(train).err().into_iter().flatten());
        }
        problems.into_iter().for_each(|problem| sink.push(problem));
    }
}

/// A setting of the command line.
struct Change<'t> {
    file: FileId,
    text: &'t str,
    /// The names before the `=`.
    path: Vec<Spanned<&'t str>>,
    /// The offset of the value.
    value: usize,
}

type Made<T = ()> = Result<T, Vec<Diagnostic>>;

impl<'t> Change<'t> {
    fn read(file: FileId, text: &'t str) -> Result<Change<'t>, Diagnostic> {
        let all = Span { file, start: 0, end: text.len() as u32 };
        let example = "write a name and a value, such as `lr=1e-3`, `epochs=20` or `stop.patience=5`";
        let Some((path, value)) = text.split_once('=') else {
            return Err(Diagnostic::error("E0501", all, "this sets nothing").help(example));
        };
        let mut start = 0;
        let mut names = vec![];
        for name in path.split('.') {
            let span = Span { file, start: start as u32, end: (start + name.len()) as u32 };
            let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if name.is_empty() || !is_name {
                return Err(Diagnostic::error("E0501", all, "a setting's name is missing").help(example));
            }
            names.push(Spanned { node: name, span });
            start += name.len() + 1;
        }
        if value.trim().is_empty() {
            let message = format!("`{path}` needs a value");
            return Err(Diagnostic::error("E0501", all, message).help(example));
        }
        Ok(Change { file, text, path: names, value: path.len() + 1 })
    }

    fn span(&self) -> Span {
        Span { file: self.file, start: 0, end: self.text.len() as u32 }
    }

    fn error(&self, name: &Spanned<&str>, message: String) -> Diagnostic {
        Diagnostic::error("E0501", name.span, message)
    }

    /// Changes a recipe.
    fn make(&self, train: &mut Train) -> Made {
        let first = &self.path[0];
        if KEYS.contains(&first.node) {
            return match &self.path[1..] {
                [] => self.replace(first, train),
                rest => self.change(first.node, rest, train),
            };
        }
        // The rate belongs to the optimizer, whether it is written or not.
        if first.node == "lr" && self.path.len() == 1 {
            return self.change("optimizer", &self.path, train);
        }
        let places = written(train, first.node);
        match (&places[..], self.path.len()) {
            ([place], 1) => self.change(&place.key.clone(), &self.path, train),
            ([_, _, ..], 1) => Err(vec![self.ambiguous(first, &places)]),
            _ => Err(vec![self.unknown(first, train)]),
        }
    }

    fn ambiguous(&self, name: &Spanned<&str>, places: &[Place]) -> Diagnostic {
        let places: Vec<String> = places.iter().map(|place| place.path(name.node)).collect();
        self.error(name, format!("several settings have `{}`", name.node))
            .help(format!("say which: {}", list(&places, "or")))
    }

    fn unknown(&self, name: &Spanned<&str>, train: &Train) -> Diagnostic {
        let arguments: Vec<&str> = train.settings.iter().flat_map(calls).flat_map(argument_names).collect();
        let known = KEYS.iter().copied().chain(["lr"]).chain(arguments);
        let diagnostic = self.error(name, format!("there is no setting `{}`", name.node));
        match nearest(name.node, known) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic.help(format!(
                "name a setting of the `train` block, or one of its arguments as in `optimizer.lr`: the settings are {}",
                KEYS.join(", ")
            )),
        }
    }

    /// Puts a whole setting in place of the text's, or after its last one.
    fn replace(&self, key: &Spanned<&str>, train: &mut Train) -> Made {
        let mut setting = value::setting(self.file, self.text, self.value, key.node)?;
        setting.key.span = key.span;
        setting.span = self.span();
        let at = train.settings.iter().position(|setting| setting.key.node == key.node);
        train.settings.retain(|setting| setting.key.node != key.node);
        train.settings.insert(at.unwrap_or(train.settings.len()), setting);
        Ok(())
    }

    /// Changes an argument of a setting.
    fn change(&self, key: &str, rest: &[Spanned<&str>], train: &mut Train) -> Made {
        if key == "optimizer" && !train.settings.iter().any(|setting| setting.key.node == key) {
            train.settings.push(self.usual_optimizer());
        }
        let Some(setting) = train.settings.iter_mut().find(|setting| setting.key.node == key) else {
            let message = format!("the `train` block has no `{key}`");
            let help = format!("set it as a whole: `--set \"{key}=...\"`");
            return Err(vec![self.error(&self.path[0], message).help(help)]);
        };
        let (at, rest) = self.call(setting, rest)?;
        let name = match rest {
            [] => None,
            [name] => Some(name),
            [_, second, ..] => {
                return Err(vec![self.error(second, format!("`{}` is no argument", second.node))]);
            }
        };
        let value = value::argument(self.file, self.text, self.value, key)?;
        let call = as_call(&mut setting.values[at]);
        set_argument(call, name, value, self.span());
        Ok(())
    }

    /// Returns the number of the value that the names lead to, and the names after it.
    fn call<'n>(
        &self,
        setting: &Setting,
        names: &'n [Spanned<&'t str>],
    ) -> Made<(usize, &'n [Spanned<&'t str>])> {
        let [name, rest @ ..] = names else { return Ok((0, names)) };
        let named = |at: &usize| name_of(&setting.values[*at]) == Some(name.node);
        let has = |at: &usize| {
            let call = call_of(&setting.values[*at]);
            call.is_some_and(|call| argument_names(call).any(|argument| argument == name.node))
        };
        let all: Vec<usize> =
            (0..setting.values.len()).filter(|at| name_of(&setting.values[*at]).is_some()).collect();
        let by_argument: Vec<usize> = all.iter().copied().filter(has).collect();
        if let [at] = by_argument[..] {
            return Ok((at, names));
        }
        if let Some(at) = all.iter().copied().find(named) {
            return Ok((at, rest));
        }
        if by_argument.len() > 1 {
            return Err(vec![self.ambiguous(name, &places(setting, name.node))]);
        }
        match all[..] {
            [at] if rest.is_empty() => Ok((at, names)),
            [] => {
                let key = &setting.key.node;
                let message = format!("`{key}` has no arguments");
                Err(vec![self.error(name, message).help(format!("set it as a whole: `--set \"{key}=...\"`"))])
            }
            _ => {
                let key = &setting.key.node;
                let known: Vec<&str> = all.iter().filter_map(|at| name_of(&setting.values[*at])).collect();
                let diagnostic = self.error(name, format!("`{key}` has no `{}`", name.node));
                Err(vec![match nearest(name.node, known.iter().copied()) {
                    Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                    None => diagnostic.help(format!("it has: {}", known.join(", "))),
                }])
            }
        }
    }

    /// The optimizer of a recipe that names none.
    fn usual_optimizer(&self) -> Setting {
        let span = self.path[0].span;
        let name = |name: &str| Spanned { node: name.to_string(), span };
        let value = Spanned { node: ExprKind::Name("adam".into()), span };
        Setting { key: name("optimizer"), values: vec![value], unread: None, span: self.span() }
    }
}

/// A call in a setting.
struct Place {
    key: String,
    call: String,
}

impl Place {
    fn path(&self, argument: &str) -> String {
        format!("`{}.{}.{argument}`", self.key, self.call)
    }
}

/// Returns the calls that have an argument of this name.
fn written(train: &Train, argument: &str) -> Vec<Place> {
    train.settings.iter().flat_map(|setting| places(setting, argument)).collect()
}

fn places(setting: &Setting, argument: &str) -> Vec<Place> {
    let having = calls(setting).filter(|call| argument_names(call).any(|name| name == argument));
    having.map(|call| Place { key: setting.key.node.clone(), call: call.name.node.clone() }).collect()
}

fn calls(setting: &Setting) -> impl Iterator<Item = &Call> {
    setting.values.iter().filter_map(call_of)
}

fn call_of(value: &Expr) -> Option<&Call> {
    match &value.node {
        ExprKind::Call(call) => Some(call),
        _ => None,
    }
}

fn name_of(value: &Expr) -> Option<&str> {
    match &value.node {
        ExprKind::Name(name) => Some(name),
        ExprKind::Call(call) => Some(&call.name.node),
        _ => None,
    }
}

fn argument_names(call: &Call) -> impl Iterator<Item = &str> {
    call.args.iter().filter_map(|arg| arg.name.as_ref()).map(|name| name.node.as_str())
}

/// Returns a value as a call; a name is one without arguments.
fn as_call(value: &mut Expr) -> &mut Call {
    if let ExprKind::Name(name) = &value.node {
        let name = Spanned { node: name.clone(), span: value.span };
        value.node = ExprKind::Call(Call { name, args: vec![], unread: None, span: value.span });
    }
    match &mut value.node {
        ExprKind::Call(call) => call,
        // Only names and calls are chosen.
        _ => unreachable!("a value without a name has no arguments"),
    }
}

/// Puts a value in place of an argument, or of all that have no name.
fn set_argument(call: &mut Call, name: Option<&Spanned<&str>>, value: Expr, span: Span) {
    let Some(name) = name else {
        call.args.retain(|arg| arg.name.is_some());
        call.args.insert(0, Arg { name: None, value, span });
        return;
    };
    let own = |arg: &Arg| arg.name.as_ref().is_some_and(|own| own.node == name.node);
    // A rate may stand without its name.
    let unnamed = |arg: &Arg| name.node == "lr" && arg.name.is_none();
    let at = call.args.iter().position(own).or_else(|| call.args.iter().position(unnamed));
    let name = Spanned { node: name.node.to_string(), span: name.span };
    let arg = Arg { name: Some(name), value, span };
    match at {
        Some(at) => call.args[at] = arg,
        None => call.args.push(arg),
    }
}
