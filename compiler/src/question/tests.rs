use super::*;
use crate::{NoFiles, parse_program};

fn network(text: &str) -> Graph {
    let (program, found) = parse_program("net", text, &NoFiles);
    assert!(found.iter().all(|found| !found.is_error()), "{found:?}");
    program.models.into_iter().next().unwrap().graph
}

fn asked(text: &str, look: Look<'_>) -> Result<(Question, Vec<String>), Unanswerable> {
    let question = Question::new(&network(text), look)?;
    let names = question.maps.iter().map(|&map| question.graph.value(map).name.clone()).collect();
    Ok((question, names))
}

const PICTURES: &str =
    "network Net { input [3, 8, 8] conv(4, 3x3) relu max_pool(2x2) conv(8, 3x3, pad=1) batch_norm relu
    spatial_dropout(0.1) global_avg_pool flatten dense(10) softmax loss cross_entropy }";

#[test]
fn the_last_map_is_that_before_the_places_are_lost() {
    let (question, maps) = asked(PICTURES, Look::Last).unwrap();
    assert_eq!(maps, ["relu2"]);
    assert_eq!(question.head, Head::Softmax);
    let logits = question.graph.outputs[0];
    assert_eq!(question.graph.value(logits).name, "dense1");
    assert!(question.graph.params.iter().all(|param| param.frozen));
    let pooled = "network Net { input [1, 8, 8] conv(4, 3x3) relu max_pool(2x2) flatten dense(1) sigmoid }";
    let (question, maps) = asked(pooled, Look::Last).unwrap();
    assert_eq!((maps, question.head), (vec!["relu1".to_string()], Head::Sigmoid));
    let mask = "network Net { input [1, 8, 8] conv(4, 3x3, pad=1) relu conv(2, 1x1) log_softmax }";
    assert_eq!(asked(mask, Look::Last).unwrap().1, ["relu1"]);
    let table = "network Net { input [4] dense(3) tanh dense(1) }";
    let (question, maps) = asked(table, Look::Last).unwrap();
    assert_eq!((maps.len(), question.head), (0, Head::None));
}

#[test]
fn a_layer_is_chosen_by_name() {
    assert_eq!(asked(PICTURES, Look::Layer("conv1")).unwrap().1, ["conv1"]);
    let all = ["conv1", "relu1", "max_pool1", "conv2", "batch_norm1", "relu2"];
    assert_eq!(asked(PICTURES, Look::All).unwrap().1, all);
    for (layer, message) in [
        ("dense1", "the output of layer `dense1` has no places, or does not lead to the answer"),
        ("conv3", "`Net` has no layer `conv3`"),
    ] {
        let refused = asked(PICTURES, Look::Layer(layer)).unwrap_err();
        assert_eq!(refused.message, message);
        assert_eq!(refused.help, format!("its feature maps: {}", all.join(", ")));
    }
}

#[test]
fn heads_of_training_are_no_part_of_an_answer() {
    let assisted = "network Net { input [1, 8, 8] conv(4, 3x3) relu as early flatten dense(3) softmax as digit from early conv(2, 3x3)
        global_avg_pool flatten dense(3) softmax as guess output digit output guess training only
        loss cross_entropy(on=digit) loss cross_entropy(on=guess, to=digit) }";
    let (question, maps) = asked(assisted, Look::All).unwrap();
    assert_eq!((maps, question.head), (vec!["conv1".to_string(), "relu1".into()], Head::Softmax));
    assert!(question.graph.losses.is_empty() && question.graph.auxiliary.is_empty());
    let two = "network Net { input [4] dense(8) relu as body dense(3) softmax as kind output kind from body dense(2) as size output size }";
    assert_eq!(
        asked(two, Look::Last).unwrap_err().message,
        "`Net` has 2 outputs, and only networks with one are explained"
    );
    let inputs = "network Net { input a [4] input b [4] from a add(b) dense(3) }";
    assert_eq!(
        asked(inputs, Look::Last).unwrap_err().message,
        "`Net` has 2 inputs, and only networks with one are explained"
    );
}

#[test]
fn noise_counts_where_it_leads_to_the_answer() {
    assert!(asked(PICTURES, Look::Last).unwrap().0.has_noise());
    let beside = "network Net { input [4] dense(3) softmax as digit from input dropout(0.5) dense(3) softmax as guess
        output digit output guess training only loss cross_entropy(on=digit) loss cross_entropy(on=guess, to=digit) }";
    assert!(!asked(beside, Look::Last).unwrap().0.has_noise());
}

#[test]
fn noise_at_work_leaves_the_rest_as_predictions_have_it() {
    use crate::passes::{Goal, Mode, plan};
    let (question, _) = asked(PICTURES, Look::Last).unwrap();
    let kernels = |mode| -> Vec<String> {
        let goal = Goal {
            mode,
            batch: 64,
            input_gradient: false,
            features: false,
            logits: false,
            maps: vec![],
            guided: false,
        };
        plan(&question.graph, &goal).tape.ops.iter().map(|op| op.kernel.name()).collect()
    };
    let (plain, mut noisy) = (kernels(Mode::Inference), kernels(Mode::Sampling));
    let before = noisy.len();
    noisy.retain(|kernel| !kernel.starts_with("drop_channels"));
    // The norm is folded into the convolution, and dropout is the only addition.
    assert_eq!((noisy, before), (plain.clone(), plain.len() + 1));
}
