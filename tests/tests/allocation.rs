//! A training step allocates nothing, and the plan's memory is what a trainer takes.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

/// An allocator that counts what the program asks for.
struct Counting;

static CALLS: AtomicUsize = AtomicUsize::new(0);
static BYTES: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        CALLS.fetch_add(1, Ordering::Relaxed);
        BYTES.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps `alloc`'s contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps `dealloc`'s contract.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

netwright::network! {
    block residual(channels) {
        branch {
            { conv(channels, 3x3, pad=1, bias=false) batch_norm relu conv(channels, 3x3, pad=1, bias=false) batch_norm }
            { }
        } add
        relu
    }

    network Everything {
        input [1, 12, 12]
        conv(8, 3x3, pad=1) relu max_pool(2x2)
        residual(8)
        conv(12, 3x3, groups=4) tanh avg_pool(2x2)
        flatten
        dense(320) leaky_relu dropout(0.3)
        dense(320) sigmoid
        dense(5) softmax
        loss cross_entropy
    }

    train Everything { batch 32 optimizer adam(lr=1e-3) regularize l1(1e-5) }

    network Several {
        input image [2, 6, 6]
        input facts [5]
        from image
        conv(4, 3x3, pad=1) relu as seen
        flatten concat(facts) dense(320) relu dense(3) softmax as kind
        from seen
        conv(2, 3x3, pad=1) sigmoid as again
        output kind
        output again
        loss cross_entropy(on=kind)
        loss mse(on=again, to=image, weight=0.5)
    }

    train Several { batch 16 optimizer sgd(lr=1e-2) }
}

/// Returns what `work` itself adds to `count`: the least of several runs, because a thread that is just
/// beginning, such as a helper's or the test harness's, may ask for memory beside one of them.
fn least(count: &AtomicUsize, mut work: impl FnMut()) -> usize {
    let runs = (0..5).map(|_| {
        let before = count.load(Ordering::Relaxed);
        work();
        count.load(Ordering::Relaxed) - before
    });
    runs.min().unwrap_or(0)
}

#[test]
fn a_step_allocates_nothing() {
    use everything::{BATCH, Gradients, INPUT, Params, Trainer, WORKSPACE};
    use netwright::__private::Layers;
    let inputs: Vec<[f32; INPUT]> =
        (0..BATCH).map(|i| std::array::from_fn(|j| ((i * 7 + j * 13) % 31) as f32 / 31.0)).collect();
    let targets: Vec<u32> = (0..BATCH).map(|i| (i % 5) as u32).collect();
    let params = Params::init(1);

    let learned = least(&BYTES, || drop(Gradients::zeros()));
    let taken =
        least(&BYTES, || drop(Trainer::new(params.clone(), 1))) - least(&BYTES, || drop(params.clone()));
    let mut trainer = Trainer::new(params, 1);
    // Gradients and Adam's two averages are as large as what is learned. What is left is the plan's, each of the lanes'
    // two memories, the shared one and the batch's with room to begin at a cache line.
    let rest = taken - 3 * learned;
    let room = 64 * (2 * 8 + 2);
    assert!(
        (WORKSPACE..=WORKSPACE + room).contains(&rest),
        "the plan says {WORKSPACE} bytes, the trainer took {rest} beside its parameters"
    );

    let fifty = || (0..50).for_each(|_| _ = trainer.step(&inputs, &targets, 1e-3));
    assert_eq!(least(&CALLS, fifty), 0, "allocations in 50 steps");
    several_inputs_and_losses();
}

/// A part of the only test, since others that run beside it would be counted too.
fn several_inputs_and_losses() {
    use several::{BATCH, INPUT_FACTS, INPUT_IMAGE, Model, OUTPUT_AGAIN, OUTPUT_KIND, Params, Trainer};
    let images = [[0.25; INPUT_IMAGE]; BATCH];
    let facts = [[0.5; INPUT_FACTS]; BATCH];
    let classes: [u32; BATCH] = std::array::from_fn(|i| (i % 3) as u32);
    let (mut kind, mut again) = ([[0.0; OUTPUT_KIND]; BATCH], [[0.0; OUTPUT_AGAIN]; BATCH]);
    let mut trainer = Trainer::new(Params::init(1), 1);
    let model = Model::new(trainer.params().clone());
    let mut work = || {
        trainer.step(&images, &facts, &classes, 1e-3);
        assert!(trainer.losses().again > 0.0);
        model.predict_batch(&images, &facts, &mut kind, &mut again);
        let one = model.predict(&images[0], &facts[0]);
        assert_eq!((one.kind, one.again), (kind[0], again[0]));
    };
    let calls = least(&CALLS, || (0..20).for_each(|_| work()));
    assert_eq!(calls, 0, "allocations of a network with several inputs");
}
