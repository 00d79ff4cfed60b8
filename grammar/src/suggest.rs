//! "Did you mean": the nearest of some names.

/// Names that elsewhere mean something of their own: what is near to their letters is not what they mean.
const DISTINCT: &[&str] = &[
    // Losses and metrics.
    "map",
    "mape",
    "smape",
    "mase",
    "mbe",
    "mle",
    "mre",
    "mse",
    "msle",
    "nce",
    "rae",
    "rse",
    "rmsle",
    "auc",
    "ctc",
    "nll",
    // Layers.
    "celu",
    "crelu",
    "rrelu",
    "glu",
    "geglu",
    "reglu",
    "swiglu",
    "softmin",
    "sparsemax",
    "hard_tanh",
    "hardtanh",
    "tanhshrink",
    "logsigmoid",
    "log_sigmoid",
    "gru",
    "rnn",
    "lstm",
    "maxout",
    "max_unpool",
    "min",
    "mean",
    "div",
    "unfold",
    "fold",
    // Optimizers.
    "adan",
    "adamp",
    "adafactor",
    "asgd",
    "lars",
    "nag",
    "rprop",
];

/// Returns the candidate that is probably meant by `name`: one within a third of the name's length, at least 1;
/// or one that `name` makes longer, as `padding` does `pad`, or whose letters stand for its words, as in `learning_rate`.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = name.chars().count();
    if DISTINCT.contains(&name) {
        return None;
    }
    // A distance of 1 leaves nothing of a name of one letter.
    let limit = (length / 3).max(usize::from(length > 1));
    let candidates: Vec<&str> = candidates.into_iter().take(MOST).collect();
    let initials: String = name.split('_').filter_map(|word| word.chars().next()).collect();
    let short = candidates.iter().copied().find(|short| {
        *short != name
            && (short.len() >= 3 && 2 * short.len() + 1 >= name.len() && name.starts_with(short)
                || short.len() >= 2 && *short == initials)
    });
    candidates
        .into_iter()
        .filter(|candidate| *candidate != name && candidate.len().abs_diff(name.len()) <= limit * 4)
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
        .or(short)
}

/// Computes how many letters must be inserted, removed, replaced or swapped with their neighbour; case does
/// not count.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.to_lowercase().chars().take(LONGEST).collect();
    let b: Vec<char> = b.to_lowercase().chars().take(LONGEST).collect();
    let mut before: Vec<usize> = vec![];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut best = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

/// More candidates than this are not looked at.
const MOST: usize = 2000;
/// Names longer than this are cut before they are compared.
const LONGEST: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_typing_errors() {
        let names = ["conv", "dense", "max_pool", "batch_norm"];
        assert_eq!(nearest("dnese", names), Some("dense"));
        assert_eq!(nearest("maxpool", names), Some("max_pool"));
        assert_eq!(nearest("Conv", names), Some("conv"));
        assert_eq!(nearest("batchnorm", names), Some("batch_norm"));
        assert_eq!(nearest("transformer", names), None);
        assert_eq!(nearest("x", names), None);
        assert_eq!(nearest("learning_rate", ["lr", "beta1"]), Some("lr"));
        assert_eq!(nearest("padding", ["kernel", "pad"]), Some("pad"));
    }

    #[test]
    fn other_things_are_no_typing_errors() {
        let layers = ["conv", "mul", "max", "elu", "relu", "selu", "gelu", "softmax", "tanh", "log_softmax"];
        for name in ["multi_head_attention", "max_unpool2d", "maxout", "glu", "celu", "softmin", "hard_tanh"]
        {
            assert_eq!(nearest(name, layers), None, "{name}");
        }
        for name in ["msle", "mape", "map", "mse", "mle"] {
            assert_eq!(nearest(name, ["mae", "rmse", "huber"]), None, "{name}");
        }
        assert_eq!(nearest("n", ["c", "ab"]), None);
        assert_eq!(nearest("mas", ["mae", "huber"]), Some("mae"));
    }

    #[test]
    fn a_swap_counts_once() {
        assert_eq!(distance("ab", "ba"), 1);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
    }
}
