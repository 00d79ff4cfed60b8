//! The contents of `Trainer::gradients` are the same by every recipe: the gradients of the mean loss, without
//! penalties and before clipping.

use netwright::storage::Parameters;

netwright::network! {
    network Plain { input [3] dense(5) tanh dense(2) loss mse }
    network Penalised { input [3] dense(5) tanh dense(2) loss mse }
    network ByValue { input [3] dense(5) tanh dense(2) loss mse }
    network ByNorm { input [3] dense(5) tanh dense(2) loss mse }
    network ByGlobalNorm { input [3] dense(5) tanh dense(2) loss mse }
    network Accumulated { input [3] dense(5) tanh dense(2) loss mse }

    train Plain { batch 4 optimizer adam }
    train Penalised { batch 4 optimizer momentum(lr=0.1) regularize elastic(0.1, 0.2) }
    train ByValue { batch 4 optimizer sgd(lr=0.1) clip value(0.01) }
    train ByNorm { batch 4 optimizer lamb clip norm(0.01) regularize l1(0.2) }
    train ByGlobalNorm { batch 4 optimizer adam clip global_norm(0.01) regularize l1(0.2) }
    train Accumulated { batch 4 accumulate 2 optimizer adam clip global_norm(0.01) regularize l1(0.2) }
}

const X: [[f32; 3]; 4] = [[0.5, -1.0, 2.0], [1.0, 0.25, -0.5], [-2.0, 1.5, 0.0], [0.1, 0.2, 0.3]];
const T: [[f32; 2]; 4] = [[1.0, -1.0], [0.5, 2.0], [0.0, 3.0], [-1.5, 0.25]];

macro_rules! after_a_step {
    ($network:ident) => {{
        let mut trainer = $network::Trainer::new($network::Params::init(1), 2);
        let loss = trainer.step(&X, &T, 0.1) - trainer.penalty();
        let gradients: Vec<f32> =
            trainer.gradients().tensors().iter().flat_map(|tensor| tensor.data).copied().collect();
        (gradients, loss)
    }};
}

#[test]
fn are_of_the_mean_loss_by_every_recipe() {
    let (plain, loss) = after_a_step!(plain);
    assert!(plain.iter().any(|g| g.abs() > 0.01));
    for (gradients, its_loss) in [
        after_a_step!(penalised),
        after_a_step!(byvalue),
        after_a_step!(bynorm),
        after_a_step!(byglobalnorm),
        after_a_step!(accumulated),
    ] {
        assert_eq!(gradients, plain);
        assert!((its_loss - loss).abs() < 1e-5);
    }
}
