//! `#[storage]`: a place for every field.

use crate::contract::wrong_item;
use crate::error::Error;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Fields, ItemStruct};

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> Result<TokenStream, Error> {
    crate::refuse_arguments("storage", &attribute)?;
    let message =
        "`#[storage]` stands before a struct; an enum is kept in a `Value` and marked `#[value]`";
    let mut item: ItemStruct =
        syn::parse2(item.clone()).map_err(|error| wrong_item(&item, message, error))?;
    if !item.generics.params.is_empty() {
        return Err(Error::at(&item.generics, "what is stored has no generic parameters"));
    }
    let Fields::Named(fields) = &mut item.fields else {
        return Err(Error::at(&item, "what is stored has fields with names"));
    };
    let names: Vec<_> = fields.named.iter().filter_map(|field| field.ident.clone()).collect();
    let types: Vec<_> = fields.named.iter().map(|field| field.ty.clone()).collect();
    let layouts: Vec<_> = (0..=names.len()).map(|index| format_ident!("LAYOUT_{index}")).collect();
    let (before, after) = (&layouts[..names.len()], &layouts[1..]);
    let last = &layouts[names.len()];
    fields.named.push(syn::Field {
        attrs: Vec::new(),
        vis: syn::Visibility::Inherited,
        mutability: syn::FieldMutability::None,
        ident: Some(format_ident!("__host")),
        colon_token: Some(<syn::Token![:]>::default()),
        ty: syn::parse_quote!(::troupe_contract::Host),
    });
    let name = &item.ident;
    let text = name.to_string();
    Ok(quote! {
        #item

        const _: () = {
            use ::troupe_contract::storage::{Layout, Place, Room, Spot, Stored};

            const LAYOUT_0: Layout = Layout::START;
            #(const #after: Layout = #before.after(<#types as Stored>::ROOM);)*

            impl Stored for #name {
                const ROOM: Room = Room::Slots(#last.slots());
                type Handle = Self;

                fn handle(host: ::troupe_contract::Host, place: Place) -> Self {
                    #name {
                        #(#names: {
                            const SPOT: Spot = #before.spot(<#types as Stored>::ROOM);
                            <#types as Stored>::handle(host.share(), place.field(SPOT))
                        },)*
                        __host: host,
                    }
                }
            }

            #[allow(dead_code, reason = "not every contract looks around")]
            impl #name {
                /// The chain around this call, for reading.
                pub fn host(&self) -> &::troupe_contract::Host {
                    &self.__host
                }

                /// The chain around this call.
                pub fn host_mut(&mut self) -> &mut ::troupe_contract::Host {
                    &mut self.__host
                }
            }

            impl ::core::fmt::Debug for #name {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    f.write_str(#text)
                }
            }
        };
    })
}
