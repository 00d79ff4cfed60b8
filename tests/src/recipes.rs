//! Recipes in which any two settings stand together, and whether code defines anything twice.

use netwright_compiler::{Model, NoFiles, Options, Severity, generate, parse_program};
use proc_macro2::TokenStream;
use std::collections::BTreeSet;
use syn::{Fields, ImplItem, Item, Pat};

/// The settings of a recipe that change what is generated, by their keys; each in all its forms.
pub const SETTINGS: &[(&str, &[&str])] = &[
    (
        "optimizer",
        &[
            "sgd(lr=0.05)",
            "momentum(lr=0.02)",
            "nesterov(lr=0.02)",
            "sgd(lr=0.02, momentum=0.8, nesterov=true)",
            "adam",
            "adamw",
            "amsgrad",
            "nadam",
            "radam(weight_decay=0.1)",
            "adamax",
            "adagrad(lr_decay=0.1, initial=0.01)",
            "adadelta",
            "rmsprop",
            "rmsprop(momentum=0.5)",
            "rmsprop(centered=true)",
            "rmsprop(momentum=0.5, centered=true)",
            "adafactor",
            "lion",
            "lamb",
        ],
    ),
    (
        "schedule",
        &[
            "constant(warmup=1)",
            "step(3)",
            "multi_step([2, 5], factor=0.5)",
            "exponential(0.9)",
            "polynomial(power=2, last=0.1)",
            "inverse_sqrt(warmup=2)",
            "cosine(warmup=1)",
            "cosine_restarts(2, growth=2)",
            "one_cycle",
            "cyclic(1, fall=3, low=0.2)",
            "on_plateau(factor=0.5, patience=1)",
        ],
    ),
    ("ema", &["0.9"]),
    ("accumulate", &["3"]),
    ("clip", &["value(1)", "norm(1)", "global_norm(1)"]),
    ("constrain", &["max_norm(2)", "max_norm(3, only=head)"]),
    (
        "regularize",
        &["l2(1e-4)", "l1(1e-4, biases=true) l2(1e-3, only=head)", "elastic(1e-4, 1e-3, norms=true)"],
    ),
    ("stop", &["early(patience=2)", "early(on=val_accuracy)"]),
    ("weights", &["given"]),
    ("memory", &["64MB"]),
    ("rate", &["head 10"]),
    ("decay", &["\"*.bias\" 0"]),
    ("freeze", &["stem", "stem after(2)", "stem unfreeze stem after(2)"]),
];

/// One form of a setting, by the places in [`SETTINGS`].
pub type Setting = (usize, usize);

/// Returns all forms of all settings.
pub fn settings() -> Vec<Setting> {
    let forms = |(key, (_, forms)): (usize, &(&str, &[&str]))| {
        (0..forms.len()).map(move |form| (key, form)).collect()
    };
    SETTINGS.iter().enumerate().flat_map(|it| -> Vec<Setting> { forms(it) }).collect()
}

/// Returns the text of a network with these settings.
pub fn text(chosen: &[Setting]) -> String {
    let lines = chosen.iter().map(|&(key, form)| format!("{} {}\n", SETTINGS[key].0, SETTINGS[key].1[form]));
    format!(
        "network Net {{
            input [2, 4, 4]
            stem: {{ conv(3, 3x3, pad=1, bias=false) batch_norm relu }}
            dropout(10%) flatten
            head: dense(3) softmax
            loss cross_entropy
        }}
        train Net {{ epochs 9 batch 8 validate 10%\n{} }}",
        lines.collect::<String>()
    )
}

/// Returns the network, unless two of the settings exclude each other, which the language says.
pub fn model(chosen: &[Setting]) -> Option<Model> {
    let (mut program, found) = parse_program("test.net", &text(chosen), &NoFiles);
    let failed = found.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    (!failed).then(|| program.models.remove(0))
}

/// Returns the code of a network that trains with a program's own samples.
pub fn code(model: &Model) -> TokenStream {
    generate(model, &Options::default())
}

/// Returns few lists of settings in which any two that do not exclude each other stand together.
pub fn covering() -> Vec<Vec<Setting>> {
    let all = settings();
    let mut open: BTreeSet<(Setting, Setting)> = BTreeSet::new();
    for (at, &a) in all.iter().enumerate() {
        open.extend(
            all[at + 1..].iter().filter(|b| a.0 != b.0 && model(&[a, **b]).is_some()).map(|&b| (a, b)),
        );
    }
    let mut lists = vec![];
    while let Some(&(a, b)) = open.first() {
        let mut list = vec![a, b];
        for (key, (_, forms)) in SETTINGS.iter().enumerate() {
            if list.iter().any(|setting| setting.0 == key) {
                continue;
            }
            let new = |form: usize| {
                let pairs = list.iter().map(|&other| (other.min((key, form)), other.max((key, form))));
                pairs.filter(|pair| open.contains(pair)).count()
            };
            let best = (0..forms.len()).max_by_key(|&form| (new(form), std::cmp::Reverse(form)));
            let Some(best) = best.filter(|&form| new(form) > 0) else { continue };
            list.push((key, best));
            if model(&list).is_none() {
                list.pop();
            }
        }
        list.sort_unstable();
        for (at, &a) in list.iter().enumerate() {
            for &b in &list[at + 1..] {
                open.remove(&(a, b));
            }
        }
        lists.push(list);
    }
    lists
}

/// Checks that code is Rust that defines no item, method, field or parameter twice.
///
/// # Errors
/// If it is not; the text describes the fault.
pub fn check(code: TokenStream) -> Result<(), String> {
    let file: syn::File = syn::parse2(code).map_err(|error| format!("not Rust: {error}"))?;
    items(&file.items, "the module")
}

#[derive(Default)]
struct Names(BTreeSet<String>);

impl Names {
    fn add(&mut self, name: String, of: &str) -> Result<(), String> {
        if self.0.contains(&name) {
            return Err(format!("{of} has two of `{name}`"));
        }
        self.0.insert(name);
        Ok(())
    }
}

fn items(items: &[Item], of: &str) -> Result<(), String> {
    let (mut types, mut values) = (Names::default(), Names::default());
    let mut methods = std::collections::BTreeMap::<String, Names>::new();
    for item in items {
        match item {
            Item::Struct(item) => {
                types.add(item.ident.to_string(), of)?;
                if let Fields::Named(fields) = &item.fields {
                    let mut names = Names::default();
                    for field in fields.named.iter().filter_map(|field| field.ident.as_ref()) {
                        names.add(field.to_string(), &item.ident.to_string())?;
                    }
                }
            }
            Item::Type(item) => types.add(item.ident.to_string(), of)?,
            Item::Mod(item) => {
                types.add(item.ident.to_string(), of)?;
                if let Some((_, inner)) = &item.content {
                    self::items(inner, &item.ident.to_string())?;
                }
            }
            Item::Const(item) if item.ident != "_" => values.add(item.ident.to_string(), of)?,
            Item::Fn(item) => {
                values.add(item.sig.ident.to_string(), of)?;
                parameters(&item.sig)?;
            }
            Item::Impl(item) if item.trait_.is_none() => {
                let syn::Type::Path(path) = &*item.self_ty else { continue };
                let name = path.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
                let known = methods.entry(name.clone()).or_default();
                for method in &item.items {
                    if let ImplItem::Fn(method) = method {
                        known.add(method.sig.ident.to_string(), &name)?;
                        parameters(&method.sig)?;
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn parameters(signature: &syn::Signature) -> Result<(), String> {
    let mut names = Names::default();
    for input in &signature.inputs {
        if let syn::FnArg::Typed(typed) = input
            && let Pat::Ident(name) = &*typed.pat
        {
            names.add(name.ident.to_string(), &signature.ident.to_string())?;
        }
    }
    Ok(())
}
