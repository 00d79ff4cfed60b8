//! Lints on what is written and never used.

use crate::advice;
use crate::resolve::library::Library;
use crate::sink::Sink;

/// Reports blocks, block parameters and imports that nothing uses. A file without networks is a library: its
/// blocks are for others.
pub(crate) fn lint(library: &Library<'_>, sink: &mut Sink) {
    if library.own_networks().next().is_none() && library.own_trains().next().is_none() {
        return;
    }
    for block in library.own_blocks() {
        let name = &block.name.node;
        if !sink.is_used(block.name.span) {
            sink.push(
                advice::UNUSED_BLOCK.at(block.name.span,
                    format!("the block `{name}` is never used"),
                )
                .help(format!(
                    "use it as a layer, `{name}(...)`, or remove it; until then its layers are not checked"
                )),
            );
            continue;
        }
        for param in &block.params {
            if !sink.is_used(param.name.span) {
                let param = &param.name;
                let message = format!("the parameter `{}` is never used", param.node);
                let warning = advice::UNUSED_PARAMETER.at(param.span, message);
                sink.push(match sink.is_overruled(param.span) {
                    true => warning.help(format!(
                        "where an option takes the word `{}`, the word is meant: give the parameter another name",
                        param.node
                    )),
                    false => warning.help("remove it here and in the uses of the block"),
                });
            }
        }
    }
    for (file, span) in library.own_imports() {
        if !library.is_file_used(*file, sink) {
            sink.push(advice::UNUSED_IMPORT.at(*span, "nothing of this file is used").help("remove it"));
        }
    }
}
