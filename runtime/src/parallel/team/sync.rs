//! Synchronisation of the team's threads: the standard library's, or in tests under `--cfg loom` loom's,
//! which runs a test with all orders in which its threads can act.

#[cfg(not(all(test, loom)))]
mod chosen {
    pub(in super::super) use std::hint::spin_loop;
    pub(in super::super) use std::sync::atomic::{
        AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering, fence,
    };
    pub(in super::super) use std::sync::{Mutex, MutexGuard};
    pub(in super::super) use std::thread::{self, Thread};

    /// A static.
    macro_rules! global {
        (static $name:ident: $type:ty = $value:expr;) => {
            static $name: $type = $value;
        };
    }

    /// A static of each thread.
    macro_rules! local {
        (static $name:ident: $type:ty = $value:expr;) => {
            thread_local! { static $name: $type = const { $value }; }
        };
    }

    /// An array of values that are made one by one.
    macro_rules! each {
        ($count:expr, $value:expr) => {
            [const { $value }; $count]
        };
    }

    pub(in super::super) use {each, global, local};
}

#[cfg(all(test, loom))]
mod chosen {
    pub(in super::super) use loom::hint::spin_loop;
    pub(in super::super) use loom::sync::atomic::{
        AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering, fence,
    };
    pub(in super::super) use loom::sync::{Mutex, MutexGuard};
    pub(in super::super) use loom::thread::{self, Thread};

    /// A static that is made anew for each order of events.
    macro_rules! global {
        (static $name:ident: $type:ty = $value:expr;) => {
            loom::lazy_static! { static ref $name: $type = $value; }
        };
    }

    /// A static of each thread.
    macro_rules! local {
        (static $name:ident: $type:ty = $value:expr;) => {
            loom::thread_local! { static $name: $type = $value; }
        };
    }

    /// An array of values that are made one by one.
    macro_rules! each {
        ($count:expr, $value:expr) => {
            std::array::from_fn(|_| $value)
        };
    }

    pub(in super::super) use {each, global, local};
}

pub(super) use chosen::*;
