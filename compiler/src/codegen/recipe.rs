//! The training loop and the program around it.

use super::Options;
use crate::Model;
use proc_macro2::TokenStream;

pub(super) fn items(_model: &Model, _options: &Options) -> TokenStream {
    TokenStream::new()
}
