//! `#[interface]`: calls of another contract.

use crate::contract::wrong_item;
use crate::error::{Error, Found};
use crate::function::{Function, Mutability, Words, name_of};
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{Attribute, ItemTrait, TraitItem, TraitItemFn};

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> Result<TokenStream, Error> {
    crate::refuse_arguments("interface", &attribute)?;
    let message = "`#[interface]` stands before a trait";
    let item: ItemTrait =
        syn::parse2(item.clone()).map_err(|error| wrong_item(&item, message, error))?;
    if !item.generics.params.is_empty() {
        return Err(Error::at(&item.generics, "an interface has no generic parameters"));
    }
    let mut found = Found::default();
    let mut methods = TokenStream::new();
    for entry in &item.items {
        if let Some(method) = found.keep(method(entry)) {
            methods.extend(method);
        }
    }
    found.finish()?;
    let ItemTrait { attrs, vis, ident, .. } = &item;
    Ok(quote! {
        #(#attrs)*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #vis struct #ident {
            address: ::troupe_contract::Address,
        }

        #[allow(dead_code, reason = "an interface is written whole, and used in part")]
        impl #ident {
            /// The contract at an address.
            pub const fn at(address: ::troupe_contract::Address) -> Self {
                Self { address }
            }

            /// Where the contract is.
            pub const fn address(&self) -> ::troupe_contract::Address {
                self.address
            }

            #methods
        }
    })
}

fn method(entry: &TraitItem) -> Result<TokenStream, Error> {
    let TraitItem::Fn(method) = entry else {
        return Err(Error::at(entry, "an interface has functions only"));
    };
    if let Some(body) = &method.default {
        return Err(Error::at(body, "the other contract has the body; end with `;`"));
    }
    let (words, kept) = words(method)?;
    let function = Function::parse(&method.sig, &words)?;
    if function.is_fallible {
        let message = "write what Solidity returns; every call gives a `Result` of it";
        return Err(Error::at(&method.sig.output, message));
    }
    Ok(call(&function, &kept))
}

/// What `#[payable]` and `#[name("...")]` say, and the other attributes.
fn words(method: &TraitItemFn) -> Result<(Words, Vec<&Attribute>), Error> {
    let mut words = Words::default();
    let mut kept = Vec::new();
    for attribute in &method.attrs {
        if attribute.path().is_ident("payable") {
            let word = Ident::new("payable", Span::call_site());
            words.mutability = Some((word, Mutability::Payable));
        } else if attribute.path().is_ident("name") {
            words.name = Some(name_of(&attribute.parse_args()?)?);
        } else {
            kept.push(attribute);
        }
    }
    Ok((words, kept))
}

fn call(function: &Function, attributes: &[&Attribute]) -> TokenStream {
    let Function { ident, mutability, outputs, is_single, .. } = function;
    let (names, types): (Vec<_>, Vec<_>) =
        function.parameters.iter().map(|(name, of)| (name, of)).unzip();
    let signature = function.signature();
    let results = function.results();
    let (host, kind) = match mutability {
        Mutability::Pure | Mutability::View => {
            (quote!(host: &::troupe_contract::Host), quote!(Static))
        }
        Mutability::NonPayable => (
            quote!(host: &mut ::troupe_contract::Host),
            quote!(Plain(::troupe_contract::U256::ZERO)),
        ),
        Mutability::Payable => (
            quote!(host: &mut ::troupe_contract::Host, value: ::troupe_contract::U256),
            quote!(Plain(value)),
        ),
    };
    let output = if *is_single { quote!(#(#outputs)*) } else { results.clone() };
    let unpack = if *is_single { quote!(.map(|(value,)| value)) } else { TokenStream::new() };
    quote! {
        #(#attributes)*
        #[doc = "\n\n# Errors\n\nThe call reverted, failed, or answered with something else."]
        pub fn #ident(
            &self,
            #host
            #(, #names: #types)*
        ) -> ::core::result::Result<#output, ::troupe_contract::Error> {
            const SELECTOR: [u8; 4] = #signature.selector();
            ::troupe_contract::call::function::<#results>(
                host,
                ::troupe_contract::call::Kind::#kind,
                self.address,
                SELECTOR,
                &(#(#names,)*),
            )
            #unpack
        }
    }
}
