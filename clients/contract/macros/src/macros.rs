//! The macros of `troupe-contract`; its guide shows them at work.
//!
//! Each takes what a contract's author wrote and adds what the chain and Solidity's tools need.
//! What is wrong is reported where it stands, several things at once.

mod contract;
mod dispatch;
mod entry;
mod error;
mod event;
mod function;
mod interface;
mod names;
mod revert;
mod storage;
mod value;

#[cfg(test)]
mod tests;

use error::Error;
use proc_macro::TokenStream;
use quote::quote;

fn finish(result: Result<proc_macro2::TokenStream, Error>) -> TokenStream {
    result.unwrap_or_else(|error| error.to_compile_error()).into()
}

/// Makes an `impl` of a `#[storage]` struct a contract.
///
/// Within it, `#[constructor]` runs once at creation; `#[public]` functions are called by their
/// selectors: `&self` makes a `view`, `&mut self` one that changes, and no `self` a `pure` one.
/// `#[public(payable)]` takes value, `#[public(name = "...")]` gives another name than the one in
/// camel case, and `#[public(view)]`, `#[public(pure)]` say what has to be so. `#[receive]` takes
/// plain transfers, and `#[fallback]` calls of functions that are not there.
#[proc_macro_attribute]
pub fn contract(attribute: TokenStream, item: TokenStream) -> TokenStream {
    finish(contract::expand(attribute.into(), item.into()))
}

/// Lays the fields of a struct out in storage as solc does.
///
/// The struct gets the methods `host` and `host_mut`.
#[proc_macro_attribute]
pub fn storage(attribute: TokenStream, item: TokenStream) -> TokenStream {
    finish(storage::expand(attribute.into(), item.into()))
}

/// Makes a struct an event; up to three fields may be `#[indexed]`.
#[proc_macro_attribute]
pub fn event(attribute: TokenStream, item: TokenStream) -> TokenStream {
    finish(event::expand(attribute.into(), item.into()))
}

/// Makes a struct a custom error, or an enum several of them.
#[proc_macro_attribute]
pub fn error(attribute: TokenStream, item: TokenStream) -> TokenStream {
    finish(revert::expand(attribute.into(), item.into()))
}

/// Makes a struct a value that calls may carry, Solidity's `struct`, or an enum without fields
/// Solidity's `enum`, which may be stored too.
#[proc_macro_attribute]
pub fn value(attribute: TokenStream, item: TokenStream) -> TokenStream {
    finish(value::expand(attribute.into(), item.into()))
}

/// Writes the calls of another contract's functions from a trait.
///
/// `&self` makes a call that may change nothing, `&mut self` one that may; `#[payable]` adds the
/// value to be sent, `#[name("...")]` gives the name if it is not the one in camel case.
#[proc_macro_attribute]
pub fn interface(attribute: TokenStream, item: TokenStream) -> TokenStream {
    finish(interface::expand(attribute.into(), item.into()))
}

/// Nothing may stand in the parentheses of an attribute.
fn refuse_arguments(name: &str, attribute: &proc_macro2::TokenStream) -> Result<(), Error> {
    if attribute.is_empty() {
        return Ok(());
    }
    Err(Error::at(quote!(#attribute), format!("`#[{name}]` takes nothing in parentheses")))
}
