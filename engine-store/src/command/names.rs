//! The name that was probably meant.

/// The candidate nearest to a name that nothing has, if one is near; of equally near ones the first in the alphabet.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = (name.chars().count() / 3).clamp(1, 4);
    let near = |candidate: &'a str| {
        let distance = strsim::osa_distance(&name.to_lowercase(), &candidate.to_lowercase());
        (distance <= most && candidate != name).then_some((distance, candidate))
    };
    candidates.into_iter().filter_map(near).min().map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_nearest_name_is_found() {
        let names = ["charge", "change", "refund"];
        assert_eq!(nearest("chrage", names), Some("charge"));
        assert_eq!(nearest("Refunt", names), Some("refund"));
        assert_eq!(nearest("nothing-like-it", names), None);
        assert_eq!(nearest("refund", ["refund"]), None);
    }
}
