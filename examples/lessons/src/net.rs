//! A network of `nets/`, run by the reference interpreter, which computes it in 64 bits: a lesson needs no compiler for it. Its first
//! numbers, batches and rates are those of `netwright train`.

use crate::{Failure, nets};
use fastrand::Rng;
use ndarray::{ArrayD, IxDyn};
use netwright::__private::init;
use netwright::augment::{self, Augmentation};
use netwright::data::{Batches, Dataset, Interface};
use netwright::train::{HeldOut, Loss, Pointwise, Source as Files, Table, TargetsRef};
use netwright_build::Source;
use netwright_compiler::Model;
use netwright_compiler::graph::Param;
use netwright_compiler::ops::{Init, Named, Noise, Operator};
use netwright_compiler::recipe::{self, Recipe};
use netwright_interpreter::{Gradients, Interpreter, Mode, OptimizerState, Targets};

/// A file with networks.
pub(crate) struct File(Source);

impl File {
    /// Reads a file of `nets/`.
    ///
    /// # Errors
    /// If it cannot be read, or a check of it says anything: a lesson is an example.
    pub(crate) fn read(name: &str) -> Result<File, Failure> {
        let source = Source::read(&nets().join(name))?;
        if source.diagnostics.is_empty() { Ok(File(source)) } else { Err(source.render().into()) }
    }

    /// Returns the seeds of the recipes, each once.
    pub(crate) fn seeds(&self) -> Vec<u64> {
        let recipes = self.0.program.models.iter().filter_map(|model| model.recipe.as_ref());
        let mut seeds: Vec<u64> = recipes.map(|recipe| recipe.seed).collect();
        seeds.dedup();
        seeds
    }

    /// Returns a network by its name, or by that of its recipe, with its first numbers.
    ///
    /// # Errors
    /// If there is none.
    pub(crate) fn network(&self, name: &str) -> Result<Net<'_>, Failure> {
        let mut models = self.0.program.models.iter();
        let model =
            models.find(|model| model.graph.name == name).ok_or_else(|| format!("no network {name}"))?;
        Net::new(model)
    }
}

/// A network with its numbers.
#[derive(Clone, Debug)]
pub(crate) struct Net<'a> {
    pub(crate) model: &'a Model,
    interpreter: Interpreter<'a>,
}

/// The samples of a network.
#[derive(Clone, Debug)]
pub(crate) struct Samples {
    pub(crate) training: Dataset,
    /// The samples held out, of which there may be none.
    pub(crate) held_out: Dataset,
    /// The test samples, of which there may be none.
    pub(crate) test: Option<Dataset>,
}

/// A loss and a share of right answers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    pub(crate) loss: f64,
    pub(crate) accuracy: f64,
}

/// The end of an epoch: the mean loss of its steps, and what was measured on other samples.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Point {
    pub(crate) loss: f64,
    pub(crate) other: Option<Measured>,
}

/// A step, before its update.
pub(crate) struct Step<'s, 'a> {
    pub(crate) net: &'s Net<'a>,
    pub(crate) gradients: &'s Gradients,
}

impl<'a> Net<'a> {
    fn new(model: &'a Model) -> Result<Net<'a>, Failure> {
        let seed = model.recipe.as_ref().map_or(0, |recipe| recipe.seed);
        let mut interpreter = Interpreter::new(&model.graph);
        for (at, (param, numbers)) in model.graph.params.iter().zip(&mut interpreter.params).enumerate() {
            let mut first = vec![0.0; numbers.len()];
            if draw(param, seed, at as u32, &mut first)? {
                *numbers =
                    ArrayD::from_shape_vec(IxDyn(&param.shape), first.into_iter().map(f64::from).collect())?;
            }
        }
        Ok(Net { model, interpreter })
    }

    /// Returns the recipe.
    ///
    /// # Errors
    /// If the file has none for this network.
    pub(crate) fn recipe(&self) -> Result<&'a Recipe, Failure> {
        Ok(self.model.recipe.as_ref().ok_or("the network has no `train` block")?)
    }

    /// Returns the numbers of a parameter.
    ///
    /// # Errors
    /// If there is none of this name.
    pub(crate) fn param(&self, name: &str) -> Result<&ArrayD<f64>, Failure> {
        let at = self.model.graph.params.iter().position(|param| param.name == name);
        Ok(&self.interpreter.params[at.ok_or_else(|| format!("no parameter {name}"))?])
    }

    /// Gives a parameter other numbers.
    ///
    /// # Errors
    /// If there is none of this name, or it has another shape.
    pub(crate) fn set(&mut self, name: &str, numbers: &[f64]) -> Result<(), Failure> {
        let at = self.model.graph.params.iter().position(|param| param.name == name);
        let at = at.ok_or_else(|| format!("no parameter {name}"))?;
        let shape = self.interpreter.params[at].raw_dim();
        self.interpreter.params[at] = ArrayD::from_shape_vec(shape, numbers.to_vec())?;
        Ok(())
    }

    /// Returns the number of learned numbers.
    pub(crate) fn size(&self) -> usize {
        self.interpreter.params.iter().map(ArrayD::len).sum()
    }

    /// Takes the numbers of another network for parameters of the same names; returns how many numbers these are.
    pub(crate) fn take(&mut self, from: &Net<'_>) -> usize {
        let mut taken = 0;
        for (param, numbers) in self.model.graph.params.iter().zip(&mut self.interpreter.params) {
            if let Ok(own) = from.param(&param.name) {
                numbers.assign(own);
                taken += own.len();
            }
        }
        taken
    }

    /// Reads the samples that the recipe names.
    ///
    /// # Errors
    /// If they cannot be read.
    pub(crate) fn samples(&self) -> Result<Samples, Failure> {
        let recipe = self.recipe()?;
        let asked = self.model.interface().ok_or("the network has several inputs")?;
        let loss = if asked.of_indices {
            Loss::CrossEntropy { logits: false }
        } else {
            Loss::Each(if asked.of_shares {
                Pointwise::BinaryCrossEntropy { logits: false, pos_weight: 1.0 }
            } else {
                Pointwise::Mse
            })
        };
        let interface =
            Interface { input: &asked.input, output: &asked.output, loss, to_input: asked.to_input };
        let files = files(&recipe.data.as_ref().ok_or("the recipe names no data")?.source)?;
        let all = Dataset::training(&files, &nets(), &interface)?;
        let about = all.about().clone();
        let held_out = match recipe.held_out {
            recipe::HeldOut::None => HeldOut::None,
            recipe::HeldOut::Share { share, stratified } => HeldOut::Share { share, stratified },
            _ => return Err("a lesson holds out a share, or nothing".into()),
        };
        let (training, held_out) =
            all.split(&held_out, recipe.seed).map_err(|problem| problem.to_string())?;
        let test = Dataset::testing(&files, None, &nets(), &interface, &about)?;
        Ok(Samples { training, held_out, test })
    }

    /// Trains by a recipe; `seen` gets each step before its update, and the points are measured after each epoch.
    ///
    /// # Errors
    /// If a sample cannot be read.
    pub(crate) fn train(
        &mut self,
        recipe: &Recipe,
        training: &Dataset,
        others: &Dataset,
        mut seen: impl FnMut(Step<'_, 'a>) -> Result<(), Failure>,
    ) -> Result<Vec<Point>, Failure> {
        let mut batches = Batches::new(training, recipe.batch).augmented(augmentation(recipe))?;
        let mut state = OptimizerState::new(&self.interpreter, recipe);
        let mut random = Rng::with_seed(recipe.seed);
        let (each, mut step, mut points) = (batches.count(), 0, vec![]);
        for epoch in 0..recipe.epochs {
            batches.shuffle(recipe.seed, epoch);
            let (mut sum, mut count) = (0.0, 0);
            while let Some(batch) = batches.next()? {
                let (inputs, targets) = self.arrays(batch.inputs, batch.targets)?;
                let samples = inputs.shape()[0];
                self.drop_out(samples, &mut random);
                let gradients = self.interpreter.gradients(&[inputs], &[targets])?;
                seen(Step { net: self, gradients: &gradients })?;
                sum += gradients.loss * samples as f64;
                count += samples;
                let rate = recipe.optimizer.rate() * recipe.schedule.factor(step, each, recipe.epochs);
                self.interpreter.step(&mut state, &gradients, rate);
                step += 1;
            }
            let other = (!others.is_empty()).then(|| self.measured(others)).transpose()?;
            points.push(Point { loss: sum / f64::from(count as u32), other });
        }
        Ok(points)
    }

    /// Draws the masks of dropout layers for a batch.
    fn drop_out(&mut self, samples: usize, random: &mut Rng) {
        for node in &self.model.graph.nodes {
            let Operator::Noise(Noise::Dropout(p)) = node.op else { continue };
            let shape = [&[samples], &self.model.graph.value(node.output).shape[..]].concat();
            let mask = ArrayD::from_shape_simple_fn(IxDyn(&shape), || f64::from(u8::from(random.f64() >= p)));
            self.interpreter.masks.insert(node.output, mask);
        }
    }

    /// Measures the network on samples.
    ///
    /// # Errors
    /// If a sample cannot be read.
    pub(crate) fn measured(&self, data: &Dataset) -> Result<Measured, Failure> {
        let targets = data.targets().ok_or("the samples have no targets")?;
        let (inputs, targets) = self.arrays(&data.inputs(), targets)?;
        let mut interpreter = self.interpreter.clone();
        let outputs = interpreter.forward(std::slice::from_ref(&inputs), Mode::Inference)?;
        let loss = interpreter.loss(&[inputs], std::slice::from_ref(&targets), Mode::Inference)?;
        let rows = outputs[0].len() / outputs[0].shape()[0];
        let numbers: Vec<f64> = outputs[0].iter().copied().collect();
        let answers = numbers.chunks_exact(rows);
        let right = match &targets {
            Targets::Classes(classes) => {
                answers.zip(classes).filter(|(row, class)| largest(row) == **class).count()
            }
            Targets::Values(values) => {
                answers.zip(values).filter(|(row, value)| (row[0] > 0.5) == (**value > 0.5)).count()
            }
        };
        Ok(Measured { loss, accuracy: right as f64 / data.len() as f64 })
    }

    /// Returns the outputs for inputs, sample after sample.
    ///
    /// # Errors
    /// If the inputs are those of another network.
    pub(crate) fn outputs(&self, inputs: &[f32]) -> Result<Vec<f64>, Failure> {
        let outputs = self.interpreter.clone().forward(&[self.inputs(inputs)?], Mode::Inference)?;
        Ok(outputs[0].iter().copied().collect())
    }

    /// Returns the numbers of each layer's output for inputs, by the layer's name.
    ///
    /// # Errors
    /// If the inputs are those of another network.
    pub(crate) fn values(&self, inputs: &[f32]) -> Result<Vec<(String, Vec<f32>)>, Failure> {
        let values = self.interpreter.clone().values(&[self.inputs(inputs)?], Mode::Inference)?;
        let one = |node: &netwright_compiler::graph::Node| {
            let numbers = values[node.output.0].iter().map(|x| *x as f32).collect();
            (self.model.graph.layer(node.layer).name.clone(), numbers)
        };
        Ok(self.model.graph.nodes.iter().map(one).collect())
    }

    /// Returns the gradients of a loss for one sample.
    ///
    /// # Errors
    /// If the sample is that of another network.
    pub(crate) fn gradients(&self, inputs: &[f32], targets: &Targets) -> Result<Gradients, Failure> {
        Ok(self.interpreter.clone().gradients(&[self.inputs(inputs)?], std::slice::from_ref(targets))?)
    }

    fn inputs(&self, numbers: &[f32]) -> Result<ArrayD<f64>, Failure> {
        let shape = &self.model.graph.value(self.model.graph.inputs[0]).shape;
        let samples = numbers.len() / shape.iter().product::<usize>();
        let numbers = numbers.iter().map(|x| f64::from(*x)).collect();
        Ok(ArrayD::from_shape_vec(IxDyn(&[&[samples], &shape[..]].concat()), numbers)?)
    }

    fn arrays(&self, inputs: &[f32], targets: TargetsRef<'_>) -> Result<(ArrayD<f64>, Targets), Failure> {
        let inputs = self.inputs(inputs)?;
        let samples = inputs.shape()[0];
        let targets = match targets {
            TargetsRef::Classes(classes) => {
                let classes = classes.iter().map(|class| *class as usize).collect();
                Targets::Classes(ArrayD::from_shape_vec(IxDyn(&[samples]), classes)?)
            }
            TargetsRef::Values(values) => {
                let values: Vec<f64> = values.iter().map(|x| f64::from(*x)).collect();
                let shape = &self.model.graph.value(self.model.graph.outputs[0]).shape;
                Targets::Values(ArrayD::from_shape_vec(IxDyn(&[&[samples], &shape[..]].concat()), values)?)
            }
        };
        Ok((inputs, targets))
    }
}

fn largest(row: &[f64]) -> usize {
    (0..row.len()).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap_or(0)
}

/// Draws the first numbers of a parameter as generated code does; returns false if they are those that the interpreter has.
fn draw(param: &Param, seed: u64, at: u32, numbers: &mut [f32]) -> Result<bool, Failure> {
    let taps: usize = param.shape.iter().skip(2).product();
    let fan_in = param.shape.get(1).unwrap_or(&1) * taps;
    let fan_out = param.shape[0] * taps;
    match param.init {
        Init::Zeros | Init::Ones | Init::Constant(_) => return Ok(false),
        Init::Scaled(scaled) if scaled.uniform => match scaled.after {
            Named::He => init::he_uniform(seed, at, fan_in, numbers),
            Named::Glorot => init::glorot_uniform(seed, at, fan_in, fan_out, numbers),
            Named::LeCun => init::lecun_uniform(seed, at, fan_in, numbers),
        },
        _ => return Err("no lesson begins with such numbers".into()),
    }
    Ok(true)
}

/// Returns the augmentation of a recipe, on digits.
pub(crate) fn augmentation(recipe: &Recipe) -> Augmentation {
    let one = |own: &recipe::Augment| augment::Augment { operation: own.on([28, 28]), p: own.p as f32 };
    // A few operations for each training stay as long as the program.
    let operations = Vec::leak(recipe.augment.iter().map(one).collect());
    Augmentation { operations, targets: augment::Targets::Labels }
}

/// Returns the files of a recipe; they are read once in a run, so that their names may stay.
fn files(source: &recipe::Source) -> Result<Files, Failure> {
    let kept = |name: &str| -> &'static str { String::leak(name.into()) };
    Ok(match source {
        recipe::Source::Idx { path } => Files::Idx { path: kept(path) },
        recipe::Source::IdxPart { path, only, first } => {
            Files::IdxPart { path: kept(path), only: Vec::leak(only.clone()), first: *first }
        }
        recipe::Source::Csv(table) => Files::Csv(Table { path: kept(&table.path), ..Table::USUAL }),
        _ => return Err("a lesson reads digits or a table".into()),
    })
}
