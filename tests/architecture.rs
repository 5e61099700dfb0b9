//! The laws of the tree, as tests: who may depend on whom, what a folder holds, how large a file is.
//!
//! Every rule is a function from a [`tree::Tree`] or a [`graph::Graph`] to complaints. One test
//! applies it to this repository, others to small trees that break it, so that a rule which never
//! complains would be noticed. A rule that is wrong is changed here, in the open, with its reason.

mod architecture {
    mod decoders;
    mod direction;
    mod features;
    mod folders;
    mod graph;
    mod lints;
    mod messages;
    mod pins;
    mod sources;
    mod tree;
    mod words;
}
