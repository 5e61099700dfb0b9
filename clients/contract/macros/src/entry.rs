//! Entries of the ABI's JSON, and signatures: put together while the contract is compiled, because
//! only then the types are known.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Type;

/// A parameter, or a field.
pub(crate) struct Parameter<'a> {
    pub(crate) name: String,
    pub(crate) of: &'a Type,
    pub(crate) is_indexed: bool,
}

/// An expression: the signature `name(types)`.
pub(crate) fn signature<'a>(name: &str, types: impl Iterator<Item = &'a Type>) -> TokenStream {
    let types: Vec<&Type> = types.collect();
    let sequence = sequence(&types);
    quote! {
        ::troupe_contract::text::Entry::of(#name)
            .then("(")
            .join(&<#sequence as ::troupe_contract::abi::Sequence>::NAMES)
            .then(")")
    }
}

/// The tuple type of several types, which is never a type in parentheses.
pub(crate) fn sequence(types: &[&Type]) -> TokenStream {
    quote!((#(#types,)*))
}

/// An expression: `[{...},{...}]` of parameters.
fn parameters(list: &[Parameter<'_>], marks_indexed: bool) -> TokenStream {
    let mut text = quote!(::troupe_contract::text::Entry::of("["));
    for (index, parameter) in list.iter().enumerate() {
        let Parameter { name, of, is_indexed } = parameter;
        let comma = if index == 0 { "" } else { "," };
        let extra = match (marks_indexed, is_indexed) {
            (false, _) => "",
            (true, false) => ",\"indexed\":false",
            (true, true) => ",\"indexed\":true",
        };
        text.extend(quote! {
            .then(#comma)
            .join(&<#of as ::troupe_contract::abi::Abi>::SHAPE.parameter(#name, #extra))
        });
    }
    quote!(#text.then("]"))
}

/// The parts of an entry.
pub(crate) struct Entry<'a> {
    /// `function`, `event`, `error`, `constructor`, `receive`, `fallback`.
    pub(crate) kind: &'a str,
    pub(crate) name: Option<&'a str>,
    pub(crate) inputs: Option<&'a [Parameter<'a>]>,
    pub(crate) outputs: Option<&'a [&'a Type]>,
    pub(crate) mutability: Option<&'a str>,
}

impl Entry<'_> {
    /// An item that puts the entry into the module, in a section of its own which the build takes
    /// out again.
    pub(crate) fn item(&self) -> TokenStream {
        let mut start = format!("{{\"type\":\"{}\"", self.kind);
        if let Some(name) = self.name {
            start.push_str(&format!(",\"name\":\"{name}\""));
        }
        let mut text = quote!(::troupe_contract::text::Entry::of(#start));
        if let Some(inputs) = self.inputs {
            let inputs = parameters(inputs, self.kind == "event");
            text.extend(quote!(.then(",\"inputs\":").join(&#inputs)));
        }
        if let Some(outputs) = self.outputs {
            let sequence = sequence(outputs);
            text.extend(quote! {
                .then(",\"outputs\":[")
                .join(&<#sequence as ::troupe_contract::abi::Sequence>::ENTRIES)
                .then("]")
            });
        }
        let mut end = match self.mutability {
            Some(mutability) => format!(",\"stateMutability\":\"{mutability}\""),
            None => String::new(),
        };
        if self.kind == "event" {
            end.push_str(",\"anonymous\":false");
        }
        end.push_str("}\n");
        quote! {
            #[cfg(target_arch = "wasm32")]
            const _: () = {
                const ENTRY: ::troupe_contract::text::Entry = #text.then(#end);
                #[allow(unsafe_code, reason = "a static in a section of its own")]
                #[unsafe(link_section = "troupe.abi")]
                static BYTES: [u8; ENTRY.len()] = ENTRY.exact();
            };
        }
    }
}
