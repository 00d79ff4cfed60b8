//! The same network by the macro and by a build script, in a crate that has renamed its dependency `netwright`.

pub mod macros {
    //! By the macro, also for a recipe that names data.
    nw::network!("src/parity.net");

    nw::network! {
        network Iris {
            input [4]
            dense(3) softmax
            loss cross_entropy
        }

        train Iris { data csv("iris.csv", label=last)  batch 4  optimizer sgd(lr=0.1) }
    }
}

pub mod script {
    //! By the build script.
    include!(concat!(env!("OUT_DIR"), "/parity.rs"));
}
