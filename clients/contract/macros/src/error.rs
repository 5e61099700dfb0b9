//! What is wrong with an item, and where.

use proc_macro2::TokenStream;
use quote::ToTokens;

/// One or more things that are wrong.
#[derive(Debug)]
pub struct Error {
    first: syn::Error,
}

impl Error {
    /// One thing, at these tokens.
    pub fn at(tokens: impl ToTokens, message: impl core::fmt::Display) -> Self {
        Self { first: syn::Error::new_spanned(tokens, message) }
    }

    /// Errors that stop the build and point at the tokens.
    pub fn to_compile_error(&self) -> TokenStream {
        self.first.to_compile_error()
    }

    /// Every message with its line and column, from 1 and 0 on.
    #[cfg(test)]
    pub fn places(&self) -> Vec<(usize, usize, String)> {
        let place = |error: syn::Error| {
            let start = error.span().start();
            (start.line, start.column, error.to_string())
        };
        self.first.clone().into_iter().map(place).collect()
    }
}

impl From<syn::Error> for Error {
    fn from(first: syn::Error) -> Self {
        Self { first }
    }
}

/// Things that were found wrong so far.
#[derive(Debug, Default)]
pub struct Found {
    all: Option<syn::Error>,
}

impl Found {
    /// The value, or a note of what is wrong with it.
    pub fn keep<T>(&mut self, result: Result<T, Error>) -> Option<T> {
        let Error { first } = match result {
            Ok(value) => return Some(value),
            Err(error) => error,
        };
        match &mut self.all {
            Some(all) => all.combine(first),
            None => self.all = Some(first),
        }
        None
    }

    /// Fails if anything was found.
    pub fn finish(self) -> Result<(), Error> {
        self.all.map_or(Ok(()), |first| Err(Error { first }))
    }
}
