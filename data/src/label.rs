//! Labels as files have them: texts or numbers, which only a network's loss gives a meaning.

/// A column of labels, one for each sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// The column's name, or the meaning of the label; empty if it has none.
    pub name: String,
    /// The labels.
    pub values: Values,
}

/// Labels of samples.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Numbers, with all digits that the file has.
    Numbers(Vec<f64>),
    /// Texts, such as the names of classes.
    Texts(Vec<String>),
}
