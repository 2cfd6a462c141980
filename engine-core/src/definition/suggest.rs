//! The name that was probably meant.

/// Names that are longer than this are not compared.
const LONGEST: usize = 64;

/// The candidate nearest to a name that nothing has: by edit distance, where two letters that changed places count
/// once, and none where even the nearest is too far. Of equally near ones the first.
///
/// Costs at most 64 × 64 small steps per candidate, and next to nothing for one whose length is far off. A caller with
/// many unknown names and many candidates should stop asking at some point.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name: Vec<char> = name.chars().take(LONGEST + 1).flat_map(char::to_lowercase).collect();
    if name.is_empty() || name.len() > LONGEST {
        return None;
    }
    let mut most = (name.len() / 3).clamp(1, 4);
    let mut best = None;
    for candidate in candidates {
        if candidate.len() > 4 * LONGEST || best.is_some() && most == 0 {
            continue;
        }
        let letters: Vec<char> = candidate.chars().flat_map(char::to_lowercase).collect();
        if letters.len().abs_diff(name.len()) > most || letters.len() > LONGEST {
            continue;
        }
        // What comes after the first must be nearer than it.
        let enough = if best.is_some() { most - 1 } else { most };
        if let Some(distance) = distance(&name, &letters, enough) {
            (most, best) = (distance, Some(candidate));
        }
    }
    best
}

/// The edit distance (optimal string alignment), if it is at most `most`.
fn distance(a: &[char], b: &[char], most: usize) -> Option<usize> {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(b.len() + 1);
        row.push(i + 1);
        for (j, right) in b.iter().enumerate() {
            let mut least = (last[j] + usize::from(left != right)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *left == b[j - 1] && a[i - 1] == *right {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        if row.iter().all(|distance| *distance > most) {
            return None;
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|distance| *distance <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found() {
        let names = ["handler", "heartbeat", "with", "when", "needs", "next", "timeout", "a"];
        for (name, nearest_name) in [
            ("handlr", Some("handler")),
            ("hanlder", Some("handler")),
            ("Handler", Some("handler")),
            ("wiht", Some("with")),
            ("need", Some("needs")),
            ("nxt", Some("next")),
            ("time_out", Some("timeout")),
            ("b", Some("a")),
            ("retries", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, names), nearest_name, "{name}");
        }
    }

    #[test]
    fn of_equally_near_names_the_first_is_taken_and_a_nearer_one_beats_both() {
        assert_eq!(nearest("step4", ["step1", "step2"]), Some("step1"));
        assert_eq!(nearest("stepab", ["stepcd", "stepax"]), Some("stepax"));
        assert_eq!(nearest("x", ["x", "y"]), Some("x"));
    }

    #[test]
    fn endless_names_are_let_be() {
        let long = "x".repeat(1 << 20);
        assert_eq!(nearest(&long, ["x", "y"]), None);
        assert_eq!(nearest("xx", [long.as_str(), "xy"]), Some("xy"));
    }
}
