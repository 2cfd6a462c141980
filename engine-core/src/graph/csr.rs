//! Items grouped by number, in two flat arrays.

/// The items `0..n`, grouped by a key. Inside a group they ascend.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Csr {
    offsets: Vec<u32>,
    items: Vec<u32>,
}

impl Csr {
    /// Groups the items by their keys, which are less than `groups`. Linear.
    pub(crate) fn group(groups: usize, keys: impl Iterator<Item = u32> + Clone) -> Self {
        let mut offsets = vec![0u32; groups + 1];
        for key in keys.clone() {
            offsets[key as usize + 1] += 1;
        }
        for at in 0..groups {
            offsets[at + 1] += offsets[at];
        }
        let mut next = offsets.clone();
        let mut items = vec![0u32; offsets[groups] as usize];
        for (item, key) in keys.enumerate() {
            let slot = &mut next[key as usize];
            items[*slot as usize] = item as u32;
            *slot += 1;
        }
        Self { offsets, items }
    }

    /// Groups the items `0..order.len()` by their keys; inside a group they are in the given order.
    pub(crate) fn group_in_order(groups: usize, order: &[u32], key: impl Fn(u32) -> u32) -> Self {
        let mut csr = Self::group(groups, order.iter().map(|&item| key(item)));
        for place in &mut csr.items {
            *place = order[*place as usize];
        }
        csr
    }

    /// The items of a group, in their order.
    pub(crate) fn of(&self, group: u32) -> &[u32] {
        &self.items[self.range(group)]
    }

    /// Where in [`Csr::items`] the items of a group are.
    pub(crate) fn range(&self, group: u32) -> std::ops::Range<usize> {
        self.offsets[group as usize] as usize..self.offsets[group as usize + 1] as usize
    }

    /// All items, group by group.
    pub(crate) fn items(&self) -> &[u32] {
        &self.items
    }

    /// How many groups there are.
    pub(crate) fn groups(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// How many items a group has.
    pub(crate) fn degree(&self, group: u32) -> usize {
        self.range(group).len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_grouped_in_their_order() {
        let csr = Csr::group(3, [2u32, 0, 2, 0].into_iter());
        assert_eq!(csr.of(0), [1, 3]);
        assert_eq!(csr.of(1), [0u32; 0]);
        assert_eq!(csr.of(2), [0, 2]);
        assert_eq!(csr.items(), [1, 3, 0, 2]);
        assert_eq!(csr.degree(2), 2);
    }
}
