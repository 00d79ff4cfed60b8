//! Lints that a text allows.

use crate::advice::LINTS;
use crate::sink::Sink;
use netwright_grammar::ast::{File, Item};
use netwright_grammar::{Diagnostic, nearest};
use std::collections::BTreeSet;

/// Lints that are silent in each file, by its index.
pub(crate) struct Allowed<'a> {
    files: Vec<BTreeSet<&'a str>>,
}

/// Returns what the `allow` items of these files say; reports lints that do not exist.
pub(crate) fn allowed<'a>(files: &'a [File], sink: &mut Sink) -> Allowed<'a> {
    let names: Vec<&str> = LINTS.iter().map(|lint| lint.name).collect();
    let mut allowed = Allowed { files: vec![] };
    for file in files {
        let mut lints = BTreeSet::new();
        for item in &file.items {
            let Item::Allow(allow) = item else { continue };
            for lint in &allow.lints {
                if names.contains(&lint.node.as_str()) {
                    lints.insert(lint.node.as_str());
                    continue;
                }
                let unknown =
                    Diagnostic::error("E0215", lint.span, format!("there is no lint `{}`", lint.node));
                sink.push(match nearest(&lint.node, names.iter().copied()) {
                    Some(near) => unknown.help(format!("did you mean `{near}`?")),
                    None => unknown.help(format!("the lints are {}", names.join(", "))),
                });
            }
        }
        allowed.files.push(lints);
    }
    allowed
}

impl Allowed<'_> {
    /// Returns whether a diagnostic is advice that its file, or the first one, allows to ignore.
    pub(crate) fn silences(&self, diagnostic: &Diagnostic) -> bool {
        let own = usize::from(diagnostic.span().file.0);
        let allows = |file: usize| self.files.get(file).is_some_and(|lints| lints.contains(diagnostic.code));
        !diagnostic.is_error() && (allows(0) || allows(own))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Loader, parse_program};

    struct Blocks;

    impl Loader for Blocks {
        fn load(&self, _: &str, path: &str) -> Result<(String, String), String> {
            let block = "block twice(n, unused=1) { dense(n) relu relu }";
            let text =
                if path == "allowing.net" { format!("allow activation-twice {block}") } else { block.into() };
            Ok((text, path.into()))
        }
    }

    fn codes(text: &str) -> Vec<&'static str> {
        let (_, found) = parse_program("a.net", text, &Blocks);
        found.into_iter().map(|diagnostic| diagnostic.code).collect()
    }

    const NETWORK: &str = "network A { input [2] dense(3) relu relu dense(1) softmax }";

    #[test]
    fn a_lint_is_silenced_by_its_name() {
        assert_eq!(codes(NETWORK), ["activation-twice", "softmax-of-one"]);
        assert_eq!(codes(&format!("allow softmax-of-one\n{NETWORK}")), ["activation-twice"]);
        assert!(codes(&format!("{NETWORK} allow softmax-of-one, activation-twice")).is_empty());
        // Where the positions of tokens are unknown, they are apart.
        assert_eq!(codes(&format!("allow softmax - of - one {NETWORK}")), ["activation-twice"]);
    }

    #[test]
    fn a_file_allows_for_itself_and_for_what_it_imports() {
        let network = "network A { input [2] twice(3) dense(1) }";
        assert_eq!(codes(&format!("import \"plain.net\" {network}")), ["activation-twice"]);
        assert!(codes(&format!("import \"allowing.net\" {network}")).is_empty());
        assert!(codes(&format!("allow activation-twice import \"plain.net\" {network}")).is_empty());
        // An `allow` of an imported file does not apply to its importer.
        let own = "network A { input [2] twice(3) dense(3) relu relu dense(1) }";
        assert_eq!(codes(&format!("import \"allowing.net\" {own}")), ["activation-twice"]);
    }

    #[test]
    fn a_lint_that_does_not_exist_is_an_error() {
        let (_, found) = parse_program("a.net", &format!("allow softmax-of-on {NETWORK}"), &Blocks);
        assert_eq!(found[0].code, "E0215");
        assert_eq!(found[0].help, ["did you mean `softmax-of-one`?"]);
        // No errors can be allowed.
        assert_eq!(codes(&format!("allow E0201 {NETWORK}"))[0], "E0215");
    }
}
