//! Labels that generated code could mistake for its own words change nothing but names.

#![deny(warnings)]

include!("../ways/bits.rs");

netwright::network! {
    network Plain {
        input [2, 8, 8]
        { conv(6, 3x3, pad=1) relu conv(6, 3x3, pad=1) relu max_pool(2x2) }
        { conv(8, 3x3, pad=1, bias=false) batch_norm relu conv(8, 3x3, pad=1) } as left
        relu
        branch { { conv(8, 1x1) tanh } { avg_pool(3x3, stride=1, pad=1) } } add
        dropout(10%)
        concat(left)
        global_avg_pool flatten
        dense(600) relu
        dense(500) relu
        dense(400) relu
        dense(16) tanh
        dense(16) prelu
        dense(4) softmax
        loss cross_entropy
    }
    train Plain { batch 8 optimizer adam(lr=1e-2) }
}

netwright::network! {
    network Self {
        input rate [2, 8, 8]
        s: { conv1: conv(6, 3x3, pad=1) relu 0: conv(6, 3x3, pad=1) relu p: max_pool(2x2) }
        self: {
            s_conv1_packed: conv(8, 3x3, pad=1, bias=false)
            params: batch_norm
            activation: relu
            at: conv(8, 3x3, pad=1)
        } as left
        lanes: relu
        branch { { shared: conv(8, 1x1) g: tanh } { layout: avg_pool(3x3, stride=1, pad=1) } } add
        inputs: dropout(10%)
        y: concat(left)
        global_avg_pool: global_avg_pool flatten
        2: dense(600) predict: relu
        forward_and_backward: dense(500) targets: relu
        d_forward_and_backward: dense(400) batch: relu
        type: { lane: { dense(16) outputs: tanh } }
        _: dense(16)
        tile: prelu
        bias_grad: dense(4)
        total: softmax
        loss cross_entropy
    }
    train Self { batch 8 optimizer adam(lr=1e-2) }
}

netwright::network! {
    // Labels that are the names of kernels, and an optimizer's memory that is called as the average of `ema`.
    network Kernels {
        input global_max_pool_forward [2, 8, 8]
        adaptive_avg_pool: adaptive_avg_pool(6)
        in_one_piece: conv(4, 3x3, pad=1)
        adaptive_max_pool: adaptive_max_pool(4)
        global_max_pool: global_max_pool flatten
        bias_grad_batch: dense(700)
        sum_lanes: relu
        kept: dense(4)
        train_with: softmax
        loss cross_entropy
    }
    train Kernels { batch 8 optimizer lion(lr=1e-3) ema 0.9 }
}

netwright::network! {
    network Alike {
        input Relu [8]
        conv1: dense(8)
        relu: relu
        conv_1: dense(6)
        a: { tanh: tanh }
        self: dense(5)
        a__tanh: tanh
        _1: dense(5)
        d_relu: relu
        grads: dense(4)
        softmax
        loss cross_entropy
    }
    train Alike { batch 4 optimizer sgd(lr=0.1) }
}

#[test]
fn labels_change_nothing_but_names() {
    assert_eq!(trained_bits!(plain), trained_bits!(self_));
    let _ = trained_bits!(alike);
    let _ = trained_bits!(kernels);
    let params = self_::Params::init(1);
    assert_eq!((params.s_conv1.bias.len(), params.layer.bias.len()), (6, 16));
}
