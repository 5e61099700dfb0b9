//! The proofs of all three parties, after the last round of each portion of the program, and all of them
//! before any result.
//!
//! 1. Everybody tells its neighbours, before the first proof, digests of the pieces of every owner's
//!    columns that they have in common, and nothing before those that follow. Who hears another digest than its own goes no further. Because this needs the frames
//!    of the last round, it is also the word that both verifiers of a prover have all its messages.
//! 2. The verifiers of each prover tell it the first seed, both of them, which both draw from the key
//!    that the prover does not have; the first verifier adds hashes of the seeds to come.
//! 3. The prover sends a message to its second verifier, who answers with the next seed; the prover
//!    compares its hash. (A verifier that could make an honest prover use another seed would learn
//!    from its failure.) So it goes on until the last message.
//! 4. The second verifier sends the first one what is left, who compares.
//! 5. Everybody who has found nothing wrong says so, by [closing](super::closing). Only who heard it
//!    from both others reveals.

use crate::Error;
use crate::evidence::words;
use crate::peer::{next, prev};
use crate::prg::KEY;
use crate::program::{Checks, DIGEST, Program, REST, SEED, lengths};
use crate::proof::bits::{self, Bits};
use crate::proof::numbers::{self, Numbers};
use crate::proof::{Binary, Coins, Prime, Role, Source, is_right};
use crate::rep3::guarded::{BitRelations, Ledger, NumberRelations};
use crate::rep3::{Keys, Share};
use crate::stream::{Outbox, WORD, blocks};
use blake3::Hasher;
use sha2::{Digest, Sha256};
use troupe_types::Hash;

/// A seed, as it travels.
type Seed = [u64; SEED];

/// One party's part in all three proofs.
pub(super) struct Check {
    party: u8,
    checks: Checks,
    digests: Digests,
    /// The seeds for the proofs of the next and of the previous party.
    seeds: [Vec<Seed>; 2],
    /// What hides messages: with the first verifier, as a prover; with the prover, as its first.
    hiding_first: [Seeds; 2],
    /// What hides the last number: with the second verifier, as a prover; with the prover, as its
    /// second.
    hiding_second: [Seeds; 2],
    proof: Proof,
    /// The messages of the party before us.
    received: Vec<Vec<u64>>,
}

/// What the parties have in common of every owner, by the neighbour that has it too; nothing once it was
/// compared.
#[derive(Default)]
pub(super) struct Digests {
    pub(super) next: Vec<Hash>,
    pub(super) prev: Vec<Hash>,
}

/// Seeds of one use: for the shares of messages on numbers and on bits, then for what hides the
/// last number.
type Seeds = [Seed; 4];

/// Our own proof.
#[derive(Default)]
struct Proof {
    /// The first one.
    seed: [u8; KEY],
    /// Hashes of the seeds to come.
    promised: Vec<u64>,
    numbers: Option<Numbers>,
    bits: Option<Bits>,
}

impl Digests {
    /// Of the inputs, in the program's order, and what every owner announced of its rows.
    pub(super) fn new(program: &Program, announced: &[Hash], inputs: &[Share]) -> Self {
        let start = |hash: &Hash| {
            let mut hasher = Hasher::new();
            hasher.update(b"troupe mpc inputs 2").update(hash.as_ref());
            hasher
        };
        let mut hashes: [Vec<Hasher>; 2] =
            core::array::from_fn(|_| announced.iter().map(start).collect());
        let mut inputs = inputs.iter();
        for column in program.columns() {
            for share in inputs.by_ref().take(column.registers()) {
                for (hashes, words) in hashes.iter_mut().zip([&share.next, &share.own]) {
                    blocks(words, |bytes| {
                        hashes[usize::from(column.owner)].update(bytes);
                    });
                }
            }
        }
        let [next, prev] =
            hashes.map(|hashes| hashes.iter().map(|hash| Hash(hash.finalize().into())).collect());
        Self { next, prev }
    }
}

impl Check {
    /// Begins, and writes the first round.
    pub(super) fn begin(
        checks: Checks,
        party: u8,
        digests: Digests,
        keys: &mut Keys,
        to: [&mut Outbox; 2],
    ) -> Self {
        let count = (checks.messages + 1) * SEED;
        let drawn = keys.pairs(count);
        let hiding_first = keys.pairs(4 * SEED).map(|words| four(&words));
        let mut hiding_second = keys.pairs(4 * SEED).map(|words| four(&words));
        // As a prover we share the next key with our second verifier.
        hiding_second.reverse();
        for (outbox, digests) in to.into_iter().zip([&digests.next, &digests.prev]) {
            let words: Vec<u64> = digests.iter().flat_map(words).collect();
            outbox.frame(&words);
        }
        // Our own key is the one that the next party does not have.
        let seeds = drawn.map(|words| words.as_chunks::<SEED>().0.to_vec());
        let (proof, received) = (Proof::default(), Vec::new());
        Self { party, checks, digests, seeds, hiding_first, hiding_second, proof, received }
    }

    /// Takes the frames of a round and writes those of the next one, if there is one.
    pub(super) fn run(
        &mut self,
        round: usize,
        (from_next, from_prev): (&[u64], Vec<u64>),
        (ledger, keys): (&Ledger, &Keys),
        [to_next, to_prev]: [&mut Outbox; 2],
    ) -> Result<(), Error> {
        let messages = self.checks.messages;
        let last = self.checks.frames.len() - 1;
        if round == 0 {
            self.compare(from_next, &from_prev)?;
            if messages > 0 {
                self.promise(to_next, to_prev);
            }
        } else if round == last {
            self.decide(&from_prev, ledger, keys)?;
        } else if round % 2 == 1 {
            // Seeds for us: our next message.
            if round == 1 {
                self.start(&from_prev, from_next, ledger, keys)?;
            } else {
                self.challenge((round - 3) / 2, from_next, ledger, keys)?;
            }
            to_next.frame(&self.message(ledger, keys));
            to_prev.frame(&[]);
        } else {
            // A message of the party before us: its next seed, or what is left.
            self.received.push(from_prev);
            let [_, seeds] = &self.seeds;
            if self.received.len() < messages {
                to_next.frame(&[]);
                to_prev.frame(&seeds[self.received.len()]);
            } else {
                let rest = self.rest(Role::Second, ledger, keys);
                to_next.frame(&rest.values);
                to_prev.frame(&[]);
            }
        }
        Ok(())
    }

    /// Digests of what we have in common.
    fn compare(&self, from_next: &[u64], from_prev: &[u64]) -> Result<(), Error> {
        let sides = [
            (next(self.party), from_next, &self.digests.next),
            (prev(self.party), from_prev, &self.digests.prev),
        ];
        for (party, theirs, ours) in sides {
            for ((owner, ours), theirs) in (0..).zip(ours).zip(theirs.chunks(DIGEST)) {
                if words(ours) != theirs {
                    return Err(Error::Inconsistent { owner, party });
                }
            }
        }
        Ok(())
    }

    /// First seeds, and hashes of the others.
    fn promise(&self, to_next: &mut Outbox, to_prev: &mut Outbox) {
        let [after, before] = &self.seeds;
        let mut promise = after[0].to_vec();
        for seed in &after[1..self.checks.messages] {
            promise.extend(commitment(seed));
        }
        to_next.frame(&promise);
        to_prev.frame(&before[0]);
    }

    /// Our proof begins with the first seed.
    fn start(
        &mut self,
        from_first: &[u64],
        from_second: &[u64],
        ledger: &Ledger,
        keys: &Keys,
    ) -> Result<(), Error> {
        let (seed, promised) = from_first.split_at(SEED);
        if seed != from_second {
            return Err(Error::Coins { first: prev(self.party), second: next(self.party) });
        }
        self.proof.promised = promised.to_vec();
        let seed = bytes(seed);
        let (first, second) = (&self.hiding_first[0], &self.hiding_second[0]);
        let hiding = |at: usize| [coins(&first[2 + at]), coins(&second[2 + at])];
        self.proof.seed = seed;
        let (numbers, bits) = relations(Role::Prover, seed, ledger, keys);
        if numbers.places() + numbers.wide_places() > 0 {
            self.proof.numbers = Some(Numbers::new(&numbers, seed, coins(&first[0]), hiding(0)));
        }
        if bits.places() > 0 {
            self.proof.bits = Some(Bits::new(&bits, seed, coins(&first[1]), hiding(1)));
        }
        Ok(())
    }

    /// The seed that answers our message with this number.
    fn challenge(
        &mut self,
        message: usize,
        seed: &[u64],
        ledger: &Ledger,
        keys: &Keys,
    ) -> Result<(), Error> {
        let promised = self.proof.promised.get(message * DIGEST..(message + 1) * DIGEST);
        if promised != Some(&commitment(seed)) {
            return Err(Error::Coins { first: prev(self.party), second: next(self.party) });
        }
        let (numbers, bits) = relations(Role::Prover, self.proof.seed, ledger, keys);
        if let Some(proof) = &mut self.proof.numbers {
            proof.challenge(&numbers, &bytes(seed));
        }
        if let Some(proof) = &mut self.proof.bits {
            proof.challenge(&bits, &bytes(seed));
        }
        Ok(())
    }

    /// Our next message.
    fn message(&mut self, ledger: &Ledger, keys: &Keys) -> Vec<u64> {
        let (numbers, bits) = relations(Role::Prover, self.proof.seed, ledger, keys);
        let mut message = Vec::new();
        if let Some(proof) = &mut self.proof.numbers {
            message.extend(proof.message(&numbers));
        }
        if let Some(proof) = &mut self.proof.bits {
            message.extend(proof.message(&bits));
        }
        message
    }

    /// Whether the next party's proof is right.
    fn decide(&self, theirs: &[u64], ledger: &Ledger, keys: &Keys) -> Result<(), Error> {
        let ours = self.rest(Role::First, ledger, keys);
        let pair = |words: &[u64], at: usize| [words[2 * at], words[2 * at + 1]];
        let numbers = match ours.field {
            Some(field) => {
                let theirs = pair(theirs, 0).map(|word| field.reduced(word));
                is_right(field, pair(&ours.values, 0), theirs)
            }
            None => true,
        };
        if numbers && is_right(Binary, pair(&ours.values, 1), pair(theirs, 1)) {
            return Ok(());
        }
        Err(Error::Unproven { prover: next(self.party), verifier: prev(self.party) })
    }

    /// Our whole part as a verifier.
    fn rest(&self, role: Role, ledger: &Ledger, keys: &Keys) -> Rest {
        let (seeds, first) = match role {
            Role::Second => (&self.seeds[1], None),
            Role::First | Role::Prover => (&self.seeds[0], Some(&self.hiding_first[1])),
        };
        let seeds: Vec<[u8; KEY]> = seeds.iter().map(|seed| bytes(seed)).collect();
        let seed = seeds.first().copied().unwrap_or_default();
        let (numbers, bits) = relations(role, seed, ledger, keys);
        let hiding = first.unwrap_or(&self.hiding_second[1]);
        let (of_numbers, of_bits) =
            self.split([numbers.places(), numbers.wide_places()], bits.places());
        let mut values = [0; REST];
        let mut field = None;
        let coins = |at: usize| [coins(&hiding[at]), coins(&hiding[2 + at])];
        if numbers.places() + numbers.wide_places() > 0 {
            let [mut shares, mut hide] = coins(0);
            let (drawn, rest) =
                numbers::verify(&numbers, role, &seeds, &of_numbers, &mut shares, &mut hide);
            field = Some(drawn);
            values[..2].copy_from_slice(&rest);
        }
        if bits.places() > 0 {
            let [mut shares, mut hide] = coins(1);
            let rest = bits::verify(&bits, role, &seeds, &of_bits, &mut shares, &mut hide);
            values[2..].copy_from_slice(&rest);
        }
        Rest { values, field }
    }

    /// The messages that we got, on numbers and on bits.
    fn split(&self, numbers: [usize; 2], bits: usize) -> (Vec<Vec<u64>>, Vec<Vec<u64>>) {
        let lengths = lengths(numbers, bits);
        let cut = self.received.iter().zip(&lengths).map(|(message, [numbers, _])| {
            let (numbers, bits) = message.split_at(*numbers);
            (numbers.to_vec(), bits.to_vec())
        });
        cut.unzip()
    }
}

/// What is left of the numbers and of the bits, and the field that the numbers are in.
struct Rest {
    values: [u64; REST],
    field: Option<Prime>,
}

fn relations<'a>(
    role: Role,
    seed: [u8; KEY],
    ledger: &'a Ledger,
    keys: &'a Keys,
) -> (NumberRelations<'a>, BitRelations<'a>) {
    (NumberRelations { ledger, keys, seed }, BitRelations { ledger, keys, role })
}

fn coins(seed: &Seed) -> Coins {
    Coins::new(&bytes(seed))
}

fn commitment(seed: &[u64]) -> [u64; DIGEST] {
    let digest = Sha256::new_with_prefix(b"troupe mpc seed 1").chain_update(bytes(seed));
    words(&Hash(digest.finalize().into()))
}

fn bytes(seed: &[u64]) -> [u8; KEY] {
    let mut bytes = [0; KEY];
    for (bytes, word) in bytes.as_chunks_mut::<WORD>().0.iter_mut().zip(seed) {
        *bytes = word.to_le_bytes();
    }
    bytes
}

fn four(words: &[u64]) -> Seeds {
    let mut seeds = [[0; SEED]; 4];
    for (seed, words) in seeds.iter_mut().zip(words.as_chunks::<SEED>().0) {
        *seed = *words;
    }
    seeds
}
