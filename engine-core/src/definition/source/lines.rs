//! From a place in a text to its line and column.

/// How many bytes lie between two places that are remembered.
const STRIDE: usize = 512;

/// Lines and columns of a text: one remembered place per [`STRIDE`] bytes, so that a look-up costs the same in a
/// text of one long line as in one of many short ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lines {
    marks: Vec<(u32, u32)>,
}

impl Lines {
    pub(crate) fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut marks = Vec::with_capacity(bytes.len() / STRIDE + 1);
        let mut place = (1, 1);
        for (at, chunk) in bytes.chunks(STRIDE).enumerate() {
            marks.push(place);
            place = walk(bytes, at * STRIDE, at * STRIDE + chunk.len(), place);
        }
        if bytes.len().is_multiple_of(STRIDE) {
            marks.push(place);
        }
        Self { marks }
    }

    /// Line and column, both from 1, of the character that starts at byte `at`; of the end where `at` lies beyond it.
    pub(crate) fn at(&self, text: &str, at: u32) -> (u32, u32) {
        let at = (at as usize).min(text.len());
        let mark = at / STRIDE;
        self.marks.get(mark).map_or((1, 1), |place| walk(text.as_bytes(), mark * STRIDE, at, *place))
    }
}

/// The place of byte `to`, when `place` is that of byte `from`.
fn walk(bytes: &[u8], from: usize, to: usize, (mut line, mut column): (u32, u32)) -> (u32, u32) {
    for at in from..to {
        match bytes[at] {
            b'\n' => (line, column) = (line + 1, 1),
            b'\r' if bytes.get(at + 1) != Some(&b'\n') => (line, column) = (line + 1, 1),
            // The bytes of a character after its first.
            0x80..=0xBF => {}
            _ => column += 1,
        }
    }
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition of line and column, written the slow way.
    fn slow(text: &str, at: usize) -> (u32, u32) {
        let before = text[..at].replace("\r\n", "\n").replace('\r', "\n");
        let line = before.matches('\n').count() as u32 + 1;
        (line, before.rsplit('\n').next().unwrap().chars().count() as u32 + 1)
    }

    #[test]
    fn every_character_has_the_place_that_counting_gives() {
        for unit in ["ab\n", "é", "\r\n", "x\ry\r\nz\n\n", "日本\n𝄞", "-"] {
            let text = unit.repeat(700);
            let lines = Lines::new(&text);
            for (at, c) in text.char_indices().filter(|(_, c)| *c != '\n') {
                assert_eq!(lines.at(&text, at as u32), slow(&text, at), "{unit:?} at {at} ({c:?})");
            }
            assert_eq!(lines.at(&text, u32::MAX), slow(&text, text.len()), "{unit:?} at its end");
        }
    }
}
