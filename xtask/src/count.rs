//! How many tests passed and failed, read from what a test runner prints.

use std::ops::AddAssign;

/// Tests, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Those that passed.
    pub passed: u64,
    /// Those that failed.
    pub failed: u64,
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl Count {
    /// Reads the line in which a test runner sums up: cargo's, pytest's, or one of the two of Node's. None for any other
    /// line.
    pub fn of_line(line: &str) -> Option<Self> {
        let line = line.trim();
        cargo(line).or_else(|| pytest(line)).or_else(|| node(line))
    }
}

/// `test result: FAILED. 3 passed; 1 failed; 0 ignored; …`
fn cargo(line: &str) -> Option<Count> {
    let (_, numbers) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let number = |word: &str| {
        let part = numbers.split(';').find_map(|part| part.trim().strip_suffix(word))?;
        part.trim().parse().ok()
    };
    Some(Count { passed: number("passed")?, failed: number("failed")? })
}

/// `1 failed, 31 passed, 2 skipped in 3.20s`, between `=` or not. What could not be set up has failed.
fn pytest(line: &str) -> Option<Count> {
    let (numbers, took) = line.trim_matches(['=', ' ']).rsplit_once(" in ")?;
    took.split(' ').next()?.strip_suffix('s')?.parse::<f64>().ok()?;
    let mut count = Count::default();
    for part in numbers.split(", ") {
        let (number, word) = part.split_once(' ')?;
        let number: u64 = number.parse().ok()?;
        match word {
            "passed" => count.passed += number,
            "failed" | "error" | "errors" => count.failed += number,
            _ => {}
        }
    }
    Some(count)
}

/// `ℹ pass 31` or `# pass 31`, and `fail` on a line of its own. What was cancelled has failed.
fn node(line: &str) -> Option<Count> {
    let (word, number) = line.strip_prefix("ℹ ").or_else(|| line.strip_prefix("# "))?.split_once(' ')?;
    let number: u64 = number.parse().ok()?;
    match word {
        "pass" => Some(Count { passed: number, failed: 0 }),
        "fail" | "cancelled" => Some(Count { passed: 0, failed: number }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_of_a_test_binary_is_read() {
        let line = "test result: FAILED. 31 passed; 2 failed; 1 ignored; 0 measured; 4 filtered out; finished in 0.02s";
        assert_eq!(Count::of_line(line), Some(Count { passed: 31, failed: 2 }));
        let line =
            "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s";
        assert_eq!(Count::of_line(line), Some(Count::default()));
    }

    #[test]
    fn the_last_line_of_pytest_is_read() {
        let line = "=========== 1 failed, 31 passed, 2 skipped, 1 error in 3.20s ===========";
        assert_eq!(Count::of_line(line), Some(Count { passed: 31, failed: 2 }));
        assert_eq!(Count::of_line("4 passed in 62.01s (0:01:02)"), Some(Count { passed: 4, failed: 0 }));
        assert_eq!(Count::of_line("no tests ran in 0.01s"), None);
    }

    #[test]
    fn the_last_lines_of_node_are_read() {
        assert_eq!(Count::of_line("ℹ pass 12"), Some(Count { passed: 12, failed: 0 }));
        assert_eq!(Count::of_line("# fail 3"), Some(Count { passed: 0, failed: 3 }));
        assert_eq!(Count::of_line("ℹ tests 15"), None);
    }

    #[test]
    fn other_lines_are_let_be() {
        for line in
            ["", "test result: ok", "running 3 tests", "test result: ok. many passed; 0 failed", "3 passed"]
        {
            assert_eq!(Count::of_line(line), None, "{line}");
        }
    }

    #[test]
    fn counts_add_up() {
        let mut sum = Count { passed: 1, failed: 0 };
        sum += Count { passed: 2, failed: 3 };
        assert_eq!(sum, Count { passed: 3, failed: 3 });
    }
}
