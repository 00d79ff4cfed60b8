//! The same network by the macro and by a build script, in a crate that has renamed its dependency `netwright`.

pub mod macros {
    //! The network by the macro, also for a recipe that names data.
    nw::network!("src/parity.net");

    nw::network! {
        network Iris {
            input [4]
            dense(3) softmax
            loss cross_entropy
        }

        train Iris { data csv("iris.csv", label=last)  batch 4  optimizer sgd(lr=0.1) }
    }

    nw::network! {
        // Everything that a trainer can own.
        network Costly {
            input [1, 4, 4]
            front: { conv(2, 3x3, pad=1, bias=false) batch_norm relu }
            flatten
            dropout(50%) as shared
            dense(3) softmax as kind
            from shared
            dense(1) as price
            output kind
            output price
            loss cross_entropy(on=kind)
            loss mse(on=price)
        }

        train Costly {
            batch      4
            optimizer  adam(lr=0.01)
            clip       global_norm(1)
            accumulate 2
            ema        0.9
            epochs     4
            freeze     front
            unfreeze   front after(2)
        }
    }
}

pub mod script {
    //! The network by the build script.
    include!(concat!(env!("OUT_DIR"), "/parity.rs"));
}
