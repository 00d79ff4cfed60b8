use netwright_compiler::{graph::*, ops::*, recipe::*, *};
struct B {
    g: Graph,
    at: ValueId,
}
impl B {
    fn add(
        &mut self,
        op: Operator,
        name: &str,
        inputs: Vec<ValueId>,
        shape: &[usize],
        params: &[(&str, &[usize], Role)],
    ) -> ValueId {
        let layer = LayerId(self.g.layers.len());
        self.g.layers.push(Layer { name: name.into(), text: name.into(), span: Span::default() });
        let mut ids = vec![];
        for (n, s, r) in params {
            ids.push(ParamId(self.g.params.len()));
            self.g.params.push(Param {
                name: format!("{name}.{n}"),
                shape: s.to_vec(),
                init: if *r == Role::Weight { Init::HeUniform } else { Init::Zeros },
                role: *r,
                frozen: false,
                layer,
            });
        }
        self.g.values.push(Value { shape: shape.to_vec(), name: name.into() });
        let v = ValueId(self.g.values.len() - 1);
        self.g.nodes.push(Node { op, inputs, params: ids, output: v, layer });
        self.at = v;
        v
    }
    fn conv(
        &mut self,
        name: &str,
        x: ValueId,
        c: usize,
        k: usize,
        stride: usize,
        pad: usize,
        bias: bool,
    ) -> ValueId {
        let s = self.g.value(x).shape.clone();
        let o = |n: usize| (n + 2 * pad - k) / stride + 1;
        let ws = [c, s[0], k, k];
        let bs = [c];
        let mut ps: Vec<(&str, &[usize], Role)> = vec![("weight", &ws, Role::Weight)];
        if bias {
            ps.push(("bias", &bs, Role::Bias));
        }
        self.add(
            Operator::Conv(Conv {
                channels: c,
                kernel: [k, k],
                stride: [stride; 2],
                pad: [pad; 2],
                dilation: [1, 1],
                groups: 1,
                bias,
                init: Init::HeUniform,
            }),
            name,
            vec![x],
            &[c, o(s[1]), o(s[2])],
            &ps,
        )
    }
    fn relu(&mut self, name: &str) -> ValueId {
        let x = self.at;
        let s = self.g.value(x).shape.clone();
        self.add(Operator::Activation(Activation::Relu), name, vec![x], &s, &[])
    }
    fn pool(&mut self, name: &str) -> ValueId {
        let x = self.at;
        let s = self.g.value(x).shape.clone();
        self.add(
            Operator::MaxPool(MaxPool { window: [2, 2], stride: [2, 2], pad: [0, 0] }),
            name,
            vec![x],
            &[s[0], s[1] / 2, s[2] / 2],
            &[],
        )
    }
    fn bn(&mut self, name: &str) -> ValueId {
        let x = self.at;
        let s = self.g.value(x).shape.clone();
        let c = [s[0]];
        self.add(
            Operator::BatchNorm(BatchNorm { eps: 1e-5, momentum: 0.1 }),
            name,
            vec![x],
            &s,
            &[
                ("weight", &c, Role::Norm),
                ("bias", &c, Role::Norm),
                ("running_mean", &c, Role::Statistic),
                ("running_var", &c, Role::Statistic),
            ],
        )
    }
    fn dense(&mut self, name: &str, n: usize) -> ValueId {
        let x = self.at;
        let s = self.g.value(x).shape.clone();
        let w = [n, s[0]];
        self.add(
            Operator::Dense(Dense { units: n, bias: true, init: Init::HeUniform }),
            name,
            vec![x],
            &[n],
            &[("weight", &w, Role::Weight), ("bias", &[n], Role::Bias)],
        )
    }
}
fn main() {
    let which = std::env::args().nth(1).unwrap_or_default();
    let mut b = B {
        g: Graph {
            name: "LeNet5".into(),
            layers: vec![],
            values: vec![Value { shape: vec![1, 28, 28], name: "x".into() }],
            nodes: vec![],
            params: vec![],
            inputs: vec![ValueId(0)],
            outputs: vec![],
            losses: vec![],
        },
        at: ValueId(0),
    };
    let x = ValueId(0);
    match which.as_str() {
        "mlp" => {
            b.add(Operator::Flatten, "flatten", vec![x], &[784], &[]);
            b.dense("dense1", 512);
            b.relu("relu1");
            b.dense("dense2", 256);
            b.relu("relu2");
            b.dense("dense3", 10);
        }
        "res" => {
            let _ = b.conv("conv1", x, 8, 3, 1, 1, false);
            b.bn("batch_norm1");
            let skip = b.relu("relu1");
            b.conv("conv2", skip, 8, 3, 1, 1, false);
            b.bn("batch_norm2");
            let r = b.relu("relu2");
            b.conv("conv3", r, 8, 3, 1, 1, false);
            let y = b.bn("batch_norm3");
            let s = b.g.value(y).shape.clone();
            b.add(Operator::Add, "add1", vec![y, skip], &s, &[]);
            b.relu("relu3");
            let at = b.at;
            b.add(Operator::GlobalAvgPool, "global_avg_pool1", vec![at], &[8, 1, 1], &[]);
            let at = b.at;
            b.add(Operator::Flatten, "flatten1", vec![at], &[8], &[]);
            b.dense("dense1", 10);
        }
        _ => {
            b.conv("conv1", x, 6, 5, 1, 2, true);
            b.relu("relu1");
            let x = b.pool("max_pool1");
            b.conv("conv2", x, 16, 5, 1, 0, true);
            b.relu("relu2");
            let x = b.pool("max_pool2");
            b.add(Operator::Flatten, "flatten1", vec![x], &[400], &[]);
            b.dense("dense1", 120);
            b.relu("relu3");
            b.dense("dense2", 84);
            b.relu("relu4");
            b.dense("dense3", 10);
        }
    }
    let at = b.at;
    let y = b.add(Operator::Softmax, "softmax1", vec![at], &[10], &[]);
    b.g.outputs = vec![y];
    b.g.losses =
        vec![LossUse { loss: Loss::CrossEntropy { logits: false }, value: y, span: Span::default() }];
    let model = Model {
        graph: b.g,
        recipe: Some(Recipe {
            data: None,
            test: None,
            validate: 0.1,
            epochs: 1,
            batch: if which == "mlp" { 128 } else { 64 },
            optimizer: Optimizer::Momentum { lr: 0.01, momentum: 0.9 },
            schedule: Schedule::Constant,
            penalty: Penalty { l2: 1e-4, ..Penalty::default() },
            stop: None,
            seed: 1,
            from: None,
            span: Span::default(),
        }),
    };
    let plan = training_plan(&model, &Options::default()).unwrap();
    eprintln!("{}\n{}", dump::schedule(&model.graph, &plan), dump::memory(&plan));
    println!("{}", pretty(generate(&model, &Options::default())).unwrap());
}
