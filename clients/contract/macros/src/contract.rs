//! `#[contract]`: which functions of an `impl` are what.

use crate::dispatch;
use crate::error::{Error, Found};
use crate::function::{Function, Mutability, Words};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, ImplItem, ImplItemFn, ItemImpl, Meta, ReturnType};

/// What a contract offers.
#[derive(Debug, Default)]
pub(crate) struct Offer {
    pub(crate) constructor: Option<Function>,
    pub(crate) functions: Vec<Function>,
    pub(crate) receive: Option<Function>,
    pub(crate) fallback: Option<Function>,
}

/// What an attribute makes of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Constructor,
    Public,
    Receive,
    Fallback,
}

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> Result<TokenStream, Error> {
    crate::refuse_arguments("contract", &attribute)?;
    let message = "`#[contract]` stands before `impl`; before the struct stands `#[storage]`";
    let mut block: ItemImpl =
        syn::parse2(item.clone()).map_err(|error| wrong_item(&item, message, error))?;
    if let Some((_, of, _)) = &block.trait_ {
        return Err(Error::at(of, "`#[contract]` stands before an `impl` of no trait"));
    }
    if !block.generics.params.is_empty() {
        return Err(Error::at(&block.generics, "a contract has no generic parameters"));
    }
    let mut found = Found::default();
    let mut offer = Offer::default();
    for item in &mut block.items {
        let ImplItem::Fn(method) = item else { continue };
        found.keep(take(method, &mut offer));
    }
    found.finish()?;
    if offer.functions.is_empty() && offer.receive.is_none() && offer.fallback.is_none() {
        return Err(Error::at(&block.self_ty, "nobody can call this: mark functions `#[public]`"));
    }
    let generated = dispatch::expand(&block.self_ty, &offer);
    Ok(quote!(#block #generated))
}

/// Takes the attribute of ours off a method and notes what it is.
fn take(method: &mut ImplItemFn, offer: &mut Offer) -> Result<(), Error> {
    let mut part = None;
    let mut kept = Vec::new();
    for attribute in std::mem::take(&mut method.attrs) {
        match part_of(&attribute) {
            None => kept.push(attribute),
            Some(_) if part.is_some() => {
                method.attrs = kept;
                return Err(Error::at(attribute, "a function is one thing only"));
            }
            Some(this) => part = Some((this, words(&attribute)?)),
        }
    }
    method.attrs = kept;
    let Some((part, words)) = part else { return Ok(()) };
    let function = Function::parse(&method.sig, &words)?;
    match part {
        Part::Public => offer.functions.push(function),
        Part::Constructor => {
            check_changes(method, "a constructor")?;
            if !function.outputs.is_empty() {
                return Err(Error::at(&method.sig.output, "a constructor returns nothing"));
            }
            put(&mut offer.constructor, function, method, "constructor")?;
        }
        Part::Receive => {
            check_changes(method, "what receives")?;
            if !function.parameters.is_empty() || !function.outputs.is_empty() {
                return Err(Error::at(&method.sig, "what receives takes and returns nothing"));
            }
            let function = Function { mutability: Mutability::Payable, ..function };
            put(&mut offer.receive, function, method, "receive")?;
        }
        Part::Fallback => {
            check_changes(method, "a fallback")?;
            let fits = function.parameters.len() == 1 && function.is_single;
            if !fits || matches!(method.sig.output, ReturnType::Default) {
                let message = "a fallback takes the call's `Bytes` and returns `Bytes`";
                return Err(Error::at(&method.sig, message));
            }
            put(&mut offer.fallback, function, method, "fallback")?;
        }
    }
    Ok(())
}

fn part_of(attribute: &Attribute) -> Option<Part> {
    let name = attribute.path().get_ident()?.to_string();
    match name.as_str() {
        "constructor" => Some(Part::Constructor),
        "public" => Some(Part::Public),
        "receive" => Some(Part::Receive),
        "fallback" => Some(Part::Fallback),
        _ => None,
    }
}

fn words(attribute: &Attribute) -> Result<Words, Error> {
    match &attribute.meta {
        Meta::Path(_) => Ok(Words::default()),
        Meta::List(_) => Ok(attribute.parse_args_with(Words::parse)?),
        Meta::NameValue(other) => {
            Err(Error::at(other, "write what is to be said in parentheses: `#[public(payable)]`"))
        }
    }
}

fn check_changes(method: &ImplItemFn, who: &str) -> Result<(), Error> {
    let changes = method.sig.receiver().is_some_and(|receiver| receiver.mutability.is_some());
    if changes {
        return Ok(());
    }
    Err(Error::at(&method.sig.inputs, format!("{who} takes `&mut self`")))
}

fn put(
    slot: &mut Option<Function>,
    function: Function,
    method: &ImplItemFn,
    what: &str,
) -> Result<(), Error> {
    if slot.is_some() {
        return Err(Error::at(&method.sig.ident, format!("a contract has one {what}")));
    }
    *slot = Some(function);
    Ok(())
}

/// The parser's own error, unless the item is of the wrong kind altogether.
pub(crate) fn wrong_item(item: &TokenStream, message: &str, error: syn::Error) -> Error {
    match syn::parse2::<syn::Item>(item.clone()) {
        Ok(item) => Error::at(item, message),
        Err(_) => error.into(),
    }
}
