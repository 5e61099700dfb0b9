//! The functions that the chain offers to a module, and all that is unsafe about them.
#![expect(unsafe_code, reason = "what a module imports can be called in no other way")]

use crate::call::Kind;
use crate::{Hash, U256};
use alloc::vec;
use alloc::vec::Vec;

mod raw {
    #[link(wasm_import_module = "troupe")]
    unsafe extern "C" {
        pub(super) fn input_size() -> u32;
        pub(super) fn input_copy(to: *mut u8, offset: usize, length: usize);
        pub(super) fn output_set(from: *const u8, length: usize);
        pub(super) fn revert(from: *const u8, length: usize) -> !;
        pub(super) fn storage_load(key: *const u8, to: *mut u8);
        pub(super) fn storage_store(key: *const u8, from: *const u8);
        pub(super) fn transient_load(key: *const u8, to: *mut u8);
        pub(super) fn transient_store(key: *const u8, from: *const u8);
        pub(super) fn address(to: *mut u8);
        pub(super) fn caller(to: *mut u8);
        pub(super) fn origin(to: *mut u8);
        pub(super) fn coinbase(to: *mut u8);
        pub(super) fn value(to: *mut u8);
        pub(super) fn gas_price(to: *mut u8);
        pub(super) fn base_fee(to: *mut u8);
        pub(super) fn randomness(to: *mut u8);
        pub(super) fn height() -> u64;
        pub(super) fn time() -> u64;
        pub(super) fn time_millis() -> u64;
        pub(super) fn gas_limit() -> u64;
        pub(super) fn chain_id() -> u64;
        pub(super) fn gas_left() -> u64;
        pub(super) fn block_hash(height: u64, to: *mut u8);
        pub(super) fn balance(address: *const u8, to: *mut u8);
        pub(super) fn code_size(address: *const u8) -> u32;
        pub(super) fn code_hash(address: *const u8, to: *mut u8);
        pub(super) fn code_copy(address: *const u8, to: *mut u8, offset: usize, length: usize);
        pub(super) fn call(
            address: *const u8,
            value: *const u8,
            gas: u64,
            input: *const u8,
            length: usize,
        ) -> u32;
        pub(super) fn call_delegate(
            address: *const u8,
            gas: u64,
            input: *const u8,
            length: usize,
        ) -> u32;
        pub(super) fn call_static(
            address: *const u8,
            gas: u64,
            input: *const u8,
            length: usize,
        ) -> u32;
        pub(super) fn create(value: *const u8, code: *const u8, length: usize, to: *mut u8) -> u32;
        pub(super) fn create2(
            value: *const u8,
            salt: *const u8,
            code: *const u8,
            length: usize,
            to: *mut u8,
        ) -> u32;
        pub(super) fn returned_size() -> u32;
        pub(super) fn returned_copy(to: *mut u8, offset: usize, length: usize);
        pub(super) fn log(topics: *const u8, count: usize, data: *const u8, length: usize);
        pub(super) fn destroy(address: *const u8) -> !;
        pub(super) fn keccak256(from: *const u8, length: usize, to: *mut u8);
        pub(super) fn sha256(from: *const u8, length: usize, to: *mut u8);
        pub(super) fn ecrecover(hash: *const u8, signature: *const u8, to: *mut u8) -> u32;
        pub(super) fn sr25519_verify(
            public: *const u8,
            message: *const u8,
            length: usize,
            signature: *const u8,
        ) -> u32;
        pub(super) fn bls_verify(
            public: *const u8,
            message: *const u8,
            length: usize,
            signature: *const u8,
        ) -> u32;
        pub(super) fn vrf_verify(
            public: *const u8,
            input: *const u8,
            length: usize,
            proof: *const u8,
            to: *mut u8,
        ) -> u32;
        pub(super) fn debug(from: *const u8, length: usize);
    }
}

/// Stands for the chain; there is one.
#[derive(Debug)]
pub(crate) struct Inner;

/// What `main` or `deploy` was called with.
pub(crate) fn input() -> Vec<u8> {
    // SAFETY: asks for a number.
    let size = unsafe { raw::input_size() } as usize;
    let mut bytes = vec![0; size];
    // SAFETY: `size` bytes are written to a vector that has them.
    unsafe { raw::input_copy(bytes.as_mut_ptr(), 0, size) };
    bytes
}

/// What the call returns, or reverts with.
pub(crate) fn set_output(bytes: &[u8]) {
    // SAFETY: reads a slice.
    unsafe { raw::output_set(bytes.as_ptr(), bytes.len()) };
}

/// Ends the call, which is undone and reverts with this.
pub(super) fn revert(bytes: &[u8]) -> ! {
    // SAFETY: reads a slice.
    unsafe { raw::revert(bytes.as_ptr(), bytes.len()) }
}

/// Keccak-256.
pub(super) fn keccak256(bytes: &[u8]) -> [u8; 32] {
    // SAFETY: reads a slice.
    word(|to| unsafe { raw::keccak256(bytes.as_ptr(), bytes.len(), to) })
}

fn returned() -> Vec<u8> {
    // SAFETY: asks for a number.
    let size = unsafe { raw::returned_size() } as usize;
    let mut bytes = vec![0; size];
    // SAFETY: `size` bytes are written to a vector that has them.
    unsafe { raw::returned_copy(bytes.as_mut_ptr(), 0, size) };
    bytes
}

/// `N` bytes that an import writes. Each is called with a pointer to as many as it writes.
fn word<const N: usize>(fill: impl FnOnce(*mut u8)) -> [u8; N] {
    let mut bytes = [0; N];
    fill(bytes.as_mut_ptr());
    bytes
}

macro_rules! words {
    ($($name:ident: $size:literal;)*) => {$(
        pub(super) fn $name(&self) -> [u8; $size] {
            // SAFETY: the import writes as many bytes as the array has.
            word(|to| unsafe { raw::$name(to) })
        }
    )*};
}

macro_rules! numbers {
    ($($name:ident)*) => {$(
        pub(super) fn $name(&self) -> u64 {
            // SAFETY: asks for a number.
            unsafe { raw::$name() }
        }
    )*};
}

// SAFETY of what follows: every import reads or writes exactly the bytes of the arrays and slices
// whose pointers it is given, while they are borrowed, and keeps no pointer.
#[expect(clippy::undocumented_unsafe_blocks, reason = "one reason for all, above")]
impl Inner {
    words! {
        address: 20; caller: 20; origin: 20; coinbase: 20;
        value: 32; gas_price: 32; base_fee: 32; randomness: 32;
    }

    numbers!(height time time_millis gas_limit chain_id gas_left);

    pub(super) fn share(&self) -> Self {
        Self
    }

    pub(super) fn storage_load(&self, key: &[u8; 32]) -> [u8; 32] {
        word(|to| unsafe { raw::storage_load(key.as_ptr(), to) })
    }

    pub(super) fn storage_store(&self, key: &[u8; 32], word: &[u8; 32]) {
        unsafe { raw::storage_store(key.as_ptr(), word.as_ptr()) }
    }

    pub(super) fn transient_load(&self, key: &[u8; 32]) -> [u8; 32] {
        word(|to| unsafe { raw::transient_load(key.as_ptr(), to) })
    }

    pub(super) fn transient_store(&self, key: &[u8; 32], word: &[u8; 32]) {
        unsafe { raw::transient_store(key.as_ptr(), word.as_ptr()) }
    }

    pub(super) fn block_hash(&self, height: u64) -> [u8; 32] {
        word(|to| unsafe { raw::block_hash(height, to) })
    }

    pub(super) fn balance(&self, of: &[u8; 20]) -> [u8; 32] {
        word(|to| unsafe { raw::balance(of.as_ptr(), to) })
    }

    pub(super) fn code_size(&self, of: &[u8; 20]) -> u32 {
        unsafe { raw::code_size(of.as_ptr()) }
    }

    pub(super) fn code_hash(&self, of: &[u8; 20]) -> [u8; 32] {
        word(|to| unsafe { raw::code_hash(of.as_ptr(), to) })
    }

    pub(super) fn code(&self, of: &[u8; 20]) -> Vec<u8> {
        let size = self.code_size(of) as usize;
        let mut code = vec![0; size];
        unsafe { raw::code_copy(of.as_ptr(), code.as_mut_ptr(), 0, size) };
        code
    }

    pub(super) fn call(&self, kind: Kind, to: &[u8; 20], gas: u64, input: &[u8]) -> (u32, Vec<u8>) {
        let (to, from, length) = (to.as_ptr(), input.as_ptr(), input.len());
        let status = match kind {
            Kind::Plain(value) => {
                let value = value.to_be_bytes();
                unsafe { raw::call(to, value.as_ptr(), gas, from, length) }
            }
            Kind::Delegate => unsafe { raw::call_delegate(to, gas, from, length) },
            Kind::Static => unsafe { raw::call_static(to, gas, from, length) },
        };
        (status, returned())
    }

    pub(super) fn create(
        &self,
        value: U256,
        salt: Option<&[u8; 32]>,
        code: &[u8],
    ) -> (u32, [u8; 20], Vec<u8>) {
        let value = value.to_be_bytes();
        let (value, from, length) = (value.as_ptr(), code.as_ptr(), code.len());
        let mut address = [0; 20];
        let to = address.as_mut_ptr();
        let status = match salt {
            None => unsafe { raw::create(value, from, length, to) },
            Some(salt) => unsafe { raw::create2(value, salt.as_ptr(), from, length, to) },
        };
        (status, address, returned())
    }

    pub(super) fn log(&self, topics: &[Hash], data: &[u8]) {
        let mut words = Vec::with_capacity(topics.len() * 32);
        topics.iter().for_each(|topic| words.extend_from_slice(&topic.0));
        unsafe { raw::log(words.as_ptr(), topics.len(), data.as_ptr(), data.len()) }
    }

    pub(super) fn destroy(&self, beneficiary: &[u8; 20]) -> ! {
        unsafe { raw::destroy(beneficiary.as_ptr()) }
    }

    pub(super) fn sha256(&self, bytes: &[u8]) -> [u8; 32] {
        word(|to| unsafe { raw::sha256(bytes.as_ptr(), bytes.len(), to) })
    }

    pub(super) fn ecrecover(&self, hash: &[u8; 32], signature: &[u8; 65]) -> Option<[u8; 20]> {
        let mut signer = [0; 20];
        let status =
            unsafe { raw::ecrecover(hash.as_ptr(), signature.as_ptr(), signer.as_mut_ptr()) };
        (status == 0).then_some(signer)
    }

    pub(super) fn sr25519_verify(
        &self,
        public: &[u8; 32],
        message: &[u8],
        signature: &[u8; 64],
    ) -> bool {
        let (from, length) = (message.as_ptr(), message.len());
        0 == unsafe { raw::sr25519_verify(public.as_ptr(), from, length, signature.as_ptr()) }
    }

    pub(super) fn bls_verify(
        &self,
        public: &[u8; 48],
        message: &[u8],
        signature: &[u8; 96],
    ) -> bool {
        let (from, length) = (message.as_ptr(), message.len());
        0 == unsafe { raw::bls_verify(public.as_ptr(), from, length, signature.as_ptr()) }
    }

    pub(super) fn vrf_verify(
        &self,
        public: &[u8; 32],
        input: &[u8],
        proof: &[u8; 96],
    ) -> Option<[u8; 32]> {
        let (from, length) = (input.as_ptr(), input.len());
        let mut random = [0; 32];
        let to = random.as_mut_ptr();
        let status = unsafe { raw::vrf_verify(public.as_ptr(), from, length, proof.as_ptr(), to) };
        (status == 0).then_some(random)
    }

    pub(super) fn debug(&self, text: &str) {
        unsafe { raw::debug(text.as_ptr(), text.len()) }
    }
}
