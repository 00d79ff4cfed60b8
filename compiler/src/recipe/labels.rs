//! Settings that a recipe makes for some parameters and not for others.

use super::Recipe;
use crate::graph::{Param, Role};
use netwright_grammar::{Span, Spanned};

/// Selection of parameters: those whose own name, or that of a layer or label before it, is one of these or
/// fits one as a pattern, in which `*` stands for any letters. All if there is none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Only(pub Vec<Spanned<String>>);

/// Factor of the rate or the weight decay of some parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Factor {
    /// The factor, of a rate above 0, of a decay at least 0.
    pub factor: f64,
    /// The parameters that it applies to.
    pub only: Only,
    /// The place of the factor in the source.
    pub span: Span,
}

/// A penalty added to the loss: `l1 ‖w‖₁ + l2 ‖w‖²`.
#[derive(Clone, Debug, PartialEq)]
pub struct Penalty {
    /// The factor of the sum of magnitudes.
    pub l1: f64,
    /// The factor of the sum of squares.
    pub l2: f64,
    /// True if biases count.
    pub biases: bool,
    /// True if scales and shifts of normalisations count.
    pub norms: bool,
    /// The parameters that it applies to.
    pub only: Only,
    /// The place of the penalty in the source.
    pub span: Span,
}

/// Bound of weights after each update: those that make one output have a norm of at most this.
#[derive(Clone, Debug, PartialEq)]
pub struct MaxNorm {
    /// The largest norm.
    pub most: f64,
    /// The weights that it applies to.
    pub only: Only,
    /// The place of the bound in the source.
    pub span: Span,
}

/// The terms of one parameter in updates and in the loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Terms {
    /// The factor of the rate.
    pub rate: f64,
    /// The factor of the optimizer's weight decay.
    pub decay: f64,
    /// The factor of the sum of magnitudes in the loss.
    pub l1: f64,
    /// The factor of the sum of squares in the loss.
    pub l2: f64,
    /// The largest norm of the weights that make one output.
    pub max_norm: Option<f64>,
}

impl Recipe {
    /// Returns the terms of a parameter; neutral ones if it is not learned.
    pub fn terms(&self, param: &Param) -> Terms {
        let mut terms = Terms { rate: 1.0, decay: 1.0, l1: 0.0, l2: 0.0, max_norm: None };
        if let Some(rate) = self.rates.iter().find(|rate| rate.is_for(param)) {
            terms.rate = rate.factor;
        }
        if let Some(decay) = self.decays.iter().find(|decay| decay.is_for(param)) {
            terms.decay = decay.factor;
        }
        for penalty in self.penalties.iter().filter(|penalty| penalty.is_for(param)) {
            terms.l1 += penalty.l1;
            terms.l2 += penalty.l2;
        }
        terms.max_norm = self.max_norms.iter().find(|bound| bound.is_for(param)).map(|bound| bound.most);
        terms
    }
}

impl Factor {
    /// Returns true if the factor applies to the parameter.
    pub fn is_for(&self, param: &Param) -> bool {
        param.is_learned() && self.only.names(&param.name)
    }
}

impl Penalty {
    /// Returns true if the penalty applies to the parameter; to weights only, unless the recipe adds other
    /// roles.
    pub fn is_for(&self, param: &Param) -> bool {
        let role = match param.role {
            Role::Weight => true,
            Role::Bias => self.biases,
            Role::Norm => self.norms,
            Role::Slope | Role::Statistic => false,
        };
        role && param.is_learned() && self.only.names(&param.name)
    }
}

impl MaxNorm {
    /// Returns true if the bound applies to the parameter, which must be a weight.
    pub fn is_for(&self, param: &Param) -> bool {
        param.role == Role::Weight && param.is_learned() && self.only.names(&param.name)
    }
}

impl Only {
    /// Returns true if a parameter of this name is selected.
    pub fn names(&self, param: &str) -> bool {
        self.0.is_empty() || self.0.iter().any(|pattern| names(&pattern.node, param))
    }
}

/// Returns true if a label, a layer's name or a pattern stands for a layer or parameter of this name.
pub(crate) fn names(pattern: &str, name: &str) -> bool {
    prefixes(name).any(|prefix| matches(pattern, prefix))
}

/// Returns a name and its beginnings: `a.b.c`, `a.b`, `a`.
pub(crate) fn prefixes(name: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(name), |name| name.rsplit_once('.').map(|(front, _)| front))
}

/// Returns true if a name fits a pattern, in which `*` stands for any letters.
fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    let mut rest = rest;
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::{matches, names};

    #[test]
    fn patterns() {
        assert!(matches("stem", "stem"));
        assert!(!matches("stem", "stems"));
        assert!(matches("residual*", "residual12"));
        assert!(matches("*", "anything"));
        assert!(matches("a*b*c", "a1b2c"));
        assert!(!matches("a*b*c", "a1c"));
        assert!(matches("*.conv1", "residual1.conv1"));
        assert!(!matches("a*a", "a"));
    }

    #[test]
    fn names_in_front_stand_for_what_is_behind() {
        assert!(names("stem", "stem.conv1.weight") && names("stem.conv1", "stem.conv1.weight"));
        assert!(names("*.weight", "stem.conv1.weight") && names("stem.*", "stem.conv1.weight"));
        assert!(!names("conv1", "stem.conv1.weight") && !names("stem.conv", "stem.conv1.weight"));
    }
}
