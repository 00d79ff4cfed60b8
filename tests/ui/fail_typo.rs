//! One wrong letter is one error: nothing that uses the networks is another.

netwright::network! {
    network Digits {
        input [1, 28, 28]
        convv(6, 5x5) relu
        flatten
        dense(10) softmax
        loss cross_entropy
    }

    train Digits { epochs 2 batch 64 optimizer adam(lr=1e-3) }

    network Pair {
        input left [8]
        input right [8]
        from left
        concat(right)
        dense(4) relu as small
        dense(2) as smaller
        output small
        output smaller
    }
}

struct Server {
    model: digits::Model,
    pair: pair::Model,
}

impl Server {
    fn answer(&mut self, image: &[f32; digits::INPUT]) -> usize {
        let outputs = self.model.predict(image);
        let best = outputs.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        best.map_or(0, |(class, _)| class)
    }
}

/// Trains step by step, with parameters that are looked at and changed.
fn steps(inputs: &[[f32; digits::INPUT]], labels: &[u32]) -> digits::Params {
    let mut trainer = digits::Trainer::new(digits::Params::init(1), 1);
    for step in 0..10 {
        let rate = digits::RECIPE.rate(step, 1);
        let loss = trainer.step(&inputs[..digits::BATCH], labels, rate);
        if loss < 0.1 {
            break;
        }
    }
    trainer.params_mut().conv1.weight[0] += 1.0;
    let norm: f32 = trainer.params().conv1.weight.iter().map(|x| x * x).sum();
    println!("{norm} {:?} {}", trainer.gradients().dense1.bias, trainer.penalty());
    trainer.params().clone()
}

fn main() -> Result<(), netwright::train::Error> {
    let inputs = vec![[0.5; digits::INPUT]; 64];
    let labels = vec![3; 64];
    let trained = digits::train(&inputs, &labels)?;
    println!("{} epochs", trained.epochs);
    let recipe = netwright::train::Recipe { epochs: 3, ..digits::RECIPE };
    let samples = digits::Samples { input: &inputs, targets: &labels };
    digits::train_with(&recipe, trained.params.clone(), samples, &mut ())?;

    let params = steps(&inputs, &labels);
    let model = digits::Model::new(params);
    let output: [f32; digits::OUTPUT] = model.predict(&inputs[0]);
    let ten: [f32; 10] = model.predict(&inputs[0]);
    let [first, ..] = model.predict(&inputs[0]);
    let nested: digits::Input = [[[0.5; 28]; 28]; 1];
    assert_eq!(model.predict(&nested), output);
    digits::train(&vec![nested; 64], &labels)?;
    let mut outputs = vec![[0.0; digits::OUTPUT]; inputs.len()];
    model.predict_batch(&inputs, &mut outputs);
    assert!(output[3].max(first) < 1.0 && ten.len() == outputs[0].len());

    let pair = pair::Model::new(pair::Params::init(1));
    let both = pair.predict(&[0.0; pair::INPUT_LEFT], &[0.0; pair::INPUT_RIGHT]);
    println!("{:?} {}", both.small, both.smaller[0] + 1.0);
    let mut server = Server { model, pair };
    println!("{}", server.answer(&inputs[0]));
    Ok(())
}
