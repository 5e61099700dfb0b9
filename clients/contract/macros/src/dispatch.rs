//! `#[contract]`: from call data to a method and back.

use crate::contract::Offer;
use crate::entry::Entry;
use crate::function::{Function, Mutability, as_sequence};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Type;

pub(crate) fn expand(contract: &Type, offer: &Offer) -> TokenStream {
    let construct = construct(offer.constructor.as_ref());
    let dispatch = dispatch(offer);
    let entries = entries(offer);
    quote! {
        impl ::troupe_contract::Contract for #contract {
            #construct
            #dispatch
        }

        #entries

        #[cfg(target_arch = "wasm32")]
        const _: () = {
            // The build renames both: LLVM gives a function `main` the parameters of C's.
            #[allow(unsafe_code, reason = "the build finds the function by its name")]
            #[unsafe(no_mangle)]
            extern "C" fn troupe_main() -> i32 {
                ::troupe_contract::contract::main::<#contract>()
            }

            #[allow(unsafe_code, reason = "the build finds the function by its name")]
            #[unsafe(no_mangle)]
            extern "C" fn troupe_deploy() -> i32 {
                ::troupe_contract::contract::deploy::<#contract>()
            }
        };
    }
}

/// Statements: refuses value where the function takes none.
fn check_value(function: &Function) -> TokenStream {
    if function.mutability == Mutability::Payable {
        return TokenStream::new();
    }
    quote!(::troupe_contract::__private::refuse_value(&host)?;)
}

/// An expression of what the method returns, a `Result` whose error is revert data.
fn run(function: &Function) -> TokenStream {
    let Function { ident, .. } = function;
    let names = function.names();
    let call = match function.mutability {
        Mutability::Pure => quote!(Self::#ident(#(#names),*)),
        Mutability::View => quote! {
            <Self as ::troupe_contract::Contract>::open(host).#ident(#(#names),*)
        },
        Mutability::NonPayable | Mutability::Payable => quote! {
            <Self as ::troupe_contract::Contract>::open(host).#ident(#(#names),*)
        },
    };
    if function.is_fallible {
        quote!(match #call {
            ::core::result::Result::Ok(value) => value,
            ::core::result::Result::Err(error) => {
                return ::core::result::Result::Err(
                    ::troupe_contract::Revert::revert_data(&error),
                );
            }
        })
    } else {
        call
    }
}

/// Statements: reads the arguments.
fn read(function: &Function) -> TokenStream {
    let names = function.names();
    let inputs = function.inputs();
    if names.is_empty() {
        return TokenStream::new();
    }
    quote! {
        let (#(#names,)*) =
            match <#inputs as ::troupe_contract::abi::Sequence>::from_bytes(arguments) {
                ::core::result::Result::Ok(arguments) => arguments,
                ::core::result::Result::Err(_) => {
                    return ::core::result::Result::Err(::troupe_contract::__private::Vec::new());
                }
            };
    }
}

fn construct(constructor: Option<&Function>) -> TokenStream {
    let body = match constructor {
        None => quote! {
            ::troupe_contract::__private::refuse_value(&host)?;
            if !arguments.is_empty() {
                return ::core::result::Result::Err(::troupe_contract::__private::Vec::new());
            }
        },
        Some(function) => {
            let (check, read, run) = (check_value(function), read(function), run(function));
            quote! {
                #check
                #read
                #run;
            }
        }
    };
    quote! {
        fn construct(
            host: ::troupe_contract::Host,
            arguments: &[u8],
        ) -> ::core::result::Result<(), ::troupe_contract::__private::Vec<u8>> {
            #body
            ::core::result::Result::Ok(())
        }
    }
}

fn dispatch(offer: &Offer) -> TokenStream {
    let mut selectors = Vec::new();
    let mut arms = TokenStream::new();
    for (index, function) in offer.functions.iter().enumerate() {
        let selector = format_ident!("SELECTOR_{index}");
        let signature = function.signature();
        selectors.push((selector.clone(), signature));
        let (check, read, run) = (check_value(function), read(function), run(function));
        let value = as_sequence(function, &quote!(value));
        let results = function.results();
        arms.extend(quote! {
            #selector => {
                #check
                #read
                let value = #run;
                ::core::result::Result::Ok(
                    <#results as ::troupe_contract::abi::Sequence>::to_bytes(&#value),
                )
            }
        });
    }
    let (names, signatures): (Vec<_>, Vec<_>) = selectors.into_iter().unzip();
    let receive = offer.receive.as_ref().map(|function| {
        let run = run(function);
        quote! {
            if input.is_empty() {
                #run;
                return ::core::result::Result::Ok(::troupe_contract::__private::Vec::new());
            }
        }
    });
    let fallback = match &offer.fallback {
        None => quote!(::core::result::Result::Err(::troupe_contract::__private::Vec::new())),
        Some(function) => {
            let (check, run, names) = (check_value(function), run(function), function.names());
            quote! {{
                #check
                #(let #names = ::troupe_contract::Bytes::from(input);)*
                ::core::result::Result::Ok(#run.0)
            }}
        }
    };
    quote! {
        fn dispatch(
            host: ::troupe_contract::Host,
            input: &[u8],
        ) -> ::core::result::Result<
            ::troupe_contract::__private::Vec<u8>,
            ::troupe_contract::__private::Vec<u8>,
        > {
            #(const #names: [u8; 4] = #signatures.selector();)*
            const _: () = ::troupe_contract::__private::assert_distinct(&[#(#names),*]);
            #receive
            let ::core::option::Option::Some((selector, arguments)) =
                ::troupe_contract::__private::split(input)
            else {
                return #fallback;
            };
            let _ = arguments;
            match selector {
                #arms
                _ => #fallback,
            }
        }
    }
}

fn entries(offer: &Offer) -> TokenStream {
    let mut entries = TokenStream::new();
    if let Some(constructor) = &offer.constructor {
        entries.extend(constructor.entry("constructor"));
    }
    for function in &offer.functions {
        entries.extend(function.entry("function"));
    }
    let bare = [("receive", &offer.receive), ("fallback", &offer.fallback)];
    for (kind, function) in bare {
        if let Some(function) = function {
            let mutability = Some(function.mutability.word());
            let entry = Entry { kind, name: None, inputs: None, outputs: None, mutability };
            entries.extend(entry.item());
        }
    }
    entries
}
