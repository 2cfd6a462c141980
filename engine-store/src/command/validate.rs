//! `flowwright validate`.

use super::answer::{Answer, Exit, Result};
use super::args::ValidateArgs;
use super::diagnostics::Checked;

/// Checks every file. For one file the JSON is `{ok, diagnostics}`, for several a list with `file` in each.
pub fn run(args: &ValidateArgs, json: bool) -> Result<Answer> {
    let checked: Vec<Checked> = args.files.iter().map(|path| Checked::read(path)).collect::<Result<_>>()?;
    let exit = if checked.iter().all(Checked::ok) { Exit::Ok } else { Exit::NotOk };
    if !json {
        let texts = checked.iter().map(|one| one.findings() + &one.summary());
        return Ok(Answer::text(texts.collect::<String>(), exit));
    }
    Ok(match checked.as_slice() {
        [only] => Answer::json(&only.verdict(false), exit),
        several => Answer::json(&several.iter().map(|one| one.verdict(true)).collect::<Vec<_>>(), exit),
    })
}
