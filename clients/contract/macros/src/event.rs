//! `#[event]`: topics and data.

use crate::contract::wrong_item;
use crate::entry::{self, Entry, Parameter};
use crate::error::Error;
use crate::names::camel;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Fields, Ident, ItemStruct, Type};

/// Topics beside that of the signature.
const INDEXED: usize = 3;

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> Result<TokenStream, Error> {
    crate::refuse_arguments("event", &attribute)?;
    let message = "`#[event]` stands before a struct: one for each event";
    let mut item: ItemStruct =
        syn::parse2(item.clone()).map_err(|error| wrong_item(&item, message, error))?;
    if !item.generics.params.is_empty() {
        return Err(Error::at(&item.generics, "an event has no generic parameters"));
    }
    let mut fields: Vec<(Ident, Type, bool)> = Vec::new();
    match &mut item.fields {
        Fields::Unit => {}
        Fields::Unnamed(unnamed) => {
            return Err(Error::at(unnamed, "the fields of an event have names"));
        }
        Fields::Named(named) => {
            for field in &mut named.named {
                let before = field.attrs.len();
                field.attrs.retain(|attribute| !attribute.path().is_ident("indexed"));
                let is_indexed = field.attrs.len() != before;
                let name = field.ident.clone().ok_or_else(|| Error::at(&*field, "a name"))?;
                fields.push((name, field.ty.clone(), is_indexed));
                let count = fields.iter().filter(|(_, _, is_indexed)| *is_indexed).count();
                if count > INDEXED {
                    return Err(Error::at(
                        &*field,
                        format!("{count} indexed fields exceed {INDEXED}"),
                    ));
                }
            }
        }
    }
    let name = item.ident.to_string();
    let signature = entry::signature(&name, fields.iter().map(|(_, of, _)| of));
    let parameters: Vec<Parameter<'_>> = fields
        .iter()
        .map(|(name, of, is_indexed)| Parameter {
            name: camel(&name.to_string()),
            of,
            is_indexed: *is_indexed,
        })
        .collect();
    let entry = Entry {
        kind: "event",
        name: Some(&name),
        inputs: Some(&parameters),
        outputs: None,
        mutability: None,
    }
    .item();
    let indexed = fields.iter().filter(|field| field.2).map(|(name, _, _)| name);
    let (data, data_types): (Vec<_>, Vec<_>) =
        fields.iter().filter(|field| !field.2).map(|(name, of, _)| (name, of)).unzip();
    let data_type = entry::sequence(&data_types);
    let of = &item.ident;
    Ok(quote! {
        #[derive(Debug, Clone, PartialEq, Eq)]
        #item

        impl ::troupe_contract::Event for #of {
            fn topics(&self) -> ::troupe_contract::__private::Vec<::troupe_contract::Hash> {
                const SIGNATURE: [u8; 32] = #signature.keccak256();
                ::troupe_contract::__private::vec![
                    ::troupe_contract::FixedBytes(SIGNATURE),
                    #(::troupe_contract::event::Topic::topic(&self.#indexed),)*
                ]
            }

            fn data(&self) -> ::troupe_contract::__private::Vec<u8> {
                <#data_type as ::troupe_contract::abi::Sequence>::to_bytes(
                    &(#(::core::clone::Clone::clone(&self.#data),)*),
                )
            }
        }

        #entry
    })
}
