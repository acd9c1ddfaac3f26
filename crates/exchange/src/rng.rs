//! A small seeded generator (xoshiro256** filled by splitmix64) and the integer draws that the
//! flow needs.
//! Deterministic on every machine; never used for anything secret.

/// Xoshiro256**: period 2^256 - 1, four words of state.
#[derive(Clone, Debug)]
pub(crate) struct Rng {
    state: [u64; 4],
}

impl Rng {
    /// A generator that depends on `seed` and on `lane` only, so that instruments do not share
    /// draws.
    pub(crate) fn new(seed: u64, lane: u64) -> Rng {
        let mut word = seed ^ lane.wrapping_mul(0xD1B5_4A32_D192_ED03);
        let state = std::array::from_fn(|_| splitmix(&mut word));
        Rng { state }
    }

    /// The next 64 bits.
    pub(crate) fn word(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[1].wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// Uniform in 0..n by multiplication; the bias is below n / 2^64. `n` must not be 0.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        assert!(n > 0, "a draw needs at least one outcome");
        ((u128::from(self.word()) * u128::from(n)) >> 64) as u64
    }

    /// Uniform in low..=high.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1) as u64) as i64
    }

    /// True with a chance of `parts` in a million.
    pub(crate) fn chance_ppm(&mut self, parts: u64) -> bool {
        self.below(1_000_000) < parts
    }

    /// Exponential with the given mean: -ln(u) as leading zeros plus a straight line between
    /// powers of
    /// two, within 6% of the true curve, which is far below what a market shows.
    pub(crate) fn exponential(&mut self, mean: i64) -> i64 {
        let word = self.word() | 1;
        let zeros = i128::from(word.leading_zeros());
        let fraction = i128::from((word << word.leading_zeros()) << 1 >> 32);
        // -log2(u) in 1/2^32, then × ln 2 (2977044472 / 2^32).
        let log2 = (zeros << 32) + ((1_i128 << 32) - fraction);
        ((i128::from(mean) * log2 * 2_977_044_472) >> 64) as i64
    }

    /// Heavy-tailed size from 1: log-uniform below 2^(`bits` + 1), so that each doubling is half
    /// as dense.
    pub(crate) fn heavy(&mut self, bits: u64) -> i64 {
        let magnitude = self.below(bits + 1);
        let low = 1_i64 << magnitude;
        low + self.below(low as u64) as i64
    }
}

fn splitmix(word: &mut u64) -> u64 {
    *word = word.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *word;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
