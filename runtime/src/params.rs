//! The structs that hold a network's parameters.

/// Declares a struct of layers, each a struct of [`Tensor`](crate::storage::Tensor)s, with names and shapes.
#[doc(hidden)]
#[macro_export]
macro_rules! parameters {
    (
        $(#[$doc:meta])*
        pub struct $name:ident {
            $(
                $(#[$layer_doc:meta])*
                $layer:ident: $layer_type:ident = $layer_name:literal {
                    $($tensor:ident: [$($size:literal),*]),*
                }
            ),* $(,)?
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name {
            $(
                $(#[$layer_doc])*
                pub $layer: $layer_type,
            )*
        }

        $(
            $(#[$layer_doc])*
            #[derive(Clone, Debug)]
            pub struct $layer_type {
                $(
                    #[doc = concat!("`", stringify!([$($size),*]), "`")]
                    pub $tensor: $crate::storage::Tensor<{ 1 $(* $size)* }>,
                )*
            }
        )*

        impl $name {
            /// All numbers zero.
            pub fn zeros() -> Self {
                Self { $($layer: $layer_type { $($tensor: $crate::storage::Tensor::zeros()),* }),* }
            }
        }

        impl $crate::storage::Parameters for $name {
            fn tensors(&self) -> Vec<$crate::storage::TensorRef<'_>> {
                vec![$($(
                    $crate::storage::TensorRef {
                        name: concat!($layer_name, ".", stringify!($tensor)),
                        shape: &[$($size),*],
                        data: &self.$layer.$tensor[..],
                    },
                )*)*]
            }

            fn tensors_mut(&mut self) -> Vec<$crate::storage::TensorMut<'_>> {
                vec![$($(
                    $crate::storage::TensorMut {
                        name: concat!($layer_name, ".", stringify!($tensor)),
                        shape: &[$($size),*],
                        data: &mut self.$layer.$tensor[..],
                    },
                )*)*]
            }
        }
    };
}
