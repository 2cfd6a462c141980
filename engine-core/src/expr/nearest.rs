//! "Did you mean …?"

/// Longer names are not compared.
const MAX_LENGTH: usize = 40;
/// Of longer lists only so many are compared.
const MAX_NAMES: usize = 500;

/// The known name that `name` was probably meant to be: the nearest by edits, if it is near.
pub(super) fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    if name.is_empty() || name.len() > MAX_LENGTH {
        return None;
    }
    let allowed = 1 + name.chars().count() / 4;
    let known = known.into_iter().take(MAX_NAMES).filter(|one| one.len() <= MAX_LENGTH);
    let ranked = known.map(|one| (edits(&name.to_lowercase(), &one.to_lowercase()), one));
    ranked.filter(|(edits, _)| *edits <= allowed).min_by_key(|(edits, _)| *edits).map(|(_, one)| one)
}

/// How many letters must be put in, left out, changed, or swapped with the next to make one word from the other.
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    let mut previous = None;
    for (row, letter) in from.chars().enumerate() {
        let mut line = Vec::with_capacity(to.len() + 1);
        line.push(row + 1);
        for (column, other) in to.iter().enumerate() {
            let changed = last[column] + usize::from(letter != *other);
            let mut least = changed.min(last[column + 1] + 1).min(line[column] + 1);
            if column > 0 && row > 0 && previous == Some(*other) && to[column - 1] == letter {
                least = least.min(before[column - 1] + 1);
            }
            line.push(least);
        }
        before = std::mem::replace(&mut last, line);
        previous = Some(letter);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let known = ["output", "status", "error", "attempt"];
        assert_eq!(nearest("ouput", known), Some("output"));
        assert_eq!(nearest("outptu", known), Some("output"));
        assert_eq!(nearest("Status", known), Some("status"));
        assert_eq!(nearest("iteration", known), None);
        assert_eq!(nearest("", known), None);
    }
}
