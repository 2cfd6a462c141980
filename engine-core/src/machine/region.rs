//! Questions about regions that both deciding and applying ask.

use crate::graph::Graph;

impl Graph {
    /// Whether a step is in a region, or in a region inside it.
    pub(crate) fn in_region(&self, step: u32, region: u32) -> bool {
        self.steps[step as usize].region.is_some_and(|innermost| self.region_within(innermost, region))
    }

    /// Whether a region is another one, or inside it.
    pub(crate) fn region_within(&self, inner: u32, outer: u32) -> bool {
        let mut current = Some(inner);
        while let Some(region) = current {
            if region == outer {
                return true;
            }
            current = self.regions[region as usize].parent;
        }
        false
    }
}
