// The code that each way of use shares: twenty steps of training on numbers that are the same everywhere, and all bits they lead to.

/// Losses and a hash (FNV-1a) of all parameters' bits, of a module that learns classes.
#[allow(unused_macros)]
macro_rules! trained_bits {
    ($net:ident) => {{
        use netwright::storage::Parameters as _;
        let mut state = 1u64;
        let mut random = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 40) as u32
        };
        let mut trainer = $net::Trainer::new($net::Params::init(3), 5);
        let mut text = String::new();
        for _ in 0..20 {
            let inputs: Vec<[f32; $net::INPUT]> =
                (0..$net::BATCH).map(|_| std::array::from_fn(|_| random() as f32 / (1 << 23) as f32 - 1.0)).collect();
            let targets: Vec<u32> = inputs.iter().map(|x| u32::from(x[0] > 0.0) + 2 * u32::from(x[1] > 0.0)).collect();
            let loss = trainer.step(&inputs, &targets, 1e-2);
            assert!(loss.is_finite());
            text += &format!("{:08x} ", loss.to_bits());
        }
        let mut hash = 0xcbf2_9ce4_8422_2325u64;
        for tensor in trainer.params().tensors() {
            for byte in tensor.data.iter().flat_map(|value| value.to_bits().to_le_bytes()) {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
            }
        }
        // The recipe's loop, on samples of the program.
        let inputs: Vec<[f32; $net::INPUT]> =
            (0..50).map(|_| std::array::from_fn(|_| random() as f32 / (1 << 23) as f32 - 1.0)).collect();
        let targets: Vec<u32> = inputs.iter().map(|x| u32::from(x[0] > 0.0) + 2 * u32::from(x[1] > 0.0)).collect();
        let trained = $net::train(&inputs, &targets).expect("a training that does not diverge");
        let sum = trained.params.tensors().iter().flat_map(|tensor| tensor.data.iter().map(|x| u64::from(x.to_bits()))).sum::<u64>();
        text + &format!("{hash:016x} {sum:016x}")
    }};
}
