//! Functions that others call: what their signatures may be.

use crate::entry::{self, Entry, Parameter};
use crate::error::Error;
use crate::names::{camel, is_identifier};
use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{FnArg, Ident, Pat, ReturnType, Signature, Type};

/// The most values a call may carry.
const PARAMETERS: usize = 12;

/// What a call may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mutability {
    Pure,
    View,
    NonPayable,
    Payable,
}

impl Mutability {
    /// As Solidity says it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Pure => "pure",
            Self::View => "view",
            Self::NonPayable => "nonpayable",
            Self::Payable => "payable",
        }
    }
}

/// What an attribute says about a function.
#[derive(Debug, Default)]
pub(crate) struct Words {
    /// `pure`, `view` or `payable`.
    pub(crate) mutability: Option<(Ident, Mutability)>,
    /// The name, if it is not the one in camel case.
    pub(crate) name: Option<String>,
}

impl Words {
    /// Reads `payable, name = "..."`.
    pub(crate) fn parse(input: syn::parse::ParseStream<'_>) -> syn::Result<Self> {
        let mut words = Self::default();
        while !input.is_empty() {
            let word: Ident = input.parse()?;
            let mutability = match word.to_string().as_str() {
                "pure" => Mutability::Pure,
                "view" => Mutability::View,
                "payable" => Mutability::Payable,
                "name" => {
                    let _: syn::Token![=] = input.parse()?;
                    let name: syn::LitStr = input.parse()?;
                    words.name = Some(name_of(&name)?);
                    skip_comma(input)?;
                    continue;
                }
                other => {
                    let message =
                        format!("`{other}` is none of `pure`, `view`, `payable`, `name = \"...\"`");
                    return Err(syn::Error::new(word.span(), message));
                }
            };
            if words.mutability.is_some() {
                return Err(syn::Error::new(
                    word.span(),
                    "one of `pure`, `view`, `payable` is enough",
                ));
            }
            words.mutability = Some((word, mutability));
            skip_comma(input)?;
        }
        Ok(words)
    }
}

/// A name that Solidity can have.
pub(crate) fn name_of(name: &syn::LitStr) -> syn::Result<String> {
    let text = name.value();
    if is_identifier(&text) {
        return Ok(text);
    }
    Err(syn::Error::new(name.span(), format!("`{text}` is no name in Solidity")))
}

fn skip_comma(input: syn::parse::ParseStream<'_>) -> syn::Result<()> {
    if !input.is_empty() {
        let _: syn::Token![,] = input.parse()?;
    }
    Ok(())
}

/// A function that others call.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) ident: Ident,
    /// In Solidity.
    pub(crate) name: String,
    pub(crate) mutability: Mutability,
    pub(crate) parameters: Vec<(Ident, Type)>,
    /// The values it returns.
    pub(crate) outputs: Vec<Type>,
    /// Whether it returns a single value or a tuple of them: `Ok(value)` of a `Result` counts.
    pub(crate) is_single: bool,
    pub(crate) is_fallible: bool,
}

impl Function {
    pub(crate) fn parse(signature: &Signature, words: &Words) -> Result<Self, Error> {
        refuse_unusual(signature)?;
        let mut parameters = Vec::new();
        for argument in &signature.inputs {
            if let FnArg::Typed(argument) = argument {
                parameters.push(parameter(argument)?);
            }
        }
        if parameters.len() > PARAMETERS {
            let message = format!("{} parameters exceed {PARAMETERS}", parameters.len());
            return Err(Error::at(&signature.inputs, message));
        }
        let (output, is_fallible) = match &signature.output {
            ReturnType::Default => (None, false),
            ReturnType::Type(_, of) => match within_result(of) {
                Some(inner) => (Some(inner), true),
                None => (Some(&**of), false),
            },
        };
        let (outputs, is_single) = match output {
            None => (Vec::new(), false),
            Some(Type::Tuple(tuple)) => (tuple.elems.iter().cloned().collect(), false),
            Some(Type::Reference(reference)) => {
                return Err(Error::at(reference, "a call returns values, not references"));
            }
            Some(single) => (vec![single.clone()], true),
        };
        let name = words.name.clone().unwrap_or_else(|| camel(&signature.ident.to_string()));
        Ok(Self {
            ident: signature.ident.clone(),
            name,
            mutability: mutability(signature, words)?,
            parameters,
            outputs,
            is_single,
            is_fallible,
        })
    }

    fn types(&self) -> Vec<&Type> {
        self.parameters.iter().map(|(_, of)| of).collect()
    }

    /// The tuple type of its parameters.
    pub(crate) fn inputs(&self) -> TokenStream {
        entry::sequence(&self.types())
    }

    /// The tuple type of what it returns.
    pub(crate) fn results(&self) -> TokenStream {
        entry::sequence(&self.outputs.iter().collect::<Vec<_>>())
    }

    /// An expression: its signature.
    pub(crate) fn signature(&self) -> TokenStream {
        entry::signature(&self.name, self.types().into_iter())
    }

    /// Its entry in the ABI.
    pub(crate) fn entry(&self, kind: &str) -> TokenStream {
        let parameters: Vec<Parameter<'_>> = self.parameters.iter().map(as_parameter).collect();
        let outputs: Vec<&Type> = self.outputs.iter().collect();
        let is_function = kind == "function";
        Entry {
            kind,
            name: is_function.then_some(self.name.as_str()),
            inputs: Some(&parameters),
            outputs: is_function.then_some(outputs.as_slice()),
            mutability: Some(self.mutability.word()),
        }
        .item()
    }

    /// The names of its parameters.
    pub(crate) fn names(&self) -> Vec<Ident> {
        let numbered = |index: usize| Ident::new(&format!("argument_{index}"), Span::mixed_site());
        (0..self.parameters.len()).map(numbered).collect()
    }
}

fn as_parameter((name, of): &(Ident, Type)) -> Parameter<'_> {
    Parameter { name: camel(&name.to_string()), of, is_indexed: false }
}

fn refuse_unusual(signature: &Signature) -> Result<(), Error> {
    if let Some(word) = &signature.asyncness {
        return Err(Error::at(word, "a call of a contract does not wait"));
    }
    if let Some(word) = &signature.unsafety {
        return Err(Error::at(word, "a function that others call is safe"));
    }
    if let Some(abi) = &signature.abi {
        return Err(Error::at(
            abi,
            "a function that others call has Rust's own calling convention",
        ));
    }
    if !signature.generics.params.is_empty() {
        let message = "a selector belongs to one list of types: no generic parameters";
        return Err(Error::at(&signature.generics, message));
    }
    Ok(())
}

fn parameter(argument: &syn::PatType) -> Result<(Ident, Type), Error> {
    let Pat::Ident(name) = &*argument.pat else {
        return Err(Error::at(&argument.pat, "a parameter has a name"));
    };
    match &*argument.ty {
        Type::Reference(reference) => {
            Err(Error::at(reference, "a call carries values, not references"))
        }
        Type::ImplTrait(of) => Err(Error::at(of, "a call carries values of one type")),
        of => Ok((name.ident.clone(), of.clone())),
    }
}

/// From what it does to `self`, and what its attribute says.
fn mutability(signature: &Signature, words: &Words) -> Result<Mutability, Error> {
    let derived = match signature.receiver() {
        None => Mutability::Pure,
        Some(receiver) if receiver.reference.is_none() || receiver.colon_token.is_some() => {
            let message = "a function of a contract takes `&self`, `&mut self` or no `self`";
            return Err(Error::at(receiver, message));
        }
        Some(receiver) if receiver.mutability.is_some() => Mutability::NonPayable,
        Some(_) => Mutability::View,
    };
    let Some((word, said)) = &words.mutability else { return Ok(derived) };
    match (said, derived) {
        (Mutability::Payable, Mutability::NonPayable) => Ok(Mutability::Payable),
        (Mutability::Payable, _) => {
            Err(Error::at(word, "a payable function changes a balance: it takes `&mut self`"))
        }
        (said, derived) if *said == derived => Ok(derived),
        (Mutability::View, Mutability::Pure) => {
            Err(Error::at(word, "a view reads the contract: it takes `&self`"))
        }
        (Mutability::View, _) => Err(Error::at(word, "a view changes nothing: it takes `&self`")),
        (_, _) => Err(Error::at(word, "a pure function reads nothing: it takes no `self`")),
    }
}

/// `T` of `Result<T, E>`.
fn within_result(of: &Type) -> Option<&Type> {
    let Type::Path(path) = of else { return None };
    let last = path.path.segments.last()?;
    if last.ident != "Result" {
        return None;
    }
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        syn::GenericArgument::Type(of) => Some(of),
        _ => None,
    }
}

/// An expression: what was returned, as the tuple of [`Function::results`].
pub(crate) fn as_sequence(function: &Function, value: &TokenStream) -> TokenStream {
    if function.is_single { quote!((#value,)) } else { quote!(#value) }
}
