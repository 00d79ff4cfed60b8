//! Calls of the optimizers.

use super::settings::marked;
use crate::graph::Param;
use crate::recipe::Optimizer;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// An optimizer in generated code.
pub(super) struct Rule {
    /// The description of a step, for people.
    pub(super) doc: &'static str,
    /// The rule at a step: `Adam { ... }.at(rate, step)`.
    pub(super) rule: TokenStream,
    /// The names of what is remembered of each number.
    pub(super) state: Vec<Ident>,
    /// True if the averages of a matrix are those of its rows and columns, one list for all parameters.
    pub(super) factored: bool,
}

impl Rule {
    /// Returns the number of numbers that are remembered of a parameter.
    pub(super) fn remembered(&self, param: &Param) -> usize {
        match (self.factored, matrices(&param.shape)) {
            (true, Some([rows, columns])) => param.len() / columns + param.len() / rows,
            (true, None) => param.len(),
            (false, _) => self.state.len() * param.len(),
        }
    }
}

/// Returns the rows and columns of the matrices that a parameter consists of; `None` if it has one axis.
pub(super) fn matrices(shape: &[usize]) -> Option<[usize; 2]> {
    match *shape {
        [.., rows, columns] => Some([rows, columns]),
        _ => None,
    }
}

/// The rule. A trainer that accumulates gradients counts its updates, others their steps.
pub(super) fn rule(optimizer: &Optimizer, accumulates: bool) -> Rule {
    let count = if accumulates { quote!(self.updates) } else { quote!(self.steps) };
    let at = |name: &str, values: &[(&str, f64)]| {
        let rule = with(name, values);
        quote!(#rule.at(rate, #count))
    };
    let (doc, rule, state): (_, _, &[&str]) = match *optimizer {
        Optimizer::Sgd { .. } => (" w -= rate · g", quote!(Sgd.at(rate)), &[]),
        Optimizer::Momentum { momentum, .. } => {
            let rule = with("Momentum", &[("momentum", momentum)]);
            (" v = momentum · v + g; w -= rate · v", quote!(#rule.at(rate)), &["velocity"])
        }
        Optimizer::Nesterov { momentum, .. } => {
            let rule = with("Nesterov", &[("momentum", momentum)]);
            let doc = " v = momentum · v + g; w -= rate · (g + momentum · v)";
            (doc, quote!(#rule.at(rate)), &["velocity"])
        }
        Optimizer::Adam { beta1, beta2, eps, .. } => {
            let fields = [("beta1", beta1), ("beta2", beta2), ("eps", eps)];
            (" Adam (Kingma and Ba 2015)", at("Adam", &fields), &["first", "second"])
        }
        Optimizer::AdamW { beta1, beta2, eps, weight_decay, .. } => {
            let fields = [("beta1", beta1), ("beta2", beta2), ("eps", eps), ("weight_decay", weight_decay)];
            (" AdamW (Loshchilov and Hutter 2019)", at("AdamW", &fields), &["first", "second"])
        }
        Optimizer::AmsGrad { beta1, beta2, eps, weight_decay, .. } => {
            let fields = [("beta1", beta1), ("beta2", beta2), ("eps", eps), ("weight_decay", weight_decay)];
            let state = &["first", "second", "largest"];
            (" AMSGrad (Reddi, Kale and Kumar 2018)", at("AmsGrad", &fields), state)
        }
        Optimizer::NAdam { beta1, beta2, eps, weight_decay, momentum_decay, .. } => {
            let fields = [
                ("beta1", beta1),
                ("beta2", beta2),
                ("eps", eps),
                ("weight_decay", weight_decay),
                ("momentum_decay", momentum_decay),
            ];
            (" NAdam (Dozat 2016)", at("NAdam", &fields), &["first", "second"])
        }
        Optimizer::RAdam { beta1, beta2, eps, weight_decay, .. } => {
            let fields = [("beta1", beta1), ("beta2", beta2), ("eps", eps), ("weight_decay", weight_decay)];
            (" RAdam (Liu et al. 2020)", at("RAdam", &fields), &["first", "second"])
        }
        Optimizer::Adamax { beta1, beta2, eps, .. } => {
            let fields = [("beta1", beta1), ("beta2", beta2), ("eps", eps)];
            (" Adamax (Kingma and Ba 2015)", at("Adamax", &fields), &["first", "largest"])
        }
        Optimizer::Adagrad { lr_decay, initial, eps, .. } => {
            let fields = [("rate_decay", lr_decay), ("initial", initial), ("eps", eps)];
            (" Adagrad (Duchi, Hazan and Singer 2011)", at("Adagrad", &fields), &["squares"])
        }
        Optimizer::Adadelta { rho, eps, .. } => {
            let fields = [("rho", rho), ("eps", eps)];
            (" Adadelta (Zeiler 2012)", at("Adadelta", &fields), &["squares", "steps_squared"])
        }
        Optimizer::RmsProp { alpha, eps, momentum, centered, .. } => {
            let rolling = momentum > 0.0;
            let fields = [("alpha", alpha), ("eps", eps), ("momentum", momentum)];
            let fields = self::fields(&fields);
            let state: &[&str] = match (centered, rolling) {
                (false, false) => &["squares"],
                (false, true) => &["squares", "velocity"],
                (true, false) => &["squares", "mean"],
                (true, true) => &["squares", "mean", "velocity"],
            };
            let rule = quote!(RmsProp::<#centered, #rolling> { #fields }.at(rate, #count));
            (" RMSprop (Tieleman and Hinton 2012)", rule, state)
        }
        Optimizer::Adafactor { beta2_decay, eps1, eps2, d, weight_decay, .. } => {
            let fields = [
                ("beta2_decay", beta2_decay),
                ("eps1", eps1),
                ("eps2", eps2),
                ("d", d),
                ("weight_decay", weight_decay),
            ];
            (" Adafactor (Shazeer and Stern 2018)", at("Adafactor", &fields), &["averages"])
        }
        Optimizer::Lion { beta1, beta2, weight_decay, .. } => {
            let fields = [("beta1", beta1), ("beta2", beta2), ("weight_decay", weight_decay)];
            (" Lion (Chen et al. 2023)", at("Lion", &fields), &["average"])
        }
        Optimizer::Lamb { beta1, beta2, eps, weight_decay, .. } => {
            let fields = [("beta1", beta1), ("beta2", beta2), ("eps", eps), ("weight_decay", weight_decay)];
            (" LAMB (You et al. 2020)", at("Lamb", &fields), &["first", "second"])
        }
    };
    let factored = matches!(optimizer, Optimizer::Adafactor { .. });
    Rule { doc, rule, state: state.iter().map(|name| format_ident!("{name}")).collect(), factored }
}

/// `Adam { beta1: 0.9, beta2: 0.999, eps: 1e-8 }`
fn with(name: &str, values: &[(&str, f64)]) -> TokenStream {
    let (name, fields) = (format_ident!("{name}"), fields(values));
    quote!(#name { #fields })
}

fn fields(values: &[(&str, f64)]) -> TokenStream {
    let fields = values.iter().map(|(name, value)| {
        let (name, value) = (format_ident!("{name}"), marked(*value));
        quote!(#name: #value)
    });
    quote!(#(#fields),*)
}
