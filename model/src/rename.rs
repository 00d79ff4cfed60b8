//! Other names for the tensors of a weights file.

use crate::emit::emitted;

emitted! {
    /// A rule that gives tensors of a file the names of a network's parameters.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Rename<S> {
        /// The name in the file; each `*` stands for any characters, as few as possible.
        pub pattern: S,
        /// The parameter's name, in which each `*` stands for what that of the pattern stands for, in the same order.
        pub name: S,
    }
}

impl<S: AsRef<str>> Rename<S> {
    /// Returns the parameter's name for a name in the file; `None` if the rule is not for it.
    pub fn apply(&self, name: &str) -> Option<String> {
        let mut found = captures(self.pattern.as_ref(), name)?.into_iter();
        let mut pieces = self.name.as_ref().split('*');
        let mut renamed = pieces.next()?.to_string();
        for piece in pieces {
            renamed += found.next().unwrap_or_default();
            renamed += piece;
        }
        Some(renamed)
    }
}

/// Returns what each `*` of a pattern stands for in a text; `None` if the pattern does not fit.
fn captures<'t>(pattern: &str, text: &'t str) -> Option<Vec<&'t str>> {
    let Some((head, pieces)) = pattern.split_once('*') else { return (pattern == text).then(Vec::new) };
    let mut rest = text.strip_prefix(head)?;
    let mut found = vec![];
    let mut pieces = pieces.split('*').peekable();
    while let Some(piece) = pieces.next() {
        let at = match pieces.peek() {
            // The earliest place leaves most room for what follows.
            Some(_) => rest.find(piece)?,
            None => rest.strip_suffix(piece)?.len(),
        };
        found.push(&rest[..at]);
        rest = &rest[at + piece.len()..];
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_keep_what_they_stand_for() {
        let renamed = |pattern, name, text| Rename { pattern, name }.apply(text);
        let stage = |text| renamed("layer*.*.conv*.weight", "stage*.unit*.conv*.weight", text);
        assert_eq!(stage("layer2.0.conv1.weight").as_deref(), Some("stage2.unit0.conv1.weight"));
        assert_eq!(stage("layer2.0.bn1.weight"), None);
        assert_eq!(stage("my.layer2.0.conv1.weight"), None);
        assert_eq!(renamed("fc.*", "head.*", "fc.bias").as_deref(), Some("head.bias"));
        assert_eq!(renamed("fc.bias", "head.bias", "fc.bias").as_deref(), Some("head.bias"));
        assert_eq!(renamed("*", "net.*", "a.b").as_deref(), Some("net.a.b"));
        // As few characters as possible, from the left.
        assert_eq!(renamed("*.*", "*/*", "a.b.c").as_deref(), Some("a/b.c"));
        assert_eq!(renamed("*a", "*", "aa").as_deref(), Some("a"));
        assert_eq!(renamed("ab*ba", "*", "aba"), None);
        assert_eq!(renamed("**", "*-*", "é").as_deref(), Some("-é"));
    }
}
