//! Names: Rust's in snake case, Solidity's in camel case.

/// `balance_of` becomes `balanceOf`. Underscores at the beginning stay.
pub(crate) fn camel(name: &str) -> String {
    let name = name.strip_prefix("r#").unwrap_or(name);
    let start = name.len() - name.trim_start_matches('_').len();
    let (underscores, rest) = name.split_at(start);
    let mut camel = underscores.to_owned();
    let mut is_start = false;
    for letter in rest.chars() {
        match letter {
            '_' => is_start = true,
            letter if is_start => {
                camel.extend(letter.to_uppercase());
                is_start = false;
            }
            letter => camel.push(letter),
        }
    }
    camel
}

/// Whether Solidity can have this name.
pub(crate) fn is_identifier(name: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphabetic() || c == '_' || c == '$';
    name.starts_with(letter) && name.chars().all(|c| letter(c) || c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_become_solidity_s() {
        for (rust, solidity) in [
            ("transfer", "transfer"),
            ("balance_of", "balanceOf"),
            ("DOMAIN_SEPARATOR", "DOMAINSEPARATOR"),
            ("_hidden_one", "_hiddenOne"),
            ("r#type", "type"),
            ("get_2_words", "get2Words"),
        ] {
            assert_eq!(camel(rust), solidity);
        }
    }

    proptest! {
        #[test]
        fn every_rust_name_becomes_one_that_solidity_has(name in "[a-z_][a-z0-9_]{0,20}") {
            let name = camel(&name);
            prop_assert!(is_identifier(&name));
            prop_assert!(!name.trim_start_matches('_').contains('_'));
        }
    }
}
