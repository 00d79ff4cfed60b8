//! The public items of the runtime: what is added to them or taken from them is seen in a review.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use syn::{Attribute, Item, UseTree, Visibility};

#[test]
fn public_items_of_the_runtime() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime/src/lib.rs");
    let mut items = BTreeSet::new();
    collect("netwright", &source, &mut items);
    assert!(items.len() > 50, "only {} items were found", items.len());
    insta::assert_snapshot!(items.into_iter().collect::<Vec<_>>().join("\n"));
}

/// Adds the public items of a module and of its public modules, without those that are hidden from the documentation.
fn collect(module: &str, source: &Path, items: &mut BTreeSet<String>) {
    let text = fs::read_to_string(source).expect("a module's source");
    let file = syn::parse_file(&text).expect("a source that compiles");
    for item in &file.items {
        match item {
            Item::Mod(inner) if is_public(&inner.vis, &inner.attrs) => {
                let path = format!("{module}::{}", inner.ident);
                items.insert(format!("{path}::"));
                collect(&path, &beside(source, &inner.ident.to_string()), items);
            }
            Item::Use(import) if is_public(&import.vis, &import.attrs) => {
                names(&import.tree, "", &mut |name| {
                    items.insert(format!("{module}::{name}"));
                });
            }
            Item::Macro(makro) if has(&makro.attrs, "macro_export", "") && !is_hidden(&makro.attrs) => {
                let name = makro.ident.as_ref().expect("an exported macro has a name");
                items.insert(format!("{module}::{name}!"));
            }
            _ => {
                if let Some(name) = declared(item) {
                    items.insert(format!("{module}::{name}"));
                }
            }
        }
    }
}

/// The name of an item that the module itself declares as public.
fn declared(item: &Item) -> Option<String> {
    let (vis, attrs, name) = match item {
        Item::Const(item) => (&item.vis, &item.attrs, &item.ident),
        Item::Enum(item) => (&item.vis, &item.attrs, &item.ident),
        Item::Fn(item) => (&item.vis, &item.attrs, &item.sig.ident),
        Item::Static(item) => (&item.vis, &item.attrs, &item.ident),
        Item::Struct(item) => (&item.vis, &item.attrs, &item.ident),
        Item::Trait(item) => (&item.vis, &item.attrs, &item.ident),
        Item::Type(item) => (&item.vis, &item.attrs, &item.ident),
        Item::Union(item) => (&item.vis, &item.attrs, &item.ident),
        _ => return None,
    };
    is_public(vis, attrs).then(|| name.to_string())
}

/// Hands over the names that an import gives.
fn names(tree: &UseTree, parent: &str, found: &mut impl FnMut(String)) {
    match tree {
        UseTree::Path(path) => names(&path.tree, &path.ident.to_string(), found),
        UseTree::Name(name) if name.ident == "self" => found(parent.into()),
        UseTree::Name(name) => found(name.ident.to_string()),
        UseTree::Rename(name) => found(name.rename.to_string()),
        UseTree::Glob(_) => found(format!("all of {parent}")),
        UseTree::Group(group) => group.items.iter().for_each(|item| names(item, parent, found)),
    }
}

fn is_public(vis: &Visibility, attrs: &[Attribute]) -> bool {
    matches!(vis, Visibility::Public(_)) && !is_hidden(attrs)
}

fn is_hidden(attrs: &[Attribute]) -> bool {
    has(attrs, "doc", "hidden")
}

/// Returns whether there is such an attribute with this list, or without one.
fn has(attrs: &[Attribute], name: &str, list: &str) -> bool {
    attrs.iter().any(|attr| {
        let inner = attr.meta.require_list().map_or_else(|_| String::new(), |list| list.tokens.to_string());
        attr.path().is_ident(name) && inner == list
    })
}

/// The source of a module that another one declares.
fn beside(source: &Path, module: &str) -> PathBuf {
    let folder = source.with_extension("");
    let folder = if folder.ends_with("lib") { folder.with_file_name("") } else { folder };
    folder.join(module).with_extension("rs")
}
