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
    /// Reads the line with which a test binary of cargo's ends:
    /// `test result: FAILED. 3 passed; 1 failed; 0 ignored; …`. None for any other line.
    pub fn of_line(line: &str) -> Option<Self> {
        let (_, numbers) = line.trim().strip_prefix("test result: ")?.split_once(". ")?;
        let number = |word: &str| {
            let part = numbers.split(';').find_map(|part| part.trim().strip_suffix(word))?;
            part.trim().parse().ok()
        };
        Some(Self { passed: number("passed")?, failed: number("failed")? })
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
