//! Plan: who stands where in an epoch's order, without the positions before it.

use crate::Error;
use crate::params::philox::{Place, Words, stream_key};

const ROUNDS: usize = 12;
/// Few things need more rounds until every order of them is as likely as any other.
const ROUNDS_OF_FEW: usize = 24;
const MANY: u64 = 4096;
/// The most things a permutation can be of.
pub const MAX_LENGTH: u64 = 1 << 62;

/// A keyed permutation of 0..n with random access: a Feistel network over `Z_a` x `Z_b`, a near-square that holds n (Black and Rogaway: "Ciphers with arbitrary finite domains"), walked until the result falls below n.
#[derive(Clone, Copy, Debug)]
pub struct Permutation {
    n: u64,
    a: u64,
    b: u64,
    keys: [u64; ROUNDS_OF_FEW],
    rounds: usize,
}

impl Permutation {
    /// The permutation of `0..n` that (seed, stream, epoch, tweak) name.
    ///
    /// # Errors
    /// [`Error::Spec`] if n is 0 or above [`MAX_LENGTH`].
    pub fn new(seed: u64, stream: &str, epoch: u64, tweak: u64, n: u64) -> Result<Self, Error> {
        if !(1..=MAX_LENGTH).contains(&n) {
            return Err(Error::Spec(format!("n = {n}: a permutation is of 1 to 2**62 things")));
        }
        let a = (n - 1).isqrt() + 1;
        // Two odd sides would allow even permutations alone.
        let b = n.div_ceil(a).next_multiple_of(2);
        let mut words = Words::new(stream_key(stream), Place { seed, epoch, sample: tweak, repeat: 0 });
        let keys = std::array::from_fn(|round| words.word(round as u64));
        let rounds = if n < MANY { ROUNDS_OF_FEW } else { ROUNDS };
        Ok(Self { n, a, b, keys, rounds })
    }

    /// Where `position` goes.
    ///
    /// # Errors
    /// [`Error::Spec`] if it is not below n.
    pub fn at(&self, position: u64) -> Result<u64, Error> {
        if position >= self.n {
            return Err(Error::Spec(format!("position {position} is out of range for {} things", self.n)));
        }
        let mut x = self.step(position);
        while x >= self.n {
            x = self.step(x);
        }
        Ok(x)
    }

    /// One walk through the network, over all of 0..a * b.
    #[inline]
    fn step(&self, x: u64) -> u64 {
        let (mut left, mut right) = (x % self.a, x / self.a);
        for keys in self.keys[..self.rounds].chunks_exact(2) {
            left = add(left, scaled(mix(right ^ keys[0]), self.a), self.a);
            right = add(right, scaled(mix(left ^ keys[1]), self.b), self.b);
        }
        left + self.a * right
    }
}

/// splitmix64's finaliser (Steele, Lea and Flood: "Fast splittable pseudorandom number generators").
#[inline]
fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// A 64-bit word brought down to 0..n.
#[inline]
fn scaled(word: u64, n: u64) -> u64 {
    ((u128::from(word) * u128::from(n)) >> 64) as u64
}

/// The sum of two numbers below n, modulo n.
#[inline]
fn add(x: u64, y: u64, n: u64) -> u64 {
    let sum = x + y;
    if sum >= n { sum - n } else { sum }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_small_one_is_a_bijection() {
        for n in 1..=300 {
            let permutation = Permutation::new(7, "samebatch.order", 3, 0, n).unwrap();
            let seen: HashSet<u64> = (0..n).map(|position| permutation.at(position).unwrap()).collect();
            assert_eq!(seen, (0..n).collect(), "n = {n}");
        }
    }

    #[test]
    fn the_largest_stay_in_range() {
        for n in [MAX_LENGTH, MAX_LENGTH - 1, (1 << 61) + 12_345] {
            let permutation = Permutation::new(u64::MAX, "samebatch.order", u64::MAX >> 1, u64::MAX, n).unwrap();
            for position in [0, 1, n / 2, n - 1] {
                assert!(permutation.at(position).unwrap() < n, "n = {n}, position {position}");
            }
        }
    }

    #[test]
    fn refuses_what_it_cannot_hold() {
        assert!(matches!(Permutation::new(0, "", 0, 0, 0), Err(Error::Spec(_))));
        assert!(matches!(Permutation::new(0, "", 0, 0, MAX_LENGTH + 1), Err(Error::Spec(_))));
        assert!(matches!(Permutation::new(0, "", 0, 0, 5).unwrap().at(5), Err(Error::Spec(_))));
    }

    #[test]
    fn everything_that_names_it_changes_it() {
        let order = |seed, stream: &str, epoch, tweak| -> Vec<u64> {
            let permutation = Permutation::new(seed, stream, epoch, tweak, 100).unwrap();
            (0..100).map(|position| permutation.at(position).unwrap()).collect()
        };
        let one = order(1, "a", 1, 1);
        for other in [order(2, "a", 1, 1), order(1, "b", 1, 1), order(1, "a", 2, 1), order(1, "a", 1, 2)] {
            assert_ne!(one, other);
        }
    }
}
