//! A set of policies, by their positions in the program.

/// One bit for each policy; keeps its memory when it is cleared.
#[derive(Debug, Default)]
pub(crate) struct Policies(Vec<u64>);

impl Policies {
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn extend(&mut self, policies: &[u32]) {
        for policy in policies {
            let word = *policy as usize / 64;
            if word >= self.0.len() {
                self.0.resize(word + 1, 0);
            }
            if let Some(word) = self.0.get_mut(word) {
                *word |= 1 << (policy % 64);
            }
        }
    }

    pub(crate) fn contains(&self, policy: usize) -> bool {
        let word = self.0.get(policy / 64);
        word.is_some_and(|word| word & (1 << (policy % 64)) != 0)
    }

    /// All of them, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> {
        self.union(self)
    }

    /// Those of this set and of another one, in order.
    pub(crate) fn union<'s>(&'s self, other: &'s Policies) -> impl Iterator<Item = usize> {
        let word = |set: &Policies, at: usize| set.0.get(at).copied().unwrap_or_default();
        (0..self.0.len().max(other.0.len())).flat_map(move |at| {
            let mut left = word(self, at) | word(other, at);
            std::iter::from_fn(move || {
                let bit = left.trailing_zeros() as usize;
                left &= left.checked_sub(1)?;
                Some(at * 64 + bit)
            })
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::Policies;

    #[test]
    fn a_set_holds_what_was_put_in_until_it_is_cleared() {
        let mut set = Policies::default();
        set.extend(&[200, 3, 63, 64, 3]);
        let held: Vec<_> = (0..300).filter(|policy| set.contains(*policy)).collect();
        assert_eq!(held, [3, 63, 64, 200]);
        let mut other = Policies::default();
        other.extend(&[63, 300]);
        let union: Vec<_> = set.union(&other).collect();
        assert_eq!(union, [3, 63, 64, 200, 300]);
        set.clear();
        assert!(set.is_empty() && !set.contains(3));
    }
}
