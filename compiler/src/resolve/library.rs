//! Blocks and networks, which have names at the top level, and the files that may use them.

use super::cycles;
use super::files::Files;
use crate::args::list;
use crate::ops;
use crate::sink::Sink;
use netwright_grammar::ast::{Block, Call, Ident, Item, Network, Stmt, Train};
use netwright_grammar::{Diagnostic, Span, nearest};
use std::collections::{BTreeMap, BTreeSet};

/// All blocks and networks of a compilation.
pub(crate) struct Library<'a> {
    files: &'a Files,
    blocks: Vec<&'a Block>,
    networks: Vec<&'a Network>,
    /// The blocks that each file can use: its own and those it imports.
    known_blocks: Vec<BTreeMap<&'a str, usize>>,
    known_networks: Vec<BTreeMap<&'a str, usize>>,
    /// Blocks that contain themselves.
    recursive: BTreeSet<Span>,
}

/// Names by which other frameworks know our layers.
const ELSEWHERE: &[(&str, &str)] = &[
    // PyTorch's `Linear`; `linear` is the activation here.
    ("linear", "dense"),
    ("identity", "linear"),
    ("fc", "dense"),
    ("fully_connected", "dense"),
    ("conv2d", "conv"),
    ("convolution", "conv"),
    ("convtranspose2d", "conv_transpose"),
    ("conv_transpose2d", "conv_transpose"),
    ("deconv", "conv_transpose"),
    ("deconvolution", "conv_transpose"),
    ("up_conv", "conv_transpose"),
    ("depthwise_conv2d", "depthwise_conv"),
    ("dwconv", "depthwise_conv"),
    ("upsampling2d", "upsample"),
    ("interpolate", "upsample"),
    ("resize", "upsample"),
    ("maxpool2d", "max_pool"),
    ("max_pool2d", "max_pool"),
    ("avgpool2d", "avg_pool"),
    ("avg_pool2d", "avg_pool"),
    ("adaptiveavgpool2d", "adaptive_avg_pool"),
    ("adaptive_avg_pool2d", "adaptive_avg_pool"),
    ("adaptivemaxpool2d", "adaptive_max_pool"),
    ("adaptive_max_pool2d", "adaptive_max_pool"),
    ("gmp", "global_max_pool"),
    ("gap", "global_avg_pool"),
    ("dropout2d", "spatial_dropout"),
    ("channel_dropout", "spatial_dropout"),
    ("alphadropout", "alpha_dropout"),
    ("drop_path", "stochastic_depth"),
    ("droppath", "stochastic_depth"),
    ("stochasticdepth", "stochastic_depth"),
    ("gaussiannoise", "gaussian_noise"),
    ("noise", "gaussian_noise"),
    ("batchnorm2d", "batch_norm"),
    ("batch_norm2d", "batch_norm"),
    ("bn", "batch_norm"),
    ("layernorm", "layer_norm"),
    ("ln", "layer_norm"),
    ("groupnorm", "group_norm"),
    ("gn", "group_norm"),
    ("instancenorm2d", "instance_norm"),
    ("instance_norm2d", "instance_norm"),
    ("rmsnorm", "rms_norm"),
    ("logistic", "sigmoid"),
    ("hardsigmoid", "hard_sigmoid"),
    ("swish", "silu"),
    ("hardswish", "hard_swish"),
    ("h_swish", "hard_swish"),
    ("lrelu", "leaky_relu"),
    ("parametric_relu", "prelu"),
    ("cat", "concat"),
    ("concatenate", "concat"),
    ("sum", "add"),
    ("plus", "add"),
    ("multiply", "mul"),
    ("product", "mul"),
    ("minus", "sub"),
    ("subtract", "sub"),
    ("maximum", "max"),
    ("view", "reshape"),
    ("unflatten", "reshape"),
    ("transpose", "permute"),
    ("narrow", "slice"),
    ("chunk", "split"),
    ("tensor_split", "split"),
    ("lppool2d", "lp_pool"),
    ("lp_pool2d", "lp_pool"),
    ("center_crop", "crop"),
    ("cropping2d", "crop"),
    ("zeropad2d", "pad"),
    ("reflectionpad2d", "pad"),
    ("replicationpad2d", "pad"),
    ("circularpad2d", "pad"),
    ("pixelshuffle", "pixel_shuffle"),
    ("depth_to_space", "pixel_shuffle"),
    ("pixelunshuffle", "pixel_unshuffle"),
    ("space_to_depth", "pixel_unshuffle"),
];

/// Parts of names of layers that this version does not have.
const MISSING: &[(&str, &str)] = &[
    ("attention", "attention layers"),
    ("transformer", "attention layers"),
    ("lstm", "recurrent layers"),
    ("gru", "recurrent layers"),
    ("rnn", "recurrent layers"),
    ("bidirectional", "recurrent layers"),
    ("embedding", "embeddings"),
];

impl<'a> Library<'a> {
    /// Lists them; reports names that are taken and blocks that contain themselves.
    pub(crate) fn new(files: &'a Files, sink: &mut Sink) -> Library<'a> {
        let count = files.trees.len();
        let mut library = Library {
            files,
            blocks: vec![],
            networks: vec![],
            known_blocks: vec![BTreeMap::new(); count],
            known_networks: vec![BTreeMap::new(); count],
            recursive: BTreeSet::new(),
        };
        for tree in &files.trees {
            for item in &tree.items {
                match item {
                    Item::Block(block) => library.add_block(block, sink),
                    Item::Network(network) => library.add_network(network, sink),
                    Item::Import(_) | Item::Train(_) | Item::Allow(_) | Item::Error(_) => {}
                }
            }
        }
        library.open_imports(sink);
        library.check_recursion(sink);
        library
    }

    /// Returns the block of that name that a file can use.
    pub(super) fn block(&self, file: usize, name: &str) -> Option<&'a Block> {
        self.known_blocks[file].get(name).map(|index| self.blocks[*index])
    }

    /// Returns the text at a place.
    pub(super) fn text(&self, span: Span) -> &'a str {
        let text = &self.files.sources.files[usize::from(span.file.0)].1;
        text.get(span.range()).unwrap_or("...")
    }

    /// Returns true if a block contains itself, which was reported.
    pub(super) fn is_recursive(&self, block: &Block) -> bool {
        self.recursive.contains(&block.span)
    }

    /// Returns the network of that name that a file can use.
    pub(super) fn network(&self, file: usize, name: &str) -> Option<&'a Network> {
        self.known_networks[file].get(name).map(|index| self.networks[*index])
    }

    /// Returns the names of the networks that a file can use.
    pub(super) fn network_names(&self, file: usize) -> impl Iterator<Item = &'a str> {
        self.known_networks[file].keys().copied()
    }

    /// Returns the networks of the first file, in source order.
    pub(crate) fn own_networks(&self) -> impl Iterator<Item = &'a Network> {
        self.networks.iter().copied().filter(|network| network.span.file.0 == 0)
    }

    /// Returns the blocks of the first file, in source order.
    pub(crate) fn own_blocks(&self) -> impl Iterator<Item = &'a Block> {
        self.blocks.iter().copied().filter(|block| block.span.file.0 == 0)
    }

    /// Returns the recipes of the first file; those of imported files belong to them.
    pub(crate) fn own_trains(&self) -> impl Iterator<Item = &'a Train> {
        self.files.trees[0].items.iter().filter_map(|item| match item {
            Item::Train(train) => Some(train),
            _ => None,
        })
    }

    /// Returns the first file's imports: which file, and where.
    pub(crate) fn own_imports(&self) -> &'a [(usize, Span)] {
        &self.files.imports[0]
    }

    /// Returns true if anything of a file was used.
    pub(crate) fn is_file_used(&self, file: usize, sink: &Sink) -> bool {
        let blocks = self.blocks.iter().map(|block| &block.name);
        let networks = self.networks.iter().map(|network| &network.name);
        blocks.chain(networks).any(|name| usize::from(name.span.file.0) == file && sink.is_used(name.span))
    }

    /// Returns true if a file may have an item of this name that could not be read, or not be imported.
    pub(super) fn may_be_unread(&self, file: usize, name: &str) -> bool {
        let imported = self.files.imports[file].iter().map(|(imported, _)| *imported);
        let mut unread = imported.chain([file]).flat_map(|file| &self.files.trees[file].items);
        self.files.incomplete[file]
            || unread.any(|item| match item {
                Item::Error(span) => describes(self.text(*span), name),
                _ => false,
            })
    }

    /// Returns the error for a layer that does not exist; none if it may be a block that could not be read.
    pub(super) fn unknown_layer(&self, file: usize, name: &Ident) -> Option<Diagnostic> {
        if self.may_be_unread(file, &name.node) {
            return None;
        }
        Some(self.missing_layer(file, name))
    }

    fn missing_layer(&self, file: usize, name: &Ident) -> Diagnostic {
        let diagnostic =
            Diagnostic::error("E0201", name.span, format!("there is no layer or block `{}`", name.node));
        if let Some(block) = self.blocks.iter().find(|block| block.name.node == name.node) {
            let source = &self.files.sources.files[usize::from(block.span.file.0)].0;
            return diagnostic
                .also(block.name.span, "a block of this name is in another file")
                .help(format!("import {source:?} in this file to use it"));
        }
        let lower = name.node.to_lowercase();
        if let Some((_, what)) = MISSING.iter().find(|(part, _)| lower.contains(part)) {
            return diagnostic.help(format!("there are no {what} in this version"));
        }
        if let Some((_, ours)) = ELSEWHERE.iter().find(|(theirs, _)| *theirs == lower) {
            return diagnostic.help(format!("it is called `{ours}` here"));
        }
        if ops::losses().any(|loss| loss.signature.name == name.node) {
            return diagnostic.help(format!("it is a loss: write `loss {}`", name.node));
        }
        let layers = ops::names().map(|name| -> &str { name });
        let blocks = self.known_blocks[file].keys().copied();
        match nearest(&name.node, layers.chain(blocks)) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => {
                let names: Vec<String> = ops::names().map(String::from).collect();
                diagnostic.help(format!("the layers are {}", list(&names, "and")))
            }
        }
    }

    fn add_block(&mut self, block: &'a Block, sink: &mut Sink) {
        let name = block.name.node.as_str();
        if ops::names().any(|layer| layer == name) {
            sink.push(
                Diagnostic::error("E0206", block.name.span, format!("`{name}` is the name of a layer"))
                    .help("give the block another name"),
            );
            return;
        }
        let file = usize::from(block.span.file.0);
        if let Some(first) = self.block(file, name) {
            sink.push(taken("block", &block.name, first.name.span));
            return;
        }
        for (index, param) in block.params.iter().enumerate() {
            if let Some(first) = block.params[..index].iter().find(|p| p.name.node == param.name.node) {
                sink.push(
                    Diagnostic::error(
                        "E0206",
                        param.name.span,
                        format!("two parameters are named `{}`", param.name.node),
                    )
                    .also(first.name.span, "first here")
                    .help("give one of them another name"),
                );
            }
        }
        self.known_blocks[file].insert(name, self.blocks.len());
        self.blocks.push(block);
    }

    fn add_network(&mut self, network: &'a Network, sink: &mut Sink) {
        let file = usize::from(network.span.file.0);
        if let Some(first) = self.network(file, &network.name.node) {
            sink.push(taken("network", &network.name, first.name.span));
            return;
        }
        self.known_networks[file].insert(&network.name.node, self.networks.len());
        self.networks.push(network);
    }

    fn open_imports(&mut self, sink: &mut Sink) {
        let own_blocks = self.known_blocks.clone();
        let own_networks = self.known_networks.clone();
        for (file, imports) in self.files.imports.iter().enumerate() {
            for (imported, span) in imports.iter().filter(|(imported, _)| *imported != file) {
                for (name, index) in &own_blocks[*imported] {
                    if let Some(other) = self.known_blocks[file].insert(name, *index) {
                        let places = (self.blocks[other].name.span, self.blocks[*index].name.span);
                        sink.push(clash("block", name, *span, places));
                    }
                }
                for (name, index) in &own_networks[*imported] {
                    if let Some(other) = self.known_networks[file].insert(name, *index) {
                        let places = (self.networks[other].name.span, self.networks[*index].name.span);
                        sink.push(clash("network", name, *span, places));
                    }
                }
            }
        }
    }

    fn check_recursion(&mut self, sink: &mut Sink) {
        let edges: Vec<Vec<(usize, Span)>> = self
            .blocks
            .iter()
            .map(|block| {
                let known = &self.known_blocks[usize::from(block.span.file.0)];
                let mut calls = vec![];
                visit_calls(&block.body, &mut |call| {
                    if let Some(index) = known.get(call.name.node.as_str()) {
                        calls.push((*index, call.name.span));
                    }
                });
                calls
            })
            .collect();
        for cycle in cycles::find(&edges) {
            let mut names: Vec<&str> =
                cycle.path.iter().map(|block| self.blocks[*block].name.node.as_str()).collect();
            let first = self.blocks[cycle.path[0]];
            names.push(names[0]);
            sink.push(
                Diagnostic::error(
                    "E0207",
                    cycle.closing,
                    format!("the block `{}` contains itself", names[0]),
                )
                .here(names.join(" → "))
                .also(first.name.span, "the block")
                .help("a network is a finite drawing: use `repeat` for several layers of one kind"),
            );
            self.recursive.extend(cycle.path.iter().map(|block| self.blocks[*block].span));
        }
    }
}

/// Returns true if a text has this word.
pub(super) fn mentions(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|part| part == word)
}

/// Returns true if an unreadable part of a file may describe an item of this name: it has the name, or is an
/// import, or a block or network without one.
fn describes(unread: &str, name: &str) -> bool {
    let head = unread.split('{').next().unwrap_or_default();
    let words: Vec<&str> = head.split_whitespace().collect();
    matches!(words[..], ["import", ..] | ["block" | "network"]) || mentions(unread, name)
}

/// Goes through all calls of layers in some statements, however deep.
pub(super) fn visit_calls<'a>(body: &'a [Stmt], visit: &mut impl FnMut(&'a Call)) {
    for stmt in body {
        match stmt {
            Stmt::Layer { call, .. } => visit(call),
            Stmt::Group { body, .. } | Stmt::Repeat { body, .. } => visit_calls(body, visit),
            Stmt::Branch { arms, .. } | Stmt::Choose { arms, .. } => {
                arms.iter().for_each(|arm| visit_calls(&arm.body, visit));
            }
            Stmt::If { then, otherwise, .. } => {
                visit_calls(then, visit);
                visit_calls(otherwise, visit);
            }
            Stmt::Input { .. }
            | Stmt::From { .. }
            | Stmt::Output { .. }
            | Stmt::Loss { .. }
            | Stmt::Error(_) => {}
        }
    }
}

fn taken(what: &str, name: &Ident, first: Span) -> Diagnostic {
    Diagnostic::error("E0206", name.span, format!("two {what}s are named `{}`", name.node))
        .also(first, "first here")
        .help("give one of them another name")
}

fn clash(what: &str, name: &str, import: Span, places: (Span, Span)) -> Diagnostic {
    Diagnostic::error("E0206", import, format!("this import brings a second {what} `{name}`"))
        .also(places.0, "one")
        .also(places.1, "the other")
        .help("give one of them another name")
}
