//! `#[error]`: custom errors, one for a struct and one for each variant of an enum.

use crate::contract::wrong_item;
use crate::entry::{self, Entry, Parameter};
use crate::error::Error;
use crate::names::camel;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Fields, Generics, Ident, Item, Type};

/// One custom error.
struct Custom {
    name: Ident,
    fields: Vec<(Ident, Type)>,
    has_braces: bool,
    /// `Self`, or `Self::Variant`.
    path: TokenStream,
}

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> Result<TokenStream, Error> {
    crate::refuse_arguments("error", &attribute)?;
    let message = "`#[error]` stands before a struct or an enum";
    let item: Item =
        syn::parse2(item.clone()).map_err(|error| wrong_item(&item, message, error))?;
    let (name, errors) = match &item {
        Item::Struct(of) => {
            refuse_generics(&of.generics)?;
            (&of.ident, vec![custom(&of.ident, &of.fields, quote!(Self))?])
        }
        Item::Enum(of) => {
            refuse_generics(&of.generics)?;
            if of.variants.is_empty() {
                return Err(Error::at(of, "an enum of errors has variants"));
            }
            let variant = |variant: &syn::Variant| {
                let ident = &variant.ident;
                custom(ident, &variant.fields, quote!(Self::#ident))
            };
            (&of.ident, of.variants.iter().map(variant).collect::<Result<Vec<_>, Error>>()?)
        }
        other => return Err(Error::at(other, message)),
    };
    let data = errors.iter().map(write);
    let back = errors.iter().map(read);
    let entries = errors.iter().map(entry_of);
    Ok(quote! {
        #[derive(Debug, Clone, PartialEq, Eq)]
        #item

        impl ::troupe_contract::Revert for #name {
            fn revert_data(&self) -> ::troupe_contract::__private::Vec<u8> {
                match self {
                    #(#data)*
                }
            }
        }

        impl ::troupe_contract::revert::FromRevert for #name {
            fn from_revert(data: &[u8]) -> ::core::option::Option<Self> {
                let (selector, arguments) = ::troupe_contract::__private::split(data)?;
                let _ = arguments;
                #(#back)*
                ::core::option::Option::None
            }
        }

        #(#entries)*
    })
}

fn refuse_generics(generics: &Generics) -> Result<(), Error> {
    if generics.params.is_empty() {
        return Ok(());
    }
    Err(Error::at(generics, "an error has no generic parameters"))
}

fn custom(name: &Ident, fields: &Fields, path: TokenStream) -> Result<Custom, Error> {
    let named = match fields {
        Fields::Unit => Vec::new(),
        Fields::Unnamed(unnamed) => {
            return Err(Error::at(unnamed, "the fields of an error have names"));
        }
        Fields::Named(named) => named
            .named
            .iter()
            .filter_map(|field| Some((field.ident.clone()?, field.ty.clone())))
            .collect(),
    };
    let has_braces = matches!(fields, Fields::Named(_));
    Ok(Custom { name: name.clone(), fields: named, has_braces, path })
}

impl Custom {
    fn selector(&self) -> TokenStream {
        let name = self.name.to_string();
        let signature = entry::signature(&name, self.fields.iter().map(|(_, of)| of));
        quote!(const SELECTOR: [u8; 4] = #signature.selector();)
    }

    fn pattern(&self) -> TokenStream {
        let names = self.fields.iter().map(|(name, _)| name);
        let path = &self.path;
        if self.has_braces { quote!(#path { #(#names),* }) } else { quote!(#path) }
    }

    fn sequence(&self) -> TokenStream {
        entry::sequence(&self.fields.iter().map(|(_, of)| of).collect::<Vec<_>>())
    }
}

/// An arm: the data of an error.
fn write(custom: &Custom) -> TokenStream {
    let (selector, pattern, sequence) = (custom.selector(), custom.pattern(), custom.sequence());
    let names = custom.fields.iter().map(|(name, _)| name);
    quote! {
        #pattern => {
            #selector
            <#sequence as ::troupe_contract::abi::Sequence>::to_call(
                &(#(::core::clone::Clone::clone(#names),)*),
                SELECTOR,
            )
        }
    }
}

/// A block that returns the error if the data is its own.
fn read(custom: &Custom) -> TokenStream {
    let (selector, pattern, sequence) = (custom.selector(), custom.pattern(), custom.sequence());
    let names = custom.fields.iter().map(|(name, _)| name);
    quote! {{
        #selector
        if selector == SELECTOR {
            let (#(#names,)*) =
                <#sequence as ::troupe_contract::abi::Sequence>::from_bytes(arguments).ok()?;
            return ::core::option::Option::Some(#pattern);
        }
    }}
}

fn entry_of(custom: &Custom) -> TokenStream {
    let name = custom.name.to_string();
    let parameter = |(name, of): &'_ (Ident, Type)| (camel(&name.to_string()), of.clone());
    let fields: Vec<(String, Type)> = custom.fields.iter().map(parameter).collect();
    let parameters: Vec<Parameter<'_>> = fields
        .iter()
        .map(|(name, of)| Parameter { name: name.clone(), of, is_indexed: false })
        .collect();
    let inputs = Some(parameters.as_slice());
    Entry { kind: "error", name: Some(&name), inputs, outputs: None, mutability: None }.item()
}
