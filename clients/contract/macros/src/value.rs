//! `#[value]`: structs and enums that calls carry.

use crate::contract::wrong_item;
use crate::entry;
use crate::error::Error;
use crate::names::camel;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Fields, Item, ItemEnum, ItemStruct};

/// Solidity's enums have one byte.
const VARIANTS: usize = 256;

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> Result<TokenStream, Error> {
    crate::refuse_arguments("value", &attribute)?;
    let message = "`#[value]` stands before a struct or an enum";
    match syn::parse2(item.clone()).map_err(|error| wrong_item(&item, message, error))? {
        Item::Struct(of) => structure(&of),
        Item::Enum(of) => enumeration(&of),
        other => Err(Error::at(other, message)),
    }
}

fn structure(item: &ItemStruct) -> Result<TokenStream, Error> {
    if !item.generics.params.is_empty() {
        return Err(Error::at(&item.generics, "a value has no generic parameters"));
    }
    let fields = match &item.fields {
        Fields::Named(fields) if !fields.named.is_empty() => fields,
        _ => return Err(Error::at(item, "a value has fields with names")),
    };
    let names: Vec<_> = fields.named.iter().filter_map(|field| field.ident.as_ref()).collect();
    let types: Vec<_> = fields.named.iter().map(|field| &field.ty).collect();
    let sequence = entry::sequence(&types);
    let members = names.iter().zip(&types).enumerate().map(|(index, (name, of))| {
        let comma = if index == 0 { "" } else { "," };
        let name = camel(&name.to_string());
        quote! {
            .then(#comma)
            .join(&<#of as ::troupe_contract::abi::Abi>::SHAPE.parameter(#name, ""))
        }
    });
    let name = &item.ident;
    let internal = format!("struct {name}");
    Ok(quote! {
        #[derive(Debug, Clone, PartialEq, Eq)]
        #item

        impl ::troupe_contract::abi::Abi for #name {
            const SHAPE: ::troupe_contract::abi::Shape = ::troupe_contract::abi::Shape {
                name: <#sequence as ::troupe_contract::abi::Abi>::SHAPE.name,
                kind: ::troupe_contract::text::Name::of("tuple"),
                internal: ::troupe_contract::text::Name::of(#internal),
                members: ::troupe_contract::text::Entry::EMPTY #(#members)*,
            };
            const HEAD: usize = <#sequence as ::troupe_contract::abi::Abi>::HEAD;
            const IS_DYNAMIC: bool = <#sequence as ::troupe_contract::abi::Abi>::IS_DYNAMIC;

            fn encode(&self, to: &mut ::troupe_contract::abi::Encoder) {
                let values: #sequence = (#(::core::clone::Clone::clone(&self.#names),)*);
                ::troupe_contract::abi::Abi::encode(&values, to);
            }

            fn decode(
                from: &mut ::troupe_contract::abi::Decoder<'_>,
            ) -> ::core::result::Result<Self, ::troupe_contract::abi::Malformed> {
                let (#(#names,)*) = <#sequence as ::troupe_contract::abi::Abi>::decode(from)?;
                ::core::result::Result::Ok(Self { #(#names),* })
            }
        }

        #[cfg(not(target_arch = "wasm32"))]
        impl ::troupe_contract::test_host::Verdict for #name {}
    })
}

fn enumeration(item: &ItemEnum) -> Result<TokenStream, Error> {
    if !item.generics.params.is_empty() {
        return Err(Error::at(&item.generics, "a value has no generic parameters"));
    }
    for variant in &item.variants {
        if !matches!(variant.fields, Fields::Unit) {
            return Err(Error::at(variant, "Solidity's enums have no fields"));
        }
        if let Some((_, number)) = &variant.discriminant {
            return Err(Error::at(number, "Solidity counts the variants from 0 on"));
        }
    }
    let count = item.variants.len();
    if count == 0 || count > VARIANTS {
        let message = format!("an enum of {count} variants; Solidity has 1 to {VARIANTS}");
        return Err(Error::at(item, message));
    }
    let name = &item.ident;
    let internal = format!("enum {name}");
    let variants: Vec<_> = item.variants.iter().map(|variant| &variant.ident).collect();
    let first = variants[0];
    let numbers: Vec<_> =
        (0..count).map(|number| syn::Index { index: number as u32, span: name.span() }).collect();
    Ok(quote! {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #item

        impl #name {
            /// As Solidity counts it.
            fn __number(self) -> u8 {
                match self { #(Self::#variants => #numbers,)* }
            }

            fn __of(number: u8) -> ::core::option::Option<Self> {
                match number {
                    #(#numbers => ::core::option::Option::Some(Self::#variants),)*
                    #[allow(unreachable_patterns, reason = "there may be 256 variants")]
                    _ => ::core::option::Option::None,
                }
            }
        }

        impl ::core::default::Default for #name {
            fn default() -> Self {
                Self::#first
            }
        }

        impl ::troupe_contract::abi::Abi for #name {
            const SHAPE: ::troupe_contract::abi::Shape = ::troupe_contract::abi::Shape {
                internal: ::troupe_contract::text::Name::of(#internal),
                ..<u8 as ::troupe_contract::abi::Abi>::SHAPE
            };
            const HEAD: usize = 32;
            const IS_DYNAMIC: bool = false;

            fn encode(&self, to: &mut ::troupe_contract::abi::Encoder) {
                ::troupe_contract::abi::Abi::encode(&self.__number(), to);
            }

            fn decode(
                from: &mut ::troupe_contract::abi::Decoder<'_>,
            ) -> ::core::result::Result<Self, ::troupe_contract::abi::Malformed> {
                let number = <u8 as ::troupe_contract::abi::Abi>::decode(from)?;
                Self::__of(number).ok_or(::troupe_contract::abi::Malformed)
            }
        }

        impl ::troupe_contract::event::Topic for #name {
            fn topic(&self) -> ::troupe_contract::Hash {
                ::troupe_contract::event::Topic::topic(&self.__number())
            }
        }

        impl ::troupe_contract::storage::Plain for #name {
            const BYTES: usize = 1;

            fn write(&self, to: &mut [u8]) {
                to[0] = self.__number();
            }

            fn read(from: &[u8]) -> Self {
                Self::__of(from[0]).expect("only variants are stored")
            }
        }

        ::troupe_contract::__plain_cell!([] #name);

        #[cfg(not(target_arch = "wasm32"))]
        impl ::troupe_contract::test_host::Verdict for #name {}
    })
}
