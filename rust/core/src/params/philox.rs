//! Philox4x64-10, a counter-based generator (Salmon, Moraes, Dror and Shaw: "Parallel random numbers: as easy as
//! 1, 2, 3"): the words of a counter depend on nothing but the key and the counter.

use blake2::{Blake2b, Digest, digest::consts::U8};

const ROUNDS: usize = 10;
const MULTIPLIERS: [u64; 2] = [0xD2E7_470E_E14C_6C93, 0xCA5A_8263_9512_1157];
const WEYL: [u64; 2] = [0x9E37_79B9_7F4A_7C15, 0xBB67_AE85_84CA_A73B];
const WORDS: u64 = 4;

/// The four words of one counter under one key.
#[inline]
pub fn philox(mut key: [u64; 2], mut counter: [u64; 4]) -> [u64; 4] {
    for _ in 0..ROUNDS {
        let (high0, low0) = widening_mul(MULTIPLIERS[0], counter[0]);
        let (high1, low1) = widening_mul(MULTIPLIERS[1], counter[2]);
        counter = [high1 ^ counter[1] ^ key[0], low1, high0 ^ counter[3] ^ key[1], low0];
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
    counter
}

#[inline]
fn widening_mul(a: u64, b: u64) -> (u64, u64) {
    let product = u128::from(a) * u128::from(b);
    ((product >> 64) as u64, product as u64)
}

/// The second half of the key: the 64-bit BLAKE2b hash of a stream's name, read little-endian.
pub fn stream_key(name: &str) -> u64 {
    u64::from_le_bytes(Blake2b::<U8>::digest(name.as_bytes()).into())
}

/// Where in the random streams a sample's draws lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The seed of all streams.
    pub seed: u64,
    /// The epoch, from 0.
    pub epoch: u64,
    /// The sample's number in its source.
    pub sample: u64,
    /// Which of a sample's draws within the epoch, from 0.
    pub repeat: u64,
}

/// One stream at one place: words numbered by `draw`. Keeps the last block of four, for neighbours ask in turn.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    key: [u64; 2],
    place: Place,
    block: u64,
    loaded: [u64; 4],
}

impl Words {
    /// The words of the stream with this [`stream_key`] at `place`.
    #[inline]
    pub fn new(stream: u64, place: Place) -> Self {
        let mut new = Self { key: [place.seed, stream], place, block: 0, loaded: [0; 4] };
        new.load(0);
        new
    }

    fn load(&mut self, block: u64) {
        let Place { epoch, sample, repeat, .. } = self.place;
        self.block = block;
        self.loaded = philox(self.key, [block, sample, epoch, repeat]);
    }

    /// Word number `draw`.
    #[inline]
    pub fn word(&mut self, draw: u64) -> u64 {
        if draw / WORDS != self.block {
            self.load(draw / WORDS);
        }
        self.loaded[(draw % WORDS) as usize]
    }

    /// Word number `draw` as a float in [0, 1): its upper 53 bits.
    #[inline]
    pub fn uniform(&mut self, draw: u64) -> f64 {
        const UNIT: f64 = 1.0 / (1u64 << 53) as f64;
        (self.word(draw) >> 11) as f64 * UNIT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers_of_random123() {
        assert_eq!(
            philox([0; 2], [0; 4]),
            [0x1655_4d9e_ca36_314c, 0xdb20_fe9d_672d_0fdc, 0xd7e7_72ce_e186_176b, 0x7e68_b68a_ec7b_a23b]
        );
        assert_eq!(
            philox([u64::MAX; 2], [u64::MAX; 4]),
            [0x87b0_92c3_013f_e90b, 0x438c_3c67_be8d_0224, 0x9cc7_d7c6_9cd7_77b6, 0xa09c_aebf_594f_0ba0]
        );
        let pi = [
            0x243f_6a88_85a3_08d3,
            0x1319_8a2e_0370_7344,
            0xa409_3822_299f_31d0,
            0x082e_fa98_ec4e_6c89,
            0x4528_21e6_38d0_1377,
            0xbe54_66cf_34e9_0c6c,
        ];
        assert_eq!(
            philox([pi[4], pi[5]], [pi[0], pi[1], pi[2], pi[3]]),
            [0xa528_f454_03e6_1d95, 0x38c7_2dbd_566e_9788, 0xa5a1_610e_72fd_18b5, 0x57bd_43b5_e52b_7fe6]
        );
    }

    #[test]
    fn words_in_any_order_are_the_blocks() {
        let place = Place { seed: 7, epoch: 3, sample: 5, repeat: 1 };
        let key = stream_key("rotation");
        let mut words = Words::new(key, place);
        for draw in [0, 9, 3, 4, 31, 1, 8] {
            assert_eq!(words.word(draw), philox([7, key], [draw / 4, 5, 3, 1])[(draw % 4) as usize]);
        }
    }

    #[test]
    fn uniforms_lie_in_the_unit_interval() {
        let mut words = Words::new(0, Place { seed: 0, epoch: 0, sample: 0, repeat: 0 });
        for draw in 0..1000 {
            assert!((0.0..1.0).contains(&words.uniform(draw)), "draw {draw}");
        }
    }
}
